"""Values that a cell may hold against all sense, and which of them a column may rightly take for what they say."""

from __future__ import annotations

import datetime
import re

from good_offices import Office
from hypothesis import strategies as st
from looks import NAME_COLUMNS, NUMBERS, VOTES
from papers import Formula

from kaohe_tools.exact import tidy

WORDS = [
    "nan", "NaN", "None", "NULL", "N/A", "inf", "-inf", "Infinity", "TRUE", "否", "是", "合计", "小计", "注：", "-",
    "０", "1e5", "1E400", "0x10", "1_000", "１８", "¹⁸", "⑱", "½", "٣", "三", "18\u200b", "\ufeff18", "+5", "--5", "5-",
    "3+2", "3++2", "1,234", "1.234,5", "5%", "５％", "8‰", "2023-11-10", "2023年11月10日", "2023.13.45", "=1+1",
    "@SUM(1)", "'18", "#DIV/0!", "#N/A", "😀", "\x01", "\t", "\r\n", "a" * 300, "考核对象", "得分", "<b>甲局</b>",
    "../../x",
    "%s {0}", "甲局", "乙局", "优秀", "党建", "18 ", "1 8",
]  # fmt: skip
NUMBERS_TRIED = [0, -0.0, 1, -1, 0.5, 1e-9, 1e-300, 5e-324, 1e9, 1e17, 1e300, 1.7e308, 2**53 + 1, 43605, 99999999, 2023]
TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=8)
DAYS = st.dates(datetime.date(1900, 3, 1), datetime.date(9999, 12, 31))
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from(WORDS),
    st.sampled_from(NUMBERS_TRIED),
    st.integers(-(10**6), 10**6),
    st.floats(allow_nan=False, allow_infinity=False),
    DAYS,
    TEXT,
    st.sampled_from([Formula("=1/0", "#DIV/0!"), Formula("=9+9", None), Formula("=9+9", 18), Formula('=""', "")]),
)
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?%?")
_DAY = re.compile(r"[0-9]{4}[-/.年][0-9]{1,2}[-/.月][0-9]{1,2}日?|[0-9]{5}")
_NARROW = {ord(c) + 0xFEE0: c for c in "0123456789.+-%"}


def known_names(office: Office, column: str) -> set[str]:
    """What may stand in a column of names: what does so elsewhere, and every name of the scheme."""
    names = {tidy(row[column]) for sheet in office.sheets for row in sheet.rows if row.get(column) is not None}
    for stage in office.scheme.stages.values():
        parts = [part for top in stage.parts for part in top.walk()]
        names |= {*stage.categories, *stage.facts, *stage.grades, *stage.rules, stage.name}
        names |= {name for part in parts for name in (part.name, *part.aliases)}
        names |= {*stage.ledger.codes} if stage.ledger else set()
    return set(map(tidy, names))


def is_legitimate(column: str, value: object, names: set[str]) -> bool:
    """May a value be taken in silence for another result? By the contract's words, not by the package's code."""
    if isinstance(value, Formula):
        value = value.value
    if value is None or (isinstance(value, str) and not value.strip()):
        return True  # a cell that may be blank: had it to be filled, this would be an error
    if column in (*NUMBERS, *VOTES):
        text = value.strip().translate(_NARROW) if isinstance(value, str) else ""
        return bool(_NUMBER.fullmatch(text)) or (isinstance(value, (int, float)) and not isinstance(value, bool))
    if column == "日期":
        return isinstance(value, (int, datetime.date)) or bool(_DAY.fullmatch(tidy(value)))
    free = (
        "事项",
        "依据",
        "同一工作",
        "评分人",
        "备注",
        "分口",
        "所属单位",
        "职务",
        "人员类型",
        "考核组",
        "值",
        "时点",
    )
    return column in free or column not in NAME_COLUMNS or tidy(value) in names
