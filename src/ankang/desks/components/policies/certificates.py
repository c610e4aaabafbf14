"""保单与凭证: who has a certificate, printing one or a whole village, ticking who has it in hand."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ankang.accounts.models import Desk
from ankang.accounts.permissions import desk_page
from ankang.accounts.queries import villages_of
from ankang.desks.components.policies.papers import papers_response
from ankang.desks.components.sought import opened, to_address
from ankang.desks.keys import row_keys
from ankang.desks.pages import desk_url, now_of, page, today_of
from ankang.desks.people import person
from ankang.desks.sheets import Sheet, xlsx_response
from ankang.policies.certificates import MOST, hand_out, print_certificate, print_certificates, take_back
from ankang.policies.models import Certificate, CertificateQuerySet
from ankang.policies.queries import certificates, hand_out_counts
from ankang.programmes.models import ProgrammeVersion
from ankang.programmes.queries import campaign_on, plan_of
from ankang.roster.looks import note_export
from ankang.rules.errors import AnkangError

FOLDER = "desks/components/policies/"
_PAGE_SIZE = 50
_STATES = [
    ("alive", "有效的"),
    ("unprinted", "还没打印"),
    ("waiting", "打印了没发"),
    ("handed", "已发放"),
    ("ended", "已终止"),
]
_HEAD = (
    "村（居）", "姓名", "证件后四位", "凭证号", "团体保单号", "险种", "份数", "保费（元）", "保障开始", "保障截止",
    "从哪天起终止", "打印次数", "发放时间",
)  # fmt: skip
_SELECT = forms.Select(attrs={"class": "form-select"})
_TEXT = forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"})
_hands = desk_page(Desk.TOWN, Desk.VILLAGE)


class FilterForm(forms.Form):
    village = forms.ChoiceField(label="村（居）", required=False, widget=_SELECT)
    state = forms.ChoiceField(label="状态", required=False, choices=[("", "全部"), *_STATES], widget=_SELECT)
    text = forms.CharField(label="姓名、后四位或编号", required=False, max_length=60, widget=_TEXT)

    def __init__(self, *args: Any, villages: list[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["village"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", "全部"), *villages]

    @property
    def chosen(self) -> dict[str, str]:
        return dict(self.cleaned_data) if self.is_valid() else {}


def version_of(request: HttpRequest) -> ProgrammeVersion | None:
    """Return the campaign whose policies the pages show: the newest one."""
    return campaign_on(today_of(request), person(request).division_id)


@_hands
@require_http_methods(["GET", "HEAD", "POST"])
def certificate_list(request: HttpRequest) -> HttpResponse:
    """The certificates of one's villages with what is still to print and to hand out."""
    if request.method == "POST":
        return to_address(request, "text")
    user, version = person(request), version_of(request)
    if version is None:
        return page(request, "desks/town/dashboard_empty.html", {"missing": "programme"})
    villages = [(one.code, one.name) for one in villages_of(user)]
    form = FilterForm(opened(request.GET, "text"), villages=villages)
    found = certificates(user, version.programme, **form.chosen)
    names = {product.code: product.name for product in plan_of(version).products}
    found = found.order_by(F("handed_out_at").asc(nulls_first=True), "village", "number")
    shown = Paginator(found, _PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "version": version,
        "form": form,
        "rows": [(one, names[one.product]) for one in shown],
        "villages": villages,
        "counts": hand_out_counts(user, version.programme),
        "page_obj": shown,
        "print_village": form.chosen.get("village") or (villages[0][0] if len(villages) == 1 else ""),
        "query": request.GET.urlencode(),
        "back": request.get_full_path(),
        "most": MOST,
    }
    return page(request, FOLDER + "certificates.html", context)


@_hands
@require_safe
def certificates_export(request: HttpRequest) -> HttpResponse:
    """The same list as Excel; numbers by their last four characters."""
    user, version = person(request), version_of(request)
    if version is None:
        return redirect(desk_url(request, "certificates"))
    form = FilterForm(opened(request.GET, "text"), villages=[(one.code, one.name) for one in villages_of(user)])
    found = certificates(user, version.programme, **form.chosen)
    rows = certificate_rows(version, found)
    note_export(by=user, rows=len(rows), part="certificates")
    return xlsx_response(f"凭证清单-{today_of(request):%Y%m%d}", [Sheet("凭证清单", _HEAD, rows)])


