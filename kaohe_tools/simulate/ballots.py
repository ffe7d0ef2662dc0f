"""Simulated votes: of the parts that are voted on, and of those that are only looked at (得票率)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from kaohe_tools.simulate.setting import Setting

VOTERS = "干部职工"  # who votes where the vote belongs to no part
COLUMNS = ("环节", "考核对象", "评价主体", "测评项")


def ballot_table(setting: Setting) -> pd.DataFrame:
    """One row for each part voted on and each vote: COLUMNS (测评项 only where there is one) and the vote columns."""
    table = pd.DataFrame([*_of_parts(setting), *_alone(setting)])
    first = [name for name in COLUMNS if name in table]
    return table[[*first, *(name for name in table if name not in first)]]


def _of_parts(setting: Setting) -> list[dict[str, Any]]:
    """Tallies of every voted part; each voter group of a category has its own size, a few are absent."""
    rows: list[dict[str, Any]] = []
    panels: dict[tuple[str, str, str], int] = {}
    random = setting.random
    for item in setting.items.itertuples():
        if not setting.is_voted(item):
            continue
        stage = setting.directory.stage_of(item.subject)
        subject = setting.directory.subjects.loc[item.subject]
        size = panels.setdefault((stage.name, subject["category"], item.leaf), int(random.integers(12, 60)))
        voters = size - int(random.binomial(size, 0.04))
        abstain = int(random.binomial(voters, 0.03))
        mood = 1.2 + 0.6 * setting.ability[item.subject] + random.normal(0.0, 0.3)
        steep = 0.9 + 0.35 * float(np.clip(mood, -1.5, 3.0))
        rows.append({
            "环节": stage.name, "考核对象": subject["subject"], "评价主体": item.leaf,
            **dict(zip(stage.votes, _tally(voters - abstain, len(stage.votes), steep, random), strict=True)),
            stage.abstain: abstain,
        })  # fmt: skip
    return rows


def _alone(setting: Setting) -> list[dict[str, Any]]:
    """Tallies of the votes that no part is scored by; most people vote for the best grade."""
    rows: list[dict[str, Any]] = []
    random = setting.extra
    for number, subject in setting.directory.subjects.iterrows():
        stage = setting.directory.stage_of(number)
        if stage.ballot is None:
            continue
        voters = int(random.integers(20, 46))
        abstain = int(random.binomial(voters, 0.02))
        steep = float(np.clip(2.8 + 0.4 * setting.ability[number] + random.normal(0.0, 0.25), 1.0, 4.5))
        votes = stage.ballot.votes
        rows.append({
            "环节": stage.name, "考核对象": subject["subject"], "评价主体": VOTERS, "测评项": stage.ballot.item,
            **dict(zip(votes, _tally(voters - abstain, len(votes), steep, random), strict=True)),
            stage.abstain: abstain,
        })  # fmt: skip
    return rows


def _tally(voters: int, levels: int, steep: float, random: np.random.Generator) -> list[int]:
    """Votes on levels from best to worst; the steeper, the more for the best."""
    weights = np.exp(-np.arange(levels) * steep)
    return random.multinomial(voters, weights / weights.sum()).tolist()
