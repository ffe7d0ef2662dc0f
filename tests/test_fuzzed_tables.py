"""Thousands of damaged workbooks, CSV, Word and Parquet files: sheets or an error, soon, in little memory."""

from __future__ import annotations

import csv
import datetime
import io
import random
from collections.abc import Callable, Mapping
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from damage import damaged, damaged_zip, members
from fuzzing import tries, try_all
from offices import SHEETS, make_case
from official_tables import VOCABULARY, Indicator, Style, lay_out, write_excel, write_word
from quick import schemes_read_once  # noqa: F401
from raw_files import (
    docx_parts,
    error,
    failed_formula,
    hidden_columns,
    hidden_row,
    label,
    merged,
    number,
    paragraph,
    sheet_xml,
    table,
    xls_stream,
    xlsx_parts,
)

from kaohe_tools.assess import prepare
from kaohe_tools.grid import Grid, Unusable, limits, read_file, read_folder
from kaohe_tools.grid.ole import wrap_stream
from kaohe_tools.importing import read_official
from kaohe_tools.problems import Problem, Problems

SHEET = sheet_xml(
    '<row r="1" hidden="1"><c r="A1" t="s"><v>1</v></c><c r="B1"><f>A1</f></c><c r="C1" t="e"><v>#N/A</v></c></row>'
    '<row r="2" ht="0"><c r="A2" s="1"><v>45240</v></c><c r="B2" t="inlineStr"><is><t>内</t></is></c></row>'
    '<row r="3"><c r="A3" t="str"><f>"a"</f><v>a</v></c><c r="B3" s="3"><v>0.5</v></c>'
    '<c r="C3" t="b"><v>1</v></c></row>',
    '<cols><col min="2" max="2" hidden="1"/></cols>',
    '<mergeCells><mergeCell ref="A1:B2"/><mergeCell ref="C2:C3"/></mergeCells>',
)
LINES = (f'<row r="{n}"><c r="A{n}"><v>{n}</v></c><c r="B{n}" t="s"><v>0</v></c></row>' for n in range(1, 9))
PLAIN = sheet_xml("".join(LINES))
WORKBOOK = {name: str(part).encode() for name, part in xlsx_parts({"表": SHEET, "二": PLAIN}).items()}
MACROS = {**WORKBOOK, "xl/vbaProject.bin": b"x" * 50, "xl/externalLinks/externalLink1.xml": b"<a/>"}
TABLE = table(
    ['<w:tcPr><w:gridSpan w:val="2"/></w:tcPr>' + paragraph("甲"), "乙"],
    ['<w:tcPr><w:vMerge w:val="restart"/></w:tcPr>' + paragraph("丙"), "丁", table(["戊"])],
    ["<w:tcPr><w:vMerge/></w:tcPr>" + paragraph(""), "己", "庚"],
)
WORD = {name: part.encode() for name, part in docx_parts(paragraph("标题") + TABLE + paragraph("后") + TABLE).items()}
OLD = xls_stream({
    "表": label(0, 0, "甲局") + number(1, 1, 2) + error(1, 2, 7) + failed_formula(2, 1, 42) + merged(0, 1, 0, 0)
    + hidden_row(1) + hidden_columns(0, 1),
    "二": number(3, 3, 1),
})  # fmt: skip
ENCODINGS = ("utf-8", "utf-8-sig", "gb18030", "utf-16")
TEXT = "考核对象,得分,备注\n" + "".join(f'甲局{n},{n}.5,"说明，第{n}条\n第二行"\n' for n in range(9))


def _within_or_without(stream: bytes, chance: random.Random) -> bytes:
    """An old workbook, damaged in its records or in its container."""
    if chance.random() < 0.6:
        return wrap_stream("Workbook", damaged(stream, chance))
    return damaged(wrap_stream("Workbook", stream), chance)


def _as_text(encoding: str, chance: random.Random) -> bytes:
    return damaged(TEXT.encode(encoding), chance)


FILES: dict[str, tuple[int, str, Callable[[random.Random], bytes]]] = {
    "xlsx": (1500, "表.xlsx", lambda chance: damaged_zip(WORKBOOK, chance)),
    "xlsx of another library": (600, "表.xlsx", lambda chance: damaged_zip(_written("数据.xlsx"), chance)),
    "xlsm": (500, "表.xlsm", lambda chance: damaged_zip(MACROS, chance)),
    "xls": (1000, "表.xls", lambda chance: _within_or_without(OLD, chance)),
    "docx": (800, "表.docx", lambda chance: damaged_zip(WORD, chance)),
    **{f"csv in {encoding}": (400, "表.csv", partial(_as_text, encoding)) for encoding in ENCODINGS},
}


@pytest.fixture(autouse=True)
def small_sheets(monkeypatch):
    """A damaged number may stretch a sheet to all the cells that a file may have: fewer here, so that it is quick."""
    monkeypatch.setattr(limits, "CELLS", 100_000)


@cache
def _parquet(compression: str) -> bytes:
    """A small table with texts, numbers, dates and blanks, in two groups of rows."""
    pa = pytest.importorskip("pyarrow", reason="缺少 pyarrow，本测试跳过")
    import pyarrow.parquet as pq

    rows = 12
    table = pa.table({
        "考核对象": [f"甲局{n % 4}" for n in range(rows)],
        "得分": [n + 0.5 if n % 5 else None for n in range(rows)],
        "次数": list(range(rows)),
        "日期": [datetime.date(2019, 1, 1 + n) for n in range(rows)],
        "备注": [None] * rows,
    })  # fmt: skip
    stream = io.BytesIO()
    pq.write_table(table, stream, compression=compression, row_group_size=7)
    return stream.getvalue()


