"""The rules of the house: which room imports from which, how long things may be, what is not committed."""

from __future__ import annotations

import ast
import contextlib
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "kaohe_tools"

# One way through the house: a module imports only from rooms named before its own. A room is a module or a folder.
# fmt: off
ROOMS = [
    "problems", "lock", "aside", "logs", "kernel", "nursery", "exact", "digests", "software", "spreadsheet", "yamlfile",
    "grid", "columns", "scheme", "case",
    "headers", "cells", "data_rows", "forms", "sheets", "directory", "rules", "items", "matching", "score_rows",
    "ballots", "binding", "facts", "ledger", "totals", "values", "doubts", "conditions", "scoring", "ranking", "places",
    "grading", "stages", "assess", "anonymity", "audience", "basis", "changes", "outputs", "bulk", "plaintext",
    "listing", "marking", "checking", "explain", "readings", "whatif", "explore", "monitor", "results", "archive",
    "records", "fonts", "style", "charts", "display", "panel", "workbook", "document", "importing", "template",
    "simulate", "browser", "workers", "report", "batch", "feedback", "words", "commands", "cli", "__main__",
]
# fmt: on

HEAVY = {"papermill", "nbconvert", "matplotlib", "openpyxl", "docx", "xlsxwriter", "ipywidgets"}
HEAVY |= {"pyarrow", "distributed", "dask", "fsspec"}  # not everybody has them
FILE_LINES, FUNCTION_LINES, CELL_LINES = 320, 60, 10

MACHINE_PATH = re.compile(r"(?<![\w.~*<}/-])/(?:work|tmp|root)(?![\w-])")
REGISTRY_HOST = re.compile(r"pypi\.org|pythonhosted\.org|anaconda\.(?:org|com)|registry\.npmjs")
NOT_COMMITTED = {".git", ".venv", "__pycache__", ".pytest_cache", ".hypothesis", ".ruff_cache", ".ipynb_checkpoints"}
OUTPUTS = {ROOT / "data" / "processed", ROOT / "reports", ROOT / "build", ROOT / "dist"}
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def _python_files() -> list[Path]:
    return sorted([*PACKAGE.rglob("*.py"), *(ROOT / "tests").rglob("*.py")])


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _room(module: str) -> str | None:
    """Give the room of a dotted module of ours: its longest beginning that ROOMS names.

    >>> _room("kaohe_tools.scheme.loading"), _room("kaohe_tools.nowhere")
    ('scheme', None)
    """
    parts = module.split(".")[1:]
    beginnings = [".".join(parts[:length]) for length in range(len(parts), 0, -1)]
    return next((beginning for beginning in beginnings if beginning in ROOMS), None)


def _modules() -> dict[str, Path]:
    """Give every module of the package but its root, by dotted name."""
    named = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        named[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    named.pop("kaohe_tools")
    return named


def _imports(tree: ast.AST) -> set[str]:
    """Give every dotted name of ours that a file imports, also inside functions; none may be relative.

    >>> sorted(_imports(ast.parse("from kaohe_tools import grid; import kaohe_tools.exact, numpy")))
    ['kaohe_tools.exact', 'kaohe_tools.grid']
    """
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            prefix = "." * node.level + (node.module or "")
            names |= {f"{prefix}.{alias.name}" for alias in node.names} if prefix == "kaohe_tools" else {prefix}
    return {name for name in names if name.startswith(("kaohe_tools.", "."))}


def _backward(importer: str, imported: str) -> str | None:
    """Say what is wrong with one import, or None.

    >>> _backward("kaohe_tools.grid", "kaohe_tools.cli")
    'kaohe_tools.grid imports kaohe_tools.cli: cli comes after grid'
    >>> _backward("kaohe_tools.cli", "kaohe_tools.grid")
    """
    if imported.startswith("."):
        return f"{importer} imports {imported}: write the full name"
    here, there = _room(importer), _room(imported)
    if here is None or there is None or here == there or ROOMS.index(there) < ROOMS.index(here):
        return None
    return f"{importer} imports {imported}: {there} comes after {here}"


def test_every_module_has_a_room() -> None:
    homeless = [name for name in _modules() if _room(name) is None]
    assert homeless == [], "add it to ROOMS in tests/test_house.py, after what it imports"


def test_every_folder_of_modules_is_a_package() -> None:
    folders = {path.parent for path in PACKAGE.rglob("*.py")}
    assert sorted(_name(folder) for folder in folders if not (folder / "__init__.py").exists()) == []


def test_the_page_on_the_structure_lists_the_rooms_in_their_order() -> None:
    text = (ROOT / "docs" / "结构.md").read_text(encoding="utf-8").split("```")[1]
    named = re.findall(r"(?<![\w/*.])[a-z_]+(?![\w/*.])", re.sub(r"[(（].*?[)）]", "", text))
    assert named == [room for room in ROOMS if room != "__main__"]


def test_imports_go_one_way_through_the_house() -> None:
    found = [_backward(name, other) for name, path in _modules().items() for other in sorted(_imports(_tree(path)))]
    assert [line for line in found if line] == []


def test_the_package_itself_imports_nothing_of_ours() -> None:
    assert _imports(_tree(PACKAGE / "__init__.py")) - {"kaohe_tools.__version__"} == set()


def test_the_command_line_starts_without_heavy_packages() -> None:
    bodies = [_tree(path).body for path in (PACKAGE / "cli.py", *(PACKAGE / "commands").glob("*.py"))]
    nodes = [node for body in bodies for node in body]
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in names} & HEAVY == set(), "import it in the function that needs it"


