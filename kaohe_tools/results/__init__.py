"""The reading side of a results folder: `read_results`, the tables, and the view of one category."""

from kaohe_tools.results.category import ADJUST, LABEL, TOTAL, Category, Part
from kaohe_tools.results.reading import Results, read_results

__all__ = ["ADJUST", "LABEL", "TOTAL", "Category", "Part", "Results", "read_results"]
