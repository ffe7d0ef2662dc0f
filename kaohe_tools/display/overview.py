"""The tables of the overview page, and the notes that stand at the end of every page."""

from __future__ import annotations

import pandas as pd

from kaohe_tools.display.category import _grade
from kaohe_tools.display.table import NOTHING, Table, Text, opening, plain, section, table
from kaohe_tools.results import LABEL, TOTAL, Results
from kaohe_tools.style import uncovered


def overview_heading(results: Results) -> Text:
    """The title of the overview and what the case holds, in one paragraph."""
    views = results.each_category()
    count, pending = len(results.scores), int((results.scores["待定"] != "").sum())
    text = f"共 {len(results.stages())} 个环节、{len(views)} 个类别、{count} 个考核结果"
    text += f"，其中 **{pending} 个待定，须由人决定**。" if pending else "，没有待定。"
    levels = results.problems["级别"].value_counts()
    found = [f"{level} {levels[level]} 条" for level in ("错误", "警告", "提示") if level in levels]
    text += f"数据检查：{'，'.join(found)}。" if found else ""
    return opening("总览", results.title, results.simulated, text)


def summary_section(results: Results) -> Text:
    """The heading of the categories, and what is counted how where there are grades."""
    text = "分数线是已获最好等次者的最低分；待定的须由人决定，不计入已用名额。"
    return section("各类别概况", text if results.graded else "")


def summary_table(results: Results) -> Table:
    """A row for each category: how many, how they scored, the line of the top grade, places and what is pending.

    Where the scheme gives no grades, nothing is said of them.
    """
    rows = []
    for view in results.each_category():
        scores, line = view.scores[TOTAL], None if view.group else view.top_line()
        places, used = view.grade_quotas["名额"], view.grade_quotas["已用"]
        rows.append(
            {
                "环节": view.stage,
                "类别": view.name,
                "参加数": str(len(view.scores)),
                "最高": scores.max(),
                "中位数": view.median,
                "最低": scores.min(),
                "最好等次": view.top_grade,
                "最低分数线": line if line is not None else float("nan"),
                "名额": f"{places.sum():.0f}" if places.notna().any() else "—",
                "已用": f"{used.sum():.0f}" if len(used) else "—",
                "待定": str(len(view.pending)),
            }
        )
    frame = pd.DataFrame(rows).rename(columns={"最低分数线": "分数线"})
    waiting = pd.Series(["pending" if row["待定"] != "0" else "" for row in rows])
    numbers = ["参加数", "最高", "中位数", "最低", "分数线", "名额", "已用", "待定"]
    shown = frame if len(results.stages()) > 1 else frame.drop(columns="环节")
    if not results.graded:
        shown = shown.drop(columns=["最好等次", "分数线", "名额", "已用"])
    classes = {"待定": waiting} if results.graded or waiting.any() else {}
    shown = shown if classes else shown.drop(columns="待定")
    return table(shown, "summary", "各类别概况", numbers=numbers, classes=classes, simulated=results.simulated)


def top_section(results: Results) -> Text:
    """The heading of the list of the top grades, under the names that the scheme gives them; nothing without grades."""
    grades = dict.fromkeys(view.top_grade for view in results.each_category() if view.top_grade)
    waiting = "；待定的见“待定”一节" if (results.scores["待定"] != "").any() else ""
    return section(
        f"{'、'.join(map(plain, grades))}名单", f"办法规定的最好等次，只列已定的{waiting}。", len(grades) > 0
    )


def top_table(results: Results) -> Table | Text:
    """Everyone who holds the top grade, by category and rank; nobody who is pending."""
    rows = [
        (view.stage, view.name, view.top_grade, row[LABEL], row[TOTAL], f"{row['排名']:.0f}")
        for view in results.each_category()
        for row in view.scores.to_dict("records")
        if view.top_grade and row["等次"] == view.top_grade and not row["待定"]
    ]
    if not rows:
        return Text("没有已定的最好等次。") if results.graded else NOTHING
    frame = pd.DataFrame(rows, columns=["环节", "类别", "等次", "考核对象", TOTAL, "排名"])
    shown = frame if len(results.stages()) > 1 else frame.drop(columns="环节")
    caption = f"{'、'.join(dict.fromkeys(frame['等次']))}名单（{len(frame)} 个）"
    return table(shown, "top", caption, numbers=[TOTAL, "排名"], simulated=results.simulated)


