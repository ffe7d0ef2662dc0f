"""Where things stand in the workbook: the cells of each data sheet, and the hidden lists behind the drop-downs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from xlsxwriter.utility import xl_col_to_name

from kaohe_tools.columns import KINDS, Column
from kaohe_tools.template.needs import Words
from kaohe_tools.template.prefill import Due

TITLE_ROW, HINT_ROW, HEADER_ROW, FIRST = 0, 1, 2, 3  # from 0
LISTS = "词表"
LONGEST_FORMULA = 255  # Excel's limit for a drop-down


@dataclass(frozen=True)
class Area:
    """The data cells of one sheet: its kind, its columns, the rows that are due and how many spare ones follow."""

    kind: str
    columns: list[Column]
    due: list[Due]
    spare: int

    @property
    def title(self) -> str:
        return KINDS[self.kind].title

    @property
    def last(self) -> int:
        """The last row for data, from 0."""
        return FIRST + len(self.due) + self.spare - 1

    def has(self, name: str) -> bool:
        return any(column.name == name for column in self.columns)

    def at(self, name: str) -> int:
        """The number of a column, from 0."""
        return [column.name for column in self.columns].index(name)

    def cell(self, name: str, row: int = FIRST) -> str:
        """A cell of a column as formulas of the sheet itself name it, its column fixed: $F4."""
        return f"${xl_col_to_name(self.at(name))}{row + 1}"

    def range(self, name: str) -> str:
        """All data cells of a column as other sheets name them."""
        letter = xl_col_to_name(self.at(name))
        return f"'{self.title}'!${letter}${FIRST + 1}:${letter}${self.last + 1}"

    def values(self, name: str) -> list[object]:
        """What is given in a column, row by row (None where nothing is)."""
        return [due.cells.get(name) for due in self.due]


@dataclass
class Lists:
    """The lists behind the drop-downs, one below the other in one column: no row of it can look like a header."""

    cells: list[str] = field(default_factory=list)
    _places: dict[tuple[str, ...], str] = field(default_factory=dict)

    def place(self, heading: str, words: Iterable[str]) -> str:
        """Where a list stands; equal lists stand once."""
        words = tuple(words)
        if words not in self._places:
            self.cells += [f"〔{heading}〕", *words]
            last = len(self.cells)
            self._places[words] = f"'{LISTS}'!$A${last - len(words) + 1}:$A${last}"
        return self._places[words]

    def source(self, heading: str, words: Words, stage_cell: str) -> str:
        """The formula of a drop-down: the words of the row's stage; of all stages where the row does not say one."""
        every = tuple(dict.fromkeys(word for own in words.values() for word in own))
        formula = self.place(heading, every)
        if stage_cell:
            for stage, own in reversed(words.items()):
                if own and own != every:
                    formula = f'IF({stage_cell}="{stage}",{self.place(f"{heading}·{stage}", own)},{formula})'
        return f"={formula}" if len(formula) < LONGEST_FORMULA else f"={self.place(heading, every)}"
