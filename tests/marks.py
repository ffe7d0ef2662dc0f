"""Marked copies, opened again, and what stands in them."""

from __future__ import annotations

import openpyxl

from kaohe_tools.assess import check
from kaohe_tools.marking import OPINION, write_marked
from kaohe_tools.marking.cells import COLOURS
from kaohe_tools.problems import Place, Problem

RED, AMBER = COLOURS["错误"], COLOURS["警告"]


def fill(cell) -> str | None:
    return cell.fill.fgColor.rgb if cell.fill.fill_type == "solid" else None


def marked(case, out, problems=None, told=None):
    """The marked copies of a case, opened, by name."""
    paths = write_marked(case, check(case) if problems is None else problems, out, told)
    return {path.relative_to(out).as_posix(): openpyxl.load_workbook(path) for path in paths}


def problem(cell, level="错误", message="不对", file="数据.xlsx", sheet="得分"):
    return Problem(level, Place(file, sheet, cell), message)


def listed(book) -> list[list[object]]:
    """The rows below the heads of the sheet 核对意见."""
    rows = [[cell.value for cell in row] for row in book[OPINION].iter_rows()]
    return rows[rows.index(["序号", "级别", "位置", "问题", "建议"]) + 1 :]
