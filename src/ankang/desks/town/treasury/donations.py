"""捐赠与代缴: agreements, their money with receipts, whom it pays for, what goes back."""

from typing import Any
from uuid import uuid4

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ankang.accounts.models import Desk, User
from ankang.accounts.permissions import desk_page
from ankang.accounts.queries import villages_of
from ankang.desks.components.day_field import DayField
from ankang.desks.components.instalments import PartsForm
from ankang.desks.components.money.gifts import receipt_paper
from ankang.desks.components.money_field import MoneyField
from ankang.desks.components.refusals import put_errors
from ankang.desks.keys import row_keys
from ankang.desks.pages import now_of, page, paged, today_of
from ankang.desks.people import person
from ankang.desks.sheets import Cell, Sheet, download, xlsx_response
from ankang.desks.town.treasury.common import (
    FOLDER,
    PAGE_SIZE,
    SlipForm,
    acting,
    answered,
    money,
    no_campaign,
    parts_agreed,
    version_of,
)
from ankang.papers import PDF_TYPE, paper_pdf
from ankang.roster.looks import note_export
from ankang.rules.errors import AnkangError
from ankang.rules.instalments import due
from ankang.treasury.donors import agree_donation, fundable, receive_donation, return_donation, use_donation
from ankang.treasury.instalments import agreed, left_fen
from ankang.treasury.models import Donation, DonationReceipt

_HEAD = ("村（居）", "姓名", "证件后四位", "险种", "用捐款付（元）", "现在")
_SHOWN = 200  # people offered at once


