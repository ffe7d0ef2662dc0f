"""Old Excel workbooks (.xls): values by calamine, from a container that holds nothing but the checked records."""

from __future__ import annotations

from kaohe_tools.grid.biff import broken, scan_workbook
from kaohe_tools.grid.library import Workbook
from kaohe_tools.grid.limits import RefusedError
from kaohe_tools.grid.model import Grid
from kaohe_tools.grid.ole import Container, wrap_stream
from kaohe_tools.grid.told import finish
from kaohe_tools.problems import Place, Problems

_ENCRYPTED = ("EncryptedPackage", "EncryptionInfo")
_STREAMS = ("Workbook", "Book", "WORKBOOK", "BOOK")


def read_xls(content: bytes, name: str, problems: Problems) -> list[Grid]:
    """The worksheets of an .xls file. Raises RefusedError for a password, for old Word files and for broken ones."""
    container = Container(content)
    if any(stream in container.names for stream in _ENCRYPTED):
        raise RefusedError("文件有密码，打不开", "请去掉密码后重新保存")
    if "WordDocument" in container.names:
        raise RefusedError("是旧版 Word 文件（.doc），不能读取", "请用 Word 或 WPS 打开后另存为 .docx")
    stream = next((stream for stream in _STREAMS if stream in container.names), None)
    if stream is None:
        raise RefusedError("文件打不开（不是 Excel 工作簿）", "请用 Excel 或 WPS 打开后另存为 .xlsx")
    records, facts = scan_workbook(container.read(stream))
    workbook = Workbook(wrap_stream(stream, records))
    sheets = workbook.sheets()
    if len(sheets) != sum(fact is not None for fact in facts):
        raise broken()
    grids: list[Grid] = []
    for number, title, hidden in sheets:
        fact = facts[number]
        if fact is None:
            raise broken()
        try:
            grids.append(finish(Grid(name, title, workbook.rows(number), hidden=hidden), fact, problems))
        except RefusedError as refused:
            problems.error(Place(name, title), refused.message, refused.advice)
    if "_VBA_PROJECT_CUR" in container.names or "_VBA_PROJECT" in container.names:
        problems.note(Place(name), "文件里有宏，没有读取也没有运行", "数据以单元格里的为准")
    return grids
