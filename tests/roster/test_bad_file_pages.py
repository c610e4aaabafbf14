"""Files as people send them, through the page: a clear sentence or a clean import, never an error page, never half."""

import io
import struct
import zipfile
from collections.abc import Callable
from datetime import date

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from tests import factories
from tests.roster import files
from tests.roster.files import HEADER, number, row
from tests.roster.test_bad_files import BAD, with_part

from ankang.accounts.models import Desk, User
from ankang.installation.models import Installation
from ankang.roster.models import ImportRun, Resident, StagedImport

pytestmark = pytest.mark.django_db

GOOD = row("单秀兰", number(2))
BIRTH_HEADER = ("村居", "姓名", "身份证号", "出生日期")
OLE = bytes.fromhex("D0CF11E0A1B11AE1")


@pytest.fixture
def town(client_of: Callable[[User], Client]) -> Client:
    Installation.objects.create(pk=1, is_sample=True, demo_today=date(2024, 3, 4))
    return client_of(factories.user(Desk.TOWN))


def upload(client: Client, content: bytes, name: str = "名册.xlsx") -> str:
    """Upload a file and return the page that follows, which was no error page."""
    sent = client.post("/town/import/", {"file": SimpleUploadedFile(name, content)}, follow=True)
    assert sent.status_code in (200, 422)
    return sent.content.decode()


def confirmed(client: Client) -> ImportRun:
    waiting = StagedImport.objects.get(run=None)
    address = f"/town/import/waiting/{waiting.pk}/"
    client.post(address, {"seen": client.get(address).context["preview"].seen})
    return ImportRun.objects.get()


def book(*, merged: bool = False, hidden: bool = False, formula: str | None = None) -> bytes:
    buffer = io.BytesIO()
    made = xlsxwriter.Workbook(buffer)
    sheet = made.add_worksheet("名册")
    top = 0
    if merged:
        sheet.merge_range(0, 0, 0, len(HEADER) - 1, "01村老年人名册")
        top = 1
    sheet.write_row(top, 0, HEADER)
    sheet.write_row(top + 1, 0, GOOD)
    if formula is not None:
        sheet.write_formula(top + 1, 2, '="单"&"秀兰"', None, formula)
    if hidden:
        other = made.add_worksheet("说明")
        other.write(0, 0, "填表说明")
        other.hide()
    made.close()
    return buffer.getvalue()


def opendocument() -> bytes:
    """An .ods whose text is broken off (a whole one is read: tests/roster/test_ods.py)."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as target:
        target.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        target.writestr("content.xml", "<office:document-content/>")
    return buffer.getvalue()


def protected_xls() -> bytes:
    """A file of the old format whose first stream begins with BIFF's record FILEPASS."""
    record = struct.pack("<HHHH", 0x0809, 4, 0x0600, 0x0005) + struct.pack("<HH", 0x002F, 6) + b"\x01\x00" * 3
    return OLE + b"\0" * 504 + record + b"\0" * 2000


MORE_BAD: dict[str, tuple[Callable[[], bytes], str]] = {
    "ods": (opendocument, "已损坏"),
    "et of WPS": (lambda: OLE + b"\0" * 3000, "已损坏"),
    "old xls with a password": (protected_xls, "请"),
    "a formula without its value": (lambda: book(formula=""), "公式"),
    "a formula with its value": (lambda: book(formula="单秀兰"), "公式"),
    "two hundred copies of a sheet's text": (
        lambda: with_part("xl/sharedStrings.xml", b" " * (201 * 1024 * 1024)),
        "解压后超过200MB",
    ),
}


@pytest.mark.parametrize("kind", [*BAD, *MORE_BAD])
def test_a_bad_file_is_told_in_one_sentence_on_the_page(kind: str, town: Client) -> None:
    make, words = (BAD | MORE_BAD)[kind]
    page = upload(town, make())
    # An empty file is told by the form itself, before anything looks into it.
    assert words in page or (kind == "empty" and "文件是空的" in page)
    assert "请" in page
    assert not any(model.objects.exists() for model in (StagedImport, ImportRun, Resident))


def cells(*rows: str, encoding: str = "utf-8", newline: str = "\r\n") -> bytes:
    return newline.join(rows).encode(encoding)


PLAIN = ("村居,姓名,身份证号,地址", f"01村,单秀兰,{number(2)},3组")
CLEAN: dict[str, bytes] = {
    "merged cells above the header": book(merged=True),
    "a hidden sheet of explanations": book(hidden=True),
    "gb18030": cells(*PLAIN, encoding="gb18030"),
    "utf-8 with a mark": cells(*PLAIN, encoding="utf-8-sig"),
    "utf-16 with tabs, Excel's Unicode text": cells(*(line.replace(",", "\t") for line in PLAIN), encoding="utf-16"),
    "semicolons": cells(*(line.replace(",", ";") for line in PLAIN)),
    "old line ends": cells(*PLAIN, newline="\r"),
    "a line break and a comma in quotes": cells(PLAIN[0], f'01村,单秀兰,{number(2)},"3组,\n东头"'),
    "empty rows and columns": cells("", ",,,,,", f",{PLAIN[0]},", "", f",{PLAIN[1]},", ",,,", ""),
    "the header again on each page": cells(*PLAIN, PLAIN[0], "合计,1"),
}


@pytest.mark.parametrize("kind", CLEAN)
def test_an_odd_file_goes_in_clean(kind: str, town: Client) -> None:
    page = upload(town, CLEAN[kind], "名册.csv" if b"PK" not in CLEAN[kind][:2] else "名册.xlsx")
    assert "还没有写入，请先核对" in page
    run = confirmed(town)
    assert (run.added, run.rejected, run.warned) == (1, 0, 0)
    assert Resident.objects.get().name == "单秀兰"


@pytest.mark.parametrize(
    "birth", ["1950/5/6", "1950.5.6", "19500506", "1950年5月6日", "1950-05-06", 18389, 18389.0, date(1950, 5, 6)]
)
def test_a_day_of_birth_in_any_form_is_understood(birth: object, town: Client) -> None:
    upload(town, files.xlsx(["01村", "单秀兰", number(2), birth], header=BIRTH_HEADER))
    run = confirmed(town)
    assert (run.added, run.warned) == (1, 0)


@pytest.mark.parametrize("typed", ["3.2E+17", 3.29900195005060e17, 329900195005060000])
def test_a_number_that_was_rounded_is_refused_with_the_reason(typed: object, town: Client) -> None:
    upload(town, files.xlsx(GOOD, ["01村", "", "李国强", typed]))
    run = confirmed(town)
    assert (run.added, run.rejected) == (1, 1)
    assert "后几位已经丢失" in run.rows.get().reason
