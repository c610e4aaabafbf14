"""扫码付款: the QR code of an order, until it is paid. The page asks again by itself, or is loaded anew."""

import io
from uuid import uuid4

import segno
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_http_methods, require_POST

from ankang.accounts.permissions import desk_page
from ankang.desks.keys import row_keys
from ankang.desks.pages import desk_url, now_of, page, today_of
from ankang.desks.people import person
from ankang.gateways import Gateway, gateway
from ankang.money.actions import cancel_order, open_order
from ankang.money.models import Order, Receipt
from ankang.programmes.queries import campaign_on
from ankang.rules.errors import AnkangError
from ankang.treasury.charges import close_charge, look_up_charge, open_charge
from ankang.treasury.errors import NoGateway
from ankang.treasury.models import Charge

_desks = desk_page("village", "town")


class ChargeForm(forms.Form):
    """What a page of open premiums sends: the fundings of one payer."""

    key = forms.UUIDField(initial=uuid4, widget=forms.HiddenInput)
    payer_name = forms.CharField(max_length=60, error_messages={"required": "请写付款的人是谁。"})
    funding = forms.TypedMultipleChoiceField(
        coerce=int, error_messages={"required": "没有选要收的钱。请至少勾选一笔。"}
    )


@_desks
@require_POST
def charge_new(request: HttpRequest) -> HttpResponse:
    """Ask one payer for the ticked fundings by telephone: the order first, then its QR code."""
    form = ChargeForm(request.POST)
    form.fields["funding"].choices = [(one, one) for one in row_keys(request.POST.getlist("funding"))]  # type: ignore[attr-defined]
    user, version = person(request), campaign_on(today_of(request), person(request).division_id)
    if version is None or not form.is_valid():
        messages.error(request, "没有出二维码：付款人的名字没写，或没有选要收的钱。请打开这一户再试。")
        return _to_the_list(request)
    given = form.cleaned_data
    try:
        order = open_order(
            by=user,
            village=user.division,
            programme=version.programme,
            kind=Order.Kind.HOUSEHOLD,
            fundings=given["funding"],
            payer_name=given["payer_name"],
            key=str(given["key"]),
            today=today_of(request),
            now=now_of(request),
        )
    except AnkangError as error:
        messages.error(request, error.message)
        return _to_the_list(request)
    return _opened(request, order)


@_desks
@require_http_methods(["GET", "HEAD", "POST"])
def charge(request: HttpRequest, order_id: int) -> HttpResponse:
    """The QR code of an order and how it stands; a POST makes the code, or a new one."""
    order = _order(request, order_id)
    if request.method == "POST":
        return _opened(request, order)
    found: Charge | None = Charge.objects.filter(order=order).order_by("-pk").first()
    context = {
        "order": order,
        "charge": found,
        "due_fen": sum(order.lines.filter(dropped_at=None).values_list("amount_fen", flat=True)),
        "code": _svg(found.qr_content) if found and found.state == Charge.State.OPEN and found.qr_content else "",
        "is_trial": found is not None and found.qr_content.startswith("http://127.0.0.1:"),
        "receipt": Receipt.objects.filter(payment__order=order, voided_at=None).first(),
        "has_gateway": gateway() is not None,
    }
    return page(request, "desks/components/charges/charge.html", context)


@_desks
@require_POST
def charge_look(request: HttpRequest, order_id: int) -> HttpResponse:
    """Ask the platform: for a payer who says that it is paid while the page does not."""
    order = _order(request, order_id)
    try:
        if found := _open_charge(order):
            look_up_charge(charge=found, gateway=_way(), now=now_of(request))
    except AnkangError as error:
        messages.error(request, error.message)
    return redirect(desk_url(request, "charge", order.pk))


@_desks
@require_POST
def charge_close(request: HttpRequest, order_id: int) -> HttpResponse:
    """Close the QR code and take the order back: the payer gives cash after all, and is on the list again.

    A process killed between the two leaves an order without a code: the same button goes on.
    """
    order, user, now = _order(request, order_id), person(request), now_of(request)
    try:
        found = _open_charge(order)
        if found is not None:
            found = close_charge(by=user, charge=found, gateway=_way(), now=now)
        if found is not None and found.state != Charge.State.CLOSED:  # paid in the same instant
            return redirect(desk_url(request, "charge", order.pk))
        cancel_order(by=user, order=order, now=now)
    except AnkangError as error:
        messages.error(request, error.message)
        return redirect(desk_url(request, "charge", order.pk))
    messages.success(request, "二维码已经作废，可以改收现金或转账。")
    return _to_the_list(request)


def _way() -> Gateway:
    """Return the gateway. Errors: NoGateway."""
    if (way := gateway()) is None:
        raise NoGateway("这里没有开通扫码付款，请收现金或转账。")
    return way


def _open_charge(order: Order) -> Charge | None:
    return Charge.objects.filter(order=order, state=Charge.State.OPEN).select_related("order").first()


def _to_the_list(request: HttpRequest) -> HttpResponse:
    return redirect(desk_url(request, "collecting" if person(request).desk == "village" else "treasury"))


def _order(request: HttpRequest, order_id: int) -> Order:
    rows = Order.objects.visible_to(person(request)).select_related("village", "programme")
    return get_object_or_404(rows, pk=order_id)


def _opened(request: HttpRequest, order: Order) -> HttpResponse:
    try:
        open_charge(by=person(request), order=order, gateway=gateway(), now=now_of(request))
    except AnkangError as error:
        messages.error(request, error.message)
    return redirect(desk_url(request, "charge", order.pk))


def _svg(content: str) -> SafeString:
    """Return the code as an inline picture: no file, no style of its own."""
    out = io.BytesIO()
    segno.make(content, error="m").save(out, kind="svg", scale=6, xmldecl=False, svgns=False, omitsize=False)
    return mark_safe(out.getvalue().decode())  # drawn by segno from our own text


charge_pages: list[URLPattern] = [
    path("charges/new/", charge_new, name="charge-new"),
    path("charges/<int:order_id>/", charge, name="charge"),
    path("charges/<int:order_id>/look/", charge_look, name="charge-look"),
    path("charges/<int:order_id>/close/", charge_close, name="charge-close"),
]
