"""退保审核: the requests that wait for the insurer, and deciding one."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from django.views.decorators.http import require_http_methods, require_safe

from ankang.accounts.models import Desk
from ankang.accounts.permissions import desk_page
from ankang.claims.models import Claim
from ankang.desks.components.enrol.record import recorded
from ankang.desks.components.refusals import put_errors
from ankang.desks.insurer.forms import AnswerForm
from ankang.desks.pages import now_of, page, today_of
from ankang.desks.people import person
from ankang.enrolment.models import Withdrawal
from ankang.enrolment.withdrawals import withdrawals
from ankang.policies.endorsements import decide_withdrawal_on_policy
from ankang.rules.errors import AnkangError

_PAGE_SIZE = 50


@desk_page(Desk.INSURER)
@require_safe
def withdrawal_list(request: HttpRequest) -> HttpResponse:
    """`?state=waiting|accepted|refused`: those that wait first, the oldest of them on top."""
    state = request.GET.get("state", "")
    shown = Paginator(withdrawals(person(request), state), _PAGE_SIZE).get_page(request.GET.get("page"))
    waiting = withdrawals(person(request), Withdrawal.State.WAITING).count()
    context = {
        "page_obj": shown,
        "rows": [(row, recorded(row.enrolment)) for row in shown],
        "waiting": waiting,
        "state": state,
        "states": Withdrawal.State.choices,
    }
    return page(request, "desks/insurer/withdrawals.html", context)


@desk_page(Desk.INSURER)
@require_http_methods(["GET", "HEAD", "POST"])
def withdrawal(request: HttpRequest, pk: int) -> HttpResponse:
    """One request with what is given up and the resident's claims; a POST decides it."""
    found = get_object_or_404(withdrawals(person(request)), pk=pk)
    form, status = AnswerForm(request.POST or None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            accept = form.cleaned_data["accept"] == "yes"
            try:
                decide_withdrawal_on_policy(
                    by=person(request),
                    withdrawal=found,
                    accept=accept,
                    note=form.cleaned_data["note"],
                    today=today_of(request),
                    now=now_of(request),
                )
            except AnkangError as error:
                status = put_errors(form, error)
            else:
                messages.success(request, "已同意退保，份数已退回。" if accept else "已答复：不同意退保，保障照旧。")
                return redirect("insurer:withdrawal", pk)
    resident, programme = found.enrolment.participation.resident, found.enrolment.participation.programme_id
    claims = Claim.objects.visible_to(person(request)).filter(resident=resident, programme=programme)
    context = {"one": found, "lines": recorded(found.enrolment), "claims": list(claims.order_by("-pk")), "form": form}
    return page(request, "desks/insurer/withdrawal.html", context, status=status)


withdrawal_pages = [
    path("withdrawals/", withdrawal_list, name="withdrawals"),
    path("withdrawals/<int:pk>/", withdrawal, name="withdrawal"),
]
