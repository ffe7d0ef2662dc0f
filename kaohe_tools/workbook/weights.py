"""权重: the points of every part in every category, to be changed; everything pro rata follows them."""

from __future__ import annotations

from dataclasses import dataclass, field

from kaohe_tools.basis import Basis
from kaohe_tools.scheme import Stage, in_force
from kaohe_tools.scoring import ADJUST
from kaohe_tools.workbook.grid import INPUT, LIVE, Grid

CAP, FLOOR, SUM = "加减分上限", "扣分下限", "合计"
NOTE = "黄色的分值可以改；改后，按比例折算的得分、综合得分、排名、等次随之变动。"


@dataclass
class Weights:
    """The sheet, and in which row stand the points of a (stage, category, leaf), a cap (CAP) or a floor (FLOOR)."""

    grid: Grid
    rows: dict[tuple[str, str, str], int] = field(default_factory=dict)
    _lines: list[tuple] = field(default_factory=list)

    def cell(self, stage: str, category: str, leaf: str) -> str:
        return self.grid.there("分值", self.rows[stage, category, leaf])

    def cap(self, stage: str) -> str:
        return self.cell(stage, CAP, "")

    def floor(self, stage: str, leaf: str) -> str:
        return self.cell(stage, FLOOR, leaf)

    def cells(self, stage: str, category: str) -> list[str]:
        """The points of all leaves of a category."""
        return [self.grid.there("分值", row) for key, row in self.rows.items() if key[:2] == (stage, category)]

    def add(self, where: tuple[str, ...], points: float, article: str, total_of: tuple[int, int] | None = None) -> None:
        """A row: 环节, 类别, 一级部分, 部分, and its points, or the rows that it is the sum of."""
        self._lines.append((where, points, article, total_of))

    def add_category(self, stage: Stage, category: str) -> None:
        """The leaves of a category and their sum."""
        leaves, first = stage.leaves(category), len(self._lines)
        for leaf in leaves:
            self.rows[stage.name, category, leaf.name] = len(self._lines)
            where = (stage.name, category, stage.top_of(leaf.name), leaf.name)
            self.add(where, leaf.points[category], leaf.article)
        if leaves:
            total = sum(leaf.points[category] for leaf in leaves)
            self.add((stage.name, category, "", SUM), total, "", (first, len(self._lines) - 1))

    def add_bounds(self, stage: Stage, basis: Basis) -> None:
        """What bounds 加减分, and the parts whose deductions end somewhere."""
        if stage.ledger is not None and stage.ledger.cap is not None:
            self.rows[stage.name, CAP, ""] = len(self._lines)
            self.add((stage.name, "", ADJUST, CAP), stage.ledger.cap, stage.ledger.article)
        for part in (part for top in stage.parts for part in top.walk() if part.floor):
            if in_force(part.floor.only_if, basis.readings):
                self.rows[stage.name, FLOOR, part.name] = len(self._lines)
                self.add((stage.name, "", part.name, FLOOR), part.floor.at, part.floor.article)

    def finish(self) -> None:
        """Put the rows into the sheet."""
        grid, lines = self.grid, self._lines
        grid.rows = len(lines)
        for at, key in enumerate(("环节", "类别", "一级部分", "部分")):
            grid.put(key, [where[at] for where, *_ in lines])
        grid.reserve("分值")
        formulas = [f"SUM({grid.span('分值', *ends)})" if ends else None for *_, ends in lines]
        marks = [LIVE if ends else INPUT for *_, ends in lines]
        grid.fill("分值", [points for _, points, *_ in lines], formulas, marks)
        grid.put("条款", [article for _, _, article, _ in lines])


def weights_of(basis: Basis, name: str, title: str) -> Weights:
    """The points in force: by stage and category, a row for each leaf and a sum; then caps and floors."""
    weights = Weights(Grid(name, title, 0, NOTE))
    for stage_name, there in basis.stages.items():
        stage = basis.scheme.stages[stage_name]
        for category in dict.fromkeys(there.categories):
            weights.add_category(stage, category)
        weights.add_bounds(stage, basis)
    weights.finish()
    return weights
