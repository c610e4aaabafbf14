"""The frozen population beside the live roster, on the desk and on the telephone."""

from datetime import UTC, date, datetime

import pytest
from playwright.sync_api import Page, expect
from tests import factories, towns
from tests.browser.acts import assert_accessible, assert_no_sideways_scroll, log_in, shoot

from ankang.accounts.models import Desk
from ankang.installation.models import Installation
from ankang.roster.models import Resident

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize(("size", "desk"), [("phone_page", Desk.VILLAGE), ("browser_page", Desk.TOWN)])
def test_the_difference_is_explained(request: pytest.FixtureRequest, size: str, desk: Desk) -> None:
    page: Page = request.getfixturevalue(size)
    Installation.objects.create(pk=1, is_sample=True, demo_today=date(2024, 3, 4))
    towns.campaign()
    for _ in range(9):
        factories.resident()
    towns.dead(factories.resident())
    Resident.objects.update(created_at=datetime(2024, 1, 10, tzinfo=UTC))
    factories.resident()  # came since
    log_in(page, factories.user(desk))
    page.goto(f"/{desk}/roster/")
    page.get_by_role("link", name="名册与公布人口").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("名册 10 人")
    assert_accessible(page)
    assert_no_sideways_scroll(page)
    if desk == Desk.TOWN:
        shoot(page, "population", full_page=True)
    page.get_by_label("从哪天算起").fill("2024-03-01")
    page.get_by_role("button", name="重新算").click()
    expect(page.get_by_text("2024年3月1日以来")).to_be_visible()
