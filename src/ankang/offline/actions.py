"""Taking the village's list along, and taking in what was noted without a network: each draft once, or not at all."""

from dataclasses import replace
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from ankang.accounts.models import User
from ankang.audit.record import record
from ankang.enrolment.actions import enrol
from ankang.enrolment.models import Enrolment
from ankang.offline.disagreements import (
    agreed_quote,
    gone,
    require_nobody_else_enrolled,
    require_nobody_else_visited,
    require_still_living,
    within_bounds,
)
from ankang.offline.drafts import Draft, EnrolmentDraft, FollowUpDraft
from ankang.offline.errors import KeyReused, TooMany
from ankang.offline.locks import person_for_draft
from ankang.offline.models import OfflineEntry, OfflineList
from ankang.outreach.actions import record_follow_up
from ankang.outreach.permissions import require_worker
from ankang.programmes.models import ProgrammeVersion
from ankang.programmes.queries import campaign_on
from ankang.rules.errors import InvalidInput, NotAllowed

LISTS_A_DAY = 40
ENTRIES_AN_HOUR = 300
NO_PLAN = "还没有今年的方案，请等镇民政办发布方案以后再办。"


@transaction.atomic
def take_list(*, by: User, version: ProgrammeVersion, people: int, now: datetime) -> OfflineList:
    """Note that a worker takes the village's list along (three queries). Errors: NotAllowed; TooMany after 40 a day."""
    require_worker(by, by.division_id)
    if OfflineList.objects.filter(user=by, taken_at__gt=now - timedelta(days=1)).count() >= LISTS_A_DAY:
        raise TooMany(f"一天最多存{LISTS_A_DAY}次名单，请明天再更新；手机上已有的名单照样能用。")
    taken = OfflineList.objects.create(user=by, village=by.division, version=version, taken_at=now, people=people)
    record(by=by, action="offline.take_list", subject=taken, division_code=by.division_id, people=people)
    return taken


def require_pace(by: User, coming: int, now: datetime) -> None:
    """Pass while a person uploads what a person can note (one query). Errors: TooMany."""
    recent = OfflineEntry.objects.filter(by=by, received_at__gt=now - timedelta(hours=1)).count()
    if recent + coming > ENTRIES_AN_HOUR:
        raise TooMany(f"一小时最多上传{ENTRIES_AN_HOUR}份，请过一会儿再传；草稿还在手机上，没有丢。")


def take_in(*, by: User, draft: EnrolmentDraft | FollowUpDraft, now: datetime) -> OfflineEntry:
    """Store a draft as the enrolment or follow-up that it is; the same draft again returns the same entry.

    What counts is the day on which it was noted, between the taking of its list and now, seven days back at most.
    Errors: Disagreement with the other side, which a draft passes that comes again with its sign; NotAllowed for
    another's list; KeyReused; those of `enrol` and `record_follow_up`. Nothing is stored then.
    """
    try:
        with transaction.atomic():
            return _take_in(by, draft, now)
    except IntegrityError as error:  # the key of another resident's draft, which no lock keeps apart
        raise KeyReused("这份草稿的编号已经用过，内容和那一次不一样，没有上传。请重新办一次，再删掉它。") from error


def _take_in(by: User, draft: EnrolmentDraft | FollowUpDraft, now: datetime) -> OfflineEntry:
    taken = _list_of(by, draft)
    resident = person_for_draft(draft.resident_id)
    known = OfflineEntry.objects.filter(key=draft.key).first()
    if known is not None:
        return _same(known, by, draft)
    if resident is None or resident.village_id != by.division_id:
        raise gone()
    draft = replace(draft, collected_at=within_bounds(draft, taken, now))
    version = campaign_on(draft.collected_at.date(), by.division_id)
    if version is None:
        raise InvalidInput(NO_PLAN)
    require_still_living(resident)
    entry = OfflineEntry(
        key=draft.key,
        taken=taken,
        resident=resident,
        village_id=resident.village_id,
        by=by,
        collected_at=draft.collected_at,
        received_at=now,
    )
    if isinstance(draft, EnrolmentDraft):
        _enrol(entry, draft, version)
    else:
        _follow_up(entry, draft, version)
    entry.save(force_insert=True)
    _record(entry)
    return entry


def _list_of(by: User, draft: Draft) -> OfflineList:
    """Return the worker's own list that the draft was made from. Errors: NotAllowed."""
    taken = OfflineList.objects.select_related("version__programme").filter(pk=draft.list_id, user=by).first()
    if taken is None or taken.village_id != by.division_id:
        raise NotAllowed("这份草稿是用别的账号，或在别的村记的，不能用现在的账号上传。请用当时的账号登录后上传。")
    return taken


def _same(known: OfflineEntry, by: User, draft: Draft) -> OfflineEntry:
    is_enrolment = isinstance(draft, EnrolmentDraft)
    if (known.by_id, known.resident_id, known.enrolment_id is not None) != (by.pk, draft.resident_id, is_enrolment):
        raise KeyReused("这份草稿的编号已经用过，内容和那一次不一样，没有上传。请重新办一次，再删掉它。")
    return known


def _enrol(entry: OfflineEntry, draft: EnrolmentDraft, version: ProgrammeVersion) -> None:
    require_nobody_else_enrolled(draft, entry.taken, entry.resident)
    quote = agreed_quote(draft, entry.taken, entry.resident, version)
    entry.enrolment = enrol(
        by=entry.by,
        resident=entry.resident,
        version=version,
        product=quote.product,
        units=quote.units,
        fundings=quote.fundings,
        consent=Enrolment.Consent.NOT_NEEDED if quote.by_government else draft.consent,
        key=draft.key,
        today=draft.collected_at.date(),
        now=entry.received_at,
    )


def _follow_up(entry: OfflineEntry, draft: FollowUpDraft, version: ProgrammeVersion) -> None:
    """Record the contact at the instant at which it was; one that was decided over another's counts from now."""
    overruled = require_nobody_else_visited(draft, entry.resident, version.programme, entry.by)
    entry.follow_up = record_follow_up(
        by=entry.by,
        resident_id=entry.resident_id,
        programme=version.programme,
        outcome=draft.outcome,
        key=draft.key,
        today=draft.collected_at.date(),
        now=entry.received_at if overruled else draft.collected_at,
        again_on=draft.again_on,
        note=draft.note,
    )


def _record(entry: OfflineEntry) -> None:
    record(
        by=entry.by,
        action="offline.take_in",
        subject=entry,
        division_code=entry.village_id,
        kind="enrolment" if entry.enrolment_id else "follow_up",
        collected_at=entry.collected_at.isoformat(),
        received_at=entry.received_at.isoformat(),
    )
