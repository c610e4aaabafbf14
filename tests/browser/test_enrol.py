"""Enrolling as people do it: at a desk, on a telephone, by keyboard alone, and without scripts."""

from collections.abc import Iterator
from datetime import date

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer
from tests import factories
from tests.browser.acts import assert_accessible, assert_no_sideways_scroll, log_in, shoot

from ankang.enrolment.models import Enrolment, Funding
from ankang.installation.models import Installation
from ankang.roster.models import Resident

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WANG, CHEN = "329900194807152049", "329900194203091089"


@pytest.fixture
def worker(db):
    Installation.objects.create(pk=1, is_sample=True, demo_today=date(2024, 3, 4))
    factories.version()
    worker = factories.user("village", division=factories.village(5))
    factories.resident(factories.village(5), name="王秀兰", number=WANG, birth_date=date(1948, 7, 15))
    factories.resident(factories.village(5), name="陈桂英", number=CHEN, birth_date=date(1942, 3, 9))
    return worker


@pytest.fixture
def plain_page(chromium: Browser, live_server: LiveServer) -> Iterator[Page]:
    """A browser whose scripts are off."""
    context = chromium.new_context(base_url=live_server.url, java_script_enabled=False, locale="zh-CN")
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()


def test_a_desk_enrols_cancels_and_goes_on(browser_page: Page, worker) -> None:
    page = browser_page
    log_in(page, worker)
    page.goto("/village/")
    assert page.url.endswith("/village/enrol/")
    assert_accessible(page)
    page.get_by_label("老人身份证号，18位").press_sequentially(WANG, delay=15)
    expect(page.get_by_role("radio", name="100元/份")).to_be_checked()
    expect(
        page.get_by_text("老人2024年7月15日满76周岁。从那天起，100元/份的意外伤害由5,000元降到2,000元")
    ).to_be_visible()
    expect(page.get_by_label("老人身份证号，18位")).to_be_focused()
    assert_accessible(page)
    page.get_by_role("radio", name="50元/份").check()
    page.get_by_role("radio", name="2份").check()
    page.get_by_role("radio", name="子女").check()
    expect(page.get_by_role("button", name="确认参保，收子女 100.00 元")).to_be_visible()
    page.get_by_role("button", name="确认参保").click()
    expect(page.get_by_role("link", name="还没有勾选")).to_be_visible()
    assert not Enrolment.objects.exists()
    assert_accessible(page)
    page.get_by_role("checkbox", name="已念给老人听").check()
    page.get_by_role("button", name="确认参保，收子女 100.00 元").click()
    expect(page.get_by_role("heading", name="王秀兰参保登记好了")).to_be_visible()
    assert WANG not in page.url
    assert_accessible(page)
    assert Funding.objects.values_list("payer", "amount_fen").get() == ("child", 10000)
    page.get_by_text("撤销这次参保").click()
    page.get_by_role("button", name="确定撤销").click()
    expect(page.get_by_role("heading", name="已经撤销")).to_be_visible()
    assert Enrolment.objects.get().cancelled_by == worker
    page.get_by_role("link", name="登记下一位").click()
    expect(page.get_by_role("heading", name="我今天登记的")).to_be_visible()
    assert_accessible(page)


def test_a_wrong_number_is_put_right_from_the_summary(browser_page: Page, worker) -> None:
    page = browser_page
    log_in(page, worker)
    page.goto("/village/enrol/")
    page.get_by_label("老人身份证号，18位").fill("329900194807152040")
    page.get_by_role("link", name="校验码不对").click()
    expect(page.get_by_label("老人身份证号，18位")).to_be_focused()
    expect(page.get_by_role("button", name="先改好身份证号")).to_be_visible()
    assert_accessible(page)
    shoot(page, "enrol-error")


def test_the_products_as_the_guide_shows_them(browser_page: Page, worker) -> None:
    log_in(browser_page, worker)
    browser_page.goto("/village/enrol/")
    browser_page.get_by_label("老人身份证号，18位").fill(WANG)
    expect(browser_page.get_by_role("button", name="确认参保，收本人 100.00 元")).to_be_visible()
    assert_accessible(browser_page)
    shoot(browser_page, "enrol")


