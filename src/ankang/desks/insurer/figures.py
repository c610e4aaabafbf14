"""理赔统计 and 可疑提醒: figures of a programme's claims, and the list of what a person should look at."""

from decimal import ROUND_DOWN, Decimal

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from django.views.decorators.http import require_POST, require_safe

from ankang.accounts.models import Desk
from ankang.accounts.permissions import desk_page
from ankang.claims.actions import note_export
from ankang.claims.figures import Part, average, claim_figures, programmes_with_claims
from ankang.claims.models import Claim
from ankang.claims.signals import digest_of, note_look, seen_signals
from ankang.desks.components.refusals import put_errors
from ankang.desks.insurer.figure_charts import bars_of, villages_bars
from ankang.desks.pages import now_of, page, today_of
from ankang.desks.people import person
from ankang.desks.sheets import Cell, Sheet, xlsx_response
from ankang.programmes.models import Programme
from ankang.programmes.queries import newest_versions, version_covering
from ankang.rules.errors import AnkangError

_HEAD = ("报案", "同意赔付", "应赔（元）", "参保老人", "每千人报案", "保费（元）", "赔付率（%）")


class LookForm(forms.Form):
    claim = forms.CharField(widget=forms.HiddenInput)
    code = forms.CharField(widget=forms.HiddenInput, max_length=20)
    fact = forms.CharField(widget=forms.HiddenInput, max_length=64)
    note = forms.CharField(label="看过的意见", max_length=300, required=False)


@desk_page(Desk.INSURER)
@require_safe
def figures(request: HttpRequest) -> HttpResponse:
    """`?programme=`: the figures of one year's claims; without it of the running cover, or the last that has claims."""
    programmes, chosen = _programmes(request)
    if chosen is None:
        return page(request, "desks/insurer/figures.html", {"programmes": programmes, "chosen": None})
    found = claim_figures(person(request), chosen)
    context = {
        "programmes": programmes,
        "chosen": chosen,
        "figures": found,
        "per_thousand": _one(found.total.per_thousand),
        "ratio": _one(found.total.ratio),
        "to_decision": _one(average(found.to_decision)),
        "to_money": _one(average(found.to_money)),
        "villages": _rows(found.villages),
        "village_bars": villages_bars(found),
        "bars": bars_of(found),
    }
    return page(request, "desks/insurer/figures.html", context)


@desk_page(Desk.INSURER)
@require_safe
def figures_export(request: HttpRequest) -> HttpResponse:
    _, chosen = _programmes(request)
    if chosen is None:
        return redirect("insurer:figures")
    found = claim_figures(person(request), chosen)
    says = f"{chosen.name}，截至{today_of(request):%Y-%m-%d}。应赔是已同意的数；已付 {_yuan(found.money_fen)} 元。"
    sheets = [
        Sheet(name, (name, *_HEAD), [_cells(one) for one in parts], says, totals)
        for name, parts, totals in (
            ("村居", found.villages, [_cells(found.total)]),
            ("年龄", found.ages, []),
            ("原因", found.causes, []),
        )
    ]
    benefits = Sheet("责任", ("责任", "应赔（元）"), [(name, _yuan(fen)) for name, fen in found.benefits], says)
    return xlsx_response(f"理赔统计-{today_of(request):%Y%m%d}", [benefits, *sheets])


@desk_page(Desk.INSURER)
@require_safe
def signals(request: HttpRequest) -> HttpResponse:
    return _signals(request)


@desk_page(Desk.INSURER)
@require_safe
def signals_export(request: HttpRequest) -> HttpResponse:
    rows = seen_signals(person(request))
    note_export(by=person(request), rows=len(rows))
    head = ("案号", "村居", "提醒", "说明", "看过的人", "意见")
    cells = [
        (
            row.claim.number,
            row.claim.village.name,
            row.signal.name,
            row.signal.words,
            row.look.looked_by.full_name if row.look else "",
            row.look.note if row.look else "",
        )
        for row in rows
    ]
    return xlsx_response(f"可疑提醒-{today_of(request):%Y%m%d}", [Sheet("可疑提醒", head, cells)])


@desk_page(Desk.INSURER)
@require_POST
def signal_look(request: HttpRequest) -> HttpResponse:
    """Note that a person looked at one signal."""
    form, status = LookForm(request.POST), 422
    if form.is_valid():
        given = form.cleaned_data
        claim = get_object_or_404(Claim.objects.visible_to(person(request)), number=given["claim"])
        try:
            note_look(
                by=person(request),
                claim=claim,
                code=given["code"],
                fact=given["fact"],
                note=given["note"],
                now=now_of(request),
            )
        except AnkangError as error:
            status = put_errors(form, error)
        else:
            messages.success(request, "已记下看过的意见。")
            return redirect("insurer:signals")
    return _signals(request, form=form, status=status)


def _signals(request: HttpRequest, *, form: LookForm | None = None, status: int = 200) -> HttpResponse:
    rows = [(row, digest_of(row.signal)) for row in seen_signals(person(request))]
    waiting = [pair for pair in rows if pair[0].look is None]
    context = {"waiting": waiting, "looked": [row for row, _ in rows if row.look is not None], "form": form}
    return page(request, "desks/insurer/signals.html", context, status=status)


def _programmes(request: HttpRequest) -> tuple[list[Programme], Programme | None]:
    user = person(request)
    programmes = [version.programme for version in newest_versions(user)]
    wanted = request.GET.get("programme", "")
    chosen = next((one for one in programmes if one.slug == wanted), None)
    if chosen is None:
        running = version_covering(today_of(request), user.division_id)
        claimed = programmes_with_claims(user)
        found = [*([running.programme] if running else []), *programmes]
        chosen = next((one for one in found if one.pk in claimed), next(iter(found), None))
    return programmes, chosen


def _rows(parts: list[Part]) -> list[tuple[Part, str, str]]:
    return [(one, _one(one.per_thousand), _one(one.ratio)) for one in parts]


def _cells(one: Part) -> tuple[Cell, ...]:
    insured: tuple[Cell, ...] = (None, None, None, None)
    if one.insured or one.premium_fen:
        insured = (one.insured, _decimal(one.per_thousand), _yuan(one.premium_fen), _decimal(one.ratio))
    return (one.name, one.reported, one.approved, _yuan(one.paid_fen), *insured)


def _yuan(fen: int) -> Decimal:
    return Decimal(fen).scaleb(-2)


def _decimal(value: float | None) -> Decimal | None:
    """One decimal, cut and never rounded up."""
    return None if value is None else Decimal(value).quantize(Decimal("0.1"), ROUND_DOWN)


def _one(value: float | None) -> str:
    found = _decimal(value)
    return "—" if found is None else f"{found:,}"


figure_pages = [
    path("figures/", figures, name="figures"),
    path("figures/export/", figures_export, name="figures_export"),
    path("signals/", signals, name="signals"),
    path("signals/export/", signals_export, name="signals_export"),
    path("signals/look/", signal_look, name="signal_look"),
]
