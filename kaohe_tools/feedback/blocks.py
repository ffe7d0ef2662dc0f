"""The items of a section as tables, lists and paragraphs, for pages and Word files alike."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from kaohe_tools.explain.model import LEAF, PART, PROJECT, Contribution, Heading, Item, Reason, Statement

TABLE, LIST, TEXT = "table", "list", "text"
Block = tuple[str, str, object]  # kind; caption or text; a DataFrame of texts, or lines


def blocks(items: Iterable[Item]) -> list[Block]:
    """Contributions by part as tables (项目, 指标, 分值, 得分, 计入, 怎么计, 出处), reasons and lists."""
    made: list[Block] = []
    part = leaf = project = ""
    for item in items:
        if isinstance(item, Heading):
            if item.level == PART:
                part, leaf, project = item.text, "", ""
                made.append((TEXT, "", None))  # nothing is added to the table of the part before
            elif item.level == LEAF:
                leaf, project = item.text.split("，满分")[0], ""
            elif item.level == PROJECT:
                project = item.text
            else:
                made.append((TEXT, f"{part}：{item.text}", None))
        elif isinstance(item, Contribution):
            _add(made, TABLE, part, _contribution(item, leaf, project))
        elif isinstance(item, Reason):
            row = {"序号": str(item.number), "步骤": item.step, "说明": item.text, "条款": item.article or "—"}
            _add(made, TABLE, "步骤与理由", row)
        else:
            _add(made, LIST, "", _statement(item))
    frames = [(kind, head, pd.DataFrame(body) if kind == TABLE else body) for kind, head, body in made]
    return [block for block in frames if block[0] != TEXT or block[1]]


def _add(made: list[Block], kind: str, head: str, entry: object) -> None:
    """Add an entry to the last block if it is of that kind, else to a new one."""
    if not made or made[-1][0] != kind:
        made.append((kind, head, []))
    made[-1][2].append(entry)


def _contribution(item: Contribution, leaf: str, project: str) -> dict[str, str]:
    return {
        "项目": "·".join(filter(None, [leaf, project])) or "—",
        "指标": item.indicator,
        "分值": item.points or "—",
        "得分": item.score,
        "计入": item.value,
        "怎么计": "；".join(filter(None, [item.rule, f"条款：{item.article}" if item.article else ""])),
        "出处": item.source or "—",
    }


def _statement(item: Statement) -> str:
    told = "，".join(filter(None, (item.more, f"条款：{item.article}" if item.article else "")))
    return f"{item.text}（{told}）" if told else item.text
