"""From a folder to its sheets: which files are data, and which reader takes each, told by what is in it."""

from __future__ import annotations

import os
import stat
from collections.abc import Collection
from pathlib import Path
from xml.etree.ElementTree import ParseError

from kaohe_tools.grid import limits
from kaohe_tools.grid.archive import BROKEN, member_names
from kaohe_tools.grid.limits import RefusedError
from kaohe_tools.grid.model import Grid
from kaohe_tools.grid.ole import SIGNATURE
from kaohe_tools.grid.parquet import SIGNATURE as PARQUET_SIGNATURE
from kaohe_tools.grid.parquet import read_parquet
from kaohe_tools.grid.text import decode, read_csv
from kaohe_tools.grid.word import read_word
from kaohe_tools.grid.xls import read_xls
from kaohe_tools.grid.xlsx import read_xlsx
from kaohe_tools.problems import Place, Problems

EXCEL, TEXT, WORD, PARQUET = (".xlsx", ".xlsm", ".xls"), (".csv",), (".docx",), (".parquet",)
READABLE = EXCEL + TEXT + WORD + PARQUET

OWN_TEMPLATES = "模板"  # this folder of a case holds the office's own Word templates: no data

_READERS = {"xlsx": read_xlsx, "xls": read_xls, "csv": read_csv, "docx": read_word, "parquet": read_parquet}
_MEANT = {".xlsx": "xlsx", ".xlsm": "xlsx", ".xls": "xls", ".csv": "csv", ".docx": "docx", ".parquet": "parquet"}
_SAID = {
    **{"xlsx": " .xlsx 工作簿", "xls": "旧版 .xls 工作簿"},
    **{"csv": "文本（CSV）", "docx": "Word 文档", "parquet": " Parquet 表"},
}
_AS_EXCEL = "请用 Excel 或 WPS 打开后另存为 .xlsx"
_UNREAD = {
    **dict.fromkeys((".et", ".ett", ".xlsb", ".ods", ".numbers", ".xlt", ".xltx"), _AS_EXCEL),
    **dict.fromkeys((".txt", ".tsv", ".htm", ".html", ".mht", ".xml"), "如是数据，请用 Excel 打开后另存为 .xlsx"),
    **dict.fromkeys((".doc", ".wps", ".wpt", ".rtf", ".odt", ".docm", ".pages"), "请用 Word 或 WPS 另存为 .docx"),
    **dict.fromkeys((".zip", ".rar", ".7z"), "请解压后把里面的文件放进来"),
    **dict.fromkeys((".pdf", ".ofd", ".jpg", ".jpeg", ".png"), "如是数据，请录入 .xlsx；如是佐证材料，可不理会"),
}
_TABLES = (".et", ".xlsb", ".ods", ".numbers", ".doc", ".wps")  # most likely data that somebody counts on
_WEB = ("<html", "<!doctype html", "<table", "<meta", "<head", "<body", "<style", "<div", "mime-version:")


def read_folder(folder: Path, problems: Problems, without: Collection[str] = ()) -> list[Grid]:
    """All sheets of all data files of a case folder, in the order of their names; what is not read is told.

    Links are not followed, and nothing but plain files is opened. `without`: files that are read elsewhere.
    """
    grids: list[Grid] = []
    for path in sorted(_entries(folder, problems), key=lambda p: p.relative_to(folder).as_posix()):
        name = path.relative_to(folder).as_posix()
        if path.name.startswith((".", "~$")) or path.suffix.lower() in (".yaml", ".yml") or name in without:
            continue
        if name.startswith(f"{OWN_TEMPLATES}/"):
            _tell_template(path, name, problems)
            continue
        if path.is_symlink():
            problems.warning(Place(name), "是指向别处的链接，没有读取", "请把文件本身复制到案例文件夹里")
        elif not path.is_file():
            problems.warning(Place(name), "不是普通文件，没有打开")
        elif path.suffix.lower() in READABLE:
            grids.extend(read_file(path, problems, name))
        else:
            _tell_unread(path, name, problems)
    return grids


def _entries(folder: Path, problems: Problems) -> list[Path]:
    """All that lies in a folder and in its folders, folders themselves aside."""
    found: list[Path] = []

    def tell(error: OSError) -> None:
        place = Place(Path(error.filename or "").name)
        problems.error(place, "文件夹打不开，里面的文件没有读取", "请检查读写权限")

    for top, folders, files in os.walk(folder, onerror=tell):
        found += [Path(top, name) for name in files]
        found += [Path(top, name) for name in folders if Path(top, name).is_symlink()]
    return found


def own_templates(folder: Path) -> list[Path]:
    """The Word templates that an office has put into its case folder, by name; links are not followed."""
    found = sorted((folder / OWN_TEMPLATES).glob("*.docx"))
    return [
        path for path in found if path.is_file() and not path.is_symlink() and not path.name.startswith((".", "~$"))
    ]


def _tell_template(path: Path, name: str, problems: Problems) -> None:
    if path.suffix.lower() in WORD:
        problems.note(Place(name), "是 Word 文稿的模板，没有作为数据读取")
    elif path.suffix.lower() in READABLE:
        advice = f"“{OWN_TEMPLATES}”文件夹只放 Word 模板；如是数据，请移到案例文件夹里"
        problems.warning(Place(name), f"放在“{OWN_TEMPLATES}”文件夹里，没有作为数据读取", advice)


