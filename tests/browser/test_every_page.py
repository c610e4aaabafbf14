"""Every page that a desk can reach by its links: axe clean, no error in the console, no sideways scroll."""

from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

import pytest
from django.urls import Resolver404, resolve
from playwright.sync_api import Page
from tests.browser.acts import assert_accessible, assert_no_sideways_scroll
from tests.browser.sample_town import SampleTown

from ankang.accounts.models import Desk
from ankang.desks.menus import MENUS

pytestmark = pytest.mark.browser

_LEAVING = {"logout"}
_HREFS = "links => links.map(link => link.getAttribute('href'))"


def walk(page: Page, start: str) -> Iterator[str]:
    """Open one page of each kind that links lead to, breadth first, and yield its URL name; downloads stay closed."""
    waiting, seen = [start], set(_LEAVING)
    while waiting:
        address = waiting.pop(0)
        name = _name(address)
        if name in seen:
            continue
        seen.add(name)
        if not _is_page(page, address):
            continue
        page.goto(address)
        yield name
        links = page.locator("a[href]:not([download])").evaluate_all(_HREFS)
        found = [urljoin(address, link) for link in links]
        waiting += [link for link in found if link.startswith(_origin(start)) and _name(link) not in seen]


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}/"


def _name(address: str) -> str:
    try:
        return resolve(urlsplit(address).path).view_name
    except Resolver404:
        raise AssertionError(f"a link leads nowhere: {address}") from None


def _is_page(page: Page, address: str) -> bool:
    response = page.request.get(address, timeout=60_000)  # a large workbook on a busy machine
    assert response.status == 200, f"{address} answers {response.status}"
    return response.headers["content-type"].startswith("text/html")


def check(page: Page) -> str:
    """Return what is wrong with a page, or nothing. Narrow windows are for the telephone."""
    problems = []
    is_phone = (page.viewport_size or {"width": 0})["width"] < 400
    for look in (assert_accessible, assert_no_sideways_scroll) if is_phone else (assert_accessible,):
        try:
            look(page)
        except AssertionError as problem:
            problems.append(str(problem))
    return "\n".join(problems)


def walk_and_check(page: Page, start: str) -> set[str]:
    opened, problems = set(), []
    for name in walk(page, start):
        opened.add(name)
        if found := check(page):
            problems.append(f"{name}\n{found}")
    assert not problems, "\n\n".join(problems)
    return opened


def test_the_public_pages(town_page: Page, sample_town: SampleTown) -> None:
    opened = walk_and_check(town_page, f"{sample_town.url}/")
    assert {"public:home", "login"} <= opened


@pytest.mark.parametrize("desk", Desk.values)
@pytest.mark.parametrize("size", ["page", "phone"])
def test_the_pages_of_a_desk(request: pytest.FixtureRequest, sample_town: SampleTown, desk: str, size: str) -> None:
    page: Page = request.getfixturevalue(f"town_{size}")
    sample_town.log_in(page, desk)
    opened = walk_and_check(page, page.url)
    assert {entry.page for entry in MENUS[desk]} - opened == set()
