"""The `kaohe` command: thin wrappers that parse words, call the package and say in Chinese what came of it.

Exit status: 0 done, 1 the case has errors (each printed), 2 wrong use of the command.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from kaohe_tools import __version__
from kaohe_tools.problems import ERROR, NOTE, WARNING, InputError, Problems

DONE, ERRORS, WRONG_USE, STOPPED = 0, 1, 2, 130
NEW = "new"  # `kaohe schemes new FILE`
DEBUG = "KAOHE_DEBUG"  # set in the environment: show tracebacks of failures that are ours

# argparse speaks through gettext; these are the sentences of it that users meet.
_CHINESE = {
    "usage: ": "用法：",
    "positional arguments": "参数",
    "options": "选项",
    "show this help message and exit": "显示本说明",
    "show program's version number and exit": "显示版本号",
    "the following arguments are required: %s": "缺少参数：%s",
    "unrecognized arguments: %s": "不认识的参数：%s",
    "argument %(argument_name)s: %(message)s": "参数 %(argument_name)s：%(message)s",
    "invalid choice: %(value)r (choose from %(choices)s)": "没有“%(value)s”，可选：%(choices)s",
    "invalid %(type)s value: %(value)r": "“%(value)s”写得不对（应为 %(type)s）",
    "expected one argument": "后面要写一个值",
    "expected at least one argument": "后面至少要写一个值",
    "%(prog)s: error: %(message)s\n": "%(prog)s：%(message)s\n",
}


def main(words: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit status."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    arguments = _parser().parse_args(words)
    try:
        return arguments.run(arguments)
    except InputError as error:
        _print_problems(error.problems, sys.stderr)
        return ERRORS
    except KeyboardInterrupt:
        print("\n已中断；先前的结果和报告保持原样", file=sys.stderr)
        return STOPPED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except OSError as error:
        where = f"：{error.filename}" if error.filename else ""
        print(f"错误 文件读写失败（{error.strerror or error}）{where}；先前的结果和报告保持原样", file=sys.stderr)
        return ERRORS
    except Exception as error:
        if os.environ.get(DEBUG):
            raise
        print(f"错误 程序没有料到的情况（{type(error).__name__}: {error}）", file=sys.stderr)
        print(f"这是软件的缺陷，请反馈；设环境变量 {DEBUG}=1 再运行一次可看到详情", file=sys.stderr)
        return ERRORS


# --- words ------------------------------------------------------------------------------------------------------------


def _parser() -> argparse.ArgumentParser:
    argparse._ = lambda text: _CHINESE.get(text, text)
    argparse.ngettext = lambda one, many, n: _CHINESE.get(one, one) if n == 1 else _CHINESE.get(many, many)
    parser = argparse.ArgumentParser(prog="kaohe", description="年度目标责任考核：检查数据、计分排名、定等次、出报告")
    parser.add_argument("--version", action="version", version=f"kaohe_tools {__version__}")
    commands = parser.add_subparsers(title="命令", metavar="命令", dest="command", required=True)

    def command(name: str, text: str, run: Callable[[argparse.Namespace], int]) -> argparse.ArgumentParser:
        one = commands.add_parser(name, help=text, description=text)
        one.set_defaults(run=run)
        return one

    run = command("run", "检查、考核并出全套报告", _run)
    run.add_argument("case", metavar="CASE", type=Path, help="案例文件夹，如 data/raw/qinghai-2019")
    run.add_argument("--out", metavar="DIR", type=Path, help="在 DIR 下建 data/processed 和 reports，默认在项目文件夹")
    run.add_argument("--category", metavar="X", nargs="+", help="只重做这些类别的页面，其余保留")
    cores = os.cpu_count() or 1
    run.add_argument("--jobs", metavar="N", type=_whole, default=cores, help=f"同时运行几个笔记本，默认 {cores}")
    check = command("check", "列出案例的全部问题", _check)
    check.add_argument("case", metavar="CASE", type=Path, help="案例文件夹")
    check.add_argument("--json", action="store_true", help="按 JSON 输出，字段同 问题.csv")
    assess = command("assess", "只考核，写出结果表，不出报告", _assess)
    assess.add_argument("case", metavar="CASE", type=Path, help="案例文件夹")
    assess.add_argument("--out", metavar="DIR", type=Path, required=True, help="写结果表的文件夹")
    imports = command("import", "把官方指标表（Word 或 Excel）转成规整的指标表", _import)
    imports.add_argument("file", metavar="FILE", type=Path, help="官方指标表，.docx 或 .xlsx")
    imports.add_argument("--out", metavar="FILE.xlsx", type=Path, required=True, help="写到哪里")
    simulate = command("simulate", "为已有名册和指标的案例生成演示数据", _simulate)
    simulate.add_argument("case", metavar="CASE", type=Path, help="案例文件夹，里面有名册和指标")
    simulate.add_argument("--seed", metavar="N", type=_whole, default=1, help="随机种子，同一种子结果相同，默认 1")
    _archive_words(command("archive", "历年结果档案：存入、查看、导出历年等次", _archive))
    schemes = command("schemes", "列出内置考核办法，或一个办法的全文", _schemes)
    schemes.add_argument("id", metavar="ID", nargs="?", help="办法代号；写 new 则新建一个办法文件")
    schemes.add_argument("file", metavar="FILE.yaml", nargs="?", type=Path, help="新建的办法文件")
    return parser


def _archive_words(archive: argparse.ArgumentParser) -> None:
    actions = archive.add_subparsers(title="动作", metavar="动作", dest="action", required=True)
    add = actions.add_parser("add", help="把一个案例已有的结果存入档案")
    add.add_argument("case", metavar="CASE", type=Path, help="案例文件夹，或结果表所在文件夹")
    actions.add_parser("list", help="档案里有哪些案例和年度")
    history = actions.add_parser("history", help="导出历年等次，放进案例文件夹即可使用")
    history.add_argument("case", metavar="CASE", type=Path, help="本年度的案例文件夹")
    history.add_argument("--out", metavar="FILE.csv", type=Path, required=True, help="写到哪里")
    history.add_argument("--from", metavar="NAME", nargs="+", default=[], dest="sources", help="取自档案里的哪些案例")
    history.add_argument("--simulated", action="store_true", help="取演示数据的结果（平时不取）")
    sql = actions.add_parser("sql", help="用 SQL 查询档案（只读）")
    sql.add_argument("query", metavar="SQL", help="如 SELECT * FROM 历年结果")
    for one in actions.choices.values():
        one.add_argument("--store", metavar="FILE", type=Path, help="档案文件，默认项目里的 data/archive.db")


def _whole(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"“{text}”不是不小于 1 的整数")
    return int(text)


# --- commands ---------------------------------------------------------------------------------------------------------


def _run(arguments: argparse.Namespace) -> int:
    from kaohe_tools.assess import assess
    from kaohe_tools.outputs import write
    from kaohe_tools.report import build_report

    root = arguments.out or _project(arguments.case)
    assessment = assess(arguments.case)
    wrong = _unknown_categories(arguments.category or [], assessment)
    if wrong:
        print(f"kaohe run：没有类别 {wrong}", file=sys.stderr)
        return WRONG_USE
    results = root / "data" / "processed" / assessment.case.name
    report = root / "reports" / assessment.case.name
    write(assessment, results)
    _print_problems(assessment.problems, sys.stdout, notes=False)
    print(f"结果表：{results}")
    failures = build_report(results, report, _notebooks(root), categories=arguments.category, jobs=arguments.jobs)
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


def _project(case: Path) -> Path:
    """The project folder a case lies in (…/data/raw/<case>), else the folder one stands in."""
    folder = case.resolve()
    return folder.parents[2] if folder.parent.parts[-2:] == ("data", "raw") else Path.cwd()


def _notebooks(root: Path) -> Path:
    """The project's notebooks, which an office may have changed; else those beside the package."""
    own = root / "notebooks"
    return own if own.is_dir() else Path(__file__).resolve().parents[1] / "notebooks"


