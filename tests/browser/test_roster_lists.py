"""A list of deaths: looked at, confirmed, taken back."""

from datetime import date

import pytest
from playwright.sync_api import Page, expect
from tests import factories
from tests.browser.acts import assert_accessible, assert_no_sideways_scroll, log_in, shoot
from tests.roster import files
from tests.roster.files import number

from ankang.accounts.models import Desk
from ankang.installation.models import Installation
from ankang.roster.models import Resident

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_deaths_are_looked_at_confirmed_and_taken_back(browser_page: Page) -> None:
    page, resident = browser_page, factories.resident(name="单秀兰", number=number(2))
    Installation.objects.create(pk=1, is_sample=True, demo_today=date(2024, 3, 4))
    log_in(page, factories.user(Desk.TOWN))
    rows = [["单秀兰", number(2), "2024-03-03"], ["赵玉", number(4), "2024-03-02"]]
    content = files.xlsx(*rows, header=("姓名", "身份证号", "死亡日期"))
    page.goto("/town/import/")
    page.get_by_label("名册文件").set_input_files(
        {"name": "死亡.xlsx", "mimeType": "application/octet-stream", "buffer": content}
    )
    page.get_by_role("button", name="检查，看结果").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("还没有写入，请先核对")
    expect(page.get_by_text("认作死亡名单")).to_be_visible()
    assert_accessible(page)
    assert_no_sideways_scroll(page)
    shoot(page, "import-waiting")
    assert Resident.objects.get().status == "living"
    page.get_by_role("button", name="确认写入").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("死亡名单已导入：登记 1 人，1 行要改")
    assert_accessible(page)
    assert Resident.objects.get().died_on == date(2024, 3, 3)
    page.goto(f"/town/roster/{resident.pk}/")
    expect(page.get_by_text("导入死亡名单：按名单改状态")).to_be_visible()
    page.go_back()
    page.get_by_text("导错了，撤回这次导入").click()
    page.get_by_role("button", name="撤回这次导入").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("这次导入已经撤回")
    assert_accessible(page)
    assert_no_sideways_scroll(page)
    assert Resident.objects.get().status == "living"
