"""How much is too much, and the one exception by which a reader refuses a file or a sheet.

The bounds stand far above what an office sends (a full sheet of six columns still fits) and keep the
reading of any file below about one gigabyte and some seconds.
"""

from __future__ import annotations

FILE_BYTES = 200 * 2**20  # on disk; Word files carry photographs, which are never unpacked
PARTS = 10_000  # members of a zip file
UNPACKED_BYTES = 256 * 2**20  # all XML of one file, as really unpacked
RATIO, RATIO_FROM = 200, 32 * 2**20  # unpacked to packed, once that much was unpacked; real sheets reach about 40
TREE_BYTES = 32 * 2**20  # an XML part that is read as a whole tree
TREE_TAGS = 2_500_000  # "<" in it; the real indicator tables of a province have 45 thousand
CELLS = 6_500_000  # rows × columns of a file's sheets: readers fill the whole rectangle
WORD_COLUMNS = 256  # Word itself allows 63
SHEETS = 1_000
CSV_FIELD = 131_072  # characters in one cell; an Excel cell holds 32,767
MERGES = 200_000


class RefusedError(Exception):
    """A file, or a sheet or cell of it, that is not read: what was found and what to do, both in Chinese."""

    def __init__(self, message: str, advice: str = "", cell: str = "", sheet: str = "") -> None:
        super().__init__(message)
        self.message, self.advice, self.cell, self.sheet = message, advice, cell, sheet


def too_large(rows: int, columns: int, far: str) -> RefusedError:
    """A sheet whose rectangle of cells is beyond the limit; `far` names the cell that stretches it."""
    message = f"表格范围过大（{rows} 行 × {columns} 列，最远的单元格是 {far}），没有读取"
    return RefusedError(message, f"请删除远处多余的内容（如 {far}），或拆成几个文件；一个文件最多 {CELLS} 格", far)
