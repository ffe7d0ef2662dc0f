"""A project with a finished report, and runs of the command that tests can stop at any moment."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from offices import make_case
from small_reports import CATEGORY_CELLS, snapshot, write_notebooks

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 300  # seconds, on a machine that does much besides
NAME = "案例"


class Project:
    """data/raw/案例, notebooks/, and what `kaohe run` makes of them."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.case = root / "data" / "raw" / NAME
        self.results, self.report = root / "data" / "processed" / NAME, root / "reports" / NAME
        self.log = root / "reports" / f"{NAME}.运行日志.txt"
        self.arrived, self.go = root / "到了", root / "放行"

    @classmethod
    def made(cls, root: Path) -> Project:
        """A new one whose report is made."""
        project = cls(root)
        make_case(project.case)
        write_notebooks(root / "notebooks")
        told(project.run(), 0)
        return project

    def change_a_score(self, score: float = 17) -> None:
        """So that every page has to be made anew."""
        make_case(self.case, {"得分!D2": score})

    def write_notebooks(self, *cells: str) -> None:
        write_notebooks(self.root / "notebooks", cells=[*CATEGORY_CELLS, *cells])

    def pause_in_the_notebooks(self) -> None:
        """The notebooks of categories wait for the file `go`, once they have written the file `arrived`."""
        wait = f"while not Path({str(self.go)!r}).exists():\n    time.sleep(0.05)"
        self.write_notebooks(
            f"import time\nfrom pathlib import Path\nPath({str(self.arrived)!r}).write_text('', 'utf-8')", wait
        )

    def run(self, *words: str) -> subprocess.Popen[str]:
        """`kaohe run` in a process of its own, with a new log."""
        self.log.unlink(missing_ok=True)
        command = [sys.executable, "-m", "kaohe_tools.cli", "run", str(self.case), "--jobs", "2", *words]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "stdin": subprocess.DEVNULL}
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
        hears = None if os.name == "nt" else _hear_ctrl_c
        return subprocess.Popen(
            command, cwd=self.root, env=environment, text=True, encoding="utf-8", preexec_fn=hears, **pipes
        )

    def logged(self, line: str) -> bool:
        return self.log.exists() and line in self.log.read_text(encoding="utf-8")

    def left_over(self) -> list[str]:
        """What lies about that is no output: hidden folders and files, locks, unfinished notebooks."""
        found = [*(self.root / "reports").rglob("*"), *(self.root / "data" / "processed").rglob("*")]
        return [path.name for path in found if path.name.startswith(".") or ".running" in path.name]

    def kernels(self) -> list[int]:
        """The processes of kernels that a run of this project has started (Linux)."""
        found = []
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                words = path.read_bytes().decode("utf-8", "replace")
            except OSError:
                continue  # gone meanwhile
            if "kaohe_tools.kernel" in words and str(self.root) in words:
                found.append(int(path.parent.name))
        return found

    def outputs(self) -> dict[str, bytes]:
        return snapshot(self.report)


def _hear_ctrl_c() -> None:
    """Tests that were started in the background do not hear Ctrl-C, nor would what they start."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def until(happened: Callable[[], object], running: subprocess.Popen[str] | None = None) -> None:
    """Wait for something to happen, while a process runs."""
    end = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < end, "it did not happen"
        assert running is None or running.poll() is None, running.communicate()[1]
        time.sleep(0.02)


def told(running: subprocess.Popen[str], status: int) -> str:
    """What a run that ends with an exit status has told on stdout and stderr."""
    try:
        out, err = running.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        running.kill()
        raise
    assert running.returncode == status, out + err
    return out + err


def in_python(code: Sequence[str]) -> int:
    """The exit status of lines run by a Python of their own."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    return subprocess.run([sys.executable, "-c", "\n".join(code)], env=environment, check=False).returncode
