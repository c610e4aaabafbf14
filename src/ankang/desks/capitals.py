"""Amounts in Chinese capitals (人民币大写) for receipts and payment papers."""

import cn2an

_DIGITS = "零壹贰叁肆伍陆柒捌玖"


def capitals(amount_fen: int) -> str:
    """Return e.g. `人民币壹仟贰佰叁拾肆元伍角陆分`; ends in 整 when there are no 分.

    Units: fen, 0 up to 10^16 yuan. Errors: ValueError below zero: a negative amount is never written on a paper.
    Source: 支付结算办法附件一《正确填写票据和结算凭证的基本规定》.
    """
    if amount_fen < 0:
        raise ValueError("a negative amount has no capitals")
    yuan, rest = divmod(amount_fen, 100)
    jiao, fen = divmod(rest, 10)
    words = f"{cn2an.an2cn(yuan, 'up')}元" if yuan else ""
    if jiao:
        words += f"{_DIGITS[jiao]}角"
    elif fen and yuan:
        words += "零"
    words += f"{_DIGITS[fen]}分" if fen else "整"
    return "人民币" + (words if amount_fen else "零元整")
