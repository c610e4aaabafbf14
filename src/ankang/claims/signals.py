"""可疑提醒: what the rules find over the claims that a person may see, and what a person noted on it."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Exists, Min, OuterRef

from ankang.accounts.models import User
from ankang.audit.record import record
from ankang.claims.facts import days_in_hospital
from ankang.claims.invoice_models import Invoice
from ankang.claims.models import Claim
from ankang.claims.payout_models import Payee
from ankang.claims.permissions import require_handler
from ankang.claims.review_models import SignalLook
from ankang.enrolment.models import Holding
from ankang.privacy.cipher import sm3
from ankang.programmes.models import ProgrammeVersion
from ankang.programmes.queries import newest_number, plan_of
from ankang.rules.errors import InvalidInput
from ankang.rules.signals import Facts, Signal, signals, thresholds, thresholds_under


@dataclass(frozen=True, slots=True)
class Seen:
    """One signal of a claim, with the look that still holds; None: nobody has looked at it yet."""

    claim: Claim
    signal: Signal
    look: SignalLook | None


def seen_signals(user: User) -> list[Seen]:
    """Return the signals of all claims that this person may see, those not looked at first (seven queries)."""
    claims = list(
        Claim.objects.visible_to(user)
        .exclude(status=Claim.Status.WITHDRAWN)
        .select_related("resident", "village")
        .prefetch_related("stays")
    )
    by_number = {claim.number: claim for claim in claims}
    found = _found(claims)
    looks = {(look.claim_id, look.code, look.fact): look for look in _looks(claims)}
    rows = [
        Seen(by_number[one.number], one, looks.get((by_number[one.number].pk, one.code, digest_of(one))))
        for one in found
    ]
    return sorted(rows, key=lambda row: (row.look is not None, row.signal.number, row.signal.code))


def signals_of(user: User, claim: Claim) -> list[Seen]:
    """Return the signals of one claim, among all that this person may see (seven queries)."""
    return [row for row in seen_signals(user) if row.claim.pk == claim.pk]


def digest_of(signal: Signal) -> str:
    """Return what a look is bound to: the same signal on other facts is looked at anew."""
    return sm3(f"{signal.code}:{signal.fact}".encode())


@transaction.atomic
def note_look(*, by: User, claim: Claim, code: str, fact: str, note: str, now: datetime) -> SignalLook:
    """Note that a person looked at a signal, with what came of it. The same one again keeps the first note.

    Errors: NotAllowed; InvalidInput without a note.
    """
    require_handler(by, claim.village_id)
    if not note.strip():
        message = "请写看过以后的意见，例如“已电话核实，确实同车出行”。"
        raise InvalidInput(message, errors={"note": message})
    look, made = SignalLook.objects.get_or_create(
        claim=claim, code=code, fact=fact, defaults={"looked_by": by, "looked_at": now, "note": note.strip()}
    )
    if made:
        record(by=by, action="claims.signal_looked", subject=claim, division_code=claim.village_id, code=code)
    return look


def _found(claims: list[Claim]) -> list[Signal]:
    """Return the signals of claims, each by the thresholds of its own programme (one query beside the facts)."""
    facts, programme = _facts(claims), {claim.number: claim.programme_id for claim in claims}
    newest = ProgrammeVersion.objects.filter(
        programme__in=set(programme.values()), number=newest_number("programme_id")
    )
    under = {one.programme_id: thresholds_under(plan_of(one).signals) for one in newest}
    return [one for at in set(under.values()) for one in signals(facts, at) if under[programme[one.number]] == at]


def _facts(claims: list[Claim]) -> list[Facts]:
    accounts: dict[int, set[str]] = defaultdict(set)
    named = Payee.objects.filter(claim__in=claims, replaced_at__isnull=True).exclude(account_index="")
    for claim_id, account in named.values_list("claim", "account_index"):
        accounts[claim_id].add(account)
    starts, invoices = _cover_starts(claims), _invoices_elsewhere()
    shortest = min(stay.days for stay in thresholds().stays)
    return [
        Facts(
            number=claim.number,
            person=claim.resident_id,
            village=claim.village_id,
            event_on=claim.event_on,
            cover_from=starts.get((claim.resident_id, claim.programme_id)),
            hospital_days=(days := days_in_hospital(claim)),
            # The diagnosis is opened for the comparison only, where the stay is long enough to matter; it is not shown.
            diagnosis=claim.diagnosis.reveal() if claim.diagnosis is not None and days > shortest else "",
            accounts=frozenset(accounts[claim.pk]),
            place=claim.place_index,
            doctor=claim.doctor_index,
            invoices_of=frozenset(invoices.get(claim.pk, ())),
        )
        for claim in claims
    ]


def _cover_starts(claims: list[Claim]) -> dict[tuple[int, int], date]:
    """Return the first day of each person's cover in each programme (one query)."""
    held = Holding.objects.filter(
        enrolment__participation__resident__in={claim.resident_id for claim in claims},
        enrolment__cancelled_at__isnull=True,
    )
    by_person = held.values_list("enrolment__participation__resident", "enrolment__participation__programme")
    return {(resident, programme): first for resident, programme, first in by_person.annotate(first=Min("cover_from"))}


def _invoices_elsewhere() -> dict[int, set[str]]:
    """Return by claim the other claims, withdrawn and refused too, with an invoice of the same number (one query)."""
    same = Exists(Invoice.objects.filter(number=OuterRef("number")).exclude(claim=OuterRef("claim")))
    by_invoice: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for number, pk, case in Invoice.objects.filter(same).values_list("number", "claim", "claim__number"):
        by_invoice[number].append((pk, case))
    found: dict[int, set[str]] = defaultdict(set)
    for together in by_invoice.values():
        for pk, case in together:
            found[pk] |= {other for _, other in together if other != case}
    return found


def _looks(claims: list[Claim]) -> list[SignalLook]:
    return list(SignalLook.objects.filter(claim__in=claims).select_related("looked_by"))
