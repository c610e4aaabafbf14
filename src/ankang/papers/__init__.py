"""Papers to print and to send: PDF by typst, Word by python-docx, from the same data, without network or system fonts.

pdf("official", data, at=instant)    any template of `templates/`, with data that JSON can say
paper_pdf(paper, at=instant)         an official paper (GB/T 9704) as PDF
paper_word(paper, at=instant)        the same paper as Word
"""

from ankang.papers.compose import UnknownTemplate, paper_pdf, pdf
from ankang.papers.paper import Annex, Block, Heading, Paper, Table, Text
from ankang.papers.word import paper_word

PDF_TYPE = "application/pdf"
WORD_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

__all__ = [
    "PDF_TYPE",
    "WORD_TYPE",
    "Annex",
    "Block",
    "Heading",
    "Paper",
    "Table",
    "Text",
    "UnknownTemplate",
    "paper_pdf",
    "paper_word",
    "pdf",
]
