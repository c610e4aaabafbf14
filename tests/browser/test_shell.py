"""The frame around the desks' pages in Chromium: menu, header, errors, and charts under the content policy."""

import re
from datetime import date

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer
from tests import factories
from tests.browser.acts import assert_accessible, assert_no_sideways_scroll, log_in

from ankang.installation.models import Installation

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def sample_town() -> None:
    Installation.objects.create(is_sample=True, demo_today=date(2024, 3, 4))


@pytest.mark.parametrize(
    ("desk", "path"),
    [
        ("window", "/window/"),
        ("funeral", "/funeral/"),
        ("district", "/district/"),
        ("donor", "/donor/"),
        ("village", "/village/todo/"),
        ("town", "/help/"),
        ("village", "/help/"),
        ("town", "/window/"),  # refused
        ("village", "/nowhere/"),  # not found
    ],
)
def test_pages_are_accessible_and_fit_every_width(browser_page: Page, desk: str, path: str) -> None:
    log_in(browser_page, factories.user(desk))
    browser_page.goto(path)
    assert_accessible(browser_page)
    assert_no_sideways_scroll(browser_page)
    browser_page.set_viewport_size({"width": 390, "height": 844})
    assert_accessible(browser_page)


@pytest.mark.parametrize("desk", ["window", "village"])
def test_the_header_tells_sample_day_person_and_the_way_out(browser_page: Page, desk: str) -> None:
    person = factories.user(desk)
    log_in(browser_page, person)
    browser_page.goto("/help/")
    header = browser_page.get_by_role("banner")
    expect(header).to_contain_text("示例数据 · 今天按 2024年3月4日")
    expect(browser_page.get_by_text(person.full_name)).to_be_visible()
    expect(header.get_by_role("link", name="帮助")).to_be_visible()
    header.get_by_role("button", name="退出").click()
    expect(browser_page).not_to_have_url(re.compile("/help/"))  # a village's page wipes what it keeps before it goes
    browser_page.goto("/window/" if desk == "window" else "/village/todo/")
    expect(browser_page).to_have_url(re.compile("/login/"))


@pytest.mark.parametrize("desk", ["window", "village"])
def test_on_a_telephone_the_menu_opens_without_scripts(chromium: Browser, live_server: LiveServer, desk: str) -> None:
    viewport = {"width": 390, "height": 844}
    context = chromium.new_context(java_script_enabled=False, base_url=live_server.url, viewport=viewport)  # type: ignore[arg-type]
    page = context.new_page()
    log_in(page, factories.user(desk))
    page.goto("/help/")
    expect(page.get_by_text("今天按 2024年3月4日").filter(visible=True)).to_have_count(1)
    expect(page.get_by_role("navigation", name="主菜单")).to_have_count(0)
    page.locator("summary").click()
    menu = page.get_by_role("navigation", name="主菜单")
    menu.get_by_role("link", name="一站式结算" if desk == "window" else "待办").click()
    expect(page).to_have_url(re.compile("/window/$" if desk == "window" else "/village/todo/$"))
    context.close()


def test_the_menu_closes_by_escape_and_by_a_click_beside_it(phone_page: Page) -> None:
    log_in(phone_page, factories.user("window"))
    phone_page.goto("/window/")
    summary, menu = phone_page.locator("summary"), phone_page.get_by_role("navigation", name="主菜单")
    summary.focus()
    phone_page.keyboard.press("Enter")
    expect(menu).to_be_visible()
    phone_page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    expect(summary).to_be_focused()
    summary.click()
    phone_page.mouse.click(200, 800)
    expect(menu).to_be_hidden()


def test_charts_draw_under_the_content_policy(browser_page: Page) -> None:
    """The console fixture fails the test when the policy refuses a style or a script."""
    log_in(browser_page, factories.user("window"))
    browser_page.goto("/window/")
    browser_page.evaluate("document.querySelector('#main').innerHTML = '<div class=\"chart\" id=\"chart\"></div>'")
    browser_page.add_script_tag(url="/static/charts.js")
    browser_page.evaluate(
        """echarts.draw(document.querySelector("#chart"), width => ({
            xAxis: {type: "category", data: ["2/1", "2/2"]}, yAxis: {}, legend: {},
            tooltip: {trigger: "axis", renderMode: "richText"},
            series: [
                {type: "bar", name: "当天", data: [3, 5], markPoint: {data: [{type: "max"}]}},
                {type: "line", name: "累计", data: [3, 8], areaStyle: {}, markLine: {data: [{yAxis: 6}]}},
            ],
        }))"""
    )
    chart = browser_page.locator("#chart svg")
    expect(chart).to_have_attribute("viewBox", "0 0 1184 318")
    expect(chart.get_by_text("当天")).to_have_count(1)
    browser_page.mouse.move(600, 200)
    expect(chart.get_by_text("8", exact=True)).not_to_have_count(0)
    browser_page.set_viewport_size({"width": 700, "height": 800})
    expect(chart).to_have_attribute("viewBox", "0 0 676 318")


def test_htmx_swaps_without_eval_or_inline_style(browser_page: Page) -> None:
    log_in(browser_page, factories.user("window"))
    browser_page.goto("/window/")
    browser_page.evaluate("htmx.ajax('GET', '/help/', {target: '#main', select: '#main > *', swap: 'innerHTML'})")
    expect(browser_page.get_by_role("heading", level=1)).to_have_text("帮助")
    assert browser_page.evaluate("htmx.config.allowEval") is False
    assert browser_page.evaluate("document.querySelectorAll('style').length") == 0
