"""Comparisons in a test: everything has a default, and a refusal must leave every row as it was."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.claims.acts import at
from tests.golden.cases import programme

from ankang.accounts.models import User
from ankang.audit.models import AuditEntry
from ankang.programmes.models import ProgrammeVersion
from ankang.programmes.queries import plan_of
from ankang.whatif.actions import Choice, ask_what_if
from ankang.whatif.models import WhatIf
from ankang.whatif.worker import work_once

MENDED = programme("2024-yandu-mended")


def asked(by: User, version: ProgrammeVersion, **facts: Any) -> WhatIf:
    """Ask for a comparison of a version with the mended plan over its own programme."""
    before, after = Choice("第 1 版", plan_of(version)), Choice("改两处", MENDED)
    given = {"before": before, "after": after, "key": uuid.uuid4().hex, "now": at()} | facts
    return ask_what_if(by=by, **{"programme": version.programme} | given)


def compared(by: User, version: ProgrammeVersion, **facts: Any) -> WhatIf:
    """As `asked`, and counted by a worker."""
    job = asked(by, version, **facts)
    work_once()
    job.refresh_from_db()
    return job


@contextmanager
def nothing_changes() -> Iterator[None]:
    """Fail when a comparison or an audit row appears, goes or changes."""
    before = _rows()
    yield
    assert _rows() == before


def _rows() -> list[str]:
    return [str(list(table.objects.order_by("pk").values_list())) for table in (WhatIf, AuditEntry)]
