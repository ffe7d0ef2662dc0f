"""Which documents a case gets, by which templates, and what the office should know before it signs them."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kaohe_tools.document.bundled import FOLDER, NOTICE, PUBLICITY, WORK_REPORT
from kaohe_tools.document.filling import fill
from kaohe_tools.document.notice import notice_context
from kaohe_tools.document.publicity import is_asked, publicity_context, publicity_remark
from kaohe_tools.document.work_report import work_report_context
from kaohe_tools.problems import InputError, Place, Problems
from kaohe_tools.results import Results

CONTEXTS: dict[str, Callable[[Results], dict[str, Any]]] = {
    PUBLICITY: publicity_context,
    NOTICE: notice_context,
    WORK_REPORT: work_report_context,
}
SCORED = "列有得分和待定事项的建议，内部使用"


@dataclass(frozen=True)
class Written:
    """A document of a report: its file's name, and a remark for the office ("" where there is none)."""

    file: str
    remark: str


def write_documents(
    results: Results, folder: Path, templates: Path | None = None, names: Collection[str] = tuple(CONTEXTS)
) -> list[Written]:
    """Write the documents of a case into a folder: 公示 (where it is asked for), 通报 and 考核工作报告.

    `templates`: a folder whose templates win over those that come with the package; `names`: only these documents.
    Raises InputError for templates that cannot be used.
    """
    used = chosen_templates(templates)
    wanted = [name for name in CONTEXTS if name in names and (name != PUBLICITY or is_asked(results))]
    written = []
    for name in wanted:
        (folder / f"{name}.docx").write_bytes(fill(used[name], CONTEXTS[name](results)))
        written.append(Written(f"{name}.docx", _remark(name, results)))
    return written


def chosen_templates(folder: Path | None) -> dict[str, Path]:
    """The template of each document: the office's own where it has one. Raises InputError for one of unknown name."""
    own = {path.stem: path for path in sorted(folder.glob("*.docx"))} if folder and folder.is_dir() else {}
    own = {name: path for name, path in own.items() if not name.startswith((".", "~$"))}
    problems = Problems()
    for name in own:
        if name not in CONTEXTS:
            known = "、".join(f"{known}.docx" for known in CONTEXTS)
            problems.error(Place(f"{name}.docx"), "不知道这个模板是哪份文稿的", f"模板的文件名应是：{known}")
    if problems.errors:
        raise InputError(problems)
    return {name: own.get(name, FOLDER / f"{name}.docx") for name in CONTEXTS}


def _remark(name: str, results: Results) -> str:
    if name == PUBLICITY:
        return publicity_remark(results)
    return SCORED if name == WORK_REPORT else ""
