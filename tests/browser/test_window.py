"""The medical window in Chromium: bills in, agreed by the insurer, paid, closed in the evening; and from a file."""

from datetime import date

import pytest
from playwright.sync_api import Page, expect
from tests.browser.acts import assert_accessible, assert_no_sideways_scroll, log_in, shoot
from tests.claims.acts import handler, insured, number_of, review
from tests.claims.green_acts import confirmed_version, paid, window
from tests.claims.test_settlement_files import HEAD, row
from tests.roster.files import xlsx

from ankang.claims.green_models import AdvanceDay
from ankang.claims.models import Claim
from ankang.installation.models import Installation

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
OLD = date(1951, 6, 1)


@pytest.fixture(autouse=True)
def day() -> None:
    Installation.objects.create(is_sample=True, demo_today=date(2024, 5, 29))
    confirmed_version()


def fit_for_everybody(page: Page) -> None:
    assert_accessible(page)
    assert_no_sideways_scroll(page)


def test_two_bills_settled_paid_and_closed(browser_page: Page) -> None:
    page, by, one = browser_page, window(), insured(birth_date=OLD)
    log_in(page, by)
    page.goto("/window/")
    page.get_by_label("被保险人身份证号").fill(number_of(one))
    page.get_by_label("事故（或身故）发生在哪一天").fill("2024-05-12")
    page.get_by_role("button", name="查保障").press("Enter")
    page.get_by_label("怎么伤的").fill("在家门口滑倒，右腿疼")
    bills = page.get_by_role("group", name="第1张票据")
    bills.get_by_label("票据号码").fill("00012345")
    bills.get_by_label("金额（元）").fill("5000")
    bills.get_by_label("开票日期").fill("2024-05-20")
    page.get_by_role("button", name="再加一张票据").click()
    second = page.get_by_role("group", name="第2张票据")
    second.get_by_label("票据号码").fill("00012345")
    second.get_by_label("金额（元）").fill("300")
    second.get_by_label("开票日期").fill("2024-05-22")
    for label, text in (("已报销（元）", "3800"), ("其中骨折费用（元）", "0"), ("诊断", "右桡骨骨折")):
        page.get_by_label(label).fill(text)
    fit_for_everybody(page)
    page.locator("#settlement").evaluate("form => form.scrollIntoView()")
    shoot(page, "window-settle")
    page.get_by_role("button", name="算出应赔，交中国人寿复核").click()
    expect(page.get_by_text("写了两次").first).to_be_visible()
    fit_for_everybody(page)
    second.get_by_label("票据号码").fill("00012346")
    page.get_by_role("button", name="算出应赔，交中国人寿复核").press("Enter")
    expect(page.get_by_role("heading", name="应赔 1,300.00 元")).to_be_visible()
    fit_for_everybody(page)
    review(Claim.objects.get().decisions.get(), handler())
    page.get_by_role("link", name="刷新看结果").click()
    page.get_by_label("收款人姓名").first.fill(one.name)
    page.get_by_label("与老人关系").first.select_option("insured")
    page.get_by_label("核对了收款人身份证").check()
    page.get_by_role("button", name="付现金 1,300.00 元").press("Enter")
    expect(page.get_by_role("heading", name="已付 1,300.00 元")).to_be_visible()
    fit_for_everybody(page)
    shoot(page, "window-paid")
    with page.expect_download() as stub:
        page.get_by_role("link", name="打印回单").click()
    assert stub.value.suggested_filename.startswith("回单-LP2024")
    page.get_by_role("link", name="今日单据").click()
    for label, text in (("放进来的现金（元）", "2000"), ("现在数出来（元）", "690")):
        page.get_by_label(label).fill(text)
    page.get_by_role("button", name="日结").click()
    expect(page.get_by_text("差 -10.00 元").first).to_be_visible()
    fit_for_everybody(page)
    shoot(page, "window-day")
    page.get_by_label("现在数出来（元）").fill("700")
    page.get_by_role("button", name="日结").press("Enter")
    expect(page.get_by_text("已生成，请打印交中国人寿")).to_be_visible()
    fit_for_everybody(page)
    assert AdvanceDay.objects.get().total_fen == 130_000


def test_a_further_bill_of_a_paid_accident(browser_page: Page) -> None:
    page, by = browser_page, window()
    claim = paid(insured(birth_date=OLD), by).payout.claim
    log_in(page, by)
    page.goto(f"/window/claims/{claim.number}/")
    page.get_by_role("button", name="这次事故又有票据，再加").press("Enter")
    bills = page.get_by_role("group", name="第1张票据")
    for label, text in (("票据号码", "00012399"), ("金额（元）", "300"), ("开票日期", "2024-05-28")):
        bills.get_by_label(label).fill(text)
    for label in ("已报销（元）", "其中骨折费用（元）"):
        page.get_by_label(label).fill("0")
    fit_for_everybody(page)
    page.get_by_text("这一天的意外已经有赔案").evaluate("text => text.scrollIntoView()")
    shoot(page, "window-more-bills")
    page.get_by_role("button", name=f"把票据加进 {claim.number}，重新算").press("Enter")
    expect(page.get_by_text("补交的票据 300.00 元等中国人寿同意冲回")).to_be_visible()
    fit_for_everybody(page)


def test_a_file_is_tried_and_then_settled(browser_page: Page) -> None:
    page, people = browser_page, [insured(birth_date=OLD, name=name) for name in ("王秀兰", "陈大山", "李四海")]
    log_in(page, window())
    page.goto("/window/")
    page.get_by_role("link", name="用表格结算").click()
    fit_for_everybody(page)
    rows = [row(people[0]), row(people[0], "00012346", 300, 0), row(people[1], "00012347", 800, 0)]
    content = xlsx(*rows, row(people[2], "00012348", "五百"), header=HEAD)
    file = {"name": "5月29日结算.xlsx", "mimeType": "application/octet-stream", "buffer": content}
    page.get_by_label("结算表").set_input_files([file])
    page.get_by_role("button", name="上传并试算（还不结算）").click()
    expect(page.get_by_role("heading", name="请核对：2 件，应赔 1,900.00 元（还没结算）")).to_be_visible()
    expect(page.get_by_text("看不懂这个金额")).to_be_visible()
    fit_for_everybody(page)
    shoot(page, "window-import")
    page.get_by_role("button", name="确认结算 2 件").press("Enter")
    expect(page.get_by_role("heading", name="结算好了 2 件，应赔 1,900.00 元")).to_be_visible()
    fit_for_everybody(page)
    assert Claim.objects.count() == 2
