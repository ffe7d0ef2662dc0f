"""What the figures mean for this assessment, in words; and where they are too few, that they say nothing."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd

from kaohe_tools.exact import show_short
from kaohe_tools.explore import items, weights
from kaohe_tools.explore.distributions import NEAR, near_name, top_line
from kaohe_tools.explore.finding import FINE, MOST, SILENT, STUDY, Finding, called, percent
from kaohe_tools.explore.judges import ballot_findings, panel_findings, rater_findings
from kaohe_tools.explore.reliability import DECISIVE, RELIABLE, STEADY, Reliability, reliability
from kaohe_tools.explore.study import INDICATOR, Matrix, Study, matrix
from kaohe_tools.scoring import ADJUST

TIMES, APART = 1.5, 0.05  # effective beside nominal weight: told where it is so many times and so far off


def findings(what: Study, marked: pd.DataFrame) -> list[Finding]:
    """Everything that can be said of the measurement of one category. `marked`: see `raters.marks`."""
    if what.stage.composite_from:
        text = f"{what.title}的综合得分取自“{what.stage.composite_from}”环节，打分的质量见那里。"
        return [*line_findings(what), Finding("来源", SILENT, text)]
    cells = matrix(what, INDICATOR)
    return [
        *line_findings(what),
        *item_findings(what, cells),
        *redundancy_findings(what, cells),
        *reliability_findings(what, cells),
        *weight_findings(what),
        *rater_findings(marked),
        *panel_findings(marked),
        *ballot_findings(what),
    ]


def findings_table(found: Sequence[Finding]) -> pd.DataFrame:
    """Findings as a table with Chinese headers: 方面, 性质, 结论."""
    rows = [(one.matter, one.kind, one.text) for one in found]
    return pd.DataFrame(rows, columns=["方面", "性质", "结论"])


def line_findings(what: Study) -> list[Finding]:
    """How thick the crowd around the line of the top grade is."""
    if not what.stage.grades:
        return []
    grade, lines = what.stage.grades[0], top_line(what)
    if lines.empty:
        text = f"{what.title}的{grade}名额分池分配或没有按得分划定，不存在一条统一的{grade}线。"
        return [Finding(f"{grade}线", SILENT, text)]
    found = []
    for row in lines.to_dict("records"):
        near = [row[near_name(reach)] for reach in NEAR]
        if math.isnan(row["line"]):
            found.append(Finding(f"{grade}线", SILENT, f"{row['group']}还没有确定的{grade}。"))
            continue
        text = f"{row['group']} {row['count']} 个对象，{grade}线 {row['line']:.2f}"
        text += f"（线上另有 {row['above']} 个没得{grade}或还待定）" if row["above"] else ""
        close = row["gap"] < NEAR[0]
        far = f"，线下第一名{'只' if close else ''}差 {row['gap']:.2f} 分"
        text += far if not math.isnan(row["gap"]) else "，线下没有人"
        text += f"；线上下 {NEAR[0]:g} 分内另有 {near[0]} 个，{NEAR[1]:g} 分内另有 {near[1]} 个"
        crowded = near[0] >= max(2, 0.2 * row["count"])
        near_by = "一两项打分的出入就能决定谁是" if crowded else "一项打分的出入就可能换成别人得"
        text += f"，{near_by}{grade}" if crowded or close else ""
        found.append(Finding(f"{grade}线", STUDY if crowded or close else FINE, text + "。"))
    return found


def item_findings(what: Study, cells: Matrix) -> list[Finding]:
    """Items at full marks, and how well the others tell subjects apart."""
    table = items.item_table(cells)
    table = table[~table["own"]]
    if table.empty:
        text = f"{what.title}没有多数对象共有的{cells.level}，各考各的，无法逐项比较。"
        return [Finding("满分", SILENT, text)]
    found = [_full_marks(what, cells, table)]
    if what.count < items.LEAST:
        text = f"{what.title}只有 {what.count} 个对象，不足 {items.LEAST} 个，相关系数没有意义，"
        text += "不谈区分度、重复、信度和实际权重。"
        return [*found, Finding("区分度", SILENT, text)]
    judged = table[~table["verdict"].isin([items.ALL_FULL, items.ALL_SAME, items.TOO_FEW])]
    if judged.empty:
        return found
    weak, back = (judged[judged["verdict"] == word] for word in (items.WEAK, items.REVERSED))
    good = len(judged) - len(weak) - len(back)
    text = (
        f"能比较的 {len(judged)} 项{cells.level}中，{good} 项能把好差分开（与其余各项合计的相关不低于 {items.POOR:g}）"
    )
    for those, told in ((weak, "几乎没有区分度"), (back, "方向相反，总体好的对象这项反而低")):
        if len(those):
            text += f"，{len(those)} 项{told}：{called(those.sort_values('rest')['item'].tolist())}"
    bad = len(weak) + len(back) > 0
    text += "；请核对评分标准是否写清、是否考的是另一回事" if bad else ""
    error = 1 / math.sqrt(what.count - 3)
    text += f"。{what.count} 个对象的相关系数误差约 ±{error:.1f}，单看一项仅供参考" if what.count < STEADY else ""
    return [*found, Finding("区分度", STUDY if bad else FINE, text + "。")]


def _full_marks(what: Study, cells: Matrix, table: pd.DataFrame) -> Finding:
    full = table[table["verdict"] == items.ALL_FULL]
    same = table[table["verdict"] == items.ALL_SAME]
    nearly = table[(table["full"] >= items.NEARLY_ALL) & (table["low"] < items.FULL)]
    head = f"{what.title} {len(table)} 项共有{cells.level}里"
    if full.empty and same.empty and nearly.empty:
        return Finding("满分", FINE, f"{head}，没有一项是人人满分的。")
    told = []
    if len(full):
        points = show_short(round(float(full["points"].sum()), 2))
        told.append(f"{len(full)} 项人人满分（{called(full['item'].tolist())}，共 {points} 分），等于没有考核")
    if len(same):
        told.append(f"{len(same)} 项人人同分（{called(same['item'].tolist())}），不影响任何名次")
    if len(nearly):
        told.append(f"{len(nearly)} 项九成以上满分（{called(nearly['item'].tolist())}），区分作用很小")
    return Finding("满分", STUDY, f"{head}，{'；'.join(told)}。")


def redundancy_findings(what: Study, cells: Matrix) -> list[Finding]:
    """Pairs of items that say the same thing."""
    if what.count < items.LEAST:
        return []
    pairs = items.redundant_pairs(cells)
    firm = pairs[pairs["firm"] & (pairs["correlation"] > 0)]
    if firm.empty:
        more = f"；有 {len(pairs)} 对相关很高，但只靠个别对象，或对象不多，可能是偶然" if len(pairs) else ""
        return [Finding("重复", FINE, f"没有发现两项指标考的是同一件事（相关系数达到 {items.REDUNDANT:g}）{more}。")]
    told = "；".join(f"“{row.one}”与“{row.other}”{row.correlation:.2f}" for row in firm.head(MOST).itertuples())
    text = f"{len(firm)} 对指标的得分几乎同升同降（{told}），一件事可能考了两遍，请研究能否合并。"
    return [Finding("重复", STUDY, text)]


def reliability_findings(what: Study, cells: Matrix) -> list[Finding]:
    """α, and what difference in score is noise."""
    if what.count < items.LEAST:
        return []
    found: Reliability = reliability(cells)
    if math.isnan(found.alpha):
        return [Finding("信度", SILENT, "有差别的共有指标不足两项，算不出信度。")]
    text = f"{len(found.items)} 项有差别的指标内部一致性 α={found.alpha:.2f}"
    if found.largest:
        text += f"，但“{found.largest}”一项就占了大半分值，α 会偏低，不据此推算误差。"
        return [Finding("信度", SILENT, text)]
    text += _held_against(found.alpha)
    if math.isnan(found.error):
        return [Finding("信度", STUDY, f"{text}，而且是负数：各项指标此高彼低，合计成一个分数缺少依据。")]
    scores = what.subjects["composite"]
    span = float(scores.max() - scores.min())
    levels = int(span / found.noise) + 1
    text += f"；综合得分的测量误差约 {found.error:.2f} 分，两个对象相差不到 {found.noise:.2f} 分的，说不准谁好谁差"
    text += f"；最高与最低相差 {span:.2f} 分，大致只能分出 {levels} 档"
    text += f"。对象不足 {STEADY} 个，α 本身也有较大误差" if what.count < STEADY else ""
    text += "。各部分本来考的是不同的事，误差可能因此估得偏大"
    return [Finding("信度", FINE if found.alpha >= RELIABLE else STUDY, text + "。")]


def _held_against(alpha: float) -> str:
    if alpha >= DECISIVE:
        return f"，达到据以作重要决定的 {DECISIVE:g}"
    usual = f"研究上可用的 {RELIABLE:g}"
    return f"，达到{usual}，不到据以作重要决定的 {DECISIVE:g}" if alpha >= RELIABLE else f"，低于{usual}"


def weight_findings(what: Study) -> list[Finding]:
    """Parts that make more or less of a difference than their points say; told only where both measures agree."""
    if what.count < items.LEAST:
        return []
    table = weights.effective_weights(what)
    parts = table[table["points"].notna()]
    if len(parts) < 2:
        return [Finding("权重", SILENT, "综合得分只有一个部分，没有权重可比。")]
    if parts["variance"].isna().all():
        return [Finding("权重", SILENT, "各对象综合得分没有差别，或有的部分不单列，算不出实际权重。")]
    found = [_off(row) for row in parts.to_dict("records") if _is_off(row)]
    adjust = table.loc[table["part"] == ADJUST, "variance"]
    if len(adjust) and adjust.iloc[0] > 0.1:
        text = f"综合得分的差距有 {percent(adjust.iloc[0])} 来自加减分，它本身没有分值。"
        found.append(Finding("权重", STUDY, text))
    if not found and what.count < weights.SMOOTH_LEAST:
        text = f"没有看出哪个部分的实际作用与分值明显不符；对象不足 {weights.SMOOTH_LEAST} 个，误差较大，不能说就相符。"
        found.append(Finding("权重", SILENT, text))
    elif not found:
        found.append(Finding("权重", FINE, "各部分拉开差距的实际作用与分值大体相符。"))
    elif what.count >= weights.SMOOTH_LEAST and parts["even"].notna().all():
        told = "、".join(f"{row.part} {row.even:.1f}" for row in parts.itertuples())
        text = f"要让差距按名义权重来自各部分，分值大致要改为：{told}（按今年的得分，仅供参考）。"
        found.append(Finding("权重", STUDY, text))
    else:
        text = f"对象不足 {weights.SMOOTH_LEAST} 个，以上比例误差较大，不据此推算该给多少分值。"
        found.append(Finding("权重", SILENT, text))
    return found


def _is_off(row: dict) -> bool:
    """Do both measures say that a part makes far more, or far less, of a difference than its points?"""
    due, measures = row["nominal"], (row["effective"], row["variance"])
    over = all(one > due * TIMES and one > due + APART for one in measures)
    under = all(one * TIMES < due and one < due - APART for one in measures)
    return over or under or row["spread"] < 1e-9


def _off(row: dict) -> Finding:
    text = f"“{row['part']}”名义上占 {percent(row['nominal'])}"
    if row["spread"] < 1e-9:
        return Finding("权重", STUDY, f"{text}，但人人得分相同，对名次没有任何作用。")
    more = row["variance"] > row["nominal"]
    made = "却由它拉开" if more else "只由它拉开"
    text += f"，综合得分的差距{made} {percent(max(row['variance'], 0.0))}"
    text += f"（按相关计的实际权重 {percent(row['effective'])}）"
    return Finding("权重", STUDY, text + ("，作用比分值大。" if more else "，作用比分值小。"))
