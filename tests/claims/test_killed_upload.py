"""An upload whose process is killed: no half paper, no row without a file, and the family simply sends it again."""

import os
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from tests.claims.acts import handler, insured, photo, report
from tests.killed import run_killed

from ankang.accounts.models import User
from ankang.audit.models import AuditEntry
from ankang.claims import paper_store
from ankang.claims.document_models import ClaimDocument
from ankang.claims.paper_sweep import sweep_papers
from ankang.cli.main import main
from ankang.installation.models import Installation

pytestmark = pytest.mark.django_db(transaction=True)
STORE, DOCUMENTS = "ankang.claims.paper_store", "ankang.claims.documents"


@pytest.fixture(autouse=True)
def papers(tmp_path: Path, settings: Any) -> Path:
    settings.PAPERS = tmp_path / "papers"
    return tmp_path / "papers"


@pytest.mark.parametrize(
    ("point", "files"),
    [(f"{STORE}.seal_bytes", 0), ("os.fsync", 1), (f"{DOCUMENTS}._take", 1), (f"{DOCUMENTS}._answer_notice", 1)],
)
def test_killed_anywhere_nothing_half_is_left(
    point: str, files: int, papers: Path, tmp_path: Path, client_of: Callable[[User], Client]
) -> None:
    Installation.objects.create(pk=1, is_sample=True, demo_today="2024-05-30")
    by, claim = handler(), report(insured())
    picture = tmp_path / "a.jpg"
    picture.write_bytes(photo())
    address, form = f"/insurer/claims/{claim.number}/papers/add/", {"key": "0b9ef7f0-7f0e-4d7c-9a56-111111111111"}
    form |= {"paper": "identity"}
    run_killed(
        point, 1, "press", by.username, address, *(f"{name}={text}" for name, text in form.items()), f"scan=@{picture}"
    )
    assert not ClaimDocument.objects.exists()
    assert not AuditEntry.objects.filter(action="claims.gave_paper").exists()
    left = [path for path in papers.rglob("*") if path.is_file()]
    assert len(left) == files
    for name in paper_store.names():  # what lies under a whole name is whole
        assert paper_store.read(name).startswith(b"\xff\xd8\xff")
    with picture.open("rb") as again:
        assert client_of(by).post(address, form | {"scan": again}).status_code == 302
    kept = ClaimDocument.objects.get()
    assert sweep_papers(timezone.now()) == 0  # an upload may be under way
    for path in left:
        os.utime(path, (time.time() - 90_000,) * 2)
    assert sweep_papers(timezone.now()) == files
    assert sweep_papers(timezone.now() + timedelta(days=2)) == 0
    assert list(paper_store.names()) == [kept.stored_as]
    assert main(["claims", "sweep"]) == 0
