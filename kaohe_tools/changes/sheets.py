"""One sheet then and now: which cells differ, which rows came, went or only stand elsewhere.

Rows are matched by what they say: equal ones first, wherever they stand; then by their key (subject, indicator,
examiner …); then by likeness. So a sheet that was only put in another order is one change, not hundreds.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from kaohe_tools.changes.snapshot import Cells
from kaohe_tools.exact import tidy
from kaohe_tools.problems import Place
from kaohe_tools.spreadsheet import column_letter

_WHO = ("环节", "考核对象", "编号")
_ITEM = ("考核项目", "指标")
KEYS = {  # columns that say which row a row is, by the title of its kind
    "名册": _WHO,
    "指标": (*_WHO, "类别", "部分", *_ITEM),
    "得分": (*_WHO, *_ITEM, "来源", "时点", "评分人", "考核组"),
    "加减分": (*_WHO, "事项", "标准", "日期", "同一工作"),
    "情形": (*_WHO, "情形"),
    "历年等次": (*_WHO, "年度"),
}
_MATTERS = ("指标", "事项", "情形", "年度", "类别")
_COMPARABLE = 200  # rows left over on one side up to which likeness is looked at

Pair = tuple[int, int]


@dataclass(frozen=True)
class Change:
    """One difference: a cell's old and new text, or (`what`) anything else; `about`: whom or what it concerns."""

    place: Place
    what: str = ""
    old: str = ""
    new: str = ""
    about: str = ""

    def __str__(self) -> str:
        """评分.xlsx[得分]!F17 由 16 改为 18（甲局·绿色勘查）."""
        where = str(self.place)
        about = f"（{self.about}）" if self.about else ""
        if self.what:
            return f"{where}：{self.what}{about}" if where else f"{self.what}{about}"
        return f"{where} 由 {self.old or '空白'} 改为 {self.new or '空白'}{about}"


def row_keys(cells: Cells) -> list[tuple[str, ...]]:
    """The key of each row: its key columns' names and texts as names are compared; equal for the same matter."""
    chosen = [(header, j) for j, header in enumerate(cells.headers) if header in KEYS.get(cells.title, cells.headers)]
    known: dict[str, str] = {}
    columns = [[known.setdefault(text, tidy(text)) for text in _column(cells, j)] for _, j in chosen]
    names = tuple(header for header, _ in chosen)
    return [tuple(f"{n}={t}" for n, t in zip(names, row, strict=True) if t) for row in zip(*columns, strict=True)]


def _column(cells: Cells, j: int) -> list[str]:
    return [row[j] for row in cells.rows]


def compare(before: Cells, after: Cells) -> list[Change]:
    """All differences of one sheet; empty where it says the same, however it is laid out."""
    if before.rows == after.rows and before.headers == after.headers:
        return []
    place = Place(after.file, after.sheet)
    told = [
        Change(place, f"不再有“{header}”列（原有 {_filled(before, header)} 格有内容）")
        for header in before.headers
        if header not in after.headers
    ]
    for header in after.headers:
        if header not in before.headers:
            told.append(Change(place, f"新增“{header}”列（{_filled(after, header)} 格有内容）"))
    shared = [header for header in before.headers if header in after.headers]
    old, new = _rows(before, shared), _rows(after, shared)
    pairs = _match(before, after, old, new)
    if moved := _moved(pairs):
        told.append(Change(place, f"行的次序有变动（{moved} 行换了位置，不影响内容）"))
    columns = [after.positions[after.headers.index(header)] for header in shared]
    found: list[tuple[int, int, Change]] = []
    for i, k in pairs:
        if old[i] != new[k]:
            about = _about(after, k)
            for j, a, b in zip(columns, old[i], new[k], strict=True):
                if a != b:
                    cell = Place(after.file, after.sheet, f"{column_letter(j + 1)}{after.numbers[k]}")
                    found.append((after.numbers[k], j, Change(cell, old=a, new=b, about=about)))
    for k in _left(len(new), (k for _, k in pairs)):
        row = Place(after.file, after.sheet, f"第{after.numbers[k]}行")
        found.append((after.numbers[k], -1, Change(row, "新增一行", new=_content(after, k), about=_about(after, k))))
    for i in _left(len(old), (i for i, _ in pairs)):
        row = Place(after.file, after.sheet, f"第{before.numbers[i]}行")
        gone = Change(row, "上次的这一行不再有", old=_content(before, i), about=_about(before, i))
        found.append((before.numbers[i], -2, gone))
    return told + [change for *_, change in sorted(found, key=lambda item: item[:2])]


