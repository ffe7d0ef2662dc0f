"""The words of the `kaohe` command: its sub-commands and options, in Chinese."""

from __future__ import annotations

import argparse
import datetime
import os
from collections.abc import Callable, Mapping
from pathlib import Path

from kaohe_tools import __version__
from kaohe_tools.audience import AUDIENCES, SUBJECT

# argparse speaks through gettext; these are the sentences of it that users meet.
_CHINESE = {
    "usage: ": "用法：",
    "positional arguments": "参数",
    "options": "选项",
    "show this help message and exit": "显示本说明",
    "the following arguments are required: %s": "缺少参数：%s",
    "unrecognized arguments: %s": "不认识的参数：%s",
    "argument %(argument_name)s: %(message)s": "参数 %(argument_name)s：%(message)s",
    "invalid choice: %(value)r (choose from %(choices)s)": "没有“%(value)s”，可选：%(choices)s",
    "invalid %(type)s value: %(value)r": "“%(value)s”写得不对（应为 %(type)s）",
    "expected one argument": "后面要写一个值",
    "expected at least one argument": "后面至少要写一个值",
    "expected %s argument": "后面要写 %s 个值",
    "expected %s arguments": "后面要写 %s 个值",
    "%(prog)s: error: %(message)s\n": "%(prog)s：%(message)s\n",
}
_SCHEDULER = "交给 Dask 调度程序的工作机去做，如 tcp://10.0.0.5:8786，怎么启动见 docs/多机.md"


