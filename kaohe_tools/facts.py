"""Findings (情形) about subjects: each of its declared type, at most one of a name for each subject."""

from __future__ import annotations

import pandas as pd

from kaohe_tools.directory import NOBODY, Directory, suggest
from kaohe_tools.exact import parse_number, parse_share, tidy
from kaohe_tools.problems import Place, Problems
from kaohe_tools.scheme import Fact
from kaohe_tools.sheets import Tables

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
        value = _value(row.value, fact)
        if value is None:
            found = tidy(row.value)
            message = f"情形“{row.fact}”的值“{found}”不对" if found else f"情形“{row.fact}”的值空白"
            problems.error(directory.place(row, "value"), message, _expected(fact))
        else:
            rows.append((number, row.fact, value, row.basis, row.sheet, row.row))
    return pd.DataFrame(rows, columns=FACT_COLUMNS)


def _value(cell: object, fact: Fact) -> bool | float | str | None:
    """The value of a fact as its type; None where the cell is no such value."""
    text = tidy(cell)
    if fact.type == "yes_no":
        return {"是": True, "否": False}.get(text)
    if fact.type == "choice":
        return text if text in fact.choices else None
    if fact.type == "share":
        share = parse_share(cell)
        return share if share is not None and 0 <= share <= 1 else None
    number = parse_number(cell)
    return number[0] if number and number[0] >= 0 and number[0] == int(number[0]) else None


def _expected(fact: Fact) -> str:
    """What the value of a fact may be, for people."""
    return {
        "yes_no": "请填 是 或 否",
        "choice": f"可填：{'、'.join(fact.choices)}",
        "share": "请填 0 到 1 之间的比例，如 0.4 或 40%",
        "count": "请填不小于 0 的整数",
    }[fact.type]
