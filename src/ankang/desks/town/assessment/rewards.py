"""Commendation: list, second person, publicity, objections in public, final."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST, require_safe

from ankang.accounts.permissions import desk_page
from ankang.assessment.commendations import (
    answer_public_objection,
    finish_commendation,
    note_public_objection,
    review_commendation,
)
from ankang.assessment.reward_models import Commendation, PublicObjection
from ankang.desks.components.refusals import put_errors
from ankang.desks.pages import now_of, page, today_of
from ankang.desks.people import person
from ankang.desks.sheets import Sheet, xlsx_response
from ankang.desks.town.assessment.forms import PublicObjectionForm, VerdictForm
from ankang.desks.town.assessment.overview import FOLDER
from ankang.desks.town.purchases import ReviewForm
from ankang.rules.days import day_words
from ankang.rules.errors import AnkangError

_HEAD = ("序号", "称号", "村居或个人", "所在", "依据", "撤下")


@desk_page("town")
@require_safe
def commendation(request: HttpRequest, pk: int) -> HttpResponse:
    """The list, and what may be done with it now."""
    return _page(request, found_list(request, pk))


@desk_page("town")
@require_POST
def commendation_review(request: HttpRequest, pk: int) -> HttpResponse:
    """The second person says yes, which makes it public, or no."""
    found, form = found_list(request, pk), ReviewForm(request.POST)
    if not form.is_valid():
        return _page(request, found, review=form, status=422)
    approve = form.cleaned_data["approve"] == "yes"
    try:
        done = review_commendation(
            by=person(request),
            commendation=found,
            approve=approve,
            note=form.cleaned_data["note"],
            today=today_of(request),
            now=now_of(request),
        )
    except AnkangError as error:
        return _page(request, found, review=form, status=put_errors(form, error))
    last = done.public_to
    told = f"开始公示，到{day_words(last)}。" if last else "已退回，没有同意这份名单。"
    messages.success(request, told)
    return redirect("town:commendation", pk)


@desk_page("town")
@require_POST
def commendation_object(request: HttpRequest, pk: int) -> HttpResponse:
    """Write down what somebody says against one on the list."""
    found = found_list(request, pk)
    entries = {str(one.pk): one for one in found.entries.select_related("commendation__run__programme")}
    form = PublicObjectionForm(request.POST, entries=entries.values())
    if not form.is_valid():
        return _page(request, found, against=form, status=422)
    given = form.cleaned_data
    try:
        note_public_objection(
            by=person(request),
            entry=entries[given["entry"]],
            text=given["text"],
            key=str(given["key"]),
            now=now_of(request),
        )
    except AnkangError as error:
        return _page(request, found, against=form, status=put_errors(form, error))
    messages.success(request, "已记下。核实以后写明结果；属实的撤下。")
    return redirect("town:commendation", pk)


@desk_page("town", manager=True)
@require_POST
def commendation_answer(request: HttpRequest, pk: int) -> HttpResponse:
    """What came out of an objection in public."""
    rows = PublicObjection.objects.filter(commended__commendation__in=_visible(request))
    found = get_object_or_404(rows.select_related("commended__commendation__run__programme"), pk=pk)
    form = VerdictForm(request.POST)
    if not form.is_valid():
        messages.error(request, str(next(iter(form.errors.values()))[0]))
        return redirect("town:commendation", found.commended.commendation_id)
    given = form.cleaned_data
    try:
        answer_public_objection(
            by=person(request),
            objection=found,
            uphold=given["uphold"] == "yes",
            answer=given["answer"],
            now=now_of(request),
        )
    except AnkangError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, "已写明核实结果。")
    return redirect("town:commendation", found.commended.commendation_id)


@desk_page("town", manager=True)
@require_POST
def commendation_finish(request: HttpRequest, pk: int) -> HttpResponse:
    """Make the list final."""
    try:
        finish_commendation(
            by=person(request), commendation=found_list(request, pk), today=today_of(request), now=now_of(request)
        )
    except AnkangError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, "表彰名单定下来了，可以打印证书。")
    return redirect("town:commendation", pk)


@desk_page("town")
@require_safe
def commendation_export(request: HttpRequest, pk: int) -> HttpResponse:
    """The list as Excel, for the publicity board."""
    found = found_list(request, pk)
    rows = [
        [one.position, one.award, one.name, one.village.name, one.words, "撤下" if one.is_struck else ""]
        for one in found.entries.select_related("village")
    ]
    says = f"{found.run.scheme.scheme.name}，表彰名单，{found.get_state_display()}。"
    if found.public_from and found.public_to:
        says += f"公示 {found.public_from:%Y-%m-%d} 至 {found.public_to:%Y-%m-%d}。"
    return xlsx_response(f"表彰名单-{found.pk}", [Sheet("表彰名单", _HEAD, rows, says=says)])


def _visible(request: HttpRequest) -> Any:
    return Commendation.objects.visible_to(person(request))


def found_list(request: HttpRequest, pk: int) -> Commendation:
    """Return a list of this person's town. Errors: 404."""
    rows = _visible(request).select_related(
        "run__programme__division", "run__scheme", "prepared_by", "reviewed_by", "finished_by"
    )
    found: Commendation = get_object_or_404(rows, pk=pk)
    return found


def _page(
    request: HttpRequest,
    found: Commendation,
    *,
    review: ReviewForm | None = None,
    against: PublicObjectionForm | None = None,
    status: int = 200,
) -> HttpResponse:
    entries = list(found.entries.select_related("village"))
    said = PublicObjection.objects.filter(commended__commendation=found)
    context = {
        "list": found,
        "entries": entries,
        "objections": said.select_related("commended", "noted_by", "answered_by"),
        "review": review or ReviewForm(),
        "against": against or PublicObjectionForm(entries=[one for one in entries if not one.is_struck]),
        "is_first_person": found.prepared_by_id == person(request).pk,
        "is_manager": person(request).is_manager,
        "is_over": found.public_to is not None and today_of(request) > found.public_to,
    }
    return page(request, FOLDER + "commendation.html", context, status=status)
