"""The form of a scheme file: compared with the language's JSON Schema, each flaw said in Chinese at its line."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from threading import Lock
from types import ModuleType

from kaohe_tools.problems import Problems
from kaohe_tools.yamlfile import Document

SCHEMA = Path(__file__).parents[1] / "schemes" / "scheme.schema.json"
_SHOWN = 60  # characters of what was found
_GRAMMARS = "rfc3987_syntax"  # builds 39 grammars of web addresses as it is imported, in a second: ours has no address
_ONE_AT_A_TIME = Lock()


def check_language(document: Document, problems: Problems) -> None:
    """Compare the file with the JSON Schema of the language; one message for each flaw, at its line."""
    _compare(document, json.loads(SCHEMA.read_text(encoding="utf-8")), problems)


def check_common(document: Document, problems: Problems) -> None:
    """Compare the file of what all schemes share with the same schema; one message for each flaw, at its line."""
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    votes = schema["$defs"]["stage"]["properties"]["votes"]
    own = {"readings": schema["properties"]["readings"], "votes": votes, "abstain": {"type": "string"}}
    form = {"type": "object", "required": list(own), "additionalProperties": False, "properties": own}
    _compare(document, {**form, "$defs": schema["$defs"]}, problems)


def _compare(document: Document, schema: Mapping, problems: Problems) -> None:
    for error in _jsonschema().Draft202012Validator(schema).iter_errors(document.data):
        for leaf in _innermost(error):
            message, advice = _in_words(leaf)
            problems.error(document.place(*leaf.absolute_path), message, advice)


def _jsonschema() -> ModuleType:
    """The package jsonschema, imported without the grammars that it takes along where they are installed."""
    with _ONE_AT_A_TIME:
        hidden = _GRAMMARS not in sys.modules
        if hidden:
            sys.modules[_GRAMMARS] = None  # an import of it then fails, which jsonschema is ready for
        try:
            import jsonschema
        finally:
            if hidden:
                del sys.modules[_GRAMMARS]
    return jsonschema


def _innermost(error) -> Iterator:
    """The errors that say most: for a choice of forms, those of the form that comes nearest."""
    if error.validator in ("oneOf", "anyOf") and error.context:
        deepest = max(len(sub.absolute_path) for sub in error.context)
        if deepest > len(error.absolute_path):
            for sub in error.context:
                if len(sub.absolute_path) == deepest:
                    yield from _innermost(sub)
            return
    yield error


def _shown(value: object) -> str:
    """What was found, as far as it fits into a message."""
    text = "，".join(map(str, value)) if isinstance(value, (Mapping, list)) else str(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _in_words(error) -> tuple[str, str]:
    where = f"“{error.absolute_path[-1]}”" if error.absolute_path else "文件"
    if error.validator == "required":
        missing = [key for key in error.validator_value if key not in error.instance]
        if "article" in missing:
            return f"{where}没有条款", "每个数字和规定都要写 article（依据的条款）"
        return f"{where}缺少 {'、'.join(missing)}", "请补上"
    if error.validator == "additionalProperties":
        known = list(error.schema.get("properties", {}))
        extra = [key for key in error.instance if key not in known]
        near = {key: get_close_matches(key, known, 1) for key in extra}
        hints = "；".join(f"{key} 是不是 {match[0]}？" for key, match in near.items() if match)
        return f"{where}里有不认识的条目 {'、'.join(extra)}", hints or f"可用：{'、'.join(known)}"
    if error.validator == "enum":
        advice = f"可选：{'、'.join(map(str, error.validator_value))}"
        return f"{where}的值“{_shown(error.instance)}”不在可选范围", advice
    if error.validator == "oneOf" and isinstance(error.instance, Mapping):
        needed = [key for form in error.validator_value for key in form.get("required", [])]
        return f"{where}写法不对", f"以下条目应当恰好写一个：{'、'.join(needed)}" if needed else "请对照《办法编写》"
    if error.validator == "anyOf" and isinstance(error.instance, Mapping):
        return f"{where}没有分值", "请写 points（分值）或 parts（下级部分）"
    return f"{where}的值“{_shown(error.instance)}”不合要求", "请对照《办法编写》改正写法"
