"""The Excel library behind one small door: its errors and its panics come out as `RefusedError`, as nothing else."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager

from kaohe_tools.grid.limits import RefusedError

_STDERR = 2


class Workbook:
    """A workbook as calamine reads it; sheets by number, from 0. Raises RefusedError for what it cannot read."""

    def __init__(self, content: bytes) -> None:
        from python_calamine import CalamineWorkbook

        with _calm():
            self._book = CalamineWorkbook.from_filelike(io.BytesIO(content))

    def sheets(self) -> list[tuple[int, str, bool]]:
        """Number, name and "is it hidden" of each worksheet."""
        from python_calamine import SheetTypeEnum, SheetVisibleEnum

        return [
            (number, meta.name, meta.visible != SheetVisibleEnum.Visible)
            for number, meta in enumerate(self._book.sheets_metadata)
            if meta.typ == SheetTypeEnum.WorkSheet
        ]

    def rows(self, number: int) -> list[list[object]]:
        """All cells of a sheet from A1 on, None where blank."""
        with _calm():
            rows = self._book.get_sheet_by_index(number).to_python(skip_empty_area=False)
        return [[None if cell == "" else cell for cell in row] if "" in row else row for row in rows]

    def merged(self, number: int) -> list[tuple[tuple[int, int], tuple[int, int]]]:
        """First and last cell (row and column from 0) of each merged block."""
        with _calm():
            return list(self._book.get_sheet_by_index(number).merged_cell_ranges or [])


@contextmanager
def _calm() -> Iterator[None]:
    """Turn what the library raises into `RefusedError`.

    A panic of its Rust code derives from BaseException, and says so on the process's standard error, which no user of
    ours should have to read: that is closed off meanwhile.
    """
    refused = RefusedError("文件打不开（内部结构有错）", "请用 Excel 或 WPS 打开后另存为 .xlsx")
    try:
        with _without_stderr():
            yield
    except (RefusedError, MemoryError):
        raise
    except Exception as error:
        raise refused from error
    except BaseException as error:
        if type(error).__module__ == "pyo3_runtime":
            raise refused from error
        raise


@contextmanager
def _without_stderr() -> Iterator[None]:
    try:
        kept = os.dup(_STDERR)
    except OSError:  # there is none
        yield
        return
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, _STDERR)
        os.close(nowhere)
        yield
    finally:
        os.dup2(kept, _STDERR)
        os.close(kept)
