"""名册核查 by requests: overview, a list, ticks, Excel, who sees whom, queries."""

import io
from datetime import date, datetime
from typing import Any

import pytest
from django.test import Client
from python_calamine import load_workbook
from tests import factories, towns
from tests.logins import logged_in
from tests.roster.files import csv, number, row

from ankang.accounts.models import Desk, User
from ankang.audit.models import AuditEntry
from ankang.installation.models import Installation
from ankang.roster.imports.running import import_roster
from ankang.roster.models import Resident
from ankang.roster.verification_models import Verification

pytestmark = pytest.mark.django_db
TODAY = date(2024, 3, 4)


@pytest.fixture
def worker() -> User:
    Installation.objects.create(pk=1, is_sample=True, demo_today=TODAY)
    towns.campaign()
    return factories.user(Desk.VILLAGE)


@pytest.fixture
def client(worker: User) -> Client:
    return logged_in(worker)


def resident(serial: int = 1, **facts: Any) -> Resident:
    return factories.resident(factories.village(serial), **({"household": "1", "child_phone_tail": "1"} | facts))


def text(client: Client, address: str) -> str:
    return client.get(address).content.decode()


def test_the_overview_counts_and_links(client: Client) -> None:
    resident(child_phone_tail="")
    resident(2, child_phone_tail="")
    page = client.get("/village/checkup/lists/")
    first = page.context["entries"][0]
    assert (first.code, first.count, first.word) == ("no-phone", 1, "要跟进")
    assert len(page.context["entries"]) == 19
    assert 'href="/village/checkup/lists/no-phone/"' in page.content.decode()


def test_without_a_plan_it_says_what_comes_next() -> None:
    Installation.objects.create(pk=1, is_sample=True, demo_today=TODAY)
    client = logged_in(factories.user(Desk.VILLAGE))
    assert "还没有今年的方案" in text(client, "/village/checkup/lists/")
    assert client.get("/village/checkup/lists/no-phone/").status_code == 302


def test_a_list_shows_its_own_people_by_tail(client: Client) -> None:
    one = resident(name="单秀兰", number=number(2), child_phone_tail="")
    resident(2, name="赵外村", child_phone_tail="")
    page = text(client, "/village/checkup/lists/no-phone/")
    assert "单秀兰" in page
    assert f"/village/roster/{one.pk}/" in page
    assert "赵外村" not in page
    assert number(2) not in page
    assert "没有查到这样的人" in text(client, "/village/checkup/lists/no-household/")
    assert client.get("/village/checkup/lists/no-such-check/").status_code == 404


def test_the_town_narrows_to_a_village(worker: User) -> None:
    resident(name="单秀兰", child_phone_tail="")
    other = resident(2, name="赵玉英", child_phone_tail="")
    town = logged_in(factories.user(Desk.TOWN))
    assert "单秀兰" in text(town, "/town/checkup/lists/no-phone/")
    narrowed = text(town, f"/town/checkup/lists/no-phone/?village={other.village_id}")
    assert ("单秀兰" in narrowed, "赵玉英" in narrowed) == (False, True)


def test_ticked_with_a_note_it_moves_to_the_done(client: Client, worker: User) -> None:
    one = resident(name="单秀兰", child_phone_tail="")
    address = "/village/checkup/lists/no-phone/"
    assert "先勾选" in client.post(f"{address}tick/", {"note": "问过本人"}, follow=True).content.decode()
    assert "至少4个字" in client.post(f"{address}tick/", {"chosen": one.pk}, follow=True).content.decode()
    assert not Verification.objects.exists()
    done = client.post(f"{address}tick/", {"chosen": one.pk, "note": "确实没有电话"}, follow=True).content.decode()
    assert "1 人已记为核实无误" in done
    assert "没有查到这样的人" in done
    shown = text(client, f"{address}?show=done")
    assert "确实没有电话" in shown
    assert worker.full_name in shown
    assert "核实无误：本人和子女都没有电话" in text(client, f"/village/roster/{one.pk}/")
    client.post(f"{address}tick/?show=done", {"chosen": one.pk, "act": "reopen"})
    assert "单秀兰" in text(client, address)


def test_a_stranger_is_not_ticked(client: Client) -> None:
    other = resident(2, child_phone_tail="")
    answer = client.post(
        "/village/checkup/lists/no-phone/tick/", {"chosen": other.pk, "note": "问过本人了"}, follow=True
    )
    assert "不在这份名单上" in answer.content.decode()
    assert not Verification.objects.exists()


def test_excel_is_masked_and_noted(client: Client) -> None:
    resident(name="单秀兰", number=number(2), child_phone_tail="")
    content = client.get("/village/checkup/lists/no-phone/export/").content
    rows = load_workbook(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    assert [rows[2][2], rows[2][5]] == ["单秀兰", number(2)[-4:]]
    assert number(2) not in str(rows)
    assert AuditEntry.objects.get(action="roster.export").detail == {"rows": 1, "part": "no-phone"}


def test_old_numbers_lead_to_their_import(client: Client, worker: User) -> None:
    whole = factories.identity_number(date(1950, 5, 6), 2, "320903")
    old = whole[:6] + whole[8:17]
    content = csv(row("单秀兰", old))
    at = datetime.fromisoformat("2024-03-04T10:00:00+08:00")
    run = import_roster(by=worker, division=worker.division, file_name="旧.csv", content=content, today=TODAY, now=at)
    page = text(client, "/village/checkup/lists/old-numbers/")
    assert f"/village/import/{run.pk}/" in page
    assert old not in page
    assert whole not in page
    exported = load_workbook(io.BytesIO(client.get("/village/checkup/lists/old-numbers/export/").content))
    assert exported.get_sheet_by_index(0).to_python()[1][:3] == ["01村", "旧.csv", 2]


@pytest.mark.parametrize("size", [1, 60])
def test_queries_do_not_grow(client: Client, size: int, django_assert_num_queries: Any) -> None:
    for _ in range(size):
        resident(child_phone_tail="", household="")
    with django_assert_num_queries(9):  # page 4, session kept 3, campaign, all counts
        client.get("/village/checkup/lists/")
    with django_assert_num_queries(7):  # session kept already: campaign, count, the rows
        client.get("/village/checkup/lists/no-phone/")