def test_files_are_short() -> None:
    lengths = {_name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in _python_files()}
    assert {name: length for name, length in lengths.items() if length > FILE_LINES} == {}


def test_functions_fit_a_screen() -> None:
    lengths = {
        f"{_name(path)}:{node.lineno} {node.name}": node.end_lineno - node.lineno + 1
        for path in _python_files()
        for node in ast.walk(_tree(path))
        if isinstance(node, FUNCTIONS)
    }
    assert {name: length for name, length in lengths.items() if length > FUNCTION_LINES} == {}


def _notebooks() -> list[Path]:
    return sorted(path for path in (ROOT / "notebooks").rglob("*.ipynb") if not NOT_COMMITTED & set(path.parts))


def _code_cells(notebook: dict) -> Iterator[tuple[str, dict]]:
    """Give each code cell's source with the cell; a source may be stored as one text or as a list of lines."""
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            yield "".join(cell["source"]), cell


def test_there_are_notebooks() -> None:
    assert _notebooks() != []


@pytest.mark.parametrize("path", _notebooks(), ids=lambda path: path.name)
def test_a_notebook_is_committed_clean_and_short(path: Path) -> None:
    notebook = json.loads(path.read_text(encoding="utf-8"))
    wrong = []
    for number, (source, cell) in enumerate(_code_cells(notebook), start=1):
        if cell["outputs"] or cell["execution_count"] is not None:
            wrong.append(f"code cell {number} holds outputs: clear them")
        if len(source.splitlines()) > CELL_LINES:
            wrong.append(f"code cell {number} has {len(source.splitlines())} lines, more than {CELL_LINES}")
        if re.search(r"^\s*(?:async\s+)?(?:def|class)\s", source, re.MULTILINE):
            wrong.append(f"code cell {number} defines something: that belongs in kaohe_tools")
    assert wrong == []


@pytest.mark.parametrize("path", _notebooks(), ids=lambda path: path.name)
def test_a_notebook_can_be_run_by_papermill(path: Path) -> None:
    notebook = json.loads(path.read_text(encoding="utf-8"))
    tagged = [cell for _, cell in _code_cells(notebook) if "parameters" in cell["metadata"].get("tags", [])]
    assert len(tagged) == 1, "one code cell is tagged `parameters`"
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"
    assert notebook["metadata"]["kernelspec"]["language"] == "python"


def _committed_texts() -> Iterator[tuple[str, str]]:
    """Give name and text of every file that belongs to the repository; those that are no UTF-8 text are left out."""
    for folder, below, files in os.walk(ROOT):
        below[:] = [name for name in below if name not in NOT_COMMITTED and Path(folder, name) not in OUTPUTS]
        for path in sorted(Path(folder, name) for name in files):
            with contextlib.suppress(UnicodeDecodeError):
                yield _name(path), path.read_text(encoding="utf-8")


@pytest.mark.parametrize("pattern", [MACHINE_PATH, REGISTRY_HOST], ids=["path of a machine", "package registry"])
def test_no_committed_file_names_this_machine(pattern: re.Pattern[str]) -> None:
    lines = [(name, line) for name, text in _committed_texts() for line in text.splitlines()]
    assert [f"{name}: {line.strip()[:120]}" for name, line in lines if pattern.search(line)] == []


@pytest.mark.parametrize("text", ["cd {}/main", "'{}'", "({})", "{}", "路径：{}/x"])
@pytest.mark.parametrize("folder", ["work", "tmp", "root"])
def test_a_path_of_a_machine_is_recognised(text: str, folder: str) -> None:
    assert MACHINE_PATH.search(text.format(f"/{folder}"))


@pytest.mark.parametrize("text", ["https://example.cn/work/", "data/tmp/x", "../root", "</root>", "{folder}/tmp"])
def test_other_paths_are_not_taken_for_one(text: str) -> None:
    assert not MACHINE_PATH.search(text)
