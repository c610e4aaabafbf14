"""Official papers as PDF and Word: the standard's measures, any text as it is, the same bytes for the same paper."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import docx
import pytest
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.papers.reading import pdf_boxes, pdf_facts, pdf_fonts, pdf_words, pictures, word_words

import ankang.papers
from ankang.papers import Annex, Heading, Paper, Table, Text, UnknownTemplate, paper_pdf, paper_word, pdf
from ankang.papers.faces import FANGSONG, HEITI, SUBSTITUTES, XIAOBIAOSONG
from ankang.papers.paper import organ_points

AT = datetime(2024, 3, 4, 2, 16, tzinfo=UTC)
HOSTILE = '#[x]$ *b* _i_ `c` <a> @r \\ // "q" = 1 + 2 {{ x }} {% y %} & </w:t>'
ROWS = [[str(at), f"{at:02d}村", "1065"] for at in range(1, 61)]
PAPER = Paper(
    title="关于参保进度的通报",
    organ="某镇民政办公室",
    number="安康通报〔2024〕3号",
    to="各村（居）：",
    blocks=[
        Heading("一、进展情况"),
        Text("国" * 56),
        Heading("（一）各村进度", 2),
        Table(["名次", "村（居）", "人数"], ROWS, widths=[1, 3, 2], totals=1, left=[1], caption="各村进度"),
        Annex("附件", "未参保名单"),
        Text("名单从略。"),
    ],
    signed="某镇民政办公室",
    day="2024年3月4日",
    copies="镇党委、镇政府。",
    printed_by="某镇民政办公室",
    printed_on="2024年3月4日印发",
)


def word(content: bytes) -> "docx.document.Document":
    return docx.Document(BytesIO(content))


def test_the_door() -> None:
    assert set(ankang.papers.__all__) == {
        "PDF_TYPE", "WORD_TYPE", "Annex", "Block", "Heading", "Paper", "Table", "Text", "UnknownTemplate",
        "paper_pdf", "paper_word", "pdf",
    }  # fmt: skip


def test_a_pdf_says_everything_in_its_order() -> None:
    words = pdf_words(paper_pdf(PAPER, at=AT)).replace("\n", "")
    parts = [
        "某镇民政办公室",
        "安康通报〔2024〕3号",
        "关于参保进度的通报",
        "各村（居）：",
        "一、进展情况",
        "（一）各村进度",
    ]
    parts += ["各村进度", "01村", "60村", "2024年3月4日", "附件", "未参保名单", "名单从略。", "抄送：镇党委、镇政府。"]
    places = [words.index(part) for part in parts]
    assert places == sorted(places)
    assert words.index("2024年3月4日印发") > places[-1]


def test_the_table_head_stands_on_every_page_of_the_table() -> None:
    pages = [page for page in pdf_words(paper_pdf(PAPER, at=AT)).split("\f") if "村" in page and "1065" in page]
    assert len(pages) >= 2
    assert all("名次" in page for page in pages)


def test_pages_are_numbered_at_the_outer_corner() -> None:
    pages = pdf_words(paper_pdf(PAPER, at=AT), layout=True).split("\f")[:-1]
    numbers = [page.rstrip().splitlines()[-1] for page in pages]
    assert [line.strip().replace(" ", "") for line in numbers] == [f"—{at}—" for at in range(1, len(pages) + 1)]
    margins = [len(line) - len(line.lstrip()) for line in numbers]
    assert margins[0] > 20 > margins[1]


def test_the_text_stands_28_millimetres_from_the_left_in_lines_of_28_characters() -> None:
    lines = [box for box in pdf_boxes(paper_pdf(PAPER, at=AT)) if set(box[0]) == {"国"}]
    assert [len(word) for word, *_ in lines] == [26, 28, 2]  # two characters of indent
    left, right = 28 / 25.4 * 72, (210 - 26) / 25.4 * 72
    assert lines[1][1] == pytest.approx(left, abs=0.6)
    assert lines[1][3] == pytest.approx(right, abs=1.5)
    assert lines[1][2] - lines[0][2] == pytest.approx(28.95, abs=0.05)


def test_twenty_two_lines_stand_on_a_page() -> None:
    plain = Paper(title="题", blocks=[Text("国" * 28 * 80)])
    pages = pdf_words(paper_pdf(plain, at=AT)).split("\f")
    assert [line for line in pages[1].splitlines() if "国" in line] == ["国" * 28] * 22


@pytest.mark.parametrize("lines", range(14, 24))
def test_the_signature_never_stands_alone(lines: int) -> None:
    blocks = [*(Text("国") for _ in range(lines)), Text("末" * 30)]
    pages = pdf_words(paper_pdf(Paper("题", blocks, signed="某镇", day="2024年3月4日"), at=AT)).split("\f")
    assert "末" in next(page for page in pages if "某镇" in page)
    last = [
        line for line in word(paper_word(Paper("题", blocks, signed="某镇"), at=AT)).paragraphs if "末" in line.text
    ]
    assert last[0].paragraph_format.keep_with_next


def test_a_table_of_many_columns_is_set_smaller() -> None:
    wide = Table([str(at) for at in range(9)], [["16041"] * 9])
    size = {
        len(table.columns): table.cell(1, 0).paragraphs[0].runs[0].font.size
        for blocks in ([wide], [Table(["甲"] * 8, [["16041"] * 8])])
        for table in word(paper_word(Paper("题", blocks), at=AT)).tables
    }
    assert size == {9: Pt(10.5), 8: Pt(12)}
    words = pdf_words(paper_pdf(Paper("题", [Table(["头"] * 11, [["16041"] * 11])]), at=AT))
    assert words.count("16041") == 11  # none broken in its cell


@pytest.mark.parametrize(("size", "points"), [("a4", "595.276 x 841.89 pts (A4)"), ("a5", "419.528 x 595.276 pts")])
def test_both_sizes_of_paper(size: str, points: str) -> None:
    facts = pdf_facts(paper_pdf(replace(PAPER, size=size), at=AT))  # type: ignore[arg-type]
    assert facts["Page size"].startswith(points)
    assert facts["Title"] == "关于参保进度的通报"


def test_the_only_font_is_the_one_that_comes_along() -> None:
    fonts = pdf_fonts(paper_pdf(PAPER, at=AT))
    assert fonts
    assert all(
        "NotoSansCJKsc" in line and " yes yes yes " in line for line in fonts
    )  # embedded, a subset, with Unicode


def test_pages_are_pictures_with_ink() -> None:
    pages = pictures(paper_pdf(PAPER, at=AT))
    assert len(pages) == int(pdf_facts(paper_pdf(PAPER, at=AT))["Pages"])
    assert all(len(page) > 1500 for page in pages)  # a blank one takes some 300


def test_hostile_texts_are_texts() -> None:
    blocks = [Heading(HOSTILE), Text(HOSTILE), Table([HOSTILE], [[HOSTILE]], caption=HOSTILE), Annex(HOSTILE, HOSTILE)]
    paper = Paper(HOSTILE, blocks, HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE)
    assert paper_pdf(Paper(title="", blocks=[Text("\ud7fc\U00030edd")]), at=AT)  # characters that the font lacks
    flat = "".join(pdf_words(paper_pdf(paper, at=AT)).split())
    assert flat.count("".join(HOSTILE.split())) >= 10
    assert word_words(paper_word(paper, at=AT)).count(HOSTILE) == 16


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=40))
def test_any_text_at_all_makes_a_paper(text: str) -> None:
    paper = Paper(title=text, blocks=[Text(text), Table([text], [[text]])], signed=text)
    assert paper_pdf(paper, at=AT).startswith(b"%PDF-")
    assert word(paper_word(paper, at=AT)).core_properties.created == datetime(2024, 3, 4, 2, 16, tzinfo=UTC)


@pytest.mark.parametrize("make", [paper_pdf, paper_word])
def test_the_same_paper_is_the_same_bytes(make: object) -> None:
    first = make(PAPER, at=AT)  # type: ignore[operator]
    assert make(PAPER, at=AT) == first  # type: ignore[operator]
    assert make(PAPER, at=AT + timedelta(days=1)) != first  # type: ignore[operator]
    assert make(replace(PAPER, day="2024年3月5日"), at=AT) != first  # type: ignore[operator]


def test_word_keeps_the_standard() -> None:
    document = word(paper_word(PAPER, at=AT))
    section = document.sections[0]
    margins = (section.top_margin, section.left_margin, section.bottom_margin, section.right_margin)
    assert [round(margin.mm) for margin in margins if margin is not None] == [37, 28, 35, 26]
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)  # type: ignore[union-attr]
    faces = {
        run.text: run._r.rPr.rFonts.get(qn("w:eastAsia"))
        for line in document.paragraphs
        for run in line.runs
        if run._r.rPr is not None
    }
    assert faces["某镇民政办公室"] == faces["关于参保进度的通报"] == XIAOBIAOSONG
    assert faces["一、进展情况"] == HEITI
    assert document.styles["Normal"].element.rPr.rFonts.get(qn("w:eastAsia")) == FANGSONG
    body = next(line for line in document.paragraphs if line.text == "国" * 56)
    assert body.paragraph_format.line_spacing == Pt(28.95)
    assert body.paragraph_format.first_line_indent == Pt(32)
    assert document.settings.odd_and_even_pages_header_footer


def test_word_repeats_the_table_head_and_numbers_pages() -> None:
    content = paper_word(PAPER, at=AT)
    document = word(content)
    rows = document.tables[0].rows
    assert len(rows) == 61
    assert [row._tr.trPr.find(qn("w:tblHeader")) is not None for row in rows][:2] == [True, False]
    assert sum(column.width for column in document.tables[0].columns) == pytest.approx(Mm(156), abs=5000)
    with ZipFile(BytesIO(content)) as packed:
        footers = [
            packed.read(name).decode() for name in packed.namelist() if "footer" in name and name.endswith(".xml")
        ]
        fonts = packed.read("word/fontTable.xml").decode()
    assert len(footers) == 2
    assert all("— " in footer and ">PAGE<" in footer for footer in footers)
    assert all(face in fonts and substitutes in fonts for face, substitutes in SUBSTITUTES.items())


def test_word_keeps_the_record_of_printing_at_the_foot_of_its_last_page() -> None:
    body = word(paper_word(PAPER, at=AT)).element.body
    boxes = body.findall(f".//{qn('w:txbxContent')}")
    assert ["".join(text.text for text in box.iter(qn("w:t"))) for box in boxes] == [
        "抄送：镇党委、镇政府。某镇民政办公室2024年3月4日印发"
    ]
    place = body.find(f".//{qn('wp:positionV')}")
    assert (place.get("relativeFrom"), place[0].text) == ("margin", "bottom")
    assert body.find(f".//{qn('wp:wrapTopAndBottom')}") is not None
    anchor = body.findall(qn("w:p"))[-1]
    assert anchor.find(f".//{qn('wp:anchor')}") is not None
    assert anchor.find(f".//{qn('w:txbxContent')}") is boxes[0]


def test_elements_left_out_leave_no_trace() -> None:
    bare = Paper(title="题", blocks=[Text("文")])
    assert pdf_words(paper_pdf(bare, at=AT)).split() == ["题", "文", "—1—"]
    assert word_words(paper_word(bare, at=AT)).split() == ["题", "文"]


def test_the_red_head_fits_one_line_whatever_its_length() -> None:
    assert organ_points(replace(PAPER, organ="某镇")) == 42
    long = "盐城市盐都区某某街道办事处民政和社会事务办公室文件"
    assert organ_points(replace(PAPER, organ=long)) * len(long) == pytest.approx(420)
    assert long in pdf_words(paper_pdf(replace(PAPER, organ=long), at=AT))


def test_an_unknown_template_is_a_mistake_of_the_program() -> None:
    with pytest.raises(UnknownTemplate):
        pdf("nothing", {}, at=AT)
    with pytest.raises(UnknownTemplate):
        pdf("../paper", {}, at=AT)


@pytest.mark.parametrize(
    ("head", "rows", "widths"), [([], [], []), (["a"], [["1", "2"]], []), (["a", "b"], [["1", "2"]], [1])]
)
def test_a_ragged_table_is_refused(head: list[str], rows: list[list[str]], widths: list[int]) -> None:
    with pytest.raises(ValueError, match="as many columns"):
        Table(head, rows, widths)


def test_the_data_is_what_json_can_say() -> None:
    assert json.loads(json.dumps(PAPER.as_data()))["blocks"][3]["widths"] == [1, 3, 2]


def test_no_template_reaches_for_the_network_or_the_disk() -> None:
    folder = Path(ankang.papers.__file__).parent / "templates"
    sources = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.typ")}
    assert {"base.typ", "official.typ"} <= set(sources)
    assert [name for name, source in sources.items() if "@preview" in source or "read(" in source] == []
