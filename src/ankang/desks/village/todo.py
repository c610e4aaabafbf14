"""待办 of a village: its progress, and house to house who is not insured yet, each contact recorded with one tap."""

from datetime import timedelta

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from ankang.accounts.permissions import desk_page
from ankang.bulletins.queries import unread_notices
from ankang.desks.components.day_field import DayField
from ankang.desks.components.outreach_sheets import visits_sheet
from ankang.desks.components.progress import progress_of
from ankang.desks.menus import address_of
from ankang.desks.pages import now_of, page, today_of
from ankang.desks.people import person
from ankang.desks.sheets import xlsx_response
from ankang.desks.village.visits import (
    OUTCOMES,
    STATES,
    address_part,
    houses,
    kept,
    visit_of,
    wanted_of,
    who_choices,
)
from ankang.enrolment.coverage import town_coverage
from ankang.outreach.actions import FARTHEST, LONGEST_NOTE, record_follow_up, undo_follow_up
from ankang.outreach.looks import look_at_phones
from ankang.outreach.models import FollowUp
from ankang.outreach.queries import Tally, just_recorded, waiting_houses, worker_tallies, workers_of
from ankang.programmes.queries import campaign_on, plan_of
from ankang.roster.looks import note_export
from ankang.roster.models import Resident
from ankang.roster.transfers import waiting_answers
from ankang.rules.days import short_day_words
from ankang.rules.errors import AnkangError

_PAGE_SIZE = 20
NO_PLAN = "还没有今年的方案，请等镇民政办发布方案以后再办。"


class FollowUpForm(forms.Form):
    """One tap: the button's outcome with what stands in the fields beside it."""

    outcome = forms.CharField(max_length=10, error_messages={"required": "请点一个结果。"})
    again_on = DayField(required=False)
    note = forms.CharField(
        max_length=LONGEST_NOTE, required=False, error_messages={"max_length": f"备注最多{LONGEST_NOTE}个字。"}
    )
    key = forms.CharField(max_length=64, error_messages={"required": "页面太旧了，请刷新后再记一次。"})


@desk_page("village")
@require_safe
def todo(request: HttpRequest) -> HttpResponse:
    """`?who=mine|all|none|KEY&state=due|new|OUTCOME`: household by household, twenty people a page."""
    user, today = person(request), today_of(request)
    version = campaign_on(today, user.division_id)
    if version is None:
        return page(request, "desks/village/todo.html", {"version": None})
    tallies = worker_tallies(user, version, today)
    wanted = wanted_of(request.GET, tallies.get(user.pk, Tally()))
    found = waiting_houses(user, version, today, wanted)
    shown = Paginator(found, _PAGE_SIZE).get_page(request.GET.get("page"))
    context = _form_context(request) | {
        "version": version,
        "progress": progress_of(town_coverage(user, version, today)),
        "page_obj": shown,
        "houses": houses(shown, plan_of(version), today),
        "everybody": sum(tallies.values(), Tally()),
        "mine": tallies.get(user.pk, Tally()),
        "wanted": wanted,
        "whose": who_choices(user, workers_of(user.division_id), tallies),
        "states": STATES,
        "recent": just_recorded(user, version.programme, now_of(request)),
        "import_address": address_of("village:import"),
        "transfers": waiting_answers(user, today, now_of(request))[0],
        "unread": unread_notices(user),
    }
    return page(request, "desks/village/todo.html", context)


@desk_page("village")
@require_safe
def todo_export(request: HttpRequest) -> HttpResponse:
    """The list as it is filtered, house by house, to print and take along; noted like every list that leaves."""
    user, today = person(request), today_of(request)
    version = campaign_on(today, user.division_id)
    if version is None:
        return _back(request, error=NO_PLAN)
    wanted = wanted_of(request.GET, worker_tallies(user, version, today).get(user.pk, Tally()))
    found = list(waiting_houses(user, version, today, wanted))
    note_export(by=user, rows=len(found), part="todo")
    says = f"{user.division.name}还没有参保的老人，{today:%Y-%m-%d}。电话只有后四位，要打电话请在“待办”里点“打电话”。"
    return xlsx_response(f"{user.division.name}未参保名单-{today:%Y%m%d}", [visits_sheet(found, today, says)])


