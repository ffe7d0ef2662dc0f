"""The sliders themselves (ipywidgets): the points of the parts, kept at their total; readings; a button that saves.

A slider in a page rounds whatever it is told to its own step and sends the rounded value back as if somebody had
dragged it. So sliders are only told multiples of the step, the exact points stand in the boxes beside them, and what
comes back unchanged is no move. While one drags, the page keeps at most one move waiting for an answer and sends the
latest next: positions in between may be left out, the last one is always drawn.
"""

from __future__ import annotations

import html
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import ipywidgets
from IPython.core.formatters import DisplayFormatter

from kaohe_tools.panel.trial import Outcome, Trial, open_trial
from kaohe_tools.panel.view import STYLE, ranking, summary
from kaohe_tools.problems import InputError
from kaohe_tools.whatif.scenario import Scenario
from kaohe_tools.whatif.scenario_file import save_scenario
from kaohe_tools.whatif.secrecy import few_voters
from kaohe_tools.whatif.variant import vary
from kaohe_tools.whatif.weights import pro_rata

STEP = 0.5  # points between two positions of a slider; finer values can be typed
SHOWN = 2  # decimals of points in a box
DECIMALS = 9  # of points in a scenario file
_SAME = 1e-6  # values that differ by less are the same position


class Panel:
    """Everything one sees. `outcome` is what the sliders say now; `box` is shown by a notebook or a page."""

    def __init__(self, trial: Trial, scenarios: Path) -> None:
        self.scenarios = scenarios
        self._following = False
        self._followers: list[_Follower] = []
        self.category = self._categories(trial)
        self.readings = {name: self._reading(trial, name) for name in trial.base.case.scheme.readings}
        self.head, self.parts = ipywidgets.HTML(), ipywidgets.VBox()
        self.said, self.shown, self.saved = ipywidgets.HTML(), ipywidgets.HTML(), ipywidgets.HTML()
        self.name = ipywidgets.Text(
            value="方案一", description="方案名称", layout={"width": "25.5em"}, style={"description_width": "8.5em"}
        )
        self.back = ipywidgets.Button(description="恢复现行分值")
        self.save = ipywidgets.Button(description="保存方案", button_style="primary")
        self.back.on_click(lambda _: self.reset())
        self.save.on_click(lambda _: self.write())
        self._take(trial)
        self.box = self._laid_out()

    # --- what stands where

    def _take(self, trial: Trial) -> None:
        """Another category: sliders of its parts, at today's points."""
        self.trial, self.points = trial, dict(trial.points)
        self._held, self._before = "", dict(trial.points)
        self.few = few_voters(trial.base.assessment, trial.stage, trial.category)  # a slider would tell how they voted
        total = sum(self.points.values())
        self.sliders = {name: self._slider(name, value, total) for name, value in self.points.items()}
        self.typed = {name: self._typing(name, value, total) for name, value in self.points.items()}
        title = f"{trial.base.case.title}　{trial.stage}·{trial.category}"
        hint = f"各部分合计 {total:g} 分：拖动或填写一个，其余按比例让出"
        self.head.value = f"{STYLE}<h3>{html.escape(title)}</h3><p>{html.escape(hint)}</p>"
        self.parts.children = [
            ipywidgets.HBox([self.sliders[name], self.typed[name], ipywidgets.Label(f"现 {value:g}")])
            for name, value in self.points.items()
        ]
        self.outcome = self._redraw()

    def _slider(self, name: str, value: float, total: float) -> ipywidgets.FloatSlider:
        slider = ipywidgets.FloatSlider(
            value=_position(value, total), min=0.0, max=total, step=STEP, description=name, readout=False,
            style={"description_width": "8.5em"}, layout={"width": "20em"}, disabled=name in self.few, tooltip=name,
        )  # fmt: skip
        slider.observe(lambda change: self._dragged(name, change["new"]), "value")
        return slider

    def _typing(self, name: str, value: float, total: float) -> ipywidgets.BoundedFloatText:
        box = ipywidgets.BoundedFloatText(
            value=round(value, SHOWN), min=0.0, max=total, step=STEP, layout={"width": "5.5em"},
            disabled=name in self.few,
        )  # fmt: skip
        box.observe(lambda change: self._filled(name, change["new"]), "value")
        return box

    def _categories(self, trial: Trial) -> ipywidgets.Dropdown:
        here = (trial.stage, trial.category)
        pairs = trial.places if here in trial.places else [here, *trial.places]
        choice = ipywidgets.Dropdown(
            options=[("·".join(pair), pair) for pair in pairs], value=here, description="类别",
            style={"description_width": "8.5em"}, layout={"width": "25.5em"},
        )  # fmt: skip
        choice.observe(lambda change: self._chose(*change["new"]), "value")
        return choice

    def _reading(self, trial: Trial, name: str) -> ipywidgets.Dropdown:
        reading = trial.base.case.scheme.readings[name]
        choice = ipywidgets.Dropdown(
            options=[(label, code) for code, label in reading.choices.items()],
            value=trial.base.case.readings[name], layout={"width": "27em"},
        )  # fmt: skip
        choice.observe(lambda _: self._redraw(), "value")
        return choice

    def _laid_out(self) -> ipywidgets.VBox:
        """Controls on the left, the ranking on the right, so that both are seen while one drags."""
        questions = self.trial.base.case.scheme.readings
        asked = [
            ipywidgets.VBox([ipywidgets.HTML(html.escape(questions[name].question)), choice])
            for name, choice in self.readings.items()
        ]
        readings = [ipywidgets.Accordion([ipywidgets.VBox(asked)], titles=["条文的读法"])] if asked else []
        buttons = [ipywidgets.HBox([self.save, self.back]), self.name, self.saved]
        left = ipywidgets.VBox(
            [self.category, self.parts, *readings, *buttons],
            layout={"width": "31em", "flex": "0 0 auto", "margin": "0 1em 0 0"},
        )
        tall = ipywidgets.Box([self.shown], layout={"max_height": "680px", "overflow": "auto", "display": "block"})
        right = ipywidgets.VBox([self.said, tall], layout={"flex": "1 1 0", "min_width": "20em"})
        return ipywidgets.VBox([self.head, ipywidgets.HBox([left, right])])

    def _repr_mimebundle_(self, **options: object) -> object:
        return self.box._repr_mimebundle_(**options)

    # --- what the sliders do

    def _dragged(self, name: str, value: float) -> None:
        """A slider was moved; one that only says what it was told was not."""
        total = sum(self.points.values())
        if not self._following and abs(value - _position(self.points[name], total)) > _SAME:
            self._moved(name, value, self.sliders[name])

    def _filled(self, name: str, value: float) -> None:
        """Points were typed."""
        if not self._following and abs(value - round(self.points[name], SHOWN)) > _SAME:
            self._moved(name, value, self.typed[name])

    def _moved(self, name: str, value: float, source: ipywidgets.Widget) -> None:
        """The others make room in proportion to what they held before this one was taken, and all is drawn again.

        So only where a drag ends decides, not the way to it, not even one through the total and back.
        """
        if name != self._held:
            self._held, self._before = name, dict(self.points)
        others = {other: points for other, points in self._before.items() if other != name}
        if not any(others.values()):
            others = {other: points for other, points in self.trial.points.items() if other != name}
        total = sum(self.trial.points.values())
        if not any(others.values()):  # nothing to share with
            self._put(None)
            return
        whole = {each: others.get(each, total - sum(others.values())) for each in self.points}
        self.points = pro_rata(whole, {name: round(value, DECIMALS)})
        self._put(source)
        self._redraw()

    def _put(self, source: ipywidgets.Widget | None) -> None:
        """Tell the points to all sliders and boxes but the one they come from, which may be on its way already."""
        self._following = True
        total = sum(self.points.values())
        for name, points in self.points.items():
            told = {self.sliders[name]: _position(points, total), self.typed[name]: round(points, SHOWN)}
            for widget, value in told.items():
                if widget is not source and abs(widget.value - value) > _SAME:
                    widget.value = value
        self._following = False

    def reset(self) -> None:
        """Back to the points and readings of the case."""
        self._held, self.points = "", dict(self.trial.points)
        self._following = True
        for name, choice in self.readings.items():
            choice.value = self.trial.base.case.readings[name]
        self._put(None)
        self._redraw()

    # --- categories and readings

    def _chose(self, stage: str, category: str) -> None:
        """Another category: its ranking; what stands beside it waits until it is wanted, so that no slider waits."""
        self._take(replace(self.trial, stage=stage, category=category))
        for follower in self._followers:
            follower.leave(self.trial)

    def follow(self, make: Callable[[Trial], Any]) -> ipywidgets.VBox:
        """What `make` says of the trial (one thing or a tuple); for another category at the press of a button."""
        follower = _Follower(make)
        follower.show(self.trial)
        self._followers.append(follower)
        return follower.box

    def _chosen(self) -> dict[str, str]:
        """Readings that differ from the case's."""
        today = self.trial.base.case.readings
        return {name: choice.value for name, choice in self.readings.items() if choice.value != today[name]}

    def _redraw(self) -> Outcome:
        if self._following:
            return self.outcome
        top, simulated = self.trial.top_grade, self.trial.base.case.simulated
        try:
            self.outcome = self.trial.attempt(self.points, self._chosen())
        except InputError as error:
            self.said.value = f"<p>{html.escape(str(error))}</p>"
            return self.outcome
        self.said.value, self.shown.value = summary(self.outcome, top), ranking(self.outcome, top, simulated)
        return self.outcome

    @property
    def scenario(self) -> Scenario:
        """What the sliders and readings say now, as a scenario."""
        points = {leaf: round(value, DECIMALS) for leaf, value in self.points.items()}
        return self.trial.scenario(points, self._chosen(), self.name.value.strip() or "方案")

    def write(self) -> Path | None:
        """Save what the sliders say as a scenario file for `kaohe whatif --scenario`; None (told) where it is refused.

        The whole case is tried before, later stages too.
        """
        scenario = self.scenario
        try:
            vary(self.trial.base, scenario)
        except InputError as error:
            self.saved.value = f"没有保存：{html.escape(str(error))}"
            return None
        self.scenarios.mkdir(parents=True, exist_ok=True)
        path = self.scenarios / f"{_safe(scenario.name)}.yaml"
        save_scenario(scenario, path)
        self.saved.value = f"已保存：{html.escape(str(path))}"
        return path


