"""A small made-up results folder for tests of pages and charts: written as `kaohe assess` writes one, graded by hand.

Nothing here follows a regulation; only the form of the tables is real.
"""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Mapping, Sequence
from pathlib import Path

NAMES = [
    "办公室",
    "法规处",
    "人事处",
    "机关党委",
    "财务与资金运用处",
    "耕地保护监督处",
    "国土空间规划局",
    "矿业权管理处",
    "地质勘查管理处",
    "科技与对外合作处",
]
LONG = "国土空间生态修复与综合整治技术指导中心总站"
SHARED_ITEMS = [
    "党的政治建设",
    "意识形态工作",
    "党风廉政建设",
    "基层党组织建设",
    "精神文明建设",
    "依法行政",
    "保密与档案",
    "综治维稳",
]
OWN_WORDS = [
    "调查监测",
    "确权登记",
    "规划编制",
    "用途管制",
    "耕地保护",
    "生态修复",
    "矿产资源监管",
    "测绘地理信息",
    "督察执法",
    "信息化建设",
]
HEADERS = {
    "明细.csv": [
        "环节",
        "类别",
        "考核对象",
        "一级部分",
        "部分",
        "考核项目",
        "指标",
        "来源",
        "分值",
        "得分",
        "计入得分",
        "规则",
        "条款",
        "文件",
        "工作表",
        "单元格",
    ],
    "理由.csv": ["环节", "考核对象", "步骤", "条款", "说明"],
    "名额.csv": ["环节", "类别", "参加数", "名额", "已用", "算式"],
    "运用.csv": ["环节", "考核对象", "事项", "条款"],
    "问题.csv": ["级别", "文件", "工作表", "单元格", "问题", "建议"],
}
LEAVES = (("目标任务", 80), ("领导小组测评", 10), ("群众测评", 10))
CADRE_LEAVES = (("考核组评价", 20), ("主要领导评价", 30), ("群众满意度测评", 50))
GRADES = ("优秀", "良好", "一般", "较差")


def subject_names(count: int, category: str) -> list[str]:
    """`count` different names of offices, one of them as long as names get."""
    names = [f"{NAMES[i % len(NAMES)]}{i // len(NAMES) + 1 if i >= len(NAMES) else ''}" for i in range(count)]
    return [f"{category[:2]}{name}" for name in names[:-1]] + [long_name(category)] if count > 1 else names


def long_name(category: str) -> str:
    """The name of twenty characters that one office of each category bears."""
    return f"{category}{LONG}"[:20]


def write_sample(
    folder: Path,
    sizes: Mapping[str, int] | None = None,
    *,
    graded: bool = True,
    all_pending: bool = False,
    cadres: int = 0,
    simulated: bool = True,
    grouped: bool = False,
) -> Path:
    """Write a results folder of one stage 单位 (and 处级干部, where `cadres`), and return it.

    `sizes` is subjects by category; `grouped` ranks within 分口; ungraded samples are rankings without 等次.
    """
    rng, tables = random.Random(7), {name: [] for name in ("结果.csv", *HEADERS)}
    stages = []
    units = dict(sizes or {"事业局": 4, "厅机关": 24, "厅直属单位": 60})
    for stage, leaves, members in (("单位", LEAVES, units), ("处级干部", CADRE_LEAVES, {"正职": cadres})):
        chosen = {name: count for name, count in members.items() if count}
        for category, count in chosen.items():
            rows = _category(rng, tables, stage, category, subject_names(count, category), leaves)
            _rank(rows, tables, graded, all_pending or stage != "单位", grouped)
        stages += [_stage_entry(stage, chosen, leaves, graded)] if chosen else []
    tables["问题.csv"] = _problem_rows(units)
    _write(folder, tables, grouped)
    run = _run(folder, stages, simulated)
    (folder / "run.json").write_text(json.dumps(run, ensure_ascii=False, indent=2), encoding="utf-8")
    return folder


def _category(rng, tables, stage: str, category: str, names: Sequence[str], leaves) -> list[dict[str, object]]:
    rows = []
    for number, name in enumerate(names):
        level = rng.uniform(0.75, 0.97)
        row = {"环节": stage, "类别": category, "考核对象": name, "分口": "经济口" if number % 2 else "党群口"}
        for leaf, points in leaves:
            items = _items(rng, name) if leaf == "目标任务" else [("", leaf, points)]
            row[leaf] = _score_items(rng, tables, row, leaf, points, items, level)
        row["加减分"] = 0.0
        if number % 5 == 3:
            row["加减分"] = round(rng.choice([1.5, 0.5, -0.5, -2.0]), 2)
            entry = [stage, category, name, "加减分", "加减分", "", "省级表彰：表彰决定", "", "", row["加减分"]]
            tables["明细.csv"].append([*entry, row["加减分"], "台账", "附件一", "台账.xlsx", "台账", f"F{number + 2}"])
        rows.append(row)
    return rows


def _items(rng, name: str) -> list[tuple[str, str, float]]:
    """考核项目, 指标 and 分值 of one office: eight items common to all, and some of its own."""
    own = rng.sample(OWN_WORDS, rng.randint(3, 7))
    shared = [(item, f"{item}责任制落实", 5.0) for item in SHARED_ITEMS]
    return shared + [
        (f"{word}（{name[:6]}）", f"{word}年度任务{i}", rng.choice([4.0, 6.0])) for word in own for i in (1, 2)
    ]


