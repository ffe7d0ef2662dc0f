"""Weights drawn at random as tables (稳健性.csv, 名次概率.csv, 权重影响.csv) and as lines for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from kaohe_tools.exact import show, show_short, texts
from kaohe_tools.plaintext import wrap
from kaohe_tools.whatif.compare import SIMULATED
from kaohe_tools.whatif.robust.result import Robustness

ROBUST, RANKS, DRIVERS = "稳健性", "名次概率", "权重影响"


def robust_lines(found: Robustness) -> list[str]:
    """What came of a stage, for a terminal: its sentences, one below the other."""
    first, *rest = found.sentences
    return [*wrap(f"稳健性：{first}", hanging="  "), *(line for told in rest for line in wrap(told, "  · ", "    "))]


def robust_tables(found: Sequence[Robustness], codes: pd.Series) -> dict[str, pd.DataFrame]:
    """By file name, the tables of all stages one below the other; `codes`: 编号 by number of the subject."""
    if not found:
        return {}
    made = {ROBUST: _subjects, RANKS: _ranks, DRIVERS: _drivers}
    whole = {
        name: pd.concat([make(one, codes) for one in found], ignore_index=True).fillna("")
        for name, make in made.items()
    }
    simulated = found[0].case.simulated
    return {name: table.assign(数据=SIMULATED) if simulated else table for name, table in whole.items()}


def _who(one: Robustness, codes: pd.Series) -> pd.DataFrame:
    """The first columns of a table with a row for each subject, group by group, as ranked today."""
    rows = one.subjects
    order = pd.Series(pd.factorize(rows["group"])[0], rows.index)
    rows = rows.assign(order=order).sort_values(["order", "rank", "subject"], kind="stable")
    who = {
        "环节": one.stage, "类别": rows["category"], "组": rows["group"], "考核对象": rows["name"],
        "编号": codes.loc[rows["subject"]].to_numpy(), "排名": rows["rank"].astype(str),
    }  # fmt: skip
    return pd.DataFrame(who, index=rows.index)


def _subjects(one: Robustness, codes: pd.Series) -> pd.DataFrame:
    """稳健性.csv: rank interval, chances of the best grade and what weighs most, for each subject."""
    who = _who(one, codes)
    rows = one.subjects.loc[who.index]
    who.insert(5, "综合得分", texts(rows["score"], show))
    best = one.best_grade
    figures = {
        "名次5%": rows["low"], "名次95%": rows["high"], "最好名次": rows["best"], "最差名次": rows["worst"],
        "平均名次": texts(rows["mean"], show_short), "名次不变": texts(rows["same"]),
        "等次": rows["called"], "待定": rows["pending"], "最好等次": best,
        "最好等次概率": texts(rows["top"]) if best else "", "并列待定概率": texts(rows["tied"]) if best else "",
        "其他待定概率": texts(rows["held"]) if best else "", "判断": rows["verdict"],
    }  # fmt: skip
    plan = one.plan
    drawn = {"抽法": plan.in_words(), "次数": plan.draws, "种子": plan.seed, "方法": one.method}
    table = who.assign(**figures, **_strongest(one, rows), **drawn)
    return table.astype(str)


def _strongest(one: Robustness, rows: pd.DataFrame) -> dict[str, list[str]]:
    """The weight that a subject's rank, and its best grade, hang on most, each with its share of the variance."""
    columns: dict[str, list[str]] = {}
    for column, what in (("on_rank", "名次"), ("on_top", "等次")):
        own = one.drivers[one.drivers[column] > 0].sort_values([column, "name"], ascending=[False, True])
        first = own.drop_duplicates("subject").set_index("subject")
        names, shares = first["name"].to_dict(), first[column].to_dict()
        columns[f"{what}最看"] = [names.get(number, "") for number in rows["subject"]]
        columns[f"{what}最看·占比"] = [show_short(shares[n]) if n in shares else "" for n in rows["subject"]]
    return columns


def _ranks(one: Robustness, codes: pd.Series) -> pd.DataFrame:
    """名次概率.csv: a row for each subject, a column for each rank; blank beyond the size of its group."""
    who = _who(one, codes)
    rows = one.subjects.loc[who.index]
    wide = one.ranks.pivot(index="subject", columns="rank", values="probability").fillna(0.0)
    sizes = rows.groupby("group")["subject"].transform("size")
    for rank in range(1, int(sizes.max()) + 1):
        shares = wide[rank].loc[rows["subject"]] if rank in wide else [0.0] * len(rows)
        who[f"第{rank}名"] = pd.Series(texts(shares), rows.index).where(sizes >= rank, "")
    return who


def _drivers(one: Robustness, codes: pd.Series) -> pd.DataFrame:
    """权重影响.csv: for each group, which share of the changes of ranks and best grades each weight alone explains."""
    rows = one.drivers[one.drivers["subject"] < 0]
    shares = {
        name: [show_short(share) if share == share else "" for share in rows[column].astype(float)]
        for name, column in (("名次占比", "on_rank"), ("最好等次占比", "on_top"))
    }
    columns = {"类别": rows["category"], "部分": rows["part"], "指标": rows["indicator"]}
    who = {"环节": [one.stage] * len(rows), "组": rows["group"]}
    return pd.DataFrame({**who, **columns, **shares})
