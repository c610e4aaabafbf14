"""Debian's Chromium against the live server. What a test does with a page is in `tests.browser.acts`."""

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from pytest_django.live_server_helper import LiveServer
from tests.browser.acts import NOTE_LEAVING, watch
from tests.browser.ports import free_port
from tests.browser.sample_town import SampleTown, served

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-color-profile=srgb",
    "--font-render-hinting=none",
]

_LONG = ("test_plans.py", "test_assessment.py")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest start first, so that no process ends with one while the others have nothing left.

    One process begins with the sample town's two longest and makes that town; the others have work meanwhile.
    """
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> int:
    if item.path.name == "test_every_page.py":
        return 0 if item.name.endswith(("[town]", "[insurer]")) else 2
    return 1 if item.path.name in _LONG else 3


@pytest.fixture(scope="session")
def live_server() -> Iterator[LiveServer]:
    """The whole product on a port of its own, with the rows of the test."""
    server = LiveServer(f"127.0.0.1:{free_port()}")
    yield server
    server.stop()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    # Playwright keeps an event loop in this thread, in which Django would refuse to touch the database.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=_FLAGS)
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def browser_page(chromium: Browser, live_server: LiveServer) -> Iterator[Page]:
    """A page of 1440 x 900; `goto("/town/")` is enough. The test fails when the console showed an error."""
    yield from _page(chromium, live_server, 1440, 900)


@pytest.fixture
def phone_page(chromium: Browser, live_server: LiveServer) -> Iterator[Page]:
    """The same on a telephone of 390 x 844."""
    yield from _page(chromium, live_server, 390, 844)


@pytest.fixture(scope="session")
def sample_town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SampleTown]:
    """The sample town of `make run` on a server of its own. Tests share it: they look, and change nothing."""
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    with served(shared, tmp_path_factory.mktemp("served-town")) as town:
        yield town


@pytest.fixture
def town_page(chromium: Browser, sample_town: SampleTown) -> Iterator[Page]:
    """A page of 1440 x 900 on the sample town."""
    yield from _page(chromium, sample_town, 1440, 900)


@pytest.fixture
def town_phone(chromium: Browser, sample_town: SampleTown) -> Iterator[Page]:
    """A telephone of 390 x 844 on the sample town."""
    yield from _page(chromium, sample_town, 390, 844)


def _page(chromium: Browser, server: LiveServer | SampleTown, width: int, height: int) -> Iterator[Page]:
    context = chromium.new_context(
        base_url=server.url,
        viewport={"width": width, "height": height},
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        reduced_motion="reduce",
    )
    context.set_default_timeout(15_000)
    context.add_init_script(NOTE_LEAVING)
    page = context.new_page()
    problems = watch(page)
    yield page
    context.close()
    assert not problems, "the browser's console shows:\n" + "\n".join(problems)
