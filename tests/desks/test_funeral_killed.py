"""A funeral home's machine that dies: all of a death stands or nothing, money goes out once, the button goes on."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client
from tests.claims.acts import insured, key, review
from tests.claims.death_acts import dies, funeral_home
from tests.claims.green_acts import confirmed_version
from tests.desks.test_funeral_pages import form
from tests.killed import run_killed

from ankang.accounts.models import User
from ankang.claims.death_models import DeathReport
from ankang.claims.green_models import Advance
from ankang.claims.models import Claim, Decision
from ankang.claims.payout_models import Payee, Payout
from ankang.installation.models import Installation
from ankang.money.ledger import unbalanced
from ankang.roster.models import Resident

NOTHING = (0, 0, 0, 0, 0)
WHOLE = (1, 1, 1, 1, 1)


def press(by: User, address: str, given: dict[str, Any], point: str) -> None:
    pairs = [
        f"{name}={one}" for name, value in given.items() for one in (value if isinstance(value, list) else [value])
    ]
    run_killed(point, 1, "press", by.username, address, *pairs)


def stands() -> tuple[int, ...]:
    rows = [table.objects.count() for table in (DeathReport, Claim, Decision)]
    return (*rows, Payee.objects.filter(replaced_at=None).count(), Resident.objects.filter(status="dead").count())


def test_killed_while_a_death_is_recorded(transactional_db: None, client_of: Callable[[User], Client]) -> None:
    Installation.objects.create(pk=1, is_sample=True, demo_today=date(2024, 5, 29))
    confirmed_version()
    by, resident = funeral_home(), insured(birth_date=date(1955, 6, 1))
    given = form(resident, "confirm")
    press(by, "/funeral/", given, "ankang.claims.deaths._note")  # all but the last row is written
    assert stands() == NOTHING
    assert client_of(by).post("/funeral/", given).status_code == 302
    assert stands() == WHOLE


@pytest.mark.parametrize(
    ("point", "is_whole"),
    [("ankang.claims.advances.post_advanced", False), ("ankang.desks.components.green.case.yuan_shown", True)],
)
def test_killed_between_the_death_and_the_money(
    point: str, is_whole: bool, transactional_db: None, client_of: Callable[[User], Client]
) -> None:
    Installation.objects.create(pk=1, is_sample=True, demo_today=date(2024, 5, 29))
    confirmed_version()
    by = funeral_home()
    claim = dies(insured(birth_date=date(1955, 6, 1)), by).claim
    review(claim.decisions.get())
    address, given = f"/funeral/claims/{claim.number}/pay/", {"key": key(), "signed": "on"}
    press(by, address, given, point)
    assert (Advance.objects.count(), Payout.objects.count()) == ((1, 1) if is_whole else (0, 0))
    assert stands() == WHOLE
    assert client_of(by).post(address, given).status_code == 302  # the same button once more
    assert Advance.objects.get().amount_fen == 50_000
    assert not unbalanced()
