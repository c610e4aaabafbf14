"""Government's purchase by two persons, a late enrolment and a withdrawal, in Chromium."""

from datetime import date

import pytest
from playwright.sync_api import Page, expect
from tests import factories
from tests.browser.acts import assert_accessible, assert_no_sideways_scroll, log_in, shoot
from tests.browser.sample_town import SampleTown
from tests.enrolment.acts import enrol, reread
from tests.enrolment.purchase_acts import OLD, old_people

from ankang.enrolment import purchases
from ankang.enrolment.models import Enrolment, GovernmentBatch, LateEntry, Withdrawal
from ankang.installation.models import Installation

pytestmark = pytest.mark.browser
database = pytest.mark.django_db(transaction=True)


def live_on(day: date) -> None:
    Installation.objects.create(is_sample=True, demo_today=day)


def fit_for_everybody(page: Page) -> None:
    assert_accessible(page)
    assert_no_sideways_scroll(page)


@database
@pytest.mark.parametrize("width", ["browser_page", "phone_page"])
def test_one_prepares_another_approves(request: pytest.FixtureRequest, width: str) -> None:
    page: Page = request.getfixturevalue(width)
    live_on(date(2024, 3, 4))
    factories.version()
    people = [*old_people(2), *old_people(1, serial=3)]
    first, second = factories.user("town"), factories.user("town")
    log_in(page, first)
    page.goto("/town/subjects/")
    page.get_by_role("link", name="成批购买").click()
    fit_for_everybody(page)
    page.get_by_role("link", name="编一批").click()
    expect(page.get_by_role("heading", name="要给 3 人买，政府应付 150.00 元")).to_be_visible()
    fit_for_everybody(page)
    page.get_by_role("button", name="提交 3 人，请同事复核").click()
    expect(page.get_by_text("这一批是您编的")).to_be_visible()
    expect(page.get_by_role("button", name="同意，登记 3 人")).to_have_count(0)
    fit_for_everybody(page)
    log_in(page, second)
    page.reload()
    page.get_by_role("button", name="不同意").click()
    expect(page.get_by_role("alert")).to_contain_text("不同意要写明原因")
    fit_for_everybody(page)
    page.get_by_role("button", name="同意，登记 3 人").click()
    expect(page.get_by_role("heading", name="登记了 3 人，政府应付 150.00 元")).to_be_visible()
    fit_for_everybody(page)
    assert [reread(one).units for one in people] == [1, 1, 1]
    page.get_by_role("link", name="再编一批").click()
    expect(page.get_by_role("heading", name="没有要买的新对象")).to_be_visible()


