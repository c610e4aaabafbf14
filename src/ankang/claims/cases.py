"""Which programme a claim belongs to: the one whose cover holds the event."""

from datetime import date

from django.db.models import Q

from ankang.enrolment.models import Holding
from ankang.programmes.models import Programme
from ankang.roster.models import Resident
from ankang.rules.errors import Conflict

NOT_INSURED = "事故当天没有有效保障，照样登记，由理算写明不赔的理由。"


def programme_of(resident: Resident, event_on: date, died_on: date | None = None) -> tuple[Programme, str]:
    """Return the programme that a claim is decided under, and a note when the person had no cover on the event date.

    First the programme whose cover the person held on the event date, then on the day of death (a life benefit is
    due for a death inside the cover even when the accident fell before it), then the nearest programme in time, so
    that a report is never refused for being late or uninsured.
    Errors: Conflict when no programme of this area is stored at all.
    """
    for day, note in ((event_on, ""), (died_on, "事故当天没有有效保障，但身故日在保障期内，按身故日所在年度办理。")):
        held = _held_on(resident, day) if day else None
        if held is not None:
            return held, note
    return _nearest(resident, event_on), NOT_INSURED


def _held_on(resident: Resident, day: date) -> Programme | None:
    holding = (
        Holding.objects.filter(
            Q(enrolment__withdrawn_on__isnull=True) | Q(enrolment__withdrawn_on__gte=day),
            enrolment__participation__resident=resident,
            enrolment__cancelled_at__isnull=True,
            cover_from__lte=day,
            cover_to__gte=day,
        )
        .select_related("enrolment__participation__programme")
        .order_by("-cover_from", "-pk")
        .first()
    )
    return holding.enrolment.participation.programme if holding else None


def _nearest(resident: Resident, day: date) -> Programme:
    here = [
        programme
        for programme in Programme.objects.select_related("division").order_by("-cover_from")
        if programme.division.contains(resident.village_id)
    ]
    if not here:
        raise Conflict("这个地方还没有方案，不能登记赔案。请先由镇民政办录入年度方案。")
    return min(here, key=lambda programme: _days_away(programme, day))


def _days_away(programme: Programme, day: date) -> int:
    return max((programme.cover_from - day).days, (day - programme.cover_to).days, 0)
