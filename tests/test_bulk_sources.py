"""Where the rows of a big table come from: CSV as offices write it, Parquet, partitions, memory, object stores."""

from __future__ import annotations

import io
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from offices import SHEETS
from test_bulk import SCORES, small

from kaohe_tools.bulk import codes, sources
from kaohe_tools.bulk.filling import fill
from kaohe_tools.bulk.known import LONGEST, Known
from kaohe_tools.bulk.standing import leaf_sums
from kaohe_tools.bulk.whole import assess_bulk
from kaohe_tools.exact import tidy
from kaohe_tools.problems import Problems

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")


def _result(folder: Path, where: object) -> pd.DataFrame:
    """The sums of the small office's parts, its scores being somewhere."""
    whole, problems = assess_bulk(folder), Problems()
    board = whole.board
    found = [where] if isinstance(where, sources.Source) else sources.sources_in(where, problems)
    filled = fill(board, found)
    assert not filled.flawed and filled.rows == len(SCORES) and not problems.items
    return leaf_sums(board, filled.scores)


def test_a_data_set_in_partitions_a_table_in_memory_and_an_object_store_are_the_same(tmp_path):
    import fsspec

    folder = small(tmp_path / "例")
    expected = _result(folder, folder / "得分.csv")
    category = dict(SHEETS["名册"][1:])
    frame = pd.DataFrame(SCORES, columns=["考核对象", "指标", "得分"])
    table = pa.Table.from_pandas(frame, preserve_index=False)
    for name in dict.fromkeys(category.values()):
        own = frame[frame["考核对象"].map(category) == name]
        (tmp_path / "集" / f"类别={name}").mkdir(parents=True)
        pq.write_table(pa.Table.from_pandas(own, preserve_index=False), tmp_path / "集" / f"类别={name}" / "0.parquet")
    stream = io.BytesIO()
    pq.write_table(table, stream)
    fsspec.filesystem("memory").pipe("/kaohe/得分.parquet", stream.getvalue())
    large = table.cast(
        pa.schema([("考核对象", pa.large_string()), ("指标", pa.large_string()), ("得分", pa.float32())])
    )
    for where in (
        *(tmp_path / "集", "memory://kaohe/得分.parquet", sources.table_source(table), sources.table_source(large)),
        sources.table_source(table.set_column(2, "得分", pa.array([Decimal(row[2]) for row in SCORES]))),
        sources.table_source(table.set_column(0, "考核对象", table.column("考核对象").dictionary_encode())),
    ):
        pd.testing.assert_frame_equal(_result(folder, where), expected)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("separator", [",", "\t", ";"])
def test_csv_files_are_read_as_offices_write_them(tmp_path, encoding, separator):
    folder = small(tmp_path / "例")
    expected = _result(folder, folder / "得分.csv")
    lines = [["年度得分表"], [], ["考核 对象", "指标", "得分（分）", "备注"]]
    lines += [[f"{row[0][0]}　{row[0][1:]}", row[1], str(row[2]), '"有,逗号\n换行"'] for row in SCORES]
    text = "\r\n".join(separator.join(line) for line in lines)
    path = tmp_path / "表.csv"
    path.write_text(text, encoding=encoding, newline="")
    pd.testing.assert_frame_equal(_result(folder, path), expected)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "不是得分表"),
        ("甲,乙\n1,2\n".encode(), "不是得分表"),
        ("考核对象,指标,得分,得分\n甲局,党建,1,2\n".encode(), "表头“得分”有两列"),
        ("考核对象,指标,得分\n".encode("utf-16"), "UTF-16"),
    ],
)
def test_a_file_that_is_no_table_of_scores_is_told(tmp_path, content, said):
    (tmp_path / "表.csv").write_bytes(content)
    problems = Problems()
    assert sources.sources_in(tmp_path / "表.csv", problems) == []
    assert said in problems.items[0].message


