"""Score rows into their slots, batch by batch. That something is wrong is seen in passing; what, in a second look.

So rows without a flaw, the usual case, are never looked at one by one.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pyarrow as pa

from kaohe_tools.bulk.board import NOWHERE, Board
from kaohe_tools.bulk.codes import Figures, Names, codes_of
from kaohe_tools.bulk.sources import Source
from kaohe_tools.exact import SMALLEST, tidy

NEEDLESS = ("code", "component", "time", "rater", "done", "target")  # what only the ordinary way can use
_STEP = 1 << 15  # rows worked on together: their numbers stay in the cache
_ANY = -2  # a row that names no category
_NONE = np.zeros(0, dtype=bool)
_AHEAD = 2  # batches read while others are worked on


@dataclass(frozen=True)
class Filled:
    """Scores in points of their items, by slot (NaN: none), and how many rows there were.

    `flawed`: something has to be told; what, is for `flaws.tell`.
    """

    scores: np.ndarray
    rows: int
    flawed: bool


@dataclass(frozen=True)
class Batch:
    """Rows as codes of distinct subjects and indicators, and by code what these are.

    number: of the subject (the count of subjects where it is unknown); key, start: where its items are looked up and
    its slots begin; indicator: number of the name. score as given, full NaN where none is.
    """

    codes: np.ndarray
    number: np.ndarray
    key: np.ndarray
    start: np.ndarray
    which: np.ndarray
    indicator: np.ndarray
    score: np.ndarray
    full: np.ndarray | None
    strange: bool

    def items(self, board: Board, rows: slice = slice(None)) -> np.ndarray:
        """By row, the position of its item among its subject's; NOWHERE, UNSCORED."""
        keys = self.key.take(self.codes[rows])
        keys += self.indicator.take(self.which[rows])
        return board.find(keys)

    def subjects(self) -> np.ndarray:
        """By row, the number of its subject."""
        return self.number.take(self.codes)


class Reader:
    """Turns batches into numbers; knows every name it has seen."""

    def __init__(self, board: Board) -> None:
        self.board = board
        self._subjects: dict[str, Names] = {}
        self.indicators = Names(board.indicators, len(board.indicators))
        self.figures, self.fulls = Figures(), Figures()
        self._key = np.append(board.shape, len(board.first) - 1).astype(np.int64) * board.width
        self._points = board.items["points"].to_numpy()
        self.first = np.append(board.first[:-1][board.shape], 0)  # of each subject's items
        self._categories = Names(board.categories, NOWHERE)
        self._category_of = np.append(board.category, NOWHERE)

    def read(self, batch: pa.RecordBatch, source: Source) -> Batch:
        """One batch; `strange` where a column says what cannot be used here, or contradicts the roster."""
        columns = dict(zip(batch.schema.names, batch.columns, strict=True))
        codes, distinct = self._named("").coded(columns["subject"])
        codes, number = self._numbers(columns.get("stage"), codes, distinct)
        which, words = self.indicators.coded(columns["indicator"])
        score = self.figures.of(columns["score"]) if "score" in columns else np.full(len(codes), np.nan)
        given = "full" in columns and columns["full"].null_count < len(codes)
        full = self.fulls.of(columns["full"]) if given else None
        key, start = self._key[number], self.board.start[number]
        read = Batch(codes, number, key, start, which, self.indicators.numbers(words), score, full, False)
        strange = any(not blank(columns[name]) for name in NEEDLESS if name in columns)
        strange = strange or self.elsewhere(columns, source, read).any() or self.other_project(columns, read).any()
        return replace(read, strange=bool(strange))

    def _numbers(self, stages: pa.Array | None, codes: np.ndarray, distinct: pa.Array) -> tuple[np.ndarray, np.ndarray]:
        """Codes of subjects, and by code their numbers; where rows name a stage, the codes are of both together."""
        if stages is None or stages.null_count == len(codes):
            return codes, self._named("").numbers(distinct)
        which, named = codes_of(stages)
        known = [self._named(tidy(stage)) for stage in [*named.to_pylist(), ""]]
        return which * np.int64(len(distinct) + 1) + codes, np.concatenate([one.numbers(distinct) for one in known])

    def _named(self, stage: str) -> Names:
        """The subjects of a stage by name; none where there is no such stage."""
        if stage not in self._subjects:
            self._subjects[stage] = Names(self.board.subjects.get(stage, {}), len(self.board.shape))
        return self._subjects[stage]

    def points_of(self, subjects: np.ndarray, item: np.ndarray) -> np.ndarray:
        """By row, the points of its item; of some other where there is no item."""
        return self._points[self.first[subjects] + np.maximum(item, 0)]

    def elsewhere(self, columns: dict[str, pa.Array], source: Source, read: Batch) -> np.ndarray:
        """Rows whose 类别 (a column, or the folder) is not the subject's in the roster; empty where none is given."""
        known = read.number < len(self.board.shape)
        if "category" in source.fixed:
            given = self._categories.numbers(pa.array([source.fixed["category"]]))[0]
            wrong = known & (self._category_of[read.number] != given)
            return wrong.take(read.codes) if wrong.any() else _NONE
        if "category" not in columns:
            return _NONE
        codes, distinct = codes_of(columns["category"])
        given, blanks = self._categories.numbers(distinct), _blank(distinct)
        own = np.where(known, self._category_of[read.number], NOWHERE)
        given = np.where(blanks, _ANY, given)

        def wrong(rows: slice) -> np.ndarray:
            told, here = own.take(read.codes[rows]), given.take(codes[rows])
            return (told != here) & (told != NOWHERE) & (here != _ANY)

        steps = (slice(first, first + _STEP) for first in range(0, len(codes), _STEP))
        return wrong(slice(None)) if any(wrong(rows).any() for rows in steps) else _NONE

    def other_project(self, columns: dict[str, pa.Array], read: Batch) -> np.ndarray:
        """Rows whose 考核项目 is not the indicator's; empty where none is given."""
        if "project" not in columns or columns["project"].null_count == len(read.codes):
            return _NONE
        codes, distinct = codes_of(columns["project"])
        item, (projects, number) = read.items(self.board), self._projects
        own = number[self.first[read.subjects()] + np.maximum(item, 0)]
        return (item >= 0) & ~_blank(distinct).take(codes) & (projects.numbers(distinct).take(codes) != own)

    @cached_property
    def _projects(self) -> tuple[Names, np.ndarray]:
        """The names of 考核项目, and by item the number of its own."""
        texts = self.board.items["project"].tolist()
        names = Names({name: i for i, name in enumerate(dict.fromkeys(map(tidy, texts)))}, NOWHERE)
        return names, names.numbers(pa.array(texts, pa.string()))[:-1]


