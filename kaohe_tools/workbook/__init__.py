"""等次表.xlsx: the results as a workbook to print, sign and file, that recomputes itself where the basis is there."""

from kaohe_tools.spreadsheet import sheet_names
from kaohe_tools.workbook.making import write_workbook
from kaohe_tools.workbook.paper import LINE_HEIGHT

__all__ = ["LINE_HEIGHT", "sheet_names", "write_workbook"]
