"""What is to be said of those who judge: examiners, their panels, voter groups; and where they are too few."""

from __future__ import annotations

import math

import pandas as pd

from kaohe_tools.explore import ballot_checks, items, raters
from kaohe_tools.explore.finding import FINE, MOST, SILENT, STUDY, Finding, called, p_text, percent
from kaohe_tools.explore.study import Study


def rater_findings(marked: pd.DataFrame) -> list[Finding]:
    """Examiners who are lenient or strict, and how far they agree."""
    if marked.empty or not (marked["rater"] != "").any():
        return [Finding("评分人", SILENT, "得分表没有写评分人，看不出谁打得松、谁打得紧。")]
    table = raters.leniency(marked)
    if table.empty:
        return [Finding("评分人", SILENT, "没有两位评分人评过同一项，不能比较松紧。")]
    firm = table[table["firm"]]
    firm = firm.loc[firm["deviation"].abs().sort_values(ascending=False, kind="stable").index]
    told = [
        f"“{row.who}”平均{'高' if row.deviation > 0 else '低'} {abs(row.deviation) * 100:.1f} 个百分点"
        for row in firm.itertuples()
    ]
    end = "等" if len(told) > MOST else ""
    text = f"与同评一项的其他人相比，{'；'.join(told[:MOST])}{end}，超出了偶然的范围，请校准尺度。"
    if firm.empty:
        few = (table["subjects"] < raters.LEAST_COMMON).all()
        text = "共同评分的对象太少，松紧不能判断。" if few else f"{len(table)} 位评分人的松紧没有超出偶然范围的差别。"
        return [Finding("评分人", SILENT if few else FINE, text), *_agreement(marked)]
    return [Finding("评分人", STUDY, text), *_agreement(marked)]


def _agreement(marked: pd.DataFrame) -> list[Finding]:
    found = []
    for row in raters.agreement(marked).itertuples():
        who = f"{row.panel or '各'}{'的' if row.panel else ''} {row.raters} 位评分人"
        if row.lacking:
            found.append(Finding("评分一致", SILENT, f"{who}：{row.lacking}，不谈一致不一致。"))
            continue
        level = "很一致" if row.w >= raters.STRONG else "一致程度低" if row.w < raters.WEAK else "大体一致"
        chance = row.p >= raters.CHANCE
        level = "看不出一致（与各打各的没有区别）" if chance else level
        text = f"{who}对 {row.subjects} 个对象的排序{level}：W={row.w:.2f}（1 为完全一致），{p_text(row.p)}。"
        found.append(Finding("评分一致", STUDY if chance or row.w < raters.WEAK else FINE, text))
    return found


def panel_findings(marked: pd.DataFrame) -> list[Finding]:
    """Do panels that marked different subjects differ?"""
    table, share, p = raters.panel_effect(marked)
    if len(table) < 2:
        lone = f"都由“{table['panel'].iloc[0]}”评分" if len(table) else "得分表没有写考核组"
        return [Finding("考核组", SILENT, f"{lone}，没有组间差别可比。")]
    if math.isnan(share):
        return [Finding("考核组", SILENT, f"{len(table)} 个考核组各评的对象太少，或评的是同一批对象，不比较组间差别。")]
    ordered = table.sort_values("mean")
    ends = [f"“{row['panel']}”{percent(row['mean'])}" for row in (ordered.iloc[-1], ordered.iloc[0])]
    text = f"{len(table)} 个考核组的平均得分率最高 {ends[0]}、最低 {ends[1]}，"
    text += f"对象之间的差别有 {percent(share)} 在组与组之间（{p_text(p)}）"
    if p >= raters.CHANCE:
        return [Finding("考核组", FINE, f"{text}，没有超出偶然的范围。")]
    return [Finding("考核组", STUDY, f"{text}：可能是组的尺度不同，也可能是分到的对象确有好差，换组复评几家可以分辨。")]


def ballot_findings(what: Study) -> list[Finding]:
    """Voter groups that tell nobody apart, and groups that rank the subjects in opposite order."""
    table = ballot_checks.ballot_table(what)
    if table.empty:
        return [Finding("测评", SILENT, "没有按评价主体记票的测评，或有效票都太少，看不出测评有没有区分、是否一致。")]
    flat = table[table["flat"] & (table["subjects"] > 1)]
    found = []
    if len(flat):
        text = f"{called(flat['group'].tolist())}给各对象的得分率几乎没有差别，这部分测评没有起到区分作用。"
        found.append(Finding("测评", STUDY, text))
    if len(table) == 1:
        text = f"只有“{table['group'].iloc[0]}”一个评价主体的测评，没有别的可以对照，看不出是否一致。"
        found.append(Finding("测评", SILENT, text))
    for row in ballot_checks.ballot_pairs(what).itertuples():
        who = f"“{row.one}”与“{row.other}”"
        if row.verdict == ballot_checks.TOO_FEW:
            text = f"{who}只有 {row.subjects} 个对象可比，不足 {items.LEAST} 个，看不出是否一致。"
            found.append(Finding("测评", SILENT, text))
        elif row.verdict == ballot_checks.OPPOSED:
            text = f"{who}的看法相反（等级相关 {row.rho:.2f}）：一方评价高的，另一方评价低，相加以后互相抵消。"
            found.append(Finding("测评", STUDY, text))
        elif row.verdict == ballot_checks.ALONE:
            text = f"{who}各说各的（等级相关 {row.rho:.2f}）：知道一方的评价，猜不出另一方的。"
            found.append(Finding("测评", STUDY, text))
        elif row.verdict == ballot_checks.TOGETHER:
            found.append(Finding("测评", FINE, f"{who}的看法一致（等级相关 {row.rho:.2f}）。"))
        else:
            text = f"{who}的看法一致与否不明显（等级相关 {'—' if math.isnan(row.rho) else f'{row.rho:.2f}'}）。"
            found.append(Finding("测评", SILENT, text))
    return found
