"""Do ballots outnumber the voters? Totals alone are told, never a vote or a mark."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np
import pandas as pd

from kaohe_tools.doubts.given import AS_IS, FEW_PEERS, LOOK, MANY_LINES, Given, numbered
from kaohe_tools.doubts.sizes import median_of_others
from kaohe_tools.exact import parse_number
from kaohe_tools.problems import WARNING, Place, Problem
from kaohe_tools.sheets import Sheet

VOTERS = {  # columns beside the votes that say how many could vote, the widest first
    name: rank
    for rank, names in enumerate(
        (
            ("应到", "应到人数", "应参评人数"),
            ("实到", "实到人数", "参评人数", "实参评人数"),
            ("发出", "发出票数", "发放"),
            ("收回", "收回票数", "回收"),
        )
    )
    for name in names
}
SUMS = ("合计", "总票数", "票数合计", "有效票", "有效票数")
DOUBLE = 2.0  # so many times the usual number of ballots …
ALIKE = 1.5  # … where the others' numbers agree so far that the same people vote on everyone


def _counts(given: Given) -> pd.DataFrame:
    """By row of the ballots table: subject, group (whom with whom), valid, cast (with 弃权); NaN where only marks."""
    frame = given.tables["ballots"]
    abstain = {stage.abstain for stage in given.directory.scheme.stages.values()}
    votes = frame[given.tables.votes].to_numpy(dtype=float)
    valid = votes[:, [name not in abstain for name in given.tables.votes]]
    blank = np.isnan(votes).all(axis=1) if votes.size else np.ones(len(frame), dtype=bool)
    subject = given.spoken_of("ballots") if len(frame) else np.zeros(0, dtype=int)
    category = np.where(subject >= 0, given.category[subject] if len(given.category) else -1, -1)
    return pd.DataFrame(
        {
            "subject": subject,
            "group": numbered(category, frame["stage"], frame["voters"], frame["item"]),
            "valid": np.where(blank, np.nan, np.nansum(valid, axis=1)),
            "cast": np.where(blank, np.nan, np.nansum(votes, axis=1)),
            **{name: frame[name].to_numpy() for name in ("voters", "ballot", "sheet", "row")},
        }
    )


def _figure(count: float, least: int) -> str:
    """A number of ballots; those of a few (by the case's min_voters) are not told: a mark could be traced to one."""
    return f"不足 {least}" if 0 < count < least else f"{count:g}"


# --- more than there can be -------------------------------------------------------------------------------------------


def more_than_voters(given: Given) -> list[Problem]:
    """Rows whose votes exceed 应到, 实到, 发出 or 收回, or do not add up to the 合计 or 有效票 beside them."""
    counts = _counts(given)
    found: list[Problem] = []
    for number in counts["sheet"].unique():
        sheet = given.tables.sheets[number]
        rows = counts[(counts["sheet"] == number) & counts["cast"].notna()]
        told: dict[int, list[tuple[Place, str]]] = {}
        for j, place, message in _contradictions(sheet, rows, given.case.min_voters):
            told.setdefault(j, []).append((place, message))
        for lines in told.values():
            found += _lines(lines, "请与计票单核对")
    return found


def _contradictions(sheet: Sheet, rows: pd.DataFrame, least: int) -> Iterator[tuple[int, Place, str]]:
    """Column, cell and message of every figure beside the votes that cannot be."""
    cells, used = sheet.grid.filled(), set(sheet.positions.values())
    heads = {j: name for j, name in sheet.names.items() if j not in used}
    voters = sorted((VOTERS[name], j) for j, name in heads.items() if name in VOTERS)
    sums = [j for j, name in heads.items() if name in SUMS]
    spans = {(i, s.left) for s in sheet.grid.spans for i in range(s.top, s.bottom + 1) if s.bottom > s.top}
    shown = partial(_figure, least=least)
    for row in rows.itertuples() if voters or sums else ():
        said = {j: read[0] for j in heads if j < len(cells[row.row]) and (read := parse_number(cells[row.row][j]))}
        for rank, j in voters:
            wider = [k for r, k in voters if r < rank and k in said and j in said and said[j] > said[k]]
            for k in wider[-1:]:
                yield j, sheet.grid.place(row.row, j), f"{heads[j]} {shown(said[j])} 多于{heads[k]} {shown(said[k])}"
            if j in said and row.cast > said[j]:
                text = f"有效票和弃权共 {shown(row.cast)} 票，多于{heads[j]} {shown(said[j])}"
                yield j, sheet.grid.place(row.row, j), text
        for j in sums:
            if j in said and said[j] not in (row.valid, row.cast) and (row.row, j) not in spans:
                text = f"{heads[j]} {shown(said[j])} 与各票数之和 {shown(row.valid)} 不符"
                text += f"（加弃权 {shown(row.cast)}）" if row.cast > row.valid else ""
                yield j, sheet.grid.place(row.row, j), text


def _lines(lines: list[tuple[Place, str]], advice: str) -> list[Problem]:
    """One problem for each line; for many of them one, that names the rows."""
    place, message = lines[0]
    if len(lines) > MANY_LINES:
        others = "、".join(p.cell for p, _ in lines[1:6]) + ("等" if len(lines) > 6 else "")
        lines = [(place, f"{message}；这一列还有 {len(lines) - 1} 处同样的问题（{others}）")]
    return [Problem(WARNING, place, message, f"{advice}；{AS_IS}") for place, message in lines]


def unlike_the_others(given: Given) -> list[Problem]:
    """A subject with more than double the ballots of its peers, where theirs agree: the same people vote on all."""
    counts = _counts(given)
    counts = counts[counts["subject"] >= 0].assign(cast=counts["cast"].fillna(1.0))
    sums = counts.groupby(["group", "subject"])["cast"].sum().reset_index().sort_values(["group", "cast"])
    sums = sums[sums.groupby("group")["cast"].transform("size") > FEW_PEERS]
    if sums.empty:
        return []
    usual = median_of_others(sums["cast"].to_numpy(), sums["group"].to_numpy())
    found: list[Problem] = []
    far = sums["cast"].to_numpy() > DOUBLE * usual
    for row in sums[far & (sums["cast"] >= given.case.min_voters)].itertuples():
        others = sums.loc[(sums["group"] == row.group) & ~far, "cast"]
        if len(others) < FEW_PEERS or others.max() > ALIKE * others.min():
            continue
        rows = counts[(counts["group"] == row.group) & (counts["subject"] == row.subject)]
        first = rows.sort_values(["sheet", "row"]).iloc[0]
        low, high = (_figure(count, given.case.min_voters) for count in (others.min(), others.max()))
        usually = f"{low} 票" if low == high else f"{low} 到 {high} 票"
        whose = f"“{given.name(row.subject)}”的“{first['voters']}”"
        message = f"{whose}共 {row.cast:g} 票，同类别其余 {len(others)} 个是 {usually}"
        found.append(Problem(WARNING, given.place(first, "voters"), message, f"是否有票重复录入？{LOOK}"))
    return found


# --- the same twice ---------------------------------------------------------------------------------------------------


def same_tallies(given: Given) -> list[Problem]:
    """Tallies equal to the last vote: a sheet may have been handed in twice; told once for each pair of sheets."""
    counts = _counts(given)
    votes = given.tables["ballots"][given.tables.votes].fillna(0.0).reset_index(drop=True)
    keys = pd.concat([counts[["subject", "group"]], votes], axis=1)
    many = (counts["subject"] >= 0) & (counts["ballot"] == "") & (counts["cast"] > 1)
    rows = counts[many].assign(key=numbered(*(keys.loc[many, name] for name in keys)))
    first = rows.groupby("key").transform("first")
    again = rows[rows.duplicated("key")]
    again = again.assign(origin=first.loc[again.index, "sheet"], origin_row=first.loc[again.index, "row"])
    found: list[Problem] = []
    for _, pair in again.groupby(["origin", "sheet"]):
        row = pair.iloc[0]
        other = given.tables.place(int(row["origin"]), int(row["origin_row"]), "voters")
        message = f"“{given.name(row['subject'])}”的“{row['voters']}”与另一行各等次票数完全相同（另见 {other}）"
        more = f"，这样的还有 {len(pair) - 1} 行" if len(pair) > 1 else ""
        place = given.place(row, "voters")
        found.append(Problem(WARNING, place, f"{message}，两行合并计票{more}", f"是否重复报送？{LOOK}"))
    return found
