"""Is a score ten times its neighbours', or a tenth of them: a slip of the point, another unit of measure?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from kaohe_tools.doubts.given import DONE, FEW_PEERS, LOOK, MANY_LINES, SCORE, Given, listed, numbered, share
from kaohe_tools.exact import show_short
from kaohe_tools.problems import NOTE, WARNING, Problem

FOLD = 8.0  # the slip of a decimal point is tenfold the right score, which itself lies a little off its neighbours
FOLD_DONE = 80.0  # 完成值 without a target: units differ in size; a percentage for a fraction, 元 for 万元 is more
HIGH = 0.8  # where all others are at or above it, a single zero is worth a note


def tenfold(given: Given) -> list[Problem]:
    """Scores far from those of the category on the same indicator, or of the other examiners on the same item."""
    marks = given.marks
    by_rater = marks[marks["kind"] == SCORE]
    by_rater = by_rater.assign(group=numbered(by_rater["item"], by_rater["what"]))
    found = pd.concat([far(marks.assign(group=marks["peers"])), far(by_rater)])
    found = found[~found.index.duplicated()].sort_index()
    return _told(given, found)


def far(marks: pd.DataFrame) -> pd.DataFrame:
    """Marks far from their group's others (at least FEW_PEERS that agree): also low, high and count of the others.

    Zeros are a score like any other and are left out; so are groups with values below zero.
    """
    broken = marks.loc[marks["value"] < 0, "group"]
    marks = marks[(marks["value"] > 0) & ~marks["group"].isin(broken)]
    marks = marks[marks.groupby("group")["value"].transform("size") > FEW_PEERS].sort_values(["group", "value"])
    if marks.empty:
        return marks.assign(low=0.0, high=0.0, others=0, ratio=0.0)
    value, group = marks["value"].to_numpy(), marks["group"].to_numpy()
    fold = np.where(marks["kind"] == DONE, FOLD_DONE, FOLD)
    ratio = value / median_of_others(value, group)
    apart = (ratio >= fold * (1 - 1e-9)) | (ratio <= (1 + 1e-9) / fold)
    starts = np.flatnonzero(np.diff(group, prepend=-1))
    which = np.cumsum(np.isin(np.arange(len(group)), starts)) - 1
    low = np.minimum.reduceat(np.where(apart, np.inf, value), starts)[which]
    high = np.maximum.reduceat(np.where(apart, -np.inf, value), starts)[which]
    others = np.add.reduceat((~apart).astype(int), starts)[which]
    slips = np.add.reduceat(apart.astype(int), starts)[which]
    asked = apart & (others >= FEW_PEERS * slips) & (high < low * fold)  # the others must agree among themselves
    return marks.assign(low=low, high=high, others=others, ratio=ratio)[asked]


def median_of_others(value: np.ndarray, group: np.ndarray) -> np.ndarray:
    """For each value the median of the others of its group; both sorted by group, then value."""
    starts = np.flatnonzero(np.diff(group, prepend=-1))
    size = np.diff(np.append(starts, len(group)))
    start, count = np.repeat(starts, size), np.repeat(size, size)
    rank = np.arange(len(group)) - start

    def other(k: np.ndarray) -> np.ndarray:
        """The k-th of the others: the value itself is passed over."""
        return value[start + k + (k >= rank)]

    return (other((count - 2) // 2) + other((count - 1) // 2)) / 2


def _told(given: Given, found: pd.DataFrame) -> list[Problem]:
    """One line each; for many of one subject, or of one indicator, in one sheet one line for all."""
    problems: list[Problem] = []
    for by in ("subject", "peers"):
        many = found.groupby([by, "sheet"])["item"].transform("size") > MANY_LINES
        problems += [_together(given, rows, by) for _, rows in found[many].groupby([by, "sheet"])]
        found = found[~many]
    if found.empty:
        return problems
    scores = given.tables["scores"].set_index(["sheet", "row"])
    return problems + [_single(given, mark, scores.loc[(mark.sheet, mark.row)]) for mark in found.itertuples()]


def _single(given: Given, mark, row: pd.Series) -> Problem:
    item = given.items.loc[mark.item]
    if mark.kind == SCORE:
        full = item["points"] if np.isnan(row["full"]) else row["full"]
        out_of = "分值" if np.isnan(row["full"]) else "满分"
        written = f"得分 {show_short(row['score'])} 是{out_of} {show_short(full)} 的 {share(mark.value)}"
        others = f"{share(mark.low)} 到 {share(mark.high)}"
    elif mark.kind == DONE:
        written = f"完成值 {show_short(mark.value)}"
        others = f"{show_short(mark.low)} 到 {show_short(mark.high)}"
    else:
        written = f"完成值 {show_short(row['done'])} 是目标值的 {share(mark.value)}"
        others = f"{share(mark.low)} 到 {share(mark.high)}"
    name = f"“{given.name(mark.subject)}”的“{item['indicator']}”"
    message = f"{name}{written}，{_fold(mark.ratio)}其余 {mark.others} 个（在 {others} 之间）"
    return Problem(WARNING, given.mark_place(mark), message, f"小数点或单位是否有误？{LOOK}")


def _together(given: Given, rows: pd.DataFrame, by: str) -> Problem:
    first = rows.sort_values("row").iloc[0]
    indicators = given.items["indicator"].to_numpy()[rows["item"]]
    if by == "subject":
        what = f"“{given.name(first['subject'])}”有 {len(rows)} 个数（{listed(indicators, 3)}）"
    else:
        what = f"“{indicators[0]}”有 {len(rows)} 个数（{listed(map(given.name, rows['subject']), 3)}）"
    ratio = float(np.median(rows["ratio"]))
    message = f"{what}{_fold(ratio)}其余的"
    return Problem(WARNING, given.mark_place(first), message, f"小数点、满分或单位是否有误？{LOOK}")


def _fold(ratio: float) -> str:
    return f"约是中间值的 {ratio:.0f} 倍，远高于" if ratio > 1 else f"约是中间值的 1/{1 / ratio:.0f}，远低于"


def lone_zeros(given: Given) -> list[Problem]:
    """One note for the zeros of subjects all of whose peers are at HIGH or above."""
    marks = given.marks[given.marks["kind"] == SCORE]
    low = marks.assign(low=marks["value"] < HIGH, zero=marks["value"] == 0)
    sums = low.groupby("peers").agg(size=("low", "size"), low=("low", "sum"), zero=("zero", "sum"))
    lone = sums.index[(sums["low"] == 1) & (sums["zero"] == 1) & (sums["size"] > FEW_PEERS)]
    rows = low[low["zero"] & low["peers"].isin(lone)].sort_values(["sheet", "row"])
    if rows.empty:
        return []
    indicators = given.items["indicator"].to_numpy()[rows["item"]]
    names = [f"{given.name(n)}：{name}" for n, name in zip(rows["subject"], indicators, strict=True)]
    message = f"{len(rows)} 个得分是 0，同类别其余的都不低于 {share(HIGH)}：{listed(names)}"
    return [Problem(NOTE, given.mark_place(rows.iloc[0]), message, "如不是零分而是没有评，请补填")]
