"""A Word template and what it may use → a document: placeholders filled, pictures described, the same bytes always.

A template comes from an office: it is measured before it is opened, its expressions run in a sandbox, and whatever is
wrong with it is told with its file and placeholder.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

from docx.shared import Emu
from docxtpl import DocxTemplate, InlineImage
from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, UndefinedError, meta
from jinja2.sandbox import SandboxedEnvironment

from kaohe_tools.document.columns import fit_columns
from kaohe_tools.document.work_report import Picture
from kaohe_tools.grid.archive import read_parts
from kaohe_tools.grid.limits import FILE_BYTES, RefusedError
from kaohe_tools.problems import InputError, Place, Problems
from kaohe_tools.spreadsheet import printable, without_times

PAIRED = "请检查 {{ }}、{% %} 是否成对，每个 for、if 后面是否有 endfor、endif"
_SAVE_AGAIN = "请用 Word 或 WPS 另存为 .docx"
TALLEST = 0.88  # of the height of the text: a picture leaves room for its caption

_TAG = re.compile(r"\{[{%].*?[}%]\}", re.DOTALL)


class _Unknown(StrictUndefined):
    """A name that a template uses and nobody gave; the error's message is the name alone."""

    @property
    def _undefined_message(self) -> str:
        return str(self._undefined_name)


class _Described(InlineImage):
    """A picture with words for those who cannot see it."""

    title = ""

    def _insert_image(self) -> str:
        return super()._insert_image().replace("<wp:docPr ", f"<wp:docPr descr={quoteattr(self.title)} ", 1)


def fill(template: Path, context: Mapping[str, Any]) -> bytes:
    """The template's bytes with its placeholders filled.

    Raises InputError where the file is no Word file, names what is not in `context`, or is written wrongly.
    """
    paper = _opened(template)
    environment = SandboxedEnvironment(undefined=_Unknown, autoescape=True)
    with _sound(template):
        _check_names(template, paper, environment, context)
    try:
        paper.render(_ready(context, paper), environment)
    except UndefinedError as error:
        _refuse(template, f"不认识的占位“{error}”{_where(paper, str(error))}", "各处可用的名称见使用手册")
    except TemplateError as error:
        _refuse(template, f"占位写法有错{_near(error)}", PAIRED)
    except Exception:  # whatever an expression of a template leads to
        _refuse(template, "占位不能计算", "请只用手册列出的占位，不要在里面运算")
    with _sound(template):
        paper.core_properties.title = printable(str(context["标题"])).replace("\n", "")
        fit_columns(paper.docx)
        stream = io.BytesIO()
        paper.save(stream)
        return without_times(stream.getvalue())


@contextmanager
def _sound(template: Path) -> Iterator[None]:
    """Whatever a broken template makes the libraries raise is told as such."""
    try:
        yield
    except InputError:
        raise
    except Exception:
        _refuse(template, "模板的内部结构有错，不能用", _SAVE_AGAIN)


def _opened(template: Path) -> DocxTemplate:
    try:
        if template.stat().st_size > FILE_BYTES:
            raise RefusedError("模板过大，没有打开", "请删去里面的大图片")
        content = template.read_bytes()
        read_parts(content, lambda _: False)
        paper = DocxTemplate(io.BytesIO(content))
        paper.init_docx()
    except RefusedError as refused:
        _refuse(template, refused.message, refused.advice)
    except Exception:  # whatever a broken file makes the libraries raise
        _refuse(template, "不是能打开的 Word 模板", _SAVE_AGAIN)
    return paper


def _sources(paper: DocxTemplate) -> Iterator[str]:
    """The XML of the body, the headers and the footers, as Jinja will see it."""
    yield paper.patch_xml(paper.get_xml())
    for uri in (paper.HEADER_URI, paper.FOOTER_URI):
        for _, part in paper.get_headers_footers(uri):
            yield paper.patch_xml(paper.get_part_xml(part))


def _check_names(
    template: Path, paper: DocxTemplate, environment: SandboxedEnvironment, context: Mapping[str, Any]
) -> None:
    """Tell every name that is not known, all at once, and what cannot be parsed."""
    problems, unknown = Problems(), set[str]()
    for source in _sources(paper):
        try:
            unknown |= meta.find_undeclared_variables(environment.parse(source)) - set(context)
        except TemplateSyntaxError as error:
            lines = source.splitlines() or [""]
            line = re.sub(r"<[^>]+>", "", lines[min(error.lineno, len(lines)) - 1])
            tags = _TAG.findall(line) or [line.strip()]
            shown = "：" + "".join(tags)[:60] if len(lines) > 1 else ""
            problems.error(Place(template.name), f"占位写法有错{shown}{_syntax(error)}", PAIRED)
    for name in sorted(unknown):
        near = get_close_matches(name, list(context), 1, 0.3)
        advice = f"是不是“{near[0]}”？" if near else f"可用：{'、'.join(context)}"
        problems.error(Place(template.name), f"不认识的占位“{name}”{_where(paper, name)}", advice)
    if problems.errors:
        raise InputError(problems)


def _syntax(error: TemplateSyntaxError) -> str:
    """What of a syntax error can be said in Chinese."""
    found = re.search(r"unknown tag '([^']+)'", str(error.message))
    if found:
        return f"（没有“{found[1]}”这种写法）"
    found = re.search(r"innermost block that needs to be closed is '([^']+)'", str(error.message))
    if found:
        return f"（{found[1]} 没有对应的 end{found[1]}）"
    return ""


def _near(error: TemplateError) -> str:
    lines = [line.strip() for line in getattr(error, "docx_context", ()) if line.strip()]
    return f"：{lines[0][:60]}" if lines else ""


def _where(paper: DocxTemplate, name: str) -> str:
    """The placeholder in which a name stands, as the office wrote it."""
    for source in _sources(paper):
        for tag in _TAG.findall(source):
            if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", tag):
                return f"，在 {tag} 里"
    return ""


def _ready(value: Any, paper: DocxTemplate) -> Any:
    """A context as docxtpl takes it: pictures placed, texts without signs that no XML can hold."""
    if isinstance(value, Mapping):
        return {key: _ready(item, paper) for key, item in value.items()}
    if isinstance(value, list):
        return [_ready(item, paper) for item in value]
    if isinstance(value, Picture):
        return _placed(value, paper)
    return printable(value) if isinstance(value, str) else value


def _placed(picture: Picture, paper: DocxTemplate) -> _Described:
    """As wide as the text of the template's first section; less where it would be too high for the page."""
    section = paper.docx.sections[0]
    width = section.page_width - section.left_margin - section.right_margin
    highest = TALLEST * (section.page_height - section.top_margin - section.bottom_margin)
    wide, high = (int.from_bytes(picture.png[at : at + 4], "big") for at in (16, 20))
    image = _Described(paper, io.BytesIO(picture.png), width=Emu(int(min(width, highest * wide / high))))
    image.title = printable(picture.title)
    return image


def _refuse(template: Path, message: str, advice: str) -> None:
    problems = Problems()
    problems.error(Place(template.name), message, advice)
    raise InputError(problems)
