"""What a scenario chooses beside points: places, the cap of the ledger, parameters, readings, missing scores."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from kaohe_tools.case import Case
from kaohe_tools.directory import suggest
from kaohe_tools.exact import parse_share, tidy
from kaohe_tools.problems import Place, Problems
from kaohe_tools.scheme import Scheme, Stage, Step, param_flaw
from kaohe_tools.whatif.scenario import Scenario


def with_choices(case: Case, present: Collection[tuple[str, str]], scenario: Scenario, problems: Problems) -> Case:
    """The case with a scenario's places, cap, parameters, readings, missing and min_voters; flaws are told."""
    scheme = case.scheme
    for name, value in scenario.places.items():
        stage = _stage(scheme, present, name, scenario.place("名额", name), problems)
        if stage:
            scheme = _with_places(scheme, stage, value, scenario, problems)
    for name, cap in scenario.cap.items():
        place = scenario.place("加减分上限", name)
        stages = (
            [_stage(scheme, present, name, place, problems)]
            if name
            else [s for s in scheme.stages.values() if s.ledger]
        )
        for stage in filter(None, stages):
            if stage.ledger is None or not stage.ledger.adjusts:
                if name:
                    problems.error(place, f"环节“{stage.name}”没有加减分", "请删去")
                continue
            scheme = _with_stage(scheme, replace(stage, ledger=replace(stage.ledger, cap=cap)))
    readings = {**case.readings, **_readings(scheme, scenario, problems)}
    params = {**case.params, **_params(case, scenario, problems)}
    missing = scenario.missing or case.missing
    least = case.min_voters if scenario.min_voters is None else scenario.min_voters
    return replace(case, scheme=scheme, readings=readings, params=params, missing=missing, min_voters=least)


def _with_stage(scheme: Scheme, stage: Stage) -> Scheme:
    return replace(scheme, stages={**scheme.stages, stage.name: stage})


def _stage(scheme: Scheme, present: Collection, name: str, place: Place, problems: Problems) -> Stage | None:
    known = {tidy(stage): stage for stage, _ in present}
    if tidy(name) in known:
        return scheme.stages[known[tidy(name)]]
    problems.error(place, f"没有环节“{name}”", suggest(tidy(name), list(known.values())))
    return None


# --- places -----------------------------------------------------------------------------------------------------------


def _with_places(scheme: Scheme, stage: Stage, value: Any, scenario: Scenario, problems: Problems) -> Scheme:
    """The scheme with another share or number of places of a stage's best grade."""
    place = scenario.place("名额", stage.name)
    best = [step for step in stage.steps if step.kind == "places" and step.word == stage.grades[0]]
    if len(best) != 1 or best[0].pools:
        message = f"环节“{stage.name}”的{stage.grades[0] if stage.grades else ''}名额不能这样改"
        advice = "名额按条款分池规定，请用办法文件试" if best else "本环节没有名额"
        problems.error(place, message, advice)
        return scheme
    twice = [name for name in (best[0].param, *best[0].params.values()) if name in scenario.params]
    if twice:
        message = f"环节“{stage.name}”的名额和参数“{twice[0]}”说的是同一件事"
        problems.error(place, message, "写了名额，参数就不起作用，请只留一处")
        return scheme
    step = _given_places(stage, best[0], value, place, problems)
    if step is None:
        return scheme
    return _with_stage(scheme, replace(stage, steps=tuple(step if one is best[0] else one for one in stage.steps)))


def _given_places(stage: Stage, step: Step, value: Any, place: Place, problems: Problems) -> Step | None:
    plain = replace(step, number=None, share=None, param="", params={}, counted=False, unset="")
    if not isinstance(value, Mapping):
        read = _places(value)
        if read is None:
            problems.error(place, f"名额“{value}”不对", "请写整数个数，或 0 到 1 之间的比例，如 30%")
            return None
        return replace(plain, **{_kind(read): read})
    unknown = [name for name in value if name not in stage.categories]
    if unknown:
        problems.error(place, f"环节“{stage.name}”没有类别“{unknown[0]}”", suggest(str(unknown[0]), stage.categories))
        return None
    read = {name: _places(figure) for name, figure in value.items()}
    wrong = next((name for name, figure in read.items() if figure is None), None)
    kinds = {_kind(figure) for figure in read.values()}
    lacking = [name for name in stage.categories if name not in read]
    if wrong is not None or len(kinds) != 1 or lacking:
        message = f"类别“{wrong}”的名额“{value[wrong]}”不对" if wrong is not None else "名额没有写全，或个数和比例混用"
        advice = "各类别都写整数个数，或都写比例" + (f"；还缺：{'、'.join(lacking)}" if lacking else "")
        problems.error(place, message, advice)
        return None
    return replace(plain, **{kinds.pop(): read})


def _places(value: Any) -> int | float | None:
    """A number of places (int) or a share (float); None where it is neither."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value if value >= 0 else None
    share = None if isinstance(value, (bool, Mapping)) else parse_share(value)
    return float(share) if share is not None and 0 <= share <= 1 else None


def _kind(value: int | float) -> str:
    return "number" if isinstance(value, int) else "share"


# --- readings and parameters ------------------------------------------------------------------------------------------


def _readings(scheme: Scheme, scenario: Scenario, problems: Problems) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, choice in scenario.readings.items():
        place, reading = scenario.place("读法", name), scheme.readings.get(name)
        if reading is None:
            problems.error(place, f"办法没有声明读法“{name}”", suggest(name, scheme.readings))
        elif choice not in reading.choices:
            options = "、".join(f"{code}（{text}）" for code, text in reading.choices.items())
            problems.error(place, f"读法“{name}”没有选项“{choice}”", f"可选：{options}")
        else:
            found[name] = choice
    return found


def _params(case: Case, scenario: Scenario, problems: Problems) -> dict[str, Any]:
    scheme, found = case.scheme, {}
    for name, value in scenario.params.items():
        place = scenario.place("参数", name)
        if name not in scheme.params:
            problems.error(place, f"办法没有声明参数“{name}”", suggest(name, scheme.params))
            continue
        today = case.params[name]
        by_category = isinstance(scheme.params[name].default, Mapping)
        if by_category and not (isinstance(value, Mapping) and set(value) <= set(today)):
            problems.error(place, f"参数“{name}”应按类别写", f"可写的类别：{'、'.join(today)}")
        elif flaw := param_flaw(scheme, name, value):
            problems.error(place, f"参数“{name}”的值“{value}”不合要求", flaw)
        else:
            found[name] = {**today, **value} if by_category else value
    return found
