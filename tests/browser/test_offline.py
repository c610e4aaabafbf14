"""A village worker whose network goes: reads the list, notes drafts, comes back; everything arrives, and once.

The line is really cut: the server's port is reached through one of our own that hangs up (tests.browser.line).
"""

import json
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer
from tests import factories, towns
from tests.browser.acts import assert_accessible, assert_no_sideways_scroll, log_in, shoot, watch
from tests.browser.line import Line, line_to
from tests.browser.sample_town import SampleTown
from tests.outreach.acts import TODAY, household

from ankang.audit.models import AuditEntry
from ankang.enrolment.actions import enrol
from ankang.enrolment.models import Enrolment
from ankang.installation.clock import now
from ankang.installation.models import Installation
from ankang.offline.models import OfflineEntry
from ankang.outreach.models import FollowUp
from ankang.programmes.models import ProgrammeVersion
from ankang.roster.models import Resident

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

expect.set_options(timeout=45_000)  # what the line lost goes up again by itself after half a minute

# All that lies in the browser's database, in words where it can be read.
_KEPT = """async () => {
    const read = (name) => new Promise((done) => {
        const asked = indexedDB.open('ankang-offline', 1);
        asked.onsuccess = () => {
            const rows = asked.result.transaction(name).objectStore(name).getAll();
            rows.onsuccess = () => { asked.result.close(); done(rows.result); };
        };
    });
    const said = (value) => value instanceof CryptoKey ? `key ${value.extractable}`
        : value instanceof ArrayBuffer ? new TextDecoder().decode(value) : value;
    const rows = [...await read('state'), ...await read('drafts')];
    return rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, said(value)])));
}"""

# Until so many rows lie there. `wait_for_function` takes a promise for a yes, and would not wait.
_UNTIL = f"""async (count) => {{
    for (let tries = 0; tries < 400; tries += 1) {{
        if ((await ({_KEPT})()).length === count) return;
        await new Promise((done) => setTimeout(done, 50));
    }}
    throw new Error("never so many rows");
}}"""


def until_kept(page: Page, count: int) -> None:
    page.evaluate(_UNTIL, count)


@pytest.fixture
def line(live_server: LiveServer) -> Iterator[Line]:
    with line_to(live_server.url) as made:
        yield made


@pytest.fixture
def phone(chromium: Browser, line: Line) -> Iterator[Page]:
    """A telephone whose only way to the server is the line. What the browser says of a cut line is no error."""
    context = chromium.new_context(
        base_url=line.url,
        viewport={"width": 390, "height": 844},
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        reduced_motion="reduce",
    )
    context.set_default_timeout(15_000)
    page = context.new_page()
    problems = watch(page)
    yield page
    line.mend()
    context.close()
    assert [each for each in problems if "net::ERR_" not in each] == []


@pytest.fixture
def worker(transactional_db: None):
    Installation.objects.create(is_sample=True, demo_today=TODAY)
    towns.campaign()
    worker = factories.user("village")
    for name, house in (("王秀兰", "1组1号"), ("李秀英", "1组2号"), ("周桂芳", "1组3号")):
        factories.resident(worker.division, name=name, household=house)
    return worker


def take_list(page: Page, worker) -> None:
    log_in(page, worker)
    page.goto("/village/todo/")
    page.get_by_role("link", name="离线登记").first.click()
    page.get_by_role("button", name="把本村名单存到这台手机").click()
    expect(page.get_by_text("名单存好了")).to_be_visible()
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")


def lose_network(page: Page, line: Line) -> None:
    line.cut()
    page.context.set_offline(True)


def find_network(page: Page, line: Line) -> None:
    line.mend()
    page.context.set_offline(False)


def person(page: Page, name: str):
    return page.locator("#people article").filter(has_text=name)


def draft(page: Page, name: str):
    return page.locator("#drafts > li").filter(has_text=name)


def note_enrolment(page: Page, name: str) -> None:
    person(page, name).get_by_role("button", name="记参保").click()
    page.get_by_label("50元/份").check()
    page.get_by_label("子女").check()
    page.get_by_label("已念给老人听").check()
    page.get_by_role("button", name="存成草稿").click()
    expect(draft(page, name)).to_contain_text("50.00 元（待上传确认）")