class AgreementForm(forms.Form):
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    donor = forms.CharField(
        label="捐赠人", max_length=60, help_text="个人姓名或单位名称", error_messages={"required": "请写捐赠人。"}
    )
    amount = MoneyField(label="协议金额（元）")
    agreed_on = DayField(label="协议日期")
    paper = forms.CharField(label="协议名称或编号", max_length=120, error_messages={"required": "请写协议名称或编号。"})
    purpose = forms.CharField(
        label="用途", max_length=200, initial="给老人交安康关爱保费", error_messages={"required": "请写用途。"}
    )
    account = forms.ModelChoiceField(
        label="哪个账号能看去向", queryset=User.objects.none(), required=False, empty_label="暂时没有"
    )
    villages = forms.MultipleChoiceField(
        label="只给哪些村居的老人",
        help_text="一个都不勾就是全镇",
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, user: User, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        accounts = User.objects.filter(desk=Desk.DONOR, is_active=True, division__code__startswith=user.scope)
        self.fields["account"].queryset = accounts.order_by("username")  # type: ignore[attr-defined]
        self.fields["villages"].choices = [(one.code, one.name) for one in villages_of(user)]  # type: ignore[attr-defined]


class BackForm(SlipForm):
    """What went back to the donor."""

    on = DayField(label="退款日期")


class UseForm(forms.Form):
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    funding = forms.TypedMultipleChoiceField(
        coerce=int,
        error_messages={"required": "请勾选要用这笔捐款付的老人。", "invalid_choice": "名单刚变过，请重新勾选。"},
    )


@desk_page("town")
@require_safe
def donations(request: HttpRequest) -> HttpResponse:
    """The agreements, newest first."""
    rows = Donation.objects.visible_to(person(request)).select_related("donor", "programme")
    return page(request, FOLDER + "donations.html", {"donations": paged(request, rows)})


@desk_page("town")
@require_http_methods(["GET", "HEAD", "POST"])
def donation_new(request: HttpRequest) -> HttpResponse:
    """Note an agreement."""
    version = version_of(request)
    if version is None:
        return no_campaign(request)
    if request.method != "POST":
        form = AgreementForm(person(request), initial={"agreed_on": today_of(request)})
        return page(request, FOLDER + "donation_new.html", {"form": form})
    form = AgreementForm(person(request), request.POST)
    status = 422
    if form.is_valid():
        given = form.cleaned_data
        try:
            made = agree_donation(
                programme=version.programme,
                donor_name=given["donor"],
                account=given["account"],
                paper=given["paper"],
                purpose=given["purpose"],
                villages=given["villages"],
                amount_fen=given["amount"],
                agreed_on=given["agreed_on"],
                key=str(given["key"]),
                **acting(request),
            )
        except AnkangError as error:
            status = put_errors(form, error)
        else:
            return redirect("town:donation", made.pk)
    return page(request, FOLDER + "donation_new.html", {"form": form}, status=status)


@desk_page("town")
@require_safe
def donation(request: HttpRequest, pk: int) -> HttpResponse:
    """One agreement: its money, whom it paid for, whom it could pay for."""
    return _page(request, _found(request, pk))


@desk_page("town")
@require_POST
def donation_receive(request: HttpRequest, pk: int) -> HttpResponse:
    """The donor's money is on the account."""
    found, form = _found(request, pk), SlipForm(request.POST)

    def act(given: dict[str, Any]) -> str:
        receipt = receive_donation(donation=found, **_slip(given), **acting(request))
        return f"捐款已入账，收据号 {receipt.number}。"

    done = answered(request, form, act, back="town:donation", pk=pk)
    return done if isinstance(done, HttpResponse) else _page(request, found, slip=form, status=done)


@desk_page("town")
@require_POST
def donation_parts(request: HttpRequest, pk: int) -> HttpResponse:
    """The donor says in which parts the money will come."""
    found, form = _found(request, pk), PartsForm(request.POST)
    done = parts_agreed(request, found, form, "town:donation")
    return done if isinstance(done, HttpResponse) else _page(request, found, parts=form, status=done)


@desk_page("town")
@require_POST
def donation_use(request: HttpRequest, pk: int) -> HttpResponse:
    """Pay the ticked people's premiums from it."""
    found, form = _found(request, pk), UseForm(request.POST)
    form.fields["funding"].choices = [(one, one) for one in row_keys(request.POST.getlist("funding"))]  # type: ignore[attr-defined]

    def act(given: dict[str, Any]) -> str:
        told = acting(request)
        fundings = given["funding"]
        use_donation(donation=found, fundings=fundings, on=told["now"].date(), key=str(given["key"]), **told)
        return f"已用这笔捐款给 {len(fundings)} 位老人付了保费。"

    done = answered(request, form, act, back="town:donation", pk=pk)
    return done if isinstance(done, HttpResponse) else _page(request, found, use=form, status=done)


@desk_page("town")
@require_POST
def donation_return(request: HttpRequest, pk: int) -> HttpResponse:
    """The unused part went back to the donor."""
    found, form = _found(request, pk), BackForm(request.POST, auto_id="back_%s")

    def act(given: dict[str, Any]) -> str:
        return_donation(donation=found, **_slip(given), **acting(request))
        return "已记下退回的捐款余额。"

    done = answered(request, form, act, back="town:donation", pk=pk)
    return done if isinstance(done, HttpResponse) else _page(request, found, back=form, status=done)


@desk_page("town")
@require_safe
def donation_receipt(request: HttpRequest, pk: int) -> HttpResponse:
    """A receipt as PDF."""
    rows = DonationReceipt.objects.visible_to(person(request)).select_related("donation__donor", "division")
    found = get_object_or_404(rows, pk=pk)
    return download(paper_pdf(receipt_paper(found), at=found.at), f"捐赠收据-{found.number}.pdf", PDF_TYPE)


@desk_page("town")
@require_safe
def donation_export(request: HttpRequest, pk: int) -> HttpResponse:
    """Whom a donation paid for, as Excel; numbers by their last four characters."""
    found = _found(request, pk)
    uses = list(_uses(found))
    note_export(by=person(request), rows=len(uses), part="donation")
    rows: list[list[Cell]] = []
    for use in uses:
        holding = use.funding.holding
        resident = holding.enrolment.participation.resident
        state = "退回这笔捐款了" if use.dropped_at else "已付"
        rows.append(
            [resident.village.name, resident.name, resident.number_tail, holding.product, money(use.amount_fen), state]
        )
    says = f"{found.donor.name} {found.paper}：已收{money(found.received_fen)}元，已用{money(found.used_fen)}元。"
    return xlsx_response(f"捐款去向-{found.pk}", [Sheet("捐款去向", _HEAD, rows, says=says)])


def _slip(given: dict[str, Any]) -> dict[str, Any]:
    return {
        "amount_fen": given["amount"],
        "reference": given["reference"],
        "on": given["on"],
        "key": str(given["key"]),
    }


def _found(request: HttpRequest, pk: int) -> Donation:
    rows = Donation.objects.visible_to(person(request)).select_related("donor__account", "programme", "division", "by")
    found: Donation = get_object_or_404(rows, pk=pk)
    return found


def _uses(found: Donation) -> Any:
    return found.uses.select_related("funding__holding__enrolment__participation__resident__village")


def _page(
    request: HttpRequest,
    found: Donation,
    *,
    slip: SlipForm | None = None,
    use: UseForm | None = None,
    back: SlipForm | None = None,
    parts: PartsForm | None = None,
    status: int = 200,
) -> HttpResponse:
    today = now_of(request).date()
    waiting = fundable(found).select_related("holding__enrolment__participation__resident__village")
    standing = agreed(found)
    more = max(0, waiting.count() - _SHOWN)
    chosen = set(use.data.getlist("funding")) if use else set()  # type: ignore[attr-defined]
    context = {
        "gift": found,
        "open_fen": found.amount_fen - found.received_fen,
        "receipts": found.receipts.select_related("by", "division"),
        "page_obj": Paginator(_uses(found), PAGE_SIZE).get_page(request.GET.get("page")),
        "waiting": [(one, str(one.pk) in chosen) for one in waiting[:_SHOWN]],
        "more": more,
        "wanted_villages": [one.name for one in villages_of(person(request)).filter(code__in=found.villages)],
        "agreed": standing,
        "due": due(standing, left_fen(found), today),
        "parts": parts or PartsForm(parts=standing),
        "slip": slip or SlipForm(initial={"on": today, "amount": found.amount_fen - found.received_fen}),
        "use": use or UseForm(),
        "back": back or BackForm(initial={"on": today, "amount": found.balance_fen}, auto_id="back_%s"),
    }
    return page(request, FOLDER + "donation.html", context, status=status)
