"""Thousands of damaged case.yaml, scheme and scenario files: read, or every flaw told with its file, soon."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from damage import damaged_yaml
from fuzzing import tries, try_all
from quick import schemes_read_once  # noqa: F401

from kaohe_tools.case import load_case
from kaohe_tools.problems import InputError, Problem
from kaohe_tools.scheme import SCHEMES, load_scheme
from kaohe_tools.whatif.scenario_file import load_scenario

CASE = """\
scheme: qinghai-2019
year: 2019
title: 厅系统2019年度目标责任考核
simulated: true
cutoff: 2019-12-15
readings: {quota_rounding: half_up}
params: {places: {事业局: 1, 厅机关: 1}}
missing: error
min_voters: 5
min_compared: 3
publicity: {start: 2020-01-08, days: 7, unit: workdays}
notice: list
"""
SCENARIO = """\
名称: 业务占比提高
部分: {"单位:目标任务": 85}
其余: 按比例
指标: [{类别: 甲类, 指标: 党建, 分值: 25}]
名额: {单位: 20%}
参数: {places: {甲类: 8}}
读法: {quota_rounding: half_up}
加减分上限: {单位: 3}
得分: [{考核对象: 甲局, 指标: 党建, 得分: 19}, {考核对象: 甲局, 指标: 业务, 完成值: 7}]
缺失: exclude
最少票数: 5
"""


def _yaml_of(text: str) -> Callable[[random.Random], bytes]:
    return lambda chance: damaged_yaml(text.encode(), chance)


def test_a_damaged_case_file_is_read_or_its_flaws_are_told(tmp_path, capfd):
    def read(content: bytes) -> list[Problem]:
        (tmp_path / "case.yaml").write_bytes(content)
        case = load_case(tmp_path)
        assert (
            isinstance(case.year, int) and isinstance(case.title, str) and case.missing in ("error", "zero", "exclude")
        )
        return []

    found = try_all(tries(900), _yaml_of(CASE), read)
    assert min(found.values()) > 9
    assert capfd.readouterr() == ("", "")


def test_a_damaged_scenario_is_read_or_its_flaws_are_told(tmp_path, capfd):
    path = tmp_path / "方案.yaml"

    def read(content: bytes) -> list[Problem]:
        path.write_bytes(content)
        scenario = load_scenario(path)
        assert all(value >= 0 for value in scenario.points.values())
        return []

    found = try_all(tries(900), _yaml_of(SCENARIO), read)
    assert min(found.values()) > 9
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("name", ["qinghai-2019", "bureau-400"])
def test_a_damaged_scheme_is_read_or_its_flaws_are_told(tmp_path, capfd, name):
    path, whole = tmp_path / "办法.yaml", (SCHEMES / f"{name}.yaml").read_bytes()

    def read(content: bytes) -> list[Problem]:
        path.write_bytes(content)
        scheme = load_scheme(str(path))
        assert scheme.stages
        return []

    found = try_all(tries(100), lambda chance: damaged_yaml(whole, chance), read)
    assert min(found.values()) > 1
    assert capfd.readouterr() == ("", "")


def test_what_all_schemes_share_is_read_or_its_flaws_are_told(tmp_path, capfd):
    path, whole = tmp_path / "common.yaml", (SCHEMES / "common.yaml").read_bytes()

    def read(content: bytes) -> list[Problem]:
        path.write_bytes(content)
        load_scheme("qinghai-2019", common=path)
        return []

    found = try_all(tries(100), lambda chance: damaged_yaml(whole, chance), read)
    assert min(found.values()) > 1
    assert capfd.readouterr() == ("", "")


FEW_LINES = "a0: &a0 [1, 2]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}, *a{n - 1}]\n" for n in range(1, 40))
ABSURD = {
    "a few lines that stand for more than any memory holds": (FEW_LINES, "条目超过 100000 个"),
    "lists within lists without end": ("a: " + "[" * 5000, "条目一层套一层，太深了"),
    "an entry that holds itself": ("a: &a [*a]", "条目引用了它自己"),
    "a value that is not what its mark says": ("year: !!bool 张三", "读不懂“张三”"),
    "more than anybody writes": ("a: b\n" * 300_000, "文件过大，没有读取"),
}


@pytest.mark.parametrize(("text", "told"), ABSURD.values(), ids=ABSURD.keys())
def test_an_absurd_case_file_is_refused_soon_and_says_why(tmp_path, text, told):
    def read(_: object) -> list[Problem]:
        (tmp_path / "case.yaml").write_text(text, encoding="utf-8")
        with pytest.raises(InputError) as refused:
            load_case(tmp_path)
        assert told in str(refused.value)
        raise refused.value

    assert try_all(range(1), lambda chance: None, read) == {"read": 0, "refused": 1}


def test_a_scheme_by_a_name_that_no_file_can_have_is_refused():
    with pytest.raises(InputError, match="没有考核办法“xxx"):
        load_scheme("x" * 300)
