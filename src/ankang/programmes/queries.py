"""Which plan counts on a day, and the plan itself as the rules read it."""

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from functools import lru_cache

from django.db.models import BooleanField, Case, OuterRef, Q, QuerySet, Subquery, When

from ankang.accounts.models import User
from ankang.divisions.models import PREFIX_LENGTH
from ankang.installation.rows import Asked
from ankang.programmes.models import Programme, ProgrammeVersion
from ankang.rules.canonical import digest_of, from_document
from ankang.rules.errors import Conflict
from ankang.rules.programme import Programme as Plan

PREPARATION = timedelta(days=60)


def campaign_on(day: date, division_code: str) -> ProgrammeVersion | None:
    """Return the newest version of the campaign that is prepared or under way on a day, or the last one (one query).

    `division_code` is the issuing body's own code or that of any division below it.
    """
    found = _campaign(day + PREPARATION, *sorted(codes_above(division_code)))
    return found[0] if found else None


_campaign = Asked(
    lambda until, *codes: (
        _issued_by(codes).filter(programme__window_from__lte=until).order_by("-programme__window_from", "-number")[:1]
    )
)


def version_covering(day: date, division_code: str) -> ProgrammeVersion | None:
    """Return the newest version of the programme whose cover period contains the day (one query)."""
    versions = _versions_for(division_code).filter(programme__cover_from__lte=day, programme__cover_to__gte=day)
    return versions.order_by("-programme__cover_from", "-number").first()


def version_after(programme: Programme) -> ProgrammeVersion | None:
    """Return the newest version of the same division's next programme by its window, None without one (one query)."""
    later = ProgrammeVersion.objects.filter(
        programme__division=programme.division_id, programme__window_from__gt=programme.window_to
    )
    return later.select_related("programme__division").order_by("programme__window_from", "-number").first()


def versions_on(day: date, division_code: str) -> tuple[ProgrammeVersion | None, ProgrammeVersion | None]:
    """Return what `campaign_on` and `version_covering` return, in one query."""
    versions = _versions_for(division_code)
    running = versions.filter(programme__window_from__lte=day + PREPARATION)
    covering = versions.filter(programme__cover_from__lte=day, programme__cover_to__gte=day)
    campaign_key = running.order_by("-programme__window_from", "-number").values("pk")[:1]
    cover_key = covering.order_by("-programme__cover_from", "-number").values("pk")[:1]
    both = ProgrammeVersion.objects.filter(Q(pk=Subquery(campaign_key)) | Q(pk=Subquery(cover_key)))
    found = list(
        both.select_related("programme__division").annotate(
            is_campaign=Case(When(pk=Subquery(campaign_key), then=True), default=False, output_field=BooleanField()),
            is_covering=Case(When(pk=Subquery(cover_key), then=True), default=False, output_field=BooleanField()),
        )
    )
    campaign = next((one for one in found if one.is_campaign), None)
    return campaign, next((one for one in found if one.is_covering), None)


def current_version(programme: Programme) -> ProgrammeVersion:
    """Return the newest version of a programme (one query). Errors: ProgrammeVersion.DoesNotExist."""
    found = _newest_version(programme.pk)
    if not found:
        raise ProgrammeVersion.DoesNotExist(f"programme {programme.pk} has no version")
    return found[0]


_newest_version = Asked(
    lambda programme: (
        ProgrammeVersion.objects.filter(programme=programme).select_related("programme").order_by("-number")[:1]
    )
)


def newest_versions(user: User) -> list[ProgrammeVersion]:
    """Return the newest version of every programme of this person's divisions, the latest window first (one query)."""
    issued = Q(programme__division_id__in=codes_above(user.division_id)) | Q(
        programme__division__code__startswith=user.scope
    )
    versions = ProgrammeVersion.objects.filter(issued, number=newest_number("programme_id"))
    return list(versions.select_related("programme__division").order_by("-programme__window_from", "programme__slug"))


def standing_on(
    day: date, newest: Sequence[ProgrammeVersion], division_code: str
) -> tuple[ProgrammeVersion | None, ProgrammeVersion | None]:
    """Return what `versions_on` returns, from `newest_versions`, for who needs both (no query)."""
    issued = [one for one in newest if one.programme.division_id in codes_above(division_code)]
    begun = [one for one in issued if one.programme.window_from <= day + PREPARATION]
    covering = [one for one in issued if one.programme.cover_from <= day <= one.programme.cover_to]
    return (
        max(begun, key=lambda one: one.programme.window_from, default=None),
        max(covering, key=lambda one: one.programme.cover_from, default=None),
    )


def versions_shown(user: User) -> list[ProgrammeVersion]:
    """Return every version of the programmes of this person's divisions, the newest first (one query)."""
    issued = Q(programme__division_id__in=codes_above(user.division_id)) | Q(
        programme__division__code__startswith=user.scope
    )
    versions = ProgrammeVersion.objects.filter(issued).select_related("programme__division")
    return list(versions.order_by("-programme__window_from", "programme__slug", "-number"))


def plan_of(version: ProgrammeVersion) -> Plan:
    """Return the plan that a version stores; parsed once a process. No query.

    Errors: Conflict when the stored document is not the one that was published.
    """
    return _plan(version.digest, version.document)


@lru_cache(maxsize=32)
def _plan(digest: str, document: str) -> Plan:
    plan = from_document(document)
    if digest_of(plan) != digest:
        raise Conflict("方案的规范文本与发布时的指纹不一致，数据可能被改动过。请停用并从备份核对。", digest=digest)
    return plan


def codes_above(division_code: str) -> frozenset[str]:
    """Return the codes of a division and of every division that it lies in. No query."""
    return frozenset(division_code[:length].ljust(12, "0") for length in PREFIX_LENGTH.values())


def newest_number(programme: str) -> Subquery:
    """Return the number of a programme's newest version, for a query whose field `programme` holds its key."""
    versions = ProgrammeVersion.objects.filter(programme=OuterRef(programme)).order_by("-number")
    return Subquery(versions.values("number")[:1])


_newest = Asked(
    lambda programme: ProgrammeVersion.objects.filter(programme=programme).only("number").order_by("-number")[:1]
)


def newest_number_of(programme_id: int) -> int:
    """Return the number of a programme's newest version (one query). Errors: IndexError without any."""
    return _newest(programme_id)[0].number


def _versions_for(division_code: str) -> QuerySet[ProgrammeVersion]:
    return _issued_by(codes_above(division_code))


def _issued_by(codes: Collection[str]) -> QuerySet[ProgrammeVersion]:
    issued = ProgrammeVersion.objects.filter(programme__division_id__in=codes)
    return issued.select_related("programme__division")
