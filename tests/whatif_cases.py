"""Bundled cases read once, copies of them with another scheme or other sheets, and what must not change meanwhile."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import yaml
from openpyxl.utils.cell import coordinate_from_string

from kaohe_tools.outputs import tables
from kaohe_tools.scheme import SCHEMES
from kaohe_tools.whatif.variant import Base, base_of, vary

RAW = Path(__file__).resolve().parent.parent / "data" / "raw"
CASES = ("bureau-400", "qinghai-2019", "qinghai-2023", "zaozhuang", "zhashui-2022")


@cache
def base(name: str) -> Base:
    """A bundled case, read and assessed once for all tests."""
    return base_of(RAW / name)


def result(assessment) -> pd.DataFrame:
    return tables(assessment)["结果"]


def result_under(own: Base, scenario) -> pd.DataFrame:
    return result(vary(own, scenario).assessment)


def fingerprint(own: Base) -> dict[str, Any]:
    """Everything a variant could spoil: the frames as hashes, the scheme and the choices as they are."""
    prepared, worth = own.prepared, own.worth
    frames = {
        "items": prepared.bound.items, "scores": prepared.bound.scores, "tallies": prepared.bound.tallies,
        "votes": prepared.bound.votes, "blanks": prepared.bound.blanks, "facts": prepared.facts,
        "subjects": prepared.directory.subjects, "valued": worth.valued, "entries": worth.entries,
        "scored": own.assessment.scores, "grades": own.assessment.grades,
    }  # fmt: skip
    hashes = {name: pd.util.hash_pandas_object(frame.astype(str)).tolist() for name, frame in frames.items()}
    told = [str(problem) for problem in prepared.problems], [str(problem) for problem in worth.problems]
    return {**hashes, "case": repr(own.case), "attempted": sorted(prepared.bound.attempted), "told": told}


def copied(name: str, target: Path, **yaml_changes: Any) -> Path:
    """A copy of a bundled case with entries of its case.yaml changed."""
    shutil.copytree(RAW / name, target)
    data = yaml.safe_load((target / "case.yaml").read_text(encoding="utf-8"))
    (target / "case.yaml").write_text(yaml.safe_dump({**data, **yaml_changes}, allow_unicode=True), encoding="utf-8")
    return target


def with_scheme(name: str, target: Path, edit: Callable[[dict], None]) -> Path:
    """A copy of a bundled case whose scheme file was edited by hand."""
    folder = copied(name, target, scheme="办法.yaml")
    data = yaml.safe_load((SCHEMES / f"{name}.yaml").read_text(encoding="utf-8"))
    edit(data)
    text = yaml.safe_dump(data, allow_unicode=True, sort_keys=False)
    (folder / "办法.yaml").write_text(text, encoding="utf-8")
    return folder


def write_full_marks(own: Base, folder: Path) -> None:
    """Write 满分 (today's points) beside every score of a part that is scored as a whole.

    A score of 18 in a part of 20 points is 18 of 20, whatever the part is worth in another scheme.
    """
    items = own.prepared.bound.items
    scores = own.prepared.bound.scores
    scores = scores[scores["score"].notna() & (items.loc[scores["item"], "source"] == "scores").to_numpy()]
    places = own.prepared.directory.tables.places(scores, ["score"] * len(scores))
    points = items.loc[scores["item"], "points"].to_numpy()
    by_file: dict[str, list[tuple[str, str, float]]] = {}
    for place, worth in zip(places.itertuples(), points, strict=True):
        by_file.setdefault(place.file, []).append((place.sheet, place.cell, worth))
    for file, cells in by_file.items():
        book = openpyxl.load_workbook(folder / file)
        columns: dict[str, int] = {}
        for sheet, cell, worth in cells:
            page = book[sheet]
            column, row = coordinate_from_string(cell)
            if sheet not in columns:
                head = next(r for r in range(row, 0, -1) if page[f"{column}{r}"].value == "得分")
                columns[sheet] = page.max_column + 1
                page.cell(head, columns[sheet], "满分")
            page.cell(row, columns[sheet], worth)
        book.save(folder / file)


def set_points(data: dict, stage: str, points: dict[str, dict[str, float]]) -> None:
    """Write other points of leaf parts into the data of a scheme file; what a fact is worth grows with its part."""
    categories = data["stages"][stage].get("categories", {})

    def visit(parts: dict) -> None:
        for name, part in parts.items():
            visit(part.get("parts", {}))
            if name not in points:
                continue
            new = points[name]
            old = part["points"] if isinstance(part["points"], dict) else dict.fromkeys(categories, part["points"])
            ratio = next(iter(new.values())) / next(iter(old[category] for category in new))
            part["points"] = {**old, **new}
            if "values" in part:
                part["values"] = {choice: worth * ratio for choice, worth in part["values"].items()}
            for option in ("above", "above_at_most", "below"):
                if option in part.get("rule", {}):
                    part["rule"][option] *= ratio

    visit(data["stages"][stage].get("parts", {}))
