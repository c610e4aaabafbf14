"""One claim with everything that its page shows, in a fixed number of queries."""

from dataclasses import dataclass
from datetime import date

from ankang.accounts.models import User
from ankang.claims.facts import CaseFacts, Document, days_in_hospital, facts_of, replay
from ankang.claims.limits import Left, Standing, left_of, units_on, used_by
from ankang.claims.models import Claim, ClaimStep, Decision
from ankang.claims.queries import step_days_left
from ankang.enrolment.queries import covers_of
from ankang.programmes.models import ProgrammeVersion
from ankang.programmes.queries import current_version, plan_of, version_covering
from ankang.roster.models import Resident
from ankang.rules.adjudicate import Cover
from ankang.rules.clocks import Clock, clocks_under
from ankang.rules.programme import BenefitKind
from ankang.rules.programme import Programme as Plan
from ankang.rules.trace import decision_json


@dataclass(frozen=True, slots=True)
class CaseFile:
    """`outcome` is the latest decision's, or what the rules would say now; None before the losses are known.

    `replays`: whether the stored facts still give the stored outcome; None without a stored decision.
    """

    claim: Claim
    plan: Plan
    version: ProgrammeVersion
    facts: CaseFacts
    decision: Decision | None
    outcome: Document | None
    replays: bool | None
    steps: list[ClaimStep]
    earlier: list[Claim]
    hospital_days: int
    days_left: int
    step: Clock  # what `days_left` counts

    @property
    def is_preview(self) -> bool:
        """Whether the outcome is what the rules would say now, not what a person has put their name to."""
        return self.replays is None

    @property
    def bill_paid_fen(self) -> int:
        """What medical and fracture pay of the bill together: never more than `net_fen`."""
        lines = self.outcome["lines"] if self.outcome else []
        return sum(
            line["amount_fen"] for line in lines if line["benefit"] in (BenefitKind.MEDICAL, BenefitKind.FRACTURE)
        )

    @property
    def net_fen(self) -> int:
        return max(self.claim.medical_expense_fen - self.claim.reimbursed_fen, 0)

    @property
    def held(self) -> list[tuple[str, int]]:
        """The products in force on the event date: (name, units)."""
        return _held_on(self.plan, self.facts.covers, self.claim.event_on)


@dataclass(frozen=True, slots=True)
class CoverCard:
    """What one person holds on a day and what it can still pay. `version` None: no programme covers the day."""

    resident: Resident
    day: date
    version: ProgrammeVersion | None
    held: list[tuple[str, int]]
    lefts: list[Left]
    claims: list[Claim]


def case_file(user: User, number: str, today: date) -> CaseFile:
    """Return a claim that this person may see (10 queries). Errors: Claim.DoesNotExist."""
    claim = Claim.objects.visible_to(user).select_related("village").get(number=number)
    claims = list(_claims_of_person(claim))
    claim = next(one for one in claims if one.pk == claim.pk)
    decision = _latest(claim)
    stored = None if _to_decide(claim) else decision
    version = stored.version if stored else current_version(claim.programme)
    step = clocks_under(plan_of(version).deadlines)["step"]
    facts = CaseFacts.read(stored.facts) if stored else facts_of(claim, claims)
    return CaseFile(
        claim=claim,
        plan=plan_of(version),
        version=version,
        facts=facts,
        decision=decision,
        outcome=stored.outcome if stored else _preview(claim, facts, version),
        replays=decision_json(replay(stored)) == stored.outcome if stored else None,
        steps=list(claim.steps.select_related("by")),
        earlier=[one for one in claims if one.pk != claim.pk],
        hospital_days=days_in_hospital(claim),
        days_left=step_days_left(claim, today, step),
        step=step,
    )


def cover_card(user: User, resident: Resident, day: date) -> CoverCard:
    """Return what a person is covered for on a day (4 queries)."""
    version = version_covering(day, resident.village_id)
    claims = list(Claim.objects.visible_to(user).filter(resident=resident).order_by("-event_on", "-pk"))
    if version is None:
        return CoverCard(resident, day, None, [], [], claims)
    plan = plan_of(version)
    covers = covers_of(resident, version.programme)
    if resident.died_on is not None and resident.died_on < day:  # the cover ended with the life
        covers = []
    used = used_by(resident.pk, version.programme_id)
    return CoverCard(
        resident,
        day,
        version,
        _held_on(plan, covers, day),
        left_of(Standing(plan, resident.birth_date, covers, day), used),
        claims,
    )


def _claims_of_person(claim: Claim) -> list[Claim]:
    same = Claim.objects.filter(resident_id=claim.resident_id, programme_id=claim.programme_id)
    return list(
        same.select_related("resident__village", "programme", "village").with_losses().order_by("event_on", "pk")
    )


def _to_decide(claim: Claim) -> bool:
    """Whether the present losses are not decided yet: what a decision said before they changed no longer counts."""
    return claim.status in (Claim.Status.REPORTED, *Claim.TO_DECIDE)


def _latest(claim: Claim) -> Decision | None:
    """Return the last decision that is no reversal: a reversal has no figures of its own."""
    decisions = claim.decisions.exclude(kind=Decision.Kind.REVERSAL)
    return decisions.select_related("version__programme", "prepared_by", "endorsed_by", "reviewed_by").last()


def _preview(claim: Claim, facts: CaseFacts, version: ProgrammeVersion) -> Document | None:
    if claim.status == Claim.Status.REPORTED:
        return None
    return decision_json(facts.decide(version))


def _held_on(plan: Plan, covers: list[Cover] | tuple[Cover, ...], day: date) -> list[tuple[str, int]]:
    held = [(product.name, units_on(covers, product.code, day)) for product in plan.products]
    return [(name, units) for name, units in held if units]
