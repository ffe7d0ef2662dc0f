"""Workbooks recalculated by LibreOffice, all of them in one call: it starts slowly and calculates fast."""

from __future__ import annotations

import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet
from python_calamine import CalamineWorkbook

HEADER = 3  # the row of the columns' names

Edit = Callable[[openpyxl.Workbook], None]


@dataclass(frozen=True)
class Job:
    """A workbook and what somebody changes in it (nothing: None)."""

    path: Path
    edit: Edit | None = None


Values = dict[str, list[list[object]]]  # by sheet, rows of cells; a blank is ''

_STORED = re.compile(rb"(</f>)<v>[^<]*</v>")


def values_of(path: Path) -> Values:
    """Every cell of a workbook as it is stored."""
    book = CalamineWorkbook.from_path(path)
    return {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}


def _without_values(path: Path, target: Path) -> None:
    """A copy whose formulas have no values yet: LibreOffice would keep those that are stored."""
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as copy:
        for name in source.namelist():
            copy.writestr(name, _STORED.sub(rb"\1", source.read(name)))


def recalculate(jobs: Mapping[str, Job], folder: Path) -> dict[str, Values]:
    """Each workbook after its change, with the values that LibreOffice finds; skips where there is none."""
    soffice = shutil.which("soffice")
    if soffice is None:
        pytest.skip("缺少 LibreOffice，本测试跳过")
    source, out, profile = folder / "改", folder / "算", folder / "用户"
    source.mkdir(parents=True)
    for name, job in jobs.items():
        if job.edit is None:
            _without_values(job.path, source / f"{name}.xlsx")
            continue
        book = openpyxl.load_workbook(job.path)
        job.edit(book)
        book.save(source / f"{name}.xlsx")  # without the stored values, too
    command = [soffice, f"-env:UserInstallation={profile.as_uri()}", "--headless", "--convert-to", "xlsx"]
    paths = [str(source / f"{name}.xlsx") for name in jobs]
    subprocess.run([*command, "--outdir", str(out), *paths], check=True, capture_output=True, timeout=600)
    return {name: values_of(out / f"{name}.xlsx") for name in jobs}


def column_of(sheet: Worksheet, header: str) -> int:
    """The number of the column whose name begins so."""
    names = [str(cell.value or "") for cell in sheet[HEADER]]
    return next(i for i, name in enumerate(names, start=1) if name == header)


def rows_of(sheet: list[list[object]]) -> list[dict[str, object]]:
    """The rows of a sheet's values by the columns' names."""
    header, *rows = sheet[HEADER - 1 :]
    return [dict(zip(header, row, strict=True)) for row in rows]


def write(sheet: Worksheet, column: str, value: object, **where: object) -> int:
    """Write a value into the rows that hold these words under these names; gives how many. They must be inputs."""
    target, keys = column_of(sheet, column), {column_of(sheet, name): word for name, word in where.items()}
    found = 0
    for row in range(HEADER + 1, sheet.max_row + 1):
        if all((sheet.cell(row, key).value or "") == word for key, word in keys.items()):
            assert sheet.cell(row, target).fill.fgColor.rgb == "FFFFF2CC", (sheet.title, column, row)
            sheet.cell(row, target).value = value
            found += 1
    return found
