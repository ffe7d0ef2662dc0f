"""A Parquet file in a case folder is a sheet like any other; what cannot be one is a single clear error."""

from __future__ import annotations

import datetime
import io
import random
import sys
from decimal import Decimal

import openpyxl
import pytest
from offices import SHEETS, make_case
from raw_files import one_error, only, read

from kaohe_tools.assess import assess
from kaohe_tools.grid import limits
from kaohe_tools.outputs import tables

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")


def parquet(columns: dict[str, object], **options: object) -> bytes:
    """A Parquet file of these columns."""
    stream = io.BytesIO()
    pq.write_table(pa.table(columns), stream, **options)
    return stream.getvalue()


def test_texts_numbers_dates_and_blanks_are_cells(tmp_path):
    day, moment = datetime.date(2023, 11, 10), datetime.datetime(2023, 11, 10, 8, 30)
    content = parquet({
        "考核对象": ["甲局", None], "类别": pa.array(["事业局", "事业局"]).dictionary_encode(),
        "得分": [1.5, float("nan")], "次数": pa.array([2, None], pa.int16()),
        "分值": pa.array([Decimal("16.50"), None]), "日期": [day, None], "时间": [moment, None],
        "值": [True, None], "备注": ["", "#N/A"], "空": pa.nulls(2),
    })  # fmt: skip
    header, first, second = only(tmp_path, "表.parquet", content).rows
    assert header == ["考核对象", "类别", "得分", "次数", "分值", "日期", "时间", "值", "备注", "空"]
    assert first == ["甲局", "事业局", 1.5, 2, 16.5, day, moment, True, None, None]
    assert second[:8] == [None, "事业局", None, None, None, None, None, None] and str(second[8]) == "#N/A"


def test_short_floats_are_read_as_the_file_shows_them(tmp_path):
    short = pa.array([92.015, 0.1, -1e-5, 16777216, float("nan"), None], pa.float32())
    content = parquet({"单": short, "单的代码": short.dictionary_encode(), "半": short.cast(pa.float16(), safe=False)})
    single, coded, half = (list(column) for column in zip(*only(tmp_path, "表.parquet", content).rows[1:], strict=True))
    assert single == coded == [92.015, 0.1, -1e-5, 16777216, None, None]
    assert half[:2] == [92.0, 0.1] and half[4:] == [None, None]


def test_a_case_of_parquet_files_has_the_result_of_the_same_case_in_excel(tmp_path):
    expected = tables(assess(make_case(tmp_path / "甲")))
    folder = make_case(tmp_path / "乙")
    (folder / "数据.xlsx").unlink()
    for name, (header, *rows) in SHEETS.items():
        full = [[*row, *[None] * (len(header) - len(row))] for row in rows]
        columns = {title: [row[j] for row in full] for j, title in enumerate(header)}
        (folder / f"{name}.parquet").write_bytes(parquet(columns))
    found = tables(assess(folder))
    for name in ("结果", "理由", "名额", "运用"):
        assert found[name].equals(expected[name]), name
    lines = found["明细"][found["明细"]["文件"] == "得分.parquet"]
    assert lines["单元格"].tolist() == expected["明细"].loc[lines.index, "单元格"].tolist() and len(lines) == 10


def test_a_flaw_is_told_at_its_cell(tmp_path):
    folder = make_case(tmp_path / "例", {"得分!D2": None})
    book = openpyxl.load_workbook(folder / "数据.xlsx")
    del book["得分"]
    book.save(folder / "数据.xlsx")
    names, scores = [row[0] for row in SHEETS["得分"][1:]], ["十八", *(str(row[3]) for row in SHEETS["得分"][2:])]
    columns = {"考核对象": names, "考核项目": [row[1] for row in SHEETS["得分"][1:]]}
    columns |= {"指标": [row[2] for row in SHEETS["得分"][1:]], "得分": scores}
    (folder / "得分.parquet").write_bytes(parquet(columns))
    with pytest.raises(Exception, match=r"错误 得分\.parquet!D2：得分“十八”不是数字"):
        assess(folder)


@pytest.mark.parametrize(
    ("column", "said"),
    [
        ([[1, 2]], "list"),
        ([{"x": 1}], "struct"),
        ([b"x"], "binary"),
        (pa.array([datetime.timedelta(1)]), "duration"),
        (pa.array([datetime.time(1)]), "time64"),
    ],
)
def test_a_column_that_is_no_cell_is_refused_by_name(tmp_path, column, said):
    message = one_error(tmp_path, "表.parquet", parquet({"考核对象": ["甲局"], "附件": column}))
    assert message.startswith(f"表.parquet!B1：列“附件”的类型是 {said}") and "不是文字、数字或日期，没有读取" in message


def test_a_sheet_beyond_the_limit_is_refused_before_it_is_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "CELLS", 8)
    message = one_error(tmp_path, "表.parquet", parquet({"甲": [1, 2, 3, 4], "乙": [1, 2, 3, 4]}))
    assert message == (
        "表.parquet!B5：表格范围过大（5 行 × 2 列，最远的单元格是 B5），没有读取；请拆成几个文件；一个文件最多 8 格"
    )
    monkeypatch.setattr(limits, "CELLS", 10)
    assert len(only(tmp_path, "表.parquet", parquet({"甲": [1, 2, 3, 4], "乙": [1, 2, 3, 4]})).rows) == 5


def test_a_text_that_unpacks_without_end_is_refused(tmp_path, monkeypatch):
    content = parquet({"甲": ["x" * 3_000_000] * 10}, compression="zstd")
    assert "超过 131072 个字" in one_error(tmp_path, "表.parquet", content)
    monkeypatch.setattr(limits, "UNPACKED_BYTES", 2**20)
    assert "解压后超过 1 MB，没有读取" in one_error(tmp_path, "表.parquet", content)


def test_a_long_text_said_often_takes_its_room_once(tmp_path):
    rows = only(tmp_path, "表.parquet", parquet({"甲": ["长" * 1000] * 5})).rows
    assert len({id(row[0]) for row in rows[1:]}) == 1


def test_without_the_extra_it_is_said_what_to_install(tmp_path, monkeypatch):
    content = parquet({"甲": [1]})
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    message = one_error(tmp_path, "表.parquet", content)
    assert 'pip install "kaohe_tools[scale]"' in message and "没有读取" in message


def test_a_parquet_file_under_another_name_is_read_by_its_content(tmp_path):
    grids, told = read(tmp_path, "表.csv", parquet({"甲": [1]}))
    assert grids[0].rows == [["甲"], [1]]
    assert told == ["提示 表.csv：扩展名是 .csv，内容是 Parquet 表，按内容读取；请改正扩展名"]


def test_what_is_no_parquet_under_its_name_is_refused(tmp_path):
    assert one_error(tmp_path, "表.parquet", b"\1\2\3").startswith("表.parquet：文件打不开（内容不是 Parquet 表）")


def test_broken_files_are_one_error_each(tmp_path):
    chance = random.Random(1)
    good = parquet({"考核对象": [f"第{i}单位" for i in range(50)], "得分": [i / 7 for i in range(50)]})
    refused = 0
    for i in range(150):
        content = bytearray(good)
        for _ in range(1 + i % 4):
            content[chance.randrange(4, len(content))] ^= 1 << chance.randrange(8)
        grids, told = read(
            tmp_path, "表.parquet", bytes(content[: chance.randrange(5, len(content))] if i % 3 else content)
        )
        assert len(grids) + len(told) == 1 and all("（" in line or "没有读取" in line for line in told)
        refused += not grids
    assert refused > 75
