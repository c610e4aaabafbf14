"""What a browser test does with a page: come in, check that everybody can use it, take its picture."""

import os
from pathlib import Path
from typing import Any

from django.conf import settings
from playwright.sync_api import ConsoleMessage, Error, Page, Response
from tests.logins import logged_in

from ankang.accounts.models import User

_ROOT = Path(__file__).resolve().parents[2]
_AXE = _ROOT / "node_modules" / "axe-core" / "axe.min.js"
_PICTURES = _ROOT / "docs" / "guide" / "img"
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]

# Runs in every document before its own scripts: a click that leaves the page says so at once, long before the next
# page has begun. A download leaves nothing, which nobody tells: after two seconds the page counts as having stayed.
NOTE_LEAVING = """window.navigation?.addEventListener('navigate', event => {
    if (!event.destination.sameDocument) window.leavingSince = performance.now();
})"""
_STANDS = """document.documentElement && document.readyState === 'complete'
    && !(performance.now() - window.leavingSince < 2000)"""

# The innermost elements that reach beyond the window, outside of what scrolls by itself.
_STICKING_OUT = """width => [...document.querySelectorAll('body *')]
    .filter(element => element.getBoundingClientRect().right > width + 1 && element.getClientRects().length)
    .filter(element => {
        for (let up = element; up !== document.body; up = up.parentElement)
            if (getComputedStyle(up).overflowX !== 'visible') return false;
        return true;
    })
    .filter((element, _, all) => !all.some(other => other !== element && element.contains(other)))
    .slice(0, 5).map(element => element.outerHTML.slice(0, 120))"""


def log_in(page: Page, user: User) -> None:
    """Put the session of a person who gave both factors into the page's browser."""
    cookie = logged_in(user).cookies[settings.SESSION_COOKIE_NAME]
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "domain": "127.0.0.1", "path": "/"}])


def settle(page: Page) -> None:
    """Wait until the page that the last click asked for stands whole: half a document is nothing to judge."""
    for _ in range(300):  # `wait_for_function` evaluates a text in the page, which the product's CSP forbids
        try:
            if page.evaluate(_STANDS):
                return
        except Error:  # the document was replaced while it was asked
            pass
        page.wait_for_timeout(50)
    raise AssertionError(f"{page.url} did not stand whole within 15 seconds")


def assert_accessible(page: Page) -> None:
    """Fail with every violation of WCAG 2.2 AA that axe finds: the rule, what to do, where."""
    assert _AXE.exists(), f"{_AXE} is missing: run make setup"
    settle(page)
    if page.evaluate("!window.axe"):  # once a page: reading it takes as long as a small page's check
        page.evaluate(_AXE.read_text(encoding="utf-8"))
    # The product plays no sound, and no other rule of these needs what axe would fetch beforehand.
    options = {"runOnly": {"type": "tag", "values": _RULES}, "resultTypes": ["violations"], "preload": False}
    found = page.evaluate("options => axe.run(document, options)", options)
    assert not found["violations"], f"{page.url}\n" + "\n".join(map(_violation, found["violations"]))


def _violation(violation: dict[str, Any]) -> str:
    places = "\n".join(f"    {' '.join(map(str, node['target']))}: {node['html'][:160]}" for node in violation["nodes"])
    return f"{violation['id']} ({violation['impact']}): {violation['help']}\n{places}"


def assert_no_sideways_scroll(page: Page, *widths: int) -> None:
    """Fail when the page is wider than its window, at 320 and 390 px unless other widths are named."""
    settle(page)
    before = page.viewport_size
    try:
        for width in widths or (320, 390):
            page.set_viewport_size({"width": width, "height": 844})
            content = page.evaluate("document.documentElement.scrollWidth")
            wide = page.evaluate(_STICKING_OUT, width) if content > width else []
            assert content <= width, f"{page.url} is {content} px wide in a window of {width} px: {'; '.join(wide)}"
    finally:
        if before:
            page.set_viewport_size(before)


def shoot(page: Page, name: str, *, full_page: bool = False) -> None:
    """Take the picture docs/guide/img/NAME.png, only in `make guide` (ANKANG_SHOOT=1): a test run changes no file."""
    if os.environ.get("ANKANG_SHOOT") != "1":
        return
    _PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=_PICTURES / f"{name}.png", full_page=full_page, animations="disabled", caret="hide")


def watch(page: Page) -> list[str]:
    """Return a list that fills with what goes wrong in a page; a refused page (403, 404) is no error of the page."""
    problems: list[str] = []
    refused: set[str] = set()

    def see_response(response: Response) -> None:
        if response.request.is_navigation_request():
            refused.add(response.url)

    def see_message(message: ConsoleMessage) -> None:
        # A form sent while htmx still asks something cuts that question off: htmx tells of it, nobody is harmed.
        if message.text.startswith(("htmx:sendAbort", "htmx:afterRequest")):
            return
        if message.type == "error" and message.location["url"] not in refused:
            problems.append(f"{message.text} ({message.location['url']})")

    page.on("response", see_response)
    page.on("console", see_message)
    page.on("pageerror", lambda error: problems.append(str(error)))
    return problems
