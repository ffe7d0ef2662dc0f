"""考核工作报告: the whole assessment in numbers, for those who decide on it; every figure from the results."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kaohe_tools.charts import grade_shares, loss_by_item, loss_by_subject, part_spread, ranking
from kaohe_tools.display.overview import notes_rows
from kaohe_tools.document.compare import past_context
from kaohe_tools.document.notice import consequence_rows, grade_lists
from kaohe_tools.document.phrases import NONE, basis, common, count, figure, marks, sizes, titled
from kaohe_tools.problems import ERROR, LEVELS, WARNING
from kaohe_tools.records import record_line, record_of
from kaohe_tools.results import ADJUST, LABEL, TOTAL, Category, Results
from kaohe_tools.style import Chart, chart_width

WIDTH = 8.4  # inches a chart is drawn at; on paper it becomes as wide as the text
PARTS = 3  # more parts than these have no columns of their own in the table of a category
MOST = 32  # subjects that a chart shows one by one; the table has them all
WORST = 3  # items that a sentence names
TOLD = 30  # problems that are listed one by one


@dataclass(frozen=True)
class Picture:
    """A chart for a document: PNG bytes and the words that describe it."""

    png: bytes
    title: str


def work_report_context(results: Results) -> dict[str, Any]:
    """What the template of 考核工作报告 may use. Draws the charts, some seconds for a large case."""
    views = results.each_category()
    pending, matters = _pending(results), consequence_rows(results, pending=True)
    quotas, problems = _quotas(results), _problems(results)
    stages = [
        {"名称": stage, "类别": [_category(view) for view in views if view.stage == stage]}
        for stage in results.stages()
    ]
    overview = _pictures([(grade_shares, results)]) if any(view.grades for view in views) else []
    _numbered(overview, stages)
    return {
        **common(results),
        "标题": titled(results.title, "工作报告"),
        "保密句": _secret(results),
        "概况": _overview(results, views),
        "概况表": [_summary(view) for view in views],
        "有等次": any(view.grades for view in views),
        "概况图": overview,
        "环节": stages,
        "名额": quotas,
        "名额句": _quota_sentence(results),
        "待定": pending,
        "待定句": _pending_sentence(pending),
        "运用": matters,
        "运用句": f"按照办法，考核结果运用事项共{len(matters)}项。" if matters else "没有需要运用结果的事项。",
        **past_context(results),
        "问题": problems,
        "问题句": _problem_sentence(results),
        "读法": _readings(results),
        "读法句": "条文可作不同理解之处，本次采用：" if results.run.get("readings") else "办法没有需要选择的理解。",
        "口径": [{"项目": name, "内容": text} for name, text in notes_rows(results)],
        "记录": record_line(record_of(results.run)),
    }


def _secret(results: Results) -> str:
    rule = results.run.get("secrecy")
    if rule:
        return f"内部资料：按照{basis(results)}{rule['article']}，不得泄露{'、'.join(rule['of'])}。"
    return "内部资料：本报告列有得分，仅供研究考核结果使用。"


# --- the overview ---------------------------------------------------------------------------------------------------


def _overview(results: Results, views: list[Category]) -> list[str]:
    stages, pending = results.stages(), int((results.scores["待定"] != "").sum())
    who = "；".join(sizes(results, stage) for stage in stages)
    staged = f"分{len(stages)}个环节" if len(stages) > 1 else ""
    first = f"本次考核依据{basis(results)}进行，{f'{staged}，' if staged else ''}考核对象为：{who}。"
    best = sum(len(view.best) for view in views)
    tops = "、".join(dict.fromkeys(view.top_grade for view in views if view.top_grade))
    second = f"共得出考核结果{len(results.scores)}个"
    second += f"，其中定为{tops}的{best}个" if tops else "，只排名、不定等次"
    second += f"，尚未确定等次的{pending}个。" if pending else "，没有尚未确定等次的。" if tops else "。"
    return [first, second]


def _summary(view: Category) -> dict[str, str]:
    scores, quotas = view.scores[TOTAL], view.grade_quotas
    return {
        "范围": view.full_name,
        "参加数": count(len(view.scores)),
        "最高": figure(scores.max()),
        "中位数": figure(view.median),
        "最低": figure(scores.min()),
        "名额": count(quotas["名额"].sum()) if quotas["名额"].notna().any() else NONE,
        "已用": count(quotas["已用"].sum()) if len(quotas) else NONE,
        "待定": count(len(view.pending)) if view.grades or len(view.pending) else NONE,
    }


def _pictures(wanted: list[tuple[Callable[[Any], Chart], Any]]) -> list[dict[str, Any]]:
    """Charts without their titles, which stand below them as text; numbered in the end by `_numbered`."""
    with chart_width(WIDTH):
        charts = [draw(view) for draw, view in wanted]
    for chart in charts:
        chart.texts[0].set_visible(False)  # the title is the first text of every chart
    return [{"图": Picture(chart.png(), chart.title), "题": chart.title} for chart in charts]


def _numbered(overview: list[dict[str, Any]], stages: list[dict[str, Any]]) -> None:
    """Give every picture its number, in the order in which they stand."""
    own = [picture for stage in stages for category in stage["类别"] for picture in category["图"]]
    for number, picture in enumerate([*overview, *own], start=1):
        picture["号"] = str(number)


# --- a category -----------------------------------------------------------------------------------------------------


def _category(view: Category) -> dict[str, Any]:
    wanted: list[tuple[Callable, Category]] = []
    if len(view.scores) > 1:
        wanted.append((ranking if len(view.scores) <= MOST or not view.leaves else part_spread, view))
    if len(view.shared_losses):
        wanted.append((loss_by_item, view))
    elif len(view.leaf_rates) and len(view.scores) > 1:
        wanted.append((loss_by_subject, view))
    columns = _columns(view)
    return {
        "名称": view.name,
        "数": count(len(view.scores)),
        "句": list(filter(None, [_sentence(view), _grades(view), _losses(view)])),
        "列": [title for title, _ in columns],
        "行": [[cell(row) for _, cell in columns] for row in view.scores.to_dict("records")],
        "图": _pictures(wanted),
    }


def _sentence(view: Category) -> str:
    scores = view.scores[TOTAL].dropna()
    if len(scores) == 1:
        return f"本类别只有1个考核对象，综合得分{figure(scores.iloc[0])}。"
    told = f"本类别共{len(view.scores)}个考核对象"
    if len(scores):
        told += f"，综合得分最高{figure(scores.max())}，最低{figure(scores.min())}，中位数{figure(view.median)}"
    line = None if view.group else view.top_line()
    return told + (f"；获得{view.top_grade}的最低分为{figure(line)}。" if line is not None else "。")


def _grades(view: Category) -> str:
    lists = grade_lists(view) if view.grades else []
    told = [f"{entry['等次']}{entry['数']}个" for entry in lists]
    told += [f"待定{len(view.pending)}个"] if len(view.pending) else []
    return f"等次情况：{'、'.join(told)}。" if told else ""


def _losses(view: Category) -> str:
    """Where points were lost: the leaf part with the lowest rate, and the shared items that cost most."""
    rates = view.leaf_rates.groupby("部分", sort=False)[["得分", "满分"]].sum()
    rates = rates[rates["满分"] > 0]
    share = (rates["得分"] / rates["满分"]).sort_values(kind="stable")
    told = []
    if len(share) and share.iloc[0] < 1:
        told.append(f"得分率最低的部分是{share.index[0]}（{figure(share.iloc[0] * 100)}%）")
    worst = view.shared_losses.head(WORST)
    if len(worst):
        named = "、".join(f"{row.项目}（{figure(row.失分)}分）" for row in worst.itertuples())
        told.append(f"{'平均每个对象失分最多的共有项目' if len(view.scores) > 1 else '失分最多的项目'}是{named}")
    return f"{'；'.join(told)}。" if told else ""


def _columns(view: Category) -> list[tuple[str, Callable[[dict[str, Any]], str]]]:
    """Title and content of each column of a category's table."""
    parts = [part.name for part in view.parts if part.name in view.scores]
    numbers = [*(parts if len(parts) <= PARTS else ()), *([ADJUST] if view.scores[ADJUST].notna().any() else ()), TOTAL]
    columns: list[tuple[str, Callable]] = [(view.group, lambda row: row[view.group])] if view.group else []
    columns += [("名次", lambda row: count(row["排名"])), ("考核对象", lambda row: row[LABEL])]
    columns += [(name, lambda row, name=name: figure(row[name])) for name in numbers]
    if view.grades or len(view.pending):
        columns.append(("等次", lambda row: f"待定（{row['待定']}）" if row["待定"] else row["等次"]))
    columns += [(name, lambda row, name=name: row[name] or NONE) for name in marks(view)]
    return columns


