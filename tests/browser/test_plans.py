"""Next year's plan without a text editor, in Chromium: copied, mended, compared, published by a second person."""

import re
from datetime import date

import pytest
from playwright.sync_api import Page, expect
from tests import factories
from tests.browser.acts import assert_accessible, assert_no_sideways_scroll, log_in, shoot
from tests.browser.sample_town import SampleTown
from tests.programmes.draft_acts import copy, save

from ankang.installation.models import Installation
from ankang.programmes.draft_models import DraftRevision, ProgrammeDraft
from ankang.programmes.models import ProgrammeVersion
from ankang.programmes.queries import plan_of

pytestmark = pytest.mark.browser
database = pytest.mark.django_db(transaction=True)


def fit_for_everybody(page: Page) -> None:
    assert_accessible(page)
    assert_no_sideways_scroll(page)


def field(page: Page, name: str):
    return page.locator(f'[id="{name}"]')


def save_part(page: Page) -> None:
    """Press 保存 once the form, which saves itself as it is filled, has no answer to wait for."""
    expect(page.locator(".htmx-request")).to_have_count(0)
    page.get_by_role("button", name="保存这一部分").click()


def live_here() -> None:
    Installation.objects.create(is_sample=True, demo_today=date(2024, 11, 4))


@database
@pytest.mark.parametrize("width", ["browser_page", "phone_page"])
def test_next_years_plan_from_copy_to_publication(request: pytest.FixtureRequest, width: str) -> None:
    page: Page = request.getfixturevalue(width)
    live_here()
    factories.version()
    first, second = factories.user("town"), factories.user("town")
    log_in(page, first)
    page.goto("/town/plans/")
    fit_for_everybody(page)
    page.get_by_role("button", name="复制为下一年").click()
    expect(page.get_by_role("heading", name="2025年度“安康关爱行动”")).to_be_visible()
    panel = page.get_by_role("complementary", name="核查结果")
    expect(panel).to_contain_text("12 处要确认")
    fit_for_everybody(page)
    panel.get_by_role("link", name="60—69 周岁 是 2024 元").click()
    expect(page).to_have_url(re.compile(r"/products-1/#products\.0\.benefits\.3\.bands\.0$"))
    page.get_by_label("60-69 数额（元）").nth(3).fill("2000")
    page.get_by_label("60-69 存疑的口径").nth(3).fill("")
    page.get_by_label("60-69 存疑的口径").nth(3).press("Tab")
    expect(page.get_by_role("status")).to_contain_text("已自动保存")
    field(page, "products.0.benefits.0.bands.1.ages").fill("70-79")
    field(page, "products.0.benefits.0.bands.2.ages").fill("80以上")
    page.get_by_label("这一部分已经对照").check()
    save_part(page)
    expect(page.get_by_text("已保存为第")).to_be_visible()
    expect(panel).to_contain_text("9 处要确认")
    fit_for_everybody(page)
    for part in ("方案要点", "类别", "险种 B", "分村目标", "口径", "理赔时限", "可疑提醒", "原文笔误"):
        page.get_by_role("navigation", name="方案的各部分").get_by_role("link", name=part).click()
        fit_for_everybody(page)
        page.get_by_label("这一部分已经对照").check()
        save_part(page)
        expect(page.get_by_text("已保存为第")).to_be_visible()
    page.get_by_role("link", name="看差别、提交").click()
    expect(page.get_by_role("heading", name="2 例赔得多、1 例赔得少")).to_be_visible()
    # On a telephone each row stands as a card: no row to a screen reader, the column's name before each cell.
    expect(page.locator("tr").filter(has_text="险种 A 意外伤害 76—79 周岁")).to_contain_text(
        re.compile(r"2,000\.00 元\s*5,000\.00 元")
    )
    fit_for_everybody(page)
    page.get_by_role("button", name="请同事复核").click()
    expect(page.get_by_text("这份草稿是您提交的")).to_be_visible()
    fit_for_everybody(page)
    log_in(page, second)
    page.reload()
    page.get_by_role("button", name="发布2025年度").click()
    expect(page.get_by_role("alert")).to_contain_text("请写明怎么处理这一条")
    fit_for_everybody(page)
    for box in page.locator("input[name^=note-]").all():
        box.fill("已问过保险公司，照此执行")
    page.get_by_role("button", name="发布2025年度").click()
    expect(page.get_by_text("已发布：2025年度“安康关爱行动”第 1 版")).to_be_visible()
    fit_for_everybody(page)
    plan = plan_of(ProgrammeVersion.objects.get(programme__slug="2025-yandu"))
    amounts = [band.amount_fen for band in plan.products[0].benefits[3].bands]
    assert amounts == [200000, 100000]
    assert ProgrammeDraft.objects.get().published_by == second


