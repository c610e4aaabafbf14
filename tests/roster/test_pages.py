"""The roster's pages: list, filters, one resident, adding, changing, exporting, importing. Queries asserted exactly."""

import io
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from python_calamine import load_workbook
from tests import factories
from tests.roster import files
from tests.roster.files import number, row

from ankang.accounts.models import Desk, User
from ankang.audit.models import AuditEntry
from ankang.desks.components.sought import sealed
from ankang.enrolment.models import Enrolment, Holding, Participation
from ankang.installation.models import Installation
from ankang.roster.models import GroupMembership, ImportRun, Resident

pytestmark = pytest.mark.django_db

TODAY = date(2024, 3, 4)
ClientOf = Callable[[User], Client]


@pytest.fixture(autouse=True)
def clock(db: None) -> None:
    Installation.objects.create(pk=1, is_sample=True, demo_today=TODAY)


@pytest.fixture
def town(client_of: ClientOf) -> Client:
    return client_of(factories.user(Desk.TOWN))


@pytest.fixture
def village(client_of: ClientOf) -> Client:
    return client_of(factories.user(Desk.VILLAGE))


@pytest.fixture
def campaign() -> Any:
    return factories.version(factories.plan())


def insure(resident: Resident, campaign: Any, units: int = 1) -> None:
    Participation.objects.create(
        resident=resident,
        programme=campaign.programme,
        village=resident.village,
        units=units,
        unit_cap=2,
        first_enrolled_on=TODAY,
    )


def names(client: Client, query: str = "", desk: str = "town") -> set[str]:
    return {row["resident"].name for row in client.get(f"/{desk}/roster/?{query}").context["rows"]}


def sheet_of(response: Any, index: int = 0) -> list[list[Any]]:
    rows: list[list[Any]] = load_workbook(io.BytesIO(response.content)).get_sheet_by_index(index).to_python()
    return rows


def test_the_list_shows_tails_and_never_a_number(town: Client, campaign: Any) -> None:
    resident = factories.resident(number=number(2), phone="13812345678", phone_tail="5678")
    insure(resident, campaign)
    page = town.get("/town/roster/").content.decode()
    assert "王秀兰" in page
    assert number(2)[-4:] in page
    assert "已参保 1 份" in page
    assert number(2) not in page
    assert "13812345678" not in page


def test_filters_live_in_the_address(town: Client, campaign: Any) -> None:
    listed = factories.resident(name="单秀兰", birth_date=date(1950, 5, 6))
    GroupMembership.objects.create(resident=listed, village=listed.village, group="dibao", from_on=TODAY)
    old = factories.resident(factories.village(2), name="赵玉英", birth_date=date(1940, 1, 1))
    other = factories.resident(name="李国强", birth_date=date(1950, 5, 6))
    factories.resident(name="孙德福", status="dead", died_on=date(2024, 1, 1))
    insure(other, campaign)
    assert names(town) == {"单秀兰", "赵玉英", "李国强"}
    assert names(town, f"village={old.village_id}") == {"赵玉英"}
    assert names(town, "group=dibao") == {"单秀兰"}
    assert names(town, "group=subject") == {"单秀兰", "赵玉英"}
    assert names(town, "insured=yes") == {"李国强"}
    assert names(town, "insured=no&group=subject") == {"单秀兰", "赵玉英"}
    assert names(town, "status=dead") == {"孙德福"}
    assert names(town, f"status=all&q={sealed('d')}") == set()
    assert names(town, f"q={sealed('sxl')}") == {"单秀兰"}
    assert names(town, "status=nonsense&insured=nonsense&page=9") == {"单秀兰", "赵玉英", "李国强"}


def test_a_village_sees_its_own_people(village: Client) -> None:
    factories.resident(name="单秀兰")
    foreign = factories.resident(factories.village(2), name="赵玉英")
    assert names(village, desk="village") == {"单秀兰"}
    assert names(village, f"village={foreign.village_id}", desk="village") == set()
    for page in ("", "edit/"):
        assert village.get(f"/village/roster/{foreign.pk}/{page}").status_code == 404
    assert village.post(f"/village/roster/{foreign.pk}/number/").status_code == 404
    assert AuditEntry.objects.count() == 0


@pytest.mark.parametrize("size", [1, 60])
def test_queries_of_the_list_do_not_grow(
    town: Client, campaign: Any, size: int, django_assert_num_queries: Any
) -> None:
    for _ in range(size):
        resident = factories.resident(name="单秀兰")
        GroupMembership.objects.create(resident=resident, village=resident.village, group="dibao", from_on=TODAY)
        insure(resident, campaign)
    town.get("/town/roster/")
    # session, person, installation, campaign, villages, count, residents with village and units, memberships; second
    # factor's device
    with django_assert_num_queries(9):
        town.get(f"/town/roster/?group=subject&insured=yes&q={sealed('sx')}")


def test_filters_sent_are_put_into_the_address(town: Client) -> None:
    given = {"q": " 王 ", "village": "", "group": "dibao", "status": "living", "insured": "no"}
    factories.resident(name="王秀兰")
    address = town.post("/town/roster/", given)["Location"]
    assert re.fullmatch(r"/town/roster/\?q=[\w%-]{40,}&group=dibao&insured=no", address)
    assert 'value="王"' in town.get(address).text
    assert town.post("/town/roster/", {"q": ""})["Location"] == "/town/roster/"


