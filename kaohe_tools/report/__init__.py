"""From a folder of results to signed-off pages: notebooks by papermill, HTML, an index and a workbook."""

from kaohe_tools.report.build import build_report
from kaohe_tools.report.runner import Failure

__all__ = ["Failure", "build_report"]
