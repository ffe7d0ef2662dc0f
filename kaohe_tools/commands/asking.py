"""`kaohe explain`, `feedback`, `readings`, `whatif`, `monitor`: questions about a case; nothing of it changes."""

from __future__ import annotations

import argparse
import sys

from kaohe_tools.commands.common import DONE, WRONG_USE, print_problems


def explain_command(arguments: argparse.Namespace) -> int:
    """Print where one subject's result comes from, or write it into a file."""
    from kaohe_tools.assess import assess
    from kaohe_tools.explain import explain

    out = arguments.out
    if out is None:
        print(explain(assess(arguments.case), arguments.subject, arguments.stage, arguments.others), end="")
        return DONE
    from kaohe_tools.feedback import SUFFIXES, write_explanation

    if out.suffix.lower() not in SUFFIXES:
        print(f"kaohe explain：--out 应是 {'、'.join(SUFFIXES)} 文件，不是“{out.name}”", file=sys.stderr)
        return WRONG_USE
    write_explanation(assess(arguments.case), arguments.subject, arguments.stage, arguments.others, out)
    print(f"说明：{out}")
    return DONE


def feedback_command(arguments: argparse.Namespace) -> int:
    """Write the pages that one audience may see."""
    from kaohe_tools.assess import assess
    from kaohe_tools.audience import PUBLIC
    from kaohe_tools.feedback import Wanted, write_feedback

    if arguments.audience == PUBLIC and (arguments.subject or arguments.stage):
        print("kaohe feedback：给公众的名单不能只要一个对象或环节", file=sys.stderr)
        return WRONG_USE
    wanted = Wanted(arguments.audience, arguments.subject or "", arguments.stage)
    for path in write_feedback(assess(arguments.case), arguments.out, wanted):
        print(f"反馈页：{path}")
    return DONE


def readings_command(arguments: argparse.Namespace) -> int:
    """Reassess under every other reading and tell who changes."""
    from kaohe_tools.readings import compare_readings

    report = compare_readings(arguments.case, pairs=not arguments.no_pairs, progress=True)
    print(report.as_text(), end="")
    if arguments.out:
        for path in report.write(arguments.out):
            print(f"读法影响：{path}")
    return DONE


def monitor_command(arguments: argparse.Namespace) -> int:
    """Tell where the year stands against plan."""
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


def whatif_command(arguments: argparse.Namespace) -> int:
    """Reassess with other weights, places or readings and compare."""
    from kaohe_tools.whatif.command import Question, SettingsError, answer, wrong_use

    question = Question.of(arguments, progress=sys.stderr.isatty())
    if wrong := wrong_use(question):
        print(f"kaohe whatif：{wrong}", file=sys.stderr)
        return WRONG_USE
    try:
        print(*answer(question), sep="\n")
    except SettingsError as error:
        print_problems(error.problems, sys.stderr)
        return WRONG_USE
    return DONE
