"""What the settings promise, seen from outside: behind a TLS proxy, under a flood, with odd characters."""

import io
import logging
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpRequest
from django.test import Client
from tests import factories
from tests.logins import logged_in

from ankang.accounts.models import Desk
from ankang.config.logs import MaskingFormatter
from ankang.desks.public import views

_BEHIND_A_PROXY = """
import sys
import django
django.setup()
from django.conf import settings
from django.test import Client
settings.DATABASES["default"]["NAME"] = sys.argv[1]
client = Client(enforce_csrf_checks=True, headers={"host": "ankang.example.cn", "x-forwarded-proto": "https"})
client.get("/login/")
token = client.cookies["csrftoken"].value
sent = {"username": "nobody", "password": "wrong", "csrfmiddlewaretoken": token}
home = "https://ankang.example.cn"
answer = client.post("/login/", sent, headers={"origin": home, "referer": home + "/login/"})
print(answer.status_code, "Strict-Transport-Security" in answer.headers)
"""


@pytest.mark.django_db(transaction=True)
def test_a_form_works_behind_a_tls_proxy(tmp_path: Path) -> None:
    settings = {"DATA": str(tmp_path), "ANKANG_HTTPS": "1", "ANKANG_HOSTS": "ankang.example.cn"}
    environment = os.environ | settings | {"DJANGO_SETTINGS_MODULE": "ankang.config.settings"}
    program = [sys.executable, "-c", _BEHIND_A_PROXY, str(connection.settings_dict["NAME"])]
    done = subprocess.run(program, env=environment, capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["200", "True"], done.stderr


def test_the_data_folder_is_open_to_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "data"
    environment = os.environ | {"DATA": str(folder), "ANKANG_SECRET": "x"}
    subprocess.run([sys.executable, "-c", "import ankang.config.settings"], env=environment, check=True)
    assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.django_db
def test_an_error_leaves_a_trace_without_personal_data(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_request: HttpRequest) -> None:
        raise ValueError("no such person: 329900194807152049, 138 1234 5678")

    written = io.StringIO()
    monkeypatch.setattr(views, "_page", lambda *_: broken(HttpRequest()))
    handler = logging.getLogger().handlers
    configured = next(one for one in handler if isinstance(one.formatter, MaskingFormatter))
    monkeypatch.setattr(configured, "stream", written)
    client.raise_request_exception = False
    assert client.get("/").status_code == 500
    assert client.get("/welcome/secret-token/extra/").status_code == 404
    text = written.getvalue()
    assert "ERROR django.request: Internal Server Error: /" in text
    assert "ValueError: no such person: *******2049, *******5678" in text
    assert "/welcome/…/extra/" in text
    assert not re.search(r"\d{11}|secret", text)


@pytest.mark.django_db
def test_nobody_can_fill_the_disk_by_uploading() -> None:
    """Also who is not logged in: the refusal comes before the file is read."""
    for client in (Client(), logged_in(factories.user(Desk.TOWN))):
        flood = SimpleUploadedFile("名册.xlsx", b"x" * (24 * 1024 * 1024 + 1))
        refused = client.post("/town/import/", {"file": flood})
        assert refused.status_code == 400
        assert "上传的内容太大" in refused.text


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address", ["/town/roster/?q=%00", "/town/roster/?village=%00", "/town/claims/?number=%00", "/welcome/%00/"]
)
def test_a_null_character_in_an_address_is_a_bad_request(address: str) -> None:
    assert logged_in(factories.user(Desk.TOWN)).get(address).status_code == 400


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["name", "key", "number", "phone", "village"])
def test_a_null_character_in_a_form_is_a_bad_request(name: str) -> None:
    client = logged_in(factories.user(Desk.TOWN))
    sent = {"step": "confirm", "number": "110105194912310029", name: "a\0b"}
    assert client.post("/town/enrol/", sent).status_code == 400
