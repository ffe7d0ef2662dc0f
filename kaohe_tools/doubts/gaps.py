"""Is a department missing where its peers all are? Told once for each, beside (not again for) every missing score."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pandas as pd

from kaohe_tools.doubts.given import AS_IS, LOOK, Given, few, first_place, listed
from kaohe_tools.exact import tidy
from kaohe_tools.problems import NOTE, WARNING, Problem

MANY_LEADS = 5  # of more departments that are late one line tells all


def _forgotten(given: Given, there: Iterable[int]) -> Iterator[tuple[str, list[int], int]]:
    """By category in which all but a few subjects are there: its name, those few, how many are there."""
    present = np.isin(given.subjects.index, list(there))
    for numbers in given.subjects.groupby(given.category).groups.values():
        lacking = [int(n) for n in numbers if not present[n]]
        if few(len(lacking), len(numbers) - len(lacking)):
            yield given.subjects.at[numbers[0], "category"], lacking, len(numbers) - len(lacking)


def _due(given: Given) -> tuple[pd.DataFrame, np.ndarray]:
    """The items that need a score or ballots, and which of them have any (be it one with an error, told elsewhere)."""
    bound = given.bound
    items = given.items[given.items["source"].isin(["scores", "indicators"])]
    scored = {*bound.scores["item"], *bound.tallies["item"], *bound.attempted}
    return items, items.index.isin(list(scored))


def lacking_scores(given: Given) -> list[Problem]:
    """Where missing scores are no errors: a subject without scores that all its peers have."""
    if given.case.missing == "error":
        return []
    items, scored = _due(given)
    found: list[Problem] = []
    silent: set[int] = set()
    for category, lacking, having in _forgotten(given, set(items["subject"][scored])):
        for number in set(lacking) & set(items["subject"]):
            silent.add(number)
            place = given.place(given.subjects.loc[number], "subject")
            message = f"“{given.name(number)}”一个得分也没有，“{category}”其余 {having} 个都有"
            found.append(Problem(WARNING, place, message, f"是否漏报了表？{LOOK}"))
    sums = items.assign(scored=scored).groupby("peers")["scored"].agg(["sum", "size"])
    forgotten = sums.index[[few(size - there, there) for there, size in sums.itertuples(index=False)]]
    rows = items[~scored & items["peers"].isin(forgotten) & ~items["subject"].isin(silent)]
    for number, group in rows.groupby("subject"):
        field = "indicator" if group["source"].iloc[0] == "indicators" else "subject"
        message = f"“{given.name(number)}”没有{listed(group['indicator'])}的得分，同类别其余的几乎都有"
        found.append(Problem(WARNING, given.place(group.iloc[0], field), message, f"是否漏报？{LOOK}"))
    return found


def lacking_progress(given: Given) -> list[Problem]:
    """A subject without any row at a 时点 of which its peers have some."""
    frame = given.tables["scores"]
    frame = frame.assign(subject=given.spoken_of("scores"))
    frame = frame[(frame["time"] != "") & (frame["subject"] >= 0)]
    found: list[Problem] = []
    for time, rows in frame.groupby("time"):
        for category, lacking, having in _forgotten(given, set(rows["subject"])):
            place = first_place([given.place(row, "time") for row in rows.drop_duplicates("sheet").itertuples()])
            message = f"时点“{time}”没有{listed(map(given.name, lacking))}的数据，“{category}”其余 {having} 个都有"
            found.append(Problem(WARNING, place, message, f"是否漏报？{LOOK}"))
    return found


def lacking_facts(given: Given) -> list[Problem]:
    """A subject without a 情形 that is stated, one way or the other, for its peers."""
    found: list[Problem] = []
    for (stage, name), rows in given.facts.groupby(
        [given.subjects["stage"].to_numpy()[given.facts["subject"]], "fact"]
    ):
        fact = given.directory.scheme.stages[stage].facts[name]
        if fact.expected or name in _scoring_facts(given, stage):
            continue  # told already
        if fact.type in ("yes_no", "count") and all(rows["value"]):
            continue  # given only where it holds
        for category, lacking, having in _forgotten(given, set(rows["subject"])):
            if given.subjects.at[lacking[0], "stage"] != stage:
                continue
            message = f"没有{listed(map(given.name, lacking))}的情形“{name}”，“{category}”其余 {having} 个都有"
            found.append(Problem(WARNING, given.place(rows.iloc[0], "fact"), message, f"是否漏报？{LOOK}"))
    return found


def _scoring_facts(given: Given, stage: str) -> set[str]:
    """The facts of a stage that parts are scored by: where one is lacking, a score is."""
    parts = given.directory.scheme.stages[stage].parts
    return {part.fact for top in parts for part in top.walk() if part.fact}


def lacking_history(given: Given) -> list[Problem]:
    """A note on who has no grade of an earlier year of which its peers have: new, or forgotten."""
    frame = given.tables["history"].assign(subject=given.spoken_of("history"))
    frame = frame[(frame["subject"] >= 0) & frame["year"].notna()]
    found: list[Problem] = []
    for year, rows in frame.groupby("year"):
        for category, lacking, having in _forgotten(given, set(rows["subject"])):
            message = f"{year:.0f} 年没有{listed(map(given.name, lacking))}的等次，“{category}”其余 {having} 个都有"
            place = given.place(rows.sort_values(["sheet", "row"]).iloc[0], "year")
            found.append(Problem(NOTE, place, message, "如不是新设或新任，请补填"))
    return found


def silent_leads(given: Given) -> list[Problem]:
    """Lead departments that delivered no score at all, while others did."""
    items, scored = _due(given)
    lead = given.leads[items.index]
    late = set(lead) - set(lead[scored]) - {""}
    if not late or not scored.any():
        return []
    rows = items[np.isin(lead, list(late))].drop_duplicates(["sheet", "row"]).sort_values(["sheet", "row"])
    by = given.leads[rows.index]
    advice = "请催报；缺少的得分另有逐项说明"
    if len(late) > MANY_LEADS:
        message = f"{len(late)} 个牵头部门一个得分也没有报：{listed(by)}，共 {len(rows)} 项指标"
        return [Problem(WARNING, given.place(rows.iloc[0], "lead"), message, advice)]
    return [
        Problem(
            WARNING,
            given.place(rows[by == name].iloc[0], "lead"),
            f"牵头部门“{name}”的 {(by == name).sum()} 项指标一个得分也没有报",
            advice,
        )
        for name in sorted(late)
    ]


def skipped_by_raters(given: Given) -> list[Problem]:
    """An examiner who scored everyone but a few, who so have fewer examiners than their peers."""
    marks = given.marks[given.marks["rater"] >= 0]
    items = given.items
    size, raters = items.groupby("peers").size(), marks.groupby("item")["rater"].nunique()
    group_of = items["peers"].to_numpy()[marks["item"]]
    having = marks.groupby(["rater", group_of, "what"])["item"].nunique()
    lacking: dict[int, set[int]] = {}
    for (rater, group, what), count in having.items():
        if few(size[group] - count, count):
            own = marks.loc[(marks["rater"] == rater) & (marks["what"] == what), "item"]
            peers = items.index[items["peers"] == group]
            usual = raters.reindex(peers.intersection(own)).median()
            skipped = {
                n
                for n in peers.difference(own)
                if 0 < raters.get(n, 0) < usual and not _own(given, given.raters[rater], items.at[n, "subject"])
            }
            lacking.setdefault(rater, set()).update(skipped)
    found: list[Problem] = []
    for rater, numbers in sorted(lacking.items()):
        if numbers:
            rows = items.loc[sorted(numbers)]
            who = listed(given.name(n) for n in rows["subject"])
            message = (
                f"评分人“{given.raters[rater]}”没有给{who}评分（{listed(rows['indicator'], 3)}），同类别其余的都评了"
            )
            first = marks[marks["rater"] == rater].sort_values(["sheet", "row"]).iloc[0]
            advice = f"是否漏评？没有评的按其余评分人的平均计；回避等{AS_IS}"
            found.append(Problem(WARNING, given.place(first, "rater"), message, advice))
    return found


def _own(given: Given, rater: str, subject: int) -> bool:
    """Would an examiner mark himself, or his own department? Then he steps aside."""
    row = given.subjects.loc[subject]
    names = {row["subject"], row["unit"], row["code"]} - {""}
    return any(tidy(name) in rater or rater in tidy(name) for name in names)
