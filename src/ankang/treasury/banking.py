"""Money that reaches the town's account, its slips, and the rule that only money that is there goes out."""

from datetime import date, datetime

from django.db import IntegrityError, transaction

from ankang.accounts.models import User
from ankang.money.ledger import Line, post
from ankang.money.locks import till_for_update
from ankang.money.models import Account, Posting
from ankang.money.queries import balance
from ankang.rules.errors import InvalidInput
from ankang.rules.money import yuan
from ankang.treasury.errors import BalanceTooSmall
from ankang.treasury.models import BankSlip
from ankang.treasury.permissions import require_town, require_words

_WAYS = {
    "cash": (Account.TOWN_CASH, Posting.Kind.BANKED, "镇里的现金"),
    "gateway": (Account.GATEWAY, Posting.Kind.GATEWAY_IN, "支付平台待到账的钱"),
}


def bank_money(
    *, by: User, source: str, amount_fen: int, reference: str, on: date, key: str, now: datetime, fee_fen: int = 0
) -> Posting:
    """Book that money reached the town's account, from its `cash` or the `gateway`. The same key: the same posting.

    `amount_fen` is what the bank says; `fee_fen` what the platform kept for itself: the town makes it good.
    Errors: NotAllowed, InvalidInput (`source`, `reference` missing or used, `fee` of cash), BalanceTooSmall (there is
    not as much), KeyReused.
    """
    require_town(by, by.division_id)
    reference = require_words(reference, "reference", "银行流水号")
    if source not in _WAYS:
        raise InvalidInput("请选钱从哪里来。", field="source")
    if fee_fen and source != "gateway":
        raise InvalidInput("只有支付平台结算才扣手续费。银行收的请在“专户明细”记。", field="fee")
    account, kind, name = _WAYS[source]
    gone = amount_fen + fee_fen
    with transaction.atomic():
        till_for_update(by.division_id)
        posted = f"banked-{key}"
        there = balance(account, by.division_id)
        if not Posting.objects.filter(key=posted).exists() and not 0 < amount_fen <= gone <= there:
            raise BalanceTooSmall(
                f"{name}现在是{yuan(there)}元，存入的（加上手续费）要大于0、不超过它。请核对。",
                field="amount",
                balance_fen=there,
            )
        posting = post(
            by=by,
            action="treasury.bank",
            key=posted,
            kind=kind,
            on=on,
            at=now,
            division=by.division,
            entries=[
                Line(Account.TOWN_BANK, by.division_id, amount_fen),
                Line(Account.BANK_FEE, by.division_id, fee_fen),
                Line(account, by.division_id, -gone),
            ],
            note=f"流水号 {reference}",
        )
        keep_slip(posting, reference, amount_fen)
        return posting


def keep_slip(posting: Posting, reference: str, amount_fen: int) -> None:
    """Keep the bank's number of a movement on the town's account, positive in; again it changes nothing.

    Errors: InvalidInput (`reference` stands for another movement).
    """
    if BankSlip.objects.filter(posting=posting).exists():
        return
    try:
        with transaction.atomic():
            BankSlip.objects.create(
                posting=posting, division=posting.division, reference=reference[:64], amount_fen=amount_fen
            )
    except IntegrityError as error:
        raise InvalidInput(
            f"流水号“{reference}”已经记过账，没有再记。请核对是不是同一笔。", field="reference"
        ) from error


def require_there(account: Account, town: str, amount_fen: int) -> None:
    """Let pass what an account of the town can pay; its till is locked until the transaction ends.

    Errors: BalanceTooSmall.
    """
    till_for_update(town)
    there = balance(account, town)
    if there < amount_fen:
        fee = balance(Account.BANK_FEE, town) if account == Account.TOWN_BANK else 0
        also = f"其中被扣的手续费{yuan(fee)}元还没有补进专户。" if fee > 0 else ""
        raise BalanceTooSmall(
            f"{account.label}账面只有{yuan(there)}元，付{yuan(amount_fen)}元还差{yuan(amount_fen - there)}元，没有记。"
            f"{also}请先在“出资与汇缴”首页登记存入专户的现金、支付平台到账，或核对政府资金、转账是否都已登记。",
            balance_fen=there,
        )
