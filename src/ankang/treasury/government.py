"""政府出资: ask finance for government's share, take its promise, book its money."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef, QuerySet, Sum

from ankang.accounts.models import User
from ankang.audit.record import record
from ankang.enrolment.locks import in_common_order
from ankang.enrolment.models import Funding
from ankang.enrolment.subjects import aged_from, born_by, listed_codes
from ankang.money import settling
from ankang.money.ledger import Line, post
from ankang.money.locks import hold_enrolments_of
from ankang.money.models import Account, Posting, Promise, Settlement
from ankang.money.queries import in_force, unsettled
from ankang.programmes.models import Programme, ProgrammeVersion
from ankang.programmes.queries import plan_of
from ankang.roster.models import GroupMembership
from ankang.roster.queries import is_member_on
from ankang.rules.errors import InvalidInput
from ankang.rules.money import yuan
from ankang.rules.programme import Programme as Plan
from ankang.treasury.errors import KeyReused, ListChanged, NothingThere
from ankang.treasury.locks import request_for_update
from ankang.treasury.models import GovernmentPayment, GovernmentRequest, GovernmentRequestLine
from ankang.treasury.movements import government_key
from ankang.treasury.permissions import require_review, require_shown, require_state, require_town, require_words

State = GovernmentRequest.State
_JOINED = "holding__enrolment__participation__"
_WHOSE = ("holding__enrolment__participation", "holding__enrolment__village", "holding__enrolment__village__name")


class Share(NamedTuple):
    """Government's share of one holding, as columns: model objects of a whole town take two seconds. Units: fen."""

    funding: int
    amount_fen: int
    person: int
    village: str
    village_name: str
    group: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """What would be asked for now, each with the group by which its person is a subject. Units: fen."""

    shares: tuple[Share, ...]

    @property
    def total_fen(self) -> int:
        return sum(one.amount_fen for one in self.shares)

    @property
    def people(self) -> int:
        return len({one.person for one in self.shares})


def to_ask(by: User, version: ProgrammeVersion, villages: Collection[str], today: date) -> Asked:
    """Return government's share of units in force that nobody has asked for yet (two queries).

    `villages`: codes, none for all of the person's own.
    """
    rows = _open_fundings(by, version.programme, villages)
    rows = rows.order_by("holding__enrolment__village__serial", "holding__enrolment__village", "pk")
    listed: dict[int, set[str]] = defaultdict(set)
    members = GroupMembership.objects.filter(resident__in=rows.order_by().values(f"{_JOINED}resident"))
    for one in members.only("resident", "group", "from_on", "to_on"):
        if is_member_on(one, today):
            listed[one.resident_id].add(one.group)
    plan = plan_of(version)
    found = rows.values_list("pk", "amount_fen", *_WHOSE, f"{_JOINED}resident", f"{_JOINED}resident__birth_date")
    return Asked(
        tuple(
            Share(funding, fen, person, code, name, group_of(plan, born, listed.get(resident, ())))
            for funding, fen, person, code, name, resident, born in found
        )
    )


def to_ask_fen(by: User, programme: Programme) -> int:
    """Return the sum of what nobody has asked for yet, in fen (one query)."""
    rows = _open_fundings(by, programme, ())
    return int(rows.aggregate(fen=Sum("amount_fen", default=0))["fen"])


def group_of(plan: Plan, birth_date: date, listed: Collection[str]) -> str:
    """Return the code of the first group in which a person stands, in the plan's order; empty for nobody's."""
    on_lists = [code for code in listed_codes(plan) if code in listed]
    if on_lists:
        return on_lists[0]
    age = aged_from(plan)
    if age is not None and birth_date <= born_by(plan, age):
        return next(group.code for group in plan.groups if group.from_age == age)
    return ""


def prepare_request(
    *,
    by: User,
    version: ProgrammeVersion,
    villages: Sequence[str],
    shown_fen: int,
    note: str,
    key: str,
    today: date,
    now: datetime,
) -> GovernmentRequest:
    """Freeze what government owes for these villages (none: all); the same key again returns the same request.

    `shown_fen`: the sum that the page showed.
    Errors: NotAllowed, NothingThere, ListChanged, KeyReused. Nothing is stored then.
    """
    require_town(by, version.programme.division_id)
    try:
        with transaction.atomic():
            if stored := GovernmentRequest.objects.filter(key=key).first():
                return _same(stored, by)
            found = to_ask(by, version, villages, today)
            _require_shown(found, shown_fen)
            return _freeze(by, version.programme, found, villages=villages, note=note, key=key, now=now)
    except IntegrityError as error:
        if stored := GovernmentRequest.objects.filter(key=key).first():
            return _same(stored, by)
        raise ListChanged("刚才有人也编了一份，名单变了。请重新打开页面再编。") from error


