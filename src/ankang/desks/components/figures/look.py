"""What a page of figures is about: who looks, when, at which place, and its coverage."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from ankang.accounts.models import User
from ankang.accounts.permissions import View, desk_page
from ankang.desks.pages import now_of, page
from ankang.desks.people import person
from ankang.divisions.models import Division
from ankang.enrolment.coverage import TownCoverage, town_coverage
from ankang.programmes.models import ProgrammeVersion
from ankang.programmes.queries import campaign_on


@dataclass(frozen=True, slots=True)
class Look:
    """One look at one place: a town or a village. Every figure of the page comes from `town`, as of `now`."""

    user: User
    now: datetime
    place: Division
    version: ProgrammeVersion
    town: TownCoverage

    @property
    def today(self) -> date:
        return self.now.date()

    @property
    def is_village(self) -> bool:
        return self.place.level == Division.Level.VILLAGE

    @property
    def says(self) -> str:
        """The first line of every workbook: what it is, of where, as of when."""
        return f"{self.version.programme.name} {self.place.name}，截至 {self.now:%Y-%m-%d %H:%M}。"

    @property
    def codes(self) -> list[str]:
        return [village.code for village in self.town.villages]


def figures_page(*desks: str) -> Callable[[Callable[[HttpRequest, Look], HttpResponse]], View]:
    """Make a page of these desks from a function of a look: at one's own division, or at the one that is named.

    Who names a place outside the own divisions finds nothing (404). Without a plan the page says what to do.
    """

    def decorate(view: Callable[[HttpRequest, Look], HttpResponse]) -> View:
        @desk_page(*desks)
        @wraps(view)
        def shown(request: HttpRequest, code: str = "") -> HttpResponse:
            user = person(request)
            place = _place(user, code) if code else user.division
            version = campaign_on(now_of(request).date(), place.code)
            if version is None:
                return page(request, "desks/town/dashboard_empty.html", {"missing": "programme"})
            now = now_of(request)
            town = town_coverage(user, version, now.date(), within=place.prefix)
            return view(request, Look(user, now, place, version, town))

        return shown

    return decorate


def _place(user: User, code: str) -> Division:
    levels = (Division.Level.TOWN, Division.Level.VILLAGE)
    return get_object_or_404(Division.objects.filter(code__startswith=user.scope, level__in=levels), code=code)
