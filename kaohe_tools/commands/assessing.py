"""`kaohe run`, `check` and `assess`: from a case folder to tables and pages."""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from kaohe_tools import __version__
from kaohe_tools.commands.common import DONE, ERRORS, WRONG_USE, notebooks, print_problems, project, width
from kaohe_tools.logs import log, logging_of

LOG = "运行日志.txt"  # beside the report, after its name: what the last run did and how long it took


def run_command(arguments: argparse.Namespace) -> int:
    """Check, assess, write the tables and make the report, while no other run writes to the same places."""
    from kaohe_tools.lock import held

    root, name = arguments.out or project(arguments.case), arguments.case.resolve().name
    results, report = root / "data" / "processed" / name, root / "reports" / name
    with logging_of(arguments.verbose) as into, held(results), held(report), _elsewhere(arguments.scheduler) as there:
        return _run(arguments, results, report, notebooks(root), into, there)


@contextlib.contextmanager
def _elsewhere(scheduler: str | None) -> Iterator[Any]:
    """Where notebooks are run, if not here; found before anything is written."""
    if not scheduler:
        yield None
        return
    from kaohe_tools.report.elsewhere import Elsewhere
    from kaohe_tools.workers.cluster import Cluster

    with Cluster(scheduler) as cluster:
        yield Elsewhere(cluster)


def _run(
    arguments: argparse.Namespace,
    results: Path,
    report: Path,
    notebooks: Path,
    into: Callable[[Path], None],
    elsewhere: Any,
) -> int:
    from kaohe_tools.assess import assess
    from kaohe_tools.nursery import open_nursery
    from kaohe_tools.outputs import write

    assessment = assess(arguments.case)
    wrong = _unknown_categories(arguments.category or [], assessment)
    if wrong:
        print(f"kaohe run：没有类别 {wrong}", file=sys.stderr)
        return WRONG_USE
    into(report.with_name(f"{report.name}.{LOG}"))
    jobs = elsewhere.width if elsewhere else arguments.jobs
    log.info("kaohe_tools %s，同时运行 %d 个笔记本", __version__, jobs)
    told: list[str] = []
    kernels = contextlib.nullcontext() if elsewhere else open_nursery(report)
    with kernels as nursery:  # it loads while tables are written
        write(assessment, results)
        print_problems(assessment.problems, sys.stdout, notes=False)
        print(f"结果表：{results}")
        from kaohe_tools.report import build_report  # in seconds: what is wrong with the data is told before

        failures = build_report(
            *(results, report, notebooks),
            categories=arguments.category,
            jobs=jobs,
            progress=not arguments.verbose,
            pdf=told.append if arguments.pdf else None,
            force=arguments.force,
            kept=lambda pages: print(f"沿用 {pages} 页：没有变动（全部重做请加 --force）"),
            elsewhere=elsewhere,
            nursery=nursery,
        )
    print(*(f"提示 {text}" for text in told), sep="\n", end="\n" if told else "", file=sys.stderr)
    for failure in failures:
        print(f"错误 {failure}", file=sys.stderr)
    if not failures:
        print(f"报告：{report / 'index.html'}")
    return ERRORS if failures else DONE


def _unknown_categories(wanted: Sequence[str], assessment) -> str:
    """The categories asked for that the case does not have, with those it has; "" where all are known."""
    pairs = assessment.subjects[["stage", "category"]].drop_duplicates().itertuples(index=False)
    known = dict.fromkeys(name for stage, category in pairs for name in (category, f"{stage}·{category}"))
    wrong = [name for name in wanted if name not in known]
    plain = "、".join(name for name in known if "·" not in name)
    return f"“{'、'.join(wrong)}”，可选：{plain}" if wrong else ""


def check_command(arguments: argparse.Namespace) -> int:
    """List all problems; with options also marked copies and what changed since the last run."""
    from kaohe_tools.checking import told

    if arguments.marked and arguments.marked.resolve().is_relative_to(arguments.case.resolve()):
        print("kaohe check：--marked 不能是案例文件夹或其中的文件夹，否则标注文件会被当作数据读取", file=sys.stderr)
        return WRONG_USE
    last = project(arguments.case) / "data" / "processed" / arguments.case.resolve().name
    with logging_of(arguments.verbose):
        found = told(arguments, last, width(sys.stdout))
    print(*found.out, sep="\n")
    print(*found.aside, sep="\n", end="\n" if found.aside else "", file=sys.stderr if arguments.json else sys.stdout)
    return ERRORS if found.problems.errors else DONE


def _assessed(arguments: argparse.Namespace):
    from kaohe_tools.assess import assess
    from kaohe_tools.outputs import write

    assessment = assess(arguments.case)
    write(assessment, arguments.out)
    return assessment


def _assessed_bulk(arguments: argparse.Namespace):
    """With big tables of scores, as far as what reads them is installed."""
    from kaohe_tools.grid.parquet import require_arrow

    require_arrow()
    from kaohe_tools.bulk.whole import assess_bulk, write_bulk

    whole = assess_bulk(arguments.case)
    write_bulk(whole, arguments.out)
    return whole.assessment


def assess_command(arguments: argparse.Namespace) -> int:
    """Write the result tables, without notebooks."""
    with logging_of(arguments.verbose):
        assessment = _assessed_bulk(arguments) if arguments.bulk else _assessed(arguments)
    print_problems(assessment.problems, sys.stdout, notes=False)
    pending = int((assessment.grades["pending"] != "").sum())
    print(f"已考核 {len(assessment.subjects)} 个对象" + (f"，其中 {pending} 个待定" if pending else ""))
    print(f"结果表：{arguments.out}")
    return DONE
