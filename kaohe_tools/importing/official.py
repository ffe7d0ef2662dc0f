"""Official indicator tables, a Word or Excel file, → the tidy `indicators` table; every decision is told."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from kaohe_tools.exact import tidy
from kaohe_tools.grid import EXCEL, READABLE, WORD, Grid, read_file
from kaohe_tools.importing.headings import Owner, Vocabulary, find_owner, is_default_name
from kaohe_tools.importing.labels import CONTENT, PART, PLACEHOLDER, POINTS, PROJECT, SUBJECT, read_points
from kaohe_tools.importing.layout import Layout, Section, split_sections
from kaohe_tools.importing.repair import Labels, repair
from kaohe_tools.importing.rows import Row, quote, read_rows
from kaohe_tools.importing.totals import compare_in_groups, drop_totals, sum_points
from kaohe_tools.problems import Place, Problems

CATEGORY, SOURCE = "类别", "来源行"
COLUMNS = [SUBJECT, CATEGORY, PART, PROJECT, CONTENT, POINTS, SOURCE]


@dataclass
class Table:
    """All rows of one unit (or of the categories that share a table), from one or several tables of the file."""

    owner: Owner
    group: str
    place: Place
    layout: Layout
    rows: list[Row] = field(default_factory=list)


def read_official(path: Path, vocabulary: Vocabulary | None, problems: Problems) -> pd.DataFrame:
    """Read the indicator tables of a Word or Excel file.

    `vocabulary`: category → the other names it goes by in headings. Columns: 考核对象 (blank for a shared table), 类别
    (only for a shared table, one row for each category), 部分, 考核项目, 指标 (text, "" if blank), 分值 (a number where
    the cell is a plain one, text as found where not, None if blank) and 来源行. Never raises for bad input: problems
    of all levels are appended; with an error among them the table is not to be used.
    """
    tables = _collect(_open(path, problems), path.suffix.lower() in WORD, vocabulary, problems)
    labels = Labels.of([table.rows for table in tables])
    records: list[dict[str, object]] = []
    sums: list[tuple[str, str, Place, float]] = []
    for table in tables:
        table.rows = drop_totals(repair(table.rows, labels, problems), problems)
        records += _records(table, problems)
        if table.owner.unit and table.rows:
            sums.append((table.group, table.owner.unit, table.place, sum_points(table.rows)))
    compare_in_groups(sums, problems)
    frame = pd.DataFrame(records, columns=COLUMNS, dtype=object)
    if frame.empty and not problems.errors:
        problems.error(Place(path.name), "没有找到指标表", "指标表的表头要有考核内容和分值两列")
    return frame


def _open(path: Path, problems: Problems) -> list[Grid]:
    """The sheets (Word: tables) in which anything stands."""
    if not path.is_file():
        problems.error(Place(path.name), "找不到文件", "请检查文件名和所在的文件夹")
        return []
    if path.suffix.lower() not in READABLE:
        advice = "请另存为 .docx 或 .xlsx 再导入"
        problems.error(Place(path.name), f"不能读取 {path.suffix or '没有扩展名的'} 文件", advice)
        return []
    grids = read_file(path, problems)
    for grid in grids:
        if grid.hidden:
            problems.warning(grid.place(), "是隐藏的工作表，也一并读取", "如不需要，请删除后重新导入")
        for name, count in (("行", len(grid.hidden_rows)), ("列", len(grid.hidden_columns))):
            if count:
                problems.warning(grid.place(), f"有 {count} {name}是隐藏的，也一并读取", "如不需要，请删除后重新导入")
        for text in grid.after:
            problems.note(grid.place(), f"表后的文字没有采用：{quote(text)}")
    return [grid for grid in grids if any(value is not None for row in grid.rows for value in row)]


def _collect(grids: list[Grid], word: bool, vocabulary: Vocabulary | None, problems: Problems) -> list[Table]:
    """The tables of all sheets in order, those that go on after a page put together."""
    found: list[tuple[Section, list[str], str]] = []
    without: list[Grid] = []
    for grid in grids:
        earlier = found[-1][0].layout if found and (word or is_default_name(grid.sheet)) else None
        sections = split_sections(grid, earlier, lambda titles: find_owner(titles, vocabulary).known)
        if not sections:
            without.append(grid)
        for n, section in enumerate(sections):
            headings = [*(grid.headings if n == 0 else []), *section.titles]
            found.append((section, headings, "" if word or n else grid.sheet))
    for grid in without:
        _tell_no_header(grid, word or not found, problems)
    titles = Counter(title for _, headings, sheet in found if sheet for title in headings)
    general = frozenset(title for title, count in titles.items() if count > 1)
    tables: list[Table] = []
    group = ""
    for section, headings, sheet in found:
        owner = find_owner(headings, vocabulary, sheet, general)
        for text in owner.unused:
            problems.note(section.grid.place(), f"标题处的文字没有采用：{quote(text)}")
        rows = read_rows(section, problems)
        same_title = owner.group in ("", tables[-1].group) if tables else False
        if rows and same_title and _goes_on(tables[-1], owner, section, word, problems):
            rows[0].breaks = True
            tables[-1].rows += rows
            continue
        group = owner.group or group
        table = Table(owner, group, section.grid.place(), section.layout, rows)
        _tell_owner(table, section, problems)
        tables.append(table)
    return tables


def _goes_on(before: Table, owner: Owner, section: Section, word: bool, problems: Problems) -> bool:
    """Does this section go on with the table before: no heading between (or the same unit's again), same columns."""
    same_roles = set(section.layout.roles) == set(before.layout.roles)
    if owner.known:
        again = bool(owner.unit) and tidy(owner.unit) == tidy(before.owner.unit)
        if again:
            problems.note(section.grid.place(), f"标题又是「{owner.unit}」，接在上一个表之后")
        return again
    if not same_roles or SUBJECT in section.layout.roles or not (word or section.inherited):
        return False
    name = before.owner.unit or "、".join(name for name, _ in before.owner.categories)
    message = f"没有标题，视为「{name}」的续表，接在上一个表之后"
    if any(row.total for row in before.rows):
        problems.warning(section.grid.place(), f"{message}；但上一个表已有合计", "请核对是否漏了单位名称")
    else:
        problems.note(section.grid.place(), message, "如是另一单位，请在表前加上单位名称")
    return True


def _tell_no_header(grid: Grid, strict: bool, problems: Problems) -> None:
    """A sheet that is no indicator table: an error (if `strict`) where its last column has figures, as one would."""
    figures = any(row and read_points(row[-1]).number is not None for row in grid.rows)
    advice = "指标表的表头要有考核内容和分值两列"
    if figures and strict:
        problems.error(grid.place(), f"没有找到表头，{len(grid.rows)} 行没有导入", advice)
    else:
        problems.warning(grid.place(), f"不像指标表（没有表头和分值），{len(grid.rows)} 行没有导入", advice)


def _tell_owner(table: Table, section: Section, problems: Problems) -> None:
    """Whose table it was taken for, wherever that is not plainly written."""
    owner = table.owner
    if section.inherited and not section.headers:
        problems.warning(table.place, "没有表头，各列按上一个表的表头读取", "请核对各列是否对应")
    if not table.rows:
        problems.warning(table.place, "表中没有指标", "请核对原表")
    if owner.categories:
        names = "、".join(name for name, _ in owner.categories)
        problems.note(table.place, f"{quote(owner.source)}是共用表，按类别「{names}」导入，每个类别一行")
        strange = [name for name, known in owner.categories if not known]
        if strange:
            message = f"「{'」「'.join(strange)}」不是已知的类别名称"
            problems.warning(table.place, message, "请改为名册中的类别名称")
        elif not owner.certain:
            problems.warning(
                table.place, f"标题{quote(owner.source)}只有类别，没有单位名称", "如是某一单位的表，请填写考核对象"
            )
    elif owner.unit and owner.unit != owner.source.strip():
        problems.note(table.place, f"单位名称由标题{quote(owner.source)}取为「{owner.unit}」")


def _records(table: Table, problems: Problems) -> list[dict[str, object]]:
    """Output rows of one table, in its order; for each category of a shared table once."""
    records: list[dict[str, object]] = []
    seen: dict[tuple[str, ...], Row] = {}
    nobodys = [] if table.owner.known else [row for row in table.rows if not row.subject]
    if {SUBJECT, CATEGORY, PART} <= set(table.layout.names):
        problems.error(table.place, "已经是规整的指标表，不需要导入", "请直接放进考核的数据文件夹")
    elif nobodys:
        problems.error(nobodys[0].place(), f"没有单位名称，{len(nobodys)} 行不知属于谁", "请在表前加一行单位名称")
    unlabelled = [row for row in table.rows if not (row.part or table.owner.part)]
    if unlabelled:
        problems.warning(unlabelled[0].place(), f"{len(unlabelled)} 行没有指标类别，部分留空", "请填写部分")
    nameless = 0
    for row in table.rows:
        _tell_row(row, problems)
        text = row.text
        if not text:
            nameless += 1
            text = PLACEHOLDER if nameless == 1 else f"{PLACEHOLDER}{nameless}"
        identity = (row.subject or "", tidy(row.project), tidy(text))
        if identity in seen:
            message = f"与第 {seen[identity].pieces[0][1] + 1} 行的考核项目和指标相同：{quote(text)}"
            problems.warning(row.place(), message, "同一单位内考核项目和指标不能都相同，请加以区别")
        seen.setdefault(identity, row)
        for unit, category in (
            [(row.subject or table.owner.unit, "")]
            if not table.owner.categories
            else [("", name) for name, _ in table.owner.categories]
        ):
            part = row.part or table.owner.part
            points = read_points(row.points).stored
            records.append(
                dict(zip(COLUMNS, (unit, category, part, row.project, text, points, _source(row)), strict=True))
            )
    return records


def _tell_row(row: Row, problems: Problems) -> None:
    """What a row lacks: points, text, or a cell of its own for them; points that are no plain number."""
    score = read_points(row.points)
    if score.flaw:
        problems.warning(row.place(POINTS), score.flaw, score.advice)
    elif row.points_above:
        advice = "请把分值分到各行，或合并为一个指标"
        problems.warning(row.place(POINTS), "分值与上面的行合并在一个单元格，这一行的分值已留空", advice)
    elif score.stored is None:
        problems.warning(row.place(POINTS), f"没有分值，已留空：{quote(row.text)}", "请核对原表后补上")
    if not row.text:
        problems.warning(row.place(), f"有分值没有文字，已用「{PLACEHOLDER}」代替", "请核对原表后补上")
    elif row.text_above:
        problems.warning(row.place(), "考核内容与上面的行合并在一个单元格，而分值各填各的", "请核对原表，把内容分开写")


def _source(row: Row) -> str:
    """Where a row stands: 表3 第5行, or in an Excel file 工作表!C5."""
    words = []
    for n, (grid, line) in enumerate(row.pieces):
        excel = Path(grid.file).suffix.lower() in EXCEL
        if excel:
            words.append(str(grid.place(line, row.columns.get(CONTENT, 0))).removeprefix(grid.file))
        elif n and grid is row.pieces[n - 1][0]:
            words.append(f"第{line + 1}行")
        else:
            words.append(f"{grid.sheet} 第{line + 1}行".strip())
    return "、".join(word.replace("[", "").replace("]!", "!") for word in words)
