"""The record that every output of a run carries: which case, scheme, readings, inputs and software it comes from.

All of it stands in run.json; here it is put as the other outputs want it: a dict, a line of text, office properties.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from kaohe_tools.digests import SHORT, digest_of_list

LONGEST_PROPERTY = 240  # characters; Word and Excel show no more than 255 of a property
_KEPT = ("case", "title", "year", "simulated", "cutoff", "missing", "min_voters", "params")


def record_of(run: Mapping[str, Any]) -> dict[str, Any]:
    """The record of a run (run.json as read).

    Keys: case, title, year, simulated, cutoff, missing, min_voters, params; scheme {id, title, sha256}; readings
    (choice by name) and labels (the choices in words); inputs [{file, sha256}] and inputs_sha256 over all of them;
    software (version), versions, requirements_sha256, time. What an older run.json lacks is None or "".
    """
    scheme, versions, readings = run.get("scheme", {}), run.get("versions", {}), run.get("readings", {})
    inputs = [{"file": str(entry["file"]), "sha256": str(entry["sha256"])} for entry in run.get("inputs", [])]
    return {
        **{name: run.get(name) for name in _KEPT},
        "scheme": {name: str(scheme.get(name, "")) for name in ("id", "title", "sha256")},
        "readings": {name: str(reading.get("choice", "")) for name, reading in readings.items()},
        "labels": {name: str(reading.get("label", "")) for name, reading in readings.items()},
        "inputs": inputs,
        "inputs_sha256": digest_of_list(inputs),
        "software": str(versions.get("kaohe_tools", "")),
        "versions": dict(versions),
        "requirements_sha256": str(run.get("requirements_sha256", "")),
        "time": str(run.get("time", "")),
    }


def told_outside(record: Mapping[str, Any]) -> dict[str, Any]:
    """A record for what leaves the office: without inputs.

    A file's name may name others, and its digest lets contents be tried out: few ballots can only fall in so many ways.
    """
    return {**record, "inputs": [], "inputs_sha256": ""}


def record_json(record: Mapping[str, Any]) -> str:
    """A record on one line, as the pages carry it."""
    return json.dumps(record, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def record_line(record: Mapping[str, Any]) -> str:
    """A record as one line for readers.

    案例 qinghai-2019　办法 qinghai-2019（85c61e9a00f5）　数据 6 个文件（3fa2…）　kaohe_tools 0.1.0　2020-01-11 09:30
    """
    scheme, inputs = record["scheme"], record["inputs"]
    parts = [
        f"案例 {record['case']}",
        f"办法 {scheme['id']}（{scheme['sha256'][:SHORT]}）",
        f"数据 {len(inputs)} 个文件（{record['inputs_sha256'][:SHORT]}）" if record["inputs_sha256"] else "",
        f"kaohe_tools {record['software']}",
        clock(record["time"]),
    ]
    return "　".join(part for part in parts if part)


def clock(time: str) -> str:
    """A time of run.json to the minute, as readers are shown it.

    >>> clock("2020-01-11T09:30:59+08:00")
    '2020-01-11 09:30'
    """
    return time[:16].replace("T", " ")


def record_rows(record: Mapping[str, Any]) -> list[tuple[str, str]]:
    """A record as pairs of a name and a text for people, each choice and each file by itself, nothing blank."""
    scheme = record["scheme"]
    year = "" if record["year"] is None else str(record["year"])
    rows = [("案例", str(record["case"])), ("标题", str(record["title"])), ("年度", year)]
    rows += [("演示数据", "是" if record["simulated"] else "否")]
    rows += [("办法", f"{scheme['title']}（{scheme['id']}）"), ("办法校验值", scheme["sha256"])]
    rows += [("读法", text) for text in reading_texts(record)]
    rows += [("参数", f"{name}={json.dumps(v, ensure_ascii=False)}") for name, v in (record["params"] or {}).items()]
    rows += [("数据文件", f"{entry['file']} {entry['sha256'][:SHORT]}") for entry in record["inputs"]]
    rows += [("数据校验值", record["inputs_sha256"]), ("软件版本", f"kaohe_tools {record['software']}")]
    return [(name, text) for name, text in (*rows, ("考核时间", record["time"])) if text]


def reading_texts(record: Mapping[str, Any]) -> list[str]:
    """The readings in force, each as quota_rounding=floor（舍去小数）."""
    chosen = [(f"{name}={choice}", record["labels"].get(name)) for name, choice in record["readings"].items()]
    return [f"{text}（{label}）" if label else text for text, label in chosen]


def record_properties(record: Mapping[str, Any]) -> dict[str, str]:
    """A record as properties of an office file, by Chinese name, each short enough to be shown whole.

    What has many entries goes on under 读法 2, 读法 3 …
    """
    found: dict[str, list[str]] = {}
    for name, text in record_rows(record):
        found.setdefault(name, []).append(text)
    return {name: text for head, texts in found.items() for name, text in _pieces(head, texts)}


def _pieces(name: str, texts: Iterable[str]) -> Iterator[tuple[str, str]]:
    number, piece = 1, ""
    for text in texts:
        text = text[:LONGEST_PROPERTY]
        if piece and len(piece) + 1 + len(text) > LONGEST_PROPERTY:
            yield (name if number == 1 else f"{name} {number}"), piece
            number, piece = number + 1, ""
        piece = f"{piece}；{text}" if piece else text
    yield (name if number == 1 else f"{name} {number}"), piece
