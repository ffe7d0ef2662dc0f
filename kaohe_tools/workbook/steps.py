"""推演, its second half: the steps of grading in the order of the regulation, each in its own columns.

The mechanics are those of `grading` and `places`; what is stored is what the engine's own steps did.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from kaohe_tools.basis import Basis, Taken, key_of, own_state
from kaohe_tools.grading import TIED
from kaohe_tools.scheme import Pool, Step, When, in_force
from kaohe_tools.workbook.asking import Asked, Layout, NotLiveError, test
from kaohe_tools.workbook.formulas import NO, YES, Test, both, choose, joined, text
from kaohe_tools.workbook.quotas import Quotas
from kaohe_tools.workbook.racing import Races

TAKES = ("set", "give", "baseline")
KINDS = {"set": "直接定等", "give": "等次", "baseline": "其余", "ceiling": "限制", "pending": "待定"}


@dataclass
class Steps:
    """The columns of the steps of one stage. grades, pendings, ceilings: keys of the columns that settle so far."""

    layout: Layout
    layouts: Mapping[str, Layout]
    whole: Basis
    quotas: Quotas
    grades: list[str] = field(default_factory=list)
    pendings: list[str] = field(default_factory=list)
    proposals: dict[str, str] = field(default_factory=dict)
    ceilings: list[str] = field(default_factory=list)
    marks: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.stage, self.basis, self.grid = self.layout.stage, self.layout.basis, self.layout.grid
        self.rows = range(len(self.basis.numbers))
        readings = self.whole.readings
        self.steps = [
            (i, step)
            for i, step in enumerate(self.stage.steps)
            if in_force(step.only_if, readings) and step.kind != "flag"
        ]
        for step in (step for _, step in self.steps if step.kind in ("places", "mark")):
            asked = [step.first.when] if self._first(step) else []
            asked += [c for pool in step.pools for c in (pool.members, pool.count, *(when for when, _ in pool.shares))]
            if any(own_state(when, self.stage) for when in asked):
                raise NotLiveError(f"“{step.word}”名额的范围随本环节的等次而变")

    # --- places -------------------------------------------------------------------------------------------------------

    def reserve(self) -> None:
        """Give all columns their places."""
        for key, when in self._flags():
            self.layout.flags.add(key)
            self.grid.reserve(f"flag:{key}", f"条件：{self._flag_name(when)}")
        for index, step in self.steps:
            if step.kind in ("places", "mark"):
                for key, name in self._pools(index, step):
                    self._reserve_pool(key, name, step)
            else:
                word = f"最高{step.word}（第几档）" if step.kind == "ceiling" else step.word
                self.grid.reserve(f"step:{index}", f"第{index + 1}步 {KINDS[step.kind]}：{word}\n{step.article}")
        if self.stage.grades:
            self.grid.reserve("grade", "定等")
            self.grid.reserve("pending", "待定")
            self.grid.reserve("shown", "等次")
        for name in self.stage.mark_names:
            self.grid.reserve(f"mark:{name}", name)

    def _reserve_pool(self, key: str, name: str, step: Step) -> None:
        word = f"{step.word}{'·' if name else ''}{name}"
        self.grid.reserve(f"may:{key}", f"第{key.split(':')[0]}步 可评：{word}\n{step.article}")
        if self._first(step):
            self.grid.reserve(f"first:{key}", f"优先：{word}")
        self.grid.reserve(f"took:{key}", f"名额内：{word}")
        if step.kind == "places":
            self.grid.reserve(f"tied:{key}", f"并列待定：{word}")

    def _pools(self, index: int, step: Step) -> Iterator[tuple[str, str]]:
        """Key and name of the columns of a step with places: one set for its groups, or one for each declared pool."""
        if not step.pools:
            yield f"{index + 1}:-1", ""
        for number, pool in enumerate(step.pools):
            yield f"{index + 1}:{number}", pool.name

    def _first(self, step: Step) -> bool:
        return step.first is not None and in_force(step.first.only_if, self.whole.readings)

    def _flags(self) -> Iterator[tuple[str, When]]:
        """Conditions in columns of their own: named ones in use, and those that make pools."""
        asked: list[When | None] = [{"named": name} for name in self.stage.conditions]
        for _, step in self.steps:
            for pool in step.pools:
                asked += [pool.members, pool.count, *(when for when, _ in pool.shares)]
        for when in {key_of(when): when for when in asked if when is not None}.values():
            if key_of(when) in self.basis.flags:
                yield key_of(when), when

    def _flag_name(self, when: When) -> str:
        if "named" in when:
            return when["named"]
        for _, step in self.steps:
            for pool in step.pools:
                if when == pool.members:
                    return f"属于“{pool.name}”"
                if when == pool.count:
                    return f"“{pool.name}”的基数"
                for inner, share in pool.shares:
                    if when == inner:
                        return f"“{pool.name}”用 {share:.0%}"
        return "其他"

    # --- contents -----------------------------------------------------------------------------------------------------

    def fill(self) -> None:
        for key, when in self._flags():
            tests = [test(when, Asked(self.layout, row, plain=key), self.layouts) for row in self.rows]
            values = [YES if true else NO for true in self.basis.flags[key]]
            self.grid.fill(f"flag:{key}", values, [choose(t, text(YES), text(NO)) for t in tests])
        taken: dict[int, list[Taken]] = {}
        for done in (*self.basis.taken, *self.basis.spare):
            taken.setdefault(done.step, []).append(done)
        for index, step in self.steps:
            if step.kind in ("places", "mark"):
                self._fill_places(index, step, taken.get(index, []))
            else:
                self._fill_step(index, step, taken[index])
        self._fill_end()

    def _asked(self, row: int) -> Asked:
        cells = [tuple(self.grid.here(key, row) for key in keys) for keys in (self.grades, self.pendings)]
        return Asked(self.layout, row, grades=cells[0], pendings=cells[1])

    def _open(self, row: int) -> Test:
        """Has the subject neither a grade nor a question yet?"""
        cells = [self.grid.here(key, row) for key in (*self.grades, *self.pendings)]
        return f'{joined(cells)}=""' if cells else True

    def _level(self, row: int, least: int) -> str:
        """Which grade of the scale (1: the best) a subject may have at most, no better than `least`."""
        cells = [self.grid.here(key, row) for key in self.ceilings]
        return f"MAX({','.join([str(least), *cells])})" if cells else str(least)

    def _fill_step(self, index: int, step: Step, done: list[Taken]) -> None:
        key, took = f"step:{index}", {row for each in done for row in each.took}
        formulas, values = [], []
        for row in self.rows:
            met = both([self._open(row), test(step.when, self._asked(row), self.layouts)])
            formulas.append(choose(met, self._outcome(step, row)))
            values.append(self._stored(step, row) if row in took else "")
        self.grid.fill(key, values, formulas)
        if step.kind == "ceiling":
            self.ceilings.append(key)
        elif step.kind == "pending":
            self.pendings.append(key)
            self.proposals[key] = step.proposal
        else:
            self.grades.append(key)

    def _outcome(self, step: Step, row: int) -> str:
        if step.kind == "ceiling":
            return str(self.stage.grades.index(step.word) + 1)
        if step.kind in ("give", "baseline"):
            level = self.stage.grades.index(step.word) + 1
            if self.ceilings:
                return f"CHOOSE({self._level(row, level)},{','.join(text(grade) for grade in self.stage.grades)})"
        return text(step.word)

    def _stored(self, step: Step, row: int) -> str | int:
        if step.kind == "ceiling":
            return self.stage.grades.index(step.word) + 1
        return step.word if step.kind == "pending" else self.basis.grade[row]

    # --- places of a grade --------------------------------------------------------------------------------------------

    def _fill_places(self, index: int, step: Step, done: list[Taken]) -> None:
        for key, _ in self._pools(index, step):
            number = int(key.split(":")[1])
            own = [each for each in done if each.pool.index == number]
            pool = step.pools[number] if number >= 0 else None
            may = self._fill_may(index, key, step, pool, own)
            if self._first(step):
                self._fill_first(key, step, may)
            self._fill_took(index, key, step, pool, own)
            if step.kind == "mark":
                self.marks.setdefault(step.word, []).append(f"took:{key}")
            else:
                self.grades.append(f"took:{key}")
                self.pendings.append(f"tied:{key}")

    def _fill_may(self, index: int, key: str, step: Step, pool: Pool | None, own: list[Taken]) -> set[int]:
        """Who might have a place: open, not barred, meeting the condition, and of the pool."""
        formulas = []
        for row in self.rows:
            tests = [test(step.when, self._asked(row), self.layouts)]
            if step.kind == "places":
                level = self.stage.grades.index(step.word) + 1
                ceiling = self._level(row, 1)
                tests = [self._open(row), f"{ceiling}<={level}" if self.ceilings else True, *tests]
            if pool is not None:
                tests.append(test(pool.members, self._asked(row), self.layouts))
                at = Races(self.layout, self.quotas, index, key, pool).pool_of(row)
                tests.append(f'{self.quotas.given(at)}<>""' if at is not None and pool.shares else True)
            formulas.append(choose(both(tests), text(YES)))
        may = {row for each in own for row in each.may}
        self.grid.fill(f"may:{key}", [YES if row in may else "" for row in self.rows], formulas)
        return may

    def _fill_first(self, key: str, step: Step, may: set[int]) -> None:
        when, flags = step.first.when, self.basis.flags[key_of(step.first.when)]
        tests = [test(when, self._asked(row), self.layouts) for row in self.rows]
        formulas = [
            choose(both([f"{self.grid.here(f'may:{key}', row)}={text(YES)}", t]), text(YES), text(NO))
            for row, t in zip(self.rows, tests, strict=True)
        ]
        values = [YES if flags[row] and row in may else NO for row in self.rows]
        self.grid.fill(f"first:{key}", values, formulas)

    def _fill_took(self, index: int, key: str, step: Step, pool: Pool | None, own: list[Taken]) -> None:
        """Who has a place, and who ties for the last ones."""
        word, other = (step.word, "") if step.kind == "places" else (YES, NO)
        took = {row for each in own for row in each.took}
        tied = {row: TIED if each.pool.places is not None else each.pool.sum for each in own for row in each.tied}
        given, questions, pools = [], [], Races(self.layout, self.quotas, index, key, pool, self._first(step))
        for row in self.rows:
            race = pools.race(row)
            may = f"{self.grid.here(f'may:{key}', row)}={text(YES)}"
            if race is None:
                given.append(text(other))
                questions.append(text(""))
                continue
            inside = choose(race.reached, text(word), text(other))
            given.append(choose(may, f"IF({race.sure},{inside},{text(other)})" if race.unset else inside, text(other)))
            mine = self.grid.here(f"took:{key}", row)
            lost = choose(race.straddled, text(TIED))
            lost = f"IF({race.sure},{lost},{text(race.unset)})" if race.unset else lost
            questions.append(choose(both([may, f'{mine}=""']), lost))
        self.grid.fill(f"took:{key}", [word if row in took else other for row in self.rows], given)
        if step.kind == "places":
            self.grid.fill(f"tied:{key}", [tied.get(row, "") for row in self.rows], questions)

    # --- the end ------------------------------------------------------------------------------------------------------

    def _fill_end(self) -> None:
        """The grade, the question left open, how the grade is called, and the yes/no columns."""
        grid, basis = self.grid, self.basis
        if self.stage.grades:
            cells = [[grid.here(key, row) for key in self.grades] for row in self.rows]
            grid.fill("grade", basis.grade, [joined(own) for own in cells])
            cells = [[grid.here(key, row) for key in self.pendings] for row in self.rows]
            grid.fill("pending", basis.pending, [joined(own) for own in cells])
            grid.fill("shown", self.quotas.shown[self.stage.name], [self._called(row) for row in self.rows])
        for name in self.stage.mark_names:
            values = self.quotas.marks[self.stage.name][name]
            grid.fill(f"mark:{name}", values, [self._mark(name, row) for row in self.rows])

    def _called(self, row: int) -> str:
        """The grade as it is called, or the proposal while a question is open."""
        cell = self.grid.here("grade", row)
        for key, proposal in self.proposals.items():
            if proposal:
                cell = f'{cell}&IF({self.grid.here(key, row)}="","",{text(proposal)})'
        formula = cell
        for grade, own in reversed(self.basis.names[row].items()):
            formula = f"IF({cell}={text(grade)},{text(own)},{formula})"
        return formula

    def _mark(self, name: str, row: int) -> str:
        clause = self.stage.marks.get(name)
        if clause is not None:
            return choose(test(clause.when, self._end(row), self.layouts), text(NO), text(YES))
        tests = [f"{self.grid.here(key, row)}={text(YES)}" for key in self.marks.get(name, [])]
        return choose(f"OR({','.join(tests)})", text(YES), text(NO)) if tests else text(NO)

    def _end(self, row: int) -> Asked:
        if not self.stage.grades:
            return Asked(self.layout, row)
        return Asked(
            self.layout, row, grades=(self.grid.here("grade", row),), pendings=(self.grid.here("pending", row),)
        )