@database
def test_a_batch_that_stopped_says_where_and_goes_on_by_keyboard(
    browser_page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(purchases, "CHUNK", 2)
    live_on(date(2024, 3, 4))
    factories.version()
    old_people(3)
    first, second = factories.user("town"), factories.user("town")
    log_in(browser_page, first)
    browser_page.goto("/town/subjects/batches/new/")
    browser_page.get_by_role("button", name="提交 3 人").click()
    expect(browser_page.get_by_text("这一批是您编的")).to_be_visible()
    batch = GovernmentBatch.objects.get()
    batch.state, batch.reviewed_by, batch.reviewed_at = "running", second, batch.prepared_at
    batch.save()
    purchases._run_chunk(second, batch.pk, date(2024, 3, 4), batch.prepared_at)
    browser_page.reload()
    expect(browser_page.get_by_role("heading", name="停在 3 人里还有 1 人没登记")).to_be_visible()
    fit_for_everybody(browser_page)
    browser_page.get_by_role("button", name="接着登记").focus()
    browser_page.keyboard.press("Enter")
    expect(browser_page.get_by_role("heading", name="登记了 3 人")).to_be_visible()
    assert Enrolment.objects.count() == 3


@database
def test_late_by_exception(browser_page: Page) -> None:
    live_on(date(2024, 3, 25))
    factories.version()
    number = factories.identity_number(OLD)
    resident = factories.resident(number=number, birth_date=OLD)
    log_in(browser_page, factories.user("town", is_manager=True))
    browser_page.goto("/town/enrol/")
    browser_page.get_by_role("textbox", name="身份证号").fill(number)
    browser_page.get_by_role("textbox", name="身份证号").press("Enter")
    expect(browser_page.get_by_text("已经截止").first).to_be_visible()
    browser_page.get_by_role("link", name="逾期补登").first.click()
    browser_page.get_by_role("textbox", name="身份证号").fill(number)
    browser_page.get_by_label("为什么没赶上").fill("在外地子女家住，截止后才回村")
    browser_page.get_by_role("button", name="批准补登").click()
    expect(browser_page.get_by_role("alert")).to_contain_text("依据")
    fit_for_everybody(browser_page)
    browser_page.get_by_label("依据").fill("镇民政办会议记录〔2024〕3号")
    browser_page.get_by_role("button", name="批准补登").click()
    expect(browser_page.get_by_text("已批准王秀兰逾期补登")).to_be_visible()
    fit_for_everybody(browser_page)
    browser_page.get_by_role("link", name="去登记").click()
    expect(browser_page.get_by_text("2024年3月26日至2025年3月20日").first).to_be_visible()
    browser_page.get_by_role("button", name="确认参保（不收钱）").click()
    expect(browser_page.get_by_role("heading", name="王秀兰参保登记好了")).to_be_visible()
    assert Enrolment.objects.get().late_entry == LateEntry.objects.get()
    assert reread(resident).units == 1


@database
@pytest.mark.parametrize("width", ["browser_page", "phone_page"])
def test_a_withdrawal_from_the_village_to_the_insurer(request: pytest.FixtureRequest, width: str) -> None:
    page: Page = request.getfixturevalue(width)
    live_on(date(2024, 3, 10))
    version, worker = factories.version(), factories.user("village")
    resident = factories.resident()
    enrol(worker, resident, version, product="A")
    log_in(page, worker)
    page.goto(f"/village/roster/{resident.pk}/")
    page.get_by_role("link", name="参保明细、申请退保").click()
    fit_for_everybody(page)
    page.get_by_role("link", name="申请退保").click()
    fit_for_everybody(page)
    page.get_by_label("为什么退保").fill("老人已迁到外地")
    page.get_by_role("button", name="提交退保申请").click()
    expect(page.get_by_text("退保等审核")).to_be_visible()
    log_in(page, factories.user("insurer", factories.town()))
    page.goto("/insurer/withdrawals/")
    expect(page.get_by_role("heading", name="1 份退保申请等您审核")).to_be_visible()
    fit_for_everybody(page)
    page.get_by_role("link", name="王秀兰").click()
    expect(page.get_by_text("退费由镇民政办在")).to_be_visible()
    fit_for_everybody(page)
    page.get_by_role("button", name="同意退保", exact=True).click()
    expect(page.get_by_text("已同意退保，份数已退回。")).to_be_visible()
    fit_for_everybody(page)
    assert (Withdrawal.objects.get().state, reread(resident).units) == ("accepted", 0)


def test_the_town_looks_at_a_batch(town_page: Page, sample_town: SampleTown) -> None:
    sample_town.log_in(town_page, "town", 1)
    town_page.goto("/town/subjects/batches/")
    town_page.get_by_role("table").get_by_role("link").first.click()
    expect(town_page.get_by_role("heading", name="人等复核")).to_be_visible()
    shoot(town_page, "purchase")


def test_the_insurer_looks_at_the_withdrawals(town_page: Page, sample_town: SampleTown) -> None:
    sample_town.log_in(town_page, "insurer")
    town_page.goto("/insurer/withdrawals/")
    expect(town_page.get_by_role("heading", name="2 份退保申请等您审核")).to_be_visible()
    shoot(town_page, "withdrawals")
    town_page.get_by_role("table").get_by_role("link").first.click()
    expect(town_page.get_by_role("button", name="同意退保", exact=True)).to_be_visible()
    shoot(town_page, "withdrawal")