def test_a_whole_number_leads_to_its_person_and_never_stands_in_an_address(town: Client) -> None:
    resident = factories.resident(number=number(2))
    spaced = f"{number(2)[:6]} {number(2)[6:]}"
    assert town.post("/town/roster/", {"q": spaced})["Location"] == f"/town/roster/{resident.pk}/"
    unknown = town.post("/town/roster/", {"q": number(3)}, follow=True)
    assert "名册里没有这个身份证号" in unknown.content.decode()
    wrong = town.post("/town/roster/", {"q": number(3)[:17] + ("1" if number(3)[17] != "1" else "2")}, follow=True)
    assert "校验码不对" in wrong.content.decode()
    for response in (unknown, wrong):
        assert [address for address, _ in response.redirect_chain] == ["/town/roster/"]


def test_the_number_proposed_for_an_old_one_waits_in_no_cookie(town: Client) -> None:
    old = number(2)[:6] + number(2)[8:17]
    sent = town.post("/town/roster/", {"q": old})
    assert number(2) not in str(sent.cookies)
    assert "是15位旧号码。请照本人身份证输入18位号码" in town.get(sent["Location"]).content.decode()


def test_one_resident(town: Client, campaign: Any, django_assert_num_queries: Any) -> None:
    resident = factories.resident(number=number(2), birth_date=date(1950, 5, 6))
    address = f"/town/roster/{resident.pk}/"
    assert "本年度还没有参保" in town.get(address).content.decode()
    insure(resident, campaign, 2)
    enrolment = Enrolment.objects.create(
        key="1",
        participation=Participation.objects.get(),
        village=resident.village,
        version=campaign,
        enrolled_on=TODAY,
        enrolled_at=datetime(2024, 3, 4, tzinfo=UTC),
        by=factories.user(),
        consent="resident",
    )
    Holding.objects.create(
        enrolment=enrolment, product="A", units=2, unit_price_fen=10000, cover_from=TODAY, cover_to=TODAY
    )
    with django_assert_num_queries(14):
        page = town.get(address).content.decode()
    assert "本年度已参保 2 份" in page
    assert "登记参保 100.00 元/份 × 2份" in page
    assert "73 周岁" in page
    assert number(2) not in page


def test_the_whole_number_is_shown_once_and_noted(village: Client) -> None:
    resident = factories.resident(number=number(2))
    address = f"/village/roster/{resident.pk}/"
    assert village.get(f"{address}number/").status_code == 405
    shown = village.post(f"{address}number/")
    assert number(2) in shown.content.decode()
    assert "no-store" in shown["Cache-Control"]
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.subject_id) == ("roster.look_at_number", str(resident.pk))
    again = village.get(address).content.decode()
    assert number(2) not in again
    assert "查看完整身份证号" in again


def test_adding_one(village: Client) -> None:
    given = {"number": number(2), "name": "单秀兰", "groups": ["dibao"], "phone": "138 1234 5678"}
    response = village.post("/village/roster/add/", given)
    made = Resident.objects.get()
    assert response["Location"] == f"/village/roster/{made.pk}/"
    assert (made.village.name, made.phone_tail) == ("01村", "5678")
    again = village.post("/village/roster/add/", given)
    assert "已在01村的名册里" in again.content.decode()
    assert Resident.objects.count() == 1


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        ({"number": "110105491231002"}, "11010519491231002X"),
        ({"name": ""}, "请照身份证填写姓名"),
        ({"village": "320903102201"}, "请在列表里选一个村居"),
        ({"child_phone": "12"}, "不像电话号码"),
    ],
)
def test_adding_one_wrongly_changes_nothing(town: Client, facts: dict[str, str], message: str) -> None:
    factories.town("320903102000")
    village = factories.village()
    given = {"number": number(2), "name": "单秀兰", "village": village.pk} | facts
    page = town.post("/town/roster/add/", given).content.decode()
    assert message in page
    assert (Resident.objects.count(), AuditEntry.objects.count()) == (0, 0)


def test_changing_how_one_is_reached(village: Client) -> None:
    resident = factories.resident(
        phone="13812345678", phone_tail="5678", child_phone="13900000000", child_phone_tail="0000"
    )
    address = f"/village/roster/{resident.pk}/"
    assert "现在尾号 5678" in village.get(f"{address}edit/").content.decode()
    given = {"household": "H9", "address": "5组", "phone": "", "child_phone": "无"}
    assert village.post(f"{address}edit/", given)["Location"] == address
    resident.refresh_from_db()
    assert resident.phone is not None
    assert (resident.household, resident.address, resident.phone.reveal()) == ("H9", "5组", "13812345678")
    assert (resident.child_phone, resident.child_phone_tail) == (None, "")
    assert AuditEntry.objects.get().detail == {"fields": ["household", "address", "child_phone"]}
    refused = village.post(f"{address}edit/", given | {"phone": "12"}).content.decode()
    assert "不像电话号码" in refused
    assert AuditEntry.objects.count() == 1


