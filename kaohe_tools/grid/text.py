"""CSV files: which encoding, which separator, and then cells; nothing is replaced, nothing guessed in silence."""

from __future__ import annotations

import codecs
import csv
import io
import re
from itertools import islice

from kaohe_tools.grid import limits
from kaohe_tools.grid.limits import RefusedError, too_large
from kaohe_tools.grid.model import ERROR_VALUES, Grid, error_value
from kaohe_tools.problems import Problems

_SEPARATORS = {",": "逗号", "\t": "制表符", ";": "分号"}
_RARE = {"，": "中文逗号"}  # only where no other divides anything: it also stands in texts
_HEADER_WITHIN = 50  # lines
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_SAVE_AGAIN = "请用 Excel 打开，另存为“CSV UTF-8”或 .xlsx"
_STATED = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)
_WHOLE_LINES = 3  # lines in one cell that look like lines of the table: a quote was not closed


def read_csv(content: bytes, name: str, problems: Problems) -> list[Grid]:
    """The one sheet of a CSV file, named "". Raises RefusedError for text that cannot be read to the last byte."""
    text = decode(content)
    separator, said = separator_of(text)
    rows = _rows(text, separator)
    while rows and not any(rows[-1]):
        rows.pop()
    width = max((_width(row) for row in rows), default=0)
    if len(rows) * width > limits.CELLS:
        widest = max(range(len(rows)), key=lambda i: len(rows[i]))
        raise too_large(len(rows), width, Grid(name, "", []).place(widest, width - 1).cell)
    cells: list[list[object]] = [[cell or None for cell in row[:width]] + [None] * (width - len(row)) for row in rows]
    grid = Grid(name, "", cells)
    if said:
        problems.note(grid.place(), f"按{said}分列读取", "如不对，请另存为逗号分隔的 CSV 或 .xlsx")
    _look_at_cells(grid, separator, problems)
    if not rows:
        problems.note(grid.place(), "文件是空的")
    return [grid]


def decode(content: bytes) -> str:
    """Text that is UTF-8, UTF-16 with a byte order mark, or GB18030. Raises RefusedError with the bad line."""
    encoding = next((encoding for mark, encoding in _MARKS if content.startswith(mark)), "")
    if encoding == "utf-16":
        return _strictly(content, encoding, "UTF-16")
    if b"\0" in content:
        at = content.index(b"\0")
        raise RefusedError(f"第 {_line(content, at)} 行有空字符（NUL），不是正常的文本，没有读取", _SAVE_AGAIN)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        # one broken byte makes no GB18030 of a UTF-8 text: most of it would then read as other characters
        rough = content.decode("utf-8", "replace")
        if encoding or len(re.findall(r"[\u3000-\u9fff\uff00-\uffef]", rough)) > 3 * rough.count("\ufffd"):
            return _strictly(content, "utf-8-sig", "UTF-8")
        return _strictly(content, "gb18030", "UTF-8 或 GB18030")


def _strictly(content: bytes, encoding: str, said: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        before = content[: error.start]
        line = (
            before.decode(encoding, "ignore").count("\n") + 1 if encoding == "utf-16" else _line(content, error.start)
        )
        bad = " ".join(f"{byte:02X}" for byte in content[error.start : error.start + 4])
        raise RefusedError(f"第 {line} 行有不是 {said} 编码的字节（{bad}），没有读取", _SAVE_AGAIN) from None


def _line(content: bytes, at: int) -> int:
    return content.count(b"\n", 0, at) + 1


def separator_of(text: str) -> tuple[str, str]:
    """What divides the cells, and its Chinese name where it is no comma: what divides the header into most columns.

    The header is the first line that anything divides; titles may stand above it.
    """
    if stated := _STATED.match(text):
        return stated[1], _SEPARATORS.get(stated[1], f"“{stated[1]}”") if stated[1] != "," else ""
    lines = [line for line in islice(io.StringIO(text), _HEADER_WITHIN) if line.strip()]
    for choice in (_SEPARATORS, _RARE):
        for line in lines:
            widths = {separator: _columns(line, separator) for separator in choice}
            best = max(widths, key=lambda separator: widths[separator])
            if widths[best] > 1:
                return best, "" if best == "," else choice[best]
    return ",", ""


def _columns(line: str, separator: str) -> int:
    try:
        return len(next(csv.reader([line], delimiter=separator), []))
    except csv.Error:
        return 1


def _rows(text: str, separator: str) -> list[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    rows: list[list[str]] = []
    cells = 0
    try:
        for row in reader:
            rows.append(row)
            cells += len(row) + 1
            if cells > limits.CELLS:
                raise RefusedError(f"超过 {limits.CELLS} 格，没有读取", "请拆成几个文件")
    except csv.Error as error:
        line = reader.line_num
        if "field limit" in str(error):
            message = f"到第 {line} 行为止有一格超过 {limits.CSV_FIELD} 个字，多半是缺了右引号，没有读取"
        elif "unexpected end" in str(error):
            message = f"第 {_open_quote(rows) + 1} 行或以下有一格缺右引号（直到文件末尾也没有），没有读取"
        else:
            message = f"第 {line} 行的引号不成对，没有读取"
        raise RefusedError(message, "文字里有引号或换行的格，请用 Excel 重新保存为 CSV 或 .xlsx") from None
    return rows


def _open_quote(rows: list[list[str]]) -> int:
    """Lines of the file that were read whole."""
    return sum(1 + sum(cell.count("\n") for cell in row) for row in rows)


def _width(row: list[str]) -> int:
    """Columns up to the last cell that is not blank."""
    return next((j for j in range(len(row), 0, -1) if row[j - 1]), 0)


def _look_at_cells(grid: Grid, separator: str, problems: Problems) -> None:
    """Mark error values; warn of characters that were lost before, and of cells that swallowed lines of the table."""
    for i, row in enumerate(grid.rows):
        for j, cell in enumerate(row):
            if not isinstance(cell, str):
                continue
            if cell[0] == "#" and cell.strip().upper() in ERROR_VALUES:
                row[j] = error_value(cell.strip())
            elif "\ufffd" in cell:
                message = f"有已经损坏的字符（\ufffd）：“{cell[:20]}”"
                problems.warning(grid.place(i, j), message, "请对照原件改正")
            elif "\n" in cell and sum(separator in line for line in cell.split("\n")) >= _WHOLE_LINES:
                lines = cell.count("\n") + 1
                message = f"这一格里有 {lines} 行，像是表格的行，可能缺了右引号"
                problems.warning(grid.place(i, j), message, "请用 Excel 打开核对")
