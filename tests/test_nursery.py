"""Kernels forked from a process that has loaded everything: each is as if it had been started anew."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from pathlib import Path

import nbformat
import pytest

from kaohe_tools.nursery import PATIENCE, Nursery, open_nursery
from kaohe_tools.report import runner
from kaohe_tools.report.plan import Page
from kaohe_tools.report.runner import run_notebook

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="只在 Linux 上分出内核，本测试跳过")

wired = runner._wiring
TOUCH = "import os, sys, kaohe_tools\nseen = getattr(kaohe_tools, 'touched', '新')\nkaohe_tools.touched = '旧'\n"
TELL = "print(seen, 'kaohe_tools.charts' in sys.modules, os.getcwd(), os.environ.get('KAOHE_TEST', '无'), os.getpid())"


@pytest.fixture
def source(tmp_path) -> Path:
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = nbformat.v4.new_notebook(metadata={"kernelspec": kernel, "language_info": {"name": "python"}})
    parameters = nbformat.v4.new_code_cell('results_dir = ""', metadata={"tags": ["parameters"]})
    notebook.cells = [parameters, nbformat.v4.new_code_cell(TOUCH + TELL)]
    path = tmp_path / "n.ipynb"
    nbformat.write(notebook, path)
    return path


def _told(source: Path, stem: str, nursery: Nursery | None) -> list[str]:
    """What the notebook printed: fresh, loaded, folder, variable, process."""
    folder = source.parent / "notebooks"
    folder.mkdir(exist_ok=True)
    assert run_notebook(Page(stem), source, folder, source.parent, {}, nursery) is None
    notebook = nbformat.read(folder / f"{stem}.ipynb", as_version=4)
    (output,) = notebook.cells[-1].outputs
    return output.text.split()


def test_every_notebook_has_a_process_of_its_own_in_which_nothing_ran_before(source, monkeypatch) -> None:
    with open_nursery(source.parent) as nursery:
        first = _told(source, "一", nursery)
        monkeypatch.setenv("KAOHE_TEST", "有")
        monkeypatch.chdir(source.parent)
        second = _told(source, "二", nursery)
    anew = _told(source, "三", None)
    assert (first[0], second[0], anew[0]) == ("新", "新", "新")
    assert (first[1], second[1], anew[1]) == ("True", "True", "False"), "loaded before, where it was forked"
    assert second[2:4] == anew[2:4] == [str(source.parent), "有"], "folder and environment are those of now"
    assert first[4] != second[4]


def test_where_the_nursery_is_gone_kernels_start_as_ever(source) -> None:
    with open_nursery(source.parent) as nursery:
        nursery._process.kill()
        nursery._process.wait()
        assert _told(source, "一", nursery)[:2] == ["新", "False"]


def test_an_answer_that_comes_too_late_is_never_taken_for_that_of_another_notebook(source) -> None:
    with open_nursery(source.parent) as nursery:
        assert _told(source, "一", nursery)[1] == "True"
        nursery._process.send_signal(signal.SIGSTOP)
        nursery._channel.settimeout(0.2)
        assert nursery.hatch([], str(source.parent), {}) is None
        nursery._process.send_signal(signal.SIGCONT)
        nursery._channel.settimeout(PATIENCE)
        assert _told(source, "二", nursery)[:2] == ["新", "False"], "started anew"


def test_a_nursery_ends_with_the_report_even_while_it_loads(tmp_path) -> None:
    with open_nursery(tmp_path) as nursery:
        process = nursery._process
    assert process.poll() is not None


@pytest.mark.parametrize("below", ["", "很长的路径" * 6])
def test_kernels_are_spoken_with_by_sockets_of_our_own_which_go_with_them(source, tmp_path, monkeypatch, below) -> None:
    place = tmp_path / "临时" / below
    place.mkdir(parents=True)
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    monkeypatch.setattr(runner, "_LONGEST", len(os.fsencode(tmp_path)) + 60)
    seen = []
    monkeypatch.setattr(runner, "_wiring", lambda folder: seen.append(wired(folder)) or seen[-1])
    with open_nursery(source.parent) as nursery:
        assert _told(source, "一", nursery)[0] == "新"
    assert [each.get("transport", "tcp") for each in seen] == ["tcp" if below else "ipc"]
    assert not list(place.iterdir())
