"""Scheme files that are well written and make no sense: told with the line, in words that say what to do."""

from __future__ import annotations

import pytest

from kaohe_tools.problems import InputError
from kaohe_tools.scheme import load_scheme

SOUND = """\
id: small
title: 小办法
source: {document: 测试}
readings:
  line: {question: 恰好时计不计, article: "1", choices: {true: 计, false: 不计}, default: true}
params:
  seats: {title: 名额, article: "1", default: 1}
stages:
  单位:
    total: 100
    categories: {部门: {}, 乡镇: {}}
    rules:
      量化: {kind: proportional, floor: 60%, cap: 100%, inclusive: {reading: line}, article: "1"}
      合成: {kind: blend, of: {平时: 40%, 年终: 60%}, article: "1"}
      名次: {kind: rank, step: 2, article: "1"}
      差额: {kind: gap, above: 1, below: 2, article: "1"}
      分档: {kind: tiers, tiers: [{up_to: 2, each: 3}, {each: 1}], article: "1"}
      功效: {kind: efficacy, base: 60%, low: 10, high: 30, article: "1"}
    parts:
      工作:
        points: 80
        article: "1"
        parts:
          重点: {weight: 3, from: indicators, article: "1"}
          日常: {weight: 1, floor: {at: 0, article: "1"}, article: "1"}
      评价: {points: 20, from: fact, fact: 档次, values: {好: 20, 差: 10}, article: "1"}
    ledger:
      article: "2"
      codes:
        表彰: {sign: plus, points: 2, to: 工作, article: "2"}
    ballot: {item: 总体, votes: [赞成, 反对], article: "3"}
    facts:
      否决: {type: yes_no, article: "3"}
      档次: {type: choice, choices: [好, 差], article: "3"}
      比例: {type: share, article: "3"}
    grades: [优秀, 其他]
    conditions:
      差评: {when: {fact: 档次, is: 差}, article: "3"}
      受限: {when: {any: [{named: 差评}, {fact: 否决}]}, article: "3"}
    grading:
      - {ceiling: 其他, when: {named: 受限}, only_if: {line: true}, article: "4"}
      - {ceiling: 其他, when: {votes: 反对, above: 30%}, article: "4"}
      - {ceiling: 其他, when: {fact: 比例, at_least: 40%}, article: "4"}
      - {places: 优秀, share: {部门: 30%, 乡镇: 20%}, when: {score: 工作, at_least: 60}, article: "4"}
      - {baseline: 其他, article: "4"}
    consequences:
      - {when: {history: 其他, years: 2}, then: [约谈], article: "5"}
  班子:
    same_subjects: 单位
    composite: {stage: 单位, article: "6"}
    grades: [优秀, 其他]
    grading:
      - {set: 优秀, when: {of: 单位, grade: 优秀}, article: "6"}
      - places: 优秀
        pools:
          - {name: 全部, members: {category: [部门, 乡镇]}, share: 10%, article: "6"}
        article: "6"
      - {mark: 表彰, number: {param: seats}, article: "6"}
      - {baseline: 其他, article: "6"}
"""

