"""The data sheets: a title, a hint, the header, the rows that are due and spare ones, each cell locked or open."""

from __future__ import annotations

from xlsxwriter import Workbook
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from kaohe_tools.columns import KINDS, Column
from kaohe_tools.spreadsheet import cell_width
from kaohe_tools.template.areas import FIRST, HEADER_ROW, HINT_ROW, TITLE_ROW, Area, Lists
from kaohe_tools.template.checks import checks, wrong_value
from kaohe_tools.template.needs import Needs
from kaohe_tools.template.paper import (
    CLOSED,
    FILL_IN,
    GIVEN,
    LINE,
    NEEDED,
    OFFERED,
    TITLE,
    WRONG,
    Paper,
    count_lines,
    lay_out,
)

WIDTHS = {
    "stage": 12, "subject": 26, "code": 10, "category": 13, "group": 12, "unit": 24, "post": 14, "staff_type": 11,
    "part": 15, "project": 22, "indicator": 42, "points": 9, "rule": 11, "target": 11, "lead": 20,
    "score": 10, "done": 11, "component": 11, "full": 9, "rater": 12, "remark": 22, "voters": 22, "item": 16,
    "matter": 34, "standard": 22, "times": 8, "date": 13, "basis": 34, "work": 18, "fact": 26, "value": 12,
    "year": 9, "grade": 14, "composite": 12,
}  # fmt: skip
VOTE_WIDTH, LINE_HEIGHT, PRINTED_HEIGHT = 9, 15, 20
LEFT = {"subject", "project", "indicator", "remark", "matter", "basis", "work", "lead", "unit"}
FORMATS = {"date": "yyyy-mm-dd", "year": "0", "times": "0"}
TO_PRINT = 20  # spare rows that are printed where nothing is due: a form to fill in by hand

HINTS = {
    "roster": "每个考核对象一行，名称是全部表格对应的依据，名册定下后再填其他表。",
    "indicators": "每项指标一行。只管一个对象的填考核对象；全类别共用的只填类别。分值合计见“核对”表。",
    "scores": "浅黄格填写，灰格不填。得分填 0 到“满分”之间的数；有“完成值”的填实际完成数，由程序折算得分。",
    "ballots": "浅黄格填写，灰格不填。填各等次的票数；只有平均分、没有票数的，留空票数，填“得分”和“满分”。",
    "ledger": "每件事一行，没有加减分的不用填。加还是减由“标准”决定，分值一律写正数。",
    "facts": "有情形的才填，一个对象一种情形一行；已经列出的行都要填“值”。",
    "history": "以前年度的等次，每个对象每年一行，用来判断连续几年的结果。",
}


def write_form(book: Workbook, paper: Paper, area: Area, needs: Needs, lists: Lists, roster: Area | None) -> Worksheet:
    """Write one data sheet with its validations, ready to print and protected."""
    sheet = book.add_worksheet(area.title)
    needed = {header for group in KINDS[area.kind].required for header in group}
    _head(sheet, paper, area, needs)
    for j, column in enumerate(area.columns):
        sheet.set_column(j, j, _width(column))
        # of 得分 and 完成值, and of 考核对象 and 类别 in 指标, one will do; votes count as required together
        required = column.header in needed or column.header in needs.graded_votes
        colour = {"bg_color": NEEDED, "font_color": "#FFFFFF"} if required else {"bg_color": OFFERED}
        style = paper.boxed(**colour, font_name=TITLE, bold=True, align="center", text_wrap=True)
        sheet.write_string(HEADER_ROW, j, column.header, style)
    sheet.set_row(HEADER_ROW, 24)
    for i, due in enumerate(area.due):
        room = 1
        for j, column in enumerate(area.columns):
            _cell(sheet, paper, FIRST + i, j, column, due)
            value = due.cells.get(column.name)
            room = max(room, count_lines(value, _width(column)) if isinstance(value, str) else 1)
        sheet.set_row(FIRST + i, LINE_HEIGHT * room + 4)
    _refusals(sheet, paper, area, needs, lists, roster)  # before the look of spare rows: the first rule wins
    _spare(sheet, paper, area)
    names = [column.name for column in area.columns]
    lay_out(sheet, HEADER_ROW, (FIRST, names.index("subject") + 1))
    sheet.autofilter(HEADER_ROW, 0, area.last, len(names) - 1)
    return sheet


