"""Score sheets for each lead department or rater: whose rows are whose, and names that every system takes for files."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from kaohe_tools.exact import tidy
from kaohe_tools.template.prefill import Due

BY_LEAD, BY_RATER = "牵头部门", "评分人"
SPLITS = (BY_LEAD, BY_RATER)
NOBODY = {BY_LEAD: "未定牵头部门", BY_RATER: "不分评分人"}
LONGEST = 60  # characters: every file system takes as many Chinese ones

_NOT_IN_NAMES = re.compile(r'[\\/:*?"<>|\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]')


def split_rows(rows: Sequence[Due], by: str) -> dict[str, list[Due]]:
    """Score rows by department or rater, in order of first appearance; rows without one come last, under NOBODY."""
    found: dict[str, tuple[str, list[Due]]] = {}
    rest: list[Due] = []
    for due in rows:
        name = due.lead if by == BY_LEAD else str(due.cells.get("rater", ""))
        if tidy(name):
            found.setdefault(tidy(name), (name, []))[1].append(due)
        else:
            rest.append(due)
    groups = dict(found.values())
    return {**groups, NOBODY[by]: groups.get(NOBODY[by], []) + rest} if rest else groups


def file_names(names: Sequence[str]) -> list[str]:
    """Names of .xlsx files, safe on every system and no two alike (also where capitals do not count).

    >>> file_names(["组织部/人事处", "组织部:人事处", "CON", "..."])
    ['得分-组织部_人事处.xlsx', '得分-组织部_人事处(2).xlsx', '得分-CON.xlsx', '得分-_.xlsx']
    """
    found: list[str] = []
    taken: set[str] = set()
    for name in names:
        plain = (
            unicodedata.normalize("NFC", _NOT_IN_NAMES.sub("_", " ".join(name.split())))[:LONGEST].strip(" .") or "_"
        )
        chosen, count = plain, 1
        while chosen.casefold() in taken:
            count += 1
            chosen = f"{plain}({count})"
        taken.add(chosen.casefold())
        found.append(f"得分-{chosen}.xlsx")
    return found
