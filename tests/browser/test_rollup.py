"""A city takes the bundles of its districts in, and sees the sum and who is silent."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from tests import factories
from tests.browser.acts import assert_accessible, assert_no_sideways_scroll, log_in, shoot
from tests.rollup.acts import NOW, Below

from ankang.accounts.models import Desk
from ankang.divisions.models import Division
from ankang.installation.models import Installation
from ankang.rollup.actions import import_bundle

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_bundles_come_in_and_add_up(browser_page: Page) -> None:
    page = browser_page
    Installation.objects.create(pk=1, is_sample=True, demo_today=NOW.date() + timedelta(days=1))
    below = [Below(f"32090{at}000000", f"示例{at}区") for at in (2, 3, 4)]
    for one in below:
        one.register()
    import_bundle(by=None, file=below[0].bundle(as_of=NOW - timedelta(days=3)), now=NOW)
    log_in(page, factories.user(Desk.DISTRICT, Division.objects.get(pk="320900000000")))
    page.goto("/district/rollup/")
    expect(page.get_by_role("heading", level=1)).to_have_text("3 个下级，2 个没报")
    file = {"name": "示例3区.json", "mimeType": "application/json", "buffer": below[1].bundle()}
    page.get_by_label("汇总包").set_input_files(file)
    page.get_by_role("button", name="验签名并收下").click()
    expect(page.get_by_text("收下了示例3区第1号汇总包。")).to_be_visible()
    page.get_by_label("汇总包").set_input_files(file)
    page.get_by_role("button", name="验签名并收下").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("已经收过，没有再加").first).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text("3 个下级，1 个没报")
    expect(page.get_by_text("示例2区：报晚了")).to_be_visible()
    assert_accessible(page)
    page.goto("/district/rollup/")
    assert_accessible(page)
    assert_no_sideways_scroll(page)
    shoot(page, "rollup", full_page=True)
