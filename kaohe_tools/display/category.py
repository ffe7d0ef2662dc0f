"""The tables of one category's page: what it is, who ranks where and why, where points were lost."""

from __future__ import annotations

import pandas as pd

from kaohe_tools.display.table import NOTHING, Table, Text, opening, plain, section, table, whole
from kaohe_tools.results import ADJUST, LABEL, TOTAL, Category, Results

TOLD = ("得分", "排名")  # steps of 理由.csv whose figures stand in the table's own columns
GRADED = "等次"  # the step that only repeats the grade, told where nothing else is
NAMED = 5  # holders of the top grade that the first paragraph names; more are counted


def heading(results: Results, category: Category) -> Text:
    """The page's title, and one paragraph that says what is on it."""
    return opening(category.full_name, results.title, category.simulated, _summary(category))


def _summary(category: Category) -> str:
    scores = category.scores[TOTAL].dropna()
    parts = [f"本类别共 {len(category.scores)} 个考核对象"]
    if len(scores) > 1:
        parts.append(f"综合得分最高 {scores.max():.2f}，最低 {scores.min():.2f}，中位数 {category.median:.2f}")
    elif len(scores):
        parts.append(f"综合得分 {scores.iloc[0]:.2f}")
    if category.grades:
        parts.append(_grades_in_words(category))
    line = category.top_line() if not category.group else None
    if line is not None:
        parts.append(f"{plain(category.top_grade)}线（获得者的最低分）{line:.2f}")
    if len(category.pending):
        parts.append(f"**待定 {len(category.pending)} 个，须由人决定**")
    return "；".join(parts) + "。"


def _grades_in_words(category: Category) -> str:
    """How many hold each grade for certain, best first; who holds the best, where they are few."""
    held = category.scores.loc[category.scores["待定"] == "", "等次"]
    counts = held[held != ""].value_counts().sort_index()
    order = sorted(counts.index, key=lambda grade: (category.level(grade) is None, category.level(grade) or 0, grade))
    told = [f"{plain(grade)} {counts[grade]} 个" for grade in order]
    names = "、".join(plain(name) for name in category.best[LABEL]) if len(category.best) <= NAMED else ""
    if names:
        told[0] += f"（{names}）"
    return f"已定{'、'.join(told)}" if told else "尚未定等次"


def parts_table(category: Category) -> Table | Text:
    """The parts that make up the score, with points and articles."""
    rows = []
    for entry in category.spec.get("parts", []):
        leaves = [leaf for leaf in entry.get("leaves", []) if leaf.get("points")]
        alone = len(leaves) == 1 and leaves[0]["name"] == entry["name"]
        if entry.get("points"):
            rows.append((entry["name"], "", f"{entry['points']:g}", entry.get("article", "")))
        rows += [("", leaf["name"], f"{leaf['points']:g}", leaf.get("article", "")) for leaf in leaves if not alone]
    if not rows:
        return Text("综合得分不分部分（取自前一环节）。")
    adjust = category.contributions.loc[category.contributions["一级部分"] == ADJUST, "条款"]
    if category.spec.get("ledger", category.scores[ADJUST].notna().any()):
        rows.append((ADJUST, "", "按台账", "、".join(sorted(set(adjust) - {""}))))
    frame = pd.DataFrame(rows, columns=["部分", "其中", "分值", "条款"])
    caption = f"综合得分的组成（满分 {category.points:g}）"
    return table(frame, "parts", caption, numbers=["分值"], simulated=category.simulated)


def quotas_table(view: Category | Results) -> Table | Text:
    """Places: how many, how computed, how many used."""
    if view.quotas.empty:
        return NOTHING
    frame = view.quotas.rename(columns={"类别": "范围"})
    frame = frame.assign(**{column: whole(frame[column]) for column in ("参加数", "名额", "已用")})
    columns = [name for name in ("环节", "范围", "参加数", "名额", "已用", "算式", "条款") if name in frame]
    shown = columns if isinstance(view, Results) and len(view.stages()) > 1 else columns[1:]
    numbers = ["参加数", "名额", "已用"]
    return table(frame[shown], "places", "名额", numbers=numbers, wide=["算式"], simulated=view.simulated)


