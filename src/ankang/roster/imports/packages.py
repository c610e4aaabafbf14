"""An xlsx or ods is a zip of XML: looked through before a reader may unfold it (bombs, far cells, formulas)."""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from xml.etree import ElementTree

from ankang.roster.imports import opendocument
from ankang.rules.errors import InvalidInput

MAX_EXPANDED = 200 * 1024 * 1024
MAX_COLUMNS = 104  # A to CZ
MAX_ROWS = 99_999
MAX_WRITTEN = 5_000_000  # cells that are in the file, of all sheets together
_CHUNK = 1024 * 1024
_TOO_FAR = re.compile(rb"""r=["'](?:([A-Z]{3,}|[D-Z][A-Z])\d|[A-Z]{0,2}\d{6})""")
_FORMULA = re.compile(rb"""<c r=["']([A-Z]+)(\d+)["'][^>]*><f""")
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def inspect(content: bytes) -> dict[str, dict[str, int]]:
    """Return, by sheet name, the columns with formulas and the first row of each.

    Errors: InvalidInput for a zip that is no xlsx or ods, has a password, unfolds past 200 MB, or has cells past CZ
    or 99999.
    """
    try:
        package = zipfile.ZipFile(io.BytesIO(content))
        parts = dict(_parts(package))
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError) as error:
        raise _refused("这不是能读的Excel文件，或文件已损坏。", _SAVE_AS) from error
    if "content.xml" in parts and "xl/workbook.xml" not in parts:
        return opendocument.inspect(parts, opendocument.Limits(MAX_COLUMNS, MAX_ROWS, MAX_WRITTEN))
    if "xl/workbook.xml" not in parts:
        raise _refused("这不是xlsx表格（像是Word文档、压缩包或别的格式）。", _SAVE_AS)
    sheets = {name: xml for name, xml in parts.items() if name.startswith("xl/worksheets/")}
    for xml in sheets.values():
        _refuse_far_cells(xml)
    if sum(xml.count(b"<c") for xml in sheets.values()) > MAX_WRITTEN:  # also cells that do not say where they are
        raise _refused("表格里的格子太多。", "请只留名册一张工作表，删去用不到的列，保存后再上传。")
    try:
        names = _sheet_names(parts)
    except ElementTree.ParseError as error:
        raise _refused("Excel文件已损坏。", _SAVE_AS) from error
    return {names[part]: _formulas(xml) for part, xml in sheets.items() if part in names}


_SAVE_AS = "请用Excel或WPS打开，另存为“Excel工作簿(*.xlsx)”后再上传。"


def _parts(package: zipfile.ZipFile) -> Iterator[tuple[str, bytes]]:
    """Unfold every part, counting: the sizes that a zip states about itself are not believed."""
    left = MAX_EXPANDED
    for info in package.infolist():
        if info.flag_bits & 0x1:
            raise _refused("文件设了密码，打不开。", "请在Excel里取消密码并保存后再上传。")
        info.file_size = MAX_EXPANDED + 1
        chunks = []
        with package.open(info) as part:
            while chunk := part.read(_CHUNK):
                left -= len(chunk)
                if left < 0:
                    raise _refused("文件解压后超过200MB，不是正常的名册。", "请只留名册一张工作表，另存后再上传。")
                if info.filename.endswith((".xml", ".rels")):
                    chunks.append(chunk)
        yield info.filename.lstrip("/"), b"".join(chunks)


def _refuse_far_cells(xml: bytes) -> None:
    found = _TOO_FAR.search(xml)
    if found is None:
        return
    if found.group(1):
        raise _refused("表格超过104列。", "请删去右边用不到的列（选中后删除，不只是清空），保存后再上传。")
    raise _refused("表格超过99999行。", "请删去下面的空白行，或按村拆成几份后再上传。")


def _formulas(xml: bytes) -> dict[str, int]:
    found: dict[str, int] = {}
    if b"<f" in xml:
        for match in _FORMULA.finditer(xml):
            found.setdefault(match.group(1).decode(), int(match.group(2)))
    return found


def _sheet_names(parts: dict[str, bytes]) -> dict[str, str]:
    """Return part name -> sheet name, through the workbook's relations."""
    relations = ElementTree.fromstring(parts.get("xl/_rels/workbook.xml.rels", b"<none/>"))
    targets = {item.get("Id"): item.get("Target", "") for item in relations}
    names = {}
    for item in ElementTree.fromstring(parts["xl/workbook.xml"]).iter():
        if item.tag.endswith("}sheet"):
            target = targets.get(item.get(_RELATION), "")
            part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            names[part] = item.get("name", "")
    return names


def _refused(what: str, fix: str) -> InvalidInput:
    return InvalidInput(f"{what}{fix}", field="file")
