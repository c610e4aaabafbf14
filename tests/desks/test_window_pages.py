"""The medical window's pages, and the insurer's page of what windows paid."""

from collections.abc import Callable
from datetime import date
from io import BytesIO

import pytest
from django.test import Client
from python_calamine import CalamineWorkbook
from tests.claims.acts import EVENT, handler, insured, key, number_of, review
from tests.claims.green_acts import confirmed_version, settle, window

from ankang.accounts.models import User
from ankang.claims.green_models import Advance, AdvanceDay
from ankang.claims.models import Claim
from ankang.claims.payout_models import Payee
from ankang.installation.models import Installation

pytestmark = pytest.mark.django_db
ClientOf = Callable[[User], Client]


@pytest.fixture(autouse=True)
def day() -> None:
    Installation.objects.create(is_sample=True, demo_today=date(2024, 5, 29))


def bill(resident: object, **facts: str) -> dict[str, str]:
    given = {
        "key": "0b9ef7f0-7f0e-4d7c-9a56-111111111111",
        "resident": str(resident.pk),  # type: ignore[attr-defined]
        "event_on": str(EVENT),
        "what_happened": "在家门口滑倒",
        "bill-TOTAL_FORMS": "1",
        "bill-INITIAL_FORMS": "0",
        "bill-0-number": "00012345",
        "bill-0-dated_on": str(EVENT),
        "bill-0-amount_fen": "5000",
        "reimbursed_fen": "3800",
        "fracture_fen": "0",
        "admitted_on": "",
        "discharged_on": "",
        "reporter": "张明，儿子",
    }
    return given | facts


def test_the_number_is_posted_and_shows_what_can_be_paid(client_of: ClientOf) -> None:
    resident = insured(birth_date=date(1951, 6, 1))
    desk = client_of(window())
    page = desk.post("/window/", {"number": number_of(resident), "event_on": "2024-05-12"}).content.decode()
    assert "2024年5月12日有效" in page
    assert "1,500.00" in page
    answer = desk.post("/window/", {"number": number_of(resident), "event_on": "2024-06-12"})
    assert (answer.status_code, "这一天还没到" in answer.content.decode()) == (422, True)


def test_a_settlement_agreed_paid_and_paid_back(client_of: ClientOf, django_assert_num_queries: Callable) -> None:
    confirmed_version()
    by, second = window(), handler()
    desk, insurer = client_of(by), client_of(second)
    resident = insured(birth_date=date(1951, 6, 1))
    found = desk.post("/window/", {"number": number_of(resident), "event_on": str(EVENT)}).content.decode()
    assert "算出应赔" in found
    wrong = desk.post("/window/", bill(resident, admitted_on="2024-05-12"))
    assert (wrong.status_code, Claim.objects.count()) == (422, 0)
    assert "入院和出院两个日期都要填" in wrong.content.decode()
    assert desk.post("/window/", bill(resident)).status_code == 302
    claim = Claim.objects.get()
    address = f"/window/claims/{claim.number}/"
    page = desk.get(address).content.decode()
    assert "应赔 1,000.00 元" in page
    assert "等中国人寿复核" in page
    review(claim.decisions.get(), second)
    with django_assert_num_queries(10):
        page = desk.get(address).content.decode()
    assert "付现金 1,000.00 元" in page
    form = {"key": key(), "name": "王秀兰", "relation": "insured"}
    refused = desk.post(f"{address}pay/", form)
    assert (refused.status_code, Advance.objects.count()) == (422, 0)
    assert "收款人在领款单上签字" in refused.content.decode() or "请先核对身份证" in refused.content.decode()
    assert desk.post(f"{address}pay/", form | {"signed": "on"}).status_code == 302
    assert "付清了" in desk.get(address).content.decode()
    assert desk.get(f"{address}stub/").content.startswith(b"%PDF")
    assert "垫付 1 笔，1,000.00 元" in desk.get("/window/day/").content.decode()
    count = {"key": key(), "added_fen": "1000", "counted_fen": "0.5"}
    wrong = desk.post("/window/day/close/", count)
    assert (wrong.status_code, AdvanceDay.objects.exists()) == (422, False)
    assert "应有 0.00 元" in wrong.content.decode()
    assert desk.post("/window/day/close/", count | {"note": "多找了五角"}).status_code == 302
    made = AdvanceDay.objects.get()
    sheet = CalamineWorkbook.from_filelike(BytesIO(desk.get(f"/window/day/{made.pk}.xlsx").content))
    rows = sheet.get_sheet_by_index(0).to_python()
    assert rows[2][3:] == [resident.name, "王秀兰", 1000.0]
    assert rows[3] == ["合计", "", "", "", "1 笔", 1000.0]
    assert desk.get(f"/window/day/{made.pk}.pdf").content.startswith(b"%PDF")
    waits = insurer.get("/insurer/advances/").content.decode()
    assert ("1 张日结单等归还，共 1,000.00 元" in waits, "多找了五角" in waits) == (True, True)
    assert insurer.post(f"/insurer/advances/{made.pk}/back/", {"reference": ""}).status_code == 422
    assert insurer.post(f"/insurer/advances/{made.pk}/back/", {"reference": "HD1"}).status_code == 302
    again = insurer.post(f"/insurer/advances/{made.pk}/back/", {"reference": "HD2"})
    assert again.status_code == 409
    with django_assert_num_queries(10):
        assert "已归还" in desk.get("/window/day/").content.decode()


