"""Reading a results folder: the tables of one assessment as data frames, and the view of each category.

Nothing here calculates a score, rank or grade; what is shown is what was written. Column names are those of the files.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import compress
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from kaohe_tools.exact import show_short
from kaohe_tools.problems import InputError, Place, Problems
from kaohe_tools.results.category import ADJUST, GROUPS, LABEL, TOTAL, Category
from kaohe_tools.results.lines import SpoiledError, lines_of, numbers_of
from kaohe_tools.results.record import read_record
from kaohe_tools.spreadsheet import as_written

RUN = "run.json"
FILES = {  # name of the table → file, columns it must have
    "scores": ("结果.csv", ["环节", "类别", "考核对象", "加减分", "综合得分", "排名", "等次", "待定"]),
    "contributions": (
        "明细.csv",
        [
            "环节",
            "类别",
            "考核对象",
            "一级部分",
            "部分",
            "考核项目",
            "指标",
            "分值",
            "得分",
            "计入得分",
            "条款",
        ],
    ),
    "reasons": ("理由.csv", ["环节", "考核对象", "步骤", "条款", "说明"]),
    "quotas": ("名额.csv", ["环节", "类别", "参加数", "名额", "已用", "算式"]),
    "consequences": ("运用.csv", ["环节", "考核对象", "事项", "条款"]),
    "problems": ("问题.csv", ["级别", "文件", "工作表", "单元格", "问题", "建议"]),
}
PAST, PAST_COLUMNS = "历年.csv", ["环节", "考核对象", "年度", "等次", "综合得分"]  # a table that need not be there
NUMBERS = {ADJUST, TOTAL, "排名", "分值", "得分", "计入得分", "计入满分", "参加数", "名额", "已用", "年度"}
Source = tuple[str, str, str]  # file, sheet, row
_ROW = re.compile(r"\d+$")
_NOT_WHOLE = "这不是完整的结果文件夹；请先运行 kaohe run 或 kaohe assess"
_AGAIN = "请不要手改结果；请重新运行 kaohe run 或 kaohe assess"


@dataclass(frozen=True)
class Results:
    """One assessed case: the tables of its folder as data frames, and `run` (run.json).

    `past`: grades and scores of earlier years (PAST_COLUMNS), without rows where the case gives none.
    """

    scores: pd.DataFrame
    contributions: pd.DataFrame
    reasons: pd.DataFrame
    quotas: pd.DataFrame
    consequences: pd.DataFrame
    problems: pd.DataFrame
    run: dict[str, Any]
    past: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=PAST_COLUMNS))

    @property
    def title(self) -> str:
        return str(self.run.get("title", ""))

    @property
    def simulated(self) -> bool:
        return bool(self.run.get("simulated"))

    @property
    def graded(self) -> bool:
        """Does the scheme give grades to anybody?"""
        return any(view.top_grade for view in self.each_category())

    @property
    def params(self) -> dict[str, str]:
        """What the scheme leaves to the year's plan, by title: shares as per cent, a value for each category named."""
        titles = self.run.get("param_titles", {})
        return {titles.get(name, f"参数 {name}"): _param(value) for name, value in self.run.get("params", {}).items()}

    def stages(self) -> list[str]:
        """Names of the stages (环节) that have results, in the scheme's order."""
        return list(dict.fromkeys(self.scores["环节"]))

    def categories(self, stage: str = "") -> list[str]:
        """Names of the categories of a stage ('' = the first), in the scheme's order."""
        chosen = stage or self.stages()[0]
        return list(dict.fromkeys(self.scores.loc[self.scores["环节"] == chosen, "类别"]))

    @cached_property
    def unplaced(self) -> int:
        """How many errors and warnings cannot be told to concern any one category."""
        serious = self.problems[self.problems["级别"] != "提示"]
        placed, subjects = np.zeros(len(serious), dtype=bool), self.contributions["考核对象"].tolist()
        for (_, name), scores in self.scores.groupby(["环节", "类别"]):
            own = set(scores["考核对象"])
            placed |= _concern(serious, str(name), own, self._come_from([subject in own for subject in subjects]))
        return int((~placed).sum())

    @cached_property
    def _sources(self) -> list[set[Source]]:
        """The rows of files that each contribution comes from; none where results do not tell."""
        told = {"文件", "工作表", "单元格"} <= set(self.contributions.columns)
        return _rows_of(self.contributions) if told else [set()] * len(self.contributions)

    def _come_from(self, chosen: Iterable[bool]) -> set[Source]:
        """The rows of files that the chosen contributions come from."""
        return set().union(*compress(self._sources, chosen))

    def each_category(self) -> list[Category]:
        """Every category of every stage, in order."""
        return [self.category(stage, name) for stage in self.stages() for name in self.categories(stage)]

    def category(self, stage: str = "", name: str = "") -> Category:
        """The view of one category ('' = the first stage, the first category).

        Raises InputError with the known names where there is no such stage or category.
        """
        stage = _known("环节", stage, self.stages())
        name = _known(f"环节“{stage}”的类别", name, self.categories(stage))
        if (stage, name) not in self._views:
            self._views[stage, name] = self._view(stage, name)
        return self._views[stage, name]

    @cached_property
    def _views(self) -> dict[tuple[str, str], Category]:
        return {}

    def _view(self, stage: str, name: str) -> Category:
        own, rows = ((frame["环节"] == stage) & (frame["类别"] == name) for frame in (self.scores, self.contributions))
        scores = self.scores[own].reset_index(drop=True)
        about = _concern(self.problems, name, set(scores["考核对象"]), self._come_from(rows))
        quotas = self._pools(stage, name)
        view = Category(
            stage=stage,
            name=name,
            title=self.title,
            simulated=self.simulated,
            only_stage=len(self.stages()) == 1,
            spec=_spec(self.run, stage, name),
            scores=scores,
            contributions=self.contributions[rows].reset_index(drop=True),
            reasons=_of(self.reasons, stage, scores),
            quotas=quotas,
            consequences=_of(self.consequences, stage, scores),
            problems=self.problems[about].reset_index(drop=True),
            unplaced=self.unplaced,
            one_pool=False,
            year=int(self.run.get("year") or 0),
            past=_of(self.past, stage, scores) if len(self.past) else self.past.reindex(columns=[*PAST_COLUMNS, LABEL]),
        )
        groups = view.scores[view.group].nunique() if view.group else 1
        return replace(view, one_pool=len(view.grade_quotas) == groups)

    def _pools(self, stage: str, name: str) -> pd.DataFrame:
        """A category's pools of places: those named after it (镇办, 其他·人事处), else those of the whole stage."""
        pools = self.quotas[self.quotas["环节"] == stage]
        heads = pools["类别"].str.split("·").str[0]
        chosen = pools[heads == name]
        common = pools[~heads.isin(self.categories(stage))]
        return (chosen if len(chosen) else common).reset_index(drop=True)


