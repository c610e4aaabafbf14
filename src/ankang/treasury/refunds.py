"""退费: each payer's own share goes back, proposed by one person, released by another, paid once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from ankang.accounts.models import User
from ankang.audit.record import record
from ankang.enrolment.locks import enrolment_for_update
from ankang.enrolment.models import Enrolment
from ankang.enrolment.withdrawals import take_off_unbegun
from ankang.money import settling
from ankang.money.ledger import Line, post
from ankang.money.locks import till_for_update
from ankang.money.models import Account, Posting, Settlement
from ankang.money.queries import balance
from ankang.programmes.models import Programme
from ankang.roster.models import Resident
from ankang.rules.errors import InvalidInput
from ankang.rules.money import yuan
from ankang.rules.refunds import Refund as Counted
from ankang.rules.refunds import RefundCause, refund_of
from ankang.treasury.banking import keep_slip, require_there
from ankang.treasury.donors import give_back_to_donation
from ankang.treasury.errors import BalanceTooSmall, ListChanged, NothingThere
from ankang.treasury.government import waive
from ankang.treasury.locks import donation_for_update, refund_for_update, request_for_update
from ankang.treasury.models import DonationUse, GovernmentRequest, Refund
from ankang.treasury.permissions import require_review, require_state, require_town, require_words
from ankang.treasury.remittances import INSURER, is_remitted

State = Refund.State
BANK, CASH = "bank", "cash"
_FROM = {BANK: Account.TOWN_BANK, CASH: Account.TOWN_CASH}


@dataclass(frozen=True, slots=True)
class Due:
    """An enrolment whose money must go back, why, and what each payer gets. `counted` is in the payers' order."""

    enrolment: Enrolment
    cause: RefundCause
    counted: Counted
    settlements: tuple[Settlement, ...]


def refunds_to_prepare(by: User, programme: Programme) -> list[Due]:
    """Return what should be given back and nobody has proposed yet (three queries).

    Cancelled after it was paid, given up with the insurer's consent, or its person died before the cover began.
    Insured twice is told by a person: `due_of` with that cause.
    """
    return [
        due
        for enrolment in _suspects(by, programme)
        if (cause := _cause_of(enrolment)) and (due := _due(enrolment, cause)).counted.shares
    ]


def due_of(enrolment: Enrolment, cause: RefundCause) -> Due:
    """Return what goes back of one enrolment for a cause (three queries).

    Errors: NothingThere, ListChanged (another cause).
    """
    found = _with_money(Enrolment.objects.filter(pk=enrolment.pk)).first()
    if found is None:
        raise NothingThere("这笔参保没有收过钱，或已经退过，没有可退的。")
    if cause not in (_cause_of(found), RefundCause.DUPLICATE):
        raise ListChanged("这笔参保现在不是这个原因了，请刷新页面再看。")
    due = _due(found, cause)
    if not due.counted.shares:
        raise NothingThere("保障已经到期，没有未满的天数，不用退。")
    return due


def prepare_refund(
    *, by: User, enrolment: Enrolment, cause: RefundCause, note: str, key: str, now: datetime
) -> list[Refund]:
    """Propose to give an enrolment's money back, one row a payer; the same key again returns the same rows.

    Errors: NotAllowed, InvalidInput (insured twice without `note`), NothingThere, ListChanged (the cause is none).
    """
    require_town(by, enrolment.village_id)
    note = note.strip()
    if cause == RefundCause.DUPLICATE:
        require_words(note, "note", "和哪一笔重复、怎么核实的")
    try:
        with transaction.atomic():
            locked = enrolment_for_update(enrolment.pk)
            if stored := list(Refund.objects.filter(key__startswith=f"{key}-").order_by("pk")):
                return stored
            due = due_of(locked, cause)
            return _propose(by, due, note, key, now)
    except IntegrityError as error:
        raise ListChanged("刚才有人已经给这笔参保提出退费，没有再提。请刷新页面。") from error


def review_refund(*, by: User, enrolment: Enrolment, approve: bool, note: str, on: date, now: datetime) -> list[Refund]:
    """Release all that was proposed for an enrolment as the second person, or refuse it.

    What donors gave goes back to their funds at once, and what government only promised is owed no more; the rest
    waits for `pay_refund`. Insured twice, or dead before the cover began: the enrolment ends without any cover.
    Errors: NotAllowed, SecondPersonNeeded, ListChanged (nothing waits), InvalidInput (a refusal without `note`).
    """
    require_town(by, enrolment.village_id)
    note = note.strip()
    with transaction.atomic():
        locked = enrolment_for_update(enrolment.pk)
        waiting = list(_of(locked).filter(state=State.PREPARED).order_by("pk").values_list("pk", flat=True))
        if not waiting:
            raise ListChanged("这笔退费已经复核过了。请刷新页面。")
        rows = [refund_for_update(pk) for pk in waiting]
        require_review(by, rows[0].prepared_by_id, approve, note)
        for row in rows:
            row.reviewed_by, row.reviewed_at, row.reviewed_note = by, now, note
            row.state = State.RELEASED if approve else State.REFUSED
            if approve:
                _release(by, row, on, now)
            row.save()
            action = "treasury.release_refund" if approve else "treasury.refuse_refund"
            record(by=by, action=action, subject=row, division_code=row.village_id, amount_fen=row.amount_fen)
        if (
            approve
            and locked.withdrawn_on is None
            and locked.cancelled_at is None  # taken back meanwhile, on its own day: it never was insured
            and rows[0].cause in (RefundCause.DIED_BEFORE, RefundCause.DUPLICATE)
        ):
            take_off_unbegun(enrolment=locked)
        return rows


