"""Problems found in what users give us: one form of message, always with its place, never one at a time.

A problem says where (file, sheet, cell), what was found, what was expected and what to do.
Checks append to a `Problems` list and go on; whoever started them prints all of it in one go.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

ERROR, WARNING, NOTE = "错误", "警告", "提示"
LEVELS = (ERROR, WARNING, NOTE)


@dataclass(frozen=True, order=True)
class Place:
    """Where something stands: a file, a sheet of it and a cell such as F17 (each may be unknown)."""

    file: str = ""
    sheet: str = ""
    cell: str = ""

    def __str__(self) -> str:
        """评分.xlsx[得分]!F17, or as much of it as is known."""
        text = self.file
        if self.sheet:
            text += f"[{self.sheet}]"
        if self.cell:
            text += f"!{self.cell}"
        return text


@dataclass(frozen=True)
class Problem:
    """One thing wrong (or worth knowing): its level, its place, what it is and what to do about it.

    `about`: the subject (or category) whose data it concerns, where one is known and the message does not name it.
    """

    level: str
    place: Place
    message: str
    advice: str = ""
    about: str = ""

    def __str__(self) -> str:
        """One line, as a user reads it: 错误 评分.xlsx[得分]!F17：得分 18 高于分值 16；应在 0 到 16 之间."""
        where = str(self.place)
        text = f"{self.level} {where}：{self.message}" if where else f"{self.level} {self.message}"
        return f"{text}；{self.advice}" if self.advice else text


@dataclass
class Problems:
    """All problems of one reading, in the order found; sorted by level and place when listed."""

    items: list[Problem] = field(default_factory=list)
    _unread: set[Place] = field(default_factory=set, init=False, repr=False, compare=False)
    _wrong: set[Place] = field(default_factory=set, init=False, repr=False, compare=False)
    _looked_at: int = field(default=0, init=False, repr=False, compare=False)

    def error(self, place: Place, message: str, advice: str = "", about: str = "") -> None:
        if place not in self._unread:
            self.items.append(Problem(ERROR, place, message, advice, about))

    def unreadable(self, place: Place, message: str, advice: str = "", about: str = "") -> None:
        """An error of a cell that cannot be read; what follows from its being blank is not told besides."""
        self.error(place, message, advice, about)
        self._unread.add(place)

    def copy(self) -> Problems:
        """The same problems, to which others can be added apart."""
        other = Problems(list(self.items))
        other._unread = set(self._unread)
        return other

    def warning(self, place: Place, message: str, advice: str = "", about: str = "") -> None:
        self.items.append(Problem(WARNING, place, message, advice, about))

    def note(self, place: Place, message: str, advice: str = "", about: str = "") -> None:
        self.items.append(Problem(NOTE, place, message, advice, about))

    def extend(self, others: Iterable[Problem]) -> None:
        self.items.extend(others)

    def has_error(self, place: Place) -> bool:
        """Is there an error at this very place already?"""
        for item in self.items[self._looked_at :]:
            if item.level == ERROR:
                self._wrong.add(item.place)
        self._looked_at = len(self.items)
        return place in self._wrong

    def __iter__(self) -> Iterator[Problem]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    @property
    def errors(self) -> list[Problem]:
        return [item for item in self.items if item.level == ERROR]

    def count(self, level: str) -> int:
        return sum(item.level == level for item in self.items)

    def sorted(self) -> list[Problem]:
        """Errors first, then by file, sheet, row and column; equal ones once: the same whatever the order found."""
        return sorted(set(self.items), key=lambda p: (LEVELS.index(p.level), *_place_key(p.place), p.message, p.advice))


def _place_key(place: Place) -> tuple:
    letters = "".join(c for c in place.cell if c.isascii() and c.isalpha())
    row = "".join(c for c in place.cell if c.isascii() and c.isdigit())
    return (place.file, _natural(place.sheet), int(row or 0), len(letters), letters)


def _natural(name: str) -> tuple[tuple[str, int], ...]:
    """A sort key that puts 表2 before 表10."""
    return tuple((text, int(number or 0)) for text, number in re.findall(r"(\D*)(\d*)", name))


class InputError(Exception):
    """Raised at an edge when what a user gave cannot be used; carries every problem found."""

    def __init__(self, problems: Problems) -> None:
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems.sorted() if problem.level == ERROR))

    def __reduce__(self) -> tuple[type[InputError], tuple[Problems]]:
        """What it is made of again, where it comes from another process."""
        return InputError, (self.problems,)
