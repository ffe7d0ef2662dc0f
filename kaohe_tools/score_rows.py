"""Score sheets bound to items: every row checked against its item's rule; what does not fit is told at its cell."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from kaohe_tools.directory import suggest
from kaohe_tools.exact import show_short, tidy
from kaohe_tools.items import number_of
from kaohe_tools.matching import NO_ITEM, Matcher
from kaohe_tools.problems import Place
from kaohe_tools.rules import BY_DONE, BY_TARGET, MANY, SIGNED

SCORE_COLUMNS = ["item", "score", "done", "target", "component", "rater", "sheet", "row"]
BLANK_COLUMNS = ["item", "component", "rater", "field", "sheet", "row"]


def bind_scores(matcher: Matcher) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Score rows that count for the year (SCORE_COLUMNS, score in points of the item), and rows left blank.

    Blank rows: BLANK_COLUMNS, field being the column (score or done) that should have been filled in. Rows with a 时点
    are checked like the others and do not count.
    """
    rows = matcher.tables["scores"]
    items = matcher.items_of(rows)
    rows = rows[items != NO_ITEM].reset_index(drop=True)
    return _Scores(matcher, rows, items[items != NO_ITEM]).bound()


class _Scores:
    """The rows that name an item, as columns; each check is a mask over them."""

    def __init__(self, matcher: Matcher, rows: pd.DataFrame, items: np.ndarray) -> None:
        self.matcher, self.problems = matcher, matcher.problems
        self.rows, self.items = rows, items
        self.kinds = matcher.kinds[items] if len(items) else np.array([], dtype=object)
        self.by_done = np.isin(self.kinds, list(BY_DONE))
        self.score = rows["score"].to_numpy(dtype=float)
        self.done = rows["done"].to_numpy(dtype=float)
        self.component = rows["component"].to_numpy()

    def bound(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        sound = ~self._duplicates() & ~self._wrong_component()
        sound &= ~self._other_way(~self.by_done, self.score, "score", self.done, "done")
        sound &= ~self._other_way(self.by_done, self.done, "done", self.score, "score")
        blank = np.isnan(np.where(self.by_done, self.done, self.score))
        score, target = np.full(len(self.rows), np.nan), np.full(len(self.rows), np.nan)
        given = sound & ~self.by_done & ~blank
        score[given] = self.matcher.in_points(self.rows[given], self.items[given])
        measured = sound & self.by_done & ~blank
        target[measured] = self._targets(measured)
        measured &= ~self._negative(measured) & ~self._without_target(measured, target)
        annual = (self.rows["time"] == "").to_numpy()
        if not annual.all():
            message = f"有时点的得分 {int((~annual).sum())} 行只用于过程监测，不计入年度得分"
            self.problems.note(Place(), message)
        columns = {"score": score, "done": np.where(measured, self.done, np.nan), "target": target}
        whole = self.rows.assign(item=self.items, **columns)
        whole["field"] = np.where(self.by_done, "done", "score")
        counting = annual & (measured | (given & ~np.isnan(score)))
        return whole.loc[counting, SCORE_COLUMNS], whole.loc[annual & sound & blank, BLANK_COLUMNS]

    def _tell(
        self,
        mask: np.ndarray,
        column: str,
        message: Callable[[int], str],
        advice: Callable[[int], str],
        warn: bool = False,
    ) -> np.ndarray:
        """Tell each row of a mask at its cell; returns the mask. The items count as attempted where it is an error."""
        for i in np.flatnonzero(mask):
            place = self._place(i, column)
            (self.problems.warning if warn else self.problems.error)(place, message(i), advice(i))
            if not warn:
                self.matcher.attempted.add(int(self.items[i]))
        return mask

    def _place(self, i: int, column: str) -> Place:
        return self.matcher.tables.place(self.rows.at[i, "sheet"], self.rows.at[i, "row"], column)

    def _name(self, i: int) -> str:
        return self.matcher.names[self.items[i]]

    def _duplicates(self) -> np.ndarray:
        """Rows that say again what an earlier one said; rules that take many rows may have equal ones."""
        keys = self.rows[["component", "rater", "time"]].assign(item=self.items)
        again = keys.duplicated().to_numpy() & ~np.isin(self.kinds, list(MANY))
        if not again.any():
            return again
        firsts = keys.assign(first=range(len(keys))).groupby(list(keys.columns))["first"].transform("min").to_numpy()
        field = np.where(self.by_done, "done", "score")
        for i in np.flatnonzero(again):
            message = f"“{self._name(i)}”的得分重复（另见 {self._place(firsts[i], field[i])}）"
            self.problems.error(self._place(i, field[i]), message, "请删除一行；多人评分请填评分人")
        return again

    def _wrong_component(self) -> np.ndarray:
        """来源 that is lacking or unknown where an item is blended, or given where it is not."""
        blended = self.kinds == "blend"
        needless = self._tell(
            ~blended & (self.component != ""),
            "component",
            lambda i: f"“{self._name(i)}”不分来源，却写了来源“{self.component[i]}”",
            lambda i: "请留空",
        )
        known = {i: list(self.matcher.rules[self.items[i]].options["of"]) for i in np.flatnonzero(blended)}
        unknown = np.zeros(len(self.rows), dtype=bool)
        unknown[[i for i, names in known.items() if self.component[i] not in map(tidy, names)]] = True
        what = {i: f"没有来源“{self.component[i]}”" if self.component[i] else "没有写来源" for i in known}
        self._tell(
            unknown,
            "component",
            lambda i: f"“{self._name(i)}”由{'、'.join(known[i])}合成，{what[i]}",
            lambda i: (
                suggest(self.component[i], known[i]) if self.component[i] else f"请填写来源：{'、'.join(known[i])}"
            ),
        )
        return needless | unknown

    def _other_way(
        self, mask: np.ndarray, own: np.ndarray, own_name: str, other: np.ndarray, other_name: str
    ) -> np.ndarray:
        """Rows scored by one column and given in the other: an error where alone, a warning where beside."""
        words = {"score": "得分", "done": "完成值"}
        beside = mask & ~np.isnan(other)
        refused = {"score": "不能由完成值折算", "done": "不能直接打分"}[own_name]
        wrong = self._tell(
            beside & np.isnan(own),
            other_name,
            lambda i: f"“{self._name(i)}”按{words[own_name]}计，{refused}",
            lambda i: f"请填写{words[own_name]}",
        )
        self._tell(
            beside & ~np.isnan(own),
            other_name,
            lambda i: f"“{self._name(i)}”按{words[own_name]}计，{words[other_name]} {show_short(other[i])} 没有用到",
            lambda i: "请核对；不需要的请删除",
            warn=True,
        )
        return wrong

    # --- scored by 完成值

    def _targets(self, mask: np.ndarray) -> list[float]:
        """目标值 of score rows, else of the indicator; where both are given and differ the row's counts (told).

        A row with a 时点 may name what is due by then: that differs from the year's target as a matter of course.
        """
        kept = self.matcher.items["target"].to_numpy(dtype=float)
        targets = []
        for i in np.flatnonzero(mask):
            if self.kinds[i] not in BY_TARGET:
                targets.append(np.nan)
                continue
            place, default = self._place(i, "target"), kept[self.items[i]]
            own = number_of(self.rows.at[i, "target"], place, "目标值", self.problems)
            annual = self.rows.at[i, "time"] == ""
            if annual and not np.isnan(own) and not np.isnan(default) and own != default:
                message = f"目标值 {show_short(own)} 与指标表的 {show_short(default)} 不同，按本行计"
                self.problems.warning(place, message, "请核对")
            targets.append(default if np.isnan(own) else own)
        return targets

    def _without_target(self, mask: np.ndarray, target: np.ndarray) -> np.ndarray:
        return self._tell(
            mask & np.isin(self.kinds, list(BY_TARGET)) & np.isnan(target),
            "target",
            lambda i: f"“{self._name(i)}”没有目标值",
            lambda i: "请在得分表或指标表填写目标值",
        )

    def _negative(self, mask: np.ndarray) -> np.ndarray:
        return self._tell(
            mask & (self.done < 0) & ~np.isin(self.kinds, list(SIGNED)),
            "done",
            lambda i: f"完成值 {show_short(self.done[i])} 是负数（指标“{self._name(i)}”）",
            lambda i: "请填写不小于 0 的数",
        )
