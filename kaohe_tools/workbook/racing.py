"""Who has a place and who ties for the last one, as formulas; see `ranking.allocate` and `places.fill`."""

from __future__ import annotations

from dataclasses import dataclass

from kaohe_tools.scheme import COMPOSITE, Pool
from kaohe_tools.workbook.asking import Layout
from kaohe_tools.workbook.formulas import YES, Test, count_if, text
from kaohe_tools.workbook.quotas import Quotas


@dataclass(frozen=True)
class Race:
    """What a subject's place hangs on, as tests. reached: there are enough places for all who are as good or better;
    straddled: there were for the better ones alone; sure: the number of places is set, `unset` being what is asked
    where it is not ("": it always is).
    """

    reached: Test
    straddled: Test
    sure: str = ""
    unset: str = ""


@dataclass(frozen=True)
class Races:
    """The races for the places of one step: of its groups (pool None) or of a declared pool. key: of its columns."""

    layout: Layout
    quotas: Quotas
    step: int
    key: str
    pool: Pool | None
    with_first: bool = False

    def race(self, row: int) -> Race | None:
        """The race of a subject; None where no pool of this step is its own."""
        at = self.pool_of(row)
        if at is None:
            return None
        if self.pool is not None and self.pool.every:
            return Race(True, False)
        grid, places = self.layout.grid, self.quotas.grid.there("名额", at)
        inside = self._criteria(row)
        if self.with_first:  # those who go first race among themselves, the others for what they leave
            span, own = grid.span(f"first:{self.key}"), grid.here(f"first:{self.key}", row)
            places = f"({places}-IF({own}={text(YES)},0,{count_if(*inside, span, text(YES))}))"
            inside += [span, own]
        ordered, sign = ("order", "<") if self.layout.stage.tie_break else (f"score:{COMPOSITE}", ">")
        span, mine = grid.span(ordered), grid.here(ordered, row)
        alike, better = (count_if(*inside, span, f'"{mark}"&{mine}') for mark in (f"{sign}=", sign))
        sure = f'{self.quotas.given(at)}<>""'
        return Race(f"{alike}<={places}", f"{better}<{places}", sure, self.quotas.unset(at))

    def pool_of(self, row: int) -> int | None:
        """The row of 名额 for the pool that a subject would be in."""
        basis, pool = self.layout.basis, self.pool
        value = basis.groups[row] if pool is None else basis.columns[pool.per][row] if pool.per else ""
        return self.quotas.row_of(self.layout.stage.name, self.step, int(self.key.split(":")[1]), value)

    def _criteria(self, row: int) -> list[str]:
        """Those who race for the same places."""
        grid, found = self.layout.grid, [self.layout.grid.span(f"may:{self.key}"), text(YES)]
        everyone = self.pool is None and self.quotas.everyone(self.layout.stage.name, self.step)
        name = "" if everyone else "组" if self.pool is None else self.pool.per
        return [grid.span(f"code:{name}"), grid.here(f"code:{name}", row), *found] if name else found
