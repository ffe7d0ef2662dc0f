"""The second look at score rows: what is wrong, at which cell."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice

import numpy as np
import pyarrow as pa

from kaohe_tools.bulk.board import UNSCORED, Board, item_place
from kaohe_tools.bulk.codes import codes_of, sound, tidied
from kaohe_tools.bulk.filling import NEEDLESS, Batch, Reader, blank, spelled
from kaohe_tools.bulk.listed import Listed, Say
from kaohe_tools.bulk.sources import SCORES, Source
from kaohe_tools.bulk.spoken import Spoken
from kaohe_tools.cells import as_text
from kaohe_tools.columns import is_total_label
from kaohe_tools.directory import suggest
from kaohe_tools.exact import exceeds, parse_number, show_short, tidy
from kaohe_tools.grid.limits import RefusedError
from kaohe_tools.problems import Place, Problems

_NEAR = 2_000  # names that are compared letter by letter with one that is unknown


def tell(board: Board, sources: Iterable[Source], missing: str, problems: Problems) -> None:
    """All that is wrong with the rows of some sources, and what is missing; `missing` as in case.yaml."""
    look = _Look(board, missing, problems)
    for source in sources:
        look.take(source)
    look.lacking()
    look.listed.end()


@dataclass(frozen=True)
class _Rows:
    """A batch row by row: number of the subject, position of the item, slot, score and 满分."""

    batch: Batch
    subject: np.ndarray
    item: np.ndarray
    slot: np.ndarray
    score: np.ndarray
    full: np.ndarray | None

    @classmethod
    def of(cls, batch: Batch, board: Board) -> _Rows:
        item = batch.items(board)
        return cls(batch, batch.subjects(), item, batch.start.take(batch.codes) + item, batch.score, batch.full)


class _Look:
    """Goes through all rows again."""

    def __init__(self, board: Board, missing: str, problems: Problems) -> None:
        self.board, self.missing, self.problems = board, missing, problems
        self.reader = Reader(board)
        self.spoken = Spoken(board.slots)
        self.fit = board.items["fit"].to_numpy()
        self.partly = False  # some rows are nobody's: only 编号 says whose they are, or the file breaks off before them
        self.names = list(board.subjects[""])
        self.listed = Listed(problems)

    def take(self, source: Source) -> None:
        """All rows of a source."""
        self.passed = {"空行": 0, "合计行": 0, "没有分值的指标": 0}
        offset = 0
        try:
            for batch in source.batches():
                self.source, self.offset = source, offset
                self.columns, self.height = dict(zip(batch.schema.names, batch.columns, strict=True)), batch.num_rows
                self.rows(_Rows.of(self.reader.read(batch, source), self.board))
                offset += batch.num_rows
        except RefusedError as refused:  # it breaks off here; what is wrong up to here is told
            self.problems.error(Place(source.file), refused.message, refused.advice)
            self.partly = True
        self.listed.tell(source)
        told = "，".join(f"{name} {count} 行" for name, count in self.passed.items() if count)
        self.problems.note(Place(source.file), f"按“得分”读取 {offset} 行" + (f"；未计：{told}" if told else ""))

    def find(self, kind: str, mask: np.ndarray, field: str, say: Say, level: str = "error") -> None:
        """Flaws of a kind in a column of this batch."""
        self.listed.rows(kind, mask, self.offset, field, say, level)

    # --- rows

    def rows(self, read: _Rows) -> None:
        """Every check, a mask over the rows of a batch; who fails one is not put through those that follow from it."""
        data = self._data(read)
        coded = data & self._filled("code")
        live, lost = self._named(read, data, coded)
        live = self._placed(read, live)
        at = np.flatnonzero(live)
        live[at] = self.fit[self.board.first[self.board.shape[read.subject[at]]] + read.item[at]]
        self._needless(live | lost)
        self._figures(read, live)
        self._again(read, live)

    def _filled(self, field: str) -> np.ndarray:
        """Rows whose cell of a column is not blank."""
        if field not in self.columns or blank(self.columns[field]):
            return np.zeros(self.height, dtype=bool)
        codes, words = tidied(self.columns[field])
        return np.array([bool(word) for word in words])[codes]

    def _needless(self, live: np.ndarray) -> None:
        """Columns that only the ordinary way can use, each once a file."""
        for field in NEEDLESS:
            header = SCORES.column(field).header
            kind = f"{self.source.file}的{header}"
            filled = live & self._filled(field)
            if self.listed.counts.get(kind) or not filled.any():
                continue
            said = f"大表方式一个指标只看一行得分，“{header}”列用不上，却有内容", "请留空，或不用大表方式考核"
            self.find(kind, filled & (np.cumsum(filled) == 1), field, lambda i, s=said: s)

    def _text(self, field: str, i: int) -> str:
        return tidy(spelled(self.columns[field], [i])[0])

    def _data(self, read: _Rows) -> np.ndarray:
        """Rows that are neither blank nor totals; the others are counted."""
        unknown = read.subject == len(self.board.shape)
        if not unknown.any():
            return np.ones(len(unknown), dtype=bool)
        codes, names = tidied(self.columns["subject"])
        total = unknown & np.array([is_total_label(name) for name in names])[codes]
        self.nameless = np.array([not name for name in names])[codes]
        others, words = tidied(self.columns["indicator"])
        empty = self.nameless & np.array([not word for word in words])[others] & np.isnan(read.score)
        self.passed["合计行"] += int(total.sum())
        self.passed["空行"] += int(empty.sum())
        return ~(total | empty)

    def _named(self, read: _Rows, live: np.ndarray, coded: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Rows of a known subject, and those of which only 编号 (`coded`) could say whose they are."""
        unknown = live & (read.subject == len(self.board.shape))
        if not unknown.any():
            return live, unknown
        if "stage" in self.columns:
            which, stages = tidied(self.columns["stage"])
            lost = unknown & np.array([stage not in self.board.subjects for stage in stages])[which]
            listed = list(self.board.directory.scheme.stages)
            self.find("没有环节", lost, "stage", lambda i: (
                f"没有环节“{stages[which[i]]}”", suggest(stages[which[i]], listed)))  # fmt: skip
            live, unknown = live & ~lost, unknown & ~lost
        codes, names = tidied(self.columns["subject"])
        twice = np.array([name in self.board.doubtful for name in names])[codes]
        unsure = unknown & coded & (twice | self.nameless)
        self.partly |= bool(unsure.any())
        live, unknown = live & ~unsure, unknown & ~unsure
        delete = "请填写考核对象，或删除本行"
        self.find("考核对象空白", unknown & self.nameless, "subject", lambda i: ("考核对象空白", delete))
        self.find("同名", unknown & twice, "subject", lambda i: (
            f"“{names[codes[i]]}”有几个同名对象，或在多个环节都有指标", "请在考核对象处填写编号"))  # fmt: skip
        self.find("名册里没有", unknown & ~self.nameless & ~twice, "subject", lambda i: (
            f"名册里没有“{names[codes[i]]}”", suggest(names[codes[i]], self._near(names[codes[i]]))))  # fmt: skip
        return live & ~unknown, unsure

    def _near(self, name: str) -> list[str]:
        """Names that may be meant: they begin or end like it."""
        near = (n for n in self.names if abs(len(n) - len(name)) < 3 and (n[:2] == name[:2] or n[-2:] == name[-2:]))
        return list(islice(near, _NEAR))

    def _subject(self, read: _Rows, i: int) -> str:
        return self.board.directory.subjects.at[int(read.subject[i]), "subject"]

    def _placed(self, read: _Rows, live: np.ndarray) -> np.ndarray:
        """Rows that name an item of their subject and contradict nothing."""
        table = self.board.directory.subjects
        wrong = self.reader.elsewhere(self.columns, self.source, read.batch)
        if len(wrong):
            self.find("类别不符", live & wrong, "category" if "category" in self.columns else "subject", lambda i: (
                f"类别与名册不符（“{self._subject(read, i)}”属于{table.at[int(read.subject[i]), 'category']}）",
                "请改正类别，或放到所属类别的文件夹"))  # fmt: skip
            live = live & ~wrong
            self.spoken.wrongly(read.slot[wrong & (read.item >= 0)])
        unscored = live & (read.item == UNSCORED)
        self.passed["没有分值的指标"] += int(unscored.sum())
        lost = live & (read.item < 0) & ~unscored
        self.find("没有指标", lost, "indicator", lambda i: self._unknown(read, i))
        other = self.reader.other_project(self.columns, read.batch)
        if len(other):
            self.find("考核项目不符", live & other, "project", lambda i: (
                f"“{self._subject(read, i)}”没有指标“{self._text('project', i)}·{self._text('indicator', i)}”",
                "请核对考核项目，或留空"))  # fmt: skip
            live = live & ~other
            self.spoken.wrongly(read.slot[other])
        return live & (read.item >= 0)

    def _unknown(self, read: _Rows, i: int) -> tuple[str, str]:
        name = self._text("indicator", i)
        if not name:
            return "指标空白", "请填写指标名称，或删除本行"
        own = self.board.own(int(self.board.shape[read.subject[i]]))["indicator"]
        return f"“{self._subject(read, i)}”没有指标或部分“{name}”", suggest(name, map(tidy, own))

    def _item(self, read: _Rows, i: int) -> int:
        return int(self.board.first[self.board.shape[read.subject[i]]] + read.item[i])

    def _indicator(self, read: _Rows, i: int) -> str:
        return self.board.items["indicator"].iat[self._item(read, i)]

    # --- figures

    def _figures(self, read: _Rows, live: np.ndarray) -> None:
        """Scores (and 满分) that are no numbers, out of range or blank."""
        bad = self._unread("score", "得分", live)
        full = np.full(len(live), np.nan) if read.full is None else read.full
        if read.full is not None:
            bad |= self._unread("full", "满分", live)
            none = live & ~bad & (full <= 0)
            self.find("满分", none, "full", lambda i: (
                f"满分 {full[i]:g} 不是正数", "请填写大于 0 的满分，或留空"))  # fmt: skip
            bad = bad | none
        points = np.full(len(live), np.nan)
        at = np.flatnonzero(live)
        shapes = self.board.shape[read.subject[at]]
        points[at] = self.board.items["points"].to_numpy()[self.board.first[shapes] + read.item[at]]
        limit = np.where(np.isnan(full), points, full)
        score = read.score
        with np.errstate(invalid="ignore"):
            minus, above = live & ~bad & (score < 0), live & ~bad & exceeds(score, limit)
        expected = lambda i: f"应在 0 到 {show_short(limit[i])} 之间"  # noqa: E731
        of = lambda i: f"（指标“{self._indicator(read, i)}”）"  # noqa: E731
        word = lambda i: "分值" if np.isnan(full[i]) else "满分"  # noqa: E731
        self.find("负数", minus, "score", lambda i: (f"得分 {show_short(score[i])} 是负数{of(i)}", expected(i)))
        self.find("高于分值", above, "score", lambda i: (
            f"得分 {show_short(score[i])} 高于{word(i)} {show_short(limit[i])}{of(i)}", expected(i)))  # fmt: skip
        self._blanks(read, live & ~bad & np.isnan(score) & ~self._filled("done"))

    def _unread(self, field: str, header: str, live: np.ndarray) -> np.ndarray:
        """Rows whose cell is no number that could stand there; sums are warned of."""
        column = self.columns.get(field)
        if column is None:
            return np.zeros(len(live), dtype=bool)
        if not (pa.types.is_string(column.type) or pa.types.is_dictionary(column.type)):
            values = self.reader.figures.of(column)
            huge = live & ~np.isnan(values) & ~sound(values)
            return self._huge(field, header, huge, lambda i: as_text(float(values[i])))
        codes, distinct = codes_of(column)
        words = [*distinct.to_pylist(), ""]
        read = [parse_number(word) if word.strip() else (0.0, False) for word in words]
        none = live & np.array([number is None for number in read])[codes]
        self.find(f"{header}不是数字", none, field, lambda i: (
            f"{header}“{words[codes[i]][:40]}”不是数字", "请填写数字"))  # fmt: skip
        sums = live & np.array([number is not None and number[1] for number in read])[codes]
        self.find("算式", sums, field, lambda i: (
            f"{header}“{words[codes[i]]}”按 {read[codes[i]][0]:g} 读取", "请改写为一个数"), "warning")  # fmt: skip
        huge = live & np.array([number is not None and not sound(number[0]) for number in read])[codes]
        return none | self._huge(field, header, huge, lambda i: words[codes[i]])

    def _huge(self, field: str, header: str, huge: np.ndarray, shown: Callable[[int], str]) -> np.ndarray:
        say = lambda i: (f"{header}“{shown(i)}”大得或小得不合情理", "请填写数字")  # noqa: E731
        self.find(f"{header}不合情理", huge, field, say)
        return huge

    def _blanks(self, read: _Rows, empty: np.ndarray) -> None:
        """Rows without a score: an error, or a note where missing scores are allowed."""
        level = "error" if self.missing == "error" else "note"
        self.find("缺少得分", empty, "score", lambda i: self._missing(read.subject[i], self._indicator(read, i)), level)

    def _missing(self, subject: int, indicator: str) -> tuple[str, str]:
        what = f"“{self.board.directory.subjects.at[int(subject), 'subject']}”缺少“{indicator}”的得分"
        if self.missing == "error":
            return what, "请补填；如应按零分或不计，在 case.yaml 写 missing: zero 或 exclude"
        return f"{what}，{'按零分计' if self.missing == 'zero' else '不计入，其余按比例折算'}", ""

    def _again(self, read: _Rows, live: np.ndarray) -> None:
        """Rows that say of a slot what an earlier row said."""
        again, apart = np.zeros(len(live), dtype=bool), self.spoken.apart_in(self.columns, len(live))
        again[live] = self.spoken.again(read.slot[live], apart[live])
        delete = "请删除一行；大表方式不计多人评分"
        self.find("得分重复", again, "score", lambda i: (
            f"“{self._subject(read, i)}”的“{self._indicator(read, i)}”得分重复", delete))  # fmt: skip

    # --- what nobody spoke of

    def lacking(self) -> None:
        """Indicators without any row, told where the indicator stands."""
        if self.partly:
            return
        needed = self.fit & (self.board.items["source"] == "indicators").to_numpy()
        level = "error" if self.missing == "error" else "note"
        names = self.board.items["indicator"]
        for run in self.board.runs():
            first = int(self.board.first[run[2]])
            own = np.flatnonzero(needed[first : self.board.first[run[2] + 1]])
            empty = np.argwhere(~self.board.block(self.spoken.told, run)[:, own])
            for subject, at in empty[: self.listed.room("缺少得分", len(empty), level)].tolist():
                item = first + int(own[at])
                told = self._missing(run[0] + subject, names.iat[item])
                self.listed.at(item_place(self.board, item), level, *told)
