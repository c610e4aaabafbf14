"""承保答复: the insurer accepts or refuses rows; each accepted one gets its certificate in the same transaction."""

import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from ankang.accounts.models import Desk, User
from ankang.audit.record import record
from ankang.policies.errors import BatchNotInState, PolicyNumberFaulty, PolicyNumberTaken, RowNotWaiting
from ankang.policies.facts import funded_among
from ankang.policies.locks import application_for_update, policy_for_update, rows_to_answer
from ankang.policies.models import ApplicationBatch, ApplicationRow, Certificate, GroupPolicy
from ankang.rules.errors import AnkangError, Conflict, InvalidInput, NotAllowed

State = ApplicationBatch.State
Outcome = ApplicationRow.Outcome
CHUNK = 250  # rows answered in one transaction
_NUMBER = re.compile(r"[A-Z0-9][A-Z0-9\-]{5,39}", re.ASCII)
_CODE = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # nothing that is read as something else


@dataclass(frozen=True, slots=True)
class Answer:
    """What the insurer says of one row: a policy number accepts it, else the reason why not."""

    row_id: int
    policy_number: str = ""
    reason: str = ""


@dataclass
class Tally:
    """What became of answers. `problems`: row key -> what stood in its way."""

    accepted: int = 0
    refused: int = 0
    already: int = 0
    problems: dict[int, AnkangError] = field(default_factory=dict)


def policy_number(text: str) -> str:
    """Return a policy number in capitals. Errors: PolicyNumberFaulty."""
    number = text.strip().upper()
    if not _NUMBER.fullmatch(number):
        raise PolicyNumberFaulty(
            "保单号要有6到40位，只用字母、数字和短横线。请按保单核对后再填。", field="policy_number", value=number[:40]
        )
    return number


def answer_rows(
    *, by: User, batch: ApplicationBatch, answers: Sequence[Answer], now: datetime, tally: Tally | None = None
) -> Tally:
    """Store answers, chunk by chunk, each chunk one transaction with the certificates of whom it accepts.

    An answer that stands already changes nothing, so a call that was cut off is simply made again. A row that cannot
    be answered so (unfunded, answered otherwise, policy number of another village) is told in `problems`; others go on.
    Errors: NotAllowed, BatchNotInState.
    """
    require_insurer(by, batch)
    tally = tally or Tally()
    _require_sent(batch)
    for start in range(0, len(answers), CHUNK):
        _answer_chunk(by, batch.pk, {one.row_id: one for one in answers[start : start + CHUNK]}, now, tally)
    return tally


def accept_waiting(*, by: User, batch: ApplicationBatch, numbers: Mapping[str, str], now: datetime) -> Tally:
    """Accept every row that still waits in these villages: `numbers` is village code -> policy number.

    Errors: as `answer_rows`; PolicyNumberFaulty, InvalidInput when no number is given at all.
    """
    wanted = {code: policy_number(text) for code, text in numbers.items() if text.strip()}
    if not wanted:
        raise InvalidInput("请至少给一个村居填保单号。", field="policy_number")
    rows = batch.rows.filter(outcome=Outcome.WAITING, village__in=wanted).order_by("serial")
    answers = [Answer(pk, wanted[code]) for pk, code in rows.values_list("pk", "village_id")]
    if not answers:  # taken back in this very moment: say so, instead of "nobody accepted"
        batch.refresh_from_db(fields=["state"])
    return answer_rows(by=by, batch=batch, answers=answers, now=now)


@transaction.atomic
def close_application(*, by: User, batch: ApplicationBatch, now: datetime) -> ApplicationBatch:
    """Note that everybody of a batch is answered, once; before that nothing happens."""
    locked = application_for_update(batch.pk)
    if locked.state == State.SENT and not locked.rows.filter(outcome=Outcome.WAITING).exists():
        locked.state, locked.decided_at = State.DECIDED, now
        locked.save(update_fields=["state", "decided_at"])
        accepted = locked.rows.filter(outcome=Outcome.ACCEPTED).count()
        record(by=by, action="policies.decided", subject=locked, division_code=locked.division_id, accepted=accepted)
    return locked


def require_insurer(by: User, batch: ApplicationBatch) -> None:
    """Let pass the insurer's people over the batch's town. Errors: NotAllowed."""
    if by.desk != Desk.INSURER or not batch.division_id.startswith(by.scope):
        raise NotAllowed("承保由中国人寿办理。")


