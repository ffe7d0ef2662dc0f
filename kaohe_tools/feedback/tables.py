"""What a profile says as tables and short texts, for its page and for the notebook alike."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from kaohe_tools.display import Table, Text, plain, table
from kaohe_tools.exact import show, show_short
from kaohe_tools.feedback.profile import Profile

LONGEST_ITEM = 26  # characters of an item's name on the page; the derivation has all of it
INDENT = "　"


def parts_rows(profile: Profile) -> pd.DataFrame:
    """部分, 满分, 得分, 得分率, and 同类中位数 and 位置 where the subject is compared, all as texts."""
    parts = profile.parts
    rows = pd.DataFrame({
        "部分": [INDENT * max(level - 1, 0) + name for name, level in zip(parts["部分"], parts["级"], strict=True)],
        "满分": _told(parts["满分"], show_short),
        "得分": [show(score) or "不单列" for score in parts["得分"]],
        "得分率": _told(parts["得分率"], percent),
    })  # fmt: skip
    if profile.compared:
        exact = percent if profile.audience == "internal" else whole_percent
        rows = rows.assign(同类中位数=_told(parts["中位"], exact), 位置=parts["位置"].replace("", "—"))
    return rows


def item_rows(profile: Profile, items: pd.DataFrame) -> pd.DataFrame:
    """项目, 得分率, then 中位数 and 相差 (percentage points) where there are medians, else 失分, as texts."""
    names = [shorter(name) for name in items["项目"]]
    rows = pd.DataFrame({"项目": names, "得分率": _told(items["得分率"], percent)})
    if len(items) and items["中位"].notna().all():
        exact = percent if profile.audience == "internal" else whole_percent
        gaps = [f"{gap * 100:+.1f}" for gap in items["相差"]]
        return rows.assign(中位数=_told(items["中位"], exact), 相差=gaps)
    return rows.assign(失分=[show(max(loss, 0.0)) for loss in items["失分"]])


def reason_rows(profile: Profile) -> pd.DataFrame:
    """The reasons, numbered: 序号, 步骤, 说明, 条款."""
    rows = profile.reasons.reset_index(drop=True)
    return rows.assign(序号=[str(number) for number in range(1, len(rows) + 1)])[["序号", "步骤", "说明", "条款"]]


def outcome(profile: Profile) -> str:
    """The result in one sentence."""
    full = f"（满分 {show_short(profile.points)}）" if profile.points else ""
    told = [f"综合得分 {show(profile.composite)}{full}"]
    if profile.rank:
        told.append(f"在“{profile.group or profile.category}”{profile.count} 个对象中排第 {profile.rank}")
    if profile.pending:
        told.append(f"等次待定（{profile.pending}）")
    elif profile.grade:
        told.append(f"等次为{profile.grade}")
    return "，".join(told) + "。"


def item_lists(profile: Profile) -> list[tuple[str, pd.DataFrame]]:
    """The titled lists of items that a page shows, empty ones left out."""
    if profile.strongest["中位"].notna().any() or profile.weakest["中位"].notna().any():
        titled = [("强项：高出同类中位数最多", profile.strongest), ("弱项：低于同类中位数最多", profile.weakest)]
        titled.append(("本对象自有的：失分最多", profile.own))
    else:
        titled = [("得分率最高的项目", profile.strongest), ("失分最多的项目", profile.weakest)]
    return [(title, item_rows(profile, items)) for title, items in titled if len(items)]


def shorter(name: str) -> str:
    """A name that fits the page."""
    return name if len(name) <= LONGEST_ITEM else name[: LONGEST_ITEM - 1] + "…"


def percent(rate: float) -> str:
    """A rate with one decimal.

    >>> percent(0.9575), whole_percent(0.95)
    ('95.8%', '95%')
    """
    return f"{show(rate * 100, 1)}%"


def whole_percent(rate: float) -> str:
    """A rate in whole per cent."""
    return f"{show(rate * 100, 0)}%"


def _told(values: pd.Series, how: Callable[[float], str]) -> list[str]:
    return ["—" if pd.isna(value) else how(float(value)) for value in values]


# --- for the notebook -------------------------------------------------------------------------------------------------


def heading(profile: Profile) -> Text:
    """The title of the page and the result in one sentence."""
    lines = [f"# {plain(profile.subject)}：考核结果反馈", plain(f"{profile.title}　{profile.stage}·{profile.category}")]
    if profile.simulated:
        lines.append("**演示数据**：本页数据为模拟生成，不代表任何单位或个人的真实考核结果。")
    lines.append(f"**{plain(outcome(profile))}**")
    if profile.remark:
        lines.append(plain(f"{profile.remark}。"))
    return Text("\n\n".join(lines))


def parts_table(profile: Profile) -> Table:
    """Parts and their rates."""
    rows = parts_rows(profile)
    numbers = [name for name in rows if name not in ("部分", "位置")]
    return table(rows, "parts", "各部分得分", numbers=numbers, simulated=profile.simulated)


def items_table(profile: Profile) -> Table | Text:
    """The strongest and the weakest items, one table below the other."""
    made = [
        table(rows, f"items{place}", title, numbers=list(rows)[1:], simulated=profile.simulated)
        for place, (title, rows) in enumerate(item_lists(profile))
    ]
    if not made:
        return Text("没有可分项的得分。")
    return Table("\n".join(one.html for one in made), "；".join(one.name for one in made))


def reasons_table(profile: Profile) -> Table | Text:
    """The reasons of the grade with their articles."""
    rows = reason_rows(profile)
    if rows.empty:
        return Text("没有定等次的步骤。")
    return table(rows, "reasons", "等次的理由", wide=["说明"], simulated=profile.simulated)


def ahead_text(profile: Profile) -> Text:
    """What stands between the subject and the next grade, and what follows from the result."""
    lines = [f"- {plain(line)}" for line in profile.ahead]
    uses = [f"- {plain(use.事项)}（{plain(use.条款)}）" for use in profile.consequences.itertuples()]
    if uses:
        lines += ["", "结果运用：", "", *uses]
    return Text("\n".join(lines))
