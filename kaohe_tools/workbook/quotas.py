"""名额: each pool of places with its share or number to be changed, how many take part, and how many were used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from kaohe_tools.basis import Basis, OpenPool, Taken, key_of
from kaohe_tools.places import FIXED, places_by
from kaohe_tools.scheme import Pool, Step
from kaohe_tools.workbook.asking import Layout
from kaohe_tools.workbook.formulas import YES, count_if, number, same, text
from kaohe_tools.workbook.grid import INPUT, LIVE, SHARE, Grid

HEADERS = ("环节", "类别", "参加数", "比例", "定额", "名额", "已用", "算式")
NOTE = "黄色的比例、定额可以改。同一步各组比例相同的，跟着第一个黄色的格子变。"
_ROUNDED = {"floor": "INT(ROUND({0},9))", "half_up": "INT(ROUND({0},9)+0.5)", "ceil": "ROUNDUP(ROUND({0},9),0)"}


@dataclass(frozen=True)
class Row:
    """One pool: its stage, step and state; share or number in force (None: neither), and what was said where unset."""

    stage: str
    step: Step
    taken: Taken
    share: float | None = None
    number: int | None = None
    counted: bool = False
    unset: str = ""

    @property
    def pool(self) -> OpenPool:
        return self.taken.pool

    @property
    def declared(self) -> Pool | None:
        return self.step.pools[self.pool.index] if self.pool.index >= 0 else None


@dataclass
class Quotas:
    """The sheet, with the row of each pool. shown, marks: the published grades and yes/no columns, by stage."""

    basis: Basis
    grid: Grid
    layouts: Mapping[str, Layout]
    published: pd.DataFrame
    shown: Mapping[str, list[str]]
    marks: Mapping[str, Mapping[str, list[str]]]
    rows: list[Row] = field(default_factory=list)
    _places: dict[tuple, int] = field(default_factory=dict)
    _all: dict[tuple, str] = field(default_factory=dict)  # by step whose places are for all groups together, their name

    def __post_init__(self) -> None:
        taken = [
            self._row(name, t) for name, lay in self.layouts.items() for t in lay.basis.taken if t.pool is not None
        ]
        spare = [self._row(name, t) for name, lay in self.layouts.items() for t in lay.basis.spare]
        self.rows = [*taken, *spare]
        self.grid.rows = len(self.rows)
        for at, row in enumerate(self.rows):
            self._places[row.stage, row.taken.step, row.pool.index, row.pool.value] = at
            if row.declared is None and row.pool.value not in self.layouts[row.stage].basis.groups:
                self._all[row.stage, row.taken.step] = row.pool.value
        formats = {"比例": SHARE}
        for name in (*HEADERS, *(name for name in self.published if name not in HEADERS)):
            self.grid.reserve(name, number_format=formats.get(name, "General"))

    # --- what others ask ----------------------------------------------------------------------------------------------

    def row_of(self, stage: str, step: int, index: int, value: str) -> int | None:
        """Where the pool of a subject stands: that of its group (or of all), or a declared one."""
        return self._places.get((stage, step, index, self._all.get((stage, step), value) if index < 0 else value))

    def everyone(self, stage: str, step: int) -> bool:
        """Are the places of a step for all groups together?"""
        return (stage, step) in self._all

    def unset(self, at: int) -> str:
        """What is asked where the number of places is not set ("" where it always is)."""
        return self.rows[at].unset

    def given(self, at: int) -> str:
        """The cell of the share or number that a pool's places come from."""
        return self.grid.there("定额" if self.rows[at].counted else "比例", at)

    # --- one pool -----------------------------------------------------------------------------------------------------

    def _row(self, stage: str, taken: Taken) -> Row:
        layout = self.layouts[stage]
        step = layout.stage.steps[taken.step]
        if step.pools:
            pool = step.pools[taken.pool.index]
            return Row(stage, step, taken, share=None if pool.every else pool.share)
        members = [i for i, group in enumerate(layout.basis.groups) if group == taken.pool.value]
        category = layout.basis.categories[members[0] if members else 0]
        value, counted = places_by(step, category, self.basis.params)
        name = step.params.get(category, step.param)
        unset = (step.unset or "名额未规定") if name else ""
        if counted:
            return Row(stage, step, taken, number=None if value is None else int(value), counted=True, unset=unset)
        return Row(stage, step, taken, share=value, unset=unset)

    # --- contents -----------------------------------------------------------------------------------------------------

    def fill(self) -> None:
        grid, rows, published = self.grid, self.rows, self.published
        more = len(rows) - len(published)
        for name in published:
            spare = (
                {"环节": [r.stage for r in rows[-more:]], "类别": [r.pool.name for r in rows[-more:]]} if more else {}
            )
            if name not in HEADERS or name in ("环节", "类别"):
                grid.fill(name, [*published[name], *spare.get(name, [""] * more)])
        places = [row.pool.places or 0 for row in rows]
        grid.fill("参加数", [row.pool.count for row in rows], [self._count(row) for row in rows])
        self._fill_given()
        grid.fill("名额", places, [self._number(at, row) for at, row in enumerate(rows)])
        used = [len(row.taken.took) for row in rows]
        grid.fill("已用", used, [self._used(row) for row in rows])
        said = [row.pool.sum for row in rows]
        grid.fill("算式", said, [self._said(at, row) for at, row in enumerate(rows)])

    def _fill_given(self) -> None:
        """Shares and numbers: to be changed; of one step with the same share everywhere only the first."""
        first: dict[tuple, int] = {}
        shares, formulas, marks = [], [], []
        for at, row in enumerate(self.rows):
            declared = row.declared
            formula, mark, value = None, LIVE, row.share
            if declared is not None and declared.shares:
                formula, value = self._by_condition(row), self._share_then(row)
            elif (declared is None or not declared.every) and not row.counted:
                key = (row.stage, row.taken.step, row.pool.index, row.share)
                formula = self.grid.here("比例", first[key]) if key in first else None
                formula = f'IF({formula}="","",{formula})' if formula and value is None else formula
                mark = LIVE if formula else INPUT
                value = "" if formula and value is None else value
                first.setdefault(key, at)
            shares.append(value)
            formulas.append(formula)
            marks.append(mark)
        self.grid.fill("比例", shares, formulas, marks)
        marks = [INPUT if row.counted else LIVE for row in self.rows]
        self.grid.fill("定额", [row.number for row in self.rows], None, marks)

    def _by_condition(self, row: Row) -> str:
        """The share whose condition holds for all members of a pool, the first of them."""
        inside = self._inside(row)
        members = count_if(*inside, *self._flag(row, row.declared.members))
        formula = '""'
        for when, share in reversed(row.declared.shares):
            of_them = count_if(*inside, *self._flag(row, row.declared.members), *self._flag(row, when))
            formula = f"IF({of_them}={members},{number(share)},{formula})"
        return f'IF({members}=0,"",{formula})'

    def _share_then(self, row: Row) -> float | str:
        """The share that was in force."""
        flags, inside = self._flags(row), self._members(row)
        if not inside:
            return ""
        for when, share in row.declared.shares:
            if all(flags[key_of(when)][i] for i in inside):
                return share
        return ""

    def _flags(self, row: Row) -> Mapping[str, tuple[bool, ...]]:
        return self.layouts[row.stage].basis.flags

    def _members(self, row: Row) -> list[int]:
        basis, declared = self.layouts[row.stage].basis, row.declared
        values = basis.columns[declared.per] if declared.per else ("",) * len(basis.numbers)
        flags = basis.flags[key_of(declared.members)]
        return [i for i, value in enumerate(values) if flags[i] and value == row.pool.value]

    def _flag(self, row: Row, when: Any) -> tuple[str, str]:
        return self.layouts[row.stage].grid.span(f"flag:{key_of(when)}", outside=True), text(YES)

    def _inside(self, row: Row) -> list[str]:
        """Those whom a pool is made of, by group or value of a roster column: criteria, none for everyone."""
        layout, declared = self.layouts[row.stage], row.declared
        if declared is not None:
            name, values = declared.per, layout.basis.columns.get(declared.per, ())
        else:
            name, values = "组", layout.basis.groups
        if row.pool.value not in values:
            return []
        code = layout.codes[name][list(values).index(row.pool.value)]
        return [layout.grid.span(f"code:{name}", outside=True), str(code)]

    def _count(self, row: Row) -> str:
        declared = row.declared
        if declared is not None:
            return count_if(*self._inside(row), *self._flag(row, declared.count or declared.members))
        inside = self._inside(row)
        return count_if(*inside) if inside else f"COUNT({self.layouts[row.stage].grid.span('code:组', outside=True)})"

    def _number(self, at: int, row: Row) -> str:
        count, share, fixed = (self.grid.here(name, at) for name in ("参加数", "比例", "定额"))
        declared = row.declared
        if declared is not None and declared.every:
            return count
        if row.counted:
            return fixed
        rounding = row.step.rounding if declared is None else ""
        places = _ROUNDED[rounding or self.basis.readings["quota_rounding"]].format(f"{count}*{share}")
        return f'IF({share}="",0,{places})' if row.share is None or row.unset else places

    def _used(self, row: Row) -> str:
        word = same(row.step.word if row.step.kind == "places" else YES)
        grid = self.layouts[row.stage].grid
        took = grid.span(f"took:{row.taken.step + 1}:{row.pool.index}", outside=True)
        return count_if(*self._inside(row), took, word)

    def _said(self, at: int, row: Row) -> str | None:
        """The sum in words, with its figures."""
        count, share, places = (self.grid.here(name, at) for name in ("参加数", "比例", "名额"))
        declared = row.declared
        if declared is not None and declared.every:
            return None
        if row.counted:
            tail = row.pool.sum.split(" 个", 1)[-1] if row.number is not None else ""
            said = f"{text(f'{FIXED} ')}&{places}&{text(f' 个{tail}')}"
            return f'IF({self.grid.here("定额", at)}="",{text(row.unset)},{said})' if row.unset else said
        rounding = (row.step.rounding if declared is None else "") or self.basis.readings["quota_rounding"]
        way = self.basis.scheme.readings["quota_rounding"].choices[rounding]
        tail = row.pool.sum.split(f"取 {row.pool.places}", 1)[-1] if row.pool.places is not None else ""
        said = f'{count}&"×"&ROUND({share}*100,4)&"%="&ROUND({count}*{share},4)&{text(f"，{way}，取 ")}&{places}'
        said = f"{said}&{text(tail)}" if tail else said
        return f'IF({share}="",{text(row.unset)},{said})' if row.share is None or row.unset else said