def read_results(folder: str | Path) -> Results:
    """Read what `kaohe assess` wrote into `folder`.

    Raises InputError naming every file, column or entry that is missing or not as it was written.
    """
    path, lacking = Path(folder), Problems()
    frames: dict[str, pd.DataFrame | None] = {}
    for key, (name, columns) in FILES.items():
        frames[key] = _table(path / name, columns, lacking)
    if (path / PAST).is_file():
        frames["past"] = _table(path / PAST, PAST_COLUMNS, lacking)
    run = _record(path / RUN, lacking)
    if lacking.errors:
        raise InputError(lacking)
    articles = {entry["name"]: entry.get("places_article", "") for entry in run.get("stages", [])}
    if "条款" not in frames["quotas"] and any(articles.values()):
        frames["quotas"]["条款"] = frames["quotas"]["环节"].map(articles).fillna("")
    return label_subjects(Results(**frames, run=run))


def _record(path: Path, lacking: Problems) -> dict[str, Any]:
    """run.json; empty, and an error, where it cannot be used."""
    try:
        run, wrong = read_record(path)
    except FileNotFoundError:
        lacking.error(Place(str(path)), "没有此文件", _NOT_WHOLE)
    except (OSError, ValueError):
        lacking.error(Place(str(path)), "运行记录读不出来（不完整或已损坏）", _AGAIN)
    else:
        if wrong:
            lacking.error(Place(str(path)), f"运行记录写错：{'、'.join(wrong)}", _AGAIN)
        return run
    return {}


def _table(path: Path, columns: Sequence[str], lacking: Problems) -> pd.DataFrame | None:
    """A table that has these columns; None, and an error, where it cannot be used."""
    try:
        frame = _read_table(path)
    except FileNotFoundError:
        lacking.error(Place(str(path)), "没有此文件", _NOT_WHOLE)
    except SpoiledError as error:
        lacking.error(Place(str(path), "", error.cell), str(error), _AGAIN)
    except (OSError, ValueError, csv.Error):
        lacking.error(Place(str(path)), "读不出来（不完整或已损坏）", _AGAIN)
    else:
        if missing := [column for column in columns if column not in frame]:
            lacking.error(Place(str(path)), f"缺列：{'、'.join(missing)}", _NOT_WHOLE)
        return frame
    return None


