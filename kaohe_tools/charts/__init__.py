"""The charts: each takes tables that others worked out and returns a figure with a title; none calculates a result.

They are used as `charts.ranking(view)`: what others draw stands here, the modules are nobody's business.
"""

from kaohe_tools.charts.acceptability import acceptability
from kaohe_tools.charts.bump import rank_flow
from kaohe_tools.charts.distribution import line_crowd, profile_bars, strips, years_lines
from kaohe_tools.charts.losses import OWN, heat_map, loss_by_item, loss_by_subject, own_items, rate_table
from kaohe_tools.charts.measurement import item_heat, item_map, leniency_intervals, weight_dumbbell
from kaohe_tools.charts.overview import grade_shares, places_used
from kaohe_tools.charts.progress import behind_multiples, progress_lines
from kaohe_tools.charts.ranking import ranking
from kaohe_tools.charts.slope import slope
from kaohe_tools.charts.spread import category_spread, judges, part_spread
from kaohe_tools.charts.years import score_changes, score_years

__all__ = [
    "OWN",
    "acceptability",
    "behind_multiples",
    "category_spread",
    "grade_shares",
    "heat_map",
    "item_heat",
    "item_map",
    "judges",
    "leniency_intervals",
    "line_crowd",
    "loss_by_item",
    "loss_by_subject",
    "own_items",
    "part_spread",
    "places_used",
    "profile_bars",
    "progress_lines",
    "rank_flow",
    "ranking",
    "rate_table",
    "score_changes",
    "score_years",
    "slope",
    "strips",
    "weight_dumbbell",
    "years_lines",
]
