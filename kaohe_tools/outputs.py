"""An assessment as the tables of the contract: Chinese headers, canonical order, the same bytes for the same input."""

from __future__ import annotations

import datetime
import json
import platform
import shutil
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from kaohe_tools import __version__, basis
from kaohe_tools.anonymity import disclosed
from kaohe_tools.aside import keep_others, made_aside, put_in_place
from kaohe_tools.assess import Assessment
from kaohe_tools.basis import BASIS, LARGEST
from kaohe_tools.case import Case
from kaohe_tools.changes import SNAPSHOT, save, take
from kaohe_tools.columns import OWN_TELLING
from kaohe_tools.digests import digest_of, digest_of_list, digest_of_record
from kaohe_tools.exact import publish, show, snap, texts
from kaohe_tools.grid import OWN_TEMPLATES, own_templates
from kaohe_tools.logs import step
from kaohe_tools.problems import InputError, Place, Problems
from kaohe_tools.scheme import COMPOSITE, Part, Stage
from kaohe_tools.scoring import ADJUST
from kaohe_tools.spreadsheet import write_csv
from kaohe_tools.stages import ranked_within

RESULT, DETAIL, REASON, QUOTA, USE, PROBLEM = "结果", "明细", "理由", "名额", "运用", "问题"
REASON_HEADERS = {"step": "步骤", "article": "条款", "text": "说明", "own": OWN_TELLING}
PAST = "历年"  # only where the case has earlier years
RUN = "run.json"
TIME, SEAL = "time", "record_sha256"  # in run.json: what differs each time, and the digest over all else
LOCK = Path(__file__).resolve().parents[1] / "requirements.lock"  # the versions of all that we use; no part of a wheel
VERSIONS = {"kaohe_tools": __version__, "pandas": pd.__version__, "numpy": np.__version__}


def tables(assessment: Assessment) -> dict[str, pd.DataFrame]:
    """The six tables by name, every cell as the text that is published."""
    assessment = disclosed(assessment)
    return {
        RESULT: result_table(assessment),
        DETAIL: detail_table(assessment),
        REASON: _named(assessment, assessment.reasons, REASON_HEADERS),
        QUOTA: quota_table(assessment),
        USE: _named(assessment, assessment.consequences, {"matter": "事项", "article": "条款"}),
        PROBLEM: problem_table(assessment.problems),
    }


def result_table(assessment: Assessment) -> pd.DataFrame:
    """结果.csv: one row a subject, by stage and category, then rank, then name."""
    subjects, scores, grades = assessment.subjects, assessment.scores, assessment.grades
    parts = dict.fromkeys(part.name for stage in assessment.case.scheme.stages.values() for part in stage.parts)
    table = pd.DataFrame({"环节": subjects["stage"], "类别": subjects["category"], "考核对象": subjects["subject"]})
    for name, header in {"code": "编号", "group": "分口", "unit": "所属单位"}.items():
        if (subjects[name] != "").any():
            table[header] = subjects[name]
    for name in (*parts, ADJUST):
        table[name] = [show(value) for value in publish(scores[name])] if name in scores else ""
    table[COMPOSITE] = [show(value) for value in publish(scores["composite"])]
    table["排名"], table["等次"], table["待定"] = grades["rank"], grades["grade"], grades["pending"]
    for mark in dict.fromkeys(m for stage in assessment.case.scheme.stages.values() for m in stage.mark_names):
        table[mark] = grades[mark].fillna("") if mark in grades else ""
    return table.loc[result_order(assessment)].reset_index(drop=True)


def result_order(assessment: Assessment) -> list[int]:
    """The subjects' numbers as 结果.csv lists them: by stage and category, within it by group, rank and name."""
    order, within = _stage_order(assessment), _rank_groups(assessment)
    ranks = assessment.grades["rank"]
    keys = {
        row.Index: [order[row.stage, row.category], within[i], ranks[row.Index], row.subject, i]
        for i, row in enumerate(assessment.subjects.itertuples())
    }
    return sorted(keys, key=keys.__getitem__)


def _stage_order(assessment: Assessment) -> dict[tuple[str, str], int]:
    stages = assessment.case.scheme.stages
    pairs = [(stage, category) for stage in stages for category in stages[stage].categories]
    return {pair: i for i, pair in enumerate(pairs)}


def _rank_groups(assessment: Assessment) -> list[str]:
    """What each subject is ranked within, beside its category ("" where nothing)."""
    stages = assessment.case.scheme.stages
    return [ranked_within(stages[row.stage], row) for row in assessment.subjects.itertuples()]


