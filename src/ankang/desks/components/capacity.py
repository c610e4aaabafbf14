"""行为能力: a village reports a resident to the town, the town sets, dismisses or ends; the list of all of them."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.views.decorators.http import require_http_methods, require_safe

from ankang.accounts.permissions import desk_page
from ankang.desks.components.day_field import DayField
from ankang.desks.components.refusals import put_errors
from ankang.desks.pages import desk_url, now_of, page, today_of
from ankang.desks.people import person
from ankang.desks.sheets import Cell, Sheet, xlsx_response
from ankang.enrolment.models import Participation
from ankang.programmes.queries import campaign_on
from ankang.roster.capacity import dismiss_report, end_incapacity, find_incapacity, incapacities, report_incapacity
from ankang.roster.looks import look_at_report, note_export
from ankang.roster.models import Incapacity, Resident
from ankang.rules.errors import AnkangError

_FOLDER = "desks/components/capacity/"
_PAGE_SIZE = 50
State = Incapacity.State


class ReportForm(forms.Form):
    seen = forms.CharField(
        label="看到的情况",
        max_length=200,
        help_text="例如：认不出家人，说不清自己要不要参保。镇里核实前只有镇民政办看得到。",
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "请写明看到的情况，例如：认不出家人，说不清自己要不要参保。"},
    )


class FindForm(forms.Form):
    from_on = DayField(label="从哪天起")
    paper = forms.CharField(
        label="依据",
        max_length=120,
        help_text="法院判决书的文号，例如：（2024）苏0903民特12号",
        error_messages={"required": "请写明法院判决书的文号。"},
    )


class DismissForm(forms.Form):
    paper = forms.CharField(
        label="怎么核实的",
        max_length=120,
        help_text="例如：民政办上门核实，老人能说清楚。",
        error_messages={"required": "请写明怎么核实的，例如：民政办上门核实，老人能说清楚。"},
    )


class EndForm(forms.Form):
    to_on = DayField(label="最后一天")
    paper = forms.CharField(
        label="依据",
        max_length=120,
        help_text="恢复民事行为能力的判决书文号",
        error_messages={"required": "请写明恢复民事行为能力的判决书文号。"},
    )


# act -> its form, its action, what else the action is told, what is said afterwards
_Act = tuple[type[forms.Form], Callable[..., Any], tuple[str, ...], str]
_ACTS: dict[str, _Act] = {
    "report": (ReportForm, report_incapacity, ("today", "now"), "已报镇民政办核实。核实前不能给他参保，也不要收钱。"),
    "find": (FindForm, find_incapacity, ("today", "now"), "已登记为无民事行为能力。含身故责任的险种不能再给他投保。"),
    "dismiss": (DismissForm, dismiss_report, ("now",), "已写明有行为能力，可以参保了。"),
    "end": (EndForm, end_incapacity, ("today",), "已登记恢复。"),
}


@desk_page("town", "village")
@require_http_methods(["GET", "HEAD", "POST"])
def resident_capacity(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what is known of one resident, and do the one act that was sent."""
    visible = Resident.objects.visible_to(person(request)).select_related("village")
    found = get_object_or_404(visible, pk=pk)
    known = list(incapacities(person(request)).filter(resident=found).order_by("-pk"))
    act = request.POST.get("act", "")
    made = {name: _form(name, request, act) for name in _acts(person(request).desk, known)}
    status = 200
    if request.method == "POST" and act in made and made[act].is_valid():
        refusal = _done(request, found, act, made[act].cleaned_data)
        if refusal is None:
            messages.success(request, f"{found.name}：{_ACTS[act][3]}")
            return redirect(desk_url(request, "resident_capacity", pk))
        status = put_errors(made[act], refusal)
    elif request.method == "POST" and act != "look":
        status = 422
    context = {"resident": found, "known": known, "forms": made, "sent": made.get(act)} | _looked(request, known)
    return page(request, _FOLDER + "one.html", context, status=status)


