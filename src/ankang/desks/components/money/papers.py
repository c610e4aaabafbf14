"""收据 and 交款单 as PDF: what the templates are filled with."""

import io
from datetime import datetime

import segno

from ankang.desks.capitals import capitals
from ankang.enrolment.models import Funding
from ankang.money.models import Handover, Payment, Receipt
from ankang.papers import pdf
from ankang.programmes.queries import plan_of
from ankang.rules.days import day_words
from ankang.rules.money import yuan

_MOST = 5  # lines that fit on the page; the others are counted


def receipt_pdf(receipt: Receipt, *, address: str, is_sample: bool, at: datetime) -> bytes:
    """Return a receipt as it is printed now. `address`: the public page that verifies receipts, absolute."""
    payment = receipt.payment
    fundings = list(paid_fundings(payment))
    order = payment.order
    data = {
        "number": receipt.number,
        "copy": f"补打 第{receipt.prints - 1}次" if receipt.prints > 1 else "",
        "subtitle": f"{order.programme.name}　保险费代收",
        "payer": order.payer_name,
        "day": day_words(receipt.on),
        "village": receipt.village.name,
        "means": payment.get_means_display() + (f" {payment.reference}" if payment.reference else ""),
        "purpose": f"老年人意外伤害保险保费，{len(fundings)}笔",
        "amount": yuan(payment.amount_fen),
        "capitals": capitals(payment.amount_fen),
        "lines": [_line(funding) for funding in fundings[:_MOST]],
        "more": f"另有 {len(fundings) - _MOST} 笔，明细见村里的收费清单。" if len(fundings) > _MOST else "",
        "by": payment.by.full_name if payment.by else "手机支付",
        "check": receipt.check_code,
        "address": address,
        "qr": qr_svg(f"{address}?number={receipt.number}&code={receipt.check_code}"),
        "void": receipt.void_reason,
        "sample": "　示例数据，不是真的收据。" if is_sample else "",
    }
    return pdf("receipt", data, at=at)


def handover_pdf(slip: Handover, *, is_sample: bool, at: datetime) -> bytes:
    """Return a slip as PDF, with the receipts that its cash comes from."""
    numbers = list(
        Receipt.objects.filter(payment__handover=slip, voided_at=None).order_by("on", "serial").values_list("number")
    )
    data = {
        "number": f"第 {slip.pk} 号",
        "day": day_words(slip.on),
        "village": slip.village.name,
        "expected": f"{yuan(slip.expected_fen)} 元",
        "counted": f"{yuan(slip.counted_fen)} 元",
        "capitals": capitals(slip.counted_fen),
        "difference": _difference(slip),
        "receipts": f"{len(numbers)} 张：{numbers[0][0]} 至 {numbers[-1][0]}" if numbers else "—",
        "state": slip.get_state_display() + (f"：{slip.decided_note}" if slip.decided_note else ""),
        "by": slip.handed_by.full_name,
        "taker": slip.decided_by.full_name if slip.decided_by else "",
        "sample": "示例数据，不是真的交款单。" if is_sample else "",
    }
    return pdf("handover", data, at=at)


def paid_fundings(payment: Payment) -> list[Funding]:
    """Return the parts of premiums that a payment paid, with the people and plans (one query)."""
    if payment.posting is None:
        return []
    rows = Funding.objects.filter(entries__posting=payment.posting).order_by("pk")
    return list(
        rows.select_related("holding__enrolment__participation__resident", "holding__enrolment__version__programme")
    )


def qr_svg(text: str) -> str:
    """Return a QR code as SVG text."""
    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(out, kind="svg", border=1, scale=4)
    return out.getvalue().decode()


def product_words(funding: Funding) -> str:
    """Return e.g. `50元/份 × 1份`."""
    holding = funding.holding
    return f"{plan_of(holding.enrolment.version).product(holding.product).name} × {holding.units}份"


def _line(funding: Funding) -> list[str]:
    resident = funding.holding.enrolment.participation.resident
    return [resident.name, product_words(funding), funding.get_payer_display(), yuan(funding.amount_fen)]


def _difference(slip: Handover) -> str:
    if not slip.difference_fen:
        return "无"
    word = "多" if slip.difference_fen > 0 else "少"
    return f"{word} {yuan(abs(slip.difference_fen))} 元：{slip.explanation}"
