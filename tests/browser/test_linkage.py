"""A list without identity numbers: imported, compared with the roster, each row decided by a person."""

from datetime import date

import pytest
from playwright.sync_api import Page, expect
from tests import factories
from tests.browser.acts import assert_accessible, assert_no_sideways_scroll, log_in, shoot
from tests.roster import files

from ankang.accounts.models import Desk
from ankang.installation.models import Installation
from ankang.roster.models import GroupMembership

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_list_without_numbers_finds_its_people(browser_page: Page) -> None:
    page, born = browser_page, date(1950, 5, 6)
    Installation.objects.create(pk=1, is_sample=True, demo_today=date(2024, 3, 4))
    meant = factories.resident(name="单秀兰", birth_date=born)
    factories.resident(factories.village(2), name="单秀兰", birth_date=date(1950, 5, 16))
    log_in(page, factories.user(Desk.TOWN))
    rows = [["单秀兰", "1950-05-06", "01村"], ["赵玉英", "1939-09-09", "02村"]]
    content = files.xlsx(*rows, header=("姓名", "出生日期", "村居"))
    page.goto("/town/import/")
    page.get_by_label("名册文件").set_input_files(
        {"name": "低保名单.xlsx", "mimeType": "application/octet-stream", "buffer": content}
    )
    page.get_by_role("button", name="检查，看结果").click()
    page.get_by_role("button", name="记下这次核对").click()
    page.get_by_role("button", name="按姓名和出生日期找人").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("2 行没有可用的身份证号，请认定是谁")
    expect(page.get_by_role("cell", name="姓名相同、出生日期相同、同村").last).to_be_visible()
    assert_accessible(page)
    assert_no_sideways_scroll(page)
    shoot(page, "import-links")
    chosen = page.get_by_role("button", name=f"就是这位：01村单秀兰，尾号 {meant.number_tail}")
    chosen.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("已认定，并按名单登记")).to_be_visible()
    assert GroupMembership.objects.get().resident == meant
    page.get_by_role("button", name="赵玉英：都不是").click()
    expect(page.get_by_text("没有待比对的行")).to_be_visible()
    page.get_by_role("link", name="都不是").click()
    expect(page.get_by_role("button", name="赵玉英：重新比对")).to_be_visible()
    assert_accessible(page)
