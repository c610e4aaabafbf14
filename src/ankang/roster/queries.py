"""What the roster is asked: find one person, search a list, which lists a person is on."""

import re
from datetime import date

from ankang.accounts.models import User
from ankang.roster.models import (
    GroupMembership,
    ImportRun,
    ImportRunQuerySet,
    Resident,
    ResidentQuerySet,
    StagedImport,
    StagedImportQuerySet,
)
from ankang.roster.numbers import number_index
from ankang.rules.capacity import Incapacity
from ankang.rules.errors import InvalidInput
from ankang.rules.identity import parse_number

_TAIL = re.compile(r"\d{3}[\dXx]", re.ASCII)
_MANY_DIGITS = re.compile(r"[\d\s]{5,}[\dXx]?", re.ASCII)


def find_by_number(user: User, text: str) -> Resident | None:
    """Return the resident with this identity number among those that the user may see (one query).

    Errors: InvalidInput with `reason` and `fix` when the text is no identity number.
    """
    index = number_index(parse_number(text).number)
    return Resident.objects.visible_to(user).select_related("village").filter(number_index=index).first()


def search(user: User, text: str) -> ResidentQuerySet:
    """Return the residents that the user may see and the text means; an empty text means all.

    A whole identity number finds exactly, its last four characters by tail, letters by initials, the rest by name.
    """
    visible = Resident.objects.visible_to(user)
    text = text.strip()
    if not text:
        return visible
    if _TAIL.fullmatch(text):
        return visible.filter(number_tail=text.upper())
    if text.isascii() and text.isalpha():
        return visible.filter(initials__startswith=text.lower())
    if _MANY_DIGITS.fullmatch(text):
        return _by_number(visible, text)
    return visible.filter(name__contains=text)


def _by_number(visible: ResidentQuerySet, text: str) -> ResidentQuerySet:
    try:
        return visible.filter(number_index=number_index(parse_number(text).number))
    except InvalidInput:
        return visible.none()


def listed_groups(resident: Resident, on: date) -> frozenset[str]:
    """Return the codes of the lists that a person is on that day (one query, none when memberships are prefetched)."""
    return frozenset(row.group for row in resident.memberships.all() if is_member_on(row, on))


def incapacities_of(resident: Resident) -> tuple[Incapacity, ...]:
    """Return a person's times without legal capacity, as the rules read them (no query for who has none).

    `resident` as it stands under a lock, or with `incapacities` prefetched.
    """
    if not resident.has_incapacity:
        return ()
    rows = [row for row in resident.incapacities.all() if row.state != row.State.DISMISSED]
    return tuple(Incapacity(row.from_on, row.to_on, found=row.state == row.State.FOUND) for row in rows)


def is_member_on(row: GroupMembership, on: date) -> bool:
    """Whether a membership holds on a day: both ends are included."""
    return row.from_on <= on and (row.to_on is None or on <= row.to_on)


def import_runs(user: User) -> ImportRunQuerySet:
    """Return the imports that the user may see, newest first."""
    return ImportRun.objects.visible_to(user).select_related("by", "division", "undone_by")


def waiting_lists(user: User) -> StagedImportQuerySet:
    """Return the lists that were looked at and not confirmed yet, newest first; without their contents."""
    waiting = StagedImport.objects.visible_to(user).filter(run=None)
    return waiting.select_related("by").defer("content").order_by("-at")


def earlier_run(run: ImportRun) -> ImportRun | None:
    """Return the last import of the very same file before this one, if there was one (one query)."""
    same = ImportRun.objects.filter(
        file_digest=run.file_digest, division_id=run.division_id, id__lt=run.pk, undone_at=None
    )
    return same.order_by("-id").first()
