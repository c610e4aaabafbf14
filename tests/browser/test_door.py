"""The door as a person meets it: by keyboard, with a phone's code, on a wide window and on a telephone."""

import re
from datetime import date

import pytest
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice
from playwright.sync_api import Page, expect
from tests import factories as make
from tests.browser.acts import assert_accessible, assert_no_sideways_scroll

from ankang.installation.models import Installation

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def give_password(page: Page, username: str, password: str = make.PASSWORD) -> None:
    """Fill the form with the keyboard alone."""
    page.goto("/login/")
    page.get_by_label("登录名").focus()
    page.keyboard.type(username)
    page.keyboard.press("Tab")
    page.keyboard.type(password)
    page.keyboard.press("Enter")


def test_a_manager_logs_in_moves_the_sample_day_invites_and_leaves(browser_page: Page) -> None:
    Installation.objects.create(is_sample=True, demo_today=date(2024, 3, 4), require_two_factors=False)
    boss = make.user("town", is_manager=True)
    browser_page.goto("/login/")
    assert_accessible(browser_page)
    give_password(browser_page, boss.username, "wrong-password")
    expect(browser_page.get_by_role("alert")).to_contain_text("登录名或密码不对")
    assert_accessible(browser_page)
    give_password(browser_page, boss.username)
    browser_page.get_by_role("link", name="设置", exact=True).click()
    browser_page.get_by_label("示例日期").fill("2024-03-20")
    browser_page.get_by_role("button", name="把示例镇换到这一天").click()
    expect(browser_page.get_by_text("示例日期已改")).to_be_visible()
    expect(browser_page.get_by_text("今天按 2024年3月20日").first).to_be_visible()
    browser_page.get_by_role("link", name="账号", exact=True).click()
    assert_accessible(browser_page)
    browser_page.get_by_role("link", name="开账号").click()
    browser_page.get_by_label("姓名").fill("李伟")
    browser_page.get_by_label("登录名").fill("li.wei")
    browser_page.get_by_label("岗位", exact=True).select_option(label="村居")
    browser_page.get_by_label("管辖范围").select_option(label="01村")
    assert_accessible(browser_page)
    browser_page.get_by_role("button", name="开账号，生成链接").click()
    link = browser_page.get_by_label("设密码的链接").input_value()
    assert_accessible(browser_page)
    browser_page.get_by_role("button", name="退出").first.click()
    browser_page.goto(link)
    assert_accessible(browser_page)
    browser_page.get_by_label("新密码").fill("river-mountain-2025")
    browser_page.get_by_label("再输一遍").fill("river-mountain-2025")
    browser_page.get_by_role("button", name="设好密码，去登录").click()
    give_password(browser_page, "li.wei", "river-mountain-2025")
    expect(browser_page).to_have_url(re.compile("/village/"))


def test_a_telephone_sets_up_the_second_step_and_logs_in_with_it(phone_page: Page) -> None:
    boss = make.user("town", is_manager=True)
    give_password(phone_page, boss.username)
    expect(phone_page.get_by_role("img", name="绑定用的二维码")).to_be_visible()
    assert_accessible(phone_page)
    assert_no_sideways_scroll(phone_page)
    device = TOTPDevice.objects.get(user=boss)
    phone_page.get_by_label("验证码").fill(f"{totp(device.bin_key):06d}")
    phone_page.get_by_role("button", name="绑定这部手机").click()
    expect(phone_page.get_by_role("heading", name="请抄下恢复码")).to_be_visible()
    recovery = phone_page.locator(".codes li").first.inner_text()
    assert_accessible(phone_page)
    assert_no_sideways_scroll(phone_page)
    phone_page.context.clear_cookies()
    give_password(phone_page, boss.username)
    expect(phone_page.get_by_role("heading", name="第二步：输入验证码")).to_be_visible()
    assert_accessible(phone_page)
    phone_page.get_by_label("验证码").fill(recovery)
    phone_page.get_by_role("button", name="确认并登录").click()
    phone_page.goto("/town/settings/audit/")
    expect(phone_page.get_by_role("cell", name="用恢复码登录")).to_be_visible()
    assert_accessible(phone_page)
    assert_no_sideways_scroll(phone_page)
