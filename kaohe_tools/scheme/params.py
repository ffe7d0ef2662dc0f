"""What the value of a parameter may be: it follows from the steps that use it as a number of places or as a share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kaohe_tools.exact import parse_share
from kaohe_tools.scheme.model import Scheme


def param_flaw(scheme: Scheme, name: str, value: Any) -> str:
    """What a value should be where it does not fit the parameter's use; "" where it fits."""
    steps = [step for stage in scheme.stages.values() for step in stage.steps]
    for step in (step for step in steps if name in (step.param, *step.params.values())):
        if not step.counted and not _is_share(value):
            return "应是 0 到 1 之间的比例，如 20%"
        if step.counted and not all(map(_is_count, value.values() if isinstance(value, Mapping) else [value])):
            return "应是不小于 0 的整数"
    return ""


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_share(value: Any) -> bool:
    share = None if isinstance(value, (bool, Mapping)) else parse_share(value)
    return share is not None and 0 <= share <= 1
