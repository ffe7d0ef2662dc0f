"""Conditions of a scheme as formulas over the sheets that recompute a stage; see `conditions` for what they mean."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from kaohe_tools.basis import StageBasis, key_of
from kaohe_tools.exact import parse_share
from kaohe_tools.scheme import COMPOSITE, Stage, When
from kaohe_tools.workbook.formulas import YES, Test, bars, both, either, joined, negated, number, text
from kaohe_tools.workbook.grid import Grid


class NotLiveError(ValueError):
    """A scheme whose places cannot be said by formulas; says why."""


@dataclass
class Layout:
    """The sheet 推演 of one stage. codes: whole numbers for groups, categories and values of a roster column.

    unlive: by position, why a subject's grade does not wholly follow (its figures are not told).
    """

    stage: Stage
    basis: StageBasis
    grid: Grid
    unlive: dict[int, str] = field(default_factory=dict)
    flags: set[str] = field(default_factory=set)
    _alike: dict[str, Counter] = field(default_factory=dict)

    @cached_property
    def positions(self) -> dict[int, int]:
        """Where each subject stands."""
        return {number: i for i, number in enumerate(self.basis.numbers)}

    @cached_property
    def codes(self) -> dict[str, list[int]]:
        basis = self.basis
        named = {"组": basis.groups, "类": basis.categories, **basis.columns}
        found = {}
        for name, values in named.items():
            known = {value: i for i, value in enumerate(dict.fromkeys(values), start=1)}
            found[name] = [known[value] for value in values]
        return found

    def alike(self, name: str, row: int) -> int:
        """How many of a subject's category have a figure for a part."""
        if name not in self._alike:
            here = enumerate(self.basis.categories)
            self._alike[name] = Counter(category for i, category in here if self.has(name, i))
        return self._alike[name][self.basis.categories[row]]

    def has(self, name: str, row: int) -> bool:
        """Does a subject have a figure for a part (told or not)?"""
        key = "composite" if name == COMPOSITE else name
        return key in self.basis.sums and self.basis.sums[key][row] is not None


@dataclass(frozen=True)
class Asked:
    """Who is asked: a subject of a layout, from its own sheet or another; grades and questions settled so far."""

    layout: Layout
    row: int
    outside: bool = False
    grades: tuple[str, ...] = ()
    pendings: tuple[str, ...] = ()
    plain: str = ""  # the condition whose own column is being written

    def cell(self, key: str) -> str:
        grid = self.layout.grid
        return grid.there(key, self.row) if self.outside else grid.here(key, self.row)

    def span(self, key: str) -> str:
        return self.layout.grid.span(key, outside=self.outside)


def test(when: When | None, asked: Asked, layouts: Mapping[str, Layout]) -> Test:
    """A condition as a formula that is true or false for a subject."""
    if when is None:
        return True
    key = key_of(when)
    if key in asked.layout.flags and key != asked.plain:
        return f"{asked.cell(f'flag:{key}')}={text(YES)}"
    if "of" in when:
        return _elsewhere(when, asked, layouts)
    if "named" in when:
        return test(asked.layout.stage.conditions[when["named"]].when, asked, layouts)
    if "not" in when:
        return negated(test(when["not"], asked, layouts))
    for word, join in (("all", both), ("any", either)):
        if word in when:
            return join(test(inner, asked, layouts) for inner in when[word])
    return _leaf(when, key, asked)


def _elsewhere(when: When, asked: Asked, layouts: Mapping[str, Layout]) -> Test:
    """A condition on the subject's own subject in an earlier stage; false where it has none there."""
    other = layouts.get(when["of"])
    own = asked.layout.basis.links[when["of"]][asked.row]
    if other is None or own not in other.positions:
        return False
    there = Asked(other, other.positions[own], outside=True)
    return test({name: value for name, value in when.items() if name != "of"}, there, layouts)


def _leaf(when: When, key: str, asked: Asked) -> Test:
    layout, row = asked.layout, asked.row
    known = layout.basis.literals.get(key)
    if "history" in when or "history_score" in when:
        inner = {"grade": when["history"]} if "history" in when else {**when, "score": when["history_score"]}
        return both([known[row], _plain(inner, asked)])
    if known is not None and known[row] is not None:
        layout.unlive[row] = "得票或部分得分为保密不列出"
        return known[row]
    return _plain(when, asked)


def _plain(when: When, asked: Asked) -> Test:
    if "fact" in when:
        return _fact(when, asked)
    if "score" in when:
        name = when["score"]
        return both(bars(asked.cell(f"score:{name}"), when)) if asked.layout.has(name, asked.row) else False
    if "last" in when:
        return _last(when["last"], asked)
    if "rank_share" in when:
        share = number(parse_share(when["rank_share"]))
        return f"ROUND({asked.cell('rank')}-{share}*{asked.cell('count')},9)<=0"
    if "votes" in when:
        return _votes(when, asked)
    if "grade" in when:
        now = asked.cell("grade") if asked.outside else _state(asked.grades)
        return either(f"{now}={text(name)}" for name in _names(when["grade"])) if now else False
    if "pending" in when:
        now = asked.cell("pending") if asked.outside else _state(asked.pendings)
        return f'{now}<>""' if now else False
    basis = asked.layout.basis
    if "category" in when:
        return basis.categories[asked.row] in _names(when["category"])
    column = basis.columns.get(when["roster"])
    return column is not None and column[asked.row] in _names(when["is"])


def _names(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _state(cells: tuple[str, ...]) -> str:
    return joined(cells) if cells else ""


def _fact(when: When, asked: Asked) -> Test:
    cell = asked.cell(f"fact:{when['fact']}")
    tests = bars(cell, when)
    if tests:
        return both([f"ISNUMBER({cell})", *tests])
    return either(f"{cell}={text(name)}" for name in (_names(when["is"]) if "is" in when else [YES]))


def _last(name: str, asked: Asked) -> Test:
    """The lowest of a category of at least two that have the figure."""
    layout = asked.layout
    if not layout.has(name, asked.row) or layout.alike(name, asked.row) < 2:
        return False
    cell, category = asked.cell(f"score:{name}"), asked.cell("code:类")
    return f'COUNTIFS({asked.span("code:类")},{category},{asked.span(f"score:{name}")},"<"&{cell})=0'


def _votes(when: When, asked: Asked) -> Test:
    """得票率 against bars: votes over valid votes; none is met without votes."""
    names = list(asked.layout.basis.votes)
    chosen = [asked.cell(f"vote:{name}") for name in _names(when["votes"]) if name in names]
    valid = f"SUM({asked.cell(f'vote:{names[0]}')}:{asked.cell(f'vote:{names[-1]}').split('!')[-1]})" if names else ""
    if not names:
        return False
    share = f"({'+'.join(f'N({cell})' for cell in chosen) or 0})/MAX(1,{valid})"
    return both([f"{valid}>0", *bars(share, when, rounded=True)])
