"""Rows into the counts that a scheme's figures are made of: nine queries, whatever the size of the town.

Coverage comes from `town_coverage`, so that a score rests on the same numbers as the dashboard of the same day.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, DurationField, ExpressionWrapper, F, Q, Sum
from django.db.models.functions import TruncDate

from ankang.accounts.models import Desk, User
from ankang.claims.models import Claim
from ankang.claims.queries import SETTLED
from ankang.enrolment.coverage import Coverage, town_coverage
from ankang.enrolment.models import Enrolment
from ankang.enrolment.subjects import eligible_residents
from ankang.outreach.models import FollowUp, Measure
from ankang.outreach.queries import Tally, reported_dead, village_tallies
from ankang.programmes.models import ProgrammeVersion
from ankang.programmes.queries import plan_of
from ankang.rules.assessment import Scheme, VillageFacts
from ankang.rules.assessment_rewards import Work

_UNDONE = Q(cancelled_at__isnull=False) | Q(withdrawn_on__isnull=False)


def village_facts(user: User, version: ProgrammeVersion, scheme: Scheme, today: date) -> tuple[VillageFacts, ...]:
    """Return the counts of every village that this person may see, in the order of 附件1 (nine queries)."""
    coverage = town_coverage(user, version, today)
    tallies = village_tallies(user, version, today)
    others = _others(user, version, today)
    days = _days(scheme)
    return tuple(
        VillageFacts(
            code=village.code,
            name=village.name,
            serial=village.serial,
            counts=_coverage_counts(village, days)
            | _visits(tallies.get(village.code, Tally()))
            | {name: counted.get(village.code, 0) for name, counted in others.items()},
        )
        for village in coverage.villages
    )


def works(user: User, version: ProgrammeVersion) -> list[Work]:
    """Return the recorded work of the active people of villages and town under this person's division (three queries).

    Government's batches are nobody's own work, and do not count.
    """
    people = User.objects.filter(desk__in=(Desk.VILLAGE, Desk.TOWN), division__code__startswith=user.scope)
    own = Enrolment.objects.filter(participation__programme=version.programme, by__in=people)
    own = own.exclude(channel=Enrolment.Channel.BATCH)
    done = {key: (all_, undone) for key, all_, undone in _enrolments(own, "by")}
    visits = FollowUp.objects.filter(programme=version.programme, undone_at__isnull=True, by__in=people)
    seen = dict(visits.values_list("by").annotate(number=Count("pk")).order_by())
    active = people.filter(is_active=True).order_by("pk").values_list("pk", "full_name", "division_id")
    return [
        Work(key, name, place, *done.get(key, (0, 0)), seen.get(key, 0))
        for key, name, place in active
        if key in done or key in seen
    ]


def _days(scheme: Scheme) -> tuple[date, ...]:
    return tuple(sorted({source.on for source in scheme.sources if source.on}))


def _coverage_counts(village: Coverage, days: Iterable[date]) -> dict[str, int]:
    by_day = {
        f"insured_by@{day.isoformat()}": sum(count.people for count in village.days if count.day <= day) for day in days
    }
    return {
        "insured": village.insured,
        "target": village.target.published,
        "line": village.target.line,
        "population": village.population,
        "subjects": village.subjects,
        "subjects_insured": village.subjects_insured,
    } | by_day


def _visits(tally: Tally) -> dict[str, int]:
    return {"people": tally.people, "visited": tally.visited}


def _others(user: User, version: ProgrammeVersion, today: date) -> Mapping[str, Mapping[str, int]]:
    """Return count -> village -> number (five queries)."""
    enrolments = Enrolment.objects.filter(participation__programme=version.programme)
    rows = list(_enrolments(enrolments.filter(village__code__startswith=user.scope), "village"))
    found: dict[str, dict[str, int]] = {
        "contactable": _by_village(_contactable(user, version)),
        "unchecked": _by_village(reported_dead(user, version)),
        "enrolments": {village: every for village, every, _ in rows},
        "undone": {village: undone for village, _, undone in rows},
    }
    return found | _claims(user, version, today) | _measures(user, version)


def _by_village(rows: Any) -> dict[str, int]:
    return dict(rows.order_by().values_list("village").annotate(number=Count("pk")))


def _contactable(user: User, version: ProgrammeVersion) -> Any:
    """Residents with a number that passed its check on the way in, and a telephone of their own or of a child."""
    people = eligible_residents(user, plan_of(version)).filter(number_index__isnull=False)
    return people.exclude(phone_tail="", child_phone_tail="")


def _enrolments(rows: Any, by: str) -> Any:
    """Return (key, all, undone); an enrolment of yesterday that was withdrawn counts as undone."""
    return rows.order_by().values_list(by).annotate(every=Count("pk"), undone=Count("pk", filter=_UNDONE))


def _claims(user: User, version: ProgrammeVersion, today: date) -> dict[str, dict[str, int]]:
    """Claims decided from the first day of the campaign on, whatever programme they fall under: the year's service."""
    took = ExpressionWrapper(F("closed_on") - TruncDate("reported_at"), output_field=DurationField())
    settled = Claim.objects.visible_to(user).filter(
        status__in=SETTLED, closed_on__gte=plan_of(version).window_from, closed_on__lte=today
    )
    rows = settled.order_by().values_list("village").annotate(number=Count("pk"), took=Sum(took))
    found: dict[str, dict[str, int]] = {"claims": defaultdict(int), "claim_days": defaultdict(int)}
    for village, number, days in rows:
        found["claims"][village], found["claim_days"][village] = number, days // timedelta(days=1)
    return found


def _measures(user: User, version: ProgrammeVersion) -> dict[str, dict[str, int]]:
    rows = Measure.objects.visible_to(user).filter(programme=version.programme).order_by().values_list("village")
    counted = list(rows.annotate(every=Count("pk"), done=Count("done_at")))
    return {
        "measures": {village: every for village, every, _ in counted},
        "measures_done": {village: done for village, _, done in counted},
    }
