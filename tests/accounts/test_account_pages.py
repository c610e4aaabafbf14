"""The accounts and settings pages: what a manager sees and does, and what a refusal leaves as it was."""

from collections.abc import Callable
from datetime import date

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from tests import factories as make

from ankang.accounts.installation import set_demo_day
from ankang.accounts.models import Invitation, User
from ankang.audit.models import AuditEntry
from ankang.installation.models import Installation
from ankang.rules.errors import Conflict, InvalidInput, NotAllowed

pytestmark = pytest.mark.django_db
Log = Callable[[User], Client]


@pytest.fixture
def sample() -> Installation:
    return Installation.objects.create(is_sample=True, demo_today=date(2024, 3, 4), require_two_factors=False)


@pytest.fixture
def boss() -> User:
    return make.user("town", is_manager=True)


def test_the_list_shows_who_is_managed_and_filters(boss: User, client_of: Log) -> None:
    clerk = make.user("village")
    foreign = make.user("insurer")
    client = client_of(boss)
    shown = client.get("/town/accounts/").text
    assert clerk.full_name in shown
    assert foreign.username not in shown
    assert clerk.username not in client.get("/town/accounts/", {"desk": "window"}).text
    assert clerk.username in client.post("/town/accounts/", {"q": clerk.full_name, "desk": "village"}, follow=True).text
    assert "没有找到账号" in client.post("/town/accounts/", {"q": "没有这个人"}, follow=True).text
    assert clerk.username not in client.get("/town/accounts/", {"state": "disabled"}).text
    assert clerk.username not in client.get("/town/accounts/", {"state": "invited"}).text
    assert clerk.username in client.get("/town/accounts/", {"state": "active"}).text


@pytest.mark.parametrize("count", [1, 30])
def test_the_list_asks_the_same_few_queries_for_any_number(
    boss: User, client_of: Log, django_assert_num_queries: Callable[[int], object], count: int
) -> None:
    for _ in range(count):
        make.user("village")
    client = client_of(boss)
    client.get("/town/accounts/")
    # session, person with division, device, accounts counted, accounts, locks, second steps, installation
    with django_assert_num_queries(8):  # type: ignore[attr-defined]
        client.get("/town/accounts/")


def test_inviting_shows_the_link_once_and_the_link_works(boss: User, client_of: Log) -> None:
    village = make.village(1)
    client = client_of(boss)
    given = {"full_name": "李伟", "username": "li.wei", "desk": "village", "division": village.code}
    shown = client.post("/town/accounts/invite/", given).text
    token = shown.split("/welcome/")[1].split("/")[0]
    assert Client().get(f"/welcome/{token}/").status_code == 200
    invited = User.objects.get(username="li.wei")
    assert token not in client.get(f"/town/accounts/{invited.pk}/").text
    again = client.post("/town/accounts/invite/", given)
    assert "已经有人用了" in again.text
    assert Invitation.objects.count() == 1


def test_a_division_outside_the_managers_own_is_not_offered(boss: User, client_of: Log) -> None:
    foreign = make.village(1, "320903102000")
    given = {"full_name": "李伟", "username": "li.wei", "desk": "village", "division": foreign.code}
    client = client_of(boss)
    assert "请在列表里选一个管辖范围" in client.post("/town/accounts/invite/", given).text
    assert not User.objects.filter(username="li.wei").exists()


def test_disable_and_enable_from_the_page(boss: User, client_of: Log) -> None:
    clerk = make.user("village")
    client = client_of(boss)
    page = client.post(f"/town/accounts/{clerk.pk}/disable/", follow=True).text
    assert "已停用" in page
    assert "启用账号" in page
    assert not User.objects.get(pk=clerk.pk).is_active
    assert "已经是停用的了" in client.post(f"/town/accounts/{clerk.pk}/disable/", follow=True).text
    client.post(f"/town/accounts/{clerk.pk}/enable/")
    assert User.objects.get(pk=clerk.pk).is_active


