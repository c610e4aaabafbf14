"""One history under two plans: what each pays, by group, against the premium, and who gets more or less."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from ankang.pricing.engine import Refused, Slot, payments, slots_of
from ankang.pricing.groups import DIMENSIONS, Groups, groups_of, kind_name
from ankang.pricing.history import History, Ints, ages
from ankang.rules.canonical import digest_of
from ankang.rules.programme import Programme

# the columns of a tally
_PREMIUM, _PAID, _MORE, _MORE_FEN, _LESS, _LESS_FEN, _WIDTH = (0, 1), (2, 3), 4, 5, 6, 7, 8


@dataclass(frozen=True, slots=True)
class Row:
    """One group under both plans. Fen; `premium_*` None: a benefit has no premium of its own, shares are of the whole.

    `more`, `less`: people who get more, or less, in this group under the second plan, and by how much together.
    """

    key: str
    name: str
    premium_before_fen: int | None
    premium_after_fen: int | None
    paid_before_fen: int
    paid_after_fen: int
    more: int
    more_fen: int
    less: int
    less_fen: int

    @property
    def difference_fen(self) -> int:
        return self.paid_after_fen - self.paid_before_fen


@dataclass(frozen=True, slots=True)
class Report:
    """Two plans over one history. No person stands in it, only counts and sums of groups."""

    before: dict[str, str]  # id, name, digest
    after: dict[str, str]
    people: int  # insured
    claimants: int  # of them with an event
    events: int
    refused: int  # events left out, because one of the plans has no figure for them
    total: Row
    tables: dict[str, list[Row]]  # by DIMENSIONS

    def ratio(self, row: Row, side: str) -> str | None:
        """Return `before` or `after` paid per hundred of premium, cut to two decimals; None without premium."""
        premium = getattr(row, f"premium_{side}_fen")
        if premium is None:
            premium = getattr(self.total, f"premium_{side}_fen")
        paid = getattr(row, f"paid_{side}_fen")
        return f"{paid * 100 // premium}.{paid * 10_000 // premium % 100:02d}" if premium else None


class Comparison:
    """Two plans, made ready to be laid over a history piece by piece: what all of one person is, comes in one piece."""

    def __init__(self, before: Programme, after: Programme) -> None:
        self.plans = (before, after)
        self.groups = groups_of(before, after)
        self._prices = [
            np.array([_price(plan, code) for code in self.groups.products], dtype=np.int64) for plan in self.plans
        ]
        groups = self.groups
        self._product = _places(groups, lambda slot: groups.products.index(slot[0]))
        self._kind = _places(groups, lambda slot: groups.kinds.index(slot[1]))
        sizes = {"product": len(groups.products), "benefit": len(groups.kinds), "age": len(groups.ages) + 1}
        self._sums = {name: _zeros(size) for name, size in sizes.items()} | {"village": _zeros(0), "total": _zeros(1)}
        self._villages: dict[str, int] = {}
        self._people = self._claimants = self._events = self._refused = 0

    def add(self, history: History, *, hold_back: bool = False) -> list[Refused]:
        """Lay both plans over some people. Returns the events that one of the plans has no figure for: left out.

        With `hold_back` all of a person with such an event is left out, to be added in another way.
        `history.products` are those of `groups`, in their order. Rows of the refused are those of `history.events`.
        """
        paid, refused = self._decided(history)
        if refused:
            rows = [one.row for one in refused]
            if hold_back:
                gone = np.zeros(len(history.birth), dtype=bool)
                gone[history.events.person[rows]] = True
                history = history.without_people(gone)
            else:
                history = history.without(rows)
            paid, _ = self._decided(history)
        self._people += _different(history.covers.person)
        self._claimants += _different(history.events.person)
        self._events += len(history.events.day)
        self._refused += 0 if hold_back else len(refused)
        village = self._village_of(history)
        self._add_premium(history, village)
        self._add_paid(history, village, paid)
        return refused

    def report(self) -> Report:
        """Return the figures of everybody who was added."""
        groups = self.groups
        names = {
            "product": list(zip(groups.products, groups.product_names, strict=True)),
            "benefit": [(kind.value, kind_name(kind)) for kind in groups.kinds],
            "age": [(str(at), groups.age_name(at)) for at in range(len(groups.ages) + 1)],
            "village": [(name, name or "（没有写村居）") for name in self._villages],
        }
        tables = {
            dimension: [
                _row(key, name, sums, has_premium=dimension != "benefit")
                for (key, name), sums in zip(names[dimension], self._sums[dimension], strict=True)
                if dimension != "age" or key != "0" or sums.any()
            ]
            for dimension in DIMENSIONS
        }
        before, after = (_named(plan) for plan in self.plans)
        total = _row("", "合计", self._sums["total"][0], has_premium=True)
        return Report(before, after, self._people, self._claimants, self._events, self._refused, total, tables)

    def _decided(self, history: History) -> tuple[list[Ints], list[Refused]]:
        """Return what each plan pays, in the columns of `groups.slots`, and what either refused."""
        paid, refused = [], dict[int, Refused]()
        for plan in self.plans:
            own, not_decided = payments(plan, history)
            whole = np.zeros((len(own), len(self.groups.slots)), dtype=np.int64)
            whole[:, [self.groups.slots.index(slot) for slot in slots_of(plan)]] = own
            paid.append(whole)
            refused |= {one.row: one for one in not_decided if one.row not in refused}
        return paid, [refused[row] for row in sorted(refused)]

    def _village_of(self, history: History) -> Ints:
        """Return each person's place in our own list of villages, which grows with what comes."""
        places = [self._villages.setdefault(name, len(self._villages)) for name in history.villages]
        missing = len(self._villages) - len(self._sums["village"])
        self._sums["village"] = np.vstack([self._sums["village"], _zeros(missing)])
        return np.array(places, dtype=np.int64)[history.village]

    def _add_premium(self, history: History, village: Ints) -> None:
        covers = history.covers
        age = self._age_group(history, covers.person, covers.start)
        for side, prices in zip(_PREMIUM, self._prices, strict=True):
            premium = covers.units * prices[covers.product]
            for name, group in (("product", covers.product), ("age", age), ("village", village[covers.person])):
                np.add.at(self._sums[name][:, side], group, premium)
            self._sums["total"][0, side] += premium.sum()

    def _add_paid(self, history: History, village: Ints, paid: Sequence[Ints]) -> None:
        person = history.events.person
        age = self._age_group(history, person, history.events.day)
        nobody = np.zeros(len(person), dtype=np.int64)
        before, after = paid
        for name, group in (("age", age), ("village", village[person]), ("total", nobody)):
            self._add(name, person, group, before.sum(axis=1), after.sum(axis=1))
        for name, place in (("product", self._product), ("benefit", self._kind)):
            for at in range(len(self._sums[name])):
                of_group = place == at
                sides = (one[:, of_group].sum(axis=1) for one in paid)
                self._add(name, person, nobody + at, *sides)

    def _add(self, name: str, person: Ints, group: Ints, before: Ints, after: Ints) -> None:
        sums = self._sums[name]
        np.add.at(sums[:, _PAID[0]], group, before)
        np.add.at(sums[:, _PAID[1]], group, after)
        change = after - before
        moved = np.flatnonzero(change)
        keys, place = np.unique(person[moved] * len(sums) + group[moved], return_inverse=True)
        each = np.zeros(len(keys), dtype=np.int64)
        np.add.at(each, place, change[moved])
        of_group = keys % max(1, len(sums))
        for sign, people, fen in ((1, _MORE, _MORE_FEN), (-1, _LESS, _LESS_FEN)):
            there = each * sign > 0
            np.add.at(sums[:, people], of_group[there], 1)
            np.add.at(sums[:, fen], of_group[there], each[there] * sign)

    def _age_group(self, history: History, person: Ints, day: Ints) -> Ints:
        """Return the place of the age band: by the age on the day, as the first plan counts it."""
        age = ages(history.birth[person], day, self.plans[0].terms.birthday)
        return np.searchsorted(np.array(self.groups.ages), age, side="right").astype(np.int64)


def compare(before: Programme, after: Programme, histories: Iterable[History]) -> Report:
    """Return what both plans pay over a history that comes in pieces."""
    comparison = Comparison(before, after)
    for history in histories:
        comparison.add(history)
    return comparison.report()


def _places(groups: Groups, place: Callable[[Slot], int]) -> Ints:
    return np.array([place(slot) for slot in groups.slots], dtype=np.int64)


def _price(plan: Programme, code: str) -> int:
    return next((product.price_fen for product in plan.products if product.code == code), 0)


def _different(person: Ints) -> int:
    """Return how many there are, where the rows of each stand together: a set of all took a quarter of the time."""
    return int((person[1:] != person[:-1]).sum()) + 1 if len(person) else 0


def _zeros(size: int) -> Ints:
    return np.zeros((size, _WIDTH), dtype=np.int64)


def _named(plan: Programme) -> dict[str, str]:
    return {"id": plan.id, "name": plan.name, "digest": digest_of(plan)}


def _row(key: str, name: str, sums: Ints, *, has_premium: bool) -> Row:
    before, after, *values = (int(value) for value in sums)
    return Row(key, name, before if has_premium else None, after if has_premium else None, *values)
