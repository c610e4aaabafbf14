"""参保明细 and 退保申请: what a resident holds, one enrolment at a time, and asking the insurer to take one back."""

from dataclasses import dataclass
from datetime import date
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from django.views.decorators.http import require_http_methods, require_safe

from ankang.accounts.permissions import desk_page
from ankang.desks.components.enrol.record import Line, recorded
from ankang.desks.components.refusals import put_errors
from ankang.desks.pages import desk_url, now_of, page, today_of
from ankang.desks.people import person
from ankang.enrolment.models import Enrolment, Withdrawal
from ankang.enrolment.queries import enrolments_visible_to
from ankang.enrolment.withdrawals import request_withdrawal
from ankang.roster.models import Resident
from ankang.rules.errors import AnkangError

_FOLDER = "desks/components/withdrawals/"
_desks = desk_page("town", "village")


class AskForm(forms.Form):
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    reason = forms.CharField(
        label="为什么退保",
        help_text="例如：老人已迁到外地",
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "请写明为什么退保，例如“老人已迁到外地”。"},
    )


@dataclass(frozen=True, slots=True)
class Held:
    """One enrolment as the page shows it, the newest request beside it."""

    enrolment: Enrolment
    lines: list[Line]
    asked: Withdrawal | None
    can_ask: bool
    is_over: bool  # its cover lies in the past


@_desks
@require_safe
def holdings(request: HttpRequest, pk: int) -> HttpResponse:
    """Every enrolment of a resident, newest first, with the way to give it up."""
    resident = get_object_or_404(Resident.objects.visible_to(person(request)).select_related("village"), pk=pk)
    rows = enrolments_visible_to(person(request)).filter(participation__resident=resident)
    held = [_held(row, today_of(request)) for row in rows.prefetch_related("withdrawals").order_by("-pk")]
    return page(request, _FOLDER + "holdings.html", {"resident": resident, "held": held, "enrol": "../../../enrol/"})


@_desks
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, enrolment_id: int) -> HttpResponse:
    """Ask the insurer to take an enrolment of an earlier day back."""
    rows = enrolments_visible_to(person(request)).prefetch_related("withdrawals")
    enrolment = get_object_or_404(rows, pk=enrolment_id)
    form, status = AskForm(request.POST or None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                _ask(request, enrolment, form)
            except AnkangError as error:
                status = put_errors(form, error)
            else:
                messages.success(request, "退保申请已交给中国人寿。审核前老人的保障照旧。")
                return redirect(desk_url(request, "holdings", enrolment.participation.resident_id))
    held = _held(enrolment, today_of(request))
    return page(request, _FOLDER + "ask.html", {"one": held, "form": form, "back": _back(request, held)}, status=status)


def _ask(request: HttpRequest, enrolment: Enrolment, form: AskForm) -> None:
    request_withdrawal(
        by=person(request),
        enrolment=enrolment,
        reason=form.cleaned_data["reason"],
        key=str(form.cleaned_data["key"]),
        today=today_of(request),
        now=now_of(request),
    )


def _held(enrolment: Enrolment, today: date) -> Held:
    asked = max(enrolment.withdrawals.all(), key=lambda row: row.pk, default=None)
    in_force = enrolment.cancelled_at is None and enrolment.withdrawn_on is None
    waits = asked is not None and asked.state == Withdrawal.State.WAITING
    lines = recorded(enrolment)
    is_over = all(line.holding.cover_to < today for line in lines)
    can_ask = in_force and not waits and not is_over and enrolment.enrolled_on < today
    return Held(enrolment, lines, asked, can_ask, is_over)


def _back(request: HttpRequest, held: Held) -> str:
    return desk_url(request, "holdings", held.enrolment.participation.resident_id)


withdrawal_pages = [
    path("roster/<int:pk>/enrolments/", holdings, name="holdings"),
    path("enrol/<int:enrolment_id>/withdraw/", withdraw, name="withdraw"),
]
