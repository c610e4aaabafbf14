"""录入票据: the invoices of a claim. One that another claim uses is refused, with the way to that claim."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from django.views.decorators.http import require_http_methods

from ankang.accounts.models import Desk
from ankang.accounts.permissions import desk_page
from ankang.claims.invoices import MOST, Bill, InvoiceUsed, record_invoices
from ankang.claims.models import Claim
from ankang.desks.components.case_forms import InvoiceForm
from ankang.desks.pages import now_of, page
from ankang.desks.people import person
from ankang.rules.errors import AnkangError

Rows = forms.formset_factory(InvoiceForm, extra=3, max_num=MOST, absolute_max=MOST)


@desk_page(Desk.INSURER)
@require_http_methods(["GET", "HEAD", "POST"])
def invoices(request: HttpRequest, number: str) -> HttpResponse:
    visible = Claim.objects.visible_to(person(request)).select_related("resident", "village")
    claim = get_object_or_404(visible, number=number)
    known = [
        {"number": one.number, "code": one.code, "amount_fen": one.amount_fen, "dated_on": one.dated_on}
        for one in claim.invoices.filter(freed_at__isnull=True)
    ]
    rows, status, used, problems = Rows(request.POST or None, prefix="bill", initial=known), 200, None, []
    if request.method == "POST":
        status = 422
        if rows.is_valid():
            filled = [form for form in rows.forms if form.cleaned_data.get("number")]
            try:
                record_invoices(by=person(request), claim=claim, bills=_bills(filled), now=now_of(request))
            except InvoiceUsed as error:
                status, used = 409, _used(request, error)
                filled[int(str(error.fields["place"]))].add_error("number", error.message)
            except AnkangError as error:
                problems = _put(filled, error)
            else:
                messages.success(request, f"已录入 {len(filled)} 张票据。")
                return redirect("insurer:papers", number)
    context = {"claim": claim, "rows": rows, "used": used, "problems": problems}
    return page(request, "desks/insurer/invoices.html", context, status=status)


def _bills(filled: list[InvoiceForm]) -> list[Bill]:
    given = [form.cleaned_data for form in filled]
    return [Bill(one["number"], one["amount_fen"], one["dated_on"], one["code"]) for one in given]


def _used(request: HttpRequest, error: InvoiceUsed) -> Claim | str:
    """Return the other claim when this person may open it, else its number alone."""
    number = str(error.fields["claim"])
    return Claim.objects.visible_to(person(request)).filter(number=number).first() or number


def _put(filled: list[InvoiceForm], error: AnkangError) -> list[str]:
    """Put what was refused beside its row, and return what belongs to none."""
    named = error.fields.get("errors")
    if not isinstance(named, dict):
        return [error.message]
    for name, message in named.items():
        filled[int(name.removeprefix("bill-"))].add_error("number", message)
    return []


invoice_pages = [path("claims/<str:number>/invoices/", invoices, name="invoices")]
