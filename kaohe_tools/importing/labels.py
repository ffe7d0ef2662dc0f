"""The words of official tables: headers, labels, totals, notes and points, cleaned by general rules."""

from __future__ import annotations

import re
from dataclasses import dataclass

from kaohe_tools.exact import parse_number, tidy
from kaohe_tools.grid import Unusable

CONTENT, POINTS, PROJECT, PART, SUBJECT = "指标", "分值", "考核项目", "部分", "考核对象"

# Names that a column of each role goes by, the surest first; roles choose their columns in this order.
HEADERS: dict[str, tuple[str, ...]] = {
    CONTENT: (
        *("考核内容", "指标内容", "工作内容", "任务内容", "目标内容", "主要内容", "具体内容", "内容"),
        *("三级指标", "二级指标", "考核指标", "具体指标", "指标", "考核任务", "目标任务", "工作任务", "任务目标"),
        *("重点任务", "具体任务", "考核任务目标", "考核目标任务", "年度目标", "工作目标", "考核目标"),
    ),
    POINTS: ("分值", "标准分值", "标准分", "基准分", "满分", "分数", "赋分", "权重"),
    PROJECT: (
        *("考核项目", "工作项目", "项目", "考核事项", "考核目标", "考核要点", "项目名称", "指标名称"),
        *("二级指标", "考核指标", "一级指标", "考核类别"),
    ),
    PART: ("指标类别", "指标类型", "指标性质", "指标分类", "部分", "类别", "类型", "分类", "一级指标"),
    SUBJECT: ("考核对象", "被考核单位", "被考核对象", "考核单位", "单位名称", "单位"),
}
PARTS = ("共性指标", "个性指标", "党政建设")
PLACEHOLDER = "〔原表无文字〕"

_NUMBERING = re.compile(
    r"^(第?[一二三四五六七八九十]{1,3}[、.]|[(（][一二三四五六七八九十\d]{1,3}[)）]|\d{1,2}[、.](?!\d))"
)
_TRAILING_POINTS = re.compile(r"[(\[]?(?:共|计|合计)?(\d+(?:\.\d+)?)分?[)\]]?$")
_KIND = re.compile(r"^(共性|个性)(?:类)?(?:工作|考核)?(?:目标|任务|指标)$")
_TOTAL = re.compile(r"[^,。;]{0,12}?(?:合计|小计|总计|共计|总分值?)(?:分值|得分)?[:=]?[(]?(\d+(?:\.\d+)?)?分?[)]?")
_NOTE = re.compile(r"^[(\[*※]?(注|备注|说明|附注|填表说明)[)\]]?([:\d.、]|$)")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_OPENERS, _CLOSERS = "(《“〈【『「[", ")》”〉】』」]"


