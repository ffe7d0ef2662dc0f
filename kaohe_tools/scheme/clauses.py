"""The sense of single conditions and rules: each has all it needs, and nothing that would be ignored."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kaohe_tools.scheme.model import Fact, Rule, Stage, When

Flaw = tuple[str, str]  # message, advice

BARS = ("at_least", "above", "below", "at_most")
KINDS = (
    *("all", "any", "not", "named", "fact", "score", "last", "rank_share", "votes", "grade", "pending", "category"),
    *("roster", "history", "history_score"),
)

# By kind of rule: options it needs, each a choice of several, and others it knows.
_RULES: dict[str, tuple[tuple[tuple[str, ...], ...], tuple[str, ...]]] = {
    "given": ((), ("trim",)),
    "mean": ((), ()),
    "blend": ((("of",),), ("trim",)),
    "proportional": ((), ("floor", "cap", "inclusive", "zero_target")),
    "gap": ((("above",), ("below",)), ("above_at_most",)),
    "tiers": ((("tiers",),), ()),
    "efficacy": ((("base",),), ("low", "high", "reverse", "cap")),
    "minmax": ((), ("low", "high", "reverse", "cap")),
    "rank": ((("step", "points"),), ("reverse",)),
    "ladder": ((("steps",),), ()),
}


def rule_flaws(rule: Rule) -> Iterator[Flaw]:
    """What a scoring rule lacks, and options that its kind does not know."""
    needed, others = _RULES[rule.kind]
    name = f"计分规则“{rule.name}”（{rule.kind}）"
    for choice in needed:
        if not any(option in rule.options for option in choice):
            yield f"{name}缺少 {' 或 '.join(choice)}", "请补上"
    known = [*(option for choice in needed for option in choice), *others]
    extra = [option for option in rule.options if option not in known]
    if extra:
        yield f"{name}用不到 {'、'.join(extra)}", f"可用：{'、'.join(known)}" if known else "请删除"
    low, high = rule.options.get("low"), rule.options.get("high")
    if low is not None and high is not None and low >= high:
        yield f"{name}的 low {low:g} 不小于 high {high:g}", "请核对；越小越好的写 reverse: true"
    ends = [tier.get("up_to", float("inf")) for tier in rule.options.get("tiers", ())]
    if ends != sorted(set(ends)):
        yield f"{name}的 up_to 没有从小到大", "请按件数从少到多写，只有最后一档可以不写 up_to"


def condition_flaws(when: When, stage: Stage) -> Iterator[Flaw]:
    """What is wrong with one condition by itself (those inside all, any and not are looked at on their own)."""
    kinds = [kind for kind in KINDS if kind in when]
    if len(kinds) != 1:
        what = f"同时写了 {'、'.join(kinds)}" if kinds else "没有写看什么"
        yield f"一个条件{what}", "一个条件只看一件事；几件事请用 all（都要）或 any（有一个就行）"
        return
    kind, bars = kinds[0], [bar for bar in BARS if bar in when]
    needs_bar = kind in ("score", "votes", "history_score")
    if kind == "fact" and when["fact"] in stage.facts:
        yield from _fact_flaws(when, stage.facts[when["fact"]], bars)
    elif needs_bar and not bars:
        yield f"条件 {kind} 没有写界线", f"请写其中之一：{'、'.join(BARS)}"
    elif bars and not needs_bar and kind != "fact":
        yield f"条件 {kind} 用不到 {'、'.join(bars)}", "请删除"
    if kind in ("history", "history_score") and "years" not in when:
        yield f"条件 {kind} 没有写 years", "请写连续几年（含今年），如 years: 2"
    if kind == "roster" and "is" not in when:
        yield "条件 roster 没有写 is", "请写这一列应是什么，如 is: 主要负责人"
    if "is" in when and kind not in ("fact", "roster"):
        yield f"条件 {kind} 用不到 is", "请删除"


def _fact_flaws(when: Mapping, fact: Fact, bars: list[str]) -> Iterator[Flaw]:
    given = when.get("is")
    values = given if isinstance(given, list) else [given]
    if fact.type in ("share", "count"):
        if not bars or "is" in when:
            yield f"情形“{fact.name}”是数字，要和界线比", f"请写其中之一：{'、'.join(BARS)}"
    elif bars:
        yield f"情形“{fact.name}”不是数字，不能写 {'、'.join(bars)}", "请用 is，或不写"
    elif fact.type == "choice" and any(value not in fact.choices for value in values):
        shown = "没有写 is" if given is None else f"没有选项“{'、'.join(map(str, values))}”"
        yield f"情形“{fact.name}”{shown}", f"可选：{'、'.join(fact.choices)}"
    elif fact.type == "yes_no" and "is" in when and any(not isinstance(value, bool) for value in values):
        yield f"情形“{fact.name}”的值是“是”或“否”，不写 is", f"为“是”：{{fact: {fact.name}}}；不为“是”：用 not"
