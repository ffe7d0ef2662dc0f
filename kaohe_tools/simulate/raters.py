"""Simulated examiners: the members of a panel, some lenient and some strict, whose marks even out to the panel's."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kaohe_tools.simulate.setting import Setting

APART, NOISE = 0.08, 0.03  # shares of points: how far the most lenient lies above the mean; chance from mark to mark


@dataclass(frozen=True)
class Panel:
    """Who marks a category.

    members: their names (none: the panel marks as one). leniency: of each, in shares of points.
    """

    name: str
    members: tuple[str, ...]
    leniency: np.ndarray

    def marks(self, mark: float, points: float, step: float, random: np.random.Generator) -> list[float]:
        """What each member gives: whole steps from 0 to the points, their mean exactly the panel's mark."""
        wanted = (self.leniency + random.normal(0.0, NOISE, len(self.members))) * points
        low, high = -int(mark / step + 1e-9), int((points - mark) / step + 1e-9)
        apart = np.clip(np.round(wanted / step).astype(int), low, high)
        while apart.sum():  # who strays most gives way
            apart[apart.argmax() if apart.sum() > 0 else apart.argmin()] -= np.sign(apart.sum())
        return [round(mark + own * step, 2) for own in apart.tolist()]


def panels(setting: Setting) -> dict[tuple[str, str], Panel]:
    """The panel of each stage and category."""
    found = {}
    for stage, category in setting.directory.subjects[["stage", "category"]].drop_duplicates().itertuples(index=False):
        name = f"{category}考核组"
        members = tuple(f"{name}成员{number}" for number in range(1, setting.raters + 1))
        leniency = setting.marking.permutation(np.linspace(-APART, APART, setting.raters)) if members else np.zeros(0)
        found[stage, category] = Panel(name, members, leniency)
    return found
