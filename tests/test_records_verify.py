"""`kaohe verify` says whether outputs are as they were written, and whether inputs, scheme and software still match."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import recorded
from offices import make_case
from recorded import (
    CELLS,
    change_cell,
    change_text,
    flip,
    raw,
    report,
    results,
    seal_again,
    told,
)
from small_reports import write_notebooks

from kaohe_tools import outputs
from kaohe_tools.assess import assess
from kaohe_tools.digests import digest_of
from kaohe_tools.outputs import write
from kaohe_tools.records.again import difference
from kaohe_tools.report import build_report
from kaohe_tools.scheme import SCHEMES

SCORES = "结果.csv"
# fixtures
assessed, reported, project, whole = recorded.assessed, recorded.reported, recorded.project, recorded.whole


def verified(capsys, *words: object) -> tuple[int, str]:
    return told(capsys, "verify", *words)


# --- all as it was ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("folder", [report, results])
@pytest.mark.parametrize("words", [[], ["--again"]], ids=["looked at", "assessed again"])
def test_outputs_that_nobody_touched_match(reported, folder, words, capsys) -> None:
    status, said = verified(capsys, folder(reported), *words)
    assert status == 0
    assert "个文件与写出时一致" in said and "2 个文件与考核时一致" in said and said.endswith("核对结果：一致\n")
    assert ("张表逐字节一致" in said) == bool(words)


def test_a_report_that_was_taken_elsewhere_matches_the_case_that_is_named(reported, tmp_path, capsys) -> None:
    taken = Path(shutil.copytree(report(reported), tmp_path / "别处" / "报告"))
    assert verified(capsys, taken, "--case", raw(reported), "--again")[0] == 0


def test_without_the_case_the_outputs_are_looked_at_and_the_rest_is_said_to_be_left_out(
    reported, tmp_path, capsys, monkeypatch
) -> None:
    taken = Path(shutil.copytree(report(reported), tmp_path / "别处" / "报告"))
    monkeypatch.chdir(tmp_path)
    status, said = verified(capsys, taken)
    assert status == 2
    assert "个文件与写出时一致" in said and "请用 --case 指明" in said and "核对结果：没有核对完" in said


def test_a_file_that_somebody_put_into_a_report_is_told_and_no_alarm(whole, capsys) -> None:
    (report(whole) / "签字.pdf").write_bytes(b"%PDF")
    status, said = verified(capsys, report(whole))
    assert status == 0
    assert "提示 另有 1 个文件不是本软件写的，没有核对：签字.pdf" in said


@pytest.mark.parametrize(
    ("versions", "status", "said"),
    [
        ({"kaohe_tools": "0.1.7"}, 0, "提示 软件 kaohe_tools 当时是 0.1.0，现在是 0.1.7"),
        ({"pandas": "9.0.0"}, 0, "提示 软件 pandas 当时是"),
        ({"kaohe_tools": "0.2.0"}, 1, "错误 软件 kaohe_tools 当时是 0.1.0，现在是 0.2.0；版本相差较大，请加 --again"),
    ],
    ids=["patch", "library", "other version"],
)
def test_other_software_is_told_and_is_an_alarm_only_where_it_may_assess_otherwise(
    reported, versions, status, said, capsys, monkeypatch
) -> None:
    monkeypatch.setattr(outputs, "VERSIONS", {**outputs.VERSIONS, **versions})
    found = verified(capsys, results(reported))
    assert found[0] == status and said in found[1]
    assert verified(capsys, results(reported), "--again")[0] == 0, "the same tables came out: a note is enough"


def test_another_list_of_required_versions_is_a_note(project, capsys) -> None:
    seal_again(results(project), lambda run: {**run, "requirements_sha256": "0" * 64})
    status, said = verified(capsys, results(project))
    assert status == 0 and "提示 软件依赖清单（requirements.lock）与当时不同" in said


# --- outputs that were changed ----------------------------------------------------------------------------------------

OF_A_REPORT = [
    "index.html", "总览.html", "单位-厅机关.html", "等次表.xlsx", "notebooks/单位-厅机关.ipynb", "tables/结果.csv",
    "tables/问题.csv", "tables/run.json", "assets/files.txt", "assets/KaoheSansSC-Regular.woff2",
]  # fmt: skip
OF_RESULTS = ["结果.csv", "明细.csv", "理由.csv", "名额.csv", "运用.csv", "问题.csv", "输入.csv"]


@pytest.mark.parametrize("name", OF_A_REPORT)
def test_a_byte_that_differs_in_any_file_of_a_report_is_noticed(whole, name, capsys) -> None:
    flip(report(whole) / name)
    status, said = verified(capsys, report(whole))
    assert status == 1
    assert f"错误 {name}：" in said and "核对结果：一致" not in said


@pytest.mark.parametrize("name", OF_RESULTS)
@pytest.mark.parametrize("at", [0, 0.5, 1])
def test_a_byte_that_differs_in_any_table_is_noticed(project, name, at, capsys) -> None:
    flip(results(project) / name, at)
    status, said = verified(capsys, results(project))
    assert status == 1 and f"错误 {name}：与写出时不同（被改过，或已损坏）" in said


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"year": 2019', '"year": 2018', "运行记录与写出时不同"),
        ('"missing": "error"', '"missing": "zero"', "运行记录与写出时不同"),
        ('"year": 2019', '"year": 2019,,', "运行记录读不出来"),
        ('"inputs"', '"input"', "运行记录缺少或写错：inputs"),
        ('"file": "case.yaml"', '"file": "其他.yaml"', "运行记录与写出时不同"),
        ('"file": "明细.csv"', '"file": "../明细.csv"', "运行记录缺少或写错：outputs"),
        ('"case": "小案例"', '"case": "../小案例"', "运行记录与写出时不同"),
        ('"outputs"', '"output"', "没有结果表的校验值（可能是旧版软件写的）"),
    ],
)
def test_a_record_that_was_changed_is_noticed(project, old, new, said, capsys) -> None:
    change_text(results(project) / "run.json", old, new)
    status, heard = verified(capsys, results(project))
    assert status == 1 and f"错误 run.json：{said}" in heard


@pytest.mark.parametrize("name", ["总览.html", "tables/明细.csv", "notebooks/总览.ipynb", "assets/files.txt"])
def test_a_file_of_a_report_that_is_gone_is_noticed(whole, name, capsys) -> None:
    (report(whole) / name).unlink()
    status, said = verified(capsys, report(whole))
    assert status == 1 and f"错误 {name}：写出过的文件不见了" in said


def test_a_list_of_digests_that_is_gone_damaged_or_leads_elsewhere_is_told(whole, capsys) -> None:
    path = report(whole) / "assets" / "sha256.txt"
    for content, said in (
        ("0" * 64 + "  ../../secret\n", "校验清单里的“../../secret”不在报告文件夹里"),
        ("不是清单\n", "校验清单读不出来"),
        (None, "没有校验清单"),
    ):
        path.unlink() if content is None else path.write_text(content, encoding="utf-8")
        status, heard = verified(capsys, report(whole))
        assert status == 1 and f"错误 assets/sha256.txt：{said}" in heard


def test_a_page_that_was_kept_from_an_earlier_run_does_not_match(whole, capsys) -> None:
    change_cell(whole, "得分!D2", 17)
    write(assess(raw(whole)), results(whole))
    write_notebooks(whole / "notebooks", cells=CELLS)
    categories = {"categories": ["厅机关"], "progress": False}
    assert build_report(results(whole), report(whole), whole / "notebooks", **categories) == []
    status, said = verified(capsys, report(whole))
    assert status == 1
    assert "错误 notebooks/单位-事业局.ipynb：这一页沿用上次的结果，与现在的结果表不是同一次的" in said
    assert "单位-厅机关" not in said
    kept, new = ((report(whole) / f"单位-{name}.html").read_text(encoding="utf-8") for name in ("事业局", "厅机关"))
    digest = json.loads((results(whole) / "run.json").read_text(encoding="utf-8"))["inputs_sha256"][:12]
    assert digest in new and digest not in kept, "a kept page names the inputs that it was made of"


# --- inputs and scheme that changed -----------------------------------------------------------------------------------


@pytest.mark.parametrize("folder", [report, results])
def test_a_cell_that_changed_since_is_named_with_what_it_was(whole, folder, capsys) -> None:
    change_cell(whole, "得分!D2", 17)
    status, said = verified(capsys, folder(whole))
    assert status == 1
    assert "错误 数据.xlsx[得分]!D2：由“18”改为“17”（甲局·党建）" in said
    assert "数据：有 1 处不符" in said


def test_a_file_that_changed_is_named_where_no_snapshot_is_at_hand(whole, capsys) -> None:
    change_cell(whole, "得分!D2", 17)
    shutil.rmtree(results(whole))
    status, said = verified(capsys, report(whole))
    assert status == 1 and "错误 数据.xlsx：文件与考核时不同" in said


def test_a_file_that_is_gone_or_new_is_named(project, capsys) -> None:
    (raw(project) / "佐证.pdf").write_bytes(b"%PDF")
    status, said = verified(capsys, results(project))
    assert status == 1 and "错误 佐证.pdf：新增的文件" in said
    (results(project) / "输入.csv").unlink()
    (raw(project) / "数据.xlsx").unlink()
    status, said = verified(capsys, results(project))
    assert status == 1
    assert "数据.xlsx：文件不再有" in said or "数据.xlsx：考核时的文件不见了" in said


def test_another_text_of_the_scheme_is_noticed_even_where_nothing_would_come_out_otherwise(tmp_path, capsys) -> None:
    root, scheme = tmp_path / "项目", tmp_path / "项目" / "data" / "raw" / "办法.yaml"
    make_case(raw(root), scheme="../办法.yaml")
    scheme.write_bytes((SCHEMES / "qinghai-2019.yaml").read_bytes())
    write(assess(raw(root)), results(root))
    assert verified(capsys, results(root))[0] == 0
    scheme.write_bytes(scheme.read_bytes() + "# 一句备注\n".encode())
    status, said = verified(capsys, results(root))
    assert status == 1 and "错误 qinghai-2019.yaml：办法 qinghai-2019 的内容与考核时不同" in said
    assert "数据：2 个文件与考核时一致" in said


def test_another_scheme_in_case_yaml_is_noticed(project, capsys) -> None:
    other = (SCHEMES / "qinghai-2019.yaml").read_text(encoding="utf-8").replace("id: qinghai-2019", "id: our-own", 1)
    (raw(project) / "办法.yaml").write_text(other, encoding="utf-8")
    change_text(raw(project) / "case.yaml", "scheme: qinghai-2019", "scheme: 办法.yaml")
    status, said = verified(capsys, results(project))
    assert status == 1 and "错误 case.yaml：办法由 qinghai-2019 换成了 our-own" in said


# --- assessed once more -----------------------------------------------------------------------------------------------


def test_a_forged_table_whose_digests_were_forged_too_is_found_by_assessing_again(project, capsys) -> None:
    text = (results(project) / SCORES).read_text(encoding="utf-8-sig").splitlines()
    row = next(line for line in text if ",乙局," in line).split(",")
    score = row[text[0].split(",").index("综合得分")]
    change_text(results(project) / SCORES, score, "99.99")
    seal_again(results(project))
    assert verified(capsys, results(project))[0] == 0
    status, said = verified(capsys, results(project), "--again")
    assert status == 1
    assert f"（单位·事业局·乙局）的“综合得分”原为“99.99”，现为“{score}”；共 1 行不同" in said


def test_a_forged_record_whose_digest_was_forged_too_is_found_by_assessing_again(project, capsys) -> None:
    seal_again(results(project), lambda run: {**run, "params": {"places": {"事业局": 2, "厅机关": 1}}})
    assert verified(capsys, results(project))[0] == 0
    status, said = verified(capsys, results(project), "--again")
    assert status == 1 and "重新考核的记录“params”与原来的不同" in said


def test_data_that_can_no_longer_be_assessed_are_told_with_their_errors(project, capsys) -> None:
    change_cell(project, "得分!D2", 21)
    status, said = verified(capsys, results(project), "--again")
    assert status == 1
    assert "现在的数据考核不出结果" in said and "得分 21 高于分值 20" in said


@pytest.mark.parametrize(
    ("was", "now", "said"),
    [
        ("考核对象,得分\n甲局,1\n", "考核对象,得分\n甲局,2\n", "第 2 行（甲局）的“得分”原为“1”，现为“2”；共 1 行不同"),
        ("考核对象\n甲局\n", "考核对象\n甲局\n乙局\n", "原有 1 行，现有 2 行，多了（乙局）"),
        ("考核对象\n甲局\n乙局\n", "考核对象\n甲局\n", "原有 2 行，现有 1 行，少了（乙局）"),
        ("考核对象\n甲局\n", "考核对象,得分\n甲局,1\n", "表头原为“考核对象”，现为“考核对象、得分”"),
        ("考核对象\n甲局\n", '考核对象\n"甲局"\n', "只是换行、引号等写法不同"),
        ("考核对象\n甲局\n", None, "现在没有这张表"),
        (None, "考核对象\n甲局\n", "原来没有这张表"),
        ("", "考核对象\n", "原表是空的"),
        ("考核对象,得分\n甲局\n", "考核对象,得分\n甲局,1\n", "第 2 行（甲局）的列数不对；共 1 行不同"),
    ],
)
def test_the_first_difference_of_two_tables_is_told_in_words(was, now, said) -> None:
    assert difference(*(None if text is None else text.encode() for text in (was, now))) == said


# --- wrong use --------------------------------------------------------------------------------------------------------


def test_what_is_no_output_cannot_be_verified(reported, tmp_path, capsys) -> None:
    assert verified(capsys, tmp_path / "没有")[0] == 2
    status, said = verified(capsys, raw(reported))
    assert status == 2 and "不是报告文件夹，也不是结果文件夹" in said
    status, said = verified(capsys, results(reported), "--case", tmp_path / "没有")
    assert status == 2 and "没有案例文件夹" in said


def _with_other_basis(root: Path, version: str) -> None:
    """What the workbook recomputes with is written otherwise, by a software of that version, digests in order."""
    basis = results(root) / "联动.json"
    basis.write_text(basis.read_text(encoding="utf-8").replace("{", '{"新":1,', 1), encoding="utf-8")
    digest = digest_of(basis)

    def other(run: dict) -> dict:
        listed = [{**entry, "sha256": digest} if entry["file"] == basis.name else entry for entry in run["outputs"]]
        return {**run, "outputs": listed, "versions": {**run["versions"], "kaohe_tools": version}}

    seal_again(results(root), other)


def test_a_forged_basis_of_the_workbook_is_found_and_told_in_few_words(project, capsys) -> None:
    _with_other_basis(project, "0.1.0")
    status, said = verified(capsys, results(project), "--again")
    assert status == 1 and "联动.json：重新考核的结果不同：内容与原来的不同" in said
    assert max(map(len, said.splitlines())) < 200


def test_another_software_may_write_the_basis_of_the_workbook_otherwise(project, capsys) -> None:
    _with_other_basis(project, "0.0.9")
    status, said = verified(capsys, results(project), "--again")
    assert status == 0 and "提示 联动.json：现在的软件写出的与原来不同" in said


def test_whatever_a_file_held_a_message_stays_short() -> None:
    assert len(difference("甲".encode() * 5000, b"a,b")) < 300
    assert len(difference(b"a\n" + b"x" * 5000, b"a\ny")) < 300