def label_subjects(results: Results) -> Results:
    """The same results with the column 对象 in every table about subjects: 考核对象, and 编号 where names repeat."""
    numbers = results.scores.get("编号")
    repeated = results.scores.duplicated(["环节", "考核对象"], keep=False)
    twins = set(zip(results.scores.loc[repeated, "环节"], results.scores.loc[repeated, "考核对象"], strict=True))

    def labelled(frame: pd.DataFrame) -> pd.DataFrame:
        if numbers is None or "编号" not in frame or not twins:
            return frame.assign(**{LABEL: frame["考核对象"]})
        rows = zip(frame["环节"], frame["考核对象"], frame["编号"], strict=True)
        return frame.assign(**{LABEL: [f"{name}（{no}）" if (st, name) in twins else name for st, name, no in rows]})

    named = ("scores", "contributions", "reasons", "consequences", "past")
    return replace(results, **{key: labelled(getattr(results, key)) for key in named})


def _read_table(path: Path) -> pd.DataFrame:
    """A CSV of the folder: text stays text (blank = ''), known numbers and the parts' columns are floats.

    The apostrophe that stands before text like a formula in a CSV file is taken off.
    """
    head, *rows = lines_of(path)
    names = [as_written(name) for name in head]
    if len(set(names)) < len(names):
        raise SpoiledError("表头有重复的列")
    frame = pd.DataFrame(rows, columns=names, dtype=str)
    quoted = [name for name in frame if frame[name].str.startswith("'").any()]
    frame = frame.assign(**{name: frame[name].map(as_written) for name in quoted})
    numbers = {name for name in frame if name in NUMBERS}
    if path.name == FILES["scores"][0]:  # the parts' columns stand right before 加减分 and are numbers
        numbers |= {name for name in frame if name not in NUMBERS and _all_numbers(frame[name])}
    return frame.assign(**{name: numbers_of(frame, name) for name in numbers})


def _all_numbers(column: pd.Series) -> bool:
    if column.name in ("编号", "环节", "类别", "考核对象", "等次", "待定", *GROUPS):
        return False
    filled = column[column != ""]
    return len(filled) > 0 and pd.to_numeric(filled, errors="coerce").notna().all()


def _known(kind: str, name: str, names: list[str]) -> str:
    """Give the name, or the first of all where it is blank. Raises InputError where it is none of them."""
    if (name or names) and name in ("", *names):
        return name or names[0]
    unknown = Problems()
    unknown.error(Place(), f"没有{kind}“{name}”", f"已有：{'、'.join(names) or '无'}")
    raise InputError(unknown)


def _spec(run: dict[str, Any], stage: str, name: str) -> dict[str, Any]:
    for entry in run.get("stages", []):
        if entry["name"] == stage:
            found = next((item for item in entry.get("categories", []) if item["name"] == name), {})
            of_stage = {key: entry[key] for key in ("grades", "grade_aliases", "top_grade", "ledger") if key in entry}
            return {**of_stage, **found}
    return {}


def _of(frame: pd.DataFrame, stage: str, scores: pd.DataFrame) -> pd.DataFrame:
    return frame[(frame["环节"] == stage) & frame[LABEL].isin(scores[LABEL])].reset_index(drop=True)


def _concern(problems: pd.DataFrame, name: str, subjects: set[str], sources: set[Source]) -> np.ndarray:
    """Whether each problem names the category or one of its subjects, or stands in a row that its scores come from."""
    names = [name, *subjects]
    about = problems["问题"] + problems.get("考核对象", pd.Series("", index=problems.index))
    told = [any(word in text for word in names) for text in about]
    there = [not sources.isdisjoint(rows) for rows in _rows_of(problems)]
    return np.array(told, dtype=bool) | np.array(there, dtype=bool)


def _rows_of(frame: pd.DataFrame) -> list[set[Source]]:
    """File, sheet and row number of each row; several cells (F3、F4) give several, what is no cell gives none."""
    places = (frame[name].tolist() for name in ("文件", "工作表", "单元格"))
    return [
        {(file, sheet, found[0]) for cell in cells.split("、") if (found := _ROW.search(cell))}
        for file, sheet, cells in zip(*places, strict=True)
    ]


def _param(value: object) -> str:
    """The value of a parameter in words: what is no whole number is a share."""
    if isinstance(value, dict):
        return "，".join(f"{name} {_param(inner)}" for name, inner in value.items())
    if isinstance(value, float) and 0 < value < 1:
        return f"{show_short(value * 100)}%"
    return "未规定" if value is None else str(value)