def as_text(value: object) -> str:
    """A cell as text: 5.0 as 5, nothing as an empty text, characters that no workbook can hold left out."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return _CONTROL.sub("", str(value)).strip()


def one_line(text: str) -> str:
    r"""Content with its line breaks taken out (a space stays between Latin words); spaces within a line stay.

    >>> one_line("完成任务\n50项。"), one_line("use\nInSAR")
    ('完成任务50项。', 'use InSAR')
    """
    joined = re.sub(r"(?<=[A-Za-z])[ \t]*[\r\n]+[ \t]*(?=[A-Za-z])", " ", text)
    return re.sub(r"[ \t　]*[\r\n]+[ \t　]*", "", joined).strip()


def squeeze(text: str) -> str:
    r"""A short name without white space (one space stays between Latin letters and digits).

    >>> squeeze("领\n导\n班　子"), squeeze("InSAR  2D")
    ('领导班子', 'InSAR 2D')
    """
    return re.sub(r"\s+", "", re.sub(r"(?<=[A-Za-z0-9])\s+(?=[A-Za-z0-9])", "\0", text)).replace("\0", " ")


def once(text: str) -> str:
    """A name that pages printed several times in one cell, said once.

    >>> once("共性指标共性指标"), once("其他")
    ('共性指标', '其他')
    """
    match = re.fullmatch(r"(.{2,}?)\1+", text)
    return match[1] if match else text


def without_number(text: str) -> str:
    """A heading without its leading number: 一、 (二) 3."""
    return _NUMBERING.sub("", text, count=1)


def clean_part(text: str) -> tuple[str, float | None]:
    r"""A label of 指标类别 as (its name, the points printed with it).

    >>> clean_part("党\n政\n建\n设\n20\n分"), clean_part("个 性 目 标"), clean_part("共性 指标共性 指标")
    (('党政建设', 20.0), ('个性指标', None), ('共性指标', None))
    """
    label = once(without_number(tidy(text)))
    points = _TRAILING_POINTS.search(label)
    if points and points.start() > 0:
        label = once(label[: points.start()])
    match = _KIND.match(label)
    return (f"{match[1]}指标" if match else label), (float(points[1]) if points else None)


def total_in(text: str) -> tuple[bool, float | None]:
    """Is this the label of a row of totals, and the figure in it, if any.

    >>> total_in("合 计"), total_in("共性指标小计：60分"), total_in("合计完成3项。")
    ((True, None), (True, 60.0), (False, None))
    """
    match = _TOTAL.fullmatch(tidy(text))
    return match is not None, float(match[1]) if match and match[1] else None


def is_note(text: str) -> bool:
    """Is this a note to the table (注：…), not part of it."""
    return bool(_NOTE.match(tidy(text)))


def header_name(text: str) -> str:
    """A header cell as the name in `HEADERS`: 考　核　内　容, 分值（分） and the like."""
    name = re.sub(r"\([^)]*\)", "", tidy(text)).strip(":")
    if "分值" in name:
        return "分值"
    return "考核内容" if name.startswith("考核内容") else name


@dataclass(frozen=True)
class Score:
    """Points of a row: as stored (a number, text as found, or None), as a number for sums, and what is odd."""

    stored: float | str | None
    number: float | None
    flaw: str = ""
    advice: str = ""


def read_points(value: object) -> Score:
    """Points as a number where the cell is a plain number, else as text exactly as found, with what is wrong.

    >>> read_points("1.5").stored, read_points("3+2").stored, read_points("3+2").number, read_points("  ").stored
    (1.5, '3+2', 5.0, None)
    """
    text = as_text(value)
    if not text:
        return Score(None, None)
    if isinstance(value, Unusable):
        return Score(None, None, f"分值{value.why}，已留空", value.advice)
    if not isinstance(value, bool) and re.fullmatch(r"-?\d+(\.\d+)?", text, re.ASCII):
        number = float(text)
        return Score(number, number, "" if number > 0 else f"分值 {text} 不是正数", "请核对原表")
    figure = parse_number(re.sub(r"分$", "", tidy(text)))
    if figure is None:
        return Score(text, None, f"分值「{text}」不是数字，已原样保留", "请核对原表后改为数字")
    why = "写成了算式" if figure[1] else "不是规范的数字写法"
    return Score(text, figure[0], f"分值「{text}」{why}，已原样保留（合计时按 {figure[0]:g} 计）", "请核对后改为一个数")


def is_open(text: str) -> bool:
    """Does a text stop without the mark that ends a sentence."""
    return bool(text) and text.rstrip(f" 　{_CLOSERS}")[-1:] not in "。；！？.;!?…"


def is_wide_open(text: str) -> bool:
    """Does a text stop where no sentence can: at a comma, a colon or within brackets.

    >>> is_wide_open("做好下列工作："), is_wide_open("根据《办法"), is_wide_open("做好工作")
    (True, True, False)
    """
    plain = tidy(text)
    unclosed = any(plain.count(opener) > plain.count(closer) for opener, closer in zip(_OPENERS, _CLOSERS, strict=True))
    return plain.endswith((",", "、", ":", *_OPENERS)) or (unclosed and is_open(text))
