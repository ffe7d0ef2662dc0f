"""Changes that spoil one kind of sheet: each is to be reported at the very cell, whatever harmless ones came before.

Each is a function of an office (a copy, changed in place) and a source of chance; it gives what must be told, or None
where it does not fit the office. Of several `columns` in what must be told one is enough.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from good_offices import Office
from looks import GIVEN, VOTES, Told
from papers import Formula, Row, Sheet

ERROR, WARNING = "错误", "警告"
Harm = Callable[[Office, random.Random], list[Told] | None]
WORDS = (
    "约18",
    "十八",
    "18分",
    "1.2.3",
    "--",
    "无",
    "?",
    "1,8",
    "10%5",
    "#DIV/0!",
    "=9+9",
    "NaN",
    "inf",
    "18²",
    "⑱",
    "1 8",
)
COUNTS = ("得分", "完成值", "满分", "分值", "次数", *VOTES)


def pick(chance: random.Random, things: list):
    return chance.choice(things) if things else None


def _plain(row: Row) -> bool:
    """A row of scores in points that counts for the year."""
    given = isinstance(row.get("得分"), (int, float)) and row.get("完成值") is None
    return given and row.points is not None and not str(row.get("时点") or "").strip()


def _score_rows(office: Office) -> list[tuple[Sheet, Row]]:
    return [(sheet, row) for sheet in office.of("scores") for row in sheet.rows if _plain(row)]


def _set(found: tuple[Sheet, Row] | None, column: str, value: object, words: str = "") -> list[Told] | None:
    if found is None:
        return None
    sheet, row = found
    row[column] = value
    return [Told(ERROR, words, sheet, row, (column,))]


# --- scores -----------------------------------------------------------------------------------------------------------


def a_score_above_its_points(office: Office, chance: random.Random) -> list[Told] | None:
    found = pick(chance, [f for f in _score_rows(office) if not isinstance(f[1].get("满分"), str)])
    full = (found[1].get("满分") or found[1].points) if found else 0
    full = full.value if isinstance(full, Formula) else full
    return _set(found, "得分", (full or found[1].points) + chance.choice([0.01, 1, 100]), "高于") if found else None


def a_negative_score(office: Office, chance: random.Random) -> list[Told] | None:
    return _set(pick(chance, _score_rows(office)), "得分", chance.choice([-0.01, -1, "-1", "－３"]), "负数")


def a_blank_score(office: Office, chance: random.Random) -> list[Told] | None:
    return _set(pick(chance, _score_rows(office)), "得分", chance.choice([None, " ", "　"]))


def full_marks_that_are_none(office: Office, chance: random.Random) -> list[Told] | None:
    fitting = [f for f in _score_rows(office) if f[0].has("满分")]
    return _set(pick(chance, fitting), "满分", chance.choice([0, -100, "百分", "-1"]))


def an_unknown_source(office: Office, chance: random.Random) -> list[Told] | None:
    rows = [(s, r) for s in office.of("scores") if s.has("来源") for r in s.rows if r.points is not None]
    return _set(pick(chance, rows), "来源", "年中", "来源")


def a_score_twice(office: Office, chance: random.Random) -> list[Told] | None:
    found = pick(chance, [f for f in _score_rows(office) if f[1].rule.startswith(GIVEN)])
    if found is None:
        return None
    sheet, row = found
    other = row.again(得分=chance.choice([row["得分"], 0]))
    sheet.rows.insert(chance.randint(0, len(sheet.rows)), other)
    return [Told(ERROR, "重复", sheet, one, ("得分", "指标", "考核对象")) for one in (row, other)]


def a_score_left_out(office: Office, chance: random.Random) -> list[Told] | None:
    rows = [f for f in _score_rows(office) if f[1].rule.startswith(GIVEN) and not f[1].get("评分人")]
    found = pick(chance, [f for f in rows if len(f[0].rows) > 1])
    if found is None:
        return None
    found[0].rows.remove(found[1])
    return [Told(ERROR, "缺少")]


def scores_and_names_swapped(office: Office, chance: random.Random) -> list[Told] | None:
    found = pick(chance, _score_rows(office))
    if found is None:
        return None
    sheet, row = found
    row["指标"], row["得分"] = row["得分"], row["指标"]
    return [Told(ERROR, "", sheet, row, ("得分", "指标"))]


def a_score_beside_ballots(office: Office, chance: random.Random) -> list[Told] | None:
    sheet, ballots = pick(chance, office.of("scores")), pick(chance, office.of("ballots"))
    parts = {p.name for stage in office.scheme.stages.values() for top in stage.parts for p in top.walk()}
    found = pick(chance, [r for r in ballots.rows if r.get("评价主体") in parts] if ballots else [])
    if sheet is None or found is None or not sheet.has("得分"):
        return None
    values = {"考核对象": found["考核对象"], "指标": found["评价主体"], "得分": 1, "环节": found.get("环节")}
    row = Row(values)
    sheet.rows.append(row)
    at = [Told(ERROR, "既有测评又有得分", ballots, r, ("评价主体",)) for r in ballots.rows]
    return [*at, Told(ERROR, "既有测评又有得分", sheet, row, ("得分", "指标"))]


def a_rater_without_a_score(office: Office, chance: random.Random) -> list[Told] | None:
    found = pick(chance, [f for f in _score_rows(office) if f[1].rule.startswith(GIVEN)])
    if found is None:
        return None
    sheet, row = found
    if "评分人" not in sheet.columns:
        sheet.columns.append("评分人")
    other = row.again(评分人="钱八", 得分=None)
    sheet.rows.append(other)
    return [Told(ERROR, "", sheet, other, ("得分",))]


def a_bad_score_of_a_quarter(office: Office, chance: random.Random) -> list[Told] | None:
    found = pick(chance, _score_rows(office))
    if found is None:
        return None
    sheet, row = found
    if "时点" not in sheet.columns:
        sheet.columns.append("时点")
    other = row.again(时点="第一季度", 得分=chance.choice([-1, 10**6, "三"]))
    sheet.rows.append(other)
    return [Told(ERROR, "", sheet, other, ("得分",))]


def marks_beside_a_tally(office: Office, chance: random.Random) -> list[Told] | None:
    parts = {p.name for stage in office.scheme.stages.values() for top in stage.parts for p in top.walk()}
    rows = [(s, r) for s in office.of("ballots") for r in s.rows if r.get("评价主体") in parts]
    found = pick(chance, [f for f in rows if any(f[1].get(v) for v in VOTES)])
    if found is None:
        return None
    sheet, row = found
    if "得分" not in sheet.columns:
        sheet.columns.append("得分")
    other = row.again(**dict.fromkeys(VOTES), 得分=1)
    sheet.rows.append(other)
    return [Told(ERROR, "", sheet, one, ("得分", "评价主体", *VOTES)) for one in (row, other)]


# --- indicators -------------------------------------------------------------------------------------------------------


def _indicator_rows(office: Office) -> list[tuple[Sheet, Row]]:
    return [(sheet, row) for sheet in office.of("indicators") for row in sheet.rows]


def points_that_are_none(office: Office, chance: random.Random) -> list[Told] | None:
    value = chance.choice([0, -20, "二十", True, "-5", "０"])
    return _set(pick(chance, _indicator_rows(office)), "分值", value, "分值")


def blank_points(office: Office, chance: random.Random) -> list[Told] | None:
    found = pick(chance, _indicator_rows(office))
    if found is None:
        return None
    found[1]["分值"] = None
    return [Told(WARNING, "分值空白", *found, ("分值",))]


def an_indicator_twice(office: Office, chance: random.Random) -> list[Told] | None:
    found = pick(chance, _indicator_rows(office))
    if found is None:
        return None
    sheet, row = found
    other = row.again()
    sheet.rows.insert(chance.randint(0, len(sheet.rows)), other)
    return [Told(ERROR, "重复", sheet, one, ("指标", "分值")) for one in (row, other)]


# --- roster -----------------------------------------------------------------------------------------------------------


def a_subject_twice(office: Office, chance: random.Random) -> list[Told] | None:
    sheet = pick(chance, office.of("roster"))
    row = pick(chance, sheet.rows)
    other = row.again()
    sheet.rows.insert(chance.randint(0, len(sheet.rows)), other)
    return [Told(ERROR, "重复", sheet, one, ("考核对象",)) for one in (row, other)]


def a_subject_left_out(office: Office, chance: random.Random) -> list[Told] | None:
    """Every row of other sheets that names it is told; one of them is asked for."""
    sheet = pick(chance, office.of("roster"))
    row = pick(chance, sheet.rows)
    sheet.rows.remove(row)
    named = [(s, r) for s in office.sheets for r in s.rows if r.get("考核对象") == row["考核对象"]]
    return [Told(ERROR, "", s, r, ("考核对象",)) for s, r in named] or None


# --- ballots, ledger, findings, history -------------------------------------------------------------------------------


def votes_that_are_none(office: Office, chance: random.Random) -> list[Told] | None:
    rows = [(s, r) for s in office.of("ballots") for r in s.rows if any(isinstance(r.get(v), int) for v in VOTES)]
    found = pick(chance, rows)
    if found is None:
        return None
    vote = chance.choice([v for v in VOTES if isinstance(found[1].get(v), int)])
    return _set(found, vote, chance.choice([9.5, -1, "十", "9.5", "-1", "3票", True]))


def a_ballot_left_out(office: Office, chance: random.Random) -> list[Told] | None:
    rows = [(s, r) for s in office.of("ballots") for r in s.rows if len(s.rows) > 1]
    found = pick(chance, rows)
    if found is None:
        return None
    alike = ("考核对象", "评价主体", "环节", "测评项")
    for row in [r for r in found[0].rows if all(r.get(c) == found[1].get(c) for c in alike)]:
        found[0].rows.remove(row)
    others = [r for s in office.of("ballots") for r in s.rows if r.get("考核对象") == found[1].get("考核对象")]
    return [Told(ERROR, "缺少")] if not others else None


def no_vote_at_all(office: Office, chance: random.Random) -> list[Told] | None:
    """Not one valid vote for whom a part or 得票率 needs them: every row of them is emptied."""
    found = pick(chance, [(s, r) for s in office.of("ballots") for r in s.rows])
    if found is None or not any(found[1].get(v) for v in VOTES):
        return None
    alike = [c for c in ("环节", "考核对象", "测评项" if found[1].get("测评项") else "评价主体") if c in found[1]]
    told = []
    for sheet in office.of("ballots"):
        for row in (r for r in sheet.rows if all(r.get(c) == found[1][c] for c in alike)):
            row.update({v: chance.choice([0, None]) for v in VOTES if v in sheet.columns})
            told.append(Told(ERROR, "", sheet, row, ("评价主体", *VOTES)))
    return told


def a_count_that_is_none(office: Office, chance: random.Random) -> list[Told] | None:
    rows = [(s, r) for s in office.of("ledger") if s.has("次数") for r in s.rows]
    return _set(pick(chance, rows), "次数", chance.choice([0, -1, 1.5, "两次", "0"]), "次数")


def ledger_points_that_are_none(office: Office, chance: random.Random) -> list[Told] | None:
    rows = [(s, r) for s in office.of("ledger") if s.has("分值") for r in s.rows]
    return _set(pick(chance, rows), "分值", chance.choice([0, -0.5, "半分", "-1"]), "分值")


def a_date_that_is_none(office: Office, chance: random.Random) -> list[Told] | None:
    rows = [(s, r) for s in office.of("ledger") if s.has("日期") for r in s.rows]
    values = ["2023-02-30", "2023年13月1日", "5月20日", "去年", 20230520, 5, "2023-11", "2023-00-10", True]
    return _set(pick(chance, rows), "日期", chance.choice(values), "日期")


def a_finding_of_another_sort(office: Office, chance: random.Random) -> list[Told] | None:
    rows = [(s, r) for s in office.of("facts") for r in s.rows]
    values = [None, "有", 1.5, -1, "120%", "一半", True, "是否", "四成", "-5%"]
    return _set(pick(chance, rows), "值", chance.choice(values), "情形")


def a_finding_twice(office: Office, chance: random.Random) -> list[Told] | None:
    found = pick(chance, [(s, r) for s in office.of("facts") for r in s.rows])
    if found is None:
        return None
    other = found[1].again(依据="另一份纪要")
    found[0].rows.append(other)
    return [Told(ERROR, "重复", found[0], one, ("情形",)) for one in (found[1], other)]


def a_year_that_is_none(office: Office, chance: random.Random) -> list[Told] | None:
    rows = [(s, r) for s in office.of("history") for r in s.rows]
    return _set(pick(chance, rows), "年度", chance.choice([None, "去年", 21, 2999, 2021.5, "2023年度末"]))


OF_ONE_KIND: dict[str, Harm] = {
    harm.__name__: harm
    for harm in (
        a_rater_without_a_score, a_bad_score_of_a_quarter, marks_beside_a_tally, a_score_above_its_points,
        a_negative_score, a_blank_score, full_marks_that_are_none,
        an_unknown_source, a_score_twice, a_score_left_out, scores_and_names_swapped,
        a_score_beside_ballots, points_that_are_none, blank_points, an_indicator_twice, a_subject_twice,
        a_subject_left_out, votes_that_are_none, a_ballot_left_out, no_vote_at_all, a_count_that_is_none,
        ledger_points_that_are_none, a_date_that_is_none, a_finding_of_another_sort, a_finding_twice,
        a_year_that_is_none,
    )
}  # fmt: skip
