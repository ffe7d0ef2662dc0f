"""Is one thing called by two names that are nearly the same? Did you mean …"""

from __future__ import annotations

import numpy as np
import pandas as pd

from kaohe_tools.doubts.given import LOOK, Given
from kaohe_tools.doubts.likeness import Pair, near_pairs
from kaohe_tools.exact import tidy
from kaohe_tools.problems import WARNING, Problem

RARE = 5  # an examiner with so many times fewer marks than his namesake may be a slip for him


def similar_subjects(given: Given) -> list[Problem]:
    """Two units of one category with nearly the same name, or one of them named nowhere else.

    People (whose rows have 所属单位, 职务 or 人员类型) are often nearly namesakes: of them only usual confusions.
    """
    subjects = given.subjects
    person = (subjects[["unit", "post", "staff_type"]] != "").any(axis=1).to_numpy()
    kinds = ("scores", "ballots", "facts", "ledger", "history")
    called = subjects["subject"].to_numpy(dtype=object)
    spoken = np.concatenate([given.spoken_of(kind) for kind in kinds])
    known = set(called[np.unique(spoken[spoken >= 0])])
    named = np.array([name in known for name in called], dtype=bool)  # whatever the stage
    found: dict[tuple, Problem] = {}
    for numbers in subjects.groupby(given.category).groups.values():
        names = called[numbers].tolist()
        for pair in near_pairs(names) if len(set(names)) == len(names) else ():
            first, second = numbers[pair.first], numbers[pair.second]
            unsaid = named[first] != named[second] and not pair.ordinal and not pair.series
            unlikely = person[first] or person[second] or not (pair.plain(names[pair.first]) or unsaid)
            if unlikely and not pair.confused:
                continue
            rows = sorted((subjects.loc[first], subjects.loc[second]), key=lambda row: (row["sheet"], row["row"]))
            other = given.place(rows[0], "subject")
            message = f"“{rows[1]['subject']}”与同类别的“{rows[0]['subject']}”只差{_difference(pair)}（另见 {other}）"
            if unsaid:
                message += f"，而“{names[pair.second if named[first] else pair.first]}”没有任何数据"
            place = given.place(rows[1], "subject")
            found.setdefault((place, other), Problem(WARNING, place, message, f"是否同一个对象、有错别字？{LOOK}"))
    return list(found.values())


def _difference(pair: Pair) -> str:
    if pair.at < 0:
        return "标点或看不见的字符"
    if pair.one and pair.other:
        return f"一个字（{'、'.join(sorted((pair.one, pair.other)))}）"
    return f"一个字（{pair.one or pair.other}）"


def similar_indicators(given: Given) -> list[Problem]:
    """Two indicators of one subject and 考核项目 with nearly the same name, or in long names with the same points."""
    items = given.items[given.items["source"] == "indicators"]
    names, projects = (_tidied(items[name]) for name in ("indicator", "project"))
    known = list(dict.fromkeys(names))
    pairs = [pair for pair in near_pairs(known) if pair.confused or pair.plain(known[pair.first])]
    if not pairs:
        return []
    groups = items.groupby(names).groups
    key = dict(zip(items.index, zip(items["subject"], projects, strict=True), strict=True))
    found: dict[tuple, Problem] = {}
    for pair in pairs:
        homes = {key[n]: n for n in groups[known[pair.first]]}
        for second in groups[known[pair.second]]:
            first = homes.get(key[second])
            if first is None or not (pair.confused or items.at[first, "points"] == items.at[second, "points"]):
                continue
            rows = sorted((items.loc[first], items.loc[second]), key=lambda row: (row["sheet"], row["row"]))
            other, place = (given.place(row, "indicator") for row in rows)
            message = f"指标“{rows[1]['indicator']}”与“{rows[0]['indicator']}”只差{_difference(pair)}（另见 {other}）"
            found.setdefault((place, other), Problem(WARNING, place, message, f"是否同一项指标写了两次？{LOOK}"))
    return list(found.values())


def _tidied(texts: pd.Series) -> np.ndarray:
    """Texts as names are compared, each different one looked at once."""
    codes, uniques = pd.factorize(texts.to_numpy(dtype=object))
    return np.array([tidy(text) for text in uniques], dtype=object)[codes]


def similar_raters(given: Given) -> list[Problem]:
    """An examiner whose few marks are just such as his near namesake lacks, or whose name is a usual confusion."""
    marks, raters = given.marks, given.raters
    found: list[Problem] = []
    for pair in near_pairs(raters):
        if pair.at >= 0 and not (pair.one and pair.other):
            continue  # 张三 and 张三丰 are two people
        if pair.ordinal and not pair.confused:
            continue
        own = [marks[marks["rater"] == n] for n in (pair.first, pair.second)]
        few, many = sorted(own, key=lambda rows: (len(rows), rows["rater"].max()))
        if set(zip(few["item"], few["what"], strict=True)) & set(zip(many["item"], many["what"], strict=True)):
            continue  # both marked the same: two people
        rare = len(few) * RARE <= len(many) and set(few["peers"]) <= set(many["peers"])
        if not (pair.confused or rare):
            continue
        first = few.sort_values(["sheet", "row"]).iloc[0]
        name, usual = (raters[rows["rater"].iloc[0]] for rows in (few, many))
        message = f"评分人“{name}”（{len(few)} 个得分）与“{usual}”（{len(many)} 个得分）只差{_difference(pair)}"
        found.append(Problem(WARNING, given.place(first, "rater"), message, f"是不是“{usual}”？{LOOK}"))
    return found
