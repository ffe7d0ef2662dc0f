"""Some counties to be assessed in one go, and what they come to."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from clusters import ROOT
from offices import make_case
from small_reports import snapshot

from kaohe_tools.cli import main

COUNTIES = ("东市/甲县", "东市/乙县", "西市", "丙区")
BAD = "坏县"


def make_counties(folder: Path) -> Path:
    """Four sound cases that differ, at two depths, one with a scheme file beside it, and one with an error."""
    for number, name in enumerate(COUNTIES):
        make_case(folder / name, {"得分!D2": 15 + number}, title=f"{name}的考核")
    own = (ROOT / "kaohe_tools" / "schemes" / "qinghai-2019.yaml").read_text(encoding="utf-8")
    (folder / "全省.yaml").write_text(own.replace("id: qinghai-2019", "id: province-2019"), encoding="utf-8")
    make_case(folder / "西市", {"得分!D2": 17}, title="西市的考核", scheme="../全省.yaml")
    make_case(folder / BAD, {"得分!D2": 21})
    return folder


def assessed(cases: Path, name: str, out: Path) -> dict[str, bytes]:
    """What `kaohe assess` makes of a case, but for the time it was made."""
    assert main(["assess", str(cases / name), "--out", str(out)]) == 0
    return timeless(snapshot(out))


def timeless(files: dict[str, bytes]) -> dict[str, bytes]:
    """Outputs without the times of their runs."""
    kept = {}
    for name, content in files.items():
        if name.endswith("run.json"):
            content = json.dumps({**json.loads(content), "time": ""}).encode()
        kept[name] = content
    return kept


def under(files: dict[str, bytes], folder: str) -> dict[str, bytes]:
    return {
        name.removeprefix(f"{folder}/"): content for name, content in files.items() if name.startswith(f"{folder}/")
    }


def batch(cases: Path, out: Path | str, *words: str) -> int:
    return main(["batch", str(cases), "--out", str(out), "--jobs", "2", *words])


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> tuple[Path, Path]:
    """The counties and what a batch makes of them; not to be changed."""
    folder = tmp_path_factory.mktemp("全省")
    cases, out = make_counties(folder / "案例"), folder / "结果"
    assert batch(cases, out) == 1
    return cases, out
