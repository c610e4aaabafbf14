"""What waits for a second person on the sample day: a batch of government's purchase, two requests to withdraw."""

from datetime import date, datetime, time, timedelta

from ankang.accounts.models import User
from ankang.enrolment.models import Enrolment, Funding
from ankang.enrolment.purchase_list import government_terms, purchase_list
from ankang.enrolment.purchases import prepare_batch
from ankang.enrolment.withdrawals import request_withdrawal
from ankang.programmes.models import ProgrammeVersion
from ankang.programmes.queries import plan_of
from ankang.sample.campaign import SHANGHAI

_WHY = ("老人已随子女迁到外地，家属要求退保。", "登记时多买了一份，家属要求退掉。")


def leave_waiting(version: ProgrammeVersion, by: User, today: date) -> None:
    """Leave them as the town's first person did on the evening before `today`, while the window is open."""
    yesterday = today - timedelta(days=1)
    at = datetime.combine(yesterday, time(17, 10), SHANGHAI)
    if yesterday < version.programme.window_from or today > plan_of(version).window_to:
        return
    found = purchase_list(government_terms(by, version, yesterday, at))
    if found.chosen:
        prepare_batch(
            by=by,
            version=version,
            villages=[],
            shown=found.sign,
            note="2月底以后名册新增的对象",
            key=f"sample-batch-{version.programme.year}",
            today=yesterday,
            now=at,
        )
    _withdrawals(version, by, today, at)


def _withdrawals(version: ProgrammeVersion, by: User, today: date, at: datetime) -> None:
    own = Enrolment.objects.filter(version=version, enrolled_on__lt=at.date())
    own = own.filter(holdings__fundings__payer=Funding.Payer.SELF).order_by("pk").distinct()
    for number, (enrolment, why) in enumerate(zip(own[:200:100], _WHY, strict=False), start=1):
        request_withdrawal(
            by=by,
            enrolment=enrolment,
            reason=why,
            key=f"sample-withdrawal-{version.programme.year}-{number}",
            today=today,
            now=at + timedelta(minutes=number),
        )
