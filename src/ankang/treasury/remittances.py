"""汇缴: paid premium goes to the insurer in batches, no part of it twice."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q

from ankang.accounts.models import User
from ankang.audit.record import record
from ankang.enrolment.models import Funding
from ankang.money.ledger import Line, post, reverse
from ankang.money.locks import hold_enrolments_of
from ankang.money.models import Account, Posting, Settlement
from ankang.programmes.models import Programme
from ankang.rules.errors import InvalidInput
from ankang.treasury.banking import require_there
from ankang.treasury.errors import KeyReused, ListChanged, NothingThere
from ankang.treasury.locks import remittance_for_update
from ankang.treasury.models import Refund, Remittance, RemittanceLine
from ankang.treasury.permissions import require_review, require_shown, require_state, require_town, require_words

State = Remittance.State
INSURER = "insurer"  # the owner of the insurer's accounts: one branch an installation


@dataclass(frozen=True, slots=True)
class Remittable:
    """What can go to the insurer now: fundings, each with the fen that are left of it after refunds."""

    parts: tuple[tuple[Funding, int], ...]

    @property
    def total_fen(self) -> int:
        return sum(amount for _, amount in self.parts)

    @property
    def people(self) -> int:
        return len({one.holding.enrolment.participation_id for one, _ in self.parts})

    def by_village(self) -> dict[str, int]:
        """Return fen by village code, in the order of the list."""
        sums: dict[str, int] = {}
        for one, amount in self.parts:
            code = one.holding.enrolment.village_id
            sums[code] = sums.get(code, 0) + amount
        return sums


def to_remit(by: User, programme: Programme, villages: Collection[str]) -> Remittable:
    """Return the premium that is paid (not only promised), in force, and on no remittance (two queries).

    What was earned of a unit that was given up goes too: the rest of it was refunded, or is about to be.
    """
    living = Settlement.objects.filter(funding=OuterRef("pk"), posting__isnull=False, ended_at__isnull=True)
    lines = RemittanceLine.objects.filter(funding=OuterRef("pk"), dropped_at__isnull=True)
    rows = Funding.objects.filter(
        ~Exists(lines),
        holding__enrolment__version__programme=programme,
        holding__enrolment__village__code__startswith=by.scope,
    )
    rows = rows.filter(holding__enrolment__village__in=list(villages)) if villages else rows
    in_force = Q(holding__enrolment__cancelled_at__isnull=True, holding__enrolment__withdrawn_on__isnull=True)
    earned = Refund.objects.filter(funding=OuterRef("pk"), state__in=("released", "paid"), cause="withdrawn")
    rows = rows.filter((in_force | Exists(earned)) & Exists(living) | Exists(earned.filter(was_promised=False)))
    found = list(
        rows.select_related("holding__enrolment__village").order_by(
            "holding__enrolment__village__serial", "holding__enrolment__village", "pk"
        )
    )
    back = dict(
        Refund.objects.filter(funding__in=[one.pk for one in found], state__in=("released", "paid")).values_list(
            "funding", "amount_fen"
        )
    )
    parts = [(one, one.amount_fen - back.get(one.pk, 0)) for one in found]
    return Remittable(tuple((one, left) for one, left in parts if left))


def prepare_remittance(
    *, by: User, programme: Programme, villages: Sequence[str], shown_fen: int, note: str, key: str, now: datetime
) -> Remittance:
    """Freeze what goes to the insurer from these villages (none: all); the same key again returns the same paper.

    `shown_fen`: the sum that the page showed. Errors: NotAllowed, NothingThere, ListChanged, KeyReused.
    """
    require_town(by, programme.division_id)
    try:
        with transaction.atomic():
            if stored := Remittance.objects.filter(key=key).first():
                return _same(stored, by)
            found = to_remit(by, programme, villages)
            _require_shown(found, shown_fen)
            return _freeze(by, programme, found, villages=villages, note=note, key=key, now=now)
    except IntegrityError as error:
        if stored := Remittance.objects.filter(key=key).first():
            return _same(stored, by)
        raise ListChanged("刚才有人也编了一批，名单变了。请重新打开页面再编。") from error


def review_remittance(
    *, by: User, remittance: Remittance, approve: bool, note: str, on: date, now: datetime
) -> Remittance:
    """Agree to a remittance as the second person: from then on its sum is owed to the insurer; or refuse it.

    Errors: NotAllowed, SecondPersonNeeded, NotInState, InvalidInput (a refusal without `note`), ListChanged (somebody
    on it was refunded or gave up meanwhile).
    """
    require_town(by, remittance.division_id)
    note = note.strip()
    with transaction.atomic():
        locked = remittance_for_update(remittance.pk)
        require_state(locked, State.PREPARED)
        require_review(by, locked.prepared_by_id, approve, note)
        if approve:
            locked.released_posting = _post_released(by, locked, on, now)
        else:
            locked.lines.update(dropped_at=now)
        locked.state = State.RELEASED if approve else State.REFUSED
        locked.reviewed_by, locked.reviewed_at, locked.reviewed_note = by, now, note
        locked.save(update_fields=["state", "reviewed_by", "reviewed_at", "reviewed_note", "released_posting"])
        action = "treasury.release_remittance" if approve else "treasury.refuse_remittance"
        record(by=by, action=action, subject=locked, division_code=locked.division_id, total_fen=locked.total_fen)
        return locked


def pay_remittance(*, by: User, remittance: Remittance, reference: str, on: date, now: datetime) -> Remittance:
    """Note that the bank has sent a remittance; again with the same number it is the same payment.

    Errors: NotAllowed, NotInState, BalanceTooSmall (the account holds less), InvalidInput (`reference` missing, or of
    another payment).
    """
    require_town(by, remittance.division_id)
    reference = require_words(reference, "reference", "汇款的银行流水号")
    try:
        with transaction.atomic():
            locked = remittance_for_update(remittance.pk)
            if locked.state == State.PAID and locked.reference == reference:
                return locked
            require_state(locked, State.RELEASED)
            return _pay(by, locked, reference, on, now)
    except IntegrityError as error:
        raise InvalidInput("这个银行流水号已经记在另一批汇缴上。请核对流水号。", field="reference") from error


def take_back_remittance(*, by: User, remittance: Remittance, note: str, on: date, now: datetime) -> Remittance:
    """Take a released remittance back before the bank has sent it: its parts may be remitted anew.

    Errors: NotAllowed, NotInState, InvalidInput (no `note`).
    """
    require_town(by, remittance.division_id)
    note = require_words(note, "reference", "撤回的原因")
    with transaction.atomic():
        locked = remittance_for_update(remittance.pk)
        require_state(locked, State.RELEASED)
        assert locked.released_posting is not None
        reverse(
            by=by,
            action="treasury.reverse_remittance",
            posting=locked.released_posting,
            key=f"remittance-back-{locked.pk}",
            kind=Posting.Kind.CORRECTION,
            on=on,
            at=now,
            note=note,
        )
        locked.state, locked.released_posting, locked.note = State.REFUSED, None, f"撤回：{note}"[:200]
        locked.save(update_fields=["state", "released_posting", "note"])
        locked.lines.update(dropped_at=now)
        return locked


def is_remitted(funding: Funding) -> bool:
    """Return whether a part stands on a remittance that was released or sent (one query)."""
    lines = RemittanceLine.objects.filter(funding=funding, dropped_at__isnull=True)
    return lines.filter(remittance__state__in=(State.RELEASED, State.PAID)).exists()


def _same(stored: Remittance, by: User) -> Remittance:
    if stored.prepared_by_id != by.pk:
        raise KeyReused("这张表已经提交过一次，这一次没有保存。请重新打开页面再编。", key=stored.key)
    return stored


def _require_shown(found: Remittable, shown_fen: int) -> None:
    if not found.parts:
        raise NothingThere("现在没有要汇的保费：收到的都汇了，或还没有收到。")
    require_shown(found.total_fen, shown_fen)


def _freeze(
    by: User, programme: Programme, found: Remittable, *, villages: Sequence[str], note: str, key: str, now: datetime
) -> Remittance:
    made = Remittance.objects.create(
        key=key,
        programme=programme,
        division_id=by.division_id,
        villages=sorted(villages),
        people=found.people,
        total_fen=found.total_fen,
        prepared_by=by,
        prepared_at=now,
        note=note.strip(),
    )
    RemittanceLine.objects.bulk_create(
        [
            RemittanceLine(remittance=made, funding=one, village_id=one.holding.enrolment.village_id, amount_fen=amount)
            for one, amount in found.parts
        ],
        batch_size=2000,
    )
    record(
        by=by,
        action="treasury.prepare_remittance",
        subject=made,
        division_code=made.division_id,
        people=made.people,
        total_fen=made.total_fen,
    )
    return made


def _post_released(by: User, remittance: Remittance, on: date, now: datetime) -> Posting:
    """What we held for the villages is owed to the insurer from now on. Errors: ListChanged."""
    lines = list(remittance.lines.filter(dropped_at__isnull=True).select_related("funding"))
    hold_enrolments_of([line.funding_id for line in lines])
    still = {one.pk: amount for one, amount in _still_remittable(lines)}
    changed = [line for line in lines if still.get(line.funding_id) != line.amount_fen]
    if changed:
        raise ListChanged(
            f"这一批里有{len(changed)}笔后来退保、退费或作废了，不能照原样汇。请选“不同意”，再编一批。",
            changed=len(changed),
        )
    held = [Line(Account.PREMIUM_HELD, line.village_id, line.amount_fen, line.funding_id) for line in lines]
    return post(
        by=by,
        action="treasury.book_remittance",
        key=f"remittance-{remittance.pk}",
        kind=Posting.Kind.REMITTANCE,
        on=on,
        at=now,
        division=remittance.division,
        programme=remittance.programme,
        entries=[*held, Line(Account.INSURER_DUE, INSURER, -remittance.total_fen)],
    )


def _still_remittable(lines: Sequence[RemittanceLine]) -> list[tuple[Funding, int]]:
    """Return what of a prepared list could be remitted now, were it on no list (two queries)."""
    keys = [line.funding_id for line in lines]
    living = Settlement.objects.filter(funding=OuterRef("pk"), posting__isnull=False, ended_at__isnull=True)
    rows = Funding.objects.filter(pk__in=keys)
    back = dict(
        Refund.objects.filter(funding__in=keys, state__in=("released", "paid"), was_promised=False).values_list(
            "funding", "amount_fen"
        )
    )
    cancelled = Q(holding__enrolment__cancelled_at__isnull=False)
    kept = rows.filter(~cancelled).filter(Exists(living) | Q(pk__in=list(back)))
    given_up = set(kept.filter(holding__enrolment__withdrawn_on__isnull=False).values_list("pk", flat=True))
    return [(one, one.amount_fen - back.get(one.pk, 0)) for one in kept if one.pk in back or one.pk not in given_up]


def _pay(by: User, remittance: Remittance, reference: str, on: date, now: datetime) -> Remittance:
    require_there(Account.TOWN_BANK, remittance.division_id, remittance.total_fen)
    remittance.paid_posting = post(
        by=by,
        action="treasury.pay_remittance",
        key=f"remittance-paid-{remittance.pk}",
        kind=Posting.Kind.REMITTANCE,
        on=on,
        at=now,
        division=remittance.division,
        programme=remittance.programme,
        entries=[
            Line(Account.INSURER_DUE, INSURER, remittance.total_fen),
            Line(Account.TOWN_BANK, remittance.division_id, -remittance.total_fen),
        ],
        note=f"流水号 {reference}",
    )
    remittance.state, remittance.reference = State.PAID, reference
    remittance.paid_on, remittance.paid_by, remittance.paid_at = on, by, now
    remittance.save(update_fields=["state", "reference", "paid_on", "paid_by", "paid_at", "paid_posting"])
    return remittance