def detail_table(assessment: Assessment) -> pd.DataFrame:
    """明细.csv: every contribution. 得分 is in points of the row's own 分值, 计入得分 is what it adds to 综合得分."""
    rows, subjects = assessment.contributions, assessment.subjects
    who = subjects.loc[rows["subject"]]
    return pd.DataFrame({
        "环节": who["stage"].to_numpy(), "类别": who["category"].to_numpy(), "考核对象": who["subject"].to_numpy(),
        "一级部分": rows["top"], "部分": rows["leaf"], "考核项目": rows["project"], "指标": rows["indicator"],
        "来源": rows["component"], "分值": texts(rows["points"]),
        "得分": texts(rows["score"]), "计入得分": texts(rows["value"], _long),
        "规则": rows["rule"], "条款": rows["article"],
        "文件": rows["file"], "工作表": rows["sheet"], "单元格": rows["cell"],
    })  # fmt: skip


def _long(value: float) -> str:
    """An unrounded figure with as many decimals as tell it apart (at most 9)."""
    text = f"{snap(value) + 0.0:.9f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def quota_table(assessment: Assessment) -> pd.DataFrame:
    """名额.csv: each pool of places, how many took part, how many places, how many used, and the sum."""
    headers = {"stage": "环节", "pool": "类别", "count": "参加数", "places": "名额", "used": "已用", "sum": "算式"}
    return assessment.quotas.rename(columns=headers)


def problem_table(problems: Problems) -> pd.DataFrame:
    """问题.csv: all problems, errors first, then by place."""
    rows = [
        (p.level, p.place.file, p.place.sheet, p.place.cell, p.message, p.advice, p.about) for p in problems.sorted()
    ]
    return pd.DataFrame(rows, columns=["级别", "文件", "工作表", "单元格", "问题", "建议", "考核对象"])


def past_table(assessment: Assessment) -> pd.DataFrame:
    """历年.csv: grades (under the names that the scheme gives them) and composite scores of earlier years."""
    rows = assessment.history.assign(composite=[show(value) for value in publish(assessment.history["composite"])])
    table = _named(assessment, rows, {"year": "年度", "grade": "等次", "composite": COMPOSITE})
    codes = assessment.subjects.loc[rows["subject"], "code"].to_numpy()
    return table.assign(编号=codes) if (codes != "").any() else table


def _named(assessment: Assessment, frame: pd.DataFrame, headers: dict[str, str]) -> pd.DataFrame:
    """A table by subject number with the subject's stage and name put first."""
    who = assessment.subjects.loc[frame["subject"]]
    table = frame[list(headers)].rename(columns=headers).reset_index(drop=True)
    table.insert(0, "考核对象", who["subject"].to_numpy())
    table.insert(0, "环节", who["stage"].to_numpy())
    return table


# --- the record of a run --------------------------------------------------------------------------------------------


def run_record(assessment: Assessment) -> dict[str, Any]:
    """run.json: what went in and what was in force; all but `time` is the same for the same input."""
    case = assessment.case
    scheme = case.scheme
    return {
        "case": case.name,
        "title": case.title,
        "year": case.year,
        "simulated": case.simulated,
        "cutoff": None if case.cutoff is None else case.cutoff.isoformat(),
        "missing": case.missing,
        "min_voters": case.min_voters,
        "min_compared": case.min_compared,
        "scheme": {"id": scheme.id, "title": scheme.title, **scheme.source, "sha256": scheme.sha256},
        "readings": {name: _reading_record(assessment, name) for name in case.readings},
        "params": dict(case.params),
        "param_titles": {name: param.title for name, param in scheme.params.items()},
        "publicity": _publicity_record(case),
        "secrecy": None if scheme.secrecy is None else {**asdict(scheme.secrecy), "of": list(scheme.secrecy.of)},
        "notice": case.notice,
        "inputs": (inputs := [{"file": name, "sha256": digest} for name, digest in assessment.inputs.items()]),
        "inputs_sha256": digest_of_list(inputs),
        "stages": [_stage_record(stage, assessment) for stage in scheme.stages.values()],
        "versions": software(),
        "requirements_sha256": digest_of(LOCK) if LOCK.is_file() else "",
        "time": datetime.datetime.now().astimezone().isoformat(timespec="seconds"),
    }


def software() -> dict[str, str]:
    """The versions of what computes."""
    return {**VERSIONS, "python": platform.python_version()}


