"""Who looked at what and who did what: for the town's managers."""

from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from ankang.accounts.permissions import desk_page
from ankang.audit.queries import entries_about
from ankang.audit.words import SUBJECTS, WORDS
from ankang.desks.components.day_field import DayField
from ankang.desks.components.sought import opened, to_address
from ankang.desks.pages import page
from ankang.desks.people import person
from ankang.divisions.models import Division

_PAGE_SIZE = 50


class AuditFilter(forms.Form):
    kind = forms.ChoiceField(
        label="做了什么",
        required=False,
        choices=[("", "全部"), ("looks", "看过全号或敏感材料"), *WORDS.items()],
    )
    person = forms.CharField(label="谁", max_length=40, required=False)
    from_on = DayField(label="从", required=False)
    to_on = DayField(label="到", required=False)


@desk_page("town", manager=True)
@require_http_methods(["GET", "HEAD", "POST"])
def audit(request: HttpRequest) -> HttpResponse:
    """List what was done in this person's divisions."""
    if request.method == "POST":
        return to_address(request, "person")
    form = AuditFilter(opened(request.GET, "person") or None)
    wanted = form.cleaned_data if form.is_bound and form.is_valid() else {}
    page_obj = Paginator(entries_about(person(request), **wanted), _PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"form": form, "page_obj": page_obj, "rows": _rows(page_obj)}
    return page(request, "desks/town/audit.html", context)


def _rows(entries: Any) -> list[dict[str, Any]]:
    shown = list(entries)
    names = Division.objects.in_bulk({entry.division_code for entry in shown})
    return [
        {
            "entry": entry,
            "words": WORDS.get(entry.action, entry.action),
            "subject": SUBJECTS.get(entry.subject_type, entry.subject_type),
            "place": names.get(entry.division_code, ""),
        }
        for entry in shown
    ]
