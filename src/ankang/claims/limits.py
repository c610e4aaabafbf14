"""The limits that run over the whole cover period: what applied, what approved decisions drew, what is left."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import F, Value
from django.db.models.functions import Greatest

from ankang.claims.models import Claim, LimitUse
from ankang.installation.rows import insert_one
from ankang.rules.adjudicate import Cover
from ankang.rules.ledger import period_on, periods_of
from ankang.rules.programme import Benefit, BenefitKind, Product, Programme

LIMITED = (BenefitKind.ACCIDENT, BenefitKind.MEDICAL, BenefitKind.FRACTURE)

Limits = Mapping[tuple[str, str], int]


@dataclass(frozen=True, slots=True)
class Left:
    """One benefit of one product on a day. Fen; a day's rate for the allowance; `used_fen` None: no limit runs."""

    product: Product
    benefit: Benefit
    units: int
    limit_fen: int
    used_fen: int | None

    @property
    def left_fen(self) -> int:
        return max(self.limit_fen - (self.used_fen or 0), 0)


def units_on(covers: Iterable[Cover], product: str, day: date) -> int:
    """Return the units of a product in force on a day."""
    return sum(cover.units for cover in covers if cover.product == product and cover.start <= day <= cover.end)


@dataclass(frozen=True, slots=True)
class Standing:
    """What one person holds under a plan, as it stood on a day."""

    plan: Programme
    birth: date
    covers: Sequence[Cover]
    day: date

    def units_of(self, product: str) -> int:
        return units_on(self.covers, product, self.day)

    def limit_of(self, product: str, benefit: Benefit) -> int:
        """Return the sum or limit for the units in force; death and disability together where each has its own.

        Units: fen; 0 without cover. Errors: BandGapError.
        """
        period = period_on(periods_of(self.covers).get(product, []), self.day)
        if period is None:
            return 0
        # READING K01: the age on the event date, or on the cover's first day.
        on = self.day if self.plan.terms.age_basis == "event-date" else period.start
        band = benefit.band_at(self.plan.age_on(self.birth, on))
        return (band.amount_fen + (band.disability_fen or 0)) * period.units_on(self.day)


def left_of(standing: Standing, used: Limits) -> list[Left]:
    """Return what each benefit of each product held can still pay, in the programme's order."""
    return [
        Left(
            product,
            benefit,
            units,
            standing.limit_of(product.code, benefit),
            used.get((product.code, benefit.kind), 0) if benefit.kind in LIMITED else None,
        )
        for product, benefit in standing.plan.benefits()
        if (units := standing.units_of(product.code))
    ]


def draw(claim: Claim, standing: Standing, adds: Mapping[tuple[str, str], int], *, is_first: bool = False) -> None:
    """Move the used-up limits by what an approved decision adds to each line, inside the caller's transaction. Fen.

    The caller holds the person's claims, so nobody else moves these rows; each is moved by F(), and the check
    constraint `limit_not_passed` stands behind it. What a reversal gives back is negative. `is_first`: nothing was ever
    drawn for this person, so that no row is looked for.
    """
    for (product, kind), added in adds.items():
        if kind not in LIMITED or not added:
            continue
        benefit = standing.plan.product(product).benefit(BenefitKind(kind))
        assert benefit is not None  # a line that pays comes from a benefit of the plan
        limit_fen = standing.limit_of(product, benefit)
        row = {
            "resident_id": claim.resident_id,
            "programme_id": claim.programme_id,
            "product": product,
            "benefit": kind,
        }
        moved = not is_first and LimitUse.objects.filter(**row).update(
            used_fen=F("used_fen") + added, limit_fen=Greatest(F("limit_fen"), Value(limit_fen))
        )
        if not moved:
            insert_one(LimitUse(**row, used_fen=added, limit_fen=limit_fen))


def used_by(resident_id: int, programme_id: int) -> dict[tuple[str, str], int]:
    """Return what approved decisions drew so far: (product, benefit) -> fen (one query)."""
    rows = LimitUse.objects.filter(resident_id=resident_id, programme_id=programme_id)
    return {(product, benefit): used for product, benefit, used in rows.values_list("product", "benefit", "used_fen")}
