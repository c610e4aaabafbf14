"""A workbook as LibreOffice and some WPS save it (.ods): it comes in by the same door as an xlsx."""

import io
import zipfile
from datetime import date

import pytest
from tests import factories
from tests.roster.files import number
from tests.roster.test_lists import confirmed, staged

from ankang.accounts.models import Desk
from ankang.roster.imports import packages
from ankang.roster.imports.sheets import read_sheets
from ankang.roster.models import Resident
from ankang.rules.errors import InvalidInput

_SPACES = " ".join(
    f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{short}:1.0"' for short in ("office", "table", "text")
)
_EMPTY_END = (
    '<table:table-row table:number-rows-repeated="1048570"><table:table-cell table:number-columns-repeated="16384"/>'
    "</table:table-row>"
)


def cell(text: str, more: str = "") -> str:
    return f'<table:table-cell office:value-type="string"{more}><text:p>{text}</text:p></table:table-cell>'


def row(*cells: str, times: int = 1) -> str:
    return f'<table:table-row table:number-rows-repeated="{times}">{"".join(cells)}</table:table-row>'


def ods(*rows: str, kind: str = "spreadsheet", manifest: str = "", before: str = "") -> bytes:
    """Return a document as an office program writes it: one sheet, blank to its far end."""
    table = f'<table:table table:name="名册">{"".join(rows)}{_EMPTY_END}</table:table>' if kind == "spreadsheet" else ""
    body = f"<office:body><office:{kind}>{table}</office:{kind}></office:body>"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("mimetype", f"application/vnd.oasis.opendocument.{kind}", zipfile.ZIP_STORED)
        made.writestr("META-INF/manifest.xml", f"<manifest>{manifest}</manifest>")
        made.writestr("content.xml", f"{before}<office:document-content {_SPACES}>{body}</office:document-content>")
    return buffer.getvalue()


HEAD = row(*map(cell, ("村居", "姓名", "身份证号")), '<table:table-cell table:number-columns-repeated="16381"/>')


def test_rows_days_numbers_and_formulas_are_read() -> None:
    day = '<table:table-cell office:value-type="date" office:date-value="1948-07-15"/>'
    sum_ = '<table:table-cell table:formula="of:=1+1" office:value-type="float" office:value="2"/>'
    sheet = read_sheets(ods(HEAD, row("<table:table-cell/>", cell("王秀兰"), day, sum_, times=2)))[0]
    assert (sheet.name, list(sheet.rows[0])[:3]) == ("名册", ["村居", "姓名", "身份证号"])
    assert [list(cells) for cells in sheet.rows[1:]] == [["", "王秀兰", date(1948, 7, 15), 2]] * 2
    assert sheet.formulas == {"D": 2}


@pytest.mark.django_db
def test_a_register_comes_in() -> None:
    town = factories.user(Desk.TOWN)
    content = ods(
        HEAD, row(cell("01村"), cell("王秀兰"), cell(number(2))), row(cell("01村"), cell("李桂英"), cell("3.2E+17"))
    )
    run = confirmed(town, staged(town, content, file_name="名册.ods"))
    assert (run.kind, run.added, run.rejected) == ("roster", 1, 1)
    assert Resident.objects.get().name == "王秀兰"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (ods(kind="text"), "这不是表格"),
        (ods(HEAD, manifest="<encryption-data/>"), "设了密码"),
        (ods(HEAD, before='<!DOCTYPE x [<!ENTITY a "aa">]>'), "已损坏"),
        (ods(HEAD, "<table:table-row>"), "已损坏"),
        (ods(row(cell("x"), times=-(10**30)), '<table:table-row table:number-rows-repeated="x"/>'), "已损坏"),
        (ods(HEAD, row(cell("x", ' table:number-columns-repeated="1000000000"'))), "表格超过104列"),
        (ods(HEAD, row(cell("x"), times=1_000_000_000)), "表格超过99999行"),
        (ods(HEAD, row(times=99_999), row(cell("x"))), "表格超过99999行"),
    ],
    ids=["text", "password", "entities", "broken", "no figure", "wide", "long", "far"],
)
def test_what_is_no_such_file_gets_one_sentence(content: bytes, says: str) -> None:
    with pytest.raises(InvalidInput, match=says):
        read_sheets(content)


def test_repeated_cells_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "MAX_WRITTEN", 3 + 20)
    twenty = row(cell("x", ' table:number-columns-repeated="2"'), times=10)
    assert len(read_sheets(ods(HEAD, twenty))[0].rows) == 11
    monkeypatch.setattr(packages, "MAX_WRITTEN", 3 + 19)
    with pytest.raises(InvalidInput, match="格子太多"):
        read_sheets(ods(HEAD, twenty))


def test_a_wps_et_says_how_to_save_it() -> None:
    with pytest.raises(InvalidInput, match="另存为“Excel工作簿"):
        read_sheets(bytes.fromhex("D0CF11E0A1B11AE1") + bytes(600))
