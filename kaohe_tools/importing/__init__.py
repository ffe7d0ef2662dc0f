"""Official indicator tables (Word or Excel, as they were printed) to the tidy `indicators` sheet.

In the order of work: labels (what words mean), headings (whose table), layout (where things stand), rows (what each row
says), repair (what pages broke), totals (does it add up), official (all of it), workbook (the result as a file).
"""

from kaohe_tools.importing.official import COLUMNS, read_official
from kaohe_tools.importing.workbook import write_indicators

__all__ = ["COLUMNS", "read_official", "write_indicators"]
