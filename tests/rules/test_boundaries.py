"""Boundary triples of the 2024 plan: every age band, limit and deductible, just below, at, and just above (附件2)."""

from dataclasses import replace
from datetime import date

import pytest
from tests.golden.cases import programme

from ankang.rules.adjudicate import Cover, Event, adjudicate
from ankang.rules.days import age_on, birthday_on
from ankang.rules.programme import BandGapError

PLAN = programme("2024-yandu")
DAY = date(2024, 9, 15)
FIRST, LAST = date(2024, 3, 21), date(2025, 3, 20)

# (product, benefit): the published table, as (first age, yuan) of each band
TABLE = {
    ("A", "accident"): [(60, 10000), (70, 5000), (76, 2000)],
    ("A", "medical"): [(60, 3000), (70, 1500)],
    ("A", "life"): [(60, 500), (70, 300)],
    ("A", "fracture"): [(60, 2024), (70, 1000)],
    ("A", "allowance"): [(60, 50)],
    ("B", "accident"): [(60, 10000), (70, 5000), (80, 2000)],
    ("B", "medical"): [(60, 2000), (70, 1000)],
    ("B", "life"): [(60, 500), (70, 300)],
}
DEDUCTIBLE = {"A": 200, "B": 300}


def paid(product: str, age: int, units: int = 1, on: date = DAY, **losses: object) -> dict[str, int]:
    """Yuan by benefit for one person of this age on the day, holding one product."""
    born = date(on.year - age, on.month, on.day)
    event = Event("E1", on, "accident", **losses)  # type: ignore[arg-type]
    (decision,) = adjudicate(PLAN, born, [Cover(product, units, FIRST, LAST)], [event])
    assert all(line.amount_fen % 100 == 0 for line in decision.lines)
    return {line.benefit: line.amount_fen // 100 for line in decision.lines}


def published(product: str, benefit: str, age: int) -> int:
    return [amount for first, amount in TABLE[product, benefit] if first <= age][-1]


EDGES = [
    (product, benefit, age)
    for (product, benefit), bands in TABLE.items()
    for first, _ in bands
    for age in ((first - 1, first, first + 1) if first > 60 else (60, 61))
]


@pytest.mark.parametrize(("product", "benefit", "age"), EDGES)
def test_each_band_begins_on_its_birthday(product: str, benefit: str, age: int) -> None:
    losses = {"medical_fen": 99_999_900, "fracture_fen": 99_999_900, "hospital_days": 1, "death_date": DAY}
    assert paid(product, age, **losses)[benefit] == published(product, benefit, age)


@pytest.mark.parametrize("product", ["A", "B"])
@pytest.mark.parametrize("age", [69, 70])
def test_the_day_before_a_birthday_still_has_the_younger_band(product: str, age: int) -> None:
    born = date(DAY.year - age - 1, DAY.month, DAY.day + 1)  # turns age + 1 tomorrow
    event = Event("E1", DAY, "accident", death_date=DAY)
    (decision,) = adjudicate(PLAN, born, [Cover(product, 1, FIRST, LAST)], [event])
    assert decision.age == age
    assert decision.lines[0].amount_fen == published(product, "accident", age) * 100


@pytest.mark.parametrize(("product", "age"), [("A", 65), ("A", 72), ("B", 65), ("B", 72)])
@pytest.mark.parametrize("units", [1, 2])
def test_the_deductible_and_the_limit(product: str, age: int, units: int) -> None:
    deductible, limit = DEDUCTIBLE[product], published(product, "medical", age) * units

    def medical(net: int) -> int:
        return paid(product, age, units, medical_fen=net * 100)["medical"]

    assert [medical(deductible + over) for over in (-1, 0, 1)] == [0, 0, 1]
    assert [medical(deductible + limit + over) for over in (-1, 0, 1)] == [limit - 1, limit, limit]


@pytest.mark.parametrize("age", [65, 72])
def test_the_fracture_limit(age: int) -> None:
    limit, medical = published("A", "fracture", age), published("A", "medical", age)

    def fracture(net: int) -> int:
        return paid("A", age, medical_fen=net * 100, fracture_fen=net * 100)["fracture"]

    # Medical takes its limit first; what the bill still holds goes to the fracture benefit.
    assert [fracture(medical + limit + over) for over in (-1, 0, 1)] == [limit - 1, limit, limit]


@pytest.mark.parametrize(("grade", "percent"), [(g, (11 - g) * 10) for g in range(1, 11)])
def test_each_grade_pays_its_part_of_the_sum(grade: int, percent: int) -> None:
    assert paid("A", 65, grades=(grade,))["accident"] == 10000 * percent // 100
    assert paid("B", 76, grades=(grade,))["accident"] == 5000 * percent // 100


@pytest.mark.parametrize(
    ("on", "covered"), [(date(2024, 3, 20), False), (FIRST, True), (LAST, True), (date(2025, 3, 21), False)]
)
def test_cover_runs_from_its_first_day_to_the_end_of_its_last(on: date, covered: bool) -> None:
    assert paid("A", 65, on=on, hospital_days=1)["allowance"] == (50 if covered else 0)


@pytest.mark.parametrize(
    ("days", "warning"), [(89, ()), (90, ("days_90",)), (91, ("days_90",)), (179, ("days_90",)), (180, ("days_180",))]
)
def test_long_stays_are_warned_of_and_paid(days: int, warning: tuple[str, ...]) -> None:
    born = date(1959, 1, 1)
    stays = [Event("E1", DAY, "accident", hospital_days=40), Event("E2", DAY, "accident", hospital_days=days - 40)]
    decisions = adjudicate(PLAN, born, [Cover("A", 1, FIRST, LAST)], stays)
    assert decisions[0].warnings == ()
    assert decisions[1].warnings == warning
    assert sum(decision.total_fen for decision in decisions) == days * 5000


def test_a_person_too_young_for_every_band_is_an_error_that_names_the_event() -> None:
    with pytest.raises(BandGapError) as caught:
        paid("A", 59, medical_fen=100_000)
    assert caught.value.fields["event_id"] == "E1"
    assert "59 周岁" in caught.value.message


@pytest.mark.parametrize(
    ("birth", "day", "age"),
    [
        (date(1954, 6, 10), date(2024, 6, 9), 69),
        (date(1954, 6, 10), date(2024, 6, 10), 70),
        (date(1956, 2, 29), date(2025, 2, 27), 68),
        (date(1956, 2, 29), date(2025, 2, 28), 69),
        (date(1956, 2, 29), date(2024, 2, 28), 67),
        (date(1956, 2, 29), date(2024, 2, 29), 68),
    ],
)
def test_a_year_is_completed_on_the_birthday(birth: date, day: date, age: int) -> None:
    assert age_on(birth, day) == age
    assert birthday_on(birth, age) <= day < birthday_on(birth, age + 1)


@pytest.mark.parametrize(
    ("percent", "over", "pays"),
    [
        (50, 1, 1),  # half a fen goes up, once
        (50, 3, 2),
        (80, 10_001, 8_001),  # 8000.8
        (80, 10_003, 8_002),  # 8002.4
        (80, 10_005, 8_004),
    ],
)
def test_a_share_is_rounded_to_the_fen_once_half_up(percent: int, over: int, pays: int) -> None:
    product = PLAN.product("A")
    shared = tuple(
        replace(benefit, percent=percent) if benefit.kind == "medical" else benefit for benefit in product.benefits
    )
    plan = replace(PLAN, products=(replace(product, benefits=shared),))
    event = Event("E1", DAY, "accident", medical_fen=20_000 + over)
    (decision,) = adjudicate(plan, date(1959, 1, 1), [Cover("A", 1, FIRST, LAST)], [event])
    assert {line.benefit: line.amount_fen for line in decision.lines if line.amount_fen} == {"medical": pays}
