"""What `kaohe check` tells: all problems, the marked copies it wrote, and what changed since the last run."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from kaohe_tools.assess import Prepared, examine
from kaohe_tools.changes import changes_since, tell, write_changes
from kaohe_tools.listing import problem_lines
from kaohe_tools.outputs import problem_table
from kaohe_tools.problems import Problems


class Wishes(Protocol):
    """The options of the command."""

    case: Path
    json: bool
    marked: Path | None
    changes: Path | None
    against: Path | None


@dataclass(frozen=True)
class Told:
    """The problems, the lines that list them, and the lines about everything else (apart, where the list is JSON)."""

    problems: Problems
    out: list[str]
    aside: list[str]


def told(wishes: Wishes, last: Path, width: int | None) -> Told:
    """Check a case. `last`: the results of its last run, unless `against` names others; `width`: of a terminal."""
    problems, prepared = examine(wishes.case)
    if wishes.json:
        out = [json.dumps(problem_table(problems).to_dict("records"), ensure_ascii=False, indent=1)]
    else:
        out = problem_lines(problems, width)
    aside = _marked(wishes.case, problems, wishes.marked) if wishes.marked else []
    if prepared is not None and (wishes.changes or not wishes.json):
        aside += _changes(wishes, prepared, last)
    return Told(problems, out, aside)


def _marked(case: Path, problems: Problems, folder: Path) -> list[str]:
    from kaohe_tools.marking import write_marked  # loads openpyxl, which a list of problems does not need

    flaws = Problems()
    lines = [f"标注文件：{path}" for path in write_marked(case, problems, folder, flaws)]
    return [*map(str, flaws), *lines] or ["没有要改正的单元格，没有写标注文件"]


def _changes(wishes: Wishes, prepared: Prepared, last: Path) -> list[str]:
    """What changed since the last run; nothing where there was none and nobody asked."""
    results = wishes.against or last
    since = changes_since(prepared, results)
    if since is None:
        return [f"没有上次运行的结果（{results}），没有比较变动"] if wishes.against or wishes.changes else []
    lines = [] if wishes.json else ["", *tell(since)]
    if wishes.changes:
        write_changes(since, wishes.changes)
        lines.append(f"变动清单：{wishes.changes}")
    return lines
