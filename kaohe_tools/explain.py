"""The whole derivation of one subject's result in plain words, down to file, sheet and cell.

It reads what the assessment has found and computes nothing a second time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass

import numpy as np
import pandas as pd

from kaohe_tools.anonymity import disclosed
from kaohe_tools.assess import Assessment
from kaohe_tools.columns import GROUPINGS
from kaohe_tools.directory import suggest
from kaohe_tools.exact import publish, show, show_short, snap, tidy
from kaohe_tools.plaintext import WIDTH, columns, wrap
from kaohe_tools.problems import InputError, Place, Problems
from kaohe_tools.scheme import Stage
from kaohe_tools.scoring import ADJUST

_NUMERALS = "一二三四五六七八九十"
_LEDGER_READINGS = ("adjust_cap", "per_time", "same_work", "same_work_scope")


def explain(assessment: Assessment, subject: str, stage: str | None = None) -> str:
    """How a subject's result came about, in every stage in which it is assessed, or in one: Chinese plain text.

    `subject`: its name (white space and full width aside) or 编号. Raises InputError where there is no such subject or
    stage, with the nearest name, or where the name is borne by several.
    """
    assessment = disclosed(assessment)
    numbers = _find(assessment, tidy(subject), stage)
    case = assessment.case
    first = assessment.subjects.loc[numbers[0]]
    code = f"（编号 {first['code']}）" if first["code"] else ""
    scheme = case.scheme
    lines = wrap(f"{first['subject']}{code}：考核结果是怎么来的")
    lines += ["=" * WIDTH, *_field("案例", case.title)]
    if case.simulated:
        lines += _field("演示数据", "本说明的数据为模拟生成，不代表任何单位或个人的真实考核结果")
    document = scheme.source.get("document")
    basis = f"，依据《{document}》" if document else ""
    lines += _field("考核办法", f"{scheme.title}（{scheme.id}，{case.year} 年度{basis}）")
    for number in numbers:
        lines += ["", *_Telling(assessment, number).lines()]
    return "\n".join(lines) + "\n"


def _field(name: str, text: str) -> list[str]:
    return wrap(f"{name}：{text}", hanging="  ")


# --- who --------------------------------------------------------------------------------------------------------------


def _find(assessment: Assessment, key: str, stage: str | None) -> list[int]:
    """The numbers of a subject, one for each stage asked for."""
    subjects = assessment.subjects
    stages = list(dict.fromkeys(subjects["stage"]))
    if stage is not None and tidy(stage) not in map(tidy, stages):
        raise _wrong(f"没有环节“{stage}”", suggest(tidy(stage), stages))
    known = subjects if stage is None else subjects[subjects["stage"].map(tidy) == tidy(stage)]
    found = known[(known["code"] == key) | (known["subject"] == key)] if key else known.iloc[:0]
    if found.empty:
        elsewhere = subjects[(subjects["code"] == key) | (subjects["subject"] == key)] if key else found
        if len(elsewhere):
            homes = "、".join(dict.fromkeys(elsewhere["stage"]))
            raise _wrong(f"环节“{stage}”里没有“{key}”", f"它在这些环节参加考核：{homes}")
        names = [*known["subject"], *known["code"][known["code"] != ""]]
        raise _wrong(f"名册里没有“{key}”", suggest(key, names))
    who = dict.fromkeys(zip(found["subject"], found["code"], strict=True))
    if len(who) > 1 and found["stage"].duplicated().any():
        codes = "、".join(f"{code or '（无编号）'} {name}" for name, code in who)
        raise _wrong(f"“{key}”有 {len(who)} 个同名对象", f"请改用编号：{codes}")
    return list(found.index)


def _wrong(message: str, advice: str) -> InputError:
    problems = Problems()
    problems.error(Place(), message, advice)
    return InputError(problems)


# --- what -------------------------------------------------------------------------------------------------------------


class _Telling:
    """The sections on one subject in one stage."""

    def __init__(self, assessment: Assessment, number: int) -> None:
        self.assessment, self.number = assessment, number
        self.row = assessment.subjects.loc[number]
        self.stage: Stage = assessment.case.scheme.stages[self.row["stage"]]
        self.entries = self._mine(assessment.entries)
        self.rows = self._mine(assessment.contributions)
        self.reasons = self._mine(assessment.reasons)

    def _mine(self, frame: pd.DataFrame) -> pd.DataFrame:
        return frame[frame["subject"] == self.number]

    def lines(self) -> list[str]:
        """The heading, then every section that has something to say."""
        row = self.row
        within = [f"{name} {row[column]}" for name, column in GROUPINGS.items() if row[column]]
        lines = [*wrap("，".join([f"【{self.stage.name}】类别：{row['category']}", *within])), "-" * WIDTH]
        sections = {
            "得分逐项": self._scores(),
            "没有计入的台账": self._set_aside(),
            "综合得分和排名": self._composite(),
            "定等次的理由": self._reasons(self.reasons[~self.reasons["step"].isin(["得分", "台账", "排名"])]),
            "等次": self._grade(),
            "结果运用": self._consequences(),
            "采用的条文理解": self._readings(),
            "参数": self._params(),
            "数据检查中与此有关的": self._problems(),
        }
        lines += self._outcome()
        told = [(title, body) for title, body in sections.items() if body]
        for numeral, (title, body) in zip(_NUMERALS, told, strict=False):
            lines += [f"{numeral}、{title}", *body, ""]
        return lines[:-1]

    def _outcome(self) -> list[str]:
        """The result in one sentence, before how it came about."""
        grades = self.assessment.grades.loc[self.number]
        score = show(publish(self.assessment.scores.at[self.number, "composite"]))
        word = "待定" if grades["pending"] else f"为{grades['grade']}"
        grade = f"，等次{word}" if self.stage.grades else ""
        return [*wrap(f"结果：综合得分 {score} 分，排名第 {grades['rank']}{grade}", hanging="  "), ""]

    # --- scores

    def _scores(self) -> list[str]:
        """Part by part, leaf by leaf, 考核项目 by 考核项目: every contribution."""
        lines: list[str] = []
        scores = self.assessment.scores.loc[self.number]
        for top in dict.fromkeys([*(part.name for part in self.stage.parts), *self.rows["top"], ADJUST]):
            mine = self.rows[self.rows["top"] == top]
            known = top in scores.index and np.isfinite(scores[top])
            if mine.empty and not known:
                continue
            part = self.stage.part_named(top)
            points = part.total(self.row["category"]) if part else 0
            full = f"，满分 {show_short(points)} 分" if points else ""
            lines += wrap(f"◆ {top}" + (f" {show(publish(scores[top]))} 分" if known else "") + full, "  ", "    ")
            if mine.empty:
                lines += wrap("没有计入的条目", "    ")
            for leaf, group in mine.groupby("leaf", sort=False):
                lines += self._leaf(str(leaf), group, top)
        return lines

    def _leaf(self, leaf: str, group: pd.DataFrame, top: str) -> list[str]:
        part = self.stage.part_named(leaf)
        points = part.points.get(self.row["category"]) if part else None
        lines = wrap(f"■ {leaf}" + (f"，满分 {show_short(points)} 分" if points else ""), "    ") if leaf != top else []
        for project, rows in group.groupby("project", sort=False):
            if project:
                lines += wrap(f"考核项目：{project}", "    ", "      ")
            for place, row in enumerate(rows.itertuples(), start=1):
                lines += self._contribution(place, row)
        return lines

    def _contribution(self, place: int, row) -> list[str]:
        full = "" if np.isnan(row.points) else f"分值 {show_short(row.points)}，"
        deep = " " * 9
        text = f"{place}. {row.indicator}：{full}得分 {show_short(row.score)}，计入 {_long(row.value)}"
        lines = wrap(text, " " * 6, deep)
        where = str(Place(row.file, row.sheet, row.cell))
        how = "；".join(filter(None, [row.rule, f"条款：{row.article}"]))
        whence = f"出处：{where}" if where else ""
        together = f"{how}；{whence}" if whence else how
        if columns(together) + len(deep) <= WIDTH:
            return lines + wrap(together, deep)
        return lines + wrap(how, deep) + wrap(whence, deep)

    def _set_aside(self) -> list[str]:
        """The reasons why entries do not count, and where they stand."""
        lines = self._reasons(self.reasons[self.reasons["step"] == "台账"])
        aside = self.entries[self.entries["set_aside"] != ""]
        for entry in aside.sort_values(["standard", "matter"], kind="stable").itertuples():
            what = f"{entry.standard}“{entry.matter}”" if entry.matter else entry.standard
            lines += wrap(f"{what}的出处：{Place(entry.file, entry.sheet, entry.cell)}", "    ", "      ")
        return lines

    def _composite(self) -> list[str]:
        exact = self.assessment.scores.at[self.number, "composite"]
        rank = self.assessment.grades.at[self.number, "rank"]
        text = (
            f"综合得分 {show(publish(exact))} 分（各项计入数相加为 {_long(exact)}，四舍五入到两位小数），排名第 {rank}"
        )
        return wrap(text, "  ", "    ") + self._reasons(self.reasons[self.reasons["step"].isin(["得分", "排名"])])

    # --- grade

    def _reasons(self, reasons: pd.DataFrame) -> list[str]:
        lines: list[str] = []
        for place, reason in enumerate(reasons.itertuples(), start=1):
            article = f"（条款：{reason.article}）" if reason.article else ""
            lines += wrap(f"{place}. {reason.step}：{reason.text}{article}", "  ", "     ")
        return lines

    def _grade(self) -> list[str]:
        grades = self.assessment.grades.loc[self.number]
        if grades["pending"]:
            proposal = f"，建议 {grades['grade']}" if grades["grade"] else ""
            lines = wrap(f"待定（{grades['pending']}）{proposal}：办法没有给出答案，须由有权的人决定", "  ")
        else:
            lines = wrap(str(grades["grade"]) or "本环节不定等次", "  ")
        for mark in self.stage.mark_names:
            lines += wrap(f"{mark}：{grades[mark]}", "  ")
        return lines

    def _consequences(self) -> list[str]:
        rows = self._mine(self.assessment.consequences)
        return [line for r in rows.itertuples() for line in wrap(f"{r.matter}（条款：{r.article}）", "  ", "    ")]

    # --- what was in force

    def _readings(self) -> list[str]:
        """The readings that this stage asks for, and those of the ledger where the subject has entries in it."""
        case = self.assessment.case
        named = set(_readings_of(self.stage))
        named |= self._quota_readings()
        if len(self.entries):
            named |= set(_LEDGER_READINGS)
        lines: list[str] = []
        for name, choice in case.readings.items():
            if name in named:
                reading = case.scheme.readings[name]
                text = f"{reading.question}？——{reading.choices[choice]}（{name}: {choice}，条款：{reading.article}）"
                lines += wrap(text, "  ", "    ")
        return lines

    def _quota_readings(self) -> set[str]:
        """The readings of quotas, where the stage has places that come by a share."""
        case, quotas = self.assessment.case, self.assessment.quotas
        way = case.scheme.readings["quota_rounding"].choices[case.readings["quota_rounding"]]
        if not quotas[quotas["stage"] == self.stage.name]["sum"].str.contains(way, regex=False).any():
            return set()
        whole = any(step.kind == "places" and not step.pools for step in self.stage.steps)
        return {"quota_rounding", "quota_scope"} if whole else {"quota_rounding"}

    def _params(self) -> list[str]:
        case = self.assessment.case
        named = {name for step in self.stage.steps for name in (step.param, *step.params.values())}
        lines: list[str] = []
        for name, value in case.params.items():
            if name in named:
                param = case.scheme.params[name]
                lines += wrap(f"{param.title}：{_value(value)}（{name}，条款：{param.article}）", "  ", "    ")
        if case.cutoff and len(self.entries):
            lines += wrap(f"加减分截止日期：{case.cutoff}，当日及以后的不计（cutoff）", "  ", "    ")
        if case.missing != "error":
            how = {"zero": "按零分计", "exclude": "不计入，其余按比例折算"}[case.missing]
            lines += wrap(f"缺得分的：{how}（missing: {case.missing}）", "  ", "    ")
        return lines

    def _problems(self) -> list[str]:
        """Warnings and notes that name the subject, or a cell from which its score comes."""
        frames = [frame[["file", "sheet", "cell"]] for frame in (self.rows, self.entries)]
        rows = pd.concat(frames).itertuples(index=False)
        places = {Place(r.file, r.sheet, cell) for r in rows for cell in r.cell.split("、")}
        name = f"“{self.row['subject']}”"
        concerned = [
            problem
            for problem in self.assessment.problems.sorted()
            if name in problem.message or (problem.place.cell and problem.place in places)
        ]
        return [line for problem in concerned for line in wrap(str(problem), "  ", "    ")]


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
