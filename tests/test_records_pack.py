"""A finished year is one file: it holds all that the results came from, and gives the same results again."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import stat
from pathlib import Path

import pytest
import recorded
import yaml
from offices import make_case
from recorded import (
    NAME,
    change_cell,
    change_text,
    flip,
    members,
    raw,
    report,
    results,
    told,
)

from kaohe_tools.assess import assess
from kaohe_tools.digests import read_listing
from kaohe_tools.outputs import write
from kaohe_tools.records import pack, unpack
from kaohe_tools.scheme import SCHEMES
from kaohe_tools.scheme import files as scheme_files

DATA = f"data/raw/{NAME}/数据.xlsx"
SCORES = f"data/processed/{NAME}/结果.csv"
# fixtures
assessed, reported, project, whole = recorded.assessed, recorded.reported, recorded.project, recorded.whole


@pytest.fixture(scope="module")
def packed(reported, tmp_path_factory) -> Path:
    """Give the year's file of a project with a report; not to be changed."""
    return pack(raw(reported), reported, tmp_path_factory.mktemp("归档") / "2019-小案例.zip").path


@pytest.fixture
def file(packed, tmp_path) -> Path:
    """Give a copy of it, to be changed."""
    return Path(shutil.copy(packed, tmp_path / packed.name))


# --- what is in it ----------------------------------------------------------------------------------------------------


def test_it_holds_inputs_scheme_results_report_record_and_a_text_that_explains_it(packed, reported) -> None:
    found = members(packed)
    for folder, place in ((raw, "data/raw"), (results, "data/processed"), (report, "reports")):
        for path in folder(reported).rglob("*"):
            if path.is_file():
                name = f"{place}/{NAME}/{path.relative_to(folder(reported)).as_posix()}"
                assert found.pop(name) == path.read_bytes(), name
    assert found.pop("办法/qinghai-2019.yaml") == (SCHEMES / "qinghai-2019.yaml").read_bytes()
    assert found.pop("办法/common.yaml") == (SCHEMES / "common.yaml").read_bytes()
    assert set(found) == {"说明.txt", "记录.json", "sha256.txt", "requirements.lock"}
    assert json.loads(found["记录.json"])["case"] == NAME
    text = found["说明.txt"].decode("utf-8-sig")
    for said in (
        "测评票",
        "演示数据",
        "kaohe verify",
        "kaohe archive unpack",
        "qinghai-2019",
        "测试用小案例",
        "请按内部资料保管",
    ):
        assert said in text, said


def test_every_file_in_it_has_its_digest_in_a_list(packed) -> None:
    found = members(packed)
    listed = read_listing(found.pop("sha256.txt").decode())
    assert listed == {name: hashlib.sha256(content).hexdigest() for name, content in found.items()}


def test_only_its_owner_may_read_it_and_what_is_unpacked(file, tmp_path) -> None:
    unpack(file, tmp_path / "解开")
    packed_files = [path for path in (tmp_path / "解开").rglob("*") if path.is_file()]
    if os.name == "posix":
        assert stat.S_IMODE((tmp_path / "解开").stat().st_mode) == 0o700
        assert {stat.S_IMODE(path.stat().st_mode) for path in packed_files} == {0o600}
    assert len(packed_files) == len(members(file))


def test_the_same_contents_give_the_same_bytes(packed, reported, tmp_path) -> None:
    assert pack(raw(reported), reported, tmp_path / "又一次.zip").path.read_bytes() == packed.read_bytes()
    if os.name == "posix":
        assert stat.S_IMODE((tmp_path / "又一次.zip").stat().st_mode) == 0o600


def test_packing_says_what_is_secret_and_the_digest_to_note_down(project, tmp_path, capsys) -> None:
    out = tmp_path / "2019.zip"
    status, said = told(capsys, "archive", "pack", raw(project), "--out", out)
    assert status == 0
    assert "提示 没有报告，只归档数据、办法和结果" in said
    assert "里面有测评票等个人数据" in said and hashlib.sha256(out.read_bytes()).hexdigest() in said


# --- it gives the same results again ----------------------------------------------------------------------------------


def test_the_file_alone_gives_the_same_results(file, capsys) -> None:
    status, said = told(capsys, "verify", file)
    assert status == 0
    assert "张表逐字节一致" in said and "个文件与清单一致" in said and "报告：" in said
    assert said.endswith("核对结果：一致\n")


def test_what_is_unpacked_is_a_project_that_can_be_verified_and_assessed(file, tmp_path, capsys) -> None:
    out = tmp_path / "解开"
    status, said = told(capsys, "archive", "unpack", file, "--out", out)
    assert status == 0 and "里面有测评票等个人数据" in said
    assert told(capsys, "verify", report(out), "--again")[0] == 0
    write(assess(raw(out)), tmp_path / "再算")
    assert (tmp_path / "再算" / "结果.csv").read_bytes() == (results(out) / "结果.csv").read_bytes()


