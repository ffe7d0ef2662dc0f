"""From a scheme and a roster to the workbook's bytes, and to files; the same input gives the same bytes."""

from __future__ import annotations

import datetime
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from xlsxwriter import Workbook

from kaohe_tools.columns import KINDS
from kaohe_tools.directory import suggest
from kaohe_tools.exact import tidy
from kaohe_tools.problems import InputError, Place, Problems
from kaohe_tools.scheme import Scheme
from kaohe_tools.template.areas import LISTS, Area, Lists
from kaohe_tools.template.forms import write_form
from kaohe_tools.template.guide import write_guide
from kaohe_tools.template.needs import Needs, find_needs
from kaohe_tools.template.paper import Paper
from kaohe_tools.template.prefill import Due, Roster, due_rows, read_roster
from kaohe_tools.template.splitting import file_names, split_rows
from kaohe_tools.template.totals import write_totals

SPARE = 500  # open rows below those that are due
EPOCH = datetime.datetime(2000, 1, 1)  # no clock in the file
OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False}


@dataclass(frozen=True)
class TemplateChoices:
    """What may be chosen. votes: the parts that are voted on (None: those whose name says so); raters: one score row
    for each of them; sheets: titles of the data sheets to write (none given: all that the scheme has a use for).
    """

    votes: tuple[str, ...] | None = None
    raters: tuple[str, ...] = ()
    sheets: tuple[str, ...] = ()


EVERYTHING = TemplateChoices()


def write_template(
    scheme: Scheme,
    out: Path,
    roster: Path | None = None,
    choices: TemplateChoices = EVERYTHING,
    problems: Problems | None = None,
) -> list[str]:
    """Write one workbook to fill in; returns what there is to say about it. A file that stood there and differs is kept
    under another name. Notes and warnings of the roster go to `problems`; raises InputError where it has errors.
    """
    needs, due = _prepare(scheme, roster, choices, problems)
    return _save(out, _book(needs, due, _kinds(needs, choices), SPARE))


def write_split(
    scheme: Scheme,
    folder: Path,
    roster: Path,
    by: str,
    choices: TemplateChoices = EVERYTHING,
    problems: Problems | None = None,
) -> list[str]:
    """Write a folder of files, each with the score rows due from one department or rater (`by`: one of SPLITS), and no
    row in two of them. Returns what there is to say. Raises InputError as `write_template` does.
    """
    needs, due = _prepare(scheme, roster, choices, problems)
    groups = split_rows(due.get("scores", []), by)
    names = file_names(list(groups))
    others = sorted(path.name for path in folder.glob("*") if path.suffix == ".xlsx" and path.name not in names)
    told = [f"文件夹里还有别的文件，不是这次写的：{'、'.join(others)}"] if others else []
    for name, (group, rows) in zip(names, groups.items(), strict=True):
        told += _save(folder / name, _book(needs, {"scores": rows}, ["scores"], 0))
        told.append(f"{name}：{group}，{len(rows)} 行")
    return told


def _prepare(
    scheme: Scheme, path: Path | None, choices: TemplateChoices, problems: Problems | None
) -> tuple[Needs, dict[str, list[Due]]]:
    """The scheme's needs and, where there is a roster, the rows that are due."""
    problems = Problems() if problems is None else problems
    _check_choices(choices, path)
    if path is None:
        return find_needs(scheme, choices.votes), {}
    roster: Roster = read_roster(path, scheme, problems)
    needs = find_needs(scheme, choices.votes, roster.codes)
    due = due_rows(roster, needs, choices.raters)
    return _with_given_columns(needs, due), due


def _with_given_columns(needs: Needs, due: dict[str, list[Due]]) -> Needs:
    """The needs, with columns that the scheme has no use for but the roster or the indicators fill: none is dropped."""
    for kind in ("roster", "indicators"):
        given = {name for row in due[kind] for name in row.cells}
        if kind in needs.sheets:
            own = {column.name for column in needs.sheets[kind]}
            needs.sheets[kind] = [column for column in KINDS[kind].columns if column.name in given | own]
    return needs


def _check_choices(choices: TemplateChoices, roster: Path | None) -> None:
    problems, titles = Problems(), [kind.title for kind in KINDS.values()]
    for name in choices.sheets:
        if name not in titles:
            problems.error(Place(), f"没有“{name}”这种表", suggest(name, titles))
    seen = [tidy(name) for name in choices.raters]
    for name in dict.fromkeys(name for name in seen if seen.count(name) > 1 or not name):
        problems.error(Place(), f"评分人“{name}”重复或空白", "每位评分人写一次")
    if choices.raters and roster is None:
        problems.error(Place(), "写了评分人，却没有名册", "请用 --roster 给出名册，才能逐人列出要评的行")
    if problems.errors:
        raise InputError(problems)


def _kinds(needs: Needs, choices: TemplateChoices) -> list[str]:
    return [kind for kind in needs.sheets if not choices.sheets or KINDS[kind].title in choices.sheets]


def _book(needs: Needs, due: dict[str, list[Due]], kinds: Sequence[str], spare: int) -> bytes:
    """The workbook: 填写说明, the data sheets, 核对 and the hidden lists."""
    stream = io.BytesIO()
    book = Workbook(stream, OPTIONS)
    book.set_properties({"title": f"{needs.scheme.title} 填报表", "author": "kaohe_tools", "created": EPOCH})
    book.set_size(24000, 14000)
    paper, lists = Paper(book), Lists()
    areas = {kind: Area(kind, needs.sheets[kind], due.get(kind, []), spare) for kind in kinds}
    write_guide(book, paper, areas, needs)
    for area in areas.values():
        write_form(book, paper, area, needs, lists, areas.get("roster"))
    write_totals(book, paper, areas, needs)
    hidden = book.add_worksheet(LISTS)
    for row, text in enumerate(lists.cells):
        paper.put(hidden, row, 0, text)
    hidden.protect()
    hidden.very_hidden()
    book.close()
    return stream.getvalue()


def _save(path: Path, content: bytes) -> list[str]:
    """Write a file whole or not at all; another one of that name is kept beside it, for it may be filled in already."""
    told = []
    if path.exists() and path.read_bytes() != content:
        number = 1
        while (kept := path.with_name(f"{path.name}.{number}.bak")).exists():
            number += 1
        path.replace(kept)
        told.append(f"原有的 {path.name} 改名为 {kept.name}")
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.part")
    partial.write_bytes(content)
    partial.replace(path)
    return told
