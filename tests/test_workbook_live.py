"""等次表.xlsx recomputes itself: LibreOffice finds what was published, and after a change what a reassessment finds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from good_offices import NAMES, good
from recalculating import HEADER, Job, Values, column_of, recalculate, rows_of, values_of, write
from whatif_cases import CASES, base

from kaohe_tools.anonymity import disclosed
from kaohe_tools.assess import Assessment, assess_prepared, assess_valued, put_values
from kaohe_tools.basis import of_folder
from kaohe_tools.case import Case
from kaohe_tools.columns import AND
from kaohe_tools.outputs import result_table
from kaohe_tools.outputs import write as write_results
from kaohe_tools.results import read_results
from kaohe_tools.whatif.scenario import Correction, Scenario
from kaohe_tools.whatif.variant import Variant, vary
from kaohe_tools.workbook import write_workbook

SMALL = {f"小 {name}": name for name in NAMES if not name.startswith("cut")}
SECRETS = {"密 qinghai-2019": 10_000, "密 zhashui-2022": 30}  # as if parts judged by fewer voters were not to be told
POINTS = {
    "bureau-400": {"项目质量": 100, "科室:增收节支": 80},
    "qinghai-2019": {"目标任务": 70},
    "qinghai-2023": {"单位:目标责任": 70, "处级干部:群众满意度测评": 40},
    "zaozhuang": {"市直部门:业务目标": 60, "工作人员:民主测评": 45, "区市:公共目标": 40},
    "zhashui-2022": {"单位:目标任务": 60, "科级干部:上级评价": 40, "镇办正职:单位得分": 30},
}


SHARES = {"qinghai-2023": ("单位", "事业局", 0.5), "zhashui-2022": ("单位", "镇办", 0.5)}  # of the best grade
CAPS = {"qinghai-2023": ("单位", 1.0)}


@dataclass(frozen=True)
class Fact:
    """A finding that somebody writes into a sheet 推演: of the best of a stage."""

    stage: str
    name: str
    value: object
    shown: object


FACTS = {
    "bureau-400": Fact("科室局", "不廉洁", True, "是"),
    "qinghai-2019": Fact("单位", "不得评优", True, "是"),
    "qinghai-2023": Fact("单位", "党风廉政考核", "合格", "合格"),
    "zaozhuang": Fact("市直部门", "一票否决", True, "是"),
    "zhashui-2022": Fact("单位", "一票否决", True, "是"),
}


def make(assessment: Assessment, folder: Path) -> Path:
    write_results(assessment, folder)
    path = folder.with_suffix(".xlsx")
    basis = of_folder(folder)
    assert basis is not None
    write_workbook(read_results(folder), path, basis)
    return path


@cache
def secret(key: str) -> Variant:
    """A bundled case of which much is not told."""
    return vary(base(key.split(" ")[1]), Scenario(min_voters=SECRETS[key]))


def _variants() -> dict[str, Assessment]:
    """Readings, a tie-break and an open parameter that the bundled cases do not have as they stand."""
    zhashui, old, new, bureau = (base(n) for n in ("zhashui-2022", "qinghai-2019", "qinghai-2023", "bureau-400"))
    ahead = {"fact": "市考加分占比", "value": 0.5, "sheet": 0, "row": 0}
    more = pd.DataFrame([{"subject": number, **ahead} for number in range(5, 12)])
    first = replace(zhashui.prepared, facts=pd.concat([zhashui.prepared.facts, more], ignore_index=True))
    readings = {"priority": "apply", "quota_scope": "all", "quota_rounding": "half_up", "team_poor": "investigate"}
    stage = replace(old.case.scheme.stages["单位"], tie_break=("目标任务", "民主测评"))
    tied = replace(old.case, scheme=replace(old.case.scheme, stages={"单位": stage}))
    open_share = {**new.case.params, "cadre_excellent_share": None}
    hard = {"adjust_cap": "each", "unfinished": "一般", "integrity_for_excellent": "hard"}
    scaled = {"exempt": "rescale", "item_floor": "手写"}
    return {
        "可优先": assess_prepared(first, _read(zhashui.case, readings)),
        "同分再比": assess_prepared(old.prepared, tied),
        "比例未定": assess_prepared(new.prepared, replace(_read(new.case, hard), params=open_share)),
        "折算": assess_prepared(bureau.prepared, _read(bureau.case, scaled)),
    }


def _read(case: Case, readings: dict[str, str]) -> Case:
    return replace(case, readings={**case.readings, **readings})


VARIANTS = ("可优先", "同分再比", "比例未定", "折算")


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> dict[str, Path]:
    """Give the workbooks of the bundled cases and of the small offices."""
    folder = tmp_path_factory.mktemp("表")
    assessed = {name: base(name).assessment for name in CASES} | {key: good(name)[1] for key, name in SMALL.items()}
    assessed |= {key: secret(key).assessment for key in SECRETS} | _variants()
    return {name: make(found, folder / name.replace(" ", "-")) for name, found in assessed.items()}


@pytest.fixture(scope="module")
def changes() -> dict[str, tuple[object, Assessment]]:
    """Give for every bundled case a change of its workbook, and a reassessment with that change."""
    return {f"{name} 改": _change(name) for name in CASES}


@pytest.fixture(scope="module")
def recalculated(made, changes, tmp_path_factory) -> dict[str, Values]:
    jobs = {name: Job(path) for name, path in made.items()}
    jobs |= {name: Job(made[name.split(" ")[0]], edit) for name, (edit, _) in changes.items()}
    return recalculate(jobs, tmp_path_factory.mktemp("算"))


def _change(name: str):
    """Other points for parts, another finding for the best subject, another score: in the workbook, and reassessed."""
    own, fact = base(name), FACTS[name]
    found = own.assessment
    best = _best(found, fact.stage)
    line, column = _scored_line(found, best)
    value = line.points / 2 if column == "得分" else 1.0
    figure = {"score" if column == "得分" else "done": value}
    correction = Correction(best.subject, line.indicator, project=line.project, stage=fact.stage, **figure)
    places = {SHARES[name][0]: SHARES[name][2]} if name in SHARES else {}
    cap = {CAPS[name][0]: CAPS[name][1]} if name in CAPS else {}
    variant = vary(own, Scenario(points=POINTS[name], scores=(correction,), places=places, cap=cap))
    more = pd.DataFrame([{"subject": best.Index, "fact": fact.name, "value": fact.value, "sheet": 0, "row": 0}])
    facts = variant.prepared.facts
    facts = facts[~((facts["subject"] == best.Index) & (facts["fact"] == fact.name))]
    prepared = replace(variant.prepared, facts=pd.concat([facts, more], ignore_index=True))
    case = variant.assessment.case
    expected = assess_valued(prepared, put_values(prepared, case), case)

    def edit(book: openpyxl.Workbook) -> None:
        for stage in case.scheme.stages.values():
            for category in stage.categories:
                for leaf in stage.leaves(category):
                    write(book["权重"], "分值", leaf.points[category], 环节=stage.name, 类别=category, 部分=leaf.name)
        if name in SHARES:  # the other categories follow the first
            stage, category, share = SHARES[name]
            assert write(book["名额"], "比例", share, 环节=stage, 类别=category) == 1
        if name in CAPS:
            assert write(book["权重"], "分值", CAPS[name][1], 环节=CAPS[name][0], 部分="加减分上限") == 1
        where = {"环节": fact.stage, "考核对象": best.subject, "部分": line.leaf, "指标": line.indicator}
        assert write(book["明细"], column, value, **where, 考核项目=line.project) == 1
        assert write(book[f"推演·{fact.stage}"], f"情形：{fact.name}", fact.shown, 考核对象=best.subject) == 1

    return edit, expected


def _best(found: Assessment, stage: str):
    subjects = found.subjects[found.subjects["stage"] == stage]
    ranks = found.grades.loc[subjects.index, "rank"]
    return next(subjects.loc[[ranks.idxmin()]].itertuples())


def _scored_line(found: Assessment, best):
    """The largest line of a subject that is scored directly or by 完成值, and the column of what was given."""
    rows = found.contributions[(found.contributions["subject"] == best.Index) & (found.contributions["points"] > 0)]
    for begins, column in (("直接打分", "得分"), ("完成", "完成值")):
        plain = rows[rows["rule"].str.startswith(begins)]
        if len(plain):
            return next(plain.sort_values("points", ascending=False).itertuples()), column
    raise AssertionError(best)


# --- stored and recalculated ------------------------------------------------------------------------------------------


def _different(stored: Values, again: Values) -> list[str]:
    wrong = []
    for name, rows in stored.items():
        others = again[name]
        for at, row in enumerate(rows):
            mine = [*others[at], *[""] * len(row)] if at < len(others) else [""] * len(row)
            wrong += [
                f"{name}!{at + 1}: {one!r} {two!r}" for one, two in zip(row, mine, strict=False) if not _same(one, two)
            ]
    return wrong


def _same(one: object, two: object) -> bool:
    if isinstance(one, (int, float)) and isinstance(two, (int, float)):
        return abs(one - two) < 1e-9
    return one == two


@pytest.mark.parametrize("name", [*CASES, *SMALL, *SECRETS, *VARIANTS])
def test_libreoffice_finds_in_every_cell_what_is_stored(made, recalculated, name):
    stored = values_of(made[name])
    assert list(recalculated[name]) == list(stored)
    assert _different(stored, recalculated[name])[:10] == []


@pytest.mark.parametrize("name", CASES)
def test_changed_points_scores_and_findings_give_what_a_reassessment_gives(changes, recalculated, name):
    _edit, expected = changes[f"{name} 改"]
    book, table = recalculated[f"{name} 改"], result_table(expected)
    shown = {}
    for title, sheet in book.items():
        if "·" in title and not title.startswith("推演"):
            stage = title.split("·")[0]
            shown |= {(stage, row["考核对象"]): row for row in rows_of(sheet)}
    moved = 0
    for row in table.to_dict("records"):
        mine = shown[row["环节"], row["考核对象"]]
        assert (mine["排名"], mine["等次"], mine["待定"]) == (row["排名"], row["等次"], row["待定"]), mine
        for column in (c for c in mine if c in table and c not in ("排名", "等次", "待定", "考核对象")):
            assert mine[column] == (float(row[column]) if _is_number(row[column]) else row[column]), (column, mine)
        moved += mine["与公布结果"] != "一致"
    assert moved > 1


def _is_number(text: object) -> bool:
    try:
        return text != "" and float(text) == float(text)
    except (TypeError, ValueError):
        return False


# --- what is not told -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CASES)
def test_sheets_far_wider_than_a_page_print_only_what_they_are(made, name):
    for sheet in openpyxl.load_workbook(made[name]):
        if sheet.title.startswith("推演"):
            assert sheet.print_area.startswith(f"'{sheet.title}'!$A$1:") and sheet.print_area.endswith("$2")
            assert "不必打印" in sheet["A2"].value
        else:
            assert not sheet.print_area, sheet.title


def test_parts_that_few_judged_are_not_told_by_inputs_or_formulas(made):
    key = "密 qinghai-2019"
    found, sheets = secret(key).assessment, values_of(made[key])
    formulas = openpyxl.load_workbook(made[key])["推演·单位"]
    lines = rows_of(sheets["明细"])
    few = found.voters[found.voters["voters"] < SECRETS[key]]
    scores = disclosed(found).scores
    assert len(few) > 40
    for row in few.itertuples():
        who, top = found.subjects.loc[row.subject], found.case.scheme.stages["单位"].top_of(row.leaf)
        mine = [line for line in lines if line["考核对象"] == who["subject"]]
        assert not any(line["部分"] == row.leaf and line["分值"] != "" for line in mine)
        assert [line["随动"] for line in mine if row.leaf in line["部分"].split(AND)] == ["不随动"]
        if pd.isna(scores.at[row.subject, top]):
            table = rows_of(sheets[f"单位·{who['category']}"])
            assert [line[top] for line in table if line["考核对象"] == who["subject"]] == [""]
    hidden = int(scores["民主测评"].isna().sum())
    column = column_of(formulas, "民主测评")
    blanks = [formulas.cell(row, column).value for row in range(HEADER + 1, formulas.max_row + 1)]
    assert blanks.count(None) == hidden > 0


def test_tallies_of_few_voters_are_not_told(made):
    key = "密 zhashui-2022"
    found, sheets, told = secret(key).assessment, values_of(made[key]), 0
    for stage, grading in found.gradings.items():
        if grading.stage.ballot is None:
            continue
        valid = grading.view.votes[list(grading.stage.ballot.votes)].sum(axis=1)
        few = {grading.view.frame.at[number, "subject"] for number in valid.index[valid < SECRETS[key]]}
        for row in rows_of(sheets[f"推演·{stage}"]):
            votes = {row[name] for name in row if name.startswith("得票：")}
            assert (votes == {""}) == (row["考核对象"] in few)
        told += len(few)
    assert told > 0
