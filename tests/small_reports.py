"""Reports made with the smallest notebooks there can be, for tests of how a report comes about."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pytest
from sample_results import write_sample

from kaohe_tools.report import Failure, build_report

SIZES = {"事业局": 3, "厅机关": 5}
PAGES = ["总览", "单位-事业局", "单位-厅机关", "处级干部-正职"]
CATEGORY_CELLS = [
    "import sys\nfrom IPython.display import Markdown",
    "print('写给自己看的', file=sys.stderr)\nMarkdown(f'# {stage}的{category}')",
    "Markdown(f'用 {sys.executable} 运行')",
]
OVERVIEW_CELLS = ["from IPython.display import Markdown", "Markdown('# 全部类别')"]
PARAMETERS = ("results_dir", "stage", "category")
BAD_CATEGORY = "if category == '厅机关':\n    raise ValueError('没有这一列')"


def write_notebooks(folder: Path, *, parameters=PARAMETERS, cells: Sequence[str] = CATEGORY_CELLS) -> Path:
    """Write the two notebooks that a report is made with, as small as they can be."""
    folder.mkdir(exist_ok=True)
    for name, declared, sources in (
        ("category.ipynb", parameters, cells),
        ("overview.ipynb", ("results_dir",), OVERVIEW_CELLS),
    ):
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        notebook = nbformat.v4.new_notebook(metadata={"kernelspec": kernel, "language_info": {"name": "python"}})
        defaults = "\n".join(f'{parameter} = ""' for parameter in declared)
        tagged = nbformat.v4.new_code_cell(defaults, metadata={"tags": ["parameters"]})
        notebook.cells = [tagged, *(nbformat.v4.new_code_cell(source) for source in sources)]
        for number, cell in enumerate(notebook.cells):
            cell.id = f"cell-{number}"
        nbformat.write(notebook, folder / name)
    return folder


def make_project(folder: Path) -> Path:
    """Make a project with results of two stages, notebooks and a report; papermill takes its name for a template."""
    project = folder / "项目 {x}"
    project.mkdir()
    write_sample(project / "结果", SIZES, cadres=4)
    write_notebooks(project / "nb")
    assert rebuild(project) == []
    return project


def rebuild(project: Path, **options) -> list[Failure]:
    """Make the project's report again."""
    return build_report(project / "结果", report_of(project), project / "nb", **{"progress": False, **options})


def report_of(project: Path) -> Path:
    return project / "reports" / "样例"


def html(project: Path, page: str) -> str:
    """Give the text of a page of the project's report."""
    return (report_of(project) / f"{page}.html").read_text(encoding="utf-8")


@contextmanager
def another_kernel(folder: Path) -> Iterator[None]:
    """Within: as on a machine whose user has installed a `python3` kernel that is not ours."""
    (folder / "kernels" / "python3").mkdir(parents=True)
    other = {"argv": ["no-such-python", "{connection_file}"], "display_name": "another", "language": "python"}
    (folder / "kernels" / "python3" / "kernel.json").write_text(json.dumps(other), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_PATH", str(folder))
        yield


def snapshot(folder: Path) -> dict[str, bytes]:
    """Give every file of a folder with its bytes."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


class Links(HTMLParser):
    """Collects what a page points to, and the attributes of its <html>."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.targets: list[str] = []
        self.language = ""
        self.feed(text)

    def handle_starttag(self, tag, attributes) -> None:
        values = dict(attributes)
        self.language = values.get("lang", self.language) if tag == "html" else self.language
        self.targets += [values[name] for name in ("href", "src") if name in values]


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Iterator[Path]:
    """A project with its report, on a machine with another kernel; not to be changed."""
    with another_kernel(tmp_path_factory.mktemp("jupyter")):
        yield make_project(tmp_path_factory.mktemp("made"))


@pytest.fixture
def project(tmp_path, made) -> Path:
    """A copy of the project, to be changed."""
    return Path(shutil.copytree(made, tmp_path / made.name))
