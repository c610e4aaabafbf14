"""The kernel and the reference: the same rows, the same reasons, the same refusals. Tolerated differences: none."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from tests.batch.people import Person, by_kernel, by_reference, columns
from tests.batch.plans import histories
from tests.golden.cases import golden_cases, programme

from ankang.batch import BatchOverflow, Status, adjudicate, ages
from ankang.batch.columns import covers_of, events_of, read_only
from ankang.batch.engine import room_for
from ankang.batch.kernel import decide, measure
from ankang.batch.lines import USED_COLUMNS
from ankang.batch.periods import PERIOD_COLUMNS
from ankang.batch.schedule import schedule_of
from ankang.rules.adjudicate import Cover, Event
from ankang.rules.days import Birthday, age_on
from ankang.rules.errors import InvalidInput
from ankang.rules.programme import Band, Benefit, BenefitKind, Product, Programme

PLAN = programme("2024-yandu")
FROM, TO = PLAN.cover_from, PLAN.cover_to
EPOCH = date(1970, 1, 1)
BORN = date(1954, 6, 1)  # 70 in June 2024
TOLERATED: list[str] = []  # named differences between the engines


def test_no_difference_is_tolerated() -> None:
    assert TOLERATED == []


def test_every_golden_case() -> None:
    cases = list(golden_cases())
    for plan in {case.programme.id: case.programme for case in cases}.values():
        chosen = [case for case in cases if case.programme is plan]
        people = [Person(case.born, case.covers, case.events) for case in chosen]
        rows, refused, _ = by_kernel(plan, people)
        assert (rows, refused) == by_reference(plan, people)
        paid = {(name, product, benefit): amount for name, product, benefit, amount, _ in rows if amount}
        assert paid == {
            (f"{number}:{event.event_id}", *key): amount
            for number, case in enumerate(chosen)
            for event, pays in zip(case.events, case.pays, strict=True)
            for key, amount in pays.items()
        }


@given(histories())
@settings(deadline=None, max_examples=200)
def test_any_programme_and_any_history(history: tuple[Programme, list[Person]]) -> None:
    plan, people = history
    rows, refused, payouts = by_kernel(plan, people)
    assert (rows, refused) == by_reference(plan, people)
    assert (payouts.amount >= 0).all()
    assert by_kernel(plan, people, threads=2)[:2] == (rows, refused)


def hurt(event_id: str, on: date, **losses: object) -> Event:
    return Event(event_id, on, "accident", **losses)  # type: ignore[arg-type]


NAMED = {
    "an age band crossed between two accidents": [
        hurt("E1", date(2024, 5, 31), medical_fen=400_000),
        hurt("E2", date(2024, 6, 1), medical_fen=400_000),
    ],
    "a limit used up": [hurt(f"E{day}", FROM + timedelta(days=day), medical_fen=200_000) for day in range(5)],
    "death after disability": [
        hurt("E1", FROM, grades=(5,)),
        hurt("E2", TO, death_date=TO),
    ],
    "outside on both sides": [hurt("E1", FROM - timedelta(days=1)), hurt("E2", TO + timedelta(days=1))],
    "dead after the cover": [hurt("E1", TO, death_date=TO + timedelta(days=1))],
}


@pytest.mark.parametrize("name", NAMED)
def test_a_named_history(name: str) -> None:
    covers = [Cover("B", 2, FROM, TO), Cover("A", 1, FROM, TO)]
    people = [Person(BORN, covers, NAMED[name])]
    assert by_kernel(PLAN, people)[:2] == by_reference(PLAN, people)


def test_a_fracture_that_is_not_combined_looks_at_its_own_product() -> None:
    """A product without medical pays its fracture whatever another product paid for medical."""
    figure = (Band(0, None, 100_000),)
    medical = Benefit(BenefitKind.MEDICAL, "A medical", figure)
    fracture = Benefit(BenefitKind.FRACTURE, "B fracture", figure, beside_medical=False)
    products = (Product("A", "A", 1, "A", (medical,)), Product("B", "B", 1, "B", (fracture,)))
    plan = replace(PLAN, products=products)
    event = hurt("E1", FROM, medical_fen=150_000, fracture_fen=30_000)
    for codes, expected in (("AB", [100_000, 30_000]), ("B", [30_000])):
        people = [Person(BORN, [Cover(code, 1, FROM, TO) for code in codes], [event])]
        rows, refused, _ = by_kernel(plan, people)
        assert (rows, refused) == by_reference(plan, people)
        assert [row[3] for row in rows] == expected


def test_ages_around_every_birthday() -> None:
    """Those of a calendar, and those beyond its three hundred years, which are worked out."""
    births = [date(1944, 2, 28), date(1944, 2, 29), date(1944, 3, 1), date(1944, 12, 31), date(1945, 1, 1)]
    births += [date(1849, 12, 31), date(1850, 1, 1), date(1848, 2, 29), date(1752, 2, 29)]
    for place, birthday in enumerate(Birthday):
        calendar = ages.calendar_of(place)
        for born in births:
            for year in (2023, 2024, 2100, 2151, 2152):
                for step in range(-2, 3):
                    day = date(year, born.month, min(born.day, 28)) + timedelta(days=step)
                    days = (day - EPOCH).days
                    birth = ages.born(calendar, (born - EPOCH).days)
                    assert ages.age_on(calendar, birth, days) == age_on(born, day, birthday)


GOOD = [Person(BORN, [Cover("A", 1, FROM, TO)], [hurt("E1", FROM, medical_fen=120_000)])]


@pytest.mark.parametrize(
    ("column", "value", "status"),
    [
        ("medical", -1, Status.BAD_ROW),
        ("reimbursed", -1, Status.BAD_ROW),
        ("fracture", 120_001, Status.BAD_ROW),
        ("grade", 11, Status.BAD_ROW),
        ("cause", 2, Status.BAD_ROW),
        ("death", FROM - timedelta(days=1), Status.BAD_ROW),
        ("person", 7, Status.NO_COVER),
        ("day", BORN - timedelta(days=1), Status.BEFORE_BIRTH),
        ("day", BORN, Status.DECIDED),
    ],
)
def test_a_bad_row_has_no_payouts(column: str, value: object, status: Status) -> None:
    covers, events, _ = columns(PLAN, GOOD)
    payouts = adjudicate(PLAN, covers, events | {column: [value]}, strict=False)
    assert payouts.status.tolist() == [status]
    assert bool(len(payouts.event)) == (status is Status.DECIDED)
    if status:
        with pytest.raises(InvalidInput):
            adjudicate(PLAN, covers, events | {column: [value]})


@pytest.mark.parametrize("column", ["medical", "reimbursed", "fracture", "day", "person", "cause", "hospital_days"])
def test_an_empty_cell_is_refused(column: str) -> None:
    covers, events, _ = columns(PLAN, GOOD)
    with pytest.raises(InvalidInput, match=f"{column} 这一列有空的格"):
        adjudicate(PLAN, covers, events | {column: [None]})


def test_what_does_not_fit_is_refused() -> None:
    covers, events, _ = columns(PLAN, GOOD)
    with pytest.raises(InvalidInput, match="product 这一列只能是 A、B"):
        adjudicate(PLAN, covers | {"product": ["C"]}, events)
    with pytest.raises(InvalidInput, match="units 这一列有读不懂或放不下的数"):
        adjudicate(PLAN, covers | {"units": [2**31]}, events)
    with pytest.raises(InvalidInput, match="各列的行数不一样"):
        adjudicate(PLAN, covers | {"units": [1, 1]}, events)


def test_what_could_overflow_is_refused_and_the_largest_that_cannot_is_exact() -> None:
    covers, events, _ = columns(PLAN, GOOD)
    with pytest.raises(BatchOverflow):
        adjudicate(PLAN, covers, events | {"medical": [2**54]})
    paid = adjudicate(PLAN, covers, events | {"medical": [2**54 - 1]}).amount
    assert paid.tolist() == [0, 300_000, 0, 0, 0]
    dear = replace(PLAN, products=(Product("A", "A", 1, "A", (_daily(10**13),)),))
    stays = events | {"hospital_days": [100]}
    assert adjudicate(dear, covers | {"units": [2305]}, stays).amount.tolist() == [2305 * 10**15]
    with pytest.raises(BatchOverflow):
        adjudicate(dear, covers | {"units": [2306]}, stays)


def test_units_on_the_day_of_death_could_overflow_too() -> None:
    life = Benefit(BenefitKind.LIFE, "身故", (Band(0, None, 10**13),))
    plan = replace(PLAN, products=(Product("A", "A", 1, "A", (life,)),))
    dead = Event("E1", FROM, "illness", death_date=FROM + timedelta(days=400))
    later = FROM + timedelta(days=400)
    for units, refused in ((2305, False), (2306, True)):
        covers, events, _ = columns(
            plan, [Person(BORN, [Cover("A", 1, FROM, TO), Cover("A", units, later, later)], [dead])]
        )
        if refused:
            with pytest.raises(BatchOverflow):
                adjudicate(plan, covers, events)
        else:
            assert adjudicate(plan, covers, events).amount.tolist() == [units * 10**13]


def _daily(amount: int) -> Benefit:
    return Benefit(BenefitKind.ALLOWANCE, "津贴", (Band(0, None, amount),))


def test_arrow_numpy_and_lists_give_the_same() -> None:
    covers, events, _ = columns(PLAN, GOOD * 3)
    whole = adjudicate(PLAN, covers, events)
    arrow = adjudicate(PLAN, pa.table(covers), pa.table(events))
    tables = [
        {key: np.array(values) if key != "death" else values for key, values in table.items()}
        for table in (covers, events)
    ]
    for other in (arrow, adjudicate(PLAN, *tables)):
        assert other.amount.tolist() == whole.amount.tolist()
    assert whole.total_by_line() == [0, 300_000, 0, 0, 0, 0, 0, 0]
    assert whole.total_by_event().tolist() == [100_000] * 3


def test_nothing_is_written_beyond_the_rows_of_a_part() -> None:
    """Product B lacks the last two benefits: they are decided too, and the next row is another thread's."""
    covers, events, _ = columns(PLAN, [Person(BORN, [Cover("B", 1, FROM, TO)], GOOD[0].events)])
    some, one, schedule = read_only(covers_of(PLAN, covers)), read_only(events_of(events)), schedule_of(PLAN)
    rows, most = measure(schedule, some, one, 0, 1)
    found = room_for(rows + 1, 1)
    found.amount[rows] = 7
    room = np.empty((most, PERIOD_COLUMNS), np.int64), np.empty((most, USED_COLUMNS), np.int64)
    assert decide(schedule, some, one, 0, 1, 0, rows, found, *room) == rows == 3
    assert found.amount.tolist() == [0, 90_000, 0, 7]


def test_nobody_and_nothing() -> None:
    covers, events, _ = columns(PLAN, [])
    assert len(adjudicate(PLAN, covers, events, threads=2).event) == 0
    some, _, _ = columns(PLAN, GOOD)
    assert len(adjudicate(PLAN, some, events).event) == 0
