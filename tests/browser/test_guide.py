"""The pictures of the guide, from the sample town on its demo day. `make guide` takes them; a test run only looks."""

import pytest
from playwright.sync_api import Page, expect
from tests.browser.acts import shoot
from tests.browser.sample_town import SampleTown

pytestmark = pytest.mark.browser


def test_the_town_sees_where_the_campaign_stands(town_page: Page, sample_town: SampleTown) -> None:
    sample_town.log_in(town_page, "town")
    expect(town_page.get_by_role("heading", name="还差")).to_be_visible()
    expect(town_page.get_by_text("2024年3月4日").first).to_be_visible()
    shoot(town_page, "dashboard")
    for name in ("subjects", "checkup", "terms", "roster", "import"):
        town_page.goto(f"/town/{name}/")
        expect(town_page.get_by_role("heading", level=1)).to_be_visible()
        shoot(town_page, name)


def test_the_figures_of_a_campaign(town_page: Page, sample_town: SampleTown) -> None:
    sample_town.log_in(town_page, "town")
    town_page.goto("/town/days/")
    expect(town_page.get_by_role("row", name="合计")).to_contain_text("10,894")
    shoot(town_page, "days")


def test_the_district_goes_from_town_to_village(town_page: Page, sample_town: SampleTown) -> None:
    sample_town.log_in(town_page, "district")
    expect(town_page.locator("#chart svg")).to_be_visible()
    shoot(town_page, "district")
    town_page.get_by_role("table", name="各镇参保覆盖率排名").get_by_role("link", name="XX镇").click()
    town_page.get_by_role("table", name="各村参保覆盖率排名").get_by_role("link", name="12村").click()
    expect(town_page.get_by_role("heading", level=1)).to_contain_text("还差 146 人")
    expect(town_page.get_by_text("13,635 人，还差 2,741 人")).to_be_visible()


def test_a_village_sees_how_far_it_is(town_phone: Page, sample_town: SampleTown) -> None:
    sample_town.log_in(town_phone, "village")
    town_phone.goto("/village/board/")
    expect(town_phone.locator("#chart svg")).to_be_visible()
    expect(town_phone.get_by_role("heading", name="谁参保了，谁没有")).to_be_visible()
    shoot(town_phone, "board-phone")


def test_a_village_sees_its_own_people(town_phone: Page, sample_town: SampleTown) -> None:
    sample_town.log_in(town_phone, "village")
    town_phone.goto("/village/roster/")
    expect(town_phone.get_by_role("heading", name="本村名册")).to_be_visible()
    expect(town_phone.get_by_text("1,065 人")).to_be_visible()
    shoot(town_phone, "roster-phone")


def test_a_second_person_sees_where_every_yuan_comes_from(town_page: Page, sample_town: SampleTown) -> None:
    sample_town.log_in(town_page, "insurer")
    expect(town_page.get_by_role("heading", name="件赔案在办")).to_be_visible()
    shoot(town_page, "insurer")
    town_page.goto("/insurer/claims/?status=prepared")
    town_page.get_by_role("table").get_by_role("link").first.click()
    expect(town_page.get_by_role("heading", name="每一元从哪来")).to_be_visible()
    expect(town_page.get_by_role("heading", name="两人审核")).to_be_visible()
    shoot(town_page, "decision", full_page=True)


def test_the_town_sees_its_money_and_its_policies(town_page: Page, sample_town: SampleTown) -> None:
    sample_town.log_in(town_page, "town")
    town_page.goto("/town/treasury/account/")
    expect(town_page.get_by_role("heading", name="镇保费专户账面")).to_be_visible()
    shoot(town_page, "account")
    town_page.goto("/town/treasury/reconciliations/")
    town_page.get_by_role("row", name="专户流水（示例）").get_by_role("link").click()
    expect(town_page.get_by_text("还不一样")).to_be_visible()
    shoot(town_page, "bank-list")
    for name in ("applications", "certificates", "policy-gaps", "endorsements", "treasury"):
        town_page.goto(f"/town/{name}/")
        expect(town_page.get_by_role("heading", level=1)).to_be_visible()
        shoot(town_page, name)
    town_page.goto("/town/treasury/remittances/")
    town_page.get_by_role("table").get_by_role("link").first.click()
    expect(town_page.get_by_role("heading", name="已汇给保险公司")).to_be_visible()
    shoot(town_page, "remitted")


def test_the_insurer_sees_batches_endorsements_and_policies(town_page: Page, sample_town: SampleTown) -> None:
    sample_town.log_in(town_page, "insurer")
    for name in ("applications", "endorsements"):
        town_page.goto(f"/insurer/{name}/")
        town_page.get_by_role("table").get_by_role("link").first.click()
        expect(town_page.get_by_role("heading", level=1)).to_be_visible()
        shoot(town_page, f"insurer-{name}")
    town_page.goto("/insurer/policies/")
    expect(town_page.get_by_role("table")).to_be_visible()
    shoot(town_page, "insurer-policies")


def test_the_public_asks_three_questions(town_phone: Page) -> None:
    town_phone.goto("/")
    for question in ("我参保了吗", "能赔多少", "怎么理赔"):
        expect(town_phone.get_by_role("link", name=question).first).to_be_visible()
    shoot(town_phone, "public-phone")
