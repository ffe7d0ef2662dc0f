"""A small office assessed, with its report, for tests of records: what outputs say of where they come from."""

from __future__ import annotations

import hashlib
import json
import shutil
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import openpyxl
import pytest
from offices import make_case
from small_reports import write_notebooks

from kaohe_tools.assess import assess
from kaohe_tools.cli import main
from kaohe_tools.digests import digest_of, digest_of_record, listing
from kaohe_tools.outputs import RUN, SEAL, TIME, write
from kaohe_tools.report import build_report

NAME = "小案例"
CELLS = [
    "from IPython.display import Markdown\n\nfrom kaohe_tools.results import read_results",
    "Markdown(f'# {stage}的{category}，共 {len(read_results(results_dir).scores)} 个')",
]


def make_assessed(folder: Path) -> Path:
    """Make a project with a case, its results and no report; its folder."""
    root = folder / "项目"
    make_case(raw(root), simulated="true")
    write(assess(raw(root)), results(root))
    return root


def make_reported(folder: Path) -> Path:
    """Make the same with a report."""
    root = make_assessed(folder)
    write_notebooks(root / "notebooks", cells=CELLS)
    assert build_report(results(root), report(root), root / "notebooks", progress=False) == []
    return root


@pytest.fixture(scope="module")
def assessed(tmp_path_factory) -> Path:
    """Give a project with results and no report; not to be changed."""
    return make_assessed(tmp_path_factory.mktemp("考核"))


@pytest.fixture(scope="module")
def reported(tmp_path_factory) -> Path:
    """Give a project with a report; not to be changed."""
    return make_reported(tmp_path_factory.mktemp("报告"))


@pytest.fixture
def project(assessed, tmp_path) -> Path:
    """Give a project without a report, to be changed."""
    return Path(shutil.copytree(assessed, tmp_path / "项目"))


@pytest.fixture
def whole(reported, tmp_path) -> Path:
    """Give a project with a report, to be changed."""
    return Path(shutil.copytree(reported, tmp_path / "项目"))


def raw(root: Path) -> Path:
    return root / "data" / "raw" / NAME


def results(root: Path) -> Path:
    return root / "data" / "processed" / NAME


def report(root: Path) -> Path:
    return root / "reports" / NAME


def run_of(root: Path) -> dict:
    """Give the record of a project's run."""
    return json.loads((results(root) / RUN).read_text(encoding="utf-8"))


def told(capsys, *words: object) -> tuple[int, str]:
    """Give the exit status of a command and all that it said."""
    capsys.readouterr()
    status = main([str(word) for word in words])
    said = capsys.readouterr()
    return status, said.out + said.err


def flip(path: Path, at: float = 0.5) -> None:
    """Change one byte of a file, so far into it."""
    content = bytearray(path.read_bytes())
    content[int((len(content) - 1) * at)] ^= 0x04
    path.write_bytes(bytes(content))


def change_cell(root: Path, where: str, value: object) -> None:
    """Put another value into a cell of the case, named like 得分!D2."""
    sheet, cell = where.split("!")
    path = raw(root) / "数据.xlsx"
    book = openpyxl.load_workbook(path)
    book[sheet][cell] = value
    book.save(path)


def change_text(path: Path, old: str, new: str) -> None:
    """Change the first place of a text in a file that has it."""
    text = path.read_bytes().decode("utf-8")
    assert old in text
    path.write_bytes(text.replace(old, new, 1).encode("utf-8"))


def seal_again(folder: Path, change: Callable[[dict], Mapping] = dict) -> None:
    """Make run.json agree with a results folder whose tables were changed, as a careful forger would."""
    run = dict(change(json.loads((folder / RUN).read_text(encoding="utf-8"))))
    run["outputs"] = [{"file": entry["file"], "sha256": digest_of(folder / entry["file"])} for entry in run["outputs"]]
    run[SEAL] = digest_of_record(run, without=[TIME, SEAL])
    (folder / RUN).write_text(json.dumps(run, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rewrite(path: Path, change: Callable[[dict[str, bytes]], object], *, seal: bool = True) -> None:
    """Change the members of a year's file; `seal`: its list of digests is made to agree, as a forger would."""
    found = members(path)
    change(found)
    if seal:
        digests = {name: hashlib.sha256(found[name]).hexdigest() for name in found if name != "sha256.txt"}
        found["sha256.txt"] = listing(digests).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in found.items():
            archive.writestr(name, content)
