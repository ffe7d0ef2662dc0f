"""Simulated records: entries of the ledger, findings, and grades of earlier years."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from kaohe_tools.scheme import Code, Fact, Stage
from kaohe_tools.simulate.setting import Setting

ENTRIES, PER_CODE, PER_CODE_SCORING = 0.15, 0.02, 0.16  # entries a subject: at least, by code, where parts live by them
FINDING, FINDINGS = 0.04, 0.05  # how likely a finding is: one of a kind, all kinds together
OPTIONAL = ("次数", "同一工作")  # columns of the ledger that are left out where no row has one
WORK = "年度重点工作"
YEARS, ONE_IN = 2, 3  # earlier years told, and for one subject in how many


# --- ledger -----------------------------------------------------------------------------------------------------------


def ledger_table(setting: Setting) -> pd.DataFrame:
    """Ledger entries of a 标准 that is meant for the subject's category; the greater its points, the rarer it is."""
    rows: list[dict[str, Any]] = []
    for number, subject in setting.directory.subjects.iterrows():
        stage = setting.directory.stage_of(number)
        known = stage.ledger.codes.values() if stage.ledger else ()
        own = {leaf.name for top in stage.parts for leaf in [top, *top.leaves(subject["category"])]}
        codes = [c for c in known if subject["category"] not in c.not_for and (not c.to or c.to in own)]
        entries = [_entry(_pick(codes, setting), setting) for _ in range(_how_many(codes, setting.random))]
        _share_work([row for row, code in entries if code.commend])
        rows.extend({"环节": stage.name, "考核对象": subject["subject"], **row} for row, _ in entries)
    table = pd.DataFrame(rows)
    return table.drop(
        columns=[n for n in ("次数", "同一工作") if n in table and (table[n].isna() | (table[n] == "")).all()]
    )


def _how_many(codes: Sequence[Code], random: np.random.Generator) -> int:
    if not codes:
        return 0
    each = PER_CODE_SCORING if any(code.to for code in codes) else PER_CODE
    return int(random.poisson(max(ENTRIES, each * len(codes))))


def _pick(codes: Sequence[Code], setting: Setting) -> Code:
    weights = np.array([1.0 / (1.0 + (code.points or 0.0)) ** 2 for code in codes])
    alike = (weights == weights[0]).all()
    return codes[int(setting.random.choice(len(codes), p=None if alike else weights / weights.sum()))]


def _entry(code: Code, setting: Setting) -> tuple[dict[str, Any], Code]:
    """One entry: 次数 where the 标准 counts by it, 分值 where it has none of its own."""
    days = 240 if setting.case.cutoff is None else 300
    day = datetime.date(setting.case.year, 3, 1) + datetime.timedelta(days=int(setting.random.integers(0, days)))
    points = None if code.points is not None else float(setting.random.choice([0.2, 0.5, 0.5, 1.0, 1.5]))
    if code.range is not None:
        low, high = code.range
        points = low + round(float(setting.extra.random()) * (high - low) / 0.5) * 0.5
    times = int(setting.extra.choice([1, 1, 2])) if code.per else None
    row = {
        "事项": f"{code.name}（模拟）", "标准": code.name, "次数": times, "分值": points, "日期": day.isoformat(),
        "依据": "模拟台账记录", "同一工作": "",
    }  # fmt: skip
    return row, code


def _share_work(rows: list[dict[str, Any]]) -> None:
    """Two commendations of one subject are for the same work, so that only the higher counts."""
    if len(rows) > 1:
        rows[0]["同一工作"] = rows[1]["同一工作"] = WORK


# --- findings ---------------------------------------------------------------------------------------------------------


def fact_table(setting: Setting) -> pd.DataFrame:
    """Findings: those a part is scored by or grades usually need for everyone concerned, the rest for few."""
    rows: list[dict[str, Any]] = []
    for number, subject in setting.directory.subjects.iterrows():
        stage = setting.directory.stage_of(number)
        needed = {part.fact for part in stage.leaves(subject["category"]) if part.source == "fact"}
        scored = {part.fact for top in stage.parts for part in top.walk() if part.source == "fact"}
        rare = [fact for fact in stage.facts.values() if fact.name not in scored and not fact.expected]
        chance = min(FINDING, FINDINGS / max(len(rare), 1))
        for fact in stage.facts.values():
            if fact.expected and fact.name not in scored:
                value = _usual(fact, setting.ability[number], setting.extra)
            elif fact.name in needed or (fact in rare and setting.random.random() < chance):
                value = _value(fact, setting.ability[number], setting.random)
            else:
                continue
            who = {"环节": stage.name, "考核对象": subject["subject"]}
            rows.append({**who, "情形": fact.name, "值": value, "依据": "模拟认定"})
    return pd.DataFrame(rows)


def _value(fact: Fact, ability: float, random: np.random.Generator) -> object:
    if fact.type == "yes_no":
        return "是"
    if fact.type == "share":
        return round(float(random.beta(1.5, 6.0)), 2)
    if fact.type == "count":
        return int(random.integers(1, 4))
    return _choice(fact, 1.1 - 0.7 * ability + random.normal(0.0, 0.6))


def _usual(fact: Fact, ability: float, random: np.random.Generator) -> object:
    """The value of a finding that everyone has: the best choice for most; nothing special otherwise."""
    if fact.type == "choice":
        return _choice(fact, 0.3 - 0.4 * ability + random.normal(0.0, 0.5))
    return "否" if fact.type == "yes_no" else 0


def _choice(fact: Fact, level: float) -> str:
    return fact.choices[int(np.clip(np.floor(level), 0, len(fact.choices) - 1))]


# --- history ----------------------------------------------------------------------------------------------------------


def history_table(setting: Setting) -> pd.DataFrame:
    """Grades and scores of earlier years, in the stages where something follows from them; empty where none does."""
    rows: list[dict[str, Any]] = []
    random = setting.extra
    for number, subject in setting.directory.subjects.iterrows():
        stage = setting.directory.stage_of(number)
        if not _looks_back(stage) or random.integers(ONE_IN):
            continue
        for year in range(setting.case.year - YEARS, setting.case.year):
            form = setting.ability[number] + random.normal(0.0, 0.4)
            level = sum(form < bar for bar in (0.8, -1.7, -2.6)[: len(stage.grades) - 1])
            score = round(float(np.clip(88.0 + 3.0 * form, 60.0, 99.0)), 2)
            who = {"环节": stage.name, "考核对象": subject["subject"]}
            rows.append({**who, "年度": year, "等次": stage.grades[level], "综合得分": score})
    return pd.DataFrame(rows)


def _looks_back(stage: Stage) -> bool:
    return any("history" in str(consequence.when) for consequence in stage.consequences)
