"""Every output says where it comes from, in words and for machines, and nothing of the machine it was made on."""

from __future__ import annotations

import io
import json
import shutil
import zipfile
from html.parser import HTMLParser
from pathlib import Path

import docx
import openpyxl
import papermill
import pytest
from recorded import NAME, make_assessed, make_reported, raw, report, results, run_of

from kaohe_tools.assess import assess
from kaohe_tools.digests import digest_of, digest_of_list
from kaohe_tools.document.bundled import NOTICE, PUBLICITY
from kaohe_tools.outputs import write
from kaohe_tools.records import record_line, record_of, record_properties, stamp, stamp_file, tables_digest

ROOT = Path(__file__).resolve().parent.parent


class Meta(HTMLParser):
    """Collects what the <meta> elements of a page say, by name."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: dict[str, str] = {}
        self.feed(text)

    def handle_starttag(self, tag, attributes) -> None:
        values = dict(attributes)
        if tag == "meta" and "name" in values:
            self.found[values["name"]] = values["content"]


@pytest.fixture(scope="module")
def reported(tmp_path_factory) -> Path:
    """Give a project with a report; not to be changed."""
    return make_reported(tmp_path_factory.mktemp("报告"))


@pytest.fixture(scope="module")
def record(reported) -> dict:
    return record_of(run_of(reported))


def test_a_record_says_case_scheme_readings_inputs_software_and_time(record, reported) -> None:
    run = run_of(reported)
    assert (record["case"], record["title"], record["year"], record["simulated"]) == (NAME, "测试用小案例", 2019, True)
    assert record["scheme"]["id"] == "qinghai-2019" and len(record["scheme"]["sha256"]) == 64
    assert record["readings"] == {name: reading["choice"] for name, reading in run["readings"].items()}
    assert record["params"]["places"]["事业局"] == 1 and record["params"] == run["params"]
    assert {entry["file"]: entry["sha256"] for entry in record["inputs"]} == {
        name: digest_of(raw(reported) / name) for name in ("case.yaml", "数据.xlsx")
    }
    assert record["software"] == "0.1.0" and record["time"] == run["time"]


def test_one_digest_stands_for_all_inputs_whatever_their_order(record) -> None:
    inputs = record["inputs"]
    assert digest_of_list(reversed(inputs)) == record["inputs_sha256"]
    assert digest_of_list(inputs[1:]) != record["inputs_sha256"]
    swapped = [{**one, "sha256": other["sha256"]} for one, other in zip(inputs, reversed(inputs), strict=True)]
    assert digest_of_list(swapped) != record["inputs_sha256"]


def test_every_page_carries_the_record_and_shows_it_in_its_footer(reported, record) -> None:
    pages = sorted(report(reported).glob("*.html"))
    assert len(pages) == 4
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert json.loads(Meta(text).found["kaohe-record"]) == record, page.name
        footer = text[text.index('<footer class="site">') :]
        for shown in (NAME, "qinghai-2019", record["scheme"]["sha256"][:12], record["inputs_sha256"][:12], "0.1.0"):
            assert shown in footer, (page.name, shown)
        assert record["time"][:16].replace("T", " ") in footer and "演示数据" in footer


def test_every_executed_notebook_carries_the_record(reported, record) -> None:
    for path in (report(reported) / "notebooks").iterdir():
        assert json.loads(path.read_text(encoding="utf-8"))["metadata"]["kaohe"]["record"] == record, path.name


def test_the_workbook_carries_the_record_among_its_properties(reported, record) -> None:
    book = openpyxl.load_workbook(report(reported) / "等次表.xlsx")
    properties = {entry.name: entry.value for entry in book.custom_doc_props.props}
    assert properties == record_properties(record)
    assert properties["案例"] == NAME and properties["办法校验值"] == record["scheme"]["sha256"]
    assert properties["数据校验值"] == record["inputs_sha256"] and properties["演示数据"] == "是"
    assert properties["考核时间"] == record["time"] and "数据.xlsx" in properties["数据文件"]


def test_a_word_file_takes_the_record_and_still_opens(record) -> None:
    document, written = docx.Document(), io.BytesIO()
    document.add_paragraph("关于考核结果的通报")
    document.save(written)
    stamped = stamp(written.getvalue(), record)
    assert docx.Document(io.BytesIO(stamped)).paragraphs[0].text == "关于考核结果的通报"
    with zipfile.ZipFile(io.BytesIO(stamped)) as archive:
        assert record["scheme"]["sha256"] in archive.read("docProps/custom.xml").decode()
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert stamp(stamped, record) == stamped, "a second record takes the place of the first"


@pytest.mark.parametrize("name", ["公示", "通报", "考核工作报告"])
def test_what_leaves_the_office_tells_case_and_scheme_but_nothing_by_which_ballots_could_be_tried_out(
    record, tmp_path, name
) -> None:
    docx.Document().save(tmp_path / f"{name}.docx")
    stamp_file(tmp_path / f"{name}.docx", record)
    with zipfile.ZipFile(tmp_path / f"{name}.docx") as archive:
        told = archive.read("docProps/custom.xml").decode()
    assert record["scheme"]["sha256"] in told and record["time"] in told
    digests = [record["inputs_sha256"], *(entry["sha256"] for entry in record["inputs"])]
    inside = any(word in told for word in [digest[:12] for digest in digests] + ["数据.xlsx"])
    assert inside == (name not in {PUBLICITY, NOTICE})


def test_a_property_is_never_longer_than_word_shows_and_nothing_is_lost(record) -> None:
    many = {**record, "inputs": [{"file": f"第{i}个部门.xlsx", "sha256": f"{i:064x}"} for i in range(60)]}
    properties = record_properties(many)
    assert max(map(len, properties.values())) <= 255
    told = "；".join(text for name, text in properties.items() if name.startswith("数据文件"))
    assert [f"第{i}个部门.xlsx" in told for i in range(60)] == [True] * 60
    assert "数据文件 2" in properties


def test_signs_that_mean_something_in_pages_and_office_files_stay_what_they_are(record) -> None:
    odd = {**record, "case": '<甲>&"乙"', "title": "上\x00下"}
    document, written = docx.Document(), io.BytesIO()
    document.save(written)
    with zipfile.ZipFile(io.BytesIO(stamp(written.getvalue(), odd))) as archive:
        assert "&lt;甲&gt;&amp;" in archive.read("docProps/custom.xml").decode()
    assert '<甲>&"乙"' in record_line(odd)


def test_run_json_lists_every_table_beside_it_with_its_digest(reported) -> None:
    listed = {entry["file"]: entry["sha256"] for entry in run_of(reported)["outputs"]}
    assert listed == {path.name: digest_of(path) for path in results(reported).iterdir() if path.name != "run.json"}


def test_the_report_lists_every_file_with_its_digest(reported) -> None:
    folder = report(reported)
    lines = (folder / "assets" / "sha256.txt").read_text(encoding="utf-8").splitlines()
    listed = dict(reversed(line.split("  ", 1)) for line in lines)
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    assert listed == {name: digest_of(path) for name, path in files.items() if name != "assets/sha256.txt"}


def test_two_runs_of_one_case_differ_in_nothing_but_the_time(reported, tmp_path) -> None:
    write(assess(raw(reported)), tmp_path / NAME)
    again = json.loads((tmp_path / NAME / "run.json").read_text(encoding="utf-8"))
    first = run_of(reported)
    assert {name for name in first if first[name] != again[name]} <= {"time"}


# --- nothing of the machine -------------------------------------------------------------------------------------------


def test_no_file_of_a_report_tells_where_it_was_made(reported) -> None:
    for path in sorted(report(reported).rglob("*")):
        if path.is_file():
            assert str(reported).encode() not in path.read_bytes(), path.name
            assert json.dumps(str(reported))[1:-1].encode() not in path.read_bytes(), path.name


def test_an_executed_notebook_reads_the_tables_of_its_own_report_wherever_that_is_taken(
    reported, tmp_path, monkeypatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    taken = Path(shutil.copytree(report(reported), tmp_path / "拿走的报告"))
    source = taken / "notebooks" / "单位-厅机关.ipynb"
    assert json.loads(source.read_text(encoding="utf-8"))["metadata"]["papermill"]["parameters"] == {
        "results_dir": "../tables", "stage": "单位", "category": "厅机关",
    }  # fmt: skip
    done = papermill.execute_notebook(
        source, tmp_path / "again.ipynb", progress_bar=False, kernel_name="python3", cwd=source.parent
    )
    assert "# 单位的厅机关，共 4 个" in json.dumps(done.cells[-1].outputs, ensure_ascii=False)


def test_earlier_years_count_among_the_tables_that_a_page_was_made_of(tmp_path):
    made = results(make_assessed(tmp_path))
    without = tables_digest(made)
    (made / "历年.csv").write_text("考核对象,年度,等次\n甲局,2018,优秀\n", encoding="utf-8-sig")
    first = tables_digest(made)
    (made / "历年.csv").write_text("考核对象,年度,等次\n甲局,2018,良好\n", encoding="utf-8-sig")
    assert len({without, first, tables_digest(made)}) == 3
