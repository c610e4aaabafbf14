"""荣誉证书 of a final list: one page each, as PDF."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import content_disposition_header
from django.utils.timezone import localtime
from django.views.decorators.http import require_safe

from ankang.accounts.permissions import desk_page
from ankang.assessment.reward_models import Commendation
from ankang.desks.pages import installation_of
from ankang.desks.town.assessment.rewards import found_list
from ankang.papers import PDF_TYPE, pdf
from ankang.rules.days import day_words


@desk_page("town")
@require_safe
def certificates(request: HttpRequest, pk: int) -> HttpResponse:
    """The certificates of everybody left on a final list."""
    found = found_list(request, pk)
    if found.finished_at is None:
        messages.error(request, "公示结束、名单定下来以后才能打印证书。")
        return redirect("town:commendation", pk)
    content = pdf("certificate", _data(found, is_sample=installation_of(request).is_sample), at=found.finished_at)
    response = HttpResponse(content, content_type=PDF_TYPE)
    response["Content-Disposition"] = content_disposition_header(True, f"荣誉证书-{found.pk}.pdf") or "attachment"
    return response


def _data(found: Commendation, *, is_sample: bool) -> dict[str, Any]:
    programme = found.run.programme
    assert found.finished_at is not None
    kept = found.entries.filter(is_struck=False).select_related("village")
    return {
        "title": f"{programme.name}荣誉证书",
        "issuer": programme.division.name,
        "day": day_words(localtime(found.finished_at).date()),
        "sample": is_sample,
        "certificates": [
            {
                "name": one.name if one.person_id is None else f"{one.name}同志",
                "text": f"在{programme.name}工作中成绩突出，被评为“{one.award}”。",
            }
            for one in kept
        ],
    }
