"""One subject's derivation as a file by itself: plain text, a page, or Word."""

from __future__ import annotations

from pathlib import Path

from kaohe_tools.aside import file_aside
from kaohe_tools.assess import Assessment
from kaohe_tools.audience import INTERNAL, SUBJECT
from kaohe_tools.explain import Derivation, as_text, derive
from kaohe_tools.feedback.build import results_of
from kaohe_tools.feedback.pages import Sheet, derivation_page, write_page
from kaohe_tools.feedback.word import write_word

SUFFIXES = (".html", ".docx", ".txt")


def write_explanation(assessment: Assessment, subject: str, stage: str | None, others: bool, path: Path) -> None:
    """Write how a subject's result came about into a file, in the form that its suffix (one of SUFFIXES) says.

    others: as for `derive`. Raises InputError where there is no such subject or stage.
    """
    derivation = derive(assessment, subject, stage, others)
    with file_aside(path) as new:
        _write(derivation, assessment, others, new)


def _write(derivation: Derivation, assessment: Assessment, others: bool, path: Path) -> None:
    if path.suffix.lower() == ".txt":
        write_page(as_text(derivation), path)
        return
    sheet = Sheet(results_of(assessment).run, INTERNAL if others else SUBJECT, alone=True)
    if path.suffix.lower() == ".docx":
        write_word(derivation, sheet, path)
    else:
        write_page(derivation_page(derivation, sheet), path)
