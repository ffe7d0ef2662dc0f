"""How firmly a result stands: tidy tables of what many draws of weights gave, and what they mean in Chinese."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from kaohe_tools.case import Case
from kaohe_tools.whatif.robust.plan import Plan

FEW_DRAWS, FEW_SUBJECTS = 200, 3
FIRM, LIKELY = 0.95, 0.8  # from which probability a grade is called 很稳, 较稳
FAST, SLOW = "向量化计算", "逐次完整重算"
LOW, HIGH = 0.05, 0.95


@dataclass(frozen=True)
class Robustness:
    """What many draws of weights gave for one stage.

    subjects, a row each in the roster's order: subject (number), name, category, group, count (ranked together), score
    and rank (today's), low and high (rank at 5% and 95% of draws), best and worst (rank), mean (rank), same (share of
    draws with today's rank), grade and pending (today's), called (the grade by the name it
    is published under), top, tied, held (shares of draws in which it has the best
    grade, ties for a last place, is pending for another reason; NaN in a stage without grades), verdict (很稳 …).
    ranks: subject, rank, probability (above 0 only). grades: subject, grade, probability (above 0 only; "" while open).
    drivers: category ("": all), part, indicator ("": the part itself), name, subject, on_rank, on_top: first-order
    shares of variance; subject −1: of all subjects of the group together (weighted by how much each moves).
    method: how draws were worked out; why: why not the fast way ("": it was). error: half width of the 95% interval
    of a probability of one half. sentences: what it means.
    """

    case: Case
    stage: str
    plan: Plan
    subjects: pd.DataFrame
    ranks: pd.DataFrame
    grades: pd.DataFrame
    drivers: pd.DataFrame
    best_grade: str
    method: str
    why: str
    error: float
    sentences: tuple[str, ...]

    def matrix(self, group: str) -> pd.DataFrame:
        """Rank acceptability of a group: index names (as ranked today), columns ranks from 1, values probabilities."""
        own = self.subjects[self.subjects["group"] == group].sort_values(["rank", "subject"], kind="stable")
        chosen = self.ranks[self.ranks["subject"].isin(own["subject"])]
        table = chosen.pivot_table(index="subject", columns="rank", values="probability", fill_value=0.0)
        table = table.reindex(index=own["subject"], columns=range(1, len(own) + 1), fill_value=0.0)
        return table.set_axis(own["name"].to_list(), axis=0)

    def shown(self) -> pd.DataFrame:
        """`subjects` for people: Chinese headers, every cell text."""
        table, best = self.subjects, self.best_grade
        columns = {
            "考核对象": table["name"], "组": table["group"], "今日排名": table["rank"].astype(str),
            "名次区间(5%–95%)": _interval(table["low"], table["high"]),
            "最好–最差": _interval(table["best"], table["worst"]),
            "名次不变": table["same"].map(percent),
        }  # fmt: skip
        if best:
            columns |= {
                "今日等次": table["called"].where(table["pending"] == "", table["pending"]),
                f"{best}概率": table["top"].map(percent), "并列待定": table["tied"].map(percent),
                "其他待定": table["held"].map(percent), "判断": table["verdict"],
            }  # fmt: skip
        return pd.DataFrame(columns)

    def as_text(self) -> str:
        """The sentences, one a line."""
        return "\n".join(self.sentences) + "\n"


def percent(share: float) -> str:
    """A probability for people; what is possible is never shown as 0% or 100%.

    >>> percent(0.973), percent(0.0), percent(0.0004), percent(0.9999)
    ('97%', '0%', '不足1%', '99%以上')
    """
    if not np.isfinite(share):
        return ""
    if 0 < share < 0.01:
        return "不足1%"
    if 0.99 < share < 1:
        return "99%以上"
    return f"{int(np.floor(share * 100 + 0.5))}%"


def _interval(low: pd.Series, high: pd.Series) -> list[str]:
    return [str(a) if a == b else f"{a}–{b}" for a, b in zip(low, high, strict=True)]


def verdict(top: float, tied: float, held: float) -> str:
    """How firm the best grade is, in a word."""
    if not np.isfinite(top):
        return ""
    if top >= FIRM:
        return "很稳"
    if top >= LIKELY:
        return "较稳"
    if top + tied == 0:
        return "始终不是" if held < 1 else "待定"
    return "机会很小" if top + tied <= 1 - FIRM else "机会较小" if top + tied <= 1 - LIKELY else "看权重"


def sentences(result: Robustness) -> tuple[str, ...]:
    """What the tables mean for this assessment, and when they are too few to say anything."""
    plan, table, best = result.plan, result.subjects, result.best_grade
    told = [f"{result.case.title}，{result.stage}环节：{plan.in_words()}，抽样 {plan.draws:,} 次，种子 {plan.seed}。"]
    if result.case.simulated:
        told[0] = f"（演示数据）{told[0]}"
    told.append(f"方法：{result.method}（{result.why or '首次抽样已与完整重算核对一致'}）。")
    if plan.draws < FEW_DRAWS:
        told.append(f"抽样只有 {plan.draws} 次，概率误差可达 ±{result.error * 100:.0f} 个百分点，只能看大概。")
    small = [name for name, count in table.groupby("group", sort=False)["name"].size().items() if count < FEW_SUBJECTS]
    if small:
        told.append(f"{'、'.join(small)}不足 {FEW_SUBJECTS} 个对象，名次稳不稳没有意义。")
    told += _of_grades(table, best) if best else []
    told += _of_ranks(table[~table["group"].isin(small)])
    told += _of_drivers(result)
    return tuple(told)


def _of_grades(table: pd.DataFrame, best: str) -> list[str]:
    """Who has the best grade whatever the weights, who hangs on them, who could gain it."""
    have = table[(table["grade"] == best) & (table["pending"] == "")]
    others = table[~table.index.isin(have.index)]
    told = []
    firm, shaky = have[have["top"] >= FIRM], have[have["top"] < FIRM].sort_values(["top", "subject"])
    if len(have):
        told.append(f"今日 {len(have)} 个{best}里，{len(firm)} 个在 {FIRM * 100:.0f}% 以上的抽样里仍是{best}：很稳。")
    for row in shaky.head(5).itertuples():
        told.append(f"{row.name}只在 {percent(row.top)} 的抽样里是{best}：{row.verdict}。")
    could = others[others["top"] > 1 - FIRM].sort_values(["top", "subject"], ascending=[False, True])
    for row in could.head(5).itertuples():
        told.append(f"{row.name}今日不是{best}，但在 {percent(row.top)} 的抽样里会是。")
    for what, rest in (("失去", shaky), ("得到", could)):
        if len(rest) > 5:
            told.append(f"另有 {len(rest) - 5} 个对象可能{what}{best}，见表。")
    ties = table[table["tied"] > 1 - FIRM]
    if len(ties):
        told.append(
            f"{len(ties)} 个对象在 {(1 - FIRM) * 100:.0f}% 以上的抽样里并列待定：名额线上的差距常常不到 0.01 分。"
        )
    return told


def _of_ranks(table: pd.DataFrame) -> list[str]:
    """Whose rank is firm, whose is not."""
    if table.empty:
        return []
    width = table["high"] - table["low"]
    widest = table.loc[width.sort_values(ascending=False, kind="stable").index[0]]
    still = int((width == 0).sum())
    told = f"{len(table)} 个对象里，{still} 个的名次几乎不动（九成抽样里是同一名）"
    if width.max() > 0:
        told += f"；变动最大的是{widest['name']}，九成抽样里在第 {widest['low']} 到第 {widest['high']} 名之间"
    return [told + "。"]


def _of_drivers(result: Robustness) -> list[str]:
    """Which weight the ranks hang on most."""
    together = result.drivers[result.drivers["subject"] < 0]
    if together.empty:
        few = result.plan.draws < FEW_DRAWS
        return [f"抽样不足 {FEW_DRAWS} 次，看不出哪个权重影响最大。"] if few else []
    told = []
    for group, rows in together.groupby("group", sort=False):
        first = rows.sort_values(["on_rank", "name"], ascending=[False, True]).iloc[0]
        if not first["on_rank"] > 0:
            continue
        told.append(f"“{group}”的名次变动，单独最能解释的是“{first['name']}”的分值（约 {percent(first['on_rank'])}）。")
    return told + _of_the_shakiest(result)


def _of_the_shakiest(result: Robustness) -> list[str]:
    """Which weight decides over the best grade of the subject for whom it is most open."""
    open_ones = result.subjects[result.subjects["top"].between(1 - LIKELY, LIKELY)]
    if open_ones.empty:
        return []
    row = open_ones.loc[(open_ones["top"] - 0.5).abs().idxmin()]
    own = result.drivers[result.drivers["subject"] == row["subject"]].sort_values(
        ["on_top", "name"], ascending=[False, True]
    )
    first = own.iloc[0]
    return [
        f"{row['name']}能否{result.best_grade}最看权重，其中单独影响最大的是“{first['name']}”的分值"
        f"（约 {percent(first['on_top'])}）。"
    ]