def pay_refund(*, by: User, refund: Refund, means: str, reference: str, on: date, now: datetime) -> Refund:
    """Note that a released refund was paid, from the town's account (`bank`) or its cash (`cash`), by this voucher.

    Again for the same voucher it is the same payment.
    Errors: NotAllowed, NotInState, InvalidInput, BalanceTooSmall (there is not as much).
    """
    require_town(by, refund.division_id)
    reference = require_words(reference, "reference", "退款凭据：银行流水号，或领款单号")
    if means not in _FROM:
        raise InvalidInput("请选从专户转账还是付现金。", field="means")
    with transaction.atomic():
        locked = refund_for_update(refund.pk)
        if locked.state == State.PAID and locked.reference == reference:
            return locked
        require_state(locked, State.RELEASED)
        require_there(_FROM[means], locked.division_id, locked.amount_fen)
        account, owner = _owed_to(locked)
        locked.paid_posting = _post(
            by,
            locked,
            f"refund-paid-{locked.pk}",
            "treasury.pay_refund",
            (
                Line(account, owner, locked.amount_fen, locked.funding_id),
                Line(_FROM[means], locked.division_id, -locked.amount_fen),
            ),
            on=on,
            now=now,
        )
        locked.state, locked.reference, locked.paid_by, locked.paid_at = State.PAID, reference, by, now
        locked.save(update_fields=["state", "reference", "paid_by", "paid_at", "paid_posting"])
        return locked


def receive_from_insurer(
    *, by: User, programme: Programme, amount_fen: int, reference: str, on: date, key: str, now: datetime
) -> Posting:
    """Book what the insurer paid back of refunded premium that it had got. The same key: the same posting.

    Errors: NotAllowed, InvalidInput (`reference` missing or used), BalanceTooSmall (the insurer does not owe as much),
    KeyReused.
    """
    require_town(by, programme.division_id)
    reference = require_words(reference, "reference", "银行流水号")
    with transaction.atomic():
        till_for_update(by.division_id)
        posted = f"insurer-back-{key}"
        owed = balance(Account.INSURER_DUE, INSURER)
        if not Posting.objects.filter(key=posted).exists() and not 0 < amount_fen <= owed:
            raise BalanceTooSmall(
                f"保险公司现在应退{yuan(max(owed, 0))}元，收到的要大于0、不超过它。请核对。", field="amount"
            )
        posting = post(
            by=by,
            action="treasury.receive_insurer",
            key=posted,
            kind=Posting.Kind.REMITTANCE_BACK,
            on=on,
            at=now,
            division=by.division,
            programme=programme,
            entries=[
                Line(Account.TOWN_BANK, by.division_id, amount_fen),
                Line(Account.INSURER_DUE, INSURER, -amount_fen),
            ],
            note=f"流水号 {reference}",
        )
        keep_slip(posting, reference, amount_fen)
        return posting


def _of(enrolment: Enrolment) -> QuerySet[Refund]:
    return Refund.objects.filter(funding__holding__enrolment=enrolment)


def _open_settlements() -> QuerySet[Settlement]:
    """Settlements that live and whose funding has no refund yet."""
    refunded = Refund.objects.filter(funding=OuterRef("funding")).exclude(state=State.REFUSED)
    return Settlement.objects.filter(~Exists(refunded), ended_at__isnull=True)


def _with_money(rows: QuerySet[Enrolment]) -> QuerySet[Enrolment]:
    return (
        rows.filter(Exists(_open_settlements().filter(funding__holding__enrolment=OuterRef("pk"))))
        .select_related("participation__resident", "village", "version__programme")
        .prefetch_related("holdings__fundings")
    )


def _suspects(by: User, programme: Programme) -> QuerySet[Enrolment]:
    dead = Q(
        participation__resident__status=Resident.Status.DEAD,
        participation__resident__died_on__lt=F("holdings__cover_from"),
    )
    gone = Q(cancelled_at__isnull=False) | Q(withdrawn_on__isnull=False) | dead
    mine = Enrolment.objects.filter(gone, version__programme=programme, village__code__startswith=by.scope)
    return _with_money(mine).order_by("village__serial", "village", "pk").distinct()


