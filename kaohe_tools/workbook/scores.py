"""推演, its first half: facts and votes to be changed, sums of the contributions, published figures and ranks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

import numpy as np

from kaohe_tools.basis import Basis
from kaohe_tools.exact import publish
from kaohe_tools.scheme import COMPOSITE, Part, in_force
from kaohe_tools.scoring import ADJUST
from kaohe_tools.workbook.asking import Asked, Layout, test
from kaohe_tools.workbook.detail import BY_ITSELF, CUT, NOTHING, SCALED, UP_TO, Detail
from kaohe_tools.workbook.formulas import NO, YES, choose, count_if, number, published, same
from kaohe_tools.workbook.grid import FIXED, INPUT, LIVE, LONG, SCORE, Grid

COMPOSED = "composite"  # the unrounded sum of everything
SHOWN = {True: YES, False: NO}


class Scores:
    """The columns of one stage that come before its steps."""

    def __init__(self, layout: Layout, layouts: Mapping[str, Layout], basis: Basis) -> None:
        self.layout, self.layouts, self.whole = layout, layouts, basis
        self.stage, self.basis, self.grid = layout.stage, layout.basis, layout.grid
        self.rows = range(len(self.basis.numbers))
        self.bounded = [part for part in self._parts() if part.floor and in_force(part.floor.only_if, basis.readings)]
        self.zeroed = [part for part in self._parts() if part.zero]
        ledger, rescale = self.stage.ledger, self.stage.rescale
        self.capped = ledger is not None and ledger.adjusts and ledger.cap is not None
        self.scaled = rescale is not None and in_force(rescale.only_if, basis.readings)
        self.adjusts = list(self._adjustments())

    def _parts(self) -> Iterator[Part]:
        return (part for top in self.stage.parts for part in top.walk())

    def _adjustments(self) -> Iterator[tuple[str, str]]:
        """Key and top part of every column that adjusts sums."""
        if self.capped:
            yield CUT, ADJUST
        for word, parts in ((UP_TO, self.bounded), (NOTHING, self.zeroed)):
            yield from ((f"{word}:{part.name}", self.stage.top_of(part.name)) for part in parts)
        if self.scaled:
            yield SCALED, ""

    @property
    def tops(self) -> list[str]:
        """Columns of the result: top parts, and 加减分 where there is any."""
        names = [part.name for part in self.stage.parts] + [ADJUST]
        return [name for name in names if any(v is not None for v in self.basis.sums.get(name, ()))]

    # --- places -------------------------------------------------------------------------------------------------------

    def reserve(self) -> None:
        """Give all columns their places."""
        grid, stage = self.grid, self.stage
        for key in ("考核对象", "组", *self.basis.columns):
            grid.reserve(key, "排名的组" if key == "组" else key)
        for name in self._codes():
            grid.reserve(f"code:{name}", f"{'类别' if name == '类' else name}序号")
        for name, fact in stage.facts.items():
            shares = "0.##%" if fact.type == "share" else "General"
            choices = (YES, NO) if fact.type == "yes_no" else fact.choices
            grid.reserve(f"fact:{name}", f"情形：{name}", shares, choices)
        for name in self.basis.votes:
            grid.reserve(f"vote:{name}", f"得票：{name}")
        for key, _ in self.adjusts:
            grid.reserve(f"adjust:{key}", key.replace(":", "："), LONG)
        for name in [*self.tops, COMPOSED]:
            grid.reserve(f"sum:{name}", f"{COMPOSITE if name == COMPOSED else name}（未舍入）", "0.00##")
        for name in [*self.tops, COMPOSITE]:
            grid.reserve(f"score:{name}", name, SCORE)
        for name in self.stage.tie_break:
            grid.reserve(f"tie:{name}", f"同分比较：{name}", SCORE)
        if self.stage.tie_break:
            grid.reserve("order", "先后")
        grid.reserve("rank", "排名")
        grid.reserve("count", "组内对象数")

    def _codes(self) -> list[str]:
        """What is counted by: groups, categories, and roster columns that pools are made by."""
        per = {pool.per for step in self.stage.steps for pool in step.pools if pool.per}
        return ["组", "类", *(name for name in self.basis.columns if name in per)]

    # --- contents -----------------------------------------------------------------------------------------------------

    def fill(self, detail: Detail, ranks: Mapping[str, list[float]]) -> None:
        """Fill them. ranks: the published columns 排名 and 综合得分 of the stage."""
        grid, basis = self.grid, self.basis
        grid.fill("考核对象", basis.subjects)
        grid.fill("组", basis.groups)
        for name, values in basis.columns.items():
            grid.fill(name, values)
        for name in self._codes():
            grid.fill(f"code:{name}", self.layout.codes[name])
        for name, values in basis.facts.items():
            grid.fill(f"fact:{name}", [SHOWN.get(v, v) if isinstance(v, bool) else v for v in values], None, INPUT)
        for name, values in basis.votes.items():
            grid.fill(f"vote:{name}", values, None, [FIXED if v is None else INPUT for v in values])
        self._fill_adjustments(detail)
        self._fill_sums(detail)
        self._fill_published()
        self._fill_ranks(ranks)

    def _raw(self, detail: Detail, row: int, top: str = "", leaf: str = "", component: str = "") -> str:
        """The sum of the contributions of a subject as they come from 明细, before anything is adjusted."""
        subject = self.basis.numbers[row]
        if subject not in detail.ranges:
            return "0"
        values = detail.span("计入得分", subject)
        criteria = [(key, name) for key, name in (("一级部分", top), ("部分", leaf), ("来源", component)) if name]
        terms = [f"{detail.span(key, subject)},{same(name)}" for key, name in criteria]
        if self.adjusts:
            terms.append(f'{detail.span("随动", subject)},"<>{BY_ITSELF}"')
        return f"SUMIFS({values},{','.join(terms)})" if terms else f"SUM({values})"

    def _sum(self, detail: Detail, row: int, top: str) -> str:
        adjust = [self.grid.here(f"adjust:{key}", row) for key, own in self.adjusts if own == top or top == COMPOSED]
        return "+".join([self._raw(detail, row, "" if top == COMPOSED else top), *adjust])

    def _fill_sums(self, detail: Detail) -> None:
        for name in [*self.tops, COMPOSED]:
            values = self.basis.sums[name]
            formulas = [None if values[row] is None else self._sum(detail, row, name) for row in self.rows]
            grid_marks = [
                FIXED if value is None and self._hidden(name, row) else LIVE for row, value in enumerate(values)
            ]
            self.grid.fill(f"sum:{name}", values, formulas, grid_marks)

    def _hidden(self, name: str, row: int) -> bool:
        mask = self.basis.hidden.get(name)
        return mask is not None and mask[row]

    def _fill_published(self) -> None:
        for name in [*self.tops, COMPOSITE]:
            key = COMPOSED if name == COMPOSITE else name
            sums = self.basis.sums[key]
            figures = publish(np.array([np.nan if value is None else value for value in sums]))
            formulas = [
                None if sums[row] is None else published(self.grid.here(f"sum:{key}", row)) for row in self.rows
            ]
            values = [None if np.isnan(figure) else float(figure) for figure in figures]
            self.grid.fill(f"score:{name}", values, formulas)

    def _fill_ranks(self, ranks: Mapping[str, list[float]]) -> None:
        """Competition ranks: one more than there are better ones in the group (or, for places, in the stage)."""
        grid, keys = self.grid, [f"score:{COMPOSITE}", *(f"tie:{name}" for name in self.stage.tie_break)]
        for name in self.stage.tie_break:
            figures = (
                grid.columns[f"score:{name}"].values if f"score:{name}" in grid.columns else [None] * len(self.rows)
            )
            here = [f"N({grid.here(f'score:{name}', row)})" if figures[row] is not None else None for row in self.rows]
            grid.fill(f"tie:{name}", [figure or 0 for figure in figures], here)
        group, codes = grid.span("code:组"), [grid.here("code:组", row) for row in self.rows]
        if self.stage.tie_break:
            own = [tuple(-grid.columns[key].values[row] for key in keys) for row in self.rows]
            places = [1 + sum(other < mine for other in own) for mine in own]
            grid.fill("order", places, [f"1+{self._better(row, keys)}" for row in self.rows])
        formulas = [f"1+{self._better(row, keys, f'{group},{codes[row]}')}" for row in self.rows]
        grid.fill("rank", ranks["排名"], formulas)
        sizes = Counter(self.basis.groups)
        counts = [sizes[name] for name in self.basis.groups]
        grid.fill("count", counts, [count_if(group, code) for code in codes])

    def _better(self, row: int, keys: list[str], within: str = "") -> str:
        """How many have a higher first key, or the same and a higher second one, and so on."""
        terms = []
        for length in range(len(keys)):
            criteria = [within] if within else []
            criteria += [f"{self.grid.span(key)},{self.grid.here(key, row)}" for key in keys[:length]]
            last = keys[length]
            criteria.append(f'{self.grid.span(last)},">"&{self.grid.here(last, row)}')
            terms.append(count_if(*criteria))
        return "+".join(terms)

    # --- adjustments --------------------------------------------------------------------------------------------------

    def _fill_adjustments(self, detail: Detail) -> None:
        stored: dict[tuple[int, str], float] = {}
        for line in self.whole.lines:
            if line.kind == "adjust":
                key = line.what if line.what in (CUT, SCALED) else f"{line.what}:{line.leaf}"
                stored[line.subject, key] = stored.get((line.subject, key), 0.0) + line.value
        makers: dict[str, Any] = {CUT: self._cut, SCALED: self._scaled}
        for key, _ in self.adjusts:
            word, _, leaf = key.partition(":")
            make = makers.get(key) or (self._up_to if word == UP_TO else self._nothing)
            formulas = [make(detail, row, leaf) for row in self.rows]
            values = [stored.get((number, key), 0.0) for number in self.basis.numbers]
            self.grid.fill(f"adjust:{key}", values, formulas)

    def _cut(self, detail: Detail, row: int, leaf: str) -> str:
        """What the cap takes off 加减分: off the net sum, or off bonuses and penalties apart."""
        cap, subject = detail.weights.cap(self.stage.name), self.basis.numbers[row]
        if subject not in detail.ranges:
            return "0"
        signs = ['">0"', '"<0"'] if self.whole.readings["adjust_cap"] == "each" else [""]
        values, terms = detail.span("计入得分", subject), []
        for sign in signs:
            raw = self._raw(detail, row, ADJUST)
            raw = f"{raw[:-1]},{values},{sign})" if sign else raw
            terms.append(f"MAX(-{cap},MIN({cap},{raw}))-{raw}")
        return f"ROUND({'+'.join(terms)},9)"

    def _up_to(self, detail: Detail, row: int, leaf: str) -> str:
        """What is given back where a part fell below its floor."""
        if not self._scored(row, leaf):
            return "0"
        return f"ROUND(MAX(0,{detail.weights.floor(self.stage.name, leaf)}-{self._raw(detail, row, leaf=leaf)}),9)"

    def _nothing(self, detail: Detail, row: int, leaf: str) -> str:
        """What is taken off where a finding makes a whole part nothing."""
        part = self.stage.part_named(leaf)
        if not self._scored(row, leaf):
            return "0"
        asked = test(part.zero.when, Asked(self.layout, row), self.layouts)
        return choose(asked, f"-MAX(0,{self._raw(detail, row, leaf=leaf)})", "0")

    def _scored(self, row: int, leaf: str) -> bool:
        return (self.basis.numbers[row], leaf) in self._there

    @cached_property
    def _there(self) -> set[tuple[int, str]]:
        """Subjects with the leaves that they have a line of."""
        return {(line.subject, line.leaf) for line in self.whole.lines}

    def _scaled(self, detail: Detail, row: int, leaf: str) -> str:
        """What a category that lacks parts gains by scaling; entries that are kept out of it do not grow."""
        rescale, subject = self.stage.rescale, self.basis.numbers[row]
        if subject not in detail.ranges:
            return "0"
        kept = [f"-{self._raw(detail, row, component=name)}" for name in rescale.keep]
        adjust = [f"+{self.grid.here(f'adjust:{key}', row)}" for key, _ in self.adjusts if key != SCALED]
        growing = f"({self._raw(detail, row)}{''.join(kept)}{''.join(adjust)})"
        total = "+".join(detail.weights.cells(self.stage.name, self.basis.categories[row]))
        to = number(rescale.to)
        return f"IF({total}<{to},{growing}*({to}/({total})-1),0)"


def sheet_of(stage: str, name: str, title: str, rows: int) -> Grid:
    """The sheet 推演 of a stage, still without columns."""
    note = "黄色的情形、得票可以改。每一步写明结果：谁被定等、受限（第几档）、进入名额范围；等次由左到右依次确定。"
    note += "供在屏幕上核对，不必打印。"
    return Grid(name, title, rows, note, one_wide=False, fixed=1)
