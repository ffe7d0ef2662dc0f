"""A case folder's case.yaml: which scheme, which year, which choices among its readings and parameters."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from kaohe_tools.problems import InputError, Place, Problems
from kaohe_tools.scheme import COMMON_FILE, UNITS, Publicity, Scheme, load_scheme, param_flaw
from kaohe_tools.yamlfile import Document, read_yaml

FILE = "case.yaml"
KEYS = (
    *("scheme", "year", "title", "simulated", "cutoff", "readings", "params", "missing", "min_voters"),
    *("min_compared", "publicity", "notice"),
)
MIN_VOTERS = 5  # fewer ballots than these are not listed by themselves, unless the case says otherwise
MIN_COMPARED = 5  # a subject is told how it compares only with at least so many others, unless the case says otherwise
MISSING = ("error", "zero", "exclude")
NOTICES = ("list", "ranks", "scores")  # what 通报 shows beside names and grades: nothing more, ranks, ranks and scores
PUBLICITY = ("start", "days", "unit")


@dataclass(frozen=True)
class Case:
    """One assessment of one year: the scheme and the choices in force; the data are read by `sheets`.

    min_voters: a part judged by fewer voters is not listed by itself in what is written out. publicity: the scheme's
    rule, or the case's own, with the days of this case; None: nothing is shown in public. notice: one of NOTICES.
    min_compared: what a subject may see of its standing needs so many others, else their scores could be told from it.
    """

    folder: Path
    scheme: Scheme
    year: int
    title: str
    simulated: bool
    cutoff: datetime.date | None
    readings: Mapping[str, str]
    params: Mapping[str, Any]
    missing: str
    min_voters: int = MIN_VOTERS
    publicity: Publicity | None = None
    publicity_start: datetime.date | None = None
    notice: str = "list"
    min_compared: int = MIN_COMPARED

    @property
    def name(self) -> str:
        """The folder's name, under which results and reports are filed."""
        return self.folder.resolve().name


def load_case(folder: Path, scheme_file: Path | None = None) -> Case:
    """Read case.yaml and the scheme it names, or another scheme file and the common.yaml beside it.

    Raises InputError with every flaw of either.
    """
    problems = Problems()
    if not folder.is_dir():
        problems.error(Place(), f"没有案例文件夹“{folder}”", "请检查路径")
        raise InputError(problems)
    if not (folder / FILE).is_file():
        problems.error(Place(FILE), f"案例文件夹“{folder.name}”里没有 {FILE}", "请新建，至少写 scheme、year 和 title")
        raise InputError(problems)
    document = read_yaml(folder / FILE, problems)
    if document is None or problems.errors:
        raise InputError(problems)
    if not isinstance(document.data, Mapping):
        problems.error(Place(FILE), "内容不是条目", "请写成“scheme: …”这样的条目")
        raise InputError(problems)
    case = _case(folder, document, scheme_file, problems)
    if case is None or problems.errors:
        raise InputError(problems)
    return case


def _case(folder: Path, document: Document, scheme_file: Path | None, problems: Problems) -> Case | None:
    data = document.data
    for key in data:
        if key not in KEYS:
            near = get_close_matches(key, KEYS, 1)
            hint = f"是不是 {near[0]}？" if near else f"可用：{'、'.join(KEYS)}"
            problems.error(document.place(key), f"不认识的条目“{key}”", hint)
    for key in ("scheme", "year"):
        if data.get(key) is None:
            problems.error(Place(FILE), f"缺少 {key}", "请补上")
    year = data.get("year")
    if year is not None and (isinstance(year, bool) or not isinstance(year, int) or not 1900 <= year <= 2999):
        problems.error(document.place("year"), f"year“{year}”不是年份", "请写成四位数字，如 2023")
    simulated = data.get("simulated", False)
    if not isinstance(simulated, bool):
        problems.error(document.place("simulated"), f"simulated“{simulated}”应为 true 或 false", "演示数据写 true")
    missing = str(data.get("missing", "error"))
    if missing not in MISSING:
        problems.error(document.place("missing"), f"missing“{missing}”不在可选范围", f"可选：{'、'.join(MISSING)}")
    least = data.get("min_voters", MIN_VOTERS)
    if not _is_count(least):
        problems.error(document.place("min_voters"), f"min_voters“{least}”不是整数", "请写不小于 0 的整数，如 5")
    compared = data.get("min_compared", MIN_COMPARED)
    if not _is_count(compared):
        problems.error(document.place("min_compared"), f"min_compared“{compared}”不是整数", "请写不小于 0 的整数，如 5")
    cutoff = _date(data.get("cutoff"), document, problems, "cutoff")
    try:
        scheme = _scheme(str(data["scheme"]), folder, scheme_file) if data.get("scheme") is not None else None
    except InputError as error:
        problems.extend(error.problems)
        scheme = None
    if scheme is None:
        return None
    readings = _readings(scheme, document, problems)
    params = _params(scheme, document, problems)
    publicity, start = _publicity(scheme, document, problems)
    notice = _notice(scheme, document, problems)
    if problems.errors:
        return None
    title = str(data.get("title") or f"{scheme.title}（{year}年度）")
    known = (folder, scheme, year, title, simulated, cutoff, readings, params, missing, least)
    return Case(*known, publicity, start, notice, compared)


def _scheme(name: str, folder: Path, file: Path | None) -> Scheme:
    return load_scheme(name, folder) if file is None else load_scheme(str(file), common=file.with_name(COMMON_FILE))


