"""Scenarios as YAML files with Chinese keys, so that they can be kept, sent and used again.

名称: 业务占比提高
部分: {"单位:目标任务": 85}      # 部分、环节:部分、类别:部分 或 环节:类别:部分
其余: 按比例                      # 或 不变
指标: [{类别: 甲类, 指标: 党建, 分值: 25}]
名额: {单位: 20%}                 # 最好等次的比例或个数，也可按类别
参数: {places: {甲类: 8}}
读法: {quota_rounding: half_up}
加减分上限: {单位: 3}             # 或 不限
得分: [{考核对象: 甲局, 指标: 党建, 得分: 19}]
缺失: exclude
最少票数: 5
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml

from kaohe_tools.aside import file_aside
from kaohe_tools.case import MISSING
from kaohe_tools.exact import parse_number
from kaohe_tools.problems import InputError, Place, Problems
from kaohe_tools.whatif.scenario import UNCAPPED, Correction, IndicatorPoints, Scenario, points_read
from kaohe_tools.yamlfile import Document, read_yaml

PRO_RATA, AS_THEY_ARE = "按比例", "不变"

_INDICATOR = {"指标": "indicator", "考核项目": "project", "考核对象": "subject", "类别": "category", "环节": "stage"}
_SCORE = {"考核对象": "subject", "指标": "indicator", "考核项目": "project", "来源": "component", "评分人": "rater"}
_SCORE |= {"环节": "stage"}
KEYS = ("名称", "部分", "其余", "指标", "名额", "参数", "读法", "加减分上限", "得分", "缺失", "最少票数")


def save_scenario(scenario: Scenario, path: Path) -> None:
    """Write a scenario as YAML, whole or not at all; `load_scenario` reads the same one back."""
    text = yaml.safe_dump(as_data(scenario), allow_unicode=True, sort_keys=False, width=120)
    with file_aside(path) as new:
        new.write_text(text, encoding="utf-8", newline="\n")


def as_data(scenario: Scenario) -> dict[str, Any]:
    """A scenario as the entries of its file; what it does not change is left out."""
    data: dict[str, Any] = {"名称": scenario.name}
    data["部分"] = {name: _tidy_number(points) for name, points in scenario.points.items()}
    data["其余"] = AS_THEY_ARE if scenario.free else PRO_RATA if scenario.points or scenario.indicators else None
    data["指标"] = [
        {key: getattr(one, own) for key, own in _INDICATOR.items() if getattr(one, own)}
        | {"分值": _tidy_number(one.points)}
        for one in scenario.indicators
    ]
    data |= {"名额": dict(scenario.places), "参数": dict(scenario.params), "读法": dict(scenario.readings)}
    caps = {stage: UNCAPPED if cap is None else _tidy_number(cap) for stage, cap in scenario.cap.items()}
    data["加减分上限"] = caps[""] if set(caps) == {""} else caps
    data["得分"] = [
        {key: getattr(one, own) for key, own in _SCORE.items() if getattr(one, own)}
        | ({"完成值": _tidy_number(one.done)} if one.score is None else {"得分": _tidy_number(one.score)})
        for one in scenario.scores
    ]
    data |= {"缺失": scenario.missing, "最少票数": scenario.min_voters}
    return {key: value for key, value in data.items() if value not in (None, "", {}, []) or key == "名称"}


def _tidy_number(value: float) -> float | int:
    return int(value) if float(value).is_integer() else float(value)


def load_scenario(path: Path) -> Scenario:
    """Read a scenario's file. Raises InputError with every flaw of its form, each with its line."""
    problems = Problems()
    document = read_yaml(path, problems)
    if document is not None and not isinstance(document.data, Mapping):
        problems.error(Place(document.name), "内容不是条目", "请写成“部分: …”这样的条目")
    if document is None or problems.errors:
        raise InputError(problems)
    scenario = _Reader(document, problems).scenario(path.stem)
    if problems.errors:
        raise InputError(problems)
    return scenario


