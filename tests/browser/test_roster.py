"""A town clerk imports a list with mistakes, mends them in the report, finds a person by initials, sees a number."""

import re
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import Page, expect
from python_calamine import load_workbook
from tests import factories
from tests.browser.acts import assert_accessible, assert_no_sideways_scroll, log_in, shoot
from tests.roster import files
from tests.roster.files import number, row

from ankang.accounts.models import Desk
from ankang.audit.models import AuditEntry
from ankang.installation.models import Installation
from ankang.roster.models import Resident

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def demo_day(transactional_db: None) -> None:
    Installation.objects.create(pk=1, is_sample=True, demo_today=date(2024, 3, 4))


def send(page: Page, content: bytes) -> None:
    page.get_by_label("名册文件").set_input_files(
        {"name": "名册.xlsx", "mimeType": "application/octet-stream", "buffer": content}
    )
    page.get_by_role("button", name="检查，看结果").click()
    confirm = page.get_by_role("button", name="确认写入")
    expect(confirm.or_(page.get_by_role("alert")).first).to_be_visible()
    if confirm.count():
        assert_accessible(page)
        confirm.click()


def mended(path: Path) -> bytes:
    """The downloaded report as a clerk sends it back: the name filled in, the old number replaced."""
    report = load_workbook(BytesIO(path.read_bytes())).get_sheet_by_index(0).to_python()
    report[1][2] = "李国强"
    report[2][3] = number(5)
    return files.xlsx(*report[1:], header=report[0])


def test_import_mend_find_and_look(browser_page: Page) -> None:
    page = browser_page
    log_in(page, factories.user(Desk.TOWN))
    factories.version(factories.plan())
    page.goto("/town/roster/")
    assert_accessible(page)
    page.get_by_role("link", name="导入名册").click()
    assert_accessible(page)
    send(page, b"%PDF-1.7")
    expect(page.get_by_role("alert")).to_contain_text("只是名字像表格")
    assert_accessible(page)
    send(
        page,
        files.xlsx(
            row("单秀兰", number(2), 类别="低保", 手机="12"), row("", number(3)), row("赵玉", "329900500506005", "02村")
        ),
    )
    expect(page.get_by_role("heading", level=1)).to_have_text("1 行已在名册里，2 行要改")
    assert_accessible(page)
    shoot(page, "import-result")
    assert_no_sideways_scroll(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="下载没导入的行").click()
    page.goto("/town/import/")
    send(page, mended(download.value.path()))
    expect(page.get_by_role("heading", level=1)).to_have_text("全部导入成功")
    page.get_by_role("link", name="看名册").click()
    page.get_by_label("姓名、拼音首字母或身份证号").fill("sx")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/town/roster/\?q=[\w%-]{40,}$"))
    expect(page.locator("table.tb tbody tr")).to_have_count(1)
    assert_accessible(page)
    assert_no_sideways_scroll(page)
    page.get_by_role("link", name="单秀兰").click()
    assert_accessible(page)
    assert number(2) not in page.content()
    page.get_by_role("button", name="看全号").click()
    expect(page.get_by_text(number(2))).to_be_visible()
    assert_accessible(page)
    assert_no_sideways_scroll(page)
    assert AuditEntry.objects.filter(action="roster.look_at_number").count() == 1
    assert set(Resident.objects.values_list("name", flat=True)) == {"单秀兰", "李国强", "赵玉"}


def test_a_number_typed_whole_leads_to_its_person(phone_page: Page) -> None:
    page = phone_page
    log_in(page, factories.user(Desk.VILLAGE))
    found = factories.resident(number=number(2))
    page.goto("/village/roster/")
    assert_accessible(page)
    page.get_by_label("姓名、拼音首字母或身份证号").fill(number(2))
    page.get_by_role("button", name="查找").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("王秀兰")
    assert page.url.endswith(f"/village/roster/{found.pk}/")
    assert_accessible(page)
    page.get_by_role("link", name="改联系方式").click()
    page.get_by_label("手机").fill("12")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("alert")).to_contain_text("不像电话号码")
    assert_accessible(page)
    page.goto("/village/roster/add/")
    assert_accessible(page)
    page.get_by_role("button", name="录入名册").click()
    expect(page.get_by_role("alert")).to_contain_text("请填18位身份证号")
    assert_accessible(page)
    assert_no_sideways_scroll(page)


def test_what_was_typed_stays_when_the_session_ended(phone_page: Page) -> None:
    page, worker = phone_page, factories.user(Desk.VILLAGE)
    log_in(page, worker)
    page.clock.install()
    page.goto("/village/roster/add/")
    page.get_by_label("身份证号").fill(number(3))
    page.get_by_label("姓名").fill("陈桂英")
    Session.objects.all().delete()
    page.clock.fast_forward("26:00")
    page.get_by_role("button", name="录入名册").click()
    expect(page.get_by_text("登录过期了。刚才填的还在这一页")).to_be_visible()
    expect(page.get_by_role("link", name="点这里重新登录（开新页）")).to_have_attribute("href", "/login/")
    assert_accessible(page)
    assert_no_sideways_scroll(page)
    assert not Resident.objects.exists()
    log_in(page, worker)  # as in the new tab, where the token changes too
    page.context.add_cookies(
        [{"name": "csrftoken", "value": "a" * 32, "domain": "127.0.0.1", "path": "/", "sameSite": "Lax"}]
    )
    page.get_by_role("button", name="录入名册").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("陈桂英")
    assert Resident.objects.get().name == "陈桂英"


def test_back_to_a_form_that_arrived_does_not_say_that_it_was_lost(phone_page: Page) -> None:
    page = phone_page
    log_in(page, factories.user(Desk.VILLAGE))
    page.goto("/village/roster/")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.goto("/village/roster/add/")
    page.get_by_label("身份证号").fill(number(3))
    page.get_by_role("button", name="录入名册").click()
    expect(page.get_by_role("alert")).to_contain_text("姓名")
    page.get_by_label("姓名").fill("陈桂英")
    page.get_by_role("button", name="录入名册").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("陈桂英")
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("添加一人")
    expect(page.get_by_label("姓名")).to_have_value("")
    assert Resident.objects.count() == 1
