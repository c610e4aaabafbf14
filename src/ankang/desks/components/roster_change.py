"""Changes of one resident by hand: died, moved, back again, name and number, lists. One page, one form an act."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.views.decorators.http import require_http_methods

from ankang.accounts.permissions import desk_page
from ankang.desks.components.day_field import DayField
from ankang.desks.components.refusals import put_errors
from ankang.desks.components.roster_list import Campaign, campaign_of
from ankang.desks.pages import desk_url, page, today_of
from ankang.desks.people import person
from ankang.roster.changes import correct_identity, end_group, join_group, mark_dead, mark_moved, restore
from ankang.roster.models import Resident
from ankang.rules.errors import AnkangError

_TEMPLATE = "desks/components/roster/change.html"


def _line(label: str, example: str) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=120, help_text=example, error_messages={"required": f"请填{label}。{example}"}
    )


class DeadForm(forms.Form):
    died_on = DayField(label="去世日期")
    evidence = _line("依据", "例如：死亡医学证明、火化证。")


class MovedForm(forms.Form):
    moved_on = DayField(label="迁出日期")
    evidence = _line("迁往哪里、依据什么", "例如：迁往邻县，户口迁移证。")


class RestoreForm(forms.Form):
    reason = _line("恢复的原因", "例如：已迁回，户口簿；登记有误。")


class CorrectForm(forms.Form):
    name = forms.CharField(label="姓名", max_length=60, error_messages={"required": "请照身份证填写姓名。"})
    number = forms.CharField(
        label="身份证号",
        max_length=40,
        required=False,
        help_text="留空不改。改了号码，性别和出生日期跟着改。",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    reason = _line("更正的依据", "例如：与身份证原件核对。")


class JoinForm(forms.Form):
    group = forms.ChoiceField(label="类别", error_messages={"required": "请选类别。"})
    from_on = DayField(label="从哪天起")
    evidence = _line("依据", "例如：县局2024年第2批低保批文。")


class EndForm(forms.Form):
    membership_id = forms.IntegerField(widget=forms.HiddenInput)
    to_on = DayField(label="最后一天", dressed=True)


# act -> its form and action; the form's fields are the action's own
_ACTS: dict[str, tuple[type[forms.Form], Callable[..., Any]]] = {
    "dead": (DeadForm, mark_dead),
    "moved": (MovedForm, mark_moved),
    "restore": (RestoreForm, restore),
    "correct": (CorrectForm, correct_identity),
    "join": (JoinForm, join_group),
    "end": (EndForm, end_group),
}
_TIMELESS = frozenset({"restore"})
_DONE = {
    "dead": "已登记为已故。",
    "moved": "已登记为迁出。",
    "restore": "已恢复在册。",
    "correct": "已更正。",
    "join": "已列入名单。",
    "end": "名单已结束。",
}


@desk_page("town", "village")
@require_http_methods(["GET", "HEAD", "POST"])
def resident_change(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what can be changed of one resident, and do the one act that was sent."""
    user = person(request)
    visible = Resident.objects.visible_to(user).select_related("village").prefetch_related("memberships")
    found = get_object_or_404(visible, pk=pk)
    campaign = campaign_of(user, today_of(request))
    made = _forms(found, campaign, request)
    act, status = request.POST.get("act", ""), 200
    if request.method == "POST" and act in made and made[act].is_valid():
        refusal = _done(request, found, act, made[act].cleaned_data)
        if refusal is None:
            messages.success(request, f"{found.name}：{_DONE[act]}")
            return redirect(desk_url(request, "resident", pk))
        status = put_errors(made[act], refusal)
    return page(request, _TEMPLATE, _context(found, campaign, made, act), status=status)


def _done(request: HttpRequest, found: Resident, act: str, given: dict[str, Any]) -> AnkangError | None:
    """Do the act; return its refusal, if any."""
    when = {} if act in _TIMELESS else {"today": today_of(request)}
    try:
        _ACTS[act][1](by=person(request), resident_id=found.pk, **when, **given)
    except AnkangError as error:
        return error
    return None


def _forms(found: Resident, campaign: Campaign, request: HttpRequest) -> dict[str, forms.Form]:
    """Return the forms that fit the resident's state and the person; the one that was sent is filled."""
    living = found.status == Resident.Status.LIVING
    names = ["join", "end", *(["dead", "moved"] if living else ["restore"])]
    names += ["dead"] if found.status == Resident.Status.MOVED else []
    names += ["correct"] if person(request).desk == "town" else []
    sent = request.POST.get("act")
    initial: dict[str, dict[str, Any]] = {"correct": {"name": found.name}}
    made = {
        name: _ACTS[name][0](request.POST if sent == name else None, initial=initial.get(name), auto_id=f"{name}_%s")
        for name in names
    }
    made["join"].fields["group"].choices = campaign.list_choices  # type: ignore[attr-defined]
    return made


def _context(found: Resident, campaign: Campaign, made: dict[str, forms.Form], act: str) -> dict[str, Any]:
    names = dict(campaign.list_choices)
    rows = [{"row": row, "name": names.get(row.group, row.group)} for row in found.memberships.all()]
    return {"resident": found, "forms": made, "act": act, "sent": made.get(act), "memberships": rows}


change_pages: list[URLPattern] = [
    path("roster/<int:pk>/change/", resident_change, name="resident_change"),
]
