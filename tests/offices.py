"""A small office for tests: four units in two categories, every kind of sheet, and ways to change one cell of it."""

from __future__ import annotations

from pathlib import Path

import openpyxl

YAML = {
    "scheme": "qinghai-2019",
    "year": 2019,
    "title": "测试用小案例",
    "params": "{places: {事业局: 1, 厅机关: 1}}",
}

SHEETS: dict[str, list[list[object]]] = {
    "名册": [["考核对象", "类别"], ["甲局", "事业局"], ["乙局", "事业局"], ["丙处", "厅机关"], ["丁处", "厅机关"]],
    "指标": [
        ["类别", "考核对象", "部分", "考核项目", "指标", "分值"],
        ["事业局", None, "党政建设", None, "党建", 20],
        ["事业局", None, "共性指标", None, "业务一", 80],
        ["厅机关", None, "党政建设", None, "党建", 30],
        ["厅机关", None, "个性指标", "重点", "业务一", 30],
        [None, "丙处", "个性指标", "其他", "业务一", 40],
        [None, "丁处", "个性指标", "其他", "业务一", 40],
    ],
    "得分": [
        ["考核对象", "考核项目", "指标", "得分", "满分", "评分人", "来源", "时点"],
        ["甲局", None, "党建", 18],
        ["甲局", None, "业务一", 70],
        ["乙局", None, "党建", 16],
        ["乙局", None, "业务一", 76],
        ["丙处", None, "党建", 27],
        ["丙处", "重点", "业务一", 28],
        ["丙处", "其他", "业务一", 36],
        ["丁处", None, "党建", 24],
        ["丁处", "重点", "业务一", 24],
        ["丁处", "其他", "业务一", 32],
    ],
    "测评": [
        ["考核对象", "评价主体", "优秀", "良好", "一般", "较差", "弃权", "得分"],
        ["甲局", "民主测评", 10, 5, 3, 2, 1],
        ["乙局", "民主测评", 12, 6, 2, 0, 0],
        ["丙处", "领导小组测评", 8, 2, 0, 0, 0],
        ["丙处", "负责人和群众测评", 30, 10, 5, 5, 2],
        ["丁处", "领导小组测评", 6, 3, 1, 0, 0],
        ["丁处", "负责人和群众测评", 28, 12, 8, 2, 0],
    ],
    "台账": [
        ["考核对象", "事项", "标准", "次数", "分值", "日期", "依据", "同一工作"],
        ["丙处", "集中述职", "述职超时", None, 0.5, "2019-05-20", "考核组记录", None],
    ],
    "情形": [["考核对象", "情形", "值", "依据"], ["乙局", "不得评优", "否", "会议纪要"]],
}


def make_case(
    folder: Path, changes: dict[str, object] | None = None, sheets: dict[str, list] | None = None, **yaml: object
) -> Path:
    """Write the case folder; `changes` puts values into cells named like 得分!D2, `yaml` overrides case.yaml."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [f"{key}: {value}" for key, value in {**YAML, **yaml}.items() if value is not None]
    (folder / "case.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in (sheets or SHEETS).items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    for where, value in (changes or {}).items():
        name, cell = where.split("!")
        book[name][cell] = value
    book.save(folder / "数据.xlsx")
    return folder


def told(problems, level: str | None = None) -> list[tuple[str, str]]:
    """(sheet!cell, message) of problems, notes left out unless asked for."""
    wanted = [p for p in problems.sorted() if (p.level == level if level else p.level != "提示")]
    return [("!".join(filter(None, (p.place.sheet, p.place.cell))), p.message) for p in wanted]
