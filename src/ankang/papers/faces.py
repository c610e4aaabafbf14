"""Typefaces of official papers in Word, and what stands in where a machine has none of them."""

from typing import Any

from docx.document import Document
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.oxml import serialize_part_xml
from docx.oxml import OxmlElement
from docx.oxml.ns import nsdecls, qn
from docx.oxml.parser import parse_xml
from docx.shared import Length, RGBColor

XIAOBIAOSONG = "方正小标宋简体"
FANGSONG = "仿宋_GB2312"
HEITI = "黑体"
KAITI = "楷体_GB2312"

# face -> what Word and WPS take instead, in this order, when it is not installed
SUBSTITUTES = {
    XIAOBIAOSONG: "小标宋,FZXiaoBiaoSong-B05S,华文中宋,STZhongsong,宋体,SimSun,Noto Sans CJK SC",
    FANGSONG: "仿宋,FangSong,华文仿宋,STFangsong,Noto Sans CJK SC",
    HEITI: "SimHei,微软雅黑,Noto Sans CJK SC",
    KAITI: "楷体,KaiTi,华文楷体,STKaiti,Noto Sans CJK SC",
}


def dress(styled: Any, name: str, size: Length) -> None:
    """Set a run's or a style's face for Chinese and Latin alike, its size, black and upright."""
    font = styled.font
    font.name, font.size, font.bold, font.italic = name, size, False, False
    font.color.rgb = RGBColor(0, 0, 0)
    faces = styled.element.get_or_add_rPr().get_or_add_rFonts()
    for kind in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
        faces.attrib.pop(qn(kind), None)
    for kind in ("w:ascii", "w:hAnsi", "w:eastAsia", "w:cs"):
        faces.set(qn(kind), name)


def name_substitutes(document: Document) -> None:
    """Write the font table: every face with its substitutes (w:altName)."""
    fonts = parse_xml(f"<w:fonts {nsdecls('w')}/>")
    for name, others in SUBSTITUTES.items():
        font = _child(fonts, "w:font", "w:name", name)
        _child(font, "w:altName", "w:val", others)
        _child(font, "w:charset", "w:val", "86")
    part = document.part.part_related_by(RELATIONSHIP_TYPE.FONT_TABLE)
    part._blob = serialize_part_xml(fonts)


def _child(parent: Any, name: str, key: str, value: str) -> Any:
    child = OxmlElement(name)
    child.set(qn(key), value)
    parent.append(child)
    return child
