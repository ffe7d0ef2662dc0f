"""Workbooks to fill in, made from a scheme and, where there is one, a roster with its indicators.

In the order of work: needs (which sheets, columns and words a scheme has a use for), prefill (the rows that are due),
areas and checks (where things stand, drop-downs, what Excel itself refuses), paper (how cells look), forms (the data
sheets), totals (the sheet 核对), guide (the sheet 填写说明), splitting (whose rows are whose), making (all of it).
"""

from kaohe_tools.template.making import TemplateChoices, write_split, write_template
from kaohe_tools.template.splitting import BY_LEAD, BY_RATER, SPLITS

__all__ = ["BY_LEAD", "BY_RATER", "SPLITS", "TemplateChoices", "write_split", "write_template"]
