"""Other points of single indicators, and single scores as they should have been: in copies of what was bound."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from kaohe_tools.assess import Prepared, Valued
from kaohe_tools.binding import Bound
from kaohe_tools.directory import suggest
from kaohe_tools.exact import exceeds, show_short, tidy
from kaohe_tools.problems import Place, Problems
from kaohe_tools.rules import BY_DONE, SIGNED
from kaohe_tools.whatif.scenario import Correction, Scenario


def corrected(prepared: Prepared, scenario: Scenario, problems: Problems, notes: list[str]) -> Prepared:
    """The prepared case with the scores that a scenario corrects; those that cannot be found or counted are told.

    `notes` gets a sentence for each: what the score is and what it becomes.
    """
    scores = prepared.bound.scores
    for i, correction in enumerate(scenario.scores):
        place = scenario.place("得分", i)
        rows = _rows(prepared, correction, place, problems)
        if rows is None:
            continue
        value = _value(prepared, correction, rows.iloc[0], place, problems)
        if value is not None:
            scores = scores.copy() if scores is prepared.bound.scores else scores
            column = "score" if correction.done is None else "done"
            notes.append(_told(prepared, correction, rows.iloc[0], column))
            scores.loc[rows.index[0], column] = value
    return replace(prepared, bound=replace(prepared.bound, scores=scores))


def _rows(prepared: Prepared, correction: Correction, place: Place, problems: Problems) -> pd.DataFrame | None:
    """The one score row that a correction means, as a table; None where there is none or several (told)."""
    items = _items(prepared, correction, place, problems)
    if items is None:
        return None
    scores, what = prepared.bound.scores, f"“{correction.subject}”的“{correction.indicator}”"
    rows = scores[scores["item"].isin(items)]
    if rows.empty:
        problems.error(place, f"{what}没有得分可改", "由测评票、情形或台账得来的分，请改数据再算")
        return None
    for name, wanted, header in (("component", correction.component, "来源"), ("rater", correction.rater, "评分人")):
        chosen = rows[rows[name].map(tidy) == tidy(wanted)] if wanted else rows
        if chosen.empty:
            problems.error(place, f"{what}没有{header}“{wanted}”的得分", suggest(wanted, rows[name]))
            return None
        rows = chosen
    if len(rows) == 1:
        return rows
    names = dict.fromkeys("·".join(filter(None, pair)) for pair in zip(rows["component"], rows["rater"], strict=True))
    problems.error(place, f"{what}有 {len(rows)} 个得分", f"请写明来源或评分人：{'、'.join(filter(None, names))}")
    return None


def _items(prepared: Prepared, correction: Correction, place: Place, problems: Problems) -> pd.Index | None:
    subjects, items = prepared.directory.subjects, prepared.bound.items
    wanted = tidy(correction.subject)
    named = (subjects["subject"].map(tidy) == wanted) | (subjects["code"].map(tidy) == wanted)
    if correction.stage:
        named &= subjects["stage"].map(tidy) == tidy(correction.stage)
    if not named.any():
        where = f"环节“{correction.stage}”" if correction.stage else "名册"
        known = [*subjects["subject"], *subjects["code"][subjects["code"] != ""]]
        problems.error(place, f"{where}里没有“{correction.subject}”", suggest(wanted, known))
        return None
    own = items[items["subject"].isin(subjects.index[named]) & ~items["source"].isin(["stage", "ledger"])]
    found = own[own["indicator"].map(tidy) == tidy(correction.indicator)]
    if correction.project:
        found = found[found["project"].map(tidy) == tidy(correction.project)]
    if len(found) == 1:
        return found.index
    what = f"“{correction.subject}”的指标“{correction.indicator}”"
    if found.empty:
        message = f"没有{what}" + (f"（考核项目“{correction.project}”）" if correction.project else "")
        problems.error(place, message, suggest(correction.indicator, own["indicator"]))
        return None
    stages = list(dict.fromkeys(subjects.loc[found["subject"], "stage"]))
    projects = list(dict.fromkeys(found["project"]))
    if len(stages) > 1:
        problems.error(place, f"{what}在多个环节都有：{'、'.join(stages)}", "请写明环节")
    elif len(projects) > 1:
        problems.error(place, f"{what}有多项", f"请写明考核项目：{'、'.join(projects)}")
    else:
        problems.error(place, f"有 {len(found)} 个对象叫“{correction.subject}”", "请在考核对象处写编号")
    return None


def _value(
    prepared: Prepared, correction: Correction, row: pd.Series, place: Place, problems: Problems
) -> float | None:
    """The corrected figure as it is bound (得分 in points of the item); None, told, where it is out of range."""
    item = prepared.bound.items.loc[row["item"]]
    rule = prepared.directory.stage_of(item["subject"]).rule_of(item["rule"], item["leaf"])
    name = item["indicator"]
    if rule.kind in BY_DONE:
        if correction.done is None:
            problems.error(place, f"“{name}”按完成值计，不能直接打分", "请写完成值")
        elif correction.done < 0 and rule.kind not in SIGNED:
            problems.error(place, f"完成值 {show_short(correction.done)} 是负数", "请写不小于 0 的数")
        else:
            return correction.done
        return None
    if correction.score is None:
        problems.error(place, f"“{name}”按得分计，不能由完成值折算", "请写得分")
        return None
    full = _full_marks(prepared, row)
    full = float(item["points"]) if np.isnan(full) else full
    if exceeds(correction.score, full):
        message = f"得分 {show_short(correction.score)} 高于分值 {show_short(full)}（指标“{name}”）"
        problems.error(place, message, f"应在 0 到 {show_short(full)} 之间")
        return None
    return correction.score if full == item["points"] else correction.score * float(item["points"]) / full


def _told(prepared: Prepared, correction: Correction, row: pd.Series, column: str) -> str:
    """What a score is and what it becomes, in the points of the sheet it stands in."""
    was, points = row[column], float(prepared.bound.items.at[row["item"], "points"])
    full = _full_marks(prepared, row)
    scale = full / points if column == "score" and not np.isnan(full) and points else 1.0
    before = "没有得分" if pd.isna(was) else show_short(float(was) * scale)
    after = show_short(correction.score if correction.done is None else correction.done)
    name = "得分" if correction.done is None else "完成值"
    by = f"（{correction.rater or correction.component}）" if correction.rater or correction.component else ""
    return f"{correction.subject}“{correction.indicator}”{by}：{name} {before}→{after}"


def _full_marks(prepared: Prepared, row: pd.Series) -> float:
    """满分 of the sheet's row behind a bound score; NaN where it has none."""
    for kind in ("scores", "ballots"):
        table = prepared.directory.tables[kind]
        own = table[(table["sheet"] == row["sheet"]) & (table["row"] == row["row"])]
        if len(own):
            return float(own["full"].iloc[0])
    return np.nan