def _tell_unread(path: Path, name: str, problems: Problems) -> None:
    suffix = path.suffix.lower()
    advice = _UNREAD.get(suffix, "数据请用 .xlsx、.xls、.csv 或 .docx")
    if suffix in _TABLES:
        problems.warning(Place(name), f"不能读取 {suffix} 文件，没有读取", advice)
    else:
        problems.note(Place(name), "不是数据文件，没有读取", advice)


def read_file(path: Path, problems: Problems, name: str | None = None) -> list[Grid]:
    """The sheets of one file (tables of a Word file); a file that cannot be opened is one error, not an exception."""
    place = Place(name or path.name)
    try:
        content = _content(path)
        kind = _kind(content, path.suffix.lower())
        told = len(problems)
        grids = _READERS[kind](content, place.file, problems)
        if not grids and len(problems) == told:
            raise RefusedError("文件打不开（里面没有工作表）", "请用 Excel 或 WPS 打开核对，重新另存后再试")
        if kind != _MEANT.get(path.suffix.lower()):
            problems.note(place, f"扩展名是 {path.suffix}，内容是{_SAID[kind]}，按内容读取", "请改正扩展名")
        return grids
    except RefusedError as refused:
        problems.error(Place(place.file, refused.sheet, refused.cell), refused.message, refused.advice)
    except MemoryError:
        problems.error(place, "内存不够，没有读取", "请关闭其他程序，或把文件拆小")
    except OSError as error:
        problems.error(place, f"文件打不开（{_why(error)}）", "请检查文件是否存在、是否有读取权限")
    except Exception as error:  # whatever a broken file makes the libraries raise, the user is told which file
        advice = "请确认文件没有损坏、没有加密，重新另存后再试"
        problems.error(place, f"文件打不开（{_why(error)}）", advice)
    return []


def _why(error: Exception) -> str:
    """An exception in Chinese, as far as it helps."""
    reasons: list[tuple[type[Exception] | tuple[type[Exception], ...], str]] = [
        (FileNotFoundError, "找不到文件"),
        (PermissionError, "没有读取权限"),
        (OSError, "读取时出错"),
        (BROKEN, "内容不完整或已损坏"),
        (ParseError, "内部的 XML 有错"),
        (UnicodeError, "内部的文字编码有错"),
    ]
    return next((text for kinds, text in reasons if isinstance(error, kinds)), "内部结构有错")


def _content(path: Path) -> bytes:
    """All bytes of a plain file that is not too large."""
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise RefusedError("不是普通文件，没有打开", "请换成 .xlsx、.xls、.csv 或 .docx 文件")
    if status.st_size > limits.FILE_BYTES:
        size = f"{status.st_size / 2**20:.0f} MB"
        raise RefusedError(f"文件过大（{size}），没有读取", f"最大 {limits.FILE_BYTES // 2**20} MB，请拆成几个文件")
    with path.open("rb") as stream:
        content = stream.read(limits.FILE_BYTES + 1)
    if len(content) > limits.FILE_BYTES:
        raise RefusedError("文件过大，没有读取", f"最大 {limits.FILE_BYTES // 2**20} MB，请拆成几个文件")
    return content


def _kind(content: bytes, suffix: str) -> str:
    """Which reader a content wants, whatever its name says. Raises RefusedError where there is none for it."""
    if content.startswith((b"PK\3\4", b"PK\5\6")):
        names = member_names(content)
        if any(name.startswith("word/") for name in names):
            return "docx"
        if any(name.startswith("xl/") for name in names) or "_rels/.rels" in names:
            return "xlsx"
        if "mimetype" in names or "content.xml" in names:
            raise RefusedError("是 OpenDocument 格式（.ods 或 .odt），不能读取", "请另存为 .xlsx 或 .docx")
        raise RefusedError("文件打不开（是压缩包，不是 Office 文件）", "请解压后把里面的文件放进来")
    if content.startswith(SIGNATURE):
        return "xls"
    if content.startswith((b"\x09\x08", b"\x09\x04", b"\x09\x02", b"\x09\x00")):
        raise RefusedError("是太旧的 Excel 格式，不能读取", _AS_EXCEL)
    if content.startswith(PARQUET_SIGNATURE):
        return "parquet"
    if content.startswith(b"%PDF"):
        raise RefusedError("其实是 PDF，不能读取", "请把数据录入 .xlsx")
    start = content[:4096].replace(b"\0", b"").decode("utf-8", "ignore").lstrip("\ufeff \t\r\n").lower()
    if start.startswith(_WEB) or (start.startswith("<?xml") and ("<html" in start or "<table" in start)):
        raise RefusedError("其实是网页表格（HTML），不是 Excel 工作簿，没有读取", _AS_EXCEL)
    if start.startswith("<?xml") and "spreadsheet" in start:
        raise RefusedError("其实是 XML 表格（Excel 2003），没有读取", _AS_EXCEL)
    if suffix in TEXT or (suffix == ".xls" and _is_table_of_text(content)):
        return "csv"
    if not content:
        raise RefusedError("文件打不开（是空文件）", "请重新保存后再试")
    wanted = "Word 文档" if suffix in WORD else "Parquet 表" if suffix in PARQUET else "Excel 工作簿"
    raise RefusedError(f"文件打不开（内容不是 {wanted}）", "请确认文件没有损坏、没有加密，重新另存后再试")


def _is_table_of_text(content: bytes) -> bool:
    """Systems export text with tabs or commas under the name of Excel."""
    try:
        return any(mark in decode(content)[:4096] for mark in "\t,")
    except RefusedError:
        return False
