"""A local gateway and a merchant's door in threads, on free ports of this machine."""

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue
from typing import Any
from urllib.parse import urlsplit

from ankang.gateways import local


class Door(ThreadingHTTPServer):
    """Takes notifications: `refusals` times it says no first. `came`: (headers, body) of each."""

    def __init__(self, refusals: int = 0) -> None:
        super().__init__(("127.0.0.1", 0), _Taker)
        self.came: Queue[tuple[dict[str, str], bytes]] = Queue()
        self.refusals = refusals

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/pay/notify/"


class _Taker(BaseHTTPRequestHandler):
    server: Door

    def log_message(self, *_args: Any) -> None:
        pass

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.refusals -= 1
        self.server.came.put((dict(self.headers), body))
        self.send_response(500 if self.server.refusals >= 0 else 204)
        self.end_headers()


@contextmanager
def running(server: ThreadingHTTPServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def local_gateway(path: Path, notify_url: str) -> Iterator[local.LocalServer]:
    """Write a trial account to the path and serve it; the address in the file is the port that was free."""
    local.write_account(path, "http://127.0.0.1:1", notify_url)
    server = local.serve(path, 0)
    text = path.read_text().replace("http://127.0.0.1:1", server.base_url)
    path.write_text(text)
    with running(server):
        yield server


def press_pay(code_url: str, notify: int = 1) -> int:
    """Let the payer press the button; return the page's status."""
    to = urlsplit(code_url)
    with closing(HTTPConnection(to.hostname or "", to.port, timeout=10)) as line:
        line.request("POST", to.path, f"notify={notify}")
        with line.getresponse() as answer:
            answer.read()
            return answer.status
