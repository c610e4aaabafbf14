"""The measures of a Word paper, its grid of characters, and the file itself without the day on which it was packed."""

from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from docx.document import Document
from docx.oxml import OxmlElement
from docx.oxml.ns import qn


@dataclass(frozen=True, slots=True)
class Form:
    """Millimetres: page, margins, `above` the red head, `foot` from text to page number. Points: `size` and on."""

    width: float
    height: float
    top: float
    left: float
    bottom: float
    right: float
    above: float
    foot: float
    size: float
    pitch: float
    title: float
    table: float
    dense: float
    small: float
    tighten: int  # twentieths of a point by which characters stand closer

    @property
    def line(self) -> float:
        """The width of the text in points."""
        return (self.width - self.left - self.right) / 25.4 * 72


# GB/T 9704: the same figures as `sizes` in templates/base.typ. 三号 is 16 points in Word, which takes no quarters:
# closer by a quarter, 28 characters stand on a line of 156 mm.
FORMS = {
    "a4": Form(210, 297, 37, 28, 35, 26, 35, 7, 16, 28.95, 22, 12, 10.5, 14, -5),
    "a5": Form(148, 210, 20, 17, 20, 15, 12, 5, 12, 21, 17, 9.5, 8.5, 10.5, 0),
}


def lay_grid(section: Any, form: Form) -> None:
    """Set the document grid: lines of one height. The characters' own spacing sees to their number (LibreOffice and
    WPS each draw a grid of characters in their own way).
    """
    properties = section._sectPr
    grid = properties.find(qn("w:docGrid"))
    if grid is None:
        grid = OxmlElement("w:docGrid")
        properties.append(grid)
    grid.attrib.pop(qn("w:charSpace"), None)
    grid.set(qn("w:type"), "lines")
    grid.set(qn("w:linePitch"), str(round(form.pitch * 20)))


def set_language(document: Document) -> None:
    """Chinese is what the spelling check shall expect."""
    for language in document.styles.element.iter(qn("w:lang")):
        language.set(qn("w:val"), "zh-CN")
        language.set(qn("w:eastAsia"), "zh-CN")


def repack(packed: bytes, at: datetime) -> bytes:
    """Return the same file with every entry dated `at`, so that equal contents are equal bytes."""
    stamp, out = at.astimezone(UTC).timetuple()[:6], BytesIO()
    with ZipFile(BytesIO(packed)) as old, ZipFile(out, "w", ZIP_DEFLATED) as new:
        for name in old.namelist():
            entry = ZipInfo(name, date_time=stamp)
            entry.compress_type = ZIP_DEFLATED
            new.writestr(entry, old.read(name))
    return out.getvalue()
