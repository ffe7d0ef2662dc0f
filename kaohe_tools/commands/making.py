"""`kaohe import`, `template`, `simulate` and `schemes`: files to begin a case with."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from kaohe_tools.commands.common import DONE, ERRORS, WRONG_USE, print_problems
from kaohe_tools.problems import Problems

NEW = "new"  # `kaohe schemes new FILE`


def import_command(arguments: argparse.Namespace) -> int:
    """Turn an official indicator table into a tidy sheet."""
    from kaohe_tools.importing import read_official, write_indicators
    from kaohe_tools.scheme import category_vocabulary

    if arguments.out.suffix.lower() != ".xlsx":
        print(f"kaohe import：--out 应是 .xlsx 文件，不是“{arguments.out.name}”", file=sys.stderr)
        return WRONG_USE
    problems = Problems()
    table = read_official(arguments.file, category_vocabulary(), problems)
    print_problems(problems, sys.stdout)
    if problems.errors:
        return ERRORS
    write_indicators(table, arguments.out, problems)
    who = table["考核对象"].where(table["考核对象"] != "", table["类别"])
    print(f"已转出 {who.nunique()} 个对象或类别、{len(table)} 行指标：{arguments.out}")
    return DONE


def template_command(arguments: argparse.Namespace) -> int:
    """Write the forms of a scheme."""
    from kaohe_tools.scheme import load_scheme
    from kaohe_tools.template import TemplateChoices, write_split, write_template

    wrong = _wrong_template(arguments)
    if wrong:
        print(f"kaohe template：{wrong}", file=sys.stderr)
        return WRONG_USE
    votes = None if arguments.votes is None else tuple(arguments.votes)
    choices = TemplateChoices(votes, tuple(arguments.raters), tuple(arguments.sheets))
    scheme, problems, out = load_scheme(arguments.scheme), Problems(), arguments.out
    if arguments.split:
        told = write_split(scheme, out, arguments.roster, arguments.split, choices, problems)
    else:
        told = write_template(scheme, out, arguments.roster, choices, problems)
    if problems.items:
        print_problems(problems, sys.stdout)
    for line in told:
        print(line)
    print(f"填报表：{out}")
    return DONE


def _wrong_template(arguments: argparse.Namespace) -> str:
    """What is wrong with the options of `kaohe template`; "" where nothing is."""
    named = arguments.out.suffix.lower() == ".xlsx"
    if not arguments.split:
        return "" if named else f"--out 应是 .xlsx 文件，不是“{arguments.out.name}”"
    if named or arguments.out.is_file():
        return f"拆分时 --out 应是文件夹，不是“{arguments.out.name}”"
    if arguments.roster is None:
        return "拆分要用 --roster 给出名册，才知道有哪些行"
    if arguments.sheets:
        return "拆分只出得分表，不能同时用 --sheets"
    return "按评分人拆分要用 --raters 写明评分人" if arguments.split == "评分人" and not arguments.raters else ""


def simulate_command(arguments: argparse.Namespace) -> int:
    """Write simulated data for a case that has roster and indicators."""
    from kaohe_tools.simulate import write_simulated

    for path in write_simulated(arguments.case, arguments.seed, arguments.raters, arguments.reports):
        print(f"演示数据：{path}")
    return DONE


def schemes_command(arguments: argparse.Namespace) -> int:
    """List the built-in schemes, print one, or begin a new one."""
    from kaohe_tools.scheme import SCHEMES, built_in, load_scheme

    if arguments.id == NEW:
        return _new_scheme(arguments.file)
    if arguments.id is None:
        for name in built_in():
            scheme = load_scheme(name)
            print(f"{name}  {scheme.title}（环节：{'、'.join(scheme.stages)}）")
        return DONE
    if arguments.id not in built_in():
        print(f"kaohe schemes：没有“{arguments.id}”，可选：{'、'.join(built_in())}", file=sys.stderr)
        return WRONG_USE
    print((SCHEMES / f"{arguments.id}.yaml").read_text(encoding="utf-8"), end="")
    print("\n# 各办法通用的读法\n")
    print((SCHEMES / "common.yaml").read_text(encoding="utf-8"), end="")
    return DONE


def _new_scheme(path: Path | None) -> int:
    from kaohe_tools.scheme.starter import new_scheme

    if path is None:
        print("kaohe schemes new：缺少参数：FILE.yaml", file=sys.stderr)
        return WRONG_USE
    print(f"办法样例：{new_scheme(path)}（怎么改写，见 docs/办法编写.md）")
    return DONE
