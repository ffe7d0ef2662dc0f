"""The published index as a scheme and a case: three levels of weighted means over min–max figures, all as data."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import yaml

ARTICLE = "COINr"


def write_index(source: Path, folder: Path) -> Path:
    """Write scheme.yaml and a case for the index in `source` (iMeta, minmax_ranges, dset_treated); returns the case."""
    meta = pd.read_csv(source / "iMeta.csv").set_index("iCode")
    meta = meta[meta["Type"].isin(["Indicator", "Aggregate"])]
    ranges = pd.read_csv(source / "minmax_ranges.csv").set_index("iCode")
    figures = pd.read_csv(source / "dset_treated.csv").set_index("uCode")
    top = meta.index[meta["Parent"].isna()][0]
    whole = {**_part(top, meta, ranges), "points": 100.0}
    del whole["weight"]
    scheme = {
        "id": "asem",
        "title": "ASEM Sustainable Connectivity",
        "source": {"document": "COINr 1.1.14"},
        "stages": {"index": {"total": 100, "categories": {"country": {}}, "parts": {top: whole}}},
    }
    case = folder / "case"
    case.mkdir()
    (folder / "scheme.yaml").write_text(yaml.safe_dump(scheme, allow_unicode=True, sort_keys=False), encoding="utf-8")
    (case / "case.yaml").write_text("scheme: ../scheme.yaml\nyear: 2018\n", encoding="utf-8")
    roster = pd.DataFrame({"考核对象": figures.index, "类别": "country"})
    done = figures.rename_axis("考核对象").reset_index().melt("考核对象", var_name="指标", value_name="完成值")
    roster.to_csv(case / "roster.csv", index=False)
    done.dropna(subset="完成值").to_csv(case / "figures.csv", index=False)
    return case


def _part(code: str, meta: pd.DataFrame, ranges: pd.DataFrame) -> dict:
    """A part with its weight in the one above: its own parts, or the rule of an indicator."""
    part: dict = {"weight": float(meta.at[code, "Weight"]), "article": ARTICLE}
    below = meta.index[meta["Parent"] == code]
    if len(below):
        return {**part, "parts": {name: _part(name, meta, ranges) for name in below}}
    span = ranges.loc[code]
    rule = {"kind": "minmax", "article": ARTICLE, "low": float(span["TreatedMin"]), "high": float(span["TreatedMax"])}
    return {**part, "rule": {**rule, "reverse": bool(span["Direction"] < 0)}}
