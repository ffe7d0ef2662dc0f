"""The statistics agree with examples that were worked out and published by others; the source stands at each."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from kaohe_tools.charts.placing import keep_apart
from kaohe_tools.explore.items import item_rest, redundant_pairs, upper_lower
from kaohe_tools.explore.maths import (
    between_share,
    between_tail,
    chi_square_tail,
    correlation_tail,
    nonnegative_least_squares,
    rank_correlations,
    smooth_share,
    t_quantile,
)
from kaohe_tools.explore.raters import kendall_w
from kaohe_tools.explore.reliability import alpha_of, alpha_without, reliability
from kaohe_tools.explore.study import Matrix
from kaohe_tools.explore.weights import balanced, evened, importance


def _matrix(shares: pd.DataFrame, points: list[float] | None = None) -> Matrix:
    """A matrix of items that all subjects have."""
    worth = pd.Series(points or [10.0] * shares.shape[1], index=shares.columns)
    info = pd.DataFrame({"top": "", "leaf": "", "project": "", "own": False, "points": worth, "held": len(shares)})
    return Matrix("指标", shares, shares * worth, info)


# --- reliability ------------------------------------------------------------------------------------------------------

# D. J. Denis, Applied Univariate, Bivariate, and Multivariate Statistics (2016), item analysis by SPSS: five items, ten
# cases; what is printed there are the correlations, the standard deviations and the results tested below.
DENIS_SD = [2.71006, 5.05085, 4.74810, 2.71621, 3.80058]
DENIS_R = [
    [1.000, 0.679, 0.351, 0.827, 0.022],
    [0.679, 1.000, 0.612, 0.743, -0.463],
    [0.351, 0.612, 1.000, 0.462, -0.129],
    [0.827, 0.743, 0.462, 1.000, -0.011],
    [0.022, -0.463, -0.129, -0.011, 1.000],
]


def _denis() -> np.ndarray:
    return np.array(DENIS_R) * np.outer(DENIS_SD, DENIS_SD)


def test_alpha_is_that_of_a_textbook() -> None:
    assert alpha_of(_denis()) == pytest.approx(0.633, abs=0.0006)
    assert alpha_of(np.array(DENIS_R)) == pytest.approx(0.691, abs=0.0006)  # standardised items


def _with_covariances(covariances: np.ndarray, count: int) -> pd.DataFrame:
    """Figures whose sample covariances are exactly these."""
    raw = np.random.default_rng(1).normal(size=(count, len(covariances)))
    raw -= raw.mean(axis=0)
    plain = raw @ np.linalg.inv(np.linalg.cholesky(np.cov(raw.T))).T
    figures = plain @ np.linalg.cholesky(covariances).T
    return pd.DataFrame(figures, columns=[f"第{i + 1}项" for i in range(len(covariances))])


def test_an_item_s_correlation_with_the_rest_is_that_of_a_textbook() -> None:
    rest = item_rest(_matrix(_with_covariances(_denis(), 10), [1.0] * 5))
    assert rest["第1项"] == pytest.approx(0.712, abs=0.001)


def test_alpha_of_ones_and_zeros_is_kuder_and_richardson_s_formula() -> None:
    answers = (np.random.default_rng(5).random((40, 6)) < np.linspace(0.3, 0.9, 6)).astype(float)
    answers[:20] = np.maximum(answers[:20], answers[:1])
    share, total = answers.mean(axis=0), answers.sum(axis=1)
    kr20 = 6 / 5 * (1 - (share * (1 - share)).sum() / total.var())
    assert alpha_of(np.cov(answers.T, bias=True)) == pytest.approx(kr20)


def test_alpha_without_an_item_is_alpha_of_the_others() -> None:
    covariances = _denis()
    found = alpha_without(covariances)
    assert found[4] == pytest.approx(alpha_of(covariances[:4, :4]))
    assert found[4] > alpha_of(covariances), "the fifth item goes against the others"


def test_the_error_and_the_noise_follow_from_alpha() -> None:
    found = reliability(_matrix(_with_covariances(_denis(), 10), [1.0] * 5))
    spread = math.sqrt(_denis().sum())
    assert found.error == pytest.approx(spread * math.sqrt(1 - found.alpha))
    assert found.noise == pytest.approx(1.96 * math.sqrt(2) * found.error, rel=1e-4)


def test_items_without_spread_do_not_count_for_alpha() -> None:
    figures = _with_covariances(_denis(), 10)
    with_still = reliability(_matrix(figures.assign(满分=1.0), [1.0] * 6))
    assert with_still.alpha == pytest.approx(reliability(_matrix(figures, [1.0] * 5)).alpha)
    assert with_still.still == ("满分",)


# --- discrimination ---------------------------------------------------------------------------------------------------


def test_upper_and_lower_groups_are_27_percent_by_the_whole_score() -> None:
    shares = pd.DataFrame(np.random.default_rng(6).uniform(0.5, 1.0, (100, 4)), columns=list("甲乙丙丁"))
    ordered = shares.loc[shares.sum(axis=1).sort_values().index]
    expected = ordered.tail(27).mean() - ordered.head(27).mean()  # Kelley (1939)
    assert upper_lower(_matrix(shares)).to_dict() == pytest.approx(expected.to_dict())


def test_a_tie_at_the_edge_of_a_group_is_parted_by_nobody() -> None:
    shares = pd.DataFrame({"甲": [1.0] * 6 + [0.0] * 6, "乙": [1.0, 0.0] * 6})
    shuffled = shares.iloc[::-1].set_axis(shares.index)
    assert upper_lower(_matrix(shares))["甲"] == upper_lower(_matrix(shuffled))["甲"]


def test_two_items_that_say_the_same_are_found_and_chance_is_told_from_it() -> None:
    random = np.random.default_rng(2)
    base = random.normal(0.8, 0.05, 24)
    shares = pd.DataFrame({"甲": base, "乙": base + random.normal(0, 0.005, 24), "丙": random.normal(0.8, 0.05, 24)})
    pairs = redundant_pairs(_matrix(shares))
    assert pairs[["one", "other"]].values.tolist() == [["甲", "乙"]]
    assert bool(pairs["firm"].iloc[0])
    assert pairs["correlation"].iloc[0] == pytest.approx(np.corrcoef(shares["甲"], shares["乙"])[0, 1])


# --- agreement --------------------------------------------------------------------------------------------------------


def test_kendall_s_w_without_ties() -> None:
    # Siegel (1956), Nonparametric Statistics, p. 230: six applicants ranked by three executives, s = 25.5, W = .16
    ranks = np.array([[1, 1, 6], [6, 5, 3], [3, 6, 2], [2, 4, 5], [5, 2, 4], [4, 3, 1]], dtype=float)
    w, chi, _ = kendall_w(ranks)
    assert w == pytest.approx(25.5 / (9 * (6**3 - 6) / 12))
    assert round(w, 2) == 0.16
    assert chi == pytest.approx(3 * 5 * w)


def test_kendall_s_w_with_ties() -> None:
    # Siegel (1956), p. 234, after Kendall (1948): W = .796 without and .828 with the correction for ties
    judges = [
        [1, 4.5, 2, 4.5, 3, 7.5, 6, 9, 7.5, 10],
        [2.5, 1, 2.5, 4.5, 4.5, 8, 9, 6.5, 10, 6.5],
        [2, 1, 4.5, 4.5, 4.5, 4.5, 8, 8, 8, 10],
    ]
    w, _, p = kendall_w(np.array(judges).T)
    assert round(w, 3) == 0.828
    assert p < 0.01


def test_judges_who_agree_wholly_have_a_w_of_one_and_ties_of_all_none() -> None:
    assert kendall_w(np.tile(np.arange(6.0)[:, None], 4))[0] == pytest.approx(1.0)
    assert math.isnan(kendall_w(np.ones((6, 3)))[0])


@pytest.mark.parametrize(
    "freedom, value, p",
    [(1, 3.841, 0.05), (2, 5.991, 0.05), (5, 15.086, 0.01), (10, 18.307, 0.05), (19, 36.191, 0.01), (30, 43.773, 0.05)],
)
def test_chi_square_is_that_of_the_tables(freedom: int, value: float, p: float) -> None:
    assert chi_square_tail(value, freedom) == pytest.approx(p, rel=2e-3)  # Fisher and Yates, table IV


@pytest.mark.parametrize(
    "freedom, value", [(4, 2.776), (5, 2.571), (10, 2.228), (20, 2.086), (30, 2.042), (120, 1.980)]
)
def test_t_is_that_of_the_tables(freedom: int, value: float) -> None:
    assert t_quantile(freedom) == pytest.approx(value, abs=0.01)  # Student's table, two-sided 5 %


def test_spearman_is_that_of_a_published_example() -> None:
    # "Spearman's rank correlation coefficient", Wikipedia: IQ and hours of television, rho = -29/165
    table = pd.DataFrame({
        "iq": [106, 100, 86, 101, 99, 103, 97, 113, 112, 110], "tv": [7, 27, 2, 50, 28, 29, 20, 12, 6, 17],
    })  # fmt: skip
    assert rank_correlations(table, 8).loc["iq", "tv"] == pytest.approx(-29 / 165)


def test_the_bar_of_a_correlation_is_that_of_the_tables() -> None:
    assert correlation_tail(0.707, 8) == pytest.approx(0.05, abs=0.01)  # Fisher and Yates, table VII, 6 degrees
    assert correlation_tail(0.444, 20) == pytest.approx(0.05, abs=0.005)


def test_eta_squared_is_that_of_a_published_example() -> None:
    # "One-way analysis of variance", Wikipedia: between 84, within 68 (F = 9.3, p = 0.002)
    values = np.array([6, 8, 4, 5, 3, 4, 8, 12, 9, 11, 6, 8, 13, 9, 11, 8, 7, 12], dtype=float)
    groups = np.repeat([0, 1, 2], 6)
    assert between_share(values, groups) == pytest.approx(84 / 152)
    assert between_tail(values, groups) == pytest.approx(0.002, abs=0.002)
    assert between_tail(values, groups) == between_tail(values, groups)


# --- effective weights ------------------------------------------------------------------------------------------------


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
    parts = _with_covariances(np.diag([1.0, 4.0]), 50)
    total = parts.sum(axis=1)
    linear, smooth = importance(parts, total)
    assert linear.tolist() == pytest.approx([0.2, 0.8])  # Paruolo et al. (2013): V(x_i) / V(y)
    assert linear.tolist() == pytest.approx([np.corrcoef(parts[name], total)[0, 1] ** 2 for name in parts])
    assert smooth.tolist() == pytest.approx(linear.tolist(), abs=0.15)


def _parts() -> tuple[pd.DataFrame, pd.Series]:
    covariances = np.array([[1.0, 0.3, 0.2], [0.3, 2.0, 0.1], [0.2, 0.1, 0.5]]) / 100
    shares = _with_covariances(covariances, 40) + 0.8
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


def test_labels_keep_their_order_and_their_distance() -> None:
    random = np.random.default_rng(8)
    wished = random.normal(5, 0.3, 30)
    placed = keep_apart(wished, 0.3, 0.0, 10.0)
    order = np.argsort(wished)
    assert np.diff(placed[order]).min() >= 0.3 - 1e-9
    assert placed.min() >= 0
    assert placed.max() <= 10
    assert np.allclose(keep_apart(np.array([1.0, 4.0]), 0.3, 0.0, 10.0), [1.0, 4.0]), "who has room stays"
