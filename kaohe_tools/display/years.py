"""Year on year: grades and scores of earlier years beside this year's, and what changed in words and numbers."""

from __future__ import annotations

import pandas as pd

from kaohe_tools.display.table import NOTHING, Table, Text, plain, section, table
from kaohe_tools.exact import publish
from kaohe_tools.results import Category, Results
from kaohe_tools.results.years import FALLS, RISES, STAYS, count_changes, latest, years_of

YEARS = "历年比较"
CHANGE, STEP = "比上年", "等次变化"
WAITING = "待定"


def years_section(view: Category | Results) -> Text:
    """The heading of the section and the comparison in words; nothing where the case tells of no earlier year."""
    if isinstance(view, Results):
        counts = [years_of(one)["label"].nunique() for one in view.each_category()]
        text = f"历年表写有以前年度情况的 {sum(counts)} 个，分在 {sum(map(bool, counts))} 个类别。"
        return section(YEARS, f"{text}只比较上年有记录的；待定的不比较等次。各年办法和指标可能不同。", sum(counts) > 0)
    years = years_of(view)
    return section(YEARS, _in_words(view, years), len(years) > 0)


def _in_words(view: Category, years: pd.DataFrame) -> str:
    """How many rose and fell against last year, in score and in grade."""
    count, last = years["label"].nunique(), latest(years, view.year)
    parts = [f"历年表写有以前年度情况的 {count} 个"]
    changes = count_changes(last["change"])
    if sum(changes.values()):
        told = "、".join(f"{name} {number} 个" for name, number in changes.items() if number)
        parts.append(f"综合得分与上年比，{told}")
    steps = last["step"].value_counts()
    if known := [f"{name} {steps[name]} 个" for name in (RISES, FALLS, STAYS) if name in steps]:
        parts.append("等次" + "、".join(known))
    graded_before = years.loc[(years["year"] == view.year - 1) & (years["grade"] != ""), "label"]
    if known_best := set(graded_before) & set(view.best["对象"]):
        kept = _kept(view, years)
        told = f"上年也是的 {len(kept)} 个{_named(kept)}" if kept else "上年都不是"
        parts.append(f"{plain(view.top_grade)}中有上年等次的 {len(known_best)} 个，{told}")
    return "；".join(parts) + "。各年办法和指标可能不同，分数变化只供参考。"


def _kept(view: Category, years: pd.DataFrame) -> list[str]:
    """Who holds the top grade and held it last year."""
    before = years[(years["year"] == view.year - 1) & years["grade"].map(lambda grade: view.level(grade) == 0)]
    return [name for name in view.best["对象"] if name in set(before["label"])]


def _named(names: list[str], most: int = 8) -> str:
    return f"（{'、'.join(map(plain, names))}）" if 0 < len(names) <= most else ""


def years_table(view: Category | Results) -> Table | Text:
    """Grades and scores by year; of all categories: how many rose and fell against last year."""
    return _summary(view) if isinstance(view, Results) else _by_subject(view)


def _by_subject(view: Category) -> Table | Text:
    years = years_of(view)
    if years.empty:
        return NOTHING
    years = years.assign(shown=years["grade"].mask(years["pending"] != "", WAITING))
    spans = sorted(years["year"].unique())
    ranks = view.scores.set_index("对象")["排名"]
    subjects = list(dict.fromkeys(years["label"]))
    frame = pd.DataFrame({"考核对象": subjects})
    if years["shown"].ne("").any():
        grades = years.pivot(index="label", columns="year", values="shown").reindex(subjects)
        for year in spans:
            frame[f"{year}年等次"] = grades[year].fillna("").replace("", "—").to_list()
    numbers = []
    if years.loc[years["year"] < view.year, "value"].notna().any():
        scores = years.pivot(index="label", columns="year", values="value").reindex(subjects)
        numbers = [f"{year}年得分" for year in spans]
        frame = frame.assign(**{name: scores[year].to_list() for name, year in zip(numbers, spans, strict=True)})
        frame[CHANGE] = _signed(years, view.year, subjects)
    frame["今年排名"] = [f"{ranks[name]:.0f}" if pd.notna(ranks[name]) else "—" for name in subjects]
    steps = years[years["year"] == view.year].set_index("label")["step"].reindex(subjects)
    if steps.isin([RISES, FALLS, STAYS]).any():
        frame[STEP] = steps.replace("", "—").to_list()
    caption = f"{view.full_name}：历年等次和综合得分"
    return table(frame, "years", caption, numbers=[*numbers, CHANGE, "今年排名"], simulated=view.simulated)


def _signed(years: pd.DataFrame, year: int, subjects: list[str]) -> list[str]:
    """This year's change with its sign, a dash where last year's score is not known."""
    changes = years[years["year"] == year].set_index("label")["change"].reindex(subjects)
    return ["—" if pd.isna(value) else f"{value:+.2f}" if value else "0.00" for value in changes]


def _summary(results: Results) -> Table | Text:
    rows = []
    for view in results.each_category():
        years = years_of(view)
        if years.empty:
            continue
        last = latest(years, view.year)
        changes, steps = count_changes(last["change"]), last["step"].value_counts()
        rows.append({
            "环节": view.stage, "类别": view.name, "有以前年度": str(years["label"].nunique()),
            **{f"得分{name}": str(number) for name, number in changes.items()},
            "变化中位数": float(publish(last["change"].median())),
            **{f"等次{name}": str(int(steps.get(name, 0))) for name in (RISES, FALLS, STAYS)},
            "连续两年最好等次": str(len(_kept(view, years))) if view.top_grade else "—",
        })  # fmt: skip
    if not rows:
        return NOTHING
    frame = pd.DataFrame(rows)
    shown = frame if len(results.stages()) > 1 else frame.drop(columns="环节")
    numbers = [name for name in frame if name not in ("环节", "类别")]
    return table(shown, "years", "各类别与上年比较", numbers=numbers, simulated=results.simulated)
