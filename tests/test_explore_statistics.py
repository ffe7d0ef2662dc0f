"""The statistics agree with examples that were worked out and published by others; the source stands at each."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from explored import with_covariances

from kaohe_tools.charts.placing import keep_apart
from kaohe_tools.explore.items import item_rest, item_table, redundant_pairs, upper_lower
from kaohe_tools.explore.maths import (
    between_share,
    between_tail,
    chi_square_tail,
    correlation_tail,
    rank_correlations,
    t_quantile,
)
from kaohe_tools.explore.raters import kendall_w
from kaohe_tools.explore.reliability import alpha_of, alpha_without, reliability
from kaohe_tools.explore.study import Matrix


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


def test_an_item_s_correlation_with_the_rest_is_that_of_a_textbook() -> None:
    rest = item_rest(_matrix(with_covariances(_denis(), 10), [1.0] * 5))
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
    found = reliability(_matrix(with_covariances(_denis(), 10), [1.0] * 5))
    spread = math.sqrt(_denis().sum())
    assert found.error == pytest.approx(spread * math.sqrt(1 - found.alpha))
    assert found.noise == pytest.approx(1.96 * math.sqrt(2) * found.error, rel=1e-4)


def test_items_without_spread_do_not_count_for_alpha() -> None:
    figures = with_covariances(_denis(), 10)
    with_still = reliability(_matrix(figures.assign(满分=1.0), [1.0] * 6))
    assert with_still.alpha == pytest.approx(reliability(_matrix(figures, [1.0] * 5)).alpha)
    assert with_still.still == ("满分",)


# --- discrimination ---------------------------------------------------------------------------------------------------


def test_upper_and_lower_groups_are_27_percent_by_the_whole_score() -> None:
    shares = pd.DataFrame(np.random.default_rng(6).uniform(0.5, 1.0, (100, 4)), columns=list("甲乙丙丁"))
    ordered = shares.loc[shares.sum(axis=1).sort_values().index]
    expected = ordered.tail(27).mean() - ordered.head(27).mean()  # Kelley (1939)
    assert upper_lower(_matrix(shares)).to_dict() == pytest.approx(expected.to_dict())


def test_the_discrimination_index_is_that_of_a_worked_example() -> None:
    # University of California, Los Angeles, "Interpretation of statistics" of test items: DI = (a - b) / n, a and b the
    # right answers of the upper and of the lower 27 %; worked with 100 candidates, a = 22, b = 11: 11/27 = .41
    right = np.repeat([1.0, 0.0] * 3, [22, 5, 20, 26, 11, 16])
    rest = np.repeat([0.9, 0.5, 0.1], [27, 46, 27])
    shares = pd.DataFrame({"一题": right, "其余": rest})
    matrix = _matrix(shares, [1.0, 99.0])
    assert upper_lower(matrix)["一题"] == pytest.approx(11 / 27)
    table = item_table(matrix).set_index("item")
    assert table.at["一题", "full"] == table.at["一题", "mean"] == pytest.approx(0.53)  # the item difficulty p = 53/100


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


def test_two_items_that_only_one_subject_makes_alike_are_not_held_to_say_the_same() -> None:
    shares = pd.DataFrame({"甲": [1.0] * 11 + [0.5], "乙": [1.0] * 11 + [0.8]})
    pairs = redundant_pairs(_matrix(shares))
    assert pairs["correlation"].tolist() == pytest.approx([1.0])
    assert not pairs["firm"].any()


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


def test_of_few_objects_chance_is_reckoned_by_lot() -> None:
    # all 120 x 120 orders of five objects by two further judges, as in the exact tables of Friedman (1940)
    judges = np.array([[1, 2, 3, 4, 5], [2, 1, 3, 5, 4], [1, 3, 2, 5, 4]], dtype=float)
    orders = np.array(list(itertools.permutations(range(1, 6))))
    sums = judges[0] + orders[:, None, :] + orders[None, :, :]
    apart = ((sums - 9) ** 2).sum(axis=2)
    exact = (apart >= ((judges.sum(axis=0) - 9) ** 2).sum()).mean()
    assert kendall_w(judges.T)[2] == pytest.approx(exact, abs=0.003)
    assert kendall_w(judges.T)[2] == kendall_w(judges.T)[2]


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


def test_labels_keep_their_order_and_their_distance() -> None:
    random = np.random.default_rng(8)
    wished = random.normal(5, 0.3, 30)
    placed = keep_apart(wished, 0.3, 0.0, 10.0)
    order = np.argsort(wished)
    assert np.diff(placed[order]).min() >= 0.3 - 1e-9
    assert placed.min() >= 0
    assert placed.max() <= 10
    assert np.allclose(keep_apart(np.array([1.0, 4.0]), 0.3, 0.0, 10.0), [1.0, 4.0]), "who has room stays"
