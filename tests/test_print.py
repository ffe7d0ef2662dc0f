"""The whole report as one PDF, by the machine's browser: what it holds, and what happens where there is none."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import time
from pathlib import Path
from urllib.parse import unquote

import pytest
import small_reports
from offices import make_case
from small_reports import Links, html, rebuild, report_of

from kaohe_tools import browser
from kaohe_tools.browser import CHOSEN, BrowserError, print_page
from kaohe_tools.cli import main
from kaohe_tools.report.plan import PDF

made, project = small_reports.made, small_reports.project  # fixtures


def _printed(project: Path) -> list[str]:
    """Make the report anew, its pages unchanged, and print it; what was told."""
    told: list[str] = []
    assert rebuild(project, pdf=told.append) == []
    return told


def _fake(path: Path, script: str) -> str:
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def test_the_whole_report_is_one_pdf_that_the_index_leads_to(project, chromium, monkeypatch) -> None:
    monkeypatch.setenv(CHOSEN, chromium)
    assert _printed(project) == []
    pdf = (report_of(project) / PDF).read_bytes()
    assert pdf.startswith(b"%PDF")
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) >= 5, "the index and four pages begin a sheet of paper each"
    assert PDF in {unquote(target) for target in Links(html(project, "index")).targets}
    assert not (report_of(project) / "打印.html").exists()
    assert PDF in (report_of(project) / "assets" / "files.txt").read_text(encoding="utf-8")


def test_printed_twice_the_pdf_has_the_same_bytes_and_names_no_place_of_this_machine(
    project, chromium, monkeypatch
) -> None:
    monkeypatch.setenv(CHOSEN, chromium)
    assert _printed(project) == []
    first = (report_of(project) / PDF).read_bytes()
    assert b"D:20200101000000" in first, "the time of the assessment"
    time.sleep(1.1)
    assert _printed(project) == []
    assert (report_of(project) / PDF).read_bytes() == first
    assert b"file:" not in first and str(project).encode() not in first


def test_the_command_without_a_browser_makes_the_report_and_ends_well_with_a_remark(
    tmp_path, monkeypatch, capsys
) -> None:
    monkeypatch.setenv(CHOSEN, "no-such-browser")
    small_reports.write_notebooks(tmp_path / "notebooks")
    case = make_case(tmp_path / "案例", simulated="true")
    assert main(["run", str(case), "--out", str(tmp_path), "--pdf"]) == 0
    assert "提示 这台电脑上没有找到 Chromium" in capsys.readouterr().err
    report = tmp_path / "reports" / "案例"
    assert ".pdf" not in (report / "index.html").read_text(encoding="utf-8")
    assert not (report / PDF).exists()


@pytest.mark.skipif(os.name == "nt", reason="假浏览器是 shell 脚本，Windows 上跳过")
def test_a_browser_that_fails_is_told_and_leaves_no_half_a_file(project, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv(CHOSEN, _fake(tmp_path / "fails", "exit 3"))
    [told] = _printed(project)
    assert "退出码 3" in told
    assert not (report_of(project) / PDF).exists()


@pytest.mark.skipif(os.name == "nt", reason="假浏览器是 shell 脚本，Windows 上跳过")
def test_a_browser_that_hangs_is_ended_with_all_its_processes(tmp_path) -> None:
    hanging = _fake(tmp_path / "hangs", f"sleep 60 & echo $! > '{tmp_path}/child'; sleep 60")
    with pytest.raises(BrowserError, match="1 秒还没有打印完"):
        print_page(hanging, tmp_path / "page.html", tmp_path / "page.pdf", patience=1)
    child = (tmp_path / "child").read_text(encoding="utf-8").strip()
    state = subprocess.run(["ps", "-o", "stat=", "-p", child], capture_output=True, text=True, check=False).stdout
    assert state.strip() in ("", "Z"), "gone, or dead and not yet collected"


def test_a_page_with_words_of_another_host_is_printed_without_asking_for_them(chromium, tmp_path) -> None:
    page = tmp_path / "页 一.html"
    page.write_text('<p>考核</p><img src="http://example.cn/a.png">', encoding="utf-8")
    print_page(chromium, page, tmp_path / "页.pdf")
    assert (tmp_path / "页.pdf").stat().st_size > 1000
    assert "--host-resolver-rules=MAP * ~NOTFOUND" in browser.FLAGS
