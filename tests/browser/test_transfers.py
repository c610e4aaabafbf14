"""A village meets a number that another one holds, asks for the resident; the other village lets them go."""

from datetime import date

import pytest
from playwright.sync_api import Page, expect
from tests import factories
from tests.browser.acts import assert_accessible, assert_no_sideways_scroll, log_in, shoot
from tests.roster.files import number

from ankang.accounts.models import Desk
from ankang.installation.models import Installation
from ankang.roster.models import Resident

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("size", ["phone_page", "browser_page"])
def test_from_the_enrolment_to_the_new_roster(request: pytest.FixtureRequest, size: str) -> None:
    page: Page = request.getfixturevalue(size)
    Installation.objects.create(pk=1, is_sample=True, demo_today=date(2024, 3, 4))
    factories.version()
    holder = factories.user(Desk.VILLAGE, factories.village(1))
    asker = factories.user(Desk.VILLAGE, factories.village(2))
    factories.resident(holder.division, name="单秀兰", number=number(2), birth_date=date(1950, 5, 6))

    log_in(page, asker)
    page.goto("/village/enrol/")
    page.get_by_role("textbox", name="老人身份证号").fill(number(2))
    expect(page.get_by_role("heading", name="在其他村居的名册里")).to_be_visible()
    expect(page.get_by_text("单秀兰")).to_have_count(0)
    assert_accessible(page)
    page.get_by_role("button", name="申请转入", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("申请把单*兰转入")
    assert_no_sideways_scroll(page)
    if size == "phone_page":
        shoot(page, "transfer-phone", full_page=True)
    page.get_by_label("依据").fill("有")
    page.get_by_role("button", name="向01村申请转入").click()
    expect(page.get_by_role("alert")).to_contain_text("请选一个原因")
    assert_accessible(page)
    page.get_by_text("实际居住").click()
    page.get_by_label("依据").fill("村里出的居住证明")
    page.get_by_label("从哪天起住在本村").fill("2024-03-01")
    page.get_by_label("在本村的户号").fill("021")
    page.get_by_role("button", name="向01村申请转入").click()
    expect(page.get_by_text("已向01村申请")).to_be_visible()
    assert_accessible(page)
    assert_no_sideways_scroll(page)

    log_in(page, holder)
    page.goto("/village/todo/")
    page.get_by_role("link", name="去答复").click()
    assert_accessible(page)
    assert_no_sideways_scroll(page)
    page.get_by_role("link", name="单秀兰").click()
    assert_accessible(page)
    assert_no_sideways_scroll(page)
    page.get_by_role("button", name="同意转出").click()
    expect(page.get_by_text("单*兰已转到02村的名册")).to_be_visible()
    assert Resident.objects.get().village_id == asker.division_id

    log_in(page, asker)
    page.goto("/village/roster/")
    expect(page.get_by_role("link", name="单秀兰")).to_be_visible()
