"""Which rows of a sheet hold data: not titles, blanks, totals, remarks or the header again; all else is told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kaohe_tools.columns import CATEGORY, SUBJECT, is_remark, is_total_label
from kaohe_tools.exact import tidy
from kaohe_tools.headers import Sheet
from kaohe_tools.problems import Problems

Cells = list[list[object]]
_LABELS = 2  # how many texts of a row are looked at for 合计: it stands in the first or beside a running number


def data_rows(sheet: Sheet, cells: Cells, problems: Problems) -> list[int]:
    """Row numbers below the header that hold data: not blank, not a total, not a remark, not the header again."""
    used = sorted(set(sheet.positions.values()))
    header = [sheet.names[j] for j in used]
    titles = [] if sheet.header == 0 else list(range(sheet.top))
    left_out: dict[str, list[int]] = {
        "表头上方的行": titles, "空行": [], "合计行": [], "说明行": [], "重复的表头": [],
    }  # fmt: skip
    kept: list[int] = []
    for i in range(sheet.header + 1, len(cells)):
        row = cells[i]
        texts = [j for j, cell in enumerate(row) if type(cell) is str and tidy(cell)]
        if all(row[j] is None or (type(row[j]) is str and j not in texts) for j in used):
            left_out["合计行" if _is_total(sheet, row, texts) else "说明行" if texts else "空行"].append(i)
        elif _is_total(sheet, row, texts):
            left_out["合计行"].append(i)
        elif texts and _is_remark(row, texts):
            left_out["说明行"].append(i)
        elif texts and tidy(row[texts[0]]) in header and [tidy(row[j]) for j in used] == header:
            left_out["重复的表头"].append(i)
        else:
            kept.append(i)
    told = "，".join(f"{name} {row_numbers(rows)}" for name, rows in left_out.items() if rows)
    problems.note(
        sheet.grid.place(), f"按“{sheet.kind.title}”读取 {len(kept)} 行" + (f"；未计：{told}" if told else "")
    )
    _tell_data_above(sheet, cells, titles, problems)
    return kept


def _is_total(sheet: Sheet, row: Sequence[object], texts: Sequence[int]) -> bool:
    """Does a row begin with 合计 and the like? Not where that is a name of its own, with all that follows filled in."""
    for j in texts[:_LABELS]:
        if is_total_label(label := tidy(row[j])):
            names = {sheet.names[k] for k in texts if k > j and k in sheet.names and tidy(row[k]) != label}
            inside = j in sheet.positions.values() and sheet.names[j] not in (SUBJECT.header, CATEGORY.header)
            return not (inside and names & {header for group in sheet.kind.required for header in group})
    return False


def _is_remark(row: Sequence[object], texts: Sequence[int]) -> bool:
    """A line of remarks or signatures under a table: all its texts begin like them, or one alone that does."""
    if not is_remark(tidy(row[texts[0]])):
        return False
    cells = {tidy(cell) for cell in row if cell is not None}
    return len(cells) == 1 or all(map(is_remark, cells))


def _tell_data_above(sheet: Sheet, cells: Cells, titles: Iterable[int], problems: Problems) -> None:
    """Rows above the header that look like data: the header may have been sorted in among them."""
    spread = {i for span in sheet.grid.spans if span.right > span.left for i in range(span.top, span.bottom + 1)}
    groups = [[c.name for c in sheet.kind.columns if c.header in group] for group in sheet.kind.required]
    columns = [[sheet.positions[name] for name in group if name in sheet.positions] for group in groups]
    for i in titles:
        filled = [any(cells[i][j] is not None for j in group) for group in columns if group]
        if i not in spread and len(filled) > 2 and all(filled):
            problems.warning(sheet.place(i), "表头上方的这一行像数据，没有读取", "如是数据，请移到表头下面")


def row_numbers(rows: Iterable[int]) -> str:
    """Row numbers (from 0) for people, runs joined: 第1–3、7行."""
    runs: list[list[int]] = []
    for row in rows:
        if runs and row == runs[-1][1] + 1:
            runs[-1][1] = row
        else:
            runs.append([row, row])
    return "第" + "、".join(f"{a + 1}–{b + 1}" if b > a else f"{a + 1}" for a, b in runs) + "行"
