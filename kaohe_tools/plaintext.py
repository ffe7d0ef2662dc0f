"""Chinese text for a terminal or a printed page: wide characters count two columns, lines break where one may."""

from __future__ import annotations

import unicodedata

WIDTH = 100
_NOT_FIRST = set("，。；：、！？）》”’】%％!,.;:)]}")
_NOT_LAST = set("（《“‘【([{+-")


def columns(text: str) -> int:
    """How many columns a text takes.

    >>> columns("甲局A1"), columns("“甲”")
    (6, 6)
    """
    return sum(2 if unicodedata.east_asian_width(sign) in "WFA" else 1 for sign in text)


def wrap(text: str, indent: str = "", hanging: str | None = None, width: int = WIDTH) -> list[str]:
    """Break a text into lines of at most `width` columns, but never within a word or figure, however long it is.

    Nothing is lost but the blanks at a break.

    >>> wrap("得分 12.50，排第 3", width=12)
    ['得分 12.50，', '排第 3']
    """
    hanging = indent if hanging is None else hanging
    lines, line, used = [], indent, columns(indent)
    for piece in _pieces(text):
        size = columns(piece.rstrip())
        if used + size > width and line.strip():
            lines.append(line.rstrip())
            line, used, piece = hanging, columns(hanging), piece.lstrip()
        line += piece
        used += columns(piece)
    return [*lines, line.rstrip()] if line.strip() else lines


def _pieces(text: str) -> list[str]:
    """What stays together: a word or figure, or one Chinese character, with the punctuation that clings to it."""
    pieces: list[str] = []
    for sign in text:
        last = pieces[-1][-1] if pieces else ""
        narrow = sign.isascii() and not sign.isspace() and last.isascii() and not last.isspace()
        if pieces and (narrow or sign in _NOT_FIRST or last in _NOT_LAST or sign.isspace()):
            pieces[-1] += sign
        else:
            pieces.append(sign)
    return pieces
