"""Simulating a case and writing its sheets, each of which says that it is made up."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from kaohe_tools.aside import file_aside
from kaohe_tools.case import load_case
from kaohe_tools.directory import Directory
from kaohe_tools.grid import read_folder
from kaohe_tools.items import read_items
from kaohe_tools.problems import InputError, Problems
from kaohe_tools.sheets import read_tables
from kaohe_tools.simulate.ballots import ballot_table
from kaohe_tools.simulate.records import fact_table, history_table, ledger_table
from kaohe_tools.simulate.reports import report_table
from kaohe_tools.simulate.scores import score_table
from kaohe_tools.simulate.setting import Setting, abilities

STAMP = "演示数据：由 kaohe simulate 按随机种子 {seed} 模拟生成，不是真实考核结果"
FILES = {"scores": "考核组评分.xlsx", "ballots": "民主测评.xlsx", "ledger": "加减分台账.xlsx", "facts": "情形认定.xlsx"}
EVERY_FILE = {**FILES, "history": "历年等次.xlsx", "reports": "年中报送.xlsx"}
_MAKERS = {
    "scores": score_table,
    "ballots": ballot_table,
    "ledger": ledger_table,
    "facts": fact_table,
    "history": history_table,
}


def simulate(folder: Path, seed: int, raters: int = 0, reports: bool = False) -> dict[str, pd.DataFrame]:
    """Simulated sheets by kind (those of EVERY_FILE that have rows), with the headers of the contract.

    raters: how many members of a panel mark each indicator that is marked (0: the panel as one); reports: are there
    reports during the year. Neither changes the year's results. Reads the case's scheme, roster and indicators and
    nothing else. Raises InputError where these have errors.
    """
    case = load_case(folder)
    problems = Problems()
    grids = [grid for grid in read_folder(folder, problems) if grid.file not in EVERY_FILE.values()]
    tables = read_tables(grids, [], problems)
    directory = Directory(case.scheme, tables, problems)
    items = read_items(tables, directory, problems).table
    if problems.errors:
        raise InputError(problems)
    random = np.random.default_rng(seed)
    ability = abilities(directory, random)
    extra, marking, reporting = (np.random.default_rng([seed, number]) for number in (1, 2, 3))
    setting = Setting(case, directory, items, ability, random, extra, raters, marking, reporting)
    made = {kind: make(setting) for kind, make in _MAKERS.items()}
    if reports:
        made["reports"] = report_table(setting, made["scores"])
    return {kind: table for kind, table in made.items() if len(table)}


def write_simulated(folder: Path, seed: int, raters: int = 0, reports: bool = False) -> list[Path]:
    """Simulate and write one workbook a kind into the case folder; a title row on each says that it is made up."""
    made = simulate(folder, seed, raters, reports)
    for name in EVERY_FILE.values():
        (folder / name).unlink(missing_ok=True)
    for kind, table in made.items():
        _write(table, folder / EVERY_FILE[kind], STAMP.format(seed=seed))
    return [folder / EVERY_FILE[kind] for kind in made]


def _write(table: pd.DataFrame, path: Path, stamp: str) -> None:
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter

    book = Workbook()
    sheet = book.active
    sheet.title = path.stem
    sheet.append([stamp])
    sheet.append([])
    sheet.append(list(table.columns))
    for row in table.itertuples(index=False):
        sheet.append([None if value is None or value == "" or value != value else value for value in row])
    sheet["A1"].font = Font(bold=True, color="C00000")
    for j, header in enumerate(table.columns, 1):
        cell = sheet.cell(3, j)
        cell.font, cell.fill = Font(bold=True), PatternFill("solid", fgColor="DCE6F1")
        cell.alignment = Alignment(horizontal="center")
        widest = max([len(str(header)), *(len(str(value)) for value in table.iloc[:, j - 1])])
        sheet.column_dimensions[get_column_letter(j)].width = min(4 + 2 * widest, 46)
    sheet.freeze_panes = "A4"
    with file_aside(path) as new:
        book.save(new)