def problems_table(view: Category | Results) -> Table | Text:
    """Problems found in the data (for a category: those that concern it), with place and advice."""
    if view.problems.empty:
        if isinstance(view, Results):
            return Text("没有发现数据问题。")
        others = f"另有 {view.unplaced} 条警告没有指明对象，见“总览”。" if view.unplaced else ""
        return Text(f"没有发现指向本类别的数据问题。{others}")
    frame = pd.DataFrame({"级别": view.problems["级别"], "位置": view.problems.apply(_place, axis=1)})
    frame = frame.assign(问题=view.problems["问题"], 建议=view.problems["建议"])
    others = f"；另有 {view.unplaced} 条没有指明对象，见“总览”" if isinstance(view, Category) and view.unplaced else ""
    caption = f"数据问题（{_by_level(view.problems)}{others}）"
    return table(frame, "problems", caption, wide=["问题", "建议"], simulated=view.simulated)


def _by_level(problems: pd.DataFrame) -> str:
    counts = problems["级别"].value_counts()
    return "，".join(f"{level} {counts[level]} 条" for level in ("错误", "警告", "提示") if level in counts)


def _place(row: pd.Series) -> str:
    """评分.xlsx[得分]!F17, as far as it is known."""
    sheet = f"[{row['工作表']}]" if row["工作表"] else ""
    return row["文件"] + sheet + (f"!{row['单元格']}" if row["单元格"] else "")


def grade_table(category: Category) -> Table:
    """The ranking with grades and the reasons for them; what is pending is never shown as decided."""
    scores = category.scores
    group = [category.group] if category.group else []
    parts = [part.name for part in category.parts if part.name in scores]
    extra = [name for name in ("表彰", "评先") if name in scores and (scores[name] != "").any()]
    frame = pd.DataFrame({"排名": whole(scores["排名"]), "考核对象": scores[LABEL]})
    frame = frame.assign(**{name: scores[name] for name in group + parts})
    if scores[ADJUST].notna().any():
        frame[ADJUST] = scores[ADJUST]
    frame[TOTAL] = scores[TOTAL]
    if category.grades or (scores["待定"] != "").any():
        frame["等次"] = scores.apply(_grade, axis=1)
    frame = frame.assign(**{name: scores[name] for name in extra})
    reasons = reasons_by_subject(category)
    if reasons:
        frame["理由"] = [reasons.get(name, "") for name in scores[LABEL]]
    top = scores.index.isin(category.best.index)
    kinds = pd.Series("", index=scores.index).mask(top, "top").mask(scores["待定"] != "", "pending")
    told = "排名、等次与理由" if "等次" in frame else "排名与理由" if reasons else "排名"
    caption, numbers = f"{category.full_name}：{told}", ["排名", *parts, ADJUST, TOTAL]
    classes = {"等次": kinds} if "等次" in frame else {}
    return table(
        frame, "grades", caption, numbers=numbers, wide=["理由"], classes=classes, simulated=category.simulated
    )


def _grade(row: pd.Series) -> str:
    if not row["待定"]:
        return row["等次"]
    return f"待定（{row['待定']}{'；拟' + row['等次'] if row['等次'] else ''}）"


def reasons_by_subject(category: Category) -> dict[str, str]:
    """Each subject's reasons as one text, a line a step, with articles; what the columns say already is left out."""
    told = category.reasons[~category.reasons["步骤"].isin(TOLD)]
    others = (told["步骤"] != GRADED).groupby(told[LABEL]).transform("any")
    told = told[(told["步骤"] != GRADED) | ~others.astype(bool)]
    articles = told["条款"].map(lambda article: f"（{article}）" if article else "")
    lines = told["说明"].map(lambda text: _without_sums(text, category)) + articles
    return lines.groupby(told[LABEL]).agg("\n".join).to_dict()


