"""What somebody puts into an address or a form by hand where a row's key belongs."""

import pytest
from django.test import Client
from tests import factories
from tests.logins import logged_in

from ankang.accounts.models import Desk
from ankang.desks.keys import row_key, row_keys
from ankang.installation.models import Installation

_NONE = ("", "-1", "1.0", " 1", "一", "²", "٣", "9" * 19, "9" * 40)


@pytest.mark.parametrize("text", _NONE)
def test_what_is_no_key_finds_no_row(text: str) -> None:
    assert row_key(text) == 0


def test_keys_keep_their_order_and_lose_what_is_none() -> None:
    assert row_keys(["12", "²", "007", "9" * 18, "12"]) == [12, 7, 10**18 - 1, 12]


@pytest.fixture
def clients() -> dict[str, Client]:
    Installation.objects.create(pk=1, is_sample=True, demo_today="2024-05-30")
    return {desk: logged_in(factories.user(desk)) for desk in (Desk.VILLAGE, Desk.DISTRICT, Desk.INSURER)}


@pytest.mark.django_db
@pytest.mark.parametrize("text", _NONE)
def test_no_page_breaks_on_it(clients: dict[str, Client], text: str) -> None:
    village, district, insurer = clients.values()
    assert village.get("/village/import/links/", {"run": text}).status_code == 200
    assert district.get("/district/rollup/", {"year": text}).status_code == 200
    for client, address, form in (
        (village, "/village/certificates/hand-out/", {"one": [text]}),
        (village, "/village/todo/workers/assign/done/", {"resident": [text], "worker": "none"}),
        (insurer, "/insurer/payments/release/", {"payout": [text], "key": "0b9ef7f0-7f0e-4d7c-9a56-111111111111"}),
        (insurer, "/insurer/report/", {"resident": text}),
    ):
        assert client.post(address, form).status_code < 500, address
