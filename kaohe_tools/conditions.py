"""Conditions of a scheme over the subjects of a stage: structured data, never code.

fact, score, last, rank_share, votes, grade, pending, category, roster, history, history_score, named; `of` another
stage; all, any, not. `holds` tells for whom a condition is true, `in_words` says it with the figures.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from kaohe_tools.columns import KINDS
from kaohe_tools.exact import exceeds, parse_share, reaches, show, show_short
from kaohe_tools.scheme import COMPOSITE, Stage, When

BARS = ("at_least", "above", "below", "at_most")
_BAR_WORDS = {"at_least": "达到", "above": "超过", "below": "低于", "at_most": "不超过"}
_ROSTER = {column.header: column.name for column in KINDS["roster"].columns}


@dataclass
class View:
    """What conditions may look at: the subjects of one stage with what is known of them so far.

    frame: index = subject number; columns subject, category, the roster's; one per part and 综合得分 (published), rank,
    count (of those ranked together), group; grade ("" while open) and pending. facts: (subject, fact) → value.
    votes: index = subject, counts by vote. history: (subject, year) → (grade, composite). links: for each earlier stage
    the number of each subject's own subject there (−1: none); others: the views of those stages.
    """

    stage: Stage
    frame: pd.DataFrame
    facts: Mapping[tuple[int, str], Any]
    year: int = 0
    votes: pd.DataFrame = field(default_factory=pd.DataFrame)
    history: Mapping[tuple[int, int], tuple[str, float]] = field(default_factory=dict)
    links: Mapping[str, np.ndarray] = field(default_factory=dict)
    others: Mapping[str, View] = field(default_factory=dict)
    _shares: dict[tuple[str, ...], np.ndarray] = field(default_factory=dict, repr=False)
    _held: dict[int, tuple[When, np.ndarray]] = field(default_factory=dict, init=False, repr=False)

    def put(self, columns: Mapping[str, np.ndarray]) -> None:
        """Take over columns of the frame: what a condition was found to be may change with them."""
        for name, values in columns.items():
            self.frame[name] = values
        self._held.clear()

    def held(self, when: When) -> np.ndarray:
        """As `holds`, for a condition of the scheme that is looked at subject by subject: worked out once."""
        if id(when) not in self._held:
            self._held[id(when)] = (when, holds(when, self))  # kept, so that no other gets its id
        return self._held[id(when)][1]

    def vote_share(self, votes: list[str]) -> np.ndarray:
        """得票率: votes / valid votes of each subject, NaN without votes."""
        key = tuple(votes)
        if key not in self._shares:
            own = [vote for vote in self.stage.ballot.votes if vote in self.votes] if self.stage.ballot else []
            counts = self.votes.reindex(self.frame.index)
            valid = counts[own].sum(axis=1).to_numpy(dtype=float)
            chosen = counts[[vote for vote in votes if vote in own]].sum(axis=1).to_numpy(dtype=float)
            self._shares[key] = np.divide(chosen, valid, out=np.full(len(valid), np.nan), where=valid > 0)
        return self._shares[key]


def holds(when: When | None, view: View) -> np.ndarray:
    """For which subjects of the view a condition is true (a boolean for each row of its frame)."""
    if when is None:
        return np.ones(len(view.frame), dtype=bool)
    if "of" in when:
        return _holds_elsewhere(when, view)
    for key, test in _TESTS.items():
        if key in when:
            return test(when, view)
    raise ValueError(f"no such condition: {dict(when)}")


def _holds_elsewhere(when: When, view: View) -> np.ndarray:
    """A condition on each subject's own subject in an earlier stage; false where it has none there."""
    other, link = view.others[when["of"]], view.links[when["of"]]
    true = holds({key: value for key, value in when.items() if key != "of"}, other)
    positions = other.frame.index.get_indexer(link)
    return np.where(positions >= 0, true[positions], False)


def _number(value: object) -> float:
    share = parse_share(value)
    if share is None:
        raise ValueError(f"not a figure: {value!r}")
    return share


