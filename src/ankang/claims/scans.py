"""What somebody sent as a photo or a PDF: looked at by its content, whatever its name says, and written anew.

Writing anew is what makes it safe and small: no place where the photo was taken, no script, nothing that hides behind
the picture. A photo becomes a JPEG of at most `SIDE` pixels, a PDF keeps its pages and nothing else.
"""

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageOps
from pypdf import PdfReader, PdfWriter
from pypdf.generic import NameObject

from ankang.rules.errors import InvalidInput

LARGEST = 10 * 1024 * 1024  # bytes that are taken
JPEG_PIXELS, PNG_PIXELS = 110_000_000, 30_000_000  # a JPEG is decoded scaled down, a PNG whole
SIDE = 2600  # pixels of the longer side: an A4 page at 220 dpi
PAGES = 40
JPEG, PDF = "image/jpeg", "application/pdf"

_HEIC_BRANDS = (b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"heif", b"avif")


class BadScan(InvalidInput):
    """What was sent is no photo or PDF that can be kept. The message says what to do."""

    code = "bad_scan"


@dataclass(frozen=True, slots=True)
class Scan:
    """A paper as it is kept: its media type, its bytes, its pages."""

    media: str
    content: bytes
    pages: int = 1


def read_scan(content: bytes) -> Scan:
    """Return what is kept of an uploaded file. Errors: BadScan, `field` scan."""
    if not content:
        raise _bad("这个文件是空的", "请重新拍照，或者重新选一个文件")
    if len(content) > LARGEST:
        raise _bad(f"文件有 {len(content) / 1024 / 1024:.0f} MB，太大了", "请选 10 MB 以内的照片或 PDF")
    read = _reader_of(content)
    if read is None:
        raise _bad("这不是照片，也不是 PDF", "请拍照上传，或者选 JPG、PNG 照片或 PDF 文件")
    return read(content)


def _reader_of(content: bytes) -> Callable[[bytes], Scan] | None:
    if content.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")):
        return _photo
    if content.startswith(b"%PDF-"):
        return _pdf
    if content[4:8] == b"ftyp" and content[8:12] in _HEIC_BRANDS:
        raise _bad(
            "这是苹果手机的 HEIC 照片，这里打不开",
            "请截一张屏再上传截图，或在手机“设置—相机—格式”里选“兼容性最佳”后重拍",
        )
    return None


def _photo(content: bytes) -> Scan:
    try:
        return Scan(JPEG, _rewritten(content))
    except BadScan:
        raise
    except Exception as error:  # whatever a broken picture makes the decoder say
        raise _bad("这张照片打不开，可能没有传完整", "请重新拍一张再上传") from error


def _rewritten(content: bytes) -> bytes:
    with Image.open(BytesIO(content), formats=["JPEG", "PNG"]) as picture:
        width, height = picture.size
        if width * height > (JPEG_PIXELS if picture.format == "JPEG" else PNG_PIXELS):
            raise _bad(f"照片有 {width}×{height} 个点，太大了", "请用手机相机的普通清晰度重拍")
        picture.draft("RGB", (SIDE, SIDE))
        upright = ImageOps.exif_transpose(picture)
        upright.thumbnail((SIDE, SIDE))
        return _as_jpeg(upright)


def _as_jpeg(picture: Image.Image) -> bytes:
    """Return the picture on white, without anything that was written beside it."""
    seen = picture.convert("RGBA") if picture.mode in ("P", "LA", "PA", "RGBA") else picture.convert("RGB")
    plain = Image.new("RGB", seen.size, "white")
    plain.paste(seen, mask=seen.getchannel("A") if seen.mode == "RGBA" else None)
    out = BytesIO()
    plain.save(out, "JPEG", quality=85)
    return out.getvalue()


def _pdf(content: bytes) -> Scan:
    if b"%%EOF" not in content[-2048:]:
        raise _bad("这个 PDF 没有传完整", "请重新上传；还不行，就把每一页拍成照片")
    try:
        return _pages_only(PdfReader(BytesIO(content)))
    except BadScan:
        raise
    except Exception as error:  # whatever a broken file makes the parser say
        raise _bad("这个 PDF 打不开", "请重新导出，或者把每一页拍成照片上传") from error


def _pages_only(reader: PdfReader) -> Scan:
    if reader.is_encrypted:
        raise _bad("这个 PDF 有密码", "请去掉密码再上传，或者把每一页拍成照片")
    pages = len(reader.pages)
    if not 1 <= pages <= PAGES:
        raise _bad(f"这个 PDF 有 {pages} 页", f"请上传1到{PAGES}页的文件，多的分成几份")
    writer = PdfWriter()
    for page in reader.pages:
        kept = writer.add_page(page)
        for name in ("/Annots", "/AA", "/Metadata", "/PieceInfo"):
            kept.pop(NameObject(name), None)
    out = BytesIO()
    writer.write(out)
    if out.tell() > LARGEST:
        raise _bad("这个 PDF 太大了", "请分成几份上传")
    return Scan(PDF, out.getvalue(), pages)


def _bad(what: str, fix: str) -> BadScan:
    return BadScan(f"{what}。{fix}。", field="scan")