def parser(commands: Mapping[str, Callable[[argparse.Namespace], int]]) -> argparse.ArgumentParser:
    """The parser of the `kaohe` command; `commands`: what runs each of them, by name."""
    argparse._ = lambda text: _CHINESE.get(text, text)
    argparse.ngettext = lambda one, many, n: _CHINESE.get(one, one) if n == 1 else _CHINESE.get(many, many)
    words = argparse.ArgumentParser(prog="kaohe", description="年度目标责任考核：检查数据、计分排名、定等次、出报告")
    words.add_argument("--version", action="version", version=f"kaohe_tools {__version__}", help="显示版本号")
    offered = words.add_subparsers(title="命令", metavar="命令", dest="command", required=True)

    def command(name: str, text: str) -> argparse.ArgumentParser:
        one = offered.add_parser(name, help=text, description=text)
        one.set_defaults(run=commands[name])
        return one

    run = command("run", "检查、考核并出全套报告")
    _run_words(run)
    check = command("check", "列出案例的全部问题")
    check.add_argument("case", metavar="CASE", type=Path, help="案例文件夹")
    check.add_argument("--json", action="store_true", help="按 JSON 输出，字段同 问题.csv")
    check.add_argument("--marked", metavar="DIR", type=Path, help="有问题的文件各写一份标注文件到 DIR，退回填报人改正")
    check.add_argument("--changes", metavar="FILE.csv", type=Path, help="把上次运行以来的全部变动写成表")
    check.add_argument("--against", metavar="DIR", type=Path, help="上次运行的结果表所在文件夹，默认项目里的")
    assess = command("assess", "只考核，写出结果表，不出报告")
    assess.add_argument("case", metavar="CASE", type=Path, help="案例文件夹")
    assess.add_argument("--out", metavar="DIR", type=Path, required=True, help="写结果表的文件夹")
    bulk = "大表方式：得分有几十万行以上，在 .csv、.parquet 里；先按部分汇总，明细只到部分"
    assess.add_argument("--bulk", action="store_true", help=bulk)
    _verbose_word(check, assess)
    explain = command("explain", "一个对象的结果是怎么来的，落到每个单元格")
    explain.add_argument("case", metavar="CASE", type=Path, help="案例文件夹")
    explain.add_argument("subject", metavar="SUBJECT", help="考核对象的名称或编号")
    explain.add_argument("--stage", metavar="环节", help="只说这个环节，默认全部环节")
    explain.add_argument("--others", action="store_true", help="也说到其他对象：前后名次及其得分、并列的、数据检查")
    explain.add_argument("--out", metavar="FILE", type=Path, help="写成网页 .html、Word .docx 或文本 .txt")
    _feedback_words(command("feedback", "反馈页：每个对象一页（A4），或公布名单；给谁看就只有谁该看的"))
    readings = command("readings", "换一种读法，谁的结果会变")
    readings.add_argument("case", metavar="CASE", type=Path, help="案例文件夹")
    readings.add_argument("--out", metavar="DIR", type=Path, help="把两张表也写到这个文件夹")
    readings.add_argument("--no-pairs", action="store_true", help="只逐个换，不两两同时换")
    _monitor_words(command("monitor", "年中看进度：落后和可能不计分的、缺报的、指标改了什么、指标合不合要求"))
    _whatif_words(command("whatif", "换别的分值、名额或读法试算：谁的名次变，谁得失优秀，与现行结果对照"))
    imports = command("import", "把官方指标表（Word 或 Excel）转成规整的指标表")
    imports.add_argument("file", metavar="FILE", type=Path, help="官方指标表，.docx 或 .xlsx")
    imports.add_argument("--out", metavar="FILE.xlsx", type=Path, required=True, help="写到哪里")
    _template_words(command("template", "按考核办法生成填报表（可预填名册），填好放进案例文件夹即可"))
    simulate = command("simulate", "为已有名册和指标的案例生成演示数据")
    simulate.add_argument("case", metavar="CASE", type=Path, help="案例文件夹，里面有名册和指标")
    simulate.add_argument("--seed", metavar="N", type=_whole, default=1, help="随机种子，同一种子结果相同，默认 1")
    raters = "打分的指标由考核组几名成员各评一次，默认由考核组合评"
    simulate.add_argument("--raters", metavar="N", type=_whole, default=0, help=raters)
    simulate.add_argument("--reports", action="store_true", help="另写年中报送（各季度的时点行），供 kaohe monitor 看")
    _archive_words(command("archive", "历年结果档案：存入、查看、导出历年等次；一年归成一个文件"))
    _batch_words(command("batch", "把一个文件夹里的许多案例（各县、各单位）全部考核，出一份汇总"))
    _verify_words(command("verify", "核对：输出有没有被改，数据、办法、软件是不是还与输出一致"))
    schemes = command("schemes", "列出内置考核办法，或一个办法的全文")
    schemes.add_argument("id", metavar="ID", nargs="?", help="办法代号；写 new 则新建一个办法文件")
    schemes.add_argument("file", metavar="FILE.yaml", nargs="?", type=Path, help="新建的办法文件")
    return words


def _run_words(run: argparse.ArgumentParser) -> None:
    run.add_argument("case", metavar="CASE", type=Path, help="案例文件夹，如 data/raw/qinghai-2019")
    run.add_argument("--out", metavar="DIR", type=Path, help="在 DIR 下建 data/processed 和 reports，默认在项目文件夹")
    run.add_argument("--category", metavar="X", nargs="+", help="只重做这些类别的页面，其余保留")
    run.add_argument("--pdf", action="store_true", help="另把全部页面打印成一个 PDF，要有 Chromium、Chrome 或 Edge")
    run.add_argument("--force", action="store_true", help="全部页面重做，没有变动的也不沿用上次的")
    _working_words(run, "运行几个笔记本")


def _batch_words(batch: argparse.ArgumentParser) -> None:
    batch.add_argument("dir", metavar="DIR", help="放着案例文件夹的文件夹（几层都行），或网址（s3://、file:// 等）")
    batch.add_argument("--out", metavar="OUT", required=True, help="写到哪个文件夹或网址：结果表、汇总、数据集")
    rows = "得分数据集的网址，按 案例=… 分区；各案例的分区与它自己的文件合在一起考核"
    batch.add_argument("--data", metavar="URL", help=rows)
    batch.add_argument("--pages", action="store_true", help="各案例的报告也生成，放在 OUT/报告")
    batch.add_argument("--force", action="store_true", help="全部重新考核，没有变动的也不沿用上次的")
    _working_words(batch, "考核几个案例")


