"""The roster as a list: whom the filters mean, and what a row shows of each. The address keeps the filters."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.db.models import F, Q, QuerySet
from django.http import QueryDict

from ankang.accounts.models import User
from ankang.accounts.queries import villages_of
from ankang.desks.components.sought import opened, sealed
from ankang.divisions.models import Division
from ankang.enrolment.subjects import subjects, with_participation
from ankang.programmes.models import ProgrammeVersion
from ankang.programmes.queries import campaign_on, plan_of
from ankang.roster.imports.groups import GROUP_NAMES
from ankang.roster.models import GroupMembership, Resident
from ankang.roster.queries import is_member_on, listed_groups, search
from ankang.rules.days import age_on
from ankang.rules.eligibility import subject_groups
from ankang.rules.programme import Programme as Plan

_SHORTEST_NUMBER = 15
ANY_GROUP = "subject"
STATUSES = [("living", "在册"), ("dead", "已故"), ("moved", "迁出"), ("all", "全部")]
INSURED = [("", "全部"), ("yes", "已参保"), ("no", "未参保")]


@dataclass(frozen=True, slots=True)
class Wanted:
    """The filters as a form or an address says them; what it says wrongly means all."""

    q: str = ""
    village: str = ""
    group: str = ""
    status: str = "living"
    insured: str = ""

    @classmethod
    def of(cls, query: QueryDict) -> "Wanted":
        status, insured = query.get("status", ""), query.get("insured", "")
        return cls(
            q=query.get("q", "").strip()[:60],
            village=query.get("village", "")[:12],
            group=query.get("group", "")[:20],
            status=status if status in dict(STATUSES) else "living",
            insured=insured if insured in dict(INSURED) else "",
        )

    @classmethod
    def in_address(cls, query: QueryDict) -> "Wanted":
        return cls.of(opened(query, "q"))

    @property
    def is_narrowed(self) -> bool:
        return self != Wanted()

    @property
    def is_number(self) -> bool:
        """Whether the text is meant as a whole identity number, right or wrong."""
        return len(re.sub(r"\D", "", self.q)) >= _SHORTEST_NUMBER

    @property
    def query(self) -> str:
        """The filters as an address keeps them: a name stands there sealed."""
        plain = Wanted()
        said = {item.name: getattr(self, item.name) for item in fields(self)} | {"q": sealed(self.q)}
        return urlencode({name: value for name, value in said.items() if value != getattr(plain, name)})


@dataclass(frozen=True, slots=True)
class Campaign:
    """The plan that the list speaks of; none before the first plan is published."""

    version: ProgrammeVersion | None
    plan: Plan | None
    today: date

    @property
    def group_choices(self) -> list[tuple[str, str]]:
        if self.plan is None:
            return [("", "全部"), *GROUP_NAMES.items()]
        named = [(group.code, group.name) for group in self.plan.groups]
        return [("", "全部"), (ANY_GROUP, "政府购买对象"), *named]

    @property
    def list_choices(self) -> list[tuple[str, str]]:
        """The groups that come from lists: what a form may put a person on."""
        if self.plan is None:
            return list(GROUP_NAMES.items())
        return [(group.code, group.name) for group in self.plan.groups if group.from_age is None]

    def groups_of(self, resident: Resident) -> list[str]:
        """Return the names of a person's groups (no query when memberships are prefetched)."""
        listed = listed_groups(resident, self.today)
        if self.plan is None:
            return [GROUP_NAMES.get(code, code) for code in sorted(listed)]
        return [group.name for group in subject_groups(self.plan, resident.birth_date, listed)]


def campaign_of(user: User, today: date) -> Campaign:
    """Return the campaign of the user's division (one query)."""
    version = campaign_on(today, user.division_id)
    return Campaign(version, plan_of(version) if version else None, today)


def filtered(user: User, wanted: Wanted, campaign: Campaign) -> QuerySet[Resident]:
    """Return the residents that the filters mean, among those that the user may see; no query yet."""
    found: QuerySet[Resident] = search(user, wanted.q)
    if wanted.village:
        found = found.filter(village=wanted.village)
    if wanted.status != "all":
        found = found.filter(status=wanted.status)
    if wanted.group:
        found = found.filter(pk__in=_in_group(user, wanted.group, campaign).values("pk"))
    if campaign.version is None:
        return found
    joined: QuerySet[Any] = with_participation(found, campaign.version.programme)
    joined = joined.annotate(units=F("taking_part__units"))
    if wanted.insured == "yes":
        return joined.filter(units__gt=0)
    return joined.filter(Q(units__isnull=True) | Q(units=0)) if wanted.insured else joined


def _in_group(user: User, group: str, campaign: Campaign) -> QuerySet[Resident]:
    if campaign.plan is not None:
        return subjects(user, campaign.plan, campaign.today, "" if group == ANY_GROUP else group)
    members = [
        row.resident_id for row in GroupMembership.objects.filter(group=group) if is_member_on(row, campaign.today)
    ]
    return Resident.objects.visible_to(user).filter(pk__in=members)


def rows_of(residents: Iterable[Resident], campaign: Campaign) -> list[dict[str, Any]]:
    """Return what the list shows of each (no query when village and memberships came along)."""
    return [
        {
            "resident": resident,
            "age": age_on(resident.birth_date, campaign.today),
            "groups": campaign.groups_of(resident),
            "units": getattr(resident, "units", None) or 0,
        }
        for resident in residents
    ]


def villages_to_choose(user: User) -> list[Division]:
    """Return the villages to choose from; none where there is only the user's own (one query)."""
    return [] if user.division.level == Division.Level.VILLAGE else list(villages_of(user))
