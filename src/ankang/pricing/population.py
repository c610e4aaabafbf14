"""Invented people and a year of what happens to them. Everything is drawn from a seed: the same seed, the same year.

People come in blocks, so that eighteen million need no more memory than two hundred thousand.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from ankang.pricing.history import EPOCH, NEVER, Covers, Events, History, Ints
from ankang.pricing.rates import Floats, Rates
from ankang.rules.days import latest_birth
from ankang.rules.programme import Programme

BLOCK = 200_000  # people drawn at once
_A_VILLAGE = 800
_LATE = 30  # days after the accident within which a late death falls


@dataclass(frozen=True, slots=True)
class Block:
    """Some people of a population. `band`: each one's age band; `first`: how many people came before."""

    first: int
    band: NDArray[np.int64]
    people: History  # with covers, without events


def blocks(programme: Programme, rates: Rates, people: int, seed: int) -> Iterator[Block]:
    """Yield a population of `people` insured, each for the programme's whole cover."""
    for number, first in enumerate(range(0, people, BLOCK)):
        rng = np.random.default_rng([seed, number])
        yield _block(programme, rates, first, min(BLOCK, people - first), rng)


def year_of(block: Block, programme: Programme, rates: Rates, seed: int, run: int) -> History:
    """Return those people of a block to whom something happens in one drawn year, with their covers and events."""
    return _only(block.people, events_of(block, programme, rates, seed, run))


