"""Bonuses and penalties (加减分台账): which entries count, for how much, and why the others do not.

In order: entries dated on or after the cut-off are set aside; of entries for one and the same work only the highest
bonus counts; the rest is summed under the scheme's cap. Every entry comes out with its value or the reason it has none.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from kaohe_tools.case import Case
from kaohe_tools.directory import NOBODY, Directory, suggest
from kaohe_tools.exact import show_short, snap, tidy
from kaohe_tools.problems import Place, Problems
from kaohe_tools.scheme import Code
from kaohe_tools.sheets import Tables

ENTRY_COLUMNS = ["subject", "standard", "matter", "value", "article", "to", "work", "rank", "set_aside", "sheet", "row"]


def bind_ledger(case: Case, tables: Tables, directory: Directory, problems: Problems) -> pd.DataFrame:
    """Ledger entries that are sound: columns ENTRY_COLUMNS.

    `value` is what the entry adds (signed points); `set_aside` says why it does not count, "" for those that do.
    """
    rows: list[tuple] = []
    seen: dict[tuple, Place] = {}
    for row in tables["ledger"].itertuples():
        number = directory.find(row, lambda n, s=row.standard: _code(directory, n, s) is not None)
        if number == NOBODY:
            continue
        code = _code(directory, number, row.standard)
        if code is None:
            ledger = directory.stage_of(number).ledger
            message = f"没有加减分标准“{row.standard}”" if ledger else "本环节没有加减分"
            place = directory.place(row, "standard")
            problems.error(place, message, suggest(row.standard, ledger.codes) if ledger else "请删除本行")
            continue
        value = _value(row, code, case, directory, problems)
        if value is None:
            continue
        _warn(row, number, code, directory, seen, problems)
        if case.cutoff is not None and row.date is None:
            message = f"没有日期，不知道是否早于截止日 {case.cutoff}，照常计"
            problems.warning(directory.place(row, "date"), message, "请补填日期")
        late = case.cutoff is not None and row.date is not None and row.date >= case.cutoff
        aside = f"日期 {row.date} 在截止日 {case.cutoff} 当日或以后，不计" if late else ""
        work = tidy(row.work)
        what = (code.name, row.matter, value, code.article, code.to, work, code.level)
        rows.append((number, *what, aside, row.sheet, row.row))
    entries = pd.DataFrame(rows, columns=ENTRY_COLUMNS)
    return _highest_of_work(entries, case, directory)


def _code(directory: Directory, number: int, standard: str) -> Code | None:
    ledger = directory.stage_of(number).ledger
    if ledger is None:
        return None
    return next((code for name, code in ledger.codes.items() if tidy(name) == standard), None)


def _value(row, code: Code, case: Case, directory: Directory, problems: Problems) -> float | None:
    """Signed points of an entry: 分值 where given, else the 标准's points times 次数 (by the reading per_time)."""
    times = 1.0 if np.isnan(row.times) else row.times
    if times < 1:
        problems.error(directory.place(row, "times"), f"次数 {times:g} 不对", "请填不小于 1 的整数，或留空")
        return None
    counted = times if code.per or case.readings["per_time"] == "each" or row.work else 1.0
    counted = 1.0 if row.work and code.sign > 0 else counted
    if np.isnan(row.points):
        if code.points is None:
            place = directory.place(row, "points")
            problems.error(place, f"标准“{code.name}”没有固定分值，本行分值空白", "请填写分值和依据")
            return None
        return code.sign * code.points * counted
    place = directory.place(row, "points")
    if row.points <= 0:
        problems.error(place, f"分值 {row.points:g} 不是正数", "请填写大于 0 的数，加还是减由标准决定")
        return None
    if not row.basis:
        problems.error(place, f"填了分值 {show_short(row.points)} 却没有依据", "请填写依据")
        return None
    if code.range is not None and not code.range[0] <= row.points <= code.range[1]:
        low, high = map(show_short, code.range)
        message = f"分值 {show_short(row.points)} 超出标准“{code.name}”的范围 {low} 到 {high}，按填写的计"
        problems.warning(place, message, "请核对")
    if code.points is not None and abs(row.points - code.points * counted) > 1e-9:
        expected = show_short(code.points * counted)
        problems.warning(
            place, f"分值 {show_short(row.points)} 与标准“{code.name}”的 {expected} 不同，按填写的计", "请核对"
        )
    return code.sign * row.points


def _warn(row, number: int, code: Code, directory: Directory, seen: dict[tuple, Place], problems: Problems) -> None:
    """What a clerk would ask about an entry that counts all the same."""
    if not row.basis:
        place = directory.place(row, "basis")
        problems.warning(place, f"“{row.matter or code.name}”没有依据", "请补填依据")
    category = directory.subjects.at[number, "category"]
    if category in code.not_for:
        place = directory.place(row, "standard")
        problems.warning(place, f"类别“{category}”出现“{code.name}”（{code.not_for[category]}）", "请核对")
    key = (number, code.name, tidy(row.matter), row.date, str(row.points), str(row.times), row.work)
    if key in seen:
        problems.warning(
            directory.place(row, "matter"), f"与另一行完全相同（另见 {seen[key]}），两行都计", "请核对是否重复登记"
        )
    seen.setdefault(key, directory.place(row, "matter"))


def _highest_of_work(entries: pd.DataFrame, case: Case, directory: Directory) -> pd.DataFrame:
    """Of the bonuses for one work only the highest counts (就高不就低); of equal ones the first by name."""
    live = entries[(entries["set_aside"] == "") & (entries["work"] != "") & (entries["value"] > 0)]
    if case.readings["same_work_scope"] == "commend":
        commended = [
            _code(directory, n, tidy(s)).commend for n, s in zip(live["subject"], live["standard"], strict=True)
        ]
        live = live[np.array(commended, dtype=bool)]
    by = ["rank", "value"] if case.readings["same_work"] == "level" else ["value"]
    for (_, work), group in live.groupby(["subject", "work"]):
        order = group.sort_values(
            [*by, "standard", "matter"], ascending=[False] * len(by) + [True, True], kind="stable"
        )
        best = order.iloc[0]
        reason = f"与“{best['standard']}”同属“{work}”，就高不就低，不重复加分"
        entries.loc[order.index[1:], "set_aside"] = reason
    return entries


def cap_adjustments(counting: pd.DataFrame, cap: float | None, reading: str) -> pd.DataFrame:
    """What the cap takes off, by subject: subject, value (signed), why. Empty where no cap is exceeded.

    `reading`: net bounds the net sum to ±cap; each bounds bonuses and penalties apart.
    """
    columns = ["subject", "value", "why"]
    if cap is None or counting.empty:
        return pd.DataFrame(columns=columns)
    rows: list[tuple] = []
    for number, values in counting.groupby("subject")["value"]:
        sums = [("加分", values[values > 0].sum()), ("减分", values[values < 0].sum())]
        for label, total in sums if reading == "each" else [("加减分", values.sum())]:
            over = float(snap(np.clip(total, -cap, cap) - total))
            if over:
                rows.append((number, over, f"{label}合计 {show_short(total)}，上限 ±{show_short(cap)}"))
    return pd.DataFrame(rows, columns=columns)
