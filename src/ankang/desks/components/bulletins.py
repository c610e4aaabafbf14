"""通报 as every desk reads it: the list, one bulletin, its files. The town writes them on pages of its own."""

from decimal import Decimal
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from django.views.decorators.http import require_safe

from ankang.accounts.permissions import desk_page
from ankang.bulletins.figures import VillageFigures
from ankang.bulletins.papers import arrears_table, bulletin_paper, issued_at, ranking_table
from ankang.bulletins.queries import Issue, bulletins, issue_of, notices
from ankang.desks.pages import page
from ankang.desks.people import person
from ankang.desks.sheets import Cell, Sheet, download, xlsx_response
from ankang.papers import PDF_TYPE, WORD_TYPE, paper_pdf, paper_word
from ankang.rules.pace import COURSE_NAMES, Course

_FOLDER = "desks/components/bulletins/"
_PAGE_SIZE = 30


@desk_page("village", "district")
@require_safe
def bulletin_list(request: HttpRequest) -> HttpResponse:
    """What was released, newest first; a village sees its notices beside it."""
    user = person(request)
    shown = Paginator(bulletins(user).order_by("-released_at"), _PAGE_SIZE).get_page(request.GET.get("page"))
    context: dict[str, Any] = {"page_obj": shown, "desk_name": user.desk}
    if user.desk == "village":
        context["notices"] = notices(user)[:_PAGE_SIZE]
    return page(request, _FOLDER + "list.html", context)


@desk_page("village", "district")
@require_safe
def bulletin_read(request: HttpRequest, pk: int) -> HttpResponse:
    return page(request, _FOLDER + "read.html", shown(found(request, pk)) | {"desk_name": person(request).desk})


@desk_page("town", "village", "district")
@require_safe
def bulletin_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    issue = found(request, pk)
    return download(paper_pdf(bulletin_paper(issue), at=issued_at(issue)), f"{_name(issue)}.pdf", PDF_TYPE)


@desk_page("town", "village", "district")
@require_safe
def bulletin_word(request: HttpRequest, pk: int) -> HttpResponse:
    issue = found(request, pk)
    return download(paper_word(bulletin_paper(issue), at=issued_at(issue)), f"{_name(issue)}.docx", WORD_TYPE)


@desk_page("town", "village", "district")
@require_safe
def bulletin_figures(request: HttpRequest, pk: int) -> HttpResponse:
    """The frozen figures as Excel: the same as in the paper's tables, all columns."""
    issue = found(request, pk)
    return xlsx_response(_name(issue), [_sheet(issue)])


def found(request: HttpRequest, pk: int) -> Issue:
    """Return a bulletin that this person may see, or raise 404."""
    return issue_of(get_object_or_404(bulletins(person(request)), pk=pk))


def shown(issue: Issue) -> dict[str, Any]:
    """Return what the page of a bulletin shows: the words in paragraphs, the tables of the paper itself."""
    text = issue.text
    parts = (("一、进展情况", text.progress), ("二、存在问题", text.problems), ("三、下一步要求", text.demands))
    return {
        "issue": issue,
        "bulletin": issue.bulletin,
        "parts": [(heading, words.splitlines()) for heading, words in parts],
        "tables": [table for table in (ranking_table(issue.figures), arrears_table(issue.figures)) if table],
    }


def _name(issue: Issue) -> str:
    return f"{issue.bulletin.name}-{issue.figures.at:%Y%m%d}"


def _sheet(issue: Issue) -> Sheet:
    figures = issue.figures
    head = [
        "名次", "序号", "村（居）", "60周岁以上（公布）", "在册（现有）", "已参保", "参保率%",
        "下达目标", "离下达目标", "完成下达目标",
        f"{figures.percent}%线", f"离{figures.percent}%线", f"达到{figures.percent}%", "近7天日均", "每天需", "状态",
        "政府购买对象", "其中已参保", "应保未保", "连续没有逐人登记（天）",
    ]  # fmt: skip
    name, at = issue.bulletin.name, f"{figures.at:%Y-%m-%d %H:%M}"
    says = f"{name} {issue.text.title}，数字冻结于 {at}，指纹 {issue.frozen.digest[:16]}"
    rows = [_cells(one) for one in figures.villages]
    return Sheet("通报数字", head, rows, says=says, totals=[[None, None, *_cells(figures.total)[2:]]])


def _cells(one: VillageFigures) -> list[Cell]:
    return [
        one.rank,
        one.serial,
        one.name,
        one.population,
        one.roster,
        one.insured,
        Decimal(one.percent) if one.population else None,
        one.target if one.is_published else None,
        one.target_gap if one.is_published else None,
        "是" if one.met_target else "否",
        one.line,
        one.line_gap,
        "是" if one.reached_line else "否",
        Decimal(one.average) if one.average else None,
        Decimal(one.required) if one.required else None,
        COURSE_NAMES[Course(one.course)],
        one.subjects,
        one.subjects_insured,
        one.subjects_missing,
        one.still_days,
    ]


file_pages: list[URLPattern] = [
    path("bulletins/<int:pk>/pdf/", bulletin_pdf, name="bulletin-pdf"),
    path("bulletins/<int:pk>/word/", bulletin_word, name="bulletin-word"),
    path("bulletins/<int:pk>/figures/", bulletin_figures, name="bulletin-figures"),
]
reading_pages: list[URLPattern] = [
    path("bulletins/", bulletin_list, name="bulletins"),
    path("bulletins/<int:pk>/", bulletin_read, name="bulletin"),
    *file_pages,
]
