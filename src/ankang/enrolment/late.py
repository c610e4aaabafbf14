"""补登: enrolling one resident after the window, by an exception that a town manager records."""

from collections.abc import Collection
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from ankang.accounts.models import Desk, User
from ankang.audit.record import record
from ankang.enrolment.models import LateEntry
from ankang.programmes.models import ProgrammeVersion
from ankang.programmes.queries import plan_of
from ankang.roster.models import Resident
from ankang.roster.queries import incapacities_of
from ankang.rules.capacity import may_insure, require_capacity
from ankang.rules.errors import Conflict, InvalidInput, NotAllowed

MOST_DAYS = 30


class LateEntryNotNeeded(Conflict):
    """The window is open, or the cover is over: an exception would change nothing."""

    code = "late_entry_not_needed"


def late_entry_on(resident: Resident, programme_id: int, today: date) -> LateEntry | None:
    """Return the exception by which a resident may be enrolled on a day, the newest (one query)."""
    rows = LateEntry.objects.filter(
        resident=resident, programme=programme_id, valid_from__lte=today, valid_to__gte=today
    )
    return rows.order_by("-pk").first()


def late_entries_on(residents: Collection[Resident], programme_id: int, today: date) -> dict[int, LateEntry]:
    """Return the exceptions that hold for these residents on a day, by resident, the newest of each (one query)."""
    rows = LateEntry.objects.filter(
        resident__in=[one.pk for one in residents], programme=programme_id, valid_from__lte=today, valid_to__gte=today
    )
    return {row.resident_id: row for row in rows.order_by("pk")}


def late_entries(user: User, programme_id: int) -> QuerySet[LateEntry]:
    """Return the exceptions that this person may see, newest first, with who was enrolled by them (two queries)."""
    rows = LateEntry.objects.visible_to(user).filter(programme=programme_id)
    return rows.select_related("resident", "village", "granted_by").prefetch_related("enrolments").order_by("-pk")


def grant_late_entry(
    *,
    by: User,
    resident: Resident,
    version: ProgrammeVersion,
    reason: str,
    paper: str,
    days: int,
    key: str,
    today: date,
    now: datetime,
) -> LateEntry:
    """Let a resident be enrolled from today on for some days; the same key again returns the same exception.

    Errors: NotAllowed (not a town manager of this resident), InvalidInput (`reason`, `paper`, `days` 1 to 30),
    LateEntryNotNeeded (window not over yet, or cover over). Nothing is stored then.
    """
    _require_manager(by, resident)
    reason, paper = _require_words(reason.strip(), paper.strip(), days)
    last = today + timedelta(days=days - 1)
    _require_late(version, today, last)
    _require_insurable(resident, version, today)
    granted = LateEntry(
        key=key,
        resident=resident,
        programme=version.programme,
        village_id=resident.village_id,
        reason=reason,
        paper=paper,
        valid_from=today,
        valid_to=last,
        granted_by=by,
        granted_at=now,
    )
    try:
        with transaction.atomic():
            granted.save(force_insert=True)
            _tell(granted, plan_of(version).id)
    except IntegrityError:
        return _same(key, resident)
    return granted


def _tell(granted: LateEntry, programme: str) -> None:
    record(
        by=granted.granted_by,
        action="enrolment.grant_late",
        subject=granted,
        division_code=granted.village_id,
        programme=programme,
        valid_from=granted.valid_from.isoformat(),
        valid_to=granted.valid_to.isoformat(),
    )


def _require_manager(by: User, resident: Resident) -> None:
    if by.desk == Desk.TOWN and by.is_manager and resident.village_id.startswith(by.scope):
        return
    raise NotAllowed("逾期补登要由本镇民政办管账号的人批准。请联系他办理。")


def _require_words(reason: str, paper: str, days: int) -> tuple[str, str]:
    if not reason:
        raise InvalidInput("请写明为什么没赶上，例如“在外地子女家住，截止后才回村”。", field="reason")
    if not paper:
        raise InvalidInput("请写明依据哪份文件或会议，例如“镇民政办会议记录〔2024〕3号”。", field="paper")
    if not 1 <= days <= MOST_DAYS:
        raise InvalidInput(f"有效天数是1到{MOST_DAYS}天，请改。", field="days", value=days)
    return reason, paper


def _require_late(version: ProgrammeVersion, today: date, last: date) -> None:
    plan = plan_of(version)
    if today <= plan.window_to:
        raise LateEntryNotNeeded("参保时间还没截止，直接去“参保登记”办就行，不用补登。", today=today.isoformat())
    if last >= plan.cover_to:
        raise LateEntryNotNeeded(
            f"保障到{plan.cover_to:%Y-%m-%d}为止，补登后已经没有保障的日子。请缩短天数，或等下一年度的方案。",
            field="days",
        )


def _require_insurable(resident: Resident, version: ProgrammeVersion, today: date) -> None:
    """An exception helps nobody whom the law keeps out of every product. Errors: NoLegalCapacity, CapacityInDoubt."""
    plan, known = plan_of(version), incapacities_of(resident)
    if not any(may_insure(product, known, today) for product in plan.products):
        require_capacity(plan, plan.products[0], known, today)


def _same(key: str, resident: Resident) -> LateEntry:
    stored = LateEntry.objects.filter(key=key, resident=resident).first()
    if stored is None:
        raise Conflict("这张表已经提交过一次，内容和现在的不一样，这一次没有保存。请重新打开页面再填。", key=key)
    return stored
