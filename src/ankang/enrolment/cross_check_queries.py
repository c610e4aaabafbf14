"""Reads of the cross-checks: how many each finds, who they are, what was looked into."""

from collections import Counter
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Value

from ankang.accounts.models import User
from ankang.enrolment.cross_checks import BY_CODE, CHECKS, Check, Ground, Rows, fact_of
from ankang.roster.models import ImportRow, Resident
from ankang.roster.verification_models import Verification

OLD_NUMBERS = "old-numbers"  # beside the checks: rows of imports, not residents


def findings(ground: Ground, check: Check) -> Rows:
    """Return the residents of a check with `fact`, those that are ticked off too."""
    rows: Rows = check.find(ground).annotate(fact=fact_of(check))
    return rows


def open_findings(ground: Ground, check: Check) -> Rows:
    """Return the residents of a check that nobody has found right as they stand.

    The fact, for some a count of who is alike, is asked only of those whom somebody once ticked: asked of everybody it
    would grow with the square of who is alike.
    """
    rows = findings(ground, check)
    return rows.filter(~Q(pk__in=_once_ticked(check)) | ~Exists(_ticks(check))) if check.may_be_right else rows


def ticked_findings(ground: Ground, check: Check) -> Rows:
    """Return the residents of a check that somebody has found right as they stand."""
    return findings(ground, check).filter(Exists(_ticks(check)), pk__in=_once_ticked(check))


def _ticks(check: Check) -> QuerySet[Verification]:
    return Verification.objects.filter(check_code=check.code, resident=OuterRef("pk"), fact=OuterRef("fact"))


def _once_ticked(check: Check) -> "QuerySet[Verification, Any]":
    return Verification.objects.filter(check_code=check.code).values("resident_id")


def counts(ground: Ground) -> Counter[str]:
    """Return how many residents each check finds open, and rows with 15 digits, by code (one query, however many)."""
    parts = [_counted(open_findings(ground, check), check.code) for check in CHECKS]
    first, *others = [*parts, _old_counted(ground.user)]
    found: Counter[str] = Counter()
    for code, _, people in first.union(*others, all=True):
        found[code] += people
    return found


def _counted(rows: Rows, code: str) -> "QuerySet[Any, Any]":
    """Group by village: a constant alone is no group to PostgreSQL."""
    grouped = rows.order_by().annotate(code=Value(code)).values("code", "village_id")
    counted: QuerySet[Any, Any] = grouped.annotate(found=Count("pk")).values_list("code", "village_id", "found")
    return counted


def _old_counted(user: User) -> "QuerySet[Any, Any]":
    rows = old_numbers(user).order_by().annotate(kind=Value(OLD_NUMBERS)).values("kind", "run__division_id")
    grouped = rows.annotate(found=Count("cells_index", distinct=True))
    return grouped.values_list("kind", "run__division_id", "found")


def old_numbers(user: User) -> QuerySet[ImportRow]:
    """Return the rows refused for 15 digits whose proposed 18 stand on no roster yet, newest import first."""
    known = Resident.objects.filter(number_index=OuterRef("cells_index"))
    rows = ImportRow.objects.filter(
        code=ImportRow.Code.OLD_NUMBER, run__undone_at__isnull=True, run__division__code__startswith=user.scope
    )
    return rows.filter(~Exists(known)).select_related("run__division").order_by("-run", "row_number")


def ticks_of(check_code: str, residents: list[int]) -> dict[tuple[int, str], Verification]:
    """Return who found what right as it stands, by (resident, fact) (one query)."""
    rows = Verification.objects.filter(check_code=check_code, resident__in=residents).select_related("by")
    return {(row.resident_id, row.fact): row for row in rows}


def check_of(code: str) -> Check | None:
    """Return a check by its code."""
    return BY_CODE.get(code)
