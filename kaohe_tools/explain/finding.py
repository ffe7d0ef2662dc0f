"""Which subject is meant: by its name, white space and full width aside, or its 编号, in all stages or in one."""

from __future__ import annotations

from kaohe_tools.assess import Assessment
from kaohe_tools.directory import suggest
from kaohe_tools.exact import tidy
from kaohe_tools.problems import InputError, Place, Problems


def find(assessment: Assessment, subject: str, stage: str | None) -> list[int]:
    """The numbers of a subject, one for each stage asked for (None: all).

    Raises InputError where there is no such subject or stage, with the nearest name, or where several bear the name.
    """
    key, subjects = tidy(subject), assessment.subjects
    stages = list(dict.fromkeys(subjects["stage"]))
    if stage is not None and tidy(stage) not in map(tidy, stages):
        raise _wrong(f"没有环节“{stage}”", suggest(tidy(stage), stages))
    known = subjects if stage is None else subjects[subjects["stage"].map(tidy) == tidy(stage)]
    found = known[(known["code"] == key) | (known["subject"] == key)] if key else known.iloc[:0]
    if found.empty:
        elsewhere = subjects[(subjects["code"] == key) | (subjects["subject"] == key)] if key else found
        if len(elsewhere):
            homes = "、".join(dict.fromkeys(elsewhere["stage"]))
            raise _wrong(f"环节“{stage}”里没有“{key}”", f"它在这些环节参加考核：{homes}")
        names = [*known["subject"], *known["code"][known["code"] != ""]]
        raise _wrong(f"名册里没有“{key}”", suggest(key, names))
    who = dict.fromkeys(zip(found["subject"], found["code"], strict=True))
    if len(who) > 1 and found["stage"].duplicated().any():
        codes = "、".join(f"{code or '（无编号）'} {name}" for name, code in who)
        raise _wrong(f"“{key}”有 {len(who)} 个同名对象", f"请改用编号：{codes}")
    return list(found.index)


def _wrong(message: str, advice: str) -> InputError:
    problems = Problems()
    problems.error(Place(), message, advice)
    return InputError(problems)
