"""The product as people meet it: `ankang demo` in a fresh folder, served by granian with the built assets.

The town is made once a run: every process of the run serves a copy of its own.
"""

import fcntl
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path

from playwright.sync_api import Page
from tests.browser.ports import free_port

_BIN = Path(sys.executable).parent
_WAIT = 60  # seconds
_ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class SampleTown:
    """A running installation: its address, and username and password by desk."""

    url: str
    accounts: dict[str, list[tuple[str, str]]] = field(repr=False)
    folder: Path

    def run(self, *words: str) -> None:
        """Run an `ankang` command in this installation."""
        subprocess.run([_BIN / "ankang", *words], env=_environment(self.folder), cwd=_ROOT, check=True)

    def log_in(self, page: Page, desk: str, which: int = 0) -> None:
        """Come in by the log-in page as a person of a desk. The sample town asks for no second factor."""
        username, password = self.accounts[desk][which]
        page.goto(f"{self.url}/login/")
        page.get_by_label("登录名").fill(username)
        page.get_by_label("密码", exact=True).fill(password)
        page.get_by_role("button", name="登录").click()
        page.wait_for_url(f"{self.url}/{desk}/**")


def made_once(shared: Path) -> Path:
    """Return the folder of the sample town that a run's processes share: the first who comes makes it."""
    made, done = shared / "sample-town", shared / "sample-town.json"
    with (shared / "sample-town.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            made.mkdir(exist_ok=True)
            demo = subprocess.run(
                [_BIN / "ankang", "demo", "--json"], env=_environment(made), cwd=_ROOT, check=True, capture_output=True
            )
            done.write_bytes(demo.stdout)
    return made


@contextmanager
def served(shared: Path, folder: Path) -> Iterator[SampleTown]:
    """Serve a copy of the shared town on a free port, and stop the server by its own process at the end."""
    shutil.copytree(made_once(shared), folder, dirs_exist_ok=True)
    accounts: dict[str, list[tuple[str, str]]] = {}
    for account in json.loads((shared / "sample-town.json").read_bytes()):
        accounts.setdefault(account["desk"], []).append((account["username"], account["password"]))
    port = free_port()
    options = ["--interface", "wsgi", "--workers", "1", "--blocking-threads", "2", "--log-level", "error"]
    server = subprocess.Popen(
        [_BIN / "granian", *options, "--host", "127.0.0.1", "--port", str(port), "ankang.config.wsgi:application"],
        env=_environment(folder),
        cwd=_ROOT,
    )
    try:
        _wait_for(port, server)
        yield SampleTown(f"http://127.0.0.1:{port}", accounts, folder)
    finally:
        server.terminate()
        server.wait(_WAIT)


def _environment(folder: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ANKANG_", "DATABASE_URL"))}
    return kept | {"DATA": str(folder), "DJANGO_SETTINGS_MODULE": "ankang.config.settings"}


def _wait_for(port: int, server: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + _WAIT
    while time.monotonic() < deadline:
        assert server.poll() is None, "granian did not start"
        try:
            connection = HTTPConnection("127.0.0.1", port, timeout=_WAIT)
            connection.request("GET", "/login/")
            assert connection.getresponse().status == 200
            return
        except ConnectionError:
            time.sleep(0.1)
        finally:
            connection.close()
    raise AssertionError("granian does not answer")