def _head(sheet: Worksheet, paper: Paper, area: Area, needs: Needs) -> None:
    """Title and hint; the hint is merged over the table so that it wraps within the page."""
    end = len(area.columns) - 1
    title = paper.style(font_name=TITLE, font_size=15, bold=True)
    sheet.write_string(TITLE_ROW, 0, f"{needs.scheme.title}　{area.title}", title)
    hint = f"{HINTS[area.kind]}深色表头的列必填。"
    sheet.merge_range(HINT_ROW, 0, HINT_ROW, end, hint, paper.style(text_wrap=True, font_size=10))
    room = sum(_width(column) for column in area.columns)
    sheet.set_row(TITLE_ROW, 26)
    sheet.set_row(HINT_ROW, LINE_HEIGHT * count_lines(hint, room) + 4)


def _width(column: Column) -> int:
    return WIDTHS.get(column.name, max(VOTE_WIDTH, cell_width(column.header) + 2))


def _look(column: Column) -> dict[str, object]:
    number = {"num_format": FORMATS[column.name]} if column.name in FORMATS else {}
    return {"align": "left" if column.name in LEFT else "center", "text_wrap": True, **number}


def _cell(sheet: Worksheet, paper: Paper, row: int, j: int, column: Column, due) -> None:
    """A cell of a row that is due: given and locked, closed and locked, or open."""
    value, look = due.cells.get(column.name), {**_look(column), "border": 1, "border_color": LINE}
    if value is not None and column.name not in due.open:
        paper.put(sheet, row, j, value, **look, bg_color=GIVEN)
    elif column.name in due.closed:
        paper.put(sheet, row, j, None, **look, bg_color=CLOSED)
    else:
        paper.put(sheet, row, j, value, **look, bg_color=FILL_IN, locked=False)


def _spare(sheet: Worksheet, paper: Paper, area: Area) -> None:
    """Open rows below those that are due; their look is conditional, so that unused ones are not printed."""
    start = FIRST + len(area.due)
    if start > area.last:
        return
    printed = start + (0 if area.due else TO_PRINT)
    for j, column in enumerate(area.columns):
        style = paper.style(**_look(column), locked=False)
        seen = paper.boxed(**_look(column), locked=False, bg_color=FILL_IN)
        for row in range(start, area.last + 1):
            sheet.write_blank(row, j, None, seen if row < printed else style)
    for row in range(start, printed):
        sheet.set_row(row, PRINTED_HEIGHT)
    look = paper.book.add_format({"bg_color": FILL_IN, "border": 1, "border_color": LINE})
    end = xl_col_to_name(len(area.columns) - 1)
    where = f"A{start + 1}:{end}{area.last + 1}"
    sheet.conditional_format(where, {"type": "formula", "criteria": "=ROW()>0", "format": look})


def _refusals(sheet: Worksheet, paper: Paper, area: Area, needs: Needs, lists: Lists, roster: Area | None) -> None:
    """Drop-downs and ranges; red where Excel can only ask back, and where votes and what came back differ."""
    for first, last, name, rule in checks(area, needs, lists, roster):
        if first <= last:
            sheet.data_validation(first, area.at(name), last, area.at(name), rule)
    wrong = paper.book.add_format({"bg_color": WRONG})
    if area.kind == "facts":
        j = area.at("value")
        rule = {"type": "formula", "criteria": wrong_value(area, needs), "format": wrong}
        sheet.conditional_format(FIRST, j, area.last, j, rule)
    if area.kind == "ballots":
        j, votes = area.at("returned"), ",".join(area.cell(vote) for vote in needs.vote_names)
        came = area.cell("returned")
        rule = {"type": "formula", "criteria": f'=AND({came}<>"",{came}<>SUM({votes}))', "format": wrong}
        sheet.conditional_format(FIRST, j, area.last, j, rule)
