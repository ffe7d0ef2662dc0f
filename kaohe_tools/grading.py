"""Grades: the steps of a stage in the order of the regulation, and the reason of every one of them.

The mechanics are common to all schemes: directly set grades; ceilings, the lowest winning; places by rank among those
whose ceiling allows it, the next in rank taking the place of one who may not have it (顺延); grades by condition and
the baseline for everyone else. What the text leaves open is pending (待定) with its reason, never guessed.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from kaohe_tools.case import Case
from kaohe_tools.conditions import View, holds, in_words, lacking
from kaohe_tools.exact import show, show_short
from kaohe_tools.places import Open, fill, open_pools
from kaohe_tools.ranking import Allocation
from kaohe_tools.scheme import COMPOSITE, Stage, Step, in_force

TIED = "并列待定"
YES, NO = "是", "否"


@dataclass(frozen=True)
class Taken:
    """What one step did, as masks over the stage: whom it took (a place, a grade, a ceiling, a question), and with
    places the pool, who might have had one and who ties for the last.
    """

    step: Step
    took: np.ndarray
    pool: Open | None = None
    may: np.ndarray | None = None
    tied: np.ndarray | None = None


@dataclass
class Grading:
    """The state of a stage while its steps are taken; positions are rows of the view's frame (canonical order).

    order: higher is better, equal only where nothing parts two subjects. groups: the group each is ranked in. taken:
    what the steps did, in order.
    """

    case: Case
    stage: Stage
    view: View
    order: np.ndarray
    groups: np.ndarray
    grade: np.ndarray = field(init=False)
    pending: np.ndarray = field(init=False)
    proposal: np.ndarray = field(init=False)
    ceiling: np.ndarray = field(init=False)
    marks: dict[str, np.ndarray] = field(default_factory=dict)
    barred_by: dict[int, str] = field(default_factory=dict)
    reasons: list[tuple[int, str, str, str, str]] = field(default_factory=list)
    quotas: list[tuple[str, int, int, int, str]] = field(default_factory=list)
    taken: list[Taken] = field(default_factory=list)

    def __post_init__(self) -> None:
        count = len(self.view.frame)
        self.grade, self.pending, self.proposal = (np.full(count, "", dtype=object) for _ in range(3))
        self.ceiling = np.zeros(count, dtype=int)
        self.ranks, self.subjects = self.view.frame["rank"].tolist(), self.view.frame["subject"].tolist()
        self._names = [{} for _ in range(count)]
        for when, names in self.stage.grade_names:
            for position in np.flatnonzero(holds(when, self.view)):
                self._names[position] = {**self._names[position], **names}

    @property
    def open(self) -> np.ndarray:
        """Who has neither a grade nor a pending question yet."""
        return (self.grade == "") & (self.pending == "")

    def called(self, position: int, grade: str) -> str:
        """What a grade is called for a subject (称职 is 合格 for some)."""
        return self._names[position].get(grade, grade)

    def names_of(self, position: int) -> dict[str, str]:
        """The grades that go by other names for a subject."""
        return dict(self._names[position])

    def tell(self, position: int, step: str, article: str, text: str, own: str = "") -> None:
        """Keep a reason. `own` is how it is told to the subject itself, where the text speaks of others."""
        self.reasons.append((int(self.view.frame.index[position]), step, article, text, own))

    def settle(self, position: int, grade: str) -> None:
        self.grade[position] = grade

    def hold(self, position: int, why: str, proposal: str = "") -> None:
        self.pending[position], self.proposal[position] = why, proposal

    def show(self) -> None:
        """Let conditions see what was settled and held so far; before that they see what stood before."""
        columns = {"grade": self.grade, "pending": self.pending}
        self.view.put({name: pd.array(values, dtype="str") for name, values in columns.items()})

    def result(self) -> pd.DataFrame:
        """By subject: grade as it is called ("" or the proposal while pending), pending, and the marks."""
        shown = np.where(self.pending == "", self.grade, self.proposal)
        named = [self.called(i, grade) for i, grade in enumerate(shown)]
        return pd.DataFrame({"grade": named, "pending": self.pending, **self.marks}, index=self.view.frame.index)


def grade_stage(case: Case, stage: Stage, view: View, order: np.ndarray, groups: np.ndarray) -> Grading:
    """Take the steps of a stage one after the other."""
    grading = Grading(case, stage, view, order, groups)
    take = {"set": _set, "give": _give, "baseline": _give, "ceiling": _lower_ceiling, "flag": _flag, "pending": _pend}
    take |= {"places": _give_places, "mark": _mark}
    for step in stage.steps:
        if in_force(step.only_if, case.readings):
            take[step.kind](grading, step)
            grading.show()
    for name, clause in stage.marks.items():
        no = holds(clause.when, view)
        grading.marks[name] = np.where(no, NO, YES)
        for position in np.flatnonzero(no):
            grading.tell(
                position, name, clause.article, f"{in_words(clause.when, view, view.frame.index[position])}，不能{name}"
            )
    return grading


def _why(grading: Grading, step: Step, position: int) -> str:
    """The condition of a step in words, with the note of the step or of its fact."""
    if step.when is None:
        return step.note
    words = in_words(step.when, grading.view, grading.view.frame.index[position])
    fact = grading.stage.facts.get(step.when.get("fact", ""))
    note = step.note or (fact.note if fact else "")
    return f"{words}（{note}）" if note else words


def _met(grading: Grading, step: Step) -> np.ndarray:
    met = grading.open & holds(step.when, grading.view)
    grading.taken.append(Taken(step, met))
    return np.flatnonzero(met)


def _set(grading: Grading, step: Step) -> None:
    for position in _met(grading, step):
        grading.settle(position, step.word)
        name = grading.called(position, step.word)
        grading.tell(position, "直接定等", step.article, f"{_why(grading, step, position)}，定为{name}")


def _give(grading: Grading, step: Step) -> None:
    """A grade by condition, or the baseline for everyone left; lowered to the ceiling."""
    level = grading.stage.grades.index(step.word)
    for position in _met(grading, step):
        final = grading.stage.grades[max(level, grading.ceiling[position])]
        grading.settle(position, final)
        why = _why(grading, step, position)
        name, own = grading.called(position, final), grading.called(position, step.word)
        text = f"定为{name}" if final == step.word else f"可定为{own}，受限制定为{name}"
        grading.tell(position, "等次", step.article, f"{why}，{text}" if why else text)


def _lower_ceiling(grading: Grading, step: Step) -> None:
    level = grading.stage.grades.index(step.word)
    for position in _met(grading, step):
        why = _why(grading, step, position)
        grading.tell(position, "限制", step.article, f"{why}，最高定为{grading.called(position, step.word)}")
        if level > grading.ceiling[position]:
            grading.ceiling[position] = level
            grading.barred_by[position] = why


def _flag(grading: Grading, step: Step) -> None:
    for position in _met(grading, step):
        grading.tell(position, "提示", step.article, f"{_why(grading, step, position)}，{step.word}")


def _pend(grading: Grading, step: Step) -> None:
    """A question for a person: why it is open, what is proposed, and what each named condition lacked."""
    for position in _met(grading, step):
        number = grading.view.frame.index[position]
        grading.hold(position, step.word, step.proposal)
        proposal = f"，建议{grading.called(position, step.proposal)}" if step.proposal else ""
        why = _why(grading, step, position)
        grading.tell(
            position, "待定", step.article, f"{why}，{step.word}{proposal}" if why else f"{step.word}{proposal}"
        )
        for name in step.lacking:
            missed = "；".join(lacking({"named": name}, grading.view, number))
            article = grading.stage.conditions[name].article
            if missed:
                grading.tell(position, "条件", article, f"{name}：{missed}")
            else:
                grading.tell(position, "条件", article, f"{name}：满足，但没有名额或受限制")


# --- places -----------------------------------------------------------------------------------------------------------


def _give_places(grading: Grading, step: Step) -> None:
    """Places of one grade, pool by pool: declared pools may share members, so a later one sees what an earlier did."""
    level = grading.stage.grades.index(step.word)
    able = holds(step.when, grading.view)
    for pool in open_pools(grading.case, step, grading.view, grading.groups):
        if step.pools:
            grading.show()
            able = holds(step.when, grading.view)
        may = pool.members & grading.open & (grading.ceiling <= level) & able
        if pool.places is None:
            grading.taken.append(Taken(step, np.zeros_like(may), pool, may, may))
            for position in np.flatnonzero(may):
                grading.hold(position, pool.sum_text)
                grading.tell(position, "待定", pool.article, f"{pool.sum_text}，{step.word}名额无法确定")
            grading.quotas.append((pool.name, pool.count, 0, 0, pool.sum_text))
            continue
        result = fill(grading.case, step, pool, may, grading.view, grading.order)
        grading.taken.append(Taken(step, result.given, pool, may, result.tied))
        grading.quotas.append((pool.name, pool.count, pool.places, int(result.given.sum()), pool.sum_text))
        passed = _tell_passed_over(grading, step, pool, able, may, result)
        _tell_winners(grading, step, pool, result, passed)
        _tell_ties(grading, step, pool, result)
        _tell_losers(grading, step, pool, may & ~result.given & ~result.tied, bool(result.tied.any()))


def _tell_winners(grading: Grading, step: Step, pool: Open, result: Allocation, passed: str) -> None:
    for position in np.flatnonzero(result.given):
        grading.settle(position, step.word)
        moved = passed and grading.ranks[position] > pool.places
        how = f"{passed}不能定为{step.word}，名额顺延" if moved else "符合条件" if pool.every else "在名额以内"
        why = f"{_why(grading, step, position)}；" if step.when else ""
        begin = f"{why}{pool.quota(step.word)}，排名第 {grading.ranks[position]}"
        own = f"{begin}，名额顺延到本对象，定为{step.word}" if moved else ""
        grading.tell(position, "名额", pool.article, f"{begin}，{how}，定为{step.word}", own)


def _tell_ties(grading: Grading, step: Step, pool: Open, result: Allocation) -> None:
    tied = np.flatnonzero(result.tied)
    names = "、".join(grading.subjects[position] for position in tied)
    for position in tied:
        grading.hold(position, TIED)
        score = show(grading.view.frame[COMPOSITE].iloc[position])
        race = f"争{pool.name}最后 {result.open_places} 个{step.word}名额"
        keys = grading.stage.tie_break
        same = f"按{'、'.join(keys)}比较仍相同" if keys else "办法没有规定先后"
        end = f"{race}，{same}，待考核办决定"
        text = f"{names}{COMPOSITE}同为 {score}，{len(tied)} 个对象{end}"
        grading.tell(position, "待定", pool.article, text, f"排名并列，{end}")


def _tell_losers(grading: Grading, step: Step, pool: Open, losers: np.ndarray, tied: bool) -> None:
    ends = "已有并列待定，名额不再下移" if tied else "已经用完" if pool.places else "，没有名额"
    for position in np.flatnonzero(losers):
        text = f"{pool.quota(step.word)}{ends}，本对象排名第 {grading.ranks[position]}"
        grading.tell(position, "名额", pool.article, text)


def _tell_passed_over(
    grading: Grading, step: Step, pool: Open, able: np.ndarray, may: np.ndarray, result: Allocation
) -> str:
    """Tell those whose score would have won a place but who may not have it; returns their names."""
    winners = grading.order[result.given | result.tied]
    if not len(winners) or pool.every:
        return ""
    barred = np.flatnonzero(pool.members & ~may & (grading.order >= winners.min()))
    for position in barred:
        why = grading.barred_by.get(position)
        if not why and not able[position]:
            why = "没有达到条件：" + "；".join(lacking(step.when, grading.view, grading.view.frame.index[position]))
        state = grading.called(position, grading.grade[position]) or grading.pending[position]
        why = why or f"已定为{state}"
        text = f"排名第 {grading.ranks[position]}，得分够{step.word}名额，但{why}，让出名额由下一名顺延"
        grading.tell(position, "名额", pool.article, text)
    return "、".join(grading.subjects[position] for position in barred)


def _mark(grading: Grading, step: Step) -> None:
    """A yes/no column given by places, without a grade (表彰)."""
    column = grading.marks.setdefault(step.word, np.full(len(grading.view.frame), NO, dtype=object))
    for pool in open_pools(grading.case, step, grading.view, grading.groups):
        may = pool.members & holds(step.when, grading.view)
        if pool.places is None:
            grading.taken.append(Taken(step, np.zeros_like(may), pool, may, np.zeros_like(may)))
            grading.quotas.append((pool.name, pool.count, 0, 0, pool.sum_text))
            continue
        result = fill(grading.case, step, pool, may, grading.view, grading.order)
        grading.taken.append(Taken(step, result.given, pool, may, result.tied))
        column[result.given] = YES
        grading.quotas.append((pool.name, pool.count, pool.places, int(result.given.sum()), pool.sum_text))
        for position in np.flatnonzero(result.given):
            text = f"{pool.quota(step.word)}，排名第 {grading.ranks[position]}，{step.word}"
            grading.tell(position, step.word, step.article, text)
        for position in np.flatnonzero(result.tied):
            text = f"{pool.quota(step.word)}，与他人{COMPOSITE}相同而名额不够，空着待考核办决定"
            grading.tell(position, step.word, step.article, text)


def over_limits(grading: Grading) -> list[str]:
    """Where a grade has more subjects than its share of all, in words (a warning; nobody is moved)."""
    told = []
    for limit in grading.stage.limits:
        count, total = int((grading.grade == limit.grade).sum()), len(grading.grade)
        if count > limit.share * total + 1e-9:
            share = f"{show_short(limit.share * 100)}%（{limit.article}）"
            told.append(f"环节“{grading.stage.name}”{limit.grade} {count} 个，超过 {total} 个对象的 {share}")
    return told