# --- places, what is open, data -------------------------------------------------------------------------------------


def _quotas(results: Results) -> list[dict[str, str]]:
    """Pools of places; those whose share does not come to one place are only counted, in `_quota_sentence`."""
    several = len(results.stages()) > 1
    return [
        {
            "范围": f"{row['环节']}·{row['类别']}" if several and not _within(row) else row["类别"],
            **{name: count(row[name]) for name in ("参加数", "名额", "已用")},
            "算式": row["算式"],
        }
        for row in results.quotas[results.quotas["名额"] != 0].to_dict("records")
    ]


def _within(pool: dict[str, Any]) -> bool:
    """Does the name of a pool begin with that of its stage?"""
    return pool["类别"].split("·")[0] == pool["环节"]


def _quota_sentence(results: Results) -> str:
    quotas = results.quotas
    if quotas.empty:
        return "办法没有规定名额。"
    places, used = quotas["名额"].sum(), quotas["已用"].sum()
    unset = int(quotas["名额"].isna().sum())
    if unset == len(quotas):
        return f"名额尚未规定（{unset}处）。"
    none = int((quotas["名额"] == 0).sum())
    told = f"按办法计算，名额共{count(places)}个，已用{count(used)}个。"
    told += f"另有{unset}处名额尚未规定。" if unset else ""
    return told + (f"有{none}处按比例算不到1个名额，不再列出。" if none else "")


