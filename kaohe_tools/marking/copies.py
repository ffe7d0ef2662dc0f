"""The marked copy of each input file: a workbook as it was, or a CSV, .xls or Word file as a new workbook.

A copy is meant to be corrected and put back, so it must read exactly as its original: each is read again before it is
written, and one that differs is not written. openpyxl loses the stored values of formulas on saving; in a copy every
formula is therefore replaced by its stored value (a formula without one becomes text), and the sheet 核对意见 says so.
"""

from __future__ import annotations

import datetime
import io
import re
import tempfile
import warnings
import zipfile
from collections.abc import Iterable, Iterator
from itertools import zip_longest
from pathlib import Path, PurePosixPath

import openpyxl
from openpyxl.cell.cell import ERROR_CODES
from openpyxl.utils import get_column_letter, range_boundaries
from openpyxl.workbook import Workbook

from kaohe_tools.grid import READABLE, Grid, Span, Unusable, read_file
from kaohe_tools.marking.cells import AUTHOR, MOST_COMMENTS, mark, unmark
from kaohe_tools.marking.opinion import add_opinion, is_ours
from kaohe_tools.plaintext import columns
from kaohe_tools.problems import NOTE, Place, Problem, Problems
from kaohe_tools.spreadsheet import put, sheet_names, timeless

SUFFIX = ".xlsx"
MOST_PICTURES = 100 * 2**20  # bytes of what is no XML, unpacked; the readers have measured the XML
MOST_MERGED = 500_000  # merged cells of a workbook that is marked
_BOOKS = (".xlsx", ".xlsm")
_WIDEST = 50  # characters of a column of a new workbook
_BACK = "请直接在本文件里改正，改好后放回案例文件夹"


def write_marked(folder: Path, problems: Iterable[Problem], out: Path, told: Problems | None = None) -> list[Path]:
    """Write a marked copy of each input file of a case that has problems into `out`; returns the files written.

    `told` takes what could not be copied, and why. Raises ValueError where `out` lies in the case folder: copies in
    it would be read as data.
    """
    told = Problems() if told is None else told
    if out.resolve().is_relative_to(folder.resolve()):
        raise ValueError(f"标注文件不能写进案例文件夹（{out}），否则会被当作数据读取")
    by_file: dict[str, list[Problem]] = {}
    for problem in Problems(list(problems)).sorted():
        by_file.setdefault(problem.place.file, []).append(problem)
    written: list[Path] = []
    for name in sorted(by_file):
        source = folder / name
        if not name or source.suffix.lower() not in READABLE or not _inside(source, folder) or not source.is_file():
            continue
        if all(problem.level == NOTE for problem in by_file[name]):
            continue
        target = _target(out, name, written)
        if not _inside(target, out) or _foreign(target):
            told.warning(Place(name), f"没有写标注文件：{target.name} 已有一个不是标注文件的同名文件", "请换一个文件夹")
        elif content := _copy(source, name, by_file[name], told):
            target.parent.mkdir(parents=True, exist_ok=True)
            partial = target.with_name(f".{target.name}.part")
            partial.write_bytes(content)
            partial.replace(target)
            written.append(target)
    return written


def _inside(path: Path, folder: Path) -> bool:
    return path.resolve().is_relative_to(folder.resolve())


def _target(out: Path, name: str, written: list[Path]) -> Path:
    """Where the copy goes: under its own name, as .xlsx; two that differ only in their suffix stay apart."""
    path = PurePosixPath(name)
    target = out / path.with_suffix(SUFFIX)
    return out / path.with_name(f"{path.stem}（{path.suffix[1:]}）{SUFFIX}") if target in written else target


def _foreign(path: Path) -> bool:
    """Is there a file already that is no marked copy?"""
    if not path.exists():
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            return AUTHOR.encode() not in archive.read("docProps/core.xml")
    except (OSError, KeyError, zipfile.BadZipFile):
        return True


