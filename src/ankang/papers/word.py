"""The same official paper as Word, for offices that go on editing: drawn from the very data that the PDF is drawn from.

The faces are named as GB/T 9704-2012 wants them; `faces.py` tells Word what to take where a machine lacks one.
"""

from datetime import datetime
from io import BytesIO
from typing import Any

import docx
from docx.document import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.enum.text import WD_LINE_SPACING
from docx.shared import Mm, Pt, RGBColor
from docx.text.paragraph import Paragraph

from ankang.papers.clean import printable
from ankang.papers.faces import FANGSONG, HEITI, KAITI, XIAOBIAOSONG, dress, name_substitutes
from ankang.papers.paper import Paper
from ankang.papers.wordforms import FORMS, Form, lay_grid, repack, set_language
from ankang.papers.wordparts import off_grid, page_numbers, plain, printing_record, red_rule, ruled, tighten

_RED = RGBColor(0xC0, 0, 0)
_Data = dict[str, Any]


def paper_word(paper: Paper, *, at: datetime) -> bytes:
    """Return an official paper as a .docx file. `at` as in `pdf`: the same paper and instant give the same bytes."""
    data, form = printable(paper.as_data()), FORMS[paper.size]
    document = docx.Document()
    _set_up(document, form, data, at)
    if data["organ"]:
        _red_head(document, form, data)
    _title(document, form, data["title"])
    if data["to"]:
        _line(document, form, data["to"])
    _body(document, form, data)
    if data["printed_by"] or data["copies"]:
        printing_record(document, form, data)
    out = BytesIO()
    document.save(out)
    return repack(out.getvalue(), at)


def _body(document: Document, form: Form, data: _Data) -> None:
    """The text, the signature at its end, and what is annexed behind."""
    blocks = data["blocks"]
    cut = next((at for at, block in enumerate(blocks) if block["kind"] == "annex"), len(blocks))
    for block in blocks[:cut]:
        _draw(document, form, block)
    if cut and blocks[cut - 1]["kind"] == "text":  # the signature must not stand alone on a page
        document.paragraphs[-1].paragraph_format.keep_with_next = True
    _signature(document, form, data)
    for block in blocks[cut:]:
        _draw(document, form, block)


def _set_up(document: Document, form: Form, data: _Data, at: datetime) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(form.width), Mm(form.height)
    section.top_margin, section.left_margin = Mm(form.top), Mm(form.left)
    section.bottom_margin, section.right_margin = Mm(form.bottom), Mm(form.right)
    section.footer_distance = Mm(form.bottom - form.foot - 5)  # 5 mm: the number's own line
    lay_grid(section, form)
    for name in ("Normal", "Title", "Heading 1", "Heading 2"):
        plain(document.styles[name])
    dress(document.styles["Normal"], FANGSONG, Pt(form.size))
    tighten(document.styles["Normal"], form)
    set_language(document)
    page_numbers(document, section, form)
    core = document.core_properties
    core.title, core.author, core.last_modified_by, core.comments = data["title"], data["signed"], data["signed"], ""
    core.created = core.modified = at.replace(tzinfo=None) - (at.utcoffset() or at - at)
    name_substitutes(document)


def _line(
    document: Document, form: Form, text: str = "", *, align: ALIGN = ALIGN.JUSTIFY, style: str | None = None
) -> Paragraph:
    """Append a paragraph on the grid: lines of one height, no gaps between paragraphs."""
    paragraph = document.add_paragraph(text, style=style)
    paragraph.alignment = align
    layout = paragraph.paragraph_format
    layout.space_before = layout.space_after = Pt(0)
    layout.line_spacing_rule, layout.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(form.pitch)
    layout.widow_control = True
    return paragraph


def _red_head(document: Document, form: Form, data: _Data) -> None:
    head = _line(document, form, align=ALIGN.CENTER)
    head.paragraph_format.line_spacing_rule = WD_LINE_SPACING.SINGLE
    head.paragraph_format.space_before = Mm(form.above)
    run = head.add_run(data["organ"])
    dress(run, XIAOBIAOSONG, Pt(data["organ_pt"]))
    run.font.color.rgb = _RED
    _line(document, form)
    red_rule(_line(document, form, data["number"], align=ALIGN.CENTER))
    _line(document, form)


def _title(document: Document, form: Form, text: str) -> None:
    title = _line(document, form, align=ALIGN.CENTER, style="Title")
    title.paragraph_format.line_spacing = Pt(form.title * 1.5)
    title.paragraph_format.space_after = Pt(form.pitch / 2)
    off_grid(title)
    dress(title.add_run(text), XIAOBIAOSONG, Pt(form.title))


def _draw(document: Document, form: Form, block: _Data) -> None:
    match block["kind"]:
        case "heading":
            heading = _line(document, form, style=f"Heading {block['level']}")
            dress(heading.add_run(block["text"]), HEITI if block["level"] == 1 else KAITI, Pt(form.size))
            _indent(heading, form)
        case "text":
            _indent(_line(document, form, block["text"]), form)
        case "table":
            if block["caption"]:
                caption = _line(document, form, align=ALIGN.CENTER)
                dress(caption.add_run(block["caption"]), FANGSONG, Pt(form.small))
                caption.paragraph_format.keep_with_next = True
            ruled(document, form, block)
        case "annex":
            label = _line(document, form)
            label.paragraph_format.page_break_before = True
            dress(label.add_run(block["label"]), HEITI, Pt(form.size))
            _title(document, form, block["title"])


def _indent(paragraph: Paragraph, form: Form) -> None:
    paragraph.paragraph_format.first_line_indent = Pt(2 * form.size)


def _signature(document: Document, form: Form, data: _Data) -> None:
    """Name above day, both ending four characters before the margin."""
    texts = [text for text in (data["signed"], data["day"]) if text]
    for at, text in enumerate(texts):
        line = _line(document, form, text, align=ALIGN.RIGHT)
        line.paragraph_format.right_indent = Pt(4 * form.size)
        line.paragraph_format.space_before = Pt(0 if at else form.pitch)
        line.paragraph_format.keep_with_next = at + 1 < len(texts)
