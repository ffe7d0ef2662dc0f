"""Whose table is it: paragraphs, title rows and sheet names → one unit, or the categories that share it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from kaohe_tools.exact import tidy
from kaohe_tools.importing.labels import PARTS, is_note, squeeze, without_number

Vocabulary = Mapping[str, Sequence[str]]

_WORDS = (
    r"领导班子|党政建设|目标|任务|责任|考核|考评|指标|体系|内容|标准|分值|分解|明细|一览|评分|计分|细则|清单|汇总|"
    r"表|书|及|和|与|的|工作|业务"
)
_YEAR = re.compile(r"(\d{4}|[〇○零一二三四五六七八九]{4})(年度?|度)|年度")
_DRESS = re.compile(rf"({_WORDS}|\((?:\d+分|试行|\d{{4}}年?度?)\))+$")
_MIDDLE = re.compile(rf"(?:{_WORDS})*考[核评](?:目标|任务|责任|指标|体系|内容|分解|明细|一览|分值|表|书)*")
_ASSESSES = re.compile(r"考核|考评|目标|指标")
_OWNER = re.compile(r"^(被?考核单位|被?考核对象|单位名称|填[报表]单位|责任单位|单位)([(（].*?[)）])?:")
_ATTACHMENT = re.compile(r"^附[件表录][一二三四五六七八九十]*\d*([-—]\d+)?[:、.]?")
_DATE = re.compile(
    r"[\d〇○零一二三四五六七八九]{4}年([\d一二三四五六七八九十]{1,2}月)?([\d一二三四五六七八九十]{1,3}日)?"
)
_PAGE = re.compile(r"[\-—–\d/第共页]+|\(?(续表?|接上[页表])\)?\d*|\(?单位:(分|%|万元)\)?|.*[〔\[(]\d{4}[〕\])]\d+号")
_LETTER = re.compile(r"关于.*|.*的?(通知|意见|办法|方案|决定|请示)")
_ASIDE = re.compile(r"\([^()]*\)|(满分|总分|分值|共计?|合计)[:为]?\d+分?")
_CONTINUED = re.compile(r"[(（](续表?|接上[页表]|\d+分)[)）]$|续表$")
_SEPARATOR = re.compile(r"以及|[、,/和与及;]")
_FILLER = re.compile(r"领导班子|部门|单位")
_DEFAULT_SHEET = re.compile(r"(sheet|工作表|表|table)\d*(\(\d+\))?", re.IGNORECASE)
_APART = "-—–:·(/"
_LONGEST = 40


@dataclass(frozen=True)
class Heading:
    """One heading: the name in it (`core`); is it a `title` (of a year or an assessment), is it `common` to units.

    `group` is the title that stands before a unit's name in the same line.
    """

    text: str
    core: str
    title: bool = False
    common: bool = False
    group: str = ""


@dataclass
class Owner:
    """Whose table it is: a unit, or categories as (name, in the vocabulary?); what the headings say besides."""

    unit: str = ""
    categories: list[tuple[str, bool]] = field(default_factory=list)
    group: str = ""
    part: str = ""
    certain: bool = True
    source: str = ""
    unused: list[str] = field(default_factory=list)

    @property
    def known(self) -> bool:
        return bool(self.unit or self.categories)


def is_default_name(sheet: str) -> bool:
    """Is a sheet named by a program, as by one that turns the pages of a document into sheets: Sheet2, Table 3."""
    return bool(_DEFAULT_SHEET.fullmatch(tidy(sheet)))


def key(text: str) -> str:
    """The form in which category names are compared: 市（县）局 = 市县局, 各甲类局 = 甲类局."""
    return re.sub(r"[()各]|所有|全体", "", tidy(text))


def parse_heading(text: str) -> Heading | None:
    """What a paragraph or title row says; None for notes, page numbers and prose.

    >>> parse_heading("2019年度西宁市局考核任务目标").core, parse_heading("人 事 处").core, parse_heading("注：略")
    ('西宁市局', '人事处', None)
    """
    plain = tidy(text)
    if not plain or is_note(plain) or len(plain) > _LONGEST or plain[-1] in "。;:":
        return None
    if any(other.fullmatch(plain) for other in (_PAGE, _DATE, _LETTER, _ASIDE)):
        return None
    name = without_number(_ATTACHMENT.sub("", without_number(squeeze(text).replace("：", ":"))))
    name = _CONTINUED.sub("", _OWNER.sub("", name))
    plain = tidy(name)
    if not plain:
        return None
    dress, year = _DRESS.search(plain), _YEAR.search(plain)
    if not year and not (dress and _ASSESSES.search(dress[0])):
        return Heading(text, name)
    common = any(part in plain for part in PARTS) or "领导班子" in plain
    head, unit = _two_in_one(plain, text)
    if unit:
        return Heading(text, _as_found(unit, name), True, False, head)
    core = _DRESS.sub("", _YEAR.sub("", plain))
    for word in ("党政建设", "领导班子"):
        core = core.removesuffix(word)
    return Heading(text, _as_found(core, name), True, common)


def _two_in_one(plain: str, text: str) -> tuple[str, str]:
    """A title and, after it in the same line, a unit's name: (title, unit), both empty where it is not so."""
    middle = _MIDDLE.search(plain)
    if not middle or not _YEAR.search(plain[: middle.end()]):
        return "", ""
    head, rest = plain[: middle.end()], plain[middle.end() :]
    unit = _DRESS.sub("", rest.strip("-—–:·/")).strip("-—–:·/")
    if unit.startswith("(") and unit.endswith(")"):
        unit = unit[1:-1]
    words = text.split()
    apart = rest[:1] in _APART or any(tidy("".join(words[:n])) == head for n in range(1, len(words)))
    named = _YEAR.sub("", plain[: middle.start()])
    return (head, unit) if len(unit) > 1 and not _DRESS.fullmatch(unit) and (apart or named) else ("", "")


