"""The pages of holds, letters, appeals, payments, batches and reviews, by real requests."""

from collections.abc import Callable
from datetime import date
from io import BytesIO
from typing import Any

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from python_calamine import CalamineWorkbook
from tests.claims.acts import handler, insured, prepared, record, refused, report, settled
from tests.claims.payment_acts import CARD, entry, with_payee
from tests.claims.test_pages import SHELL, a_key
from tests.logins import logged_in
from tests.papers.reading import pdf_words

from ankang.claims.deciding import CHECKS
from ankang.claims.models import Claim
from ankang.claims.payout_models import PaymentBatch, Payout
from ankang.claims.review_models import QualityReview, ReviewRules
from ankang.installation.models import Installation

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def day() -> None:
    Installation.objects.create(is_sample=True, demo_today=date(2024, 5, 30))


@pytest.fixture
def client() -> Client:
    return logged_in(handler())


def act(client: Client, claim: Claim, what: str, **given: Any) -> Any:
    return client.post(f"/insurer/claims/{claim.number}/course/{what}/", {"key": a_key()} | given, follow=True)


def test_hold_and_lift(client: Client) -> None:
    claim = record(report(insured()), medical_expense_fen=100_000)
    assert "一次最多 30 天" not in client.get(f"/insurer/claims/{claim.number}/course/").text
    far = act(client, claim, "hold", reason="等认定", until="2024-07-30")
    assert (far.status_code, "一次最多暂缓 30 天" in far.text) == (422, True)
    assert "暂缓中" in act(client, claim, "hold", reason="等交警认定", until="2024-06-05").text
    assert "暂缓到2024年6月5日" in client.get(f"/insurer/claims/{claim.number}/").text
    assert "已恢复办理" in act(client, claim, "lift", note="认定书已到").text
    assert act(client, claim, "dance").status_code == 404


def test_the_certain_part_by_two_people(client: Client) -> None:
    claim = record(report(insured()), medical_expense_fen=100_000)
    over = act(client, claim, "certain", note="医疗费核清", **{"A-medical": "800.01"})
    assert (over.status_code, "最多 800.00 元" in over.text) == (422, True)
    assert "请另一位同事复核" in act(client, claim, "certain", note="医疗费核清", **{"A-medical": "500"}).text
    assert "这一份是您登记的" in client.get(f"/insurer/claims/{claim.number}/course/").text
    second = logged_in(handler())
    given = {"sequence": 1, "verdict": "approved", "checks": list(CHECKS)}
    assert "已同意先行赔付" in act(second, claim, "certain-review", **given).text
    assert Claim.objects.get().partial_fen == 50_000


def test_refused_with_a_letter_appealed_and_taken_back(client: Client) -> None:
    claim = refused(insured(), medical_expense_fen=100_000)
    assert "三天内出具" in client.get(f"/insurer/claims/{claim.number}/").text
    assert client.get(f"/insurer/claims/{claim.number}/letter/").status_code == 404
    assert "拒赔通知书" in act(client, claim, "letter").text
    letter = client.get(f"/insurer/claims/{claim.number}/letter/")
    assert letter["Content-Type"] == "application/pdf"
    assert "不是意外" in pdf_words(letter.content)
    told = {"who": "张明，儿子", "appealed_on": "2024-05-30", "reasons": "是摔的"}
    assert "申诉已登记" in act(client, claim, "appeal", **told).text
    assert "等答复的申诉" in client.get("/insurer/reviews/").text
    assert "申诉成立" in act(client, claim, "answer", answer="病历写明跌倒", verdict="upheld").text
    other = logged_in(handler())
    assert "限额已退回" in act(other, claim, "reversal-review", sequence=2, verdict="approved").text
    assert "初审：应赔 800.00 元" in other.get(f"/insurer/claims/{claim.number}/").text


def test_the_page_of_the_course_costs_the_same(client: Client, django_assert_num_queries: Callable[[int], Any]) -> None:
    claim = prepared(insured(), medical_expense_fen=100_000).claim
    address = f"/insurer/claims/{claim.number}/course/"
    client.get(address)
    # the case file 6, pending, appeals, clocks 3, holds, letter, decisions, overtaken, signals 6, corrections
    with django_assert_num_queries(SHELL + 24):
        client.get(address)


