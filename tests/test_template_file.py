"""What a template is as a file: its bytes, what LibreOffice makes of it, and the command that writes it."""

from __future__ import annotations

import shutil
import subprocess
import zipfile

import openpyxl
import pytest
from filling import SHEETS, forms, roster_file

from kaohe_tools.cli import main
from kaohe_tools.problems import InputError
from kaohe_tools.scheme import load_scheme
from kaohe_tools.template import TemplateChoices, write_template

pytestmark = pytest.mark.filterwarnings("ignore:Data Validation extension:UserWarning")


# --- what is written


@pytest.mark.parametrize("roster", [None, roster_file("zhashui-2022")], ids=["blank", "roster"])
def test_the_same_input_gives_the_same_bytes(roster, tmp_path):
    for name in ("一.xlsx", "二.xlsx"):
        write_template(load_scheme("zhashui-2022"), tmp_path / name, roster)
    assert (tmp_path / "一.xlsx").read_bytes() == (tmp_path / "二.xlsx").read_bytes()


def test_names_that_begin_like_formulas_stay_text(tmp_path):
    book = openpyxl.Workbook()
    names = ["=1+1", "+86", "@甲", "-乙", '=HYPERLINK("http://x.cn")']
    for row in [["考核对象", "类别"], *([name, "事业局"] for name in names)]:
        book.active.append(row)
    for row in range(2, 7):
        book.active.cell(row, 1).data_type = "s"
    book.save(tmp_path / "名册.xlsx")
    write_template(load_scheme("qinghai-2019"), tmp_path / "表.xlsx", tmp_path / "名册.xlsx")
    form = forms(openpyxl.load_workbook(tmp_path / "表.xlsx"))["roster"]
    cells = [form.sheet.cell(row, form.columns["考核对象"]) for row in range(4, 9)]
    assert [(cell.value, cell.data_type) for cell in cells] == [(name, "s") for name in names]
    with zipfile.ZipFile(tmp_path / "表.xlsx") as archive:
        assert not [name for name in archive.namelist() if "externalLink" in name or "vba" in name]


def test_a_filled_in_template_is_kept_when_a_new_one_takes_its_place(tmp_path):
    path, scheme = tmp_path / "表.xlsx", load_scheme("bureau-400")
    assert write_template(scheme, path) == []
    assert write_template(scheme, path) == [], "the same bytes replace nothing"
    path.write_bytes(b"filled in")
    assert write_template(scheme, path) == ["原有的 表.xlsx 改名为 表.xlsx.1.bak"]
    assert (tmp_path / "表.xlsx.1.bak").read_bytes() == b"filled in"


def test_parts_to_be_voted_on_may_be_named_and_unknown_ones_are_told(tmp_path):
    scheme, roster = load_scheme("qinghai-2023"), roster_file("qinghai-2023")
    write_template(scheme, tmp_path / "表.xlsx", roster, TemplateChoices(votes=("厅主要领导评价",)))
    there = forms(openpyxl.load_workbook(tmp_path / "表.xlsx"))
    assert {key[2] for key in there["ballots"].rows} == {"厅主要领导评价"}
    scored = {key[3] for key in there["scores"].rows}
    assert "群众满意度测评" in scored and "厅主要领导评价" not in scored
    with pytest.raises(InputError, match="没有可以投票测评的部分“厅领导评价”"):
        write_template(scheme, tmp_path / "表.xlsx", roster, TemplateChoices(votes=("厅领导评价",)))


# --- LibreOffice


@pytest.mark.parametrize("name", ["qinghai-2019", "zhashui-2022"])
def test_libreoffice_opens_it_and_calculates_the_same_totals(name, tmp_path):
    soffice = shutil.which("soffice")
    if soffice is None:
        pytest.skip("缺少 LibreOffice，本测试跳过")
    source, made = tmp_path / "表.xlsx", tmp_path / "模板.xlsx"
    write_template(load_scheme(name), made, roster_file(name))
    openpyxl.load_workbook(made).save(source)  # drops the stored values: LibreOffice would keep them
    profile, out = tmp_path / "用户", tmp_path / "出"
    command = [soffice, f"-env:UserInstallation={profile.as_uri()}", "--headless", "--convert-to", "xlsx"]
    subprocess.run([*command, "--outdir", str(out), str(source)], check=True, capture_output=True, timeout=240)
    stored = openpyxl.load_workbook(made, data_only=True)
    again = openpyxl.load_workbook(out / "表.xlsx", data_only=True)
    assert again.sheetnames == stored.sheetnames
    compared = 0
    for row in stored["核对"].iter_rows():
        for cell in row:
            other = again["核对"][cell.coordinate].value
            if isinstance(cell.value, (int, float)):
                assert other == pytest.approx(cell.value), cell.coordinate
                compared += 1
            else:
                assert (other or "") == (cell.value or ""), cell.coordinate
    assert compared > 100
    for title in SHEETS.keys() & set(stored.sheetnames):
        assert len(again[title].data_validations.dataValidation) > 0


# --- the command


def test_the_command_writes_a_template_and_tells_what_it_read(tmp_path, capsys):
    out, roster = tmp_path / "表.xlsx", roster_file("zaozhuang")
    assert main(["template", "zaozhuang", "--out", str(out), "--roster", str(roster), "--sheets", "测评", "情形"]) == 0
    said = capsys.readouterr().out
    assert "按“名册”读取 96 行" in said and f"填报表：{out}" in said
    assert openpyxl.load_workbook(out).sheetnames == ["填写说明", "测评", "情形", "核对", "词表"]


def test_a_scheme_of_ones_own_is_named_by_its_path(tmp_path):
    path = tmp_path / "办法.yaml"
    assert main(["schemes", "new", str(path)]) == 0
    assert main(["template", str(path), "--out", str(tmp_path / "表.xlsx")]) == 0
    assert "名册" in openpyxl.load_workbook(tmp_path / "表.xlsx").sheetnames


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["qinghai-2018", "--out", "x.xlsx"], 1, "没有考核办法“qinghai-2018”；是不是“qinghai-2019”？"),
        (["qinghai-2019", "--out", "x.xls"], 2, "--out 应是 .xlsx 文件，不是“x.xls”"),
        (["qinghai-2019", "--out", "x.xlsx", "--roster", "没有.xlsx"], 1, "没有这个文件"),
        (["qinghai-2019", "--out", "x.xlsx", "--raters", "张三"], 1, "写了评分人，却没有名册"),
        (["qinghai-2019", "--out", "x.xlsx", "--sheets", "得份"], 1, "没有“得份”这种表"),
        (["qinghai-2019", "--out", "x", "--split", "牵头部门"], 2, "拆分要用 --roster 给出名册"),
        (["qinghai-2019", "--out", "x.xlsx", "--split", "牵头部门"], 2, "拆分时 --out 应是文件夹"),
        (["qinghai-2019", "--out", "x", "--roster", "r.xlsx", "--split", "评分人"], 2, "按评分人拆分要用 --raters"),
    ],
)
def test_wrong_use_is_said_in_words_and_writes_nothing(words, status, said, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["template", *words]) == status
    assert said in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