def _names(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def compare(values: np.ndarray, when: When) -> np.ndarray:
    """Figures against the bars of a condition; an unknown figure meets none."""
    met = np.isfinite(values)
    for bar in BARS:
        if bar in when:
            limit = _number(when[bar])
            tests = {
                "at_least": lambda v, b: reaches(v, b),
                "above": lambda v, b: exceeds(v, b),
                "below": lambda v, b: ~reaches(v, b),
                "at_most": lambda v, b: ~exceeds(v, b),
            }
            met &= tests[bar](values, limit)
    return met


def _fact(when: When, view: View) -> np.ndarray:
    values = [view.facts.get((number, when["fact"])) for number in view.frame.index]
    if any(bar in when for bar in BARS):
        return compare(np.array([np.nan if v is None else float(v) for v in values]), when)
    wanted = _names(when["is"]) if "is" in when else [True]
    return np.array([value in wanted if value is not None else False for value in values], dtype=bool)


def _last(when: When, view: View) -> np.ndarray:
    """The lowest published score of a category of at least two; all who tie for it are last."""
    grouped = view.frame.groupby("category")[when["last"]]
    lowest, count = grouped.transform("min"), grouped.transform("count")
    return ((view.frame[when["last"]] == lowest) & (count >= 2)).to_numpy()


def _history(when: When, view: View) -> np.ndarray:
    """The same grade (or a score under a bar) this year and in the years before it, without a gap."""
    years = [view.year - back for back in range(1, when["years"])]
    if "history" in when:
        now = (view.frame["grade"] == when["history"]).to_numpy()
        past = [[view.history.get((n, y), ("", np.nan))[0] == when["history"] for n in view.frame.index] for y in years]
    else:
        now = compare(view.frame[when["history_score"]].to_numpy(dtype=float), when)
        past = [
            compare(np.array([view.history.get((n, y), ("", np.nan))[1] for n in view.frame.index]), when)
            for y in years
        ]
    return np.logical_and.reduce([now, *(np.asarray(year, dtype=bool) for year in past)])


_TESTS = {
    "all": lambda when, view: np.logical_and.reduce([holds(inner, view) for inner in when["all"]]),
    "any": lambda when, view: np.logical_or.reduce([holds(inner, view) for inner in when["any"]]),
    "not": lambda when, view: ~holds(when["not"], view),
    "named": lambda when, view: holds(view.stage.conditions[when["named"]].when, view),
    "fact": _fact,
    "score": lambda when, view: compare(view.frame[when["score"]].to_numpy(dtype=float), when),
    "last": _last,
    "rank_share": lambda when, view: (
        ~exceeds(view.frame["rank"].to_numpy(), _number(when["rank_share"]) * view.frame["count"].to_numpy())
    ),
    "votes": lambda when, view: compare(view.vote_share(_names(when["votes"])), when),
    "history": _history,
    "history_score": _history,
    "grade": lambda when, view: view.frame["grade"].isin(_names(when["grade"])).to_numpy(),
    "pending": lambda when, view: (view.frame["pending"] != "").to_numpy(),
    "category": lambda when, view: view.frame["category"].isin(_names(when["category"])).to_numpy(),
    "roster": lambda when, view: view.frame[_ROSTER[when["roster"]]].isin(_names(when["is"])).to_numpy(),
}


# --- words ------------------------------------------------------------------------------------------------------------


def in_words(when: When, view: View, number: int) -> str:
    """A condition that holds for a subject, said with its own figures."""
    position, at = view.frame.index.get_loc(number), view.frame.at
    if "of" in when:
        inner = {key: value for key, value in when.items() if key != "of"}
        own = int(view.links[when["of"]][position])
        return f"{when['of']}环节{in_words(inner, view.others[when['of']], own)}" if own >= 0 else ""
    if "all" in when:
        return "，且".join(filter(None, (in_words(inner, view, number) for inner in when["all"])))
    if "any" in when:
        true = [inner for inner in when["any"] if view.held(inner)[position]]
        return "；".join(in_words(inner, view, number) for inner in true)
    if "not" in when:
        return f"没有“{_subject_of(when['not'])}”的情况"
    if "named" in when:
        return in_words(view.stage.conditions[when["named"]].when, view, number)
    if "fact" in when:
        return f"情形“{when['fact']}”为{_fact_text(view.facts.get((number, when['fact'])))}{_bars(when)}"
    if "score" in when:
        return f"{when['score']} {show(at[number, when['score']])}{_bars(when)}"
    if "last" in when:
        what = when["last"] if when["last"] == COMPOSITE else f"“{when['last']}”得分"
        return f"{what} {show(at[number, when['last']])} 为{at[number, 'category']}末位"
    if "rank_share" in when:
        share = show_short(_number(when["rank_share"]) * 100)
        return f"排名第 {at[number, 'rank']}，在参加数 {at[number, 'count']} 的前 {share}% 以内"
    if "votes" in when:
        return f"{vote_text(when, view, position)}{_bars(when)}"
    return _plain_words(when, view, number)


def _plain_words(when: When, view: View, number: int) -> str:
    at = view.frame.at
    if "grade" in when:
        return f"等次为{at[number, 'grade']}"
    if "pending" in when:
        return f"待定（{at[number, 'pending']}）"
    if "category" in when:
        return f"属于{at[number, 'category']}"
    if "history" in when:
        return f"连续 {when['years']} 年为{when['history']}"
    if "history_score" in when:
        return f"连续 {when['years']} 年得分{_bars(when).lstrip('，')}"
    return f"{when['roster']}为{at[number, _ROSTER[when['roster']]]}"


def vote_text(when: When, view: View, position: int) -> str:
    """优秀得票率 18/20=90%."""
    votes = _names(when["votes"])
    share = view.vote_share(votes)[position]
    name = f"{'+'.join(votes)}得票率"
    if not np.isfinite(share):
        return f"{name}没有数据"
    counts = view.votes.loc[view.frame.index[position]]
    valid = sum(counts[vote] for vote in view.stage.ballot.votes if vote in counts)
    chosen = sum(counts[vote] for vote in votes if vote in counts)
    return f"{name} {chosen:g}/{valid:g}={show_short(share * 100)}%"


def _subject_of(when: When) -> str:
    for key in ("fact", "named", "grade", "pending", "score"):
        if key in when:
            return str(when[key])
    return "所列情形"


def _fact_text(value: object) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    if value is None:
        return "未给出"
    return show_short(value) if isinstance(value, float) else str(value)


def _bars(when: When) -> str:
    return "".join(f"，{_BAR_WORDS[bar]} {when[bar]}" for bar in BARS if bar in when)


def lacking(when: When, view: View, number: int) -> list[str]:
    """Which of a condition's demands a subject does not meet, said with its own figures."""
    position = view.frame.index.get_loc(number)
    if "named" in when:
        return lacking(view.stage.conditions[when["named"]].when, view, number)
    if "all" in when:
        return [text for inner in when["all"] for text in lacking(inner, view, number)]
    if view.held(when)[position]:
        return []
    figure = vote_text(when, view, position) if "votes" in when else None
    if "score" in when:
        figure = f"{when['score']} {show(view.frame.at[number, when['score']])}"
    demand = "、".join(f"{_BAR_WORDS[bar]} {when[bar]}" for bar in BARS if bar in when)
    return [f"{figure}，不满足“{demand}”" if figure else f"不满足“{_subject_of(when)}”"]
