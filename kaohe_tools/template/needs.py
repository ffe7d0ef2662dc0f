"""What a scheme has a use for: which sheets, which of their columns, and the words that may stand in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import cached_property

from kaohe_tools.columns import KINDS, Column
from kaohe_tools.directory import suggest
from kaohe_tools.exact import tidy
from kaohe_tools.problems import InputError, Place, Problems
from kaohe_tools.rules import BY_DONE, BY_TARGET, SIGNED
from kaohe_tools.scheme import UNSETTLED, Fact, Part, Rule, Scheme, Stage

MANY_VOTERS = ("测评", "互评", "群众", "代表")  # a part named so is usually voted on; others are given a mark
VOTERS = "参评人员"  # who votes where a vote belongs to no part
RETURNED = Column("returned", "收回", "count")  # ballots that came back: not read, but checked against the votes
YES_NO = ("是", "否")
PARENTS = ("所属单位",)  # roster columns that name another subject

_LATE = {("scores", name): i for i, name in enumerate(("score", "done", "target", "rater", "remark"), 1)}

Words = dict[str, tuple[str, ...]]  # by stage


@dataclass(frozen=True)
class Needs:
    """The needs of a scheme. `voted`: parts that get ballots; `codes`: whether subjects go by 编号 too."""

    scheme: Scheme
    voted: frozenset[str]
    codes: bool

    @property
    def stages(self) -> list[Stage]:
        return list(self.scheme.stages.values())

    @cached_property
    def vote_names(self) -> list[str]:
        """Every vote column of the scheme's ballots, those of 弃权 last."""
        kinds = [vote for stage in self.stages if self.votes_of(stage) for vote in self.votes_of(stage)]
        abstain = [stage.abstain for stage in self.stages if self.votes_of(stage) and stage.abstain]
        return list(dict.fromkeys([*kinds, *abstain]))

    @property
    def graded_votes(self) -> list[str]:
        """The vote columns without 弃权, which alone makes no ballot."""
        return [vote for vote in self.vote_names if any(vote in self.votes_of(stage) for stage in self.stages)]

    def votes_of(self, stage: Stage) -> list[str]:
        """The votes (弃权 aside) that ballots of a stage may hold; none where nothing is voted on."""
        parts = list(stage.votes) if any(part.name in self.voted for part in direct_parts(stage)) else []
        return list(dict.fromkeys([*parts, *(stage.ballot.votes if stage.ballot else ())]))

    @cached_property
    def rules(self) -> list[Rule]:
        """Every rule by which score rows are scored."""
        named = [rule for stage in self.stages if indicator_parts(stage) for rule in stage.rules.values()]
        leaves = [p.rule for s in self.stages for p in (*indicator_parts(s), *direct_parts(s))]
        return [*named, *leaves]

    @cached_property
    def roster_fields(self) -> set[str]:
        """Headers of roster columns that ranks, conditions, pools or links to another stage look at."""
        found = {name for stage in self.stages for name in stage.rank_within}
        for stage in self.stages:
            found |= {str(when["roster"]) for when in mappings(stage) if "roster" in when}
            found |= {pool.per for step in stage.steps for pool in step.pools if pool.per}
            linked = any("of" in when for when in mappings(stage.steps, stage.conditions, stage.consequences))
            if not stage.same_subjects and (linked or any(p.source == "stage" for p in all_parts(stage))):
                found |= set(PARENTS)
        return found

    def named_values(self, field: str) -> tuple[str, ...]:
        """The values of a roster column that conditions ask for."""
        asked = [
            when["is"] for s in self.stages for when in mappings(s) if when.get("roster") == field and "is" in when
        ]
        return tuple(dict.fromkeys(v for one in asked for v in ([one] if isinstance(one, str) else one)))

    # --- sheets and columns

    @cached_property
    def sheets(self) -> dict[str, list[Column]]:
        """By kind, in the order of the contract, the columns of each sheet that the scheme has a use for."""
        wanted = {
            "roster": self._roster(),
            "indicators": self._indicators() if any(map(indicator_parts, self.stages)) else set(),
            "scores": self._scores(),
            "ballots": {"voters", "score", "full"} if self.vote_names else set(),
            "ledger": self._ledger() if any(stage.ledger for stage in self.stages) else set(),
            "facts": {"fact", "value", "basis"} if any(stage.facts for stage in self.stages) else set(),
            "history": self._history(),
        }
        if wanted["ballots"] and any(stage.ballot for stage in self.stages):
            wanted["ballots"].add("item")
        every = {"subject"} | ({"stage"} if len(self.stages) > 1 else set()) | ({"code"} if self.codes else set())
        found = {}
        for kind, names in wanted.items():
            if names:
                columns = [column for column in KINDS[kind].columns if column.name in names | every]
                columns = sorted(columns, key=lambda c, kind=kind: _LATE.get((kind, c.name), 0))
                found[kind] = self._with_votes(columns) if kind == "ballots" else columns
        return found

    def _roster(self) -> set[str]:
        by_header = {column.header: column.name for column in KINDS["roster"].columns}
        return {"category"} | {by_header[header] for header in self.roster_fields if header in by_header}

    def _indicators(self) -> set[str]:
        rules = [rule for stage in self.stages if indicator_parts(stage) for rule in stage.rules.values()]
        rules += [part.rule for stage in self.stages for part in indicator_parts(stage)]
        names = {"category", "part", "project", "indicator", "points", "lead"}
        names |= {"rule"} if any(stage.rules and indicator_parts(stage) for stage in self.stages) else set()
        return names | ({"target"} if any(rule.kind in BY_TARGET for rule in rules) else set())

    def _scores(self) -> set[str]:
        marked = [part for stage in self.stages for part in direct_parts(stage) if part.name not in self.voted]
        listed = any(map(indicator_parts, self.stages))
        if not marked and not listed:
            return set()
        names = {"indicator", "rater", "remark"} | ({"project"} if listed else set())
        if any(rule.kind not in BY_DONE for rule in self.rules):
            names |= {"score", "full"}
        if any(rule.kind in BY_DONE for rule in self.rules):
            names.add("done")
        if any(part.rule.kind in BY_TARGET for part in marked):
            names.add("target")
        return names | ({"component"} if any(rule.kind == "blend" for rule in self.rules) else set())

    def _ledger(self) -> set[str]:
        codes = [code for stage in self.stages if stage.ledger for code in stage.ledger.codes.values()]
        names = {"matter", "standard", "points", "date", "basis", "work"}
        return names | ({"times"} if any(code.points is not None for code in codes) else set())

    def _history(self) -> set[str]:
        asked = [when for stage in self.stages for when in mappings(stage)]
        names = {"year", "grade"} if any("history" in when or "history_score" in when for when in asked) else set()
        return names | ({"composite"} if any("history_score" in when for when in asked) else set())

    def _with_votes(self, columns: list[Column]) -> list[Column]:
        """The columns of ballots: whom, by whom, the votes, what came back; points instead of votes last."""
        last = [column for column in columns if column.name in ("score", "full")]
        votes = [Column(vote, vote, "count") for vote in self.vote_names]
        return [*(column for column in columns if column not in last), *votes, RETURNED, *last]

    # --- words

    def words(self, what: str) -> Words:
        """By stage the words that may stand in a column; `what` is the column's header."""
        return {stage.name: tuple(dict.fromkeys(_WORDS[what](self, stage))) for stage in self.stages}

    def facts(self) -> dict[str, Fact]:
        """All facts by name (of the first stage that declares one)."""
        found: dict[str, Fact] = {}
        for stage in self.stages:
            for name, fact in stage.facts.items():
                found.setdefault(name, fact)
        return found

    @property
    def signed(self) -> bool:
        """May a 完成值 be below zero?"""
        return any(rule.kind in SIGNED for rule in self.rules)

    @property
    def most_points(self) -> float:
        """The most points that any single score can be out of, where its 满分 is not given."""
        totals = [part.indicator_total or 0 for stage in self.stages for part in all_parts(stage)]
        return max([100.0, *totals, *(p.total(c) for s in self.stages for p in s.parts for c in s.categories)])