def _copy(source: Path, name: str, problems: list[Problem], told: Problems) -> bytes | None:
    """The bytes of a marked copy; None (told) where the file cannot be opened or would not read as before."""
    trial = Problems()
    grids = read_file(source, trial, name)  # refuses what is broken, or too large to open
    if trial.errors or not grids:
        reason = trial.errors[0].message if trial.errors else "没有可标注的表"
        told.warning(Place(name), f"没有写标注文件：{reason}", "请填报人重新保存后再报送")
        return None
    try:
        whole = source.suffix.lower() in _BOOKS and zipfile.is_zipfile(source)
        book, names, remarks = _loaded(source) if whole else _rendered(grids, name)
        for sheet, title in names.items():
            mark(book[title], [p for p in problems if p.place.sheet == sheet])
        cells = {(p.place.sheet, p.place.cell) for p in problems if p.level != NOTE and p.place.cell}
        if len(cells) > MOST_COMMENTS:
            remarks.append(f"问题很多，每张表只在前 {MOST_COMMENTS} 个单元格写批注；全部问题见下表。")
        add_opinion(book, name, problems, names, remarks)
        book.properties.lastModifiedBy = AUTHOR
        content = timeless(book)
    except Exception as error:  # whatever a strange file makes the library raise, the user is told which file
        reason = str(error).splitlines()[0][:120] if str(error) else type(error).__name__
        told.warning(Place(name), f"没有写标注文件：{reason}", "请用 Excel 或 WPS 另存一次再试")
        return None
    place = _difference(grids, content, names)
    if place is not None:
        told.warning(place, "没有写标注文件：标注后读出的内容与原文件不一致", "请按问题清单在原文件里改正")
        return None
    return content


# --- a workbook as it was ---------------------------------------------------------------------------------------------


def _loaded(path: Path) -> tuple[Workbook, dict[str, str], list[str]]:
    """A workbook with the stored values of its formulas, its sheets by name, and what to say about it."""
    content = path.read_bytes()
    _refuse_vast(content)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(io.BytesIO(content), data_only=True, keep_links=False)
        formulas = openpyxl.load_workbook(io.BytesIO(content), keep_links=False) if _has_formulas(content) else None
    remarks = [f"{_BACK}，替换原文件。图表、图形和外部链接不在本文件里。"]
    if path.suffix.lower() != SUFFIX:
        remarks = [f"{_BACK}，并删去原来的 {path.name}。宏、图表、图形和外部链接不在本文件里。"]
    for sheet in [sheet for sheet in book.worksheets if is_ours(sheet)]:
        book.remove(sheet)
    for sheet in book.worksheets:
        unmark(sheet)
    if formulas is not None:
        remarks += _replace_formulas(book, formulas)
    return book, {sheet.title: sheet.title for sheet in book.worksheets}, remarks


