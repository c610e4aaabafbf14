"""PDF by typst. Templates and font come with the product; data goes in beside the source, never into it."""

import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

import typst
from noto_cjk_sans_otc import FONT_PATH

from ankang.papers.clean import printable
from ankang.papers.paper import Paper

_TEMPLATES = files("ankang.papers") / "templates"


class UnknownTemplate(LookupError):
    """There is no such file in `templates/`: a mistake in the program, not of a person."""


def pdf(template: str, data: Mapping[str, Any], *, at: datetime) -> bytes:
    """Return a template of `templates/` filled with data, as PDF.

    data: what JSON can say; the template reads it as `data` from `base.typ`, so a name such as `#[x]$` stays a name.
    at: the instant that the file bears, with its zone; the same data and instant give the same bytes.
    Errors: UnknownTemplate.
    """
    sources = _sources()
    if f"{template}.typ" not in sources:
        raise UnknownTemplate(template)
    compiled: Any = typst.compile  # its stubs leave out several files at once
    filled: bytes = compiled(
        {**sources, "main.typ": sources[f"{template}.typ"]},
        format="pdf",
        font_paths=_fonts(),
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(printable(data), ensure_ascii=False)},
        timestamp=int(at.timestamp()),
    )
    return filled


def paper_pdf(paper: Paper, *, at: datetime) -> bytes:
    """Return an official paper as PDF. `at` as in `pdf`."""
    return pdf("official", paper.as_data(), at=at)


@cache
def _sources() -> dict[str, bytes]:
    return {item.name: item.read_bytes() for item in _TEMPLATES.iterdir() if item.name.endswith(".typ")}


@cache
def _fonts() -> typst.Fonts:
    """Only the font of the wheel: what is printed must not depend on the machine."""
    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONT_PATH.parent.as_posix()]
    )
