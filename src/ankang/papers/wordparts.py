"""Parts of a Word paper that python-docx has no words for: ruled tables, page numbers, the record of printing.

Word wants the children of an element in the order of its schema: `put` names what must stand behind.
"""

from collections.abc import Sequence
from typing import Any

from docx.document import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.enum.text import WD_LINE_SPACING
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import qn
from docx.shared import Pt
from docx.table import _Cell

from ankang.papers.faces import FANGSONG, HEITI, dress
from ankang.papers.wordforms import Form

_BEHIND_SNAP = ("w:spacing", "w:ind", "w:jc", "w:rPr")
_BEHIND_TABS = ("w:snapToGrid", *_BEHIND_SNAP)
_BEHIND_BORDERS = ("w:shd", "w:tabs", *_BEHIND_TABS)
_THICK, _THIN = "8", "6"  # eighths of a point
_RECORD_PITCH = 20  # points from line to line of 版记
_BOX = """<mc:AlternateContent
 xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"
 xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"
 xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"
 xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"
 xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"><mc:Choice Requires="wps"><w:drawing>
<wp:anchor distT="{above}" distB="0" distL="0" distR="0" simplePos="0" relativeHeight="1" behindDoc="0" locked="0"
 layoutInCell="1" allowOverlap="0"><wp:simplePos x="0" y="0"/>
<wp:positionH relativeFrom="margin"><wp:align>left</wp:align></wp:positionH>
<wp:positionV relativeFrom="margin"><wp:align>bottom</wp:align></wp:positionV>
<wp:extent cx="{width}" cy="{height}"/><wp:effectExtent l="0" t="0" r="0" b="0"/><wp:wrapTopAndBottom/>
<wp:docPr id="1" name="版记"/><wp:cNvGraphicFramePr/><a:graphic>
<a:graphicData uri="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"><wps:wsp>
<wps:cNvSpPr txBox="1"/><wps:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="{width}" cy="{height}"/></a:xfrm>
<a:prstGeom prst="rect"><a:avLst/></a:prstGeom><a:noFill/><a:ln><a:noFill/></a:ln></wps:spPr>
<wps:txbx><w:txbxContent/></wps:txbx>
<wps:bodyPr lIns="0" tIns="0" rIns="0" bIns="0" anchor="b"><a:noAutofit/></wps:bodyPr>
</wps:wsp></a:graphicData></a:graphic></wp:anchor></w:drawing></mc:Choice></mc:AlternateContent>"""


def element(name: str, **attributes: object) -> Any:
    """Return a Word element: `element("w:top", val="single")`."""
    made = OxmlElement(name)
    for key, value in attributes.items():
        made.set(qn(f"w:{key}"), str(value))
    return made


def put(paragraph: Any, made: Any, behind: tuple[str, ...]) -> None:
    """Insert a property into a paragraph (or its style), before those that must stand behind it."""
    paragraph._element.get_or_add_pPr().insert_element_before(made, *behind)


def off_grid(paragraph: Any) -> None:
    """Let a paragraph's lines be as high as they say, whatever the grid of the page."""
    put(paragraph, element("w:snapToGrid", val=0), _BEHIND_SNAP)


def plain(style: Any) -> None:
    """Take from a built-in style what an official paper has none of: rules, spaces between 汉字 and figures."""
    properties = style._element.get_or_add_pPr()
    for name in ("w:pBdr", "w:contextualSpacing"):
        for found in properties.findall(qn(name)):
            properties.remove(found)
    for found in style._element.get_or_add_rPr().findall(qn("w:spacing")):
        found.getparent().remove(found)
    for name in ("w:autoSpaceDE", "w:autoSpaceDN"):
        put(style, element(name, val=0), _BEHIND_TABS)


def tighten(style: Any, form: Form) -> None:
    """Set the characters a little closer, so that a line takes as many as the standard says."""
    properties = style._element.get_or_add_rPr()
    properties.insert_element_before(
        element("w:spacing", val=form.tighten), "w:w", "w:kern", "w:sz", "w:szCs", "w:lang"
    )


def red_rule(paragraph: Any) -> None:
    """Draw the red line under the paper's number, 4 mm below it."""
    put(paragraph, _borders(bottom=("12", 11, "C00000")), _BEHIND_BORDERS)


def _borders(**sides: tuple[str, int, str]) -> Any:
    borders = element("w:pBdr")
    for side, (width, space, colour) in sides.items():
        borders.append(element(f"w:{side}", val="single", sz=width, space=space, color=colour))
    return borders


