"""The assessment's scheme is filled in as a form: a wrong figure is told beside it, mended, stored as a draft."""

import pytest
from playwright.sync_api import Page, expect
from tests.assessment.acts import OVER, insured_town, town_of
from tests.browser.acts import assert_accessible, assert_no_sideways_scroll, log_in, shoot

from ankang.assessment.models import AssessmentScheme
from ankang.installation.models import Installation

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_scheme_is_filled_in(browser_page: Page) -> None:
    page = browser_page
    Installation.objects.create(pk=1, is_sample=True, demo_today=OVER)
    log_in(page, town_of(insured_town(), is_manager=True))
    page.goto("/town/assessment/")
    page.get_by_role("link", name="从示例开始").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("录入考核办法")
    expect(page.get_by_text("各项分值加起来是 100，满分是 100")).to_be_visible()
    assert_accessible(page)
    assert_no_sideways_scroll(page)
    shoot(page, "scheme-form")
    weight = page.locator("[id='indicators.0.weight']")
    weight.fill("三十")
    weight.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("分值：应当是一个数")
    assert_accessible(page)
    page.get_by_role("alert").get_by_role("link").click()
    expect(weight).to_have_value("三十")
    weight.fill("30")
    weight.press("Enter")
    expect(page.get_by_text("办法存好了，是草案")).to_be_visible()
    assert AssessmentScheme.objects.get().number == 1