def test_export_is_masked_and_noted(town: Client, campaign: Any, django_assert_num_queries: Any) -> None:
    resident = factories.resident(number=number(2), phone="13812345678", phone_tail="5678", name="=单秀兰")
    insure(resident, campaign)
    factories.resident(name="李国强")
    response = town.get("/town/roster/export/?insured=yes")
    rows = sheet_of(response)
    assert [cell for cell in rows[1] if cell != ""] == [
        "01村",
        "=单秀兰",
        "女",
        "1954-03-04",
        70.0,
        "在册",
        1.0,
        number(2)[-4:],
        "5678",
    ]
    assert len(rows) == 2
    assert AuditEntry.objects.get(action="roster.export").detail == {"rows": 1, "part": "all"}
    assert number(2).encode() not in response.content


def test_whole_numbers_leave_only_for_a_reason_and_by_a_manager(client_of: ClientOf, town: Client) -> None:
    resident = factories.resident(number=number(2))
    manager = client_of(factories.user(Desk.TOWN, is_manager=True))
    address = "/town/roster/export/full/"
    assert town.post(address, {"reason": "报县局核对名单"}).status_code == 403
    assert "至少4个字" in manager.post(address, {"reason": "核对"}).content.decode()
    assert AuditEntry.objects.count() == 0
    rows = sheet_of(manager.post(address, {"reason": "报县局核对名单"}))
    assert rows[1][10] == number(2)
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.detail) == ("roster.export_full", {"rows": 1, "reason": "报县局核对名单"})
    assert resident.number_tail == number(2)[-4:]


def upload(client: Client, content: bytes, desk: str = "town", name: str = "名册.xlsx") -> Any:
    """Send a file, and confirm what its preview shows, if it comes to that."""
    looked = client.post(f"/{desk}/import/", {"file": SimpleUploadedFile(name, content)}, follow=True)
    if not looked.redirect_chain:
        return looked
    return client.post(looked.redirect_chain[-1][0], {"seen": looked.context["preview"].seen}, follow=True)


def test_import_mend_the_report_and_import_again(town: Client, django_assert_num_queries: Any) -> None:
    content = files.xlsx(
        row("单秀兰", number(2)), row("李国强", "329900500506003", 手机="12"), row("", number(5)), row("赵玉", "1", "9")
    )
    result = upload(town, content)
    page = result.content.decode()
    assert "1 行已在名册里，3 行要改" in page
    assert "是15位旧号码" in page
    assert number(5) not in page
    run = ImportRun.objects.get()
    with django_assert_num_queries(10):
        town.get(f"/town/import/{run.pk}/")
    report = sheet_of(town.get(f"/town/import/{run.pk}/report/"))
    assert AuditEntry.objects.latest("id").action == "roster.open_report"
    assert report[0] == [*files.HEADER, "原来第几行", "没导入的原因", "怎么改"]
    assert [line[8] for line in report[1:]] == [3.0, 4.0, 5.0]
    proposal = number(3)[:6] + "19" + number(3)[8:]
    assert report[1][9] == "身份证号：是15位旧号码"
    assert f"推算的18位号码：{proposal}" in report[1][10]
    assert report[3][9] == "村居：找不到这个村居，或有重名；身份证号：应为18位，现在是1位"
    report[1][3], report[2][2] = proposal, "王明"
    mended = upload(town, files.xlsx(*report[1:3], header=report[0]))
    assert "全部导入成功" in mended.content.decode()
    assert set(Resident.objects.values_list("name", flat=True)) == {"单秀兰", "李国强", "王明"}


def test_the_same_file_is_recognised(town: Client) -> None:
    content = files.xlsx(row("单秀兰", number(2)))
    first = upload(town, content).content.decode()
    assert "已写入名册" in first
    assert "已经导入过" not in first
    again = upload(town, content).content.decode()
    assert "名册没有改动" in again
    assert "已经导入过" in again
    assert "没有变化" in again


def test_a_bad_file_is_told_on_the_page(town: Client) -> None:
    page = upload(town, b"%PDF-1.7").content.decode()
    assert "只是名字像表格" in page
    assert "请先选择要导入的文件" in town.post("/town/import/").content.decode()
    assert ImportRun.objects.count() == 0


def test_the_template_goes_in_once_filled(village: Client) -> None:
    rows = sheet_of(village.get("/village/import/template/"))
    assert rows[1][2].startswith("示例")
    assert "表头下面没有一行内容" in upload(village, files.xlsx(rows[1], header=rows[0]), "village").content.decode()
    filled = [number(2) if title == "身份证号" else "单秀兰" if title == "姓名" else "" for title in rows[0]]
    upload(village, files.xlsx(*rows[1:], filled, header=rows[0]), "village")
    assert Resident.objects.get().name == "单秀兰"


def test_queries_of_the_import_page(village: Client, django_assert_num_queries: Any) -> None:
    for _ in range(3):
        factories.import_run(factories.village())
    village.get("/village/import/")
    with django_assert_num_queries(7):
        village.get("/village/import/")
