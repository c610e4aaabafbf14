"""The pictures of the guide, from the sample town on its demo day. `make guide` takes them; a test run only looks."""

import pytest
from playwright.sync_api import Page, expect
from tests.browser.acts import shoot
from tests.browser.sample_town import SampleTown

pytestmark = pytest.mark.browser


def test_the_town_sees_where_the_campaign_stands(town_page: Page, sample_town: SampleTown) -> None:
    sample_town.log_in(town_page, "town")
    expect(town_page.get_by_role("heading", level=1)).to_be_visible()
    expect(town_page.get_by_text("2024年3月4日").first).to_be_visible()
    shoot(town_page, "dashboard")
    for page, name in (("subjects", "subjects"), ("checkup", "checkup"), ("terms", "terms")):
        town_page.goto(f"/town/{page}/")
        shoot(town_page, name)


def test_the_insurer_sees_what_waits(town_page: Page, sample_town: SampleTown) -> None:
    sample_town.log_in(town_page, "insurer")
    expect(town_page.get_by_role("heading", level=1)).to_be_visible()
    shoot(town_page, "insurer")
    town_page.goto("/insurer/claims/")
    shoot(town_page, "claims")


def test_the_public_asks_three_questions(town_phone: Page) -> None:
    town_phone.goto("/")
    expect(town_phone.get_by_role("heading", level=1)).to_be_visible()
    shoot(town_phone, "public")
