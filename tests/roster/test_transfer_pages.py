"""转村申请 by requests: every door to it, what each side sees, the answer, the to-do lists, Excel."""

import io
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from python_calamine import load_workbook
from tests import factories, towns
from tests.logins import logged_in
from tests.roster.files import csv, number, row
from tests.roster.transfer_acts import NOW, TODAY, ask, transfer_of

from ankang.accounts.models import Desk, User
from ankang.audit.models import AuditEntry
from ankang.installation.models import Installation
from ankang.roster.imports.running import import_roster
from ankang.roster.models import ImportRow, Resident
from ankang.roster.transfer_models import Transfer

pytestmark = pytest.mark.django_db
NEW = "/village/roster/transfers/new/"
WISH = {"step": "ask", "reason": "living", "evidence": "居住证明一份", "moves_on": "2024-03-01"}


@pytest.fixture
def asker() -> User:
    Installation.objects.create(pk=1, is_sample=True, demo_today=TODAY)
    return factories.user(Desk.VILLAGE, factories.village(2))


@pytest.fixture
def client(asker: User) -> Client:
    return logged_in(asker)


@pytest.fixture
def holder(asker: User) -> User:
    return factories.user(Desk.VILLAGE, factories.village(1))


@pytest.fixture
def resident(holder: User) -> Resident:
    return factories.resident(holder.division, number=number(2), birth_date=date(1950, 5, 6), household="户七")


def form_of(client: Client, **source: Any) -> Any:
    return client.post(NEW, {"step": "look", **source})


def key_of(response: Any) -> str:
    return str(response.context["form"]["key"].value())


def test_a_typed_number_is_met_masked_and_asked_for(client: Client, resident: Resident) -> None:
    met = form_of(client, number=number(2))
    page = met.content.decode()
    assert "王*兰" in page
    assert "01村" in page
    assert not [word for word in ("王秀兰", "户七", resident.birth_date.isoformat()) if word in page]
    assert AuditEntry.objects.filter(action="roster.look_elsewhere").count() == 1
    made = client.post(NEW, WISH | {"number": number(2), "key": key_of(met)}, follow=True)
    assert "已向01村申请" in made.content.decode()
    assert "王秀兰" not in made.content.decode()
    assert Transfer.objects.get().to_village.name == "02村"


def test_what_is_no_number_or_nobodys_is_said_at_the_field(client: Client, resident: Resident) -> None:
    for text, words in ((number(2)[:-1] + "0", "校验码不对"), (number(4), "直接“添加一人”"), ("", "请填18位身份证号")):
        answer = form_of(client, number=text)
        assert (answer.status_code, words in answer.content.decode()) == (422, True), text
    assert not AuditEntry.objects.exists()
    assert client.get(NEW).status_code == 200


def test_a_wrong_wish_stays_on_the_page_and_stores_nothing(client: Client, resident: Resident) -> None:
    key = key_of(form_of(client, number=number(2)))
    answer = client.post(NEW, WISH | {"number": number(2), "key": key, "evidence": "有", "moves_on": "2024-03-05"})
    assert answer.status_code == 422
    assert "至少4个字" in answer.content.decode()
    assert "王*兰" in answer.content.decode()
    assert not Transfer.objects.exists()


def test_adding_by_hand_leads_to_the_transfer(client: Client, resident: Resident) -> None:
    answer = client.post("/village/roster/add/", {"number": number(2), "name": "王秀兰"}).content.decode()
    assert "其他村居的名册里" in answer
    assert f'formaction="{NEW}"' in answer
    plain = client.post("/village/roster/add/", {"number": "1", "name": "王秀兰"}).content.decode()
    assert "formaction" not in plain


def test_the_town_adding_to_one_village_whom_another_has_asks_for_it(holder: User, resident: Resident) -> None:
    town = logged_in(factories.user(Desk.TOWN))
    village = factories.village(2)
    given = {"number": number(2), "name": "王秀兰", "village": village.pk}
    assert 'formaction="/town/roster/transfers/new/"' in town.post("/town/roster/add/", given).content.decode()
    met = town.post("/town/roster/transfers/new/", {"step": "look", "number": number(2)})
    wish = WISH | {"number": number(2), "key": key_of(met), "to_village": village.pk}
    assert town.post("/town/roster/transfers/new/", wish).status_code == 302
    assert Transfer.objects.get().to_village == village


def test_a_refused_row_of_an_import_leads_to_the_transfer(client: Client, asker: User, resident: Resident) -> None:
    content = csv(row("王秀兰", number(2), "02村"), row("赵玉", number(4), "02村"))
    run = import_roster(by=asker, division=asker.division, file_name="名册.csv", content=content, today=TODAY, now=NOW)
    refused = run.rows.get(code=ImportRow.Code.ELSEWHERE)
    page = client.get(f"/village/import/{run.pk}/").content.decode()
    assert "申请转入" in page
    assert number(2) not in page
    met = form_of(client, row=refused.pk)
    assert "王*兰" in met.content.decode()
    assert number(2) not in met.content.decode()
    assert client.post(NEW, WISH | {"row": refused.pk, "key": key_of(met)}).status_code == 302
    assert Transfer.objects.get().resident == resident


