"""An assessment from scheme to subsidy: the town, its second person and a village, in Chromium."""

from datetime import date

import pytest
from playwright.sync_api import Page, expect
from tests import factories, towns
from tests.browser.acts import assert_accessible, assert_no_sideways_scroll, log_in, shoot
from tests.browser.sample_town import SampleTown

from ankang.assessment.models import AssessmentRun
from ankang.assessment.reward_models import Commendation, SubsidyRequest
from ankang.installation.models import Installation

pytestmark = pytest.mark.browser
database = pytest.mark.django_db(transaction=True)
OVER, AFTER_PUBLICITY = date(2024, 3, 21), date(2024, 3, 29)
# Nobody has work enough in a test's town: here one enrolment and any rank will do.
EASIER = (
    ("least_enrolments = 30", "least_enrolments = 1"),
    ("at_least = 90", "at_least = 1"),
    ("at_least = 85, fixed", "at_least = 0.1, fixed"),
)


def fit_for_everybody(page: Page) -> None:
    assert_accessible(page)
    assert_no_sideways_scroll(page)


def small_campaign() -> None:
    """The 2024 plan on the day after its window, with a few people insured in three villages."""
    Installation.objects.create(is_sample=True, demo_today=OVER)
    version = factories.version()
    for serial, people in ((1, 5), (2, 3), (3, 1)):
        for _ in range(people):
            towns.insure(factories.resident(factories.village(serial)), version)


@database
def test_from_scheme_to_subsidy(browser_page: Page) -> None:
    small_campaign()
    first, second = factories.user("town", is_manager=True), factories.user("town")
    page = browser_page
    log_in(page, first)
    page.goto("/town/assessment/")
    fit_for_everybody(page)
    page.goto("/town/assessment/scheme/new/?from=example")
    text = page.get_by_label("办法原文")
    written = text.input_value()
    text.fill(written.replace("weight = 30", "weight = 31"))
    page.get_by_role("button", name="检查并存成草案").click()
    expect(page.get_by_role("alert")).to_contain_text("各项分值加起来是 101.00，满分是 100.00")
    fit_for_everybody(page)
    for old, new in EASIER:
        assert old in written
        written = written.replace(old, new)
    page.get_by_label("办法原文").fill(written)
    page.get_by_role("button", name="检查并存成草案").click()
    expect(page.get_by_text("没有写明依据确认以前，不出正式成绩")).to_be_visible()
    fit_for_everybody(page)
    page.get_by_label("依据").fill("镇政发〔2024〕5号（示例）")
    page.get_by_role("button", name="确认采用第 1 版").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="办法已确认，成绩还没冻结")).to_be_visible()
    fit_for_everybody(page)
    page.get_by_role("link", name="01村").click()
    expect(page.get_by_text("参保 5 人 ÷ 下达目标 446 人 = 1.12%", exact=True)).to_be_visible()
    fit_for_everybody(page)
    page.go_back()
    page.get_by_role("button", name="冻结成绩").click()
    expect(page.get_by_text("拿冻结的数重算了一遍，和冻结的成绩一致")).to_be_visible()
    fit_for_everybody(page)
    shoot(page, "assessment-run")
    _commend(page, first, second)
    _subsidise(page, first, second)


def _commend(page: Page, first: object, second: object) -> None:
    page.get_by_role("button", name="编表彰名单").click()
    expect(page.get_by_text("这份名单是您编的")).to_be_visible()
    fit_for_everybody(page)
    log_in(page, second)  # type: ignore[arg-type]
    page.reload()
    page.get_by_role("button", name="同意，开始公示").click()
    expect(page.get_by_text("公示 2024年3月21日至2024年3月28日")).to_be_visible()
    page.get_by_label("反映的情况").fill("有一户没上门")
    page.get_by_role("button", name="记下").click()
    expect(page.get_by_text("由镇里管账号的人写核实结果")).to_be_visible()
    fit_for_everybody(page)
    log_in(page, first)  # type: ignore[arg-type]
    page.reload()
    page.get_by_label("核实结果").fill("查过台账，属实")
    page.get_by_role("button", name="属实，撤下").click()
    expect(page.get_by_role("table").get_by_text("撤下")).to_be_visible()
    Installation.objects.update(demo_today=AFTER_PUBLICITY)
    page.reload()
    page.get_by_role("button", name="定下表彰名单").click()
    expect(page.get_by_role("link", name="证书（PDF）")).to_be_visible()
    fit_for_everybody(page)
    with page.expect_download() as started:
        page.get_by_role("link", name="证书（PDF）").click()
    assert started.value.suggested_filename == f"荣誉证书-{Commendation.objects.get().pk}.pdf"