def test_drafts_made_without_a_network_arrive_once(phone: Page, line: Line, worker) -> None:
    page = phone
    take_list(page, worker)
    lose_network(page, line)
    page.goto("/village/todo/")  # the page does not come: the kept one does
    expect(page.get_by_role("heading", name="离线登记")).to_be_visible()
    expect(page.get_by_text("没有网络", exact=True)).to_be_visible()
    page.reload()
    expect(page.locator("#people article")).to_have_count(3)
    assert_accessible(page)
    assert_no_sideways_scroll(page)
    person(page, "王秀兰").get_by_role("button", name="记参保").click()
    assert_accessible(page)
    assert_no_sideways_scroll(page)
    page.get_by_role("button", name="存成草稿").click()
    expect(page.get_by_text("还没有勾选“已念给老人听”")).to_be_focused()
    page.get_by_role("button", name="不记了").click()
    note_enrolment(page, "王秀兰")
    person(page, "李秀英").get_by_role("button", name="外出").click()
    person(page, "周桂芳").get_by_role("button", name="再联系").click()
    page.get_by_label("哪天再联系").fill("2024-03-09")
    page.get_by_label("备注").fill("等儿子")
    page.get_by_role("button", name="存成草稿").click()
    expect(page.get_by_role("heading", name="待上传 3 份")).to_be_visible()
    draft(page, "李秀英").get_by_role("button", name="改").click()
    page.get_by_label("拒绝").check()
    page.get_by_role("button", name="存成草稿").click()
    expect(draft(page, "李秀英")).to_contain_text("拒绝")
    page.get_by_role("button", name="现在上传").click()
    expect(page.get_by_text("没有连上网。草稿都在手机上")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="待上传 3 份")).to_be_visible()
    assert_accessible(page)
    assert (Enrolment.objects.count(), FollowUp.objects.count()) == (0, 0)

    find_network(page, line)  # goes up by itself
    expect(page.locator("#results > li")).to_have_count(3)
    expect(page.locator("#waiting")).to_be_hidden()
    assert_accessible(page)
    made = Enrolment.objects.get()
    assert (made.participation.resident.name, made.by, made.enrolled_on) == ("王秀兰", worker, TODAY)
    assert list(made.holdings.get().fundings.values_list("payer", "amount_fen")) == [("child", 5000)]
    assert set(FollowUp.objects.values_list("resident__name", "outcome", "note")) == {
        ("李秀英", "refused", ""), ("周桂芳", "again", "等儿子"),
    }  # fmt: skip
    assert AuditEntry.objects.filter(action="offline.take_in").count() == 3


def test_a_reply_that_was_lost_doubles_nothing(phone: Page, line: Line, worker) -> None:
    page = phone
    take_list(page, worker)
    lose_network(page, line)
    note_enrolment(page, "王秀兰")
    person(page, "李秀英").get_by_role("button", name="外出").click()
    expect(page.get_by_role("heading", name="待上传 2 份")).to_be_visible()
    find_network_that_loses_replies(page, line)
    assert line.lost.wait(30)
    expect(draft(page, "王秀兰")).to_contain_text("正在等回音：可能已经传到")
    assert (Enrolment.objects.count(), FollowUp.objects.count()) == (1, 1)  # the server has them, nobody knows
    expect(draft(page, "王秀兰").get_by_role("button", name="删掉")).to_be_hidden()
    page.reload()
    expect(page.get_by_role("heading", name="待上传 2 份")).to_be_visible()
    expect(page.get_by_text("没有连上网。草稿都在手机上")).to_be_visible()  # it tried again by itself, and lost again
    line.mend()
    page.locator("#upload").dispatch_event("click")  # where it went up by itself meanwhile, the button is gone
    expect(page.locator("#results > li")).to_have_count(2)
    expect(page.locator("#waiting")).to_be_hidden()
    assert (Enrolment.objects.count(), FollowUp.objects.count(), OfflineEntry.objects.count()) == (1, 1, 2)


def find_network_that_loses_replies(page: Page, line: Line) -> None:
    line.mend()
    line.lose_replies()
    page.context.set_offline(False)


