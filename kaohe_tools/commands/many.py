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
    from kaohe_tools.batch.store import is_url

    where, out = arguments.dir, arguments.out
    if not is_url(where) and not is_url(out) and Path(out).resolve().is_relative_to(Path(where).resolve()):
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
    from kaohe_tools.batch.summary import CASE, STATES
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
    if failed:
        print(f"全部问题见 {PROBLEMS}；没有完成的案例，先前的结果保持原样")
    if done.homeless:
        told = "、".join(done.homeless[:SHOWN]) + ("等" if len(done.homeless) > SHOWN else "")
        print(f"提示 {len(done.homeless)} 个文件夹里有数据文件，但没有 case.yaml，没有考核：{told}")
    print(f"案例 {len(done.rows)} 个：{counts}{kept}")