def test_while_a_reading_is_assumed_the_page_says_so_and_takes_a_card(client_of: ClientOf) -> None:
    by = window()
    claim = settle(insured(birth_date=date(1951, 6, 1)), by).claim
    desk, address = client_of(by), f"/window/claims/{claim.number}/"
    review(claim.decisions.get(), handler())
    page = desk.get(address).content.decode()
    assert "窗口今天不能当场付款" in page
    assert "付现金" not in page
    card = {"key": key(), "name": "王秀兰", "relation": "insured", "bank": "农业银行", "account": "6222020000000000017"}
    wrong = desk.post(f"{address}card/", card)
    assert (wrong.status_code, Payee.objects.count()) == (422, 0)
    assert "有一位抄错了" in wrong.content.decode()
    assert desk.post(f"{address}card/", card | {"account": "6222020000000000018"}).status_code == 302
    assert "尾号" in desk.get(address).content.decode()
    assert (
        desk.post(f"{address}pay/", {"key": key(), "name": "王", "relation": "insured", "signed": "on"}).status_code
        == 409
    )


def test_another_windows_claim_and_an_insurers_are_not_to_be_seen(client_of: ClientOf) -> None:
    resident = insured(birth_date=date(1951, 6, 1))
    claim = settle(resident, window()).claim
    Claim.objects.update(reported_by=handler())
    assert client_of(window()).get(f"/window/claims/{claim.number}/").status_code == 404


def test_several_invoices_are_one_accident_and_a_row_more_is_a_press_away(client_of: ClientOf) -> None:
    confirmed_version()
    desk, resident = client_of(window()), insured(birth_date=date(1951, 6, 1))
    more = desk.post("/window/", bill(resident, more="1", **{"bill-0-amount_fen": "五千"}))
    page = more.content.decode()
    assert (more.status_code, Claim.objects.count()) == (200, 0)
    assert ("第2张票据" in page, "五千" in page, "处要改" in page) == (True, True, False)
    second = {"bill-TOTAL_FORMS": "2", "bill-1-number": "00012345", "bill-1-dated_on": str(EVENT)}
    twice = desk.post("/window/", bill(resident, **second | {"bill-1-amount_fen": "300"}))
    assert (twice.status_code, Claim.objects.count()) == (422, 0)
    assert "写了两次" in twice.content.decode()
    both = second | {"bill-1-number": "00012346", "bill-1-amount_fen": "300", "doctor": "镇卫生院，张医生"}
    assert desk.post("/window/", bill(resident, **both)).status_code == 302
    claim = Claim.objects.get()
    assert (claim.medical_expense_fen, claim.decisions.get().total_fen) == (530_000, 130_000)
    assert [row.amount_fen for row in claim.invoices.order_by("number")] == [500_000, 30_000]
    assert claim.doctor.reveal() == "镇卫生院，张医生"


def test_the_same_invoice_names_the_other_claim_beside_its_field(client_of: ClientOf) -> None:
    by = window()
    claim = settle(insured(birth_date=date(1951, 6, 1)), by).claim
    answer = client_of(by).post("/window/", bill(insured(birth_date=date(1951, 6, 1))))
    assert answer.status_code == 409
    assert f"已经用在赔案 {claim.number} 上" in answer.content.decode()
    assert Claim.objects.count() == 1
