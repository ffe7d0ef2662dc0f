"""Where score rows come from: CSV and Parquet files, folders of them in partitions (类别=…), an object store, a table.

Rows come in batches, never all at once, so that memory does not grow with them.
"""

from __future__ import annotations

import csv
import io
import mmap
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import fsspec
import pyarrow as pa
import pyarrow.csv as pcsv
import pyarrow.parquet as pq

from kaohe_tools.columns import CATEGORY, KINDS
from kaohe_tools.grid.limits import RefusedError
from kaohe_tools.grid.parquet import check_type, is_text
from kaohe_tools.grid.text import decode, separator_of
from kaohe_tools.headers import header_names, kind_of, positions_of
from kaohe_tools.problems import Place, Problems
from kaohe_tools.spreadsheet import column_letter

SCORES = KINDS["scores"]
SUFFIXES = (".csv", ".parquet")
TEXTS = ("stage", "subject", "code", "category", "project", "indicator", "component", "time", "rater")
READ = (*TEXTS, "score", "full", "done", "target")  # what is looked at; the rest of the columns does not matter
BATCH, BLOCK, HEAD = 1 << 18, 1 << 23, 1 << 16  # rows of Parquet, bytes of CSV, bytes in which its header is
_FETCHED = 1 << 20  # rows of Parquet whose bytes are fetched together
_CODED = pa.dictionary(pa.int32(), pa.string())
_LENGTH = 4  # bytes before each text that is written out; numbers of a dictionary take less
_ENDS = (b"\n", b"\r")


@dataclass(frozen=True)
class Source:
    """One table of score rows. `fields`: by field, the column (from 0); `fixed`: what holds for all rows; `unused`: the
    headers that say nothing here.

    `batches` gives record batches whose columns are named by field; `rows` turns numbers of data rows (from 0, in
    order) into rows of the file as people count them.
    """

    file: str
    fields: Mapping[str, int]
    batches: Callable[[], Iterator[pa.RecordBatch]]
    rows: Callable[[Sequence[int]], list[int]]
    fixed: Mapping[str, str] = field(default_factory=dict)
    unused: Sequence[str] = ()

    def place(self, row: int, name: str) -> Place:
        """A cell; `row` as people count."""
        return Place(self.file, "", f"{column_letter(self.fields.get(name, 0) + 1)}{row}")


def table_source(table: pa.Table, name: str = "") -> Source:
    """A table in memory with the headers of a 得分 sheet. Raises RefusedError where it lacks one."""
    fields = _fields(table.column_names)
    chosen = table.select(list(fields.values()))

    def batches() -> Iterator[pa.RecordBatch]:
        return (_batch(batch, fields) for batch in chosen.to_batches(BATCH))

    return Source(name, fields, batches, lambda rows: [row + 2 for row in rows])


def sources_in(where: str | Path, problems: Problems) -> list[Source]:
    """The score tables of a CSV or Parquet file or of all such files in a folder (path or URL), by name.

    Folders named 类别=… say the category of all rows in them. What cannot be read is told.
    """
    system, top = fsspec.core.url_to_fs(str(where))
    one = system.isfile(top)
    paths = [top] if one else sorted(path for path in system.find(top) if path.lower().endswith(SUFFIXES))
    if not paths:
        problems.error(Place(str(where)), "没有 .csv 或 .parquet 文件", "请检查路径")
    found: list[Source] = []
    for path in paths:
        name = path[len(top) :].lstrip("/") if path != top else path.rsplit("/", 1)[-1]
        try:
            found.append(source_of(path, name, system))
        except RefusedError as refused:
            problems.error(Place(name, "", refused.cell), refused.message, refused.advice)
    return found


def source_of(path: str, name: str, system: Any) -> Source:
    """One file. Raises RefusedError where it cannot be read or is no table of scores."""
    with _refusing():
        return (_parquet if path.lower().endswith(".parquet") else _csv)(path, name, system)