def _date(value: object, document: Document, problems: Problems, *path: str) -> datetime.date | None:
    if value is None or type(value) is datetime.date:
        return value
    if isinstance(value, datetime.datetime):
        return value.date()
    problems.error(document.place(*path), f"{path[-1]}“{value}”不是日期", "请写成 2023-12-15")
    return None


def _publicity(scheme: Scheme, document: Document, problems: Problems) -> tuple[Publicity | None, datetime.date | None]:
    """The rule by which the best are shown in public, with the days of this case, and the day it begins."""
    rule, given = scheme.publicity, document.data.get("publicity")
    if given is None:
        return rule, None
    place = document.place("publicity")
    if not isinstance(given, Mapping) or not set(given) <= set(PUBLICITY):
        problems.error(
            place, "publicity 的写法不对", f"可写：{'、'.join(PUBLICITY)}，如 {{start: 2024-01-08, days: 5}}"
        )
        return rule, None
    if not any(stage.grades for stage in scheme.stages.values()):
        problems.error(place, "本办法只排名、不定等次，没有可公示的等次", "请删除 publicity")
    start = _date(given.get("start"), document, problems, "publicity", "start")
    days, unit = given.get("days"), given.get("unit", rule.unit if rule else "workdays")
    if days is not None and (not _is_count(days) or days == 0):
        problems.error(document.place("publicity", "days"), f"days“{days}”不是天数", "请写正整数，如 5")
        return rule, start
    if not isinstance(unit, str) or unit not in UNITS or (rule and unit != rule.unit):
        problems.error(
            document.place("publicity", "unit"),
            f"unit“{unit}”不合要求",
            f"办法写的是 {rule.unit}" if rule else f"可选：{'、'.join(UNITS)}",
        )
        return rule, start
    if rule and rule.days and days and days < rule.days:
        least = f"办法要求不少于 {rule.days} {UNITS[unit]}（{rule.article}）"
        problems.error(document.place("publicity", "days"), f"公示 {days} {UNITS[unit]}，天数不够", least)
    return replace(rule or Publicity("", unit=unit), days=days or (rule.days if rule else None)), start


def _notice(scheme: Scheme, document: Document, problems: Problems) -> str:
    """What 通报 shows; scores only where the scheme does not keep them secret."""
    notice, secrecy = str(document.data.get("notice", NOTICES[0])), scheme.secrecy
    if notice not in NOTICES:
        problems.error(document.place("notice"), f"notice“{notice}”不在可选范围", f"可选：{'、'.join(NOTICES)}")
    elif notice == "scores" and secrecy:
        kept = f"{secrecy.article}：不得泄露{'、'.join(secrecy.of)}"
        problems.error(document.place("notice"), "本办法的通报不能列得分", f"{kept}；可选：list、ranks")
    return notice


def _readings(scheme: Scheme, document: Document, problems: Problems) -> dict[str, str]:
    """The choice in force of every reading the scheme declares, the case's own choices put in."""
    chosen = {name: reading.default for name, reading in scheme.readings.items()}
    given = document.data.get("readings") or {}
    if not isinstance(given, Mapping):
        problems.error(document.place("readings"), "readings 应是条目", "请写成 {读法: 选项}")
        return chosen
    for name, value in given.items():
        place = document.place("readings", name)
        choice = str(value).lower() if isinstance(value, bool) else str(value)
        reading = scheme.readings.get(name)
        if reading is None:
            near = get_close_matches(name, scheme.readings, 1)
            hint = f"是不是 {near[0]}？" if near else f"可用：{'、'.join(scheme.readings)}"
            problems.error(place, f"办法没有声明读法“{name}”", hint)
        elif choice not in reading.choices:
            options = "、".join(f"{code}（{text}）" for code, text in reading.choices.items())
            problems.error(place, f"读法“{name}”没有选项“{choice}”", f"可选：{options}")
        else:
            chosen[name] = choice
    return chosen


def _params(scheme: Scheme, document: Document, problems: Problems) -> dict[str, Any]:
    """The value in force of every parameter; None where neither the scheme nor the case gives one."""
    values = {name: param.default for name, param in scheme.params.items()}
    given = document.data.get("params") or {}
    if not isinstance(given, Mapping):
        problems.error(document.place("params"), "params 应是条目", "请写成 {参数: 数值}")
        return values
    for name, value in given.items():
        place = document.place("params", name)
        if name not in scheme.params:
            near = get_close_matches(name, scheme.params, 1)
            hint = f"是不是 {near[0]}？" if near else f"可用：{'、'.join(scheme.params) or '（本办法没有参数）'}"
            problems.error(place, f"办法没有声明参数“{name}”", hint)
            continue
        default = scheme.params[name].default
        if isinstance(default, Mapping):
            if isinstance(value, Mapping) and set(value) <= set(default) and all(_is_count(v) for v in value.values()):
                values[name] = {**default, **value}
            else:
                problems.error(place, f"参数“{name}”应按类别写整数", f"可写的类别：{'、'.join(default)}")
        elif isinstance(value, bool) or not isinstance(value, (int, float, str)):
            problems.error(place, f"参数“{name}”的值“{value}”不是数字", "请写一个数字")
        elif flaw := param_flaw(scheme, name, value):
            problems.error(place, f"参数“{name}”的值“{value}”不合要求", flaw)
        else:
            values[name] = value
    return values


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