FILES |= {
    f"parquet, {compression}": (400, "表.parquet", lambda chance, how=compression: damaged(_parquet(how), chance))
    for compression in ("none", "snappy")
}


@cache
def _written(name: str) -> Mapping[str, bytes]:
    with TemporaryDirectory() as folder:
        make_case(Path(folder))
        return members(Path(folder, name).read_bytes())


@pytest.mark.parametrize(("share", "name", "make"), FILES.values(), ids=FILES.keys())
def test_a_damaged_data_file_gives_sheets_or_an_error(tmp_path, capfd, share, name, make):
    def read(content: bytes) -> Problems:
        problems = Problems()
        (tmp_path / name).write_bytes(content)
        grids = read_file(tmp_path / name, problems)
        assert grids or problems, "nothing read and nothing said"
        for grid in grids:
            check_grid(grid, name)
        assert {problem.place.file for problem in problems} <= {name}
        return problems

    found = try_all(tries(share), make, read)
    assert found["read"] > share / 100 and found["refused"] > share / 100
    assert capfd.readouterr() == ("", "")


def check_grid(grid: Grid, file: str) -> None:
    """Is a sheet sound: a rectangle of values of known kinds, merged blocks within it that do not overlap?"""
    rows = grid.filled()
    assert grid.file == file and len({len(row) for row in rows}) <= 1
    height, width = len(rows), len(rows[0]) if rows else 0
    kinds = (str, int, float, datetime.date, datetime.time, datetime.timedelta, Unusable, type(None))
    assert all(isinstance(cell, kinds) for row in rows for cell in row)
    assert "" not in [cell for row in rows for cell in row if isinstance(cell, str)]
    taken = [(i, j) for s in grid.spans for i in range(s.top, s.bottom + 1) for j in range(s.left, s.right + 1)]
    assert len(set(taken)) == len(taken) and all(0 <= i < height and 0 <= j < width for i, j in taken)
    assert set(grid.hidden_rows) <= set(range(height)) and set(grid.hidden_columns) <= set(range(width))


# --- what becomes of them ---------------------------------------------------------------------------------------------


def _official(folder: Path) -> dict[str, bytes]:
    rows = [Indicator("党政建设", "", "党建", 20), Indicator("共性指标", "业务", "第一项工作按时完成", 50)]
    pages = [rows, [Indicator("共性指标", "业务", "第二项", 20), Indicator("个性指标", "重点", "第三项", 10)]]
    blocks = ["甲局目标", *lay_out(pages, Style(paging="header")), "事业局目标", *lay_out(pages, Style(vertical=True))]
    made = (
        write_word(folder / "目标.docx", blocks),
        write_excel(folder / "目标.xlsx", {"甲局": blocks[:2], "表2": blocks[2:]}),
    )
    return {path.name: path.read_bytes() for path in made}


@pytest.mark.parametrize("name", ["目标.docx", "目标.xlsx"])
def test_a_damaged_official_table_is_imported_or_refused(tmp_path, capfd, name):
    parts = members(_official(tmp_path)[name])
    needed = [name for name in parts if "rels" in name or name == "xl/workbook.xml"]
    inner = {"word/document.xml", "xl/worksheets/sheet1.xml", "xl/worksheets/sheet2.xml"}

    def make(chance: random.Random) -> bytes:
        if chance.random() < 0.5:
            return damaged_zip(parts, chance)
        return damaged_zip({name: part for name, part in parts.items() if name in inner or name in needed}, chance)

    def read(content: bytes) -> Problems:
        problems = Problems()
        (tmp_path / name).write_bytes(content)
        rows = read_official(tmp_path / name, VOCABULARY, problems)
        assert len(rows) or problems.errors
        return problems

    found = try_all(tries(300), make, read)
    assert min(found.values()) > 3
    assert capfd.readouterr() == ("", "")


def _as_csv(rows: list[list[object]]) -> bytes:
    stream = io.StringIO(newline="")
    csv.writer(stream).writerows(rows)
    return stream.getvalue().encode("utf-8-sig")


def test_a_case_with_a_damaged_file_is_checked_to_the_end(tmp_path, capfd):
    folder = make_case(tmp_path / "案例")
    whole = {"数据.xlsx": (folder / "数据.xlsx").read_bytes()}
    whole |= {f"{name}.csv": _as_csv(rows) for name, rows in SHEETS.items()}

    def make(chance: random.Random) -> tuple[str, bytes]:
        name = chance.choice(sorted(whole))
        if name.endswith("csv"):
            return name, damaged(whole[name], chance)
        return name, damaged_zip(members(whole[name]), chance)

    def read(made: tuple[str, bytes]) -> list[Problem]:
        for name, content in whole.items():
            path = folder / name
            path.unlink(missing_ok=True)
            if (made[0] == "数据.xlsx") == (name == "数据.xlsx"):
                path.write_bytes(made[1] if name == made[0] else content)
        problems = prepare(folder).problems
        return list(problems)

    found = try_all(tries(150), make, read)
    assert min(found.values()) > 3
    assert capfd.readouterr() == ("", "")


def test_a_folder_of_damaged_files_is_read_to_the_end(tmp_path):
    chance = random.Random(7)
    for number_, (_, name, make) in enumerate(FILES.values()):
        (tmp_path / f"{number_}{name}").write_bytes(make(chance))
    (tmp_path / "好.csv").write_text(TEXT, encoding="utf-8")
    problems = Problems()
    grids = read_folder(tmp_path, problems)
    assert any(grid.file == "好.csv" for grid in grids)
    assert {grid.file for grid in grids} | {problem.place.file for problem in problems} == {
        path.name for path in tmp_path.iterdir()
    }