FLAWS = {
    "a stage that builds on itself": ("composite: {stage: 单位", "composite: {stage: 班子", "“班子”不在它前面"),
    "a stage that builds on a later one": (
        "    ballot: {item",
        "    same_subjects: 班子\n    ballot: {item",
        "“班子”不在它前面",
    ),
    "a condition on a later stage": ("when: {named: 受限}", "when: {of: 班子, grade: 优秀}", "“班子”不在它前面"),
    "a stage that is not there": ("composite: {stage: 单位", "composite: {stage: 部委", "环节“部委”没有声明"),
    "shares of a blend that are not 100%": ("年终: 60%", "年终: 50%", "比重合计 90%，应为 100%"),
    "an unknown reading": ("only_if: {line: true}", "only_if: {lines: true}", "读法“lines”没有声明"),
    "an unknown choice of a reading": (
        "only_if: {line: true}",
        "only_if: {line: maybe}",
        "读法“line”的选项“maybe”没有声明",
    ),
    "an unknown reading in a rule": ("inclusive: {reading: line}", "inclusive: {reading: lime}", "读法“lime”没有声明"),
    "a default that is no choice": ("default: true}", "default: perhaps}", "不在 choices 中"),
    "an unknown part of the ledger": ("to: 工作", "to: 工件", "计入的部分“工件”没有声明"),
    "an unknown vote": ("votes: 反对", "votes: 弃票", "条件里的“弃票”没有声明"),
    "an unknown named condition": ("when: {named: 受限}", "when: {named: 受制}", "条件里的“受制”没有声明"),
    "conditions in a circle": ("when: {fact: 档次, is: 差}", "when: {named: 受限}", "写在它后面的“受限”"),
    "a condition on two things": ("{named: 受限}", "{named: 受限, fact: 否决}", "同时写了 named、fact"),
    "a condition on nothing": ("{of: 单位, grade: 优秀}", "{of: 单位}", "没有写看什么"),
    "a score without a bar": ("{score: 工作, at_least: 60}", "{score: 工作}", "没有写界线"),
    "a bar on what is no figure": ("{fact: 档次, is: 差}", "{fact: 档次, below: 60}", "不是数字"),
    "a choice that is not offered": ("{fact: 档次, is: 差}", "{fact: 档次, is: 中}", "没有选项“中”"),
    "a choice that is not named": ("{fact: 档次, is: 差}", "{fact: 档次}", "没有写 is"),
    "a yes or no that is compared": ("{fact: 否决}", "{fact: 否决, is: 否}", "不写 is"),
    "a share without a bar": ("{fact: 比例, at_least: 40%}", "{fact: 比例}", "是数字，要和界线比"),
    "earlier years without how many": ("{history: 其他, years: 2}", "{history: 其他}", "没有写 years"),
    "a gate on a part below the first level": ("score: 工作", "score: 重点", "“重点”不是第一层的部分"),
    "a ranking rule without its step": ("kind: rank, step: 2", "kind: rank", "缺少 step 或 points"),
    "a gap rule with one side": ("above: 1, below: 2", "above: 1", "缺少 below"),
    "an option of another kind of rule": ("kind: rank, step: 2", "kind: rank, step: 2, cap: 100%", "用不到 cap"),
    "tiers in no order": ("{up_to: 2, each: 3}, {each: 1}", "{each: 1}, {up_to: 2, each: 3}", "up_to 没有从小到大"),
    "a low above the high": ("low: 10, high: 30", "low: 30, high: 10", "不小于 high"),
    "a weight beside points": ("日常: {weight: 1,", "日常: {points: 20,", "weight 写法不对"),
    "a weight without points above": ("        points: 80\n", "", "没有分值"),
    "a floor where nothing is scored": (
        "      工作:\n        points: 80",
        '      工作:\n        floor: {at: 0, article: "1"}\n        points: 80',
        "floor 和 zero_when 不起作用",
    ),
    "a score by a finding of yes or no": ("fact: 档次, values", "fact: 否决, values", "它的 type 不是 choice"),
    "places for an unknown category": ("乡镇: 20%", "乡村: 20%", "类别“乡村”没有声明"),
    "places that forget a category": (", 乡镇: 20%", "", "名额没有写类别“乡镇”"),
    "a default that is no number of places": (
        'seats: {title: 名额, article: "1", default: 1}',
        'seats: {title: 名额, article: "1", default: 许多}',
        "默认值“许多”不合要求",
    ),
    "a pool without places": ("share: 10%, ", "", "没有写名额"),
    "a ceiling that is no grade": (
        "ceiling: 其他, when: {named",
        "ceiling: 不确定等次, when: {named",
        "没有在 grades 中声明",
    ),
}


def _load(text, folder):
    (folder / "own.yaml").write_text(text, encoding="utf-8")
    return load_scheme("own.yaml", folder)


def test_the_scheme_that_the_flaws_are_put_into_is_sound(tmp_path):
    assert list(_load(SOUND, tmp_path).stages) == ["单位", "班子"]


@pytest.mark.parametrize("name", FLAWS)
def test_what_makes_no_sense_is_told_with_its_line(name, tmp_path):
    old, new, words = FLAWS[name]
    assert old in SOUND
    with pytest.raises(InputError) as caught:
        _load(SOUND.replace(old, new, 1), tmp_path)
    told = [problem for problem in caught.value.problems.errors if words in problem.message]
    assert told, str(caught.value)
    assert all(problem.place.cell.startswith("第") and problem.advice for problem in told)
