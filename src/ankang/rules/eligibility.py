"""Who may join, who is bought a unit by government, and when: K11, K12 and the window. Ages are whole years."""

from collections.abc import Collection
from datetime import date

from ankang.rules.days import day_words
from ankang.rules.errors import Conflict
from ankang.rules.programme import Group, Product, Programme


class NotEligible(Conflict):
    """This person's age is outside what the plan, or this product, takes."""

    code = "not_eligible"


class WindowClosed(Conflict):
    """Enrolling is only possible within the plan's window."""

    code = "window_closed"


def age_day(programme: Programme, cover_from: date | None = None) -> date:
    """Return the day by which an age must be completed to join.

    `cover_from` is the first day of this person's cover; None: the programme's. Source: 附件1; reading K12.
    """
    # READING K12
    if programme.terms.eligible_by == "year-end":
        return date(programme.year, 12, 31)
    return cover_from or programme.cover_from


def joining_age(programme: Programme, birth_date: date, cover_from: date | None = None) -> int:
    """Return the age that counts for joining. Source: reading K12."""
    return programme.age_on(birth_date, age_day(programme, cover_from))


def admits(product: Product, age: int) -> bool:
    """Return whether a product takes people of this joining age; both limits are included."""
    return product.join_from_age <= age and (product.join_to_age is None or age <= product.join_to_age)


def is_eligible(programme: Programme, birth_date: date, cover_from: date | None = None) -> bool:
    """Return whether some product of the programme takes this person. Source: 附件1; reading K12."""
    age = joining_age(programme, birth_date, cover_from)
    return any(admits(product, age) for product in programme.products)


def subject_groups(
    programme: Programme, birth_date: date, listed: Collection[str], cover_from: date | None = None
) -> tuple[Group, ...]:
    """Return the government-purchase groups of a person, in the plan's order; empty: not a subject.

    `listed`: the codes of the lists that the person stands on; a group with an age of its own is derived from the
    age alone. Who is too young to join is outside, on a list or not. Source: 三（2）; reading K12.
    """
    # READING K12: younger dibao, wubao and sanwu are outside.
    if not is_eligible(programme, birth_date, cover_from):
        return ()
    age = joining_age(programme, birth_date, cover_from)
    return tuple(
        group
        for group in programme.groups
        if (group.code in listed if group.from_age is None else age >= group.from_age)
    )


def is_subject(programme: Programme, birth_date: date, listed: Collection[str], cover_from: date | None = None) -> bool:
    """Return whether the goal of 100 % counts this person: in any of the groups, and old enough to join."""
    return bool(subject_groups(programme, birth_date, listed, cover_from))


def require_eligible(programme: Programme, birth_date: date, cover_from: date | None = None) -> None:
    """Let pass who may join some product. Errors: NotEligible, naming the product with the lowest age."""
    if not is_eligible(programme, birth_date, cover_from):
        first = min(programme.products, key=lambda product: product.join_from_age)
        require_joining(programme, first, birth_date, cover_from)


def require_joining(programme: Programme, product: Product, birth_date: date, cover_from: date | None = None) -> None:
    """Let pass who may join this product. Errors: NotEligible, with the age, the limit and the reading."""
    age = joining_age(programme, birth_date, cover_from)
    if admits(product, age):
        return
    day = age_day(programme, cover_from)
    reading = programme.reading_of("eligible_by")
    basis = f"（口径 {reading.id}：算到{day_words(day)}）" if reading else f"（算到{day_words(day)}）"
    raise NotEligible(
        f"这位老人{age}周岁，{product.name}只收{_limits(product)}的人{basis}。请核对出生日期，或换一个险种。",
        age=age,
        product=product.code,
        reading=reading.id if reading else "",
    )


def require_window(programme: Programme, today: date) -> None:
    """Let pass a day inside the window, both ends included. Errors: WindowClosed. Source: the plan's clause 二."""
    if programme.window_from <= today <= programme.window_to:
        return
    period = f"{day_words(programme.window_from)}至{day_words(programme.window_to)}"
    if today < programme.window_from:
        message = f"还没开始：{programme.name}的参保时间是{period}。请到时候再登记。"
    else:
        over = f"已经截止：{programme.name}的参保时间是{period}，今天不能再登记。"
        message = over + "确有原因没赶上的，请镇民政办批准逾期补登。"
    raise WindowClosed(message, today=today.isoformat(), clause=programme.clause_window)


def _limits(product: Product) -> str:
    if product.join_to_age is None:
        return f"满{product.join_from_age}周岁"
    return f"{product.join_from_age}至{product.join_to_age}周岁"
