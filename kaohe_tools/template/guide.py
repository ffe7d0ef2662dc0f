"""The sheet 填写说明: how to fill in the workbook, and the scheme's parts, 标准, 情形 and grades with their articles.

No row of it shows two headers of the contract side by side, so that it is never taken for data.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from xlsxwriter import Workbook

from kaohe_tools.columns import KINDS
from kaohe_tools.exact import show_short
from kaohe_tools.rules import BY_DONE
from kaohe_tools.scheme import Code, Part, Stage
from kaohe_tools.template import totals
from kaohe_tools.template.areas import Area
from kaohe_tools.template.checks import expected
from kaohe_tools.template.needs import Needs
from kaohe_tools.template.paper import GIVEN, LINE, NEEDED, TITLE, Paper, count_lines, lay_out

NAME = "填写说明"
WIDTHS = (16, 26, 46, 42, 26)

Row = Sequence[object]

RULES = (
    "只填浅黄色的格子。灰色和已经写好的格子锁定，表头不要改；需要改动时，在“审阅”里撤销工作表保护即可，没有密码。",
    "带下拉列表的，从列表里选，不要自己写；列表里没有的，先核对名册和办法。",
    "数字直接写，不带单位，不写“约”“左右”；比例写 0.4 或 40%；是否写 是 或 否；日期写 2023-11-10；年度写 2022。",
    "同一项几个人评的，每人一行，写明“评分人”，程序取平均；写好的行不够用时，在表末的空行里补。",
    "没有填的空行不用删除。写好的行都要填；确实不该有的，请告诉考核办，不要留空。",
    "填完先看“核对”表，红色为零再交。交回后运行 kaohe check，有问题的会逐格指出。",
)
PURPOSE = {
    "roster": "考核谁：名称、类别和分组",
    "indicators": "考核什么：每项指标属于哪个部分、几分",
    "scores": "每项指标、每个直接打分的部分得几分，或完成多少",
    "ballots": "由多人投票测评的部分，各等次几票",
    "ledger": "加分、减分的事项",
    "facts": "影响等次的情形和认定",
    "history": "以前年度的等次",
}


def write_guide(book: Workbook, paper: Paper, areas: dict[str, Area], needs: Needs) -> None:
    """Write the sheet."""
    sheet = book.add_worksheet(NAME)
    for j, wide in enumerate(WIDTHS):
        sheet.set_column(j, j, wide)
    sheet.write_string(0, 0, f"{needs.scheme.title}　{NAME}", paper.style(font_name=TITLE, font_size=16, bold=True))
    sheet.set_row(0, 30)
    row = 1
    for heading, header, rows in _chapters(areas, needs):
        row = _chapter(sheet, paper, row, heading, header, rows)
    lay_out(sheet, 0, (1, 0))


def _chapter(sheet, paper: Paper, row: int, heading: str, header: Row, rows: Iterable[Row]) -> int:
    """One chapter from a row on: a heading, a header where it is a table, its rows; gives the row after it."""
    sheet.write_string(row, 0, heading, paper.style(font_name=TITLE, font_size=12, bold=True))
    sheet.set_row(row, 26)
    row += 1
    for j, text in enumerate(header):
        sheet.write_string(row, j, str(text), paper.boxed(bold=True, bg_color=NEEDED, font_color="#FFFFFF"))
    row += bool(header)
    for cells in rows:
        if header:
            room = 1
            for j, text in enumerate(cells):
                look = {"text_wrap": True, "border": 1, "border_color": LINE}
                paper.put(sheet, row, j, text, **look, **({"bg_color": GIVEN} if j == 0 else {}))
                room = max(room, count_lines(str(text), WIDTHS[j]))
        else:
            text = str(cells[0])
            sheet.merge_range(row, 0, row, len(WIDTHS) - 1, text, paper.style(text_wrap=True))
            room = count_lines(text, sum(WIDTHS))
        sheet.set_row(row, 15 * room + 4)
        row += 1
    return row


def _chapters(areas: dict[str, Area], needs: Needs) -> list[tuple[str, Row, list[Row]]]:
    stages = needs.stages
    parts = [[*_part(stage, part), _origin(part, needs)] for s in stages for stage, part in _leaves(s)]
    chapters: list[tuple[str, Row, list[Row]]] = [
        ("怎么填", (), [(f"{n}. {text}",) for n, text in enumerate(RULES, 1)]),
        ("各张表", ("工作表", "用途", "深色的列必填", "浅色的列有就填", "已经写好的行"), _sheets(areas, needs)),
        ("谁参加考核", ("环节名", "可选类别", "说明"), [_stage(stage) for stage in stages]),
        ("得分由哪些部分组成", ("环节名", "部分名称", "满分（按类别）", "分数从哪里来", "条款"),
         [(row[0], row[1], row[2], row[4], row[3]) for row in parts]),
    ]  # fmt: skip
    if "ledger" in areas:
        rows = [_code(stage, code) for stage in stages if stage.ledger for code in stage.ledger.codes.values()]
        chapters.append(("加减分的标准", ("环节名", "标准名称", "怎么计", "计到哪里", "条款"), rows))
    if "facts" in areas:
        rows = [
            (stage.name, fact.name, f"填 {expected(fact)}" + (f"（{fact.note}）" if fact.note else ""),
             "每个对象都要有结论" if fact.expected else "有才填", fact.article)
            for stage in stages for fact in stage.facts.values()
        ]  # fmt: skip
        chapters.append(("情形", ("环节名", "情形名称", "怎么填", "什么时候填", "条款"), rows))
    return chapters


def _sheets(areas: dict[str, Area], needs: Needs) -> list[Row]:
    rows: list[Row] = []
    for area in areas.values():
        groups = [[h for h in group if any(c.header == h for c in area.columns)] for group in KINDS[area.kind].required]
        if area.kind == "ballots":
            groups[-1] = ["、".join(needs.graded_votes), "得分"]
        needed = {header for group in groups for header in group} | set(needs.graded_votes)
        rest = [column.header for column in area.columns if column.header not in needed]
        due = f"{len(area.due)} 行" if area.due else "没有，全部自己填"
        needed_text = "，".join(" 或 ".join(group) for group in groups)
        rows.append((area.title, PURPOSE[area.kind], needed_text, "、".join(rest), due))
    return [*rows, (totals.NAME, "自动合计：还缺几行、分值合计对不对", "不用填", "", "")]


def _stage(stage: Stage) -> Row:
    note = f"对象与“{stage.same_subjects}”环节相同，名册里不用再写一遍" if stage.same_subjects else ""
    names = [f"{name}（也写作{'、'.join(aliases)}）" if aliases else name for name, aliases in stage.categories.items()]
    return stage.name, "、".join(stage.categories), note or "；".join(name for name in names if "（" in name)


def _leaves(stage: Stage) -> list[tuple[Stage, Part]]:
    return [(stage, part) for top in stage.parts for part in top.walk() if part.points and part.source]


def _part(stage: Stage, part: Part) -> list[object]:
    top = stage.top_of(part.name)
    name = part.name if top == part.name else f"{part.name}（{top}）"
    figures = {category: show_short(points) for category, points in part.points.items()}
    same = len(set(figures.values())) == 1 and set(figures) == set(stage.categories)
    points = next(iter(figures.values())) if same else "、".join(f"{c} {p}" for c, p in figures.items())
    return [stage.name, name, points, part.article]


def _origin(part: Part, needs: Needs) -> str:
    """Where the score of a part comes from, as who fills in the sheets needs to know it."""
    if part.source == "indicators":
        also = f"，部分也可写{'、'.join(part.aliases)}" if part.aliases else ""
        return f"“指标”表列出指标，“得分”表逐项打分{also}"
    if part.source == "fact":
        return f"“情形”表的“{part.fact}”：" + "、".join(f"{v} {show_short(p)} 分" for v, p in part.values.items())
    if part.source == "ledger":
        return "满分起计，只由“加减分”表增减，不另打分"
    if part.source == "stage":
        return f"取自“{part.stage}”环节的综合得分，不用填"
    if part.name in needs.voted:
        return "“测评”表填票数（或平均分）；不要再写进“得分”表，两处都有是错误"
    if part.rule.kind in BY_DONE:
        return "“得分”表，指标写部分名称，填完成值"
    blend = "、".join(part.rule.options["of"]) if part.rule.kind == "blend" else ""
    sources = f"，{blend}各一行" if blend else ""
    many = "，可以有多行，取平均" if part.rule.kind == "mean" else ""
    return f"“得分”表，指标写部分名称，直接打分{sources}{many}"


def _code(stage: Stage, code: Code) -> Row:
    sign = "加" if code.sign > 0 else "减"
    if code.points is not None:
        how = f"{sign} {show_short(code.points)} 分" + (f"（每{code.per}）" if code.per else "")
    elif code.range is not None:
        how = f"{sign} {show_short(code.range[0])} 到 {show_short(code.range[1])} 分，由“分值”列写明"
    else:
        how = f"{sign}分，由“分值”列写明"
    cap = f"，合计不超过 ±{show_short(stage.ledger.cap)}" if stage.ledger and stage.ledger.cap and not code.to else ""
    return stage.name, code.name, how, code.to or f"加减分{cap}", code.article
