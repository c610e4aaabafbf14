"""个人凭证 on paper: printing (a second time it says so), handing out, and the look of somebody who scans its code."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from secrets import compare_digest

from django.db import transaction
from django.db.models import F, QuerySet

from ankang.accounts.models import Desk, User
from ankang.audit.record import record
from ankang.money.queries import funded_holdings
from ankang.policies.errors import CertificateOver
from ankang.policies.models import Certificate
from ankang.programmes.models import Programme
from ankang.programmes.queries import plan_of
from ankang.roster.numbers import masked_name
from ankang.rules.errors import NotAllowed

MOST = 500  # papers in one file: five seconds and 0.4 GB; the least printed come first, so the next file goes on


@dataclass(frozen=True, slots=True)
class Printed:
    """A certificate as it goes on paper; `times`: how often with this one, from 2 on it is marked as a reprint."""

    certificate: Certificate
    times: int


@dataclass(frozen=True, slots=True)
class Shown:
    """What anybody with number and code may see of a certificate."""

    number: str
    name: str  # masked, 王*兰
    product: str
    units: int
    cover_from: date
    cover_to: date
    village: str
    state: str  # in_force, to_come, over, ended, unpaid


def printable(user: User, programme: Programme) -> QuerySet[Certificate]:
    """Return the living certificates of one's villages whose premium stands: those that may go on paper."""
    rows = Certificate.objects.visible_to(user).alive()
    return rows.filter(policy__programme=programme, holding__in=funded_holdings(programme))


@transaction.atomic
def print_certificates(*, by: User, programme: Programme, village: str, only_new: bool, now: datetime) -> list[Printed]:
    """Take a village's certificates to paper, at most `MOST` at once, and count each print (four queries).

    `only_new`: those never printed before. Ask again for the rest where there are more. Errors: NotAllowed.
    """
    _require_hands(by, village)
    rows = printable(by, programme).filter(village=village)
    rows = rows.filter(prints=0) if only_new else rows
    return _print(by, rows.order_by("number"), village, now)


@transaction.atomic
def print_certificate(*, by: User, certificate: Certificate, now: datetime) -> list[Printed]:
    """Take one certificate to paper. Errors: NotAllowed; CertificateOver when it is ended or its premium is gone."""
    _require_hands(by, certificate.village_id)
    rows = printable(by, certificate.policy.programme).filter(pk=certificate.pk)
    done = _print(by, rows, certificate.village_id, now)
    if not done:
        raise CertificateOver("这份凭证已经终止，或者保费现在不齐，不能打印。请到“批改”和“钱和保单对账”里看。")
    return done


@transaction.atomic
def hand_out(*, by: User, certificate_ids: Collection[int], now: datetime) -> int:
    """Note that people have their certificates; who has it already stays as it is. Return how many are new.

    Errors: NotAllowed for who is not of the village's or the town's desk.
    """
    _require_desk(by)
    rows = Certificate.objects.visible_to(by).alive().filter(pk__in=certificate_ids, handed_out_at__isnull=True)
    count = rows.update(handed_out_by=by, handed_out_at=now)
    if count:
        record(by=by, action="policies.hand_out", division_code=by.division_id, rows=count)
    return count


@transaction.atomic
def take_back(*, by: User, certificate: Certificate) -> Certificate:
    """Undo a tick that was wrong. Errors: NotAllowed."""
    _require_hands(by, certificate.village_id)
    rows = Certificate.objects.filter(pk=certificate.pk, handed_out_at__isnull=False)
    if rows.update(handed_out_by=None, handed_out_at=None):
        record(by=by, action="policies.take_back", subject=certificate, division_code=certificate.village_id)
    certificate.refresh_from_db()
    return certificate


def verify(number: str, code: str, today: date) -> Shown | None:
    """Return what anybody may see of a certificate whose number and check code were given, else None (two queries)."""
    rows = Certificate.objects.select_related("policy__programme", "village", "holding__enrolment__version")
    found = rows.filter(number=number.strip().upper()).first()
    if found is None or not compare_digest(found.check_code.encode(), code.strip().upper().encode()):
        return None
    return Shown(
        number=found.number,
        name=masked_name(found.name),
        product=plan_of(found.holding.enrolment.version).product(found.product).name,
        units=found.units,
        cover_from=found.cover_from,
        cover_to=found.cover_to,
        village=found.village.name,
        state=_state(found, today),
    )


def _state(found: Certificate, today: date) -> str:
    if found.ended_from and found.ended_from <= today:
        return "ended"
    if today > found.cover_to:
        return "over"
    if not funded_holdings(found.policy.programme).filter(pk=found.holding_id).exists():
        return "unpaid"
    return "to_come" if today < found.cover_from else "in_force"


def _print(by: User, rows: QuerySet[Certificate], village: str, now: datetime) -> list[Printed]:
    locked = rows.select_for_update(of=("self",), no_key=True).order_by("prints", "pk")[:MOST]
    keys = list(locked.values_list("pk", flat=True))
    found = list(rows.filter(pk__in=keys).select_related("policy__programme", "village", "holding__enrolment__version"))
    for start in range(0, len(keys), 900):
        Certificate.objects.filter(pk__in=keys[start : start + 900]).update(prints=F("prints") + 1, printed_at=now)
    if found:
        again = sum(1 for one in found if one.prints)
        record(by=by, action="policies.print", division_code=village, rows=len(found), again=again)
    return [Printed(one, one.prints + 1) for one in found]


def _require_hands(by: User, village: str) -> None:
    _require_desk(by)
    if not village.startswith(by.scope):
        raise NotAllowed("这份凭证不在您的管辖范围内。")


def _require_desk(by: User) -> None:
    if by.desk not in (Desk.TOWN, Desk.VILLAGE):
        raise NotAllowed("凭证由村居和本镇民政办打印、发放。")
