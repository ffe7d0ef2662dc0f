"""All that is given for a case bound to the items it speaks of.

Here names meet the scheme and the roster. Whatever does not fit is told at its cell; what comes out is sound.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from kaohe_tools.ballots import bind_ballots
from kaohe_tools.directory import Directory
from kaohe_tools.items import read_items
from kaohe_tools.matching import Matcher
from kaohe_tools.problems import Problems
from kaohe_tools.score_rows import bind_scores
from kaohe_tools.sheets import Tables


@dataclass(frozen=True)
class Bound:
    """All of a case that counts, bound to numbered items.

    items: see `items.Items.table`. scores: SCORE_COLUMNS, one row for each score that counts. tallies: item, sheet,
    row, one column per vote. votes: subject and one column per vote, of ballots that are not scored (得票率).
    attempted: items given something that had an error (told). blanks: score rows left blank, BLANK_COLUMNS.
    voters: by item, how many valid ballots its score comes from (items scored by ballots only). hollow: see `items`.
    """

    items: pd.DataFrame
    scores: pd.DataFrame
    tallies: pd.DataFrame
    votes: pd.DataFrame
    attempted: set[int]
    blanks: pd.DataFrame
    voters: pd.Series
    hollow: pd.DataFrame


def bind(tables: Tables, directory: Directory, problems: Problems) -> Bound:
    """Build the items of every subject, then bind scores and ballots to them."""
    items = read_items(tables, directory, problems)
    matcher = Matcher(tables, directory, items, problems)
    scores, blanks = bind_scores(matcher)
    ballots = bind_ballots(matcher)
    placed = pd.concat([ballots.tallies[["item", "sheet", "row"]], ballots.marks[["item", "sheet", "row"]]])
    _refuse_both(scores, placed, items.table, tables, problems)
    together = pd.concat([scores, ballots.marks], ignore_index=True) if len(ballots.marks) else scores
    return Bound(
        items=items.table,
        scores=together.reset_index(drop=True),
        tallies=ballots.tallies,
        votes=ballots.votes,
        attempted=matcher.attempted,
        blanks=blanks,
        voters=_voters(ballots.tallies, ballots.marks, directory, items.table),
        hollow=items.hollow,
    )


def _refuse_both(
    scores: pd.DataFrame, ballots: pd.DataFrame, items: pd.DataFrame, tables: Tables, problems: Problems
) -> None:
    """Scores and ballots for the same part of the same subject are an error."""
    scored = scores.drop_duplicates("item").set_index("item")
    for row in ballots[ballots["item"].isin(scored.index)].itertuples():
        other = scored.loc[row.item]
        where = tables.place(int(other["sheet"]), int(other["row"]), "score")
        message = f"“{items.at[row.item, 'leaf']}”既有测评又有得分（另见 {where}）"
        problems.error(tables.place(row.sheet, row.row, "voters"), message, "请只留一种")


def _voters(tallies: pd.DataFrame, marks: pd.DataFrame, directory: Directory, items: pd.DataFrame) -> pd.Series:
    """Valid ballots by item; abstentions give no score and are not counted."""
    votes = [column for column in tallies.columns if column not in ("item", "sheet", "row")]
    pooled = tallies.groupby("item")[votes].sum()
    counted = {
        item: sum(row[vote] for vote in directory.stage_of(items.at[item, "subject"]).votes if vote in votes)
        for item, row in pooled.iterrows()
    }
    return pd.concat([pd.Series(counted, dtype=float), marks.groupby("item").size().astype(float)])
