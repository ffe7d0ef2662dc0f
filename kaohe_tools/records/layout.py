"""Where what stands in a year's file. It is laid out as a project is, so that what is unpacked can be run again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kaohe_tools.archive.store import refuse
from kaohe_tools.records.seal import is_inside

FORMAT = 1  # of the year's file; raise it when what stands where changes
README, RECORD, DIGESTS, SCHEME_FOLDER = "说明.txt", "记录.json", "sha256.txt", "办法"
INPUTS, RESULTS, REPORTS = "data/raw", "data/processed", "reports"  # each holds a folder of the case's name
LARGEST = 2**31 - 1  # bytes of all files together, and of the year's file: every program can open such a zip file
PRIVATE = 0o600  # ballots are in it
ADVICE = "请换上原来的归档文件"


def scheme_of(run: Mapping[str, Any]) -> str:
    """Where the scheme of a run stands. Raises InputError where its id is none."""
    name = f"{SCHEME_FOLDER}/{run['scheme'].get('id', '')}.yaml"
    if not is_inside(name) or name.count("/") > 1:
        raise refuse(RECORD, f"办法代号“{run['scheme'].get('id')}”不能用", ADVICE)
    return name
