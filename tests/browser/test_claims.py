"""A claim in Chromium: from the report by one person to the payable amount that a second one stands for."""

from datetime import date

import pytest
from playwright.sync_api import Page, expect
from tests import factories
from tests.browser.acts import assert_accessible, assert_no_sideways_scroll, log_in
from tests.claims.acts import EVENT, handler, insured, number_of, prepared, report, settled

from ankang.accounts.models import Desk, User
from ankang.claims.models import Claim
from ankang.installation.models import Installation
from ankang.roster.models import Resident

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def day() -> None:
    Installation.objects.create(is_sample=True, demo_today=date(2024, 5, 30))


def fit_for_everybody(page: Page) -> None:
    assert_accessible(page)
    assert_no_sideways_scroll(page)


def report_by_number(page: Page, resident: Resident) -> None:
    page.goto("/insurer/report/")
    page.get_by_label("被保险人身份证号").fill(number_of(resident))
    page.get_by_label("事故（或身故）发生在哪一天").fill("2024-05-12")
    page.get_by_role("button", name="查名册和保障").click()
    expect(page.get_by_text("2024年5月12日有效")).to_be_visible()
    assert number_of(resident) not in page.url
    page.get_by_label("意外").check()
    page.get_by_label("事情经过").fill("在家门口滑倒，右腿着地，送镇卫生院")
    page.get_by_label("报案人", exact=False).first.fill("张明，儿子")
    fit_for_everybody(page)
    page.get_by_role("button", name="登记报案").click()


def enter_losses(page: Page) -> None:
    page.get_by_role("link", name="录入损失").first.click()
    page.get_by_label("医疗费用（元）").fill("5920")
    page.get_by_label("别处已报销（元）").fill("3000")
    page.get_by_label("其中骨折费用（元）").fill("6000")
    page.get_by_label("诊断").fill("右股骨颈骨折")
    page.get_by_label("入院").first.fill("2024-05-12")
    page.get_by_label("出院").first.fill("2024-05-24")
    page.get_by_role("button", name="保存损失").click()
    # A refused form says what to put right, and its summary leads to the field.
    page.get_by_role("alert").get_by_role("link", name="骨折费用").click()
    expect(page.get_by_label("其中骨折费用（元）")).to_be_focused()
    fit_for_everybody(page)
    page.get_by_label("其中骨折费用（元）").fill("4800")
    page.get_by_role("button", name="保存损失").click()


def second_person_agrees(page: Page, address: str, second: User) -> None:
    log_in(page, second)
    page.goto(address)
    page.get_by_role("button", name="同意赔付 3,100.00 元").click()
    expect(page.get_by_role("alert")).to_contain_text("还有 4 项没勾")
    for check in ("事故当天保单有效", "年龄档正确（75周岁）", "发票原件与金额一致", "收款人是本人或合法代领人"):
        page.get_by_label(check).check()
    fit_for_everybody(page)
    page.get_by_role("button", name="同意赔付 3,100.00 元").click()


@pytest.mark.parametrize("width", ["browser_page", "phone_page"])
def test_a_claim_from_the_report_to_the_payable_amount(request: pytest.FixtureRequest, width: str) -> None:
    page: Page = request.getfixturevalue(width)
    resident = insured(birth_date=date(1948, 7, 15))
    first, second = handler(), handler()
    log_in(page, first)
    report_by_number(page, resident)
    enter_losses(page)
    expect(page.get_by_role("heading", level=1)).to_contain_text("试算 3,100.00 元")
    fit_for_everybody(page)
    page.get_by_role("button", name="初审：应赔 3,100.00 元，交复核").click()
    # The first person is told to leave it to another, and has no button to agree with.
    expect(page.get_by_text("这件是您初审的")).to_be_visible()
    expect(page.get_by_role("button", name="同意赔付")).to_have_count(0)
    second_person_agrees(page, page.url, second)
    expect(page.get_by_role("heading", level=1)).to_contain_text("应赔 3,100.00 元")
    expect(page.get_by_text("已同意赔付", exact=True)).to_be_visible()
    claim = Claim.objects.get()
    assert (claim.status, claim.payable_fen) == ("approved", 310_000)
    assert claim.decisions.get().reviewed_by == second


