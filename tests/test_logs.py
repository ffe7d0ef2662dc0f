"""What is logged names no subject, no person, no file and no path, whatever the command and whatever goes wrong."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from offices import SHEETS, make_case
from small_reports import CATEGORY_CELLS, write_notebooks

from kaohe_tools.cli import main

PEOPLE = ("张三丰", "李四光")
NAMES = {str(row[0]) for sheet in SHEETS.values() for row in sheet[1:] if row[0]} - {"事业局", "厅机关"}
SCORES = [[*row, *[None] * (8 - len(row))] for row in SHEETS["得分"]]
RATED = [SCORES[0], *[[*row[:5], person, *row[6:]] for row in SCORES[1:] for person in PEOPLE]]
FAILING = "raise ValueError('{results_dir} 里的甲局、张三丰 数据.xlsx 读不出来')"
TOLD_OF_PEOPLE = [*CATEGORY_CELLS, "from pathlib import Path", FAILING.replace("{results_dir}", "/某处")]


@pytest.fixture
def root(tmp_path) -> Path:
    """A project with one case, whose scores two persons gave; one file more has the name of a subject."""
    case = make_case(tmp_path / "data" / "raw" / "机密案例", sheets={**SHEETS, "得分": RATED})
    (case / "甲局的说明.txt").write_text("说明", encoding="utf-8")
    (case / "坏表.xlsx").write_bytes(b"x")
    write_notebooks(tmp_path / "notebooks")
    return tmp_path


def _check(texts: list[str], root: Path) -> None:
    """Is there anything logged, and nothing of what it must not name?"""
    told = "\n".join(texts)
    assert told
    secret = [*NAMES, *PEOPLE, "机密案例", "数据.xlsx", "坏表", "甲局的说明", "case.yaml", str(root), "/某处", "/"]
    assert [word for word in secret if word in told.replace("(/)", "")] == []


@pytest.mark.parametrize("words", [["check"], ["assess", "--out", "结果"], ["run"]], ids=lambda words: words[0])
@pytest.mark.parametrize("flaw", ["a broken file", "none", "a broken case.yaml"])
def test_no_command_logs_whom_or_which_files_it_is_about(root, words, flaw, caplog, monkeypatch, capsys):
    monkeypatch.chdir(root)
    case = root / "data" / "raw" / "机密案例"
    if flaw == "none":
        (case / "坏表.xlsx").unlink()
    if flaw == "a broken case.yaml":
        (case / "case.yaml").write_text("scheme: 张三丰\nyear: 甲局\n", encoding="utf-8")
    with caplog.at_level(logging.DEBUG, "kaohe_tools"):
        status = main([words[0], str(case), *words[1:], "--verbose"])
    assert status == (0 if flaw == "none" else 1), capsys.readouterr().err
    records = [record.getMessage() for record in caplog.records if record.name.startswith("kaohe_tools")]
    if records or flaw != "a broken case.yaml":  # with which nothing is begun
        _check(records, root)


def test_the_log_beside_a_report_names_no_one_even_where_a_notebook_fails_over_somebody(root, monkeypatch, capsys):
    monkeypatch.chdir(root)
    case = root / "data" / "raw" / "机密案例"
    (case / "坏表.xlsx").unlink()
    write_notebooks(root / "notebooks", cells=TOLD_OF_PEOPLE)
    assert main(["run", str(case)]) == 1
    assert "张三丰" in capsys.readouterr().err, "who runs it is told why"
    log = root / "reports" / "机密案例.运行日志.txt"
    text = log.read_text(encoding="utf-8")
    assert "代码单元出错（ValueError）" in text
    _check([text], root)


@pytest.mark.parametrize(
    "words",
    [
        ["explain", "CASE", "甲局"],
        ["whatif", "CASE", "--set", "民主测评=30"],
        ["readings", "CASE"],
        ["monitor", "CASE"],
    ],
)
def test_other_commands_log_nothing_to_the_screen(root, words, monkeypatch, capsys):
    monkeypatch.chdir(root)
    case = root / "data" / "raw" / "机密案例"
    (case / "坏表.xlsx").unlink()
    assert main([word if word != "CASE" else str(case) for word in words]) == 0
    told = capsys.readouterr()
    assert "：开始" not in told.out + told.err and "：完成，" not in told.out + told.err
