"""理赔统计: what was paid for what, where, to whom and how fast, and where few claim. Each sum is over one table."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Count, Sum
from django.utils import timezone

from ankang.accounts.models import User
from ankang.accounts.queries import villages_of
from ankang.claims.models import Claim, Decision, DecisionLine
from ankang.claims.payout_models import Payout
from ankang.claims.take_back_models import TakeBack
from ankang.enrolment.breakdown import age_bands
from ankang.enrolment.models import Funding, Participation
from ankang.programmes.models import Programme
from ankang.programmes.queries import current_version, plan_of
from ankang.rules.days import age_on
from ankang.rules.programme import BENEFIT_NAMES, BenefitKind

FEW_INSURED = 50  # below this a rate says little


@dataclass(slots=True)
class Part:
    """One village, age band or cause: claims reported and approved, and what stands of them. Fen."""

    name: str
    code: str = ""
    reported: int = 0
    approved: int = 0
    paid_fen: int = 0
    insured: int = 0
    premium_fen: int = 0

    @property
    def per_thousand(self) -> float | None:
        """Claims reported per thousand insured; None where nobody is insured."""
        return self.reported * 1000 / self.insured if self.insured else None

    @property
    def ratio(self) -> float | None:
        """What stands to be paid per hundred of premium; None without premium."""
        return self.paid_fen * 100 / self.premium_fen if self.premium_fen else None


@dataclass(frozen=True, slots=True)
class ClaimFigures:
    total: Part
    benefits: list[tuple[str, int]]
    villages: list[Part]
    ages: list[Part]
    causes: list[Part]
    to_decision: list[int] = field(default_factory=list)  # days from report to decision, one a decided claim
    to_money: list[int] = field(default_factory=list)  # days from report to the last payment, one a claim paid in full
    money_fen: int = 0  # what has reached people

    @property
    def few(self) -> list[Part]:
        """The villages that claim less than half as often as all together: do their elders know they are insured?"""
        whole = self.total.per_thousand
        if not whole:
            return []
        return [
            one
            for one in self.villages
            if one.insured >= FEW_INSURED and one.per_thousand is not None and one.per_thousand * 2 < whole
        ]


def claim_figures(user: User, programme: Programme) -> ClaimFigures:
    """Return a programme's figures over the villages that this person sees (seven queries).

    Ages are told apart where the programme's own amounts change.
    """
    claims = list(
        Claim.objects.visible_to(user)
        .filter(programme=programme)
        .exclude(status=Claim.Status.WITHDRAWN)
        .select_related("resident")
        .only(
            *("number", "village", "event_on", "cause", "status", "payable_fen", "partial_fen", "reported_at"),
            *("closed_on", "resident__birth_date"),
        )
    )
    villages = {one.pk: Part(one.name, one.pk) for one in villages_of(user)}
    _insured(villages, user, programme)
    bands = [(first, Part(words)) for first, words in age_bands(plan_of(current_version(programme)))]
    causes = {value: Part(str(label)) for value, label in Claim.Cause.choices}
    total = Part("合计")
    for claim in claims:
        age = age_on(claim.resident.birth_date, claim.event_on)
        of_age = next(part for first, part in reversed(bands) if first <= age)
        for part in (total, villages.get(claim.village_id), of_age, causes[claim.cause]):
            if part is not None:
                _count(part, claim)
    total.insured = sum(part.insured for part in villages.values())
    total.premium_fen = sum(part.premium_fen for part in villages.values())
    to_money, money_fen = _money(claims)
    return ClaimFigures(
        total=total,
        benefits=_benefits(user, programme),
        villages=list(villages.values()),
        ages=[part for first, part in bands if first or part.reported],
        causes=list(causes.values()),
        to_decision=[
            (claim.closed_on - timezone.localdate(claim.reported_at)).days for claim in claims if claim.closed_on
        ],
        to_money=to_money,
        money_fen=money_fen,
    )


def programmes_with_claims(user: User) -> set[int]:
    """Return the keys of the programmes of which this person sees a claim (one query)."""
    return set(Claim.objects.visible_to(user).order_by().values_list("programme", flat=True).distinct())


def average(days: Iterable[int]) -> float | None:
    """Return the average, None of nothing."""
    found = list(days)
    return sum(found) / len(found) if found else None


def _count(part: Part, claim: Claim) -> None:
    part.reported += 1
    part.approved += claim.status == Claim.Status.APPROVED
    part.paid_fen += _stands(claim)


def _stands(claim: Claim) -> int:
    return claim.payable_fen if claim.payable_fen is not None else claim.partial_fen


def _benefits(user: User, programme: Programme) -> list[tuple[str, int]]:
    """What stands by benefit: the approved lines added up; reversals are negative, so nothing counts twice."""
    lines = DecisionLine.objects.filter(
        decision__verdict=Decision.Verdict.APPROVED,
        decision__claim__programme=programme,
        decision__claim__village__code__startswith=user.scope,
    )
    sums = dict(lines.values_list("benefit").annotate(fen=Sum("amount_fen")).order_by("benefit"))
    return [(BENEFIT_NAMES[kind], sums.get(kind.value, 0)) for kind in BenefitKind]


def _insured(villages: dict[str, Part], user: User, programme: Programme) -> None:
    """Fill in how many are insured and what was paid for them, village by village (two queries, two tables)."""
    people = Participation.objects.visible_to(user).insured().filter(programme=programme)
    for village, count in people.values_list("village").annotate(count=Count("pk")).order_by("village"):
        if village in villages:
            villages[village].insured = count
    premium = Funding.objects.filter(
        holding__enrolment__participation__programme=programme,
        holding__enrolment__participation__village__code__startswith=user.scope,
        holding__enrolment__cancelled_at__isnull=True,
        holding__enrolment__withdrawn_on__isnull=True,
    )
    by_village = premium.values_list("holding__enrolment__participation__village").annotate(fen=Sum("amount_fen"))
    for village, fen in by_village.order_by("holding__enrolment__participation__village"):
        if village in villages:
            villages[village].premium_fen = fen


def _money(claims: list[Claim]) -> tuple[list[int], int]:
    """Return the days from report to the last payment of claims paid in full, and what was paid less what came back.

    Two queries.
    """
    got: Counter[int] = Counter()
    last: dict[int, date] = defaultdict(lambda: date.min)
    paid = Payout.objects.filter(claim__in=claims, state=Payout.State.PAID)
    for claim_id, fen, on in paid.values_list("claim", "amount_fen", "ended_on"):
        got[claim_id] += fen
        last[claim_id] = max(last[claim_id], on or date.min)
    back = TakeBack.objects.filter(claim__in=claims, returned_fen__gt=0)
    got.subtract(dict(back.values_list("claim").annotate(fen=Sum("returned_fen"))))
    full = [claim for claim in claims if claim.payable_fen and got[claim.pk] >= claim.payable_fen]
    return [(last[claim.pk] - timezone.localdate(claim.reported_at)).days for claim in full], got.total()