def _as_found(core: str, name: str) -> str:
    """The name as it was written (full-width brackets and all), where it can be found in the heading."""
    at = tidy(name).find(core)
    return name[at : at + len(core)] if len(tidy(name)) == len(name) and at >= 0 else core


def named_categories(core: str, vocabulary: Vocabulary | None) -> list[str]:
    """The categories that a name consists of, by the vocabulary; none where anything else stands in it.

    >>> names = {"甲局": [], "州局": ["市县局"]}
    >>> named_categories("甲局、市(县)局", names), named_categories("甲局办公室", names)
    (['甲局', '州局'], [])
    """
    names = {key(alias): category for category, others in (vocabulary or {}).items() for alias in (category, *others)}
    ordered = sorted((name for name in names if name), key=lambda name: (-len(name), name))
    rest, found = key(core), []
    while rest:
        name = next((name for name in ordered if rest.startswith(name)), None)
        if name:
            found.append(names[name])
            rest = rest[len(name) :]
        elif found and (skip := _SEPARATOR.match(rest) or _FILLER.match(rest)):
            rest = rest[skip.end() :]
        else:
            return []
    return list(dict.fromkeys(found))


def split_names(core: str) -> list[str]:
    """The names joined by 、和与及 outside brackets: the fall-back where the vocabulary knows none of them."""
    hidden = re.sub(r"[(（][^)）]*[)）]", lambda match: "\0" * len(match[0]), core)
    pieces, start = [], 0
    for match in [*_SEPARATOR.finditer(hidden), None]:
        pieces.append(core[start : match.start() if match else None])
        start = match.end() if match else start
    return [piece for piece in (re.sub(r"^(各|所有|全体)|领导班子$", "", piece) for piece in pieces) if piece]


def find_owner(
    headings: Sequence[str], vocabulary: Vocabulary | None, sheet: str = "", general: frozenset[str] = frozenset()
) -> Owner:
    """Whose table stands under these headings (outermost first).

    The last heading that names someone decides; titles before it are the group's. `sheet` is the name of an Excel
    sheet, which decides where the headings speak of a whole group, or (`general`) stand on other sheets too.
    """
    owner = Owner()
    parsed: list[Heading] = []
    for text in (line for heading in headings for line in heading.split("\n") if line.strip()):
        heading = parse_heading(text)
        if heading:
            parsed.append(heading)
        else:
            owner.unused.append(text)
    deciding = next((n for n in reversed(range(len(parsed))) if parsed[n].core), None)
    below = parsed[deciding] if deciding is not None else None
    if sheet and (below is None or below.text in general or _speaks_of_group(below, vocabulary)):
        named = None if is_default_name(sheet) or tidy(sheet) in PARTS else parse_heading(sheet)
        if named and named.core and not (below and key(named.core) == key(below.core)):
            parsed.append(named)
            deciding = len(parsed) - 1
    titles = [heading.text for n, heading in enumerate(parsed) if heading.title and n != deciding]
    owner.group = titles[-1] if titles else ""
    owner.unused += [heading.text for n, heading in enumerate(parsed) if not heading.title and n != deciding]
    owner.part = next((part for part in PARTS for heading in parsed if part in tidy(heading.text)), "")
    if deciding is not None:
        owner.group = parsed[deciding].group or owner.group
        _decide(owner, parsed[deciding], vocabulary)
    return owner


def _speaks_of_group(heading: Heading, vocabulary: Vocabulary | None) -> bool:
    """Is this the title of one whole category (2019年度各…局考核任务目标), below which units are to be named."""
    one = len(named_categories(heading.core, vocabulary)) == 1
    return heading.title and not heading.common and not heading.group and (one or heading.core.startswith("各"))


def _decide(owner: Owner, heading: Heading, vocabulary: Vocabulary | None) -> None:
    """Unit or categories: by the vocabulary; failing that, by signs that a title speaks of several."""
    owner.source = heading.text
    known = named_categories(heading.core, vocabulary)
    if known:
        owner.categories = [(name, True) for name in known]
        owner.certain = len(known) > 1 or heading.common
        return
    several = heading.title and (heading.common or "、" in heading.core or heading.core.startswith("各"))
    if not several:
        owner.unit = heading.core
        return
    for piece in split_names(heading.core):
        found = named_categories(piece, vocabulary)
        owner.categories += [(name, True) for name in found] or [(piece, False)]
    owner.certain = all(name_known for _, name_known in owner.categories)
