"""A village worker notes a death on the telephone and takes it back."""

from datetime import date

import pytest
from playwright.sync_api import Page, expect
from tests import factories
from tests.browser.acts import assert_accessible, assert_no_sideways_scroll, log_in

from ankang.accounts.models import Desk
from ankang.installation.models import Installation
from ankang.roster.models import GroupMembership

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_death_is_noted_and_taken_back(phone_page: Page) -> None:
    page, resident = phone_page, factories.resident()
    Installation.objects.create(pk=1, is_sample=True, demo_today=date(2024, 3, 4))
    GroupMembership.objects.create(
        resident=resident, village=resident.village, group="dibao", from_on=date(2023, 1, 1), evidence="县局批文"
    )
    log_in(page, factories.user(Desk.VILLAGE))
    page.goto(f"/village/roster/{resident.pk}/")
    page.get_by_role("link", name="变更").click()
    assert_accessible(page)
    assert_no_sideways_scroll(page)
    page.get_by_text("登记去世").click()
    page.get_by_label("去世日期").fill("2024-03-05")
    page.get_by_label("依据", exact=True).last.fill("死亡医学证明")
    page.get_by_role("button", name="登记已故").click()
    expect(page.get_by_role("alert")).to_contain_text("还没有到")
    assert_accessible(page)
    page.get_by_label("去世日期").fill("2024-03-03")
    page.get_by_role("button", name="登记已故").click()
    expect(page.get_by_text("登记已故（原为在册） 2024-03-03")).to_be_visible()
    page.get_by_role("link", name="变更").click()
    assert_accessible(page)
    page.get_by_label("恢复的原因").fill("登记有误")
    page.get_by_role("button", name="恢复在册").click()
    expect(page.get_by_text("恢复在册（原为已故）")).to_be_visible()
    assert_accessible(page)
