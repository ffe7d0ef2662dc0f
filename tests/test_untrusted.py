"""Files may come from anybody: whatever is in them, the answer is sheets or an error, soon, and in little memory."""

from __future__ import annotations

import io
import os
import random
import zipfile
from collections.abc import Callable

import pytest
from raw_files import (
    PASSWORD,
    WORD,
    docx,
    docx_parts,
    label,
    merged,
    number,
    one_error,
    paragraph,
    read,
    relations,
    sheet_xml,
    table,
    xls,
    xls_stream,
    xlsx,
    xlsx_parts,
    zipped,
)

from kaohe_tools.grid import limits, read_file, read_folder
from kaohe_tools.grid.archive import read_parts
from kaohe_tools.grid.library import Workbook
from kaohe_tools.grid.ole import wrap_stream
from kaohe_tools.problems import Problems

CELL = '<row r="1"><c r="A1"><v>1</v></c></row>'
GOOD = xlsx_parts({"表": sheet_xml(CELL)})
BOMB = '<!DOCTYPE a [<!ENTITY x "xxxxxxxxxx"><!ENTITY y "&x;&x;&x;&x;&x;&x;&x;&x;&x;&x;">]>'
OUTSIDE = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
FAR = "请删除远处多余的内容"


# Entities


@pytest.mark.parametrize("doctype", [BOMB, OUTSIDE], ids=["bomb", "outside"])
@pytest.mark.parametrize(
    "part", ["xl/workbook.xml", "xl/sharedStrings.xml", "xl/worksheets/sheet1.xml", "docProps/app.xml"]
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le"])
def test_a_doctype_in_any_part_of_a_workbook_is_refused(tmp_path, doctype, part, encoding):
    text = str(GOOD.get(part, "<a>1</a>")).replace('<?xml version="1.0"?>', "").replace("<v>1</v>", "<v>&y;</v>")
    content = zipped(GOOD | {part: f'<?xml version="1.0"?>{doctype}{text}'.encode(encoding)})
    expected = f"表.xlsx：文件里有不该有的 DOCTYPE 声明（{part}），可能有害，没有读取"
    assert one_error(tmp_path, "表.xlsx", content).startswith(expected)


@pytest.mark.parametrize("part", ["word/document.xml", "word/styles.xml", "_rels/.rels"])
def test_a_doctype_in_any_part_of_a_word_file_is_refused(tmp_path, part):
    parts = docx_parts(table(["甲"]))
    content = zipped(parts | {part: BOMB + str(parts.get(part, "<a/>"))})
    assert f"DOCTYPE 声明（{part}）" in one_error(tmp_path, "表.docx", content)


def test_a_text_about_doctypes_is_only_a_text(tmp_path):
    rows = '<row r="1"><c r="A1" t="inlineStr"><is><t>&lt;!DOCTYPE html&gt;</t></is></c></row>'
    grids, told = read(tmp_path, "表.xlsx", xlsx(rows))
    assert grids[0].rows == [["<!DOCTYPE html>"]] and told == []


# Archives


def test_an_archive_that_explodes_is_refused_while_it_is_unpacked(tmp_path):
    large = b" " * (limits.RATIO_FROM + 2**20)
    message = one_error(tmp_path, "表.xlsx", zipped(GOOD | {"xl/styles.xml": large}))
    assert message.startswith("表.xlsx：压缩比超过 200 倍，可能是恶意文件，没有读取")


def test_a_size_that_the_header_belittles_does_not_help(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "UNPACKED_BYTES", 2**20)
    content = bytearray(zipped(GOOD | {"xl/styles.xml": os.urandom(2**21)}))
    assert "解压后超过 1 MB，没有读取" in one_error(tmp_path, "表.xlsx", bytes(content))
    info = zipfile.ZipFile(io.BytesIO(content)).getinfo("xl/styles.xml")
    while (at := content.find(info.file_size.to_bytes(4, "little"))) >= 0:
        content[at : at + 4] = (100).to_bytes(4, "little")
    assert "文件打不开（内容不完整或已损坏）" in one_error(tmp_path, "表.xlsx", bytes(content))


def test_pictures_are_never_unpacked(tmp_path):
    large = b" " * (limits.RATIO_FROM + 2**20)
    grids, told = read(tmp_path, "表.xlsx", zipped(GOOD | {"xl/media/image1.png": large}))
    assert grids[0].rows == [[1.0]] and told == []


def test_too_many_members_are_refused_before_they_are_listed(tmp_path):
    content = zipped(GOOD) + b"PK\1\2" * (limits.PARTS + 1)
    assert "部件超过 10000 个" in one_error(tmp_path, "表.xlsx", content)


def test_members_of_one_name_are_refused(tmp_path):
    stream = io.BytesIO(zipped(GOOD))
    with zipfile.ZipFile(stream, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("xl/workbook.xml", "<a/>")
    assert "压缩包里有同名的部件" in one_error(tmp_path, "表.xlsx", stream.getvalue())


def test_encrypted_members_are_refused(tmp_path):
    content = bytearray(zipped(GOOD))
    content[content.find(b"PK\1\2") + 8] |= 1
    assert one_error(tmp_path, "表.xlsx", bytes(content)) == "表.xlsx：文件有密码，打不开；请去掉密码后重新保存"


@pytest.mark.parametrize("stream", ["EncryptedPackage", "EncryptionInfo"])
@pytest.mark.parametrize("name", ["表.xlsx", "表.docx", "表.xls"])
def test_a_password_is_named(tmp_path, name, stream):
    assert one_error(tmp_path, name, wrap_stream(stream, b"x")).endswith("：文件有密码，打不开；请去掉密码后重新保存")


def test_the_password_of_an_old_workbook_is_named(tmp_path):
    content = xls({"表": number(0, 0, 1)}, PASSWORD)
    assert one_error(tmp_path, "旧.xls", content) == "旧.xls：文件有密码，打不开；请去掉密码后重新保存"


def test_names_that_climb_out_of_the_archive_go_nowhere(tmp_path):
    inner = tmp_path / "内"
    inner.mkdir()
    parts = GOOD | {"../../坏.xml": "<a/>", "/etc/坏.xml": "<a/>", "xl\\坏.xml": "<a/>"}
    grids, told = read(inner, "表.xlsx", zipped(parts))
    assert grids[0].rows == [[1.0]] and told == []
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["内", "表.xlsx"]


def test_an_archive_that_is_no_office_file_is_not_opened(tmp_path):
    content = zipped({"表.xlsx": zipped(GOOD)})
    assert one_error(tmp_path, "包.xlsx", content).startswith("包.xlsx：文件打不开（是压缩包，不是 Office 文件）")


def test_macros_and_links_are_told_and_not_read(tmp_path):
    parts = GOOD | {
        "xl/vbaProject.bin": b"x",
        "xl/externalLinks/externalLink1.xml": "<a/>",
        "xl/connections.xml": "<a/>",
    }
    grids, told = read(tmp_path, "表.xlsm", zipped(parts))
    assert grids[0].rows == [[1.0]]
    assert [line.split("，")[0] for line in told] == [
        "提示 表.xlsm：文件里有宏",
        "提示 表.xlsm：文件里有指向其他文件的外部链接",
        "提示 表.xlsm：文件里有外部数据连接",
    ]


def test_the_library_sees_nothing_but_checked_parts(tmp_path):
    parts = read_parts(zipped(GOOD | {"xl/vbaProject.bin": b"x"}), lambda name: name.startswith("xl/"))
    assert sorted(parts) == sorted(name for name in GOOD if name.startswith("xl/"))


# The reader itself


def test_a_file_that_is_too_large_is_not_opened(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "FILE_BYTES", 10)
    assert one_error(tmp_path, "表.csv", b"a,b,c,d,e,f,g\n").startswith("表.csv：文件过大（")


def test_little_memory_is_an_error_and_no_traceback(tmp_path, monkeypatch):
    def fail(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(Workbook, "rows", fail)
    assert one_error(tmp_path, "表.xlsx", zipped(GOOD)).startswith("表.xlsx：内存不够，没有读取")


def test_a_panic_of_the_library_is_an_error_and_stays_silent(tmp_path, capfd):
    broken = xls_stream({"表": number(0, 0, 1)}, extra=b"\xfc\0\2\0\0\0")  # texts that are not there
    assert one_error(tmp_path, "旧.xls", wrap_stream("Workbook", broken)).startswith(
        "旧.xls：文件打不开（内部结构有错）"
    )
    assert capfd.readouterr() == ("", "")


def test_a_user_who_stops_the_reading_is_obeyed(tmp_path, monkeypatch):
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Workbook, "rows", stop)
    with pytest.raises(KeyboardInterrupt):
        read(tmp_path, "表.xlsx", zipped(GOOD))


# Folders


def test_links_are_not_followed_and_told(tmp_path):
    outside, case = tmp_path / "外", tmp_path / "案"
    outside.mkdir()
    case.mkdir()
    (outside / "密.csv").write_text("甲,1\n", encoding="utf-8")
    (case / "链.csv").symlink_to(outside / "密.csv")
    (case / "链夹").symlink_to(outside)
    (case / "断.csv").symlink_to(outside / "无.csv")
    problems = Problems()
    assert read_folder(case, problems) == []
    told = "是指向别处的链接，没有读取；请把文件本身复制到案例文件夹里"
    assert [str(problem) for problem in problems] == [f"警告 {name}：{told}" for name in ("断.csv", "链.csv", "链夹")]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="这个系统没有管道文件，本测试跳过")
def test_pipes_are_not_opened(tmp_path):
    os.mkfifo(tmp_path / "管.csv")
    problems = Problems()
    assert read_folder(tmp_path, problems) == [] and read_file(tmp_path / "管.csv", problems) == []
    assert [problem.message for problem in problems] == ["不是普通文件，没有打开"] * 2


def test_folders_within_folders_within_folders_are_read(tmp_path):
    deep = tmp_path.joinpath(*["下"] * 60)
    deep.mkdir(parents=True)
    (deep / "表.csv").write_text("甲,1\n", encoding="utf-8")
    assert [grid.file for grid in read_folder(tmp_path, Problems())] == ["下/" * 60 + "表.csv"]


# Anything else


def _mutated(content: bytes, chance: random.Random) -> bytes:
    changed = bytearray(content)
    at = chance.randrange(len(changed))
    kind = chance.randrange(6)
    if kind == 0:
        del changed[at:]
    elif kind == 1:
        del changed[at : at + chance.randrange(1, 400)]
    elif kind == 2:
        changed[at:at] = changed[at : at + chance.randrange(1, 400)]
    else:
        for _ in range(chance.choice([1, 2, 8])):
            changed[chance.randrange(len(changed))] = chance.choice([0, 1, 0x80, 0xFF, ord("<"), ord("9")])
    return bytes(changed)


def _mutated_part(parts: dict[str, str | bytes]) -> Callable[[random.Random], bytes]:
    def mutate(chance: random.Random) -> bytes:
        name = chance.choice(sorted(parts))
        part = parts[name]
        return zipped(
            parts | {name: _mutated(part if isinstance(part, bytes) else part.encode(), chance)}, zipfile.ZIP_STORED
        )

    return mutate


SHEET = sheet_xml(
    '<row r="1" hidden="1"><c r="A1" t="s"><v>1</v></c><c r="B1"><f>A1</f></c><c r="C1" t="e"><v>#N/A</v></c></row>'
    '<row r="2"><c r="A2" s="1"><v>45240</v></c><c r="B2" t="inlineStr"><is><t>内</t></is></c></row>',
    '<cols><col min="2" max="2" hidden="1"/></cols>',
    '<mergeCells><mergeCell ref="A1:B2"/></mergeCells>',
)
TABLE = table(['<w:tcPr><w:gridSpan w:val="2"/></w:tcPr>' + paragraph("甲"), "乙"], ["丙", "丁", table(["戊"])])
OLD = xls({"表": label(0, 0, "甲局") + number(1, 1, 2) + merged(0, 1, 0, 0), "二": number(3, 3, 1)})
MUTANTS: dict[str, tuple[str, Callable[[random.Random], bytes]]] = {
    "the bytes of an xlsx": ("表.xlsx", lambda chance: _mutated(zipped(xlsx_parts({"表": SHEET})), chance)),
    "a part of an xlsx": ("表.xlsx", _mutated_part(xlsx_parts({"表": SHEET}))),
    "the bytes of an xls": ("表.xls", lambda chance: _mutated(OLD, chance)),
    "the bytes of a docx": ("表.docx", lambda chance: _mutated(docx(TABLE), chance)),
    "a part of a docx": ("表.docx", _mutated_part(docx_parts(TABLE))),
    "a csv": ("表.csv", lambda chance: _mutated('考核对象,"得,分"\n甲局,1\n乙局,2\n'.encode("gb18030") * 9, chance)),
}


@pytest.mark.parametrize(("name", "mutant"), MUTANTS.values(), ids=MUTANTS.keys())
def test_whatever_happens_to_a_file_it_gives_sheets_or_an_error(tmp_path, name, mutant):
    for seed in range(100):
        grids, told = read(tmp_path, name, mutant(random.Random(seed)))
        assert grids or told, f"seed {seed}: nothing read and nothing said"
        for grid in grids:
            assert all(len(row) == len(grid.filled()[0]) for row in grid.filled())


def test_a_main_part_that_is_not_what_the_file_says_is_refused(tmp_path):
    parts = docx_parts(table(["甲"])) | {"_rels/.rels": relations(("officeDocument", "word/other.xml"))}
    assert "内容不是 Word 文档" in one_error(tmp_path, "表.docx", zipped(parts))
    parts |= {"word/other.xml": f'<w:styles xmlns:w="{WORD}"/>'}
    assert "内容不是 Word 文档" in one_error(tmp_path, "表.docx", zipped(parts))
