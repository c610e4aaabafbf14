"""汇缴: paid premium to the insurer, in batches that a second person agrees to."""

from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.db.models import Count, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ankang.accounts.permissions import desk_page
from ankang.desks.components.refusals import put_errors
from ankang.desks.pages import now_of, page, paged
from ankang.desks.people import person
from ankang.desks.sheets import Cell, Sheet, download, xlsx_response
from ankang.desks.town.purchases import ReviewForm
from ankang.desks.town.treasury.common import (
    FOLDER,
    PAGE_SIZE,
    PrepareForm,
    ReferenceForm,
    acting,
    answered,
    chosen_villages,
    money,
    no_campaign,
    payer_name,
    version_of,
)
from ankang.desks.town.treasury.papers import Sum as SumRow
from ankang.desks.town.treasury.papers import remittance_paper
from ankang.money.models import Account
from ankang.money.queries import balance
from ankang.papers import PDF_TYPE, paper_pdf
from ankang.programmes.models import ProgrammeVersion
from ankang.roster.looks import note_export
from ankang.rules.errors import AnkangError
from ankang.treasury.models import Remittance
from ankang.treasury.remittances import (
    pay_remittance,
    prepare_remittance,
    review_remittance,
    take_back_remittance,
    to_remit,
)

_HEAD = ("村（居）", "姓名", "证件后四位", "险种", "份数", "谁出的钱", "保费（元）")


