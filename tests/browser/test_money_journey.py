"""A household's premium from the door to the printed certificate, through every desk that touches it, in Chromium."""

import pytest
from playwright.sync_api import Page, expect
from tests import factories
from tests.browser.acts import assert_accessible, assert_no_sideways_scroll, log_in
from tests.enrolment.acts import TODAY
from tests.policies.acts import POLICY, insurer
from tests.treasury.acts import insured, person

from ankang.accounts.models import User
from ankang.installation.models import Installation
from ankang.money.models import Handover, Receipt
from ankang.policies.models import ApplicationBatch

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def fit_for_everybody(page: Page) -> None:
    assert_accessible(page)
    assert_no_sideways_scroll(page, 390)


def household() -> None:
    version = factories.version()
    for name in ("王秀兰", "李长寿"):
        insured(version, person(name=name, household="0101"))


def collect_hand_over_and_close(page: Page) -> None:
    page.goto("/village/collect/")
    fit_for_everybody(page)
    page.get_by_role("link", name="王秀兰、李长寿").click()
    fit_for_everybody(page)
    expect(page.get_by_role("button", name="扫码付款")).to_have_count(0)
    page.get_by_role("button", name="确认收款 100.00 元").press("Enter")
    expect(page.get_by_role("heading", name="收到 100.00 元")).to_be_visible()
    expect(page.get_by_text("现金还在村里，等交款")).to_be_visible()
    fit_for_everybody(page)
    page.goto("/village/handovers/")
    fit_for_everybody(page)
    page.get_by_label("实际点到的现金").fill("100")
    page.get_by_role("button", name="交给镇里").click()
    expect(page.get_by_text("有一张交款单在等镇里点收")).to_be_visible()
    page.goto("/village/takings/")
    fit_for_everybody(page)
    page.get_by_role("button", name="日结 2024年3月4日").click()
    expect(page.get_by_text("已日结")).to_be_visible()


def remit(page: Page, first: User, second: User) -> None:
    log_in(page, first)
    page.goto(f"/town/handovers/{Handover.objects.get().pk}/")
    page.get_by_label("点收的现金").fill("100")
    page.get_by_role("button", name="点收无误").click()
    page.goto("/town/treasury/")
    page.get_by_label("镇里的现金存入专户").check()
    page.get_by_label("金额（元）").fill("100")
    page.get_by_label("银行流水号").fill("CK20240304001")
    page.get_by_role("button", name="记入专户").click()
    expect(page.get_by_text("已记入专户。")).to_be_visible()
    page.goto("/town/treasury/remittances/new/")
    page.get_by_role("button", name="提交 100.00 元，请同事复核").click()
    log_in(page, second)
    page.reload()
    page.get_by_role("button", name="同意汇缴").click()
    page.get_by_label("银行流水号").fill("HK20240304001")
    page.get_by_role("button", name="记已汇出").click()
    expect(page.get_by_role("heading", name="100.00 元已汇给保险公司")).to_be_visible()


def insure(page: Page, first: User, second: User) -> None:
    log_in(page, first)
    page.goto("/town/applications/new/")
    page.get_by_role("button", name="定下 2 人的名单").click()
    expect(page.get_by_text("这一批是您编的")).to_be_visible()
    log_in(page, second)
    page.reload()
    page.get_by_role("button", name="发给中国人寿，2 行").click()
    expect(page.get_by_role("heading", name="2 行等中国人寿答复")).to_be_visible()
    log_in(page, insurer())
    page.goto(f"/insurer/applications/{ApplicationBatch.objects.get().pk}/")
    page.get_by_label("01村的团体保单号").fill(POLICY)
    page.get_by_role("button", name="承保填了保单号的村居").click()
    expect(page.get_by_role("heading", name="承保 2 行，没有承保 0 行")).to_be_visible()
    fit_for_everybody(page)


def print_and_hand_out(page: Page) -> None:
    page.goto("/village/certificates/")
    expect(page.get_by_role("heading", name="2 张凭证，0 张已发放")).to_be_visible()
    fit_for_everybody(page)
    with page.expect_download() as paper:
        page.get_by_role("button", name="打印没打过的").click()
    assert paper.value.path().read_bytes().startswith(b"%PDF-")
    page.reload()
    page.get_by_label("王秀兰已拿到凭证").check()
    page.get_by_role("button", name="登记勾选的人已拿到凭证").click()
    expect(page.get_by_role("heading", name="2 张凭证，1 张已发放")).to_be_visible()


def test_from_the_door_to_the_certificate(browser_page: Page) -> None:
    page = browser_page
    Installation.objects.create(is_sample=True, demo_today=TODAY)
    household()
    worker = factories.user("village")
    first, second = factories.user("town"), factories.user("town")
    log_in(page, worker)
    collect_hand_over_and_close(page)
    remit(page, first, second)
    insure(page, first, second)
    log_in(page, worker)
    print_and_hand_out(page)
    log_in(page, second)
    page.goto(f"/town/money/?number={Receipt.objects.get().number}")
    for step in ("收款", "开收据", "交到镇里", "镇里点收"):
        expect(page.locator(".way .done", has_text=step).first).to_be_visible()
    expect(page.locator(".way")).to_contain_text("汇")
    fit_for_everybody(page)
