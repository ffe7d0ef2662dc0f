"""The sheet 核对: live counts of what is due, filled in and lacking, and points that should add up to the scheme's.

Every formula is written with the value it has at first. No row shows two headers of the contract, so that the sheet is
never taken for data.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from xlsxwriter import Workbook
from xlsxwriter.utility import xl_rowcol_to_cell

from kaohe_tools.exact import show_short, snap, tidy
from kaohe_tools.scheme import Composition, Part, Stage
from kaohe_tools.template.areas import FIRST, Area
from kaohe_tools.template.needs import Needs, indicator_parts
from kaohe_tools.template.paper import GIVEN, LINE, NEEDED, RED, TITLE, WRONG, Paper, count_lines, lay_out

NAME = "核对"
LINKED = 100  # rows of the roster that are checked one by one where it is still to be filled in
HINT = "各表一填，这里就自动重算；红色的是还缺的或不对的。"
HINT += "分值合计不符的，程序会警告并按比例折算。"

Areas = Mapping[str, Area]


@dataclass(frozen=True)
class Total:
    """A formula (without its equals sign) and the value it has at first."""

    formula: str
    value: float | str


@dataclass(frozen=True)
class Sum:
    """A sum of points that the scheme prescribes: of which indicators, and how much by stage and category."""

    label: str
    part: Part
    group: Composition | None
    expected: Mapping[tuple[str, str], float]


def write_totals(book: Workbook, paper: Paper, areas: Areas, needs: Needs) -> None:
    """Write the sheet: counts of each data sheet, then one row for each subject of the roster."""
    sheet = book.add_worksheet(NAME)
    sheet.write_string(0, 0, f"{needs.scheme.title}　{NAME}", paper.style(font_name=TITLE, font_size=15, bold=True))
    sheet.set_row(0, 26)
    sheet.set_column(0, 0, 26)
    sheet.set_column(1, 1, 30)
    sheet.set_column(2, 40, 10)
    sheet.merge_range(1, 0, 1, 6, HINT, paper.style(text_wrap=True, font_size=10))
    sheet.set_row(1, 15 * count_lines(HINT, 106) + 4)
    head = paper.boxed(
        font_name=TITLE, bold=True, align="center", text_wrap=True, bg_color=NEEDED, font_color="#FFFFFF"
    )
    red = paper.book.add_format({"bg_color": WRONG, "font_color": RED})
    for j, text in enumerate(("工作表", "核对什么", "行数", "还缺或不对")):
        sheet.write_string(2, j, text, head)
    row = 3
    for area in areas.values():
        for label, count, lacking in _counts(area, needs):
            paper.put(sheet, row, 0, area.title, border=1, border_color=LINE)
            paper.put(sheet, row, 1, label, border=1, border_color=LINE)
            for j, total in ((2, count), (3, lacking)):
                style = paper.boxed(align="center", bg_color=GIVEN, num_format="0")
                sheet.write_formula(row, j, f"={total.formula}", style, total.value)
            row += 1
    above = {"type": "cell", "criteria": ">", "value": 0, "format": red}
    sheet.conditional_format(3, 3, row - 1, 3, above)
    if "roster" in areas:
        _subjects(sheet, paper, areas, needs, row + 1, head, red)
    lay_out(sheet, 2, (3, 0))


# --- each data sheet as a whole ---------------------------------------------------------------------------------------


def _counts(area: Area, needs: Needs) -> list[tuple[str, Total, Total]]:
    """What is counted of a sheet: label, how many rows, how many of them lack something."""
    rows = _Rows(area)
    key, what, given = _FILLED[area.kind]
    wanted = [name for name in (*given, *(needs.graded_votes if area.kind == "ballots" else ())) if area.has(name)]
    found = [(f"{what}没有填", rows.count(key), rows.lacking(key, wanted))]
    if area.kind == "indicators":
        found.append(("考核对象和类别都没有填", rows.count(key), rows.lacking(key, ["subject", "category"])))
    if area.kind == "ledger":
        found.append(("填了分值没有写依据", rows.count("points"), rows.lacking("points", ["basis"])))
    if area.kind == "ballots":
        votes = "+".join(area.range(vote) for vote in needs.vote_names)
        came = area.range("returned")
        different = f'IFERROR(SUMPRODUCT(({came}<>"")*(({votes})<>{came})),"有文字")'
        found.append(("各票之和与收回的票数不符", rows.count("returned"), Total(different, 0)))
    return found


_FILLED = {  # by kind: the column that tells a row is there, what it should have, and the columns of which one will do
    "roster": ("subject", "类别", ("category",)),
    "indicators": ("indicator", "分值", ("points",)),
    "scores": ("indicator", "得分（或完成值）", ("score", "done")),
    "ballots": ("voters", "票数（或得分）", ("score",)),
    "ledger": ("subject", "标准", ("standard",)),
    "facts": ("fact", "值", ("value",)),
    "history": ("subject", "等次", ("grade",)),
}


@dataclass(frozen=True)
class _Rows:
    """Counts over the rows of a sheet, as formulas with their first values; `which` narrows them to some rows."""

    area: Area
    which: str = "1"
    chosen: tuple[int, ...] | None = None

    def _due(self) -> list[dict[str, object]]:
        numbers = range(len(self.area.due)) if self.chosen is None else self.chosen
        return [self.area.due[n].cells for n in numbers]

    def count(self, key: str) -> Total:
        formula = f'SUMPRODUCT({self.which}*({self.area.range(key)}<>""))'
        return Total(formula, sum(key in cells for cells in self._due()))

    def lacking(self, key: str, wanted: list[str]) -> Total:
        """Rows that have the key but none of the wanted columns."""
        blank = "*".join(f'({self.area.range(name)}="")' for name in wanted)
        lacking = sum(key in cells and not any(name in cells for name in wanted) for cells in self._due())
        return Total(f'SUMPRODUCT({self.which}*({self.area.range(key)}<>"")*{blank})', lacking)


# --- each subject -----------------------------------------------------------------------------------------------------


def _subjects(sheet, paper: Paper, areas: Areas, needs: Needs, top: int, head, red) -> None:
    roster, sums = areas["roster"], _sums(needs) if "indicators" in areas else []
    filled = [kind for kind in ("scores", "ballots") if kind in areas]
    headers = ["对象", "对象类别", *(name for field, name in _MORE_KEYS if roster.has(field))]
    columns = len(headers)
    headers += [f"{areas[kind].title}{word}" for kind in filled for word in ("应填行", "还缺行")]
    headers += [f"{one.label}{word}" for one in sums for word in ("分值合计", "应为")]
    for j, text in enumerate(headers):
        sheet.write_string(top, j, text, head)
    sheet.set_row(top, 48)
    count = len(roster.due) or min(LINKED, roster.spare)
    name_style, number = paper.boxed(text_wrap=True), paper.boxed(align="center", bg_color=GIVEN)
    for i in range(count):
        cells = _Subject(areas, i, top + 1 + i, columns, needs)
        totals = [cells.linked(name) for name in ("subject", "category", "stage", "code") if roster.has(name)]
        totals += [total for kind in filled for total in cells.filled(kind)]
        totals += [total for one in sums for total in cells.points(one)]
        for j, total in enumerate(totals):
            style = name_style if j < columns else number
            sheet.write_formula(top + 1 + i, j, f"={total.formula}", style, total.value)
    last = top + count
    for j in range(columns + 1, columns + 2 * len(filled), 2):
        cell = xl_rowcol_to_cell(top + 1, j, col_abs=True)
        rule = {"type": "formula", "criteria": f"=N({cell})>0", "format": red}
        sheet.conditional_format(top + 1, j, last, j, rule)
    for j in range(columns + 2 * len(filled), len(headers), 2):
        found, due = (xl_rowcol_to_cell(top + 1, k, col_abs=True) for k in (j, j + 1))
        rule = {"type": "formula", "criteria": f'=AND({due}<>"",ABS(N({found})-N({due}))>0.000001)', "format": red}
        sheet.conditional_format(top + 1, j, last, j, rule)


_MORE_KEYS = (("stage", "环节名"), ("code", "编码"))


class _Subject:
    """The totals of one row of the roster."""

    def __init__(self, areas: Areas, number: int, row: int, keys: int, needs: Needs) -> None:
        self.areas, self.roster, self.number, self.needs = areas, areas["roster"], number, needs
        names = [name for name in ("subject", "category", "stage", "code") if self.roster.has(name)]
        self.cell = {name: xl_rowcol_to_cell(row, j, col_abs=True) for j, name in enumerate(names)}
        due = self.roster.due[number].cells if number < len(self.roster.due) else {}
        self.given = {name: str(due.get(name, "")) for name in ("subject", "category", "stage", "code")}

    def linked(self, name: str) -> Total:
        there = f"'{self.roster.title}'!{self.roster.cell(name, FIRST + self.number)}"
        return Total(f'IF({there}="","",{there})', self.given[name])

    def _if_there(self, total: Total) -> Total:
        value = total.value if self.given["subject"] else ""
        return Total(f'IF({self.cell["subject"]}="","",{total.formula})', value)

    def _mine(self, area: Area) -> tuple[str, tuple[int, ...]]:
        """Which rows of a sheet name this subject: as a formula, and as numbers of the rows that are due."""
        subject = f"({area.range('subject')}={self.cell['subject']})"
        if area.has("code") and self.roster.has("code"):
            codes, own = area.range("code"), self.cell["code"]
            subject = f'((({codes}="")*{subject}+({codes}={own})*({own}<>""))>0)'
        if area.has("stage"):
            stages = area.range("stage")
            subject += f'*((({stages}={self.cell["stage"]})+({stages}=""))>0)'
        return subject, tuple(n for n, due in enumerate(area.due) if self._is_mine(due.cells))

    def _is_mine(self, cells: Mapping[str, object]) -> bool:
        code, stage = cells.get("code", ""), cells.get("stage", "")
        same = code == self.given["code"] if code else cells.get("subject") == self.given["subject"]
        return same and stage in ("", self.given["stage"])

    def filled(self, kind: str) -> tuple[Total, Total]:
        """How many rows of scores or ballots are due for the subject, and how many are still blank."""
        area = self.areas[kind]
        rows = _Rows(area, *self._mine(area))
        key, _, given = _FILLED[kind]
        names = [n for n in (*given, *(self.needs.graded_votes if kind == "ballots" else ())) if area.has(n)]
        return self._if_there(rows.count(key)), self._if_there(rows.lacking(key, names))

    def points(self, one: Sum) -> tuple[Total, Total]:
        """The points of the subject's own and its category's indicators in a group, and what they should be."""
        area = self.areas["indicators"]
        own, numbers = self._mine(area)
        shared = f'({area.range("subject")}="")*({area.range("category")}={self.cell["category"]})'
        if area.has("stage"):
            shared += f'*((({area.range("stage")}={self.cell["stage"]})+({area.range("stage")}=""))>0)'
        formula = f"SUMPRODUCT((({own}+{shared})>0)*{_belongs(one, area)},{area.range('points')})"
        total = 0.0
        for n, due in enumerate(area.due):
            cells = due.cells
            mine = n in numbers if cells.get("subject") or cells.get("code") else self._is_shared(cells)
            if mine and _in_sum(one, cells):
                total += float(cells.get("points", 0.0))
        return self._if_there(Total(formula, float(snap(total)))), self._expected(one)

    def _is_shared(self, cells: Mapping[str, object]) -> bool:
        stage = cells.get("stage", "")
        return cells.get("category") == self.given["category"] and stage in ("", self.given["stage"])

    def _expected(self, one: Sum) -> Total:
        formula = '""'
        for (stage, category), points in reversed(one.expected.items()):
            here = f'{self.cell["category"]}="{category}"'
            if "stage" in self.cell:
                here = f'AND({here},OR({self.cell["stage"]}="{stage}",{self.cell["stage"]}=""))'
            formula = f"IF({here},{show_short(points)},{formula})"
        stages = [self.given["stage"]] if self.given["stage"] else [stage for stage, _ in one.expected]
        value = next((one.expected[s, self.given["category"]] for s in stages
                      if (s, self.given["category"]) in one.expected), "")  # fmt: skip
        return Total(formula, value)


def _sums(needs: Needs) -> list[Sum]:
    """Every sum of points that the scheme prescribes; equal ones of several stages together."""
    found: dict[tuple, Sum] = {}
    for stage in needs.stages:
        for part in indicator_parts(stage):
            for label, group, expected in _prescribed(part, stage):
                key = (label, part.name, part.aliases, group is not None)
                before = found[key].expected if key in found else {}
                found[key] = Sum(label, part, group, {**before, **expected})
    return list(found.values())


def _prescribed(part: Part, stage: Stage) -> list[tuple[str, Composition | None, dict[tuple[str, str], float]]]:
    if part.composition:
        return [(g.label, g, {(stage.name, c): p for c, p in g.points.items()}) for g in part.composition]
    points = {(stage.name, c): part.indicator_total or p for c, p in part.points.items()}
    return [(part.name, None, points)]


def _belongs(one: Sum, area: Area) -> str:
    """Which indicators belong to a sum, as a formula over the rows of the sheet."""
    parts, projects = area.range("part"), area.range("project")

    def among(labels: list[str], ranges: list[str]) -> str:
        return "((" + "+".join(f'({cells}="{label}")' for label in labels for cells in ranges) + ")>0)"

    inside = among([one.part.name, *one.part.aliases], [parts])
    if one.group is None:
        return inside
    if not one.group.rest:
        return f"{inside}*{among([one.group.label], [parts, projects])}"
    named = [other.label for other in one.part.composition if not other.rest]
    return f"{inside}*(1-{among(named, [parts, projects])})"


def _in_sum(one: Sum, cells: Mapping[str, object]) -> bool:
    label, project = tidy(cells.get("part")), tidy(cells.get("project"))
    if label not in map(tidy, (one.part.name, *one.part.aliases)):
        return False
    if one.group is None:
        return True
    if not one.group.rest:
        return tidy(one.group.label) in (label, project)
    named = [tidy(other.label) for other in one.part.composition if not other.rest]
    return label not in named and project not in named
