"""The guide to writing schemes: its worked example is the sample, its snippets are valid, no word is left out."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import pytest
import yaml

from kaohe_tools.scheme import SCHEMES
from kaohe_tools.scheme.starter import SAMPLE

GUIDE = (Path(__file__).resolve().parents[1] / "docs" / "办法编写.md").read_text(encoding="utf-8")
SCHEMA = json.loads((SCHEMES / "scheme.schema.json").read_text(encoding="utf-8"))
SAMPLE_DATA = yaml.safe_load(SAMPLE.read_text(encoding="utf-8"))


def _snippets(text):
    return [yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)]


WORKED, WORDS = (_snippets(GUIDE[GUIDE.index(begin) : GUIDE.index(end)]) for begin, end in
                 (("\n## 二、", "\n## 三、"), ("\n## 三、", "\n## 四、")))  # fmt: skip


def _leaves(data, path=()):
    """Every value of nested plain data with its path; a list is a value."""
    if isinstance(data, dict) and data:
        return {leaf for key, value in data.items() for leaf in _leaves(value, (*path, key))}
    return {(path, json.dumps(data, ensure_ascii=False))}


def _words(schema):
    """Every word of the language: the properties of all its objects."""
    if isinstance(schema, list):
        return set().union(*map(_words, schema))
    if not isinstance(schema, dict):
        return set()
    own = set(schema.get("properties", {})) if isinstance(schema.get("properties"), dict) else set()
    return own.union(*map(_words, schema.values()))


def test_the_worked_example_is_the_sample_as_a_whole():
    assert set().union(*map(_leaves, WORKED)) == _leaves(SAMPLE_DATA)


@pytest.mark.parametrize("number", range(len(WORDS)))
def test_a_snippet_is_written_in_the_language(number):
    stage = SCHEMA["$defs"]["stage"]["properties"]
    for key, value in WORDS[number].items():
        form = stage.get(key) or SCHEMA["properties"][key]
        jsonschema.validate(value, {**form, "$defs": SCHEMA["$defs"]})


def test_every_word_of_the_language_is_explained():
    said = set(re.findall(r"[a-z_]+", GUIDE))
    assert sorted(_words(SCHEMA) - said) == []


def test_every_choice_of_the_language_is_explained():
    said = set(re.findall(r"[a-z_]+", GUIDE))
    choices = set(re.findall(r'"enum": \[([^\]]*)\]', json.dumps(SCHEMA)))
    assert {word for group in choices for word in re.findall(r'"([a-z_]+)"', group)} <= said
