"""The sense of a scheme file: totals, and names that must be declared elsewhere in it; each flaw at its line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from kaohe_tools.columns import GROUPINGS, KINDS
from kaohe_tools.problems import Place, Problems
from kaohe_tools.scheme.clauses import condition_flaws, rule_flaws
from kaohe_tools.scheme.model import COMPOSITE, UNSETTLED, OnlyIf, Part, Rule, Scheme, Stage, Step, When
from kaohe_tools.scheme.params import param_flaw
from kaohe_tools.yamlfile import Document

_ROSTER = [column.header for column in KINDS["roster"].columns]


def check_sense(scheme: Scheme, document: Document, problems: Problems) -> None:
    """What the JSON Schema cannot see: totals, and names that must be declared somewhere else in the file."""
    checker = _Checker(scheme, document, problems)
    for name, reading in scheme.readings.items():
        if reading.default not in reading.choices:
            place = document.place("readings", name, "default")
            problems.error(place, f"读法“{name}”的默认值“{reading.default}”不在 choices 中", "请改为其中之一")
    for name, param in scheme.params.items():
        flaw = "" if param.default is None else param_flaw(scheme, name, param.default)
        if flaw:
            message = f"参数“{name}”的默认值“{param.default}”不合要求"
            problems.error(document.place("params", name, "default"), message, flaw)
    for name in scheme.publicity.stages if scheme.publicity else ():
        checker.known(document.place("publicity", "stages"), "环节", name, list(scheme.stages))
    for stage in scheme.stages.values():
        checker.links(stage)
        checker.parts(stage)
        checker.ledger(stage)
        checker.steps(stage)
        checker.clauses(stage)


@dataclass
class _Checker:
    scheme: Scheme
    document: Document
    problems: Problems

    def known(self, place: Place, what: str, name: str, names: Sequence[str]) -> bool:
        """Is a name one of those declared? Told with the nearest one where not."""
        if name in names:
            return True
        near = get_close_matches(name, list(names), 1)
        listed = f"可用：{'、'.join(names)}" if names else "这里没有声明过任何一个"
        self.problems.error(place, f"{what}“{name}”没有声明", f"是不是“{near[0]}”？" if near else listed)
        return False

    def earlier(self, place: Place, stage: Stage, name: str) -> Stage | None:
        """A stage that another one builds on: it must come before it, so that no circle can arise."""
        names = list(self.scheme.stages)
        if not self.known(place, "环节", name, names):
            return None
        if names.index(name) >= names.index(stage.name):
            message = f"环节“{stage.name}”要用到“{name}”，但“{name}”不在它前面"
            self.problems.error(place, message, "请调整环节的先后；环节之间不能循环引用")
            return None
        return self.scheme.stages[name]

    def readings(self, place: Place, only_if: OnlyIf) -> None:
        for name, choice in only_if.items():
            if self.known(place, "读法", name, list(self.scheme.readings)):
                self.known(place, f"读法“{name}”的选项", choice, list(self.scheme.readings[name].choices))

    def links(self, stage: Stage) -> None:
        place = self.document.place("stages", stage.name)
        for name in filter(None, (stage.same_subjects, stage.composite_from)):
            self.earlier(place, stage, name)
        for name in stage.rank_within:
            self.known(self.document.place("stages", stage.name, "rank_within"), "名册的列", name, GROUPINGS)
        for name in stage.tie_break:
            tops = [part.name for part in stage.parts]
            self.known(self.document.place("stages", stage.name, "tie_break"), "部分", name, tops)

    # --- parts and ledger

    def parts(self, stage: Stage) -> None:
        for category, due in stage.total.items():
            total = sum(part.total(category) for part in stage.parts)
            if abs(total - due) > 1e-9:
                place = self.document.place("stages", stage.name, "parts")
                message = f"类别“{category}”各部分分值合计 {total:g}，与总分 {due:g} 不符"
                self.problems.error(place, message, "请核对分值")
        seen: set[str] = set()
        for part, path in _with_paths(stage.parts, ()):
            place = self.document.place("stages", stage.name, "parts", *path)
            if part.name in seen:
                self.problems.error(place, f"部分“{part.name}”写了两次", "同一环节的部分不能同名")
            seen.add(part.name)
            self.part(stage, part, place)
        self.weights(self.document.data["stages"][stage.name].get("parts", {}), ("stages", stage.name, "parts"), True)
        for name, rule in stage.rules.items():
            self.rule(rule, self.document.place("stages", stage.name, "rules", name))

    def weights(self, entries: Mapping, path: tuple[str, ...], top: bool = False) -> None:
        """Weights are written for all parts of one part or for none, and not beside points."""
        weighed = [name for name, entry in entries.items() if "weight" in entry]
        for name in weighed:
            if top or len(weighed) < len(entries) or "points" in entries[name]:
                why = "最上一层请写 points" if top else "同一部分的下级部分都写 weight 而不写 points，或者都写 points"
                self.problems.error(self.document.place(*path, name), f"部分“{name}”的 weight 写法不对", why)
        for name, entry in entries.items():
            self.weights(entry.get("parts", {}), (*path, name, "parts"))

    def part(self, stage: Stage, part: Part, place: Place) -> None:
        for category in part.points:
            if category not in stage.categories:
                message = f"部分“{part.name}”的分值写了未声明的类别“{category}”"
                self.problems.error(place, message, "请核对类别名称")
        if part.source == "fact":
            fact = stage.facts.get(part.fact)
            if fact is None:
                message = f"部分“{part.name}”取自未声明的情形“{part.fact}”"
                self.problems.error(place, message, "请在 facts 中声明")
            elif fact.type != "choice":
                message = f"部分“{part.name}”取自情形“{part.fact}”，它的 type 不是 choice"
                self.problems.error(place, message, "请写 type: choice，并在 values 里逐项写明得分")
            elif set(fact.choices) != set(part.values):
                message = f"部分“{part.name}”的 values 与情形“{part.fact}”的选项不一致"
                self.problems.error(place, message, "请逐项写明得分")
        if part.source == "stage":
            self.earlier(place, stage, part.stage)
        self.rule(part.rule, place)
        if not any(part.total(category) for category in stage.categories):
            message = f"部分“{part.name}”没有分值"
            self.problems.error(place, message, "请写 points；用 weight（权重）时，上级部分要写 points")
        if part.parts and not part.points and (part.floor or part.zero):
            message = f"部分“{part.name}”有下级部分，floor 和 zero_when 不起作用"
            self.problems.error(place, message, "请写在直接计分的下级部分里")
        if part.floor:
            self.readings(place, part.floor.only_if)
        if part.zero:
            self.condition(part.zero.when, stage, place)

    def rule(self, rule: Rule, place: Place) -> None:
        blended = rule.options.get("of")
        if blended and abs(sum(blended.values()) - 1) > 1e-9:
            total = sum(blended.values()) * 100
            self.problems.error(place, f"“{rule.name}”各来源的比重合计 {total:g}%，应为 100%", "请核对比重")
        for flaw in rule_flaws(rule):
            self.problems.error(place, *flaw)
        inclusive = rule.options.get("inclusive")
        if isinstance(inclusive, dict):
            self.known(place, "读法", inclusive["reading"], list(self.scheme.readings))

    def ledger(self, stage: Stage) -> None:
        if stage.ledger is None:
            return
        names = [part.name for top in stage.parts for part in top.walk()]
        for code in stage.ledger.codes.values():
            place = self.document.place("stages", stage.name, "ledger", "codes", code.name)
            if code.to:
                self.known(place, f"标准“{code.name}”计入的部分", code.to, names)
            for category in code.not_for:
                self.known(place, "类别", category, list(stage.categories))
        if stage.rescale:
            place = self.document.place("stages", stage.name, "rescale")
            self.readings(place, stage.rescale.only_if)
            for name in stage.rescale.keep:
                self.known(place, "标准", name, list(stage.ledger.codes))

    # --- steps and conditions

    def steps(self, stage: Stage) -> None:
        for i, step in enumerate(stage.steps):
            place = self.document.place("stages", stage.name, "grading", i)
            grades = [step.word] if step.kind in ("set", "give", "ceiling", "places", "baseline") else []
            for grade in [*grades, *filter(None, [step.proposal])]:
                if grade not in (*stage.grades, *([UNSETTLED] if step.kind in ("set", "pending") else [])):
                    message = f"等次“{grade}”没有在 grades 中声明"
                    self.problems.error(place, message, f"已声明：{'、'.join(stage.grades)}")
            for name in filter(None, [step.param, *step.params.values()]):
                if name not in self.scheme.params:
                    message = f"参数“{name}”没有在 params 中声明"
                    self.problems.error(place, message, "请声明它的条款和默认值")
            quota = (step.number, step.share, step.param or None, step.params or None, step.pools or None)
            if step.kind in ("places", "mark") and all(given is None for given in quota):
                self.problems.error(place, f"“{step.word}”没有写名额", "请写 number、share 或 pools")
            self.by_category(step, stage, place)
            self.readings(place, step.only_if)
            self.condition(step.when, stage, place)
            for name in step.lacking:
                self.known(place, "条件", name, list(stage.conditions))
            if step.first:
                self.readings(place, step.first.only_if)
                self.condition(step.first.when, stage, place)
            for pool in step.pools:
                for when in (pool.members, pool.count, *(when for when, _ in pool.shares)):
                    self.condition(when, stage, place)
                if pool.per:
                    self.known(place, "名册的列", pool.per, GROUPINGS)
                if not pool.every and pool.share is None and not pool.shares:
                    self.problems.error(place, f"名额池“{pool.name}”没有写名额", "请写 share、shares 或 all: true")

    def by_category(self, step: Step, stage: Stage, place: Place) -> None:
        """Places written category by category name each of them, and no others."""
        if step.kind not in ("places", "mark") or not isinstance(step.number or step.share or step.params, Mapping):
            return
        given = {**step.params, **next((m for m in (step.number, step.share) if isinstance(m, Mapping)), {})}
        for category in given:
            self.known(place, "类别", category, list(stage.categories))
        lacking = [category for category in stage.categories if category not in given]
        if given and lacking:
            message = f"“{step.word}”的名额没有写类别“{'、'.join(lacking)}”"
            self.problems.error(place, message, "请逐个类别写明，没有名额的写 0")

    def clauses(self, stage: Stage) -> None:
        for section, clauses in {"conditions": stage.conditions, "marks": stage.marks}.items():
            for i, (name, clause) in enumerate(clauses.items()):
                place = self.document.place("stages", stage.name, section, name)
                before = list(stage.conditions)[:i] if section == "conditions" else list(stage.conditions)
                self.condition(clause.when, stage, place, before)
        for i, consequence in enumerate(stage.consequences):
            place = self.document.place("stages", stage.name, "consequences", i)
            self.readings(place, consequence.only_if)
            self.condition(consequence.when, stage, place)
        for i, (when, _) in enumerate(stage.grade_names):
            self.condition(when, stage, self.document.place("stages", stage.name, "grade_names", i))
        for i, limit in enumerate(stage.limits):
            self.known(self.document.place("stages", stage.name, "limits", i), "等次", limit.grade, stage.grades)

    def condition(self, when: When | None, stage: Stage, place: Place, named: Sequence[str] | None = None) -> None:
        """Every name in a condition is one that the stage it looks at declares; `named`: conditions it may refer to."""
        if when is None:
            return
        if "of" in when:
            other = self.earlier(place, stage, when["of"])
            if other is not None:
                self.condition({key: value for key, value in when.items() if key != "of"}, other, place)
            return
        for flaw in condition_flaws(when, stage):
            self.problems.error(place, *flaw)
        tops = [*(part.name for part in stage.parts), COMPOSITE]
        declared = {
            "fact": list(stage.facts),
            "score": tops,
            "last": tops,
            "grade": [*stage.grades, UNSETTLED],
            "history": list(stage.grades),
            "category": list(stage.categories),
            "named": list(stage.conditions),
            "roster": _ROSTER,
            "votes": list(stage.ballot.votes) if stage.ballot else [],
        }
        for key, names in declared.items():
            given = when.get(key, [])
            if key in ("score", "last") and given not in names and stage.part_named(str(given)):
                message = f"条件里的“{given}”不是第一层的部分"
                self.problems.error(place, message, f"条件只能看第一层的部分或综合得分：{'、'.join(names)}")
                continue
            for name in [given] if isinstance(given, str) else given:
                self.known(place, "条件里的", name, names)
        if named is not None and when.get("named", "") in set(stage.conditions) - set(named):
            message = f"条件用到了写在它后面的“{when['named']}”"
            self.problems.error(place, message, "请调整先后；条件之间不能循环引用")
        for inner in [*when.get("all", []), *when.get("any", []), *([when["not"]] if "not" in when else [])]:
            self.condition(inner, stage, place, named)


def _with_paths(parts: Sequence[Part], path: tuple[str, ...]) -> Iterator[tuple[Part, tuple[str, ...]]]:
    """Every part with its path in the file."""
    for part in parts:
        here = (*path, part.name)
        yield part, here
        yield from _with_paths(part.parts, (*here, "parts"))