def test_a_scheme_file_of_the_office_s_own_is_packed_and_used(tmp_path, capsys) -> None:
    root, scheme = tmp_path / "项目", tmp_path / "项目" / "data" / "raw" / "办法.yaml"
    make_case(raw(root), scheme="../办法.yaml")
    plain = yaml.safe_load((SCHEMES / "qinghai-2019.yaml").read_text(encoding="utf-8"))
    scheme.write_text(yaml.safe_dump({**plain, "id": "our-own"}, allow_unicode=True), encoding="utf-8")
    write(assess(raw(root)), results(root))
    assert told(capsys, "archive", "pack", raw(root), "--out", tmp_path / "a.zip")[0] == 0
    shutil.rmtree(root)
    assert "办法/our-own.yaml" in members(tmp_path / "a.zip")
    assert told(capsys, "verify", tmp_path / "a.zip")[0] == 0


def test_years_later_the_packed_scheme_counts_and_not_the_one_that_comes_with_the_software(
    file, tmp_path, capsys, monkeypatch
) -> None:
    later = Path(shutil.copytree(SCHEMES, tmp_path / "schemes"))
    change_text(later / "qinghai-2019.yaml", "优秀", "优等")
    for module in (scheme_files, __import__("kaohe_tools.records.unpack", fromlist=["SCHEMES"])):
        monkeypatch.setattr(module, "SCHEMES", later)
    status, said = told(capsys, "verify", file)
    assert status == 0
    assert (
        "提示 办法/qinghai-2019.yaml：现在软件自带的 qinghai-2019.yaml 与归档时不同；核对用的是归档文件里的那一份"
        in said
    )


# --- what is not packed -----------------------------------------------------------------------------------------------


def test_results_that_no_longer_match_their_inputs_are_not_packed(project, tmp_path, capsys) -> None:
    change_cell(project, "得分!D2", 17)
    status, said = told(capsys, "archive", "pack", raw(project), "--out", tmp_path / "a.zip")
    assert status == 1
    assert "由“18”改为“17”" in said and "输出与输入不一致，没有归档" in said
    assert sorted(path.name for path in tmp_path.iterdir()) == ["项目"]


def test_a_report_of_another_run_is_not_packed(whole, tmp_path, capsys) -> None:
    change_cell(whole, "得分!D2", 17)
    write(assess(raw(whole)), results(whole))
    status, said = told(capsys, "archive", "pack", raw(whole), "--out", tmp_path / "a.zip")
    assert status == 1 and "报告不是由这次的结果生成的" in said
    assert not (tmp_path / "a.zip").exists()


def test_a_forged_table_is_not_packed(project, tmp_path, capsys) -> None:
    flip(results(project) / "结果.csv")
    status, said = told(capsys, "archive", "pack", raw(project), "--out", tmp_path / "a.zip")
    assert status == 1 and "结果.csv：与写出时不同" in said and not (tmp_path / "a.zip").exists()


def test_a_link_is_not_packed(project, tmp_path, capsys) -> None:
    (tmp_path / "别处.csv").write_text("说明\n", encoding="utf-8")
    (raw(project) / "别处.csv").symlink_to(tmp_path / "别处.csv")
    write(assess(raw(project)), results(project))
    status, said = told(capsys, "archive", "pack", raw(project), "--out", tmp_path / "a.zip")
    assert status == 1 and "是指向别处的链接，不能归档" in said


def test_another_file_of_the_same_name_is_kept(project, tmp_path, capsys) -> None:
    out = tmp_path / "a.zip"
    words = ("archive", "pack", raw(project), "--out", out)
    assert told(capsys, *words)[0] == 0
    assert told(capsys, *words)[0] == 0, "the very same may be written again"
    write(assess(raw(project)), results(project))
    change_text(results(project) / "run.json", '"time": "2', '"time": "3')
    before = out.read_bytes()
    status, said = told(capsys, *words)
    assert status == 1 and "已有同名的归档文件，内容不同，没有覆盖" in said
    assert out.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.zip", "项目"]


@pytest.mark.parametrize("name", ["a.rar", "data/raw/小案例/a.zip"])
def test_a_place_that_cannot_be_right_is_wrong_use(project, name, capsys) -> None:
    assert told(capsys, "archive", "pack", raw(project), "--out", project / name)[0] == 2


def test_a_case_without_results_is_told_what_to_do(tmp_path, capsys) -> None:
    case = make_case(tmp_path / "data" / "raw" / NAME)
    status, said = told(capsys, "archive", "pack", case, "--out", tmp_path / "a.zip")
    assert status == 1 and "还没有结果；请先运行 kaohe run" in said


def test_a_file_has_its_data_in_itself(file, reported, capsys) -> None:
    assert told(capsys, "verify", file, "--case", raw(reported))[0] == 2
