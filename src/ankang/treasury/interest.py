"""利息与手续费: what the bank itself puts on the town's account or takes from it, booked so that both balances agree.

Premium goes to the insurer whole: a fee is the town's own cost and is paid into the account again, interest is
finance's and is handed over. Neither is set off against the other.
"""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from ankang.accounts.models import User
from ankang.audit.record import record
from ankang.money.ledger import Line, post, reverse
from ankang.money.locks import till_for_update
from ankang.money.models import Account, Entry, Posting
from ankang.money.queries import balance
from ankang.rules.errors import InvalidInput
from ankang.rules.money import yuan
from ankang.treasury.banking import keep_slip, require_there
from ankang.treasury.errors import BalanceTooSmall, NotInState
from ankang.treasury.locks import row_for_update
from ankang.treasury.models import BankSlip, Reconciliation, ReconciliationRow
from ankang.treasury.permissions import require_town, require_words


@dataclass(frozen=True, slots=True)
class _Way:
    """`sign`: whether the bank's account gains or loses; `account` is what stands against it."""

    sign: int
    account: Account


_WAYS = {
    Posting.Kind.INTEREST: _Way(1, Account.BANK_INTEREST),
    Posting.Kind.FEE: _Way(-1, Account.BANK_FEE),
    Posting.Kind.FEE_MADE_GOOD: _Way(1, Account.BANK_FEE),
    Posting.Kind.INTEREST_OUT: _Way(-1, Account.BANK_INTEREST),
    Posting.Kind.OPENING_OUT: _Way(-1, Account.BANK_OPENING),
}
ITEMS = tuple(kind.value for kind in _WAYS)


def items_of(signed_fen: int) -> list[tuple[str, str]]:
    """Return what a movement of this sign may be, the likelier first, as choices."""
    return [(kind.value, str(kind.label)) for kind, way in _WAYS.items() if way.sign * signed_fen > 0]


def book_item(*, by: User, item: str, amount_fen: int, reference: str, on: date, key: str, now: datetime) -> Posting:
    """Book interest, a fee, a fee made good or interest handed over (`item` of `ITEMS`). Same key: same posting.

    Errors: NotAllowed, InvalidInput (`item`, `amount`, `reference` missing or used, `on` after today),
    BalanceTooSmall (more than the account holds, than fees are open, than interest is there), KeyReused.
    """
    require_town(by, by.division_id)
    reference = require_words(reference, "reference", "银行流水号")
    if item not in ITEMS:
        raise InvalidInput("请选是利息还是手续费。", field="item")
    if amount_fen <= 0:
        raise InvalidInput("金额要大于0，请照银行流水填。", field="amount")
    if on > now.date():
        raise InvalidInput("日期还没到，请照银行流水填。", field="on")
    kind, way, town = Posting.Kind(item), _WAYS[Posting.Kind(item)], by.division_id
    with transaction.atomic():
        till_for_update(town)
        if way.sign < 0 and not Posting.objects.filter(key=_key(key)).exists():
            require_there(Account.TOWN_BANK, town, amount_fen)
        signed = way.sign * amount_fen
        posting = post(
            by=by,
            action="treasury.book_item",
            key=_key(key),
            kind=kind,
            on=on,
            at=now,
            division=by.division,
            entries=[Line(Account.TOWN_BANK, town, signed), Line(way.account, town, -signed)],
            note=f"流水号 {reference}",
        )
        require_sides(town)
        keep_slip(posting, reference, signed)
        return posting


def book_compared(
    *, by: User, row: ReconciliationRow, item: str, on: date, key: str, now: datetime
) -> ReconciliationRow:
    """Book by how much the bank's row differs from ours as interest or a fee: it leaves the list of what is open.

    A row that is booked already is returned as it is. Errors: NotAllowed, NotInState (nothing of the bank's to book),
    and those of `book_item`.
    """
    require_town(by, row.run.division_id)
    with transaction.atomic():
        locked = row_for_update(row.pk)
        if locked.posting_id is not None:
            return locked
        differs = _to_book_fen(locked)
        if item not in dict(items_of(differs)):
            raise InvalidInput("请选是利息还是手续费，收入和支出不要选反。", field="item")
        locked.posting = book_item(
            by=by, item=item, amount_fen=abs(differs), reference=_reference(locked), on=on, key=key, now=now
        )
        words = Posting.Kind(item).label
        locked.explanation, locked.explained_by, locked.explained_at = f"已记账：{words}", by, now
        locked.save(update_fields=["posting", "explanation", "explained_by", "explained_at"])
        return locked


