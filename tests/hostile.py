"""A small office whose every name and remark is meant to do harm: as a formula, as HTML, as a path, on a screen."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

from offices import SHEETS, make_case

NAMES = [
    "=1+1",
    "+cmd|'/c calc'!A1",
    "-2+3",
    "@SUM(A1:A9)",
    "\t=9*9",
    "<script>alert(1)</script>",
    "../../x",
    "CON",
    "长" * 300,
    "\"双'单`反\\斜",
    "上\n下",
    "钟\x07声\x1b[31m",
    "😀👨‍👩‍👧",
    "右\u202e左\u200f",
    "{{ 7*7 }}{% raw %}",
    "＝2×2",
    "$\\alpha$|_下_|*星*[链](javascript:alert(1))",
]
REMARK = '=HYPERLINK("http://example.invalid","点")<img src=x onerror=alert(1)>'
INDICATOR = "=2+5<script>alert(2)</script>"
TITLE = "<script>alert(3)</script>=考核"


def make_hostile(folder: Path, names: Sequence[str] = NAMES) -> Path:
    """The case of offices.py with these names for subjects of 事业局, in CSV files that hold what no workbook can."""
    make_case(folder, title=f"'{TITLE}'")
    (folder / "数据.xlsx").unlink()
    for sheet, rows in SHEETS.items():
        head, *data = rows
        model = [row for row in data if row[0] == "甲局"]
        others = [row for row in data if row[0] not in ("甲局", "乙局")]
        told = [[name, *row[1:]] for name in names for row in model] + others
        told = [[INDICATOR if cell == "党建" else cell for cell in row] for row in told]
        if sheet == "台账":
            told = [["丙处", REMARK, "述职超时", None, 0.5, "2019-05-20", REMARK]]
        if sheet == "情形":
            told = [[name, "不得评优", "否", REMARK] for name in names]
        with (folder / f"={sheet}'s.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([head, *told])
    return folder
