"""Tables and texts that a notebook shows: escaped HTML and Markdown, the same bytes for the same content."""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import pandas as pd

from kaohe_tools.style import SIMULATED

_MARKS = re.compile(r"([\\`*_{}\[\]<>()#+!|~$-])")
SHORT = 14  # characters; columns of texts no longer than this are not broken into lines
_LAYOUT = [  # for JupyterLab; pages have a style sheet of their own for table.kaohe
    {"selector": "td, th", "props": "text-align: left; vertical-align: top"},
    {"selector": "td.number", "props": "text-align: right; white-space: nowrap"},
    {"selector": "td.short", "props": "white-space: nowrap"},
    {"selector": "td.name", "props": "min-width: 9em"},
    {"selector": "td.wide", "props": "min-width: 18em; white-space: pre-line"},
    {"selector": "td.pending", "props": "color: #8a3200; font-weight: 700"},
    {"selector": "td.top", "props": "color: #a83a0c; font-weight: 700"},
    {"selector": "caption", "props": "text-align: left; caption-side: top; font-weight: 700"},
]


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
    shown = frame.reset_index(drop=True)
    marks = pd.DataFrame("", index=shown.index, columns=shown.columns)
    for column in shown:
        longest = shown[column].astype(str).str.len().max()
        kind = "short" if pd.isna(longest) or longest <= SHORT else "name"
        marks[column] = "number" if column in numbers else "wide" if column in wide else kind
    for column, values in (classes or {}).items():
        marks[column] = (marks[column] + " " + values.reset_index(drop=True)).str.strip()
    right = [shown.columns.get_loc(column) for column in numbers if column in shown]
    heads = [{"selector": f"th.col{position}", "props": "text-align: right"} for position in right]
    title = caption + (f"（{SIMULATED}）" if simulated else "")
    styler = (
        shown.style.hide(axis="index")
        .set_uuid(key)
        .set_table_attributes('class="kaohe"')
        .set_caption(html.escape(title))
        .format(escape="html", na_rep="—", formatter=_show)
        .format_index(escape="html", axis=1)
        .set_table_styles(_LAYOUT + heads)
        .set_td_classes(marks)
    )
    return Table(styler.to_html(), f"{title}，{len(shown)} 行")


def _show(value: object) -> str:
    """A cell as it is read: numbers with two decimals (texts arrive escaped)."""
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def whole(values: pd.Series) -> pd.Series:
    """Counts as text, a dash where there is none."""
    return values.map(lambda value: "—" if pd.isna(value) else f"{value:.0f}")
