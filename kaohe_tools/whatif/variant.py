"""A case as it would be under a scenario: assessed again from what was read, nothing of it changed.

Other points leave every score its share of its part's points; entries of the ledger keep theirs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from kaohe_tools.assess import Assessment, Prepared, Valued, assess_valued, prepare, put_values
from kaohe_tools.case import Case
from kaohe_tools.problems import InputError, Problems
from kaohe_tools.scheme import Scheme
from kaohe_tools.whatif.choices import with_choices
from kaohe_tools.whatif.corrections import corrected, find_indicators, with_indicator_points
from kaohe_tools.whatif.parts import with_points
from kaohe_tools.whatif.scenario import Scenario
from kaohe_tools.whatif.secrecy import few_voters
from kaohe_tools.whatif.weights import points_of


@dataclass(frozen=True)
class Base:
    """A case as it stands: read, valued and assessed; what every variant begins with."""

    prepared: Prepared
    worth: Valued
    assessment: Assessment

    @property
    def case(self) -> Case:
        return self.assessment.case

    @property
    def present(self) -> list[tuple[str, str]]:
        """The (stage, category) pairs that have subjects, in the scheme's order."""
        subjects = self.assessment.subjects
        there = set(zip(subjects["stage"], subjects["category"], strict=True))
        stages = self.case.scheme.stages
        pairs = [(stage, category) for stage in stages for category in stages[stage].categories]
        return [*(pair for pair in pairs if pair in there), *sorted(there - set(pairs))]


@dataclass(frozen=True)
class Variant:
    """A case under a scenario. notes: what became of points and scores, a sentence for each change."""

    scenario: Scenario
    prepared: Prepared
    worth: Valued
    assessment: Assessment
    notes: tuple[str, ...]


def base_of(folder: Path) -> Base:
    """Read and assess a case folder. Raises InputError with every problem where there is an error."""
    return based_on(prepare(folder))


def based_on(prepared: Prepared) -> Base:
    """Assess a prepared case as it stands. Raises InputError with every problem where there is an error."""
    worth = put_values(prepared, prepared.case)
    return Base(prepared, worth, assess_valued(prepared, worth, prepared.case))


def vary(base: Base, scenario: Scenario, until: str = "") -> Variant:
    """The case under a scenario. Raises InputError with every word of it that means nothing in this case.

    Only what the scenario touches is worked out again: points of parts alone need no second look at the scores.
    until: the last stage that is wanted ("": all), see `assess_valued`.
    """
    problems, notes = Problems(), []
    case = with_choices(base.case, base.present, scenario, problems)
    case = replace(case, scheme=with_points(case.scheme, base.present, scenario, problems, notes))
    notes += _cautions(base, case.scheme)
    prepared = corrected(base.prepared, scenario, problems, notes)
    find_indicators(prepared, scenario, problems)
    if problems.errors:
        raise InputError(problems)
    same = not scenario.scores and (case.readings, case.missing) == (base.case.readings, base.case.missing)
    worth = base.worth if same and case.min_voters == base.case.min_voters else put_values(prepared, case)
    bound, worth = with_indicator_points(prepared.bound, worth, prepared, scenario, problems, notes)
    if problems.errors:
        raise InputError(problems)
    prepared = replace(prepared, bound=bound)
    return Variant(scenario, prepared, worth, assess_valued(prepared, worth, case, until), tuple(notes))


def _cautions(base: Base, scheme: Scheme) -> list[str]:
    """Categories with other points where few voted: old and new scores side by side could tell how."""
    told = []
    for stage, category in base.present:
        if points_of(scheme.stages[stage], category) != points_of(base.case.scheme.stages[stage], category):
            few = "、".join(sorted(few_voters(base.assessment, stage, category)))
            least = base.case.min_voters
            if few:
                told.append(
                    f"注意：{stage}·{category}的“{few}”有效票不足 {least} 张，新旧得分对照可能推知其得分，请勿公布"
                )
    return told
