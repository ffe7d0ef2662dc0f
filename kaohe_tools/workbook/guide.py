"""说明: how the workbook is used, what moves, and what does not and why, in figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd

from kaohe_tools.basis import Basis
from kaohe_tools.records import record_of, record_rows
from kaohe_tools.results import Results
from kaohe_tools.workbook.asking import Layout
from kaohe_tools.workbook.detail import STILL
from kaohe_tools.workbook.grid import Grid, grid_of

USE = (
    ("怎么用", "改黄色的格子，其余自动重算（表中称“随动”）。改之前另存一份；关掉不保存，就回到公布的结果。"),
    (
        "可以改的",
        "“权重”里各部分的分值；“明细”里每一项的分值、完成值、目标值、得分；“名额”里的比例、定额；“推演”里的情形、得票。",
    ),
    ("看哪里", "每个类别一张等次表（标签是“环节·类别”），随之变动；“与公布结果”一列写明是否一致。"),
    ("行的次序", "行按公布的名次排列，名次变了行不移动；需要时可按“排名”一列查看。"),
    (
        "算法",
        "计入得分=得分×部分分值/本部分各项分值合计；部分得分、综合得分各由未舍入的数相加后四舍五入到两位小数；排名、名额、界线都用公布的两位小数。",
    ),
    ("打印", "各类别等次表供打印、签字；“推演”太宽，供在屏幕上核对，打印时只印标题，要全印请先取消打印区域。"),
    ("不随动的", "理由、运用、问题写的是公布结果；灰色的格子是固定的数，改动不影响它。"),
)


def guide_of(name: str, results: Results, layouts: Mapping[str, Layout], basis: Basis) -> Grid:
    """The first sheet: how to use the others, how much of them moves, and which run the results are of."""
    lines = [*USE, *_figures(layouts, basis), *record_rows(record_of(results.run))]
    table = pd.DataFrame(lines, columns=["事项", "说明"])
    return grid_of(name, f"{results.title}　使用说明", table, {})


def _figures(layouts: Mapping[str, Layout], basis: Basis) -> Iterator[tuple[str, str]]:
    for stage, layout in layouts.items():
        count, still = len(layout.basis.numbers), layout.unlive
        what = "等次" if layout.stage.grades else "排名"
        told = (
            f"{count} 个对象的{what}都随动"
            if not still
            else f"{count} 个对象中 {count - len(still)} 个的{what}完全随动"
        )
        for reason in sorted(set(still.values())):
            names = "、".join(layout.basis.subjects[row] for row, why in still.items() if why == reason)
            told += f"；{names}：{reason}，有关条件按公布结果固定"
        yield stage, f"{told}。"
    fixed = [line for line in basis.lines if line.kind == "together" or line.how.get("kind") == "fixed"]
    if fixed:
        merged = sum(line.kind == "together" for line in fixed)
        others = len(fixed) - merged
        why = [f"{merged} 行是为保密合并列示的得分"] if merged else []
        why += [f"{others} 行的得分由同类对象比较或多行完成值得出"] if others else []
        yield "明细", f"“{STILL}”的有 {len(fixed)} 行：{'；'.join(why)}。"
