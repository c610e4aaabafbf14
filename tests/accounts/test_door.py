"""The door, by real requests: password, lock, second step, set-up, link, out."""

from datetime import date, timedelta
from typing import Any

import pytest
from axes.models import AccessAttempt, AccessFailureLog
from django.contrib.sessions.models import Session
from django.core.cache import caches
from django.test import Client
from django.utils import timezone
from django_otp.oath import totp
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice
from tests import factories as make

from ankang.accounts import actions
from ankang.accounts.installation import set_two_factor_policy
from ankang.accounts.models import User
from ankang.accounts.two_factors import confirm_device, pending_device
from ankang.audit.models import AuditEntry
from ankang.desks.components import limits
from ankang.installation.models import Installation

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh_tries() -> None:
    caches["limits"].clear()


@pytest.fixture
def sample() -> Installation:
    return Installation.objects.create(is_sample=True, demo_today=date(2024, 3, 4), require_two_factors=False)


@pytest.fixture
def boss(sample: Installation) -> User:
    return make.user("town", is_manager=True)


def log_in(client: Client, user: User, password: str = make.PASSWORD, **more: str) -> Any:
    return client.post("/login/", {"username": user.username, "password": password, **more})


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def with_device(user: User) -> TOTPDevice:
    device = pending_device(user)
    confirm_device(by=user, code=f"{totp(device.bin_key):06d}")
    TOTPDevice.objects.filter(pk=device.pk).update(last_t=-1)
    return TOTPDevice.objects.get(pk=device.pk)


def test_the_right_password_opens_the_desk_and_is_recorded(boss: User, client: Client) -> None:
    response = log_in(client, boss)
    assert response.status_code == 302
    assert client.get(response["Location"]).status_code == 200
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor_id, entry.detail) == ("account.log_in", boss.pk, {"steps": 1})


def test_log_in_returns_to_the_page_that_was_asked_for_and_never_to_another_site(boss: User, client: Client) -> None:
    asked = client.get("/town/settings/")
    assert asked["Location"] == "/login/?next=/town/settings/"
    assert 'value="/town/settings/"' in client.get(asked["Location"]).text
    assert log_in(client, boss, next="/town/settings/")["Location"] == "/town/settings/"
    for address in ("https://elsewhere.example/", "//elsewhere.example/", "javascript:alert(1)"):
        assert "elsewhere" not in log_in(Client(), boss, next=address)["Location"]
        assert log_in(Client(), boss, next=address)["Location"].startswith("/town/")


@pytest.mark.parametrize("password", ["", "wrong", make.PASSWORD + " "])
def test_a_wrong_password_says_what_to_do_and_opens_nothing(boss: User, client: Client, password: str) -> None:
    response = log_in(client, boss, password)
    assert response.status_code == 200
    assert "密码" in response.text
    assert not is_in(client)
    assert AuditEntry.objects.count() == 0


def test_a_disabled_account_does_not_log_in_and_its_session_ends(boss: User, client: Client) -> None:
    clerk = make.user("window")
    log_in(client, clerk)
    assert client.get("/window/").status_code == 200
    actions.disable(by=boss, user_id=clerk.pk, now=timezone.now())
    assert client.get("/window/")["Location"].startswith("/login/")
    assert "登录名或密码不对" in log_in(Client(), clerk).text


def test_five_failures_lock_for_fifteen_minutes_and_a_manager_unlocks(boss: User) -> None:
    clerk = make.user("window")
    for _ in range(4):
        assert log_in(Client(), clerk, "wrong").status_code == 200
    fifth = log_in(Client(), clerk, "wrong")
    assert fifth.status_code == 429
    assert "这个账号已锁住" in fifth.text
    assert "约15分钟" in fifth.text
    client = Client()
    sixth = log_in(client, clerk)
    assert sixth.status_code == 429
    assert not is_in(client)
    actions.unlock(by=boss, user_id=clerk.pk)
    assert log_in(client, clerk).status_code == 302
    assert is_in(client)
    # The lock is over, what was tried stays on file.
    assert AccessFailureLog.objects.filter(username=clerk.username).count() >= 5


