"""From results to the workbook's bytes; the same input gives the same bytes."""

from __future__ import annotations

import contextlib
import datetime
import io
from pathlib import Path

from xlsxwriter import Workbook

from kaohe_tools.basis import Basis
from kaohe_tools.results import Results
from kaohe_tools.spreadsheet import EPOCH, sheet_names
from kaohe_tools.workbook import tables
from kaohe_tools.workbook.asking import NotLiveError
from kaohe_tools.workbook.grid import Grid
from kaohe_tools.workbook.live import live_sheets
from kaohe_tools.workbook.paper import Paper

OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False}


def write_workbook(results: Results, path: Path, basis: Basis | None = None) -> None:
    """Write 等次表.xlsx: 汇总, a grade table for each category of each stage, 名额, 理由, 运用, 明细 and 问题.

    basis: what the results were made of (see `basis`); with it the figures are formulas, each stored with its
    published value, and 说明, 权重 and a sheet 推演 for each stage are there too. Without it, or where the places of a
    scheme cannot be said by formulas, all cells are values.
    """
    stream = io.BytesIO()
    book = Workbook(stream, OPTIONS)
    properties = {"title": results.title, "author": "kaohe_tools", "created": datetime.datetime(*EPOCH)}
    book.set_properties(properties)
    book.set_size(24000, 14000)
    paper = Paper(book, results)
    for grid in _sheets(results, basis):
        paper.write(grid)
    book.close()
    path.write_bytes(stream.getvalue())


def _sheets(results: Results, basis: Basis | None) -> list[Grid]:
    if basis is not None:
        with contextlib.suppress(NotLiveError):
            return live_sheets(results, basis)
    return _plain_sheets(results)


def _plain_sheets(results: Results) -> list[Grid]:
    categories = results.each_category()
    wanted = ["汇总", *(f"{category.stage}·{category.name}" for category in categories), *tables.RECORDS]
    names = sheet_names(wanted)
    grades = [tables.grades(category, name) for category, name in zip(categories, names[1:], strict=False)]
    records = zip(tables.RECORDS, names[len(grades) + 1 :], strict=True)
    return [tables.summary(results, names[0]), *grades, *(tables.record(results, n, sheet) for n, sheet in records)]
