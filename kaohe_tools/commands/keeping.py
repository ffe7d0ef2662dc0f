"""`kaohe archive` and `kaohe verify`: what outlasts a year, and whether it still holds."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from kaohe_tools.commands.common import DONE, ERRORS, WRONG_USE, print_problems, project
from kaohe_tools.problems import Problems

SECRET = "里面有测评票等个人数据：请按内部资料保管，不要公开传送"


def archive_command(arguments: argparse.Namespace) -> int:
    """Add to, list, export from or query the archive of years; pack a year into one file, or unpack one."""
    if arguments.action in ("pack", "unpack"):
        return _pack(arguments) if arguments.action == "pack" else _unpack(arguments)
    from kaohe_tools import archive

    root = project(getattr(arguments, "case", Path.cwd()))
    store = arguments.store or archive.default_store(root)
    if arguments.action == "add":
        print(archive.archive_results(archive.results_folder(arguments.case, root), store))
    elif arguments.action == "history":
        problems = Problems()
        rows = archive.history_for(
            store, arguments.case, sources=arguments.sources, simulated=arguments.simulated, problems=problems
        )
        archive.write_history(rows, arguments.out)
        print_problems(problems, sys.stdout)
        print(f"历年等次 {len(rows)} 行：{arguments.out}")
    else:
        table = archive.list_archive(store) if arguments.action == "list" else archive.query(store, arguments.query)
        print(table.to_csv(index=False), end="")
    return DONE


def _pack(arguments: argparse.Namespace) -> int:
    from kaohe_tools.records import pack

    if arguments.out.suffix.lower() != ".zip":
        print(f"kaohe archive pack：--out 应是 .zip 文件，不是“{arguments.out.name}”", file=sys.stderr)
        return WRONG_USE
    if arguments.out.resolve().is_relative_to(arguments.case.resolve()):
        print("kaohe archive pack：--out 不能在案例文件夹里，否则归档文件会被当作输入", file=sys.stderr)
        return WRONG_USE
    packed = pack(arguments.case, arguments.results or project(arguments.case), arguments.out)
    if packed.problems.items:
        print_problems(packed.problems, sys.stdout)
    private = "，只有您本人可读" if os.name == "posix" else ""
    print(f"年度归档：{packed.path}（{packed.files} 个文件{private}）")
    print("已从这个文件解开、重新考核一遍，结果表逐字节相同")
    print(f"校验值（sha256）：{packed.digest}")
    print(f"注意：{SECRET}")
    return DONE


def _unpack(arguments: argparse.Namespace) -> int:
    from kaohe_tools.records import unpack

    print(f"已解开 {unpack(arguments.file, arguments.out)} 个文件：{arguments.out}")
    print(f"注意：{SECRET}")
    return DONE


def verify_command(arguments: argparse.Namespace) -> int:
    """Say whether outputs are as written and still match their inputs, scheme and software."""
    from kaohe_tools.records import is_outputs, verify_file, verify_outputs

    target, case = arguments.target, arguments.case
    wrong = ""
    if not target.exists():
        wrong = f"没有“{target}”"
    elif target.is_dir() and not is_outputs(target):
        wrong = f"“{target}”不是报告文件夹，也不是结果文件夹"
    elif case is not None and not case.is_dir():
        wrong = f"没有案例文件夹“{case}”"
    elif case is not None and target.is_file():
        wrong = "归档文件里有自己的数据，不能同时用 --case"
    if wrong:
        print(f"kaohe verify：{wrong}", file=sys.stderr)
        return WRONG_USE
    verdict = verify_file(target) if target.is_file() else verify_outputs(target, case, again=arguments.again)
    print(*verdict.lines, sep="\n")
    if verdict.problems.items:
        print_problems(verdict.problems, sys.stdout)
    if verdict.left_out:
        print(f"kaohe verify：{verdict.left_out}", file=sys.stderr)
    if verdict.problems.errors:
        print("核对结果：不一致")
        return ERRORS
    print("核对结果：一致" if verdict.matches else "核对结果：没有核对完")
    return DONE if verdict.matches else WRONG_USE
