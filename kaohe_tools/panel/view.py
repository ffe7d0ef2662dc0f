"""What a trial looks like: a ranking that can be redrawn while one drags, as HTML without a picture in it."""

from __future__ import annotations

import html
import math

from kaohe_tools.panel.trial import Outcome
from kaohe_tools.style import ACCENT, FAINT, GRID, INK, MUTED, PARTS, SIMULATED

BAR = 110  # pixels of the longest bar
FLOOR = 0.25  # of the bar stays for the lowest score, so that it can be seen
HEADS = ("名次", "变动", "考核对象", "", "得分", "增减", "等次")

# Said once beside the ranking and not in every cell of it: what is sent at each redraw stays small.
STYLE = f"""<style>
table.kaohe-trial {{border-collapse: collapse; color: {INK}; font-size: 13px; line-height: 1.45}}
.kaohe-trial td, .kaohe-trial th {{text-align: left; padding: 0 8px 0 0; white-space: nowrap;
  font-variant-numeric: tabular-nums}}
.kaohe-trial th {{color: {MUTED}; font-weight: normal; position: sticky; top: 0; background: #fff}}
.kaohe-trial tr {{border-bottom: 1px solid {GRID}}}
.kaohe-trial :is(td, th):is(:nth-child(1), :nth-child(5), :nth-child(6)) {{text-align: right}}
.kaohe-trial td:nth-child(6), .kaohe-trial td:nth-child(7) {{color: {MUTED}}}
.kaohe-trial td > i {{display: block; height: 11px; background: {PARTS[1]}}}
.kaohe-trial .best > td > i {{background: {PARTS[0]}}} .kaohe-trial .best > td:nth-child(7) {{color: {INK}}}
.kaohe-trial .up {{color: {ACCENT}}} .kaohe-trial .down {{color: {PARTS[0]}}} .kaohe-trial .still {{color: {FAINT}}}
.kaohe-trial .new > td:nth-child(7) {{color: {ACCENT}; font-weight: bold}}
.kaohe-trial td.line, .kaohe-stamp {{color: {ACCENT}; text-align: left}}
.kaohe-trial td.line {{border-top: 2px solid {ACCENT}}}
.kaohe-said {{line-height: 1.6; margin: 0; white-space: normal}}
</style>"""


def ranking(outcome: Outcome, top_grade: str, simulated: bool) -> str:
    """The category by its new ranks: bars on a scale that shows differences, the line, who moved by how much.

    Looks as meant with STYLE somewhere on the same page.
    """
    table = outcome.table.sort_values(["排名", "考核对象", "编号"], kind="stable")
    low, high = table["得分"].min(), table["得分"].max()
    stamp = f'<span class="kaohe-stamp">{SIMULATED}</span>' if simulated else ""
    rows, drawn = [], False
    for row in table.to_dict("records"):
        below = not math.isnan(outcome.line) and row["得分"] < outcome.line
        if below and not drawn:
            rows.append(f'<tr><td colspan="{len(HEADS)}" class="line">{_line(outcome.line, top_grade)}</td></tr>')
            drawn = True
        rows.append(_row(row, low, high, top_grade))
    heads = "".join(f"<th>{head}</th>" for head in HEADS)
    body = f"<thead><tr>{heads}</tr></thead><tbody>{''.join(rows)}</tbody>"
    return f'{stamp}<table class="kaohe-trial">{body}</table>'


def _row(row: dict, low: float, high: float, top_grade: str) -> str:
    share = FLOOR + (1 - FLOOR) * ((row["得分"] - low) / (high - low) if high > low else 1.0)
    best = row["等次"] == top_grade and not row["待定"]
    changed = (row["等次"], row["待定"]) != (row["原等次"], row["原待定"])
    grade = f"待定：{row['待定']}" if row["待定"] else row["等次"]
    told = html.escape(grade) + (f"（原：{html.escape(row['原等次'] or row['原待定'])}）" if changed else "")
    cells = [
        f"{row['排名']}",
        _movement(row["原排名"] - row["排名"]),
        html.escape(row["考核对象"]),
        f'<i style="width:{BAR * share:.0f}px"></i>',
        f"{row['得分']:.2f}",
        f"{row['得分'] - row['原得分']:+.2f}",
        told,
    ]
    names = " ".join(name for name, holds in (("best", best), ("new", changed)) if holds)
    return f'<tr class="{names}"><td>{"<td>".join(cells)}</tr>'


def _movement(places: int) -> str:
    """▲2, ▼1 or nothing: how many places up or down."""
    if not places:
        return '<span class="still">·</span>'
    return f'<span class="{"up" if places > 0 else "down"}">{"▲" if places > 0 else "▼"}{abs(places)}</span>'


def _line(line: float, top_grade: str) -> str:
    return f"{html.escape(top_grade)}线 {line:.2f}"


def summary(outcome: Outcome, top_grade: str) -> str:
    """Sentences: how many move, who enters and who leaves the top grade, where its line is and was."""
    said = [f"{outcome.moved} 个对象名次变动" if outcome.moved else "名次不变"]
    if outcome.gained:
        said.append(f"进入{top_grade}：{'、'.join(outcome.gained)}")
    if outcome.lost:
        said.append(f"退出{top_grade}：{'、'.join(outcome.lost)}")
    if not outcome.gained and not outcome.lost:
        said.append(f"{top_grade}名单不变" if top_grade else "等次不变")
    if not math.isnan(outcome.line):
        was = "" if math.isnan(outcome.line_today) else f"（现为 {outcome.line_today:.2f}）"
        said.append(f"{top_grade}线 {outcome.line:.2f}{was}")
    return f'<p class="kaohe-said">{html.escape("；".join(said))}。</p>'
