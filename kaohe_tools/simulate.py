"""Simulated scores, ballots, ledger and findings (演示数据) for a case that has a roster and indicators.

What makes the figures look like an office's: items differ in difficulty, subjects in ability, each category's examiners
in leniency; scores come in halves or tenths and never exceed their points; votes are drawn for each voter group anew.
Seeded: the same roster, indicators and seed give the same tables.
"""

from __future__ import annotations

import datetime
from pathlib import Path

import numpy as np
import pandas as pd

from kaohe_tools.case import Case, load_case
from kaohe_tools.directory import Directory
from kaohe_tools.grid import read_folder
from kaohe_tools.items import read_items
from kaohe_tools.problems import InputError, Problems
from kaohe_tools.scheme import Fact
from kaohe_tools.sheets import read_tables

STAMP = "演示数据：由 kaohe simulate 按随机种子 {seed} 模拟生成，不是真实考核结果"
FILES = {"scores": "考核组评分.xlsx", "ballots": "民主测评.xlsx", "ledger": "加减分台账.xlsx", "facts": "情形认定.xlsx"}


def simulate(folder: Path, seed: int) -> dict[str, pd.DataFrame]:
    """Simulated sheets by kind (scores, ballots, ledger, facts), with the headers of the contract.

    Reads the case's scheme, roster and indicators and nothing else. Raises InputError where these have errors.
    """
    case = load_case(folder)
    problems = Problems()
    grids = [grid for grid in read_folder(folder, problems) if grid.file not in FILES.values()]
    tables = read_tables(grids, [], problems)
    directory = Directory(case.scheme, tables, problems)
    items = read_items(tables, directory, problems).table
    if problems.errors:
        raise InputError(problems)
    random = np.random.default_rng(seed)
    ability = pd.Series(random.normal(0.0, 1.0, len(directory.subjects)), directory.subjects.index)
    return {
        "scores": _scores(items, ability, directory, random),
        "ballots": _ballots(items, ability, directory, random),
        "ledger": _ledger(case, directory, random),
        "facts": _facts(directory, ability, random),
    }


def write_simulated(folder: Path, seed: int) -> list[Path]:
    """Simulate and write one workbook a kind into the case folder; a title row on each says that it is made up."""
    paths = []
    for kind, table in simulate(folder, seed).items():
        path = folder / FILES[kind]
        if len(table):
            _write(table, path, STAMP.format(seed=seed))
            paths.append(path)
        else:
            path.unlink(missing_ok=True)
    return paths


def _scores(items: pd.DataFrame, ability: pd.Series, directory: Directory, random: np.random.Generator) -> pd.DataFrame:
    """A score for every indicator: a share of its points, by ability, difficulty and leniency."""
    indicators = items[items["source"] == "indicators"]
    who = directory.subjects.loc[indicators["subject"]]
    groups = (who["stage"] + "/" + who["category"]).to_numpy()
    leniency = dict(zip(pd.unique(groups), random.normal(0.0, 0.25, len(pd.unique(groups))), strict=True))
    names = indicators["indicator"].to_numpy()
    difficulty = dict(zip(pd.unique(names), random.normal(0.0, 0.7, len(pd.unique(names))), strict=True))
    pull = (
        2.1
        + 0.32 * ability.loc[indicators["subject"]].to_numpy()
        - np.array([difficulty[name] for name in names])
        + np.array([leniency[group] for group in groups])
        + random.normal(0.0, 0.7, len(indicators))
    )
    share = np.clip(1.08 / (1.0 + np.exp(-pull)), 0.3, 1.0)
    points = indicators["points"].to_numpy()
    step = np.where(points >= 5, 0.5, 0.1)
    score = np.round(np.minimum(np.round(share * points / step) * step, points), 2)
    panel = [f"{category}考核组" for category in who["category"]]
    columns = {
        "环节": who["stage"].to_numpy(),
        "考核对象": who["subject"].to_numpy(),
        "考核项目": indicators["project"].to_numpy(),
    }
    return pd.DataFrame({**columns, "指标": names, "得分": score, "考核组": panel})


