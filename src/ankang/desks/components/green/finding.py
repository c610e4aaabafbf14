"""Who is asked for at the counter of a green channel: by identity number, then by the key that the form carries."""

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from ankang.claims.casefile import CoverCard
from ankang.claims.cover_looks import look_at_cover
from ankang.desks.components.case_forms import FindForm
from ankang.desks.components.refusals import put_errors
from ankang.desks.keys import row_key
from ankang.desks.pages import today_of
from ankang.desks.people import person
from ankang.roster.models import Resident
from ankang.rules.errors import InvalidInput

NOT_FOUND = "名册里没有这个身份证号。请核对号码；老人不在本镇名册上的，请家属打中国人寿电话 95519。"


def look(request: HttpRequest, form: FindForm, day_field: str) -> CoverCard | None:
    """Return what this desk may learn of who is asked for; None with the reasons on the form."""
    if not form.is_valid():
        return None
    day = form.cleaned_data[day_field]
    if day > today_of(request):
        form.add_error(day_field, "这一天还没到，请填已经过了的日子。")
        return None
    try:
        card = look_at_cover(by=person(request), number=form.cleaned_data["number"], day=day)
    except InvalidInput as error:
        put_errors(form, error)
        return None
    if card is None:
        form.add_error("number", NOT_FOUND)
    return card


def posted_resident(request: HttpRequest) -> Resident:
    """Return the resident whose key the form carries, of those that this desk may see; else 404 (one query)."""
    visible = Resident.objects.visible_to(person(request)).select_related("village")
    return get_object_or_404(visible, pk=row_key(request.POST.get("resident", "")))