def review_request(
    *, by: User, request: GovernmentRequest, approve: bool, note: str, now: datetime
) -> GovernmentRequest:
    """Release a request to finance, or refuse it, as the second person.

    Errors: NotAllowed, SecondPersonNeeded, NotInState, InvalidInput (a refusal without `note`).
    """
    require_town(by, request.division_id)
    note = note.strip()
    with transaction.atomic():
        locked = request_for_update(request.pk)
        require_state(locked, State.PREPARED)
        require_review(by, locked.prepared_by_id, approve, note)
        locked.state = State.RELEASED if approve else State.REFUSED
        locked.reviewed_by, locked.reviewed_at, locked.reviewed_note = by, now, note
        locked.save(update_fields=["state", "reviewed_by", "reviewed_at", "reviewed_note"])
        if not approve:
            locked.lines.update(dropped_at=now)
        action = "treasury.release_request" if approve else "treasury.refuse_request"
        record(by=by, action=action, subject=locked, division_code=locked.division_id, total_fen=locked.total_fen)
        return locked


def accept_request(
    *, by: User, request: GovernmentRequest, paper: str, accepted_on: date, now: datetime
) -> GovernmentRequest:
    """Note that finance accepted a request on a paper: a promise, which settles its fundings. The money comes later.

    Whose enrolment was cancelled or given up meanwhile falls off the request, and its sum with it.
    Errors: NotAllowed, NotInState, InvalidInput (`paper`), NothingThere.
    """
    require_town(by, request.division_id)
    paper = require_words(paper, "paper", "财政答复的文号或名称")
    with transaction.atomic():
        locked = request_for_update(request.pk)
        require_state(locked, State.RELEASED)
        lines = _still_owed(locked, now)
        total = sum(line.amount_fen for line in lines)
        promise = _promise(by, locked, total_fen=total, paper=paper, accepted_on=accepted_on, now=now)
        settling.settle([line.funding_id for line in lines], promise=promise)
        _post_promise(by, locked, lines, accepted_on, now)
        locked.state, locked.promise, locked.total_fen, locked.people = State.ACCEPTED, promise, total, _people(lines)
        locked.save(update_fields=["state", "promise", "total_fen", "people"])
        record(
            by=by, action="treasury.accept_request", subject=locked, division_code=locked.division_id, total_fen=total
        )
        return locked


def decline_request(*, by: User, request: GovernmentRequest, note: str, now: datetime) -> GovernmentRequest:
    """Note that finance did not accept a released request: its fundings may be asked for again.

    Errors: NotAllowed, NotInState, InvalidInput (no `note`).
    """
    require_town(by, request.division_id)
    note = require_words(note, "paper", "财政没有答应的原因")
    with transaction.atomic():
        locked = request_for_update(request.pk)
        require_state(locked, State.RELEASED)
        locked.state, locked.note = State.REFUSED, f"财政没有答应：{note}"[:200]
        locked.save(update_fields=["state", "note"])
        locked.lines.update(dropped_at=now)
        record(by=by, action="treasury.refuse_request", subject=locked, division_code=locked.division_id)
        return locked


def receive_from_government(
    *, by: User, request: GovernmentRequest, amount_fen: int, reference: str, on: date, key: str, now: datetime
) -> GovernmentRequest:
    """Book money of government that reached the town's account, in one or several parts.

    With the last part each promise is kept: its fundings are paid, and may be remitted.
    Errors: NotAllowed, NotInState, InvalidInput (`amount`, `reference`), KeyReused.
    """
    require_town(by, request.division_id)
    reference = require_words(reference, "reference", "银行流水号")
    try:
        with transaction.atomic():
            locked = request_for_update(request.pk)
            if stored := GovernmentPayment.objects.filter(key=key).first():
                return _same_payment(stored, locked, amount_fen)
            require_state(locked, State.ACCEPTED)
            _require_part(locked, amount_fen)
            return _receive(by, locked, amount_fen=amount_fen, reference=reference, on=on, key=key, now=now)
    except IntegrityError as error:
        raise InvalidInput("这个银行流水号已经记过账，没有再记。请核对流水号。", field="reference") from error


def _open_fundings(by: User, programme: Programme, villages: Collection[str]) -> QuerySet[Funding]:
    rows = unsettled(in_force()).filter(
        payer=Funding.Payer.GOVERNMENT,
        holding__enrolment__version__programme=programme,
        holding__enrolment__village__code__startswith=by.scope,
    )
    asked = GovernmentRequestLine.objects.filter(funding=OuterRef("pk"), dropped_at__isnull=True)
    rows = rows.filter(~Exists(asked))
    return rows.filter(holding__enrolment__village__in=list(villages)) if villages else rows


def _require_shown(found: Asked, shown_fen: int) -> None:
    if not found.shares:
        raise NothingThere("没有要申请的政府出资：都申请过了，或还没有登记政府购买。")
    require_shown(found.total_fen, shown_fen)


def _freeze(
    by: User, programme: Programme, found: Asked, *, villages: Sequence[str], note: str, key: str, now: datetime
) -> GovernmentRequest:
    made = GovernmentRequest.objects.create(
        key=key,
        programme=programme,
        division_id=by.division_id,
        villages=sorted(villages),
        people=found.people,
        total_fen=found.total_fen,
        prepared_by=by,
        prepared_at=now,
        note=note.strip(),
    )
    GovernmentRequestLine.objects.bulk_create(
        [
            GovernmentRequestLine(
                request=made,
                funding_id=one.funding,
                village_id=one.village,
                group=one.group,
                amount_fen=one.amount_fen,
            )
            for one in found.shares
        ],
        batch_size=2000,
    )
    record(
        by=by,
        action="treasury.prepare_request",
        subject=made,
        division_code=made.division_id,
        people=made.people,
        total_fen=made.total_fen,
    )
    return made


