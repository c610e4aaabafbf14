"""What was typed outlives its session without scripts too: sealed in the log-in page, for the same person alone."""

import re
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone
from django_otp.oath import totp
from tests import factories as make
from tests.accounts.test_door import log_in, with_device

from ankang.accounts import kept
from ankang.accounts.models import User
from ankang.installation.models import Installation

pytestmark = pytest.mark.django_db
ADDRESS = "/town/settings/phone/"
TYPED = {"phone": "0515-88880000"}


@pytest.fixture
def boss() -> User:
    Installation.objects.create(is_sample=True, demo_today=date(2024, 3, 4), require_two_factors=False)
    return make.user("town", is_manager=True)


@pytest.fixture
def client(boss: User) -> Client:
    """A browser whose session has just ended."""
    client = Client()
    log_in(client, boss)
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    return client


def hotline() -> str:
    return Installation.objects.get().hotline


def hidden(page: Any) -> dict[str, str]:
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page.text)
    return {name: unescape(value) for name, value in found if name != "csrfmiddlewaretoken"}


def test_the_form_comes_back_after_the_log_in_and_is_sent_by_a_press(boss: User, client: Client) -> None:
    asked = client.post(ADDRESS, TYPED)
    assert "刚才填的还在" in asked.text
    assert TYPED["phone"] not in asked.text
    assert "no-store" in asked["Cache-Control"]
    sealed = hidden(asked)["kept"]
    assert "刚才填的还在" in log_in(client, boss, "wrong", kept=sealed).text
    back = log_in(client, boss, kept=sealed)
    assert "“设置”里的这张表" in back.text
    assert f'action="{ADDRESS}"' in back.text
    assert hidden(back) == TYPED
    assert hotline() == ""  # nothing is done before he presses
    assert hidden(log_in(client, boss, kept=sealed)) == TYPED  # the page read again
    assert client.post(ADDRESS, hidden(back)).status_code == 302
    assert hotline() == TYPED["phone"]


def test_it_passes_the_second_step(boss: User, client: Client) -> None:
    device = with_device(boss)
    assert log_in(client, boss, kept=hidden(client.post(ADDRESS, TYPED))["kept"])["Location"] == "/login/second-step/"
    assert hidden(client.post("/login/second-step/", {"code": f"{totp(device.bin_key):06d}"})) == TYPED


def test_nobody_else_gets_it(client: Client) -> None:
    sealed = hidden(client.post(ADDRESS, TYPED))["kept"]
    answer = client.post(
        "/login/", {"username": make.user("town").username, "password": make.PASSWORD, "kept": sealed}, follow=True
    )
    assert TYPED["phone"] not in answer.text
    assert "没有保留，也没有交上去" in answer.text


def test_what_was_altered_or_is_old_is_not_opened(boss: User, client: Client, monkeypatch: Any) -> None:
    sealed = hidden(client.post(ADDRESS, TYPED))["kept"]
    for text in (sealed[:-8] + "AAAAAAAA", "%%%", sealed[:10]):
        assert kept.opened(text, boss) is None
    now = kept.time.time()
    for seconds, there in ((12 * 3600 - 5, True), (12 * 3600 + 5, False)):
        monkeypatch.setattr(kept.time, "time", lambda late=now + seconds: late)
        assert (kept.opened(sealed, boss) is not None) is there


def test_a_form_of_nobody_known_waits_ten_minutes(boss: User, monkeypatch: Any) -> None:
    sealed = hidden(Client().post(ADDRESS, TYPED))["kept"]
    assert hidden(log_in(Client(), boss, kept=sealed)) == TYPED
    late = kept.time.time() + 601
    monkeypatch.setattr(kept.time, "time", lambda: late)
    assert kept.opened(sealed, boss) is None


@pytest.mark.parametrize(
    ("address", "sent", "how"),
    [
        ("/me/password/", {"current": "a", "password": "b", "again": "b"}, {}),
        (ADDRESS, {}, {}),
        (ADDRESS, {"phone": "1" * 200_001}, {}),
        (ADDRESS, TYPED, {"HTTP_HX_REQUEST": "true"}),
    ],
)
def test_secrets_and_what_is_no_form_are_not_kept(client: Client, address: str, sent: dict[str, str], how: Any) -> None:
    assert client.post(address, sent, **how)["Location"].startswith("/login/")


@pytest.mark.parametrize(
    ("origin", "comes_back"), [("http://testserver", True), ("http://elsewhere", False), ("", False)]
)
def test_a_form_with_an_older_token_comes_back_when_our_own_page_sent_it(
    boss: User, origin: str, comes_back: bool
) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(boss, backend="ankang.accounts.backends.DeskBackend")
    client.get("/town/settings/")
    heads = {"HTTP_ORIGIN": origin} if origin else {}
    answer = client.post(ADDRESS, TYPED | {"csrfmiddlewaretoken": "a" * 32}, **heads)
    assert answer.status_code == 403
    assert (hidden(answer) == TYPED) is comes_back
    assert hotline() == ""
