"""Enrolling several people: a household as a whole, a prepared slip chunk by chunk; each of them through `enrol`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.db.models import Count, Sum

from ankang.accounts.models import User
from ankang.audit.record import record
from ankang.enrolment.actions import enrol, key_reused
from ankang.enrolment.admission import Channel
from ankang.enrolment.errors import PeopleRefused, VersionOutdated
from ankang.enrolment.locks import slip_for_update, waiting_lines
from ankang.enrolment.models import CONSENTS_GIVEN, Enrolment
from ankang.enrolment.slip_checks import Wanted, require_giver
from ankang.enrolment.slip_models import EnrolmentSlip, SlipLine
from ankang.programmes.models import ProgrammeVersion
from ankang.roster.models import Resident
from ankang.rules.errors import AnkangError, Conflict, InvalidInput, NotAllowed

Kind = EnrolmentSlip.Kind
Outcome = SlipLine.Outcome
CHUNK = 50  # people a transaction: what a stopped machine can take back
MOST = 1000  # people a press of the button: the rest waits for the next press
_FIX = "请照原因处理后重新上传这一行；已不用登记的请删去"
_CHANNELS = {Kind.HOUSEHOLD: Channel.HOUSEHOLD, Kind.LIST: Channel.LIST, Kind.FILE: Channel.IMPORT}


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFacts:
    """Where a slip's lines came from."""

    name: str
    digest: str
    header: Sequence[str]


def enrol_household(
    *, by: User, key: str, version: ProgrammeVersion, people: Sequence[Wanted], today: date, now: datetime
) -> EnrolmentSlip:
    """Enrol these people, all or nobody, and return their slip; the same form again returns the same slip.

    Errors: PeopleRefused with a message for each who cannot be enrolled; GiverMissing; KeyReused.
    """
    if not people:
        raise InvalidInput("还没有勾选要登记的人。请先勾选，再确认。", field="people")
    for one in people:
        require_giver(one.quote, one.giver)
    try:
        with transaction.atomic():
            slip = EnrolmentSlip.objects.create(**_slip_facts(by, key, Kind.HOUSEHOLD, version, now), finished_at=now)
            lines = [line_of(slip, place, one) for place, one in enumerate(people, 1)]
            _enrol_all(by, slip, lines, today, now)
            SlipLine.objects.bulk_create(lines)
            _record(by, slip)
    except IntegrityError:
        return _same_slip(by, key, people)
    return slip


def prepare_slip(
    *,
    by: User,
    key: str,
    kind: str,
    version: ProgrammeVersion,
    lines: Sequence[SlipLine],
    now: datetime,
    file: FileFacts | None = None,
) -> EnrolmentSlip:
    """Store a slip that waits to be looked at and confirmed; nobody is enrolled yet. The same key: the same slip.

    `lines` come without their slip. Errors: InvalidInput for no line; KeyReused for another person's key.
    """
    if not lines:
        raise InvalidInput("还没有勾选要登记的人。请先勾选，再点“去核对”。", field="people")
    facts = _slip_facts(by, key, kind, version, now)
    if file:
        facts |= {"file_name": file.name[-200:], "file_digest": file.digest, "header": list(file.header)}
    try:
        with transaction.atomic():
            slip = EnrolmentSlip.objects.create(**facts)
            for line in lines:
                line.slip = slip
            SlipLine.objects.bulk_create(lines, batch_size=50)
            if not any(line.outcome == Outcome.WAITING for line in lines):
                _finish(by, slip, now)
            return slip
    except IntegrityError:
        stored = EnrolmentSlip.objects.filter(key=key, by=by, kind=kind).first()
        if stored is None:
            raise key_reused(key) from None
        return stored


def line_of(slip: EnrolmentSlip | None, position: int, wanted: Wanted, key: str = "") -> SlipLine:
    """Return one waiting line, not stored. A person's key is the slip's with the person's own behind it."""
    return SlipLine(
        slip=slip,
        position=position,
        resident=wanted.resident,
        key=key or person_key(slip.key if slip else "", wanted.resident),
        product=wanted.quote.product,
        units=wanted.quote.units,
        fundings=[[str(payer), amount] for payer, amount in wanted.quote.fundings],
        total_fen=wanted.quote.total_fen,
        consent=wanted.consent,
        giver=wanted.giver.strip()[:60],
        purpose=wanted.purpose.strip()[:120],
    )


def person_key(slip_key: str, resident: Resident) -> str:
    """Return the idempotency key of one person on a slip."""
    return f"{slip_key[:40]}-{resident.pk}"


@transaction.atomic
def note_consents(*, by: User, slip: EnrolmentSlip, consents: Mapping[int, str]) -> None:
    """Note who agreed, line by line (`consents`: line key -> consent), before a list is confirmed.

    Errors: NotAllowed for anybody but who made the slip.
    """
    locked = slip_for_update(slip.pk)
    _require_own(by, locked)
    for consent in ("", *CONSENTS_GIVEN):
        keys = [key for key, given in consents.items() if given == consent]
        if keys:
            locked.lines.filter(pk__in=keys, outcome=Outcome.WAITING).update(consent=consent)


