"""Good cases mutated: what means nothing changes no result, what is wrong is told at its cell, nothing ends in a trace.

Tried are some hundred mutated cases; KAOHE_TRIES=5000 tries so many of each property.
"""

from __future__ import annotations

import os
import random
import shutil
import tempfile
from functools import cache
from pathlib import Path
from string import ascii_uppercase

import pytest
from any_values import VALUES, is_legitimate, known_names
from blunders import HARMFUL
from good_offices import NAMES, Office, good
from hypothesis import given, settings
from hypothesis import strategies as st
from looks import Told, unseen
from mutations import HARMLESS
from papers import HEADER
from quick import schemes_read_once  # noqa: F401

from kaohe_tools.assess import Assessment, assess
from kaohe_tools.exact import tidy
from kaohe_tools.outputs import tables
from kaohe_tools.problems import InputError, Place, Problems

TRIES = int(os.environ.get("KAOHE_TRIES", "60"))
SMALL = [name for name in NAMES if not name.startswith("cut of ")]
OFFICES = st.sampled_from([*SMALL, *SMALL, *NAMES])
SEEDS = st.integers(0, 2**32 - 1)
COMPARED = ("结果", "名额", "运用")
try_many = settings(max_examples=TRIES, print_blob=True)


def published(assessment: Assessment) -> dict[str, str]:
    """The tables that are compared, as the text that is written."""
    found = tables(assessment)
    return {name: found[name].to_csv(index=False) for name in COMPARED}


@cache
def plain(name: str) -> tuple[dict[str, str], frozenset]:
    """What a good case gives: its tables, and its problems without their places."""
    assessment = good(name)[1]
    return published(assessment), frozenset((p.level, p.message) for p in assessment.problems)


def told_of(office: Office) -> tuple[dict[str, str] | None, Problems, dict]:
    """Write and assess an office: its tables (None where it has errors), all problems, and where everything stands."""
    folder = Path(tempfile.mkdtemp(prefix="kaohe-"))
    try:
        places = office.write(folder)
        try:
            assessment = assess(folder)
        except InputError as error:
            return None, error.problems, places
        return published(assessment), assessment.problems, places
    finally:
        shutil.rmtree(folder)


def is_told(expected: Told, problems: Problems, places: dict) -> bool:
    """Is it told, and where it should be?"""
    where: set[Place] = {
        places[expected.row, column] for column in expected.columns if (expected.row, column) in places
    }
    sheets = {(p.file, p.sheet) for (_, name), p in places.items() if expected.sheet and name in expected.sheet.columns}
    return any(
        expected.words in problem.message
        and expected.level in ("", problem.level)
        and (problem.place in where or expected.row is None)
        and (expected.sheet is None or (problem.place.file, problem.place.sheet) in sheets)
        for problem in problems
    )


def mutated(name: str, changes: list[str], chance: random.Random) -> tuple[Office, list[Told]]:
    """A copy of a good office with harmless changes, one after the other, and what must be told of them."""
    office = good(name)[0].copy()
    told = [told for change in changes for told in HARMLESS[change](office, chance)]
    return office, told + [Told("", "隐藏", sheet) for sheet in unseen(office)]


# --- harmless ---------------------------------------------------------------------------------------------------------


@try_many
@given(OFFICES, st.lists(st.sampled_from(sorted(HARMLESS)), min_size=1, max_size=5), SEEDS)
def test_what_means_nothing_changes_no_result_and_is_told_where_it_must_be(name, changes, seed):
    office, told = mutated(name, changes, random.Random(seed))
    found, problems, places = told_of(office)
    assert problems.errors == []
    assert found == plain(name)[0]
    assert [expected for expected in told if not is_told(expected, problems, places)] == []


@pytest.mark.parametrize("change", HARMLESS)
def test_a_harmless_change_changes_the_papers_of_some_office(change):
    def cells(office):
        looks = [
            (s.name, s.file, s.above, s.extra, s.gaps, s.upper, s.merged, s.hidden, s.columns, s.renamed)
            for s in office.sheets
        ]
        return repr((looks, [[(dict(row), row.hidden) for row in s.rows] for s in office.sheets]))

    for name in NAMES:
        before = cells(good(name)[0])
        if any(cells(mutated(name, [change], random.Random(seed))[0]) != before for seed in range(5)):
            return
    pytest.fail(f"{change} never changes anything")


# --- harmful ----------------------------------------------------------------------------------------------------------


def tell_harm(name: str, changes: list[str], harm: str, seed: int) -> bool:
    """Check that a harm on top of harmless changes is told; False where it does not fit the office."""
    chance = random.Random(seed)
    office, _ = mutated(name, changes, chance)
    expected = HARMFUL[harm](office, chance)
    if expected is None:
        return False
    _, problems, places = told_of(office)
    assert any(is_told(one, problems, places) for one in expected), "\n".join(map(str, problems.sorted()[:8]))
    assert bool(problems.errors) == (expected[0].level == "错误")
    return True


@pytest.mark.parametrize("harm", HARMFUL)
def test_what_is_wrong_is_told_at_its_cell(harm):
    fitting = (tell_harm(name, [], harm, seed) for seed in range(5) for name in SMALL)
    assert any(fitting), f"no office has anything for {harm} to spoil"


@try_many
@given(OFFICES, st.lists(st.sampled_from(sorted(HARMLESS)), max_size=3), st.sampled_from(sorted(HARMFUL)), SEEDS)
def test_what_is_wrong_is_told_at_its_cell_whatever_else_was_done_to_the_papers(name, changes, harm, seed):
    tell_harm(name, changes, harm, seed)


# --- anything at all --------------------------------------------------------------------------------------------------


def line_of(place: Place) -> tuple[str, str, str]:
    """The line in which a place is."""
    return place.file, place.sheet, place.cell.lstrip(ascii_uppercase)


@try_many
@given(OFFICES, st.sampled_from([[], ["as_csv"], ["as_word"]]), VALUES, SEEDS)
def test_any_value_in_any_cell_is_told_or_means_what_it_says(name, changes, value, seed):
    chance = random.Random(seed)
    office, _ = mutated(name, changes, chance)
    sheet = chance.choice([sheet for sheet in office.sheets if sheet.rows])
    row, column = chance.choice(sheet.rows), chance.choice(sheet.columns)
    said = [tidy(text) for text in row.values() if isinstance(text, str) and text.strip()]
    row[column] = value
    found, problems, places = told_of(office)
    before, known = plain(name)
    if found is None:
        there = {line_of(places[row, name]) for name in sheet.columns}
        in_its_row = any(line_of(problem.place) in there for problem in problems.errors)
        assert in_its_row or any(text in problem.message for problem in problems.errors for text in said)
    elif found != before and not {(p.level, p.message) for p in problems} - known:
        assert is_legitimate(column, value, known_names(office, column))


@try_many
@given(OFFICES, VALUES, SEEDS)
def test_any_value_for_a_header_is_told_where_it_changes_the_result(name, value, seed):
    chance = random.Random(seed)
    office = good(name)[0].copy()
    sheet = chance.choice([sheet for sheet in office.sheets if sheet.rows])
    old = chance.choice(sheet.columns)
    sheet.renamed = {old: value}
    found, problems, places = told_of(office)
    before, known = plain(name)
    assert (f"{HEADER} {sheet.name}", old) in places
    if found != before:
        assert {(p.level, p.message) for p in problems} - known != set()
