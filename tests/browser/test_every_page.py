"""Every page that a desk can reach by its links: axe clean, no error in the console, no sideways scroll."""

from collections.abc import Callable, Iterator
from urllib.parse import urljoin, urlsplit

import pytest
from django.urls import Resolver404, resolve
from playwright.sync_api import Error, Page, ViewportSize
from tests.browser.acts import assert_accessible, assert_no_sideways_scroll
from tests.browser.sample_town import SampleTown

from ankang.accounts.models import Desk
from ankang.desks.menus import MENUS

pytestmark = pytest.mark.browser

_LEAVING = {"logout"}
_SIZES: tuple[tuple[ViewportSize, tuple[Callable[[Page], None], ...]], ...] = (
    ({"width": 390, "height": 844}, (assert_accessible, assert_no_sideways_scroll)),
    ({"width": 1440, "height": 900}, (assert_accessible,)),
)
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
        if not _open(page, address):
            continue
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


def _open(page: Page, address: str) -> bool:
    """Open what stands at an address and return True, or False when it is a file to keep."""
    try:
        response = page.goto(address)
    except Error as error:  # a file: the browser keeps the page that it shows
        if "Download is starting" not in error.message:
            raise
        answer = page.request.get(address, timeout=60_000)  # a large workbook on a busy machine
        assert answer.status == 200, f"{address} answers {answer.status}"
        return False
    assert response is not None
    assert response.status == 200, f"{address} answers {response.status}"
    return response.headers["content-type"].startswith("text/html")


def check(page: Page) -> str:
    """Return what is wrong with a page on a telephone and on a screen, or nothing. Narrow windows are the former's."""
    problems = []
    for size, looks in _SIZES:
        page.set_viewport_size(size)
        for look in looks:
            try:
                look(page)
            except AssertionError as problem:
                problems.append(f"{size['width']} px: {problem}")
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


@pytest.mark.parametrize("desk", sorted(Desk.values, key=lambda desk: -len(MENUS[desk])))
def test_the_pages_of_a_desk(town_page: Page, sample_town: SampleTown, desk: str) -> None:
    sample_town.log_in(town_page, desk)
    opened = walk_and_check(town_page, town_page.url)
    assert {entry.page for entry in MENUS[desk]} - opened == set()
