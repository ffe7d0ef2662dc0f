"""A scenario (方案): a named change of a case, as plain data; what it names is looked up only when it is applied."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

from kaohe_tools.exact import parse_number, show_short, tidy
from kaohe_tools.problems import Place, Problems
from kaohe_tools.yamlfile import Document

UNCAPPED = "不限"
TOGETHER = "＋"


@dataclass(frozen=True)
class IndicatorPoints:
    """Other points (分值) of an indicator, of all subjects who have it, of a category or of one subject."""

    indicator: str
    points: float
    project: str = ""
    subject: str = ""
    category: str = ""
    stage: str = ""


@dataclass(frozen=True)
class Correction:
    """One score as it should have been: 得分 in the points of the sheet it stands in, or 完成值."""

    subject: str
    indicator: str
    score: float | None = None
    done: float | None = None
    project: str = ""
    component: str = ""
    rater: str = ""
    stage: str = ""


@dataclass(frozen=True)
class Scenario:
    """What would be otherwise; everything not named stays as the case has it.

    points: by part as written (部分, 环节:部分, 类别:部分, 环节:类别:部分) its new points; free: the others keep
    theirs (else they share what is left of the total as they do today). places: by 环节 the share or the number
    of places of the best grade, or by category. cap: by 环节 ("": every one) the bound of 加减分, None for none.
    """

    name: str = ""
    points: Mapping[str, float] = field(default_factory=dict)
    free: bool = False
    indicators: tuple[IndicatorPoints, ...] = ()
    places: Mapping[str, Any] = field(default_factory=dict)
    params: Mapping[str, Any] = field(default_factory=dict)
    readings: Mapping[str, str] = field(default_factory=dict)
    cap: Mapping[str, float | None] = field(default_factory=dict)
    scores: tuple[Correction, ...] = ()
    missing: str = ""
    min_voters: int | None = None
    origin: Document | None = field(default=None, compare=False, repr=False)

    def place(self, *path: str | int) -> Place:
        """Where an entry of the scenario stands, when it came from a file."""
        return self.origin.place(*path) if self.origin else Place()

    @property
    def empty(self) -> bool:
        """Does it change nothing at all?"""
        return replace(self, name="", free=False) == Scenario()


def combined(*scenarios: Scenario, name: str = "") -> Scenario:
    """Several scenarios as one; where two name the same thing the later one counts."""
    one = Scenario(name=name or TOGETHER.join(filter(None, (each.name for each in scenarios))))
    for each in scenarios:
        changed: dict[str, Any] = {}
        for own in ("points", "places", "params", "readings", "cap"):
            changed[own] = {**getattr(one, own), **getattr(each, own)}
        changed["indicators"] = _later(one.indicators, each.indicators, ("points",))
        changed["scores"] = _later(one.scores, each.scores, ("score", "done"))
        free = each.free if each.points else one.free
        missing = each.missing or one.missing
        least = one.min_voters if each.min_voters is None else each.min_voters
        one = replace(one, **changed, free=free, missing=missing, min_voters=least)
    return one


def _later(first: Sequence[Any], then: Sequence[Any], values: Sequence[str]) -> tuple:
    """Entries of both, those of the first that the second says otherwise left out."""

    def key(entry: Any) -> tuple:
        return tuple(tidy(getattr(entry, one.name)) for one in fields(entry) if one.name not in values)

    said = {key(entry) for entry in then}
    return (*(entry for entry in first if key(entry) not in said), *then)


def from_settings(settings: Sequence[str], free: bool, name: str, problems: Problems) -> Scenario:
    """The scenario that `--set 部分=分值` words make; a word that is none is told."""
    points: dict[str, float] = {}
    for word in settings:
        part, sign, figure = word.replace("＝", "=").rpartition("=")
        value = points_read(figure)
        if not sign or not part.strip():
            problems.error(Place(), f"--set “{word}”写得不对", "请写成 部分=分值，如 目标任务=85")
        elif value is None:
            problems.error(Place(), f"--set “{word}”的分值“{figure.strip()}”不对", "请写不小于 0 的数")
        elif part.strip() in points:
            problems.error(Place(), f"--set “{part.strip()}”写了两次", "请只留一处")
        else:
            points[part.strip()] = value
    return Scenario(name=name, points=points, free=free)


def points_read(value: object) -> float | None:
    """Points as somebody wrote them; None where they are no number, below zero or a sum.

    >>> points_read("８５"), points_read("-1"), points_read("3+2")
    (85.0, None, None)
    """
    number = parse_number(value)
    return number[0] if number and number[0] >= 0 and not number[1] else None


def in_words(scenario: Scenario) -> str:
    """What a scenario changes, in a few words: 目标任务=85；读法 quota_rounding=half_up."""
    words = [f"{name}={show_short(points)}" for name, points in scenario.points.items()]
    words += [f"指标“{one.indicator}”={show_short(one.points)}" for one in scenario.indicators]
    words += [f"{stage}名额={_in_words(value)}" for stage, value in scenario.places.items()]
    words += [f"参数 {name}={_in_words(value)}" for name, value in scenario.params.items()]
    words += [f"读法 {name}={choice}" for name, choice in scenario.readings.items()]
    words += [f"{s}加减分上限={UNCAPPED if cap is None else show_short(cap)}" for s, cap in scenario.cap.items()]
    words += [
        f"{one.subject}“{one.indicator}”{'完成值' if one.score is None else '得分'}="
        f"{show_short(one.done if one.score is None else one.score)}"
        for one in scenario.scores
    ]
    words += [f"缺失={scenario.missing}"] if scenario.missing else []
    words += [f"最少票数={scenario.min_voters}"] if scenario.min_voters is not None else []
    return "；".join(words)


def _in_words(value: object) -> str:
    """A value of a scenario as people write it.

    >>> _in_words({"甲类": 8, "乙类": 2.0}), _in_words("20%")
    ('甲类 8、乙类 2', '20%')
    """
    if isinstance(value, Mapping):
        return "、".join(f"{key} {_in_words(own)}" for key, own in value.items())
    return show_short(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else str(value)