def _cause_of(enrolment: Enrolment) -> RefundCause | None:
    if enrolment.cancelled_at is not None:
        return RefundCause.CANCELLED
    died_on = enrolment.participation.resident.died_on
    begins = min(one.cover_from for one in enrolment.holdings.all())
    if died_on is not None and died_on < begins:
        return RefundCause.DIED_BEFORE
    return RefundCause.WITHDRAWN if enrolment.withdrawn_on is not None else None


def _due(enrolment: Enrolment, cause: RefundCause) -> Due:
    (holding,) = enrolment.holdings.all()  # one act of enrolling brings one holding
    fundings = {one.pk: one for one in holding.fundings.all()}
    settlements = tuple(_open_settlements().filter(funding__in=fundings).order_by("funding"))
    paid = [(str(one.funding_id), fundings[one.funding_id].amount_fen) for one in settlements]
    counted = refund_of(paid, cause, holding.cover_from, holding.cover_to, enrolment.withdrawn_on)
    return Due(enrolment, cause, counted, settlements)


def _propose(by: User, due: Due, note: str, key: str, now: datetime) -> list[Refund]:
    settlements = {str(one.funding_id): one for one in due.settlements}
    fundings = {one.pk: one for holding in due.enrolment.holdings.all() for one in holding.fundings.all()}
    rows = [
        Refund(
            key=f"{key}-{funding}",
            programme=due.enrolment.version.programme,
            division_id=by.division_id,
            prepared_by=by,
            prepared_at=now,
            note=note,
            funding_id=int(funding),
            village_id=due.enrolment.village_id,
            cause=due.cause,
            paid_fen=fundings[int(funding)].amount_fen,
            amount_fen=amount,
            words=due.counted.words,
            was_promised=settlements[funding].posting_id is None,
        )
        for funding, amount in due.counted.shares
    ]
    made = Refund.objects.bulk_create(rows)
    record(
        by=by,
        action="treasury.prepare_refund",
        subject=due.enrolment,
        division_code=due.enrolment.village_id,
        cause=str(due.cause),
        total_fen=due.counted.total_fen,
    )
    return made


def _release(by: User, refund: Refund, on: date, now: datetime) -> None:
    """Move the money to who shall get it, and end the settlement when nothing of a promise is left to come."""
    settlement = Settlement.objects.filter(funding=refund.funding_id, ended_at__isnull=True).first()
    if settlement is None:
        raise ListChanged("这笔钱刚才已经作废或退过，不用再退。请刷新页面。")
    refund.was_promised = settlement.posting_id is None
    refund.was_remitted = is_remitted(refund.funding)
    source = (
        Line(Account.INSURER_DUE, INSURER, refund.amount_fen, refund.funding_id)
        if refund.was_remitted
        else Line(Account.PREMIUM_HELD, refund.village_id, refund.amount_fen, refund.funding_id)
    )
    account, owner = _owed_to(refund)
    target = Line(account, owner, -refund.amount_fen, refund.funding_id)
    refund.released_posting = _post(
        by, refund, f"refund-{refund.pk}", "treasury.book_refund", (source, target), on=on, now=now
    )
    if refund.was_promised:
        _owe_less(refund, settlement)
    if not refund.was_promised or refund.amount_fen == refund.paid_fen:
        settling.end([refund.funding_id], at=now, by_posting=refund.released_posting)
    if refund.funding.payer == "donor":
        use = DonationUse.objects.get(funding=refund.funding_id, dropped_at__isnull=True)
        give_back_to_donation(use, donation_for_update(use.donation_id), refund.amount_fen, now)
    if refund.was_promised or refund.funding.payer == "donor":
        refund.state = State.PAID


def _owe_less(refund: Refund, settlement: Settlement) -> None:
    request = GovernmentRequest.objects.get(promise=settlement.promise_id)
    waive(request_for_update(request.pk), refund.amount_fen)


def _owed_to(refund: Refund) -> tuple[Account, str]:
    """Return the account from which a refund will be paid, or that it makes smaller."""
    match refund.funding.payer:
        case "government":
            return (Account.GOVERNMENT_DUE if refund.was_promised else Account.GOVERNMENT_FUND), refund.division_id
        case "donor":
            use = DonationUse.objects.select_related("donation__donor").get(
                funding=refund.funding_id, dropped_at__isnull=True
            )
            return Account.DONOR_FUND, use.donation.donor.code
        case _:
            return Account.REFUND_DUE, refund.village_id


def _post(
    by: User, refund: Refund, key: str, action: str, entries: Sequence[Line], *, on: date, now: datetime
) -> Posting:
    return post(
        by=by,
        action=action,
        key=key,
        kind=Posting.Kind.REFUND,
        on=on,
        at=now,
        division=refund.division,  # the town's: no day of a village is touched
        programme=refund.programme,
        entries=entries,
    )
