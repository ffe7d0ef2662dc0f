"""Does a unit have the sheet of another?"""

from __future__ import annotations

from collections import defaultdict
from pathlib import PurePosixPath

import numpy as np
import pandas as pd

from kaohe_tools.doubts.given import LOOK, SCORE, Given, listed, numbered
from kaohe_tools.exact import tidy
from kaohe_tools.problems import WARNING, Problem
from kaohe_tools.sheets import Sheet

MANY = 5  # if so many are all of a category, nobody copied: marks are even, which `evenness` asks about
ITEMS = 5  # two units may well agree in fewer scores …
TELLING = 3  # … or in more, where nearly all are full marks or nothing: so many must be neither


def same_sheets(given: Given) -> list[Problem]:
    """Subjects of one category whose scores agree in everything: one warning for each set of such."""
    marks = given.marks
    if marks.empty:
        return []
    order = np.lexsort((marks["value"], numbered(marks["what"], marks["rater"]), marks["subject"]))
    subject = marks["subject"].to_numpy()[order]
    key = numbered(marks["what"], marks["rater"])[order].astype(float)
    rows = np.column_stack([key, marks["value"].to_numpy()[order]])
    kind, value = marks["kind"].to_numpy()[order], marks["value"].to_numpy()[order]
    telling = np.where(kind == SCORE, (value > 0) & (value < 1), value != 0)
    starts = np.flatnonzero(np.diff(subject, prepend=-1))
    ends = np.append(starts[1:], len(subject))
    alike: dict[tuple[int, bytes], list[int]] = defaultdict(list)
    for start, end in zip(starts, ends, strict=True):
        if end - start >= ITEMS and telling[start:end].sum() >= TELLING:
            alike[given.category[subject[start]], rows[start:end].tobytes()].append(int(subject[start]))
    marked = np.bincount(given.category[np.unique(subject)], minlength=1)
    return [
        _same(given, numbers)
        for (category, _), numbers in alike.items()
        if len(numbers) > 1 and not (len(numbers) >= MANY and len(numbers) == marked[category])
    ]


def _same(given: Given, numbers: list[int]) -> Problem:
    rows = [given.marks[given.marks["subject"] == n].sort_values(["sheet", "row"]) for n in numbers]
    first, last = (given.mark_place(frame.iloc[0]) for frame in (rows[0], rows[-1]))
    who = listed(map(given.name, numbers))
    message = f"{who}的 {len(rows[0])} 个得分完全相同（另见 {first}）"
    return Problem(WARNING, last, message, f"是否交错了表，或复制后没有改？{LOOK}")


def misnamed_sheets(given: Given) -> list[Problem]:
    """A sheet (or file) that bears one unit's name and whose rows are all of one other."""
    names = sorted({name for name in given.subjects["subject"] if len(name) > 1}, key=len, reverse=True)
    units = dict(zip(given.subjects["subject"], given.subjects["unit"], strict=True))
    called = dict(zip(given.subjects["code"], given.subjects["subject"], strict=True))
    found: list[Problem] = []
    parts: dict[tuple[str, str, str], list[int]] = defaultdict(list)  # a form is read as several sheets
    for number, sheet in enumerate(given.tables.sheets):
        parts[sheet.grid.file, sheet.grid.sheet, sheet.kind.name].append(number)
    for (_, _, kind), numbers in parts.items():
        if kind == "roster":
            continue
        sheet, frame = given.tables.sheets[numbers[0]], given.tables[kind]
        rows = frame[frame["sheet"].isin(numbers)]
        keys = rows["code"].where(rows["code"] != "", rows["subject"])
        subjects = {called.get(key, key) for key in keys}
        if len(subjects) != 1 or subjects == {""}:
            continue
        (inside,) = subjects
        where, title = _title(sheet, names)
        speakers = _speakers(given, rows)
        if not title or inside not in units or title in inside or units[inside] == title or title in speakers:
            continue
        message = f"{where}写的是“{title}”，里面的 {len(rows)} 行却都是“{inside}”的"
        place = given.place(rows.iloc[0], "subject" if "subject" in sheet.positions else "code")
        found.append(Problem(WARNING, place, message, f"是否交错了表，或忘了改考核对象？{LOOK}"))
    return found


def _title(sheet: Sheet, names: list[str]) -> tuple[str, str]:
    """Which one unit the sheet's name, or else the file's, names; "" where that is none or several."""
    for where, text in (("表名", sheet.grid.sheet), ("文件名", PurePosixPath(sheet.grid.file).stem)):
        rest, inside = tidy(text), []
        for name in names:  # longest first, so that a name within a longer one is not found again
            if name in rest:
                inside.append(name)
                rest = rest.replace(name, "\0")
        if inside:
            return (where, inside[0]) if len(inside) == 1 else ("", "")
    return "", ""


def _speakers(given: Given, rows: pd.DataFrame) -> set[str]:
    """Those whose sheet it may be without being assessed in it: examiners, voters, lead departments."""
    columns = [rows[name] for name in ("rater", "panel", "voters") if name in rows]
    return {*given.leads, *(text for column in columns for text in column)} - {""}
