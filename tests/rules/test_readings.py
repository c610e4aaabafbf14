"""Every reading of the 2024 plan can be set to each of its alternatives, and the engine follows (domain 5)."""

from datetime import date

import pytest
from tests.golden.cases import programme, with_choice

from ankang.rules.adjudicate import Cover, Event, adjudicate
from ankang.rules.canonical import digest_of, from_document, to_document
from ankang.rules.days import Birthday
from ankang.rules.programme import Programme
from ankang.rules.tables import ProgrammeFileError

PLAN = programme("2024-yandu")
FIRST, LAST = date(2024, 3, 21), date(2025, 3, 20)
DAY = date(2024, 9, 15)
BORN = date(1959, 1, 1)


def paid(plan: Programme, *events: Event, born: date = BORN, units: int = 1) -> list[dict[str, int]]:
    """Yuan by benefit for each event of a holder of A."""
    decisions = adjudicate(plan, born, [Cover("A", units, FIRST, LAST)], events)
    return [{line.benefit: line.amount_fen // 100 for line in decision.lines} for decision in decisions]


def bill(net: int, fracture: int = 0, event_id: str = "E1") -> Event:
    return Event(event_id, DAY, "accident", medical_fen=net * 100, fracture_fen=fracture * 100)


def test_every_reading_of_domain_5_is_there_and_assumed() -> None:
    assert [reading.id for reading in PLAN.readings] == [f"K{number:02}" for number in range(1, 18)]
    assert PLAN.assumed == PLAN.readings


@pytest.mark.parametrize(
    ("reading", "choice"),
    [(reading.id, choice) for reading in PLAN.readings for choice in reading.alternatives if choice != "own-plan"],
)
def test_another_choice_makes_another_version(reading: str, choice: str) -> None:
    other = with_choice(PLAN, reading, choice)
    assert other.reading(reading).choice == choice
    assert digest_of(other) != digest_of(PLAN)
    assert from_document(to_document(other)) == other


def test_k01_age_on_the_first_day_of_cover() -> None:
    born = date(1954, 6, 10)  # 69 on the first day, 70 on the event
    death = Event("E1", DAY, "accident", death_date=DAY)
    assert paid(PLAN, death, born=born)[0]["accident"] == 5000
    by_start = paid(with_choice(PLAN, "K01", "cover-start"), death, born=born)[0]
    assert (by_start["accident"], by_start["life"]) == (10000, 500)


def test_k02_deductible_once_a_period_or_for_each_unit() -> None:
    events = (bill(150), bill(150, event_id="E2"))
    assert [one["medical"] for one in paid(PLAN, *events)] == [0, 0]
    assert [one["medical"] for one in paid(with_choice(PLAN, "K02", "per-period"), *events)] == [0, 100]
    assert paid(with_choice(PLAN, "K02", "per-unit"), bill(1000), units=2)[0]["medical"] == 600


@pytest.mark.parametrize(("choice", "limit"), [("2024", 2024), ("2000", 2000)])
def test_k03_the_doubtful_figure(choice: str, limit: int) -> None:
    plan = PLAN if choice == "2024" else with_choice(PLAN, "K03", choice)
    (decision,) = adjudicate(plan, BORN, [Cover("A", 1, FIRST, LAST)], [bill(9000, 9000)])
    line = next(line for line in decision.lines if line.benefit == "fracture")
    assert line.amount_fen == limit * 100
    assert "K03" in line.readings


def test_k04_fracture_not_combined_with_medical() -> None:
    plan = with_choice(PLAN, "K04", "not-combined")
    assert paid(plan, bill(3400, 3400))[0]["fracture"] == 0
    assert paid(plan, bill(150, 150))[0]["fracture"] == 150  # medical paid nothing: below the deductible


@pytest.mark.parametrize(
    ("choice", "days"), [("90-a-period", [60, 30]), ("180-a-period", [60, 60]), ("first-3-unpaid", [57, 57])]
)
def test_k05_days_of_the_allowance(choice: str, days: list[int]) -> None:
    stays = [Event(f"E{number}", DAY, "accident", hospital_days=60) for number in (1, 2)]
    assert [one["allowance"] for one in paid(PLAN, *stays)] == [3000, 3000]
    assert [one["allowance"] // 50 for one in paid(with_choice(PLAN, "K05", choice), *stays)] == days


def test_k06_death_only() -> None:
    plan = with_choice(PLAN, "K06", "death-only")
    assert paid(plan, Event("E1", DAY, "accident", grades=(5,)))[0]["accident"] == 0
    assert paid(plan, Event("E1", DAY, "accident", grades=(5,), death_date=DAY))[0]["accident"] == 10000


def test_k07_life_by_illness_only() -> None:
    plan = with_choice(PLAN, "K07", "illness-only")
    assert paid(plan, Event("E1", DAY, "accident", death_date=DAY))[0]["life"] == 0
    assert paid(plan, Event("E1", DAY, "illness", death_date=DAY))[0]["life"] == 500


@pytest.mark.parametrize(
    ("died", "pays"), [(date(2025, 3, 13), 10000), (date(2025, 3, 14), 10000), (date(2025, 3, 15), 0)]
)
def test_k15_death_within_180_days(died: date, pays: int) -> None:
    plan = with_choice(PLAN, "K15", "180-days")
    assert (date(2025, 3, 14) - DAY).days == 180
    assert paid(plan, Event("E1", DAY, "accident", death_date=died))[0]["accident"] == pays


@pytest.mark.parametrize(
    ("choice", "birthday"), [("day-after", Birthday.DAY_AFTER), ("leap-on-1-march", Birthday.LEAP_ON_1_MARCH)]
)
def test_k17_when_a_year_is_completed(choice: str, birthday: Birthday) -> None:
    plan = with_choice(PLAN, "K17", choice)
    assert plan.terms.birthday is birthday
    death = Event("E1", DAY, "accident", death_date=DAY)
    turns_70 = paid(plan, death, born=date(1954, 9, 15))[0]["accident"]
    assert turns_70 == (10000 if birthday is Birthday.DAY_AFTER else 5000)


def test_the_programme_wide_choices() -> None:
    assert with_choice(PLAN, "K08", "day-after-payment").terms.cover_rule == "day-after-payment"
    assert with_choice(PLAN, "K09", "A").terms.government_product == "A"
    assert with_choice(PLAN, "K10", "all-units").terms.cap_counts_government
    assert not with_choice(PLAN, "K11", "not-allowed").terms.subject_may_top_up
    assert with_choice(PLAN, "K12", "year-end").terms.eligible_by == "year-end"
    assert with_choice(PLAN, "K13", "live-roster").terms.coverage_basis == "live"
    assert not with_choice(PLAN, "K14", "same-product").terms.mixed_products


def test_a_plan_of_the_governments_own_needs_its_product() -> None:
    with pytest.raises(ProgrammeFileError, match='code = "G"'):
        with_choice(PLAN, "K09", "own-plan")


def test_a_decision_names_only_the_assumed_readings_that_it_rests_on() -> None:
    decisions = adjudicate(PLAN, BORN, [Cover("A", 1, FIRST, LAST)], [bill(1000), Event("E2", DAY, "illness")])
    assert decisions[0].assumed == ("K01", "K02", "K08", "K17")
    assert decisions[1].assumed == ()
