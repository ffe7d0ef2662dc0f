"""The `kaohe` command: thin wrappers that parse words, call the package and say in Chinese what came of it.

Exit status: 0 done, 1 the case has errors (each printed), 2 wrong use of the command.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from kaohe_tools.listing import problem_lines
from kaohe_tools.problems import InputError, Problems
from kaohe_tools.words import parser

DONE, ERRORS, WRONG_USE, STOPPED = 0, 1, 2, 130
NEW = "new"  # `kaohe schemes new FILE`
DEBUG = "KAOHE_DEBUG"  # set in the environment: show tracebacks of failures that are ours


def main(words: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit status."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    arguments = parser(COMMANDS).parse_args(words)
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
    from kaohe_tools.checking import told

    if arguments.marked and arguments.marked.resolve().is_relative_to(arguments.case.resolve()):
        print("kaohe check：--marked 不能是案例文件夹或其中的文件夹，否则标注文件会被当作数据读取", file=sys.stderr)
        return WRONG_USE
    last = _project(arguments.case) / "data" / "processed" / arguments.case.resolve().name
    found = told(arguments, last, _width(sys.stdout))
    print(*found.out, sep="\n")
    print(*found.aside, sep="\n", end="\n" if found.aside else "", file=sys.stderr if arguments.json else sys.stdout)
    return ERRORS if found.problems.errors else DONE


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


def _explain(arguments: argparse.Namespace) -> int:
    from kaohe_tools.assess import assess
    from kaohe_tools.explain import explain

    print(explain(assess(arguments.case), arguments.subject, arguments.stage), end="")
    return DONE


def _readings(arguments: argparse.Namespace) -> int:
    from kaohe_tools.readings import compare_readings

    report = compare_readings(arguments.case, pairs=not arguments.no_pairs, progress=True)
    print(report.as_text(), end="")
    if arguments.out:
        for path in report.write(arguments.out):
            print(f"读法影响：{path}")
    return DONE


def _monitor(arguments: argparse.Namespace) -> int:
    from kaohe_tools.monitor import Plan, WrongDayError, lines, monitor, write

    plan = Plan(arguments.margin, arguments.scores)
    try:
        look = monitor(arguments.case, arguments.asof, arguments.compare, plan)
    except WrongDayError as error:
        print(f"kaohe monitor：--asof {error}", file=sys.stderr)
        return WRONG_USE
    print(*lines(look), sep="\n")
    for path in write(look, arguments.out) if arguments.out else ():
        print(f"监测：{path}")
    return DONE


def _whatif(arguments: argparse.Namespace) -> int:
    from kaohe_tools.whatif.command import Question, SettingsError, answer, wrong_use

    question = Question.of(arguments, progress=sys.stderr.isatty())
    if wrong := wrong_use(question):
        print(f"kaohe whatif：{wrong}", file=sys.stderr)
        return WRONG_USE
    try:
        print(*answer(question), sep="\n")
    except SettingsError as error:
        _print_problems(error.problems, sys.stderr)
        return WRONG_USE
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


def _template(arguments: argparse.Namespace) -> int:
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
        _print_problems(problems, sys.stdout)
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
    """Every problem, errors first, then how many there are: a table on a terminal, else one problem a line."""
    for line in problem_lines(problems, _width(stream), notes):
        print(line, file=stream)


def _width(stream) -> int | None:
    """The width of a terminal; None for a file or pipe."""
    return shutil.get_terminal_size().columns if stream.isatty() else None


COMMANDS = {
    "run": _run,
    "check": _check,
    "assess": _assess,
    "explain": _explain,
    "readings": _readings,
    "whatif": _whatif,
    "monitor": _monitor,
    "import": _import,
    "template": _template,
    "simulate": _simulate,
    "archive": _archive,
    "schemes": _schemes,
}

if __name__ == "__main__":
    sys.exit(main())