def test_names_are_compared_as_names_are_and_numbers_read_as_cells_are():
    names = codes.Names({"人事处": 4}, 9)
    assert names.numbers(pa.array(["人 事　处", "人事处", "", "财务处"])).tolist() == [4, 4, 9, 9, 9]
    figures = codes.Figures()
    read = figures.of(pa.array(["１．５", "2", None, " ", "18.25"]))
    assert read[[0, 1, 4]].tolist() == [1.5, 2, 18.25] and np.isnan(read[2:4]).all() and not figures.odd
    assert figures.of(pa.array(["3+2"])).tolist() == [5.0] and figures.odd


_TEXTS = st.text(st.sampled_from("人事处财务01 a\u3000\0"), max_size=30)


@given(st.sets(_TEXTS.map(tidy)), st.lists(_TEXTS | st.none()), st.integers(0, 3))
def test_a_known_name_is_found_and_nothing_else_is_taken_for_it(names, others, skipped):
    listed = sorted(names)
    texts = [*others, *listed, *(name[:-1] for name in listed), *(f"{name} " for name in listed)]
    column = pa.array(texts, pa.string()).slice(skipped)
    at = Known(pa.array(listed, pa.string())).find(column).tolist()
    for text, i in zip(texts[skipped:], at, strict=True):
        assert i < 0 or listed[i] == tidy(text)
        assert i >= 0 or text not in names or text == "" or len(text.encode()) > LONGEST
    numbered = codes.Names({name: 10 + i for i, name in enumerate(listed)}, -7)
    expected = [-7 if text is None else numbered.known.get(tidy(text), -7) for text in texts[skipped:]]
    coded, distinct = numbered.coded(column)
    assert numbered.numbers(distinct)[coded].tolist() == expected
    assert numbered.numbers(column.fill_null("?"))[:-1].tolist() == expected


def test_names_are_found_among_many_thousands():
    names = pa.array([f"{'省市县乡'[i % 4]}{i}" for i in range(70_000)])
    assert (Known(names).find(names) == np.arange(70_000)).all()


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.string_view()], ids=str)
@pytest.mark.parametrize("coded", [True, False], ids=["字典", "逐字"])
@pytest.mark.parametrize("group", [1, 4, 1_000])
def test_however_a_parquet_file_keeps_its_texts_the_scores_are_the_same(tmp_path, monkeypatch, kind, coded, group):
    folder = small(tmp_path / "例")
    expected = _result(folder, folder / "得分.csv")
    columns = [pa.array(column, kind) for column in list(zip(*SCORES, strict=True))[:2]]
    table = pa.table([*columns, pa.array([row[2] for row in SCORES])], names=["考核对象", "指标", "得分"])
    pq.write_table(table, tmp_path / "表.parquet", use_dictionary=coded, row_group_size=group)
    monkeypatch.setattr(sources, "_FETCHED", 5)
    pd.testing.assert_frame_equal(_result(folder, tmp_path / "表.parquet"), expected)


def test_short_floats_are_read_as_the_file_shows_them():
    figures = codes.Figures()
    short = pa.array([92.015, 1.115, None, float("nan"), 92.015], pa.float32())
    for column in (short, short.dictionary_encode()):
        read = figures.of(column)
        assert read[[0, 1, 4]].tolist() == [92.015, 1.115, 92.015] and np.isnan(read[2:4]).all() and not figures.odd
    assert figures.of(short[:2].cast(pa.float16(), safe=False)).tolist() == [92.0, 1.115]


@pytest.mark.parametrize("name", ["得分.CSV", "得分.Parquet"])
def test_the_case_of_letters_in_a_suffix_does_not_matter(tmp_path, name):
    folder = small(tmp_path / "例", form=name[3:].lower())
    expected = _result(folder, folder / name.lower())
    (folder / name.lower()).rename(folder / name)
    (tmp_path / "集").mkdir()
    (tmp_path / "集" / name).write_bytes((folder / name).read_bytes())
    for where in (tmp_path / "集", tmp_path / "集" / name):
        pd.testing.assert_frame_equal(_result(folder, where), expected)


def test_a_board_beyond_the_table_is_looked_up_by_key(tmp_path, monkeypatch):
    folder = small(tmp_path / "例")
    expected = assess_bulk(folder).assessment.scores
    monkeypatch.setattr("kaohe_tools.bulk.board._DENSE", 0)
    assert assess_bulk(folder).assessment.scores.equals(expected)
