"""Files that are no roster get one clear sentence, and nothing is written."""

import io
import re
import struct
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
import xlsxwriter
from tests import factories
from tests.roster.files import HEADER, csv, number, row, xlsx

from ankang.accounts.models import Desk
from ankang.roster.actions import import_roster
from ankang.roster.imports import packages, sheets
from ankang.roster.models import ImportRun, Resident
from ankang.rules.errors import InvalidInput

GOOD = row("单秀兰", number(2))
OLE = bytes.fromhex("D0CF11E0A1B11AE1")


def with_part(name: str, body: bytes, *, stated: int | None = None) -> bytes:
    """A good workbook whose part `name` is replaced; `stated` is the unfolded size that the zip claims."""
    source, buffer = zipfile.ZipFile(io.BytesIO(xlsx(GOOD))), io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        for item in source.namelist():
            if item != name:
                target.writestr(item, source.read(item))
        target.writestr(name, body)
    content = buffer.getvalue()
    return content if stated is None else content.replace(struct.pack("<L", len(body)), struct.pack("<L", stated))


def sheet_xml(cells: str) -> bytes:
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'<worksheet xmlns="{space}"><sheetData>{cells}</sheetData></worksheet>'.encode()


def two_sheets() -> bytes:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer)
    for name in ("01村", "02村"):
        sheet = book.add_worksheet(name)
        sheet.write_row(0, 0, HEADER)
        sheet.write_row(1, 0, GOOD)
    book.close()
    return buffer.getvalue()


def with_flag() -> bytes:
    """A zip whose parts say that they are encrypted."""
    content = bytearray(xlsx(GOOD))
    for mark, offset in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        for match in re.finditer(re.escape(mark), bytes(content)):
            content[match.start() + offset] |= 1
    return bytes(content)


def word() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as target:
        target.writestr("word/document.xml", "<w/>")
    return buffer.getvalue()


BAD: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty": (lambda: b" \r\n", "文件是空的"),
    "too large": (lambda: b"x" * (sheets.MAX_BYTES + 1), "文件超过20MB"),
    "picture": (lambda: b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)), "这不是Excel或csv表格"),
    "pdf": (lambda: b"%PDF-1.7 abc", "只是名字像表格"),
    "web page": (lambda: "<html><table><tr><td>姓名".encode("gb18030"), "只是名字像表格"),
    "text": ("今天天气很好".encode, "没有找到“姓名”、“身份证号”的表头"),
    "broken zip": (lambda: xlsx(GOOD)[:-200], "已损坏"),
    "broken part": (lambda: xlsx(GOOD).replace(b"xl/worksheets", b"xl/worksheetz"), "已损坏"),
    "zip of something": (lambda: with_part("xl/workbook.xml", b"<nothing"), "已损坏"),
    "password (xlsx)": (lambda: OLE + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"), "设了密码"),
    "password (zip)": (with_flag, "设了密码"),
    "broken xls": (lambda: OLE + b"\0" * 3000, "已损坏"),
    "60000 columns": (
        lambda: with_part("xl/worksheets/sheet1.xml", sheet_xml('<row r="1"><c r="CJHO1"><v>1</v></c></row>')),
        "超过104列",
    ),
    "105 columns": (lambda: xlsx(GOOD, header=[*HEADER, *["备注"] * 97]), "超过104列"),
    "a million rows": (
        lambda: with_part("xl/worksheets/sheet1.xml", sheet_xml('<row r="1048576"><c r="A1048576"><v>1</v></c></row>')),
        "超过99999行",
    ),
    "csv of 60000 columns": (("姓名,身份证号" + "," * 60_000).encode, "超过104列"),
    "csv with a hanging quote": (lambda: b'\xef\xbb\xbfname,"' + b"x" * 200_000, "引号不成对"),
    "header in two rows": (
        lambda: xlsx(["", "", "", "", "", "", "本人电话", "子女电话"], GOOD, header=[*HEADER[:6], "联系电话", ""]),
        "表头占了两行（第1、2行）",
    ),
    "number twice": (lambda: xlsx(GOOD, header=[*HEADER, "证件号码"]), "“身份证号”有2列（D、I列）"),
    "no number": (lambda: xlsx(GOOD, header=[*HEADER[:3], "编号"]), "没有找到“身份证号”的表头"),
    "no header": (lambda: xlsx(header=GOOD), "没有找到“姓名”、“身份证号”的表头"),
    "formulas": (lambda: xlsx(GOOD, row("李强", "=A1")), "D列“身份证号”从第3行起是公式"),
    "two rosters": (two_sheets, "有2张工作表都像名册（“01村”、“02村”）"),
    "word": (word, "这不是xlsx表格"),
}


