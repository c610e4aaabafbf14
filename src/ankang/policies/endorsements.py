"""批改: asked by the town or the village, decided by the insurer, each in one transaction and numbered without gaps."""

from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Case, QuerySet, Value, When

from ankang.accounts.models import Desk, User
from ankang.audit.record import record
from ankang.divisions.models import Division
from ankang.enrolment.locks import residents_for_update
from ankang.enrolment.models import Enrolment, Holding, Withdrawal
from ankang.enrolment.withdrawals import decide_withdrawal
from ankang.policies.answers import certificate_numbers, check_code, write_certificates
from ankang.policies.endorsement_models import Endorsement
from ankang.policies.errors import EndorsementNotOpen, KeyReused
from ankang.policies.facts import funded_among
from ankang.policies.locks import certificates_for_update, endorsement_for_update, next_number, policy_for_update
from ankang.policies.models import Certificate, GroupPolicy, NumberSeries
from ankang.policies.proposals import Proposal, proposal_for
from ankang.rules.errors import InvalidInput, NotAllowed

State = Endorsement.State
Kind = Endorsement.Kind


@transaction.atomic
def request_endorsement(
    *, by: User, kind: str, holding: Holding, reason: str, key: str, today: date, now: datetime
) -> Endorsement:
    """Ask the insurer to bring a policy in line with the roster; the same key again returns the same request.

    What changes, and from which day on, follows from the roster and the enrolments as they stand.
    Errors: NotAllowed; InvalidInput (reason); EndorsementNotOpen when there is nothing to change or it waits already;
    KeyReused.
    """
    if stored := Endorsement.objects.filter(key=key).first():
        return _same(stored, kind, holding)
    if not reason.strip():
        raise InvalidInput("请写明为什么批改，例如“户籍已迁到02村”。", field="reason")
    residents_for_update([holding.enrolment.participation.resident_id])
    wanted = proposal_for(kind, holding, today)
    _require_asking(by, holding, wanted)
    if wanted is None:
        raise EndorsementNotOpen("现在没有要批改的：名册、参保和保单已经一致，或者已经有人申请了。请刷新页面。")
    try:
        with transaction.atomic():
            made = _store(by, wanted, reason.strip()[:200], key, now)
    except IntegrityError as error:
        raise EndorsementNotOpen("刚刚有人申请过同样的批改，请刷新页面看结果。") from error
    record(by=by, action="policies.request_endorsement", subject=made, division_code=made.village_id, kind=made.kind)
    return made


@transaction.atomic
def decide_endorsement(
    *, by: User, endorsement: Endorsement, accept: bool, note: str, today: date, now: datetime
) -> Endorsement:
    """Accept or refuse a request for the insurer; accepting changes the certificate in the same transaction.

    Errors: NotAllowed; EndorsementNotOpen when it is decided, or what it rests on is no longer so; InvalidInput (a
    refusal without `note`). Nothing is stored then.
    """
    locked = endorsement_for_update(endorsement.pk)
    if by.desk != Desk.INSURER or not locked.village_id.startswith(by.scope):
        raise NotAllowed("批改由中国人寿审核。")
    _require_waiting(locked)
    if not accept and not note.strip():
        raise InvalidInput("不同意要写明原因，申请的人才知道怎么办。", field="note")
    if accept:
        _apply(locked, now)
    _settle(locked, State.ACCEPTED if accept else State.REFUSED, by, note, now)
    action = "policies.accept_endorsement" if accept else "policies.refuse_endorsement"
    record(by=by, action=action, subject=locked, division_code=locked.village_id, kind=locked.kind)
    return locked


@transaction.atomic
def cancel_endorsement(*, by: User, endorsement: Endorsement, now: datetime) -> Endorsement:
    """Take a request back that waits. Errors: NotAllowed, EndorsementNotOpen."""
    locked = endorsement_for_update(endorsement.pk)
    if by.desk not in (Desk.TOWN, Desk.VILLAGE) or not locked.village_id.startswith(by.scope):
        raise NotAllowed("批改申请由提出的村居或本镇民政办撤回。")
    _require_waiting(locked)
    _settle(locked, State.CANCELLED, by, "", now)
    record(by=by, action="policies.cancel_endorsement", subject=locked, division_code=locked.village_id)
    return locked


