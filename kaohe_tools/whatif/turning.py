"""Break-even weights as tables: 临界分值.csv, and where two subjects change places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from fractions import Fraction

import pandas as pd

from kaohe_tools.assess import Assessment
from kaohe_tools.exact import show, show_short
from kaohe_tools.whatif.break_even import BreakEven, Turn
from kaohe_tools.whatif.compare import GAIN, LOSE, SIMULATED
from kaohe_tools.whatif.lines import STEP
from kaohe_tools.whatif.overtaking import Overtaking

BREAK_EVEN, OVERTAKING = "临界分值", "反超分值"
STEP_TOLD = "0.01"
NOTE = "备注"
_REFERENCES = frozenset({"of", "stage", "composite_from", "same_subjects"})
_WHO = ["环节", "类别", "考核对象", "编号", "部分", "现分值"]
_TURN = ["临界分值", "变动", "方向", "增到", "减到", "对手", "方法", "步长", "说明"]


def break_even_table(assessment: Assessment, found: Sequence[BreakEven]) -> pd.DataFrame:
    """临界分值.csv: a row for each subject and part; 增到/减到 the nearest turn in each direction, 临界分值 the nearer.

    Cells are blank where no weight from 0 to the total changes anything. 备注 is there only where later stages go by
    the results of one, at which a break-even does not look.
    """
    rows = []
    notes = {stage: later_note(assessment, stage) for stage in dict.fromkeys(one.stage for one in found)}
    for one in found:
        best = assessment.case.scheme.stages[one.stage].grades[0]
        sign = f"{LOSE if one.has_best else GAIN}{best}"
        rows.append({**_who(assessment, one), **_turn(assessment, one, sign), "方法": one.way, "步长": STEP_TOLD})
        rows[-1]["说明"], rows[-1][NOTE] = _said(assessment, one, sign, best), notes[one.stage]
    more = [NOTE] if any(notes.values()) else []
    return _stamped(pd.DataFrame(rows, columns=[*_WHO, *_TURN, *more]), assessment)


def later_note(assessment: Assessment, stage: str) -> str:
    """That later stages of the case go by the results of one, at which break-evens do not look; "" where none does."""
    stages = list(assessment.case.scheme.stages.values())
    there = set(assessment.subjects["stage"])
    names = [one.name for one in stages if one.name != stage and one.name in there and _refers(one, stage)]
    if not names:
        return ""
    return f"改{stage}环节的分值，这里只看{stage}环节自己的结果；后面的{'、'.join(names)}会不会跟着变，请用 --set 试"


def _refers(value: object, stage: str, key: str = "") -> bool:
    """Does anything in a stage's model name another stage: its composite, subjects, a part, a condition?"""
    if is_dataclass(value):
        return any(_refers(getattr(value, field.name), stage, field.name) for field in fields(value))
    if isinstance(value, Mapping):
        return any(_refers(own, stage, str(name)) for name, own in value.items())
    if isinstance(value, (tuple, list, set, frozenset)):
        return any(_refers(own, stage, key) for own in value)
    return key in _REFERENCES and value == stage


def overtaking_table(assessment: Assessment, found: Sequence[Overtaking]) -> pd.DataFrame:
    """反超分值.csv: by part, where a subject overtakes a rival (or is overtaken); 交点: where unrounded scores meet."""
    rows = []
    for one in found:
        sign = "被反超" if one.ahead else "反超"
        row = {**_who(assessment, one), **_turn(assessment, one, sign)}
        row["对手"] = assessment.subjects.at[one.rival, "subject"]
        row["交点"] = "" if one.crossing is None else show_short(float(one.crossing))
        rows.append({**row, "方法": "闭式", "步长": STEP_TOLD, "说明": _said(assessment, one, sign, "先后")})
    return _stamped(pd.DataFrame(rows, columns=[*_WHO, *_TURN[:-1], "交点", "说明"]), assessment)


def _stamped(table: pd.DataFrame, assessment: Assessment) -> pd.DataFrame:
    return table.assign(数据=SIMULATED) if assessment.case.simulated else table


def _who(assessment: Assessment, one: BreakEven | Overtaking) -> dict[str, str]:
    row = assessment.subjects.loc[one.subject]
    who = (one.stage, one.category, row["subject"], row["code"], one.part, show_short(float(one.today)))
    return dict(zip(_WHO, who, strict=True))


def _turn(assessment: Assessment, one: BreakEven | Overtaking, sign: str) -> dict[str, str]:
    turn = one.nearest
    return {
        "临界分值": _points(turn),
        "变动": _change(one.today, turn),
        "方向": sign if turn else "",
        "增到": _points(one.up),
        "减到": _points(one.down),
        "对手": _names(assessment, turn.rivals) if turn else "",
    }


def _points(turn: Turn | None) -> str:
    return show(turn.step / STEP) if turn else ""


def _change(today: Fraction, turn: Turn | None) -> str:
    """The change with its sign: +2.35, -1.00."""
    if turn is None:
        return ""
    change = float(Fraction(turn.step, STEP) - today)
    return f"{'+' if change > 0 else ''}{show(change)}"


def _names(assessment: Assessment, numbers: Sequence[int]) -> str:
    return "、".join(assessment.subjects.loc[list(numbers), "subject"])


def _said(assessment: Assessment, one: BreakEven | Overtaking, sign: str, what: str) -> str:
    """One sentence: 目标任务由 80 分增到 82.35 分（其余按比例减少），失优秀，乙处得优秀."""
    turn, today, total = one.nearest, show_short(float(one.today)), show_short(float(one.total))
    if turn is None:
        return f"“{one.part}”现为 {today} 分，在 0 到 {total} 分之间怎么改，{what}都不变"
    more = Fraction(turn.step, STEP) > one.today
    text = f"“{one.part}”由 {today} 分{'增' if more else '减'}到 {_points(turn)} 分"
    text += f"（其余按比例{'减少' if more else '增加'}），{sign}"
    if isinstance(one, Overtaking):
        return f"{text}：对手{_names(assessment, turn.rivals)}"
    if turn.rivals:
        return f"{text}，此消彼长的是{_names(assessment, turn.rivals)}"
    return f"{text}，没有人与之相换（分数线或末位的条款所致）"
