"""长短款: cash that a village counted less or more than its receipts say is settled later, in cash, with a reason."""

from datetime import date, datetime

from django.db import transaction

from ankang.accounts.models import User
from ankang.divisions.models import Division
from ankang.money.errors import WrongAmount
from ankang.money.ledger import Line, post
from ankang.money.locks import till_for_update
from ankang.money.models import Account, Posting
from ankang.money.permissions import require_town
from ankang.money.queries import balance
from ankang.rules.errors import InvalidInput
from ankang.rules.money import yuan


def settle_difference(
    *, by: User, village: Division, amount_fen: int, note: str, key: str, today: date, now: datetime
) -> Posting:
    """Book that what was missing came to the town's cash, or that what was too much went out of it, all or a part.

    Which of the two follows from the books. The same key again returns the same posting.
    Errors: NotAllowed, InvalidInput (`note`), WrongAmount (`amount`: more than is open, than the town's cash holds).
    """
    require_town(by, village.pk)
    note, town = note.strip(), village.parent
    assert town is not None
    if not note:
        raise InvalidInput("请写明谁交来（领走）的、差在哪里。", field="note")
    with transaction.atomic():
        till_for_update(town.pk)
        till_for_update(village.pk)
        stored = Posting.objects.filter(key=f"difference:{key}").first()
        open_fen = balance(Account.CASH_DIFFERENCE, village.pk)
        sign = 1 if open_fen > 0 else -1
        if stored is not None:
            sign = 1 if stored.entries.get(account=Account.TOWN_CASH).amount_fen > 0 else -1
        else:
            _require(amount_fen, open_fen, balance(Account.TOWN_CASH, town.pk))
        return post(
            by=by, action="money.settle_difference", key=f"difference:{key}", kind=Posting.Kind.DIFFERENCE, on=today,
            at=now, division=town, note=note[:200], entries=[
                Line(Account.TOWN_CASH, town.pk, sign * amount_fen),
                Line(Account.CASH_DIFFERENCE, village.pk, -sign * amount_fen),
            ],
        )  # fmt: skip


def _require(amount_fen: int, open_fen: int, cash_fen: int) -> None:
    if not 0 < amount_fen <= abs(open_fen):
        raise WrongAmount(f"没结清的长短款是{yuan(abs(open_fen))}元，这次的要大于0、不超过它。", field="amount")
    if open_fen < 0 and amount_fen > cash_fen:
        raise WrongAmount(f"镇里的现金只有{yuan(cash_fen)}元，付不出。", field="amount")