def _subsidise(page: Page, first: object, second: object) -> None:
    page.goto(f"/town/assessment/results/{AssessmentRun.objects.get().pk}/")
    page.get_by_role("button", name="编补助申请").click()
    expect(page.get_by_text("这份申请是您编的")).to_be_visible()
    log_in(page, second)  # type: ignore[arg-type]
    page.reload()
    page.get_by_role("button", name="同意，报财政").click()
    expect(page.get_by_role("heading", name="已同意，报财政")).to_be_visible()
    fit_for_everybody(page)
    shoot(page, "assessment-subsidy")
    page.get_by_role("link", name="申请表").click()
    expect(page.get_by_role("heading", name="村（居）工作经费补助申请表")).to_be_visible()
    fit_for_everybody(page)
    assert SubsidyRequest.objects.get().state == "approved"


@database
def test_a_village_objects_and_sees_the_new_result(phone_page: Page) -> None:
    small_campaign()
    from tests.assessment.acts import SMALL, confirmed, frozen

    version = factories.version()
    manager, worker = factories.user("town", is_manager=True), factories.user("village")
    confirmed(manager, version, SMALL)
    page = phone_page
    log_in(page, worker)
    page.goto("/village/todo/")
    page.get_by_role("link", name="本村考核").click()
    expect(page.get_by_role("heading", name="01村现在是")).to_be_visible()
    fit_for_everybody(page)
    frozen(manager, version)
    page.reload()
    expect(page.get_by_role("heading", name="第 1 名")).to_be_visible()
    page.get_by_role("button", name="提交申诉").click()
    expect(page.get_by_role("alert")).to_contain_text("请写清楚哪里不对")
    page.get_by_label("哪个数不对").select_option("measures_done")
    page.get_by_label("理由和凭据").fill("第3条措施3月18日已经办完")
    page.get_by_role("button", name="提交申诉").click()
    expect(page.get_by_text("等镇里答复")).to_be_visible()
    fit_for_everybody(page)
    log_in(page, manager)
    page.goto("/town/assessment/")
    page.get_by_role("link", name="第 1 版").first.click()
    page.get_by_role("link", name="01村：已完成措施 0 条").click()
    fit_for_everybody(page)
    page.get_by_role("radio", name="采纳", exact=True).check()
    page.get_by_label("这个数应当是").fill("2")
    page.get_by_label("理由").fill("查了台账，属实")
    page.get_by_role("button", name="答复").click()
    page.get_by_label("为什么重算").fill("01村申诉，措施数更正")
    page.get_by_role("button", name="按采纳的更正重算一版").click()
    expect(page.get_by_role("heading", name="考核成绩第 2 版")).to_be_visible()
    expect(page.get_by_text("+20.00")).to_be_visible()
    fit_for_everybody(page)
    log_in(page, worker)
    page.goto("/village/score/")
    expect(page.get_by_text("答复：查了台账，属实（更正为 2）")).to_be_visible()
    fit_for_everybody(page)


def test_the_town_looks_at_the_example(town_page: Page, sample_town: SampleTown) -> None:
    sample_town.log_in(town_page, "town")
    town_page.goto("/town/assessment/")
    expect(town_page.get_by_role("heading", name="办法还是草案，现在只是预览")).to_be_visible()
    shoot(town_page, "assessment-preview")
    town_page.get_by_role("link", name="第 1 版").click()
    expect(town_page.get_by_text("这是示例，每一个数都不是文件规定")).to_be_visible()
    shoot(town_page, "assessment-scheme")


def test_a_village_looks_at_its_own_points(town_phone: Page, sample_town: SampleTown) -> None:
    sample_town.log_in(town_phone, "village")
    town_phone.goto("/village/score/")
    expect(town_phone.get_by_role("heading", name="05村现在是")).to_be_visible()
    shoot(town_phone, "score-phone")