def events_of(block: Block, programme: Programme, rates: Rates, seed: int, run: int) -> Events:
    """Return one drawn year of a block's people: who dies, of what, who is hurt, what it costs.

    A person may be hurt several times; whoever dies is not hurt afterwards. Days are within the cover.
    """
    rng = np.random.default_rng([seed, block.first // BLOCK, run + 1])
    span = (_day(programme.cover_from), _day(programme.cover_to))
    deaths = _deaths(block, rates, span, rng)
    return _merged(deaths, _injuries(block, rates, span, rng))


def _block(programme: Programme, rates: Rates, first: int, size: int, rng: np.random.Generator) -> Block:
    band = rng.choice(len(rates.ages), size=size, p=rates.of("population"))
    start = programme.cover_from
    latest = np.array([_day(latest_birth(low, start)) for low, _ in rates.ages])
    earliest = np.array([_day(latest_birth(high + 1, start)) + 1 for _, high in rates.ages])
    birth = rng.integers(earliest[band], latest[band], endpoint=True)
    codes = tuple(product.code for product in programme.products)
    village = (first + np.arange(size)) // _A_VILLAGE
    low = int(village[0])
    names = tuple(f"示例{number + 1:05d}村" for number in range(low, int(village[-1]) + 1))
    covers = _covers(programme, rates, codes, band, rng)
    return Block(first, band, History(codes, names, birth, village - low, covers, _nothing()))


def _covers(programme: Programme, rates: Rates, codes: tuple[str, ...], band: Ints, rng: np.random.Generator) -> Covers:
    """Draw what each person holds: a matrix of units, one column a product, becomes the rows that are not empty."""
    units = np.zeros((len(band), len(codes)), dtype=np.int64)
    drawn = rng.random(len(band))
    holdings = rates.held(programme)
    for at in range(len(rates.ages)):
        here = np.flatnonzero(band == at)
        offered = [holding for holding in holdings if at in holding.bands]
        bounds = np.cumsum([holding.share for holding in offered])
        chosen = np.minimum(np.searchsorted(bounds, drawn[here], side="right"), len(offered) - 1)
        table = np.array([[dict(holding.units).get(code, 0) for code in codes] for holding in offered])
        units[here] = table[chosen]
    person, product = np.nonzero(units)
    start, end = (np.full(len(person), _day(day)) for day in (programme.cover_from, programme.cover_to))
    return Covers(person, product, units[person, product], start, end)


def _deaths(block: Block, rates: Rates, span: tuple[int, int], rng: np.random.Generator) -> Events:
    drawn = rng.random(len(block.band))
    by_accident = rates.of("accident_death")[block.band]
    died = np.flatnonzero(drawn < rates.of("death")[block.band])
    accident = drawn[died] < by_accident[died]
    death = rng.integers(*span, size=len(died), endpoint=True)
    late = accident & (rng.random(len(died)) < rates.of("late_death")[block.band[died]])
    delay = np.where(late, rng.integers(1, _LATE, size=len(died), endpoint=True), 0)
    day = np.maximum(death - delay, span[0])
    zero = np.zeros(len(died), dtype=np.int64)
    return Events(died, day, accident.astype(np.int64), zero, zero, zero, zero, zero, death)


def _injuries(block: Block, rates: Rates, span: tuple[int, int], rng: np.random.Generator) -> Events:
    people = np.bincount(block.band, minlength=len(rates.ages))
    hurt = rng.poisson(people * rates.of("injury") * rates.of("claimed"))
    order = np.argsort(block.band, kind="stable")  # the people of each band together
    starts = np.r_[0, np.cumsum(people)[:-1]]
    band = np.repeat(np.arange(len(people)), hurt)
    person = order[starts[band] + (rng.random(len(band)) * people[band]).astype(np.int64)]
    day = rng.integers(*span, size=len(band), endpoint=True)
    fracture = rng.random(len(band)) < rates.of("fracture")[band]
    inpatient = rng.random(len(band)) < np.where(
        fracture, rates.of("fracture_inpatient")[band], rates.of("other_inpatient")[band]
    )
    bill = _bills(inpatient, band, rates, rng)
    share = np.where(inpatient, rates.of("inpatient_reimbursed")[band], rates.of("outpatient_reimbursed")[band])
    days = np.where(inpatient, rng.geometric(1 / rates.of("stay")[band]), 0)
    return Events(
        person,
        day,
        np.ones(len(band), dtype=np.int64),
        bill,
        np.rint(bill * share).astype(np.int64),
        np.where(fracture, bill, 0),
        days,
        _grades(fracture, band, rates, rng),
        np.full(len(band), NEVER),
    )


def _bills(inpatient: NDArray[np.bool_], band: Ints, rates: Rates, rng: np.random.Generator) -> Ints:
    """Draw the bills, in fen."""
    median = np.where(inpatient, rates.of("inpatient_bill")[band], rates.of("outpatient_bill")[band])
    yuan: Floats = median * np.exp(rng.standard_normal(len(band)) * rates.of("bill_spread")[band])
    return np.rint(yuan * 100).astype(np.int64)


def _grades(fracture: NDArray[np.bool_], band: Ints, rates: Rates, rng: np.random.Generator) -> Ints:
    grades, shares = zip(*rates.grades, strict=True)
    disabled = fracture & (rng.random(len(band)) < rates.of("disability")[band])
    drawn = rng.choice(np.array(grades), size=len(band), p=np.array(shares) / sum(shares))
    return np.where(disabled, drawn, 0).astype(np.int64)


def _merged(deaths: Events, injuries: Events) -> Events:
    """Return both by person and day, without what would happen to somebody dead."""
    columns = [np.concatenate([getattr(deaths, name), getattr(injuries, name)]) for name in Events.__slots__]
    both = Events(*columns)
    both = both.of(np.lexsort((both.death == NEVER, both.day, both.person)))
    death = np.full(int(both.person[-1]) + 1 if len(both.person) else 0, np.iinfo(np.int64).max)
    death[deaths.person] = deaths.day  # the accident of which one dies is the last one
    return both.of((both.death != NEVER) | (both.day < death[both.person]))


def _only(people: History, events: Events) -> History:
    """Return those to whom something happened, renumbered, with their covers and events."""
    person, place = np.unique(events.person, return_inverse=True)
    covers = people.covers
    first, end = np.searchsorted(covers.person, person), np.searchsorted(covers.person, person, side="right")
    count = end - first
    rows = np.repeat(first - np.r_[0, np.cumsum(count)[:-1]], count) + np.arange(count.sum())
    owner = np.repeat(np.arange(len(person)), count)
    kept = Covers(owner, covers.product[rows], covers.units[rows], covers.start[rows], covers.end[rows])
    happened = replace(events, person=place)
    return History(people.products, people.villages, people.birth[person], people.village[person], kept, happened)


def _nothing() -> Events:
    return Events(*(np.zeros(0, dtype=np.int64) for _ in Events.__slots__))


def _day(day: date) -> int:
    return day.toordinal() - EPOCH
