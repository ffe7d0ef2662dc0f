"""Other points for the parts of a stage: the scheme as it would be, everything else in it untouched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from kaohe_tools.scheme import Part, Scheme, Stage

Points = Mapping[str, Mapping[str, float]]  # by leaf part: by category, its points


def points_of(stage: Stage, category: str) -> dict[str, float]:
    """Today's points of every leaf part of a category, in the scheme's order."""
    return {leaf.name: leaf.points[category] for leaf in stage.leaves(category)}


def reweighed(scheme: Scheme, stage: str, points: Points) -> Scheme:
    """The scheme with other points for some leaf parts of one stage. Nothing in `scheme` is changed.

    A case prepared under `scheme` can be assessed under the result (`assess_valued`): item scores stay in the points
    they were bound with and are scaled to the new ones (得分合计/分值合计×部分分值).
    """
    old = scheme.stages[stage]
    parts = tuple(_reweighed(part, points) for part in old.parts)
    return replace(scheme, stages={**scheme.stages, stage: replace(old, parts=parts)})


def _reweighed(part: Part, points: Points) -> Part:
    own = {category: float(points.get(part.name, {}).get(category, due)) for category, due in part.points.items()}
    return replace(part, points=own, parts=tuple(_reweighed(inner, points) for inner in part.parts))


def pro_rata(today: Mapping[str, float], fixed: Mapping[str, float]) -> dict[str, float]:
    """Points of all leaves where some are fixed and the others share what is left of the total as they do today.

    Raises ValueError where the fixed ones exceed the total, or nothing is left to share it with.

    >>> pro_rata({"a": 50, "b": 30, "c": 20}, {"a": 60})
    {'a': 60.0, 'b': 24.0, 'c': 16.0}
    """
    total, rest = sum(today.values()), sum(p for name, p in today.items() if name not in fixed)
    left = total - sum(fixed.values())
    if left < -1e-9 or (rest == 0 and abs(left) > 1e-9):
        raise ValueError(f"fixed points {sum(fixed.values()):g} do not fit a total of {total:g}")
    share = max(left, 0.0) / rest if rest else 0.0
    return {name: float(fixed.get(name, p * share)) for name, p in today.items()}
