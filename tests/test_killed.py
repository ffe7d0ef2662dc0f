"""Commands that write are killed for real once all is written aside: nothing half done, and the next run tidies up."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
import recorded
from interrupted import in_python
from recorded import raw, results
from small_reports import snapshot

from kaohe_tools import archive
from kaohe_tools.cli import main
from kaohe_tools.records import pack

assessed, project = recorded.assessed, recorded.project  # fixtures

pytestmark = pytest.mark.skipif(os.name == "nt", reason="没有 POSIX 信号，本测试跳过")


def _years_file(root: Path) -> Path:
    return pack(raw(root), root, root / "年.zip").path


def _archive(root: Path) -> Path:
    """An archive with the results of the year, and a case of the next year beside it."""
    archive.archive_results(results(root), archive.default_store(root))
    later = shutil.copytree(raw(root), raw(root).with_name("次年"))
    text = (later / "case.yaml").read_text(encoding="utf-8")
    (later / "case.yaml").write_text(text.replace("year: 2019", "year: 2020"), encoding="utf-8")
    return later


COMMANDS: dict[str, Callable[[Path, Path], list[object]]] = {
    "whatif": lambda root, out: ["whatif", raw(root), "--set", "民主测评=30", "--out", out],
    "readings": lambda root, out: ["readings", raw(root), "--no-pairs", "--out", out],
    "monitor": lambda root, out: ["monitor", raw(root), "--out", out],
    "explain": lambda root, out: ["explain", raw(root), "甲局", "--out", out.with_suffix(".html")],
    "assess": lambda root, out: ["assess", raw(root), "--out", out],
    "feedback": lambda root, out: ["feedback", raw(root), "--out", out],
    "archive pack": lambda root, out: ["archive", "pack", raw(root), "--out", out.with_suffix(".zip")],
    "archive unpack": lambda root, out: ["archive", "unpack", _years_file(root), "--out", out],
    "archive history": lambda root, out: [
        "archive", "history", _archive(root), "--out", out.with_suffix(".csv"), "--simulated",
    ],
}  # fmt: skip


def _killed(words: list[str], place: Path) -> None:
    """Run a command in a process of its own that is killed (SIGKILL) as it puts the first thing into place."""
    lines = [
        "import os, sys",
        "from kaohe_tools.cli import main",
        "real = os.replace",
        "def replace(source, target):",
        f"    return os.kill(os.getpid(), 9) if str(target).startswith({str(place)!r}) else real(source, target)",
        "os.replace = replace",
        f"sys.exit(main({words!r}))",
    ]
    assert in_python(lines) == -signal.SIGKILL


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_that_is_killed_leaves_no_output_and_the_next_run_clears_what_it_left(project, command, capsys):
    place = project / "输出"
    place.mkdir()
    words = [str(word) for word in COMMANDS[command](project, place / "成果")]
    _killed(words, place)
    assert snapshot(place) != {} and _seen(place) == {}
    assert main(words) == 0, capsys.readouterr().err
    assert list(place.rglob(".*")) == []
    made = snapshot(place)
    assert made != {}
    if command != "archive unpack":  # which writes into no folder that holds anything
        _killed(words, place)
        assert _seen(place) == made


def _seen(folder: Path) -> dict[str, bytes]:
    """The files of a folder but for hidden ones."""
    return {name: content for name, content in snapshot(folder).items() if not name.startswith(".")}
