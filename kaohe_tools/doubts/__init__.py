"""The questions an experienced clerk would ask: data that are formally valid, but look like a slip.

Every question is a function of `Given`; what it finds is a warning (or a note) at its cell, told once for one cause.
Nothing here stops an assessment or changes a figure, and no single ballot is quoted.
"""

from __future__ import annotations

import pandas as pd

from kaohe_tools.binding import Bound
from kaohe_tools.case import Case
from kaohe_tools.directory import Directory
from kaohe_tools.doubts import ballots, copies, evenness, gaps, matters, names, sizes
from kaohe_tools.doubts.given import Given
from kaohe_tools.problems import Problem

QUESTIONS = (
    *(evenness.same_marks, copies.same_sheets, copies.misnamed_sheets, sizes.tenfold, sizes.lone_zeros),
    *(ballots.more_than_voters, ballots.unlike_the_others, ballots.same_tallies),
    *(gaps.lacking_scores, gaps.lacking_progress, gaps.lacking_facts, gaps.lacking_history),
    *(gaps.silent_leads, gaps.skipped_by_raters),
    *(names.similar_subjects, names.similar_indicators, names.similar_raters),
    *(matters.dates, matters.similar_matters),
)


def doubts(case: Case, bound: Bound, directory: Directory, facts: pd.DataFrame) -> list[Problem]:
    """Everything to ask about a case. `facts`: as `facts.bind_facts` gives them."""
    given = Given(case, directory, bound, facts)
    return [problem for question in QUESTIONS for problem in question(given)]