@transaction.atomic
def decide_withdrawal_on_policy(
    *, by: User, withdrawal: Withdrawal, accept: bool, note: str, today: date, now: datetime
) -> Withdrawal:
    """Decide a withdrawal; an accepted one ends its certificates by removal endorsements in the same transaction.

    Asked by who asked for the withdrawal, accepted by who accepts it. Errors: as `decide_withdrawal`.
    """
    decided = decide_withdrawal(by=by, withdrawal=withdrawal, accept=accept, note=note, today=today, now=now)
    if accept:
        for holding in _with_certificate(decided.enrolment):
            _remove_withdrawn(by, decided, holding, today, now)
    return decided


def endorsements(user: User, state: str = "") -> QuerySet[Endorsement]:
    """Return the endorsements that this person may see, those that wait first, the newest on top (one query)."""
    waits = Case(When(state=State.WAITING, then=Value(0)), default=Value(1))
    rows = Endorsement.objects.visible_to(user).annotate(turn=waits).order_by("turn", "-pk")
    rows = rows.filter(state=state) if state in State.values else rows
    people = ("requested_by", "decided_by", "village", "to_village", "resident", "policy", "certificate", "holding")
    return rows.select_related(*people)


def _with_certificate(enrolment: Enrolment) -> list[Holding]:
    rows = enrolment.holdings.filter(certificates__isnull=False, certificates__ended_from__isnull=True)
    return list(rows.select_related("enrolment__participation__programme").order_by("pk"))


def _remove_withdrawn(by: User, withdrawal: Withdrawal, holding: Holding, today: date, now: datetime) -> None:
    wanted = proposal_for(Kind.REMOVE, holding, today)
    if wanted is None:
        return
    made = _store(withdrawal.requested_by, wanted, withdrawal.reason, f"withdrawal-{withdrawal.pk}-{holding.pk}", now)
    _apply(made, now)
    _settle(made, State.ACCEPTED, by, "", now)
    record(by=by, action="policies.accept_endorsement", subject=made, division_code=made.village_id, kind=made.kind)


def _same(stored: Endorsement, kind: str, holding: Holding) -> Endorsement:
    if (stored.kind, stored.holding_id) != (kind, holding.pk):
        raise KeyReused("这张表已经提交过一次，内容和现在的不一样，这一次没有保存。请重新打开页面。", key=stored.key)
    return stored


def _require_asking(by: User, holding: Holding, wanted: Proposal | None) -> None:
    """The village of the certificate may ask, and the one on whose roster the person stands now."""
    villages = [holding.enrolment.participation.resident.village_id]
    if wanted and wanted.certificate:
        villages.append(wanted.certificate.village_id)
    if by.desk not in (Desk.TOWN, Desk.VILLAGE) or not any(code.startswith(by.scope) for code in villages):
        raise NotAllowed("这份保单不在您的管辖范围内，不能申请批改。")


def _store(by: User, wanted: Proposal, reason: str, key: str, now: datetime) -> Endorsement:
    certificate, resident = wanted.certificate, wanted.resident
    policy = certificate.policy if certificate else _policy_of(wanted)
    village_id = certificate.village_id if certificate else resident.village_id
    town = Division.objects.get(level=Division.Level.TOWN, code=f"{village_id[:9]}000")
    return Endorsement.objects.create(
        key=key,
        number=next_number(town, NumberSeries.Kind.ENDORSEMENT, now.year),
        kind=wanted.kind,
        holding=wanted.holding,
        resident=resident,
        village_id=village_id,
        policy=policy,
        certificate=certificate,
        withdrawal=_withdrawal_of(wanted),
        effective_on=wanted.effective_on,
        reason=reason,
        requested_by=by,
        requested_at=now,
        **_facts(wanted),
    )


