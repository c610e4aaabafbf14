"""The dashboard in a browser: the chart is drawn under our content policy, and everything is reached by keyboard."""

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.browser.acts import assert_accessible, assert_no_sideways_scroll
from tests.browser.sample_town import SampleTown

pytestmark = pytest.mark.browser


def test_town_reads_its_progress_by_eye_and_by_keyboard(town_page: Page, sample_town: SampleTown) -> None:
    sample_town.log_in(town_page, "town")
    chart = town_page.locator("#chart")
    expect(chart.locator("svg")).to_be_visible()
    expect(chart.get_by_text("85%线 13,635")).to_be_visible()
    assert "累计参保10,894人" in (chart.get_attribute("aria-label") or "")
    town_page.get_by_text("看数据表").focus()
    town_page.keyboard.press("Enter")
    expect(town_page.get_by_role("row", name="3月3日")).to_contain_text("10,894")
    assert_accessible(town_page)
    town_page.get_by_role("link", name="按还差人数").focus()
    town_page.keyboard.press("Enter")
    town_page.wait_for_url("**/town/?sort=gap*")
    first = town_page.get_by_role("table", name="各村参保覆盖率排名").locator("tbody tr").first
    expect(first).to_contain_text("12村")
    expect(first).to_contain_text("238")


def test_without_javascript_words_stand_where_the_chart_would(chromium: Browser, sample_town: SampleTown) -> None:
    context = chromium.new_context(base_url=sample_town.url, java_script_enabled=False)
    page = context.new_page()
    sample_town.log_in(page, "town")
    expect(page.locator("#chart")).to_be_hidden()
    expect(page.locator("noscript p")).to_contain_text("累计参保10,894人")
    page.get_by_text("看数据表").click()
    expect(page.get_by_role("row", name="3月3日")).to_contain_text("10,894")
    context.close()


def test_longer_lists_than_the_links_show_are_accessible(town_page: Page, sample_town: SampleTown) -> None:
    sample_town.log_in(town_page, "town")
    for path in ("subjects/?insured=no", "days/?all=1"):  # the rest: test_every_page.py
        town_page.goto(f"/town/{path}")
        assert_accessible(town_page)
        assert_no_sideways_scroll(town_page)
