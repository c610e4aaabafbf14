"""A receipt's page on the village's and the town's desk: what it is about, where its money is, print, void."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.views.decorators.http import require_POST, require_safe

from ankang.accounts.permissions import desk_page
from ankang.desks.components.money.papers import handover_pdf, paid_fundings, product_words, receipt_pdf
from ankang.desks.components.money.trace import steps_of
from ankang.desks.components.refusals import put_errors
from ankang.desks.pages import desk_url, installation_of, now_of, page, today_of
from ankang.desks.people import person
from ankang.desks.sheets import download
from ankang.money.models import Handover, Receipt
from ankang.money.receipts import note_print, void_receipt
from ankang.papers import PDF_TYPE
from ankang.rules.errors import AnkangError

_desks = desk_page("town", "village")
_TEMPLATE = "desks/components/money/receipt.html"


class VoidForm(forms.Form):
    reason = forms.CharField(
        label="为什么作废",
        help_text="例如：金额收错，重新收",
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "请写明为什么作废，例如“金额收错，重新收”。"},
    )


@_desks
@require_safe
def receipt(request: HttpRequest, pk: int) -> HttpResponse:
    """One receipt: who paid what for whom, and where the money is now."""
    return _answer(request, _found(request, pk), VoidForm())


@desk_page("village")
@require_POST
def receipt_void(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a cash payment back while its money is in the village."""
    found, form = _found(request, pk), VoidForm(request.POST)
    if not form.is_valid():
        return _answer(request, found, form, 422)
    try:
        void_receipt(
            by=person(request),
            receipt=found,
            reason=form.cleaned_data["reason"],
            today=today_of(request),
            now=now_of(request),
        )
    except AnkangError as error:
        return _answer(request, found, form, put_errors(form, error))
    messages.success(request, "收据已作废，钱请退给付款人；这户又列在“收费”里。")
    return redirect("village:receipt", pk)


@_desks
@require_POST
def receipt_pdf_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The receipt as PDF; each print is counted, the second one says 补打."""
    found = _found(request, pk)
    found.prints = note_print(by=person(request), receipt=found).prints
    address = request.build_absolute_uri(reverse("public:receipt"))
    content = receipt_pdf(found, address=address, is_sample=installation_of(request).is_sample, at=now_of(request))
    return download(content, f"{found.number}.pdf", PDF_TYPE)


@_desks
@require_safe
def handover_pdf_file(request: HttpRequest, pk: int) -> HttpResponse:
    """A handover slip as PDF."""
    rows = Handover.objects.visible_to(person(request)).select_related("village", "handed_by", "decided_by")
    slip = get_object_or_404(rows, pk=pk)
    content = handover_pdf(slip, is_sample=installation_of(request).is_sample, at=now_of(request))
    return download(content, f"交款单-{slip.pk}.pdf", PDF_TYPE)


def _found(request: HttpRequest, pk: int) -> Receipt:
    rows = Receipt.objects.visible_to(person(request)).select_related(
        "village", "voided_by", "payment__by", "payment__decided_by", "payment__posting", "payment__handover",
        "payment__order__programme",
    )  # fmt: skip
    return get_object_or_404(rows, pk=pk)


def _answer(request: HttpRequest, found: Receipt, form: VoidForm, status: int = 200) -> HttpResponse:
    fundings = paid_fundings(found.payment)
    payment = found.payment
    context = {
        "receipt": found,
        "payment": payment,
        "rows": [(one, one.holding.enrolment.participation.resident, product_words(one)) for one in fundings],
        "steps": steps_of(found, fundings),
        "can_void": person(request).desk == "village"
        and not found.is_void
        and payment.means == payment.Means.CASH
        and payment.handover_id is None,
        "form": form,
        "pdf": desk_url(request, "receipt-pdf", found.pk),
    }
    return page(request, _TEMPLATE, context, status=status)


receipt_pages = [
    path("receipts/<int:pk>/", receipt, name="receipt"),
    path("receipts/<int:pk>/pdf/", receipt_pdf_file, name="receipt-pdf"),
    path("handovers/<int:pk>/pdf/", handover_pdf_file, name="handover-pdf"),
]