def _rows(cells: Cells, headers: Sequence[str]) -> list[tuple[str, ...]]:
    if tuple(headers) == cells.headers:
        return cells.rows
    columns = [cells.headers.index(header) for header in headers]
    return [tuple(row[j] for j in columns) for row in cells.rows]


def _filled(cells: Cells, header: str) -> int:
    return sum(text != "" for text in _column(cells, cells.headers.index(header)))


def _left(count: int, taken: Iterable[int]) -> list[int]:
    used = set(taken)
    return [i for i in range(count) if i not in used]


# --- which row is which -----------------------------------------------------------------------------------------------


def _match(before: Cells, after: Cells, old: list[tuple[str, ...]], new: list[tuple[str, ...]]) -> list[Pair]:
    """Pairs (row then, row now), in the order of now."""
    everything = range(len(old)), range(len(new))
    pairs = _pair_by(*everything, old.__getitem__, new.__getitem__)
    rest = _left(len(old), (i for i, _ in pairs)), _left(len(new), (k for _, k in pairs))
    if all(rest):
        keys, now = row_keys(before), row_keys(after)
        pairs += _pair_by(*rest, keys.__getitem__, now.__getitem__)
        rest = _left(len(old), (i for i, _ in pairs)), _left(len(new), (k for _, k in pairs))
    if all(rest):
        pairs += _pair_alike(*rest, before, after, old, new)
    return sorted(pairs, key=lambda pair: pair[1])


def _pair_by(
    old: Iterable[int], new: Iterable[int], then: Callable[[int], Hashable], now: Callable[[int], Hashable]
) -> list[Pair]:
    """Pair rows of which the same can be said, the first with the first."""
    waiting: dict[Hashable, deque[int]] = defaultdict(deque)
    for i in old:
        waiting[then(i)].append(i)
    return [(waiting[said].popleft(), k) for k in new if waiting.get(said := now(k))]


def _pair_alike(old: list[int], new: list[int], before: Cells, after: Cells, then: list, now: list) -> list[Pair]:
    """Pair rows most of whose cells are equal (in the same place: half), the likest and nearest first.

    Of very many rows only those in the same place are looked at.
    """
    if len(old) > _COMPARABLE or len(new) > _COMPARABLE:
        here = {after.numbers[k]: k for k in new}
        candidates: Iterator[Pair] = ((i, here[n]) for i in old if (n := before.numbers[i]) in here)
    else:
        candidates = ((i, k) for i in old for k in new)
    ranked = []
    for i, k in candidates:
        filled = [(a, b) for a, b in zip(then[i], now[k], strict=True) if a or b]
        same = sum(a == b for a, b in filled)
        apart = abs(before.numbers[i] - after.numbers[k])
        if filled and 2 * same >= len(filled) + min(apart, 1):
            ranked.append((-same / len(filled), apart, i, k))
    used_old, used_new, pairs = set(), set(), []
    for *_, i, k in sorted(ranked):
        if i not in used_old and k not in used_new:
            used_old.add(i)
            used_new.add(k)
            pairs.append((i, k))
    return pairs


def _moved(pairs: Sequence[Pair]) -> int:
    """How many rows would have to be put elsewhere: all but the longest run that keeps its order."""
    ends: list[int] = []
    for i, _ in pairs:
        at = bisect_left(ends, i)
        ends[at : at + 1] = [i]
    return len(pairs) - len(ends)


# --- words ------------------------------------------------------------------------------------------------------------


def _about(cells: Cells, i: int) -> str:
    """Whom and what a row speaks of: 甲局·绿色勘查."""
    row = dict(zip(cells.headers, cells.rows[i], strict=True))
    who = row.get("考核对象") or row.get("编号") or row.get("类别", "")
    matter = next((row[name] for name in _MATTERS if row.get(name)), "")
    return "·".join(dict.fromkeys(filter(None, (who, matter))))


def _content(cells: Cells, i: int) -> str:
    return "；".join(f"{h} {t}" for h, t in zip(cells.headers, cells.rows[i], strict=True) if t)
