"""What notebooks show beside charts: tables (escaped HTML, class `kaohe`) and short texts (Markdown)."""

from kaohe_tools.display.category import (
    consequences_table,
    grade_table,
    heading,
    losses_table,
    parts_table,
    problems_table,
    quotas_table,
)
from kaohe_tools.display.overview import (
    notes,
    overview_heading,
    pending_table,
    readings_table,
    summary_table,
    top_table,
)
from kaohe_tools.display.table import Table, Text, plain, table

__all__ = [
    "Table",
    "Text",
    "consequences_table",
    "grade_table",
    "heading",
    "losses_table",
    "notes",
    "overview_heading",
    "parts_table",
    "pending_table",
    "plain",
    "problems_table",
    "quotas_table",
    "readings_table",
    "summary_table",
    "table",
    "top_table",
]