def test_both_sides_are_shown_and_the_worker_chooses(phone: Page, line: Line, worker) -> None:
    page = phone
    take_list(page, worker)
    lose_network(page, line)
    note_enrolment(page, "王秀兰")
    person(page, "李秀英").get_by_role("button", name="拒绝").click()
    note_enrolment(page, "周桂芳")
    people = {one.name: one for one in Resident.objects.all()}
    colleague = factories.user("village", worker.division)
    meanwhile(colleague, people)
    find_network(page, line)
    expect(draft(page, "王秀兰")).to_contain_text("已经有人给这位老人登记了")
    expect(draft(page, "王秀兰")).to_contain_text(f"{colleague.full_name}")
    expect(draft(page, "周桂芳")).to_contain_text("名册上写的是：已故")
    assert_accessible(page)
    assert_no_sideways_scroll(page)
    page.reload()
    expect(draft(page, "王秀兰")).to_contain_text("您记的")
    draft(page, "周桂芳").get_by_role("button", name="删掉").click()
    draft(page, "王秀兰").get_by_role("button", name="再登记这一份").click()
    expect(page.locator("#waiting")).to_be_hidden()
    assert Enrolment.objects.filter(participation__resident=people["王秀兰"]).count() == 2
    assert not Enrolment.objects.filter(participation__resident=people["周桂芳"]).exists()


def meanwhile(colleague, people) -> None:
    """What somebody else did while the telephone had no network."""
    enrol(
        by=colleague,
        resident=people["王秀兰"],
        version=ProgrammeVersion.objects.get(),
        product="B",
        units=1,
        fundings=[("self", 5000)],
        consent="resident",
        key="meanwhile",
        today=TODAY,
        now=now(),
    )
    towns.dead(people["周桂芳"])


def test_what_is_kept_is_sealed_and_a_log_out_leaves_nothing(phone: Page, line: Line, worker) -> None:
    page = phone
    take_list(page, worker)
    kept = json.dumps(page.evaluate(_KEPT), ensure_ascii=False)
    assert "key false" in kept
    lose_network(page, line)
    note_enrolment(page, "王秀兰")
    kept = json.dumps(page.evaluate(_KEPT), ensure_ascii=False)
    for word in ("王秀兰", "1组1号", "50元"):
        assert word not in kept
    find_network_elsewhere(page, line)
    page.get_by_text("菜单", exact=True).click()
    page.get_by_role("button", name="退出").last.click()
    expect(page.get_by_text("还没退出。")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="不要草稿了，退出").click()
    expect(page.get_by_role("heading", name="登录")).to_be_visible()
    assert page.evaluate(_KEPT) == []
    assert Enrolment.objects.count() == 0


def find_network_elsewhere(page: Page, line: Line) -> None:
    """Leave the page of drafts before the network is back: on other pages nothing goes up by itself."""
    page.goto("about:blank")
    find_network(page, line)
    page.goto("/village/todo/")
    expect(page.locator("#drafts-bar")).to_contain_text("1 份没上传的草稿")


def test_a_session_that_ended_leaves_list_and_drafts_to_their_person(phone: Page, line: Line, worker) -> None:
    page = phone
    take_list(page, worker)
    lose_network(page, line)
    note_enrolment(page, "王秀兰")
    Session.objects.all().delete()
    find_network(page, line)
    expect(page.get_by_text("登录已经过期。名单和草稿都还在手机上")).to_be_visible()
    page.get_by_role("link", name="重新登录").click()
    expect(page.get_by_role("heading", name="登录")).to_be_visible()
    lose_network(page, line)
    page.goto("/village/offline/")
    expect(page.locator("#people article")).to_have_count(3)
    person(page, "李秀英").get_by_role("button", name="拒绝").click()
    expect(page.get_by_role("heading", name="待上传 2 份")).to_be_visible()
    assert_accessible(page)
    page.goto("about:blank")
    log_in(page, worker)
    find_network(page, line)
    page.goto("/village/offline/")
    expect(page.locator("#results > li")).to_have_count(2)
    expect(page.locator("#people article")).to_have_count(3)
    assert (Enrolment.objects.get().by, FollowUp.objects.get().by) == (worker, worker)


