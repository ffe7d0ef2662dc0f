"""What hangs on the readings: each open question of the regulation answered in every other way, one or two at a time.

The files are read once; every trial goes through the same steps as the assessment itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import Generic, TypeVar

import pandas as pd
from tqdm import tqdm

from kaohe_tools.aside import made_aside, put_files
from kaohe_tools.assess import Assessment, Prepared, Valued, assess_valued, prepare, put_values
from kaohe_tools.case import Case
from kaohe_tools.exact import publish, show
from kaohe_tools.plaintext import wrap
from kaohe_tools.problems import ERROR, InputError
from kaohe_tools.scheme import COMPOSITE
from kaohe_tools.spreadsheet import write_csv

SUMMARY, CHANGES = "读法影响", "读法影响明细"
NO_EFFECT = "没有影响"
GAIN, LOSE, PEND = "得", "失", "待定"

T = TypeVar("T")
Switch = tuple[tuple[str, str], ...]  # one or two readings, each with the choice put in force


@dataclass(frozen=True)
class ReadingsReport:
    """What each switch of readings changes; every cell is text.

    summary, a row for each switch: 读法, 选项, 条款, 问题; numbers of subjects in 得分变化, 排名变化, 等次变化
    (pending and marks with it), 运用变化; names in 得到最好等次, 失去最好等次, 转为待定; 合并另有 (how many subjects
    two readings together grade otherwise than each alone); 影响 (in words).
    changes, a row for each subject that a switch changes: 读法, 选项, 条款, 环节, 类别, 考核对象, 编号; what was (原)
    and is (新) of 综合得分, 排名, 等次, 待定; 变化.
    """

    case: Case
    summary: pd.DataFrame
    changes: pd.DataFrame

    def write(self, folder: Path) -> list[Path]:
        """Write 读法影响.csv and 读法影响明细.csv; returns their paths."""
        with made_aside(folder) as aside:
            for name, table in ((SUMMARY, self.summary), (CHANGES, self.changes)):
                write_csv(table, aside / f"{name}.csv")
            return put_files(aside, folder)

    def as_text(self) -> str:
        """The summary for a terminal: every single switch, and the pairs that grade otherwise than each alone."""
        case = self.case
        title = f"{case.title}：条文换一种读法，结果变不变"
        lines = [*wrap(f"{title}（演示数据）" if case.simulated else title), ""]
        double = self.summary["读法"].str.contains(" + ", regex=False)
        for row in self.summary[~double].to_dict("records"):
            lines += wrap(f"{row['问题']}？改为 {row['选项']}（{row['读法']}，条款：{row['条款']}）", "", "  ")
            lines += [*wrap(row["影响"], "  → ", "    "), ""]
        pairs = self.summary[double]
        more = pairs[~pairs["合并另有"].isin(["", "0"]) | pairs["影响"].str.startswith("不能考核")]
        if len(pairs):
            same = len(pairs) - len(more)
            lines += wrap(f"两种读法同时改，试了 {len(pairs)} 组：{same} 组的等次与分别改相同，{len(more)} 组另有变化")
        for row in more.to_dict("records"):
            lines += wrap(f"{row['读法']}：{row['选项']}", "  ", "    ")
            lines += wrap(row["影响"], "    → ", "      ")
        return "\n".join(lines).rstrip() + "\n"


def compare_readings(folder: Path, pairs: bool = True, progress: bool = False) -> ReadingsReport:
    """Try every other choice of every reading that the scheme declares, alone and (with `pairs`) two readings together.

    The rest stays as case.yaml has it. Raises InputError where the case has errors as it stands; a switch that brings
    errors is told in its row. `progress` shows a bar.
    """
    prepared = prepare(folder)
    trials = _Trials(prepared)
    base = trials.outcome({})
    if isinstance(base, InputError):
        raise base
    now = _figures(base)
    told: dict[Switch, pd.DataFrame] = {}
    summary: list[dict[str, str]] = []
    changes: list[pd.DataFrame] = []
    for switch in tqdm(list(_switches(prepared.case, pairs)), desc="读法", unit="种", disable=not progress):
        outcome = trials.outcome(dict(switch))
        about = _about(prepared.case, switch)
        if isinstance(outcome, InputError):
            summary.append({**about, "影响": _failure(outcome)})
            continue
        told[switch] = _figures(outcome)
        changed = _changed(base, now, told[switch])
        summary.append({**about, **_counted(base, changed), "合并另有": _beyond(now, told, switch)})
        changes.append(changed.assign(**{name: about[name] for name in ("读法", "选项", "条款")}))
    changed = pd.concat(changes)[_CHANGES].reset_index(drop=True) if changes else pd.DataFrame(columns=_CHANGES)
    return ReadingsReport(prepared.case, pd.DataFrame(summary, columns=_SUMMARY).fillna(""), changed)


def _switches(case: Case, pairs: bool) -> Iterator[Switch]:
    """Every choice that is not in force, then every two of them that belong to different readings."""
    readings = case.scheme.readings
    single = [(name, code) for name in readings for code in readings[name].choices if code != case.readings[name]]
    yield from ((one,) for one in single)
    if pairs:
        yield from (two for two in combinations(single, 2) if two[0][0] != two[1][0])


def _about(case: Case, switch: Switch) -> dict[str, str]:
    readings = [case.scheme.readings[name] for name, _ in switch]
    choices = [f"{code}（{reading.choices[code]}）" for reading, (_, code) in zip(readings, switch, strict=True)]
    return {
        "读法": " + ".join(name for name, _ in switch),
        "选项": " + ".join(choices),
        "条款": "；".join(dict.fromkeys(reading.article for reading in readings)),
        "问题": "；".join(reading.question for reading in readings),
    }


def _failure(error: InputError) -> str:
    """What is said of a switch under which the case cannot be assessed."""
    errors = [str(problem) for problem in error.problems.sorted() if problem.level == ERROR]
    return f"不能考核：这样读有 {len(errors)} 个错误：{'；'.join(errors[:3])}{' 等' if len(errors) > 3 else ''}"


# --- trials -----------------------------------------------------------------------------------------------------------


class _Asked(Mapping[str, str]):
    """Readings that remember which of them were asked for: whatever agrees in those gives the same outcome."""

    def __init__(self, choices: Mapping[str, str]) -> None:
        self.choices = dict(choices)
        self.asked: dict[str, str] = {}

    def __getitem__(self, name: str) -> str:
        self.asked[name] = self.choices[name]
        return self.asked[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.choices)

    def __len__(self) -> int:
        return len(self.choices)


class _Kept(Generic[T]):
    """Outcomes of a step with the readings it asked for; a step is taken again only where one of those differs."""

    def __init__(self, step: Callable[[Mapping[str, str]], T]) -> None:
        self.step = step
        self.kept: list[tuple[dict[str, str], T]] = []

    def of(self, choices: Mapping[str, str]) -> T:
        for asked, outcome in self.kept:
            if asked.items() <= choices.items():
                return outcome
        readings = _Asked(choices)
        outcome = self.step(readings)
        self.kept.append((readings.asked, outcome))
        return outcome


class _Trials:
    """Assesses a prepared case under other readings, no step twice where nothing it looks at has changed."""

    def __init__(self, prepared: Prepared) -> None:
        self.prepared = prepared
        self.values = _Kept(lambda readings: put_values(prepared, replace(prepared.case, readings=readings)))
        self.stages: list[tuple[Valued, _Kept[Assessment | InputError]]] = []

    def outcome(self, switch: Mapping[str, str]) -> Assessment | InputError:
        """The assessment with these readings switched, or the errors that it brings."""
        choices = {**self.prepared.case.readings, **switch}
        worth = self.values.of(choices)
        for other, kept in self.stages:
            if _equal(worth, other):
                return kept.of(choices)
        kept = _Kept(lambda readings: self._assess(worth, readings))
        self.stages.append((worth, kept))
        return kept.of(choices)

    def _assess(self, worth: Valued, readings: Mapping[str, str]) -> Assessment | InputError:
        try:
            return assess_valued(self.prepared, worth, replace(self.prepared.case, readings=readings))
        except InputError as error:
            return error


def _equal(one: Valued, other: Valued) -> bool:
    """Do items and entries have the same worth, and are the same problems told?"""
    same = one.valued.equals(other.valued) and one.entries.equals(other.entries)
    return one is other or (same and one.problems.sorted() == other.problems.sorted())


# --- figures and their changes ----------------------------------------------------------------------------------------

_FIGURES = [COMPOSITE, "排名", "等次", "待定"]
_CHANGES = ["读法", "选项", "条款", "环节", "类别", "考核对象", "编号"]
_CHANGES += [f"{when}{name}" for name in _FIGURES for when in "原新"] + ["变化"]
_COUNTS = ["得分变化", "排名变化", "等次变化", "运用变化"]
_SUMMARY = ["读法", "选项", "条款", "问题", *_COUNTS, "得到最好等次", "失去最好等次", "转为待定", "合并另有", "影响"]


def _figures(assessment: Assessment) -> pd.DataFrame:
    """By subject, as published: 综合得分, 排名, 等次, 待定, top (what of the best it holds: grade, marks), 运用."""
    grades, stages = assessment.grades, assessment.case.scheme.stages
    matters = assessment.consequences.groupby("subject")["matter"].agg("、".join)
    tops = []
    for number, name in assessment.subjects["stage"].items():
        stage, row = stages[name], grades.loc[number]
        best = [stage.grades[0]] if stage.grades and row["grade"] == stage.grades[0] and not row["pending"] else []
        tops.append(tuple(best + [mark for mark in stage.mark_names if row[mark] == "是"]))
    return pd.DataFrame(
        {
            COMPOSITE: [show(value) for value in publish(assessment.scores["composite"])],
            "排名": grades["rank"].astype(str).to_numpy(),
            "等次": grades["grade"].to_numpy(),
            "待定": grades["pending"].to_numpy(),
            "top": tops,
            "运用": matters.reindex(grades.index).fillna("").to_numpy(),
        },
        index=grades.index,
    )


def _differs(now: pd.DataFrame, then: pd.DataFrame) -> pd.Series:
    return (now != then).any(axis=1)


def _changed(base: Assessment, now: pd.DataFrame, then: pd.DataFrame) -> pd.DataFrame:
    """A row for each subject whose figures differ: who, what they were and are, 变化, and helper columns."""
    moved = now.index[_differs(now, then)]
    who = base.subjects.loc[moved]
    table = pd.DataFrame(
        {"环节": who["stage"], "类别": who["category"], "考核对象": who["subject"], "编号": who["code"]}, index=moved
    )
    for name in [*_FIGURES, "top", "运用"]:
        table[f"原{name}"], table[f"新{name}"] = now.loc[moved, name], then.loc[moved, name]
    return table.assign(变化=["、".join(_words(row)) for row in table.to_dict("records")])


def _words(row: Mapping) -> list[str]:
    """What a change means for the one it concerns: 得优秀, 失优秀, 待定, 等次变化, 得分变化 …"""
    words = [f"{GAIN}{name}" for name in row["新top"] if name not in row["原top"]]
    words += [f"{LOSE}{name}" for name in row["原top"] if name not in row["新top"]]
    if row["新待定"] != row["原待定"]:
        words.append(PEND if row["新待定"] else "不再待定")
    if not words and row["新等次"] != row["原等次"]:
        words.append("等次变化")
    words += [f"{name}变化" for name in ("得分", "排名", "运用") if _moved(row, name)]
    return words


def _moved(row: Mapping, name: str) -> bool:
    column = COMPOSITE if name == "得分" else name
    return row[f"新{column}"] != row[f"原{column}"]


def _counted(base: Assessment, changed: pd.DataFrame) -> dict[str, str]:
    """The summary of a switch: how many scores, ranks, grades and consequences change, and who gains or loses."""
    rows = changed.to_dict("records")
    counts = {f"{name}变化": sum(_moved(row, name) for row in rows) for name in ("得分", "排名", "等次", "运用")}
    counts["等次变化"] = sum(any(_moved(row, name) for name in ("等次", "待定", "top")) for row in rows)
    several = base.subjects["stage"].nunique() > 1

    def named(chosen: Callable[[Mapping], bool]) -> str:
        return "、".join(f"{r['环节']}·{r['考核对象']}" if several else r["考核对象"] for r in rows if chosen(r))

    who = {
        "得到最好等次": named(lambda row: bool(set(row["新top"]) - set(row["原top"]))),
        "失去最好等次": named(lambda row: bool(set(row["原top"]) - set(row["新top"]))),
        "转为待定": named(lambda row: row["新待定"] != "" and row["原待定"] == ""),
    }
    words = [f"{count} 个对象{name}" for name, count in counts.items() if count]
    words += [f"{name}的：{_short(names)}" for name, names in who.items() if names]
    return {**{name: str(count) for name, count in counts.items()}, **who, "影响": "；".join(words) or NO_EFFECT}


def _short(names: str, most: int = 6) -> str:
    listed = names.split("、")
    return names if len(listed) <= most else f"{'、'.join(listed[:most])}等 {len(listed)} 个"


def _beyond(now: pd.DataFrame, told: Mapping[Switch, pd.DataFrame], switch: Switch) -> str:
    """How many subjects two readings together grade otherwise than each alone would; "" for a single one."""
    alone = [told[one,] for one in switch if (one,) in told]
    if len(switch) == 1 or len(alone) < len(switch):
        return ""
    other = pd.Series(False, index=now.index)
    for name in ("等次", "待定", "top"):
        moved = [one[name] != now[name] for one in alone]
        as_one = [(told[switch][name] == one[name]) & moves for one, moves in zip(alone, moved, strict=True)]
        as_now = ~moved[0] & ~moved[1] & (told[switch][name] == now[name])
        other |= ~(as_one[0] | as_one[1] | as_now)
    return str(int(other.sum()))
