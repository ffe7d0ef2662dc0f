"""The rows that are due: read from a file with a roster and, where it has them, indicators."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from kaohe_tools.columns import KINDS
from kaohe_tools.directory import Directory
from kaohe_tools.exact import tidy
from kaohe_tools.grid import READABLE, read_file
from kaohe_tools.items import read_items
from kaohe_tools.problems import InputError, Place, Problems
from kaohe_tools.rules import BY_DONE, BY_TARGET
from kaohe_tools.scheme import Scheme, Stage
from kaohe_tools.sheets import Tables, read_tables
from kaohe_tools.template.needs import VOTERS, Needs

KEYS = ("stage", "subject", "code")
SETTLED = frozenset({*KEYS, "project", "voters", "item", "fact"})  # of a row that is due these are given or stay blank


@dataclass(frozen=True)
class Due:
    """A row that is due. cells: what is given, by column name; closed: columns that are not to be filled in.

    lead: the 牵头部门 of its indicator; open: given cells that may be overwritten.
    """

    cells: dict[str, object]
    closed: frozenset[str] = frozenset()
    open: frozenset[str] = frozenset()
    lead: str = ""


@dataclass(frozen=True)
class Roster:
    """A roster as read: its subjects, the items to be scored and the rows of the indicators sheet.

    subjects: as Directory.subjects, in the order of the file. items: as items.Items.table.
    """

    directory: Directory
    tables: Tables
    subjects: pd.DataFrame
    items: pd.DataFrame
    lines: pd.DataFrame = field(default_factory=pd.DataFrame)

    @property
    def codes(self) -> bool:
        """Does any subject have a 编号?"""
        return bool((self.subjects["code"] != "").any())


def read_roster(path: Path, scheme: Scheme, problems: Problems) -> Roster:
    """Read a roster and its indicators from any readable file. Raises InputError with every problem it has."""
    if not path.is_file():
        problems.error(Place(path.name), "没有这个文件", "请检查名册文件的路径")
        raise InputError(problems)
    if path.suffix.lower() not in READABLE:
        problems.error(Place(path.name), "读不了这种文件", f"名册可用 {'、'.join(READABLE)}")
        raise InputError(problems)
    tables = read_tables(read_file(path, problems), _vote_names(scheme), problems)
    for name in KINDS:
        if name not in ("roster", "indicators") and len(tables[name]):
            problems.note(Place(path.name), f"里面的“{KINDS[name].title}”没有取用", "填表模板只取名册和指标")
    if not len(tables["roster"]) and not problems.errors:
        problems.error(Place(path.name), "里面没有名册", "请放入一张含“考核对象”“类别”两列的名册")
    directory = Directory(scheme, tables, problems)
    items = read_items(tables, directory, problems).table
    if problems.errors:
        raise InputError(problems)
    subjects = directory.subjects.sort_values(["sheet", "row"], kind="stable")
    return Roster(directory, tables, subjects, items, tables["indicators"].sort_values(["sheet", "row"], kind="stable"))


def _vote_names(scheme: Scheme) -> list[str]:
    votes = [(*s.votes, *(s.ballot.votes if s.ballot else ()), s.abstain) for s in scheme.stages.values()]
    return list(dict.fromkeys(vote for names in votes for vote in names if vote))


def due_rows(roster: Roster, needs: Needs, raters: Sequence[str] = ()) -> dict[str, list[Due]]:
    """By kind the rows that are due, in the order of the roster's and the indicators' rows."""
    scores, ballots = _items_due(roster, needs, raters)
    return {
        "roster": _roster_rows(roster),
        "indicators": _indicator_rows(roster),
        "scores": scores,
        "ballots": ballots + _votes_due(roster, needs),
        "facts": _facts_due(roster),
    }


def _keys(subject) -> dict[str, object]:
    return {name: getattr(subject, name) for name in KEYS if getattr(subject, name)}


def _roster_rows(roster: Roster) -> list[Due]:
    """The roster as it is; subjects that a stage takes over from another one are not written twice."""
    names = [*KEYS, "category", "group", "unit", "post", "staff_type"]
    seen: set[tuple[int, int]] = set()
    rows = []
    for subject in roster.subjects.itertuples():
        if (subject.sheet, subject.row) not in seen:
            rows.append(Due({name: getattr(subject, name) for name in names if getattr(subject, name)}))
        seen.add((subject.sheet, subject.row))
    return rows


def _indicator_rows(roster: Roster) -> list[Due]:
    rows = []
    for line in roster.lines.itertuples():
        cells = {c.name: getattr(line, c.name) for c in KINDS["indicators"].columns}
        stages = [line.stage] if line.stage else list(roster.directory.scheme.stages)
        known = [name for stage in stages if (name := roster.directory.category_named(stage, line.category))]
        cells["category"] = known[0] if known else line.category
        cells["target"] = None if isinstance(line.target, str) and not line.target.strip() else line.target
        given = {name: value for name, value in cells.items() if value is not None and value != "" and value == value}
        rows.append(Due(given, frozenset({*KEYS, "category"})))
    return rows


def _items_due(roster: Roster, needs: Needs, raters: Sequence[str]) -> tuple[list[Due], list[Due]]:
    """Rows of scores and of ballots for every item: one for each 来源 and rater."""
    place = {number: i for i, number in enumerate(roster.subjects.index)}
    leads = {(line.sheet, line.row): line.lead for line in roster.lines.itertuples()}
    order = [(place[i.subject], i.order, i.sheet if i.leaf != i.indicator else -1, i.row, i.indicator)
             for i in roster.items.itertuples()]  # fmt: skip
    scores: list[Due] = []
    ballots: list[Due] = []
    items = list(roster.items.itertuples())
    for n in sorted(range(len(order)), key=order.__getitem__):
        item = items[n]
        stage = roster.directory.stage_of(item.subject)
        keys = _keys(next(roster.subjects.loc[[item.subject]].itertuples()))
        if item.source == "scores" and item.leaf in needs.voted:
            ballots.append(_ballot(keys, {"voters": item.leaf}, list(stage.votes), stage, needs, marks=True))
        elif item.source in ("scores", "indicators"):
            lead = leads.get((item.sheet, item.row), "") if item.source == "indicators" else ""
            scores += _scores(item, stage, keys, lead, raters)
    return scores, ballots


def _scores(item, stage: Stage, keys: dict[str, object], lead: str, raters: Sequence[str]) -> list[Due]:
    """The score rows of one item; what is counted or measured is not a matter of who rates."""
    rule = stage.rule_of(item.rule, item.leaf)
    cells = {**keys, "project": item.project, "indicator": item.indicator}
    cells = {name: value for name, value in cells.items() if value}
    if rule.kind in BY_DONE:
        closed = {*SETTLED, "score", "full", "component", "rater"}
        if rule.kind not in BY_TARGET or not np.isnan(item.target):
            closed.add("target")
        return [Due(cells, frozenset(closed), lead=lead)]
    closed = {*SETTLED, "done", "target"} | (set() if rule.kind == "blend" else {"component"})
    rows = []
    for rater in raters or ("",):
        for component in rule.options["of"] if rule.kind == "blend" else ("",):
            given = {"component": component, "rater": rater, "full": float(item.points)}
            row = {**cells, **{name: value for name, value in given.items() if value != ""}}
            rows.append(Due(row, frozenset(closed), frozenset({"full"}), lead))
    return rows


def _ballot(keys, named: dict[str, object], votes: list[str], stage: Stage, needs: Needs, marks: bool) -> Due:
    other = {vote for vote in needs.vote_names if vote not in (*votes, stage.abstain)}
    return Due({**keys, **named}, frozenset(other | SETTLED | (set() if marks else {"score", "full"})))


def _votes_due(roster: Roster, needs: Needs) -> list[Due]:
    """Votes that are not scored but looked at (得票率), one row for each subject of a stage that has them."""
    rows = []
    for subject in roster.subjects.itertuples():
        stage = roster.directory.stage_of(subject.Index)
        if stage.ballot:
            named = {"voters": VOTERS, "item": stage.ballot.item}
            rows.append(_ballot(_keys(subject), named, list(stage.ballot.votes), stage, needs, marks=False))
    return rows


def _facts_due(roster: Roster) -> list[Due]:
    """Facts that a grade usually needs or a score is looked up by, fact by fact."""
    rows = []
    for stage in roster.directory.scheme.stages.values():
        for fact in stage.facts.values():
            for subject in roster.subjects[roster.subjects["stage"] == stage.name].itertuples():
                leaves = stage.leaves(subject.category)
                if fact.expected or any(p.source == "fact" and tidy(p.fact) == tidy(fact.name) for p in leaves):
                    rows.append(Due({**_keys(subject), "fact": fact.name}, SETTLED))
    return rows