def _blank(distinct: pa.Array) -> np.ndarray:
    """Which texts are blank; at the end that of no text."""
    return np.append([not tidy(text) for text in distinct.to_pylist()], True).astype(bool)


def blank(column: pa.Array) -> bool:
    """Is there nothing in a column but blanks?"""
    if column.null_count == len(column):
        return True
    codes, distinct = codes_of(column)
    used = np.unique(codes)
    words = [*distinct.to_pylist(), ""]
    return not any(tidy(words[code]) for code in used)


def fill(board: Board, sources: Iterable[Source]) -> Filled:
    """All rows of all sources into the slots of a board. Where a slot is spoken of twice either row may be kept:
    that is a flaw, to be told.
    """
    reader = Reader(board)
    scores = np.full(board.slots, np.nan)
    rows = kept = 0
    flawed = False
    for source, batch in _ahead(sources):
        read = reader.read(batch, source)
        flawed |= read.strange
        for first in range(0, batch.num_rows, _STEP):
            kept += _put(reader, read, slice(first, first + _STEP), scores)
        rows += batch.num_rows
    there = np.count_nonzero(scores == scores)
    flawed |= reader.figures.odd or reader.fulls.odd or not rows == kept == there
    return Filled(scores, rows, bool(flawed or _lacking(board, scores) or _out_of_range(board, scores)))


def _put(reader: Reader, read: Batch, rows: slice, scores: np.ndarray) -> int:
    """Some rows into their slots; how many of them are fit to be there. The rows are few enough for the cache."""
    item = read.items(reader.board, rows)
    slot = read.start.take(read.codes[rows])
    slot += item
    worth, fit = read.score[rows], len(item)
    if read.full is not None:
        worth, wrong = _in_points(reader, read, rows, item)
        fit -= int(np.count_nonzero(wrong))
    if item.min() < 0:
        there = item >= 0
        fit -= int(np.count_nonzero(~there))
        slot, worth = slot[there], worth[there]
    scores[slot] = worth
    return fit


def _in_points(reader: Reader, read: Batch, rows: slice, item: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """得分 converted from 满分 to points, and which of them cannot be."""
    score, full = read.score[rows], read.full[rows]
    points = reader.points_of(read.number.take(read.codes[rows]), item)
    with np.errstate(invalid="ignore", divide="ignore"):
        worth = np.where(np.isnan(full) | (full == points), score, score * points / full)
        return worth, (full <= 0) | (score > full)


def _ahead(sources: Iterable[Source]) -> Iterator[tuple[Source, pa.RecordBatch]]:
    """Batches of all sources, read by a thread of their own while others are worked on."""
    waiting: queue.Queue = queue.Queue(_AHEAD)
    stop = threading.Event()

    def put(what: object) -> None:
        while not stop.is_set():
            try:
                return waiting.put(what, timeout=0.1)
            except queue.Full:
                continue

    def read() -> None:
        try:
            for source in sources:
                for batch in source.batches():
                    if stop.is_set():
                        return
                    put((source, batch))
            put(None)
        except BaseException as error:  # told to whoever waits
            put(error)

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    try:
        while (what := waiting.get()) is not None:
            if isinstance(what, BaseException):
                raise what
            yield what
    finally:
        stop.set()
        thread.join()


def _lacking(board: Board, scores: np.ndarray) -> bool:
    """Has some indicator no score? (Parts may be scored elsewhere.)"""
    needed = (board.items["source"] == "indicators").to_numpy()
    if not np.isnan(scores.sum()):
        return False
    return any(
        np.isnan(board.block(scores, run)[:, needed[board.first[run[2]] : board.first[run[2] + 1]]]).any()
        for run in board.runs()
    )


def _out_of_range(board: Board, scores: np.ndarray) -> bool:
    """Is some score negative, too small to be one, or above its points? Looked at closely only where it may be."""
    points = board.items["points"].to_numpy()
    for run in board.runs():
        block, own = board.block(scores, run), points[board.first[run[2]] : board.first[run[2] + 1]]
        highest, lowest = block.max(axis=0), block.min(axis=0)  # NaN wherever there is one
        if (highest <= own).all() and (lowest >= SMALLEST).all():
            continue
        if ((block > own) | ((block < SMALLEST) & (block != 0))).any():
            return True
    return False


def spelled(column: pa.Array, rows: Sequence[int]) -> list[str]:
    """The cells of some rows as texts, "" where blank."""
    picked = column.take(pa.array(rows, pa.int64()))
    return ["" if value is None else str(value) for value in picked.to_pylist()]
