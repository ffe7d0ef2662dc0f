"""Schemes: one regulation as data, each figure with its article (条款).

`schemes/*.yaml` hold the regulations, `schemes/scheme.schema.json` defines their language, `model` is what the rest of
the package sees of them. No other file knows a figure or a name of any regulation.
"""

from kaohe_tools.scheme.files import SCHEMES, built_in, category_vocabulary, load_scheme
from kaohe_tools.scheme.model import (
    COMPOSITE,
    UNSETTLED,
    Code,
    Composition,
    Consequence,
    Fact,
    Ledger,
    Param,
    Part,
    Reading,
    Scheme,
    Stage,
    Step,
)

__all__ = [
    "COMPOSITE",
    "SCHEMES",
    "UNSETTLED",
    "Code",
    "Composition",
    "Consequence",
    "Fact",
    "Ledger",
    "Param",
    "Part",
    "Reading",
    "Scheme",
    "Stage",
    "Step",
    "built_in",
    "category_vocabulary",
    "load_scheme",
]
