"""退费: who gets how much back and why, proposed by one person, released by another, paid by voucher."""

from typing import Any
from uuid import uuid4

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ankang.accounts.permissions import desk_page
from ankang.desks.components.refusals import put_errors
from ankang.desks.pages import now_of, page, paged
from ankang.desks.people import person
from ankang.desks.sheets import Cell, Sheet, xlsx_response
from ankang.desks.town.purchases import ReviewForm
from ankang.desks.town.treasury.common import (
    FOLDER,
    ReferenceForm,
    acting,
    answered,
    money,
    no_campaign,
    payer_name,
    version_of,
)
from ankang.enrolment.models import Enrolment
from ankang.roster.looks import note_export
from ankang.rules.errors import AnkangError
from ankang.rules.refunds import RefundCause
from ankang.treasury.models import Refund
from ankang.treasury.refunds import due_of, pay_refund, prepare_refund, refunds_to_prepare, review_refund

_HEAD = (
    "村（居）",
    "姓名",
    "证件后四位",
    "原因",
    "谁出的钱",
    "原来付了（元）",
    "退（元）",
    "怎么算的",
    "到哪一步",
    "凭据",
)


class ProposeForm(forms.Form):
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    cause = forms.ChoiceField(
        label="为什么退", choices=Refund.Cause.choices, error_messages={"required": "请选为什么退。"}
    )
    note = forms.CharField(
        label="说明",
        help_text="重复参保要写和哪一笔重复、怎么核实的",
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class PaidForm(ReferenceForm):
    means = forms.ChoiceField(
        label="怎么退的",
        choices=[("bank", "从专户转账"), ("cash", "付现金")],
        error_messages={"required": "请选怎么退的。"},
    )

    field_order = ("means", "reference", "on")


@desk_page("town")
@require_safe
def refunds(request: HttpRequest) -> HttpResponse:
    """What should be given back, what waits for the second person or for its payment, and what is done."""
    version = version_of(request)
    if version is None:
        return no_campaign(request)
    open_ones = list(_rows(request).filter(state__in=(Refund.State.PREPARED, Refund.State.RELEASED)))
    done = paged(request, _rows(request).filter(state=Refund.State.PAID))
    context = {
        "due": refunds_to_prepare(person(request), version.programme),
        "open_count": len(open_ones),
        "waiting": [row for row in open_ones if row.state == Refund.State.PREPARED],
        "to_pay": [row for row in open_ones if row.state == Refund.State.RELEASED],
        "done": done,
    }
    return page(request, FOLDER + "refunds.html", context)


@desk_page("town")
@require_http_methods(["GET", "HEAD", "POST"])
def refund(request: HttpRequest, pk: int) -> HttpResponse:
    """One enrolment's money: propose to give it back, with the arithmetic."""
    enrolment = _enrolment(request, pk)
    if request.method != "POST":
        return _page(request, enrolment)
    form = ProposeForm(request.POST)
    if not form.is_valid():
        return _page(request, enrolment, propose=form, status=422)
    given = form.cleaned_data
    try:
        prepare_refund(
            enrolment=enrolment,
            cause=RefundCause(given["cause"]),
            note=given["note"],
            key=str(given["key"]),
            **acting(request),
        )
    except AnkangError as error:
        return _page(request, enrolment, propose=form, status=put_errors(form, error))
    return redirect("town:refund", pk)


@desk_page("town")
@require_POST
def refund_review(request: HttpRequest, pk: int) -> HttpResponse:
    """The second person says yes or no to all parts of an enrolment's refund."""
    enrolment, form = _enrolment(request, pk), ReviewForm(request.POST)

    def act(given: dict[str, Any]) -> str:
        told, approve = acting(request), given["approve"] == "yes"
        review_refund(enrolment=enrolment, approve=approve, note=given["note"], on=told["now"].date(), **told)
        return "已同意退费。把钱退给付款人后，回来记凭据。" if approve else "已退回，没有同意退费。"

    done = answered(request, form, act, back="town:refund", pk=pk)
    return done if isinstance(done, HttpResponse) else _page(request, enrolment, review=form, status=done)


@desk_page("town")
@require_POST
def refund_pay(request: HttpRequest, pk: int) -> HttpResponse:
    """One payer has got the money."""
    found, form = get_object_or_404(_rows(request), pk=pk), PaidForm(request.POST)
    enrolment = found.funding.holding.enrolment

    def act(given: dict[str, Any]) -> str:
        pay_refund(refund=found, means=given["means"], reference=given["reference"], on=given["on"], **acting(request))
        return "已记下退款。"

    done = answered(request, form, act, back="town:refund", pk=enrolment.pk)
    return done if isinstance(done, HttpResponse) else _page(request, enrolment, paid=form, at=pk, status=done)


@desk_page("town")
@require_safe
def refunds_export(request: HttpRequest) -> HttpResponse:
    """All refunds as Excel; numbers by their last four characters."""
    found = list(_rows(request))
    note_export(by=person(request), rows=len(found), part="refunds")
    rows: list[list[Cell]] = []
    for one in found:
        resident = one.funding.holding.enrolment.participation.resident
        rows.append(
            [
                one.village.name,
                resident.name,
                resident.number_tail,
                one.get_cause_display(),
                payer_name(one.funding.payer),
                money(one.paid_fen),
                money(one.amount_fen),
                one.words,
                one.get_state_display(),
                one.reference,
            ]
        )
    return xlsx_response("退费", [Sheet("退费", _HEAD, rows, says="退费明细，每个付款人一行。")])


def _rows(request: HttpRequest) -> Any:
    return Refund.objects.visible_to(person(request)).select_related(
        "village", "prepared_by", "reviewed_by", "paid_by", "funding__holding__enrolment__participation__resident"
    )


def _enrolment(request: HttpRequest, pk: int) -> Enrolment:
    rows = Enrolment.objects.filter(village__code__startswith=person(request).scope)
    return get_object_or_404(rows.select_related("participation__resident", "village", "version"), pk=pk)


def _page(
    request: HttpRequest,
    enrolment: Enrolment,
    *,
    propose: ProposeForm | None = None,
    review: ReviewForm | None = None,
    paid: PaidForm | None = None,
    at: int = 0,
    status: int = 200,
) -> HttpResponse:
    rows = list(_rows(request).filter(funding__holding__enrolment=enrolment).order_by("pk"))
    living = [row for row in rows if row.state != Refund.State.REFUSED]
    waiting = [row for row in living if row.state == Refund.State.PREPARED]
    due, refusal = (None, "") if living else _due(request, enrolment)
    context = {
        "enrolment": enrolment,
        "resident": enrolment.participation.resident,
        "rows": [(row, payer_name(row.funding.payer), _paid_form(request, row, paid, at)) for row in rows],
        "due": due,
        "shares": [(payer_name(payer), amount) for payer, amount in _payers(due)] if due else [],
        "refusal": refusal,
        "is_waiting": bool(waiting),
        "total_fen": sum(row.amount_fen for row in living),
        "is_first_person": bool(waiting) and waiting[0].prepared_by_id == person(request).pk,
        "propose": propose or ProposeForm(initial={"cause": due.cause if due else ""}),
        "review": review or ReviewForm(),
        "address": reverse("town:refund-review", args=[enrolment.pk]),
    }
    return page(request, FOLDER + "refund.html", context, status=status)


def _paid_form(request: HttpRequest, row: Refund, paid: PaidForm | None, at: int) -> PaidForm:
    """Return the form beside one payer's part: what was sent for it, or an empty one with ids of its own."""
    if paid is not None and row.pk == at:
        return paid
    return PaidForm(initial={"on": now_of(request).date()}, auto_id=f"paid{row.pk}_%s")


def _due(request: HttpRequest, enrolment: Enrolment) -> tuple[Any, str]:
    """Return what would go back now, or why nothing does."""
    for due in refunds_to_prepare(person(request), enrolment.version.programme):
        if due.enrolment.pk == enrolment.pk:
            return due, ""
    try:
        return due_of(enrolment, RefundCause.DUPLICATE), ""
    except AnkangError as error:
        return None, error.message


def _payers(due: Any) -> list[tuple[str, int]]:
    payers = {str(one.funding_id): one.funding.payer for one in due.settlements}
    return [(payers[key], amount) for key, amount in due.counted.shares]