def _ballots(
    items: pd.DataFrame, ability: pd.Series, directory: Directory, random: np.random.Generator
) -> pd.DataFrame:
    """Tallies for every directly scored part; each voter group of a category has its own size, a few are absent."""
    rows = []
    panels: dict[tuple[str, str, str], int] = {}
    for item in items[items["source"] == "scores"].itertuples():
        stage = directory.stage_of(item.subject)
        subject = directory.subjects.loc[item.subject]
        size = panels.setdefault((stage.name, subject["category"], item.leaf), int(random.integers(12, 60)))
        voters = size - int(random.binomial(size, 0.04))
        abstain = int(random.binomial(voters, 0.03))
        mood = 1.2 + 0.6 * ability[item.subject] + random.normal(0.0, 0.3)
        rows.append({
            "环节": stage.name, "考核对象": subject["subject"], "评价主体": item.leaf,
            **dict(zip(stage.votes, _tally(voters - abstain, len(stage.votes), mood, random), strict=True)),
            stage.abstain: abstain,
        })  # fmt: skip
    return pd.DataFrame(rows)


def _tally(voters: int, levels: int, mood: float, random: np.random.Generator) -> list[int]:
    """Votes on levels from best to worst; a better mood moves votes up."""
    weights = np.exp(-np.arange(levels) * (0.9 + 0.35 * np.clip(mood, -1.5, 3.0)))
    return random.multinomial(voters, weights / weights.sum()).tolist()


def _ledger(case: Case, directory: Directory, random: np.random.Generator) -> pd.DataFrame:
    """Ledger entries for about one subject in six, of a 标准 that is meant for its category."""
    rows = []
    for number, subject in directory.subjects.iterrows():
        stage = directory.stage_of(number)
        codes = [
            c for c in (stage.ledger.codes.values() if stage.ledger else ()) if subject["category"] not in c.not_for
        ]
        for _ in range(int(random.poisson(0.15)) if codes else 0):
            code = codes[int(random.integers(len(codes)))]
            day = datetime.date(case.year, 3, 1) + datetime.timedelta(days=int(random.integers(0, 240)))
            points = None if code.points is not None else float(random.choice([0.2, 0.5, 0.5, 1.0, 1.5]))
            rows.append({
                "环节": stage.name, "考核对象": subject["subject"], "事项": f"{code.name}（模拟）", "标准": code.name,
                "分值": points, "日期": day.isoformat(), "依据": "模拟台账记录",
            })  # fmt: skip
    return pd.DataFrame(rows)


def _facts(directory: Directory, ability: pd.Series, random: np.random.Generator) -> pd.DataFrame:
    """Findings: what a part is scored from for everyone concerned, the rest for few (one in twenty-five)."""
    rows = []
    for number, subject in directory.subjects.iterrows():
        stage = directory.stage_of(number)
        needed = {part.fact for part in stage.leaves(subject["category"]) if part.source == "fact"}
        scored = {part.fact for top in stage.parts for part in top.walk() if part.source == "fact"}
        for fact in stage.facts.values():
            if fact.name in needed or (fact.name not in scored and random.random() < 0.04):
                value = _fact_value(fact, ability[number], random)
                who = {"环节": stage.name, "考核对象": subject["subject"]}
                rows.append({**who, "情形": fact.name, "值": value, "依据": "模拟认定"})
    return pd.DataFrame(rows)


def _fact_value(fact: Fact, ability: float, random: np.random.Generator) -> object:
    if fact.type == "yes_no":
        return "是"
    if fact.type == "share":
        return round(float(random.beta(1.5, 6.0)), 2)
    if fact.type == "count":
        return int(random.integers(1, 4))
    level = np.clip(np.floor(1.1 - 0.7 * ability + random.normal(0.0, 0.6)), 0, len(fact.choices) - 1)
    return fact.choices[int(level)]


def _write(table: pd.DataFrame, path: Path, stamp: str) -> None:
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter

    book = Workbook()
    sheet = book.active
    sheet.title = path.stem
    sheet.append([stamp])
    sheet.append([])
    sheet.append(list(table.columns))
    for row in table.itertuples(index=False):
        sheet.append([None if value is None or value == "" or value != value else value for value in row])
    sheet["A1"].font = Font(bold=True, color="C00000")
    for j, header in enumerate(table.columns, 1):
        cell = sheet.cell(3, j)
        cell.font, cell.fill = Font(bold=True), PatternFill("solid", fgColor="DCE6F1")
        cell.alignment = Alignment(horizontal="center")
        widest = max([len(str(header)), *(len(str(value)) for value in table.iloc[:, j - 1])])
        sheet.column_dimensions[get_column_letter(j)].width = min(4 + 2 * widest, 46)
    sheet.freeze_panes = "A4"
    book.save(path)
