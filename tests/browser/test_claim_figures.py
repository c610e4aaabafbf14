"""The claims' figures in Chromium: pictures under our content policy, each with its table."""

import pytest
from playwright.sync_api import Page, expect
from tests.browser.acts import assert_accessible, assert_no_sideways_scroll, shoot
from tests.browser.sample_town import SampleTown

pytestmark = pytest.mark.browser


def test_the_year_with_claims_in_pictures_and_tables(town_page: Page, sample_town: SampleTown) -> None:
    page = town_page
    sample_town.log_in(page, "insurer")
    page.goto("/insurer/figures/")
    expect(page.get_by_label("方案", exact=True).locator("option:checked")).to_contain_text("2023年度")
    pictures = page.locator("[data-bars]")
    expect(pictures).to_have_count(5)
    for at in range(5):
        expect(pictures.nth(at).locator("svg")).to_be_visible()
    assert "01村" in (pictures.first.get_attribute("aria-label") or "")
    shoot(page, "claim-figures")
    page.get_by_text("看数据表：按责任").press("Enter")
    expect(page.get_by_role("table", name="按责任")).to_contain_text("意外医疗")
    assert_accessible(page)
    assert_no_sideways_scroll(page)