@desk_page("town")
@require_safe
def capacity(request: HttpRequest) -> HttpResponse:
    """`?state=reported|found|dismissed`: who was referred to the town and who may not be insured, fifty a page."""
    wanted = _wanted(request)
    shown = Paginator(incapacities(person(request), wanted), _PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page_obj": shown,
        "rows": _rows(request, list(shown)),
        "wanted": wanted,
        "states": State.choices,
        "waiting": incapacities(person(request), State.REPORTED).count(),
    }
    return page(request, _FOLDER + "list.html", context)


@desk_page("town")
@require_safe
def capacity_export(request: HttpRequest) -> HttpResponse:
    """The list as an Excel file; what a village saw stays sealed."""
    rows = _rows(request, list(incapacities(person(request), _wanted(request))))
    note_export(by=person(request), rows=len(rows), part="capacity")
    head = [
        "村（居）",
        "姓名",
        "证件后四位",
        "状态",
        "从哪天起",
        "到哪天止",
        "依据",
        "谁报的",
        "谁定的",
        "今年已参保份数",
    ]
    cells: list[list[Cell]] = [
        [
            row.resident.village.name, row.resident.name, row.resident.number_tail, row.get_state_display(),
            row.from_on, row.to_on, row.paper, _name(row.reported_by), _name(row.decided_by), units,
        ]
        for row, units in rows
    ]  # fmt: skip
    today = today_of(request)
    says = f"行为能力核实名单，截至 {now_of(request):%Y-%m-%d %H:%M}，共 {len(rows)} 条。"
    return xlsx_response(f"行为能力核实-{today:%Y%m%d}", [Sheet("行为能力核实", head, cells, says=says)])


def _acts(desk: str, known: list[Incapacity]) -> tuple[str, ...]:
    """Return what this desk can do now."""
    state = next((row.state for row in known if row.to_on is None and row.state != State.DISMISSED), None)
    if desk == "village":
        return () if state else ("report",)
    return {None: ("find",), State.REPORTED: ("find", "dismiss"), State.FOUND: ("end",)}[state]  # type: ignore[index]


def _form(name: str, request: HttpRequest, sent: str) -> forms.Form:
    return _ACTS[name][0](request.POST if sent == name else None, auto_id=f"{name}_%s")


def _done(request: HttpRequest, found: Resident, act: str, given: dict[str, Any]) -> AnkangError | None:
    """Do the act; return its refusal, if any."""
    _, action, told, _ = _ACTS[act]
    when = {"today": today_of(request), "now": now_of(request)}
    try:
        action(by=person(request), resident_id=found.pk, **given, **{name: when[name] for name in told})
    except AnkangError as error:
        return error
    return None


def _looked(request: HttpRequest, known: list[Incapacity]) -> dict[str, Any]:
    """Return what the village wrote when that was asked for; the look is noted."""
    if request.POST.get("act") != "look" or person(request).desk != "town":
        return {}
    report = next((row for row in known if str(row.pk) == request.POST.get("report")), None)
    return {"seen": look_at_report(by=person(request), incapacity=report), "seen_of": report} if report else {}


def _wanted(request: HttpRequest) -> str:
    state = request.GET.get("state", "")
    return state if state in State.values else ""


def _rows(request: HttpRequest, rows: list[Incapacity]) -> list[tuple[Incapacity, int]]:
    """Return each with the units that the person holds in the campaign: what still has to be given up."""
    version = campaign_on(today_of(request), person(request).division_id)
    held = Participation.objects.filter(resident__in=[row.resident_id for row in rows])
    units = dict(held.filter(programme=version.programme_id).values_list("resident", "units")) if version else {}
    return [(row, units.get(row.resident_id, 0)) for row in rows]


def _name(user: Any) -> str:
    return user.full_name if user else ""


capacity_pages: list[URLPattern] = [path("roster/<int:pk>/capacity/", resident_capacity, name="resident_capacity")]
town_capacity_pages: list[URLPattern] = [
    path("capacity/", capacity, name="capacity"),
    path("capacity/export/", capacity_export, name="capacity-export"),
]
