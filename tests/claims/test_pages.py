"""The insurer's pages by real requests: what they show, what they cost, who is refused and that nothing changed."""

import uuid
from collections.abc import Callable
from datetime import date, timedelta
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from python_calamine import CalamineWorkbook
from tests import factories
from tests.claims.acts import (
    EVENT,
    handler,
    insured,
    nothing_changes,
    number_of,
    prepare,
    prepared,
    record,
    report,
    review,
    settled,
)
from tests.logins import logged_in

from ankang.accounts.models import Desk
from ankang.audit.models import AuditEntry
from ankang.claims.deciding import CHECKS
from ankang.claims.models import Claim
from ankang.installation.models import Installation

pytestmark = pytest.mark.django_db

SHELL = 4  # session, person, second factor, installation: what every desk's page asks


@pytest.fixture(autouse=True)
def day() -> None:
    Installation.objects.create(is_sample=True, demo_today=date(2024, 5, 30))


@pytest.fixture
def client() -> Client:
    return logged_in(handler())


def a_key() -> str:
    return str(uuid.uuid4())


def review_of(sequence: int) -> dict[str, Any]:
    return {"key": a_key(), "sequence": sequence, "verdict": "approved", "checks": list(CHECKS)}


def losses_form(**facts: str) -> dict[str, str]:
    """A filled-in losses form with one row of each kind left empty."""
    empty = {"stay-TOTAL_FORMS": "1", "stay-INITIAL_FORMS": "0"}
    empty |= {"disability-TOTAL_FORMS": "1", "disability-INITIAL_FORMS": "0"}
    money = {"medical_expense_fen": "5000", "reimbursed_fen": "3800.00", "fracture_expense_fen": "0"}
    return {"key": a_key()} | empty | money | facts


def test_from_the_report_to_an_approved_claim(client: Client) -> None:
    resident = insured(birth_date=date(1952, 1, 15))
    number = number_of(resident)
    found = client.post("/insurer/report/", {"number": number, "event_on": "2024-05-12"})
    assert "2024年5月12日有效" in found.text
    assert "100元/份 × 1份" in found.text
    given = {"resident": resident.pk, "event_on": "2024-05-12", "cause": "accident", "key": a_key()}
    told = {"what_happened": "在家门口滑倒", "reporter": "张明，儿子", "reporter_phone": ""}
    there = client.post("/insurer/report/", given | told)
    claim = Claim.objects.get()
    address = f"/insurer/claims/{claim.number}/"
    assert (there.status_code, there["Location"]) == (302, address)
    assert "待录损失" in client.get(address).text

    assert client.post(f"{address}losses/", losses_form()).status_code == 302
    assert "试算 1,000.00 元" in client.get(address).text
    assert client.post(f"{address}prepare/", {"key": a_key()}).status_code == 302
    second = logged_in(handler())
    assert second.post(f"{address}review/", review_of(1)).status_code == 302
    shown = second.get(address).text
    # Domain 4: aged 72, bill 5000, 3800 reimbursed pays 1000.
    assert "应赔 1,000.00 元" in shown
    assert "人民币壹仟元整" in shown
    assert "不赔：被保险人健在" in shown
    assert Claim.objects.get().payable_fen == 100_000


def test_the_claim_says_where_each_yuan_comes_from(client: Client) -> None:
    resident = insured(birth_date=date(1948, 7, 15))
    settled(resident, event_on=date(2024, 4, 18), medical_expense_fen=58_000)
    claim = prepared(
        resident,
        medical_expense_fen=592_000,
        reimbursed_fen=300_000,
        fracture_expense_fen=480_000,
        stays=((EVENT, date(2024, 5, 24)),),
        diagnosis="右股骨颈骨折",
    ).claim
    text = client.get(f"/insurer/claims/{claim.number}/").text
    # ux/screens/3-claim: 1120 + 1000 + 600 at 75, with 380 of the limit used before.
    assert "应赔 2,720.00 元" in text
    assert "事故当天 75 周岁。" in text
    assert "2024年7月15日才满76周岁" in text
    assert '限额 <span class="chip">1,500.00</span> − 已用 <span class="chip">380.00</span>' in text
    assert '#K04">口径K04</a>' in text
    assert "人民币贰仟柒佰贰拾元整" in text
    assert "不能当天付款" in text
    assert "结果一致" in text
    assert "右股骨颈骨折" in text
    assert AuditEntry.objects.filter(action="claims.looked", subject_id=str(claim.pk)).count() == 1


def test_the_first_person_is_refused_by_the_server() -> None:
    by = handler()
    first = logged_in(by)
    claim = record(report(insured(), by), by, medical_expense_fen=100_000)
    address = f"/insurer/claims/{claim.number}/"
    first.post(f"{address}prepare/", {"key": a_key()})
    before = Claim.objects.get()
    looks = AuditEntry.objects.filter(action="claims.looked").count()
    refused = first.post(f"{address}review/", review_of(1))
    assert refused.status_code == 409
    assert "初审人不能复核自己的案件，请换另一位同事复核" in refused.text
    assert (Claim.objects.get().status, Claim.objects.get().moved_at) == ("prepared", before.moved_at)
    assert AuditEntry.objects.filter(action="claims.looked").count() == looks + 1  # the page that refuses shows it