def pending_section(results: Results) -> Text:
    """The heading of what a person still has to decide; nothing where nothing is open."""
    text = "规则没有写明、需要人判断的，程序不代为决定；表中的等次只是建议。"
    return section("待定", text, (results.scores["待定"] != "").any())


def pending_table(results: Results) -> Table | Text:
    """Everything that a person still has to decide, with why."""
    scores = results.scores[results.scores["待定"] != ""]
    if scores.empty:
        return NOTHING
    frame = scores[["环节", "类别", LABEL, TOTAL]].rename(columns={LABEL: "考核对象"})
    frame["待定"] = scores.apply(_grade, axis=1)
    why = results.reasons[results.reasons["步骤"] == "待定"]
    texts = (why["说明"] + why["条款"].map(lambda article: f"（{article}）" if article else "")).groupby(
        [why["环节"], why[LABEL]]
    )
    told = texts.agg("\n".join)
    keys = zip(scores["环节"], scores[LABEL], strict=True)
    frame["说明"] = [told.get(key, "") for key in keys]
    shown = frame if len(results.stages()) > 1 else frame.drop(columns="环节")
    caption = f"待定名单（{len(frame)} 个）"
    return table(shown, "pending", caption, numbers=[TOTAL], wide=["说明"], simulated=results.simulated)


def readings_table(results: Results) -> Table | Text:
    """The readings of the regulation that were in force."""
    readings = results.run.get("readings", {})
    if not readings:
        return Text("本办法没有需要选择的理解。")
    columns = {"question": "问题", "label": "采用", "article": "条款"}
    rows = [{title: entry.get(key, "") for key, title in columns.items()} for entry in readings.values()]
    frame = pd.DataFrame(rows, columns=list(columns.values()))
    return table(
        frame, "readings", "条文理解（原文可作不同解释之处）", wide=["问题", "采用"], simulated=results.simulated
    )


def notes_rows(results: Results) -> list[tuple[str, str]]:
    """What the figures rest on, as title and text: scheme, parameters, inputs and versions."""
    run = results.run
    scheme, versions = run.get("scheme", {}), run.get("versions", {})
    rows = [("考核办法", f"{scheme.get('title', '')}（{scheme.get('id', '')}）")]
    rows.append(("依据文件", " ".join(filter(None, [scheme.get("document"), scheme.get("issued")]))))
    rows += results.params.items()
    if run.get("cutoff"):
        rows.append(("加减分截止日期", f"{run['cutoff']}（当日及以后的不计）"))
    missing = {"error": "报错", "zero": "按零分计", "exclude": "不计入，其余按比例折算"}
    if run.get("missing"):
        rows.append(("缺得分的处理", missing.get(run["missing"], run["missing"])))
    rows.append(("输入文件", "、".join(entry["file"] for entry in run.get("inputs", []))))
    rows.append(("软件版本", "，".join(f"{name} {number}" for name, number in versions.items())))
    if results.simulated:
        rows.append(("数据性质", "演示数据：由程序模拟生成，不是真实考核结果"))
    if lacking := uncovered("".join(results.scores[LABEL])):
        rows.append(("字体", f"图中无法显示的字：{'、'.join(lacking)}（安装思源黑体等字体后可显示）"))
    return [row for row in rows if row[1]]


def notes(results: Results) -> Table:
    """What the figures rest on, as a table."""
    frame = pd.DataFrame(notes_rows(results), columns=["项目", "内容"])
    return table(frame, "notes", "说明", wide=["内容"], simulated=results.simulated)
