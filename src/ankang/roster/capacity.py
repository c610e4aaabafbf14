"""无民事行为能力: a village reports, the town finds on a court's paper, dismisses, or ends. 保险法 33, 民法典 24.

Each takes the resident's lock, as enrolling does: nobody is insured in the same instant in which this is noted.
"""

from datetime import date, datetime

from django.db import transaction
from django.db.models import Case, QuerySet, Value, When

from ankang.accounts.models import Desk, User
from ankang.audit.record import record
from ankang.roster.locks import resident_for_change
from ankang.roster.models import Incapacity, Resident
from ankang.rules.errors import Conflict, InvalidInput, NotAllowed

State = Incapacity.State
MIN_WORDS = 4
_PAPER = "请写明依据，至少4个字，例如：盐都区法院（2024）苏0903民特12号判决书。"


@transaction.atomic
def report_incapacity(*, by: User, resident_id: int, seen: str, today: date, now: datetime) -> Incapacity:
    """Report that a resident may be without legal capacity; until the town looks into it nothing on death is sold.

    Errors: NotAllowed outside one's division; InvalidInput (`seen`); Conflict when reported or found already.
    """
    resident = _mine(by, resident_id)
    seen = _words("seen", seen, "请写明看到的情况，至少4个字，例如：认不出家人，说不清自己要不要参保。", most=200)
    _require_none_open(resident)
    made = _begin(resident, state=State.REPORTED, from_on=today, seen=seen, reported_by=by, reported_at=now)
    return _told(by, made, "roster.report_incapacity")


@transaction.atomic
def find_incapacity(*, by: User, resident_id: int, from_on: date, paper: str, today: date, now: datetime) -> Incapacity:
    """Set a resident as without legal capacity from a day on, on a paper; a report that waits is thereby decided.

    Errors: NotAllowed (not the town's desk); InvalidInput (`from_on`, `paper`); Conflict when found already.
    """
    resident = _by_town(by, resident_id)
    paper = _words("paper", paper, _PAPER)
    _require_past("from_on", from_on, resident.birth_date, today)
    waiting = _open(resident)
    if waiting and waiting.state == State.FOUND:
        raise Conflict("这位老人已经登记为无民事行为能力。日期或依据有误的，请先登记恢复，再重新登记。", field="paper")
    decided = {"state": State.FOUND, "from_on": from_on, "paper": paper, "decided_by": by, "decided_at": now}
    made = _change(waiting, **decided) if waiting else _begin(resident, **decided)
    return _told(by, made, "roster.find_incapacity", from_on=from_on.isoformat())


@transaction.atomic
def dismiss_report(*, by: User, resident_id: int, paper: str, now: datetime) -> Incapacity:
    """Note that a reported resident has legal capacity after all: enrolling is open again.

    Errors: NotAllowed (not the town's desk); InvalidInput (`paper`); Conflict when no report waits.
    """
    resident = _by_town(by, resident_id)
    paper = _words("paper", paper, "请写明怎么核实的，至少4个字，例如：民政办上门核实，老人能说清楚。")
    waiting = _open(resident)
    if waiting is None or waiting.state != State.REPORTED:
        raise Conflict("这位老人没有待核实的报告，请刷新后再看。", field="paper")
    made = _change(waiting, state=State.DISMISSED, paper=paper, decided_by=by, decided_at=now)
    return _told(by, made, "roster.dismiss_incapacity")


@transaction.atomic
def end_incapacity(*, by: User, resident_id: int, to_on: date, paper: str, today: date) -> Incapacity:
    """End a time without legal capacity: `to_on` is its last day, the paper the judgment that restores it.

    Errors: NotAllowed (not the town's desk); InvalidInput (`to_on`, `paper`); Conflict when none is found.
    """
    resident = _by_town(by, resident_id)
    paper = _words("paper", paper, _PAPER)
    found = _open(resident)
    if found is None or found.state != State.FOUND:
        raise Conflict("这位老人现在没有登记为无民事行为能力，请刷新后再看。", field="paper")
    if not found.from_on <= to_on <= today:
        raise InvalidInput(f"最后一天要在{found.from_on}到{today}之间。", field="to_on")
    made = _change(found, to_on=to_on, ended_by=by, end_paper=paper)
    return _told(by, made, "roster.end_incapacity", to_on=to_on.isoformat())


def incapacities(user: User, state: str = "") -> QuerySet[Incapacity]:
    """Return the reports and findings that this person may see, those that wait first (one query)."""
    turn = Case(When(state=State.REPORTED, then=Value(0)), When(state=State.FOUND, then=Value(1)), default=Value(2))
    rows = Incapacity.objects.visible_to(user).annotate(turn=turn).order_by("turn", "-pk")
    rows = rows.filter(state=state) if state in State.values else rows
    return rows.select_related("resident__village", "reported_by", "decided_by", "ended_by")


def _mine(by: User, resident_id: int) -> Resident:
    resident = resident_for_change(resident_id)
    if not resident.village_id.startswith(by.scope):
        raise NotAllowed("这位老人不在您的管辖范围内，不能登记。")
    return resident


def _by_town(by: User, resident_id: int) -> Resident:
    if by.desk != Desk.TOWN:
        raise NotAllowed("是否无民事行为能力由镇民政办凭法院的判决书登记。村居请用“报镇里核实”。")
    return _mine(by, resident_id)


def _open(resident: Resident) -> Incapacity | None:
    rows = resident.incapacities.filter(state__in=(State.REPORTED, State.FOUND), to_on__isnull=True)
    return rows.first()


def _require_none_open(resident: Resident) -> None:
    known = _open(resident)
    if known:
        raise Conflict(f"这位老人已经登记过：{known.get_state_display()}。不用再报。", field="seen")


def _begin(resident: Resident, **facts: object) -> Incapacity:
    made = Incapacity.objects.create(resident=resident, **facts)
    resident.has_incapacity = True
    resident.save(update_fields=["has_incapacity", "updated_at"])
    return made


def _change(row: Incapacity, **facts: object) -> Incapacity:
    for name, value in facts.items():
        setattr(row, name, value)
    row.save(update_fields=list(facts))
    return row


def _told(by: User, row: Incapacity, action: str, **detail: str) -> Incapacity:
    record(by=by, action=action, subject=row.resident, division_code=row.resident.village_id, **detail)
    return row


def _words(field: str, text: str, message: str, most: int = 120) -> str:
    text = text.strip()[:most]
    if len(text) < MIN_WORDS:
        raise InvalidInput(message, field=field)
    return text


def _require_past(field: str, day: date, birth: date, today: date) -> None:
    if not birth <= day <= today:
        raise InvalidInput(f"日期要在出生以后、{today}以前，请核对。", field=field)
