"""`kaohe batch`: many cases in one go, with one summary."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from kaohe_tools.commands.common import DONE, ERRORS, WRONG_USE, notebooks
from kaohe_tools.logs import logging_of

SHOWN = 20  # cases that are told one by one


def batch_command(arguments: argparse.Namespace) -> int:
    """Assess every case of a folder or address, near or far, and tell how far each came."""
    from kaohe_tools.batch import run_batch
    from kaohe_tools.batch.run import SUMMARY, Batch
    from kaohe_tools.batch.store import lies_in

    where, out = arguments.dir, arguments.out
    if lies_in(out, where):
        print("kaohe batch：--out 不能是 DIR 或其中的文件夹，否则输出会与案例混在一起", file=sys.stderr)
        return WRONG_USE
    with logging_of(arguments.verbose):
        batch = Batch(
            *(where, out, arguments.data or "", arguments.jobs, arguments.scheduler or ""),
            notebooks=_sources() if arguments.pages else None,
            force=arguments.force,
            progress=not arguments.verbose,
        )
        done = run_batch(batch)
    _tell(done)
    print(f"汇总：{out.rstrip('/')}/{SUMMARY}")
    return DONE if done.count("完成") == len(done.rows) else ERRORS


def _sources() -> dict[str, bytes]:
    """The notebooks of a report, to be sent along. Raises InputError where one cannot be used."""
    from kaohe_tools.report.plan import CATEGORY_NOTEBOOK, OVERVIEW_NOTEBOOK
    from kaohe_tools.report.runner import check_notebooks

    folder, names = notebooks(Path.cwd()), (CATEGORY_NOTEBOOK, OVERVIEW_NOTEBOOK)
    check_notebooks(folder, {name: [] for name in names})
    return {name: (folder / name).read_bytes() for name in names}


def _tell(done) -> None:
    """How many cases came how far, and of those that did not come to results, why."""
    from kaohe_tools.batch.run import PROBLEMS
    from kaohe_tools.batch.summary import CASE, NO_REPORT, STATES
    from kaohe_tools.batch.summary import DONE as COMPLETE
    from kaohe_tools.problems import ERROR

    counts = "，".join(f"{state} {done.count(state)} 个" for state in STATES if done.count(state))
    kept = f"，其中 {done.kept} 个没有变动，沿用上次的（全部重做请加 --force）" if done.kept else ""
    failed = sorted((row for row in done.rows if row["状态"] != COMPLETE), key=lambda row: row[CASE])
    for row in failed[:SHOWN]:
        errors = [problem for problem in done.problems[row[CASE]] if problem["级别"] == ERROR]
        told = errors[0]["问题"] if errors else ""
        print(f"错误 {row[CASE]}：{row['状态']}（{told}{f'，等 {len(errors)} 处' if len(errors) > 1 else ''}）")
    if len(failed) > SHOWN:
        print(f"错误 还有 {len(failed) - SHOWN} 个案例没有完成")
    if failed or done.unused:
        print(f"全部问题见 {PROBLEMS}")
    if len(failed) > done.count(NO_REPORT):
        print("有错误、没有做完的案例，先前的结果保持原样")
    if done.count(NO_REPORT):
        print("只缺报告的案例，结果表和数据集是新的；先前的报告保持原样，可能旧于结果表")
    for problem in done.unused.sorted()[:SHOWN]:
        print(problem)
    if len(done.unused) > SHOWN:
        print(f"警告 --data 里还有 {len(done.unused) - SHOWN} 处没有用")
    if done.homeless:
        told = "、".join(done.homeless[:SHOWN]) + ("等" if len(done.homeless) > SHOWN else "")
        print(f"提示 {len(done.homeless)} 个文件夹里有数据文件，但没有 case.yaml，没有考核：{told}")
    print(f"案例 {len(done.rows)} 个：{counts}{kept}")
