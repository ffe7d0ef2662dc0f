"""The charts of pages: each takes a view of the results and returns a figure with a title; none calculates a result."""

from kaohe_tools.charts.losses import OWN, heat_map, loss_by_item, loss_by_subject, own_items, rate_table
from kaohe_tools.charts.overview import grade_shares, places_used
from kaohe_tools.charts.ranking import ranking
from kaohe_tools.charts.spread import category_spread, judges, part_spread

__all__ = [
    "OWN",
    "category_spread",
    "grade_shares",
    "heat_map",
    "judges",
    "loss_by_item",
    "loss_by_subject",
    "own_items",
    "part_spread",
    "places_used",
    "ranking",
    "rate_table",
]
