"""投保批次: look at the check, freeze the list, have a second person send it, see what the insurer answered."""

from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ankang.accounts.permissions import desk_page
from ankang.accounts.queries import villages_of
from ankang.desks.components.policies.rows import ReasonForm, batch_page
from ankang.desks.components.policies.sheet import list_response
from ankang.desks.components.refusals import put_errors
from ankang.desks.pages import now_of, page, paged, today_of
from ankang.desks.people import person
from ankang.policies.batches import applications, cancel_application, prepare_application, send_application
from ankang.policies.models import ApplicationBatch
from ankang.policies.precheck import check
from ankang.programmes.models import ProgrammeVersion
from ankang.programmes.queries import campaign_on, plan_of
from ankang.rules.errors import AnkangError

_FOLDER = "desks/town/policies/"
_SHOWN = 50


class PrepareForm(forms.Form):
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    shown = forms.CharField(widget=forms.HiddenInput)
    villages = forms.CharField(widget=forms.HiddenInput, required=False)
    note = forms.CharField(
        label="给发送人的说明", max_length=200, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )


@desk_page("town")
@require_safe
def application_list(request: HttpRequest) -> HttpResponse:
    """The batches, newest first."""
    return page(request, _FOLDER + "applications.html", {"batches": paged(request, applications(person(request)))})


@desk_page("town")
@require_http_methods(["GET", "HEAD", "POST"])
def application_new(request: HttpRequest) -> HttpResponse:
    """`?village=CODE&village=CODE` (none: all): the list as the check makes it now; a POST freezes it."""
    version = campaign_on(today_of(request), person(request).division_id)
    if version is None:
        return page(request, "desks/town/dashboard_empty.html", {"missing": "programme"})
    if request.method != "POST":
        return _preview(request, version, request.GET.getlist("village"), None)
    form = PrepareForm(request.POST)
    chosen = [code for code in request.POST.get("villages", "").split(",") if code]
    if not form.is_valid():
        return _preview(request, version, chosen, form, status=422)
    try:
        batch = prepare_application(
            by=person(request),
            version=version,
            villages=chosen,
            shown=form.cleaned_data["shown"],
            note=form.cleaned_data["note"],
            key=str(form.cleaned_data["key"]),
            today=today_of(request),
            now=now_of(request),
        )
    except AnkangError as error:
        return _preview(request, version, chosen, form, status=put_errors(form, error))
    messages.success(request, "名单已定下来。请另一位同事登录，核对后发送。")
    return redirect("town:application", batch.pk)


def _preview(
    request: HttpRequest, version: ProgrammeVersion, chosen: list[str], form: PrepareForm | None, *, status: int = 200
) -> HttpResponse:
    user = person(request)
    villages = list(villages_of(user))
    wanted = [village.code for village in villages if village.code in set(chosen)]
    found = check(user, version, wanted)
    told = form.data.get("note", "") if form else ""
    names = {product.code: product.name for product in plan_of(version).products}
    context: dict[str, Any] = {
        "form": form,
        "villages": villages,
        "wanted": wanted,
        "found": found,
        "fresh": PrepareForm(initial={"shown": found.sign, "villages": ",".join(wanted), "note": told}),
        "by_village": found.by_village(),
        "by_reason": found.by_reason(),
        "left_out": [(one, names[one.row.product]) for one in found.left_out[:_SHOWN]],
    }
    return page(request, _FOLDER + "application_new.html", context, status=status)


@desk_page("town")
@require_safe
def application(request: HttpRequest, pk: int) -> HttpResponse:
    """One batch; `?outcome=` and `?village=` narrow its rows."""
    return _page(request, _found(request, pk))


@desk_page("town")
@require_POST
def application_send(request: HttpRequest, pk: int) -> HttpResponse:
    """The second person sends it."""
    try:
        send_application(by=person(request), batch=_found(request, pk), now=now_of(request))
    except AnkangError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, "已发给中国人寿，等他们逐人答复。")
    return redirect("town:application", pk)


@desk_page("town")
@require_POST
def application_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Take it back before anybody is answered."""
    batch, form = _found(request, pk), ReasonForm(request.POST)
    note = form.cleaned_data["note"] if form.is_valid() else ""
    try:
        cancel_application(by=person(request), batch=batch, note=note, now=now_of(request))
    except AnkangError as error:
        return _page(request, batch, form=form, status=put_errors(form, error))
    messages.success(request, "这一批已作废，里面的人可以另编一批。")
    return redirect("town:application", pk)


@desk_page("town")
@require_POST
def application_export(request: HttpRequest, pk: int) -> HttpResponse:
    """The list with whole numbers, as the insurer asks for it; the download is noted."""
    return list_response(person(request), _found(request, pk))


def _page(
    request: HttpRequest, batch: ApplicationBatch, *, form: ReasonForm | None = None, status: int = 200
) -> HttpResponse:
    return page(
        request,
        _FOLDER + "application.html",
        batch_page(request, batch) | {"form": form or ReasonForm()},
        status=status,
    )


def _found(request: HttpRequest, pk: int) -> ApplicationBatch:
    return get_object_or_404(applications(person(request)), pk=pk)
