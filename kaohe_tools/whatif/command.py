"""What `kaohe whatif` does: scenarios from words and files, each compared with the case as it stands."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

from kaohe_tools.directory import suggest
from kaohe_tools.exact import tidy
from kaohe_tools.plaintext import wrap
from kaohe_tools.problems import InputError, Place, Problems
from kaohe_tools.whatif.break_even import break_evens
from kaohe_tools.whatif.compare import Comparison, compare
from kaohe_tools.whatif.leave_out import leave_out
from kaohe_tools.whatif.leaving import LEAVE_OUT, leave_out_table
from kaohe_tools.whatif.overtaking import overtakings
from kaohe_tools.whatif.robust import BOTH, INDICATORS, PARTS, SIMPLEX, SPREAD, NothingToDrawError, Plan, robustness
from kaohe_tools.whatif.robust.telling import ROBUST, robust_lines, robust_tables
from kaohe_tools.whatif.scenario import Scenario, from_settings, in_words
from kaohe_tools.whatif.scenario_file import load_scenario
from kaohe_tools.whatif.secrecy import few_told
from kaohe_tools.whatif.telling import summary, write_comparisons
from kaohe_tools.whatif.turning import BREAK_EVEN, OVERTAKING, break_even_table, later_note, overtaking_table
from kaohe_tools.whatif.variant import Base, base_of, vary

_MOST = 10  # break-even weights listed on a terminal
_LEVELS = {"部分": PARTS, "指标": INDICATORS, "两者": BOTH}


class SettingsError(InputError):
    """The words after `--set` mean nothing, or nothing in this case: a wrong use of the command."""


@dataclass(frozen=True)
class Question:
    """What is asked of `kaohe whatif`: settings (部分=分值) make one scenario, each file another.

    robust: by which share weights go up and down at random (None: not asked; 0: as usual), with `drawing`, the words
    that say how else they are drawn (simplex, level, draws, seed; those that were not said are not there).
    """

    case: Path
    settings: Sequence[str] = ()
    free: bool = False
    files: Sequence[Path] = ()
    break_even: bool = False
    leave_out: bool = False
    overtake: Sequence[str] = ()
    robust: float | None = None
    drawing: Mapping[str, Any] = field(default_factory=dict)
    out: Path | None = None
    progress: bool = False

    @classmethod
    def of(cls, arguments: Namespace, progress: bool) -> Question:
        """The question that the words of the command make."""
        words = {name: getattr(arguments, name) for name in ("simplex", "level", "draws", "seed")}
        return cls(
            arguments.case, arguments.set, arguments.free, arguments.scenario,
            arguments.break_even, arguments.leave_out, arguments.overtake or (), arguments.robust,
            {name: said for name, said in words.items() if said}, arguments.out, progress,
        )  # fmt: skip

    @property
    def plan(self) -> Plan:
        """How weights are drawn."""
        said = dict(self.drawing)
        way = SIMPLEX if said.pop("simplex", False) else SPREAD
        level = _LEVELS[said.pop("level", "部分")]
        return Plan(way=way, level=level, spread=self.robust or Plan.spread, **said)


def wrong_use(question: Question) -> str:
    """What is wrong with a question, whatever the case; "" where nothing is."""
    asked = (question.settings, question.files, question.break_even, question.leave_out, question.overtake)
    if question.drawing and question.robust is None:
        return f"{'、'.join(f'--{name}' for name in question.drawing)} 要和 --robust 一起用"
    if question.robust and "simplex" in question.drawing:
        return "--simplex 不限幅度，--robust 后面不要再写幅度"
    if not any(asked) and question.robust is None:
        others = "--break-even、--overtake、--leave-out、--robust"
        return f"没有写要试什么：用 --set 部分=分值，或 --scenario 方案.yaml、{others}"
    if question.free and not question.settings:
        return "--free 要和 --set 一起用；方案文件里写 其余: 不变"
    if question.out and question.out.resolve().is_relative_to(question.case.resolve()):
        return "--out 不能是案例文件夹或其中的文件夹，否则写出的表会被当作数据读取"
    if question.out and question.out.is_file():
        return f"--out 应是文件夹，不是文件“{question.out.name}”"
    return ""


def answer(question: Question) -> list[str]:
    """Compare, write the tables where a folder is given, and say what came of it, line by line.

    Raises SettingsError for wrong words, InputError for a case or a scenario's file with errors.
    """
    scenarios = _asked(question)
    base = base_of(question.case)
    comparisons = [
        _compared(base, scenario, bool(question.settings) and i == 0) for i, scenario in enumerate(scenarios)
    ]
    told: list[str] = []
    for comparison, scenario in zip(comparisons, scenarios, strict=True):
        told += [*summary(comparison, scenario), ""]
    more: dict[str, pd.DataFrame] = {}
    if question.break_even:
        told += _break_even(base, more, question.progress)
    if question.overtake:
        told += _overtake(base, question.overtake, more)
    if question.leave_out:
        told += _leave_out(base, more, question.progress)
    if question.robust is not None:
        told += _robust(base, question.plan, more, question.progress)
        told += [] if question.out else [f"每个对象的名次区间、概率见 {ROBUST}.csv（用 --out 写出）", ""]
    if question.out is not None:
        told += [f"已写出：{path}" for path in write_comparisons(comparisons, scenarios, question.out, more)]
    return told


def _asked(question: Question) -> list[Scenario]:
    """The scenarios asked for, each under a name of its own."""
    problems, scenarios = Problems(), []
    if question.settings:
        named = from_settings(question.settings, question.free, "", problems)
        scenarios.append(replace(named, name=in_words(named)))
    if problems.errors:
        raise SettingsError(problems)
    for path in question.files:
        try:
            scenarios.append(load_scenario(path))
        except InputError as error:
            problems.extend(error.problems)
    if problems.errors:
        raise InputError(problems)
    names: list[str] = []
    for i, scenario in enumerate(scenarios):
        names.append(scenario.name if scenario.name not in names else f"{scenario.name}（{i + 1}）")
    return [replace(scenario, name=name) for scenario, name in zip(scenarios, names, strict=True)]


def _compared(base: Base, scenario: Scenario, from_words: bool) -> Comparison:
    try:
        variant = vary(base, scenario)
    except InputError as error:
        raise (SettingsError(error.problems) if from_words else _of_file(error, scenario)) from None
    return compare(base.assessment, variant.assessment, scenario.name, variant.notes)


def _of_file(error: InputError, scenario: Scenario) -> InputError:
    """The errors of a scenario; those without a place get the scenario's file."""
    problems, file = Problems(), Place(scenario.origin.name) if scenario.origin else Place()
    for problem in error.problems:
        problems.extend([problem if problem.place != Place() else replace(problem, place=file)])
    return InputError(problems)


