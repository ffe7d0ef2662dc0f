"""Numbers as offices write them, and arithmetic that agrees with pencil and paper.

Published figures have two decimals, rounded half up in decimal; ranks are competition ranks of published figures.
Everything is vectorised: binary sums are snapped to 1e-9 before rounding, so that 46.345 made of floats is 46.35.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from functools import lru_cache

import numpy as np
import numpy.typing as npt

SNAP = 9  # decimals that survive a sum of floats; exact decimal inputs never differ beyond them
PUBLISHED = 2

_MOST = float(np.finfo(float).max)  # YAML knows whole numbers beyond it
LARGEST, SMALLEST = 1e12, 1e-9  # a figure beyond them is a slip of the hand, and arithmetic would not be exact

_PLAIN = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+|[1-9](\.[0-9]+)?[eE][+-][0-9]{2,})")  # 1.5e-05: by a machine
_SUM = re.compile(r"[0-9]+(\.[0-9]+)?(\+[0-9]+(\.[0-9]+)?)+")
_FULL_WIDTH = str.maketrans("０１２３４５６７８９．＋－％", "0123456789.+-%")
_INVISIBLE = dict.fromkeys([0xAD, 0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0x2060, 0xFEFF, *range(0x202A, 0x202F)])


def tidy(text: object) -> str:
    """Unicode NFKC without any white space or invisible characters: the form in which names are compared.

    >>> tidy("人　事 处"), tidy("（１．５）"), tidy(None)
    ('人事处', '(1.5)', '')
    """
    if text is None:
        return ""
    return _tidy(text if type(text) is str else str(text))


@lru_cache(maxsize=1 << 16)  # a name stands in a sheet a hundred times
def _tidy(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).translate(_INVISIBLE).split())


def parse_number(text: object) -> tuple[float, bool] | None:
    """A cell as (number, was it a written-out sum); None where it is no number.

    Full-width digits, points and signs are read, and what machines write for small and large figures (1.5e-05); `3+2`
    is read as 5 and reported as a sum. Nothing else that looks like a number to a computer is one: no other exponents,
    no other scripts' digits, no blanks between digits, no booleans.

    >>> parse_number("１．５"), parse_number("3+2"), parse_number(" 18 "), parse_number("1²"), parse_number("1e1")
    ((1.5, False), (5.0, True), (18.0, False), None, None)
    """
    if isinstance(text, bool) or text is None:
        return None
    if isinstance(text, (int, float)):
        return (float(text), False) if -_MOST <= text <= _MOST else None
    plain = str(text).strip().translate(_FULL_WIDTH)
    if _PLAIN.fullmatch(plain):
        return float(plain), False
    if _SUM.fullmatch(plain):
        return sum(float(term) for term in plain.split("+")), True
    return None


def in_bounds(value: float) -> bool:
    """Is a figure one that an assessment may hold: zero, or of a size that arithmetic keeps exact?"""
    return value == 0 or SMALLEST <= abs(value) <= LARGEST


def parse_share(text: object) -> float | None:
    """A share written 0.4, 40%, 40％ or 8‰ as a fraction; None where it is no number.

    >>> parse_share("40％"), parse_share(0.4), parse_share("8‰"), parse_share("四成")
    (0.4, 0.4, 0.008, None)
    """
    plain = text.strip().translate(_FULL_WIDTH) if isinstance(text, str) else text
    whole = {"%": 100, "‰": 1000}.get(plain[-1:], 0) if isinstance(plain, str) else 0
    number = parse_number(plain[:-1] if whole else plain)
    if number is None:
        return None
    return round(number[0] / whole, 12) if whole else number[0]


def snap(values: npt.ArrayLike) -> np.ndarray:
    """Drop binary noise: the nearest multiple of 1e-9."""
    return np.round(np.asarray(values, dtype=float), SNAP)


def hundredths(values: npt.ArrayLike) -> np.ndarray:
    """Published figures as whole hundredths (int64), rounded half away from zero in decimal; NaN is refused.

    >>> hundredths([92.345, 46.345, -0.005, 2.675]).tolist()
    [9235, 4635, -1, 268]
    """
    scaled = np.round(np.asarray(values, dtype=float) * 10**PUBLISHED, SNAP - PUBLISHED)
    if not np.isfinite(scaled).all():
        raise ValueError("a figure to publish is not a number")
    return (np.sign(scaled) * np.floor(np.abs(scaled) + 0.5)).astype(np.int64)


def publish(values: npt.ArrayLike) -> np.ndarray:
    """Figures rounded to two decimals, half away from zero in decimal; NaN stays NaN.

    >>> publish([0.1 + 0.2 + 46.045, 1 / 3]).tolist()
    [46.35, 0.33]
    """
    array = np.asarray(values, dtype=float)
    known = np.isfinite(array)
    return np.where(known, hundredths(np.where(known, array, 0.0)) / 10**PUBLISHED, np.nan)


def show(value: float, decimals: int = PUBLISHED) -> str:
    """A figure as printed, half up: two decimals unless told.

    >>> show(0.125), show(-0.001), show(3)
    ('0.13', '0.00', '3.00')
    """
    if not np.isfinite(value):
        return ""
    scaled = round(abs(value) * 10**decimals, SNAP - PUBLISHED)
    whole = int(np.floor(scaled + 0.5))
    text = f"{whole // 10**decimals}.{whole % 10**decimals:0{decimals}d}" if decimals else str(whole)
    return f"-{text}" if value < 0 and whole else text


def show_short(value: float) -> str:
    """A figure without needless zeros, at most four decimals.

    >>> show_short(16.0), show_short(1.5), show_short(2 / 3)
    ('16', '1.5', '0.6667')
    """
    text = show(value, 4)
    return text.rstrip("0").rstrip(".") if "." in text else text


def texts(values: Iterable[float], how: Callable[[float], str] = show_short) -> list[str]:
    """Many figures in words, each distinct one worded once.

    >>> texts([0.5, 1.0, 0.5])
    ['0.5', '1', '0.5']
    """
    listed = np.asarray(values, dtype=float)
    distinct, where = np.unique(listed, return_inverse=True)
    words = np.array([how(value) for value in distinct.tolist()], dtype=object)
    return words[where].tolist() if len(words) else []


def floor_share(share: float, count: int, rounding: str = "floor") -> int:
    """A share of a count as whole places: `floor`, `half_up` or `ceil`; exact where the product is whole.

    >>> floor_share(0.3, 24), floor_share(0.3, 10), floor_share(0.3, 5, "half_up"), floor_share(0.3, 4, "ceil")
    (7, 3, 2, 2)
    """
    product = round(share * count, SNAP)
    steps = {"floor": np.floor(product), "half_up": np.floor(product + 0.5), "ceil": np.ceil(product)}
    return int(steps[rounding])


def reaches(value: npt.ArrayLike, bar: float) -> np.ndarray:
    """Is a figure at or above a bar, binary noise aside: 18 of 20 reaches 90%."""
    return snap(np.asarray(value, dtype=float) - bar) >= 0


def exceeds(value: npt.ArrayLike, bar: float) -> np.ndarray:
    """Is a figure above a bar, binary noise aside."""
    return snap(np.asarray(value, dtype=float) - bar) > 0