@desk_page("village")
@require_POST
def call(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one person's telephones once, to call by a tap, after noting who looked; the outcome is recorded here."""
    user, today = person(request), today_of(request)
    found = get_object_or_404(Resident.objects.visible_to(user).prefetch_related("memberships"), pk=pk)
    version = campaign_on(today, user.division_id)
    if version is None:
        return _back(request, error=NO_PLAN)
    phones = look_at_phones(by=user, resident=found)
    context = _form_context(request) | {
        "visit": visit_of(found, plan_of(version), today),
        "phones": phones,
    }
    return page(request, "desks/village/call.html", context)


@desk_page("village")
@require_POST
def follow_up(request: HttpRequest, pk: int) -> HttpResponse:
    """Record what a contact brought: 已缴 goes on to the enrolment, 已故 to the roster's change, all else back."""
    user, today = person(request), today_of(request)
    found = get_object_or_404(Resident.objects.visible_to(user), pk=pk)
    version = campaign_on(today, user.division_id)
    form = FollowUpForm(request.POST)
    if version is None or not form.is_valid():
        return _back(request, error=NO_PLAN if version is None else _first_error(form))
    try:
        made = record_follow_up(
            by=user, resident_id=pk, programme=version.programme, today=today, now=now_of(request), **form.cleaned_data
        )
    except AnkangError as error:
        return _back(request, error=f"{found.name}：{error.message}")
    if made.outcome == FollowUp.Outcome.PAID:
        messages.success(request, f"已记下{found.name}已缴。请接着登记参保；登记好了才算参保。")
        return redirect(f"{reverse('village:enrol')}?resident={pk}")
    if made.outcome == FollowUp.Outcome.DEAD:
        messages.success(
            request, f"已记下：{found.name} 已故。请接着登记去世日期和依据；还不清楚的，镇民政办会来核实。"
        )
        return redirect(reverse("village:resident_change", args=[pk]))
    messages.success(request, _said(found, made))
    return _back(request)


@desk_page("village")
@require_POST
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back what one recorded a moment ago."""
    get_object_or_404(FollowUp.objects.visible_to(person(request)), pk=pk)
    try:
        undo_follow_up(by=person(request), follow_up_id=pk, now=now_of(request))
    except AnkangError as error:
        return _back(request, error=error.message)
    messages.success(request, "已撤回，恢复到记录以前。")
    return _back(request)


def _said(resident: Resident, made: FollowUp) -> str:
    words = f"已记下：{resident.name} {FollowUp.Outcome(made.outcome).label}"
    if made.outcome == FollowUp.Outcome.GOVERNMENT:
        return f"{words}。系统里还没有这一份，请镇民政办登记后这里才会消失。"
    if made.again_on:
        return f"{words}，{short_day_words(made.again_on)}排在最前面。"
    return f"{words}。"


def _form_context(request: HttpRequest) -> dict[str, object]:
    """Return what every form of a follow-up needs; the filters come from the list, or from the form that left it."""
    today, query = today_of(request), request.POST if request.method == "POST" else request.GET
    return {
        "outcomes": OUTCOMES,
        "kept": kept(query),
        "back": address_part(query),
        "longest_note": LONGEST_NOTE,
        "first_day": today,
        "tomorrow": today + timedelta(days=1),
        "last_day": today + FARTHEST,
    }


def _first_error(form: forms.Form) -> str:
    return next(str(message) for errors in form.errors.values() for message in errors)


def _back(request: HttpRequest, error: str = "") -> HttpResponse:
    """Return to the list as it was filtered."""
    if error:
        messages.error(request, error)
    return redirect(f"{reverse('village:todo')}?{address_part(request.POST)}".rstrip("?"))