def _break_even(base: Base, more: dict[str, pd.DataFrame], progress: bool) -> list[str]:
    """The table of break-even weights, and the nearest of them in words."""
    notes: list[str] = []
    found = break_evens(base, notes=notes, progress=progress)
    table = more[BREAK_EVEN] = break_even_table(base.assessment, found)
    if not found:
        return ["本案例没有定等次的环节，没有临界分值", ""]
    stages = dict.fromkeys(one.stage for one in found)
    notes += [note for note in (later_note(base.assessment, stage) for stage in stages) if note]
    near = table[table["临界分值"] != ""]
    order = near["变动"].astype(float).abs().sort_values(kind="stable").index
    lines = [f"临界分值（其余部分按比例，{len(near)} 项有临界，最近的在前，精确到 0.01 分）："]
    for row in near.loc[order[:_MOST]].to_dict("records"):
        lines += wrap(f"{row['环节']}·{row['考核对象']}（{row['类别']}）：{row['说明']}", "  · ", "    ")
    return [*lines, *(line for note in notes for line in wrap(note, "  ", "    ")), ""]


def _overtake(base: Base, names: Sequence[str], more: dict[str, pd.DataFrame]) -> list[str]:
    """Where two subjects change places by one part's weight, in every stage and category that has both."""
    subjects = base.assessment.subjects
    own, rival = (_called(subjects, name) for name in names)
    pairs = own.merge(rival, on=["stage", "category"], suffixes=("", "_rival"))
    if pairs.empty:
        raise SettingsError(_one_problem(f"“{names[0]}”和“{names[1]}”不在同一类别，分值按类别规定，不能这样比"))
    found = [one for row in pairs.itertuples() for one in overtakings(base, row.number, row.number_rival)]
    table = more[OVERTAKING] = overtaking_table(base.assessment, found)
    lines = [f"{names[0]}与{names[1]}的先后（其余部分按比例，精确到 0.01 分）："]
    return [*lines, *(line for text in table["说明"] for line in wrap(text, "  · ", "    ")), ""]


def _called(subjects: pd.DataFrame, name: str) -> pd.DataFrame:
    """The subjects of a name or 编号: stage, category, number. Raises SettingsError where there is none."""
    named = (subjects["subject"].map(tidy) == tidy(name)) | (subjects["code"].map(tidy) == tidy(name))
    if not named.any():
        known = [*subjects["subject"], *subjects["code"][subjects["code"] != ""]]
        raise SettingsError(_one_problem(f"名册里没有“{name}”", suggest(tidy(name), known)))
    return subjects.loc[named, ["stage", "category"]].rename_axis("number").reset_index()


def _one_problem(message: str, advice: str = "") -> Problems:
    problems = Problems()
    problems.error(Place(), message, advice)
    return problems


def _leave_out(base: Base, more: dict[str, pd.DataFrame], progress: bool) -> list[str]:
    """The table of leaving one out, and those that change who has the best grade."""
    notes: list[str] = []
    found = leave_out(base, notes=notes, progress=progress)
    table = more[LEAVE_OUT] = leave_out_table(base.assessment, found)
    weighty = table[(table["得最好等次"] != "") | (table["失最好等次"] != "") | (table["转为待定"] != "")]
    moved = int((table["名次变动"] > 0).sum())
    lines = [f"逐项剔除：试了 {len(table)} 项，{moved} 项使名次变动，{len(weighty)} 项使最好等次或待定变动"]
    for row in weighty.head(_MOST).to_dict("records"):
        lines += wrap(f"{row['环节']}·{row['类别']}：{row['说明']}", "  · ", "    ")
    if len(weighty) > _MOST:
        lines.append(f"  · 还有 {len(weighty) - _MOST} 项，见 {LEAVE_OUT}.csv")
    return [*lines, *(line for note in notes for line in wrap(note, "  ", "    ")), ""]


def _robust(base: Base, plan: Plan, more: dict[str, pd.DataFrame], progress: bool) -> list[str]:
    """How firmly ranks and grades of every stage stand when weights are drawn at random.

    Which weight a result hangs on most is not told where few voted: it could tell how.
    """
    found, told = [], []
    for stage in base.case.scheme.stages:
        few = few_told(base.assessment, stage)
        try:
            one = robustness(base.prepared, base.worth, base.case, stage, plan, drivers=not few, progress=progress)
        except NothingToDrawError as error:
            told += [*wrap(f"稳健性：{error}", hanging="  "), ""]
            continue
        found.append(one)
        told += [*robust_lines(one), *(line for note in few for line in wrap(note, "  ", "    ")), ""]
    more |= robust_tables(found, base.assessment.subjects["code"])
    return told
