"""The lines of a table of results, as they were written or not at all: cut off and changed ones are refused."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pandas as pd

_SHOWN = 20  # characters of a cell, in a message


class SpoiledError(ValueError):
    """A table that is not as it was written: what is wrong with it, and where."""

    def __init__(self, message: str, cell: str = "") -> None:
        super().__init__(message)
        self.cell = cell


def lines_of(path: Path) -> list[list[str]]:
    """The lines of a CSV, the header first, all of one length. Raises ValueError where it is none."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = [line for line in csv.reader(file, strict=True) if line]
    if not lines:
        raise SpoiledError("文件是空的")
    width = len(lines[0])
    if odd := next((number for number, line in enumerate(lines, 1) if len(line) != width), None):
        raise SpoiledError(f"有 {len(lines[odd - 1])} 格，表头有 {width} 列", f"第{odd}行")
    return lines


def numbers_of(frame: pd.DataFrame, name: str) -> pd.Series:
    """A column as floats, blank ones NaN. Raises SpoiledError where one is no number."""
    numbers = pd.to_numeric(frame[name].replace("", None), errors="coerce").astype(float)
    wrong = (numbers.isna() & (frame[name] != "")) | np.isinf(numbers)
    if wrong.any():
        row = int(wrong.to_numpy().argmax())
        raise SpoiledError(f"{name}“{frame[name].iat[row][:_SHOWN]}”不是数字", f"第{row + 2}行")
    return numbers
