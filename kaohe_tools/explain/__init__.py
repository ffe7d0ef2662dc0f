"""The whole derivation of one subject's result, down to file, sheet and cell: as data and as plain text."""

from kaohe_tools.assess import Assessment
from kaohe_tools.explain.deriving import derive
from kaohe_tools.explain.model import Derivation
from kaohe_tools.explain.text import as_text

__all__ = ["Derivation", "as_text", "derive", "explain"]


def explain(assessment: Assessment, subject: str, stage: str | None = None, others: bool = True) -> str:
    """How a subject's result came about, as Chinese plain text.

    `subject`: its name (white space and full width aside) or 编号. `others`: with those ranked next to it and with what
    names others; without, nobody else's name or score is in it. Raises InputError where there is no such subject or
    stage, with the nearest name, or where the name is borne by several.
    """
    return as_text(derive(assessment, subject, stage, others))
