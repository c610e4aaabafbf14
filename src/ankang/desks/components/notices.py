"""催办通知 as town and village read it: one notice, its files. Every file is noted: it names people."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from django.views.decorators.http import require_safe

from ankang.accounts.permissions import desk_page
from ankang.bulletins.figures import village_from_document
from ankang.bulletins.models import Notice
from ankang.bulletins.notices import missing_people, note_download, notice_paper
from ankang.bulletins.queries import notices
from ankang.desks.pages import page
from ankang.desks.people import person
from ankang.desks.sheets import Sheet, download, xlsx_response
from ankang.desks.templatetags.ankang import instant
from ankang.papers import PDF_TYPE, WORD_TYPE, paper_pdf, paper_word

_PAGE_SIZE = 50


@desk_page("town", "village")
@require_safe
def notice(request: HttpRequest, pk: int) -> HttpResponse:
    """Who is missing, fifty a page, and whether the village has confirmed."""
    one, user = _found(request, pk), person(request)
    people = missing_people(one)
    context = {
        "notice": one,
        "figures": village_from_document(one.document),
        "page_obj": Paginator(people, _PAGE_SIZE).get_page(request.GET.get("page")),
        "subjects": sum(row.is_subject for row in people),
        "since": sum(row.is_insured for row in people),
        "desk_name": user.desk,
        "may_confirm": user.desk == "village" and one.read_at is None,
    }
    return page(request, "desks/components/notices/one.html", context)


@desk_page("town", "village")
@require_safe
def notice_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    one = _found(request, pk)
    note_download(by=person(request), notice=one, form="pdf")
    return download(paper_pdf(notice_paper(one, missing_people(one)), at=one.issued_at), f"{_name(one)}.pdf", PDF_TYPE)


@desk_page("town", "village")
@require_safe
def notice_word(request: HttpRequest, pk: int) -> HttpResponse:
    one = _found(request, pk)
    note_download(by=person(request), notice=one, form="word")
    paper = notice_paper(one, missing_people(one))
    return download(paper_word(paper, at=one.issued_at), f"{_name(one)}.docx", WORD_TYPE)


@desk_page("town", "village")
@require_safe
def notice_list(request: HttpRequest, pk: int) -> HttpResponse:
    """The names as Excel, numbers by their last four characters, with who joined since."""
    one = _found(request, pk)
    note_download(by=person(request), notice=one, form="excel")
    head = ["姓名", "证件后四位", "户号", "政府购买对象", "责任人", "现在"]
    rows = [
        [row.name, row.tail, row.household, _yes(row.is_subject), row.worker, "已参保" if row.is_insured else "未参保"]
        for row in missing_people(one)
    ]
    says = f"{one.village.name} 催办通知第{one.pk}号，名单冻结于 {instant(one.issued_at)}，共 {len(rows)} 人"
    return xlsx_response(_name(one), [Sheet("未参保名单", head, rows, says=says)])


def _found(request: HttpRequest, pk: int) -> Notice:
    return get_object_or_404(notices(person(request)), pk=pk)


def _name(one: Notice) -> str:
    return f"催办通知第{one.pk}号-{one.village.name}"


def _yes(flag: bool) -> str:
    return "是" if flag else "否"


notice_pages: list[URLPattern] = [
    path("notices/<int:pk>/", notice, name="notice"),
    path("notices/<int:pk>/pdf/", notice_pdf, name="notice-pdf"),
    path("notices/<int:pk>/word/", notice_word, name="notice-word"),
    path("notices/<int:pk>/list/", notice_list, name="notice-list"),
]
