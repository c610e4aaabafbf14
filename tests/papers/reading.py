"""Reading papers back: the words and pages of a PDF by poppler, the words of a Word file by python-docx."""

import subprocess
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import docx
from docx.oxml.ns import qn


def pdf_words(content: bytes, *, layout: bool = False) -> str:
    """Return the text of a PDF, pages parted by form feeds; without line breaks unless `layout`."""
    options = ["-layout"] if layout else []
    run = subprocess.run(["pdftotext", *options, "-", "-"], input=content, capture_output=True, check=True)
    return run.stdout.decode()


def pdf_facts(content: bytes) -> dict[str, str]:
    """Return what `pdfinfo` says: Title, Pages, Page size ..."""
    run = subprocess.run(["pdfinfo", "-"], input=content, capture_output=True, check=True)
    pairs = (line.split(":", 1) for line in run.stdout.decode().splitlines())
    return {name: value.strip() for name, value in pairs}


def pdf_fonts(content: bytes) -> list[str]:
    """Return the lines of `pdffonts`, one a font."""
    run = subprocess.run(["pdffonts", "-"], input=content, capture_output=True, check=True)
    return run.stdout.decode().splitlines()[2:]


def pdf_boxes(content: bytes) -> list[tuple[str, float, float, float, float]]:
    """Return (word, left, top, right, bottom) of the first page, in points from its upper left corner."""
    with TemporaryDirectory() as folder:
        source, out = Path(folder, "in.pdf"), Path(folder, "out.html")
        source.write_bytes(content)
        subprocess.run(["pdftotext", "-bbox", "-l", "1", source, out], check=True)
        lines = [line.strip() for line in out.read_text(encoding="utf-8").splitlines() if "<word" in line]
    boxes = []
    for line in lines:
        head, word = line.removesuffix("</word>").split(">", 1)
        edges = [float(part.split('"')[1]) for part in head.split()[1:]]
        boxes.append((word, *edges))
    return boxes  # type: ignore[return-value]


def pictures(content: bytes) -> list[bytes]:
    """Return every page as a picture (PNG), as a printer would show it."""
    with TemporaryDirectory() as folder:
        Path(folder, "in.pdf").write_bytes(content)
        subprocess.run(["pdftoppm", "-r", "40", "-png", f"{folder}/in.pdf", f"{folder}/page"], check=True)
        return [path.read_bytes() for path in sorted(Path(folder).glob("page*.png"))]


def word_words(content: bytes) -> str:
    """Return the paragraphs, cells and texts in boxes of a Word file, one a line."""
    document = docx.Document(BytesIO(content))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    boxed = [text.text for box in document.element.body.iter(qn("w:txbxContent")) for text in box.iter(qn("w:t"))]
    return "\n".join([paragraph.text for paragraph in document.paragraphs] + cells + boxed)