def certificate_rows(version: ProgrammeVersion, found: CertificateQuerySet) -> list[list[Any]]:
    """Return certificates as rows under the head of the export."""
    names = {product.code: product.name for product in plan_of(version).products}
    return [
        [
            one.village.name,
            one.name,
            one.identity_tail,
            one.number,
            one.policy.number,
            names[one.product],
            one.units,
            one.premium_fen / 100,
            one.cover_from,
            one.cover_to,
            one.ended_from,
            one.prints,
            timezone.localdate(one.handed_out_at) if one.handed_out_at else "",
        ]
        for one in found.order_by("village", "number")
    ]


@_hands
@require_safe
def certificate(request: HttpRequest, pk: int) -> HttpResponse:
    """One certificate with its history."""
    one = _found(request, pk)
    plan = plan_of(one.holding.enrolment.version)
    context = {
        "one": one,
        "product": plan.product(one.product),
        "history": one.endorsements.select_related("requested_by", "decided_by", "to_village").order_by("pk"),
        "back": request.get_full_path(),
    }
    return page(request, FOLDER + "certificate.html", context)


@_hands
@require_POST
def certificate_print(request: HttpRequest, pk: int) -> HttpResponse:
    """One certificate as PDF; a second time it is marked."""
    one = _found(request, pk)
    try:
        printed = print_certificate(by=person(request), certificate=one, now=now_of(request))
    except AnkangError as error:
        messages.error(request, error.message)
        return redirect(desk_url(request, "certificate", pk))
    return papers_response(request, printed, f"凭证-{one.number}")


@_hands
@require_POST
def certificates_print(request: HttpRequest) -> HttpResponse:
    """A village's certificates in one PDF: `village`, and `which` new or all."""
    user, version = person(request), version_of(request)
    village = villages_of(user).filter(code=request.POST.get("village", "")).first()
    if version is None or village is None:
        messages.error(request, "请先选一个村居再打印。")
        return redirect(desk_url(request, "certificates"))
    only_new = request.POST.get("which") != "all"
    printed = print_certificates(
        by=user, programme=version.programme, village=village.code, only_new=only_new, now=now_of(request)
    )
    if not printed:
        messages.info(request, f"{village.name}没有{'还没打印过的' if only_new else ''}凭证。")
        return redirect(desk_url(request, "certificates"))
    return papers_response(request, printed, f"{village.name}凭证-{len(printed)}张")


@_hands
@require_POST
def certificates_hand_out(request: HttpRequest) -> HttpResponse:
    """Tick who has it: `one` by one, any number of them."""
    keys = row_keys(request.POST.getlist("one"))
    count = hand_out(by=person(request), certificate_ids=keys, now=now_of(request))
    if count:
        messages.success(request, f"已登记发放 {count} 张。点错了的，进那一张里取消。")
    else:
        messages.info(request, "没有新勾选的人。请先勾选已拿到凭证的人。")
    return redirect(_back(request))


@_hands
@require_POST
def certificate_take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Undo a tick that was wrong."""
    take_back(by=person(request), certificate=_found(request, pk))
    messages.success(request, "已取消“已发放”。")
    return redirect(desk_url(request, "certificate", pk))


def _back(request: HttpRequest) -> str:
    back = request.POST.get("back", "")
    safe = back.startswith("/") and url_has_allowed_host_and_scheme(back, allowed_hosts=None)
    return back if safe else desk_url(request, "certificates")


def _found(request: HttpRequest, pk: int) -> Certificate:
    rows = Certificate.objects.visible_to(person(request))
    related = ("policy__programme", "village", "resident__village", "handed_out_by", "holding__enrolment__version")
    return get_object_or_404(rows.select_related(*related), pk=pk)


certificate_pages: list[URLPattern] = [
    path("certificates/", certificate_list, name="certificates"),
    path("certificates/export/", certificates_export, name="certificates-export"),
    path("certificates/print/", certificates_print, name="certificates-print"),
    path("certificates/hand-out/", certificates_hand_out, name="certificates-hand-out"),
    path("certificates/<int:pk>/", certificate, name="certificate"),
    path("certificates/<int:pk>/print/", certificate_print, name="certificate-print"),
    path("certificates/<int:pk>/take-back/", certificate_take_back, name="certificate-take-back"),
]
