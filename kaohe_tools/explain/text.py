"""A derivation as plain Chinese text, no wider than a page."""

from __future__ import annotations

from collections.abc import Iterable

from kaohe_tools.explain.model import (
    LEAF,
    PART,
    PROJECT,
    Contribution,
    Derivation,
    Heading,
    Item,
    Reason,
    StageDerivation,
    Statement,
)
from kaohe_tools.plaintext import WIDTH, columns, wrap

NUMERALS = "一二三四五六七八九十"
_MARKS = {PART: ("◆ ", "  ", "    "), LEAF: ("■ ", "    ", "    "), PROJECT: ("考核项目：", "    ", "      ")}
_DEEP = " " * 9


def as_text(derivation: Derivation) -> str:
    """The derivation as lines, the last one ended."""
    lines = [*wrap(derivation.title), "=" * WIDTH]
    for name, value in derivation.facts:
        lines += wrap(f"{name}：{value}", hanging="  ")
    for stage in derivation.stages:
        lines += ["", *_stage(stage)]
    return "\n".join(lines) + "\n"


def _stage(stage: StageDerivation) -> list[str]:
    lines = [*wrap(f"【{stage.stage}】{stage.heading}"), "-" * WIDTH, *wrap(f"结果：{stage.outcome}", hanging="  "), ""]
    for numeral, section in zip(NUMERALS, stage.sections, strict=False):
        lines += [f"{numeral}、{section.title}", *_items(section.items), ""]
    return lines[:-1]


def _items(items: Iterable[Item]) -> list[str]:
    return [line for item in items for line in _item(item)]


def _item(item: Item) -> list[str]:
    if isinstance(item, Heading):
        mark, indent, hanging = _MARKS.get(item.level, ("", "    ", "    "))
        return wrap(f"{mark}{item.text}", indent, hanging)
    if isinstance(item, Contribution):
        return _contribution(item)
    article = f"（条款：{item.article}）" if item.article else ""
    if isinstance(item, Reason):
        return wrap(f"{item.number}. {item.step}：{item.text}{article}", "  ", "     ")
    return _statement(item)


def _statement(item: Statement) -> list[str]:
    told = "，".join(filter(None, (item.more, f"条款：{item.article}" if item.article else "")))
    text = f"{item.text}（{told}）" if told else item.text
    return wrap(text, "    ", "      ") if item.deep else wrap(text, "  ", "    ")


def _contribution(item: Contribution) -> list[str]:
    full = f"分值 {item.points}，" if item.points else ""
    text = f"{item.number}. {item.indicator}：{full}得分 {item.score}，计入 {item.value}"
    lines = wrap(text, " " * 6, _DEEP)
    how = "；".join(filter(None, [item.rule, f"条款：{item.article}"]))
    whence = f"出处：{item.source}" if item.source else ""
    together = f"{how}；{whence}" if whence else how
    if columns(together) + len(_DEEP) <= WIDTH:
        return lines + wrap(together, _DEEP)
    return lines + wrap(how, _DEEP) + wrap(whence, _DEEP)