def test_nobody_agrees_to_a_decision_that_came_after_the_page() -> None:
    first, second, third = handler(), handler(), handler()
    seen = prepared(insured(), medical_expense_fen=100_000)
    claim = seen.claim
    page = logged_in(second)
    assert f'name="sequence" value="{seen.sequence}"' in page.get(f"/insurer/claims/{claim.number}/").text
    review(seen, third, verdict="returned", note="发票漏了一张")
    record(claim, first, medical_expense_fen=300_000)
    prepare(claim, first)
    refused = page.post(f"/insurer/claims/{claim.number}/review/", review_of(seen.sequence))
    assert refused.status_code == 409
    assert "已经复核过了" in refused.text
    assert (Claim.objects.get().status, Claim.objects.get().payable_fen) == ("prepared", None)


def test_the_reporters_phone_is_masked_until_it_is_asked_for(client: Client) -> None:
    claim = report(insured(), reporter_phone="13812345678")
    address = f"/insurer/claims/{claim.number}/"
    text = client.get(address).text
    assert "*******5678" in text
    assert "13812345678" not in text
    assert client.get(f"{address}phone/").status_code == 405
    assert "13812345678" in client.post(f"{address}phone/").text
    assert AuditEntry.objects.filter(action="claims.looked_at_phone", subject_id=str(claim.pk)).count() == 1


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({"verdict": "approved", "checks": ["cover", "age", "bills"]}, "还有 1 项没勾：收款人是本人或合法代领人"),
        ({"verdict": "refused", "note": " "}, "必须写复核意见"),
        ({"verdict": "maybe"}, "请选同意赔付、退回初审或拒赔"),
    ],
)
def test_a_review_that_is_not_complete(client: Client, form: dict[str, Any], says: str) -> None:
    claim = prepared(insured(), medical_expense_fen=100_000).claim
    answer = client.post(f"/insurer/claims/{claim.number}/review/", {"key": a_key(), "sequence": 1} | form)
    assert answer.status_code == 422
    assert says in answer.text
    assert Claim.objects.get().status == "prepared"


def test_nobody_passes_over_an_amount(client: Client) -> None:
    number = report(insured()).number
    paper = client.get(f"/insurer/claims/{number}/losses/").text
    assert 'name="medical_expense_fen"' in paper
    assert 'value="0.00"' not in paper
    assert "医疗费用</dt>" not in client.get(f"/insurer/claims/{number}/").text
    client.post(f"/insurer/claims/{number}/losses/", losses_form(reimbursed_fen="0"))
    assert 'value="0.00"' in client.get(f"/insurer/claims/{number}/losses/").text


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({"medical_expense_fen": "12.345"}, "最多两位小数"),
        ({"medical_expense_fen": ""}, "请填医疗费用，没有就写 0"),
        ({"medical_expense_fen": "-1"}, "金额不能是负数"),
        ({"fracture_expense_fen": "5000.01"}, "不能比医疗费用还多"),
        ({"stay-0-admitted_on": "2024-05-13", "stay-0-discharged_on": "2024-05-12"}, "第1次住院：出院早于入院"),
        ({"stay-0-admitted_on": "2024-05-13"}, "入院和出院两个日期都要填"),
        ({"died_on": "2024-05-11"}, "身故日期早于事故日期"),
        ({"died_on": "2024-05-31"}, "身故日期还没到"),
        ({"disability-0-site": "左手"}, "写了部位就要选等级"),
        ({"disability-0-grade": "9"}, "请写明部位"),
    ],
)
def test_losses_that_cannot_be_are_told_beside_the_field(client: Client, facts: dict[str, str], says: str) -> None:
    claim = report(insured())
    with nothing_changes():
        answer = client.post(f"/insurer/claims/{claim.number}/losses/", losses_form(**facts))
    assert answer.status_code == 422
    assert answer.text.count(says) >= 2, answer.text  # in the summary, and above the field or the row
    assert "有 1 处要改" in answer.text


def test_stays_and_disabilities_come_back_with_two_empty_rows(client: Client) -> None:
    claim = report(insured())
    rows = {"stay-0-admitted_on": "2024-05-12", "stay-0-discharged_on": "2024-05-15"}
    rows |= {"disability-0-grade": "9", "disability-0-site": "左腕"}
    client.post(f"/insurer/claims/{claim.number}/losses/", losses_form(**rows))
    again = client.get(f"/insurer/claims/{claim.number}/losses/").text
    assert 'name="stay-0-discharged_on" value="2024-05-15"' in again
    assert 'name="stay-TOTAL_FORMS" value="3"' in again
    assert 'name="disability-TOTAL_FORMS" value="3"' in again


@pytest.mark.parametrize(
    ("number", "says"),
    [
        ("32092219480715", "位"),
        ("329900194807150044", "校验"),
        (factories.identity_number(date(1950, 1, 1), 7), "名册里没有"),
    ],
)
def test_a_number_that_finds_nobody(client: Client, number: str, says: str) -> None:
    factories.version()
    for address, day_field in (("/insurer/report/", "event_on"), ("/insurer/cover/", "day")):
        answer = client.post(address, {"number": number, day_field: "2024-05-12"})
        assert answer.status_code == 422
        assert says in answer.text


