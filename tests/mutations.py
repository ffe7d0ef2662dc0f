"""Changes to what an office's papers say that mean nothing: other ways to write a value, more rows that say the same.

Each is a function of an office (a copy, changed in place) and a source of chance; it gives what must be told about it.
`HARMLESS` names all of them, those of the looks too.
"""

from __future__ import annotations

import datetime
import random

from good_offices import Office
from looks import BLENDED, GIVEN, LOOKS, NAME_COLUMNS, NUMBERS, VOTES, Change, Told, cells, digits, numbers, some
from papers import EXCEL, Formula

from kaohe_tools.exact import tidy

# --- how a value is written -------------------------------------------------------------------------------------------


def full_width_digits(office: Office, chance: random.Random) -> list[Told]:
    for _, row, column in some(chance, numbers(office), 8):
        row[column] = digits(row[column]).translate({ord(c): ord(c) + 0xFEE0 for c in "0123456789.-"})
    return []


def numbers_as_text(office: Office, chance: random.Random) -> list[Told]:
    for _, row, column in some(chance, numbers(office), 8):
        text = digits(row[column])
        forms = [text, f" {text} ", f"{text}　", text + (".0" if "." not in text else "0")]
        row[column] = chance.choice(forms)
    return []


def spaces_within_names(office: Office, chance: random.Random) -> list[Told]:
    for _, row, column in some(chance, cells(office, NAME_COLUMNS, (str,)), 8):
        text = row[column]
        at = chance.randint(0, len(text))
        row[column] = text[:at] + chance.choice([" ", "　", "\n", "\u00a0", "\t", "\u200b", "\ufeff"]) + text[at:]
    return []


def out_of_full_marks(office: Office, chance: random.Random) -> list[Told]:
    """A score written out of twice or half the points, or of the full marks given."""
    for sheet in office.of("scores"):
        rows = [r for r in sheet.rows if isinstance(r.get("得分"), (int, float)) and r.points and not r.get("完成值")]
        if "满分" not in sheet.columns:
            sheet.columns.append("满分")
        for row in some(chance, rows) if rows else []:
            full, factor = row.get("满分"), chance.choice([2, 0.5, 4])
            if full is None or isinstance(full, (int, float)):
                row["得分"], row["满分"] = row["得分"] * factor, (full or row.points) * factor
    return []


def written_as_a_sum(office: Office, chance: random.Random) -> list[Told]:
    told = []
    for sheet, row, column in some(chance, [c for c in numbers(office) if c[1][c[2]] > 1 and c[2] != "年度"]):
        whole = chance.randint(0, int(row[column]))
        rest = round(row[column] - whole, 9)
        row[column] = f"{whole}{chance.choice('+＋')}{digits(rest)}"
        told.append(Told("警告", "读取", sheet, row, (column,)))
    return told


def dates_in_another_form(office: Office, chance: random.Random) -> list[Told]:
    for _, row, column in some(chance, cells(office, ("日期",), (datetime.date,))):
        day = row[column]
        serial = (day - datetime.date(1899, 12, 30)).days
        forms = [f"{day.year}年{day.month}月{day.day}日", f"{day:%Y/%m/%d}", f"{day:%Y.%m.%d}", day.isoformat()]
        forms += [serial, str(serial), f"{day.year}-{day.month}-{day.day}", f"{day.year} 年{day.month}月 {day.day}日"]
        row[column] = chance.choice(forms)
    return []


def shares_in_another_form(office: Office, chance: random.Random) -> list[Told]:
    for _, row, column in cells(office, ("值",), (str,)):
        text = row[column].strip().replace("％", "%")
        if text.endswith("%"):
            share = float(text[:-1]) / 100
            row[column] = chance.choice([share, str(share), f"{digits(share * 100)}%", f"{digits(share * 100)}％"])
    return []


def formulas_with_their_value(office: Office, chance: random.Random) -> list[Told]:
    """Numbers, names and blanks as formula cells, each with its value stored, as Excel and WPS store it."""
    excel = [s for s in office.sheets if s.format == EXCEL]
    found = [(s, r, c) for s in excel for r in s.rows for c in s.columns if c in (*NUMBERS, *VOTES, *NAME_COLUMNS)]
    for _, row, column in some(chance, found, 8):
        value = row.get(column)
        if value is None:
            row[column] = Formula('=IF(1=1,"","")', "")
        elif isinstance(value, (int, float)):
            row[column] = Formula(f"=0+{value}", value)
        elif isinstance(value, str) and not set(value) & set('"\n\t'):
            row[column] = Formula(f'="{value}"', value)
    return []


