"""明细: every contribution with what it is worth, as a formula of its score, its points and the part's points."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from kaohe_tools.basis import Basis, Line
from kaohe_tools.scheme import COMPOSITE
from kaohe_tools.scoring import ADJUST
from kaohe_tools.workbook.asking import Layout
from kaohe_tools.workbook.formulas import number, text
from kaohe_tools.workbook.grid import FIXED, INPUT, LIVE, LONG, Grid
from kaohe_tools.workbook.weights import Weights

MOVES, STILL, BY_ITSELF = "随动", "不随动", "自动调整"
CUT, UP_TO, NOTHING, SCALED = "封顶调整", "扣完为止", "该项不得分", "总分折算"  # see `scoring`
FRONT = ("环节", "类别", "考核对象", "一级部分", "部分", "考核项目", "指标", "来源")
FIGURES = {"分值": LONG, "完成值": LONG, "目标值": LONG, "得分": LONG, "计入得分": LONG, "随动": "General"}
_BY_DONE = ("proportional", "gap", "tiers", "ladder", "efficacy", "minmax")


@dataclass
class Detail:
    """The sheet 明细 of a case: its lines stand in the order of 明细.csv, those of a subject together."""

    basis: Basis
    grid: Grid
    layouts: Mapping[str, Layout]
    weights: Weights

    @cached_property
    def ranges(self) -> dict[int, tuple[int, int]]:
        """First and last line of each subject."""
        found: dict[int, tuple[int, int]] = {}
        for row, line in enumerate(self.basis.lines):
            found[line.subject] = (found.get(line.subject, (row, row))[0], row)
        return found

    @cached_property
    def leaf_ranges(self) -> dict[tuple[int, str], tuple[int, int]]:
        """First and last scored line of each leaf of a subject."""
        found: dict[tuple[int, str], tuple[int, int]] = {}
        for row, line in enumerate(self.basis.lines):
            if line.kind == "item":
                key = (line.subject, line.leaf)
                found[key] = (found.get(key, (row, row))[0], row)
        return found

    @cached_property
    def where(self) -> dict[int, tuple[str, int]]:
        """By subject: its stage, and where it stands in it."""
        return {number: (name, at) for name, lay in self.layouts.items() for number, at in lay.positions.items()}

    def span(self, key: str, subject: int) -> str:
        """The lines of a subject in one column, as another sheet names them."""
        return self.grid.span(key, *self.ranges[subject], outside=True)

    def reserve(self, table: pd.DataFrame) -> None:
        """Columns of the table as they are, and those for figures after 来源."""
        for name in FRONT:
            self.grid.reserve(name)
        measured = any("done" in line.how for line in self.basis.lines)
        for name, number_format in FIGURES.items():
            if name not in ("完成值", "目标值") or measured:
                self.grid.reserve(name, number_format=number_format)
        for name in table:
            if name not in self.grid.columns:
                self.grid.reserve(name)
        for name in table:
            if name not in FIGURES:
                self.grid.fill(name, table[name].tolist())

    def fill(self) -> None:
        """Scores, what they add, and whether they follow."""
        lines = self.basis.lines
        self.grid.fill("分值", [line.points for line in lines], None, [self._points_mark(line) for line in lines])
        if "完成值" in self.grid.columns:
            for key, name in (("完成值", "done"), ("目标值", "target")):
                figures = [line.how.get(name) for line in lines]
                self.grid.fill(key, figures, None, [INPUT if figure is not None else LIVE for figure in figures])
        scores = [self._score(row, line) for row, line in enumerate(lines)]
        values = [self._value(row, line) for row, line in enumerate(lines)]
        marks = [self._score_mark(line, score) for line, score in zip(lines, scores, strict=True)]
        self.grid.fill("得分", [line.score for line in lines], scores, marks)
        self.grid.fill("计入得分", [line.value for line in lines], values, [_mark(value) for value in values])
        told = [self._told(line) for line in lines]
        self.grid.fill("随动", told, None, [FIXED if word == STILL else LIVE for word in told])

    # --- one line -----------------------------------------------------------------------------------------------------

    def _told(self, line: Line) -> str:
        if line.kind == "adjust":
            return BY_ITSELF
        return STILL if line.kind == "together" or line.how.get("kind") == "fixed" else MOVES

    def _points_mark(self, line: Line) -> str:
        return INPUT if line.kind == "item" and not line.merged and line.how.get("kind") != "fixed" else LIVE

    def _score_mark(self, line: Line, formula: str | None) -> str:
        if line.how.get("kind") == "blend":
            return INPUT
        if formula is not None:
            return LIVE
        return FIXED if self._told(line) == STILL else INPUT

    def _score(self, row: int, line: Line) -> str | None:
        """The score of a line as a formula, where a short one says how it came about."""
        if line.kind == "adjust":
            return self.grid.here("计入得分", row)
        if line.kind == "stage":
            return self._taken_over(line)
        kind = line.how.get("kind")
        if kind == "full":
            return self.grid.here("分值", row)
        if kind == "fact":
            return self._by_fact(line)
        if kind == "blend":
            return "+".join(f"{number(score)}*{number(share)}" for score, share in line.how["terms"])
        if kind in _BY_DONE:
            return _measured(line, *(self.grid.here(name, row) for name in ("分值", "完成值", "目标值")))
        return None

    def _value(self, row: int, line: Line) -> str | None:
        """What a line adds: score × points of the part / points of its items (得分合计/分值合计×部分分值)."""
        score = self.grid.here("得分", row)
        if line.kind == "together":
            return None
        if line.kind == "adjust":
            return self._adjusted(line)
        if line.kind in ("entry", "stage"):
            return score
        stage, at = self.where[line.subject]
        category = self.layouts[stage].basis.categories[at]
        due = self.weights.cell(stage, category, line.leaf)
        first, last = self.leaf_ranges[line.subject, line.leaf]
        total = number(line.total) if line.merged else f"SUM({self.grid.span('分值', first, last)})"
        total = self.grid.here("分值", row) if first == last and not line.merged else total
        return f"{score}*{due}{self._growth(stage, category, line)}/{total}"

    def _growth(self, stage: str, category: str, line: Line) -> str:
        """Where other leaves of the top part were left out: the factor by which this one grows."""
        if not line.shared:
            return ""
        top = next(
            top for top in self.layouts[stage].stage.parts if line.leaf in [p.name for p in top.leaves(category)]
        )
        every = [leaf.name for leaf in top.leaves(category) if leaf.source != "stage"]
        whole, there = (
            "+".join(self.weights.cell(stage, category, name) for name in names) for names in (every, line.shared)
        )
        return f"*({whole})/({there})"

    def _taken_over(self, line: Line) -> str:
        """A share of the composite score of an earlier stage, or the whole of it."""
        stage, at = self.where[line.subject]
        layout = self.layouts[stage]
        origin = layout.stage.composite_from
        if line.leaf != COMPOSITE:
            origin = layout.stage.part_named(line.leaf).stage
        other = self.layouts[origin]
        score = other.grid.there(f"score:{COMPOSITE}", other.positions[layout.basis.links[origin][at]])
        if line.leaf == COMPOSITE:
            return score
        return f"{score}*{self.weights.cell(stage, layout.basis.categories[at], line.leaf)}/100"

    def _by_fact(self, line: Line) -> str:
        stage, at = self.where[line.subject]
        cell, formula = self.layouts[stage].grid.there(f"fact:{line.how['fact']}", at), "0"
        for value, points in reversed(line.how["values"].items()):
            formula = f"IF({cell}={text(value)},{number(points)},{formula})"
        return formula

    def _adjusted(self, line: Line) -> str | None:
        stage, at = self.where[line.subject]
        name = line.what if line.what in (CUT, SCALED) else f"{line.what}:{line.leaf}"
        grid = self.layouts[stage].grid
        return grid.there(f"adjust:{name}", at) if f"adjust:{name}" in grid.columns else None


def _mark(formula: str | None) -> str:
    return LIVE if formula is not None else FIXED


def top_of(line: Line) -> str:
    """The part of the total to which a line belongs, 加减分 among them."""
    return ADJUST if line.leaf == ADJUST else line.top


# --- rules ------------------------------------------------------------------------------------------------------------


def _measured(line: Line, points: str, done: str, target: str) -> str:
    """A rule by 完成值 as a formula; see `rules`."""
    return _RULES[line.how["kind"]](line.how["options"], points, done, target)


def _proportional(options: Mapping, points: str, done: str, target: str) -> str:
    ratio = f"{done}/{target}"
    worth = f"{points}*MIN({ratio},{number(options['cap'])})" if "cap" in options else f"{points}*{ratio}"
    if options.get("floor"):
        sign = "<" if options.get("inclusive", True) else "<="
        worth = f"IF(ROUND({ratio}-{number(options['floor'])},9){sign}0,0,{worth})"
    return f"IF({target}=0,{points},{worth})" if options.get("zero_target") == "full" else worth


def _gap(options: Mapping, points: str, done: str, target: str) -> str:
    gap = f"({done}-{target})"
    more = f"{gap}*{number(options['above'])}"
    more = f"MIN({more},{number(options['above_at_most'])})" if "above_at_most" in options else more
    return f"{points}+IF({done}>={target},{more},{gap}*{number(options['below'])})"


def _tiers(options: Mapping, points: str, done: str, target: str) -> str:
    terms, begun = [], 0.0
    for tier in options["tiers"]:
        upper = f"MIN({done},{number(tier['up_to'])})" if "up_to" in tier else done
        worth = f"MAX({upper}-{number(begun)},0)*{number(tier['each'])}"
        terms.append(f"MIN({worth},{number(tier['at_most'])})" if "at_most" in tier else worth)
        begun = tier.get("up_to", begun)
    return "+".join(terms)


def _ladder(options: Mapping, points: str, done: str, target: str) -> str:
    formula = "0"
    for bar, share in sorted(options["steps"]):
        formula = f"IF(ROUND({done}-{number(bar)},9)>=0,{points}*{number(share)},{formula})"
    return formula


def _scaled(options: Mapping, done: str) -> str:
    low, high = number(options["low"]), number(options["high"])
    share = f"({done}-{low})/({high}-{low})"
    return f"(1-{share})" if options.get("reverse") else share


def _capped(options: Mapping, share: str) -> str:
    return f"MIN({share},{number(options['cap'])})" if "cap" in options else f"({share})"


def _efficacy(options: Mapping, points: str, done: str, target: str) -> str:
    base = number(options["base"])
    return f"{points}*{_capped(options, f'{base}+(1-{base})*{_scaled(options, done)}')}"


def _minmax(options: Mapping, points: str, done: str, target: str) -> str:
    return f"{points}*{_capped(options, _scaled(options, done))}"


_RULES = {
    "proportional": _proportional,
    "gap": _gap,
    "tiers": _tiers,
    "ladder": _ladder,
    "efficacy": _efficacy,
    "minmax": _minmax,
}