def _publicity_record(case: Case) -> dict[str, Any] | None:
    if case.publicity is None:
        return None
    start = None if case.publicity_start is None else case.publicity_start.isoformat()
    stages = case.publicity.stages or [name for name, stage in case.scheme.stages.items() if stage.grades]
    return {**asdict(case.publicity), "stages": list(stages), "start": start}


def _sealed(record: dict[str, Any], folder: Path) -> dict[str, Any]:
    """A record with the digests of the tables that lie in a folder and, last, one over the record but for its time."""
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    whole = {**record, "outputs": [{"file": name, "sha256": digest_of(files[name])} for name in sorted(files)]}
    return {**whole, SEAL: digest_of_record(whole, without=[TIME])}


def _reading_record(assessment: Assessment, name: str) -> dict[str, str]:
    reading, choice = assessment.case.scheme.readings[name], assessment.case.readings[name]
    texts = {"question": reading.question, "article": reading.article}
    return {"choice": choice, "label": reading.choices[choice], **texts}


def _stage_record(stage: Stage, assessment: Assessment) -> dict[str, Any]:
    subjects = assessment.subjects
    places = [step for step in stage.steps if step.kind == "places"]
    counts = subjects.loc[subjects["stage"] == stage.name, "category"].value_counts()
    categories = []
    for name in (name for name in stage.categories if name in counts):
        parts = [_part_record(part, name) for part in stage.parts if part.leaves(name)]
        categories.append({"name": name, "subjects": int(counts[name]), "parts": parts})
    return {
        "name": stage.name,
        "grades": list(stage.grades),
        "top_grade": stage.grades[0] if stage.grades else None,
        "grade_aliases": {own: grade for _, names in stage.grade_names for grade, own in names.items()},
        "places_article": places[0].article if places else "",
        "ledger": stage.ledger is not None and stage.ledger.adjusts,
        "categories": categories,
    }


def _part_record(part: Part, category: str) -> dict[str, Any]:
    leaves = [
        {"name": leaf.name, "points": leaf.points[category], "article": leaf.article} for leaf in part.leaves(category)
    ]
    return {"name": part.name, "points": part.total(category), "article": part.article, "leaves": leaves}


# --- writing --------------------------------------------------------------------------------------------------------


def write(assessment: Assessment, folder: Path, others: Mapping[str, pd.DataFrame] | None = None) -> None:
    """Write all tables, run.json, the snapshot of what was read and what the result was made of, whole or not at all.

    They go into a folder aside, which then takes the place of the old one; what others put there stays. `others`: more
    tables, by file name. Raises InputError where the folder holds something else than results.
    """
    with step("写结果表"), made_aside(folder) as aside:
        ours = own_files(folder)
        named = {f"{name}.csv": table for name, table in tables(assessment).items()}
        for name, table in (named | dict(others or {})).items():
            write_csv(table, aside / name)
        if len(assessment.history):
            write_csv(past_table(assessment), aside / f"{PAST}.csv")
        _keep_templates(assessment.case.folder, aside)
        save(take(assessment.tables), aside / SNAPSHOT)
        if len(assessment.contributions) <= LARGEST:
            basis.save(basis.take(assessment, result_order(assessment), basis.fingerprint(aside)), aside / BASIS)
        text = json.dumps(_sealed(run_record(assessment), aside), ensure_ascii=False, indent=2)
        (aside / RUN).write_text(text + "\n", encoding="utf-8", errors="replace")
        keep_others(folder, aside, ours)
        put_in_place(aside, folder)


def own_files(folder: Path) -> frozenset[str]:
    """What of a folder an earlier run has written. Raises InputError where it is not empty and no run wrote there."""
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return frozenset()
    if not (folder / RUN).is_file():
        problems = Problems()
        problems.error(Place(str(folder)), "已存在，而且不是结果文件夹，不能覆盖", "请换一个输出位置，或先把它移走")
        raise InputError(problems)
    try:
        listed = {entry["file"] for entry in json.loads((folder / RUN).read_text(encoding="utf-8"))["outputs"]}
    except (OSError, ValueError, KeyError, TypeError):  # spoiled, or by an older version: all of it is of that run
        listed = {path.relative_to(folder).as_posix() for path in folder.rglob("*")}
    return frozenset({RUN, *listed})


def _keep_templates(case: Path, folder: Path) -> None:
    """Put the office's own Word templates beside the results that are to be told with them."""
    found = own_templates(case)
    if found:
        (folder / OWN_TEMPLATES).mkdir()
    for path in found:
        shutil.copyfile(path, folder / OWN_TEMPLATES / path.name)