@pytest.mark.parametrize(("before", "status"), [(48, 302), (49, 429)])
def test_fifty_failures_from_one_address_are_enough_whatever_the_account(boss: User, before: int, status: int) -> None:
    for _ in range(before):
        limits.count_miss("10.0.0.1", limits.LOG_IN)
    sent = {"username": "nobody", "password": "wrong"}
    assert Client().post("/login/", sent, REMOTE_ADDR="10.0.0.1").status_code == 200
    client, given = Client(), {"username": boss.username, "password": make.PASSWORD}
    answer = client.post("/login/", given, REMOTE_ADDR="10.0.0.1")
    assert (answer.status_code, is_in(client)) == (status, status == 302)
    assert log_in(Client(), boss).status_code == 302  # from another address


@pytest.mark.parametrize(("minutes", "status"), [(14, 429), (15, 302), (16, 302)])
def test_the_lock_ends_after_fifteen_minutes(sample: Installation, client: Client, minutes: int, status: int) -> None:
    clerk = make.user("window")
    for _ in range(5):
        log_in(Client(), clerk, "wrong")
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=minutes))
    assert log_in(client, clerk).status_code == status


def test_four_failures_are_forgotten_by_a_success(boss: User, client: Client) -> None:
    for _ in range(4):
        log_in(Client(), boss, "wrong")
    assert log_in(client, boss).status_code == 302
    assert AccessAttempt.objects.count() == 0
    assert log_in(Client(), boss, "wrong").status_code == 200


def test_no_password_is_kept_from_a_failure(boss: User) -> None:
    log_in(Client(), boss, "my-secret-password")
    attempt = AccessAttempt.objects.get()
    assert "my-secret-password" not in attempt.post_data + attempt.get_data


def test_who_has_a_device_gives_its_code_before_anything_opens(boss: User, client: Client) -> None:
    device = with_device(boss)
    assert log_in(client, boss, next="/town/settings/")["Location"] == "/login/second-step/"
    assert not is_in(client)
    assert client.get("/town/settings/")["Location"].startswith("/login/")
    assert client.get("/login/second-step/").status_code == 200
    refused = client.post("/login/second-step/", {"code": "12345"})
    assert "验证码不对" in refused.text
    assert not is_in(client)
    TOTPDevice.objects.update(throttling_failure_count=0, throttling_failure_timestamp=None)
    done = client.post("/login/second-step/", {"code": f"{totp(device.bin_key):06d}"})
    assert done["Location"] == "/town/settings/"
    assert client.get("/town/settings/").status_code == 200
    assert AuditEntry.objects.latest("id").detail == {"steps": 2}


def test_a_recovery_code_opens_once(boss: User, client: Client) -> None:
    with_device(boss)
    code = StaticToken.objects.order_by("id").values_list("token", flat=True)[0]
    log_in(client, boss)
    assert client.post("/login/second-step/", {"code": code}).status_code == 302
    assert is_in(client)
    other = Client()
    log_in(other, boss)
    assert other.post("/login/second-step/", {"code": code}).status_code == 200
    assert not is_in(other)


def test_wrong_codes_lock_like_wrong_passwords(boss: User, client: Client) -> None:
    device = with_device(boss)
    log_in(client, boss)
    answers = [client.post("/login/second-step/", {"code": "wrong-code"}).status_code for _ in range(5)]
    assert answers == [200, 200, 200, 200, 429]
    TOTPDevice.objects.update(throttling_failure_count=0, throttling_failure_timestamp=None)
    assert client.post("/login/second-step/", {"code": f"{totp(device.bin_key):06d}"}).status_code == 429
    assert not is_in(client)
    assert log_in(Client(), boss).status_code == 429


def test_the_second_step_is_not_reached_without_the_password(sample: Installation, client: Client) -> None:
    assert client.get("/login/second-step/")["Location"] == "/login/"
    assert client.post("/login/second-step/", {"code": "123456"})["Location"] == "/login/"


@pytest.mark.parametrize(("seconds", "page"), [(299, ""), (301, "/login/")])
def test_the_password_is_remembered_for_five_minutes(
    boss: User, client: Client, monkeypatch: pytest.MonkeyPatch, seconds: int, page: str
) -> None:
    from ankang.accounts import sessions

    with_device(boss)
    log_in(client, boss)
    later = sessions.time.time() + seconds
    monkeypatch.setattr(sessions.time, "time", lambda: later)
    assert client.get("/login/second-step/").headers.get("Location", "") == page


