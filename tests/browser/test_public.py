"""The public page in Chromium: every look, every width, with the keyboard alone, without scripts."""

from collections.abc import Iterator
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.core.cache import caches
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer
from tests import factories
from tests.browser.acts import assert_accessible, assert_no_sideways_scroll, shoot

from ankang.enrolment.actions import enrol
from ankang.installation.models import Installation

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NUMBER = "329900194807152049"
TODAY = date(2024, 3, 4)


@pytest.fixture(autouse=True)
def insured() -> Iterator[None]:
    """王秀兰 is insured in the sample town."""
    caches["limits"].clear()
    Installation.objects.create(is_sample=True, demo_today=TODAY)
    enrol(
        by=factories.user("village"),
        resident=factories.resident(name="王秀兰", number=NUMBER, birth_date=date(1948, 7, 15)),
        version=factories.version(),
        product="A",
        units=1,
        fundings=[("self", 10_000)],
        consent="resident",
        key="one",
        today=TODAY,
        now=datetime(2024, 3, 4, 10, tzinfo=ZoneInfo("Asia/Shanghai")),
    )
    yield
    caches["limits"].clear()


def ask(page: Page, name: str, number: str) -> None:
    page.get_by_label("老人姓名").fill(name)
    page.get_by_label("身份证号").fill(number)
    page.get_by_role("button", name="查一查").click()


@pytest.mark.parametrize("ground", ["light", "dark"])
@pytest.mark.parametrize("size", ["1", "2", "3"])
def test_every_look_is_accessible_and_fits_every_width(phone_page: Page, size: str, ground: str) -> None:
    phone_page.context.add_cookies(
        [
            {"name": f"look_{name}", "value": value, "domain": "127.0.0.1", "path": "/"}
            for name, value in (("size", size), ("ground", ground))
        ]
    )
    for name in ("王秀英", "", "王秀兰"):  # nothing found, an error, the answer
        phone_page.goto("/?age=60")
        ask(phone_page, name, NUMBER)
        assert_accessible(phone_page)
        assert_no_sideways_scroll(phone_page)
    expect(phone_page.get_by_role("status")).to_contain_text("王*兰，已经参保了")
    letters = phone_page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)")
    assert letters == {"1": 20, "2": 24, "3": 30}[size]


def test_nothing_is_smaller_than_18_pixels_and_every_control_is_60_high(phone_page: Page) -> None:
    phone_page.goto("/")
    small = phone_page.evaluate(
        """() => [...document.querySelectorAll("body *")]
            .filter(each => each.offsetParent && !each.closest(".skip")
                && [...each.childNodes].some(node => node.nodeType === 3 && node.data.trim())
                && parseFloat(getComputedStyle(each).fontSize) < 18)
            .map(each => each.outerHTML)"""
    )
    assert small == []
    low = phone_page.evaluate(
        """() => [...document.querySelectorAll("button, input:not([type=hidden]), .q3 a, .pick a, .tel, .pfoot a")]
            .filter(each => each.offsetParent && each.getBoundingClientRect().height < 60)
            .map(each => each.outerHTML)"""
    )
    assert low == []


def test_the_keyboard_reaches_the_answer(browser_page: Page) -> None:
    browser_page.goto("/")
    browser_page.keyboard.press("Tab")
    expect(browser_page.get_by_role("link", name="跳到主要内容")).to_be_focused()
    browser_page.get_by_label("老人姓名").focus()
    browser_page.keyboard.type("王秀兰")
    browser_page.keyboard.press("Tab")
    expect(browser_page.get_by_label("身份证号")).to_be_focused()
    browser_page.keyboard.type(NUMBER)
    browser_page.keyboard.press("Enter")
    expect(browser_page.get_by_role("status")).to_contain_text("100元/份 × 1份")
    browser_page.get_by_role("link", name="76—79岁").focus()
    browser_page.keyboard.press("Enter")
    expect(browser_page.get_by_role("table")).to_contain_text("2,000元")
    shoot(browser_page, "public")


def test_a_mistake_is_said_at_the_top_and_leads_to_the_field(phone_page: Page) -> None:
    phone_page.goto("/")
    ask(phone_page, "王秀兰", NUMBER[:-1])
    summary = phone_page.get_by_role("alert")
    expect(summary).to_be_focused()
    summary.get_by_role("link").click()
    expect(phone_page.get_by_label("身份证号")).to_be_focused()


def test_a_larger_look_comes_at_once_and_stays(phone_page: Page) -> None:
    phone_page.goto("/")
    ask(phone_page, "王秀兰", NUMBER)
    with phone_page.expect_response("**/looks/"):
        phone_page.get_by_role("button", name="特大").click()
    expect(phone_page.get_by_role("status")).to_contain_text("王*兰")  # the answer is still there
    with phone_page.expect_response("**/looks/"):
        phone_page.get_by_role("button", name="黑底").click()
    expect(phone_page.locator("body")).to_have_class("z3 dark")
    phone_page.goto("/")
    expect(phone_page.locator("body")).to_have_class("z3 dark")
    expect(phone_page.get_by_role("button", name="特大")).to_have_attribute("aria-pressed", "true")


def test_everything_works_without_scripts(chromium: Browser, live_server: LiveServer) -> None:
    context = chromium.new_context(java_script_enabled=False, base_url=live_server.url)
    page = context.new_page()
    page.goto("/")
    expect(page.get_by_role("button", name="朗读")).to_have_count(0)
    page.get_by_role("button", name="大字", exact=True).click()
    page.get_by_role("button", name="黑底").click()
    expect(page.locator("body")).to_have_class("z2 dark")
    page.get_by_role("link", name="70—75岁").click()
    page.get_by_role("link", name="50元/份").click()
    expect(page.get_by_role("table")).to_contain_text("70—75岁，买 1 份50元/份，能赔")
    ask(page, "王秀兰", NUMBER)
    expect(page.get_by_role("status")).to_contain_text("王*兰，已经参保了")
    context.close()