def _pending(results: Results) -> list[dict[str, str]]:
    why = results.reasons[results.reasons["步骤"] == "待定"]
    texts = (why["说明"] + why["条款"].map(lambda article: f"（{article}）" if article else "")).groupby(
        [why["环节"], why[LABEL]]
    )
    told = texts.agg("；".join).to_dict()
    rows = results.scores[results.scores["待定"] != ""].to_dict("records")
    several = len(results.stages()) > 1
    return [
        {
            "考核对象": row[LABEL],
            "类别": f"{row['环节']}·{row['类别']}" if several else row["类别"],
            "待定": row["待定"],
            "建议": row["等次"] or NONE,
            "说明": told.get((row["环节"], row[LABEL]), ""),
        }
        for row in rows
    ]


def _pending_sentence(pending: list[dict[str, str]]) -> str:
    if not pending:
        return "没有尚未确定等次的考核对象。"
    return f"以下{len(pending)}个考核对象的等次尚未确定，须由有权机关研究；“建议”一栏不是考核结果。"


def _problems(results: Results) -> list[dict[str, str]]:
    serious = results.problems[results.problems["级别"].isin([ERROR, WARNING])].head(TOLD)
    return [
        {
            "级别": row["级别"],
            "位置": " ".join(filter(None, [row["文件"], row["工作表"], row["单元格"]])) or NONE,
            "问题": row["问题"],
        }
        for row in serious.to_dict("records")
    ]


def _problem_sentence(results: Results) -> str:
    levels = results.problems["级别"].value_counts()
    told = "、".join(f"{level}{levels[level]}条" for level in LEVELS if level in levels)
    if not told:
        return "数据检查没有发现问题。"
    serious = int(results.problems["级别"].isin([ERROR, WARNING]).sum())
    more = f"下表列出前{TOLD}条，其余见等次表。" if serious > TOLD else ""
    return f"数据检查发现：{told}。{more}"


def _readings(results: Results) -> list[dict[str, str]]:
    entries = results.run.get("readings", {}).values()
    return [{"问题": e.get("question", ""), "采用": e.get("label", ""), "条款": e.get("article", "")} for e in entries]