@dataclass
class _Chunk:
    """The rows of one transaction on their way to an answer, and what they found out together."""

    by: User
    batch: ApplicationBatch
    now: datetime
    funded: set[int]
    policies: dict[str, GroupPolicy] = field(default_factory=dict)
    accepted: dict[int, list[ApplicationRow]] = field(default_factory=dict)
    count: Tally = field(default_factory=Tally)

    def answer(self, row: ApplicationRow, answer: Answer) -> None:
        if row.outcome != Outcome.WAITING:
            _require_same(row, answer)
            self.count.already += 1
        elif answer.policy_number:
            self._accept(row, answer)
        else:
            self._refuse(row, answer.reason.strip())

    def _accept(self, row: ApplicationRow, answer: Answer) -> None:
        if row.holding.enrolment.cancelled_at or row.holding.enrolment.withdrawn_on:
            raise Conflict("这一笔参保已经撤销或退保，不能承保。请按“拒保”答复，原因写“已退保”。")
        if row.holding_id not in self.funded:
            raise Conflict("这一笔的保费现在不齐（有收款被作废或退回），不能承保。请先问镇民政办。")
        policy = self._policy(policy_number(answer.policy_number), row.village_id)
        self.accepted.setdefault(policy.pk, []).append(row)
        self.count.accepted += 1

    def _refuse(self, row: ApplicationRow, reason: str) -> None:
        if not reason:
            raise InvalidInput("拒保要写明原因，镇里才知道怎么改。", field="reason")
        row.outcome, row.reason, row.reason_words = Outcome.REFUSED, "insurer", reason[:300]
        row.decided_by, row.decided_at = self.by, self.now
        row.save(update_fields=["outcome", "reason", "reason_words", "decided_by", "decided_at"])
        self.count.refused += 1

    def _policy(self, number: str, village: str) -> GroupPolicy:
        """Return the village's policy of this number; the first row under it opens it. Errors: PolicyNumberTaken."""
        programme = self.batch.version.programme
        if number not in self.policies:
            facts = {"programme": programme, "village_id": village, "issued_by": self.by, "issued_at": self.now}
            self.policies[number] = GroupPolicy.objects.get_or_create(number=number, defaults=facts)[0]
        policy = self.policies[number]
        if (policy.programme_id, policy.village_id) != (programme.pk, village):
            raise PolicyNumberTaken(
                f"保单号{number}已经用在另一个村居或另一年度，不能再用。请核对保单号。", field="policy_number"
            )
        return policy


def _require_sent(batch: ApplicationBatch) -> None:
    if batch.state not in (State.SENT, State.DECIDED):
        raise BatchNotInState(f"这一批{batch.get_state_display()}，不能答复。请刷新页面。", state=batch.state)


@transaction.atomic
def _answer_chunk(by: User, batch_id: int, answers: Mapping[int, Answer], now: datetime, tally: Tally) -> None:
    batch = application_for_update(batch_id)
    _require_sent(batch)
    rows = rows_to_answer(batch, answers.keys())
    chunk = _Chunk(by, batch, now, funded_among(batch.version.programme, [row.holding_id for row in rows]))
    for row in rows:
        try:
            chunk.answer(row, answers[row.pk])
        except AnkangError as error:
            tally.problems[row.pk] = error
    for key, group in chunk.accepted.items():
        _issue(chunk, key, group)
    count = chunk.count
    if count.accepted or count.refused:
        counts = {"accepted": count.accepted, "refused": count.refused}
        record(by=by, action="policies.answer", subject=batch, division_code=batch.division_id, **counts)
    close_application(by=by, batch=batch, now=now)  # with its last answer: no batch is left answered and still open
    tally.accepted, tally.refused = tally.accepted + count.accepted, tally.refused + count.refused
    tally.already += count.already


def _require_same(row: ApplicationRow, answer: Answer) -> None:
    """Let pass an answer that stands already. Errors: RowNotWaiting."""
    if row.outcome == Outcome.REFUSED and not answer.policy_number:
        return
    if row.outcome == Outcome.ACCEPTED and row.policy and row.policy.number == answer.policy_number:
        return
    raise RowNotWaiting(
        f"这一行{row.get_outcome_display()}，和这次的答复不一样，没有改动。要改请办批改。", state=row.outcome
    )


def _issue(chunk: _Chunk, policy_id: int, rows: Sequence[ApplicationRow]) -> None:
    """Write the answers and the certificates of rows that one policy takes; their numbers follow without a gap."""
    policy = policy_for_update(policy_id)
    numbers = certificate_numbers(policy)
    made = [_certificate(row, policy, next(numbers), chunk.now) for row in rows]
    policy.last_serial += len(made)
    policy.save(update_fields=["last_serial"])
    ApplicationRow.objects.filter(pk__in=[row.pk for row in rows]).update(
        outcome=Outcome.ACCEPTED, policy=policy, decided_by=chunk.by, decided_at=chunk.now
    )
    write_certificates(made)


def write_certificates(made: Sequence[Certificate]) -> None:
    """Store new certificates (one query)."""
    Certificate.objects.bulk_create(made)


def certificate_numbers(policy: GroupPolicy) -> Iterator[str]:
    """Yield the numbers after the policy's last one: POLICY-0001. The caller has locked it and stores the count."""
    serial = policy.last_serial
    while True:
        serial += 1
        yield f"{policy.number}-{serial:04d}"


def check_code() -> str:
    """Return eight characters that nobody guesses."""
    return "".join(secrets.choice(_CODE) for _ in range(8))


def _certificate(row: ApplicationRow, policy: GroupPolicy, number: str, now: datetime) -> Certificate:
    return Certificate(
        number=number,
        check_code=check_code(),
        policy=policy,
        holding_id=row.holding_id,
        resident_id=row.resident_id,
        village_id=row.village_id,
        name=row.name,
        identity=row.identity.reveal() if row.identity else None,
        identity_index=row.identity_index,
        identity_tail=row.identity_tail,
        birth_date=row.birth_date,
        product=row.product,
        units=row.units,
        premium_fen=row.premium_fen,
        cover_from=row.cover_from,
        cover_to=row.cover_to,
        issued_at=now,
    )