@transaction.atomic
def leave_out(*, by: User, slip: EnrolmentSlip, reasons: Mapping[int, str]) -> None:
    """Leave out the lines that the check refused (`reasons`: line key -> why), so that the others can go on.

    Errors: NotAllowed for anybody but who made the slip.
    """
    locked = slip_for_update(slip.pk)
    _require_own(by, locked)
    lines = list(locked.lines.filter(pk__in=reasons, outcome=Outcome.WAITING))
    for line in lines:
        _refuse(line, reasons[line.pk])
    SlipLine.objects.bulk_update(lines, ["outcome", "reason", "fix"])


def go_on(*, by: User, slip: EnrolmentSlip, today: date, now: datetime, most: int = MOST) -> int:
    """Enrol who still waits on a slip, in chunks of their own transaction; return how many still wait.

    A stop in between leaves whole chunks, and the next call goes on where it stopped. Who is refused stays on the
    slip with the reason. Errors: NotAllowed; VersionOutdated, with nothing of that chunk stored.
    """
    taken = 0
    while taken < most:
        with transaction.atomic():
            locked = slip_for_update(slip.pk)
            _require_own(by, locked)
            lines = waiting_lines(locked, CHUNK)
            if not lines:
                if locked.finished_at is None:
                    _finish(by, locked, now)
                return 0
            _enrol_chunk(by, locked, lines, today, now)
            taken += len(lines)
    return slip.lines.filter(outcome=Outcome.WAITING).count()


def _enrol_chunk(by: User, slip: EnrolmentSlip, lines: Sequence[SlipLine], today: date, now: datetime) -> None:
    for line in lines:
        try:
            line.enrolment = _enrol_line(by, slip, line, today, now)
        except VersionOutdated as error:
            raise Conflict(f"{error.message}请回到上一步，按新方案重新做一份。") from error
        except AnkangError as error:
            _refuse(line, error.message)
        else:
            line.outcome = Outcome.DONE if line.enrolment.enrolled_at == now else Outcome.SAME
            line.cells = None
    SlipLine.objects.bulk_update(lines, ["outcome", "reason", "fix", "enrolment", "cells"])


def _refuse(line: SlipLine, why: str) -> None:
    """Note why a line's person is not enrolled; a file's row, which goes back to be mended, also says how."""
    line.outcome, line.reason = Outcome.REFUSED, why[:300]
    if line.cells:
        line.reason, line.fix = why.rstrip("。")[:300], _FIX


def _enrol_all(by: User, slip: EnrolmentSlip, lines: Sequence[SlipLine], today: date, now: datetime) -> None:
    """Enrol every line in the order in which all writers take people; who cannot be is collected, then all fails."""
    refused: dict[int, str] = {}
    for line in sorted(lines, key=lambda line: (line.resident.number_index or "", line.resident.pk)):  # type: ignore[union-attr]
        try:
            line.enrolment = _enrol_line(by, slip, line, today, now)
            line.outcome = Outcome.DONE
        except AnkangError as error:
            refused[line.resident_id or 0] = error.message
    if refused:
        raise PeopleRefused(f"{len(refused)} 人不能登记，这一户都还没有登记。原因写在各人旁边。", people=refused)


def _enrol_line(by: User, slip: EnrolmentSlip, line: SlipLine, today: date, now: datetime) -> Enrolment:
    return enrol(
        by=by,
        resident=line.resident,  # type: ignore[arg-type]  # a line that waits names its person: check constraint
        version=slip.version,
        product=line.product,
        units=line.units,
        fundings=[(payer, amount) for payer, amount in line.fundings],
        consent=line.consent,
        key=line.key or "",
        today=today,
        now=now,
        channel=_CHANNELS[Kind(slip.kind)],
    )


def _finish(by: User, slip: EnrolmentSlip, now: datetime) -> None:
    slip.finished_at = now
    slip.save(update_fields=["finished_at"])
    _record(by, slip)


def _record(by: User, slip: EnrolmentSlip) -> None:
    """One audit row a slip, beside the one of each person: figures only."""
    counts = slip.lines.order_by().values_list("outcome").annotate(people=Count("pk"), fen=Sum("total_fen"))
    figures = {str(outcome): {"lines": people, "fen": fen} for outcome, people, fen in counts}
    record(by=by, action="enrolment.slip", subject=slip, division_code=slip.division_id, kind=str(slip.kind), **figures)


def _slip_facts(by: User, key: str, kind: str, version: ProgrammeVersion, now: datetime) -> dict[str, object]:
    return {"key": key, "kind": kind, "division": by.division, "version": version, "by": by, "made_at": now}


def _same_slip(by: User, key: str, people: Sequence[Wanted]) -> EnrolmentSlip:
    """Return the slip that this very form made before. Errors: KeyReused when it stands for something else."""
    stored = EnrolmentSlip.objects.filter(key=key, by=by).first()
    if stored is None:
        raise key_reused(key)
    made = {(line.resident_id, line.product, line.units, _shares(line.fundings)) for line in stored.lines.all()}
    wanted = {(one.resident.pk, one.quote.product, one.quote.units, _shares(one.quote.fundings)) for one in people}
    if made != wanted:
        raise key_reused(key)
    return stored


def _shares(fundings: Sequence[Sequence[object]]) -> tuple[tuple[str, object], ...]:
    return tuple((str(payer), amount) for payer, amount in fundings)


def _require_own(by: User, slip: EnrolmentSlip) -> None:
    if slip.by_id != by.pk:
        raise NotAllowed("这张登记单是别人做的，老人的同意是他问的，请由他本人确认。")
