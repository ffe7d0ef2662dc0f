"""Any Excel sheet, CSV file or Word table → cells with coordinates; no meaning yet.

The files come from anybody. In the order of work: model (what a sheet is), limits (what is too much), folder (which
reader, told by a file's content), archive (a zip file's parts, checked), sheetxml, workbookxml and xlsx (.xlsx), ole,
biff and xls (.xls), text (.csv), word (.docx), parquet (.parquet). The Excel library sees nothing but parts that were
checked and wrapped anew, so that what was checked and what is read are the same bytes.
"""

from kaohe_tools.grid.folder import EXCEL, OWN_TEMPLATES, READABLE, TEXT, WORD, own_templates, read_file, read_folder
from kaohe_tools.grid.model import Grid, Span, Unusable

__all__ = [
    "EXCEL",
    "OWN_TEMPLATES",
    "READABLE",
    "TEXT",
    "WORD",
    "Grid",
    "Span",
    "Unusable",
    "own_templates",
    "read_file",
    "read_folder",
]