def other_names_of_the_scheme(office: Office, chance: random.Random) -> list[Told]:
    """部分 and 类别 by the aliases that the scheme gives them."""
    stages = office.scheme.stages.values()
    parts = {p.name: p.aliases for stage in stages for top in stage.parts for p in top.walk() if p.aliases}
    categories = {name: aliases for stage in stages for name, aliases in stage.categories.items() if aliases}
    for column, known in (("部分", parts), ("类别", categories)):
        for _, row, _ in cells(office, (column,), (str,)):
            if row[column] in known and chance.random() < 0.5:
                row[column] = chance.choice(list(known[row[column]]))
    return []


# --- more rows that say nothing new -----------------------------------------------------------------------------------


def stage_written_out(office: Office, chance: random.Random) -> list[Told]:
    for sheet in office.sheets:
        if "环节" not in sheet.columns:
            known = [office.stages.get(row.get("考核对象") or row.get("类别")) for row in sheet.rows]
            if all(known) and chance.random() < 0.7:
                sheet.columns.insert(0, "环节")
                for row, stage in zip(sheet.rows, known, strict=True):
                    row["环节"] = stage
    return []


def tally_over_several_rows(office: Office, chance: random.Random) -> list[Told]:
    for sheet in office.of("ballots"):
        row = chance.choice(sheet.rows)
        votes = {v: row[v] for v in VOTES if isinstance(row.get(v), int)}
        valid = {v: n for v, n in votes.items() if v != "弃权" and n > 0}
        blank = [v for v in VOTES if not str(row.get(v) or "").strip() and v not in votes]
        if sum(valid.values()) >= 2 and len(votes) + len(blank) == len(VOTES):
            part = {v: chance.randint(0, n) for v, n in votes.items()}
            left = {v: n - part[v] for v, n in votes.items()}
            if any(part[v] for v in valid) and any(left[v] for v in valid):
                sheet.rows.append(row.again(**part))
                row.update(left)
    return []


def several_raters_who_agree(office: Office, chance: random.Random) -> list[Told]:
    for sheet in office.of("scores"):
        rows = [r for r in sheet.rows if r.get("得分") and not str(r.get("评分人") or "").strip()]
        rows = [r for r in rows if r.rule.startswith(GIVEN) or BLENDED in r.rule]
        if "评分人" not in sheet.columns:
            sheet.columns.append("评分人")
        for row in some(chance, rows) if rows else []:
            row["评分人"] = "张三"
            sheet.rows += [row.again(评分人=name) for name in some(chance, ["李四", "王五", "赵六"])]
    return []


def a_quarter_beside_the_year(office: Office, chance: random.Random) -> list[Told]:
    for sheet in office.of("scores"):
        rows = [r for r in sheet.rows if isinstance(r.get("得分"), (int, float)) and not r.get("时点")]
        if "时点" not in sheet.columns:
            sheet.columns.append("时点")
        for row in some(chance, rows) if rows else []:
            sheet.rows.append(row.again(时点=f"第{len(sheet.rows)}次", 得分=row["得分"] / 2))
    return []


def findings_that_are_not(office: Office, chance: random.Random) -> list[Told]:
    """A 否 for a yes/no finding that is given for nobody."""
    given = {tidy(row["情形"]) for sheet in office.of("facts") for row in sheet.rows}
    for sheet in office.of("facts"):
        row = chance.choice(sheet.rows)
        stage = row.get("环节") or office.stages.get(row.get("考核对象"))
        if isinstance(stage, str) and stage in office.scheme.stages:
            facts = office.scheme.stages[stage].facts.values()
            free = [fact.name for fact in facts if fact.type == "yes_no" and fact.name not in given]
            if free:
                sheet.rows.append(row.again(情形=chance.choice(free), 值="否"))
                return []
    return []


def one_time_written_out(office: Office, chance: random.Random) -> list[Told]:
    for sheet in office.of("ledger"):
        if "次数" not in sheet.columns:
            sheet.columns.append("次数")
        for row in sheet.rows:
            if row.get("次数") is None and chance.random() < 0.5:
                row["次数"] = chance.choice([1, "1", "１"])
    return []


HARMLESS: dict[str, Change] = LOOKS | {
    change.__name__: change
    for change in (
        full_width_digits, numbers_as_text, spaces_within_names, out_of_full_marks, written_as_a_sum,
        dates_in_another_form, shares_in_another_form, formulas_with_their_value, other_names_of_the_scheme,
        stage_written_out, tally_over_several_rows, several_raters_who_agree, a_quarter_beside_the_year,
        findings_that_are_not, one_time_written_out,
    )
}  # fmt: skip
