"""What a plan is expected to cost before it has a history: many drawn years of one drawn population."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ankang.pricing.engine import payments, slots_of
from ankang.pricing.history import Ints
from ankang.pricing.population import Block, blocks, year_of
from ankang.pricing.rates import Floats, Rates
from ankang.rules.programme import BenefitKind, Programme

_DOUBT = 2**31  # no block has this number
MANY_RUNS = 100  # fewer say little about the spread


@dataclass(frozen=True, slots=True)
class Spread:
    """A figure over all runs."""

    mean: float
    deviation: float  # of the single runs
    low: float  # 5 of 100 runs are below
    middle: float
    high: float  # 5 of 100 are above
    least: float
    most: float


@dataclass(frozen=True, slots=True)
class Simulation:
    """A plan over every run. Fen; `ratio` is paid per hundred of premium."""

    programme: Programme
    people: int
    seed: int
    premium_fen: int
    paid_fen: Ints  # one row a run, one column a slot of the programme
    events: Ints  # one a run
    parts: dict[str, Floats]  # of the figures that vary from run to run: by which part, one a run

    @property
    def runs(self) -> int:
        return len(self.events)

    @property
    def ratio(self) -> Spread:
        return spread_of(self.paid_fen.sum(axis=1) * 100 / self.premium_fen)

    def by_kind(self) -> dict[BenefitKind, float]:
        """Return what each benefit is expected to cost in a year, over all products. Fen."""
        mean = self.paid_fen.mean(axis=0)
        found: dict[BenefitKind, float] = dict.fromkeys(self.programme.kinds, 0.0)
        for (_, kind), fen in zip(slots_of(self.programme), mean, strict=True):
            found[kind] += float(fen)
        return found

    def by_product(self) -> dict[str, float]:
        """Return what each product is expected to cost in a year. Fen."""
        found: dict[str, float] = {product.code: 0.0 for product in self.programme.products}
        for (code, _), fen in zip(slots_of(self.programme), self.paid_fen.mean(axis=0), strict=True):
            found[code] += float(fen)
        return found


def simulate(
    plans: list[Programme],
    rates: Rates,
    *,
    people: int,
    runs: int,
    seed: int,
    say: Callable[[int], None],
    doubt: bool = False,
) -> list[Simulation]:
    """Return what each plan pays over the same people and the same drawn years, those of the first plan.

    With `doubt` each figure that has a range lies elsewhere in it in each run; else the runs differ by chance alone.
    Memory is bounded by a block of people. `say` is told how many people are done.
    Products that a plan does not sell pay nothing there and cost no premium.
    """
    paid = [np.zeros((runs, len(slots_of(plan))), dtype=np.int64) for plan in plans]
    premium, events = [0] * len(plans), np.zeros(runs, dtype=np.int64)
    parts = _drawn(rates, runs, seed) if doubt else {}
    of_run = [rates.varied({name: float(drawn[run]) for name, drawn in parts.items()}) for run in range(runs)]
    for block in blocks(plans[0], rates, people, seed):
        for at, plan in enumerate(plans):
            premium[at] += _premium(plan, block)
        for run in range(runs):
            year = year_of(block, plans[0], of_run[run], seed, run)
            events[run] += len(year.events.day)
            for at, plan in enumerate(plans):
                paid[at][run] += payments(plan, year)[0].sum(axis=0)
        say(block.first + len(block.band))
    return [Simulation(plan, people, seed, premium[at], paid[at], events, parts) for at, plan in enumerate(plans)]


def weights_of(found: Simulation) -> dict[str, float]:
    """Return how far the payout ratio moves while each doubtful figure goes through what was drawn of it.

    By least squares over the runs, all figures at once; the largest first. Points of the ratio; empty for few runs.
    """
    names = list(found.parts)
    if found.runs < 3 * (len(names) + 1):
        return {}
    drawn = np.column_stack([found.parts[name] for name in names])
    ratio = found.paid_fen.sum(axis=1) * 100 / found.premium_fen
    slope = np.linalg.lstsq(drawn - drawn.mean(axis=0), ratio - ratio.mean(), rcond=None)[0]
    moved = dict(zip(names, (slope * np.ptp(drawn, axis=0)).tolist(), strict=True))
    return dict(sorted(moved.items(), key=lambda one: -abs(one[1])))


def _drawn(rates: Rates, runs: int, seed: int) -> dict[str, Floats]:
    """Draw where in its range each doubtful figure lies, independently: near what the file says it is likeliest."""
    found = {}
    for at, (name, rate) in enumerate(rates.doubtful.items()):
        rng = np.random.default_rng([seed, _DOUBT, at])
        found[name] = rng.triangular(rate.low, 1.0, rate.high, size=runs)
    return found


def spread_of(figures: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> Spread:
    """Return how a figure spreads over the runs."""
    low, middle, high = np.percentile(figures, [5, 50, 95])
    deviation = figures.std(ddof=1) if len(figures) > 1 else 0.0
    return Spread(*(float(one) for one in (figures.mean(), deviation, low, middle, high, figures.min(), figures.max())))


def _premium(plan: Programme, block: Block) -> int:
    prices = {product.code: product.price_fen for product in plan.products}
    covers, codes = block.people.covers, block.people.products
    units = np.bincount(covers.product, weights=covers.units, minlength=len(codes))
    return sum(int(count) * prices.get(code, 0) for code, count in zip(codes, units, strict=True))
