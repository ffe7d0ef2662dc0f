"""Thousands of damaged results folders: shown as they were written, or refused with the file's name, soon."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from damage import damaged, damaged_json
from fuzzing import tries, try_all
from offices import SHEETS, make_case

from kaohe_tools import basis, changes
from kaohe_tools.assess import Prepared, assess, prepare
from kaohe_tools.outputs import RUN, write
from kaohe_tools.problems import InputError, Problem, Problems
from kaohe_tools.records.outputs import check_outputs, open_outputs
from kaohe_tools.results import read_results

HISTORY = [["考核对象", "年度", "等次", "综合得分"], ["甲局", 2018, "优秀", 91.5], ["乙局", 2018, "良好及以下", 80]]


@pytest.fixture(scope="module")
def case(tmp_path_factory) -> Path:
    """The small office, with an earlier year."""
    return make_case(tmp_path_factory.mktemp("案例") / "局", sheets={**SHEETS, "历年": HISTORY})


@pytest.fixture(scope="module")
def whole(case, tmp_path_factory) -> dict[str, bytes]:
    """The files of its results, by name."""
    folder = tmp_path_factory.mktemp("结果") / "局"
    write(assess(case), folder)
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.fixture
def folder(whole, tmp_path) -> Path:
    """A results folder, to be damaged."""
    for name, content in whole.items():
        (tmp_path / name).write_bytes(content)
    return tmp_path


def one_of(whole: dict[str, bytes], *names: str) -> Callable[[random.Random], tuple[str, bytes]]:
    """Damage one file of a results folder."""

    def make(chance: random.Random) -> tuple[str, bytes]:
        name = chance.choice(names or sorted(whole))
        return name, (damaged_json if name.endswith("json") else damaged)(whole[name], chance)

    return make


def with_damage(
    folder: Path, whole: dict[str, bytes], look: Callable[[str], list[Problem]]
) -> Callable[[tuple[str, bytes]], list[Problem]]:
    """Put the damaged file into the folder, look at it, and put the whole one back."""

    def read(made: tuple[str, bytes]) -> list[Problem]:
        name, content = made
        (folder / name).write_bytes(content)
        try:
            return look(name)
        except InputError as error:
            assert all(name in str(problem.place) for problem in error.problems), error
            raise
        finally:
            (folder / name).write_bytes(whole[name])

    return read


def test_damaged_tables_are_shown_or_refused(folder, whole, capfd):
    read = [name for name in whole if name not in (basis.BASIS, changes.SNAPSHOT)]

    def look(name: str) -> list[Problem]:
        results = read_results(folder)
        assert results.title and results.params is not None and results.unplaced >= 0
        for view in results.each_category():
            assert len(view.scores) and view.full_name
        return []

    found = try_all(tries(300), one_of(whole, *read, RUN, RUN), with_damage(folder, whole, look))
    assert min(found.values()) > 3
    assert capfd.readouterr() == ("", "")


def test_a_damaged_basis_is_not_used(folder, whole, capfd):
    sound = basis.of_folder(folder)
    assert sound is not None

    def look(name: str) -> list[Problem]:
        assert basis.of_folder(folder) in (None, sound)
        return []

    found = try_all(tries(700), one_of(whole, basis.BASIS), with_damage(folder, whole, look))
    assert found["refused"] == 0
    assert capfd.readouterr() == ("", "")


@pytest.fixture(scope="module")
def prepared(case) -> Prepared:
    return prepare(case)


def test_a_damaged_last_run_is_compared_with_or_told(folder, whole, prepared, tmp_path_factory, capfd):
    table = tmp_path_factory.mktemp("变动") / "变动.csv"

    def look(name: str) -> list[Problem]:
        since = changes.changes_since(prepared, folder)
        assert since is not None and changes.tell(since)
        changes.write_changes(since, table)
        return []

    try_all(tries(300), one_of(whole, changes.SNAPSHOT, changes.SNAPSHOT, RUN), with_damage(folder, whole, look))
    assert capfd.readouterr() == ("", "")


def test_whatever_is_damaged_verifying_tells_it(folder, whole, capfd):
    def look(name: str) -> list[Problem]:
        problems = Problems()
        check_outputs(open_outputs(folder), problems)
        assert problems.errors or (folder / name).read_bytes() == whole[name] or name == RUN
        return list(problems)

    found = try_all(tries(500), one_of(whole), with_damage(folder, whole, look))
    assert found["refused"] > found["read"]
    assert capfd.readouterr() == ("", "")


def test_a_file_that_is_gone_is_named(folder, whole):
    for name in whole:
        (folder / name).unlink()
        if name in (basis.BASIS, changes.SNAPSHOT, "历年.csv"):
            read_results(folder)
        else:
            with pytest.raises(InputError, match=f"{name}：没有此文件"):
                read_results(folder)
        (folder / name).write_bytes(whole[name])
