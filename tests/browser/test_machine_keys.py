"""A key for the branch's own system: made, shown once, the description read, stopped, in Chromium."""

import pytest
from playwright.sync_api import Page, expect
from tests import factories
from tests.browser.acts import assert_accessible, assert_no_sideways_scroll, log_in, shoot
from tests.enrolment.acts import TODAY

from ankang.installation.models import Installation

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def fit_for_everybody(page: Page) -> None:
    assert_accessible(page)
    assert_no_sideways_scroll(page, 390)


def test_a_key_is_made_shown_once_and_stopped(browser_page: Page) -> None:
    page = browser_page
    Installation.objects.create(is_sample=True, demo_today=TODAY)
    log_in(page, factories.user("insurer", is_manager=True))
    page.goto("/insurer/accounts/")
    page.get_by_role("link", name="接口钥匙").click()
    expect(page.get_by_role("heading", name="还没有钥匙")).to_be_visible()
    fit_for_everybody(page)
    page.get_by_label("给哪个系统用").fill("分公司核心系统")
    page.get_by_label("取投保名单").check()
    page.get_by_label("交承保答复").check()
    page.get_by_role("button", name="开钥匙").press("Enter")
    expect(page.get_by_role("heading", name="“分公司核心系统”的钥匙开好了")).to_be_visible()
    assert page.get_by_label("钥匙", exact=True).input_value().startswith("ak_")
    fit_for_everybody(page)
    page.get_by_role("link", name="接口说明").click()
    expect(page.get_by_role("heading", name="逐行交承保答复")).to_be_visible()
    fit_for_everybody(page)
    page.goto("/insurer/accounts/keys/")
    shoot(page, "machine-keys")
    page.get_by_role("button", name="停用").click()
    expect(page.get_by_text("马上生效")).to_be_visible()
    expect(page.get_by_text("已停用", exact=True)).to_be_visible()