# --- points of indicators ---------------------------------------------------------------------------------------------


def find_indicators(prepared: Prepared, scenario: Scenario, problems: Problems) -> None:
    """Tell every entry of a scenario's indicators that names nothing."""
    for i in range(len(scenario.indicators)):
        _wished(prepared, scenario, i, problems)


def with_indicator_points(
    bound: Bound, worth: Valued, prepared: Prepared, scenario: Scenario, problems: Problems, notes: list[str]
) -> tuple[Bound, Valued]:
    """Items with other points; each keeps the share of them that it scored.

    Unless the scenario is `free`, the other indicators of the same part share what is left of its points as today.
    `notes` gets a sentence for each entry and category: what the points are and what they become.
    """
    if not scenario.indicators:
        return bound, worth
    items, fixed = bound.items, {}
    for i, wish in enumerate(scenario.indicators):
        chosen = _wished(prepared, scenario, i, problems)
        fixed |= dict.fromkeys(chosen, wish.points)
        notes += _points_told(items.loc[chosen], wish.points, scenario.free, prepared)
    points = items["points"].copy()
    points.loc[list(fixed)] = list(fixed.values())
    if not scenario.free:
        points = _shared(items, points, fixed, prepared, scenario, problems)
    factor = points / items["points"]
    valued = worth.valued.assign(score=worth.valued["score"] * factor.reindex(worth.valued["item"]).to_numpy())
    same = factor.reindex(worth.valued["item"]).to_numpy() == 1.0
    valued["score"] = np.where(same, worth.valued["score"], valued["score"])
    return replace(bound, items=items.assign(points=points)), replace(worth, valued=valued)


