"""政府购买批次: prepare the list, have a second person look at it, see what became of everybody."""

from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ankang.accounts.permissions import desk_page
from ankang.accounts.queries import villages_of
from ankang.desks.components.agree_field import AgreeField
from ankang.desks.components.refusals import put_errors
from ankang.desks.pages import now_of, page, paged, today_of
from ankang.desks.people import person
from ankang.desks.town.purchase_sheet import people_sheet
from ankang.enrolment.models import GovernmentBatch, GovernmentBatchRow
from ankang.enrolment.purchase_list import counts_by_group, counts_by_village, government_terms, purchase_list
from ankang.enrolment.purchases import batches, prepare_batch, review_batch, run_batch
from ankang.programmes.models import ProgrammeVersion
from ankang.programmes.queries import campaign_on, plan_of
from ankang.roster.looks import note_export
from ankang.rules.errors import AnkangError
from ankang.rules.programme import Status

_FOLDER = "desks/town/purchases/"
_PAGE_SIZE = 50
_SHOWN = 50  # people whom the page names before the list is frozen


class PrepareForm(forms.Form):
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    shown = forms.CharField(widget=forms.HiddenInput)
    villages = forms.CharField(widget=forms.HiddenInput, required=False)
    note = forms.CharField(
        label="给复核人的说明", max_length=200, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )


class ReviewForm(forms.Form):
    approve = AgreeField()
    note = forms.CharField(
        label="复核意见",
        help_text="不同意必须写原因",
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


@desk_page("town")
@require_safe
def purchases(request: HttpRequest) -> HttpResponse:
    """The batches, newest first."""
    return page(request, _FOLDER + "list.html", {"batches": paged(request, batches(person(request)))})


@desk_page("town")
@require_http_methods(["GET", "HEAD", "POST"])
def purchase_new(request: HttpRequest) -> HttpResponse:
    """`?village=CODE&village=CODE` (none: all): the list as the rules make it now; a POST freezes it."""
    version = campaign_on(today_of(request), person(request).division_id)
    if version is None:
        return page(request, "desks/town/dashboard_empty.html", {"missing": "programme"})
    if request.method != "POST":
        return _preview(request, version, request.GET.getlist("village"), None)
    form = PrepareForm(request.POST)
    given = form.cleaned_data if form.is_valid() else {}
    chosen = [code for code in str(given.get("villages", "")).split(",") if code]
    if form.is_valid():
        try:
            batch = prepare_batch(
                by=person(request),
                version=version,
                villages=chosen,
                shown=given["shown"],
                note=given["note"],
                key=str(given["key"]),
                today=today_of(request),
                now=now_of(request),
            )
        except AnkangError as error:
            return _preview(request, version, chosen, form, status=put_errors(form, error))
        messages.success(request, "名单已定下来。请另一位同事登录后复核。")
        return redirect("town:purchase", batch.pk)
    return _preview(request, version, chosen, form, status=422)


def _preview(
    request: HttpRequest, version: ProgrammeVersion, chosen: list[str], form: PrepareForm | None, *, status: int = 200
) -> HttpResponse:
    user, plan = person(request), plan_of(version)
    villages = list(villages_of(user))
    wanted = [village.code for village in villages if village.code in set(chosen)]
    context: dict[str, Any] = {"villages": villages, "wanted": wanted, "form": form, "plan": plan}
    try:
        found = purchase_list(government_terms(user, version, today_of(request), now_of(request)), wanted)
    except AnkangError as error:
        return page(request, _FOLDER + "new.html", context | {"refusal": error.message}, status=status)
    told = form.data.get("note", "") if form else ""
    fresh = PrepareForm(initial={"shown": found.sign, "villages": ",".join(wanted), "note": told})
    reading = plan.reading_of("government_product")
    names = {group.code: group.name for group in plan.groups}
    return page(
        request,
        _FOLDER + "new.html",
        context
        | {
            "found": found,
            "fresh": fresh,
            "product": plan.product(found.quote.product),
            "reading": reading if reading and reading.status is Status.ASSUMED else None,
            "by_village": counts_by_village(found.chosen),
            "by_group": counts_by_group(plan, found.chosen),
            "chosen": [(one, "、".join(names[code] for code in one.groups)) for one in found.chosen[:_SHOWN]],
            "left_out": [(one, "、".join(names[code] for code in one.groups)) for one in found.left_out[:_SHOWN]],
        },
        status=status,
    )


@desk_page("town")
@require_safe
def purchase(request: HttpRequest, pk: int) -> HttpResponse:
    """One batch; `?outcome=` narrows its people."""
    return _page(request, pk)


@desk_page("town")
@require_POST
def purchase_review(request: HttpRequest, pk: int) -> HttpResponse:
    """The second person says yes or no; after a yes everybody is enrolled before the page comes back."""
    batch, form = _found(request, pk), ReviewForm(request.POST)
    if not form.is_valid():
        return _page(request, pk, form=form, status=422)
    approve = form.cleaned_data["approve"] == "yes"
    try:
        batch = review_batch(
            by=person(request),
            batch=batch,
            approve=approve,
            note=form.cleaned_data["note"],
            today=today_of(request),
            now=now_of(request),
        )
    except AnkangError as error:
        return _page(request, pk, form=form, status=put_errors(form, error))
    if not approve:
        messages.success(request, "已退回：没有同意这一批，没有登记任何人。")
        return redirect("town:purchase", pk)
    return _run(request, batch)


@desk_page("town")
@require_POST
def purchase_go_on(request: HttpRequest, pk: int) -> HttpResponse:
    """Go on with a batch that stopped half-way."""
    return _run(request, _found(request, pk))


@desk_page("town")
@require_safe
def purchase_export(request: HttpRequest, pk: int) -> HttpResponse:
    """The people of a batch with what became of each, as Excel; numbers by their last four characters."""
    batch = _found(request, pk)
    note_export(by=person(request), rows=batch.people + batch.left_out, part="batch")  # type: ignore[attr-defined]
    return people_sheet(batch)


def _run(request: HttpRequest, batch: GovernmentBatch) -> HttpResponse:
    try:
        run_batch(by=person(request), batch=batch, today=today_of(request), now=now_of(request))
    except AnkangError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, "这一批登记完了，结果如下。")
    return redirect("town:purchase", batch.pk)