def _sheet_texts(content: bytes) -> Iterator[bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in archive.namelist():
            if name.startswith("xl/worksheets/") and name.endswith(".xml"):
                yield archive.read(name)


def _has_formulas(content: bytes) -> bool:
    return any(b"<f" in text for text in _sheet_texts(content))


def _refuse_vast(content: bytes) -> None:
    """openpyxl reads every picture and makes an object of every merged cell; too many would take all memory."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        pictures = sum(info.file_size for info in archive.infolist() if not info.filename.endswith((".xml", ".rels")))
    if pictures > MOST_PICTURES:
        raise ValueError(f"图片等附带内容太大（{pictures // 2**20} MB）")
    area = 0
    for text in _sheet_texts(content):
        for ref in re.findall(rb"<(?:\w+:)?mergeCell\s[^>]*ref=[\"']([A-Z0-9:]+)", text):
            left, top, right, bottom = range_boundaries(ref.decode())
            area += (right - left + 1) * (bottom - top + 1)
    if area > MOST_MERGED:
        raise ValueError(f"合并的单元格太多（{area} 个）")


def _replace_formulas(book: Workbook, formulas: Workbook) -> list[str]:
    """Write formulas without a stored value as text into `book`; returns what to say about formulas."""
    valued = without = 0
    for sheet in book.worksheets:
        for cell in (cell for row in formulas[sheet.title].iter_rows() for cell in row if cell.data_type == "f"):
            own = sheet.cell(cell.row, cell.column)
            if own.value is None:
                text = getattr(cell.value, "text", None) or str(cell.value)
                put(own, text if text.startswith("=") else f"={text}")
                without += 1
            else:
                valued += 1
    told = [f"原文件的 {valued} 个公式在本文件里是算好的数，改正后不会自动重算。"] if valued else []
    return told + ([f"有 {without} 个公式没有存计算结果，按文字写出，请直接填数。"] if without else [])


# --- anything else as a new workbook ----------------------------------------------------------------------------------


def _rendered(grids: list[Grid], name: str) -> tuple[Workbook, dict[str, str], list[str]]:
    """A new workbook with a sheet for each grid, every cell where it stood."""
    book = Workbook()
    book.remove(book.active)
    stem = PurePosixPath(name).stem
    titles = sheet_names([grid.sheet or stem for grid in grids])
    for grid, title in zip(grids, titles, strict=True):
        sheet = book.create_sheet(title)
        for j, column in enumerate(zip(*grid.rows, strict=True), 1):
            widest = max((columns(str(value)) for value in column if value is not None), default=0)
            sheet.column_dimensions[get_column_letter(j)].width = min(widest + 3, _WIDEST)
        for i, row in enumerate(grid.rows, 1):
            for j, value in enumerate(row, 1):
                if value is not None:
                    _write(sheet.cell(i, j), value)
        for span in _apart(grid.spans):
            sheet.merge_cells(None, span.top + 1, span.left + 1, span.bottom + 1, span.right + 1)
        if grid.hidden and len(grids) > 1:
            sheet.sheet_state = "hidden"
    remark = f"{_BACK}，并删去原来的 {PurePosixPath(name).name}。单元格的位置与原文件相同，原来的格式没有保留。"
    return book, {grid.sheet: title for grid, title in zip(grids, titles, strict=True)}, [remark]


def _write(cell, value: object) -> None:
    if isinstance(value, Unusable):
        put(cell, str(value))
        if str(value) in ERROR_CODES:
            cell.data_type = "e"
    elif isinstance(value, str):
        number = _number(value)
        put(cell, value if number is None else number)
    elif isinstance(value, (bool, int, float, datetime.date, datetime.time, datetime.timedelta)):
        cell.value = value
    else:
        put(cell, str(value))


def _number(text: str) -> int | float | None:
    """The number that a text of a CSV or Word file is, where nothing is lost by it: 18, 1.5, but not 007 or 1.50."""
    for kind in (int, float):
        try:
            number = kind(text)
        except ValueError:
            continue
        if str(number) == text and abs(number) < 10**15:
            return number
    return None


def _apart(spans: Iterable[Span]) -> Iterator[Span]:
    """Merged blocks that do not overlap an earlier one: Excel would call the file damaged."""
    taken: set[tuple[int, int]] = set()
    for span in spans:
        cells = {(i, j) for i in range(span.top, span.bottom + 1) for j in range(span.left, span.right + 1)}
        if len(cells) > 1 and not cells & taken:
            taken |= cells
            yield span


# --- does it read as before? ------------------------------------------------------------------------------------------


def _difference(grids: list[Grid], content: bytes, names: dict[str, str]) -> Place | None:
    """The first cell that a copy would give otherwise than its original; None where all are equal."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"copy{SUFFIX}"
        path.write_bytes(content)
        copied = {grid.sheet: grid for grid in read_file(path, Problems())}
    for grid in grids:
        if grid.sheet not in names:
            continue  # an earlier 核对意见
        other = copied.get(names[grid.sheet])
        if other is None:
            return grid.place()
        for i, (row, again) in enumerate(zip_longest(grid.filled(), other.filled(), fillvalue=[])):
            if row != again:
                for j, (a, b) in enumerate(zip_longest(row, again)):
                    if not _same(a, b):
                        return grid.place(i, j)
    return None


def _same(before: object, after: object) -> bool:
    if isinstance(before, Unusable):
        return str(before) == str(after) or after is not None  # a formula without a value is its text now
    if isinstance(before, str) or isinstance(after, str):
        return " ".join(str(before or "").split()) == " ".join(_shown(after).split())
    return before == after or (before in (None, "") and after in (None, ""))


def _shown(value: object) -> str:
    if value is None:
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
