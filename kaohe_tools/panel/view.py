"""What a trial looks like: a ranking that can be redrawn while one drags, as HTML without a picture in it."""

from __future__ import annotations

import html
import math

from kaohe_tools.panel.trial import Outcome
from kaohe_tools.style import ACCENT, FAINT, GRID, INK, MUTED, PARTS, SIMULATED

BAR = 260  # pixels of the longest bar
FLOOR = 0.25  # of the bar stays for the lowest score, so that it can be seen


def ranking(outcome: Outcome, top_grade: str, simulated: bool) -> str:
    """The category by its new ranks: bars on a scale that shows differences, the line, who moved by how much."""
    table = outcome.table.sort_values(["排名", "考核对象", "编号"], kind="stable")
    low, high = table["得分"].min(), table["得分"].max()
    stamp = f'<span style="color:{ACCENT}">{SIMULATED}</span>' if simulated else ""
    rows, drawn = [], False
    for row in table.to_dict("records"):
        below = not math.isnan(outcome.line) and row["得分"] < outcome.line
        if below and not drawn:
            rows.append(_line(outcome.line, top_grade))
            drawn = True
        rows.append(_row(row, low, high, top_grade))
    style = f"border-collapse:collapse;color:{INK};font-size:13px;line-height:1.45"
    return f'{stamp}<table class="kaohe-trial" style="{style}"><tbody>{"".join(rows)}</tbody></table>'


def _row(row: dict, low: float, high: float, top_grade: str) -> str:
    share = FLOOR + (1 - FLOOR) * ((row["得分"] - low) / (high - low) if high > low else 1.0)
    is_top = row["等次"] == top_grade and not row["待定"]
    bar = f'<div style="width:{BAR * share:.0f}px;height:11px;background:{PARTS[0] if is_top else PARTS[1]}"></div>'
    grade = f"待定：{row['待定']}" if row["待定"] else row["等次"]
    changed = (row["等次"], row["待定"]) != (row["原等次"], row["原待定"])
    told = html.escape(grade) + (f"（原：{html.escape(row['原等次'] or row['原待定'])}）" if changed else "")
    colour = ACCENT if changed else INK if is_top else MUTED
    cells = [
        ("right", f"{row['排名']}"),
        ("left", _movement(row["原排名"] - row["排名"])),
        ("left", html.escape(row["考核对象"])),
        ("left", bar),
        ("right", f"{row['得分']:.2f}"),
        ("right", f'<span style="color:{MUTED}">{row["得分"] - row["原得分"]:+.2f}</span>'),
        ("left", f'<span style="color:{colour}">{told}</span>'),
    ]
    texts = (f'<td style="text-align:{side};padding:0 8px 0 0;white-space:nowrap">{text}</td>' for side, text in cells)
    return f'<tr style="border-bottom:1px solid {GRID}">{"".join(texts)}</tr>'


def _movement(places: int) -> str:
    """▲2, ▼1 or nothing: how many places up or down."""
    if not places:
        return f'<span style="color:{FAINT}">·</span>'
    return f'<span style="color:{ACCENT if places > 0 else PARTS[0]}">{"▲" if places > 0 else "▼"}{abs(places)}</span>'


def _line(line: float, top_grade: str) -> str:
    words = f"{html.escape(top_grade)}线 {line:.2f}"
    return f'<tr><td colspan="7" style="border-top:2px solid {ACCENT};color:{ACCENT};padding:0">{words}</td></tr>'


def summary(outcome: Outcome, top_grade: str) -> str:
    """One sentence: how many move, who enters and who leaves the top grade."""
    said = [f"{outcome.moved} 个对象名次变动"]
    if outcome.gained:
        said.append(f"进入{top_grade}：{'、'.join(outcome.gained)}")
    if outcome.lost:
        said.append(f"退出{top_grade}：{'、'.join(outcome.lost)}")
    if not outcome.gained and not outcome.lost:
        said.append(f"{top_grade}名单不变" if top_grade else "等次不变")
    return f'<p class="kaohe-said">{html.escape("；".join(said))}。</p>'
