"""方案: what is published, what is in the making, and the ways to begin."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ankang.accounts.permissions import desk_page
from ankang.claims.standing import decisions_on_readings
from ankang.desks.components.refusals import put_errors
from ankang.desks.components.terms import reading_card
from ankang.desks.pages import now_of, page
from ankang.desks.people import person
from ankang.desks.sheets import Cell, Sheet, xlsx_response
from ankang.desks.templatetags.ankang import instant
from ankang.programmes.draft_models import ProgrammeDraft
from ankang.programmes.draft_queries import drafts_of, versions_of
from ankang.programmes.drafts import copy_version, upload_files
from ankang.programmes.models import ProgrammeVersion
from ankang.programmes.queries import plan_of
from ankang.rules.differences import told_words
from ankang.rules.errors import AnkangError, InvalidInput
from ankang.rules.tables import ProgrammeFileError

_SHOWN = 100


class UploadForm(forms.Form):
    file = forms.FileField(
        label="方案文件 programme.toml",
        widget=forms.FileInput(attrs={"accept": ".toml"}),
        error_messages={"required": "请选方案文件。", "empty": "这是个空文件，请重新选。"},
    )
    targets = forms.FileField(
        label="分村目标 targets.csv",
        required=False,
        widget=forms.FileInput(attrs={"accept": ".csv"}),
        error_messages={"empty": "这是个空文件，请重新选。"},
    )


@desk_page("town")
@require_http_methods(["GET", "HEAD", "POST"])
def plans(request: HttpRequest) -> HttpResponse:
    """The drafts and the published versions; a POST brings a plan's files."""
    if request.method != "POST":
        return _page(request, UploadForm())
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, form, status=422)
    rows = form.cleaned_data["targets"]
    try:
        draft = upload_files(
            by=person(request),
            content=form.cleaned_data["file"].read(),
            targets=rows.read() if rows else b"",
            now=now_of(request),
        )
    except ProgrammeFileError as error:
        return _page(request, form, status=put_errors(form, InvalidInput(error.message, field="file")))
    except AnkangError as error:
        return _page(request, form, status=put_errors(form, error))
    messages.success(request, "文件已成为一份草稿，核查结果在右边。")
    return redirect("town:plan-section", draft.pk, "general")


@desk_page("town")
@require_POST
def start(request: HttpRequest, pk: int) -> HttpResponse:
    """Copy a published version: for next year, or with `amend` for the same plan's next version."""
    version = versions_of(person(request)).filter(pk=pk).first()
    if version is None:
        return page(request, "errors/404.html", status=404)
    is_amendment = "amend" in request.POST
    draft = copy_version(by=person(request), version=version, amend=is_amendment, now=now_of(request))
    said = (
        "已起草修订稿，改好后由另一位同事发布。"
        if is_amendment
        else "已复制为下一年的草稿，请一部分一部分对照文件核对。"
    )
    messages.success(request, said)
    return redirect("town:plan-section", draft.pk, request.POST.get("section") or "general")


def _page(request: HttpRequest, form: UploadForm, *, status: int = 200) -> HttpResponse:
    drafts = list(drafts_of(person(request))[:_SHOWN])
    versions = list(versions_of(person(request))[:_SHOWN])
    newest = {version.programme_id: version.number for version in reversed(versions)}
    active = [draft for draft in drafts if draft.state in (ProgrammeDraft.State.OPEN, ProgrammeDraft.State.SUBMITTED)]
    context = {
        "form": form,
        "active": active,
        "closed": [draft for draft in drafts if draft not in active],
        "versions": [(version, version.number == newest[version.programme_id]) for version in versions],
        "waiting": sum(1 for draft in active if draft.state == ProgrammeDraft.State.SUBMITTED),
    }
    return page(request, "desks/town/plans/list.html", context, status=status)


@desk_page("town")
@require_safe
def plans_export(request: HttpRequest) -> HttpResponse:
    """The versions, the drafts, and every reading of the plans in force with the decisions on it, as Excel."""
    versions = list(versions_of(person(request)))
    newest = {version.programme_id: version for version in reversed(versions)}
    readings = [row for version in newest.values() for row in _reading_rows(version)]
    head = ["方案", "口径", "关于", "现在用", "也可以", "状态", "条款", "理由", "依据它的理算（次）"]
    sheets = [
        Sheet("已发布", ["方案", "版本", "谁发布", "什么时候", "为什么"], [_version_row(one) for one in versions]),
        Sheet(
            "草稿",
            ["草稿", "状态", "第几稿", "谁起草", "什么时候"],
            [_draft_row(one) for one in drafts_of(person(request))],
        ),
        Sheet("口径", head, readings),
    ]
    return xlsx_response(f"方案-{now_of(request):%Y%m%d}", sheets)


def _version_row(version: ProgrammeVersion) -> list[Cell]:
    by = version.published_by.full_name if version.published_by else "系统"
    return [version.programme.name, version.number, by, instant(version.published_at), version.why]


def _draft_row(draft: ProgrammeDraft) -> list[Cell]:
    return [draft.title, draft.get_state_display(), draft.head, draft.created_by.full_name, instant(draft.created_at)]


def _reading_rows(version: ProgrammeVersion) -> list[list[Cell]]:
    plan = plan_of(version)
    counts = decisions_on_readings(version.programme, [reading.id for reading in plan.readings])
    rows: list[list[Cell]] = []
    for reading in plan.readings:
        card = reading_card(reading, counts[reading.id])
        told = [plan.name, reading.id, card.topic, card.choice, "；".join(card.alternatives), told_words(reading)]
        rows.append([*told, reading.clause, reading.why, card.decisions])
    return rows
