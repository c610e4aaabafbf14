"""What is sent as a photo or a PDF: by its content, whatever it is called; everything else is refused kindly."""

import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image
from pypdf import PdfReader, PdfWriter
from pypdf.generic import DictionaryObject, NameObject, TextStringObject
from tests.claims.acts import photo

from ankang.claims.scans import LARGEST, PAGES, SIDE, BadScan, read_scan


def pdf(pages: int = 1, password: str = "", script: str = "") -> bytes:
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(200, 300)
    if script:
        values = {"/S": NameObject("/JavaScript"), "/JS": TextStringObject(script)}
        action = DictionaryObject({NameObject(name): value for name, value in values.items()})
        writer.root_object[NameObject("/OpenAction")] = action
        writer.pages[0][NameObject("/AA")] = DictionaryObject({NameObject("/O"): action})
        writer.add_metadata({"/Author": "somebody"})
    if password:
        writer.encrypt(password, algorithm="RC4-128")
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def bomb(width: int, height: int) -> bytes:
    """Return a PNG of a few bytes that says it is as large as this."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def test_a_photo_is_written_anew_without_the_place_where_it_was_taken() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # held upright: turned by a quarter
    exif[0x010E] = "at home"
    exif.get_ifd(0x8825)[2] = (33.0, 23.0, 0.0)
    out = BytesIO()
    Image.new("RGB", (60, 40), "red").save(out, "JPEG", exif=exif)
    assert b"at home" in out.getvalue()
    scan = read_scan(out.getvalue())
    kept = Image.open(BytesIO(scan.content))
    assert (scan.media, kept.format, kept.size, dict(kept.getexif())) == ("image/jpeg", "JPEG", (40, 60), {})
    assert b"at home" not in scan.content


def test_a_png_becomes_a_jpeg_on_white_and_a_large_photo_smaller() -> None:
    out = BytesIO()
    Image.new("RGBA", (30, 20), (0, 0, 0, 0)).save(out, "PNG")
    kept = Image.open(BytesIO(read_scan(out.getvalue()).content))
    assert (kept.format, kept.getpixel((5, 5))) == ("JPEG", (255, 255, 255))
    kept = Image.open(BytesIO(read_scan(photo(4 * SIDE, 3 * SIDE)).content))
    assert kept.size == (SIDE, SIDE * 3 // 4)


def test_a_pdf_keeps_its_pages_and_no_script() -> None:
    scan = read_scan(pdf(3, script="app.alert('x')"))
    reader = PdfReader(BytesIO(scan.content))
    assert (scan.media, scan.pages, len(reader.pages)) == ("application/pdf", 3, 3)
    assert b"alert" not in scan.content
    assert b"somebody" not in scan.content
    assert "/AA" not in reader.pages[0]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "这个文件是空的"),
        (b"x" * 100, "这不是照片，也不是 PDF"),
        (b"GIF89a" + b"\0" * 50, "这不是照片，也不是 PDF"),
        (b"MZ" + b"\0" * 50, "这不是照片，也不是 PDF"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "这不是照片，也不是 PDF"),
        (b"\0\0\0\x18ftypheic" + b"\0" * 50, "HEIC"),
        (photo(400, 300)[:-300], "没有传完整"),
        (photo(400, 300, "PNG")[:-30], "没有传完整"),
        (b"\xff\xd8\xff" + b"x" * 200, "没有传完整"),
        (bomb(60_000, 60_000), "太大了|没有传完整"),
        (bomb(6_000, 6_000), "照片有 6000×6000 个点，太大了"),
        (b"\xff\xd8\xff" + b"\0" * LARGEST, "太大了"),
        (pdf()[:-40], "没有传完整"),
        (b"%PDF-1.7\n%%EOF", "这个 PDF 打不开"),
        (b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 1 0 R>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF", "PDF"),
        (pdf(password="secret"), "这个 PDF 有密码"),
        (pdf(PAGES + 1), f"这个 PDF 有 {PAGES + 1} 页"),
    ],
    ids=lambda value: value[:12] if isinstance(value, str) else "",
)
def test_what_cannot_be_kept_says_what_to_do(content: bytes, says: str) -> None:
    with pytest.raises(BadScan, match=says) as refused:
        read_scan(content)
    assert refused.value.fields["field"] == "scan"


def test_the_largest_and_the_longest_are_taken() -> None:
    content = photo()
    assert read_scan(content + b"\0" * (LARGEST - len(content))).media == "image/jpeg"
    assert read_scan(pdf(PAGES)).pages == PAGES
