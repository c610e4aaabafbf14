"""What a window sees of claims: those that it reported itself, and what it paid on them."""

from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from ankang.accounts.models import User
from ankang.claims.advances import window_hindrance
from ankang.claims.green_models import Advance, AdvanceDay
from ankang.claims.models import Claim, ClaimQuerySet, Decision
from ankang.claims.payouts import stands_fen
from ankang.claims.take_back_models import TakeBack, TakeBackReceipt
from ankang.programmes.queries import plan_of
from ankang.rules.programme import Programme as Plan


def own_claims(user: User) -> ClaimQuerySet:
    """Return the claims that this window reported, newest first."""
    own = Claim.objects.visible_to(user).filter(reported_by__desk=user.desk, reported_by__division=user.division_id)
    return own.select_related("resident", "village", "programme", "reported_by").order_by("-reported_at", "-pk")


@dataclass(frozen=True, slots=True)
class GreenCase:
    """One claim as its window sees it: no diagnosis, no story, no papers of others.

    `hindrance`: why the window may not pay it, empty when it may.
    """

    claim: Claim
    plan: Plan
    decision: Decision | None
    advances: list[Advance]
    hindrance: str
    returns: list[TakeBack]

    @property
    def is_agreed(self) -> bool:
        return self.decision is not None and self.decision.verdict == Decision.Verdict.APPROVED

    @property
    def is_reversed(self) -> bool:
        """Whether the insurer took the decision back and has not made another; a certain part (保险法 25) stands."""
        return self.decision is not None and self.decision.round < self.claim.round

    @property
    def left_fen(self) -> int:
        """What is agreed to and not paid yet."""
        back = sum(one.returned_fen for one in self.returns)
        return max(stands_fen(self.claim) - sum(one.amount_fen for one in self.advances) + back, 0)

    @property
    def to_come_back(self) -> TakeBack | None:
        """What the family has to bring back, because the claim was decided anew."""
        return next((one for one in self.returns if one.returned_at is None and one.cancelled_at is None), None)

    @property
    def receipts(self) -> list[TakeBackReceipt]:
        """What came back, part by part."""
        return [part for one in self.returns for part in one.receipts.all()]

    @property
    def may_pay(self) -> bool:
        return self.is_agreed and not self.hindrance and self.left_fen > 0


def green_case(user: User, number: str) -> GreenCase:
    """Return one of the window's own claims (4 queries, two more where money came back). Errors: Claim.DoesNotExist."""
    claim = own_claims(user).get(number=number)
    found = claim.decisions.exclude(kind=Decision.Kind.REVERSAL).select_related(
        "version__programme", "reviewed_by", "prepared_by"
    )
    decision = found.last()
    advances = Advance.objects.filter(payout__claim=claim).select_related("payout__payee", "paid_by", "day")
    version = decision.version if decision else claim.programme.versions.latest("number")
    hindrance = window_hindrance(user, decision) if decision else ""
    returns = list(claim.take_backs.told())
    return GreenCase(claim, plan_of(version), decision, list(advances.order_by("pk")), hindrance, returns)


def open_advances(user: User) -> list[Advance]:
    """Return what the window paid since its last list (one query)."""
    return list(_with_names(Advance.objects.visible_to(user).filter(day__isnull=True)))


def open_returns(user: User) -> list[TakeBackReceipt]:
    """Return what came back to the window since its last list (one query)."""
    window = f"{user.desk}.{user.division_id}"
    rows = TakeBackReceipt.objects.filter(window=window, day__isnull=True)
    return list(rows.select_related("take_back__claim__resident"))


def advance_days(user: User) -> QuerySet[AdvanceDay]:
    """Return the lists that this person may see, newest first."""
    return AdvanceDay.objects.visible_to(user).select_related("division", "closed_by", "confirmed_by")


def advances_of(day: AdvanceDay) -> list[Advance]:
    """Return a list's payments as they were frozen (one query)."""
    return list(_with_names(day.advances.all()))


def returns_of(day: AdvanceDay) -> list[TakeBackReceipt]:
    """Return what came back in a list, as it was frozen (one query)."""
    return list(day.returns.select_related("take_back__claim__resident").order_by("pk"))


def claims_on(user: User, day: date) -> list[Claim]:
    """Return what the window reported on a day (one query)."""
    return list(own_claims(user).filter(reported_at__date=day))


def _with_names(rows: QuerySet[Advance]) -> QuerySet[Advance]:
    return rows.select_related("payout__payee", "payout__claim__resident", "paid_by").order_by("pk")