class _refusing:  # noqa: N801 - used as a statement
    """What Arrow and the file system say, as a refusal in Chinese."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, RefusedError) or error is None:
            return
        if isinstance(error, (pa.ArrowException, OSError, UnicodeError, csv.Error)):
            raise RefusedError(*_why(error)) from None


def _why(error: BaseException) -> tuple[str, str]:
    text = str(error)
    if "columns, got" in text:
        row = text.partition("Row #")[2].partition(":")[0]
        wide, got = (
            part.split()[0].rstrip(":") for part in (text.partition("Expected ")[2], text.partition("got ")[2])
        )
        where = f"第 {row} 行" if row.isdigit() else "有一行"
        return f"{where}有 {got} 格，表头有 {wide} 格，没有读取", "请用 Excel 打开核对，或由原来的程序重新写出"
    if "UTF8" in text or isinstance(error, UnicodeError):
        return "里面有不是 UTF-8 编码的文字，没有读取", "请另存为“CSV UTF-8”"
    return "文件打不开（内容不完整或已损坏）", "请由原来的程序重新写出"


def _fields(titles: Sequence[object]) -> dict[str, int]:
    """By field, where its column stands. Raises RefusedError where these are not the headers of score rows."""
    names = header_names(list(titles), ())
    if kind_of(names.values(), ()) is not SCORES:
        raise RefusedError("不是得分表（要有“考核对象”“指标”“得分”三列）", "请核对表头")
    fields = {name: at for name, at in positions_of(SCORES, names, ()).items() if name in READ}
    twice = [name for name in names.values() if list(names.values()).count(name) > 1]
    if twice and {names[at] for at in fields.values()} & set(twice):
        raise RefusedError(f"表头“{twice[0]}”有两列，分不清以哪一列为准", "请删去一列，或改正表头")
    own = [at for at, name in names.items() if name == CATEGORY.header]
    return fields | ({"category": own[0]} if own else {})


def _unused(titles: Sequence[object]) -> list[str]:
    """The headers that no sheet of scores has."""
    names = header_names(list(titles), ())
    known = {*positions_of(SCORES, names, ()).values()}
    return [name for at, name in names.items() if at not in known and name != CATEGORY.header]


def _batch(batch: pa.RecordBatch, names: Iterable[str]) -> pa.RecordBatch:
    """Rows under other names; texts in the one way that all functions of Arrow know."""
    columns = (column.cast(pa.string()) if is_text(column.type) else column for column in batch.columns)
    return pa.record_batch(list(columns), list(names))


def _partition(name: str) -> dict[str, str]:
    """What the folders on the way to a file say (hive: 类别=…)."""
    said = dict(unquote(part).split("=", 1) for part in name.split("/")[:-1] if "=" in unquote(part))
    return {"category": said[CATEGORY.header]} if CATEGORY.header in said else {}


# --- Parquet ----------------------------------------------------------------------------------------------------------


def _parquet(path: str, name: str, system: Any) -> Source:
    """A Parquet file; the dictionaries it holds are kept, so that no text is taken apart a second time."""
    with system.open(path) as stream:
        file = pq.ParquetFile(stream)
        schema, plain = file.schema_arrow, _written_out(file.metadata)
    fields = _fields(schema.names)
    for at in fields.values():
        check_type(schema.field(at), at)
    titles = {schema.names[at]: name for name, at in fields.items()}
    texts = [title for title in titles if is_text(schema.field(title).type) and title not in plain]

    def batches() -> Iterator[pa.RecordBatch]:
        with _refusing(), system.open(path) as stream:
            file = pq.ParquetFile(stream, read_dictionary=texts, pre_buffer=True)
            for groups in _together(file.metadata):  # all at once would keep the whole file in memory
                for batch in file.iter_batches(BATCH, groups, list(titles)):
                    yield _batch(batch, [titles[title] for title in batch.schema.names])

    return Source(
        name, fields, batches, lambda rows: [row + 2 for row in rows], _partition(name), _unused(schema.names)
    )


def _together(metadata: pq.FileMetaData) -> Iterator[list[int]]:
    """Row groups in a row that are of a good size together."""
    groups, rows = [], 0
    for i in range(metadata.num_row_groups):
        groups.append(i)
        rows += metadata.row_group(i).num_rows
        if rows >= _FETCHED or i == metadata.num_row_groups - 1:
            yield groups
            groups, rows = [], 0


def _written_out(metadata: pq.FileMetaData) -> set[str]:
    """Columns whose texts stand there in full for the most part, not as numbers of a dictionary: their distinct values
    were too many. Arrow would need long to make one dictionary of them.
    """
    sizes: Counter[str] = Counter()
    for i in range(metadata.num_row_groups):
        group = metadata.row_group(i)
        for column in (group.column(j) for j in range(group.num_columns)):
            sizes[column.path_in_schema] += column.total_uncompressed_size
    return {name for name, size in sizes.items() if size > _LENGTH * metadata.num_rows}


# --- CSV --------------------------------------------------------------------------------------------------------------


def _csv(path: str, name: str, system: Any) -> Source:
    """A CSV file: UTF-8, UTF-16 or GB18030; titles may stand above its header."""
    with system.open(path) as stream:
        head = stream.read(HEAD)
    whole = head if len(head) < HEAD else head[: max(map(head.rfind, _ENDS)) + 1]
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise RefusedError("是 UTF-16 编码，大表不能这样读取", "请另存为“CSV UTF-8”")
    text = decode(whole)
    encoding = "utf-8" if _is_utf8(whole) else "gb18030"
    separator, _ = separator_of(text)
    titles, records, lines = _header(text, separator)
    fields = _fields(titles)
    reading = pcsv.ReadOptions(
        block_size=BLOCK, encoding=encoding, skip_rows=lines, column_names=[str(i) for i in range(len(titles))]
    )
    parsing = pcsv.ParseOptions(delimiter=separator, newlines_in_values=_has_quotes(path, system))
    converting = pcsv.ConvertOptions(
        include_columns=[str(at) for at in fields.values()],
        column_types={str(at): pa.string() if name == "subject" else _CODED for name, at in fields.items()},
        strings_can_be_null=True,
        null_values=[""],
    )

    def batches() -> Iterator[pa.RecordBatch]:
        with _refusing(), system.open(path) as stream, pcsv.open_csv(stream, reading, parsing, converting) as reader:
            for batch in reader:
                yield batch.rename_columns(list(fields))

    def rows(wanted: Sequence[int]) -> list[int]:
        with _refusing(), system.open(path) as stream:
            lines = io.TextIOWrapper(stream, encoding="utf-8-sig" if encoding == "utf-8" else encoding, newline="")
            return _counted(csv.reader(lines, delimiter=separator), records, wanted)

    return Source(name, fields, batches, rows, _partition(name), _unused(titles))


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    return True


def _header(text: str, separator: str) -> tuple[list[str], int, int]:
    """The titles of the first row that is a header of scores, and how many records and lines end with it."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    for record, row in enumerate(reader, 1):
        if kind_of(header_names(list(row), ()).values(), ()) is SCORES:
            return list(row), record, reader.line_num
    raise RefusedError("不是得分表（要有“考核对象”“指标”“得分”三列）", "请核对表头")


def _has_quotes(path: str, system: Any) -> bool:
    """May a cell hold a line break? Not where there is no quote in the whole file; elsewhere than on disk it may."""
    if not Path(path).is_file() or not Path(path).stat().st_size:
        return True
    with open(path, "rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return content.find(b'"') >= 0


def _counted(reader: Iterator[list[str]], before: int, wanted: Sequence[int]) -> list[int]:
    """The records of the file that data rows are; empty lines are no data rows, and count as rows."""
    asked, found, data = set(wanted), {}, 0
    for record, row in enumerate(reader, 1):
        if record <= before or not row:
            continue
        if data in asked:
            found[data] = record
            if len(found) == len(asked):
                break
        data += 1
    return [found[row] for row in wanted]