def _found(request: HttpRequest, pk: int) -> GovernmentBatch:
    return get_object_or_404(batches(person(request)), pk=pk)


def _page(request: HttpRequest, pk: int, *, form: ReviewForm | None = None, status: int = 200) -> HttpResponse:
    batch = _found(request, pk)
    plan = plan_of(batch.version)
    names = {group.code: group.name for group in plan.groups}
    outcome = request.GET.get("outcome", "")
    rows = batch.rows.select_related("resident", "village").order_by("pk")
    rows = rows.filter(outcome=outcome) if outcome in GovernmentBatchRow.Outcome.values else rows
    shown = Paginator(rows, _PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "batch": batch,
        "product": plan.product(batch.product),
        "due_fen": batch.people * batch.price_fen,  # type: ignore[attr-defined]  # counted by `batches`
        "owed_fen": batch.enrolled * batch.price_fen,  # type: ignore[attr-defined]
        "chosen_villages": [one.name for one in villages_of(person(request)).filter(code__in=batch.villages)],
        "is_first_person": batch.prepared_by_id == person(request).pk,
        "form": form or ReviewForm(),
        "page_obj": shown,
        "rows": [(row, "、".join(names.get(code, code) for code in row.groups.split(",") if code)) for row in shown],
        "outcome": outcome,
        "outcomes": GovernmentBatchRow.Outcome.choices,
    }
    return page(request, _FOLDER + "one.html", context, status=status)
