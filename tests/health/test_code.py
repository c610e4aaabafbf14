"""Manners that a reader would notice: short files, complete migrations, no address of somebody's machine."""

import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command

ROOT = Path(__file__).resolve().parents[2]
LONGEST = 400
WRITTEN_BY_HAND = {".py", ".sh", ".html", ".css", ".js", ".mjs"}


def sources() -> list[Path]:
    """Return what people wrote: migrations are Django's."""
    folders = [ROOT / name for name in ("src", "tests", "tools", "bench")]
    found = [path for folder in folders for path in folder.rglob("*") if path.suffix in WRITTEN_BY_HAND]
    return [path for path in found if "migrations" not in path.parts]


def test_files_are_short() -> None:
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in sources()}
    assert len(lengths) > 50
    assert {str(path.relative_to(ROOT)): length for path, length in lengths.items() if length >= LONGEST} == {}


def test_no_file_is_named_after_nothing() -> None:
    empty_names = {"utils", "util", "helpers", "helper", "misc", "common_py", "manager2"}
    assert [str(path) for path in sources() if path.stem in empty_names] == []


@pytest.mark.django_db
def test_migrations_are_complete() -> None:
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


def test_no_address_of_a_registry_or_a_machine() -> None:
    outcome = subprocess.run(
        [sys.executable, ROOT / "tools" / "check_addresses.py"], capture_output=True, text=True, check=False
    )
    assert outcome.stdout == ""
    assert outcome.returncode == 0


def test_an_address_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    from check_addresses import addresses_in

    host = "registry." + "npm" + "js.org"
    assert addresses_in(f"first\nhttps://{host}/left-pad") == [(2, host.removeprefix("registry."))]
    assert addresses_in("https://example.org/") == []
