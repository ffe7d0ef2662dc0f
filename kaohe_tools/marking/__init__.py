"""Copies of input files with the problem cells marked and commented, to send back to whoever filled them in."""

from kaohe_tools.marking.copies import write_marked
from kaohe_tools.marking.opinion import OPINION

__all__ = ["OPINION", "write_marked"]