def _working_words(command: argparse.ArgumentParser, what: str) -> None:
    """Where the work of a command is done, and how much of it at a time."""
    cores = os.cpu_count() or 1
    command.add_argument("--jobs", metavar="N", type=_whole, default=cores, help=f"同时{what}，默认 {cores}")
    command.add_argument("--scheduler", metavar="URL", help=_SCHEDULER)
    _verbose_word(command)


def _verbose_word(*commands: argparse.ArgumentParser) -> None:
    for one in commands:
        one.add_argument("-v", "--verbose", action="store_true", help="说明每一步做什么、用了多久、略过什么")


def _feedback_words(feedback: argparse.ArgumentParser) -> None:
    feedback.add_argument("case", metavar="CASE", type=Path, help="案例文件夹")
    feedback.add_argument("--out", metavar="DIR", type=Path, required=True, help="写到哪个文件夹，给不同的人看用不同的")
    feedback.add_argument("--audience", choices=tuple(AUDIENCES), default=SUBJECT, help=_audiences())
    feedback.add_argument("--subject", metavar="SUBJECT", help="只要这个考核对象（名称或编号），默认全部")
    feedback.add_argument("--stage", metavar="环节", help="只要这个环节，默认全部环节")


def _audiences() -> str:
    named = "，".join(f"{name} {who}" for name, who in AUDIENCES.items())
    return f"给谁看：{named}；默认 {SUBJECT}"


def _whatif_words(whatif: argparse.ArgumentParser) -> None:
    whatif.add_argument("case", metavar="CASE", type=Path, help="案例文件夹")
    setting = "部分的新分值，可写多个；同名的写 环节:部分、类别:部分 或 环节:类别:部分。其余部分按比例，总分不变"
    whatif.add_argument("--set", metavar="部分=分值", nargs="+", action="extend", default=[], help=setting)
    whatif.add_argument("--free", action="store_true", help="其余部分不变，总分随之改变")
    files = "方案文件，可重复写几个，并列对照"
    whatif.add_argument("--scenario", metavar="FILE.yaml", type=Path, action="append", default=[], help=files)
    turns = "另列临界分值：每个部分的分值改到多少，谁得失优秀"
    whatif.add_argument("--break-even", action="store_true", help=turns)
    pair = ("对象", "对手")
    whatif.add_argument("--overtake", metavar=pair, nargs=2, help="另列反超分值：分值改到多少，这两个对象先后对换")
    without = "另列逐项剔除：不算某个指标、评分人或评价主体，名次怎么变"
    whatif.add_argument("--leave-out", action="store_true", help=without)
    _robust_words(whatif)
    whatif.add_argument("--out", metavar="DIR", type=Path, help="把各表和方案写到这个文件夹")


def _robust_words(whatif: argparse.ArgumentParser) -> None:
    firm = "另看稳不稳：分值随机上下浮动许多次（默认 20%%），名次和最好等次还在不在"
    whatif.add_argument("--robust", metavar="幅度", nargs="?", type=_spread, const=0.0, help=firm)
    whatif.add_argument("--simplex", action="store_true", help="与 --robust 合用：不限幅度，总分怎么分都有可能")
    whatif.add_argument("--level", choices=("部分", "指标", "两者"), help="浮动的是部分还是指标的分值，默认部分")
    whatif.add_argument("--draws", metavar="N", type=_whole, help="抽多少次，默认 1000")
    whatif.add_argument("--seed", metavar="N", type=_whole, help="随机种子，同一种子结果相同，默认 1")


