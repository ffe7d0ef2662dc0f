"""Profiles, derivations and lists as pages by themselves: HTML that asks nothing of the network.

What a page carries of the run that it is from (its record) names no time: the same input, the same bytes.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from kaohe_tools.audience import INTERNAL, INTERNAL_MARK, PUBLIC, SUBJECT
from kaohe_tools.charts.profile import rates_against_median
from kaohe_tools.explain import Derivation
from kaohe_tools.explain.text import NUMERALS
from kaohe_tools.feedback.blocks import blocks
from kaohe_tools.feedback.profile import Profile
from kaohe_tools.feedback.tables import item_lists, outcome, parts_rows, reason_rows
from kaohe_tools.records import record_json, record_line, record_of, told_outside
from kaohe_tools.report.pages import FONT, TEMPLATES, css_text, policy, render
from kaohe_tools.style import SCREEN_DPI

LABELS = {INTERNAL: INTERNAL_MARK, SUBJECT: "只供考核对象本人", PUBLIC: ""}
POSITIONS = "位置按得分从高到低分为四段，同分的取其中间；相差的单位是百分点。"
METHOD = f"同类中位数四舍五入到整百分点；{POSITIONS}"
OWN_FONT = 'url("assets/KaoheSansSC-Regular.woff2")'


@dataclass(frozen=True)
class Sheet:
    """What every page of one run and audience has around it. `alone`: the font is within the page, not beside it."""

    run: Mapping[str, Any]
    audience: str
    alone: bool = False

    @cached_property
    def css(self) -> str:
        """The style of reports and what these pages have beside it."""
        style = "".join((TEMPLATES / name).read_text(encoding="utf-8") for name in ("report.css", "sheet.css"))
        if not self.alone:
            return style
        font = base64.b64encode(FONT.read_bytes()).decode("ascii")
        return style.replace(OWN_FONT, f'url("data:font/woff2;base64,{font}")')

    @cached_property
    def record(self) -> dict[str, Any]:
        """Which case, scheme and version a page is from; of the inputs only the office is told."""
        record = {**record_of(self.run), "time": "", "versions": {}, "requirements_sha256": ""}
        return record if self.audience == INTERNAL else told_outside(record)

    @property
    def secret(self) -> str:
        """What the scheme says must not be disclosed; "" for what is public, or where it says nothing."""
        secrecy = self.run.get("secrecy")
        if not secrecy or self.audience == PUBLIC:
            return ""
        return f"不得泄露{'、'.join(secrecy['of'])}（{secrecy['article']}）"

    def context(self, title: str) -> dict[str, Any]:
        """What the templates are given for a page of this title."""
        label = LABELS[self.audience]
        return {
            "frame": {"css": self.css},
            "run": self.run,
            "page": None,
            "title": title + ("（演示数据）" if self.run.get("simulated") else ""),
            "running_head": css_text(f"{self.run['title']}　{label}"),
            "mark": label if self.audience == INTERNAL else "",
            "policy": policy(),
            "label": label,
            "secret": self.secret,
            "record": record_json(self.record),
            "record_line": record_line(self.record),
        }


def profile_page(profile: Profile, sheet: Sheet, more: str = "") -> str:
    """One subject's profile as HTML; `more` is the address of its derivation."""
    alt = f"{profile.subject}各部分得分率" + ("与同类中位数" if profile.compared else "")
    chart = rates_against_median(profile.parts, alt, profile.simulated)
    return render(
        "profile.html.j2",
        c=sheet.context(f"{profile.subject}：考核结果反馈"),
        p=profile,
        outcome=outcome(profile),
        parts=parts_rows(profile),
        items=item_lists(profile),
        reasons=reason_rows(profile),
        uses=profile.consequences.to_dict("records"),
        method=METHOD if profile.audience == SUBJECT else POSITIONS,
        chart=base64.b64encode(chart.png()).decode("ascii"),
        size=[round(inches * SCREEN_DPI) for inches in chart.get_size_inches()],
        alt=alt,
        more=more,
    )


def derivation_page(derivation: Derivation, sheet: Sheet) -> str:
    """One subject's derivation as HTML."""
    stages = [
        {
            "stage": stage.stage,
            "heading": stage.heading,
            "outcome": stage.outcome,
            "sections": [
                (f"{numeral}、{section.title}", blocks(section.items))
                for numeral, section in zip(NUMERALS, stage.sections, strict=False)
            ],
        }
        for stage in derivation.stages
    ]
    return render("derivation.html.j2", c=sheet.context(derivation.title), d=derivation, stages=stages)


def public_page(stages: Sequence[Mapping[str, Any]], sheet: Sheet) -> str:
    """Names of those who hold the best grade: stages with name, grade and rows (category, names)."""
    return render("public.html.j2", c=sheet.context(f"{sheet.run['title']}：名单"), stages=stages)


def handout_page(stages: Sequence, sheet: Sheet, about: str, figures: bool) -> str:
    """The office's own list of the pages: stages, of each its categories with rows of links."""
    title = f"{sheet.run['title']}：反馈页"
    return render("handout.html.j2", c=sheet.context(title), stages=stages, about=about, figures=figures)


def write_page(html: str, path: Path) -> None:
    """Write one page, line ends the same everywhere."""
    path.write_text(html, encoding="utf-8", newline="\n")
