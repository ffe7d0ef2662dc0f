"""The importer: the real tables of 2019, row by row against their bare XML, and the workbook that comes out."""

from __future__ import annotations

import re
import zipfile
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pytest
from official_tables import Indicator, Style, body, bring, lay_out, told, write_word
from openpyxl import load_workbook

from kaohe_tools.importing import COLUMNS, write_indicators
from kaohe_tools.problems import WARNING, Problems

# The workbook


def test_the_written_workbook_reads_back_equal_and_lists_every_problem(tmp_path):
    dangerous = ["=1+1", "+加强领导", "-减少会议", "@全体"]
    rows = [Indicator("共性指标", "规划", text, 2.5) for text in dangerous]
    rows += [Indicator("个性指标", "", "办文。", "3+2"), Indicator("个性指标", "", "办会。", None)]
    path = write_word(tmp_path / "表.docx", ["办公室", *lay_out([rows], Style())])
    table, problems = bring(path)
    out = tmp_path / "指标.xlsx"
    write_indicators(table, out, problems)
    back = pd.read_excel(out, sheet_name="指标", dtype=object, keep_default_na=False, engine="openpyxl")
    assert list(back.columns) == COLUMNS
    assert back.values.tolist() == table.map(lambda value: "" if value is None else value).values.tolist()
    sheet = load_workbook(out)["指标"]
    assert sheet.freeze_panes == "A2" and all(cell.data_type == "s" for cell in sheet["E"])
    notes = pd.read_excel(out, sheet_name="说明", engine="openpyxl")
    assert list(notes.columns) == ["级别", "位置", "问题", "建议"]
    assert list(notes["问题"]) == [item.message for item in problems.sorted()]


def test_the_workbook_has_no_clock_in_it(tmp_path):
    path = write_word(tmp_path / "表.docx", ["办公室", body(["个性指标", "政务", "办文。", 5])])
    table, problems = bring(path)
    out = tmp_path / "指标.xlsx"
    write_indicators(table, out, problems)
    with zipfile.ZipFile(out) as archive:
        assert {entry.date_time[0] for entry in archive.infolist()} == {1980}
        assert set(re.findall(rb">(\d{4})-\d\d-\d\dT", archive.read("docProps/core.xml"))) == {b"1980"}


# The real document


def raw_tables(path: Path) -> list[list[list[str]]]:
    """Tables, rows and cell texts by the bare XML: nothing here is shared with the importer."""
    space = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"

    def text(cell: ElementTree.Element) -> str:
        return "".join(node.text or "" for node in cell.iter(f"{space}t"))

    with zipfile.ZipFile(path) as archive:
        root = ElementTree.fromstring(archive.read("word/document.xml"))
    return [
        [[text(cell) for cell in row.iter(f"{space}tc")] for row in table.iter(f"{space}tr")]
        for table in root.iter(f"{space}tbl")
    ]


@pytest.fixture(scope="module")
def document(shared) -> Path:
    path = shared / "input" / "qinghai_2019_indicators.docx"
    if not path.is_file():
        pytest.skip("缺少 ../shared/input 里的真实指标表，本测试跳过")
    return path


@pytest.fixture(scope="module")
def official(document) -> tuple[pd.DataFrame, Problems]:
    return bring(document)


def test_every_row_of_the_real_tables_comes_out_once_or_is_told(document, official):
    table, problems = official
    source = {(t, r) for t, rows in enumerate(raw_tables(document), 1) for r in range(2, len(rows) + 1)}
    assert len(source) == 1020
    used: Counter[tuple[int, int]] = Counter()
    for text in set(table["来源行"]):
        used.update((int(re.match(r"表(\d+)", text)[1]), int(row)) for row in re.findall(r"第(\d+)行", text))
    assert set(used.values()) == {1}
    assert source - set(used) == {(13, 41)} and set(used) <= source
    assert [item.place.cell for item in problems if "空行" in item.message] == ["41"]


def test_every_text_and_every_figure_of_the_real_tables_is_in_the_output(document, official):
    table, _ = official
    out: dict[tuple[int, int], tuple[str, object]] = {}
    for source, text, points in table[["来源行", "指标", "分值"]].itertuples(index=False):
        for row in re.findall(r"第(\d+)行", source):
            out[int(re.match(r"表(\d+)", source)[1]), int(row)] = text, points
    for t, rows in enumerate(raw_tables(document), 1):
        for r, cells in enumerate(rows[1:], 2):
            if (t, r) == (13, 41):
                continue
            text, points = out[t, r]
            assert "".join(cells[-2].split()) in "".join(text.split())
            if cells[-1] and (t, r) not in {(9, 57), (14, 21)}:
                assert points == float(cells[-1])


def test_the_real_tables_have_their_units_categories_and_labels(official):
    table, problems = official
    assert not problems.errors
    assert len(table) == 998 + 2 * 20
    assert table.loc[table["考核对象"] != "", "考核对象"].nunique() == 52
    shared = table[table["考核对象"] == ""]
    assert shared["类别"].value_counts().to_dict() == {"事业局": 12, "市州局": 12, "厅机关": 8, "厅直属单位": 8}
    assert set(shared["部分"]) == {"党政建设"}
    assert set(table["部分"]) == {"党政建设", "共性指标", "个性指标"}
    assert {"人事处", "执法局", "矿产资源保护监督处"} <= set(table["考核对象"])
    joined = table[table["来源行"].isin(["表8 第15行", "表8 第16行", "表8 第17行"])]
    assert list(joined["考核项目"]) == ["国土空间规划"] * 3


def test_the_flaws_of_the_real_tables_are_told_where_they_stand(official):
    table, problems = official
    warnings = {(item.place.sheet, item.place.cell) for item in problems if item.level == WARNING}
    blank, nameless = {("表11", "D25"), ("表11", "D31")}, {("表11", "C54")}
    odd, sums = {("表9", "D57"), ("表14", "D21")}, {("表9", ""), ("表13", "")}
    assert warnings == blank | nameless | odd | sums
    assert told(problems, "「海西州自然资源局」各行分值合计 85") and told(
        problems, "「果洛州自然资源局」各行分值合计 83"
    )
    kept = table[table["分值"].map(lambda value: not isinstance(value, float))]
    assert kept["分值"].tolist() == ["3+2", None, None, "1．5"]
    assert told(problems, "被分页切断的一行", cell="C23") and told(problems, "「国土空间」「规划」", cell="B16")
