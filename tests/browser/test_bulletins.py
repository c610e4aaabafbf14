"""A bulletin from draft to release and a notice to a village that confirms it: two clerks and a worker, in Chromium."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from tests import factories, towns
from tests.browser.acts import assert_accessible, assert_no_sideways_scroll, log_in, shoot
from tests.papers.reading import pdf_words, word_words

from ankang.accounts.models import User
from ankang.bulletins.models import Bulletin, Notice
from ankang.installation.models import Installation

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
TITLE = "关于加快参保进度的通报"


@pytest.fixture
def town() -> tuple[User, User]:
    """Two clerks of a town with three insured and one waiting in 01村."""
    Installation.objects.create(is_sample=True, demo_today=towns.TODAY)
    version = factories.version()
    for _ in range(3):
        towns.insure(factories.resident(), version)
    factories.resident(name="李未保")
    return factories.user("town"), factories.user("town")


def fit_for_everybody(page: Page) -> None:
    assert_accessible(page)
    assert_no_sideways_scroll(page)


def shoot_wide(page: Page, name: str) -> None:
    """Take the guide's picture on the desk's screen alone."""
    if page.viewport_size and page.viewport_size["width"] > 1000:
        shoot(page, name)


def saved(page: Page, name: str) -> bytes:
    with page.expect_download() as started:
        page.get_by_role("link", name=name, exact=True).click()
    return Path(started.value.path()).read_bytes()


def draft_and_edit(page: Page) -> None:
    page.goto("/town/bulletins/")
    fit_for_everybody(page)
    page.get_by_role("button", name="冻结数字并起草").click()
    expect(page.get_by_text("要由另一位同事印发").first).to_be_visible()
    page.get_by_label("标题", exact=True).fill("")
    page.get_by_role("button", name="保存正文").click()
    expect(page.get_by_role("alert")).to_contain_text("“标题”是空的，请写上。")
    fit_for_everybody(page)
    page.get_by_label("标题", exact=True).fill(TITLE)
    page.get_by_role("button", name="保存正文").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("正文已保存。")).to_be_visible()
    fit_for_everybody(page)


def release_and_save(page: Page, second: User) -> None:
    log_in(page, second)
    page.reload()
    shoot_wide(page, "bulletin-draft")
    page.get_by_role("button", name="编号印发").click()
    expect(page.get_by_role("heading", name="安康通报〔2024〕1号", exact=True)).to_be_visible()
    fit_for_everybody(page)
    shoot_wide(page, "bulletin")
    pdf, word = saved(page, "PDF"), saved(page, "Word")
    assert pdf.startswith(b"%PDF-")
    assert word.startswith(b"PK")
    for words in (pdf_words(pdf), word_words(word)):
        assert TITLE in words.replace("\n", "")
        assert "安康通报〔2024〕1号" in words
        assert "16041" in words
    assert Bulletin.objects.get().released_by == second


def send_notice(page: Page) -> None:
    page.goto("/town/notices/")
    page.get_by_label("01村").check()
    fit_for_everybody(page)
    page.get_by_role("button", name="发给勾选的村（居）").click()
    expect(page.get_by_text("已发给 1 个村（居）")).to_be_visible()
    fit_for_everybody(page)
    shoot_wide(page, "notices")


def test_a_bulletin_and_a_notice_at_the_towns_desk(browser_page: Page, town: tuple[User, User]) -> None:
    first, second = town
    log_in(browser_page, first)
    draft_and_edit(browser_page)
    release_and_save(browser_page, second)
    send_notice(browser_page)


def test_the_same_on_a_telephone_and_the_village_confirms(phone_page: Page, town: tuple[User, User]) -> None:
    first, second = town
    page = phone_page
    log_in(page, first)
    draft_and_edit(page)
    release_and_save(page, second)
    send_notice(page)
    log_in(page, factories.user("village"))
    page.goto("/village/bulletins/")
    fit_for_everybody(page)
    page.get_by_role("link", name="安康通报〔2024〕1号").click()
    expect(page.get_by_role("heading", name=TITLE)).to_be_visible()
    fit_for_everybody(page)
    page.goto(f"/village/notices/{Notice.objects.get().pk}/")
    expect(page.get_by_text("李未保")).to_be_visible()
    fit_for_everybody(page)
    shoot(page, "notice-phone")
    page.get_by_role("button", name="我已收到").click()
    expect(page.get_by_text("村里已确认收到")).to_be_visible()
    fit_for_everybody(page)
    assert Notice.objects.get().read_at is not None
