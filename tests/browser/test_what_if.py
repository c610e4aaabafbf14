"""方案测算 on the sample town, in Chromium: a plan's file laid over last year, its charts, on a telephone."""

import pytest
from playwright.sync_api import Page, expect
from tests.browser.acts import assert_accessible, assert_no_sideways_scroll, shoot
from tests.browser.sample_town import SampleTown
from tests.golden.cases import FOLDERS

pytestmark = pytest.mark.browser
MENDED = FOLDERS[0] / "2024-yandu-mended" / "programme.toml"


@pytest.mark.parametrize(("width", "desk"), [("town_page", "town"), ("town_phone", "insurer")])
def test_a_mended_plan_over_last_year(
    request: pytest.FixtureRequest, sample_town: SampleTown, width: str, desk: str
) -> None:
    page: Page = request.getfixturevalue(width)
    sample_town.log_in(page, desk)
    page.goto(f"/{desk}/what-if/")
    year = page.get_by_label("用哪一年的参保和赔案")
    expect(year.locator("option:checked")).to_have_text("2023年度“安康关爱行动”（示例）")
    assert_accessible(page)
    assert_no_sideways_scroll(page)
    page.get_by_role("button", name="算一遍").click()
    expect(page.get_by_role("link", name="请选改成哪一版，或者选一个方案文件")).to_be_visible()
    page.get_by_label("原方案").select_option(label="2024年度“安康关爱行动”第 1 版")
    page.get_by_label("方案文件 programme.toml").set_input_files(MENDED)
    page.get_by_role("button", name="算一遍").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("排队中")
    expect(page.get_by_text("马上开始。")).to_be_visible()
    assert_accessible(page)
    assert_no_sideways_scroll(page)
    sample_town.run("work", "--once")  # the page looks again by itself
    expect(page.get_by_role("heading", level=1)).to_have_text("改后少赔 36.66 元：0 人多得，2 人少得")
    expect(page.locator("[data-pairs] svg")).to_have_count(4)
    fracture = page.get_by_role("row", name="骨折费用")
    expect(fracture).to_contain_text("8,805.58")
    expect(fracture).to_contain_text("-36.66")
    assert_accessible(page)
    assert_no_sideways_scroll(page)
    if width == "town_page":
        shoot(page, "what-if")
