"""Which pages need not be made again: the results and the software they come from are still the same, to the byte."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

from kaohe_tools.digests import digest_of, digest_of_record, listing, read_listing
from kaohe_tools.outputs import SEAL, TIME
from kaohe_tools.records import DIGESTS
from kaohe_tools.report.plan import Page
from kaohe_tools.results.reading import RUN
from kaohe_tools.software import digest_of_software


def origin_of(page: Page, results: str, notebook: Path) -> str:
    """A fingerprint of all that a page comes from: notebook, parameters, results (see `digest_of_results`), software.

    Of the results everything counts, also what the page does not show: a notebook may read what it likes.
    """
    parts = {
        "notebook": digest_of(notebook),
        "page": f"{page.stem} {page.stage} {page.category}",
        "results": results,
        "software": digest_of_software(),
    }
    return digest_of_record(parts)


def unchanged(report: Path, name: str) -> bool:
    """Is a file of a report there, and as the report wrote it?"""
    with contextlib.suppress(OSError, ValueError):
        written = read_listing((report / DIGESTS).read_text(encoding="utf-8"))
        return written.get(name) == digest_of(report / name)
    return False


def digest_of_results(folder: Path) -> str:
    """A fingerprint of all that lies in a results folder, but for the time."""
    run = json.loads((folder / RUN).read_text(encoding="utf-8"))
    record = digest_of_record(run, without=[TIME, SEAL])
    return _digest_of_files(folder, (path for path in _files(folder) if path != folder / RUN), record)


def _files(folder: Path) -> Iterable[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


def _digest_of_files(folder: Path, files: Iterable[Path], more: str) -> str:
    named = listing({path.relative_to(folder).as_posix(): digest_of(path) for path in files})
    return hashlib.sha256(f"{named}\n{more}".encode()).hexdigest()
