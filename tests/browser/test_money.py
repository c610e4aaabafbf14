"""Collect from a household, hand the cash over, close the day, verify the receipt: in Chromium, by role and label."""

from datetime import date

import pytest
from playwright.sync_api import Page, expect
from tests import factories
from tests.browser.acts import assert_accessible, assert_no_sideways_scroll, log_in, shoot
from tests.money.acts import owing

from ankang.installation.models import Installation
from ankang.money.models import Receipt

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def fit_for_everybody(page: Page, name: str = "") -> None:
    assert_accessible(page)
    assert_no_sideways_scroll(page)
    if name:
        shoot(page, name)


@pytest.mark.parametrize("width", ["browser_page", "phone_page"])
def test_from_a_door_to_the_town(request: pytest.FixtureRequest, width: str) -> None:
    page: Page = request.getfixturevalue(width)
    phone = width == "phone_page"
    Installation.objects.create(is_sample=True, demo_today=date(2024, 3, 4))
    version = factories.version()
    worker, town = factories.user("village"), factories.user("town")
    for one, name in zip(owing(worker, version, 2), ("王秀兰", "李长寿"), strict=True):
        resident = one.participation.resident
        resident.household, resident.name = "0101", name
        resident.save(update_fields=["household", "name"])
    log_in(page, worker)
    page.goto("/village/collect/")
    expect(page.get_by_role("heading", name="1 户要收 100.00 元")).to_be_visible()
    fit_for_everybody(page)
    page.get_by_role("link", name="王秀兰").click()
    fit_for_everybody(page, "collect-household-phone" if phone else "")
    page.get_by_label("付款人").fill("")
    page.get_by_role("button", name="确认收款 100.00 元").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("请写付款人的名字")
    fit_for_everybody(page)
    page.get_by_label("付款人").fill("王秀兰")
    page.get_by_role("button", name="确认收款 100.00 元").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="收到 100.00 元")).to_be_visible()
    fit_for_everybody(page, "receipt-phone" if phone else "")
    with page.expect_download() as got:
        page.get_by_role("button", name="打印收据").click()
    receipt = Receipt.objects.get()
    assert got.value.suggested_filename == f"{receipt.number}.pdf"
    _hand_over(page, phone)
    log_in(page, town)
    _town_counts(page, phone, receipt.number)
    page.goto("/receipt/")
    page.get_by_role("textbox", name="收据号").fill(receipt.number)
    page.get_by_role("textbox", name="校验码").fill(receipt.check_code)
    page.get_by_role("button", name="查一查").click()
    expect(page.get_by_text("这张收据是真的", exact=True)).to_be_visible()
    fit_for_everybody(page)


def _hand_over(page: Page, phone: bool) -> None:
    page.goto("/village/handovers/")
    page.get_by_label("实际点到的现金（元）").fill("99")
    page.get_by_role("button", name="交给镇里").click()
    expect(page.get_by_role("alert")).to_contain_text("不写不能交")
    fit_for_everybody(page)
    page.get_by_label("实际点到的现金（元）").fill("100")
    page.get_by_role("button", name="交给镇里").click()
    expect(page.get_by_text("等镇里点收").first).to_be_visible()
    fit_for_everybody(page)
    page.goto("/village/takings/")
    fit_for_everybody(page)
    page.get_by_role("button", name="日结 2024年3月4日").click()
    expect(page.get_by_text("3月4日已经日结")).to_be_visible()
    fit_for_everybody(page)


def _town_counts(page: Page, phone: bool, number: str) -> None:
    page.goto("/town/money/")
    fit_for_everybody(page)
    page.get_by_role("link", name="01村 第").click()
    page.get_by_label("点收的现金（元）").fill("100")
    fit_for_everybody(page, "" if phone else "handover-town")
    page.get_by_role("button", name="点收无误").click()
    expect(page.get_by_text("号交款单已点收")).to_be_visible()
    page.get_by_role("textbox", name="收据号").fill(number)
    page.get_by_role("button", name="查这笔钱").click()
    expect(page.get_by_text("等镇里成批汇给保险公司")).to_be_visible()
    fit_for_everybody(page, "" if phone else "where-is-it")