def ruled(document: Document, form: Form, block: dict[str, Any]) -> None:
    """Append a ruled table whose head repeats on every page and whose rows do not break."""
    rows = [block["head"], *block["rows"]]
    table = document.add_table(rows=len(rows), cols=len(block["head"]), style="Table Grid")
    table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    for column, share in zip(table.columns, block["widths"], strict=True):
        column.width = Pt(form.line * share / sum(block["widths"]))
    _narrow_margins(table)
    size = form.dense if block["is_dense"] else form.table
    heavy = {0, *range(len(rows) - block["totals"], len(rows))}
    for at, (row, texts) in enumerate(zip(table.rows, rows, strict=True)):
        row._tr.get_or_add_trPr().append(element("w:cantSplit"))
        _fill_row(row.cells, texts, size, HEITI if at in heavy else FANGSONG, block["left"] if at else ())
    table.rows[0]._tr.get_or_add_trPr().append(element("w:tblHeader"))


def _narrow_margins(table: Any) -> None:
    """Leave 3 points beside the text of a cell, as the PDF does."""
    margins = element("w:tblCellMar")
    for side in ("left", "right"):
        margins.append(element(f"w:{side}", w=60, type="dxa"))
    table._tbl.tblPr.insert_element_before(margins, "w:tblLook")


def _fill_row(cells: Sequence[_Cell], texts: Sequence[str], size: float, face: str, left: Sequence[int]) -> None:
    for at, (cell, text) in enumerate(zip(cells, texts, strict=True)):
        paragraph = cell.paragraphs[0]
        paragraph.alignment = ALIGN.LEFT if at in left else ALIGN.CENTER
        layout = paragraph.paragraph_format
        layout.space_before = layout.space_after = Pt(1)
        layout.line_spacing = 1
        off_grid(paragraph)
        dress(paragraph.add_run(text), face, Pt(size))
        cell._tc.get_or_add_tcPr().append(element("w:vAlign", val="center"))


def page_numbers(document: Document, section: Any, form: Form) -> None:
    """Write — 1 — at the outer corner, one character in: right on odd pages, left on even ones."""
    document.settings.odd_and_even_pages_header_footer = True
    for footer, align in ((section.footer, ALIGN.RIGHT), (section.even_page_footer, ALIGN.LEFT)):
        footer.is_linked_to_previous = False
        paragraph = footer.paragraphs[0]
        paragraph.alignment = align
        paragraph.paragraph_format.left_indent = paragraph.paragraph_format.right_indent = Pt(form.small)
        for piece in ("— ", "PAGE", " —"):
            run = paragraph.add_run("" if piece == "PAGE" else piece)
            dress(run, "宋体", Pt(form.small))
            if piece == "PAGE":
                _field(run, piece)


def _field(run: Any, name: str) -> None:
    instruction = element("w:instrText")
    instruction.text = name
    for part in (element("w:fldChar", fldCharType="begin"), instruction, element("w:fldChar", fldCharType="end")):
        run._r.append(part)


def printing_record(document: Document, form: Form, data: dict[str, Any]) -> None:
    """Put 版记 at the foot of the last page: ruled above, between and below, its last line on the page's last line.

    It is a text box that stands at the bottom of the text's area and is anchored in the last paragraph: Word and
    LibreOffice both keep it there, and let text stand above it only. (LibreOffice loses a frame of paragraphs and
    lets a floating table run with the text; a footer would stand on every page.)
    """
    lines = [f"抄送：{data['copies']}"] if data["copies"] else []
    lines += [f"{data['printed_by']}\t{data['printed_on']}"] if data["printed_by"] else []
    anchor = _low_paragraph(document)
    for text in lines:
        paragraph = document.add_paragraph()
        dress(paragraph.add_run(text), FANGSONG, Pt(form.small))
        layout = paragraph.paragraph_format
        layout.space_before = layout.space_after = Pt(0)
        layout.line_spacing_rule, layout.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(_RECORD_PITCH)
        thick, thin = (_THICK, 1, "000000"), (_THIN, 1, "000000")
        put(paragraph, _borders(top=thick, bottom=thick, between=thin), _BEHIND_BORDERS)
        _right_tab(paragraph, form)
    box = parse_xml(_BOX.format(width=Pt(form.line), height=Pt(len(lines) * (_RECORD_PITCH + 2) + 4), above=Pt(14)))
    inside = box.find(f".//{qn('w:txbxContent')}")
    for paragraph in document.paragraphs[-len(lines) :]:
        inside.append(paragraph._element)
    anchor.add_run()._r.append(box)


def _low_paragraph(document: Document) -> Any:
    """Append the paragraph in which the box is anchored, too low to make a page of its own."""
    paragraph = document.add_paragraph()
    layout = paragraph.paragraph_format
    layout.space_before = layout.space_after = Pt(0)
    layout.line_spacing_rule, layout.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(1)
    off_grid(paragraph)
    return paragraph


def _right_tab(paragraph: Any, form: Form) -> None:
    tabs = element("w:tabs")
    tabs.append(element("w:tab", val="right", pos=round(form.line * 20)))
    put(paragraph, tabs, _BEHIND_TABS)
