"""A year's file that somebody tampered with is neither verified nor unpacked, and can do no harm."""

from __future__ import annotations

import io
import json
import shutil
import stat
import warnings
import zipfile
from pathlib import Path

import openpyxl
import pytest
from recorded import NAME, make_assessed, raw, rewrite, told

from kaohe_tools.grid import limits
from kaohe_tools.records import pack

DATA = f"data/raw/{NAME}/数据.xlsx"
SCORES = f"data/processed/{NAME}/结果.csv"


@pytest.fixture(scope="module")
def packed(tmp_path_factory) -> Path:
    """Give the year's file of a project without a report; not to be changed."""
    folder = tmp_path_factory.mktemp("归档")
    root = make_assessed(folder)
    return pack(raw(root), root, folder / "2019-小案例.zip").path


@pytest.fixture
def file(packed, tmp_path) -> Path:
    """Give a copy of it, to be changed."""
    return Path(shutil.copy(packed, tmp_path / packed.name))


def refused(capsys, file: Path, said: str) -> None:
    """Neither verified nor unpacked, and nothing is left of it."""
    status, heard = told(capsys, "verify", file)
    assert status == 1 and said in heard, heard
    before = sorted(file.parent.iterdir())
    status, heard = told(capsys, "archive", "unpack", file, "--out", file.parent / "解开")
    assert status == 1 and said in heard, heard
    assert sorted(file.parent.iterdir()) == before


@pytest.mark.parametrize("name", [DATA, SCORES, "办法/qinghai-2019.yaml", "记录.json", "说明.txt"])
def test_a_file_in_it_that_was_changed_is_noticed(file, name, capsys) -> None:
    rewrite(file, lambda found: found.update({name: found[name] + b" "}), seal=False)
    refused(capsys, file, f"错误 {name}：与归档时不同（被改过，或已损坏）")


def test_a_byte_that_differs_within_any_file_in_it_is_noticed(file, capsys) -> None:
    with zipfile.ZipFile(file) as archive:
        places = {info.filename: _middle(info) for info in archive.infolist()}
    assert len(places) > 10
    sound = file.read_bytes()
    for name, at in places.items():
        content = bytearray(sound)
        content[at] ^= 0x04
        file.write_bytes(bytes(content))
        status, said = told(capsys, "verify", file)
        assert status == 1 and "错误" in said and "核对结果：一致" not in said, name


def _middle(info: zipfile.ZipInfo) -> int:
    """Where the middle of a file's packed bytes stands."""
    return info.header_offset + 30 + len(info.filename.encode()) + info.compress_size // 2


def test_a_file_that_is_missing_or_was_put_in_is_noticed(file, capsys) -> None:
    rewrite(file, lambda found: found.pop(SCORES), seal=False)
    refused(capsys, file, f"错误 {SCORES}：归档文件里缺少清单上的这个文件")
    rewrite(file, lambda found: found.update({"多出.txt": b"x"}), seal=False)
    refused(capsys, file, "错误 多出.txt：归档文件里多出清单上没有的文件")


def test_a_changed_score_whose_digests_were_forged_too_gives_other_results(file, capsys) -> None:
    def forge(found: dict[str, bytes]) -> None:
        book, written = openpyxl.load_workbook(io.BytesIO(found[DATA])), io.BytesIO()
        book["得分"]["D2"] = 12
        book.save(written)
        found[DATA] = written.getvalue()

    rewrite(file, forge)
    status, said = told(capsys, "verify", file)
    assert status == 1
    assert "错误 数据.xlsx[得分]!D2：由“18”改为“12”（甲局·党建）" in said
    assert "重新考核的结果不同：第" in said and "（单位·事业局·甲局）的" in said


def test_a_file_that_lacks_what_it_takes_to_assess_again_is_refused(file, capsys) -> None:
    rewrite(file, lambda found: found.pop("办法/common.yaml"))
    status, said = told(capsys, "verify", file)
    assert status == 1 and "归档文件里没有它，不能重新考核" in said


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "不是压缩包，或已损坏"),
        (b"PK\5\6" + b"\0" * 17, "不是压缩包，或已损坏"),
        (b"PK\5\6" + b"\0" * 18, "不是本软件的年度归档文件"),
        ("不是压缩包".encode() * 100, "不是压缩包，或已损坏"),
    ],
)
def test_what_is_no_year_s_file_is_told(tmp_path, content, said, capsys) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(content)
    refused(capsys, path, said)


def test_a_file_that_was_cut_off_is_told(file, capsys) -> None:
    file.write_bytes(file.read_bytes()[:-100])
    refused(capsys, file, "不是压缩包，或已损坏")


@pytest.mark.parametrize("name", ["../逃.txt", "/etc/逃.txt", "data/../../逃.txt", "..\\逃.txt", "C:逃.txt", "夹/"])
def test_a_name_that_leads_elsewhere_is_refused(file, name, capsys) -> None:
    rewrite(file, lambda found: found.update({name: b"x"}))
    refused(capsys, file, "里面有不该有的文件名")


def test_a_link_in_it_is_refused(file, capsys) -> None:
    link = zipfile.ZipInfo("链接")
    link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr(link, "/etc/passwd")
    refused(capsys, file, "是链接或有密码，没有解开")


def test_two_files_of_one_name_are_refused(file, capsys) -> None:
    with zipfile.ZipFile(file, "a") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        archive.writestr(SCORES, "考核对象\n")
    refused(capsys, file, "里面有同名的文件")


def test_one_that_swells_beyond_all_measure_is_refused(file, capsys, monkeypatch) -> None:
    monkeypatch.setattr(limits, "RATIO_FROM", 2**20)
    rewrite(file, lambda found: found.update({"大.txt": b"\0" * 2**22}))
    refused(capsys, file, "解开后过大，可能是恶意文件")


def test_too_many_files_are_refused(file, capsys, monkeypatch) -> None:
    monkeypatch.setattr(limits, "PARTS", 10)
    refused(capsys, file, "里面的文件超过 10 个")


def test_a_case_name_that_leads_elsewhere_is_refused(file, capsys) -> None:
    record = {"case": "../../别处", "format": 1}
    rewrite(file, lambda found: found.update({"记录.json": json.dumps(record).encode()}))
    status, said = told(capsys, "verify", file)
    assert status == 1 and "案例名“../../别处”不能用" in said


def test_a_file_of_a_later_format_is_told(file, capsys) -> None:
    rewrite(file, lambda found: found.update({"记录.json": json.dumps({"case": NAME, "format": 2}).encode()}))
    status, said = told(capsys, "verify", file)
    assert status == 1 and "归档文件的格式是第 2 版，本软件认得第 1 版" in said


def test_a_folder_that_holds_something_is_not_unpacked_into(file, tmp_path, capsys) -> None:
    (tmp_path / "有东西").mkdir()
    (tmp_path / "有东西" / "重要.txt").write_text("别动", encoding="utf-8")
    status, said = told(capsys, "archive", "unpack", file, "--out", tmp_path / "有东西")
    assert status == 1 and "已经存在，没有解开" in said
    assert [path.name for path in (tmp_path / "有东西").iterdir()] == ["重要.txt"]
