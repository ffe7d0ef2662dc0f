"""Effective weights and shares of variance agree with published functions, plain algebra and least squares."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from explored import with_covariances

from kaohe_tools.explore.maths import nonnegative_least_squares, smooth_share
from kaohe_tools.explore.weights import balanced, evened, importance, variance_shares


def test_the_smoother_finds_the_main_effects_of_ishigami_s_function() -> None:
    # Ishigami and Homma (1990), a = 7, b = 0.1: S = 0.314, 0.442, 0 (Saltelli et al. 2008, Global Sensitivity
    # Analysis); points of a lattice leave little to chance
    steps = np.arange(1, 1202)[:, None] * np.array([1, 373, 737]) / 1201 % 1
    x = (steps - 0.5) * 2 * np.pi
    y = np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])
    found = [smooth_share(x[:, i], y) for i in range(3)]
    assert found == pytest.approx([0.314, 0.442, 0.0], abs=0.02)


def test_the_smoother_sees_what_a_correlation_does_not() -> None:
    x = np.linspace(-1, 1, 60)
    linear, smooth = importance(pd.DataFrame({"x": x}), pd.Series(x**2))
    assert linear["x"] == pytest.approx(0.0, abs=1e-12)
    assert smooth["x"] > 0.97


def test_the_linear_importance_is_the_squared_correlation_and_of_independent_parts_their_share_of_variance() -> None:
    parts = with_covariances(np.diag([1.0, 4.0]), 50)
    total = parts.sum(axis=1)
    linear, smooth = importance(parts, total)
    assert linear.tolist() == pytest.approx([0.2, 0.8])  # Paruolo et al. (2013): V(x_i) / V(y)
    assert linear.tolist() == pytest.approx([np.corrcoef(parts[name], total)[0, 1] ** 2 for name in parts])
    assert smooth.tolist() == pytest.approx(linear.tolist(), abs=0.15)


def test_shares_of_variance_are_the_slopes_of_the_parts_on_the_whole() -> None:
    # Shorrocks (1982); the same by least squares, as the Stata command ineqfac has it (STB-48, sg104)
    shares, points = _parts()
    values = shares * points
    total = values.sum(axis=1)
    found = variance_shares(values, total)
    assert found.tolist() == pytest.approx([np.polyfit(total, values[name], 1)[0] for name in values])
    assert found.sum() == pytest.approx(1.0)


def _parts() -> tuple[pd.DataFrame, pd.Series]:
    covariances = np.array([[1.0, 0.3, 0.2], [0.3, 2.0, 0.1], [0.2, 0.1, 0.5]]) / 100
    shares = with_covariances(covariances, 40) + 0.8
    return shares, pd.Series([50.0, 20.0, 30.0], index=shares.columns)


def test_balanced_points_bring_the_effective_weights_to_the_nominal_ones() -> None:
    shares, points = _parts()
    found = balanced(shares, points)["balanced"]
    linear, _ = importance(shares, (shares * found).sum(axis=1))
    assert found.sum() == pytest.approx(100)
    assert (linear / linear.sum()).tolist() == pytest.approx([0.5, 0.2, 0.3], abs=1e-6)


def test_balanced_points_reckon_with_what_else_is_in_the_score() -> None:
    shares, points = _parts()
    other = pd.Series(np.random.default_rng(4).normal(0, 1.5, 40))
    found = balanced(shares, points, other)["balanced"]
    linear, _ = importance(shares, (shares * found).sum(axis=1) + other)
    assert found.sum() == pytest.approx(100)
    assert (linear / linear.sum()).tolist() == pytest.approx([0.5, 0.2, 0.3], abs=1e-6)


def test_points_are_never_negative_where_no_points_would_do() -> None:
    shares, _ = _parts()
    close = shares.assign(第4项=shares["第1项"] + np.random.default_rng(3).normal(0, 0.01, 40))
    found = balanced(close, pd.Series([85.0, 5.0, 5.0, 5.0], index=close.columns))
    assert (found["balanced"] >= 0).all()
    assert found["balanced"].sum() == pytest.approx(100)
    assert abs(found["after"] - [0.85, 0.05, 0.05, 0.05]).max() > 0.02, "said as it is"


def test_evened_points_bring_the_shares_of_variance_to_the_nominal_weights() -> None:
    shares, points = _parts()
    found = evened(shares, points)
    whole = (shares * found).sum(axis=1)
    made = [(shares[name] * found[name]).cov(whole) / whole.var() for name in shares]
    assert found.sum() == pytest.approx(100)
    assert made == pytest.approx([0.5, 0.2, 0.3], abs=1e-9)


def test_a_part_that_is_the_same_for_all_keeps_its_points() -> None:
    shares, points = _parts()
    still, due = shares.assign(满分=1.0), pd.concat([points, pd.Series({"满分": 10.0})])
    assert balanced(still, due).at["满分", "balanced"] == 10.0
    assert evened(still, due)["满分"] == 10.0
    assert evened(still, due).sum() == pytest.approx(110)


def test_least_squares_with_bounds_is_the_best_of_all_choices_of_columns() -> None:
    random = np.random.default_rng(7)
    for _ in range(20):
        matrix, target = random.normal(size=(6, 4)), random.normal(size=6)
        found = nonnegative_least_squares(matrix, target)
        best = math.inf
        for mask in range(16):
            chosen = [i for i in range(4) if mask >> i & 1]
            x = np.linalg.lstsq(matrix[:, chosen], target, rcond=None)[0] if chosen else np.zeros(0)
            if (x >= 0).all():
                best = min(best, float(np.linalg.norm(matrix[:, chosen] @ x - target)))
        assert (found >= 0).all()
        assert np.linalg.norm(matrix @ found - target) == pytest.approx(best)
