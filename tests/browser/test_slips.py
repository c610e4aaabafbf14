"""Several people at once as villages do it: a household on a telephone and without scripts, a donor's list, a file."""

from collections.abc import Iterator
from datetime import date

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer
from tests import factories
from tests.browser.acts import assert_accessible, assert_no_sideways_scroll, log_in, shoot
from tests.roster.files import xlsx

from ankang.enrolment.models import Enrolment, Funding
from ankang.installation.models import Installation
from ankang.roster.models import Resident

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def worker(db):
    Installation.objects.create(pk=1, is_sample=True, demo_today=date(2024, 3, 4))
    factories.version()
    people = (("王秀兰", date(1948, 7, 15)), ("陈大山", date(1942, 3, 9)), ("王小妹", date(1960, 1, 1)))
    for name, birth in people:
        factories.resident(factories.village(5), name=name, birth_date=birth, household="05-0012", address="3组12号")
    return factories.user("village", division=factories.village(5))


@pytest.fixture
def plain_page(chromium: Browser, live_server: LiveServer) -> Iterator[Page]:
    """A browser whose scripts are off."""
    context = chromium.new_context(base_url=live_server.url, java_script_enabled=False, locale="zh-CN")
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()


def open_household(page: Page) -> None:
    page.goto("/village/enrol/household/")
    page.get_by_label("户号，或家里一位老人的身份证号").fill("05-0012")
    page.get_by_role("button", name="查询").click()
    expect(page.get_by_role("heading", name="户号 05-0012")).to_be_visible()


def test_a_household_on_a_telephone(phone_page: Page, worker) -> None:
    page = phone_page
    log_in(page, worker)
    page.goto("/village/enrol/household/")
    assert_accessible(page)
    open_household(page)
    assert_accessible(page)
    assert_no_sideways_scroll(page)
    shoot(page, "household-phone")
    page.get_by_label("险种，王秀兰").select_option("B")
    page.get_by_label("念给老人听，谁同意的，王秀兰").select_option("老人本人，当面念的")
    page.get_by_role("button", name="重新算合计").click()
    page.get_by_role("button", name="确认登记 3 人，收 150.00 元").click()
    expect(page.get_by_role("link", name="王小妹：还没选谁同意的")).to_be_visible()
    assert not Enrolment.objects.exists()
    assert_accessible(page)
    page.get_by_role("button", name="只登记其余 2 人，收 50.00 元").click()
    expect(page.get_by_role("heading", name="登记好了 2 人，100.00 元")).to_be_visible()
    assert_accessible(page)
    assert_no_sideways_scroll(page)
    assert Enrolment.objects.filter(channel="household").count() == 2


def test_a_household_by_keyboard_and_without_scripts(plain_page: Page, worker) -> None:
    page = plain_page
    log_in(page, worker)
    open_household(page)
    for name in ("王秀兰", "王小妹"):
        page.get_by_label(f"念给老人听，谁同意的，{name}").select_option("家属，签了同意书")
    page.get_by_role("button", name="确认登记 3 人，收 200.00 元").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="登记好了 3 人")).to_be_visible()
    assert Enrolment.objects.filter(consent="fam_signed").count() == 2


def test_a_donor_pays_for_people_ticked_on_the_list(browser_page: Page, worker) -> None:
    page = browser_page
    log_in(page, worker)
    page.goto("/village/enrol/many/")
    assert_accessible(page)
    page.get_by_role("checkbox", name="王秀兰").focus()
    page.keyboard.press("Space")
    page.get_by_role("checkbox", name="陈大山").check()
    page.get_by_label("险种", exact=True).select_option("B")
    page.get_by_label("谁出钱", exact=True).select_option("爱心捐赠")
    page.get_by_label("出资的是谁").fill("某某公司")
    page.get_by_label("用途").fill("重阳节慰问")
    page.get_by_role("button", name="去核对").click()
    expect(page.get_by_role("heading", name="请核对：2 人，共 100.00 元")).to_be_visible()
    expect(page.get_by_text("登记前 0.00 元，登记后 100.00 元")).to_be_visible()
    assert_accessible(page)
    page.get_by_label("谁同意的，王秀兰").select_option("老人本人，电话里念的")
    page.get_by_role("button", name="确认登记 2 人").click()
    expect(page.get_by_role("link", name="陈大山：这位老人由政府出钱购买")).to_be_visible()
    assert_accessible(page)
    shoot(page, "many-check", full_page=True)
    page.get_by_role("button", name="只登记其余 1 人").click()
    expect(page.get_by_role("heading", name="登记好了 1 人，50.00 元；1 人没登记")).to_be_visible()
    assert Funding.objects.values_list("payer", "amount_fen").get() == ("donor", 5000)


def test_a_file_is_shown_before_it_counts(phone_page: Page, worker, tmp_path) -> None:
    page = phone_page
    wang, sister = Resident.objects.get(name="王秀兰"), Resident.objects.get(name="王小妹")
    rows = [
        [one.name, one.number.reveal(), product, "1", "本人", "本人"] for one, product in ((wang, "50"), (sister, "70"))
    ]
    file = tmp_path / "登记.xlsx"
    file.write_bytes(xlsx(*rows, header=("姓名", "身份证号", "险种", "份数", "谁出钱", "谁同意的")))
    log_in(page, worker)
    page.goto("/village/enrol/excel/")
    assert_accessible(page)
    assert_no_sideways_scroll(page)
    page.get_by_label("登记表").set_input_files(file)
    page.get_by_role("button", name="上传并检查").click()
    expect(page.get_by_role("heading", name="请核对：1 人，共 50.00 元（还没登记）")).to_be_visible()
    expect(page.get_by_text("没有这个险种")).to_be_visible()
    assert_accessible(page)
    assert_no_sideways_scroll(page)
    shoot(page, "excel-check-phone", full_page=True)
    page.get_by_role("button", name="确认登记 1 人，共 50.00 元").click()
    expect(page.get_by_role("heading", name="登记好了 1 人，50.00 元；1 人没登记")).to_be_visible()
    assert Enrolment.objects.get().participation.resident == wang
