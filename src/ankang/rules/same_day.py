"""Whether a decision may be paid on the day on which it is made. Source: domain 5.

While a reading that it rests on is only assumed, same-day payment is not offered: a night lies between.
"""

from collections.abc import Sequence
from datetime import date


def hindrance(assumed: Sequence[str], decided_on: date, pay_on: date) -> str:
    """Return why a decision may not be paid on a day, in words; empty when it may.

    `assumed`: the readings that it rests on and that nobody has confirmed.
    """
    if not assumed or pay_on > decided_on:
        return ""
    named = "、".join(assumed)
    return f"理算用到的口径 {named} 还没有人确认，结案当天不能付款。明天起可以付；或者先由镇民政办管账号的人确认口径。"
