"""From an assessment to the derivation of one subject's result, down to file, sheet and cell.

It reads what the assessment has found and computes nothing a second time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass

import numpy as np
import pandas as pd

from kaohe_tools.anonymity import disclosed
from kaohe_tools.assess import Assessment
from kaohe_tools.audience import for_subjects
from kaohe_tools.columns import GROUPINGS
from kaohe_tools.exact import publish, show, show_short, snap
from kaohe_tools.explain.around import around
from kaohe_tools.explain.finding import find
from kaohe_tools.explain.model import (
    LEAF,
    NOTHING,
    PART,
    PROJECT,
    Contribution,
    Derivation,
    Heading,
    Item,
    Reason,
    Section,
    StageDerivation,
    Statement,
)
from kaohe_tools.problems import Place
from kaohe_tools.scheme import COMPOSITE, Stage
from kaohe_tools.scoring import ADJUST

_LEDGER_READINGS = ("adjust_cap", "per_time", "same_work", "same_work_scope")
_SCORED = ("得分", "台账", "排名")  # steps that are told in sections of their own
LEFT_OUT = "不含其他考核对象（所属单位除外）的名称和得分，也不含数据检查情况"


def derive(assessment: Assessment, subject: str, stage: str | None = None, others: bool = True) -> Derivation:
    """How a subject's result came about, in every stage in which it is assessed, or in one.

    others: also what names other subjects or tells their scores; without it the subject itself may read all of it.
    Raises InputError as `find` does.
    """
    return derived(visible(assessment, others), subject, stage, others)


def visible(assessment: Assessment, others: bool) -> Assessment:
    """What of an assessment may be told: to the office, or to its subjects."""
    shown = disclosed(assessment)
    return shown if others else for_subjects(shown)


def derived(assessment: Assessment, subject: str, stage: str | None, others: bool) -> Derivation:
    """As `derive`, of an assessment that is `visible` already (for many subjects, one after the other)."""
    numbers = find(assessment, subject, stage)
    case = assessment.case
    first = assessment.subjects.loc[numbers[0]]
    code = f"（编号 {first['code']}）" if first["code"] else ""
    facts = [("案例", case.title)]
    if case.simulated:
        facts.append(("演示数据", "本说明的数据为模拟生成，不代表任何单位或个人的真实考核结果"))
    document = case.scheme.source.get("document")
    basis = f"，依据《{document}》" if document else ""
    facts.append(("考核办法", f"{case.scheme.title}（{case.scheme.id}，{case.year} 年度{basis}）"))
    if not others:
        facts.append(("范围", LEFT_OUT))
    return Derivation(
        subject=str(first["subject"]),
        title=f"{first['subject']}{code}：考核结果是怎么来的",
        facts=tuple(facts),
        stages=tuple(_Deriving(assessment, number, others).stage_derivation() for number in numbers),
        simulated=case.simulated,
        others=others,
    )


class _Deriving:
    """The sections on one subject in one stage."""

    def __init__(self, assessment: Assessment, number: int, others: bool) -> None:
        self.assessment, self.number, self.others = assessment, number, others
        self.row = assessment.subjects.loc[number]
        self.stage: Stage = assessment.case.scheme.stages[self.row["stage"]]
        self.grades = assessment.grades.loc[number]
        self.entries = self._mine(assessment.entries)
        self.rows = self._mine(assessment.contributions)
        self.reasons = self._mine(assessment.reasons)

    def _mine(self, frame: pd.DataFrame) -> pd.DataFrame:
        return frame[frame["subject"] == self.number]

    def stage_derivation(self) -> StageDerivation:
        """The heading, then every section that has something to say."""
        row = self.row
        within = [f"{name} {row[column]}" for name, column in GROUPINGS.items() if row[column]]
        sections = {
            "得分逐项": self._scores(),
            "没有计入的台账": self._set_aside(),
            "综合得分和排名" if self.rank else "综合得分": self._composite(),
            "定等次的理由": self._reasons(self.reasons[~self.reasons["step"].isin(_SCORED)]),
            "等次": self._grade(),
            "结果运用": self._consequences(),
            "采用的条文理解": self._readings(),
            "参数": self._params(),
            "前后名次": self._around() if self.others else [],
            "数据检查中与此有关的": self._problems() if self.others else [],
        }
        told = tuple(Section(title, tuple(items)) for title, items in sections.items() if items)
        heading = "，".join([f"类别：{row['category']}", *within])
        return StageDerivation(self.stage.name, heading, self._outcome(), told)

    @property
    def rank(self) -> str:
        """Where it stands, in words; "" where that is not told."""
        return f"，排名第 {self.grades['rank']}" if self.grades["rank"] else ""

    def _outcome(self) -> str:
        """The result in one sentence, before how it came about."""
        score = show(publish(self.assessment.scores.at[self.number, "composite"]))
        word = "待定" if self.grades["pending"] else f"为{self.grades['grade']}"
        return f"{COMPOSITE} {score} 分{self.rank}" + (f"，等次{word}" if self.stage.grades else "")

    # --- scores

    def _scores(self) -> list[Item]:
        """Part by part, leaf by leaf, 考核项目 by 考核项目: every contribution."""
        items: list[Item] = []
        scores = self.assessment.scores.loc[self.number]
        for top in dict.fromkeys([*(part.name for part in self.stage.parts), *self.rows["top"], ADJUST]):
            mine = self.rows[self.rows["top"] == top]
            known = top in scores.index and np.isfinite(scores[top])
            if mine.empty and not known:
                continue
            part = self.stage.part_named(top)
            points = part.total(self.row["category"]) if part else 0
            full = f"，满分 {show_short(points)} 分" if points else ""
            items.append(Heading(PART, top + (f" {show(publish(scores[top]))} 分" if known else "") + full))
            if mine.empty:
                items.append(Heading(NOTHING, "没有计入的条目"))
            for leaf, group in mine.groupby("leaf", sort=False):
                items += self._leaf(str(leaf), group, top)
        return items

    def _leaf(self, leaf: str, group: pd.DataFrame, top: str) -> Iterator[Item]:
        part = self.stage.part_named(leaf)
        points = part.points.get(self.row["category"]) if part else None
        if leaf != top:
            yield Heading(LEAF, leaf + (f"，满分 {show_short(points)} 分" if points else ""))
        for project, rows in group.groupby("project", sort=False):
            if project:
                yield Heading(PROJECT, str(project))
            for place, row in enumerate(rows.itertuples(), start=1):
                points = "" if np.isnan(row.points) else show_short(row.points)
                where = str(Place(row.file, row.sheet, row.cell))
                figures = (points, show_short(row.score), _long(row.value))
                yield Contribution(place, row.indicator, *figures, row.rule, row.article, where)

    def _set_aside(self) -> list[Item]:
        """The reasons why entries do not count, and where they stand."""
        items = self._reasons(self.reasons[self.reasons["step"] == "台账"])
        aside = self.entries[self.entries["set_aside"] != ""]
        for entry in aside.sort_values(["standard", "matter"], kind="stable").itertuples():
            what = f"{entry.standard}“{entry.matter}”" if entry.matter else entry.standard
            place = Place(entry.file, entry.sheet, entry.cell)
            items.append(Statement(f"{what}的出处：{place}", deep=True))
        return items

    def _composite(self) -> list[Item]:
        exact = self.assessment.scores.at[self.number, "composite"]
        sums = f"（各项计入数相加为 {_long(exact)}，四舍五入到两位小数）"
        text = f"{COMPOSITE} {show(publish(exact))} 分{sums}{self.rank}"
        least = self.assessment.case.min_compared
        why = f"一起排名的其他考核对象不足 {least} 个，从名次可能推知他人得分，因此不列名次"
        items = [Statement(text), *([] if self.rank else [Statement(why)])]
        return items + self._reasons(self.reasons[self.reasons["step"].isin(["得分", "排名"])])

    # --- grade

    def _reasons(self, reasons: pd.DataFrame) -> list[Item]:
        rows = enumerate(reasons.itertuples(), start=1)
        return [Reason(place, reason.step, reason.text, reason.article) for place, reason in rows]

    def _grade(self) -> list[Item]:
        grades = self.grades
        if grades["pending"]:
            proposal = f"，建议 {grades['grade']}" if grades["grade"] else ""
            told = f"待定（{grades['pending']}）{proposal}：办法没有给出答案，须由有权的人决定"
        else:
            told = str(grades["grade"]) or "本环节不定等次"
        return [Statement(told), *(Statement(f"{mark}：{grades[mark]}") for mark in self.stage.mark_names)]

    def _consequences(self) -> list[Item]:
        return [Statement(row.matter, row.article) for row in self._mine(self.assessment.consequences).itertuples()]

    def _around(self) -> list[Item]:
        return [Statement(text) for text in around(self.assessment, self.number)]

    # --- what was in force

    def _readings(self) -> list[Item]:
        """The readings that this stage asks for, and those of the ledger where the subject has entries in it."""
        case = self.assessment.case
        named = set(_readings_of(self.stage)) | self._quota_readings()
        if len(self.entries):
            named |= set(_LEDGER_READINGS)
        items: list[Item] = []
        for name, choice in case.readings.items():
            if name in named:
                reading = case.scheme.readings[name]
                text = f"{reading.question}？——{reading.choices[choice]}"
                items.append(Statement(text, reading.article, f"{name}: {choice}"))
        return items

    def _quota_readings(self) -> set[str]:
        """The readings of quotas, where the stage has places that come by a share."""
        case, quotas = self.assessment.case, self.assessment.quotas
        way = case.scheme.readings["quota_rounding"].choices[case.readings["quota_rounding"]]
        if not quotas[quotas["stage"] == self.stage.name]["sum"].str.contains(way, regex=False).any():
            return set()
        whole = any(step.kind == "places" and not step.pools for step in self.stage.steps)
        return {"quota_rounding", "quota_scope"} if whole else {"quota_rounding"}

    def _params(self) -> list[Item]:
        case = self.assessment.case
        named = {name for step in self.stage.steps for name in (step.param, *step.params.values())}
        items: list[Item] = []
        for name, value in case.params.items():
            if name in named:
                param = case.scheme.params[name]
                items.append(Statement(f"{param.title}：{_value(value)}", param.article, name))
        if case.cutoff and len(self.entries):
            items.append(Statement(f"加减分截止日期：{case.cutoff}，当日及以后的不计", more="cutoff"))
        if case.missing != "error":
            how = {"zero": "按零分计", "exclude": "不计入，其余按比例折算"}[case.missing]
            items.append(Statement(f"缺得分的：{how}", more=f"missing: {case.missing}"))
        return items

    def _problems(self) -> list[Item]:
        """Warnings and notes that name the subject, or a cell from which its score comes."""
        frames = [frame[["file", "sheet", "cell"]] for frame in (self.rows, self.entries)]
        rows = pd.concat(frames).itertuples(index=False)
        places = {Place(r.file, r.sheet, cell) for r in rows for cell in r.cell.split("、")}
        name = f"“{self.row['subject']}”"
        return [
            Statement(str(problem))
            for problem in self.assessment.problems.sorted()
            if name in problem.message or (problem.place.cell and problem.place in places)
        ]


def _readings_of(part: object) -> Iterator[str]:
    """The names of all readings on which something in a stage depends, however deep in it."""
    if is_dataclass(part):
        for one in fields(part):
            value = getattr(part, one.name)
            yield from value if one.name == "only_if" else _readings_of(value)
    elif isinstance(part, Mapping):
        if isinstance(part.get("reading"), str):
            yield part["reading"]
        for value in part.values():
            yield from _readings_of(value)
    elif isinstance(part, (tuple, list)):
        for value in part:
            yield from _readings_of(value)


def _long(value: float) -> str:
    """A figure that is not rounded, with as many decimals as it needs (at most 9)."""
    text = f"{float(snap(value)) + 0.0:.9f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _value(value: object) -> str:
    if isinstance(value, Mapping):
        return "，".join(f"{name} {inner}" for name, inner in value.items())
    return "未规定" if value is None else str(value)
