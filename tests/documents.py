"""Word documents for tests: made of results, and read back as texts and tables."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import docx
from docx.document import Document
from good_offices import good
from sample_results import write_sample

from kaohe_tools.document import write_documents
from kaohe_tools.outputs import write
from kaohe_tools.results import Results, read_results

_KEPT = TemporaryDirectory(prefix="kaohe-documents-")  # until the tests are over
NUMBER = re.compile(r"\d+\.\d\d(?!\d)")


def sample(folder: Path, publicity: dict | None = None, notice: str = "list", **choices) -> Results:
    """Made-up results; `publicity` and `notice` as run.json records them, `choices` as write_sample takes them."""
    write_sample(folder, **choices)
    run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    rule = {"article": "第九条", "days": 5, "unit": "workdays", "stages": ["单位"], "note": "", "start": None}
    run |= {"notice": notice, "publicity": None if publicity is None else {**rule, **publicity}}
    (folder / "run.json").write_text(json.dumps(run, ensure_ascii=False), encoding="utf-8")
    return read_results(folder)


def documents(results: Results, folder: Path, **choices) -> dict[str, Document]:
    """The documents of results, by name."""
    folder.mkdir(parents=True, exist_ok=True)
    written = write_documents(results, folder, **choices)
    return {Path(one.file).stem: docx.Document(str(folder / one.file)) for one in written}


@cache
def of_office(name: str) -> tuple[Results, dict[str, Document]]:
    """A good office's results and documents; not to be changed."""
    folder = Path(_KEPT.name, name)
    folder.mkdir()
    write(good(name)[1], folder / "results")
    results = read_results(folder / "results")
    return results, documents(results, folder / "documents")


def lines(document: Document) -> list[str]:
    """The texts of all paragraphs outside tables."""
    return [paragraph.text for paragraph in document.paragraphs if paragraph.text]


def tables(document: Document) -> list[list[list[str]]]:
    """The texts of all tables, rows of cells."""
    return [[[cell.text for cell in row.cells] for row in table.rows] for table in document.tables]


def everything(document: Document) -> str:
    """All that can be read: paragraphs, tables, headers and footers."""
    section = document.sections[0]
    margins = [section.header, section.even_page_header, section.footer, section.even_page_footer]
    around = [paragraph.text for margin in margins for paragraph in margin.paragraphs]
    cells = [cell for table in tables(document) for row in table for cell in row]
    return "\n".join([*lines(document), *cells, *around])