def _template_words(template: argparse.ArgumentParser) -> None:
    template.add_argument("scheme", metavar="SCHEME", help="办法代号（kaohe schemes 列出），或办法文件的路径")
    template.add_argument("--out", metavar="FILE.xlsx", type=Path, required=True, help="写到哪里；拆分时是文件夹")
    template.add_argument("--roster", metavar="FILE", type=Path, help="名册（可带指标），按它预填各表，只留得分")
    template.add_argument("--split", choices=("牵头部门", "评分人"), help="得分表按牵头部门或评分人拆成一个个文件")
    template.add_argument("--raters", metavar="人", nargs="+", default=[], help="评分人，每人每项各一行")
    template.add_argument("--votes", metavar="部分", nargs="*", help="由投票测评的部分，默认按名称认，见手册")
    template.add_argument("--sheets", metavar="表", nargs="+", default=[], help="只要这些表，如 测评 加减分，默认全部")


def _monitor_words(monitor: argparse.ArgumentParser) -> None:
    monitor.add_argument("case", metavar="CASE", type=Path, help="案例文件夹；不必已有年度得分")
    monitor.add_argument("--asof", metavar="日期", type=_day, help="看到哪一天，如 2023-09-30，默认最后一个时点")
    monitor.add_argument("--compare", metavar="OLD", type=Path, help="与旧的指标表比较：案例文件夹，或含指标表的文件")
    monitor.add_argument("--margin", metavar="比例", type=_share, default=0.1, help="低于计划多少算落后，默认 10%%")
    monitor.add_argument(
        "--scores",
        choices=("累计", "当期"),
        default="累计",
        help="有时点的得分是年初以来的累计，还是当期评分，默认累计",
    )
    monitor.add_argument("--out", metavar="DIR", type=Path, help="把几张表也写到这个文件夹")


def _day(text: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"“{text}”不是日期，请写成 2023-09-30") from None


def _spread(text: str) -> float:
    from kaohe_tools.exact import parse_share  # loads numpy, which --help does without

    share = parse_share(text.strip().removeprefix("±"))
    if share is None or not 0 < share <= 1:
        raise argparse.ArgumentTypeError(f"“{text}”不是浮动幅度，请写成 20% 或 0.2，不超过 100%")
    return share


def _share(text: str) -> float:
    from kaohe_tools.exact import parse_share

    share = parse_share(text)
    if share is None or not 0 <= share <= 1:
        raise argparse.ArgumentTypeError(f"“{text}”不是 0 到 1 之间的比例，请写成 10% 或 0.1")
    return share


def _verify_words(verify: argparse.ArgumentParser) -> None:
    verify.add_argument("target", metavar="REPORTS", type=Path, help="报告文件夹、结果文件夹，或年度归档 .zip")
    verify.add_argument("--case", metavar="DIR", type=Path, help="案例文件夹，默认按输出所在的项目和记录的案例名找")
    verify.add_argument("--again", action="store_true", help="另重新考核一遍，逐表逐字节比较（归档文件总是这样做）")


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
    pack = actions.add_parser("pack", help="把一年的数据、办法、结果、报告归成一个文件，凭它可重做出同样的结果")
    pack.add_argument("case", metavar="CASE", type=Path, help="案例文件夹")
    pack.add_argument("--out", metavar="FILE.zip", type=Path, required=True, help="写到哪里，如 2023-厅系统.zip")
    pack.add_argument("--results", metavar="DIR", type=Path, help="kaohe run --out 用过的 DIR，默认项目文件夹")
    unpack = actions.add_parser("unpack", help="把年度归档解开成一个项目文件夹")
    unpack.add_argument("file", metavar="FILE.zip", type=Path, help="年度归档文件")
    unpack.add_argument("--out", metavar="DIR", type=Path, required=True, help="解到哪里，不存在的或空的文件夹")


def _whole(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"“{text}”不是不小于 1 的整数")
    return int(text)