def find_needs(scheme: Scheme, votes: Iterable[str] | None = None, codes: bool | None = None) -> Needs:
    """The needs of a scheme; `votes` names the parts that are voted on (None: those whose name says so).

    `codes`: whether subjects go by 编号 too (None: where the scheme assesses people, whose names may repeat).
    Raises InputError where `votes` names a part that cannot be voted on.
    """
    able = {part.name: part for s in scheme.stages.values() for part in direct_parts(s) if part.rule.kind == "given"}
    voted = {name for name in able if any(word in name for word in MANY_VOTERS)} if votes is None else set()
    problems = Problems()
    for name in votes or ():
        fitting = next((own for own in able if tidy(own) == tidy(name)), None)
        if fitting is None:
            problems.error(Place(), f"没有可以投票测评的部分“{name}”", suggest(tidy(name), able))
        else:
            voted.add(fitting)
    if problems.errors:
        raise InputError(problems)
    needs = Needs(scheme, frozenset(voted), bool(codes))
    return Needs(scheme, frozenset(voted), bool(needs.roster_fields - {"分口"})) if codes is None else needs


def all_parts(stage: Stage) -> list[Part]:
    """All parts of a stage, whatever their level."""
    return [part for top in stage.parts for part in top.walk()]


def indicator_parts(stage: Stage) -> list[Part]:
    """The parts of a stage that are made of indicators."""
    return [part for part in all_parts(stage) if part.source == "indicators" and part.points]


def direct_parts(stage: Stage) -> list[Part]:
    """The parts of a stage that are scored as a whole, by a mark or by votes."""
    return [part for part in all_parts(stage) if part.source == "scores" and part.points]


def mappings(*things: object) -> Iterator[Mapping]:
    """Every mapping within some parts of a scheme: conditions are mappings."""
    for thing in things:
        if isinstance(thing, Mapping):
            yield thing
            yield from mappings(*thing.values())
        elif isinstance(thing, (list, tuple)):
            yield from mappings(*thing)
        elif is_dataclass(thing):
            yield from mappings(*(getattr(thing, field.name) for field in fields(thing)))


def _grades(needs: Needs, stage: Stage) -> list[str]:
    return [*stage.grades, *(own for _, called in stage.grade_names for own in called.values()), UNSETTLED]


def _voters(needs: Needs, stage: Stage) -> list[str]:
    return [*(p.name for p in direct_parts(stage) if p.name in needs.voted), *([VOTERS] if stage.ballot else [])]


def _components(needs: Needs, stage: Stage) -> list[str]:
    rules = [*stage.rules.values(), *(part.rule for part in all_parts(stage))]
    return [name for rule in rules if rule.kind == "blend" for name in rule.options["of"]]


_WORDS = {
    "环节": lambda needs, stage: [other.name for other in needs.stages],
    "类别": lambda needs, stage: list(stage.categories),
    "部分": lambda needs, stage: [name for p in indicator_parts(stage) for name in (p.name, *p.aliases)],
    "计分规则": lambda needs, stage: list(stage.rules) if indicator_parts(stage) else [],
    "标准": lambda needs, stage: list(stage.ledger.codes) if stage.ledger else [],
    "情形": lambda needs, stage: list(stage.facts),
    "评价主体": _voters,
    "测评项": lambda needs, stage: [stage.ballot.item] if stage.ballot else [],
    "来源": _components,
    "等次": _grades,
}
