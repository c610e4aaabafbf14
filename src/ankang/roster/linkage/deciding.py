"""A person decides whose a row is: then the row does to this resident what it would have done with a number."""

from datetime import date, datetime

from django.db import transaction

from ankang.accounts.models import User
from ankang.audit.record import record
from ankang.roster.actions import change_contact
from ankang.roster.changes import join_group, mark_dead, mark_moved
from ankang.roster.imports.lists import GROUP_KINDS, Kind
from ankang.roster.linkage_models import LinkCase
from ankang.roster.locks import resident_for_change
from ankang.roster.models import GroupMembership, ImportRun, Resident
from ankang.rules.errors import Conflict, InvalidInput, NotAllowed

State = LinkCase.State


@transaction.atomic
def link_case(*, by: User, case_id: int, resident_id: int, today: date, now: datetime) -> LinkCase:
    """Decide that a row is this resident's, one of its candidates, and apply the row to him or her.

    Errors: NotAllowed outside one's division; Conflict when decided already, or the resident's state forbids it;
    InvalidInput for a row of deaths or moves without its day. Then nothing changed.
    """
    case = _waiting(by, case_id)
    if not case.candidates.filter(resident_id=resident_id).exists():
        raise Conflict("这位老人不在这一行的比对结果里，请刷新后再选。")
    resident = resident_for_change(resident_id)
    _apply(by, case, resident, today)
    return _decide(by, case, State.LINKED, now, resident)


@transaction.atomic
def decide_nobody(*, by: User, case_id: int, now: datetime) -> LinkCase:
    """Decide that a row means none of its candidates. Errors: NotAllowed; Conflict when decided already."""
    return _decide(by, _waiting(by, case_id), State.NOBODY, now)


@transaction.atomic
def reopen_case(*, by: User, case_id: int) -> LinkCase:
    """Let a row that was nobody's wait again.

    Errors: NotAllowed outside one's division; Conflict for one that was linked: what it did is put right on the
    resident's own page.
    """
    case = _mine(by, case_id)
    if case.state != State.NOBODY:
        raise Conflict("只有判为“都不是”的行可以重新比对。认错了人的，请到那位老人的“变更”里更正。")
    case.state, case.decided_by, case.decided_at = State.WAITING, None, None
    case.save(update_fields=["state", "decided_by", "decided_at"])
    record(by=by, action="roster.reopen_link", subject=case.run, division_code=case.run.division_id, case=case.pk)
    return case


def _mine(by: User, case_id: int) -> LinkCase:
    case = LinkCase.objects.select_for_update(of=("self",)).select_related("run").get(pk=case_id)
    run = ImportRun.objects.select_for_update().get(pk=case.run_id)
    if not run.division_id.startswith(by.scope):
        raise NotAllowed("这份名单不在您的管辖范围内，不能比对。")
    if run.undone_at is not None:
        raise Conflict("这次导入已经撤回，不用比对。")
    return case


def _waiting(by: User, case_id: int) -> LinkCase:
    case = _mine(by, case_id)
    if case.state != State.WAITING:
        raise Conflict(f"这一行刚刚已经判定为“{case.get_state_display()}”，请刷新后再看。")
    return case


def _decide(by: User, case: LinkCase, state: State, now: datetime, resident: Resident | None = None) -> LinkCase:
    case.state, case.resident, case.decided_by, case.decided_at = state, resident, by, now
    case.save(update_fields=["state", "resident", "decided_by", "decided_at"])
    record(
        by=by,
        action="roster.link" if resident else "roster.link_nobody",
        subject=resident or case.run,
        division_code=resident.village_id if resident else case.run.division_id,
        run=case.run_id,
        case=case.pk,
    )
    return case


def _apply(by: User, case: LinkCase, resident: Resident, today: date) -> None:
    evidence = f"{case.run.get_kind_display()}第{case.row.row_number}行，按姓名等比对认定"
    match case.run.kind:
        case Kind.DEATHS:
            day = _day(case, "去世日期")
            mark_dead(by=by, resident_id=resident.pk, died_on=day, evidence=evidence, today=today)
        case Kind.MOVES:
            day = _day(case, "迁出日期")
            mark_moved(by=by, resident_id=resident.pk, moved_on=day, evidence=evidence, today=today)
        case kind if kind in GROUP_KINDS:
            _join(by, resident, kind, from_on=case.day or today, evidence=evidence, today=today)
        case _:
            _fill(by, case, resident)
            for group in case.groups:
                _join(by, resident, group, from_on=today, evidence=evidence, today=today)


def _day(case: LinkCase, what: str) -> date:
    if case.day is None:
        raise InvalidInput(f"这一行没有写{what}。请在表里补上后再导入，或到老人的“变更”里登记。", field="day")
    return case.day


def _join(by: User, resident: Resident, group: str, *, from_on: date, evidence: str, today: date) -> None:
    """Put the resident on the list, unless he or she stands on it that day."""
    if resident.status != Resident.Status.LIVING:
        raise Conflict(f"名册上这个人已登记为“{resident.get_status_display()}”，不能列入名单。")
    stands = GroupMembership.objects.filter(resident=resident, group=group, from_on__lte=from_on)
    if stands.exclude(to_on__lt=from_on).exists():
        return
    join_group(by=by, resident_id=resident.pk, group=group, from_on=from_on, evidence=evidence, today=today)


def _fill(by: User, case: LinkCase, resident: Resident) -> None:
    """Take the household that a register's row knows and the roster does not. What stands is not overwritten."""
    if case.household and not resident.household:
        change_contact(by=by, resident_id=resident.pk, household=case.household)
