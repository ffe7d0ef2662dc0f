"""Assessed results for tests of the archive: those of the small office, and the same under another name or year."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from offices import make_case

from kaohe_tools import archive
from kaohe_tools.assess import assess
from kaohe_tools.outputs import write


def assessed(case: Path, folder: Path) -> Path:
    """Write the results of a case into a folder."""
    write(assess(case), folder)
    return folder


def copied(results: Path, folder: Path, **run: object) -> Path:
    """Write the same results into another folder, `run` put into its run.json (another case, year, …)."""
    if folder != results:
        shutil.copytree(results, folder)
    record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    (folder / "run.json").write_text(json.dumps({**record, **run}, ensure_ascii=False), encoding="utf-8")
    return folder


def edit(results: Path, file: str, old: str, new: str) -> None:
    """Put one text in place of another in a table."""
    text = (results / file).read_text(encoding="utf-8-sig")
    assert old in text
    (results / file).write_text(text.replace(old, new), encoding="utf-8-sig")


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return archive.default_store(tmp_path / "项目 #1?")


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small office, assessed once for all tests: raw/局 and processed/局."""
    base = tmp_path_factory.mktemp("office")
    assessed(make_case(base / "raw" / "局", year=2019), base / "processed" / "局")
    return base


@pytest.fixture
def results(once: Path, tmp_path: Path) -> Path:
    shutil.copytree(once, tmp_path, dirs_exist_ok=True)
    return tmp_path / "processed" / "局"
