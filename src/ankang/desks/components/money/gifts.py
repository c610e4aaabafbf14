"""The receipt that a donor gets: the town writes it, the donor's own desk shows it."""

from ankang.bulletins.papers import office_of
from ankang.desks.capitals import capitals
from ankang.papers import Paper, Text
from ankang.rules.days import day_words
from ankang.rules.money import yuan
from ankang.treasury.models import DonationReceipt


def receipt_paper(receipt: DonationReceipt) -> Paper:
    """Return a donor's receipt."""
    donation = receipt.donation
    text = f"今收到{donation.donor.name}捐款{yuan(receipt.amount_fen)}元（{capitals(receipt.amount_fen)}）。"
    return Paper(
        title="捐赠收据",
        blocks=[
            Text(f"收据号：{receipt.number}"),
            Text(text),
            Text(f"协议：{donation.paper}。用途：{donation.purpose}。"),
            Text(f"到账日期{day_words(receipt.on)}，银行流水号{receipt.reference}。"),
            Text("经手：　　　　　　收款单位（盖章）：　　　　　　"),
        ],
        signed=office_of(receipt.division.name),
        day=day_words(receipt.on),
        size="a5",
    )
