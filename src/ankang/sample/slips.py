"""One slip of a donor's gift that waits for its confirmation, so that the check page has something to show."""

from datetime import date, datetime, time
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from django.db.models import QuerySet

from ankang.accounts.models import User
from ankang.enrolment.slip_checks import Wanted, quote_of
from ankang.enrolment.slips import Kind, line_of, prepare_slip
from ankang.enrolment.subjects import waiting_residents
from ankang.programmes.models import ProgrammeVersion
from ankang.programmes.queries import plan_of
from ankang.rules.premium import Payer
from ankang.sample.campaign import SHANGHAI

_PEOPLE = 6


def prepare_gift(worker: User, version: ProgrammeVersion, today: date) -> None:
    """Prepare a slip over a few people of a village who are not insured yet; nobody is enrolled by it.

    Nothing outside the window, or where everybody is insured.
    """
    plan = plan_of(version)
    waiting: QuerySet[Any] = waiting_residents(worker, version, today)
    people = list(waiting.filter(is_subject=0)[:_PEOPLE])
    if today > plan.window_to or not people:
        return
    key = uuid5(NAMESPACE_OID, f"sample gift {worker.division_id} {today}").hex
    quoted = quote_of(plan, plan.products[-1].code, 1, Payer.DONOR)
    wanted = [Wanted(resident=one, quote=quoted, giver="爱心企业（示例）", purpose="重阳节慰问") for one in people]
    lines = [line_of(None, place, one, f"{key}-{place}") for place, one in enumerate(wanted, 1)]
    now = datetime.combine(today, time(8, 40), SHANGHAI)
    prepare_slip(by=worker, key=key, kind=Kind.LIST, version=version, lines=lines, now=now)
