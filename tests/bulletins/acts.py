"""Bulletins and notices in a test: everything has a default."""

import uuid
from dataclasses import asdict, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from ankang.accounts.models import User
from ankang.bulletins.actions import draft_bulletin, edit_bulletin, release_bulletin
from ankang.bulletins.draft import Draft
from ankang.bulletins.models import Bulletin, Notice
from ankang.bulletins.notices import issue_notices
from ankang.bulletins.queries import Issue, issue_of
from ankang.programmes.models import ProgrammeVersion

TODAY = date(2024, 3, 4)
NOW = datetime(2024, 3, 4, 10, 16, tzinfo=ZoneInfo("Asia/Shanghai"))


def draft(by: User, version: ProgrammeVersion, **facts: Any) -> Bulletin:
    return draft_bulletin(by=by, version=version, **{"kind": "weekly", "key": str(uuid.uuid4()), "now": NOW} | facts)


def words_of(issue: Issue, **changed: str) -> Draft:
    """Return the words of a bulletin with some of them changed."""
    names = asdict(Draft("", "", "", "", ""))
    return replace(Draft(**{name: getattr(issue.text, name) for name in names}), **changed)


def seen_of(bulletin: Bulletin) -> tuple[int, int]:
    issue = issue_of(Bulletin.objects.get(pk=bulletin.pk))
    return issue.frozen.number, issue.text.number


def edit(by: User, bulletin: Bulletin, **changed: str) -> Issue:
    issue = issue_of(Bulletin.objects.get(pk=bulletin.pk))
    words = words_of(issue, **changed)
    return edit_bulletin(by=by, bulletin=bulletin, words=words, copies="", seen=seen_of(bulletin), now=NOW)


def release(by: User, bulletin: Bulletin, **facts: Any) -> Bulletin:
    given = {"seen": seen_of(bulletin), "accepts_stale": False, "now": NOW} | facts
    return release_bulletin(by=by, bulletin=bulletin, **given)


def released(first: User, second: User, version: ProgrammeVersion, **facts: Any) -> Bulletin:
    return release(second, draft(first, version, **facts))


def urge(by: User, version: ProgrammeVersion, *villages: str, **facts: Any) -> list[Notice]:
    given = {"due_on": date(2024, 3, 8), "key": str(uuid.uuid4()), "now": NOW} | facts
    return issue_notices(by=by, version=version, villages=villages, **given)
