"""Scheme files: every flaw is told with its line, all at once, and no scheme can run code."""

from __future__ import annotations

import pytest

from kaohe_tools.importing.labels import HEADERS, PARTS
from kaohe_tools.problems import InputError
from kaohe_tools.scheme import SCHEMES, built_in, load_scheme

TEXT = (SCHEMES / "qinghai-2019.yaml").read_text(encoding="utf-8")

FLAWS = {
    "a figure without its article": ("        article: 三(一)、五(三)\n", "", "没有条款"),
    "an unknown key": ("        from: indicators", "        form: indicators", "不认识的条目 form"),
    "points that do not add up": ("        points: 80\n", "        points: 70\n", "各部分分值合计 90，与总分 100 不符"),
    "an unknown fact in a condition": (
        "when: {fact: 不得评优}",
        "when: {fact: 不准评优}",
        "条件里的“不准评优”没有声明",
    ),
    "an unknown grade": ("baseline: 良好及以下", "baseline: 良好", "等次“良好”没有在 grades 中声明"),
    "an undeclared parameter": ("{param: places}", "{param: seats}", "参数“seats”没有在 params 中声明"),
    "a category that is not declared": ("points: {市州局: 5}\n", "points: {市局: 5}\n", "未声明的类别“市局”"),
    "points that are no number": ("        points: 80\n", "        points: 八十\n", "不合要求"),
    "values that miss a choice": ("一般: 3, 较差: 2}", "一般: 3}", "与情形“地方党委考核”的选项不一致"),
    "a key that stands twice": ("    grades: [", "    grades: []\n    grades: [", "“grades”写了两次"),
    "a tag that would build an object": ("total: 100", "total: !!python/object/apply:os.system [ls]", "不允许的标记"),
    "no YAML at all": ("stages:", "stages: [", "不是合法的 YAML"),
}


@pytest.mark.parametrize("name", FLAWS)
def test_is_told_with_its_line(name, tmp_path):
    old, new, words = FLAWS[name]
    assert TEXT.count(old) >= 1
    text = TEXT.replace(old, new, 1)
    (tmp_path / "own.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_scheme("own.yaml", tmp_path)
    told = [problem for problem in caught.value.problems.errors if words in problem.message]
    assert told, str(caught.value)
    assert all(problem.place.cell.startswith("第") for problem in told)


def test_the_line_is_the_one_that_is_wrong(tmp_path):
    text = TEXT.replace("        from: indicators", "        form: indicators", 1)
    (tmp_path / "own.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="是不是 from"):
        load_scheme("own.yaml", tmp_path)


def test_several_flaws_are_told_at_once(tmp_path):
    text = TEXT.replace("{param: places}", "{param: seats}").replace("baseline: 良好及以下", "baseline: 良好")
    (tmp_path / "own.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_scheme("own.yaml", tmp_path)
    assert len(caught.value.problems.errors) == 2


def test_an_unknown_scheme_is_told_with_the_nearest_one():
    with pytest.raises(InputError, match="是不是“qinghai-2019”"):
        load_scheme("qinghai-2018")


@pytest.mark.parametrize("name", built_in())
def test_parts_of_every_built_in_scheme_add_up_in_every_category(name):
    for stage in load_scheme(name).stages.values():
        for category in stage.categories:
            total = sum(part.total(category) for part in stage.parts)
            assert not stage.parts or total == stage.total[category]
            assert total == sum(leaf.points[category] for leaf in stage.leaves(category))


def test_no_figure_or_name_of_a_regulation_stands_in_the_code():
    words: set[str] = set()
    # words of the whole field and of official tables (the contract names them) are no names of one regulation
    field = {"目标责任", "民主测评", *PARTS, *(name for names in HEADERS.values() for name in names)}
    for name in built_in():
        for stage in load_scheme(name).stages.values():
            words |= {*stage.categories, *stage.facts, *(part.name for top in stage.parts for part in top.walk())}
            words |= set(stage.ledger.codes if stage.ledger else ())
    for path in sorted(SCHEMES.parent.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        assert not [word for word in words if word in text and len(word) > 2 and word not in field], path.name
