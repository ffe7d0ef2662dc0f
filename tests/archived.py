"""Assessed results for tests of the archive: those of the small office, and the same under another name or year."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

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
