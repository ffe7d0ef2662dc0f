"""What Excel itself offers and refuses in a cell: drop-downs, ranges, and messages that say what is expected."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

from kaohe_tools.columns import Column
from kaohe_tools.exact import show_short
from kaohe_tools.scheme import Fact
from kaohe_tools.template.areas import FIRST, LONGEST_FORMULA, Area, Lists
from kaohe_tools.template.needs import PARENTS, YES_NO, Needs

EARLIEST, LATEST = datetime.date(1955, 1, 1), datetime.date(2118, 12, 31)  # the serial numbers read as dates
MOST_VOTES = 10**7
LISTED = ("类别", "部分", "标准", "情形", "评价主体", "测评项", "来源", "计分规则", "等次")
FACT_TYPES = {
    "yes_no": "是 或 否",
    "choice": "{}",
    "share": "0 到 1 的比例，如 0.4 或 40%",
    "count": "不小于 0 的整数",
}

Rule = dict[str, Any]  # a validation as xlsxwriter takes it
Check = tuple[int, int, str, Rule]  # first row, last row (from 0), column name, validation


def checks(area: Area, needs: Needs, lists: Lists, roster: Area | None) -> Iterator[Check]:
    """The validations of a sheet, no two of them on one cell."""
    for column in area.columns:
        if column.name == "value":
            yield from _values(area, needs, lists)
            continue
        rule = _rule(area, column, needs, lists, roster)
        if rule is not None:
            yield FIRST, area.last, column.name, _told(rule, column.header)


def _told(rule: Rule, header: str) -> Rule:
    """A validation with titles, and with the error message that its prompt gives where it has none of its own."""
    titles = {"input_title": header, "error_title": f"{header}不对"}
    return {"error_message": f"请填写：{rule['input_message']}", **titles, **rule}


def _rule(area: Area, column: Column, needs: Needs, lists: Lists, roster: Area | None) -> Rule | None:
    stage = area.cell("stage") if area.has("stage") else ""
    header = column.header
    if header == "环节":
        words = [stage.name for stage in needs.stages]
        return {"validate": "list", "source": f"={lists.place(header, words)}", "input_message": "从列表选环节"}
    if header in LISTED:
        source = lists.source(header, needs.words(header), stage)
        return {"validate": "list", "source": source, "input_message": f"从列表选{header}，不要自己写"}
    if area.kind == "roster":
        return _roster_rule(area, column, needs, lists)
    if header == "考核对象" and roster is not None:
        return {"validate": "list", "source": _names(roster), "input_message": _SUBJECT[area.kind != "indicators"]}
    if column.type in ("number", "raw", "count"):
        return _number(area, column, needs)
    if column.type == "date":
        between = {"criteria": "between", "minimum": EARLIEST, "maximum": LATEST}
        return {"validate": "date", **between, "input_message": "日期，如 2023-11-10"}
    if column.type == "year":
        return _whole(1900, 2999, "四位年份，只填以前年度，如 2022")
    return None


_SUBJECT = {
    True: "从列表选考核对象（名册里的名称）",
    False: "只管一个对象的指标选考核对象；全类别共用的这里留空，填类别",
}


def _names(roster: Area) -> str:
    """The names that stand in the roster, as many as there are."""
    names = roster.range("subject")
    return f"={names.split(':')[0]}:INDEX({names},MAX(1,COUNTA({names})))"


def _roster_rule(area: Area, column: Column, needs: Needs, lists: Lists) -> Rule | None:
    """Names, where they must not repeat; columns whose values the scheme asks for, others allowed."""
    if column.header == "考核对象" and not area.has("code"):
        names, own = area.range("subject"), area.cell("subject")
        same = f"({names}={own})" + (f"*({area.range('stage')}={area.cell('stage')})" if area.has("stage") else "")
        formula = f"=SUMPRODUCT({same}*1)=1"
        return {"validate": "custom", "value": formula, "input_message": "考核对象的名称，同一环节里不能重复"}
    if column.header in PARENTS:
        message = "所属单位的名称，写法与名册里的一致"
        return {"validate": "list", "source": _names(area), "show_error": False, "input_message": message}
    values = needs.named_values(column.header)
    if values:
        message = f"办法要用到的写法：{'、'.join(values)}；其他的照实写"
        source = f"={lists.place(column.header, values)}"
        return {"validate": "list", "source": source, "show_error": False, "input_message": message}
    return None


def _whole(low: int, high: int, message: str) -> Rule:
    between = {"criteria": "between", "minimum": low, "maximum": high}
    return {"validate": "integer", **between, "input_message": message}


def _number(area: Area, column: Column, needs: Needs) -> Rule | None:
    name = column.name
    if name == "score":
        full, most = area.cell("full"), show_short(needs.most_points)
        limit = {"criteria": "between", "minimum": 0, "maximum": f"=IF(ISNUMBER({full}),{full},{most})"}
        return {"validate": "decimal", **limit, "input_message": "0 到“满分”之间的数"}
    if name in ("full", "points"):
        message = _POSITIVE[area.kind]
        return {"validate": "decimal", "criteria": ">", "value": 0, "input_message": message}
    if name == "done" and not needs.signed:
        return {"validate": "decimal", "criteria": ">=", "value": 0, "input_message": "实际完成的数，不小于 0"}
    if name in ("done", "target", "composite"):
        wide = {"criteria": "between", "minimum": -1e15, "maximum": 1e15}
        return {"validate": "decimal", **wide, "input_message": "一个数，比例可以写成 40%"}
    if name == "times":
        return _whole(1, MOST_VOTES, "发生几次，不小于 1 的整数；一次可以留空")
    if column.type == "count":
        what = "收回的票数，用来核对各票之和" if name == "returned" else "票数"
        return _whole(0, MOST_VOTES, f"{what}，不小于 0 的整数")
    return None


_POSITIVE = {
    "indicators": "大于 0 的数；没有分值的留空（不计分）",
    "scores": "大于 0 的数；一般是本项分值，按百分制打分的改为 100",
    "ballots": "大于 0 的数；填得分而不填票数时才用",
    "ledger": "大于 0 的数，加还是减由标准决定；标准有固定分值的可以留空，填了分值要写依据",
}


# --- the value of a fact ----------------------------------------------------------------------------------------------


def _values(area: Area, needs: Needs, lists: Lists) -> Iterator[Check]:
    """Of rows that are due, the values of their own fact; of spare rows, those of the fact that is chosen."""
    start = 0
    facts = area.values("fact")
    while start < len(facts):
        end = start
        while end + 1 < len(facts) and facts[end + 1] == facts[start]:
            end += 1
        rule = _told(_fact_rule(needs.facts()[str(facts[start])], lists), "值")
        yield FIRST + start, FIRST + end, "value", rule
        start = end + 1
    yield FIRST + len(facts), area.last, "value", _told(_any_value(area, needs, lists), "值")


def _fact_rule(fact: Fact, lists: Lists) -> Rule:
    message = expected(fact)
    if fact.type in ("yes_no", "choice"):
        words = YES_NO if fact.type == "yes_no" else fact.choices
        return {"validate": "list", "source": f"={lists.place(fact.name, words)}", "input_message": message}
    if fact.type == "share":
        between = {"criteria": "between", "minimum": 0, "maximum": 1}
        return {"validate": "decimal", **between, "input_message": message}
    return _whole(0, MOST_VOTES, message)


def expected(fact: Fact) -> str:
    """What the value of a fact may be, for people."""
    return FACT_TYPES[fact.type].format(" ".join(fact.choices))


def _any_value(area: Area, needs: Needs, lists: Lists) -> Rule:
    """A drop-down by the fact that the row names. Where some fact is a figure Excel cannot offer a list and refuse all
    else: it then asks back instead of refusing, and `wrong_value` marks what `kaohe check` refuses.
    """
    row, facts = FIRST + len(area.due), needs.facts()
    named = area.cell("fact", row)
    listed = {name: fact for name, fact in facts.items() if fact.type in ("yes_no", "choice")}
    groups: dict[tuple[str, ...], list[str]] = {}
    for name, fact in listed.items():
        groups.setdefault(YES_NO if fact.type == "yes_no" else tuple(fact.choices), []).append(name)
    words = sorted(groups, key=lambda one: (one == YES_NO, one))  # yes and no last: what is left over
    every = tuple(dict.fromkeys(word for one in reversed(words) for word in one))
    source = lists.place("值", every or YES_NO)
    if words:
        source = lists.place("值", words[-1])
        for one in words[:-1]:
            names = ",".join(f'{named}="{name}"' for name in groups[one])
            source = f"IF(OR({names}),{lists.place('值', one)},{source})"
        source = source if len(source) < LONGEST_FORMULA else lists.place("值", every)
    rule = {"validate": "list", "source": f"={source}", "input_message": "先选情形。是否和选项从列表选"}
    figures = [fact for fact in facts.values() if fact.type in ("share", "count")]
    if figures:
        told = "；".join(f"{fact.name}填{expected(fact)}" for fact in figures)
        rule["input_message"] += f"；{told}"
        rule |= {"error_type": "warning", "error_message": f"列表里没有这个值。只有这些情形填数：{told}"}
    return {name: text[:250] if name.endswith("message") else text for name, text in rule.items()}


def wrong_value(area: Area, needs: Needs, row: int = FIRST) -> str:
    """A formula that is true where the value in a row is none that its fact may have."""
    fact, value = area.cell("fact", row), area.cell("value", row)
    tests = {
        "yes_no": f'{value}<>"是",{value}<>"否"',
        "share": f"NOT(AND(ISNUMBER({value}),{value}>=0,{value}<=1))",
        "count": f"NOT(AND(ISNUMBER({value}),{value}>=0,{value}=INT(N({value}))))",
    }
    groups: dict[str, list[str]] = {}
    for one in needs.facts().values():
        test = tests.get(one.type) or ",".join(f'{value}<>"{choice}"' for choice in one.choices)
        groups.setdefault(test, []).append(f'{fact}="{one.name}"')
    wrong = [f"AND(OR({','.join(names)}),{test})" for test, names in groups.items()]
    return f'=AND({value}<>"",OR({",".join(wrong)}))'
