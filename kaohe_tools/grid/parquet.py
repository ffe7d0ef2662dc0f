"""Parquet files: a table by columns, read like any other sheet. Needs pyarrow, which is an extra of its own.

Row 1 is the header and columns have letters, so that messages name cells as they do for Excel.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from kaohe_tools.grid import limits
from kaohe_tools.grid.limits import RefusedError, too_large
from kaohe_tools.grid.model import ERROR_VALUES, Grid, error_value
from kaohe_tools.problems import InputError, Place, Problems
from kaohe_tools.spreadsheet import column_letter

if TYPE_CHECKING:
    import pyarrow as pa

SIGNATURE = b"PAR1"  # at both ends of a file
EXTRA = 'pip install "kaohe_tools[scale]"'
_CONVERT = "请换成文字、数字或日期再写出，或另存为 .csv"
_AGAIN = "请由原来的程序重新写出，或另存为 .csv 或 .xlsx"


def needs_arrow() -> RefusedError:
    """What is said where pyarrow is not installed."""
    return RefusedError("读取 Parquet 和大表要另装软件，现在没有，没有读取", f"请安装：{EXTRA}，或另存为 .csv 或 .xlsx")


def require_arrow() -> None:
    """Raises InputError where pyarrow or fsspec is not installed."""
    if not (find_spec("pyarrow") and find_spec("fsspec")):
        problems, refused = Problems(), needs_arrow()
        problems.error(Place(), refused.message, refused.advice)
        raise InputError(problems)


def read_parquet(content: bytes, name: str, problems: Problems) -> list[Grid]:
    """The one sheet of a Parquet file, named "". Raises RefusedError for what is broken, too large or no plain table.

    Texts, whole and decimal numbers, dates, times and yes/no columns are read; NaN is a blank cell.
    """
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise needs_arrow() from None
    try:
        file = pq.ParquetFile(pa.BufferReader(content))
        _check_size(file.metadata)
        schema = file.schema_arrow
        for j, field in enumerate(schema):
            check_type(field, j)
        texts = [field.name for field in schema if is_text(field.type)]
        table = pq.ParquetFile(pa.BufferReader(content), read_dictionary=texts).read(use_threads=False)
        table.validate(full=True)
    except (pa.ArrowException, OSError, UnicodeError) as error:
        if isinstance(error, MemoryError):
            raise
        raise RefusedError("文件打不开（Parquet 内容不完整或已损坏）", _AGAIN) from None
    if not table.num_columns:
        problems.note(Grid(name, "", []).place(), "文件是空的")
        return [Grid(name, "", [])]
    columns = [_cells(column, j) for j, column in enumerate(table.columns)]
    header: list[object] = [title or None for title in table.column_names]
    return [Grid(name, "", [header, *map(list, zip(*columns, strict=True))])]


def check_type(field: pa.Field, column: int) -> None:
    """Raises RefusedError, with the column named, for what cannot stand in a cell: lists, records, bytes, durations."""
    import pyarrow as pa

    kind = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
    fits = (
        *(pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view, pa.types.is_boolean),
        *(pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal),
        *(pa.types.is_date, pa.types.is_timestamp, pa.types.is_null),
    )
    if not any(test(kind) for test in fits):
        message = f"列“{field.name}”的类型是 {kind}，不是文字、数字或日期，没有读取"
        raise RefusedError(message, _CONVERT, f"{column_letter(column + 1)}1")


def is_text(kind: pa.DataType) -> bool:
    """Is a column of a type texts, in whatever way Arrow keeps them?"""
    import pyarrow as pa

    return pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)


def shortest(values: pa.Array) -> pa.Array:
    """Short floats (float32, float16) as the float64 of the shortest decimal that is that number: 92.015 is 92.015 and
    not 92.01499938964844. Other arrays as they are. Only distinct values are written out, so millions are quick.
    """
    import pyarrow as pa

    if not (pa.types.is_float32(values.type) or pa.types.is_float16(values.type)):
        return values
    coded = values.dictionary_encode()
    if pa.types.is_float32(values.type):
        written = coded.dictionary.cast(pa.string())
    else:  # Arrow writes these with all the digits of a longer float
        written = pa.array(coded.dictionary.to_numpy(zero_copy_only=False).astype(str), pa.string())
    return written.cast(pa.float64()).take(coded.indices)


def _check_size(metadata: pa.parquet.FileMetaData) -> None:
    """What the file says of itself, before anything of it is unpacked."""
    rows, columns = metadata.num_rows + 1, metadata.num_columns
    if rows * columns > limits.CELLS:
        refused = too_large(rows, columns, f"{column_letter(min(columns, 18_278))}{rows}")
        raise RefusedError(refused.message, f"请拆成几个文件；一个文件最多 {limits.CELLS} 格", refused.cell)
    groups = (metadata.row_group(i) for i in range(metadata.num_row_groups))
    if sum(group.total_byte_size for group in groups) > limits.UNPACKED_BYTES:
        raise RefusedError(f"解压后超过 {limits.UNPACKED_BYTES // 2**20} MB，没有读取", "请拆成几个文件")


def _cells(column: pa.ChunkedArray, number: int) -> list[object]:
    """The cells of a column; equal texts are one object, so that a long text said often takes its room once."""
    import pyarrow as pa

    cells: list[object] = []
    for chunk in column.chunks:
        if not pa.types.is_dictionary(chunk.type):
            cells += _distinct(chunk, number) if is_text(chunk.type) else _plain(chunk)
            continue
        words = _distinct(chunk.dictionary, number) if is_text(chunk.dictionary.type) else _plain(chunk.dictionary)
        cells += [None if index is None else words[index] for index in chunk.indices.to_pylist()]
    return cells


def _distinct(texts: pa.Array, number: int) -> list[object]:
    """Texts as cells: blank ones None, error values marked. Raises RefusedError where one is beyond a cell's size."""
    words = texts.to_pylist()
    if any(word is not None and len(word) > limits.CSV_FIELD for word in words):
        message = f"有一格超过 {limits.CSV_FIELD} 个字，没有读取"
        raise RefusedError(message, "请删去这样的内容", f"{column_letter(number + 1)}1")
    return [error_value(w.strip()) if w and w.strip().upper() in ERROR_VALUES else w or None for w in words]


def _plain(values: pa.Array) -> list[object]:
    """Numbers and dates as cells: decimals as numbers, times without their zone, NaN as blank."""
    import pyarrow as pa

    values = shortest(values)
    kind = values.type
    if pa.types.is_decimal(kind):
        values = values.cast(pa.float64())
    elif pa.types.is_timestamp(kind):
        values = values.cast(pa.timestamp("us"), safe=False)
    return [None if value != value else value for value in values.to_pylist()]
