"""期初余额: what stood on the town's account before our first entry, booked once, by two, on a paper (ADR 0056)."""

from datetime import date, datetime

from django.db import transaction
from django.db.models import Min

from ankang.accounts.models import User
from ankang.audit.record import record
from ankang.money.ledger import Line, post, reverse
from ankang.money.locks import till_for_update
from ankang.money.models import Account, Entry, Posting
from ankang.rules.errors import InvalidInput
from ankang.treasury.errors import KeyReused, NotInState
from ankang.treasury.interest import require_not_below, require_sides
from ankang.treasury.locks import opening_for_update
from ankang.treasury.models import OpeningBalance
from ankang.treasury.permissions import require_review, require_state, require_town, require_words

State = OpeningBalance.State


def opening_of(town: str) -> OpeningBalance | None:
    """Return the opening balance that waits for its review or is booked (one query)."""
    living = OpeningBalance.objects.filter(division=town, state__in=(State.PREPARED, State.BOOKED))
    return living.select_related("prepared_by", "reviewed_by").first()


def first_day(town: str) -> date | None:
    """Return the day of the first entry on the town's account beside its opening balance (one query)."""
    rows = Entry.objects.filter(account=Account.TOWN_BANK, owner=town)
    found: date | None = rows.exclude(posting__kind=Posting.Kind.OPENING).aggregate(first=Min("posting__on"))["first"]
    return found


def enter_opening(
    *, by: User, amount_fen: int, on: date, paper: str, note: str, key: str, now: datetime
) -> OpeningBalance:
    """Write down what the bank's list says stood on the account at the end of `on`; the same key, the same row.

    Nothing is booked before another person agreed. Errors: NotAllowed, InvalidInput (`amount`, `paper`; `on` not before
    the first entry or after today), NotInState (there is one already), KeyReused.
    """
    require_town(by, by.division_id)
    paper = require_words(paper, "paper", "依据，例如哪天的银行对账单")
    if amount_fen <= 0:
        raise InvalidInput("余额要大于0；原来是0的不用登记。", field="amount")
    with transaction.atomic():
        till_for_update(by.division_id)
        if stored := OpeningBalance.objects.filter(key=key).first():
            return _same(stored, amount_fen, on)
        _require_before(by.division_id, on, now.date())
        if there := opening_of(by.division_id):
            raise NotInState(f"期初余额已经登记过，{there.get_state_display()}，不能再登记一次。", state=there.state)
        made = OpeningBalance.objects.create(
            key=key, division=by.division, amount_fen=amount_fen, on=on, paper=paper[:120], note=note.strip()[:200],
            prepared_by=by, prepared_at=now,
        )  # fmt: skip
        record(
            by=by, action="treasury.enter_opening", subject=made, division_code=made.division_id, amount_fen=amount_fen
        )
        return made


def review_opening(*, by: User, opening: OpeningBalance, approve: bool, note: str, now: datetime) -> OpeningBalance:
    """Agree to it, which books it on its day, or not; the same word again changes nothing.

    Errors: NotAllowed, SecondPersonNeeded, InvalidInput (`note` when not agreed; `on` when the account has an entry as
    early by now), NotInState.
    """
    require_town(by, opening.division_id)
    note, wanted = note.strip()[:200], State.BOOKED if approve else State.REFUSED
    with transaction.atomic():
        till_for_update(opening.division_id)
        locked = opening_for_update(opening.pk)
        if locked.state == wanted and locked.reviewed_by_id == by.pk:
            return locked
        require_state(locked, State.PREPARED)
        require_review(by, locked.prepared_by_id, approve, note)
        if approve:
            _require_before(locked.division_id, locked.on, now.date())
            locked.posting = _posted(by, locked, now)
        locked.state, locked.reviewed_by, locked.reviewed_at, locked.reviewed_note = wanted, by, now, note
        locked.save(update_fields=["state", "reviewed_by", "reviewed_at", "reviewed_note", "posting"])
        record(
            by=by, action="treasury.review_opening", subject=locked, division_code=locked.division_id, approve=approve
        )
        return locked


def take_back_opening(*, by: User, opening: OpeningBalance, note: str, now: datetime) -> OpeningBalance:
    """Answer a wrong opening balance by its counter-entry of the same day; the right one is entered anew, by two.

    Errors: NotAllowed, InvalidInput (`note`), NotInState, BalanceTooSmall (it left the account already).
    """
    require_town(by, opening.division_id)
    note = require_words(note, "note", "为什么冲销")[:200]
    with transaction.atomic():
        till_for_update(opening.division_id)
        locked = opening_for_update(opening.pk)
        require_state(locked, State.BOOKED)
        assert locked.posting is not None  # a check constraint: what is booked is posted
        reverse(
            by=by, action="treasury.take_back_opening", posting=locked.posting, key=f"opening-back-{locked.pk}",
            kind=Posting.Kind.OPENING, on=locked.on, at=now, note=note,
        )  # fmt: skip
        require_sides(locked.division_id)
        require_not_below(locked.division_id)
        locked.state = State.VOID
        locked.save(update_fields=["state"])
        return locked


def _posted(by: User, opening: OpeningBalance, now: datetime) -> Posting:
    town, amount = opening.division_id, opening.amount_fen
    return post(
        by=by,
        action="treasury.book_opening",
        key=f"opening-{opening.pk}",
        kind=Posting.Kind.OPENING,
        on=opening.on,
        at=now,
        division=opening.division,
        entries=[Line(Account.TOWN_BANK, town, amount), Line(Account.BANK_OPENING, town, -amount)],
        note=f"依据 {opening.paper}",
    )


def _require_before(town: str, on: date, today: date) -> None:
    if on > today:
        raise InvalidInput("这一天还没到，请照银行对账单填。", field="on")
    first = first_day(town)
    if first is not None and on >= first:
        raise InvalidInput(
            f"专户在系统里的第一笔是{first:%Y-%m-%d}，期初余额要填它前一天或更早那天终了的余额。", field="on"
        )


def _same(stored: OpeningBalance, amount_fen: int, on: date) -> OpeningBalance:
    if (stored.amount_fen, stored.on) != (amount_fen, on):
        raise KeyReused(
            "这张表已经提交过一次，内容和现在的不一样，这一次没有保存。请重新打开页面再填。", key=stored.key
        )
    return stored
