"""Changes to the looks of an office's papers that mean nothing: order, place, file format, titles, blanks, totals.

Each is a function of an office (a copy, changed in place) and a source of chance; it gives what must be told about it.
A change that does not fit an office leaves it as it is.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from good_offices import Office
from papers import EXCEL, HEADER, TEXT, WORD, Formula, Row, Sheet

NAME_COLUMNS = (
    *("考核对象", "类别", "部分", "指标", "考核项目", "标准", "情形", "评价主体", "测评项", "来源", "等次"),
    *("分口", "所属单位", "职务", "人员类型", "环节", "计分规则", "同一工作"),
)
NUMBERS = ("得分", "满分", "完成值", "目标值", "分值", "次数", "综合得分", "年度")
VOTES = ("优秀", "良好", "一般", "较差", "弃权", "称职", "基本称职", "不称职")
GIVEN = "直接打分"  # how 明细 says that a score was given in points
BLENDED = "×"  # and that it is blended of several


@dataclass(frozen=True)
class Told:
    """What must be told: a level, words of the message, and where: a row's cell, or a sheet's (row None)."""

    level: str
    words: str = ""
    sheet: Sheet | None = None
    row: Row | str | None = None
    columns: tuple[str, ...] = ()


Change = Callable[[Office, random.Random], list[Told]]


def some(chance: random.Random, things: list, most: int = 4) -> list:
    """A few of the things, at least one where there are any."""
    return chance.sample(things, min(len(things), chance.randint(1, most)))


def cells(office: Office, columns: tuple[str, ...], kinds: tuple[type, ...]) -> list[tuple[Sheet, Row, str]]:
    """Every cell of these columns whose value is of one of these types."""
    return [
        (sheet, row, column)
        for sheet in office.sheets
        for row in sheet.rows
        for column in sheet.columns
        if column in columns and isinstance(row.get(column), kinds) and not isinstance(row.get(column), bool)
    ]


def numbers(office: Office) -> list[tuple[Sheet, Row, str]]:
    return cells(office, (*NUMBERS, *VOTES), (int, float))


def unseen(office: Office) -> list[Sheet]:
    """The sheets that are hidden or have hidden rows."""
    excel = [sheet for sheet in office.sheets if sheet.format == EXCEL]
    return [sheet for sheet in excel if sheet.hidden or any(row.hidden for row in sheet.rows)]


def digits(value: float) -> str:
    """A number as people write it."""
    return str(int(value)) if float(value).is_integer() else repr(float(value))


# --- order and place --------------------------------------------------------------------------------------------------


def rows_in_another_order(office: Office, chance: random.Random) -> list[Told]:
    for sheet in office.sheets:
        chance.shuffle(sheet.rows)
    return []


def columns_in_another_order(office: Office, chance: random.Random) -> list[Told]:
    for sheet in office.sheets:
        chance.shuffle(sheet.columns)
    return []


def sheets_in_another_order(office: Office, chance: random.Random) -> list[Told]:
    chance.shuffle(office.sheets)
    return []


def rows_over_several_sheets(office: Office, chance: random.Random) -> list[Told]:
    sheet = chance.choice(office.sheets)
    if len(sheet.rows) > 1:
        at = chance.randint(1, len(sheet.rows) - 1)
        file = chance.choice([sheet.file, f"另报{len(office.sheets)}.xlsx"])
        file = file if sheet.format == EXCEL else f"另报{len(office.sheets)}{sheet.format}"
        name = f"续表{len(office.sheets)}"
        other = Sheet(sheet.kind, name, file, [*sheet.columns], sheet.rows[at:], sheet.encoding)
        sheet.rows = sheet.rows[:at]
        office.sheets.append(other)
    return []


def names_of_sheets_and_files(office: Office, chance: random.Random) -> list[Told]:
    sheet = chance.choice(office.sheets)
    number = chance.randint(1, 10**6)
    sheet.name = f"{chance.choice(['Sheet', '（报）', '得分 ', 'roster'])}{number}"
    if len([other for other in office.sheets if other.file == sheet.file]) == 1 or sheet.format == EXCEL:
        sheet.file = f"{chance.choice(['甲局报', '终稿 (2)', 'data', '下级/报送'])}{number}{sheet.format}".replace(
            "/", "-"
        )
    return []


def _alone(sheet: Sheet, office: Office, suffix: str) -> None:
    """Put a sheet into a file of its own, of a format that has no formulas and hides nothing."""
    sheet.file, sheet.hidden = f"{sheet.name.strip()}{office.sheets.index(sheet)}{suffix}", False
    for row in sheet.rows:
        row.hidden = False
        row.update({k: v.value for k, v in row.items() if isinstance(v, Formula)})


def as_csv(office: Office, chance: random.Random) -> list[Told]:
    sheet = chance.choice(office.sheets)
    _alone(sheet, office, TEXT)
    sheet.encoding = chance.choice(["utf-8", "utf-8-sig", "gb18030", "utf-16"])
    sheet.separator = chance.choice([",", ",", ";", "\t"])
    sheet.merged, sheet.upper = set(), {}
    return []


def as_word(office: Office, chance: random.Random) -> list[Told]:
    _alone(chance.choice(office.sheets), office, WORD)
    return []


# --- looks ------------------------------------------------------------------------------------------------------------


def title_rows(office: Office, chance: random.Random) -> list[Told]:
    sheet = chance.choice(office.sheets)
    lines = [["2023年度目标责任考核表"], [], ["填报单位：", None, "甲局"], [None, "（单位：分）"]]
    sheet.above = [list(line) for line in some(chance, lines)] + sheet.above
    return [Told("提示", "表头上方的行", sheet)]


def blank_rows(office: Office, chance: random.Random) -> list[Told]:
    sheet = chance.choice(office.sheets)
    first = sheet.columns[0]
    if len(sheet.rows) > 1:
        sheet.extra += [(chance.randint(0, len(sheet.rows) - 1), chance.choice([{}, {first: "　 "}]))]
        return [Told("提示", "空行", sheet)]
    return []


def blank_columns(office: Office, chance: random.Random) -> list[Told]:
    sheet = chance.choice(office.sheets)
    sheet.gaps = sorted([*sheet.gaps, chance.randint(0, len(sheet.columns))])
    return []


def trailing_blank_cells(office: Office, chance: random.Random) -> list[Told]:
    sheet = chance.choice(office.sheets)
    for row in some(chance, sheet.rows):
        for column in sheet.columns:
            if row.get(column) is None and chance.random() < 0.5:
                row[column] = chance.choice([" ", "　", "\n"])
    sheet.extra += [(len(sheet.rows), {sheet.columns[-1]: " "})]
    return []


def total_rows(office: Office, chance: random.Random) -> list[Told]:
    sheet = chance.choice(office.sheets)
    label = chance.choice(["合计", "小计", "总计", "合 计", "合　计", "合计：", "本页小计", "平均分"])
    values = {column: 351 for column in sheet.columns if column in (*NUMBERS, *VOTES)}
    first = next(name for name in ("序号", "考核对象", "类别") if name in sheet.columns)
    sheet.extra += [(chance.randint(1, len(sheet.rows)), {first: label, **values})]
    return [Told("提示", "合计行", sheet)]


def remark_rows(office: Office, chance: random.Random) -> list[Told]:
    sheet = chance.choice(office.sheets)
    text = chance.choice(["注：得分保留一位小数", "说明：按办法第三条", "填表人：张三", "备注：无", "注2：同上"])
    beside = {sheet.columns[-1]: "审核人：李四"} if text.startswith("填表人") and len(sheet.columns) > 1 else {}
    sheet.extra += [(len(sheet.rows), {sheet.columns[0]: text, **beside})]
    return [Told("提示", "说明行", sheet)]


def header_again(office: Office, chance: random.Random) -> list[Told]:
    sheet = chance.choice(office.sheets)
    sheet.extra += [(chance.randint(1, len(sheet.rows)), HEADER)]
    return [Told("提示", "重复的表头", sheet)]


def header_over_two_rows(office: Office, chance: random.Random) -> list[Told]:
    sheet = chance.choice([s for s in office.sheets if s.format != TEXT] or [None])
    if sheet is not None and not sheet.upper:
        plain = [c for c in sheet.columns if c not in NAME_COLUMNS]
        sheet.upper = dict.fromkeys(plain, chance.choice(["考核情况", "票数", "填报内容"]))
    return []


def headers_spaced_out(office: Office, chance: random.Random) -> list[Told]:
    for sheet in office.sheets:
        for name in some(chance, sheet.columns):
            at = chance.randint(1, len(name) - 1) if len(name) > 1 else 0
            forms = [f"{name[:at]}{gap}{name[at:]}" for gap in (" ", "　", "\n", "\u200b")]
            forms += [f"{name}（分）"] if name in ("得分", "分值", "满分") else []
            sheet.renamed[name] = chance.choice(forms)
    return []


def merged_neighbours(office: Office, chance: random.Random) -> list[Told]:
    for sheet in office.sheets:
        if sheet.format != TEXT:
            sheet.merged |= {c for c in ("考核对象", "类别", "部分", "考核项目") if chance.random() < 0.7}
    return []


def hidden_rows(office: Office, chance: random.Random) -> list[Told]:
    """That something is hidden must be told: `unseen` says where."""
    sheet = chance.choice([s for s in office.sheets if s.format == EXCEL] or [None])
    if sheet is None:
        return []
    for row in some(chance, sheet.rows):
        row.hidden = True
    return []


def hidden_sheets(office: Office, chance: random.Random) -> list[Told]:
    sheet = chance.choice([s for s in office.sheets if s.format == EXCEL] or [None])
    if sheet is None:
        return []
    sheet.hidden = True
    return []


def unknown_columns(office: Office, chance: random.Random) -> list[Told]:
    sheet = chance.choice(office.sheets)
    name = "序号" if sheet.kind == "ballots" else chance.choice(["序号", "联系电话", "经办人"])
    if name not in sheet.columns:
        sheet.columns.insert(chance.randint(0, len(sheet.columns)), name)
        for i, row in enumerate(sheet.rows, 1):
            row[name] = chance.choice([i, f"{i}号"])
    return [Told("提示", name, sheet)]


OPTIONAL = {
    "scores": ("满分", "评分人", "考核组", "备注", "时点", "来源"), "roster": ("编号", "职务"),
    "indicators": ("设置依据", "考核方式", "目标值"), "ballots": ("票号", "满分"), "ledger": ("日期", "同一工作"),
    "facts": ("依据",), "history": ("综合得分",),
}  # fmt: skip


def optional_columns_empty(office: Office, chance: random.Random) -> list[Told]:
    sheet = chance.choice(office.sheets)
    for name in OPTIONAL[sheet.kind]:
        if name not in sheet.columns and chance.random() < 0.5:
            sheet.columns.insert(chance.randint(0, len(sheet.columns)), name)
    return []


def empty_columns_left_out(office: Office, chance: random.Random) -> list[Told]:
    required = {"考核对象", "类别", "部分", "指标", "分值", "得分", "完成值", "评价主体", "标准", "事项", "情形", "值"}
    for sheet in office.sheets:
        filled = {name for row in sheet.rows for name, value in row.items() if value is not None}
        sheet.columns = [c for c in sheet.columns if c in filled | required | {*VOTES}]
    return []


LOOKS: dict[str, Change] = {
    change.__name__: change
    for change in (
        rows_in_another_order, columns_in_another_order, sheets_in_another_order, rows_over_several_sheets,
        names_of_sheets_and_files, as_csv, as_word, title_rows, blank_rows, blank_columns, trailing_blank_cells,
        total_rows, remark_rows, header_again, headers_spaced_out, header_over_two_rows, merged_neighbours,
        hidden_rows, hidden_sheets,
        unknown_columns, optional_columns_empty, empty_columns_left_out,
    )
}  # fmt: skip
