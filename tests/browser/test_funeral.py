"""The funeral home in Chromium: from the number to the cash in four pages, then the day; on a desk and on a phone."""

from datetime import date

import pytest
from playwright.sync_api import Page, expect
from tests.browser.acts import assert_accessible, assert_no_sideways_scroll, log_in, shoot
from tests.claims.acts import handler, insured, number_of
from tests.claims.death_acts import agree, funeral_home
from tests.claims.green_acts import confirmed_version

from ankang.claims.green_models import AdvanceDay
from ankang.claims.models import Claim
from ankang.installation.models import Installation

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def day() -> None:
    Installation.objects.create(is_sample=True, demo_today=date(2024, 5, 29))
    confirmed_version()


def fit_for_everybody(page: Page) -> None:
    assert_accessible(page)
    assert_no_sideways_scroll(page)


def look_up(page: Page, number: str, *, pictures: bool) -> None:
    page.goto("/funeral/")
    page.get_by_label("去世老人的身份证号").fill(number)
    page.get_by_label("哪一天去世的").fill("2024-05-20")
    fit_for_everybody(page)
    if pictures:
        shoot(page, "funeral-find")
    page.get_by_role("button", name="查保障").press("Enter")
    expect(page.get_by_text("2024年5月20日有效")).to_be_visible()


def tell(page: Page, *, pictures: bool) -> None:
    page.get_by_label("意外", exact=True).check()
    for paper in ("死亡证明", "火化证明", "亲属关系证明"):
        page.get_by_label(paper).check()
    page.get_by_label("谁来办的").fill("王大明，儿子")
    page.get_by_role("button", name="下一步").press("Enter")
    page.get_by_role("alert").get_by_role("link", name="请写一句怎么出的事").click()
    expect(page.get_by_label("怎么出的事")).to_be_focused()
    fit_for_everybody(page)
    page.get_by_label("怎么出的事").fill("骑车摔倒")
    if pictures:
        shoot(page, "funeral-facts", full_page=True)
    page.get_by_role("button", name="下一步").click()
    expect(page.get_by_role("heading", name="寿险可付 1,000.00 元")).to_be_visible()


def name_heirs(page: Page, *, pictures: bool) -> None:
    page.get_by_label("当场领现金").check()
    heirs = [page.get_by_role("group", name=f"第{place}位继承人") for place in (1, 2)]
    heirs[0].get_by_label("姓名").fill("王大明")
    heirs[0].get_by_label("是老人的").select_option("child")
    page.get_by_role("button", name="再加一位").press("Enter")
    heirs[1].get_by_label("姓名").fill("李桂英")
    heirs[1].get_by_label("是老人的").select_option("spouse")
    heirs[1].get_by_label("份额").fill("2")
    page.get_by_label("继承人看过声明").check()
    fit_for_everybody(page)
    page.get_by_role("button", name="下一步").press("Enter")
    expect(page.get_by_role("row", name="李桂英")).to_contain_text("666.67")
    fit_for_everybody(page)
    if pictures:
        shoot(page, "funeral-check", full_page=True)
    page.get_by_role("button", name="确认，寿险 1,000.00 元交中国人寿复核").press("Enter")
    expect(page.get_by_text("等中国人寿复核。")).to_be_visible()
    fit_for_everybody(page)


def pay(page: Page, *, pictures: bool) -> None:
    page.get_by_role("link", name="刷新看结果").click()
    with page.expect_download() as paper:
        page.get_by_role("link", name="声明和领款单").click()
    assert paper.value.suggested_filename.startswith("继承人声明-LP2024")
    fit_for_everybody(page)
    if pictures:
        shoot(page, "funeral-pay", full_page=True)
    page.get_by_label("核对了每位收款人的身份证").check()
    page.get_by_role("button", name="付现金 1,000.00 元").press("Enter")
    expect(page.get_by_role("heading", name="已付 1,000.00 元")).to_be_visible()


def close_the_day(page: Page, *, pictures: bool) -> None:
    page.goto("/funeral/day/")
    page.get_by_label("放进来的现金（元）").fill("2000")
    page.get_by_label("现在数出来（元）").fill("999")
    page.get_by_role("button", name="日结").press("Enter")
    expect(page.get_by_text("差 -1.00 元").first).to_be_visible()
    fit_for_everybody(page)
    if pictures:
        shoot(page, "funeral-day")
    page.get_by_label("现在数出来（元）").fill("1000")
    page.get_by_role("button", name="日结").press("Enter")
    expect(page.get_by_text("账实相符")).to_be_visible()
    fit_for_everybody(page)


@pytest.mark.parametrize("width", ["browser_page", "phone_page"])
def test_a_death_from_the_number_to_the_closed_day(request: pytest.FixtureRequest, width: str) -> None:
    page: Page = request.getfixturevalue(width)
    pictures = width == "browser_page"
    one = insured(("A", 2), birth_date=date(1955, 6, 1), name="王秀兰")
    log_in(page, funeral_home())
    look_up(page, number_of(one), pictures=pictures)
    tell(page, pictures=pictures)
    name_heirs(page, pictures=pictures)
    agree(Claim.objects.get().decisions.get(), handler())
    pay(page, pictures=pictures)
    close_the_day(page, pictures=pictures)
    assert AdvanceDay.objects.get().total_fen == 100_000
