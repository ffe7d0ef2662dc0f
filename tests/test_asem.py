"""A published composite index, written as a scheme file, comes out as published: every level to 1e-6, every rank.

A published score of ours has two decimals and may tie where the index does not; so levels and ranks are compared on the
unrounded scores, and what we publish is held to be those scores, rounded.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from asem import write_index

from kaohe_tools.assess import Assessment, assess
from kaohe_tools.exact import publish
from kaohe_tools.outputs import tables

TOLERANCE = 1e-6


@dataclass(frozen=True)
class Index:
    """The index as assessed, beside the published scores and ranks (index = country, one column for each part)."""

    assessment: Assessment
    scores: pd.DataFrame
    ranks: pd.DataFrame

    def level(self, name: str) -> pd.Series:
        """A part of any level on its scale of 0 to 100: what its indicators add, over its points."""
        stage = next(iter(self.assessment.case.scheme.stages.values()))
        part = stage.part_named(name)
        leaves = [leaf.name for leaf in part.leaves("country")]
        rows = self.assessment.contributions
        sums = rows[rows["leaf"].isin(leaves)].groupby("subject")["value"].sum()
        return (sums / part.total("country") * 100).set_axis(self.countries[sums.index])

    @property
    def countries(self) -> pd.Series:
        """The country of every subject number."""
        return self.assessment.subjects["subject"]


@pytest.fixture(scope="module")
def index(shared, tmp_path_factory) -> Index:
    """Assess the index once for all tests."""
    source = shared / "asem"
    scores, ranks = (pd.read_csv(source / name).set_index("uCode") for name in ("scores.csv", "ranks.csv"))
    return Index(assess(write_index(source, tmp_path_factory.mktemp("asem"))), scores, ranks)


def test_the_index_of_every_country_is_the_published_one(index):
    found = index.assessment.scores["composite"].set_axis(index.countries).reindex(index.scores.index)
    assert len(found) == 51
    assert np.abs(found - index.scores["Index"]).max() < TOLERANCE


def test_every_level_below_it_is_the_published_one(index):
    assert len(index.scores.columns) == 8 + 2 + 1
    for name in index.scores.columns:
        found = index.level(name).reindex(index.scores.index)
        assert np.abs(found - index.scores[name]).max() < TOLERANCE, name


def test_all_ranks_are_the_published_ones(index):
    for name in index.ranks.columns:
        found = index.level(name).reindex(index.ranks.index)
        ranks = found.round(9).rank(ascending=False, method="min").astype(int)
        assert ranks.to_list() == index.ranks[name].to_list(), name


def test_what_is_published_of_it_is_rounded_to_two_decimals_and_ranked_as_such(index):
    result = tables(index.assessment)["结果"].set_index("考核对象").reindex(index.scores.index)
    rounded = pd.Series(publish(index.scores["Index"]), index.scores.index)
    assert result["综合得分"].astype(float).to_list() == rounded.to_list()
    assert result["排名"].astype(int).to_list() == rounded.rank(ascending=False, method="min").astype(int).to_list()


def test_no_figure_is_left_out_and_none_is_complained_of(index):
    assert len(index.assessment.contributions) == 51 * 49
    assert not index.assessment.problems.errors