def test_where_two_factors_are_required_nothing_opens_before_the_set_up(client: Client) -> None:
    boss = make.user("town", is_manager=True)
    assert log_in(client, boss)["Location"] == "/me/device/"
    for address in ("/town/settings/", "/town/accounts/"):
        assert client.get(address)["Location"] == "/me/device/"
    assert client.post("/town/settings/policy/", {})["Location"] == "/me/device/"
    shown = client.get("/me/device/")
    device = TOTPDevice.objects.get(user=boss)
    assert "<svg" in shown.text
    assert "style=" not in shown.text
    code = f"{totp(device.bin_key):06d}"
    wrong = client.post("/me/device/", {"code": "999999" if code != "999999" else "999998"})
    assert "验证码不对" in wrong.text
    assert client.get("/town/settings/")["Location"] == "/me/device/"
    codes = client.post("/me/device/", {"code": code}).text
    assert sum(token in codes for token in StaticToken.objects.values_list("token", flat=True)) == 10
    assert client.get("/town/settings/").status_code == 200


def test_requiring_two_factors_ends_the_other_sessions(boss: User, client: Client) -> None:
    clerk_client = Client()
    log_in(clerk_client, make.user("window"))
    log_in(client, boss)
    assert client.post("/town/settings/policy/", {"required": "on"}).status_code == 302
    assert clerk_client.get("/window/")["Location"].startswith("/login/")
    assert client.get("/town/settings/")["Location"] == "/me/device/"
    assert Installation.objects.get().require_two_factors
    set_two_factor_policy(by=boss, required=False)
    assert Session.objects.count() == 1


def test_a_given_password_is_changed_before_anything_else(sample: Installation, client: Client) -> None:
    clerk = make.user("window", must_change_password=True)
    elsewhere = Client()
    log_in(elsewhere, clerk)
    log_in(client, clerk)
    assert client.get("/window/")["Location"] == "/me/password/"
    new = {"password": "river-mountain-2025", "again": "river-mountain-2025"}
    assert "两遍不一样" in client.post("/me/password/", {"current": make.PASSWORD, **new, "again": "other"}).text
    assert client.get("/window/")["Location"] == "/me/password/"
    assert client.post("/me/password/", {"current": make.PASSWORD, **new}).status_code == 302
    assert client.get("/window/").status_code == 200
    assert elsewhere.get("/window/")["Location"].startswith("/login/")


def test_a_link_sets_the_password_once(boss: User, client: Client) -> None:
    invited = actions.invite(
        by=boss,
        username="li.wei",
        full_name="李伟",
        desk="window",
        division=make.town(),
        now=timezone.now(),
    )
    address = f"/welcome/{invited.token}/"
    assert "李伟，请设一个密码" in client.get(address).text
    short = client.post(address, {"password": "short", "again": "short"})
    assert "密码" in short.text
    new = {"password": "river-mountain-2025", "again": "river-mountain-2025"}
    assert client.post(address, new)["Location"] == "/login/"
    assert log_in(client, invited.user, "river-mountain-2025").status_code == 302
    assert Client().get(address).status_code == 410
    assert Client().post(address, new).status_code == 410


def test_log_out_takes_a_form_and_ends_the_session(boss: User, client: Client) -> None:
    log_in(client, boss)
    assert client.get("/logout/").status_code == 405
    assert is_in(client)
    assert client.post("/logout/")["Location"] == "/login/"
    assert not is_in(client)


def test_an_idle_session_ends_after_thirty_minutes_and_a_used_one_does_not(boss: User, client: Client) -> None:
    log_in(client, boss)
    session = Session.objects.get()
    assert timedelta(minutes=29) < session.expire_date - timezone.now() <= timedelta(minutes=30)
    Session.objects.update(expire_date=timezone.now() + timedelta(minutes=10))
    used = client.session
    used["seen"] = used.get("seen", 0) - 61
    used.save()
    Session.objects.update(expire_date=timezone.now() + timedelta(minutes=10))
    assert client.get("/town/settings/").status_code == 200
    assert Session.objects.get().expire_date - timezone.now() > timedelta(minutes=29)
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert client.get("/town/settings/")["Location"].startswith("/login/")


def test_pages_behind_the_log_in_are_not_kept_by_the_browser(boss: User, client: Client) -> None:
    assert "no-store" not in client.get("/help/").headers.get("Cache-Control", "")
    log_in(client, boss)
    assert "no-store" in client.get("/town/settings/")["Cache-Control"]
