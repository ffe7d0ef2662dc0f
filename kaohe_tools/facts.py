"""Findings (情形) about subjects, and their grades of earlier years: each of its declared type, given once."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kaohe_tools.case import Case
from kaohe_tools.cells import COUNTS, as_text, shortened, tell_sum
from kaohe_tools.directory import NOBODY, Directory, suggest
from kaohe_tools.exact import parse_number, parse_share, tidy
from kaohe_tools.problems import Place, Problems
from kaohe_tools.scheme import UNSETTLED, Fact, Stage
from kaohe_tools.sheets import Tables

FIGURES = ("share", "count")  # types of facts that are numbers
FACT_COLUMNS = ["subject", "fact", "value", "basis", "sheet", "row"]


def bind_facts(tables: Tables, directory: Directory, problems: Problems) -> pd.DataFrame:
    """Rows subject (number), fact, value (True/False, float or text by the fact's type), basis, sheet, row."""
    rows: list[tuple] = []
    seen: dict[tuple[int, str], Place] = {}
    for row in tables["facts"].itertuples():
        number = directory.find(row, lambda n, f=row.fact: f in directory.stage_of(n).facts)
        if number == NOBODY:
            continue
        known = directory.stage_of(number).facts
        fact = known.get(row.fact)
        if fact is None:
            place = directory.place(row, "fact")
            problems.error(place, f"没有情形“{row.fact}”", suggest(row.fact, known))
            continue
        if (number, row.fact) in seen:
            place = directory.place(row, "fact")
            problems.error(place, f"情形“{row.fact}”重复（另见 {seen[number, row.fact]}）", "请只留一行")
            continue
        seen[number, row.fact] = directory.place(row, "fact")
        place = directory.place(row, "value")
        value = _value(row.value, fact)
        if value is None:
            found = shortened(as_text(row.value))
            message = f"情形“{row.fact}”的值“{found}”不对" if found else f"情形“{row.fact}”的值空白"
            problems.error(place, message, _expected(fact))
            continue
        if fact.type in FIGURES and (number_read := parse_number(row.value)) and number_read[1]:
            tell_sum(f"情形“{row.fact}”的值", row.value, number_read[0], place, problems)
        rows.append((number, row.fact, value, row.basis, row.sheet, row.row))
    return pd.DataFrame(rows, columns=FACT_COLUMNS)


def _value(cell: object, fact: Fact) -> bool | float | str | None:
    """The value of a fact as its type; None where the cell is no such value."""
    text = tidy(cell)
    if fact.type == "yes_no":
        return {"是": True, "否": False}.get(text)
    if fact.type == "choice":
        return next((choice for choice in fact.choices if tidy(choice) == text), None)
    if fact.type == "share":
        share = parse_share(cell)
        return share if share is not None and 0 <= share <= 1 else None
    number = parse_number(cell)
    return number[0] if number and COUNTS[0] <= number[0] <= COUNTS[1] and number[0] == int(number[0]) else None


def _expected(fact: Fact) -> str:
    """What the value of a fact may be, for people."""
    return {
        "yes_no": "请填 是 或 否",
        "choice": f"可填：{'、'.join(fact.choices)}",
        "share": "请填 0 到 1 之间的比例，如 0.4 或 40%",
        "count": "请填不小于 0 的整数",
    }[fact.type]


def bind_history(
    case: Case, tables: Tables, directory: Directory, problems: Problems
) -> dict[tuple[int, int], tuple[str, float]]:
    """Grades and composite scores of earlier years: (subject, year) → (grade, composite; NaN where not given)."""
    history: dict[tuple[int, int], tuple[str, float]] = {}
    seen: dict[tuple[int, int], Place] = {}
    for row in tables["history"].itertuples():
        number = directory.find(row, lambda n, g=row.grade: g in _grades(directory.stage_of(n)))
        if number == NOBODY:
            continue
        place = directory.place(row, "year")
        if np.isnan(row.year):
            if not problems.has_error(place):
                problems.error(place, "年度空白", "请填写四位年份，或删除本行")
            continue
        year = int(row.year)
        grades = _grades(directory.stage_of(number))
        if year >= case.year:
            problems.error(place, f"年度 {year} 不早于本年度 {case.year}", "历年等次只填以前年度")
        elif (number, year) in seen:
            problems.error(place, f"{year} 年重复（另见 {seen[number, year]}）", "请只留一行")
        elif not row.grade and np.isnan(row.composite):
            problems.error(directory.place(row, "grade"), f"{year} 年的等次和综合得分都空白", "请补填，或删除本行")
        elif row.grade and row.grade not in grades:
            problems.error(directory.place(row, "grade"), f"没有等次“{row.grade}”", suggest(row.grade, grades))
        else:
            seen[number, year] = place
            history[number, year] = (grades.get(row.grade, ""), float(row.composite))
    return history


def _grades(stage: Stage) -> dict[str, str]:
    """Every name that a grade of a stage goes by, and the grade."""
    names = {own: grade for _, called in stage.grade_names for grade, own in called.items()}
    return {**names, **{grade: grade for grade in stage.grades}, UNSETTLED: UNSETTLED}