def _facts(wanted: Proposal) -> dict[str, Any]:
    """Return what an identity or a transfer changes, before and after."""
    certificate, resident = wanted.certificate, wanted.resident
    if wanted.kind == Kind.TRANSFER:
        return {"to_village_id": resident.village_id}
    if wanted.kind != Kind.IDENTITY or certificate is None or resident.number is None:
        return {}
    return {
        "name_before": certificate.name,
        "name_after": resident.name,
        "tail_before": certificate.identity_tail,
        "corrected": resident.number.reveal(),
        "corrected_index": resident.number_index or "",
        "corrected_tail": resident.number_tail,
    }


def _policy_of(wanted: Proposal) -> GroupPolicy:
    programme = wanted.holding.enrolment.participation.programme_id
    rows = GroupPolicy.objects.filter(programme=programme, village=wanted.resident.village_id)
    return rows.order_by("pk")[0]


def _withdrawal_of(wanted: Proposal) -> Withdrawal | None:
    if wanted.kind != Kind.REMOVE:
        return None
    accepted = wanted.holding.enrolment.withdrawals.filter(state=Withdrawal.State.ACCEPTED)
    return accepted.first()


def _require_waiting(endorsement: Endorsement) -> None:
    if endorsement.state != State.WAITING:
        raise EndorsementNotOpen(
            f"这份批改{endorsement.get_state_display()}，不用再办。请刷新页面看结果。", state=endorsement.state
        )


def _settle(endorsement: Endorsement, state: State, by: User, note: str, now: datetime) -> None:
    endorsement.state, endorsement.decided_by, endorsement.decided_at = state, by, now
    endorsement.note = note.strip()[:200]
    endorsement.save(update_fields=["state", "decided_by", "decided_at", "note", "certificate"])


def _apply(endorsement: Endorsement, now: datetime) -> None:
    if endorsement.kind == Kind.ADD:
        _add(endorsement, now)
        return
    (certificate,) = certificates_for_update([endorsement.certificate_id or 0])
    if certificate.ended_from is not None:
        raise EndorsementNotOpen("这份凭证已经终止，不用再批改。请选“不同意”，并写明原因。")
    if endorsement.kind == Kind.REMOVE:
        certificate.ended_from = endorsement.effective_on
    elif endorsement.kind == Kind.TRANSFER:
        certificate.village_id = endorsement.to_village_id or certificate.village_id
    else:
        _correct(certificate, endorsement)
    certificate.save(
        update_fields=[
            "ended_from", "village", "name", "identity", "identity_index", "identity_tail", "birth_date",
        ]
    )  # fmt: skip


def _correct(certificate: Certificate, endorsement: Endorsement) -> None:
    number = endorsement.corrected.reveal() if endorsement.corrected else ""
    certificate.name = endorsement.name_after
    certificate.identity, certificate.identity_index = number, endorsement.corrected_index
    certificate.identity_tail = endorsement.corrected_tail
    certificate.birth_date = date.fromisoformat(f"{number[6:10]}-{number[10:12]}-{number[12:14]}")


def _add(endorsement: Endorsement, now: datetime) -> None:
    holding, resident = endorsement.holding, endorsement.resident
    enrolment = holding.enrolment
    if enrolment.cancelled_at or enrolment.withdrawn_on or holding.certificates.exists():
        raise EndorsementNotOpen("这一笔参保已经退保，或者已经有凭证了。请选“不同意”，并写明原因。")
    if not funded_among(endorsement.policy.programme, [holding.pk]):
        raise EndorsementNotOpen("这一笔的保费现在不齐，不能加进保单。请先问镇民政办。")
    policy = policy_for_update(endorsement.policy_id)
    number = next(certificate_numbers(policy))
    policy.last_serial += 1
    policy.save(update_fields=["last_serial"])
    made = Certificate(
        number=number,
        check_code=check_code(),
        policy=policy,
        holding=holding,
        resident=resident,
        village_id=resident.village_id,
        name=resident.name,
        identity=resident.number.reveal() if resident.number else None,
        identity_index=resident.number_index or "",
        identity_tail=resident.number_tail,
        birth_date=resident.birth_date,
        product=holding.product,
        units=holding.units,
        premium_fen=holding.units * holding.unit_price_fen,
        cover_from=holding.cover_from,
        cover_to=holding.cover_to,
        issued_at=now,
    )
    write_certificates([made])
    endorsement.certificate = Certificate.objects.get(number=number)
