"""YAML files written by people: plain data only, with the line of every entry, and every flaw told at once.

Only scalars, lists and mappings are read. Tags that would build objects, anchors reused as merges of unknown keys and
keys that stand twice are refused, so a scheme from outside can run nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from kaohe_tools.problems import Place, Problems

_PLAIN_TAGS = {
    f"tag:yaml.org,2002:{kind}" for kind in ("str", "int", "float", "bool", "null", "timestamp", "seq", "map")
}

Path_ = tuple[str | int, ...]

_LARGEST = 2**20  # bytes; the longest scheme has some thirty thousand
_SHOWN = 60  # characters of what was found, in a message
_TOO_DEEP = "条目一层套一层，太深了"
_ENTRIES = 100_000  # entries of one file, those that are referred to counted each time


class _TooManyError(Exception):
    """A few lines that refer to one another may stand for more entries than any memory holds."""


class Document:
    """Plain data of a YAML file and the line (from 1) on which each entry stands."""

    def __init__(self, name: str, data: Any, lines: Mapping[Path_, int]) -> None:
        self.name, self.data, self._lines = name, data, dict(lines)

    def place(self, *path: str | int) -> Place:
        """Where an entry stands; an entry that is not there is placed at the nearest one around it."""
        while path and path not in self._lines:
            path = path[:-1]
        return Place(self.name, "", f"第{self._lines.get(path, 1)}行")


def read_yaml(path: Path, problems: Problems, name: str | None = None) -> Document | None:
    """Read a YAML file as plain data; None (and an error) where it is no YAML at all."""
    name = name or path.name
    try:
        if path.stat().st_size > _LARGEST:
            problems.error(Place(name), "文件过大，没有读取", "请确认没有放错文件")
            return None
        node = yaml.compose(path.read_text(encoding="utf-8-sig"), Loader=yaml.SafeLoader)
    except UnicodeDecodeError:
        problems.error(Place(name), "文件不是 UTF-8 编码", "请另存为 UTF-8")
        return None
    except OSError:
        problems.error(Place(name), "文件打不开", "请检查路径和读取权限")
        return None
    except RecursionError:
        problems.error(Place(name), _TOO_DEEP, "请检查缩进和括号")
        return None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f"第{mark.line + 1}行" if mark else ""
        problems.error(Place(name, "", line), "不是合法的 YAML", "请检查缩进、冒号后的空格和引号")
        return None
    if node is None:
        problems.error(Place(name), "文件是空的", "请按手册填写")
        return None
    lines: dict[Path_, int] = {}
    try:
        data = _plain(node, (), lines, name, problems, frozenset())
    except _TooManyError:
        problems.error(Place(name), f"条目超过 {_ENTRIES} 个，没有读取", "请去掉互相引用的条目")
        return None
    except RecursionError:
        problems.error(Place(name), _TOO_DEEP, "请检查缩进和括号")
        return None
    return Document(name, data, lines)


def _plain(node: yaml.Node, path: Path_, lines: dict, name: str, problems: Problems, around: frozenset[int]) -> Any:
    place = Place(name, "", f"第{node.start_mark.line + 1}行")
    lines.setdefault(path, node.start_mark.line + 1)
    if len(lines) > _ENTRIES:
        raise _TooManyError
    if id(node) in around:
        problems.error(place, "条目引用了它自己", "请去掉这个引用")
        return None
    if node.tag not in _PLAIN_TAGS:
        problems.error(place, f"不允许的标记 {node.tag}", "这里只能写文字、数字、列表和条目")
        return None
    around = around | {id(node)}
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, (*path, i), lines, name, problems, around) for i, item in enumerate(node.value)]
    if isinstance(node, yaml.MappingNode):
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                problems.error(place, "条目名必须是文字", "请检查缩进")
                continue
            key = key_node.value
            here = Place(name, "", f"第{key_node.start_mark.line + 1}行")
            if key in result:
                problems.error(here, f"“{key}”写了两次", "请只留一处")
                continue
            lines[(*path, key)] = key_node.start_mark.line + 1
            result[key] = _plain(value_node, (*path, key), lines, name, problems, around)
        return result
    try:
        return yaml.SafeLoader("").construct_object(node)
    except (ValueError, LookupError, TypeError, AttributeError, OverflowError, yaml.YAMLError):
        problems.error(place, f"读不懂“{str(node.value)[:_SHOWN]}”", "请检查写法，日期写成 2023-12-15")
        return None
