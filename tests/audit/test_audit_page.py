"""The page of what was done: inside the reader's divisions, found by kind, person and day."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models
from django.test import Client
from tests import factories as make

import ankang
from ankang.accounts.models import User
from ankang.audit.models import AuditEntry
from ankang.audit.queries import entries_about
from ankang.audit.words import LOOKS, SUBJECTS, WORDS
from ankang.claims.models import ClaimStep
from ankang.roster.models import Resident

Log = Callable[[User], Client]


@pytest.fixture
def boss(db: None) -> User:
    return make.user("town", is_manager=True)


def entry(by: User | None, action: str = "roster.look_at_number", code: str = make.TOWN) -> AuditEntry:
    return AuditEntry.objects.create(actor=by, action=action, division_code=code)


def test_every_action_has_its_words() -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in Path(ankang.__file__).parent.rglob("*.py"))
    actions = set(re.findall(r'action="([a-z]+\.[a-z_]+)"', source)) | {
        f"claims.{kind}" for kind in ClaimStep.Kind.values
    }
    assert len(actions) > 20
    assert actions - set(WORDS) == set()
    assert set(LOOKS) <= set(WORDS)


def test_the_page_says_in_words_what_a_row_is_about(boss: User, client_of: Log) -> None:
    AuditEntry.objects.create(
        actor=boss,
        action="roster.change",
        division_code=make.TOWN,
        subject_type=Resident._meta.label,
        subject_id="7",
    )
    assert {apps.get_model(label)._meta.label for label in SUBJECTS} == set(SUBJECTS)
    shown = client_of(boss).get("/town/settings/audit/").text
    assert "老年人 7" in shown
    assert "roster.Resident" not in shown


def test_rows_of_other_towns_are_not_shown(boss: User, client_of: Log) -> None:
    clerk = make.user("village")
    entry(clerk, code="320903101201")
    entry(make.user("town", make.town("320903102000")), code="320903102000")
    assert [row.actor for row in entries_about(boss)] == [clerk]
    shown = client_of(boss).get("/town/settings/audit/").text
    assert clerk.full_name in shown
    assert "看身份证全号" in shown
    assert "01村" in shown
    assert shown.count("<tr>") == 2


def test_looks_a_person_and_days_narrow_the_list(boss: User) -> None:
    clerk = make.user("village")
    look, login = entry(clerk), entry(boss, "account.log_in")
    rows: models.QuerySet[AuditEntry] = models.QuerySet(AuditEntry)
    # 2024-03-04 00:00 and 2024-03-05 00:00 in Asia/Shanghai
    rows.filter(pk=look.pk).update(at=datetime(2024, 3, 3, 16, tzinfo=UTC))
    rows.filter(pk=login.pk).update(at=datetime(2024, 3, 4, 16, tzinfo=UTC))
    day = date(2024, 3, 4)
    assert list(entries_about(boss, kind="looks")) == [look]
    assert list(entries_about(boss, kind="account.log_in")) == [login]
    assert list(entries_about(boss, person=clerk.full_name)) == [look]
    assert list(entries_about(boss, from_on=day, to_on=day)) == [look]
    assert list(entries_about(boss, from_on=day)) == [login, look]
    assert list(entries_about(boss, from_on=day + timedelta(days=1))) == [login]
    assert list(entries_about(boss, to_on=day - timedelta(days=1))) == []


@pytest.mark.parametrize("count", [1, 40])
def test_the_page_asks_the_same_few_queries_for_any_number(
    boss: User, client_of: Log, django_assert_num_queries: Callable[[int], object], count: int
) -> None:
    for _ in range(count):
        entry(boss)
    client = client_of(boss)
    client.get("/town/settings/audit/")
    # session, person with division, device, installation, rows counted, rows, divisions
    with django_assert_num_queries(7):  # type: ignore[attr-defined]
        client.get("/town/settings/audit/")


def test_a_wrong_day_says_so(boss: User, client_of: Log) -> None:
    shown = client_of(boss).get("/town/settings/audit/", {"from_on": "yesterday"})
    assert shown.status_code == 200
    assert "日期" in shown.text
