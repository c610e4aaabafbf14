"""捐赠: an agreement, its money with a receipt, the premium it pays, and the rest that goes back."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import uuid4

from django.db import IntegrityError, transaction
from django.db.models import Max, QuerySet

from ankang.accounts.models import Desk, User
from ankang.audit.record import record
from ankang.enrolment.models import Funding
from ankang.money import settling
from ankang.money.ledger import Line, post
from ankang.money.locks import hold_enrolments_of, till_for_update
from ankang.money.models import Account, Posting
from ankang.money.queries import in_force, unsettled
from ankang.programmes.models import Programme
from ankang.rules.errors import InvalidInput, NotAllowed
from ankang.rules.money import yuan
from ankang.treasury.banking import keep_slip, require_there
from ankang.treasury.errors import BalanceTooSmall, KeyReused, ListChanged
from ankang.treasury.locks import donation_for_update
from ankang.treasury.models import Donation, DonationReceipt, DonationUse, Donor
from ankang.treasury.permissions import require_town, require_words


def agree_donation(
    *,
    by: User,
    programme: Programme,
    donor_name: str,
    account: User | None,
    paper: str,
    purpose: str,
    villages: Sequence[str],
    amount_fen: int,
    agreed_on: date,
    key: str,
    now: datetime,
) -> Donation:
    """Note what a donor agreed to give, and for whom; the same key again returns the same agreement.

    A donor is known by name in a town. `account`: the log-in that may follow this donor's money, or none.
    Errors: NotAllowed, InvalidInput (`donor`, `paper`, `purpose`, `amount`, `account`), KeyReused.
    """
    require_town(by, programme.division_id)
    donor_name = require_words(donor_name, "donor", "捐赠人的姓名或单位名称")
    paper, purpose = require_words(paper, "paper", "协议名称或编号"), require_words(purpose, "purpose", "捐款的用途")
    if amount_fen <= 0:
        raise InvalidInput("协议金额要大于0。", field="amount")
    _require_donor_account(by, account)
    with transaction.atomic():
        till_for_update(by.division_id)  # one donor of a name a town, whoever writes it first
        if stored := Donation.objects.filter(key=key).first():
            return _same(stored, amount_fen)
        made = Donation.objects.create(
            key=key,
            donor=_donor(by, donor_name, account, now),
            programme=programme,
            division_id=by.division_id,
            paper=paper,
            purpose=purpose,
            villages=sorted(villages),
            agreed_on=agreed_on,
            amount_fen=amount_fen,
            by=by,
            at=now,
        )
        record(
            by=by, action="treasury.agree_donation", subject=made, division_code=made.division_id, amount_fen=amount_fen
        )
        return made


def receive_donation(
    *, by: User, donation: Donation, amount_fen: int, reference: str, on: date, key: str, now: datetime
) -> DonationReceipt:
    """Book a donor's money on the town's account and return its numbered receipt; the same key, the same receipt.

    Errors: NotAllowed, InvalidInput (`amount` beyond the agreement, `reference`), KeyReused.
    """
    require_town(by, donation.division_id)
    reference = require_words(reference, "reference", "银行流水号")
    try:
        with transaction.atomic():
            locked = donation_for_update(donation.pk)
            if stored := DonationReceipt.objects.filter(key=key).first():
                return _same_receipt(stored, locked, amount_fen)
            open_fen = locked.amount_fen - locked.received_fen
            if not 0 < amount_fen <= open_fen:
                raise InvalidInput(f"协议还差{yuan(open_fen)}元，收到的要大于0、不超过它。", field="amount")
            return _receive(by, locked, amount_fen=amount_fen, reference=reference, on=on, key=key, now=now)
    except IntegrityError as error:
        raise InvalidInput("这个银行流水号已经记过账，没有再记。请核对流水号。", field="reference") from error


def fundable(donation: Donation) -> QuerySet[Funding]:
    """Return the premium parts that a donor shall pay and nobody has paid, where this donation may go."""
    rows = unsettled(in_force()).filter(
        payer=Funding.Payer.DONOR,
        holding__enrolment__version__programme=donation.programme_id,
        holding__enrolment__village__code__startswith=donation.division.prefix,
    )
    rows = rows.filter(holding__enrolment__village__in=donation.villages) if donation.villages else rows
    return rows.order_by("holding__enrolment__village__serial", "holding__enrolment__village", "pk")


def use_donation(
    *, by: User, donation: Donation, fundings: Sequence[int], on: date, key: str, now: datetime
) -> Donation:
    """Pay these parts of premiums from a donation: all of them or none. The same key again does nothing more.

    Errors: NotAllowed, InvalidInput (nobody chosen), ListChanged, BalanceTooSmall, KeyReused.
    """
    require_town(by, donation.division_id)
    if not fundings:
        raise InvalidInput("请勾选要用这笔捐款付的老人。", field="funding")
    with transaction.atomic():
        locked = donation_for_update(donation.pk)
        stored = Posting.objects.filter(key=f"donation-use-{key}").first()
        if stored:
            return _same_use(stored, locked, fundings)
        hold_enrolments_of(fundings)
        parts = list(fundable(locked).filter(pk__in=fundings).select_related("holding__enrolment"))
        if len(parts) != len(set(fundings)):
            raise ListChanged("选的人里有的已经付过、撤销了，或不在这笔捐款的范围里。请看过现在的名单再选。")
        _spend(by, locked, parts, on=on, key=key, now=now)
        return locked


def return_donation(
    *, by: User, donation: Donation, amount_fen: int, reference: str, on: date, key: str, now: datetime
) -> Donation:
    """Pay an unused part of a donation back to its donor. The same key again does nothing more.

    Errors: NotAllowed, InvalidInput (`reference`), BalanceTooSmall, KeyReused.
    """
    require_town(by, donation.division_id)
    reference = require_words(reference, "reference", "退款的银行流水号")
    with transaction.atomic():
        locked = donation_for_update(donation.pk)
        if not Posting.objects.filter(key=f"donation-back-{key}").exists():
            _require_balance(locked, amount_fen)
            require_there(Account.TOWN_BANK, locked.division_id, amount_fen)
            locked.returned_fen += amount_fen
            locked.save(update_fields=["returned_fen"])
        posting = post(
            by=by,
            action="treasury.return_donation",
            key=f"donation-back-{key}",
            kind=Posting.Kind.DONATION_BACK,
            on=on,
            at=now,
            division=locked.division,
            programme=locked.programme,
            entries=[
                Line(Account.DONOR_FUND, locked.donor.code, amount_fen),
                Line(Account.TOWN_BANK, locked.division_id, -amount_fen),
            ],
            note=f"流水号 {reference}",
        )
        keep_slip(posting, reference, -amount_fen)
        return locked


def give_back_to_donation(use: DonationUse, donation: Donation, amount_fen: int, now: datetime) -> None:
    """Put a refunded part back into the balance of a donation that the caller has locked and posts for."""
    donation.used_fen -= amount_fen
    donation.save(update_fields=["used_fen"])
    use.dropped_at = now
    use.save(update_fields=["dropped_at"])


def _require_donor_account(by: User, account: User | None) -> None:
    if account is not None and (account.desk != Desk.DONOR or not account.division_id.startswith(by.scope)):
        raise NotAllowed("能看捐款去向的账号要是本镇的捐赠人账号。")


def _donor(by: User, name: str, account: User | None, now: datetime) -> Donor:
    found, _ = Donor.objects.get_or_create(
        division_id=by.division_id,
        name=name,
        defaults={"code": f"D{uuid4().hex[:15].upper()}", "added_by": by, "added_at": now},
    )
    if account is not None and found.account_id != account.pk:
        found.account = account
        found.save(update_fields=["account"])
    return found


def _same(stored: Donation, amount_fen: int) -> Donation:
    if stored.amount_fen != amount_fen:
        raise _reused(stored.key)
    return stored


def _same_receipt(stored: DonationReceipt, donation: Donation, amount_fen: int) -> DonationReceipt:
    if (stored.donation_id, stored.amount_fen) != (donation.pk, amount_fen):
        raise _reused(stored.key)
    return stored


def _same_use(stored: Posting, donation: Donation, fundings: Sequence[int]) -> Donation:
    used = set(stored.entries.filter(funding__isnull=False).values_list("funding", flat=True))
    if used != set(fundings):
        raise _reused(stored.key)
    return donation


def _reused(key: str) -> KeyReused:
    return KeyReused("这张表已经提交过一次，内容和现在的不一样，这一次没有保存。请重新打开页面再填。", key=key)


def _receive(
    by: User, donation: Donation, *, amount_fen: int, reference: str, on: date, key: str, now: datetime
) -> DonationReceipt:
    posting = post(
        by=by,
        action="treasury.receive_donation",
        key=f"donation-in-{key}",
        kind=Posting.Kind.DONATION_IN,
        on=on,
        at=now,
        division=donation.division,
        programme=donation.programme,
        entries=[
            Line(Account.TOWN_BANK, donation.division_id, amount_fen),
            Line(Account.DONOR_FUND, donation.donor.code, -amount_fen),
        ],
    )
    donation.received_fen += amount_fen
    donation.save(update_fields=["received_fen"])
    till_for_update(donation.division_id)  # numbers without gaps: one at a time a town
    before = DonationReceipt.objects.filter(division=donation.division_id, year=on.year).aggregate(last=Max("serial"))
    return DonationReceipt.objects.create(
        key=key,
        donation=donation,
        division_id=donation.division_id,
        year=on.year,
        serial=(before["last"] or 0) + 1,
        amount_fen=amount_fen,
        reference=reference,
        on=on,
        posting=posting,
        by=by,
        at=now,
    )


def _require_balance(donation: Donation, amount_fen: int) -> None:
    if not 0 < amount_fen <= donation.balance_fen:
        raise BalanceTooSmall(
            f"这笔捐款还剩{yuan(donation.balance_fen)}元，不够{yuan(amount_fen)}元。请少选几位，或等下一笔到账。",
            balance_fen=donation.balance_fen,
            field="amount",
        )


def _spend(by: User, donation: Donation, parts: Sequence[Funding], *, on: date, key: str, now: datetime) -> None:
    total = sum(part.amount_fen for part in parts)
    _require_balance(donation, total)
    held = [Line(Account.PREMIUM_HELD, part.holding.enrolment.village_id, -part.amount_fen, part.pk) for part in parts]
    posting = post(
        by=by,
        action="treasury.use_donation",
        key=f"donation-use-{key}",
        kind=Posting.Kind.DONATION_USE,
        on=on,
        at=now,
        division=donation.division,
        programme=donation.programme,
        entries=[Line(Account.DONOR_FUND, donation.donor.code, total), *held],
    )
    settling.settle(parts, posting=posting)
    DonationUse.objects.bulk_create(
        [DonationUse(donation=donation, funding=part, amount_fen=part.amount_fen, posting=posting) for part in parts]
    )
    donation.used_fen += total
    donation.save(update_fields=["used_fen"])
