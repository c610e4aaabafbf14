"""待承保批次: what the towns sent; accept a village with its policy number, refuse somebody, or give the sheet back."""

from django import forms
from django.contrib import messages
from django.db.models import Count, Sum
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST, require_safe

from ankang.accounts.models import Desk
from ankang.accounts.permissions import desk_page
from ankang.desks.components.policies.rows import batch_page
from ankang.desks.components.policies.sheet import list_response
from ankang.desks.components.refusals import put_errors
from ankang.desks.pages import now_of, page, paged
from ankang.desks.people import person
from ankang.policies.answer_files import take_answers
from ankang.policies.answers import Answer, Tally, accept_waiting, answer_rows
from ankang.policies.batches import applications
from ankang.policies.models import ApplicationBatch, ApplicationRow
from ankang.policies.sheets import HEAD, open_list
from ankang.roster.imports.sheets import MAX_BYTES
from ankang.rules.errors import AnkangError

_FOLDER = "desks/insurer/policies/"
_REFUSED = 422


class FileForm(forms.Form):
    file = forms.FileField(
        label="承保答复表",
        help_text="就是下载的名单，填好“承保结果、保单号、拒保原因”三列。xlsx、xls 或 csv。",
        widget=forms.FileInput(attrs={"accept": ".xlsx,.xls,.csv"}),
        error_messages={"required": "请先选择填好的答复表。", "empty": "文件是空的，请选择填好的答复表。"},
    )


class RefuseForm(forms.Form):
    reason = forms.CharField(
        label="为什么不承保",
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "拒保要写明原因，镇里才知道怎么改。"},
    )


@desk_page(Desk.INSURER)
@require_safe
def application_list(request: HttpRequest) -> HttpResponse:
    """The batches that were sent, newest first."""
    return page(request, _FOLDER + "applications.html", {"batches": paged(request, applications(person(request)))})


@desk_page(Desk.INSURER)
@require_safe
def application(request: HttpRequest, pk: int) -> HttpResponse:
    """One batch; `?outcome=` and `?village=` narrow its rows."""
    return _page(request, _found(request, pk))


@desk_page(Desk.INSURER)
@require_POST
def application_accept(request: HttpRequest, pk: int) -> HttpResponse:
    """Accept everybody who waits in the villages that were given a policy number: `policy-CODE`."""
    batch, form = _found(request, pk), FileForm()
    given = {name[7:]: str(text) for name, text in request.POST.items() if name.startswith("policy-")}
    try:
        tally = accept_waiting(
            by=person(request),
            batch=batch,
            numbers=given,
            now=now_of(request),
        )
    except AnkangError as error:
        messages.error(request, error.message)
        return _page(request, batch, form=form, given=given, status=_REFUSED)
    _tell(request, tally)
    return redirect("insurer:application", pk)


@desk_page(Desk.INSURER)
@require_POST
def application_refuse(request: HttpRequest, pk: int, row: int) -> HttpResponse:
    """Refuse one person, with the reason."""
    batch, form = _found(request, pk), RefuseForm(request.POST)
    one = get_object_or_404(batch.rows, pk=row)
    if not form.is_valid():
        messages.error(request, "拒保要写明原因，镇里才知道怎么改。")
        return redirect("insurer:application", pk)
    answers = [Answer(one.pk, reason=form.cleaned_data["reason"])]
    try:
        _tell(request, answer_rows(by=person(request), batch=batch, answers=answers, now=now_of(request)))
    except AnkangError as error:
        messages.error(request, error.message)
    return redirect("insurer:application", pk)


@desk_page(Desk.INSURER)
@require_POST
def application_upload(request: HttpRequest, pk: int) -> HttpResponse:
    """The sheet comes back: good rows are answered, each bad one says why not."""
    batch, form = _found(request, pk), FileForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, batch, form=form, status=_REFUSED)
    upload = form.cleaned_data["file"]
    try:
        done = take_answers(
            by=person(request),
            batch=batch,
            file_name=upload.name,
            content=upload.read(MAX_BYTES + 1),
            now=now_of(request),
        )
    except AnkangError as error:
        return _page(request, batch, form=form, status=put_errors(form, error))
    told = f"收下 {done.accepted + done.refused} 行：承保 {done.accepted} 行，拒保 {done.refused} 行。"
    if done.errors:
        messages.warning(request, f"{told}有 {len(done.errors)} 行没收下，原因写在下面。")
    else:
        messages.success(request, told)
    return redirect("insurer:application", pk)


@desk_page(Desk.INSURER)
@require_POST
def application_export(request: HttpRequest, pk: int) -> HttpResponse:
    """The list with whole numbers as Excel; the download is noted."""
    return list_response(person(request), _found(request, pk))


@desk_page(Desk.INSURER)
@require_POST
def application_json(request: HttpRequest, pk: int) -> HttpResponse:
    """The same list as JSON, for the insurer's own system; noted like the workbook."""
    batch = _found(request, pk)
    rows = [dict(zip(HEAD, row, strict=True)) for row in open_list(by=person(request), batch=batch)]
    told = {"batch": batch.number, "programme": batch.version.programme.slug, "rows": rows}
    return JsonResponse(told, json_dumps_params={"ensure_ascii": False})


def _page(
    request: HttpRequest,
    batch: ApplicationBatch,
    *,
    form: FileForm | None = None,
    given: dict[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    waiting = batch.rows.filter(outcome=ApplicationRow.Outcome.WAITING).values("village", "village__name")
    counts = waiting.annotate(rows=Count("pk"), fen=Sum("premium_fen")).order_by("village")
    context = {
        "form": form or FileForm(),
        "waiting_villages": [row | {"given": (given or {}).get(row["village"], "")} for row in counts],
        "answers": batch.answers.select_related("by")[:5],
    }
    return page(request, _FOLDER + "application.html", batch_page(request, batch) | context, status=status)


def _tell(request: HttpRequest, tally: Tally) -> None:
    if tally.accepted:
        messages.success(request, f"已承保 {tally.accepted} 行，凭证号已写回。")
    if tally.refused:
        messages.success(request, f"已答复：{tally.refused} 行不承保。")
    for words, count in _problems(tally):
        messages.error(request, f"{count} 行没有办成：{words}")


def _problems(tally: Tally) -> list[tuple[str, int]]:
    counts: dict[str, int] = {}
    for error in tally.problems.values():
        counts[error.message] = counts.get(error.message, 0) + 1
    return list(counts.items())


def _found(request: HttpRequest, pk: int) -> ApplicationBatch:
    return get_object_or_404(applications(person(request)), pk=pk)
