"""A village worker on a telephone: calls, records with one tap, takes it back; the lead divides and keeps the plan."""

import re
from datetime import date, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer
from tests import factories, towns
from tests.browser.acts import assert_accessible, assert_no_sideways_scroll, log_in, shoot
from tests.browser.sample_town import SampleTown
from tests.outreach.acts import NOW, TODAY, follow_up, household

from ankang.installation.models import Installation
from ankang.outreach.models import Assignment, FollowUp, Measure

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

DAY = timedelta(days=1)

_LOW = """() => [...document.querySelectorAll(".house button, .house a, .house summary, .fbar button, .two-links a")]
    .filter(each => each.getClientRects().length && each.getBoundingClientRect().height < 48)
    .map(each => each.outerHTML)"""


@pytest.fixture
def worker(transactional_db: None):
    Installation.objects.create(is_sample=True, demo_today=TODAY)
    version = towns.campaign()
    worker = factories.user("village")
    household(worker.division, "1组1号", 2)
    due = factories.resident(
        worker.division, name="李秀英", household="1组2号", address="一组二号", phone="19900001234", phone_tail="1234"
    )
    towns.listed(due, "wubao")
    # The day before: the page lives on the demo day at the real time of day, which may be any hour.
    follow_up(worker, due, version, "again", again_on=date(2024, 3, 4), today=TODAY - DAY, now=NOW - DAY)
    return worker


def test_call_record_and_take_back_on_a_telephone(phone_page: Page, worker) -> None:
    page = phone_page
    log_in(page, worker)
    page.goto("/village/todo/")
    assert_accessible(page)
    assert_no_sideways_scroll(page)
    assert page.evaluate(_LOW) == []
    expect(page.get_by_role("heading", level=4).first).to_have_text("李秀英")
    page.get_by_role("button", name=re.compile("看号码打电话.*李秀英")).click()
    expect(page.get_by_role("link", name="本人 19900001234")).to_have_attribute("href", "tel:19900001234")
    assert_accessible(page)
    assert_no_sideways_scroll(page)
    page.get_by_label("备注").fill("儿子周末回来")
    page.get_by_label("哪天再联系").fill("2024-03-09")
    page.get_by_role("button", name="再联系", exact=True).click()
    expect(page.get_by_text("已记下：李秀英 再联系，3月9日排在最前面。")).to_be_visible()
    assert FollowUp.objects.get(is_latest=True).note == "儿子周末回来"
    house = page.get_by_role("form", name="记1组1号之0的情况")
    house.get_by_role("button", name="外出").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("已记下：1组1号之0 外出。")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name=re.compile("撤回.*1组1号之0")).click()
    expect(page.get_by_text("已撤回")).to_be_visible()
    assert FollowUp.objects.filter(is_latest=True).count() == 1


def test_the_lead_divides_and_keeps_the_plan(phone_page: Page, worker) -> None:
    page = phone_page
    colleague = factories.user("village")
    log_in(page, worker)
    page.goto("/village/todo/")
    page.get_by_role("link", name="分工与进度").click()
    assert_accessible(page)
    assert_no_sideways_scroll(page)
    page.get_by_role("button", name="按户平均分").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("全村 3 人都分好了")
    page.get_by_role("link", name="一户一户手工分").click()
    page.get_by_label("看谁的人").select_option("all")
    page.get_by_role("button", name="查找", exact=True).click()
    assert_accessible(page)
    assert_no_sideways_scroll(page)
    page.get_by_label(re.compile("整户 1组1号")).check()
    page.get_by_label("勾选的分给").select_option(str(colleague.pk))
    page.get_by_role("button", name="分给他").click()
    expect(page.get_by_text(f"分给了{colleague.full_name}")).to_be_visible()
    assert Assignment.objects.filter(worker=colleague, resident__household="1组1号").count() == 2
    page.goto("/village/todo/plan/")
    page.get_by_role("textbox", name="措施").fill("挨户上门")
    page.get_by_role("textbox", name="责任人").fill("王桂芳")
    page.get_by_label("期限").fill("2024-03-01")
    page.get_by_role("button", name="加进方案").click()
    expect(page.get_by_text("1 条过期")).to_be_visible()
    assert_accessible(page)
    assert_no_sideways_scroll(page)
    page.get_by_role("button", name=re.compile("完成了.*挨户上门")).click()
    expect(page.get_by_text("1 条措施，完成 1 条")).to_be_visible()
    assert Measure.objects.get().done_by == worker
    page.emulate_media(media="print")
    expect(page.get_by_role("button", name="加进方案")).to_be_hidden()
    expect(page.get_by_text("打印日 2024年3月4日")).to_be_visible()


def test_it_works_without_scripts(chromium: Browser, live_server: LiveServer, worker) -> None:
    context = chromium.new_context(java_script_enabled=False, base_url=live_server.url)
    page = context.new_page()
    log_in(page, worker)
    page.goto("/village/todo/?who=all&state=new")
    page.get_by_role("form", name="记1组1号之0的情况").get_by_role("button", name="拒绝").click()
    expect(page).to_have_url(re.compile(r"who=all&state=new$"))
    expect(page.get_by_text("已记下：1组1号之0 拒绝。")).to_be_visible()
    context.close()


def test_pictures_of_a_village_at_work(town_phone: Page, sample_town: SampleTown) -> None:
    sample_town.log_in(town_phone, "village")
    town_phone.goto("/village/todo/")
    expect(town_phone.get_by_role("link", name="只看这些")).to_be_visible()
    town_phone.get_by_role("heading", name="还没参保的老人").scroll_into_view_if_needed()
    town_phone.evaluate("document.querySelector('#head-waiting').scrollIntoView()")
    shoot(town_phone, "todo-phone")
    town_phone.goto("/village/todo/workers/")
    expect(town_phone.get_by_text("第一责任人").first).to_be_visible()
    shoot(town_phone, "workers-phone")
    town_phone.goto("/village/todo/plan/")
    expect(town_phone.get_by_text("4 条措施，完成 2 条")).to_be_visible()
    shoot(town_phone, "plan-phone")