def _position(points: float, total: float) -> float:
    """The position of a slider that is nearest to some points.

    >>> _position(39.37, 100), _position(97.2, 97.3)
    (39.5, 97.0)
    """
    return min(round(points / STEP) * STEP, total)


class _Follower:
    """What is shown of a category beside its ranking; what was made once is kept."""

    def __init__(self, make: Callable[[Trial], Any]) -> None:
        self.make = make
        self.trial: Trial | None = None
        self.kept: dict[tuple[str, str], tuple[dict, ...]] = {}
        self.button, self.output = ipywidgets.Button(layout={"width": "auto"}), ipywidgets.Output()
        self.button.on_click(lambda _: self.show(self.trial))
        self.box = ipywidgets.VBox([self.output])

    def show(self, trial: Trial) -> None:
        """Make it, where it was not made before."""
        here = (trial.stage, trial.category)
        if here not in self.kept:
            self.button.description, self.button.disabled = "正在计算……", True
            shown = self.make(trial)
            self.kept[here] = tuple(map(_output, shown if isinstance(shown, tuple) else (shown,)))
        self.output.outputs = self.kept[here]
        self.box.children = [self.output]

    def leave(self, trial: Trial) -> None:
        """Another category: what was made of it before, or a button."""
        self.trial = trial
        if (trial.stage, trial.category) in self.kept:
            self.show(trial)
            return
        self.button.description, self.button.disabled = f"计算{trial.category}（要几秒）", False
        self.box.children = [self.button]


def _output(shown: Any) -> dict[str, Any]:
    """Something to show, as a notebook keeps it."""
    data, metadata = DisplayFormatter().format(shown)
    return {"output_type": "display_data", "data": data, "metadata": metadata}


def _safe(name: str) -> str:
    return "".join(c if c.isalnum() or c in "-_·" else "-" for c in name)[:60]


def open_panel(case: Path, stage: str = "", category: str = "", scenarios: Path | None = None) -> Panel:
    """The sliders over one category of a case.

    Scenarios are saved beside the results of the case (data/processed/<case>-方案), unless told: never among its data.
    """
    folder = case.resolve()
    home = folder.parent.parent / "processed" if folder.parent.name == "raw" else folder.parent
    return Panel(open_trial(case, stage, category), scenarios or home / f"{folder.name}-方案")