class _Reader:
    """Reads the entries of a scenario's file; each flaw is told at its line."""

    def __init__(self, document: Document, problems: Problems) -> None:
        self.document, self.data, self.problems = document, document.data, problems

    def scenario(self, name: str) -> Scenario:
        self._known(self.data, KEYS, ())
        rest = self._choice("其余", (PRO_RATA, AS_THEY_ARE))
        return Scenario(
            name=str(self.data.get("名称") or name),
            points=self._figures("部分", self._mapping("部分"), points_read, "分值应是不小于 0 的数"),
            free=rest == AS_THEY_ARE,
            indicators=tuple(self._entries("指标", IndicatorPoints, _INDICATOR, {"分值": "points"}, ("指标",))),
            places=self._mapping("名额"),
            params=self._mapping("参数"),
            readings={
                name: str(value).lower() if isinstance(value, bool) else str(value)
                for name, value in self._mapping("读法").items()
            },
            cap=self._caps(),
            scores=tuple(self._entries("得分", Correction, _SCORE, _SCORE_VALUES, ("考核对象", "指标"))),
            missing=self._choice("缺失", MISSING),
            min_voters=self._least(),
            origin=self.document,
        )

    def _error(self, path: tuple, message: str, advice: str) -> None:
        self.problems.error(self.document.place(*path), message, advice)

    def _known(self, data: Mapping, keys: Sequence[str], path: tuple) -> None:
        for key in data:
            if key not in keys:
                near = get_close_matches(str(key), keys, 1)
                hint = f"是不是“{near[0]}”？" if near else f"可用：{'、'.join(keys)}"
                self._error((*path, key), f"不认识的条目“{key}”", hint)

    def _mapping(self, key: str) -> dict[str, Any]:
        value = self.data.get(key) or {}
        if isinstance(value, Mapping):
            return dict(value)
        self._error((key,), f"“{key}”应是条目", f"请写成 {key}: {{名称: 数值}}")
        return {}

    def _figures(self, key: str, given: Mapping, read: Callable[[object], Any], advice: str) -> dict[str, Any]:
        found = {name: read(value) for name, value in given.items()}
        for name in (name for name, value in found.items() if value is None):
            self._error((key, name), f"“{name}”的值“{given[name]}”不对", advice)
        return {name: value for name, value in found.items() if value is not None}

    def _choice(self, key: str, choices: Sequence[str]) -> str:
        value = self.data.get(key)
        if value is not None and value not in choices:
            self._error((key,), f"“{key}”没有选项“{value}”", f"可选：{'、'.join(choices)}")
        return str(value) if value in choices else ""

    def _caps(self) -> dict[str, float | None]:
        key = "加减分上限"
        value = self.data.get(key)
        given = value if isinstance(value, Mapping) else {} if value is None else {"": value}
        caps: dict[str, float | None] = {}
        for stage, figure in given.items():
            number = points_read(figure)
            if figure != UNCAPPED and number is None:
                self._error((key, stage), f"加减分上限“{figure}”不对", f"请写不小于 0 的数，或 {UNCAPPED}")
            else:
                caps[str(stage)] = None if figure == UNCAPPED else number
        return caps

    def _least(self) -> int | None:
        value = self.data.get("最少票数")
        if value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= 0):
            return value
        self._error(("最少票数",), f"最少票数“{value}”不是整数", "请写不小于 0 的整数，如 5")
        return None

    def _entries(self, key: str, kind: type, texts: Mapping, values: Mapping, needed: Sequence[str]) -> list[Any]:
        """The entries of a list; each has its texts, and one of the `values`."""
        given = self.data.get(key) or []
        if not isinstance(given, list):
            self._error((key,), f"“{key}”应是列表", "每条前面写一个“- ”")
            return []
        found = []
        for i, entry in enumerate(given):
            if not isinstance(entry, Mapping):
                self._error((key, i), f"“{key}”的第 {i + 1} 条不是条目", f"请写成 {{{needed[0]}: …}}")
                continue
            self._known(entry, (*texts, *values), (key, i))
            lacking = [name for name in needed if not entry.get(name)]
            if lacking:
                self._error((key, i), f"“{key}”的第 {i + 1} 条没有写{'、'.join(lacking)}", "请补上")
            figures = {own: self._figure(key, i, entry, name) for name, own in values.items() if name in entry}
            if len(figures) != 1:
                self._error((key, i), f"“{key}”的第 {i + 1} 条应写{'或'.join(values)}，且只写一个", "请改正")
            own = {name: str(entry[header]) for header, name in texts.items() if entry.get(header) is not None}
            if not lacking and len(figures) == 1 and None not in figures.values():
                found.append(kind(**own, **figures))
        return found

    def _figure(self, key: str, i: int, entry: Mapping, name: str) -> float | None:
        number = parse_number(entry[name])
        if number is None or number[1] or (name != "完成值" and number[0] < 0):
            advice = "请填写数字" if name == "完成值" else "请写不小于 0 的数"
            self._error((key, i, name), f"{name}“{entry[name]}”不对", advice)
            return None
        return number[0]


_SCORE_VALUES = {"得分": "score", "完成值": "done"}
