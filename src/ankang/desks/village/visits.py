"""What the village's list of houses says in its address, and what it shows of each person."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict

from ankang.accounts.models import User
from ankang.outreach.models import FollowUp
from ankang.outreach.queries import ALL, DUE, MINE, NEW, UNASSIGNED, Tally, Wanted
from ankang.roster.models import Resident
from ankang.roster.queries import listed_groups
from ankang.rules.days import age_on
from ankang.rules.eligibility import subject_groups
from ankang.rules.programme import Programme as Plan

STATES = [("", "全部"), (DUE, "今天要联系"), (NEW, "没联系过"), *FollowUp.Outcome.choices]
OUTCOMES = [choice for choice in FollowUp.Outcome.choices if choice[0] != FollowUp.Outcome.AGAIN]
TONES = {"paid": "ok", "refused": "bad", "away": "warn", "dead": "mute", "government": "ok", "again": "info"}


@dataclass(frozen=True, slots=True)
class Visit:
    """One person to visit. `groups`: why government pays for them, empty for everybody else. `key`: of the form."""

    resident: Resident
    age: int
    groups: str
    outcome: str = ""  # the last one, as a word
    tone: str = ""
    key: str = field(default_factory=lambda: uuid.uuid4().hex)


@dataclass(frozen=True, slots=True)
class House:
    """The people of one household that are to be visited, with the address that the first of them has."""

    number: str
    address: str
    visits: tuple[Visit, ...]


def wanted_of(query: QueryDict, mine: Tally) -> Wanted:
    """Return the filters of an address; what it says wrongly means all. Who has people of his own sees these first."""
    who, state = query.get("who", ""), query.get("state", "")
    known = who in (ALL, MINE, UNASSIGNED) or (who.isascii() and who.isdecimal())
    return Wanted(who if known else MINE if mine.people else ALL, state if state in dict(STATES) else "")


def address_part(query: QueryDict) -> str:
    """Return of a query what the list reads, as an address keeps it."""
    return urlencode(kept(query))


def kept(query: QueryDict) -> dict[str, str]:
    """Return of a query what the list reads: a form brings it along, so that its answer is the same list."""
    return {name: str(query[name])[:20] for name in ("who", "state", "page") if query.get(name)}


def who_choices(user: User, workers: Iterable[User], tallies: dict[int | None, Tally]) -> list[tuple[str, str]]:
    """Return the choices of whose people are listed, each with how many are not insured. No query."""

    def counted(words: str, tally: Tally) -> str:
        return f"{words}（{tally.waiting}）"

    others = [(str(one.pk), counted(one.full_name, tallies.get(one.pk, Tally()))) for one in workers if one != user]
    return [
        (MINE, counted("分给我的", tallies.get(user.pk, Tally()))),
        (ALL, counted("全村", sum(tallies.values(), Tally()))),
        (UNASSIGNED, counted("还没分的", tallies.get(None, Tally()))),
        *others,
    ]


def houses(residents: Iterable[Any], plan: Plan, today: date) -> list[House]:
    """Return the people of `waiting_houses` household by household (no query)."""
    found = []
    for _, members in groupby(residents, key=lambda one: one.house):
        people = list(members)
        address = next((one.address for one in people if one.address), "")
        found.append(House(people[0].household, address, tuple(visit_of(one, plan, today) for one in people)))
    return found


def visit_of(resident: Any, plan: Plan, today: date) -> Visit:
    """Return what is shown of one person (no query when the lists came along)."""
    outcome = getattr(resident, "outcome", None) or ""
    groups = subject_groups(plan, resident.birth_date, listed_groups(resident, today))
    return Visit(
        resident,
        age_on(resident.birth_date, today),
        "、".join(group.name for group in groups),
        str(FollowUp.Outcome(outcome).label) if outcome else "",
        TONES.get(outcome, "mute"),
    )