@pytest.mark.django_db
@pytest.mark.parametrize("kind", BAD)
def test_a_bad_file_gets_one_sentence(kind: str) -> None:
    make, message = BAD[kind]
    user = factories.user(Desk.TOWN)
    with pytest.raises(InvalidInput) as caught:
        import_roster(
            by=user,
            division=user.division,
            file_name="名册.xlsx",
            content=make(),
            today=date(2024, 3, 4),
            now=datetime(2024, 3, 4, tzinfo=UTC),
        )
    assert message in caught.value.message
    assert "请" in caught.value.message
    assert "\n" not in caught.value.message
    assert (ImportRun.objects.count(), Resident.objects.count()) == (0, 0)


@pytest.mark.django_db
def test_a_null_character_written_out_goes_no_further() -> None:
    def line(*texts: str) -> str:
        return "<row>" + "".join(f'<c t="inlineStr"><is><t>{text}</t></is></c>' for text in texts) + "</row>"

    cells = line("村居", "姓名", "身份证号", "备_x0000_注") + line("01村", "单_x0000_秀兰", number(2), "x")
    cells += line("01村", "9_x0000_", number(3), "_x0000_")
    user = factories.user(Desk.TOWN)
    run = import_roster(
        by=user,
        division=user.division,
        file_name="名册.xlsx",
        content=with_part("xl/worksheets/sheet1.xml", sheet_xml(cells)),
        today=date(2024, 3, 4),
        now=datetime(2024, 3, 4, tzinfo=UTC),
    )
    assert (run.added, run.rejected, run.header[3]) == (1, 1, "备注")
    assert Resident.objects.get().name == "单秀兰"


def far_apart(sheet_count: int) -> bytes:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer)
    for _ in range(sheet_count):
        sheet = book.add_worksheet()
        sheet.write(0, 0, "姓名")
        sheet.write(999, 9, "完")
    book.close()
    return buffer.getvalue()


def test_empty_cells_between_far_ones_are_counted_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MAX_CELLS", 20_000)
    assert len(sheets.read_sheets(far_apart(2))) == 2
    with pytest.raises(InvalidInput, match="几张工作表加起来太大"):
        sheets.read_sheets(far_apart(3))


def test_cells_that_do_not_say_where_they_are_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "MAX_WRITTEN", 10_000)
    content = with_part("xl/worksheets/sheet1.xml", sheet_xml("<row>" + "<c/>" * 10_001 + "</row>"))
    with pytest.raises(InvalidInput, match="格子太多"):
        sheets.read_sheets(content)


def test_a_csv_of_a_million_lines_is_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MAX_ROWS", 3)
    assert len(sheets.read_sheets(b"a\nb\nc")[0].rows) == 3
    with pytest.raises(InvalidInput, match="表格超过3行"):
        sheets.read_sheets(b"a\nb\nc\nd" + b'\n"broken' * 3)


@pytest.mark.parametrize("stated", [None, 1000])
def test_a_bomb_is_counted_while_it_unfolds(monkeypatch: pytest.MonkeyPatch, stated: int | None) -> None:
    monkeypatch.setattr(packages, "MAX_EXPANDED", 3_000_000)
    content = with_part("xl/sharedStrings.xml", b" " * 3_000_001, stated=stated)
    assert len(content) < 20_000
    with pytest.raises(InvalidInput, match="解压后超过200MB"):
        sheets.read_sheets(content)


def test_formulas_beside_the_used_columns_do_no_harm() -> None:
    content = xlsx([*GOOD, "=1+1"], header=[*HEADER, "年龄"])
    assert sheets.read_sheets(content)[0].formulas == {"I": 2}


def test_the_widest_and_longest_that_is_read() -> None:
    assert len(sheets.read_sheets(xlsx(GOOD, header=[*HEADER, *["备注"] * 96]))[0].rows[0]) == 104
    assert sheets.read_sheets(csv(GOOD))[0].rows[1][2] == "单秀兰"
