"""Names that differ by so little that one may be a slip for the other."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

CONFUSED = Path(__file__).with_name("confused.txt")  # characters taken for one another, each group a word
ORDINALS = frozenset(  # what tells the members of a series apart
    "0123456789一二三四五六七八九十百千零〇两壹贰叁肆伍陆柒捌玖拾甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥"
    "东西南北中上下左右前后内外新老旧大小正副主次初高低春夏秋冬男女早晚多少增减加国省市州区县乡镇村街年月季日首末半优良"
)
SERIES = 3  # so many names that differ at one place only are a series (红旗镇、红星镇、红岩镇), not slips
LONG, HEAD = 6, 3  # a name so long, differing behind its head (often a place's name), is seldom another unit's


class Pair(NamedTuple):
    """Two names by their numbers, and what is in the place of what ("" where one of them has nothing there)."""

    first: int
    second: int
    at: int
    one: str
    other: str
    series: bool

    @property
    def confused(self) -> bool:
        """Is it a usual confusion, or a difference of punctuation alone?"""
        if self.one in ORDINALS and self.other in ORDINALS:
            return False
        return self.at < 0 or frozenset((self.one, self.other)) in _CONFUSED

    @property
    def ordinal(self) -> bool:
        """Does a number, a letter or another mark of order part them?"""
        return any(c in ORDINALS or c.isdigit() or (c.isascii() and c.isalnum()) for c in (self.one, self.other))

    def plain(self, name: str) -> bool:
        """Is it one character in a long name, neither a mark of order nor in a series?"""
        return not self.series and not self.ordinal and len(name) >= LONG and self.at >= HEAD


_GROUPS = CONFUSED.read_text(encoding="utf-8").split()
_CONFUSED = {frozenset((a, b)) for group in _GROUPS for a in group for b in group if a != b}
_MARKS = re.compile(r"(?<!\d)[^\w]+|[^\w]+(?!\d)")  # not the point in 1.5


def bare(name: str) -> str:
    """A name without punctuation and invisible characters, save what stands between two digits.

    >>> bare("党建(含廉政)"), bare("1.5万")
    ('党建含廉政', '1.5万')
    """
    if name.isalnum():
        return name
    visible = "".join(c for c in name if unicodedata.category(c) not in ("Cf", "Cc"))
    return _MARKS.sub("", visible)


def near_pairs(names: Sequence[str]) -> list[Pair]:
    """All pairs of different names that differ by one character or by punctuation alone; linear in their length.

    >>> [(p.first, p.second, p.one, p.other) for p in near_pairs(["环境局", "坏境局", "环境局局", "水务局"])]
    [(0, 1, '环', '坏'), (0, 2, '', '局')]
    """
    pairs: dict[tuple[int, int], Pair] = {}
    whole = {name: number for number, name in enumerate(names)}
    same: dict[str, list[int]] = defaultdict(list)
    holes: dict[tuple[int, str], list[int]] = defaultdict(list)
    for number, name in enumerate(names):
        same[bare(name)].append(number)
        for at in range(len(name)):
            rest = name[:at] + name[at + 1 :]
            holes[at, rest].append(number)
            if rest in whole:
                first, second = sorted((whole[rest], number))
                one, other = ("", name[at]) if first == whole[rest] else (name[at], "")
                pairs.setdefault((first, second), Pair(first, second, at, one, other, False))
    for (at, _), numbers in holes.items():
        for first, second in _couples(numbers):
            pair = Pair(first, second, at, names[first][at], names[second][at], len(numbers) >= SERIES)
            pairs.setdefault((first, second), pair)
    for text, numbers in same.items():
        for first, second in _couples(numbers if text else []):
            pairs[first, second] = Pair(first, second, -1, "", "", False)
    return [pairs[key] for key in sorted(pairs)]


def _couples(numbers: list[int]) -> list[tuple[int, int]]:
    """Every two of them; of a long series none, for it is one."""
    if not 1 < len(numbers) <= 40:
        return []
    return [(a, b) for i, a in enumerate(numbers) for b in numbers[i + 1 :]]
