"""Archived subjects found again on a later year's roster: by name, and by 编号 too where names repeat."""

from __future__ import annotations

import pandas as pd

from kaohe_tools.problems import Place, Problems

_ADVICE = "改了名称或编号的，请在历年表里按今年的名册补填"


def on_roster(rows: pd.DataFrame, subjects: pd.DataFrame, problems: Problems) -> pd.DataFrame:
    """The rows whose subject is on the roster (Directory.subjects), each other one told with why.

    Column `repeated` says afterwards whether the roster has the name more than once, so that 编号 must be given.
    """
    roster: dict[tuple[str, str], list[str]] = {}
    for row in subjects.itertuples():
        roster.setdefault((row.stage, row.subject), []).append(row.code)
    kept, shared = [], []
    left: dict[tuple[str, str], set[str]] = {}
    for row in rows.sort_values(["stage", "subject", "code", "year"]).itertuples():
        codes = roster.get((row.stage, row.subject), [])
        alone = len(codes) == 1 and not row.repeated
        if alone or (row.code and row.code in codes):
            kept.append(row.Index)
            shared.append(len(codes) > 1)
            if alone and row.code and codes[0] and row.code != codes[0]:
                message = (
                    f"环节“{row.stage}”的“{row.subject}”{row.year} 年编号是 {row.code}，今年是 {codes[0]}，按名称对上"
                )
                problems.warning(Place(), message, "请核对是不是同一对象")
        else:
            why = "今年名册里没有" if not codes else "有同名对象，编号对不上"
            left.setdefault((row.stage, why), set()).add(row.subject)
    for (stage, why), names in sorted(left.items()):
        shown = "、".join(f"“{name}”" for name in sorted(names))
        problems.warning(Place(), f"环节“{stage}”有 {len(names)} 个对象{why}，没有取用：{shown}", _ADVICE)
    return rows.loc[kept].assign(repeated=shared)
