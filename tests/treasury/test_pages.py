"""The town's pages of this money: a journey by requests, second persons, files, what pages cost, what a donor sees."""

import io
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from python_calamine import CalamineWorkbook
from tests import factories
from tests.enrolment.acts import NOW, TODAY
from tests.treasury import acts
from tests.treasury.acts import by_government, insured, nothing_changes, paid

from ankang.installation.models import Installation
from ankang.treasury.models import Donation, Donor, GovernmentRequest, Reconciliation, Refund, Remittance

pytestmark = pytest.mark.django_db


@pytest.fixture
def version():
    Installation.objects.create(is_sample=True, demo_today=TODAY)
    return factories.version()


@pytest.fixture
def town(version, client_of):
    client = client_of(factories.user("town"))
    client.get("/me/password/")
    return client


@pytest.fixture
def other(version, client_of):
    return client_of(factories.user("town"))


def text_of(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def hidden(response, *names):
    page = response.content.decode()
    found = {}
    for name in names:
        tag = re.search(rf'<input[^>]*name="{name}"[^>]*>', page)
        assert tag, name
        value = re.search(r'value="([^"]*)"', tag[0])
        found[name] = value[1] if value else ""
    return found


def prepare(client, address):
    seen = client.get(address)
    return client.post(address, hidden(seen, "key", "shown_fen", "villages") | {"note": ""})


def slip(client, page, **facts):
    return hidden(client.get(page), "key") | {"reference": acts.key(), "on": "2024-03-04"} | facts


def cells(response):
    return CalamineWorkbook.from_filelike(io.BytesIO(response.content)).get_sheet_by_index(0).to_python()


def test_government_from_the_list_to_the_account(town, other, version):
    by_government(version)
    assert "要申请 1 人，50.00 元" in text_of(town.get("/town/treasury/government/new/"))
    made = prepare(town, "/town/treasury/government/new/")
    page = made["Location"]
    with nothing_changes():
        assert town.post(f"{page}review/", {"approve": "yes", "note": ""}).status_code == 409
    assert "已报财政 50.00 元" in text_of(other.post(f"{page}review/", {"approve": "yes", "note": ""}, follow=True))
    with nothing_changes():
        assert town.post(f"{page}answer/", {"accept": "yes", "paper": "", "on": "2024-03-04"}).status_code == 422
    told = {"accept": "yes", "paper": "盐财社9号", "on": "2024-03-04"}
    assert "还欠 50.00 元" in text_of(town.post(f"{page}answer/", told, follow=True))
    with nothing_changes():
        too_much = town.post(f"{page}receive/", slip(town, page, amount="50.01"))
    assert too_much.status_code == 422
    assert "已到账" in text_of(town.post(f"{page}receive/", slip(town, page, amount="50"), follow=True))
    assert town.get(f"{page}pdf/").content[:5] == b"%PDF-"
    rows = cells(town.get(f"{page}export/"))
    assert rows[2][3:] == ["80周岁以上", 50.0, "在名单上"]
    assert rows[3][4] == 50.0


def test_the_pages_cost_the_same_however_many_were_bought_for(town, version):
    def costs():
        counted = []
        for address in ("/town/treasury/", "/town/treasury/government/new/"):
            with CaptureQueriesContext(connection) as queries:
                assert town.get(address).status_code == 200
            counted.append(len(queries))
        return counted

    town.get("/town/treasury/")  # the session notes once a minute that somebody is there
    by_government(version)
    assert costs() == [21, 9]
    by_government(version, 2)
    by_government(version, 3)
    assert costs() == [21, 9]


def test_remitted_by_two_and_taken_back(town, other, version):
    receipt = f"/town/receipts/{paid(insured(version)).receipt.pk}/"
    page = prepare(town, "/town/treasury/remittances/new/")["Location"]
    shown = text_of(other.post(f"{page}review/", {"approve": "yes", "note": ""}, follow=True))
    assert "请去银行汇 50.00 元" in shown
    assert "比要汇的少 50.00 元" in shown
    with nothing_changes():
        assert town.post(f"{page}back/", {"reference": ""}).status_code == 422
    town.post(f"{page}back/", {"reference": "账号写错"})
    assert Remittance.objects.get().state == "refused"
    assert "批已经同意" not in text_of(town.get(receipt))
    page = prepare(town, "/town/treasury/remittances/new/")["Location"]
    other.post(f"{page}review/", {"approve": "yes", "note": ""})
    sent = {"reference": "HK1", "on": "2024-03-05"}
    with nothing_changes():
        refused = town.post(f"{page}pay/", sent)
    assert refused.status_code == 409
    assert "镇保费专户账面只有0.00元，付50.00元还差50.00元" in text_of(refused)
    assert "批已经同意，等镇里去银行汇" in text_of(town.get(receipt))
    acts.banked()
    done = town.post(f"{page}pay/", sent, follow=True)
    assert "50.00 元已汇给保险公司" in text_of(done)
    assert "批，流水号 HK1" in text_of(town.get(receipt))
    assert town.get(f"{page}pdf/").content[:5] == b"%PDF-"
    assert cells(town.get(f"{page}export/"))[2][5:] == ["本人", 50.0]


def test_a_refund_from_the_list_to_the_voucher(town, other, version):
    one = insured(version)
    paid(one)
    acts.banked()
    acts.given_up(one)
    assert "有 1 笔参保要退费" in text_of(town.get("/town/treasury/refunds/"))
    page = f"/town/treasury/refunds/enrolments/{one.pk}/"
    shown = town.get(page)
    assert "可以退 50.00 元" in text_of(shown)
    town.post(page, hidden(shown, "key") | {"cause": "withdrawn", "note": ""})
    with nothing_changes():
        assert town.post(f"{page}review/", {"approve": "yes", "note": ""}).status_code == 409
    other.post(f"{page}review/", {"approve": "yes", "note": ""})
    row = Refund.objects.get()
    with nothing_changes():
        assert town.post(f"/town/treasury/refunds/{row.pk}/pay/", {"means": "bank", "on": ""}).status_code == 422
    town.post(f"/town/treasury/refunds/{row.pk}/pay/", {"means": "bank", "reference": "TK1", "on": "2024-03-12"})
    row.refresh_from_db()
    assert row.state == "paid"
    assert cells(town.get("/town/treasury/refunds/export/"))[2][4:] == ["本人", 50.0, 50.0, row.words, "已退", "TK1"]


def test_a_donation_and_what_its_donor_sees(town, version, client_of):
    follower, one = factories.user("donor"), insured(version, payer="donor")
    form = hidden(town.get("/town/donations/new/"), "key")
    told = {
        "donor": "慈善会", "amount": "100", "agreed_on": "2024-03-01", "paper": "协议1号", "purpose": "保费",
        "account": follower.pk,
    }  # fmt: skip
    page = town.post("/town/donations/new/", form | told)["Location"]
    town.post(f"{page}receive/", slip(town, page, amount="80"))
    shown = text_of(town.get(page))
    assert "余额 80.00 元" in shown
    assert "JZ-320903101-2024-0001" in shown
    with nothing_changes():
        assert town.post(f"{page}use/", hidden(town.get(page), "key")).status_code == 422
    chosen = {"funding": [acts.part(one, "donor").pk]}
    assert "余额 30.00 元" in text_of(town.post(f"{page}use/", hidden(town.get(page), "key") | chosen, follow=True))
    town.post(f"{page}return/", slip(town, page, amount="30"))
    assert Donation.objects.get().balance_fen == 0
    assert cells(town.get(f"{page}export/"))[2][4:] == [50.0, "已付"]
    donor = client_of(follower)
    mine = donor.get("/donor/").content.decode()
    assert "帮 1 位老人付了 50.00 元" in mine
    assert one.participation.resident.name not in mine
    receipt = re.search(r"/donor/receipts/\d+/", mine)
    assert receipt
    assert donor.get(receipt[0]).content[:5] == b"%PDF-"
    assert "还没有登记" in text_of(client_of(factories.user("donor")).get("/donor/"))


def test_compared_and_explained(town, version):
    content = "姓名,证件号码,保费\n某,320900195001011234,50\n".encode()
    sent = {"kind": "insurer", "file": SimpleUploadedFile("清单.csv", content)}
    page = town.post("/town/treasury/reconciliations/", sent)["Location"]
    assert "有 1 处不一样还没解释" in text_of(town.get(page))
    row = Reconciliation.objects.get().rows.get()
    explained = f"/town/treasury/reconciliations/rows/{row.pk}/explain/"
    with nothing_changes():
        assert town.post(explained, {"explanation": ""}).status_code == 422
    town.post(explained, {"explanation": "外镇的人"})
    assert "不一样的都有解释了" in text_of(town.get(page))
    assert cells(town.get(f"{page}export/"))[2][7] == "外镇的人"
    sent = {"kind": "insurer", "file": SimpleUploadedFile("又一份.csv", content)}
    with nothing_changes():
        again = town.post("/town/treasury/reconciliations/", sent)
    assert again.status_code == 409


def test_interest_on_its_page_and_on_the_row_of_the_banks_list(town, version):
    page = "/town/treasury/account/"
    with nothing_changes():
        assert town.post(page, slip(town, page, amount="0", item="interest")).status_code == 422
        assert town.post(page, slip(town, page, amount="1", item="fee")).status_code == 409
    town.post(page, slip(town, page, amount="0.37", item="interest", reference="JX1"))
    shown = town.get(page)
    assert "镇保费专户账面 0.37 元" in text_of(shown)
    back = re.search(r"/town/treasury/account/\d+/back/", shown.content.decode())
    assert back
    with nothing_changes():
        assert "请写为什么冲销" in text_of(town.post(back[0], {"note": ""}, follow=True))
    assert "镇保费专户账面 0.00 元" in text_of(town.post(back[0], {"note": "重了"}, follow=True))
    rows = cells(town.get(f"{page}export/"))
    assert [row[1:6] for row in rows[2:]] == [
        ["专户利息", "JX1", 0.37, "", 0.37], ["冲销：专户利息", "", "", 0.37, 0.0],
    ]  # fmt: skip
    content = "日期,流水号,金额,余额\n2024-03-04,JX1,0.37,0.37\n".encode()
    sent = {"kind": "bank", "file": SimpleUploadedFile("流水.csv", content)}
    run = town.post("/town/treasury/reconciliations/", sent)["Location"]
    assert "还不一样" in text_of(town.get(run))
    row = Reconciliation.objects.get().rows.get()
    booking = f"/town/treasury/reconciliations/rows/{row.pk}/book/"
    told = hidden(town.get(run), "key") | {"on": "2024-03-04"}
    with nothing_changes():
        assert town.post(booking, told | {"item": "fee"}).status_code == 422
    assert "一分不差" in text_of(town.post(booking, told | {"item": "interest"}, follow=True))


def test_cash_goes_to_the_bank_once(town, version):
    from ankang.money.ledger import Line, post
    from ankang.money.models import Account

    division = factories.town()
    post(
        by=None, action="money.pay", key="k", kind="received", on=TODAY, at=acts.NOW, division=division,
        entries=[Line(Account.TOWN_CASH, division.pk, 5_000), Line(Account.IN_TRANSIT, "x", -5_000)],
    )  # fmt: skip
    page = "/town/treasury/"
    with nothing_changes():
        assert town.post(page, slip(town, page, amount="50.01", source="cash")).status_code == 409
    form = slip(town, page, amount="50", source="cash")
    for _ in range(2):
        assert town.post(page, form).status_code == 302
    assert "镇保费专户 50.00 元" in text_of(town.get(page))


def test_what_the_pages_cost(town, version):
    for serial in (1, 1, 2):
        by_government(version, serial)
        paid(insured(version, acts.person(serial)))
    acts.asked(version)
    acts.remitting(version)
    found = {}
    for address, queries in (
        ("/town/treasury/", COSTS["treasury"]),
        ("/town/treasury/government/", COSTS["government"]),
        (f"/town/treasury/government/{GovernmentRequest.objects.get().pk}/", COSTS["request"]),
        ("/town/treasury/remittances/", COSTS["remittances"]),
        (f"/town/treasury/remittances/{Remittance.objects.get().pk}/", COSTS["remittance"]),
        ("/town/treasury/refunds/", COSTS["refunds"]),
        ("/town/treasury/reconciliations/", COSTS["reconciliations"]),
        ("/town/donations/", COSTS["donations"]),
        ("/town/treasury/account/", COSTS["account"]),
    ):
        town.get(address)
        with CaptureQueriesContext(connection) as asked:
            town.get(address)
        found[address] = (len(asked), queries)
    assert {address: both for address, both in found.items() if both[0] != both[1]} == {}


COSTS = {
    "treasury": 21,
    "account": 16,
    "government": 6,
    "request": 13,
    "remittances": 6,
    "remittance": 9,
    "refunds": 8,
    "reconciliations": 6,
    "donations": 5,
}


def test_long_lists_turn_pages(town, version):
    place = factories.town()
    paper = {"programme": version.programme, "division": place, "prepared_by": acts.first(), "prepared_at": NOW}
    donor = Donor.objects.create(code="D1", name="慈善会", division=place, added_by=acts.first(), added_at=NOW)
    facts = {"donor": donor, "division": place, "programme": version.programme, "purpose": "保费", "at": NOW}
    for at in range(51):
        Donation.objects.create(
            key=f"d{at}", paper=f"协议{at:03}号", agreed_on=TODAY, amount_fen=1, by=donor.added_by, **facts
        )
        Remittance.objects.create(key=f"r{at}", people=1, total_fen=1, **paper)
        GovernmentRequest.objects.create(key=f"g{at}", people=1, total_fen=1, **paper)
    batch, asked = (model.objects.latest("pk").pk for model in (Remittance, GovernmentRequest))
    for address, newest, oldest in (
        ("/town/donations/", "协议050号", "协议000号"),
        ("/town/treasury/remittances/", f"第 {batch} 批", f"第 {batch - 50} 批"),
        ("/town/treasury/government/", f"第 {asked} 号", f"第 {asked - 50} 号"),
    ):
        first, second = (town.get(f"{address}?page={at}").content.decode() for at in (1, 2))
        assert (newest in first, oldest in first, newest in second, oldest in second) == (True, False, False, True)
