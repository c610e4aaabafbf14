"""Bank card numbers (银行卡号): digits with a check digit by Luhn. Source: ISO/IEC 7812-1, annex B."""

from ankang.rules.errors import InvalidInput

SHORTEST, LONGEST = 12, 19
_WIDE = str.maketrans("０１２３４５６７８９", "0123456789", " -\t　")


def card_number(text: str) -> str:
    """Return the digits of a card number as typed: spaces and dashes go, full-width digits become plain.

    Errors: InvalidInput for anything else than 12 to 19 digits, and for a check digit that is wrong.
    """
    digits = text.strip().translate(_WIDE)
    if not digits.isascii() or not digits.isdigit():
        raise InvalidInput("银行卡号只写数字，照卡面抄。", field="account", fix="照卡面抄，空格可以不写")
    if not SHORTEST <= len(digits) <= LONGEST:
        raise InvalidInput(
            f"银行卡号是 {SHORTEST} 到 {LONGEST} 位数字，现在是 {len(digits)} 位，请照卡面核对。",
            field="account",
            fix="照卡面核对位数",
        )
    if not passes_luhn(digits):
        raise InvalidInput(
            "银行卡号有一位抄错了（校验不对），请照卡面逐位核对。", field="account", fix="照卡面逐位核对"
        )
    return digits


def passes_luhn(digits: str) -> bool:
    """Whether the last digit checks the others: every second digit from the right doubled, the sum a multiple of 10."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