def _still_owed(request: GovernmentRequest, now: datetime) -> list[GovernmentRequestLine]:
    """Return the lines whose units are in force, their people locked; drop the others. Errors: NothingThere."""
    lines = request.lines.filter(dropped_at__isnull=True)
    hold_enrolments_of(lines.values("funding"))  # type: ignore[arg-type]
    owed = in_force().filter(pk=OuterRef("funding"))
    lines.filter(~Exists(owed)).update(dropped_at=now)
    person = "funding__holding__enrolment__participation__resident__"
    kept = lines.annotate(person=F("funding__holding__enrolment__participation_id")).order_by(*in_common_order(person))
    found: list[GovernmentRequestLine] = list(kept)
    if not found:
        raise NothingThere("名单上的人都已经撤销或退保，没有可答应的。请选“财政没有答应”。")
    return found


def _people(lines: Sequence[GovernmentRequestLine]) -> int:
    return len({line.person for line in lines})  # type: ignore[attr-defined]  # annotated by `_still_owed`


def _promise(
    by: User, request: GovernmentRequest, *, total_fen: int, paper: str, accepted_on: date, now: datetime
) -> Promise:
    return Promise.objects.create(
        key=f"government-request-{request.pk}",
        party=Promise.Party.GOVERNMENT,
        owner=request.division_id,
        division=request.division,
        programme=request.programme,
        paper=paper,
        amount_fen=total_fen,
        accepted_on=accepted_on,
        accepted_at=now,
        accepted_by=by,
    )


def _post_promise(
    by: User, request: GovernmentRequest, lines: Sequence[GovernmentRequestLine], on: date, now: datetime
) -> Posting:
    """What government owes, against what we hold for each village: premium counts from the promise on."""
    held = [Line(Account.PREMIUM_HELD, line.village_id, -line.amount_fen, line.funding_id) for line in lines]
    due = Line(Account.GOVERNMENT_DUE, request.division_id, sum(line.amount_fen for line in lines))
    return post(
        by=by,
        action="treasury.book_promise",
        key=f"government-promise-{request.pk}",
        kind=Posting.Kind.GOVERNMENT_USE,
        on=on,
        at=now,
        division=request.division,
        programme=request.programme,
        entries=[due, *held],
    )


def _same_payment(stored: GovernmentPayment, request: GovernmentRequest, amount_fen: int) -> GovernmentRequest:
    if (stored.request_id, stored.amount_fen) != (request.pk, amount_fen):
        raise KeyReused(
            "这张表已经提交过一次，内容和现在的不一样，这一次没有保存。请重新打开页面再填。", key=stored.key
        )
    return request


def _require_part(request: GovernmentRequest, amount_fen: int) -> None:
    if not 0 < amount_fen <= request.outstanding_fen:
        raise InvalidInput(
            f"财政还欠{yuan(request.outstanding_fen)}元，到账金额要大于0、不超过它。请照银行回单填写。", field="amount"
        )


def _receive(
    by: User, request: GovernmentRequest, *, amount_fen: int, reference: str, on: date, key: str, now: datetime
) -> GovernmentRequest:
    GovernmentPayment.objects.create(
        key=key, request=request, amount_fen=amount_fen, reference=reference, on=on, by=by, at=now
    )
    posting = post(
        by=by,
        action="treasury.receive_government",
        key=government_key(key),
        kind=Posting.Kind.GOVERNMENT_IN,
        on=on,
        at=now,
        division=request.division,
        programme=request.programme,
        entries=[
            Line(Account.TOWN_BANK, request.division_id, amount_fen),
            Line(Account.GOVERNMENT_DUE, request.division_id, -amount_fen),
        ],
    )
    request.received_fen += amount_fen
    request.save(update_fields=["received_fen"])
    _keep_when_complete(request, posting)
    return request


def waive(request: GovernmentRequest, amount_fen: int) -> None:
    """Let government owe less of a request that the caller has locked: a unit was given up before the money came."""
    request.waived_fen += amount_fen
    request.save(update_fields=["waived_fen"])
    _keep_when_complete(request, Posting.objects.filter(key=_last_payment_key(request)).first())


def _last_payment_key(request: GovernmentRequest) -> str:
    last = request.payments.last()
    return government_key(last.key) if last else ""


def _keep_when_complete(request: GovernmentRequest, posting: Posting | None) -> None:
    if posting is not None and not request.outstanding_fen:
        settling.keep(list(Settlement.objects.filter(promise=request.promise, ended_at__isnull=True)), posting)


def _same(stored: GovernmentRequest, by: User) -> GovernmentRequest:
    if stored.prepared_by_id != by.pk:
        raise KeyReused("这张表已经提交过一次，这一次没有保存。请重新打开页面再编。", key=stored.key)
    return stored
