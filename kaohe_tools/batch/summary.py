"""One row a case: what it is, how far it came, who stands where; and all problems of all cases in one table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from kaohe_tools.case import FILE
from kaohe_tools.outputs import problem_table
from kaohe_tools.problems import LEVELS, Problems
from kaohe_tools.results import read_results
from kaohe_tools.results.reading import FILES
from kaohe_tools.spreadsheet import as_written
from kaohe_tools.yamlfile import read_yaml

DONE, NO_REPORT, FAULTY, UNDONE = STATES = "完成", "只缺报告", "有错误", "没有做完"
WITH_RESULTS = (DONE, NO_REPORT)  # the results are there and are of this run's data
CASE = "案例"
FIRST = [CASE, "标题", "年度", "办法", "状态", "考核对象"]
LAST = ["待定", *LEVELS]
PROBLEMS = [CASE, "级别", "文件", "工作表", "单元格", "问题", "建议", "考核对象"]

Row = Mapping[str, str]


def row_of_results(name: str, folder: Path) -> tuple[dict[str, str], list[Row]]:
    """The row of a case that has results, and its problems, both from the tables as they were written.

    The best grade counts for each stage that has one, as in its 公示: pending ones are not among them.
    """
    results = read_results(folder)
    best: dict[str, int] = {}
    for one in results.each_category():
        if one.top_grade:
            key = f"{one.stage}·{one.top_grade}"
            best[key] = best.get(key, 0) + len(one.best)
    row = {
        CASE: name,
        "标题": results.title,
        "年度": str(results.run["year"]),
        "办法": str(results.run["scheme"]["id"]),
        "状态": DONE,
        "考核对象": str(len(results.scores)),
        **{key: str(count) for key, count in best.items()},
        "待定": str(int((results.scores["待定"] != "").sum())),
    }
    table = pd.read_csv(folder / FILES["problems"][0], dtype=str, keep_default_na=False).map(as_written)
    problems = [{CASE: name, **problem} for problem in table.to_dict("records")]
    return row, problems


def row_without_results(name: str, state: str, folder: Path | None) -> dict[str, str]:
    """The row of a case that has none; `folder`: where its case.yaml lies, of which is told what can be read."""
    known = {} if folder is None else about_case(folder)
    told = {
        header: str(known.get(key) or "") for header, key in (("标题", "title"), ("年度", "year"), ("办法", "scheme"))
    }
    return {CASE: name, **told, "状态": state}


def about_case(folder: Path) -> Mapping[str, Any]:
    """What a case.yaml says, as far as it can be read: its flaws are told when the case is assessed."""
    document = read_yaml(folder / FILE, Problems())
    return document.data if document is not None and isinstance(document.data, Mapping) else {}


def rows_of_problems(name: str, problems: Problems) -> list[Row]:
    """A case's problems as rows of the table of all."""
    return [{CASE: name, **row} for row in problem_table(problems).to_dict("records")]


def summary(rows: Iterable[Row], problems: Mapping[str, Sequence[Row]]) -> pd.DataFrame:
    """汇总: by case, the grades of all stages between what is known of every case; blank where a case has none."""
    rows = sorted((dict(row) | _counts(problems.get(row[CASE], [])) for row in rows), key=lambda row: row[CASE])
    grades = dict.fromkeys(key for row in rows for key in row if key not in {*FIRST, *LAST})
    return pd.DataFrame(rows, columns=[*FIRST, *grades, *LAST]).fillna("")


def all_problems(problems: Mapping[str, Sequence[Row]]) -> pd.DataFrame:
    """问题: by case, in each as in its own table."""
    rows = [row for name in sorted(problems) for row in problems[name]]
    return pd.DataFrame(rows, columns=PROBLEMS).fillna("")


def _counts(problems: Sequence[Row]) -> dict[str, str]:
    return {level: str(sum(row["级别"] == level for row in problems)) for level in LEVELS}