def _points_told(chosen: pd.DataFrame, points: float, free: bool, prepared: Prepared) -> list[str]:
    """What becomes of the points of some items, a sentence for each category where they change."""
    who = prepared.directory.subjects.loc[chosen["subject"], ["stage", "category"]].set_index(chosen.index)
    told = []
    for (stage, category), own in chosen.join(who).groupby(["stage", "category"], sort=False):
        own = own[own["points"] != points]
        if len(own):
            was = "、".join(dict.fromkeys(show_short(each) for each in sorted(own["points"])))
            name, many = own["indicator"].iloc[0], f"（{len(own)} 个对象）" if len(own) > 1 else ""
            rest = "其余指标不变" if free else "同一部分的其余指标按比例"
            told.append(f"{stage}·{category}：指标“{name}”{was}→{show_short(points)}{many}；{rest}")
    return told


def _wished(prepared: Prepared, scenario: Scenario, i: int, problems: Problems) -> list[int]:
    """The items whose points an entry of a scenario changes; none, told, where it names nothing."""
    wish, place = scenario.indicators[i], scenario.place("指标", i)
    items = prepared.bound.items[prepared.bound.items["source"] == "indicators"]
    who = prepared.directory.subjects[["stage", "category", "subject", "code"]]
    own = items[["project", "indicator"]].join(who.loc[items["subject"]].set_index(items.index))
    for what, column, value in (
        ("环节", "stage", wish.stage),
        ("类别", "category", wish.category),
        ("考核对象", "subject", wish.subject),
        ("考核项目", "project", wish.project),
        ("指标", "indicator", wish.indicator),
    ):
        chosen = own[column].map(tidy) == tidy(value)
        chosen |= (column == "subject") & (own["code"].map(tidy) == tidy(value))
        if value and not chosen.any():
            message = f"没有指标“{value}”" if what == "指标" else f"{what}“{value}”没有指标"
            problems.error(place, message, suggest(value, own[column]))
            return []
        own = own[chosen] if value else own
    stages = list(dict.fromkeys(own["stage"]))
    if len(stages) > 1:
        problems.error(place, f"指标“{wish.indicator}”在多个环节都有：{'、'.join(stages)}", "请写明环节")
        return []
    return own.index.tolist()


def _shared(
    items: pd.DataFrame, points: pd.Series, fixed: dict, prepared: Prepared, scenario: Scenario, problems: Problems
) -> pd.Series:
    """Points with those not fixed scaled, so that each subject's part keeps its sum."""
    is_fixed = pd.Series(items.index.isin(list(fixed)), index=items.index)
    by = [items["subject"], items["leaf"]]
    total = items["points"].groupby(by).transform("sum")
    held = points.where(is_fixed, 0.0).groupby(by).transform("sum")
    rest = items["points"].where(~is_fixed, 0.0).groupby(by).transform("sum")
    touched = is_fixed.groupby(by).transform("any")
    left = total - held
    wrong = touched & ((left < -1e-9) | ((rest <= 0) & (left.abs() > 1e-9)))
    if wrong.any():
        first = items[wrong].iloc[0]
        name = prepared.directory.subjects.at[first["subject"], "subject"]
        message = f"“{name}”的“{first['leaf']}”指标合计 {show_short(total[wrong].iloc[0])}，"
        message += f"写明的共 {show_short(held[wrong].iloc[0])}，其余没有余地"
        problems.error(scenario.place("指标"), message, "请改正，或写 其余: 不变")
        return points
    scale = (left.clip(lower=0.0) / rest.where(rest > 0, 1.0)).where(touched & ~is_fixed, 1.0)
    return points * scale
