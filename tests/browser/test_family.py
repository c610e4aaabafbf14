"""A family reports on a telephone, a handler makes a claim of it and asks once, the village helps with a photo."""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import caches
from playwright.sync_api import Page, expect
from tests import factories
from tests.browser.acts import assert_accessible, assert_no_sideways_scroll, log_in, shoot
from tests.claims.acts import handler, insured, number_of, photo

from ankang.accounts.models import Desk
from ankang.claims.models import Claim
from ankang.installation.models import Installation

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def day(tmp_path: Path, settings: Any) -> Iterator[None]:
    settings.PAPERS = tmp_path / "papers"
    caches["limits"].clear()
    Installation.objects.create(is_sample=True, demo_today=date(2024, 5, 30))
    yield
    caches["limits"].clear()


def fit_for_everybody(page: Page) -> None:
    assert_accessible(page)
    assert_no_sideways_scroll(page)


def report(page: Page, number: str) -> tuple[str, str]:
    """Report by keyboard where it counts, and return the number and the word that were given."""
    page.goto("/")
    page.get_by_role("link", name="在这里报案").click()
    page.get_by_role("button", name="提交报案").press("Enter")
    page.get_by_role("alert").get_by_role("link", name="没有填老人姓名").click()
    expect(page.get_by_label("老人姓名")).to_be_focused()
    fit_for_everybody(page)
    page.goto("/report/")
    for label, text in (("老人姓名", "王秀兰"), ("老人身份证号", number), ("哪天出的事", "2024-05-12")):
        page.get_by_label(label).fill(text)
    page.get_by_label("出了什么事").fill("在家门口滑倒，右腿疼，送镇卫生院")
    page.get_by_label("骨折了").check()
    shoot(page, "report-phone", full_page=True)
    for label, text in (("您的姓名", "张明"), ("您是老人的", "儿子"), ("您的电话", "13812345678")):
        page.get_by_label(label).fill(text)
    page.get_by_role("button", name="提交报案").click()
    expect(page.get_by_role("heading", name="收到了您的报案")).to_be_visible()
    fit_for_everybody(page)
    shoot(page, "reported-phone")
    number_, secret = re.findall(r"\d{4} \d{4}", page.locator(".keep").inner_text())
    return number_, secret


def make_a_claim(page: Page) -> None:
    page.goto("/insurer/")
    page.get_by_role("link", name="去核").click()
    page.get_by_role("table").get_by_role("link", name="王秀兰").click()
    fit_for_everybody(page)
    page.get_by_label("意外").check()
    page.get_by_role("button", name="立案").click()
    expect(page.get_by_role("alert").first).to_contain_text("打回去")
    page.get_by_label("已打电话回去").check()
    shoot(page, "public-report")
    page.get_by_role("button", name="立案").click()
    page.get_by_role("link", name=re.compile("LP2024")).last.click()
    page.get_by_role("link", name="材料和票据").click()
    page.get_by_role("button", name="发补材料通知，要 3 样").click()
    expect(page.get_by_text("正在等")).to_be_visible()
    fit_for_everybody(page)
    shoot(page, "claim-papers")


def help_with_a_photo(page: Page, scan: Path) -> None:
    page.goto("/village/todo/")
    page.goto("/village/helped/")
    fit_for_everybody(page)
    page.get_by_role("link", name="王秀兰").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("还差 3 样材料")
    for paper in ("bank", "image"):
        page.get_by_label("这是什么材料").select_option(paper)
        page.get_by_label("照片或PDF").set_input_files(scan)
        page.get_by_role("button", name="交这一份").click()
        expect(page.get_by_text("收到了：")).to_be_visible()
    fit_for_everybody(page)
    shoot(page, "village-papers-phone")


def test_a_family_a_handler_and_a_village(phone_page: Page, browser_page: Page, tmp_path: Path) -> None:
    resident = insured(name="王秀兰")
    scan = tmp_path / "一张照片.jpg"
    scan.write_bytes(photo(600, 800))
    number, secret = report(phone_page, number_of(resident))
    log_in(browser_page, handler())
    make_a_claim(browser_page)
    log_in(phone_page, factories.user(Desk.VILLAGE))
    help_with_a_photo(phone_page, scan)
    phone_page.context.clear_cookies()
    phone_page.goto("/follow/")
    fit_for_everybody(phone_page)
    phone_page.get_by_label("报案号").fill(number)
    phone_page.get_by_label("查询口令").fill(secret)
    phone_page.get_by_role("button", name="查一查").press("Enter")
    expect(phone_page.get_by_role("heading", level=1)).to_contain_text("还差 1 样材料")
    fit_for_everybody(phone_page)
    shoot(phone_page, "follow-phone", full_page=True)
    phone_page.get_by_label("这是什么材料").select_option("identity")
    phone_page.get_by_label("照片或PDF").set_input_files(scan)
    phone_page.get_by_role("button", name="交这一份").press("Enter")
    expect(phone_page.get_by_text("材料齐了")).to_be_visible()
    expect(phone_page.get_by_role("heading", level=1)).to_contain_text("正在办")
    document = Claim.objects.get().documents.latest("pk")
    browser_page.goto(f"/insurer/claims/{document.claim.number}/papers/{document.pk}/look/")
    expect(browser_page.get_by_alt_text("身份证的照片")).to_be_visible()
    assert browser_page.evaluate("document.querySelector('.scan').naturalWidth") == 600
    fit_for_everybody(browser_page)
    shoot(browser_page, "claim-paper")
    browser_page.goto(f"/insurer/claims/{document.claim.number}/invoices/")
    fit_for_everybody(browser_page)
    phone_page.get_by_role("button", name="看完了，退出").click()
    expect(phone_page.get_by_label("查询口令")).to_be_visible()
