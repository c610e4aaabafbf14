"""One account a desk, and a second person at the town, the village and the insurer: random passwords, told once."""

import secrets
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypedDict

from django.contrib.auth.hashers import make_password
from django.db import transaction

from ankang.accounts.models import Desk, User
from ankang.sample.town import DISTRICT, TOWN, village_code

_ALPHABET = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # no l and 1, no O and 0
_LENGTH = 12


class Credentials(TypedDict):
    """What `ankang demo --json` prints of one account."""

    desk: str
    division: str
    username: str
    password: str


@dataclass(frozen=True, slots=True)
class Seat:
    username: str
    full_name: str
    desk: Desk
    division: str
    is_manager: bool = False


def seats(villages: int) -> list[Seat]:
    """Return the accounts of a town with so many villages: the village's are at the fifth, or the last one."""
    serial = min(5, villages)
    return [
        Seat("town", "周敏（示例）", Desk.TOWN, TOWN, is_manager=True),
        Seat("town2", "沈国华（示例）", Desk.TOWN, TOWN),
        Seat(f"village{serial:02d}", "王桂芳（示例）", Desk.VILLAGE, village_code(serial)),
        Seat(f"village{serial:02d}b", "顾小兰（示例）", Desk.VILLAGE, village_code(serial)),
        Seat("insurer", "陈立新（示例）", Desk.INSURER, DISTRICT, is_manager=True),
        Seat("insurer2", "徐海燕（示例）", Desk.INSURER, DISTRICT),
        Seat("window", "朱红梅（示例）", Desk.WINDOW, TOWN),
        Seat("funeral", "吴长林（示例）", Desk.FUNERAL, DISTRICT),
        Seat("district", "李建平（示例）", Desk.DISTRICT, DISTRICT),
        Seat("donor", "孙学文（示例）", Desk.DONOR, TOWN),
    ]


def create_accounts(villages: int) -> list[User]:
    """Store the accounts without a password that could be used; `issue_passwords` gives them one."""
    users = []
    for seat in seats(villages):
        user = User(
            username=seat.username,
            full_name=seat.full_name,
            desk=seat.desk,
            division_id=seat.division,
            is_manager=seat.is_manager,
            is_sample=True,
        )
        user.set_unusable_password()
        user.save()
        users.append(user)
    return users


@transaction.atomic
def issue_passwords() -> list[Credentials]:
    """Give every sample account a new random password and return all of them, in the order of the desks."""
    users = list(User.objects.filter(is_sample=True, is_active=True).order_by("pk"))
    passwords = ["".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH)) for _ in users]
    with ThreadPoolExecutor(max_workers=2) as pool:  # a hash is slow on purpose, and lets the other core work
        hashes = list(pool.map(make_password, passwords))
    for user, hashed in zip(users, hashes, strict=True):
        user.password, user.must_change_password = hashed, False
        user.save(update_fields=["password", "must_change_password"])
    return [
        Credentials(desk=user.desk, division=user.division_id, username=user.username, password=password)
        for user, password in zip(users, passwords, strict=True)
    ]