def test_a_reset_shows_a_new_link(boss: User, client_of: Log) -> None:
    clerk = make.user("village")
    shown = client_of(boss).post(f"/town/accounts/{clerk.pk}/reset/")
    assert "/welcome/" in shown.text
    assert not User.objects.get(pk=clerk.pk).has_usable_password()


def test_nobody_is_offered_or_granted_a_step_on_himself(boss: User, client_of: Log) -> None:
    client = client_of(boss)
    assert "停用账号" not in client.get(f"/town/accounts/{boss.pk}/").text
    refused = client.post(f"/town/accounts/{boss.pk}/disable/", follow=True)
    assert "不能对自己的账号" in refused.text
    assert User.objects.get(pk=boss.pk).is_active


def test_the_sample_town_moves_to_another_day(sample: Installation, boss: User, client_of: Log) -> None:
    client = client_of(boss)
    assert "2024年3月4日" in client.get("/town/settings/").text
    client.post("/town/settings/day/", {"day": "2024-03-20"})
    assert Installation.objects.get().demo_today == date(2024, 3, 20)
    assert "2024年3月20日" in client.get("/town/settings/").text
    entry = AuditEntry.objects.latest("id")
    assert (entry.action, entry.detail) == (
        "installation.set_demo_day",
        {"before": "2024-03-04", "after": "2024-03-20"},
    )


def test_the_public_pages_show_the_phone_that_a_manager_sets(boss: User, client_of: Log, client: Client) -> None:
    manager = client_of(boss)
    assert "tel:" not in client.get("/report/").text.split("<footer")[1]
    for wrong in ("八八八八", "1234", "+86 515 8888", "1" * 31):
        refused = manager.post("/town/settings/phone/", {"phone": wrong})
        assert "has-err" in refused.text, wrong
        assert not Installation.objects.exclude(hotline="").exists()
    manager.post("/town/settings/phone/", {"phone": " 0515-8888 0000 "})
    assert '<a href="tel:0515-88880000">0515-8888 0000</a>' in client.get("/report/").text
    entry = AuditEntry.objects.latest("id")
    assert (entry.action, entry.detail) == ("installation.set_hotline", {"shown": True})
    manager.post("/town/settings/phone/", {"phone": ""})
    assert "tel:" not in client.get("/report/").text.split("<footer")[1]


@pytest.mark.parametrize(
    ("day", "taken"),
    [
        (date(2022, 12, 31), False),
        (date(2023, 1, 1), True),
        (date(2026, 12, 31), True),
        (date(2027, 1, 1), False),
    ],
)
def test_the_days_of_the_sample_have_an_end(sample: Installation, boss: User, day: date, taken: bool) -> None:
    if taken:
        assert set_demo_day(by=boss, day=day).demo_today == day
    else:
        with pytest.raises(InvalidInput, match="示例日期请选2023-01-01到2026-12-31"):
            set_demo_day(by=boss, day=day)
        assert Installation.objects.get().demo_today == date(2024, 3, 4)
        assert AuditEntry.objects.count() == 0


def test_without_sample_data_the_clock_is_the_real_one(boss: User, client_of: Log) -> None:
    with pytest.raises(Conflict, match="正式数据"):
        set_demo_day(by=boss, day=date(2024, 3, 4))
    client = client_of(boss)
    assert "正式数据按真实日期" in client.get("/town/settings/").text
    client.post("/town/settings/day/", {"day": "2024-03-04"})
    assert not Installation.objects.filter(demo_today__isnull=False).exists()
    with pytest.raises(IntegrityError), transaction.atomic():
        Installation.objects.update_or_create(pk=1, defaults={"is_sample": False, "demo_today": date(2024, 3, 4)})


def test_there_is_one_installation(sample: Installation) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Installation.objects.create(pk=2)


@pytest.mark.parametrize(("desk", "manager"), [("town", False), ("insurer", True), ("village", False)])
def test_only_a_towns_manager_sets_anything(sample: Installation, desk: str, manager: bool) -> None:
    with pytest.raises(NotAllowed):
        set_demo_day(by=make.user(desk, is_manager=manager), day=date(2024, 3, 5))
    assert Installation.objects.get().demo_today == date(2024, 3, 4)
