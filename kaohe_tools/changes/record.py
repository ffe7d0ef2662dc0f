"""A case against its last run: settings from run.json, files by their hashes, cells from the snapshot."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from kaohe_tools.assess import Prepared
from kaohe_tools.case import FILE as CASE_FILE
from kaohe_tools.case import Case
from kaohe_tools.changes.sheets import Change, compare, row_keys
from kaohe_tools.changes.snapshot import SNAPSHOT, Cells, Snapshot, load, take
from kaohe_tools.grid import READABLE
from kaohe_tools.problems import Place
from kaohe_tools.spreadsheet import write_csv

SHOWN = 50  # changes listed on the screen
_RUN = "run.json"
_WORDS = {"title": "标题", "year": "年度", "simulated": "演示数据", "cutoff": "截止日期", "missing": "缺分处理"}


@dataclass(frozen=True)
class Since:
    """What changed since a run. `time`: of that run, "" where it is unknown; `remark`: what could not be compared."""

    time: str
    changes: list[Change] = field(default_factory=list)
    remark: str = ""


def changes_since(prepared: Prepared, results: Path) -> Since | None:
    """Compare a case with the run whose results lie in a folder; None where there is none. A damaged one is told."""
    if not (results / _RUN).is_file():
        return None
    try:
        record = json.loads((results / _RUN).read_text(encoding="utf-8"))
        then = {str(entry["file"]): str(entry["sha256"]) for entry in record["inputs"]}
        time = str(record["time"])
        changes = list(_settings(record, prepared.case))
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return Since("", remark=f"上次运行的记录（{results / _RUN}）读不出来，不能比较")
    try:
        before = load(results / SNAPSHOT)
    except (OSError, ValueError):
        files, _ = _files(then, prepared.inputs)
        remark = "上次的结果里没有可用的输入快照（输入.csv），只能比较到文件"
        return Since(time, [*changes, *files, *_resaved(then, prepared.inputs, changes, False)], remark)
    files, renamed = _files(then, prepared.inputs)
    cells = list(_sheets(before, take(prepared.directory.tables), renamed, then, prepared.inputs))
    told = [*changes, *cells]
    return Since(time, [*changes, *files, *cells, *_resaved(then, prepared.inputs, told)])


# --- settings and files -----------------------------------------------------------------------------------------------


def _settings(record: Mapping[str, Any], case: Case) -> Iterator[Change]:
    """What case.yaml says otherwise than then: scheme, year …, readings and params."""
    place = Place(CASE_FILE)
    scheme = case.scheme
    if record["scheme"]["id"] != scheme.id:
        yield Change(place, f"考核办法由 {record['scheme']['id']} 改为 {scheme.id}")
    elif record["scheme"]["sha256"] != scheme.sha256:
        yield Change(place, f"考核办法 {scheme.id} 的内容有变动")
    now = {**{name: getattr(case, name) for name in _WORDS}, "params": dict(case.params)}
    now = json.loads(json.dumps(now, default=str))
    for name, word in _WORDS.items():
        if record.get(name) != now[name]:
            yield Change(place, f"{word}（{name}）由 {_said(record.get(name))} 改为 {_said(now[name])}")
    readings = {name: entry["choice"] for name, entry in record["readings"].items()}
    for word, then, today in (("读法", readings, dict(case.readings)), ("参数", record["params"], now["params"])):
        old, new = dict(_flat(then)), dict(_flat(today))
        for name in sorted({*old, *new}):
            if old.get(name) != new.get(name):
                yield Change(place, f"{word} {name} 由 {_said(old.get(name))} 改为 {_said(new.get(name))}")


def _flat(values: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if isinstance(value, Mapping) and value:
            yield from _flat(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", value


def _said(value: object) -> str:
    if value is None:
        return "未定"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _files(then: Mapping[str, str], now: Mapping[str, str]) -> tuple[list[Change], dict[str, str]]:
    """Files that came, went or have another name (the same bytes); and the new names by the old ones."""
    came, gone = sorted(set(now) - set(then)), sorted(set(then) - set(now))
    renamed: dict[str, str] = {}
    for old in gone:
        match = next((new for new in came if now[new] == then[old] and new not in renamed.values()), None)
        if match:
            renamed[old] = match
    changes = [Change(Place(new), f"由 {old} 改名而来，内容没有变") for old, new in renamed.items()]
    changes += [Change(Place(name), "文件不再有") for name in gone if name not in renamed]
    changes += [Change(Place(name), "新增的文件") for name in came if name not in renamed.values()]
    return changes, renamed


def _resaved(
    then: Mapping[str, str], now: Mapping[str, str], told: list[Change], compared: bool = True
) -> Iterator[Change]:
    """Files whose bytes differ though nothing else is told of them. `compared`: were their cells?"""
    spoken = {change.place.file for change in told}
    for name in sorted(set(then) & set(now)):
        if then[name] != now[name] and name not in spoken:
            data = Path(name).suffix.lower() in READABLE
            unread = "，但读取的内容没有变" if compared else ""
            yield Change(Place(name), "文件有变动" + (unread if data else "，但没有影响计算的改动"))


# --- sheets -----------------------------------------------------------------------------------------------------------


def _sheets(
    before: Snapshot, after: Snapshot, renamed: Mapping[str, str], then: Mapping[str, str], now: Mapping[str, str]
) -> Iterator[Change]:
    old = {(renamed.get(cells.file, cells.file), cells.sheet): cells for cells in before.sheets}
    new = {(cells.file, cells.sheet): cells for cells in after.sheets}
    secret = {(renamed.get(file, file), sheet) for file, sheet, _ in before.secret}
    secret |= {(file, sheet) for file, sheet, _ in after.secret}
    pairs = {key: key for key in new if key in old and old[key].title == new[key].title}
    pairs |= _by_likeness(
        {k: v for k, v in old.items() if k not in pairs}, {k: v for k, v in new.items() if k not in pairs}
    )
    origins = {target: source for source, target in pairs.items()}
    for key in sorted({*new, *old} - secret):
        if key in new and key in origins:
            source = old[origins[key]]
            if origins[key] != key:
                yield Change(Place(*key), f"上次是 {Place(source.file, source.sheet)}")
            yield from compare(source, new[key])
        elif key in new:
            was = f"上次按“{old[key].title}”读取，这次" if key in old else "新增的表，"
            yield Change(Place(*key), f"{was}按“{new[key].title}”读取 {len(new[key].rows)} 行")
        elif key not in pairs:
            yield Change(Place(*key), f"不再读取这张“{old[key].title}”表（上次 {len(old[key].rows)} 行）")
    yield from _secret(before, after, then, now)


def _by_likeness(old: Mapping[tuple, Cells], new: Mapping[tuple, Cells]) -> dict[tuple, tuple]:
    """Sheets of one kind, under another name or in another file, that speak mostly of the same: new by old."""
    keys = {id(cells): set(row_keys(cells)) for cells in (*old.values(), *new.values())}
    ranked = []
    for source, then in old.items():
        for target, now in new.items():
            common = len(keys[id(then)] & keys[id(now)])
            most = max(len(keys[id(then)]), len(keys[id(now)]))
            if then.title == now.title and common and 2 * common >= most:
                ranked.append((-common / most, source, target))
    found: dict[tuple, tuple] = {}
    for _, source, target in sorted(ranked):
        if source not in found and target not in found.values():
            found[source] = target
    return found


def _secret(before: Snapshot, after: Snapshot, then: Mapping[str, str], now: Mapping[str, str]) -> Iterator[Change]:
    """Ballots: that they changed, and in which files; never which cells."""
    if before.digest == after.digest:
        return
    files = sorted({file for file, *_ in (*before.secret, *after.secret) if then.get(file) != now.get(file)})
    for file in files or [""]:
        yield Change(Place(file), "测评表有变动（为保密不列单元格）")


# --- telling ----------------------------------------------------------------------------------------------------------


def tell(since: Since, limit: int = SHOWN) -> list[str]:
    """Lines for the screen, at most so many changes."""
    when = f"（{since.time[:16].replace('T', ' ')}）" if since.time else ""
    lines = [since.remark] if since.remark else []
    if not since.changes:
        return lines or [f"自上次运行{when}以来，输入没有变动"]
    lines.append(f"自上次运行{when}以来：")
    lines += [f"  {change}" for change in since.changes[:limit]]
    if len(since.changes) > limit:
        lines.append(f"  另有 {len(since.changes) - limit} 处（--changes 文件.csv 写出全部）")
    return lines


def write_changes(since: Since | None, path: Path) -> None:
    """All changes as a table: 文件, 工作表, 单元格, 变动, 原来, 现在, 涉及."""
    rows = [
        (c.place.file, c.place.sheet, c.place.cell, c.what or "改动", c.old, c.new, c.about)
        for c in (since.changes if since else [])
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    write_csv(pd.DataFrame(rows, columns=["文件", "工作表", "单元格", "变动", "原来", "现在", "涉及"]), path)
