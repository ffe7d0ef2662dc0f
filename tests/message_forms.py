"""Every form of message that checking a case can tell, read from the source of the package."""

from __future__ import annotations

import ast
import re
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent / "kaohe_tools"
TELLING = {"error", "warning", "note", "refuse", "UnscorableError"}
MESSAGE_AT = {"UnscorableError": 0}  # which argument is the message; else the second
# rooms whose messages have worked cases of their own
ELSEWHERE = {
    "problems": "the messages themselves",
    "scheme": "test_language, test_scheme_sense, test_scheme_files",
    "yamlfile": "test_language",
    "doubts": "doubt_cases.yaml",
    "grid": "test_reading, test_reading_files, test_untrusted, test_untrusted_sizes",
}
EXEMPT = {  # words of a message → why no case shows it
    "最高值与最低值相同": "no built-in scheme compares subjects so: rule_cases.yaml",
    "”在多个环节都有": "no built-in scheme has indicators for one category in two stages",
}


def _rooms_of_assess() -> list[Path]:
    """The modules that assess imports, itself and theirs too."""
    found: dict[str, Path] = {}
    wanted = ["kaohe_tools.assess"]
    while wanted:
        name = wanted.pop()
        path = PACKAGE.parent / name.replace(".", "/")
        path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
        if name in found or not path.is_file() or name == "kaohe_tools":
            continue
        found[name] = path
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("kaohe_tools"):
                wanted += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return [path for name, path in sorted(found.items()) if name.split(".")[1] not in ELSEWHERE]


def _texts(node: ast.expr, names: dict[str, list[ast.expr]]) -> list[str]:
    """The texts that an expression may be, as patterns; what is put in is anything."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [re.escape(node.value)]
    if isinstance(node, ast.JoinedStr):
        return ["".join(_texts(v, names)[0] if isinstance(v, ast.Constant) else "[\\s\\S]*" for v in node.values)]
    if isinstance(node, ast.IfExp):
        return _texts(node.body, names) + _texts(node.orelse, names)
    if isinstance(node, ast.Name):
        return [text for value in names.get(node.id, ()) for text in _texts(value, {})]
    return []


def message_forms() -> dict[str, str]:
    """Pattern of each message → module and what it says; those of nothing but what is put in are left out."""
    forms: dict[str, str] = {}
    for path in _rooms_of_assess():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for function in (n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)):
            names: dict[str, list[ast.expr]] = {}
            for node in ast.walk(function):
                if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                    names.setdefault(node.targets[0].id, []).append(node.value)
            for call in (n for n in ast.walk(function) if isinstance(n, ast.Call)):
                called = getattr(call.func, "attr", getattr(call.func, "id", ""))
                at = MESSAGE_AT.get(called, 1)
                if called in TELLING and len(call.args) > at:
                    for form in _texts(call.args[at], names):
                        if re.search("[\u4e00-\u9fff]", form):
                            forms[form] = f"{path.relative_to(PACKAGE).as_posix()}: {form}"
    return forms
