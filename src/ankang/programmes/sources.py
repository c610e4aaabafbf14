"""The files behind a stored plan or a draft: read, compared, checked. No query."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ankang.programmes.draft_models import DraftRevision
from ankang.programmes.models import ProgrammeVersion
from ankang.programmes.queries import plan_of
from ankang.rules.canonical import digest_of
from ankang.rules.dump import targets_text, to_tables
from ankang.rules.errors import AnkangError
from ankang.rules.file_form import Checked, check
from ankang.rules.load import read_programme, read_tables

Tables = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Files:
    """The two files of a plan: `programme.toml` as tables, `targets.csv` as text."""

    tables: Tables
    targets: str


def files_of(version: ProgrammeVersion) -> Files:
    """Return a published version as its files: as they were published, else written from the stored plan."""
    plan = plan_of(version)
    targets = targets_text(plan.targets)
    tables = _told(version.source, targets, version.digest)
    return Files(to_tables(plan) if tables is None else tables, targets)


def files_in(revision: DraftRevision) -> Files:
    """Return a draft's state as its files."""
    return Files(read_tables(revision.tables.encode()), revision.targets)


def checked(revision: DraftRevision) -> Checked:
    """Return whether a draft's state is a plan, what is wrong with it, and what the check-up finds; once a process."""
    return _checked(revision.tables, revision.targets)


@lru_cache(maxsize=64)
def _checked(tables: str, targets: str) -> Checked:
    return check(read_tables(tables.encode()), targets)


def _told(source: str, targets: str, digest: str) -> Tables | None:
    """The tables of a kept source, where they still are the plan that was published."""
    try:
        tables = read_tables(source.encode()) if source else None
        return tables if tables and digest_of(read_programme(tables, targets)) == digest else None
    except AnkangError:
        return None
