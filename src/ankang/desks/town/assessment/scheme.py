"""考核办法: enter, read, confirm on a paper."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ankang.accounts.permissions import desk_page
from ankang.assessment.models import AssessmentScheme
from ankang.assessment.schemes import confirm_scheme, enter_scheme, example_text
from ankang.desks.components.refusals import put_errors
from ankang.desks.pages import now_of, page
from ankang.desks.people import person
from ankang.desks.town.assessment.forms import PaperForm, SchemeForm
from ankang.desks.town.assessment.overview import FOLDER, no_programme, start_of
from ankang.desks.town.assessment.words import indicator_words, rule_words
from ankang.rules.errors import AnkangError


@desk_page("town", manager=True)
@require_http_methods(["GET", "HEAD", "POST"])
def scheme_new(request: HttpRequest) -> HttpResponse:
    """Enter a scheme: from the example (`?from=example`), from an earlier version (`?from=KEY`), or a file."""
    start = start_of(request)
    if start is None:
        return no_programme(request)
    if request.method != "POST":
        form = SchemeForm(initial={"text": begin(request, start.stored)})
        return page(request, FOLDER + "scheme_new.html", {"form": form, "start": start})
    form, status = SchemeForm(request.POST, request.FILES), 422
    if form.is_valid():
        try:
            made = enter_scheme(
                by=person(request),
                programme=start.version.programme,
                text=form.cleaned_data["text"],
                now=now_of(request),
            )
        except AnkangError as error:
            status = put_errors(form, error)
        else:
            messages.success(request, "办法存好了，是草案。请核对下面的表，写明依据再确认。")
            return redirect("town:assessment-scheme", made.pk)
    return page(request, FOLDER + "scheme_new.html", {"form": form, "start": start}, status=status)


def begin(request: HttpRequest, stored: list[AssessmentScheme]) -> str:
    """Return the text that the address asks to begin with: the example's, an earlier version's, or none."""
    wanted = request.GET.get("from", "")
    known = {str(one.pk): one.text for one in stored}
    return example_text() if wanted == "example" else known.get(wanted, "")


@desk_page("town")
@require_safe
def scheme(request: HttpRequest, pk: int) -> HttpResponse:
    """One version in words, and its confirmation."""
    return _page(request, _found(request, pk), PaperForm())


@desk_page("town")
@require_safe
def scheme_file(request: HttpRequest, pk: int) -> HttpResponse:
    """A version's text as a file to edit and bring back."""
    found = _found(request, pk)
    response = HttpResponse(found.text, content_type="text/plain; charset=utf-8")
    name = f"考核办法-第{found.number}版.toml"
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response


@desk_page("town", manager=True)
@require_POST
def scheme_confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """Confirm a draft on a paper."""
    found, form = _found(request, pk), PaperForm(request.POST)
    if not form.is_valid():
        return _page(request, found, form, status=422)
    try:
        confirm_scheme(by=person(request), scheme=found, paper=form.cleaned_data["paper"], now=now_of(request))
    except AnkangError as error:
        return _page(request, found, form, status=put_errors(form, error))
    messages.success(request, f"第{found.number}版办法已确认，以后按它出正式成绩。")
    return redirect("town:assessment")


def _found(request: HttpRequest, pk: int) -> AssessmentScheme:
    rows = AssessmentScheme.objects.visible_to(person(request))
    return get_object_or_404(rows.select_related("programme", "entered_by", "confirmed_by"), pk=pk)


def _page(request: HttpRequest, found: AssessmentScheme, form: PaperForm, *, status: int = 200) -> HttpResponse:
    later = found.programme.schemes.filter(number__gt=found.number, confirmed_at__isnull=False).exists()
    context = {
        "scheme": found,
        "indicators": indicator_words(found.scheme),
        "rules": rule_words(found.scheme),
        "form": form,
        "may_confirm": person(request).is_manager and not found.confirmed_at and not later,
        "is_replaced": later,
    }
    return page(request, FOLDER + "scheme.html", context, status=status)
