"""核实无误 and taking it back: a person's decision on a finding, one transaction and one audit row a resident."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from ankang.accounts.models import Desk, User
from ankang.audit.record import record_many
from ankang.enrolment.cross_check_queries import findings, open_findings
from ankang.enrolment.cross_checks import Check, Ground
from ankang.roster.verification_models import Verification
from ankang.rules.errors import Conflict, InvalidInput, NotAllowed

MIN_WORDS = 4
MOST = 50  # as many as a page shows


@transaction.atomic
def verify(*, by: User, ground: Ground, check: Check, residents: Collection[int], note: str, now: datetime) -> int:
    """Note that these findings are right as they stand, until their facts change; return how many were new.

    Errors: NotAllowed for who keeps no roster; InvalidInput (nobody ticked, no note, a check that allows none);
    Conflict when one of them is no longer found. Then nothing was stored.
    """
    _require(by, check, residents)
    note = note.strip()[:120]
    if len(note) < MIN_WORDS:
        raise InvalidInput("请写明怎么核实的，至少4个字，例如：已上门看过身份证。", field="note")
    found = list(findings(ground, check).filter(pk__in=residents).order_by("pk"))
    if len(found) != len(set(residents)):
        raise Conflict("勾选的人里有的已经不在这份名单上，没有保存。请刷新后再勾。", field="resident")
    still_open = set(open_findings(ground, check).filter(pk__in=residents).values_list("pk", flat=True))
    new = [row for row in found if row.pk in still_open]
    Verification.objects.bulk_create(
        [Verification(resident=row, check_code=check.code, fact=row.fact, note=note, by=by, at=now) for row in new],
        ignore_conflicts=True,
    )
    record_many(by=by, action="roster.verify", told=[(row, row.village_id, {"check": check.code}) for row in new])
    return len(new)


@transaction.atomic
def reopen(*, by: User, ground: Ground, check: Check, residents: Collection[int]) -> int:
    """Take ticks back: the findings are open again; return how many. Errors: NotAllowed; InvalidInput."""
    _require(by, check, residents)
    found = list(ground.residents.filter(pk__in=residents, verifications__check_code=check.code).distinct())
    Verification.objects.filter(check_code=check.code, resident__in=[row.pk for row in found]).delete()
    record_many(by=by, action="roster.reopen", told=[(row, row.village_id, {"check": check.code}) for row in found])
    return len(found)


def _require(by: User, check: Check, residents: Collection[int]) -> None:
    if by.desk not in (Desk.TOWN, Desk.VILLAGE):
        raise NotAllowed("名册的核查由村居和镇民政办办理。")
    if not check.may_be_right:
        raise InvalidInput(f"“{check.title}”要改正，不能点“核实无误”。{check.fix}")
    if not 0 < len(residents) <= MOST:
        raise InvalidInput(f"请先勾选老人，一次最多{MOST}人。", field="resident")
