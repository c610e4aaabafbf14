"""Money that reaches the town's account: cash that was paid in, and what the payment platform settles."""

from datetime import date, datetime

from django.db import transaction

from ankang.accounts.models import User
from ankang.money.ledger import Line, post
from ankang.money.locks import till_for_update
from ankang.money.models import Account, Posting
from ankang.money.queries import balance
from ankang.rules.errors import InvalidInput
from ankang.rules.money import yuan
from ankang.treasury.errors import BalanceTooSmall
from ankang.treasury.permissions import require_town, require_words

_WAYS = {
    "cash": (Account.TOWN_CASH, Posting.Kind.BANKED, "镇里的现金"),
    "gateway": (Account.GATEWAY, Posting.Kind.GATEWAY_IN, "支付平台待到账的钱"),
}


def bank_money(*, by: User, source: str, amount_fen: int, reference: str, on: date, key: str, now: datetime) -> Posting:
    """Book that money reached the town's account, from its `cash` or the `gateway`. The same key: the same posting.

    Errors: NotAllowed, InvalidInput (`source`, `reference`), BalanceTooSmall (there is not as much), KeyReused.
    """
    require_town(by, by.division_id)
    reference = require_words(reference, "reference", "银行流水号")
    if source not in _WAYS:
        raise InvalidInput("请选钱从哪里来。", field="source")
    account, kind, name = _WAYS[source]
    with transaction.atomic():
        till_for_update(by.division_id)
        posted = f"banked-{key}"
        there = balance(account, by.division_id)
        if not Posting.objects.filter(key=posted).exists() and not 0 < amount_fen <= there:
            raise BalanceTooSmall(
                f"{name}现在是{yuan(there)}元，存入的要大于0、不超过它。请核对。", field="amount", balance_fen=there
            )
        return post(
            by=by,
            action="treasury.bank",
            key=posted,
            kind=kind,
            on=on,
            at=now,
            division=by.division,
            entries=[Line(Account.TOWN_BANK, by.division_id, amount_fen), Line(account, by.division_id, -amount_fen)],
            note=f"流水号 {reference}",
        )
