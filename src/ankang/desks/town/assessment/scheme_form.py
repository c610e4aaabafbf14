"""考核办法 as a form: every figure a field with its words; what is typed is kept, also what cannot be taken."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from ankang.accounts.permissions import desk_page
from ankang.assessment.schemes import enter_scheme
from ankang.desks.pages import now_of, page
from ankang.desks.people import person
from ankang.desks.town.assessment.overview import FOLDER, Start, no_programme, start_of
from ankang.desks.town.assessment.scheme import begin
from ankang.desks.town.plans.form import whole_part
from ankang.rules.assessment_fields import put_scheme
from ankang.rules.assessment_fields import scheme_form as form_of_scheme
from ankang.rules.assessment_load import scheme_tables
from ankang.rules.dump import toml_text
from ankang.rules.errors import AnkangError
from ankang.rules.file_form import Tables
from ankang.rules.tables import ProgrammeFileError

_MOST = 200_000
_FIXED = {"schema": 1}


class BaseForm(forms.Form):
    """The file that the page showed, to which its fields belong."""

    base = forms.CharField(max_length=_MOST, strip=False, widget=forms.HiddenInput)


@desk_page("town", manager=True)
@require_http_methods(["GET", "HEAD", "POST"])
def scheme_form(request: HttpRequest) -> HttpResponse:
    """Fill in a scheme: from the example (`?from=example`) or an earlier version. `refresh`: show it anew, unsaved."""
    start = start_of(request)
    if start is None:
        return no_programme(request)
    if request.method != "POST":
        return _page(request, start, _begun(start, scheme_tables(begin(request, start.stored) or "")))
    tables = _given(request.POST)
    if tables is None:
        messages.error(request, "页面过期了，没有保存。请从头再填。")
        return redirect("town:assessment-scheme-form")
    tables = _begun(start, tables)
    if "refresh" in request.POST:
        return _page(request, start, tables, said="栏目更新了，还没有保存。")
    return _stored(request, start, tables)


def _stored(request: HttpRequest, start: Start, tables: Tables) -> HttpResponse:
    """Make a draft of the file, or show what keeps it from being a scheme."""
    try:
        made = enter_scheme(
            by=person(request), programme=start.version.programme, text=toml_text(tables), now=now_of(request)
        )
    except ProgrammeFileError as error:
        return _page(request, start, tables, problem=error)
    except AnkangError as error:
        messages.error(request, error.message)
        return _page(request, start, tables, status=422)
    messages.success(request, "办法存好了，是草案。请核对下面的表，写明依据再确认。")
    return redirect("town:assessment-scheme", made.pk)


def _begun(start: Start, tables: Tables) -> Tables:
    """What no form asks for: the file's own form, the programme it is for, a code."""
    slug = start.version.programme.slug
    own = {"id": tables.get("id") or f"{slug}-assessment", "programme": slug}
    parts = {"points": {"full": 100, "rounding": "half-up"}, "ranking": {}, "commendation": {}, "indicators": []}
    return parts | tables | _FIXED | own


def _given(posted: QueryDict) -> Tables | None:
    form = BaseForm(posted)
    if not form.is_valid():
        return None
    try:
        return put_scheme(scheme_tables(form.cleaned_data["base"]), {name: str(text) for name, text in posted.items()})
    except AnkangError:
        return None


def _page(
    request: HttpRequest,
    start: Start,
    tables: Tables,
    *,
    problem: ProgrammeFileError | None = None,
    said: str = "",
    status: int = 200,
) -> HttpResponse:
    node = form_of_scheme(tables)
    told = {str(problem.fields["key"]): f"{problem.fields['problem']}。{problem.fields['fix']}。"} if problem else {}
    typed = (
        [(entry.name, entry.field.label, entry.problem) for entry in node.walk() if entry.problem] if problem else []
    )
    context: dict[str, Any] = {
        "start": start,
        "part": whole_part(node, told),
        "base": toml_text(tables),
        "problem": told,
        "typed": typed,
        "said": said,
        "weights": _weights(tables),
        "full": tables["points"].get("full", ""),
    }
    return page(request, FOLDER + "scheme_form.html", context, status=422 if problem else status)


def _weights(tables: Tables) -> str:
    """Return the sum of the weights that count towards the full marks, as far as they are numbers."""
    rows = [row for row in tables["indicators"] if not row.get("bonus")]
    numbers = [row["weight"] for row in rows if isinstance(row.get("weight"), int) or _is_decimal(row.get("weight"))]
    return str(sum(numbers))


def _is_decimal(value: object) -> bool:
    return type(value).__name__ == "Decimal"
