"""The handler pair in Chromium: hold, refuse with a letter, appeal and take back, decide, pay; and the figures."""

from datetime import date

import pytest
from playwright.sync_api import Page, expect
from tests.browser.acts import assert_accessible, assert_no_sideways_scroll, log_in, shoot
from tests.claims.acts import handler, insured, prepared, record, refused, report, settled
from tests.claims.payment_acts import CARD, with_payee

from ankang.claims.models import Claim
from ankang.claims.payout_models import Payout
from ankang.installation.models import Installation

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def day() -> None:
    Installation.objects.create(is_sample=True, demo_today=date(2024, 5, 30))


def fit_for_everybody(page: Page) -> None:
    assert_accessible(page)
    assert_no_sideways_scroll(page)


def test_refused_with_a_letter_appealed_and_decided_anew(browser_page: Page) -> None:
    page = browser_page
    first, second = handler(), handler()
    claim = refused(insured(), medical_expense_fen=592_000)
    log_in(page, first)
    page.goto(f"/insurer/claims/{claim.number}/")
    page.get_by_role("link", name="时限与事项").first.click()
    fit_for_everybody(page)
    page.get_by_role("button", name="出具拒赔通知书").click()
    with page.expect_download() as letter:
        page.get_by_role("link", name="下载拒赔通知书").click()
    assert letter.value.suggested_filename.startswith("拒赔通知书-LP2024")
    page.get_by_text("登记申诉", exact=True).first.click()
    page.get_by_label("谁申诉").fill("张明，儿子")
    page.get_by_label("收到申诉的日期").fill("2024-05-30")
    page.get_by_label("申诉理由").fill("门诊病历写明是跌倒")
    page.get_by_role("button", name="登记申诉").click()
    page.get_by_label("答复").fill("病历写明跌倒，是意外")
    fit_for_everybody(page)
    shoot(page, "course")
    page.get_by_role("button", name="申诉成立，申请冲回").click()
    expect(page.get_by_text("这一份是您申请的")).to_be_visible()
    log_in(page, second)
    page.reload()
    page.get_by_role("button", name="同意冲回，重新理算").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("限额已退回")).to_be_visible()
    page.get_by_text("暂缓", exact=True).first.click()
    page.get_by_label("暂缓原因").fill("等医院盖章")
    page.get_by_label("暂缓到哪一天").fill("2024-06-05")
    page.get_by_role("button", name="暂缓办理").click()
    expect(page.get_by_text("暂缓中")).to_be_visible()
    fit_for_everybody(page)
    assert (Claim.objects.get().round, Claim.objects.get().held_until) == (2, date(2024, 6, 5))


def test_paid_by_two_people_and_come_back_once(browser_page: Page) -> None:
    page = browser_page
    claim = settled(insured(), medical_expense_fen=592_000)
    first, second = handler(), handler()
    log_in(page, first)
    page.goto(f"/insurer/claims/{claim.number}/payment/")
    page.get_by_label("姓名").first.fill("王秀兰")
    page.get_by_label("与老人关系").first.select_option("insured")
    page.get_by_label("开户行").first.fill("农业银行学富支行")
    page.get_by_label("银行卡号").first.fill(CARD[:-1] + "9")
    fit_for_everybody(page)
    page.get_by_role("button", name="保存收款人").click()
    expect(page.get_by_text("有一位抄错了").first).to_be_visible()
    page.get_by_label("银行卡号").first.fill(CARD)
    page.get_by_role("button", name="保存收款人").click()
    page.get_by_role("button", name="申请付款，交另一位放款").click()
    expect(page.get_by_text("待放款")).to_be_visible()
    log_in(page, second)
    page.goto("/insurer/payments/")
    page.get_by_label("选 ").check()
    fit_for_everybody(page)
    page.get_by_role("button", name="放款：选中的付款").click()
    page.goto(f"/insurer/claims/{claim.number}/payment/")
    page.get_by_text("退回来了").click()
    page.get_by_label("退回原因").fill("户名不符")
    fit_for_everybody(page)
    page.get_by_role("button", name="记为退回").click()
    expect(page.get_by_role("button", name="更正后重付")).to_be_visible()
    fit_for_everybody(page)
    shoot(page, "payment")
    assert Payout.objects.get().state == "failed"


def test_the_other_pages_are_accessible_and_fit(browser_page: Page) -> None:
    claims = [with_payee(settled(insured(), medical_expense_fen=592_000)) for _ in range(2)]
    prepared(insured(), medical_expense_fen=100_000)
    record(report(insured()), medical_expense_fen=200_000)
    log_in(browser_page, handler(is_manager=True))
    for address in ("", "reviews/", "authority/", "signals/", "paper-list/", f"claims/{claims[0].number}/course/"):
        browser_page.goto(f"/insurer/{address}")
        fit_for_everybody(browser_page)