def _without_sums(text: str, category: Category) -> str:
    """A reason without how many places there are: that stands in the table of places, once instead of in every row."""
    for sum_ in category.quotas["算式"]:
        text = text.replace(f"（{sum_}）", "") if sum_ else text
    return text


def losses_table(category: Category, most: int = 3) -> Table | Text:
    """For each subject the points lost in all and the items that cost most."""
    items = category.items
    lost = items[items["失分"] > 0.005].sort_values(["失分", "部分", "项目"], ascending=[False, True, True])
    if lost.empty:
        return Text("没有可分项的失分。")
    named = lost.assign(文=lost["项目"] + " -" + lost["失分"].map("{:.2f}".format))
    worst = named.groupby(LABEL)["文"].agg(lambda texts: "；".join(texts.head(most))).to_dict()
    sums = (
        items["失分"].clip(lower=0).groupby(items[LABEL]).sum()
    )  # as in the chart: a part above its points loses none
    subjects = category.scores[LABEL]
    frame = pd.DataFrame({"排名": whole(category.scores["排名"]), "考核对象": subjects, "失分合计": subjects.map(sums)})
    frame[f"失分最多的 {most} 项"] = [worst.get(name, "") for name in subjects]
    caption = "各对象失分最多的项目（折成综合得分，不含加减分）"
    wide = [f"失分最多的 {most} 项"]
    return table(frame, "losses", caption, numbers=["排名", "失分合计"], wide=wide, simulated=category.simulated)


def ranking_section(category: Category) -> Text:
    """The heading of the ranking and how to read its chart."""
    text = "从上到下按排名。左边的条形是公布的各部分得分，右边把综合得分的刻度放大，便于看清相邻名次的差距"
    line = "；竖线是最好等次的分数线，即已获该等次者的最低分。分数线以上而没有该等次的，原因见下一节"
    return section("排名", f"{text}{line if category.top_grade else ''}。")


def grades_section(category: Category) -> Text:
    """The heading of the grades and their reasons; only of the reasons where the scheme gives no grades."""
    if not category.top_grade:
        return section("得分与理由", "台账、封顶等影响得分的，逐条注明理由和条款。")
    text = "每个等次都注明理由和条款，名额怎么算列在名额表里。"
    text += "写着“待定”的，程序只提出建议，须由人决定，不能当作结果公布。"
    return section("等次与理由", text)


def consequences_section(view: Category | Results) -> Text:
    """The heading of what follows from the results; nothing where nothing does."""
    return section("结果运用", there=not view.consequences.empty)


def places_section(view: Results) -> Text:
    """The heading of the places; nothing where no grade has a limit."""
    return section("名额", there=not view.quotas.empty)


def judged_section(view: Category) -> Text:
    """The heading of the parts that people judge as a whole; nothing where a category has none."""
    text = "按整体评分的部分：民主测评、领导评价等。同一对象的几个得分率相差较大时，说明各评价主体的看法不一致。"
    return section("测评", text, len(view.judged) > 0)


def consequences_table(view: Category | Results) -> Table | Text:
    """What follows from the results: each matter with its article and those it concerns."""
    if view.consequences.empty:
        return NOTHING
    keys = ["环节", "事项", "条款"]
    grouped = view.consequences.groupby(keys, sort=False)[LABEL].agg(["size", "、".join]).reset_index()
    frame = grouped.rename(columns={"size": "人数", "join": "考核对象"}).rename(columns={"人数": "数量"})
    staged = isinstance(view, Results) and len(view.stages()) > 1
    columns = ([] if not staged else ["环节"]) + ["事项", "条款", "数量", "考核对象"]
    frame = frame.assign(数量=frame["数量"].astype(str))[columns]
    return table(frame, "consequences", "结果运用", numbers=["数量"], wide=["考核对象"], simulated=view.simulated)
