"""Leave one out, as a table with a sentence for each thing left out: 逐项剔除.csv."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from kaohe_tools.assess import Assessment
from kaohe_tools.whatif.compare import SIMULATED
from kaohe_tools.whatif.leave_out import LeftOut

LEAVE_OUT = "逐项剔除"
_COLUMNS = ["类型", "环节", "类别", "部分", "考核项目", "剔除", "涉及对象", "参加数", "名次变动", "最大变动"]
_COLUMNS += ["得最好等次", "失最好等次", "转为待定", "说明"]
_NAMED = 4  # so many names in a sentence


def leave_out_table(assessment: Assessment, found: Sequence[LeftOut]) -> pd.DataFrame:
    """逐项剔除.csv: how many have it (涉及对象), whose rank moves and by how much, who gets or loses the best grade."""
    sizes = assessment.subjects.groupby(["stage", "category"]).size()
    rows = []
    for one in found:
        row = (one.kind, one.stage, one.category, one.part, one.project, one.name, one.concerned)
        moved = (int(sizes[one.stage, one.category]), len(one.moves), max(map(abs, one.moves.values()), default=0))
        who = (_names(assessment, numbers) for numbers in (one.gains, one.loses, one.pending))
        rows.append(dict(zip(_COLUMNS, (*row, *moved, *who, _said(assessment, one)), strict=True)))
    table = pd.DataFrame(rows, columns=_COLUMNS)
    return table.assign(数据=SIMULATED) if assessment.case.simulated else table


def _names(assessment: Assessment, numbers: Sequence[int]) -> str:
    return "、".join(assessment.subjects.loc[list(numbers), "subject"])


def _said(assessment: Assessment, one: LeftOut) -> str:
    """剔除指标“党建”后，3 个对象名次变动，最多 2 位（甲处降 2 位）；乙处得优秀，甲处失优秀."""
    what = f"剔除{one.kind}“{one.name}”"
    if one.failure:
        return f"{what}后不能考核：{one.failure}"
    words = []
    if one.moves:
        most = max(map(abs, one.moves.values()))
        first = [n for n, move in one.moves.items() if abs(move) == most][:_NAMED]
        named = "、".join(
            f"{assessment.subjects.at[n, 'subject']}{'升' if one.moves[n] > 0 else '降'} {most} 位" for n in first
        )
        words.append(f"{len(one.moves)} 个对象名次变动，最多 {most} 位（{named}）")
    best = (assessment.case.scheme.stages[one.stage].grades or ("",))[0]
    for numbers, word in ((one.gains, f"得{best}"), (one.loses, f"失{best}"), (one.pending, "转为待定")):
        if numbers:
            more = f"等 {len(numbers)} 个" if len(numbers) > _NAMED else ""
            words.append(f"{_names(assessment, numbers[:_NAMED])}{more}{word}")
    return f"{what}后，{'；'.join(words)}" if words else f"{what}后，名次和等次都不变"
