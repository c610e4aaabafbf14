"""工作方案 of a village: its own measures with who answers for them and by when, done marks, and a page to print."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from ankang.accounts.permissions import desk_page
from ankang.desks.components.day_field import DayField
from ankang.desks.components.refusals import tell
from ankang.desks.pages import now_of, page, today_of
from ankang.desks.people import person
from ankang.outreach.actions import add_measure, change_measure, mark_measure, remove_measure
from ankang.outreach.models import Measure
from ankang.outreach.permissions import lead_of, leads
from ankang.outreach.queries import measures as measures_of
from ankang.programmes.queries import campaign_on
from ankang.rules.errors import AnkangError


class MeasureForm(forms.Form):
    title = forms.CharField(
        label="措施",
        max_length=80,
        help_text="做什么，做到什么程度。例如：1至4组挨户上门，问到每一户。",
        error_messages={"required": "请写措施：做什么，做到什么程度。"},
    )
    responsible = forms.CharField(label="责任人", max_length=40, error_messages={"required": "请写责任人的姓名。"})
    due_on = DayField(label="期限")


@desk_page("village")
@require_http_methods(["GET", "HEAD", "POST"])
def measures(request: HttpRequest) -> HttpResponse:
    """List the measures; the lead adds one."""
    user, today = person(request), today_of(request)
    version = campaign_on(today, user.division_id)
    if version is None:
        return page(request, "desks/village/measures.html", {"version": None})
    form = MeasureForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            add_measure(by=user, programme=version.programme, now=now_of(request), **form.cleaned_data)
        except AnkangError as error:
            tell(form, error)
        else:
            messages.success(request, "措施已加进工作方案。")
            return redirect(reverse("village:measures"))
    lead = lead_of(user.division_id)
    rows = list(measures_of(user, version.programme))
    context = _counts(rows, today) | {"version": version, "form": form, "lead": lead, "may_plan": leads(user, lead)}
    return page(request, "desks/village/measures.html", context)


@desk_page("village")
@require_http_methods(["GET", "HEAD", "POST"])
def measure(request: HttpRequest, pk: int) -> HttpResponse:
    """Change one measure."""
    found, user = _found(request, pk), person(request)
    initial = {"title": found.title, "responsible": found.responsible, "due_on": found.due_on}
    form = MeasureForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            change_measure(by=user, measure_id=pk, **form.cleaned_data)
        except AnkangError as error:
            tell(form, error)
        else:
            messages.success(request, "措施已改好。")
            return redirect(reverse("village:measures"))
    lead = lead_of(user.division_id)
    context = {"measure": found, "form": form, "lead": lead, "may_plan": leads(user, lead)}
    return page(request, "desks/village/measure.html", context)


@desk_page("village")
@require_POST
def measure_mark(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark one measure as done, or as open again."""
    _found(request, pk)
    is_done = request.POST.get("done") == "yes"
    try:
        mark_measure(by=person(request), measure_id=pk, is_done=is_done, now=now_of(request))
    except AnkangError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, "记下了：完成。" if is_done else "又算没完成。")
    return redirect(reverse("village:measures"))


@desk_page("village")
@require_POST
def measure_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Take one measure out of the plan."""
    _found(request, pk)
    try:
        remove_measure(by=person(request), measure_id=pk)
    except AnkangError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, "措施已删掉。")
    return redirect(reverse("village:measures"))


def _found(request: HttpRequest, pk: int) -> Measure:
    found: Measure = get_object_or_404(Measure.objects.visible_to(person(request)).select_related("done_by"), pk=pk)
    return found


def _counts(rows: list[Any], today: Any) -> dict[str, Any]:
    """Return the rows, each with `is_overdue`, and how many are done and overdue."""
    for row in rows:
        row.is_overdue = row.done_at is None and row.due_on < today
    return {
        "rows": rows,
        "done": sum(row.done_at is not None for row in rows),
        "overdue": sum(row.is_overdue for row in rows),
    }