def test_the_filters_of_the_list_are_one_bar(browser_page: Page, phone_page: Page) -> None:
    report(insured())
    for page, rows in ((browser_page, 1), (phone_page, 4)):
        log_in(page, handler())
        page.goto("/insurer/claims/")
        bar = page.get_by_role("search", name="筛选赔案")
        controls = bar.locator("input, select, button").all()
        bottoms = {round(box["y"] + box["height"]) for one in controls if (box := one.bounding_box())}
        assert len(bottoms) == rows, bottoms
        heads = [head for head in page.get_by_role("columnheader").all() if head.is_visible()]
        assert len(heads) == (7 if rows == 1 else 4)


def test_an_error_of_a_stay_leads_to_its_date(browser_page: Page) -> None:
    claim = report(insured())
    log_in(browser_page, handler())
    browser_page.goto(f"/insurer/claims/{claim.number}/losses/")
    browser_page.get_by_role("button", name="保存损失").click()
    expect(browser_page.get_by_role("alert")).to_contain_text("请填医疗费用，没有就写 0。")
    for amount in ("医疗费用（元）", "别处已报销（元）", "其中骨折费用（元）"):
        browser_page.get_by_label(amount).fill("0")
    browser_page.get_by_label("入院").first.fill("2024-05-14")
    browser_page.get_by_label("出院").first.fill("2024-05-13")
    browser_page.get_by_role("button", name="保存损失").click()
    browser_page.get_by_role("alert").get_by_role("link", name="第1次住院").click()
    expect(browser_page.get_by_label("出院").first).to_be_focused()


def test_the_second_person_agrees_by_keyboard_alone(browser_page: Page) -> None:
    claim = prepared(insured(), medical_expense_fen=100_000).claim
    log_in(browser_page, handler())
    browser_page.goto(f"/insurer/claims/{claim.number}/")
    browser_page.get_by_label("事故当天保单有效").focus()
    for _ in range(4):
        browser_page.keyboard.press("Space")
        browser_page.keyboard.press("Tab")
    browser_page.keyboard.press("Tab")  # past the opinion
    expect(browser_page.get_by_role("button", name="同意赔付 800.00 元")).to_be_focused()
    browser_page.keyboard.press("Enter")
    expect(browser_page.get_by_text("已同意赔付", exact=True)).to_be_visible()
    assert Claim.objects.get().payable_fen == 80_000


def test_every_page_of_the_desk_is_accessible_and_fits(browser_page: Page) -> None:
    resident = insured(("A", 1), ("B", 1), birth_date=date(1953, 2, 2))
    settled(resident, event_on=date(2024, 4, 18), medical_expense_fen=58_000)
    decision = prepared(
        resident,
        medical_expense_fen=592_000,
        reimbursed_fen=300_000,
        fracture_expense_fen=480_000,
        stays=((EVENT, date(2024, 5, 24)),),
        diagnosis="右股骨颈骨折",
    )
    waiting = report(resident)
    log_in(browser_page, handler())
    for address in (
        "",
        "claims/",
        "claims/?status=withdrawn",
        f"claims/{decision.claim.number}/",
        f"claims/{decision.claim.number}/print/",
        f"claims/{waiting.number}/",
        f"claims/{waiting.number}/losses/",
    ):
        browser_page.goto(f"/insurer/{address}")
        fit_for_everybody(browser_page)
    browser_page.goto("/insurer/cover/")
    browser_page.get_by_label("被保险人身份证号").fill(number_of(resident))
    browser_page.get_by_role("button", name="查保障").click()
    expect(browser_page.get_by_role("cell", name="附件2（2）第1行")).to_be_visible()
    fit_for_everybody(browser_page)
    log_in(browser_page, factories.user(Desk.TOWN))
    browser_page.goto("/town/claims/")
    fit_for_everybody(browser_page)
