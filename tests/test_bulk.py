"""Big tables of scores: what comes of them is what the ordinary way makes of the same rows, for every subject."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from offices import SHEETS, make_case, told

from kaohe_tools.assess import Assessment, assess
from kaohe_tools.cli import main
from kaohe_tools.exact import hundredths
from kaohe_tools.problems import InputError, Problems
from kaohe_tools.ranking import allocate, allocate_within

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")
pytest.importorskip("fsspec")

from kaohe_tools.bulk.standing import leaf_sums, places, standing  # noqa: E402
from kaohe_tools.bulk.whole import SUMMARY, assess_bulk, detail_of, write_bulk  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent
PLAIN = ("qinghai-2019", "qinghai-2023", "zaozhuang")  # bundled cases whose indicators are all scored by points


def rows_of(path: Path) -> pd.DataFrame:
    """The score rows of a bundled case as a frame of texts and numbers."""
    lines = list(openpyxl.load_workbook(path).active.iter_rows(values_only=True))
    head = next(i for i, line in enumerate(lines) if "考核对象" in line)
    frame = pd.DataFrame(lines[head + 1 :], columns=lines[head])
    return frame.loc[:, frame.notna().any().to_numpy()]


def big_case(name: str, folder: Path) -> Path:
    """A bundled case with its scores as a Parquet file instead of a workbook."""
    shutil.copytree(ROOT / "data" / "raw" / name, folder)
    path = folder / "考核组评分.xlsx"
    rows = rows_of(path).sample(frac=1, random_state=1)
    pq.write_table(pa.Table.from_pandas(rows, preserve_index=False), folder / "得分.parquet", row_group_size=100)
    path.unlink()
    return folder


def small(folder: Path, scores: list[list[object]] | None = None, form: str = "csv", **yaml: object) -> Path:
    """The small office of the tests with its scores in a file of their own; names of indicators made unique."""
    sheets = {name: [list(row) for row in rows] for name, rows in SHEETS.items() if name != "得分"}
    for row in sheets["指标"][1:]:
        row[4] = f"{row[3]}{row[4]}" if row[3] else row[4]
    make_case(folder, sheets=sheets, **yaml)
    header, rows = ["考核对象", "指标", "得分"], SCORES if scores is None else scores
    frame = pd.DataFrame(rows, columns=header if len(rows[0]) == 3 else None)
    if form == "csv":
        frame.to_csv(folder / "得分.csv", index=False)
    else:
        pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), folder / "得分.parquet")
    return folder


SCORES = [[row[0], f"{row[1]}{row[2]}" if row[1] else row[2], row[3]] for row in SHEETS["得分"][1:]]


def changed(**cells: object) -> list[list[object]]:
    """The scores with some cells changed: r0=… the score of the first row, s0 its subject, i0 its indicator."""
    rows = [list(row) for row in SCORES]
    for where, value in cells.items():
        rows[int(where[1:])]["sir".index(where[0])] = value
    return rows


def problems_of(folder: Path) -> Problems:
    with pytest.raises(InputError) as raised:
        assess_bulk(folder)
    return raised.value.problems


# --- the same result ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PLAIN)
def test_a_big_table_gives_every_subject_the_result_of_the_ordinary_way(tmp_path, name):
    expected = assess(ROOT / "data" / "raw" / name)
    whole = assess_bulk(big_case(name, tmp_path / name))
    found = whole.assessment
    _same_scores(found, expected)
    assert found.reasons["text"].tolist() == expected.reasons["text"].tolist()
    assert found.quotas.equals(expected.quotas) and found.consequences.equals(expected.consequences)


@pytest.mark.parametrize("name", PLAIN)
def test_what_is_told_of_the_indicators_is_told_once_and_the_same(tmp_path, name):
    expected = assess(ROOT / "data" / "raw" / name).problems.sorted()
    found = assess_bulk(big_case(name, tmp_path / name)).assessment.problems.sorted()
    own = [str(p) for p in expected if p.level == "警告" and p.place.file == "名册与指标.xlsx"]
    assert [str(p) for p in found if p.level == "警告" and p.place.file == "名册与指标.xlsx"] == own


def test_the_reasons_of_one_category_are_those_of_the_ordinary_way(tmp_path):
    expected = assess(ROOT / "data" / "raw" / "qinghai-2019")
    whole = assess_bulk(big_case("qinghai-2019", tmp_path / "例"))
    who = expected.subjects.iloc[0]
    detail = detail_of(whole, who["subject"])
    members = expected.subjects.index[expected.subjects["category"] == who["category"]]
    assert detail.grades["rank"].tolist() == expected.grades.loc[members, "rank"].tolist()
    assert detail.grades["grade"].tolist() == expected.grades.loc[members, "grade"].tolist()
    own = expected.contributions[expected.contributions["subject"].isin(members)]
    columns = ["top", "leaf", "project", "indicator", "points", "score", "value", "rule", "article"]
    pd.testing.assert_frame_equal(detail.contributions[columns], own[columns].reset_index(drop=True), atol=1e-9, rtol=0)
    texts = expected.reasons[expected.reasons["subject"].isin(members)]["text"]
    assert detail.reasons["text"].tolist() == texts.tolist()


@pytest.mark.parametrize("missing", ["error", "zero", "exclude"])
@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_what_a_missing_score_means_is_as_in_the_ordinary_way(tmp_path, missing, form):
    rows = changed(r0=None)[:-1]
    folder = small(tmp_path / "例", rows, form, missing=missing)
    ordinary = Problems()
    try:
        expected = assess(folder)
    except InputError as error:
        ordinary = error.problems
    if missing == "error":
        found = told(problems_of(folder), "错误")
        assert found == told(ordinary, "错误") and len(found) == 2
    else:
        _same_scores(assess_bulk(folder).assessment, expected)


def _same_scores(found: Assessment, expected: Assessment) -> None:
    """Unrounded sums may differ in the last binary digits; what is published may not."""
    pd.testing.assert_frame_equal(found.scores, expected.scores, rtol=0, atol=1e-9)
    assert np.array_equal(hundredths(found.scores["composite"]), hundredths(expected.scores["composite"]))
    assert found.grades.equals(expected.grades)


def test_scores_out_of_a_full_mark_are_converted(tmp_path):
    header, rows = ["考核对象", "指标", "得分", "满分"], [[*row, None] for row in SCORES]
    rows[0][2:] = [9, 10]
    folder = small(tmp_path / "例")
    pd.DataFrame(rows, columns=header).to_csv(folder / "得分.csv", index=False)
    _same_scores(assess_bulk(folder).assessment, assess(folder))


@pytest.mark.parametrize("kind", [pa.float32(), pa.float16()], ids=str)
def test_short_floats_are_scored_as_the_file_shows_them(tmp_path, kind):
    rows = changed(r0=1.115, r1=1.015, r2=1.005)
    folder = small(tmp_path / "例", rows)
    expected = assess(folder).scores
    (folder / "得分.csv").unlink()
    names, indicators, scores = (list(column) for column in zip(*rows, strict=True))
    short = pa.array(scores, pa.float64()).cast(kind, safe=False)
    pq.write_table(pa.table({"考核对象": names, "指标": indicators, "得分": short}), folder / "得分.parquet")
    for found in (assess_bulk(folder).assessment, assess(folder)):
        pd.testing.assert_frame_equal(found.scores, expected, rtol=0, atol=1e-12)


def test_the_command_writes_the_tables_and_the_summary_they_point_to(tmp_path, capsys):
    folder, out = small(tmp_path / "例"), tmp_path / "结果"
    assert main(["assess", str(folder), "--out", str(out), "--bulk"]) == 0
    assert "已考核 4 个对象" in capsys.readouterr().out
    lines, summary = (pd.read_csv(out / name, dtype=str) for name in ("明细.csv", SUMMARY))
    own = lines[lines["文件"] == SUMMARY]
    assert len(own) == len(summary) == 4
    for line in own.itertuples():
        row = summary.iloc[int(line.单元格[1:]) - 2]
        assert (row["考核对象"], row["指标"]) == (line.考核对象, line.部分)
    told_there = pd.read_csv(out / "问题.csv", dtype=str)["问题"]
    assert told_there.str.contains("按部分汇总为 4 行参加考核，明细只到部分").any()
    sealed = [entry["file"] for entry in json.loads((out / "run.json").read_text(encoding="utf-8"))["outputs"]]
    assert SUMMARY in sealed
    (out / SUMMARY).write_text((out / SUMMARY).read_text(encoding="utf-8") + " ", encoding="utf-8")
    assert main(["verify", str(out), "--case", str(folder)]) == 1
    assert f"{SUMMARY}：与写出时不同" in "".join(capsys.readouterr())


def test_without_the_extra_the_command_says_what_to_install(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("kaohe_tools.grid.parquet.find_spec", lambda name: None)
    assert main(["assess", str(small(tmp_path / "例")), "--out", str(tmp_path / "出"), "--bulk"]) == 1
    assert 'pip install "kaohe_tools[scale]"' in "".join(capsys.readouterr())


def test_a_case_without_a_big_table_is_told_so(tmp_path):
    assert ("", "案例文件夹里没有得分大表") in told(problems_of(make_case(tmp_path / "例")))


def test_columns_that_say_nothing_are_told(tmp_path):
    folder = small(tmp_path / "例")
    frame = pd.DataFrame(SCORES, columns=["考核对象", "指标", "得分"]).assign(备注="无", 录入员="张")
    frame.to_csv(folder / "得分.csv", index=False)
    assert ("", "没有用到的列：录入员") in told(assess_bulk(folder).assessment.problems, "提示")


def test_running_twice_gives_the_same_bytes_whatever_the_order_of_the_rows(tmp_path):
    outputs = []
    for number, rows in enumerate((SCORES, SCORES[::-1])):
        folder, out = small(tmp_path / f"{number}" / "例", rows), tmp_path / f"{number}" / "出"
        write_bulk(assess_bulk(folder), out)
        outputs.append({p.name: p.read_bytes() for p in out.iterdir() if p.suffix == ".csv" and p.name != "输入.csv"})
    assert outputs[0] == outputs[1] and len(outputs[0]) >= 7


# --- lean ranks and places --------------------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans(), st.integers(0, 3)), max_size=30), st.lists(
    st.integers(-1, 6), min_size=4, max_size=4))  # fmt: skip
def test_places_within_groups_are_those_of_each_group_alone(rows, quota):
    scores, able, groups = (np.array([row[i] for row in rows], dtype=int) for i in range(3))
    found = allocate_within(scores, able, groups, quota)
    for group, number in enumerate(quota):
        here = groups == group
        alone = allocate(scores[here], able[here].astype(bool), number)
        assert found.given[here].tolist() == alone.given.tolist()
        assert found.tied[here].tolist() == alone.tied.tolist()
        assert found.open_places[group] == alone.open_places


def test_lean_ranks_and_places_are_those_of_the_ordinary_way(tmp_path):
    folder = tmp_path / "例"
    folder.mkdir()
    shares = "{甲类: {}, 乙类: {}}"
    (folder / "办法.yaml").write_text(
        f"id: x\ntitle: 例\nsource: {{document: 例}}\nstages:\n  单位:\n    total: 100\n    categories: {shares}\n"
        "    parts:\n      业务: {points: 70, article: 一, from: indicators}\n"
        "      党建: {points: 30, article: 一, from: indicators}\n    grades: [优秀, 其他]\n    grading:\n"
        "      - {places: 优秀, share: 30%, article: 二}\n      - {baseline: 其他, article: 二}\n",
        encoding="utf-8",
    )
    (folder / "case.yaml").write_text("scheme: 办法.yaml\nyear: 2023\ntitle: 例\n", encoding="utf-8")
    names, chance = [f"第{i:02}单位" for i in range(40)], np.random.default_rng(3)
    pd.DataFrame({"考核对象": names, "类别": ["甲类", "乙类"] * 20}).to_csv(folder / "名册.csv", index=False)
    points = {"业务": 35, "党建": 10}
    items = [(c, part, f"{part}{i}", points[part]) for c in ("甲类", "乙类") for part in points for i in range(2)]
    pd.DataFrame(items, columns=["类别", "部分", "指标", "分值"]).to_csv(folder / "指标.csv", index=False)
    scores = [(n, item[2], item[3] * chance.integers(8, 11) / 10) for n in names for item in items[:4]]
    pd.DataFrame(scores, columns=["考核对象", "指标", "得分"]).to_csv(folder / "得分.csv", index=False)
    expected, whole = assess(folder), assess_bulk(folder)
    assert whole.assessment.grades.equals(expected.grades)
    groups = expected.subjects["category"].map({"甲类": 0, "乙类": 1})
    lean = standing(leaf_sums(whole.board, whole.scores), groups)
    given_places = places(lean, groups, 0.3)
    assert lean["rank"].tolist() == expected.grades["rank"].tolist()
    assert (lean["composite"] / 100).tolist() == [round(float(s) + 1e-9, 2) for s in expected.scores["composite"]]
    assert given_places["given"].tolist() == (expected.grades["grade"] == "优秀").tolist()
    assert given_places["tied"].tolist() == (expected.grades["pending"] != "").tolist()
    assert given_places["tied"].any() and given_places["given"].any()


def test_the_example_of_the_manual_prints_what_stands_there(tmp_path, monkeypatch, capsys):
    manual = (ROOT / "docs" / "手册.md").read_text(encoding="utf-8").split("## 大表：")[1]
    example, printed = (
        manual.split("```python\n")[1].split("```\n")[0],
        manual.split("打印出：\n\n```\n")[1].split("```")[0],
    )
    big_case("qinghai-2019", tmp_path / "案例")
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    exec(example, names)
    assert [line.split() for line in capsys.readouterr().out.splitlines()] == [
        row.split() for row in printed.splitlines()
    ]
    assert names["again"].equals(names["table"])
