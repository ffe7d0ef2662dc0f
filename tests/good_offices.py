"""Good cases to be mutated: the small office, the worked stages of every scheme, and cuts of the bundled cases."""

from __future__ import annotations

import copy
import datetime
import re
import tempfile
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import openpyxl
import yaml
from offices import SHEETS, YAML
from papers import Row, Sheet, write_case

from kaohe_tools.assess import Assessment, assess
from kaohe_tools.problems import Place
from kaohe_tools.scheme import Scheme, load_scheme

ROOT = Path(__file__).resolve().parent.parent
KINDS = {  # by the columns that only one kind of sheet has
    "scores": {"指标", "得分"}, "done": {"指标", "完成值"}, "indicators": {"部分", "指标", "分值"},
    "ballots": {"评价主体"}, "ledger": {"标准"}, "facts": {"情形"}, "history": {"年度"}, "roster": {"类别"},
}  # fmt: skip
PER_CATEGORY = 2  # subjects kept of each category in a cut of a bundled case
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass
class Office:
    """A good case: case.yaml, its sheets, and what is known about it from its assessment.

    `points` of its score rows are kept in the rows; stages: by subject, and by category where only one stage has it.
    """

    name: str
    settings: str
    sheets: list[Sheet]
    scheme: Scheme
    stages: dict[str, str] = field(default_factory=dict)

    def copy(self) -> Office:
        return Office(self.name, self.settings, copy.deepcopy(self.sheets), self.scheme, self.stages)

    def of(self, *kinds: str) -> list[Sheet]:
        return [sheet for sheet in self.sheets if sheet.kind in kinds and sheet.rows]

    def write(self, folder: Path) -> dict[tuple[Row | str, str], Place]:
        return write_case(folder, self.settings, self.sheets)


def _kind(columns: set[str]) -> str:
    kind = next(name for name, own in KINDS.items() if own <= columns)
    return "scores" if kind == "done" else kind


def _sheet(name: str, lines: list[list[object]]) -> Sheet:
    header = [str(cell) for cell in lines[0] if cell is not None]
    rows = []
    for line in lines[1:]:
        cells = [datetime.date.fromisoformat(c) if isinstance(c, str) and _DATE.fullmatch(c) else c for c in line]
        if any(cell is not None for cell in cells):
            rows.append(Row({h: c for h, c in zip(header, cells, strict=False) if c is not None}))
    return Sheet(_kind(set(header)), name, "数据.xlsx", header, rows)


def _settings(**keys: object) -> str:
    return yaml.safe_dump(keys, allow_unicode=True, sort_keys=False)


def _small() -> tuple[str, list[Sheet]]:
    settings = {**YAML, "params": yaml.safe_load(YAML["params"])}
    return _settings(**settings), [_sheet(name, rows) for name, rows in SHEETS.items()]


def _worked(stem: str) -> tuple[str, list[Sheet]]:
    case = yaml.safe_load((ROOT / "tests" / "stage_cases" / f"{stem}.yaml").read_text(encoding="utf-8"))
    settings = {"scheme": case["scheme"], "title": stem, **case["case"]}
    return _settings(**settings), [_sheet(name, rows) for name, rows in case["sheets"].items()]


def _cut(name: str) -> tuple[str, list[Sheet]]:
    """A bundled case with a few subjects of each category, and what belongs to them."""
    folder = ROOT / "data" / "raw" / name
    sheets = []
    for path in sorted(folder.glob("*.xlsx")):
        for sheet in openpyxl.load_workbook(path):
            lines = [list(line) for line in sheet.iter_rows(values_only=True)]
            sheets.append(_sheet(sheet.title, lines[2:]))  # below the title and a blank line
    roster = next(sheet for sheet in sheets if sheet.kind == "roster")
    kept: dict[str, list[str]] = {}
    for row in roster.rows:
        unit = row.get("所属单位")
        named = kept.setdefault(row["类别"], [])
        if len(named) < PER_CATEGORY and (unit is None or any(unit in names for names in kept.values())):
            named.append(row["考核对象"])
    known = {subject for names in kept.values() for subject in names}
    for sheet in sheets:
        sheet.rows = [row for row in sheet.rows if row.get("考核对象") is None or row["考核对象"] in known]
    return (folder / "case.yaml").read_text(encoding="utf-8"), [sheet for sheet in sheets if sheet.rows]


SOURCES = {
    "small": _small,
    **{path.stem: lambda stem=path.stem: _worked(stem) for path in (ROOT / "tests" / "stage_cases").glob("*.yaml")},
    "cut of qinghai-2019": lambda: _cut("qinghai-2019"),
    "cut of zhashui-2022": lambda: _cut("zhashui-2022"),
}
NAMES = sorted(SOURCES)


@cache
def good(name: str) -> tuple[Office, Assessment]:
    """A good case and its assessment; its score rows know the points of their items and how they are scored."""
    settings, sheets = SOURCES[name]()
    office = Office(name, settings, sheets, load_scheme(yaml.safe_load(settings)["scheme"], ROOT))
    with tempfile.TemporaryDirectory() as folder:
        places = office.write(Path(folder))
        found = assess(Path(folder))
    stages: dict[str, set[str]] = {}
    for row in found.subjects.itertuples():
        stages.setdefault(row.subject, set()).add(row.stage)
    for stage in office.scheme.stages.values():
        for category in stage.categories:
            stages.setdefault(category, set()).add(stage.name)
    office.stages = {name: next(iter(where)) for name, where in stages.items() if len(where) == 1}
    known = {}
    for row in found.contributions.itertuples():
        for cell in row.cell.split("、"):
            known[row.file, row.sheet, cell] = row
    for sheet in office.of("scores"):
        for row in sheet.rows:
            cells = (places[row, column] for column in ("得分", "完成值") if (row, column) in places)
            contribution = next((known[at] for p in cells if (at := (p.file, p.sheet, p.cell)) in known), None)
            if contribution is not None:
                row.points, row.rule = contribution.points, contribution.rule
    return office, found