def _score_items(rng, tables, row, leaf: str, points: float, items, level: float) -> float:
    full, counted = sum(item[2] for item in items), 0.0
    for number, (project, indicator, worth) in enumerate(items):
        share = min(1.0, max(0.3, rng.gauss(level + 0.04, 0.09)))
        score = round(worth * share, 2)
        value = score * points / full
        counted += value
        top = leaf if leaf == "目标任务" else "民主测评"
        source = ["直接打分", "三(一)", "评分.xlsx", "得分", f"D{number + 2}"]
        key = [row["环节"], row["类别"], row["考核对象"], top, leaf]
        tables["明细.csv"].append([*key, project, indicator, "", worth, score, round(value, 6), *source])
    return counted


def _rank(rows, tables, graded: bool, all_pending: bool, grouped: bool) -> None:
    stage, category = rows[0]["环节"], rows[0]["类别"]
    for row in rows:
        judged = [value for leaf, value in row.items() if leaf.endswith(("测评", "评价"))]
        row["目标任务"], row["民主测评"] = row.get("目标任务", ""), sum(judged)
        row["综合得分"] = round((row["目标任务"] or 0) + row["民主测评"] + row["加减分"], 2)
    for group in sorted({row["分口"] for row in rows}) if grouped else [None]:
        members = [row for row in rows if group in (None, row["分口"])]
        places = -(-len(members) * 3 // 10) if graded else 0
        for row in members:
            row["排名"] = 1 + sum(other["综合得分"] > row["综合得分"] for other in members)
            row["等次"], row["待定"] = _grade(row, places, graded, all_pending)
        used = sum(row["等次"] == GRADES[0] and not row["待定"] for row in members)
        if graded:
            pool = category if group is None else f"{category}·{group}"
            formula = f"30%×{len(members)}，进一"
            tables["名额.csv"].append([stage, pool, len(members), "" if all_pending else places, used, formula])
        tables["结果.csv"] += sorted(members, key=lambda row: (row["排名"], row["考核对象"]))
    for row in rows:
        _explain(tables, row)


def _grade(row, places: int, graded: bool, all_pending: bool) -> tuple[str, str]:
    if not graded:
        return "", ""
    if all_pending:
        return "", "名额比例未规定"
    if row["排名"] == places + 1:
        return "优秀", "并列待定"
    if row["综合得分"] < 78:
        return GRADES[2], ""
    return (GRADES[0] if row["排名"] <= places else GRADES[1]), ""


def _explain(tables, row) -> None:
    key = [row["环节"], row["考核对象"]]
    tables["理由.csv"].append([*key, "得分", "三(一)", f"综合得分 {row['综合得分']:.2f}"])
    tables["理由.csv"].append([*key, "排名", "", f"排第 {row['排名']}"])
    if row["待定"]:
        tables["理由.csv"].append([*key, "待定", "第二十五条", f"{row['待定']}：须由考核办决定"])
    elif row["等次"]:
        tables["理由.csv"].append([*key, "等次", "第二十五条", f"定为{row['等次']}"])
        verdict = {"优秀": "通报表扬", "一般": "书面报告"}.get(row["等次"])
        tables["运用.csv"] += [[*key, verdict, "第三十条"]] if verdict else []


def _problem_rows(units: Mapping[str, int]) -> list[list[str]]:
    rows = []
    for category, count in units.items():
        name = subject_names(count, category)[0]
        message = f"“{name}”的“目标任务”指标分值合计 101，应为 100"
        rows.append(["警告", "指标.xlsx", "指标", "F7", message, "请核对原表；得分已按比例折算到部分分值"])
    rows.append(["提示", "评分.xlsx", "得分", "", "第 1 行是标题行，已跳过", ""])
    return rows


def _stage_entry(stage: str, members: Mapping[str, int], leaves, graded: bool) -> dict[str, object]:
    named = [{"name": name, "points": points} for name, points in leaves]
    judged = [leaf for leaf in named if leaf["name"] != "目标任务"]
    parts = [{"name": "目标任务", "points": 80, "leaves": named[:1]}] if len(judged) < len(named) else []
    parts.append({"name": "民主测评", "points": sum(leaf["points"] for leaf in judged), "leaves": judged})
    categories = [{"name": name, "subjects": count, "parts": parts} for name, count in members.items()]
    grades = list(GRADES) if graded else []
    return {"name": stage, "grades": grades, "top_grade": grades[0] if graded else "", "categories": categories}


def _run(folder: Path, stages, simulated: bool) -> dict[str, object]:
    return {
        "case": folder.name,
        "title": "样例厅2019年度目标责任考核",
        "year": 2019,
        "simulated": simulated,
        "scheme": {"id": "sample", "title": "样例办法", "document": "样例厅考核工作方案", "sha256": "0" * 64},
        "readings": {
            "quota_rounding": {
                "choice": "ceil",
                "label": "进一",
                "question": "名额不是整数时如何取整",
                "article": "第二十五条",
            }
        },
        "params": {"places": {"厅机关": 7}},
        "inputs": [{"file": "评分.xlsx", "sha256": "1" * 64}],
        "stages": stages,
        "versions": {"kaohe_tools": "0.1.0", "python": "3.11"},
        "time": "2020-01-01T00:00:00",
    }


def _write(folder: Path, tables, grouped: bool) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    group = ["分口"] if grouped else []
    header = ["环节", "类别", "考核对象", *group, "目标任务", "民主测评", "加减分", "综合得分", "排名", "等次", "待定"]
    for name, rows in tables.items():
        with open(folder / name, "w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            if name == "结果.csv":
                writer.writerow(header)
                writer.writerows([_published(row[column]) for column in header] for row in rows)
            else:
                writer.writerow(HEADERS[name])
                writer.writerows(rows)


def _published(value: object) -> object:
    return f"{value:.2f}" if isinstance(value, float) else value