def test_from_the_payee_to_the_result_of_the_bank(client: Client) -> None:
    claim = settled(insured(), medical_expense_fen=100_000)
    address = f"/insurer/claims/{claim.number}/payment/"
    rows = {"payee-TOTAL_FORMS": "1", "payee-INITIAL_FORMS": "0"}
    rows |= {"payee-0-name": "王秀兰", "payee-0-relation": "insured", "payee-0-means": "bank", "payee-0-share": "1"}
    wrong = client.post(
        f"{address}payees/", rows | {"key": a_key(), "payee-0-bank": "农行", "payee-0-account": "62220"}
    )
    assert (wrong.status_code, "现在是 5 位" in wrong.text) == (422, True)
    good = {"key": a_key(), "payee-0-bank": "农业银行", "payee-0-account": CARD}
    assert client.post(f"{address}payees/", rows | good).status_code == 302
    assert CARD not in client.get(address).text
    assert CARD in client.post(f"{address}account/", {"payee": claim.payees.get().pk}).text
    assert client.post(f"{address}order/", {"key": a_key()}).status_code == 302
    payout = Payout.objects.get()
    assert "您申请的" in client.get("/insurer/payments/").text
    assert "等放款 1 笔" in client.get("/insurer/").text
    refused_ = client.post("/insurer/payments/release/", {"key": a_key(), "payout": payout.pk})
    assert (refused_.status_code, "放款要换另一位同事" in refused_.text) == (409, True)
    second = logged_in(handler())
    assert "请先勾选" in second.post("/insurer/payments/release/", {"key": a_key()}).text
    second.post("/insurer/payments/release/", {"key": a_key(), "payout": payout.pk})
    empty = second.post(f"{address}failed/", {"key": a_key(), "payout": payout.pk, "on": "2024-05-30", "reason": ""})
    open_, field = '<details class="alt mt-2" open><summary>退回来了', f'id="id_reason_failed_{payout.pk}"'
    assert (empty.status_code, open_ in empty.text, field in empty.text) == (422, True, True)
    second.post("/insurer/payments/batch/", {"key": a_key()})
    batch = PaymentBatch.objects.get()
    page = f"/insurer/payments/batches/{batch.pk}/"
    cells = (
        CalamineWorkbook.from_filelike(BytesIO(second.get(f"{page}file/").content)).get_sheet_by_index(0).to_python()
    )
    assert cells[1] == [payout.number, "王秀兰", "农业银行", CARD, 800.0, f"安康理赔{claim.number}"]
    assert "缺少这些列" in second.post(f"{page}result/", {"file": result_file(["凭证号"], [])}).text
    head = ["凭证号", "金额（元）", "结果（成功/失败）", "日期", "回单号", "失败原因"]
    bad = result_file(head, [[payout.number, 800, "不知道", "2024-05-30", "HD1", ""]])
    assert "结果写“成功”或“失败”" in second.post(f"{page}result/", {"file": bad}).text
    assert Payout.objects.get().state == "released"
    done = result_file(head, [[payout.number, 800, "成功", "2024-05-30", "HD1", ""]])
    assert second.post(f"{page}result/", {"file": done}).status_code == 302
    assert "800.00 元已付清" in second.get(address).text
    words = pdf_words(second.get(f"{address}vouchers/{payout.pk}/").content)
    assert "人民币捌佰元整" in words
    sheet = CalamineWorkbook.from_filelike(BytesIO(second.get("/insurer/payments/export/").content))
    assert CARD not in str(sheet.get_sheet_by_index(0).to_python())


def result_file(head: list[str], rows: list[list[Any]]) -> SimpleUploadedFile:
    out = BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for place, row in enumerate([head, *rows]):
            sheet.write_row(place, 0, row)
    return SimpleUploadedFile("result.xlsx", out.getvalue())


def test_same_day_payment_is_not_offered(client: Client) -> None:
    Installation.objects.update(demo_today=date(2024, 5, 29))
    claim = with_payee(settled(insured(), medical_expense_fen=100_000))
    text = client.get(f"/insurer/claims/{claim.number}/payment/").text
    assert "结案当天不能付款" in text
    assert "申请付款，交另一位放款" not in text


def test_ceilings_make_a_third_person_and_draw_for_quality() -> None:
    manager = handler(is_manager=True)
    boss = logged_in(manager)
    one, two = handler(), handler()
    given = {"handler_fen": "500", "manager_fen": "", "two_above_fen": "700", "sample_percent": "100"}
    assert boss.post("/insurer/authority/", {"key": a_key(), f"person-{one.pk}": ""} | given).status_code == 302
    assert ReviewRules.objects.get().handler_fen == 50_000
    claim = prepared(insured(), medical_expense_fen=100_000).claim  # 800
    review = {"sequence": 1, "verdict": "approved", "checks": list(CHECKS)}
    address = f"/insurer/claims/{claim.number}/review/"
    assert "一级复核已同意" in logged_in(one).post(address, review | {"key": a_key()}, follow=True).text
    assert "已有一级复核" not in logged_in(one).get(f"/insurer/claims/{claim.number}/").text
    for person, says in ((one, "二级复核要换另一位"), (two, "超过您的审批权限 500.00 元")):
        answer = logged_in(person).post(address, review | {"key": a_key()})
        assert (answer.status_code, says in answer.text) == (409, True)
    assert Claim.objects.get().status == "prepared"
    assert boss.post(address, review | {"key": a_key()}).status_code == 302
    assert Claim.objects.get().payable_fen == 80_000
    drawn = QualityReview.objects.get()
    page = f"/insurer/reviews/quality/{drawn.pk}/"
    assert boss.post(page, {"finding": "right"}).status_code == 409
    assert logged_in(two).post(page, {"finding": "amount"}).status_code == 422
    assert logged_in(two).post(page, {"finding": "right"}).status_code == 302
    assert QualityReview.objects.get().looked_by == two


def test_strangers_find_nothing() -> None:
    from tests.factories import town

    claim = with_payee(settled(insured(), medical_expense_fen=100_000), entry())
    stranger = logged_in(handler(division=town("320903103000", "邻镇")))
    base = f"/insurer/claims/{claim.number}/"
    for page in ("course/", "payment/", "letter/"):
        assert stranger.get(base + page).status_code == 404
    for page in ("course/hold/", "payment/order/", "payment/payees/", "payment/paid/"):
        assert stranger.post(base + page, {"key": a_key()}).status_code == 404
    assert claim.number not in stranger.get("/insurer/payments/").text