def test_another_villages_row_is_no_key_to_a_name(holder: User, client: Client, resident: Resident) -> None:
    foreign = ImportRow.objects.create(
        run=factories.import_run(holder.division, holder),
        row_number=2, outcome="rejected", column="身份证号", reason="x", fix="y", code="elsewhere",
        cells_index=resident.number_index,
    )  # fmt: skip
    assert form_of(client, row=foreign.pk).status_code == 404


def test_the_holder_sees_the_resident_and_answers(holder: User, asker: User, resident: Resident) -> None:
    version = towns.campaign()
    towns.insure(resident, version)
    made = ask(asker, resident)
    page = f"/village/roster/transfers/{made.pk}/"
    mine, theirs = logged_in(holder), logged_in(asker)
    seen = mine.get(page).content.decode()
    assert "王秀兰" in seen
    assert "已参保 1 份，仍计01村" in seen
    assert "王秀兰" not in theirs.get(page).content.decode()
    assert theirs.post(page, {"accept": "yes"}).status_code == 422
    assert mine.post(page, {"accept": "no"}).status_code == 422
    assert mine.post(page, {}).status_code == 422
    assert Transfer.objects.get().state == "waiting"
    assert "已转到02村" in mine.post(page, {"accept": "yes"}, follow=True).content.decode()
    assert "王秀兰" in theirs.get(page).content.decode()
    assert "王秀兰" not in mine.get(page).content.decode()


def test_the_asker_withdraws(client: Client, asker: User, resident: Resident) -> None:
    made = ask(asker, resident)
    assert "申请已撤回" in client.post(f"/village/roster/transfers/{made.pk}/withdraw/", follow=True).content.decode()
    assert "不能再改" not in client.post(f"/village/roster/transfers/{made.pk}/withdraw/", follow=True).content.decode()
    assert Transfer.objects.get().state == "withdrawn"


@pytest.mark.parametrize("size", [1, 60])
def test_queries_of_the_list_do_not_grow(
    client: Client, asker: User, holder: User, size: int, django_assert_num_queries: Any
) -> None:
    for _ in range(size):
        ask(asker, factories.resident(holder.division))
    with django_assert_num_queries(9):  # page 4, session kept in a savepoint 3, count, rows
        page = client.get("/village/roster/transfers/")
    assert len(page.context["rows"]) == min(size, 50)
    mine, newest = logged_in(holder), Transfer.objects.latest("pk")
    with django_assert_num_queries(9):  # the request, what is insured
        mine.get(f"/village/roster/transfers/{newest.pk}/")


def test_excel_holds_what_the_page_shows(client: Client, holder: User, asker: User, resident: Resident) -> None:
    ask(asker, resident, now=NOW.replace(hour=1))  # the day before in UTC
    cells = {}
    for name, by in (("asker", client), ("holder", logged_in(holder))):
        content = by.get("/village/roster/transfers/export/").content
        cells[name] = load_workbook(io.BytesIO(content)).get_sheet_by_index(0).to_python()[1]
    assert [row[0] for row in cells.values()] == ["王*兰", "王秀兰"]
    assert cells["asker"][1:5] == [number(2)[-4:], "01村", "02村", "实际居住"]
    assert cells["asker"][8] == date(2024, 3, 4)
    assert number(2) not in str(cells)


def test_the_to_do_lists_tell_of_it(holder: User, asker: User, resident: Resident) -> None:
    version = towns.campaign()
    towns.insure(resident, version)
    made = ask(asker, resident)
    mine, town = logged_in(holder), logged_in(factories.user(Desk.TOWN))
    assert "1 份转村申请等本村答复" in mine.get("/village/todo/").content.decode()
    assert "转村申请等本村答复" not in logged_in(asker).get("/village/todo/").content.decode()
    assert "1 份转村申请等村里答复" in town.get("/town/").content.decode()
    Transfer.objects.filter(pk=made.pk).update(requested_at=NOW - timedelta(days=8))
    assert "1 份转村申请满7天没有答复" in town.get("/town/").content.decode()


def test_a_request_of_others_is_not_there(resident: Resident) -> None:
    made = transfer_of(resident)
    third = logged_in(factories.user(Desk.VILLAGE, factories.village(3)))
    for page in ("", "withdraw/"):
        assert third.post(f"/village/roster/transfers/{made.pk}/{page}", {"accept": "yes"}).status_code == 404
    assert Transfer.objects.get().state == "waiting"
