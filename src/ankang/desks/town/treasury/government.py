"""政府出资: what government owes, asked of finance, promised, received."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.db.models import Count, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ankang.accounts.permissions import desk_page
from ankang.desks.components.day_field import DayField
from ankang.desks.components.instalments import PartsForm
from ankang.desks.components.refusals import put_errors
from ankang.desks.pages import now_of, page, paged, today_of
from ankang.desks.people import person
from ankang.desks.sheets import Cell, Sheet, download, xlsx_response
from ankang.desks.town.purchases import ReviewForm
from ankang.desks.town.treasury.common import (
    FOLDER,
    PAGE_SIZE,
    PrepareForm,
    SlipForm,
    acting,
    answered,
    chosen_villages,
    money,
    no_campaign,
    parts_agreed,
    version_of,
)
from ankang.desks.town.treasury.papers import Sum as SumRow
from ankang.desks.town.treasury.papers import request_paper
from ankang.papers import PDF_TYPE, paper_pdf
from ankang.programmes.models import Programme, ProgrammeVersion
from ankang.programmes.queries import current_version, plan_of
from ankang.roster.looks import note_export
from ankang.rules.errors import AnkangError
from ankang.rules.instalments import due
from ankang.treasury.government import (
    Asked,
    Share,
    accept_request,
    decline_request,
    prepare_request,
    receive_from_government,
    review_request,
    to_ask,
)
from ankang.treasury.instalments import agreed, left_fen
from ankang.treasury.models import GovernmentRequest

_HEAD = ("村（居）", "姓名", "证件后四位", "类别", "政府应付（元）", "现在")


class AnswerForm(forms.Form):
    """What finance said."""

    paper = forms.CharField(
        label="财政答复的文号；没有答应就写原因",
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "请写文号，或没有答应的原因。"},
    )
    on = DayField(label="答复日期")
    accept = forms.ChoiceField(
        choices=[("yes", "答应"), ("no", "没有答应")], error_messages={"required": "请选财政答应了没有。"}
    )


@desk_page("town")
@require_safe
def requests(request: HttpRequest) -> HttpResponse:
    """The requests, newest first."""
    rows = GovernmentRequest.objects.visible_to(person(request)).select_related("prepared_by", "reviewed_by")
    return page(request, FOLDER + "requests.html", {"requests": paged(request, rows)})


@desk_page("town")
@require_http_methods(["GET", "HEAD", "POST"])
def request_new(request: HttpRequest) -> HttpResponse:
    """`?village=CODE` (none: all): what would be asked for now; a POST freezes it."""
    version = version_of(request)
    if version is None:
        return no_campaign(request)
    if request.method != "POST":
        return _preview(request, version, request.GET.getlist("village"))
    form = PrepareForm(request.POST)
    if not form.is_valid():
        return _preview(request, version, form.chosen(), form, status=422)
    given = form.cleaned_data
    try:
        made = prepare_request(
            version=version,
            villages=form.chosen(),
            shown_fen=given["shown_fen"],
            note=given["note"],
            key=str(given["key"]),
            today=today_of(request),
            **acting(request),
        )
    except AnkangError as error:
        return _preview(request, version, form.chosen(), form, status=put_errors(form, error))
    return redirect("town:government-request", made.pk)


@desk_page("town")
@require_safe
def government_request(request: HttpRequest, pk: int) -> HttpResponse:
    """One request and its next step."""
    return _page(request, _found(request, pk))


@desk_page("town")
@require_POST
def request_review(request: HttpRequest, pk: int) -> HttpResponse:
    """The second person says yes or no."""
    found, form = _found(request, pk), ReviewForm(request.POST)

    def act(given: dict[str, Any]) -> str:
        approve = given["approve"] == "yes"
        review_request(request=found, approve=approve, note=given["note"], **acting(request))
        return "已同意。请打印申请表报财政。" if approve else "已退回，没有同意这份申请。"

    done = answered(request, form, act, back="town:government-request", pk=pk)
    return done if isinstance(done, HttpResponse) else _page(request, found, review=form, status=done)


@desk_page("town")
@require_POST
def request_answer(request: HttpRequest, pk: int) -> HttpResponse:
    """What finance said: a promise on a paper, or no."""
    found, form = _found(request, pk), AnswerForm(request.POST)

    def act(given: dict[str, Any]) -> str:
        if given["accept"] == "no":
            decline_request(request=found, note=given["paper"], **acting(request))
            return "已记下：财政没有答应。这些人可以重新申请。"
        accept_request(request=found, paper=given["paper"], accepted_on=given["on"], **acting(request))
        return "已记下财政的答应。这些人的政府出资算有了着落，可以投保。"

    done = answered(request, form, act, back="town:government-request", pk=pk)
    return done if isinstance(done, HttpResponse) else _page(request, found, answer=form, status=done)


@desk_page("town")
@require_POST
def request_receive(request: HttpRequest, pk: int) -> HttpResponse:
    """Money of government is on the account."""
    found, form = _found(request, pk), SlipForm(request.POST)

    def act(given: dict[str, Any]) -> str:
        receive_from_government(
            request=found,
            amount_fen=given["amount"],
            reference=given["reference"],
            on=given["on"],
            key=str(given["key"]),
            **acting(request),
        )
        return "政府资金已入账。"

    done = answered(request, form, act, back="town:government-request", pk=pk)
    return done if isinstance(done, HttpResponse) else _page(request, found, slip=form, status=done)


@desk_page("town")
@require_POST
def request_parts(request: HttpRequest, pk: int) -> HttpResponse:
    """Finance says in which parts it will pay."""
    found, form = _found(request, pk), PartsForm(request.POST)
    done = parts_agreed(request, found, form, "town:government-request")
    return done if isinstance(done, HttpResponse) else _page(request, found, parts=form, status=done)


@desk_page("town")
@require_safe
def request_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """The form for the finance office."""
    found = _found(request, pk)
    paper = request_paper(found, _by_village(found), _by_group(found))
    content = paper_pdf(paper, at=found.reviewed_at or found.prepared_at)
    return download(content, f"政府出资申请-{found.pk}.pdf", PDF_TYPE)


@desk_page("town")
@require_safe
def request_export(request: HttpRequest, pk: int) -> HttpResponse:
    """The people of a request as Excel; numbers by their last four characters."""
    found = _found(request, pk)
    lines = list(_lines(found))
    note_export(by=person(request), rows=len(lines), part="government")
    names = _group_names(found.programme)
    rows: list[list[Cell]] = [
        [
            line.village.name,
            resident.name,
            resident.number_tail,
            names.get(line.group, line.group),
            money(line.amount_fen),
            "去掉了" if line.dropped_at else "在名单上",
        ]
        for line, resident in ((line, line.funding.holding.enrolment.participation.resident) for line in lines)
    ]
    says = f"{found.programme.name} 政府出资申请第{found.pk}号，{found.get_state_display()}。"
    totals: list[list[Cell]] = [["合计", None, None, None, money(found.total_fen), None]]
    return xlsx_response(f"政府出资申请-{found.pk}", [Sheet("政府出资", _HEAD, rows, says=says, totals=totals)])


def _found(request: HttpRequest, pk: int) -> GovernmentRequest:
    rows = GovernmentRequest.objects.visible_to(person(request)).select_related(
        "prepared_by", "reviewed_by", "division", "programme", "promise"
    )
    found: GovernmentRequest = get_object_or_404(rows, pk=pk)
    return found


def _preview(
    request: HttpRequest,
    version: ProgrammeVersion,
    codes: list[str],
    form: PrepareForm | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    villages, wanted = chosen_villages(person(request), codes)
    found = to_ask(person(request), version, wanted, today_of(request))
    told = form.data.get("note", "") if form else ""
    fresh = PrepareForm(initial={"shown_fen": found.total_fen, "villages": ",".join(wanted), "note": told})
    names = _group_names(version.programme)
    context = {
        "villages": villages,
        "wanted": wanted,
        "found": found,
        "form": form,
        "fresh": fresh,
        "by_village": _counted(found, lambda one: one.village_name),
        "by_group": _counted(found, lambda one: names.get(one.group, "没有类别（已不在名单上）")),
    }
    return page(request, FOLDER + "request_new.html", context, status=status)


def _counted(found: Asked, of: Callable[[Share], str]) -> list[SumRow]:
    sums: dict[str, list[int]] = {}
    for one in found.shares:
        row = sums.setdefault(of(one), [0, 0])
        row[0] += 1
        row[1] += one.amount_fen
    return [(name, people, amount) for name, (people, amount) in sums.items()]


def _group_names(programme: Programme) -> dict[str, str]:
    return {group.code: group.name for group in plan_of(current_version(programme)).groups}


def _lines(found: GovernmentRequest) -> Any:
    return found.lines.select_related("village", "funding__holding__enrolment__participation__resident")


def _by_village(found: GovernmentRequest) -> list[SumRow]:
    lines = found.lines.filter(dropped_at__isnull=True) if found.state != "refused" else found.lines.all()
    rows = lines.values_list("village__name").annotate(people=Count("pk"), fen=Sum("amount_fen"))
    return list(rows.order_by("village__serial", "village"))


def _by_group(found: GovernmentRequest) -> list[SumRow]:
    names = _group_names(found.programme)
    lines = found.lines.filter(dropped_at__isnull=True) if found.state != "refused" else found.lines.all()
    rows = lines.values_list("group").annotate(people=Count("pk"), fen=Sum("amount_fen")).order_by("group")
    return [(names.get(code, "没有类别（已不在名单上）"), people, amount) for code, people, amount in rows]


def _page(
    request: HttpRequest,
    found: GovernmentRequest,
    *,
    review: ReviewForm | None = None,
    answer: AnswerForm | None = None,
    slip: SlipForm | None = None,
    parts: PartsForm | None = None,
    status: int = 200,
) -> HttpResponse:
    today, standing = now_of(request).date(), agreed(found)
    shown = Paginator(_lines(found), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "asked": found,
        "by_village": _by_village(found),
        "by_group": _by_group(found),
        "names": _group_names(found.programme),
        "page_obj": shown,
        "is_first_person": found.prepared_by_id == person(request).pk,
        "review": review or ReviewForm(),
        "answer": answer or AnswerForm(initial={"on": today}),
        "agreed": standing,
        "due": due(standing, left_fen(found), today),
        "parts": parts or PartsForm(parts=standing),
        "slip": slip or SlipForm(initial={"on": today, "amount": found.outstanding_fen}),
        "payments": found.payments.select_related("by"),
    }
    return page(request, FOLDER + "request.html", context, status=status)
