"""Charts beside the sliders: ranks along one weight, and today beside a scenario or beside what the sliders say."""

from __future__ import annotations

import html
from pathlib import Path

import ipywidgets

from kaohe_tools import charts
from kaohe_tools.panel.trial import Trial
from kaohe_tools.panel.widgets import Panel
from kaohe_tools.problems import InputError
from kaohe_tools.style import Chart, empty_chart
from kaohe_tools.whatif.break_even import parts_of
from kaohe_tools.whatif.compare import compare
from kaohe_tools.whatif.flow import rank_flow
from kaohe_tools.whatif.scenario import Scenario
from kaohe_tools.whatif.scenario_file import load_scenario
from kaohe_tools.whatif.variant import vary

_HOW = "拖动上面的滑块，再按这个按钮。"


def flow(trial: Trial, part: str = "") -> Chart:
    """Ranks along the points of a part of the category ("": the one with most points today), as a chart.

    Where the part has no points that could be changed, the chart says so and names those that have.
    """
    base, stage, category = trial.base, trial.stage, trial.category
    known = parts_of(base.case.scheme.stages[stage], category)
    chosen = part or (max(known, key=lambda one: one[1].today)[0].name if known else "")
    try:
        return charts.rank_flow(rank_flow(base, stage, category, chosen))
    except ValueError as told:
        return empty_chart(f"{category}：名次随分值的变化", f"{told}。", base.case.simulated)


def beside(trial: Trial, scenario: Scenario) -> Chart:
    """Today and a scenario side by side, as a chart. Raises InputError as `vary` does."""
    variant = vary(trial.base, scenario)
    comparison = compare(trial.base.assessment, variant.assessment, scenario.name, variant.notes)
    return charts.slope(comparison, trial.stage, trial.category)


class Beside:
    """A button that puts today beside what the sliders say; a scenario's file is drawn at once, where one is named."""

    def __init__(self, panel: Panel, scenario: str = "") -> None:
        self.panel = panel
        self.button = ipywidgets.Button(description="画出滑块现在的方案", layout={"width": "auto"})
        self.shown = ipywidgets.HTML(_HOW)
        self.button.on_click(lambda _: self.draw())
        panel.category.observe(lambda _: self.clear(), "value")
        self.box = ipywidgets.VBox([self.button, self.shown])
        if scenario:
            self._put(load_scenario(Path(scenario)))

    def draw(self) -> None:
        """Draw what the sliders say now."""
        self._put(self.panel.scenario)

    def clear(self) -> None:
        """Another category: what was drawn of the one before says nothing of it."""
        self.shown.value = _HOW

    def _put(self, scenario: Scenario) -> None:
        try:
            self.shown.value = picture(beside(self.panel.trial, scenario))
        except InputError as error:
            self.shown.value = f"<p>{html.escape(str(error))}</p>"

    def _repr_mimebundle_(self, **options: object) -> object:
        return self.box._repr_mimebundle_(**options)


def picture(chart: Chart) -> str:
    """A chart as an HTML image with its title as alternative text."""
    bundle, metadata = chart._repr_mimebundle_()
    size = metadata["image/png"]
    source = f"data:image/png;base64,{bundle['image/png']}"
    return f'<img alt="{html.escape(size["alt"])}" width="{size["width"]}" style="max-width:100%" src="{source}">'
