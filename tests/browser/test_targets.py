"""Publishing targets in a browser: compute, check village by village, issue on a paper, read what is in force."""

from datetime import date

import pytest
from playwright.sync_api import Page, expect
from tests import factories, towns
from tests.browser.acts import assert_accessible, assert_no_sideways_scroll, log_in, shoot

from ankang.installation.models import Installation
from ankang.programmes.target_models import TargetIssue

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_manager_publishes_targets(browser_page: Page) -> None:
    page = browser_page
    Installation.objects.create(is_sample=True, demo_today=towns.TODAY)
    factories.version()
    log_in(page, factories.user("town", is_manager=True))
    page.goto("/town/targets/")
    expect(page.get_by_role("heading", name="下达目标全部完成是 84.99%，离85%还差 1 人")).to_be_visible()
    assert_accessible(page)
    shoot(page, "targets")
    page.get_by_role("link", name="改目标").click()
    page.get_by_label("目标怎么算").select_option("upward")
    page.get_by_role("button", name="算出每村的目标").click()
    expect(page.get_by_text("合计 16,041 人，目标 13,643 人")).to_be_visible()
    expect(page.get_by_label("02村的目标")).to_have_value("632")
    page.get_by_label("文号").fill("试政发〔2024〕5号")
    page.get_by_label("文件日期").fill("2024-03-01")
    page.get_by_label("已和文件逐村核对过").check()
    page.get_by_role("button", name="下达 20 个村的目标").click()
    expect(page.get_by_role("link", name="再改要写明为什么")).to_be_visible()
    assert not TargetIssue.objects.exists()
    assert_accessible(page)
    page.get_by_label("为什么改").fill("每个村都要到85%")
    page.get_by_label("02村的目标").fill("633")
    page.get_by_role("heading", name="2 逐村核对").scroll_into_view_if_needed()
    shoot(page, "targets-new")
    page.get_by_role("button", name="下达 20 个村的目标").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("已按试政发〔2024〕5号（2024年3月1日）下达目标")).to_be_visible()
    expect(page.get_by_role("row", name="02村")).to_contain_text("633")
    with page.expect_download() as download:
        page.get_by_role("link", name="附件1（PDF）").click()
    assert download.value.suggested_filename.endswith(".pdf")
    issue = TargetIssue.objects.get()
    assert (issue.paper, issue.rule, issue.source, issue.from_on) == (
        "试政发〔2024〕5号",
        "upward",
        "current",
        date(2024, 3, 4),
    )
    assert_no_sideways_scroll(page)
