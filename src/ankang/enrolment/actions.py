"""Enrolling one resident, and taking it back on the same day: one transaction each, with its audit row."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.db.models import F

from ankang.accounts.models import User
from ankang.audit.record import record
from ankang.enrolment.admission import Channel, Locked, Wish, require_all, require_scope
from ankang.enrolment.errors import CancelTooLate, EnrolledMeanwhile, KeyReused
from ankang.enrolment.facts import enrolment_facts, standing_of
from ankang.enrolment.late import late_entry_on
from ankang.enrolment.locks import enrolment_for_update, resident_for_update
from ankang.enrolment.models import Enrolment, Funding, Holding, Participation
from ankang.installation.rows import insert_all, insert_one
from ankang.programmes.models import ProgrammeVersion
from ankang.programmes.queries import plan_of
from ankang.roster.models import Resident
from ankang.rules.cover import cover_for
from ankang.rules.premium import quote_split
from ankang.rules.units import counted_units

ENROLLED = "enrolment.enrol"  # as the audit calls it


def enrol(
    *,
    by: User,
    resident: Resident,
    version: ProgrammeVersion,
    product: str,
    units: int,
    fundings: Sequence[tuple[str, int]],
    consent: str,
    key: str,
    today: date,
    now: datetime,
    channel: str = Channel.SINGLE,
) -> Enrolment:
    """Enrol a resident for some units of one product; the same key again returns the same enrolment.

    `fundings`: (payer, fen), adding up to units x price. Eight queries at most; a ninth after the window, when only a
    town manager's exception for this resident still lets it pass, which the enrolment then points at, and one for who
    was found or reported without legal capacity.
    Errors: NotAllowed, InvalidInput (product, units, fundings, consent), Conflict (key, version, window, dead or
    moved, age, government purchase, unit cap: K08 to K14). Nothing is stored then.
    """
    wish = Wish(
        by=by,
        resident=resident,
        version=version,
        quote=quote_split(plan_of(version), product, units, fundings),
        consent=consent,
        key=key,
        today=today,
        now=now,
        channel=channel,
    )
    return _again_once(lambda: _enrol(wish), key)


def cancel_enrolment(*, by: User, enrolment: Enrolment, today: date, now: datetime) -> Enrolment:
    """Take an enrolment back on the day it was made; one that is cancelled already is returned as it is.

    Errors: NotAllowed outside one's division; CancelTooLate on a later day, or given up already.
    """
    with transaction.atomic():
        locked = enrolment_for_update(enrolment.pk)
        require_scope(by, locked.village_id)
        if locked.cancelled_at is not None:
            return locked
        if locked.withdrawn_on is not None:
            raise CancelTooLate("这一笔已经退保，不用再撤销。退费在镇民政办“出资与汇缴—退费”里办。")
        if locked.enrolled_on != today:
            raise CancelTooLate(
                f"只能在登记当天撤销，这一笔是{locked.enrolled_on:%Y-%m-%d}登记的。要退保，请在老人的“参保明细”里申请退保。",
                enrolled_on=locked.enrolled_on.isoformat(),
            )
        locked.cancelled_at, locked.cancelled_by = now, by
        locked.save(update_fields=["cancelled_at", "cancelled_by"])
        give_back(locked)
        record(by=by, action="enrolment.cancel", subject=locked, division_code=locked.village_id)
        return locked


def key_reused(key: str) -> KeyReused:
    """Return the error of a key that stands for another enrolment."""
    return KeyReused("这张登记表已经提交过一次，内容和现在的不一样，这一次没有保存。请重新打开参保登记再填。", key=key)


def _again_once(attempt: Callable[[], Enrolment], key: str) -> Enrolment:
    """Run in a transaction; when another writer was quicker, look once more at what is stored now.

    The loser of a race then meets the ordinary checks with the winner's rows, and the ordinary message.
    """
    try:
        with transaction.atomic():
            return attempt()
    except IntegrityError:
        pass
    try:
        with transaction.atomic():
            return attempt()
    except IntegrityError as error:
        if Enrolment.objects.filter(key=key).exists():
            raise key_reused(key) from error
        raise EnrolledMeanwhile("刚才有人同时给这位老人登记，这一笔没有保存。请重新查询后再登记。") from error


def _enrol(wish: Wish) -> Enrolment:
    locked = _lock(wish)
    if wish.key in locked.facts.keys:
        require_scope(wish.by, locked.resident.village_id)
        return _same(wish)
    if wish.today > wish.plan.window_to:
        wish = replace(wish, late=late_entry_on(locked.resident, wish.version.programme_id, wish.today))
    require_all(wish, locked)
    return _store(wish, locked)


def _lock(wish: Wish) -> Locked:
    """Lock the person, then read the rest: nobody else changes it now (two queries)."""
    resident = resident_for_update(wish.resident.pk)
    standing = standing_of(resident.pk, wish.version.programme_id)
    return Locked(resident, standing.participation, standing.newest_version, standing.facts)


def _same(wish: Wish) -> Enrolment:
    """Return the enrolment that this key made. Errors: KeyReused when it was for something else."""
    stored = Enrolment.objects.select_related("participation").get(key=wish.key)
    holdings = [
        (row.product, row.units, {part.payer: part.amount_fen for part in row.fundings.all()})
        for row in stored.holdings.prefetch_related("fundings")
    ]
    wanted = [(wish.quote.product, wish.quote.units, dict(wish.quote.fundings))]
    if (holdings, stored.version_id, stored.consent) != (wanted, wish.version.pk, wish.consent):
        raise key_reused(wish.key)
    return stored


def _store(wish: Wish, locked: Locked) -> Enrolment:
    participation = _count_in(wish, locked)
    enrolment = insert_one(enrolment_of(wish, locked, participation))
    holding = insert_one(holding_of(wish, enrolment))
    insert_all(fundings_of(wish, holding))
    detail = audit_detail(wish)
    record(by=wish.by, action=ENROLLED, subject=enrolment, division_code=enrolment.village_id, **detail)
    return enrolment


def enrolment_of(wish: Wish, locked: Locked, participation: Participation) -> Enrolment:
    """Return the enrolment that a wish makes, not stored yet."""
    return Enrolment(
        key=wish.key,
        participation=participation,
        village_id=locked.resident.village_id,
        version=wish.version,
        channel=wish.channel,
        enrolled_on=wish.today,
        enrolled_at=wish.now,
        by=wish.by,
        consent=wish.consent,
        late_entry=wish.late,
    )


def audit_detail(wish: Wish) -> dict[str, object]:
    """Return what the audit row of an enrolment tells beside who, when and where."""
    told = {
        "programme": wish.plan.id,
        "version": wish.version.number,
        "product": wish.quote.product,
        "units": wish.quote.units,
        "fundings": dict(wish.quote.fundings),
        "consent": wish.consent,
        "channel": wish.channel,
    }
    return told | ({"late_entry": wish.late.pk} if wish.late else {})


def holding_of(wish: Wish, enrolment: Enrolment) -> Holding:
    """Return the holding that an enrolment brings, not stored yet."""
    cover_from, cover_to = cover_for(wish.plan, wish.today)
    return Holding(
        enrolment=enrolment,
        product=wish.quote.product,
        units=wish.quote.units,
        unit_price_fen=wish.quote.unit_price_fen,
        cover_from=cover_from,
        cover_to=cover_to,
    )


def fundings_of(wish: Wish, holding: Holding) -> list[Funding]:
    """Return who pays how much of it, not stored yet."""
    return [Funding(holding=holding, payer=payer, amount_fen=amount) for payer, amount in wish.quote.fundings]


def _count_in(wish: Wish, locked: Locked) -> Participation:
    """Add the units to the participation, whose check constraint has the last word on the cap."""
    counted = counted_units(wish.plan, [*locked.facts.held, wish.added])
    if locked.participation is None:
        return insert_one(first_participation(wish, locked.resident))
    participation = locked.participation
    # What was noted without a network comes in later than it was.
    since = min(participation.first_enrolled_on or wish.today, wish.today)
    # Counted for the village that insures them now, unless another one did before and still does (ADR 0021).
    village = participation.village_id if participation.units else locked.resident.village_id
    _change_units(
        participation, wish.quote.units, counted, since, unit_cap=wish.plan.terms.unit_cap, village_id=village
    )
    return participation


def first_participation(wish: Wish, resident: Resident) -> Participation:
    """Return the participation of who had none, with the units of this wish, not stored yet."""
    return Participation(
        resident=resident,
        programme=wish.version.programme,
        village_id=resident.village_id,
        units=wish.quote.units,
        capped_units=counted_units(wish.plan, [wish.added]),
        unit_cap=wish.plan.terms.unit_cap,
        first_enrolled_on=wish.today,
    )


def give_back(enrolment: Enrolment) -> None:
    """Take the units of an enrolment that is locked, and no longer in force, off its participation (two queries)."""
    participation = enrolment.participation
    held = enrolment_facts(participation).held
    units = sum(part.units for part in held)
    first = participation.first_enrolled_on if units else None
    counted = counted_units(plan_of(enrolment.version), held)
    _change_units(participation, units - participation.units, counted, first)


def _change_units(
    participation: Participation, units: int, counted: int, first_enrolled_on: date | None, **facts: int | str
) -> None:
    """Change the counters in the database. `counted` is the new state: the reading K10 may have changed meanwhile."""
    Participation.objects.filter(pk=participation.pk).update(
        units=F("units") + units,
        capped_units=F("capped_units") + (counted - participation.capped_units),
        first_enrolled_on=first_enrolled_on,
        **facts,
    )
