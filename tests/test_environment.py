"""The three lists of packages (pyproject.toml, environment.yml, requirements.lock) say the same."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
CONDA_NAMES = {
    "jupyter-client": "jupyter_client",
    "jupyter-core": "jupyter_core",
    "matplotlib": "matplotlib-base",
    "playwright": "playwright-python",
}
BY_PIP = {"axe-playwright-python"}  # what conda-forge does not have
EVERYWHERE = [
    {"sys_platform": platform, "os_name": os_name, "python_version": version, "python_full_version": f"{version}.2"}
    for platform, os_name in (("linux", "posix"), ("darwin", "posix"), ("win32", "nt"))
    for version in ("3.11", "3.12", "3.13", "3.14")
]


def _text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def _wanted() -> list[Requirement]:
    project = tomllib.loads(_text("pyproject.toml"))["project"]
    extras = project["optional-dependencies"]
    return [Requirement(line) for line in project["dependencies"] + extras["scale"] + extras["test"]]


def _locked() -> list[Requirement]:
    lines = [line.split("#")[0].strip() for line in _text("requirements.lock").splitlines()]
    return [Requirement(line) for line in lines if line]


def test_conda_users_get_the_packages_and_version_bounds_of_pyproject() -> None:
    listed = [line for line in yaml.safe_load(_text("environment.yml"))["dependencies"] if isinstance(line, str)]
    conda = {(one.name, one.specifier) for one in map(Requirement, listed)}
    python = tomllib.loads(_text("pyproject.toml"))["project"]["requires-python"]
    expected = {(CONDA_NAMES.get(one.name, one.name), one.specifier) for one in _wanted() if one.name not in BY_PIP}
    expected |= {("python", Requirement(f"python{python}").specifier), ("pip", Requirement("pip").specifier)}
    assert conda == expected
    assert len(listed) == len(conda), "environment.yml names a package twice"


def test_conda_users_get_the_project_itself_and_what_conda_does_not_have_by_pip() -> None:
    dependencies = yaml.safe_load(_text("environment.yml"))["dependencies"]
    [by_pip] = [line["pip"] for line in dependencies if isinstance(line, dict)]
    assert by_pip[-1] == "--editable ."
    listed = {(one.name, one.specifier) for one in map(Requirement, by_pip[:-1])}
    assert listed == {(one.name, one.specifier) for one in _wanted() if one.name in BY_PIP}
    assert len(by_pip) == len(BY_PIP) + 1


@pytest.mark.parametrize("place", EVERYWHERE, ids=lambda place: f"{place['sys_platform']}-{place['python_version']}")
def test_the_lock_holds_one_fitting_version_of_every_dependency(place: dict[str, str]) -> None:
    here = [one for one in _locked() if one.marker is None or one.marker.evaluate(place)]
    versions = {canonicalize_name(one.name): str(one.specifier).removeprefix("==") for one in here}
    assert len(versions) == len(here), "the lock holds two versions of one package"
    unfit = [
        f"{one}: {versions.get(one.name, 'not in the lock')}"
        for one in _wanted()
        if one.name not in versions or not one.specifier.contains(versions[one.name])
    ]
    assert unfit == [], "run `make lock`"


def test_every_locked_version_is_exact() -> None:
    assert [str(one) for one in _locked() if not re.fullmatch(r"==[0-9][0-9a-z.+!]*", str(one.specifier))] == []


def test_the_lock_names_no_host_and_no_path() -> None:
    lines = _text("requirements.lock").splitlines()
    assert [line for line in lines if re.search(r"https?:|file:|@|^\s*-|[\w.]/\w|/\w+/|\\", line)] == []


def test_every_dependency_says_why_it_is_there() -> None:
    lines = [line.strip() for line in _text("pyproject.toml").splitlines()]
    names = "|".join(re.escape(one.name) for one in _wanted())
    listed = [line for line in lines if re.match(rf'"({names})[<>=~!]', line)]
    assert len(listed) == len(_wanted()), "one dependency a line"
    assert [line for line in listed if not re.search(r'",\s+# \S.{9,}', line)] == []


def test_what_our_code_imports_is_declared() -> None:
    declared = {canonicalize_name(one.name) for one in _wanted()}
    ours = {"kaohe_tools", *(path.stem for path in (ROOT / "tests").glob("*.py"))}
    owners = packages_distributions()
    undeclared = []
    for path in sorted([*(ROOT / "kaohe_tools").rglob("*.py"), *(ROOT / "tests").rglob("*.py")]):
        for name in sorted(_imported(path) - ours - set(sys.stdlib_module_names)):
            if not declared & {canonicalize_name(owner) for owner in owners.get(name, [name])}:
                undeclared.append(f"{path.relative_to(ROOT)} imports {name}")
    assert undeclared == [], "add it to pyproject.toml with its reason, then `make lock`"


def _imported(path: Path) -> set[str]:
    """Give the top-level names of the packages that a file imports, anywhere in it."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names.add((node.module or "").split(".")[0])
    return names
