"""A folder of pages for one audience, made beside the old one and put in its place when it is whole."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from kaohe_tools.aside import made_aside, put_in_place
from kaohe_tools.assess import Assessment
from kaohe_tools.audience import INTERNAL, PUBLIC, SUBJECT
from kaohe_tools.exact import show, tidy
from kaohe_tools.explain.deriving import derived, visible
from kaohe_tools.explain.finding import find
from kaohe_tools.feedback.pages import Sheet, derivation_page, handout_page, profile_page, public_page, write_page
from kaohe_tools.feedback.profile import profile
from kaohe_tools.outputs import write
from kaohe_tools.problems import InputError, Place, Problems
from kaohe_tools.report.pages import FONT
from kaohe_tools.report.plan import INDEX, free_name
from kaohe_tools.results import LABEL, TOTAL, Results, read_results

ASSETS, MARK = "assets", "audience.txt"  # the mark says for whom a folder is: others' pages must not come into it
ABOUT = {
    INTERNAL: "含全部得分、名次和等次，只供考核办内部使用。",
    SUBJECT: "每页只发给它的考核对象；本目录列有全部名称，不随页发出。",
}


@dataclass(frozen=True)
class Wanted:
    """Which pages: for whom, of one subject (name or 编号; "": all) in one stage (None: all)."""

    audience: str = SUBJECT
    subject: str = ""
    stage: str | None = None


def results_of(assessment: Assessment) -> Results:
    """The tables of an assessment as they are read from its folder, without one being kept."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "results"
        write(assessment, target)
        return read_results(target)


def write_feedback(assessment: Assessment, folder: Path, wanted: Wanted) -> list[Path]:
    """Write the pages of an audience into a folder and give the first to open of them.

    For the public only index.html; for others a profile and a derivation of each subject and a list of them. With a
    subject named, its pages alone are added to the folder. Raises InputError for a folder that holds something else,
    pages for another audience among it.
    """
    folder = folder.resolve()
    _check_target(folder, wanted.audience)
    results = results_of(assessment)
    with made_aside(folder) as aside:
        (aside / ASSETS).mkdir()
        (aside / ASSETS / MARK).write_text(f"{wanted.audience}\n", encoding="utf-8", newline="\n")
        for file in (FONT, FONT.with_name("OFL.txt")):
            shutil.copyfile(file, aside / ASSETS / file.name)
        sheet = Sheet(results.run, wanted.audience)
        if wanted.audience == PUBLIC:
            write_page(public_page(public_names(results), sheet), aside / INDEX)
            names = [INDEX]
        else:
            names = _subject_pages(assessment, results, sheet, wanted, aside)
        _deliver(aside, folder, bool(wanted.subject))
    return [folder / name for name in names]


def public_names(results: Results) -> list[dict[str, Any]]:
    """For each graded stage its best grade and, by category, who holds it for certain, by name; never by rank."""
    stages = []
    for stage in results.stages():
        views = [results.category(stage, name) for name in results.categories(stage)]
        if views[0].top_grade:
            rows = [(view.name, sorted(view.best[LABEL])) for view in views]
            stages.append({"name": stage, "grade": views[0].top_grade, "rows": [row for row in rows if row[1]]})
    return [stage for stage in stages if stage["rows"]]


def _subject_pages(assessment: Assessment, results: Results, sheet: Sheet, wanted: Wanted, folder: Path) -> list[str]:
    """Profile and derivation of every subject asked for, and the office's list where all are."""
    others = wanted.audience == INTERNAL
    shown = visible(assessment, others)
    numbers = find(shown, wanted.subject, wanted.stage) if wanted.subject else None
    chosen = shown.subjects.loc[numbers or []]
    keys = set(zip(chosen["stage"], chosen["subject"], chosen["code"], strict=True))
    listed, first, taken = [], [], set()
    for stage in (name for name in results.stages() if wanted.stage is None or tidy(name) == tidy(wanted.stage)):
        categories = []
        for name in results.categories(stage):
            view, rows = results.category(stage, name), []
            for row in view.scores.to_dict("records"):
                stem = free_name(f"{stage}-{row[LABEL]}", taken)
                link, more = f"{stem}.html", f"{stem}-来历.html"
                rows.append(_listed(row, link, more))
                code = row.get("编号", "")
                if numbers is not None and (stage, row["考核对象"], code) not in keys:
                    continue
                page = profile_page(profile(results, view, row[LABEL], wanted.audience), sheet, quote(more))
                write_page(page, folder / link)
                told = derived(shown, code or row["考核对象"], stage, others)
                write_page(derivation_page(told, sheet), folder / more)
                first.append(link)
            categories.append((name, rows))
        listed.append((stage, categories))
    if wanted.subject:
        return first
    index = handout_page(listed, Sheet(results.run, INTERNAL), ABOUT[wanted.audience], figures=others)
    write_page(index, folder / INDEX)
    return [INDEX]


def _listed(row: dict[str, Any], link: str, more: str) -> dict[str, str]:
    grade = f"待定（{row['待定']}）" if row["待定"] else row["等次"] or "—"
    score = show(row[TOTAL])
    rank = f"{row['排名']:.0f}"
    return {"name": row[LABEL], "rank": rank, "score": score, "grade": grade, "link": quote(link), "more": quote(more)}


def _check_target(folder: Path, audience: str) -> None:
    """Refuse a folder that holds what is not ours, or is for another audience."""
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return
    mark = folder / ASSETS / MARK
    held = mark.read_text(encoding="utf-8").strip() if mark.is_file() else ""
    if held == audience:
        return
    problems = Problems()
    what = f"里是给另一类读者（{held}）的页面，混在一起会泄露得分" if held else "已存在，而且不是本命令生成的，不能覆盖"
    problems.error(Place(str(folder)), what, "请换一个空的文件夹")
    raise InputError(problems)


def _deliver(aside: Path, folder: Path, added: bool) -> None:
    """Put the new folder in its place, or its files into the one that is there."""
    if not added or not folder.exists():
        put_in_place(aside, folder)
        return
    for path in _files(aside):
        target = folder / path.relative_to(aside)
        target.parent.mkdir(exist_ok=True)
        path.replace(target)


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())
