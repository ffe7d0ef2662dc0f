"""The sliders themselves (ipywidgets): the points of the parts, kept at their total; readings; a button that saves."""

from __future__ import annotations

import html
from pathlib import Path

import ipywidgets

from kaohe_tools.panel.trial import Outcome, Trial, open_trial
from kaohe_tools.panel.view import ranking, summary
from kaohe_tools.problems import InputError
from kaohe_tools.whatif.scenario_file import save_scenario
from kaohe_tools.whatif.secrecy import few_voters
from kaohe_tools.whatif.weights import pro_rata

STEP = 0.5  # points; finer values can be typed
DECIMALS = 9  # of points in a scenario file


class Panel:
    """Everything one sees. `outcome` is what the sliders say now; `box` is shown by a notebook or a page."""

    def __init__(self, trial: Trial, scenarios: Path) -> None:
        self.trial, self.scenarios = trial, scenarios
        self.points = dict(trial.points)
        self.few = few_voters(trial.base.assessment, trial.stage, trial.category)  # a slider would tell how they voted
        self._following = False
        total = sum(self.points.values())
        self.sliders = {name: self._slider(name, value, total) for name, value in self.points.items()}
        self.readings = {name: self._reading(name) for name in trial.base.case.scheme.readings}
        self.said, self.shown, self.saved = ipywidgets.HTML(), ipywidgets.HTML(), ipywidgets.HTML()
        self.name = ipywidgets.Text(value="方案一", description="方案名称", style={"description_width": "initial"})
        self.back = ipywidgets.Button(description="恢复原分值")
        self.save = ipywidgets.Button(description="保存方案", button_style="primary")
        self.back.on_click(lambda _: self.reset())
        self.save.on_click(lambda _: self.write())
        self.outcome = self._redraw()
        self.box = self._laid_out(total)

    def _slider(self, name: str, value: float, total: float) -> ipywidgets.FloatSlider:
        slider = ipywidgets.FloatSlider(
            value=value, min=0.0, max=total, step=STEP, description=name, readout_format=".2f",
            style={"description_width": "11em"}, layout={"width": "36em"}, disabled=name in self.few,
        )  # fmt: skip
        slider.observe(lambda change: self._moved(name, change["new"]), "value")
        return slider

    def _reading(self, name: str) -> ipywidgets.Dropdown:
        reading = self.trial.base.case.scheme.readings[name]
        choice = ipywidgets.Dropdown(
            options=[(label, code) for code, label in reading.choices.items()],
            value=self.trial.base.case.readings[name], description=reading.question,
            style={"description_width": "24em"}, layout={"width": "52em"},
        )  # fmt: skip
        choice.observe(lambda _: self._redraw(), "value")
        return choice

    def _laid_out(self, total: float) -> ipywidgets.VBox:
        case = self.trial.base.case
        where = f"{self.trial.stage}·{self.trial.category}"
        title = f"{case.title}　{where}（各部分合计 {total:g} 分，拖动一个，其余按比例让出）"
        readings = ipywidgets.Accordion([ipywidgets.VBox(list(self.readings.values()))], titles=["条文的读法"])
        buttons = ipywidgets.HBox([self.name, self.save, self.back, self.saved])
        head = ipywidgets.HTML(f"<h3>{html.escape(title)}</h3>")
        return ipywidgets.VBox([head, *self.sliders.values(), readings, buttons, self.said, self.shown])

    def _repr_mimebundle_(self, **options: object) -> object:
        return self.box._repr_mimebundle_(**options)

    # --- what the sliders do

    def _moved(self, name: str, value: float) -> None:
        """One slider was dragged: the others make room in proportion to what they hold, and all is drawn again."""
        if self._following:
            return
        others = [other for other in self.points if other != name]
        if not others or not any(self.points[other] for other in others):
            self._put(self.points)  # nothing to share with
            return
        self.points = pro_rata(self.points, {name: value})
        self._put(self.points)
        self._redraw()

    def _put(self, points: dict[str, float]) -> None:
        self._following = True
        for name, slider in self.sliders.items():
            slider.value = points[name]
        self._following = False

    def reset(self) -> None:
        """Back to the points and readings of the case."""
        self.points = dict(self.trial.points)
        self._put(self.points)
        for name, choice in self.readings.items():
            choice.value = self.trial.base.case.readings[name]
        self._redraw()

    def _chosen(self) -> dict[str, str]:
        """Readings that differ from the case's."""
        today = self.trial.base.case.readings
        return {name: choice.value for name, choice in self.readings.items() if choice.value != today[name]}

    def _redraw(self) -> Outcome:
        top, simulated = self.trial.top_grade, self.trial.base.case.simulated
        try:
            self.outcome = self.trial.attempt(self.points, self._chosen())
        except InputError as error:
            self.said.value = f"<p>{html.escape(str(error))}</p>"
            return self.outcome
        self.said.value, self.shown.value = summary(self.outcome, top), ranking(self.outcome, top, simulated)
        return self.outcome

    def write(self) -> Path:
        """Save what the sliders say as a scenario file for `kaohe whatif --scenario`."""
        name = self.name.value.strip() or "方案"
        self.scenarios.mkdir(parents=True, exist_ok=True)
        path = self.scenarios / f"{_safe(name)}.yaml"
        points = {leaf: round(value, DECIMALS) for leaf, value in self.points.items()}
        save_scenario(self.trial.scenario(points, self._chosen(), name), path)
        self.saved.value = f"已保存：{html.escape(str(path))}"
        return path


def _safe(name: str) -> str:
    return "".join(c if c.isalnum() or c in "-_·" else "-" for c in name)[:60]


def open_panel(case: Path, stage: str = "", category: str = "", scenarios: Path | None = None) -> Panel:
    """The sliders over one category of a case.

    Scenarios are saved beside the results of the case (data/processed/<case>-方案), unless told: never among its data.
    """
    folder = case.resolve()
    home = folder.parent.parent / "processed" if folder.parent.name == "raw" else folder.parent
    return Panel(open_trial(case, stage, category), scenarios or home / f"{folder.name}-方案")
