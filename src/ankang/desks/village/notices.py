"""The village confirms that it has read a 催办通知."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from ankang.accounts.permissions import desk_page
from ankang.bulletins.notices import confirm_read
from ankang.bulletins.queries import notices
from ankang.desks.pages import now_of
from ankang.desks.people import person


@desk_page("village")
@require_POST
def notice_read(request: HttpRequest, pk: int) -> HttpResponse:
    """The first worker who presses counts."""
    found = get_object_or_404(notices(person(request)), pk=pk)
    confirm_read(by=person(request), notice=found, now=now_of(request))
    messages.success(request, "已告诉镇民政办：本村收到了这份催办通知。")
    return redirect("village:notice", pk)