@database
@pytest.mark.parametrize("width", ["browser_page", "phone_page"])
def test_two_editors_of_one_part(request: pytest.FixtureRequest, width: str) -> None:
    page: Page = request.getfixturevalue(width)
    live_here()
    me, other = factories.user("town"), factories.user("town")
    factories.version()
    draft = copy(me)
    log_in(page, me)
    page.goto(f"/town/plans/drafts/{draft.pk}/groups/")
    save(other, draft, "groups", {"groups.0.name": "低保家庭"})
    field(page, "groups.0.name").fill("最低生活保障")
    save_part(page)
    expect(page.get_by_role("heading", name="您的改动另存了一稿")).to_be_visible()
    row = page.get_by_role("row", name="类别 dibao 名称")
    expect(row).to_contain_text("低保家庭")
    expect(row).to_contain_text("最低生活保障")
    fit_for_everybody(page)
    assert DraftRevision.objects.filter(how="aside").exists()
    page.get_by_role("button", name="整份改用我的").click()
    expect(page.get_by_text("已成为最新一稿")).to_be_visible()
    fit_for_everybody(page)


@database
def test_a_bad_value_stays_by_keyboard(browser_page: Page) -> None:
    live_here()
    me = factories.user("town")
    factories.version()
    draft = copy(me)
    log_in(browser_page, me)
    browser_page.goto(f"/town/plans/drafts/{draft.pk}/products-1/")
    field(browser_page, "products.0.price").focus()
    browser_page.keyboard.press("Control+a")
    browser_page.keyboard.type("一百")
    browser_page.keyboard.press("Enter")
    expect(field(browser_page, "products.0.price")).to_have_value("一百")
    expect(browser_page.get_by_text("应当是不小于0的金额").first).to_be_visible()
    expect(browser_page.get_by_role("link", name="险种 A 每份保费")).to_be_visible()
    fit_for_everybody(browser_page)


@database
@pytest.mark.parametrize("width", ["browser_page", "phone_page"])
def test_a_reading_is_confirmed_and_a_case_worked_out(request: pytest.FixtureRequest, width: str) -> None:
    page: Page = request.getfixturevalue(width)
    live_here()
    factories.version()
    log_in(page, factories.user("town", is_manager=True))
    page.goto("/town/terms/")
    fit_for_everybody(page)
    page.get_by_role("link", name="确认口径 K05").click()
    page.get_by_label("谁确认的").fill("中国人寿盐都支公司")
    page.get_by_label("文号").fill("国寿盐函〔2024〕12号")
    fit_for_everybody(page)
    page.get_by_role("button", name="确认按").click()
    expect(page.get_by_text("口径 K05 已确认，方案出了第 2 版")).to_be_visible()
    page.goto("/town/calculator/")
    page.get_by_label("出事时几周岁").fill("72")
    page.get_by_label("医疗费用（元）").fill("5000")
    page.get_by_label("别处已报销（元）").fill("3800")
    page.get_by_role("button", name="算一算").click()
    expect(page.get_by_role("heading", name="一共赔 1,000.00 元")).to_be_visible()
    fit_for_everybody(page)


def test_the_office_looks_at_its_draft(town_page: Page, town_phone: Page, sample_town: SampleTown) -> None:
    sample_town.log_in(town_page, "town")
    town_page.goto("/town/plans/")
    shoot(town_page, "plans")
    town_page.get_by_role("table").first.get_by_role("link").first.click()
    town_page.get_by_role("navigation", name="方案的各部分").get_by_role("link", name="险种 A").click()
    expect(town_page.get_by_role("complementary", name="核查结果")).to_be_visible()
    field(town_page, "products.0.benefits.3").scroll_into_view_if_needed()
    town_page.mouse.wheel(0, 500)
    shoot(town_page, "plan-section")
    town_page.get_by_role("link", name="看差别、提交").click()
    expect(town_page.get_by_role("heading", name="对老人来说")).to_be_visible()
    shoot(town_page, "plan-review")
    town_page.goto("/town/calculator/")
    for label, text in (("出事时几周岁", "72"), ("医疗费用（元）", "5000"), ("别处已报销（元）", "3800")):
        town_page.get_by_label(label).fill(text)
    town_page.get_by_role("button", name="算一算").click()
    expect(town_page.get_by_role("heading", name="一共赔 1,000.00 元")).to_be_visible()
    shoot(town_page, "calculator")
    sample_town.log_in(town_phone, "village")
    town_phone.goto("/village/calculator/")
    expect(town_phone.get_by_role("heading", name="算一算能赔多少")).to_be_visible()
    shoot(town_phone, "calculator-phone")