def test_government_buys_for_a_subject(browser_page: Page, worker) -> None:
    page = browser_page
    log_in(page, worker)
    page.goto("/village/enrol/")
    page.get_by_label("老人身份证号，18位").fill(CHEN)
    expect(page.get_by_text("政府出钱，不收老人一分钱。")).to_be_visible()
    assert_accessible(page)
    shoot(page, "enrol-government")
    page.get_by_role("button", name="确认参保（不收钱）").click()
    expect(page.get_by_role("heading", name="陈桂英参保登记好了")).to_be_visible()
    assert Funding.objects.values_list("payer", "amount_fen").get() == ("government", 5000)


def test_a_telephone_shows_the_total_all_the_time(phone_page: Page, worker) -> None:
    page = phone_page
    log_in(page, worker)
    page.goto("/village/enrol/")
    page.get_by_label("老人身份证号，18位").fill(WANG)
    expect(page.get_by_role("link", name="去核对")).to_be_in_viewport()
    assert_accessible(page)
    assert_no_sideways_scroll(page)
    shoot(page, "enrol-phone", full_page=True)
    page.get_by_role("link", name="去核对").click()
    page.get_by_role("checkbox", name="已念给老人听").check()
    page.get_by_role("button", name="确认参保，收本人 100.00 元").click()
    expect(page.get_by_role("heading", name="王秀兰参保登记好了")).to_be_visible()
    assert_accessible(page)
    assert_no_sideways_scroll(page)


def test_a_new_resident_is_added_on_the_way(browser_page: Page, worker) -> None:
    page = browser_page
    number = factories.identity_number(date(1955, 5, 5))
    log_in(page, factories.user("town"))
    page.goto("/town/enrol/")
    page.get_by_label("老人身份证号，18位").fill(number)
    expect(page.get_by_role("heading", name="名册里没有这个身份证号")).to_be_visible()
    assert_accessible(page)
    page.get_by_label("姓名").fill("赵玉梅")
    page.get_by_role("button", name="加进名册，接着登记").click()
    page.get_by_role("link", name="还没有选村居").click()
    page.get_by_label("村居").select_option(label="03村")
    page.get_by_role("checkbox", name="低保").check()
    page.get_by_role("button", name="加进名册，接着登记").click()
    expect(page.get_by_text("政府购买（低保）").first).to_be_visible()
    assert Resident.objects.get(name="赵玉梅").village.serial == 3


def test_by_keyboard_alone(browser_page: Page, worker) -> None:
    page = browser_page
    log_in(page, worker)
    page.goto("/village/enrol/")
    page.get_by_label("老人身份证号，18位").focus()
    page.keyboard.type(WANG)
    expect(page.get_by_role("radio", name="100元/份")).to_be_checked()
    press_until(page, page.get_by_role("radio", name="100元/份"))
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("radio", name="50元/份")).to_be_focused()
    expect(page.get_by_role("button", name="确认参保，收本人 50.00 元")).to_be_visible()
    press_until(page, page.get_by_role("checkbox", name="已念给老人听"))
    page.keyboard.press("Space")
    press_until(page, page.get_by_role("button", name="确认参保，收本人 50.00 元"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="王秀兰参保登记好了")).to_be_visible()


def press_until(page: Page, wanted) -> None:
    for _ in range(30):
        if wanted.evaluate("node => node === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError("Tab does not reach it")


def test_without_scripts(plain_page: Page, worker) -> None:
    page = plain_page
    log_in(page, worker)
    page.goto("/village/enrol/")
    page.get_by_label("老人身份证号，18位").fill(WANG)
    page.get_by_role("button", name="查询").click()
    page.get_by_role("radio", name="50元/份").check()
    page.get_by_role("checkbox", name="已念给老人听").check()
    page.get_by_role("button", name="确认参保，收本人 100.00 元").click()
    expect(page.get_by_text("请看一眼新的金额").first).to_be_visible()
    assert not Enrolment.objects.exists()
    page.get_by_role("radio", name="爱心捐赠").check()
    page.get_by_role("button", name="按新的选择算金额").click()
    page.get_by_role("button", name="确认参保，收爱心捐赠 50.00 元").click()
    expect(page.get_by_role("heading", name="王秀兰参保登记好了")).to_be_visible()
    assert Funding.objects.values_list("payer", "amount_fen").get() == ("donor", 5000)
