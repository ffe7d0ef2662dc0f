"""Schemes: one regulation as data, each figure with its article (条款).

`schemes/*.yaml` hold the regulations, `schemes/scheme.schema.json` defines their language, `model` is what the rest of
the package sees of them. No other file knows a figure or a name of any regulation.
"""

from kaohe_tools.scheme.announcing import UNITS, Publicity, Secrecy
from kaohe_tools.scheme.checks import Check
from kaohe_tools.scheme.files import COMMON_FILE, SCHEMES, built_in, category_vocabulary, load_scheme, scheme_file
from kaohe_tools.scheme.model import (
    COMPOSITE,
    GIVEN,
    UNSETTLED,
    Ballot,
    Clause,
    Code,
    Composition,
    Consequence,
    Fact,
    Floor,
    Ledger,
    Limit,
    Param,
    Part,
    Pool,
    Reading,
    Rescale,
    Rule,
    Scheme,
    Stage,
    Step,
    When,
    in_force,
)
from kaohe_tools.scheme.params import param_flaw

__all__ = [
    "COMMON_FILE",
    "COMPOSITE",
    "GIVEN",
    "SCHEMES",
    "UNITS",
    "UNSETTLED",
    "Ballot",
    "Check",
    "Clause",
    "Code",
    "Composition",
    "Consequence",
    "Fact",
    "Floor",
    "Ledger",
    "Limit",
    "Param",
    "Part",
    "Pool",
    "Publicity",
    "Reading",
    "Rescale",
    "Rule",
    "Scheme",
    "Secrecy",
    "Stage",
    "Step",
    "When",
    "built_in",
    "category_vocabulary",
    "in_force",
    "load_scheme",
    "param_flaw",
    "scheme_file",
]
