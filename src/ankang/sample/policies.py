"""Policies of the sample town: two villages have certificates, a third one's batch waits for the insurer.

Every row comes from the same actions as a person's: two persons of the town, then the insurer.
"""

from datetime import date, datetime, time, timedelta

from ankang.accounts.models import User
from ankang.divisions.models import Division
from ankang.enrolment.models import Funding
from ankang.money.models import Promise
from ankang.money.queries import in_force, unsettled
from ankang.money.settling import settle
from ankang.policies.answers import accept_waiting
from ankang.policies.batches import prepare_application, send_application
from ankang.policies.certificates import hand_out, print_certificates
from ankang.policies.endorsement_models import Endorsement
from ankang.policies.endorsements import decide_endorsement, request_endorsement
from ankang.policies.models import ApplicationBatch, Certificate
from ankang.policies.precheck import check
from ankang.programmes.models import ProgrammeVersion
from ankang.roster.changes import correct_identity
from ankang.sample.campaign import SHANGHAI
from ankang.sample.town import DISTRICT

_MISNAMED = 2


def play(version: ProgrammeVersion, villages: list[Division], users: dict[str, User], worker: User, today: date) -> int:
    """Apply for what is paid in these villages, accept all but the last, print a part; return the certificates."""
    at = datetime.combine(today - timedelta(days=1), time(15), SHANGHAI)
    _promise(version, villages, users["town"], at)
    wrong = _misname(version, users["town"], worker, at)
    for place, village in enumerate(villages, start=1):
        batch = _sent(version, village, users, at)
        if batch is None or place == len(villages):
            continue
        number = f"GP{version.programme.year}-{village.pk[6:]}"
        accept_waiting(by=users["insurer"], batch=batch, numbers={village.pk: number}, now=at + timedelta(hours=1))
    _hand_out(version, worker, at + timedelta(hours=2))
    _endorse(wrong, users, at + timedelta(hours=3))
    return Certificate.objects.filter(policy__programme=version.programme).count()


def _promise(version: ProgrammeVersion, villages: list[Division], by: User, at: datetime) -> None:
    """Let the district's paper promise what government has bought here and nobody has settled yet."""
    bought = unsettled(in_force()).filter(
        payer=Funding.Payer.GOVERNMENT,
        holding__enrolment__version=version,
        holding__enrolment__participation__resident__village__in=villages,
    )
    fundings = list(bought.order_by("pk"))
    if not fundings:
        return
    promise = Promise.objects.create(
        key=f"sample-policies-{version.programme.year}",
        party=Promise.Party.GOVERNMENT,
        owner=DISTRICT,
        division_id=by.division_id,
        programme=version.programme,
        paper="政府购买付款确认单（示例）",
        amount_fen=sum(one.amount_fen for one in fundings),
        accepted_on=at.date(),
        accepted_at=at,
        accepted_by=by,
    )
    settle(fundings, promise=promise)


def _sent(
    version: ProgrammeVersion, village: Division, users: dict[str, User], at: datetime
) -> ApplicationBatch | None:
    found = check(users["town"], version, [village.pk])
    if not found.chosen:
        return None
    batch = prepare_application(
        by=users["town"],
        version=version,
        villages=[village.pk],
        shown=found.sign,
        note="先把钱收齐的人投保",
        key=f"sample-application-{version.programme.year}-{village.pk}",
        today=at.date(),
        now=at,
    )
    return send_application(by=users["town2"], batch=batch, now=at + timedelta(minutes=20))


def _hand_out(version: ProgrammeVersion, worker: User, at: datetime) -> None:
    printed = print_certificates(
        by=worker, programme=version.programme, village=worker.division_id, only_new=True, now=at
    )
    keys = [one.certificate.pk for one in printed[: len(printed) // 2]]
    hand_out(by=worker, certificate_ids=keys[:500], now=at + timedelta(minutes=30))


def _misname(version: ProgrammeVersion, by: User, worker: User, at: datetime) -> dict[int, str]:
    """Let two names go to the insurer with a wrong character, and return the right ones by resident."""
    chosen = {one.row.resident: one.row.name for one in check(by, version, [worker.division_id]).chosen}
    right = dict(list(chosen.items())[:_MISNAMED])
    for resident_id, name in right.items():
        _name(by, resident_id, f"{name}儿", at)
    return right


def _endorse(right: dict[int, str], users: dict[str, User], at: datetime) -> None:
    """The roster has the right names again: one certificate follows with the insurer's consent, one waits for it."""
    for place, (resident_id, name) in enumerate(right.items()):
        _name(users["town"], resident_id, name, at)
        certificate = Certificate.objects.select_related("holding").filter(resident=resident_id).order_by("pk")[0]
        asked = request_endorsement(
            by=users["town"], kind=Endorsement.Kind.IDENTITY, holding=certificate.holding, reason="照户口簿更正姓名",
            key=f"sample-endorsement-{place}", today=at.date(), now=at,
        )  # fmt: skip
        if place == 0:
            later = at + timedelta(minutes=30)
            decide_endorsement(by=users["insurer"], endorsement=asked, accept=True, note="", today=at.date(), now=later)


def _name(by: User, resident_id: int, name: str, at: datetime) -> None:
    reason = "户口簿上的名字"
    correct_identity(by=by, resident_id=resident_id, name=name, number="", reason=reason, today=at.date())
