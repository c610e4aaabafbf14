"""The checks of a page must be able to fail."""

import pytest
from playwright.sync_api import Page
from tests.browser.acts import assert_accessible, assert_no_sideways_scroll, watch

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_axe_finds_a_page_without_language_and_title(browser_page: Page) -> None:
    browser_page.set_content("<img src='data:,'><input>")
    with pytest.raises(AssertionError, match="html-has-lang") as failure:
        assert_accessible(browser_page)
    assert "image-alt (critical)" in str(failure.value)
    assert "    input: <input>" in str(failure.value)


def test_a_page_wider_than_the_telephone_is_found(phone_page: Page) -> None:
    phone_page.set_content("<div style='width: 321px'>.</div>")
    with pytest.raises(AssertionError, match="320 px"):
        assert_no_sideways_scroll(phone_page)
    phone_page.set_content("<p>窄</p>")
    assert_no_sideways_scroll(phone_page)
    assert phone_page.viewport_size == {"width": 390, "height": 844}


def test_errors_in_the_console_are_seen(browser_page: Page) -> None:
    other = browser_page.context.new_page()
    problems = watch(other)
    other.set_content("<script>missing()</script>")
    assert problems == ["missing is not defined"]


def test_a_refused_page_is_no_error_of_the_page(browser_page: Page) -> None:
    response = browser_page.goto("/no-such-page/")
    assert response
    assert response.status == 404
