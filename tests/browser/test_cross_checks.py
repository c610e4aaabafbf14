"""A worker looks into a finding on the telephone and the town at its desk: count, list, tick, taken back."""

from datetime import date

import pytest
from playwright.sync_api import Page, expect
from tests import factories, towns
from tests.browser.acts import assert_accessible, assert_no_sideways_scroll, log_in, shoot

from ankang.accounts.models import Desk
from ankang.installation.models import Installation
from ankang.roster.numbers import phone_index

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize(("size", "desk"), [("phone_page", Desk.VILLAGE), ("browser_page", Desk.TOWN)])
def test_a_finding_is_looked_into(request: pytest.FixtureRequest, size: str, desk: Desk) -> None:
    page: Page = request.getfixturevalue(size)
    Installation.objects.create(pk=1, is_sample=True, demo_today=date(2024, 3, 4))
    version = towns.campaign()
    index = phone_index("13812345678")
    for name in ("单秀兰", "赵玉英", "李国芳", "孙德福"):
        factories.resident(name=name, phone_index=index, phone_tail="5678", household="012")
    towns.insure(towns.dead(factories.resident(name="周已故", household="013", phone_tail="1")), version)
    log_in(page, factories.user(desk))
    page.goto(f"/{desk}/roster/")
    page.get_by_role("link", name="名册核查").click()
    assert_accessible(page)
    assert_no_sideways_scroll(page)
    if desk == Desk.TOWN:
        shoot(page, "checks", full_page=True)
    page.get_by_role("link", name="同一个手机号4人以上").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("4 人")
    assert_accessible(page)
    assert_no_sideways_scroll(page)
    for name in ("单秀兰", "赵玉英"):
        page.get_by_label(f"选{name}").check()
    page.get_by_label("怎么核实的").fill("村里帮扶干部的电话")
    if desk == Desk.VILLAGE:
        shoot(page, "check-phone", full_page=True)
    page.get_by_role("button", name="核实无误").click()
    expect(page.get_by_text("2 人已记为核实无误")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_contain_text("2 人")
    page.get_by_label("看哪些").select_option(label="已核实无误")
    page.get_by_role("button", name="筛选").click()
    expect(page.get_by_text("村里帮扶干部的电话")).to_have_count(2)
    assert_accessible(page)
    assert_no_sideways_scroll(page)
    page.get_by_label("选单秀兰").check()
    page.get_by_role("button", name="重新核实").click()
    expect(page.get_by_text("1 人重新列入要核实的名单")).to_be_visible()
    page.get_by_role("link", name="赵玉英").click()
    expect(page.get_by_text("核实无误：同一个手机号4人以上")).to_be_visible()