class BackForm(forms.Form):
    """Why a remittance is taken back."""

    reference = forms.CharField(
        label="撤回的原因",
        max_length=180,
        error_messages={"required": "请写撤回的原因。"},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


@desk_page("town")
@require_safe
def remittances(request: HttpRequest) -> HttpResponse:
    """The remittances, newest first."""
    rows = Remittance.objects.visible_to(person(request)).select_related("prepared_by", "reviewed_by")
    return page(request, FOLDER + "remittances.html", {"remittances": paged(request, rows)})


@desk_page("town")
@require_http_methods(["GET", "HEAD", "POST"])
def remittance_new(request: HttpRequest) -> HttpResponse:
    """`?village=CODE` (none: all): what could be remitted now; a POST freezes it."""
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
        made = prepare_remittance(
            programme=version.programme,
            villages=form.chosen(),
            shown_fen=given["shown_fen"],
            note=given["note"],
            key=str(given["key"]),
            **acting(request),
        )
    except AnkangError as error:
        return _preview(request, version, form.chosen(), form, status=put_errors(form, error))
    return redirect("town:remittance", made.pk)


@desk_page("town")
@require_safe
def remittance(request: HttpRequest, pk: int) -> HttpResponse:
    """One remittance and its next step."""
    return _page(request, _found(request, pk))


@desk_page("town")
@require_POST
def remittance_review(request: HttpRequest, pk: int) -> HttpResponse:
    """The second person says yes or no."""
    found, form = _found(request, pk), ReviewForm(request.POST)

    def act(given: dict[str, Any]) -> str:
        approve, told = given["approve"] == "yes", acting(request)
        review_remittance(remittance=found, approve=approve, note=given["note"], on=told["now"].date(), **told)
        return "已同意。请按汇缴单去银行汇款，回来记流水号。" if approve else "已退回，没有同意这一批。"

    done = answered(request, form, act, back="town:remittance", pk=pk)
    return done if isinstance(done, HttpResponse) else _page(request, found, review=form, status=done)


@desk_page("town")
@require_POST
def remittance_pay(request: HttpRequest, pk: int) -> HttpResponse:
    """The bank has sent it."""
    found, form = _found(request, pk), ReferenceForm(request.POST)

    def act(given: dict[str, Any]) -> str:
        pay_remittance(remittance=found, reference=given["reference"], on=given["on"], **acting(request))
        return "已记下汇出。"

    done = answered(request, form, act, back="town:remittance", pk=pk)
    return done if isinstance(done, HttpResponse) else _page(request, found, paid=form, status=done)


@desk_page("town")
@require_POST
def remittance_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Take it back before the bank has sent it."""
    found, form = _found(request, pk), BackForm(request.POST, auto_id="back_%s")

    def act(given: dict[str, Any]) -> str:
        told = acting(request)
        take_back_remittance(remittance=found, note=given["reference"], on=told["now"].date(), **told)
        return "已撤回。这些保费可以重新编批。"

    done = answered(request, form, act, back="town:remittance", pk=pk)
    return done if isinstance(done, HttpResponse) else _page(request, found, back=form, status=done)


@desk_page("town")
@require_safe
def remittance_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """The form that goes with the money."""
    found = _found(request, pk)
    content = paper_pdf(remittance_paper(found, _by_village(found)), at=found.reviewed_at or found.prepared_at)
    return download(content, f"保费汇缴单-{found.pk}.pdf", PDF_TYPE)


@desk_page("town")
@require_safe
def remittance_export(request: HttpRequest, pk: int) -> HttpResponse:
    """The list of a remittance as Excel; numbers by their last four characters."""
    found = _found(request, pk)
    lines = list(_lines(found))
    note_export(by=person(request), rows=len(lines), part="remittance")
    rows: list[list[Cell]] = []
    for line in lines:
        holding = line.funding.holding
        resident = holding.enrolment.participation.resident
        rows.append(
            [
                line.village.name,
                resident.name,
                resident.number_tail,
                holding.product,
                holding.units,
                payer_name(line.funding.payer),
                money(line.amount_fen),
            ]
        )
    says = f"{found.programme.name} 汇缴第{found.pk}号，{found.get_state_display()}。"
    totals: list[list[Cell]] = [["合计", None, None, None, None, None, money(found.total_fen)]]
    return xlsx_response(f"汇缴-{found.pk}", [Sheet("汇缴", _HEAD, rows, says=says, totals=totals)])


def _found(request: HttpRequest, pk: int) -> Remittance:
    rows = Remittance.objects.visible_to(person(request)).select_related(
        "prepared_by", "reviewed_by", "paid_by", "division", "programme"
    )
    found: Remittance = get_object_or_404(rows, pk=pk)
    return found


def _lines(found: Remittance) -> Any:
    return found.lines.select_related("village", "funding__holding__enrolment__participation__resident")


def _by_village(found: Remittance) -> list[SumRow]:
    person_of = "funding__holding__enrolment__participation"
    rows = found.lines.values_list("village__name").annotate(
        people=Count(person_of, distinct=True), fen=Sum("amount_fen")
    )
    return list(rows.order_by("village__serial", "village"))


def _preview(
    request: HttpRequest,
    version: ProgrammeVersion,
    codes: list[str],
    form: PrepareForm | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    villages, wanted = chosen_villages(person(request), codes)
    found = to_remit(person(request), version.programme, wanted)
    told = form.data.get("note", "") if form else ""
    fresh = PrepareForm(initial={"shown_fen": found.total_fen, "villages": ",".join(wanted), "note": told})
    names = {village.code: village.name for village in villages}
    context = {
        "villages": villages,
        "wanted": wanted,
        "found": found,
        "form": form,
        "fresh": fresh,
        "by_village": [(names.get(code, code), amount) for code, amount in found.by_village().items()],
    }
    return page(request, FOLDER + "remittance_new.html", context, status=status)


def _page(
    request: HttpRequest,
    found: Remittance,
    *,
    review: ReviewForm | None = None,
    paid: ReferenceForm | None = None,
    back: BackForm | None = None,
    status: int = 200,
) -> HttpResponse:
    bank = balance(Account.TOWN_BANK, found.division_id)
    context = {
        "batch": found,
        "by_village": _by_village(found),
        "page_obj": Paginator(_lines(found), PAGE_SIZE).get_page(request.GET.get("page")),
        "is_first_person": found.prepared_by_id == person(request).pk,
        "review": review or ReviewForm(),
        "paid": paid or ReferenceForm(initial={"on": now_of(request).date()}),
        "back": back or BackForm(auto_id="back_%s"),
        "bank_fen": bank,
        "lacks_fen": max(0, found.total_fen - bank),
    }
    return page(request, FOLDER + "remittance.html", context, status=status)
