"""Lists of money as Excel: receipts of a day, a town's villages."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from ankang.desks.sheets import Sheet
from ankang.money.models import Receipt
from ankang.money.overview import VillageMoney
from ankang.rules.money import yuan


def takings_sheet(receipts: Iterable[Receipt], says: str) -> Sheet:
    """Return receipts, one a row, and the sum of those that count."""
    rows = list(receipts)
    total = sum(one.payment.amount_fen for one in rows if not one.is_void)
    head = ("收据号", "收款日", "付款人", "付款方式", "流水号", "金额", "状态", "经手人")
    return Sheet(
        "收款",
        head,
        [
            (
                one.number, one.on, one.payment.order.payer_name, one.payment.get_means_display(),
                one.payment.reference, in_yuan(one.payment.amount_fen), "作废" if one.is_void else "有效",
                one.payment.by.full_name if one.payment.by else "手机支付",
            )
            for one in rows
        ],
        says=says,
        totals=[("合计（有效）", None, None, None, None, in_yuan(total), None, None)],
    )  # fmt: skip


def villages_sheet(villages: Sequence[VillageMoney], says: str) -> Sheet:
    """Return a town's villages with what they owe, took and hold."""
    head = ("村（居）", "还没收", "已收", "村里现金", "交款途中", "长短款", "日结到")
    return Sheet(
        "村居",
        head,
        [
            (
                one.village.name, in_yuan(one.owed_fen), in_yuan(one.taken_fen), in_yuan(one.cash_fen),
                in_yuan(one.transit_fen), in_yuan(one.difference_fen), one.closed_through,
            )
            for one in villages
        ],
        says=says,
        totals=[
            (
                "合计", in_yuan(sum(v.owed_fen for v in villages)), in_yuan(sum(v.taken_fen for v in villages)),
                in_yuan(sum(v.cash_fen for v in villages)), in_yuan(sum(v.transit_fen for v in villages)),
                in_yuan(sum(v.difference_fen for v in villages)), None,
            )
        ],
    )  # fmt: skip


def in_yuan(amount_fen: int) -> Decimal:
    """Return fen as yuan with two decimals, for a cell that adds up."""
    return Decimal(yuan(amount_fen))