def can_book(row: ReconciliationRow) -> bool:
    """Return whether the bank's row has an amount that we have not booked, or have booked differently."""
    is_of_bank = row.run.kind == Reconciliation.Kind.BANK and bool(row.theirs_fen)
    fits = row.outcome in (ReconciliationRow.Outcome.MISSING_HERE, ReconciliationRow.Outcome.DIFFERENT)
    return is_of_bank and fits and row.posting_id is None and row.theirs_fen != row.ours_fen


def take_back_item(*, by: User, posting: Posting, note: str, now: datetime) -> Posting:
    """Answer a wrongly booked item by its counter-entry of the same day, so that no day's balance keeps the mistake.

    Its number may be booked again, and the bank's row it came from is open again.
    Errors: NotAllowed, NotInState (no such item, countered already), InvalidInput (`note`), BalanceTooSmall.
    """
    require_town(by, posting.division_id)
    note = require_words(note, "note", "为什么冲销")[:200]
    if posting.kind not in ITEMS or posting.reverses_id is not None:
        raise NotInState("这一笔不是利息、手续费或期初余额转出，不能在这里冲销。", state=posting.kind)
    with transaction.atomic():
        till_for_update(posting.division_id)
        back = reverse(
            by=by, action="treasury.take_back_item", posting=posting, key=f"item-back-{posting.pk}",
            kind=posting.kind, on=posting.on, at=now, note=note,
        )  # fmt: skip
        BankSlip.objects.filter(posting=posting).update(is_void=True)
        for row in ReconciliationRow.objects.filter(posting=posting):
            _open_again(by, row_for_update(row.pk))
        require_sides(posting.division_id)
        require_not_below(posting.division_id)
        return back


def require_not_below(town: str) -> None:
    """Let pass while a counter-entry leaves the town's account at zero or above. Errors: BalanceTooSmall."""
    if balance(Account.TOWN_BANK, town) < 0:
        raise BalanceTooSmall("冲销后专户账面会小于0，没有记。请先核对别的账。", balance_fen=0)


def account_lines(town: str) -> list[tuple[Entry, int]]:
    """Return every entry on the town's account with the balance after it (fen), newest first (one query)."""
    rows = Entry.objects.filter(account=Account.TOWN_BANK, owner=town)
    entries = rows.select_related("posting__reversed_by", "posting__by")
    found, total = [], 0
    for entry in entries.order_by("posting__on", "pk"):
        total += entry.amount_fen
        found.append((entry, total))
    return found[::-1]


def _key(key: str) -> str:
    return f"item-{key}"


def _to_book_fen(row: ReconciliationRow) -> int:
    if not can_book(row):
        raise NotInState("这一行没有要记的利息或手续费。请刷新页面。", state=row.outcome)
    return (row.theirs_fen or 0) - (row.ours_fen or 0)


def _reference(row: ReconciliationRow) -> str:
    """Return the bank's number; one of ours where it gave none, or where the number stands for what we have booked."""
    if row.reference and row.ours_fen is None:
        return row.reference
    return f"{row.reference[:40]}对账{row.run_id}-{row.row_number}"


def _open_again(by: User, row: ReconciliationRow) -> None:
    row.posting, row.explanation, row.explained_by, row.explained_at = None, "", None, None
    row.save(update_fields=["posting", "explanation", "explained_by", "explained_at"])
    record(by=by, action="treasury.open_again", subject=row, division_code=row.run.division_id)


def require_sides(town: str) -> None:
    """Let pass while no more is made good than fees were taken, and no more handed over than interest or opening.

    Errors: BalanceTooSmall.
    """
    fee, interest = balance(Account.BANK_FEE, town), -balance(Account.BANK_INTEREST, town)
    opening = -balance(Account.BANK_OPENING, town)
    if fee < 0:
        raise BalanceTooSmall(f"补进的比被扣的手续费多{yuan(-fee)}元，没有记。请核对金额。", field="amount")
    if interest < 0:
        raise BalanceTooSmall(f"上缴的比收到的利息多{yuan(-interest)}元，没有记。请核对金额。", field="amount")
    if opening < 0:
        raise BalanceTooSmall(f"转出的比期初余额多{yuan(-opening)}元，没有记。请核对金额。", field="amount")
