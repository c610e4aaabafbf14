"""What a first visit downloads, compressed: offices have old machines and villages slow lines."""

import gzip
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from tests import factories, towns

from ankang.accounts.models import User
from ankang.installation.models import Installation

pytestmark = pytest.mark.django_db
_ASSET = re.compile(r'(?:href|src)="/static/([^"]+)"')


def load(client: Client, path: str) -> tuple[int, set[str]]:
    """Return the bytes of a page with all that it asks for, compressed, and the names of those files."""
    page = client.get(path)
    assert page.status_code == 200
    names = set(_ASSET.findall(page.content.decode()))
    files = [(Path(settings.ASSETS) / name).read_bytes() for name in names]
    return sum(len(gzip.compress(content)) for content in (page.content, *files)), names


def test_public_pages_stay_under_20_kilobytes(client: Client) -> None:
    factories.version()
    size, names = load(client, "/")
    assert names == {"public.css", "public.js"}
    assert size <= 20_000


def test_office_pages_stay_under_50_kilobytes(client_of: Callable[[User], Client]) -> None:
    size, names = load(client_of(factories.user("window")), "/window/")
    assert names == {"bootstrap.css", "ak.css", "htmx.js", "ak.js"}
    assert size <= 50_000


def test_the_dashboard_stays_under_280_kilobytes(client_of: Callable[[User], Client]) -> None:
    Installation.objects.create(is_sample=True, demo_today=date(2024, 3, 4))
    towns.insure(factories.resident(), towns.campaign())
    size, names = load(client_of(factories.user("town")), "/town/")
    assert "charts.js" in names
    assert size <= 250_000


def test_texts_travel_compressed_and_what_is_compressed_already_does_not(client_of: Callable[[User], Client]) -> None:
    village = client_of(factories.user("village"))
    towns.insure(factories.resident(), towns.campaign())
    asked = {"HTTP_ACCEPT_ENCODING": "gzip"}
    page = village.get("/village/roster/", **asked)
    assert page["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in page["Vary"]
    assert page["Cache-Control"] == "no-store, private"
    assert "本村" in gzip.decompress(page.content).decode()
    assert "Content-Encoding" not in village.get("/village/roster/export/", **asked)
    assert "Content-Encoding" not in village.get("/village/roster/")


def test_what_bootstrap_gives_is_what_the_pages_name() -> None:
    """The style sheet is cut down to the classes that stand in the sources: a new one asks for a new build."""
    cut = (Path(settings.ASSETS) / "bootstrap.css").read_text()
    assert len(cut) < 40_000
    for name in ("btn-primary", "visually-hidden", "mb-3", "w-100", "d-flex", "form-control"):
        assert f".{name}" in cut
    assert ".carousel" not in cut
