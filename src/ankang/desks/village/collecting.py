"""收费: who owes what, and a household's money taken at once with its receipt."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods

from ankang.accounts.permissions import desk_page
from ankang.desks.components.refusals import put_errors
from ankang.desks.components.sought import opened, to_address
from ankang.desks.pages import now_of, page, today_of
from ankang.desks.people import person
from ankang.desks.village.todo import NO_PLAN
from ankang.gateways import gateway
from ankang.money.actions import collect
from ankang.money.closings import day_figures
from ankang.money.models import Order, Payment
from ankang.money.owing import Debtor, collective_debt, day_debt, debtor_of, debtors
from ankang.money.queries import orders_to_scan
from ankang.programmes.models import ProgrammeVersion
from ankang.programmes.queries import campaign_on, plan_of
from ankang.roster.models import Resident
from ankang.rules.errors import AnkangError

_FOLDER = "desks/village/money/"
_PAGE_SIZE = 30
_DAYS = 5


class CollectForm(forms.Form):
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    shown = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    payer_name = forms.CharField(
        label="付款人",
        help_text="收据上写的名字",
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "请写付款人的名字。"},
    )
    means = forms.ChoiceField(
        label="怎么付的",
        choices=[("cash", "现金"), ("transfer", "转账到镇里的专户")],
        initial="cash",
        widget=forms.RadioSelect,
        error_messages={"required": "请点“现金”或“转账”。", "invalid_choice": "请点“现金”或“转账”。"},
    )
    reference = forms.CharField(
        label="转账流水号",
        help_text="转账才填；镇里核对到账以后才开收据",
        max_length=64,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


@desk_page("village")
@require_http_methods(["GET", "HEAD", "POST"])
def collecting(request: HttpRequest) -> HttpResponse:
    """The households that owe, or those that somebody looks for; the collective's debt; what was taken today."""
    if request.method == "POST":
        return to_address(request, "q")
    version = _version(request)
    if version is None:
        return page(request, _FOLDER + "none.html", {"why": NO_PLAN})
    user, text = person(request), opened(request.GET, "q").get("q", "")[:30]
    found = debtors(user, version.programme, text)
    context = {
        "page_obj": Paginator(found, _PAGE_SIZE).get_page(request.GET.get("page")),
        "owing": found,
        "due_fen": sum(one.due_fen for one in found),
        "collective": collective_debt(user, version.programme),
        "figures": day_figures(user.division, today_of(request)),
        "text": text,
        "days": [] if text else _days(found),
    }
    return page(request, _FOLDER + "collecting.html", context)


def _days(found: Sequence[Debtor]) -> list[tuple[date, int, int]]:
    """Return the last days on which people enrolled who can pay now: day, how many parts, fen."""
    sums: dict[date, list[int]] = defaultdict(lambda: [0, 0])
    for row in (row for one in found for row in one.open_rows):
        sums[row.enrolled_on][0] += 1
        sums[row.enrolled_on][1] += row.amount_fen
    return [(day, parts, fen) for day, (parts, fen) in sorted(sums.items(), reverse=True)][:_DAYS]


@desk_page("village")
@require_http_methods(["GET", "HEAD", "POST"])
def collect_household(request: HttpRequest, pk: int) -> HttpResponse:
    """What a resident's household owes, and one button that takes it."""
    get_object_or_404(Resident.objects.visible_to(person(request)).only("pk"), pk=pk)
    version = _version(request)
    found = debtor_of(person(request), version.programme, pk) if version else None
    if version is None or found is None:
        return _nothing(request)
    return _take(request, version, found, Order.Kind.HOUSEHOLD, found.names[0])


@desk_page("village")
@require_http_methods(["GET", "HEAD", "POST"])
def collect_collective(request: HttpRequest) -> HttpResponse:
    """What the village's collective owes, and one button that takes it."""
    version = _version(request)
    found = collective_debt(person(request), version.programme) if version else None
    if version is None or found is None:
        return _nothing(request)
    return _take(request, version, found, Order.Kind.BATCH, f"{person(request).division.name}村集体")


@desk_page("village")
@require_http_methods(["GET", "HEAD", "POST"])
def collect_day(request: HttpRequest, on: str) -> HttpResponse:
    """What people who enrolled on a day owe themselves, paid at once by who went round for it."""
    try:
        day = date.fromisoformat(on)
    except ValueError:
        raise Http404 from None
    version = _version(request)
    found = day_debt(person(request), version.programme, day) if version else None
    if version is None or found is None:
        return _nothing(request)
    return _take(request, version, found, Order.Kind.DAY, person(request).full_name, day=day)


def _take(
    request: HttpRequest, version: ProgrammeVersion, found: Debtor, kind: str, payer: str, *, day: date | None = None
) -> HttpResponse:
    form, status = CollectForm(request.POST or None, initial={"payer_name": payer, "shown": found.due_fen}), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                return _collected(request, _store(request, version, found, kind, form))
            except AnkangError as error:
                status = put_errors(form, error)
    names = {product.code: product.name for product in plan_of(version).products}
    context = {
        "found": found,
        "rows": [(row, names.get(row.product, row.product)) for row in found.rows],
        "form": form,
        "day": day,
        "is_collective": kind == Order.Kind.BATCH,
        "has_gateway": kind == Order.Kind.HOUSEHOLD and gateway() is not None,
        "to_scan": orders_to_scan(person(request), [row.funding_id for row in found.rows if row.asked]),
    }
    return page(request, _FOLDER + "collect.html", context, status=status)


def _store(request: HttpRequest, version: ProgrammeVersion, found: Debtor, kind: str, form: CollectForm) -> Payment:
    user, given = person(request), form.cleaned_data
    return collect(
        by=user,
        village=user.division,
        programme=version.programme,
        kind=kind,
        fundings=[row.funding_id for row in found.open_rows],
        payer_name=given["payer_name"],
        means=given["means"],
        amount_fen=given["shown"],
        reference=given["reference"],
        key=given["key"].hex,
        today=today_of(request),
        now=now_of(request),
    )


def _collected(request: HttpRequest, payment: Payment) -> HttpResponse:
    if payment.state == Payment.State.DONE:
        messages.success(request, "收到了，收据已经开好。")
        return redirect("village:receipt", payment.receipt.pk)
    messages.success(request, "已登记转账。镇里核对到账以后，系统会开收据。")
    return redirect("village:collecting")


def _nothing(request: HttpRequest) -> HttpResponse:
    """Nobody owes here: pressed a second time, or collected by a colleague. The receipt of the first press is shown."""
    key = request.POST.get("key", "").replace("-", "")
    done = Payment.objects.visible_to(person(request)).filter(key=key, by=person(request)).first() if key else None
    if done and done.state == Payment.State.DONE:
        return redirect("village:receipt", done.receipt.pk)
    if request.method == "POST":
        messages.info(request, "这户没有要收的钱了，没有重复收。")
        return redirect("village:collecting")
    return page(request, _FOLDER + "none.html", {"why": "交过的在“收款与日结”里，新登记的参保会自动列在“收费”里。"})


def _version(request: HttpRequest) -> ProgrammeVersion | None:
    return campaign_on(today_of(request), person(request).division_id)