def _check(arguments: argparse.Namespace) -> int:
    from kaohe_tools.assess import check
    from kaohe_tools.outputs import problem_table

    problems = check(arguments.case)
    if arguments.json:
        print(json.dumps(problem_table(problems).to_dict("records"), ensure_ascii=False, indent=1))
    else:
        _print_problems(problems, sys.stdout)
    return ERRORS if problems.errors else DONE


def _assess(arguments: argparse.Namespace) -> int:
    from kaohe_tools.assess import assess
    from kaohe_tools.outputs import write

    assessment = assess(arguments.case)
    write(assessment, arguments.out)
    _print_problems(assessment.problems, sys.stdout, notes=False)
    pending = int((assessment.grades["pending"] != "").sum())
    print(f"已考核 {len(assessment.subjects)} 个对象" + (f"，其中 {pending} 个待定" if pending else ""))
    print(f"结果表：{arguments.out}")
    return DONE


def _import(arguments: argparse.Namespace) -> int:
    from kaohe_tools.importing import read_official, write_indicators
    from kaohe_tools.scheme import category_vocabulary

    if arguments.out.suffix.lower() != ".xlsx":
        print(f"kaohe import：--out 应是 .xlsx 文件，不是“{arguments.out.name}”", file=sys.stderr)
        return WRONG_USE
    problems = Problems()
    table = read_official(arguments.file, category_vocabulary(), problems)
    _print_problems(problems, sys.stdout)
    if problems.errors:
        return ERRORS
    write_indicators(table, arguments.out, problems)
    who = table["考核对象"].where(table["考核对象"] != "", table["类别"])
    print(f"已转出 {who.nunique()} 个对象或类别、{len(table)} 行指标：{arguments.out}")
    return DONE


def _simulate(arguments: argparse.Namespace) -> int:
    from kaohe_tools.simulate import write_simulated

    for path in write_simulated(arguments.case, arguments.seed):
        print(f"演示数据：{path}")
    return DONE


def _archive(arguments: argparse.Namespace) -> int:
    from kaohe_tools import archive

    root = _project(getattr(arguments, "case", Path.cwd()))
    store = arguments.store or archive.default_store(root)
    if arguments.action == "add":
        print(archive.archive_results(archive.results_folder(arguments.case, root), store))
    elif arguments.action == "history":
        problems = Problems()
        rows = archive.history_for(
            store, arguments.case, sources=arguments.sources, simulated=arguments.simulated, problems=problems
        )
        archive.write_history(rows, arguments.out)
        _print_problems(problems, sys.stdout)
        print(f"历年等次 {len(rows)} 行：{arguments.out}")
    else:
        table = archive.list_archive(store) if arguments.action == "list" else archive.query(store, arguments.query)
        print(table.to_csv(index=False), end="")
    return DONE


def _schemes(arguments: argparse.Namespace) -> int:
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


# --- telling ----------------------------------------------------------------------------------------------------------


def _print_problems(problems: Problems, stream, notes: bool = True) -> None:
    """Every problem a line, errors first, then how many there are."""
    for problem in problems.sorted():
        if notes or problem.level != NOTE:
            print(problem, file=stream)
    counts = "，".join(
        f"{level} {problems.count(level)} 个" for level in (ERROR, WARNING, NOTE) if problems.count(level)
    )
    print(f"共{counts}" if counts else "没有发现问题", file=stream)


if __name__ == "__main__":
    sys.exit(main())