def test_a_list_that_is_called_back_goes_and_drafts_stay_sealed(phone: Page, line: Line, worker) -> None:
    page = phone
    take_list(page, worker)
    lose_network(page, line)
    note_enrolment(page, "王秀兰")
    Session.objects.all().delete()
    type(worker).objects.filter(pk=worker.pk).update(must_change_password=True)
    find_network(page, line)
    expect(page.get_by_text("登录已经过期，手机上的名单已清除")).to_be_visible()
    expect(page.get_by_text("1 份没上传的草稿，加了密，现在打不开")).to_be_visible()
    expect(page.locator("#people article").first).to_be_hidden()
    assert "key false" not in json.dumps(page.evaluate(_KEPT))
    type(worker).objects.filter(pk=worker.pk).update(must_change_password=False)
    log_in(page, factories.user("village", worker.division))
    page.reload()
    expect(page.get_by_text("1 份没上传的草稿，加了密，现在打不开")).to_be_visible()
    until_kept(page, 1)  # nobody's list came back for the other one
    expect(page.locator("#said")).to_be_hidden()
    assert Enrolment.objects.count() == 0
    log_in(page, worker)
    page.get_by_role("button", name="把本村名单存到这台手机").click()
    expect(page.get_by_text("名单存好了")).to_be_visible()
    expect(page.locator("#results > li")).to_have_count(1)
    assert Enrolment.objects.get().by == worker


def test_who_comes_next_does_not_find_the_list(phone: Page, line: Line, worker) -> None:
    page = phone
    take_list(page, worker)
    log_in(page, factories.user("village", worker.division))
    page.goto("/village/todo/")
    until_kept(page, 0)


def test_after_seven_days_everything_is_wiped(phone: Page, line: Line, worker) -> None:
    page = phone
    page.clock.install()
    take_list(page, worker)
    lose_network(page, line)
    note_enrolment(page, "王秀兰")
    page.clock.fast_forward(timedelta(days=6, hours=23).total_seconds() * 1000)
    page.reload()
    expect(page.locator("#people article")).to_have_count(3)
    expect(draft(page, "王秀兰")).to_contain_text("还有 1 天就从手机上清除")
    page.clock.fast_forward(timedelta(hours=2).total_seconds() * 1000)
    page.reload()
    expect(page.get_by_text("1 份草稿超过7天没有上传，已经清除")).to_be_visible()
    expect(page.get_by_role("heading", name="下村以前，先把名单存到手机")).to_be_visible()
    assert [row["id"] for row in page.evaluate(_KEPT)] == ["wish"]


def test_a_form_sent_without_a_network_stays_and_counts_once(phone: Page, line: Line, worker) -> None:
    page = phone
    household(worker.division, "2组1号", 1)
    take_list(page, worker)
    page.goto("/village/todo/")
    lose_network(page, line)
    visit = page.get_by_role("form", name="记2组1号之0的情况").get_by_role("button", name="外出")
    visit.click()
    expect(page.get_by_text("现在没有网络，没有交上去")).to_be_visible()
    page.context.set_offline(False)  # the telephone believes in a network that does not answer
    visit.click()
    again = page.get_by_role("button", name="再交一次")
    expect(again).to_be_visible()
    assert_accessible(page)
    again.click()
    expect(again).to_be_visible()
    assert FollowUp.objects.count() == 0
    line.mend()
    again.click()
    expect(page.get_by_text("外出 3月4日")).to_be_visible()
    assert FollowUp.objects.count() == 1


def test_the_pictures_of_the_guide(town_phone: Page, sample_town: SampleTown) -> None:
    """In the sample town nobody uploads: others share it."""
    page = town_phone
    sample_town.log_in(page, "village")
    page.goto("/village/offline/")
    page.get_by_role("button", name="把本村名单存到这台手机").click()
    expect(page.get_by_text("名单存好了")).to_be_visible()
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.context.set_offline(True)
    page.reload()
    people = page.locator("#people article")
    people.first.get_by_role("button", name="外出").click()
    people.nth(1).get_by_role("button", name="记参保").click()
    page.get_by_label("已念给老人听").check()
    page.get_by_role("button", name="存成草稿").click()
    expect(page.get_by_role("heading", name=re.compile("待上传 2 份"))).to_be_visible()
    page.locator("#said").evaluate("box => box.blur()")
    page.evaluate("scrollTo(0, 0)")
    shoot(page, "offline-phone")
