"""The invented people: as many as published, valid, nobody's, the same each time."""

from datetime import date

import pytest

from ankang.roster.numbers import SAMPLE_AREAS, parse_phone
from ankang.rules.days import age_on
from ankang.rules.identity import parse_number
from ankang.sample.people import PHONE_PREFIX, Person, people_of, the_dead
from ankang.sample.town import this_years_plan

COVER_FROM = date(2024, 3, 21)


@pytest.fixture(scope="module")
def people() -> list[Person]:
    taken: set[str] = set()
    rows = this_years_plan().targets
    return [person for row in rows for person in people_of(row.serial, row.population, COVER_FROM, taken)]


def test_every_village_has_its_published_population(people: list[Person]) -> None:
    counts = [sum(person.village == row.serial for person in people) for row in this_years_plan().targets]
    assert counts == [row.population for row in this_years_plan().targets]
    assert counts[:2] == [525, 743]
    assert len(people) == 16041


def test_the_same_people_each_time() -> None:
    assert people_of(3, 50, COVER_FROM, set()) == people_of(3, 50, COVER_FROM, set())


def test_every_number_is_valid_told_apart_and_of_the_area_that_nobody_has(people: list[Person]) -> None:
    assert len({person.number for person in people}) == len(people)
    for person in people:
        read = parse_number(person.number, sample_areas=SAMPLE_AREAS)
        assert (read.number, read.birth_date, read.sex) == (person.number, person.birth_date, person.sex)
        assert read.warnings == ()
        assert person.number[:6] in SAMPLE_AREAS


def test_ages_and_lists_are_those_of_a_real_town(people: list[Person]) -> None:
    ages = [age_on(person.birth_date, COVER_FROM) for person in people]
    assert (min(ages), max(ages)) == (60, 104)
    share = dict.fromkeys(("dibao", "wubao", "sanwu"), 0)
    for person in people:
        for listing in person.listings:
            share[listing.group] += 1
    assert 0.16 < sum(age >= 80 for age in ages) / len(ages) < 0.18
    assert 0.055 < share["dibao"] / len(ages) < 0.065
    assert 0.013 < share["wubao"] / len(ages) < 0.017
    assert 0.003 < share["sanwu"] / len(ages) < 0.005


def test_households_share_an_address_and_phones_are_nobodys(people: list[Person]) -> None:
    homes: dict[str, set[str]] = {}
    for person in people:
        homes.setdefault(person.household, set()).add(person.address)
        for phone in (person.phone, person.child_phone):
            assert parse_phone(phone) == phone
            assert phone == "" or phone.startswith(PHONE_PREFIX)
    assert all(len(addresses) == 1 for addresses in homes.values())
    sizes = [sum(1 for person in people[:525] if person.household == home) for home in homes if home[:2] == "01"]
    assert set(sizes) == {1, 2, 3}


def test_the_dead_died_on_their_days() -> None:
    days = [date(2023, 5, 1), date(2023, 9, 9)]
    dead = list(the_dead([1, 2], days, set()))
    assert [person.died_on for person in dead] == days
    assert all(63 <= age_on(person.birth_date, day) <= 95 for person, day in zip(dead, days, strict=True))
