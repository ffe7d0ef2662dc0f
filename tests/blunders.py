"""Changes that spoil any sheet: wrong names, words for numbers, formulas without a value, columns left out.

`HARMFUL` names all of them, those of one kind of sheet too. Of several `columns` in what must be told one is enough.
"""

from __future__ import annotations

import random

from good_offices import Office
from harms import ERROR, OF_ONE_KIND, Harm, pick
from looks import NUMBERS, VOTES, Told, cells
from papers import EXCEL, Formula, Row, Sheet

WORDS = ("约18", "十八", "18分", "1.2.3", "--", "无", "?", "1,8", "10%5", "#DIV/0!", "=9+9", "NaN", "inf", "18²", "⑱")
COUNTS = ("得分", "完成值", "满分", "分值", "次数", *VOTES)
NAMED = {
    "scores": ("考核对象", "指标", "环节"), "indicators": ("类别", "考核对象", "部分", "计分规则", "环节"),
    "roster": ("类别", "环节"), "ballots": ("考核对象", "评价主体", "环节"), "ledger": ("考核对象", "标准", "环节"),
    "facts": ("考核对象", "情形", "环节"), "history": ("考核对象", "等次", "环节"),
}  # fmt: skip


def _named_cells(office: Office) -> list[tuple[Sheet, Row, str]]:
    found = cells(office, tuple({c for own in NAMED.values() for c in own}), (str,))
    found = [cell for cell in found if cell[2] in NAMED[cell[0].kind] and cell[1][cell[2]].strip()]
    return [c for c in found if not (c[2] == "评价主体" and c[1].get("测评项"))]  # votes that are not scored: anyone's


def an_unknown_name(office: Office, chance: random.Random) -> list[Told] | None:
    sheet, row, column = pick(chance, _named_cells(office))
    row[column] = chance.choice([f"{row[column]}甲", "查无此名", f"非{row[column]}", "😀", "0", 7])
    return [Told(ERROR, "", sheet, row, (column,))]


def a_blank_name(office: Office, chance: random.Random) -> list[Told] | None:
    """Only what must be there: 计分规则 and 环节 may be blank, and of 类别 and 考核对象 one is enough."""
    must = {"考核对象", "指标", "部分", "评价主体", "标准", "情形", "等次"}
    found = [c for c in _named_cells(office) if c[2] in must or (c[0].kind, c[2]) == ("roster", "类别")]
    found = [c for c in found if not (c[0].kind == "indicators" and c[1].get("类别") and c[2] == "考核对象")]
    sheet, row, column = pick(chance, found)
    row[column] = chance.choice([None, " ", "　"])
    return [Told(ERROR, "", sheet, row, (column,))]


def _number_cells(office: Office) -> list[tuple[Sheet, Row, str]]:
    found = cells(office, COUNTS, (int, float))
    return [c for c in found if c[0].kind != "scores" or c[1].points is not None]


def a_word_for_a_number(office: Office, chance: random.Random) -> list[Told] | None:
    sheet, row, column = pick(chance, _number_cells(office))
    row[column] = chance.choice([*WORDS, True])
    return [Told(ERROR, "", sheet, row, (column,))]


def a_formula_without_value(office: Office, chance: random.Random) -> list[Told] | None:
    found = pick(chance, [c for c in _number_cells(office) if c[0].format == EXCEL])
    if found is None:
        return None
    sheet, row, column = found
    row[column] = Formula(chance.choice(["=9+9", "=SUM(A1:A2)", "=Z99"]), None)
    return [Told(ERROR, "公式", sheet, row, (column,))]


def an_error_value(office: Office, chance: random.Random) -> list[Told] | None:
    known = (*NUMBERS, *VOTES, *{c for own in NAMED.values() for c in own})
    found = [c for c in cells(office, known, (int, float, str)) if c[0].format == EXCEL]
    if not found:
        return None
    sheet, row, column = pick(chance, found)
    row[column] = Formula("=1/0", chance.choice(["#DIV/0!", "#N/A", "#REF!", "#VALUE!", "#NAME?"]))
    return [Told(ERROR, "错误值", sheet, row, (column,))]


def a_number_beyond_reason(office: Office, chance: random.Random) -> list[Told] | None:
    sheet, row, column = pick(chance, [c for c in _number_cells(office) if c[2] != "完成值"])
    row[column] = chance.choice([1e17, 1e200, 1.7e308])
    return [Told(ERROR, "", sheet, row, (column,))]


def a_required_column_left_out(office: Office, chance: random.Random) -> list[Told] | None:
    """The sheet is not read, or read as another kind: told as such, and what it held is missing."""
    sheet = pick(chance, [s for s in office.of("scores", "indicators")])
    column = chance.choice([c for c in sheet.columns if c in {"指标", "得分", "部分", "分值"}] or ["考核对象"])
    if sheet.has("得分", "完成值") or (sheet.kind, column) == ("indicators", "得分"):
        return None
    sheet.columns.remove(column)
    return [Told(ERROR)]


HARMFUL: dict[str, Harm] = OF_ONE_KIND | {
    harm.__name__: harm
    for harm in (
        an_unknown_name, a_blank_name, a_word_for_a_number, a_formula_without_value, an_error_value,
        a_number_beyond_reason, a_required_column_left_out,
    )
}  # fmt: skip