def test_a_day_that_has_not_come_is_not_searched(client: Client) -> None:
    number = number_of(insured())
    answer = client.post("/insurer/report/", {"number": number, "event_on": "2024-05-31"})
    assert answer.status_code == 422
    assert "这一天还没到" in answer.text


def test_cover_shows_what_each_benefit_can_still_pay(client: Client) -> None:
    resident = insured(("A", 1), ("B", 1))
    settled(resident, medical_expense_fen=120_000)
    number = number_of(resident)
    text = " ".join(client.post("/insurer/cover/", {"number": number, "day": "2024-05-30"}).text.split())
    assert "50元/份 × 1份" in text
    assert '3,000.00</td><td class="n c-opt">1,000.00</td><td class="n"><b>2,000.00</b>' in text


def test_filters_narrow_the_list_and_the_export(client: Client) -> None:
    resident = insured()
    settled(resident, medical_expense_fen=100_000)
    report(resident, cause="illness")
    assert "共 2 件" in client.get("/insurer/claims/").text
    assert "共 1 件" in client.get("/insurer/claims/?status=approved").text
    assert "共 1 件" in client.get("/insurer/claims/?cause=illness&village=" + resident.village_id).text
    assert "共 0 件" in client.get("/insurer/claims/?reported_from=2024-05-30").text
    assert "共 2 件" in client.get("/insurer/claims/?reported_from=nonsense").text
    sheet = client.get("/insurer/claims/export/?status=approved")
    rows = CalamineWorkbook.from_filelike(BytesIO(sheet.content)).get_sheet_by_index(0).to_python()
    assert rows[0][:4] == ["案号", "姓名", "身份证后四位", "村居"]
    assert [row[8:10] for row in rows[1:]] == [["已同意赔付", 800.0]]
    assert "滑倒" not in str(rows)
    assert AuditEntry.objects.get(action="claims.exported").detail == {"rows": 1}


def test_the_town_sees_status_and_payable_but_no_illness() -> None:
    claim = settled(insured(), medical_expense_fen=100_000, diagnosis="右股骨颈骨折")
    text = logged_in(factories.user(Desk.TOWN)).get("/town/claims/").text
    assert claim.number in text
    assert "1 件已结案，赔付 800.00 元" in text
    assert "骨折" not in text
    assert "滑倒" not in text
    assert "/insurer/" not in text


def test_a_foreign_claim_is_not_there_and_nothing_changes() -> None:
    claim = prepared(insured(), medical_expense_fen=100_000).claim
    stranger = logged_in(handler(division=factories.town("320903103000", "邻镇")))
    address = f"/insurer/claims/{claim.number}/"
    with nothing_changes():
        for page in ("", "losses/", "print/"):
            assert stranger.get(address + page).status_code == 404
        for page in ("losses/", "prepare/", "review/", "withdraw/", "phone/"):
            assert stranger.post(address + page, {"key": a_key(), "verdict": "approved"}).status_code == 404
        resident = {"resident": claim.resident_id, "event_on": "2024-05-12", "cause": "accident", "key": a_key()}
        assert stranger.post("/insurer/report/", resident).status_code == 404
    assert "共 0 件" in stranger.get("/insurer/claims/").text


def test_the_claim_costs_the_same_however_long_the_history(
    client: Client, django_assert_num_queries: Callable[[int], Any]
) -> None:
    resident = insured(("A", 2))
    claim = prepared(resident, medical_expense_fen=100_000).claim
    client.get(f"/insurer/claims/{claim.number}/")
    # claim, the person's claims, stays, disabilities, decision, steps, open notice; the look: savepoint, row, release
    with django_assert_num_queries(SHELL + 10):
        client.get(f"/insurer/claims/{claim.number}/")
    for days in range(1, 6):
        settled(resident, event_on=EVENT - timedelta(days=days), medical_expense_fen=30_000)
    with django_assert_num_queries(SHELL + 10):
        client.get(f"/insurer/claims/{claim.number}/")


@pytest.mark.parametrize(
    ("address", "queries"),
    [("/insurer/", 13), ("/insurer/claims/", 3), ("/insurer/cover/", 0), ("/insurer/report/", 0)],
)
def test_lists_cost_the_same_however_many_claims(
    client: Client, django_assert_num_queries: Callable[[int], Any], address: str, queries: int
) -> None:
    for _ in range(3):
        report(insured())
    client.get(address)
    with django_assert_num_queries(SHELL + queries):
        client.get(address)


def test_the_actions_cost(django_assert_num_queries: Callable[[int], Any]) -> None:
    resident, first, second = insured(), handler(), handler()
    settled(resident, event_on=EVENT - timedelta(days=1), medical_expense_fen=30_000)
    claim = record(report(resident, first), first, medical_expense_fen=100_000)
    with django_assert_num_queries(15):
        decision = prepare(claim, first)
    with django_assert_num_queries(14):
        review(decision, second)
