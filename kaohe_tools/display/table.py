"""Tables and texts that a notebook shows: escaped HTML and Markdown, the same bytes for the same content."""

from __future__ import annotations

import html
import math
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import pandas as pd

from kaohe_tools.style import SIMULATED

_MARKS = re.compile(r"([\\`*_{}\[\]<>()#+!|~$-])")
SHORT = 10  # characters; columns of texts no longer than this are not broken into lines
# Written into every cell: JupyterLab takes style sheets out of a notebook that it does not trust yet, and sets all
# cells to the right. Pages have a style sheet of their own for table.kaohe.
LONG = 5  # characters; a longer head of a column of numbers is broken
_STYLES = {
    "number": "text-align: right; white-space: nowrap",
    "long": "white-space: normal; min-width: 4.5em",
    "short": "text-align: left; white-space: nowrap",
    "name": "text-align: left; min-width: 9em",
    "wide": "text-align: left; white-space: pre-line",
    "pending": "color: #8a3200; font-weight: bold",
    "top": "color: #a83a0c; font-weight: bold",
}


@dataclass(frozen=True)
class Table:
    """A finished HTML table; a notebook shows it, and names it in plain text by its caption."""

    html: str
    name: str

    def _repr_html_(self) -> str:
        return self.html

    def __repr__(self) -> str:
        return f"表：{self.name}"


@dataclass(frozen=True)
class Text:
    """A short Markdown text; names in it have gone through `plain`."""

    markdown: str

    def _repr_markdown_(self) -> str:
        return self.markdown

    def __repr__(self) -> str:
        return self.markdown


def opening(title: str, case: str, simulated: bool, lead: str) -> Text:
    """The title of a notebook and its first paragraph, in Markdown.

    What the frame of a page says anyway (the case, 演示数据) is for JupyterLab: pages leave out the class `alone`.
    """
    lines = [f"# {plain(title)}", f'<p class="alone">{html.escape(case)}</p>']
    if simulated:
        told = f"<strong>{SIMULATED}</strong>：数据为模拟生成，不代表任何单位的真实考核结果。"
        lines.append(f'<p class="alone">{told}</p>')
    return Text("\n\n".join([*lines, lead]))


NOTHING = Text("")  # what a cell shows where a section has no place in a case


def section(title: str, text: str = "", there: bool = True) -> Text:
    """A heading with what is said below it, for a section that only some cases have; NOTHING where not `there`.

    `text` is Markdown: names in it have gone through `plain`.
    """
    return Text(f"## {title}\n\n{text}") if there else NOTHING


def plain(text: object) -> str:
    r"""A name or message made safe for Markdown.

    >>> plain("a*b <i>_")
    'a\\*b &lt;i&gt;\\_'
    """
    escaped = _MARKS.sub(r"\\\1", str(text).replace("&", "\0"))
    return escaped.replace("\\<", "&lt;").replace("\\>", "&gt;").replace("\0", "&amp;").replace("\n", " ")


def table(
    frame: pd.DataFrame,
    key: str,
    caption: str,
    *,
    numbers: Collection[str] = (),
    wide: Collection[str] = (),
    classes: Mapping[str, pd.Series] | None = None,
    simulated: bool = False,
) -> Table:
    """Make an HTML table of class `kaohe` from a frame of texts and numbers.

    `key` is its id within a page (ASCII), `numbers` are columns set to the right, `wide` those that hold sentences,
    `classes` gives single cells a class, by column.
    """
    kinds = {column: _kind(frame[column], column in numbers, column in wide) for column in frame}
    marks = {column: list(values) for column, values in (classes or {}).items()}
    title = caption + (f"（{SIMULATED}）" if simulated else "")
    long = {column: " long" if kinds[column] == "number" and len(str(column)) > LONG else "" for column in frame}
    heads = "".join(_cell("th", kinds[column] + long[column], column, ' scope="col"') for column in frame)
    lines = []
    for position, row in enumerate(frame.to_dict("records")):
        extra = {column: values[position] for column, values in marks.items()}
        cells = [_cell("td", f"{kinds[name]} {extra.get(name, '')}".strip(), value) for name, value in row.items()]
        lines.append(f"<tr>{''.join(cells)}</tr>")
    body = "\n".join(lines)
    top = f'<caption style="text-align: left">{html.escape(title)}</caption>'
    parts = [
        f'<table id="{key}" class="kaohe">{top}',
        f"<thead><tr>{heads}</tr></thead>",
        f"<tbody>{body}</tbody></table>",
    ]
    return Table("\n".join(parts), f"{title}，{len(frame)} 行")


def _kind(values: pd.Series, number: bool, wide: bool) -> str:
    """How a column is set: numbers to the right, sentences wide, short texts unbroken."""
    if number or wide:
        return "number" if number else "wide"
    longest = max((len(str(value)) for value in values), default=0)
    return "short" if longest <= SHORT else "name"


def _cell(tag: str, kinds: str, value: object, more: str = "") -> str:
    """One cell, its content escaped; numbers have two decimals, what is missing is a dash."""
    missing = value is None or (isinstance(value, float) and math.isnan(value))
    text = "—" if missing else f"{value:.2f}" if isinstance(value, float) else html.escape(str(value))
    look = "; ".join(_STYLES[kind] for kind in kinds.split())
    return f'<{tag}{more} class="{kinds}" style="{look}">{text}</{tag}>'


def whole(values: pd.Series) -> pd.Series:
    """Counts as text, a dash where there is none."""
    return values.map(lambda value: "—" if pd.isna(value) else f"{value:.0f}")
