"""What notebooks show beside charts: tables (escaped HTML, class `kaohe`) and short texts (Markdown)."""

from kaohe_tools.display.category import (
    consequences_section,
    consequences_table,
    grade_table,
    heading,
    judged_section,
    losses_table,
    parts_table,
    places_section,
    problems_table,
    quotas_table,
)
from kaohe_tools.display.overview import (
    notes,
    overview_heading,
    pending_section,
    pending_table,
    readings_table,
    summary_table,
    top_section,
    top_table,
)
from kaohe_tools.display.table import NOTHING, Table, Text, plain, section, table
from kaohe_tools.display.years import years_section, years_table

__all__ = [
    "NOTHING",
    "Table",
    "Text",
    "consequences_section",
    "consequences_table",
    "grade_table",
    "heading",
    "judged_section",
    "losses_table",
    "notes",
    "overview_heading",
    "parts_table",
    "pending_section",
    "pending_table",
    "places_section",
    "plain",
    "problems_table",
    "quotas_table",
    "readings_table",
    "section",
    "summary_table",
    "table",
    "top_section",
    "top_table",
    "years_section",
    "years_table",
]
