"""Installations below, made in memory: each with a key of its own."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests import factories

from ankang.divisions.models import Division
from ankang.rollup.actions import register_sender
from ankang.rollup.bundle import sign
from ankang.rollup.figures import Campaign, Contents, People, Village

NOW = datetime(2024, 3, 4, 10, tzinfo=UTC)


def campaign(district: str, villages: int = 2, *, year: int = 2024, insured: int = 60) -> Campaign:
    """Return a campaign of a district: villages of 100 people in one town."""
    people = People(population=100, target=85, roster=101, insured=insured, subjects=10, subjects_insured=9)
    places = [f"{district[:6]}101{200 + serial}" for serial in range(1, villages + 1)]
    return Campaign(
        slug=f"{district[:6]}-{year}",
        name=f"{year}年度方案",
        year=year,
        division=f"{district[:6]}101000",
        digest="0" * 64,
        window_from=date(year, 2, 1),
        window_to=date(year, 3, 20),
        goal_percent=85,
        villages=tuple(Village(code, f"{at:02d}村", people) for at, code in enumerate(places, 1)),
        approved_claims=3,
        approved_fen=123_456,
        premium_fen={"self": 600_000},
    )


class Below:
    """One district's installation."""

    def __init__(self, code: str = "320903000000", name: str = "盐都区") -> None:
        self.key, self.code, self.name, self.number = Ed25519PrivateKey.generate(), code, name, 0

    @property
    def public_key(self) -> str:
        return self.key.public_key().public_bytes_raw().hex()

    def register(self) -> None:
        """Register this district with its city and province above."""
        province = factories.division(self.code[:2], "province", "江苏省")
        city = factories.division(self.code[:4], "city", f"{self.code[:4]}市", province)
        district = factories.division(self.code, "district", self.name, city)
        register_sender(by=None, division=Division.objects.get(pk=district.pk), key=self.public_key, now=NOW)

    def contents(self, **facts: Any) -> Contents:
        self.number += 1
        made = Contents(self.code, self.name, self.number, NOW - timedelta(hours=1), True, (campaign(self.code),))
        return replace(made, **facts)

    def bundle(self, **facts: Any) -> bytes:
        return sign(self.contents(**facts), self.key)
