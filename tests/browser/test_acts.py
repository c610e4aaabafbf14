"""The acts themselves: a page that is still on its way is waited for, not judged."""

import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from playwright.sync_api import Page
from tests.browser.acts import assert_accessible, settle
from tests.browser.ports import free_port

_PAGE = '<!doctype html><html lang="zh"><title>{0}</title><main><h1>{0}</h1>{1}</main></html>'


class _Slow(BaseHTTPRequestHandler):
    """Two pages; the second sends its head, waits, and only then sends a document."""

    def do_GET(self) -> None:
        second = self.path == "/second"
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.flush()
        if second:
            time.sleep(0.5)
        body = _PAGE.format("第二页", "") if second else _PAGE.format("第一页", '<a href="/second">下一页</a>')
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def slow() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", free_port()), _Slow)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_the_page_that_a_click_asked_for_is_the_one_that_is_judged(browser_page: Page, slow: str) -> None:
    browser_page.goto(slow)
    browser_page.route("**/favicon.ico", lambda route: route.fulfill(status=204))
    browser_page.get_by_role("link", name="下一页").click()
    settle(browser_page)
    assert browser_page.title() == "第二页"
    assert_accessible(browser_page)
