"""The invented campaign: the picture that the dashboard shows on the demo day, exactly."""

from datetime import date

import pytest

from ankang.rules.eligibility import is_eligible, is_subject
from ankang.rules.programme import Programme
from ankang.sample.campaign import BATCH_DAY, KNOWN_DAY, PROGRESS, Act, Candidate, last_year, this_year
from ankang.sample.people import people_of
from ankang.sample.town import last_years_plan, this_years_plan

Villages = dict[int, tuple[list[Candidate], list[Act]]]


@pytest.fixture(scope="module")
def plan() -> Programme:
    return this_years_plan()


def candidates(plan: Programme, serial: int, population: int) -> list[Candidate]:
    people = people_of(serial, population, date(2024, 3, 21), set())
    return [
        Candidate(who, is_subject(plan, person.birth_date, {listing.group for listing in person.listings}))
        for who, person in enumerate(people)
        if is_eligible(plan, person.birth_date)
    ]


@pytest.fixture(scope="module")
def villages(plan: Programme) -> Villages:
    found: Villages = {}
    for row in plan.targets:
        who = candidates(plan, row.serial, row.population)
        found[row.serial] = who, this_year(plan, row.serial, who, PROGRESS[row.serial - 1])
    return found


def test_on_the_demo_morning_the_town_is_at_67_91_percent(plan: Programme, villages: Villages) -> None:
    insured = {serial: len({act.who for act in acts if act.day <= KNOWN_DAY}) for serial, (_, acts) in villages.items()}
    assert sum(insured.values()) == 10894
    assert (insured[2], insured[12]) == (640, 441)  # 86.13 % and 55.26 %
    assert [serial for serial in insured if insured[serial] >= plan.targets[serial - 1].target] == [2, 19]


def test_fifteen_subjects_are_still_missing(villages: Villages) -> None:
    missing = {}
    for serial, (people, acts) in villages.items():
        insured = {act.who for act in acts if act.day <= KNOWN_DAY}
        missing[serial] = sum(one.is_subject and one.who not in insured for one in people)
    assert {serial: count for serial, count in missing.items() if count} == {
        3: 1, 7: 2, 10: 3, 12: 4, 13: 1, 17: 3, 20: 1,
    }  # fmt: skip


def test_the_batch_is_on_one_day_and_the_holidays_are_quiet(villages: Villages) -> None:
    acts = [act for _, village in villages.values() for act in village]
    assert {act.day for act in acts if act.channel == "batch"} == {BATCH_DAY}
    per_day = {day: sum(act.day == date(2024, 2, day) for act in acts) for day in (6, 12, 21, 22)}
    assert per_day[12] < 30
    assert 300 < per_day[6] < per_day[21] < per_day[22]
    assert {act.channel for act in acts} == {"single", "batch"}


def test_every_act_lies_in_the_window_and_in_the_order_of_time(plan: Programme, villages: Villages) -> None:
    for _, acts in villages.values():
        assert [act.at for act in acts] == sorted(act.at for act in acts)
        assert plan.window_from <= acts[0].day <= acts[-1].day <= plan.window_to


def test_the_same_campaign_each_time(plan: Programme) -> None:
    people = candidates(plan, 5, 200)
    assert this_year(plan, 5, people, PROGRESS[4]) == this_year(plan, 5, people, PROGRESS[4])


def test_last_year_is_the_same_terms_confirmed(plan: Programme) -> None:
    last = last_years_plan(plan)
    assert (last.year, last.id, last.window_from, last.cover_to) == (
        2023, "2023-yandu-sample", date(2023, 2, 1), date(2024, 3, 20),
    )  # fmt: skip
    assert last.products == plan.products
    assert last.assumed == ()
    assert len(plan.assumed) == len(plan.readings)


def test_last_year_about_four_fifths_were_insured(plan: Programme) -> None:
    last = last_years_plan(plan)
    people = candidates(last, 8, 1160)
    insured = {act.who for act in last_year(last, 8, people)}
    assert 0.78 < len(insured) / len(people) < 0.88
    assert all(one.who in insured for one in people if one.is_subject)
