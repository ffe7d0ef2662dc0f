"""Templates of documents: an office restyles and rewords them; what is wrong with one is told with its place."""

from __future__ import annotations

import shutil
import subprocess
import zipfile
from pathlib import Path

import docx
import pytest
from documents import documents, everything, lines, sample
from docx.shared import Pt
from offices import make_case

from kaohe_tools.assess import assess, check
from kaohe_tools.document import chosen_templates
from kaohe_tools.document.bundled import FOLDER, MADE_BY, content
from kaohe_tools.document.making import CONTEXTS
from kaohe_tools.outputs import write
from kaohe_tools.problems import InputError
from kaohe_tools.results import read_results

SIZES = {"事业局": 3}


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    return sample(tmp_path_factory.mktemp("made") / "results", {"start": "2024-01-08"}, sizes=SIZES)


def _own(folder: Path, *texts: str, name: str = "通报.docx") -> Path:
    """A template of an office: a plain document with these paragraphs."""
    folder.mkdir(exist_ok=True)
    paper = docx.Document()
    for text in texts:
        paper.add_paragraph(text)
    paper.save(str(folder / name))
    return folder


def _fails(results, folder: Path, templates: Path) -> str:
    with pytest.raises(InputError) as caught:
        documents(results, folder / "out", templates=templates, names=["通报"])
    return str(caught.value)


@pytest.mark.parametrize("name", MADE_BY)
def test_the_templates_in_the_package_are_those_that_the_script_makes(name):
    made, kept = content(name), (FOLDER / f"{name}.docx").read_bytes()
    assert made == kept, "run: python -c 'from kaohe_tools.document.bundled import write_bundled; write_bundled()'"


def test_there_is_a_template_for_every_document():
    assert set(CONTEXTS) == set(MADE_BY) == {path.stem for path in FOLDER.glob("*.docx")}


def test_an_office_s_own_template_wins_with_its_styles_and_its_words(results, tmp_path):
    paper = docx.Document(str(FOLDER / "通报.docx"))
    paper.styles["Heading 1"].font.size = Pt(30)
    paper.paragraphs[0].insert_paragraph_before("某厅文件：{{ 名称 }}，依据{{ 依据 }}")
    (tmp_path / "own").mkdir()
    paper.save(str(tmp_path / "own" / "通报.docx"))
    found = documents(results, tmp_path / "out", templates=tmp_path / "own", names=["通报", "公示"])
    assert lines(found["通报"])[0] == "某厅文件：样例厅2019年度目标责任考核，依据《样例厅考核工作方案》"
    assert found["通报"].styles["Heading 1"].font.size.pt == 30
    assert found["公示"].styles["Heading 1"].font.size.pt == 16


def test_templates_in_the_case_folder_are_no_data_and_go_with_the_results(tmp_path):
    case = make_case(tmp_path / "case")
    _own(case / "模板", "我们自己的通报：{{ 标题 }}")
    shutil.copyfile(case / "数据.xlsx", case / "模板" / "数据.xlsx")
    told = {problem.place.file: problem for problem in check(case)}
    assert told["模板/通报.docx"].message == "是 Word 文稿的模板，没有作为数据读取"
    assert told["模板/数据.xlsx"].level == "警告"
    write(assess(case), tmp_path / "results")
    made = documents(
        read_results(tmp_path / "results"), tmp_path / "out", templates=tmp_path / "results" / "模板", names=["通报"]
    )
    assert lines(made["通报"]) == ["我们自己的通报：关于测试用小案例结果的通报"]


def test_unknown_placeholders_are_told_all_at_once_with_the_nearest_name(results, tmp_path):
    told = _fails(results, tmp_path, _own(tmp_path / "own", "{{ 标提 }}", "{{ 依据局 }}"))
    assert "通报.docx：不认识的占位“标提”，在 {{ 标提 }} 里；是不是“标题”？" in told
    assert "不认识的占位“依据局”" in told


def test_an_unknown_part_of_a_known_name_is_told_with_its_placeholder(results, tmp_path):
    own = _own(tmp_path / "own", "{%p for 环 in 环节 %}", "{{ 环.人数 }}", "{%p endfor %}")
    assert "通报.docx：不认识的占位“人数”，在 {{ 环.人数 }} 里" in _fails(results, tmp_path, own)


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        (["{%p for 环 in 环节 %}", "{{ 环.名称 }}"], "for 没有对应的 endfor"),
        (["{% fro 环 in 环节 %}"], "没有“fro”这种写法"),
        (["{{ 标题"], "占位写法有错"),
        (["{{ 标题 + }}"], "占位写法有错"),
        (["{{ 标题 / 2 }}"], "占位不能计算"),
    ],
)
def test_a_broken_placeholder_is_told_and_no_traceback(results, tmp_path, texts, words):
    told = _fails(results, tmp_path, _own(tmp_path / "own", *texts))
    assert told.startswith("错误 通报.docx：") and words in told


@pytest.mark.parametrize("inside", ["{{ 标题.__class__.__mro__ }}", "{{ 标题.__init__.__globals__ }}"])
def test_a_template_reaches_nothing_but_what_it_is_given(results, tmp_path, inside):
    assert "通报.docx：" in _fails(results, tmp_path, _own(tmp_path / "own", inside))


def test_a_file_that_is_no_word_document_is_told(results, tmp_path):
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "通报.docx").write_text("不是压缩包", encoding="utf-8")
    assert "通报.docx：不是能打开的 Word 模板" in _fails(results, tmp_path, tmp_path / "own")


def test_a_template_that_explodes_is_not_opened(results, tmp_path):
    (tmp_path / "own").mkdir()
    with zipfile.ZipFile(tmp_path / "own" / "通报.docx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"<a>" + b" " * 2**27)
    assert "通报.docx：压缩比超过" in _fails(results, tmp_path, tmp_path / "own")


def test_a_template_of_another_name_is_told(tmp_path):
    with pytest.raises(InputError, match=r"通告\.docx：不知道这个模板是哪份文稿的；模板的文件名应是：公示\.docx"):
        chosen_templates(_own(tmp_path / "own", "{{ 标题 }}", name="通告.docx"))


@pytest.mark.skipif(not shutil.which("soffice"), reason="缺少 LibreOffice，本测试跳过")
def test_libreoffice_opens_every_document_and_makes_pages_of_it(results, tmp_path):
    found = documents(results, tmp_path / "out")
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    paths = [str(tmp_path / "out" / f"{name}.docx") for name in found]
    command = ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path), *paths]
    subprocess.run(command, check=True, capture_output=True, timeout=180)
    for name, document in found.items():
        pdf = (tmp_path / f"{name}.pdf").read_bytes()
        assert pdf.startswith(b"%PDF") and pdf.count(b"/Type/Page\n") + pdf.count(b"/Type/Page/") >= 1
        assert everything(document)
