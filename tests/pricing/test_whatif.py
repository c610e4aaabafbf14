"""Two plans over one history: figures worked out by hand, and sums that agree however they are broken down."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.golden.cases import programme

from ankang.pricing.documents import document_of, report_of
from ankang.pricing.history import EPOCH, Person, ages, history_of
from ankang.pricing.whatif import Comparison, Report, Row
from ankang.rules.adjudicate import Cover, Event, adjudicate
from ankang.rules.days import Birthday, age_on
from ankang.rules.programme import Programme

PLAN, MENDED = programme("2024-yandu"), programme("2024-yandu-mended")
FIRST, LAST = date(2024, 3, 21), date(2025, 3, 20)
DAY = date(2024, 5, 1)


def held(product: str, units: int = 1) -> Cover:
    return Cover(product, units, FIRST, LAST)


def laid(before: Programme, after: Programme, *people: Person, at_once: int = 100) -> Report:
    comparison = Comparison(before, after)
    for start in range(0, len(people), at_once):
        comparison.add(history_of(people[start : start + at_once], comparison.groups.products))
    return comparison.report()


def row(report: Report, dimension: str, name: str) -> Row:
    return next(one for one in report.tables[dimension] if one.name == name)


BROKEN = Person(date(1959, 1, 1), "01村", [held("A")], [Event("1", DAY, "accident", 600_000, 0, 600_000, 3)])
DIED = Person(date(1947, 1, 1), "02村", [held("A")], [Event("2", DAY, "accident", death_date=DAY)])
WELL = Person(date(1950, 1, 1), "02村", [held("B", 2)], [])


def test_the_mended_plan_by_hand() -> None:
    """65 with a fracture: 3000 + 2024 or 2000 + 3 x 50. 77, dies: 2000 or 5000, + 300. Premium 100 + 100 + 2 x 50."""
    report = laid(PLAN, MENDED, BROKEN, DIED, WELL)
    assert (report.people, report.claimants, report.events) == (3, 2, 2)
    total = report.total
    assert (total.premium_before_fen, total.premium_after_fen) == (30_000, 30_000)
    assert (total.paid_before_fen, total.paid_after_fen) == (517_400 + 230_000, 515_000 + 530_000)
    assert (total.more, total.more_fen, total.less, total.less_fen) == (1, 300_000, 1, 2_400)
    assert report.ratio(total, "before") == "2491.33"  # 747400 / 300, cut
    fracture = row(report, "benefit", "骨折费用")
    assert (fracture.paid_before_fen, fracture.paid_after_fen, fracture.less) == (202_400, 200_000, 1)
    assert report.ratio(fracture, "before") == "674.66"  # of the whole premium: a benefit has none of its own
    band = row(report, "age", "76—79周岁")
    assert (band.premium_before_fen, band.paid_before_fen, band.difference_fen) == (10_000, 230_000, 300_000)
    village = row(report, "village", "02村")
    assert (village.premium_before_fen, village.paid_after_fen, village.more) == (20_000, 530_000, 1)
    assert row(report, "product", "50元/份").premium_before_fen == 10_000
    assert "1959" not in str(document_of(report))


@pytest.mark.parametrize(("age", "more"), [(75, 0), (76, 1), (79, 1), (80, 0)])
def test_who_gains_at_the_edges_of_the_mended_band(age: int, more: int) -> None:
    died = Event("1", DAY, "accident", death_date=DAY)
    report = laid(PLAN, MENDED, Person(date(DAY.year - age, 5, 1), "", [held("A")], [died]))
    assert (report.total.more, report.total.more_fen) == (more, more * 300_000)
    assert report.tables["village"][0].name == "（没有写村居）"


def test_one_person_counts_once_however_many_accidents() -> None:
    """Two fractures: the limit of 2024 or 2000 is used up by the first and the person loses 24 once."""
    twice = [Event(str(at), DAY + timedelta(days=at), "accident", 900_000, 0, 900_000) for at in (1, 2)]
    report = laid(PLAN, MENDED, Person(date(1959, 1, 1), "01村", [held("A")], twice))
    assert (report.total.less, report.total.less_fen, report.total.more) == (1, 2_400, 0)


def test_an_event_without_a_figure_in_one_plan_is_left_out_of_both() -> None:
    """A child has no band: named with its row, and counted neither before nor after."""
    young = Person(date(2000, 1, 1), "01村", [held("A")], [Event("young", DAY, "accident", 100_000)])
    comparison = Comparison(PLAN, MENDED)
    (refused,) = comparison.add(history_of([young, BROKEN], comparison.groups.products))
    assert (refused.row, "24 周岁" in refused.reason) == (0, True)
    report = comparison.report()
    assert (report.refused, report.events, report.total.paid_before_fen) == (1, 1, 517_400)


def test_a_product_that_the_other_plan_does_not_sell_pays_nothing_there() -> None:
    both = Person(date(1959, 1, 1), "", [held("A"), Cover("macun", 1, FIRST, LAST)], list(BROKEN.events))
    report = laid(PLAN, programme("macun"), BROKEN)
    assert report.total.paid_before_fen == 517_400
    assert (report.total.paid_after_fen, report.total.premium_after_fen) == (0, 0)
    assert report.total.less == 1
    with pytest.raises(ValueError, match="not in"):
        history_of([both], ("A", "B"))


@st.composite
def people(draw: st.DrawFn) -> Person:
    covers = draw(st.lists(st.builds(held, st.sampled_from("AB"), st.integers(1, 2)), min_size=1, max_size=3))
    events = []
    for at in range(draw(st.integers(0, 3))):
        bill = draw(st.integers(0, 900_000))
        events.append(
            Event(
                f"{at}",
                FIRST + timedelta(days=draw(st.integers(0, 400))),
                draw(st.sampled_from(["accident", "illness"])),
                bill,
                draw(st.integers(0, bill)),
                draw(st.integers(0, bill)),
                draw(st.integers(0, 40)),
                tuple(draw(st.lists(st.integers(1, 10), max_size=2))),
            )
        )
    birth = draw(st.dates(date(1934, 1, 1), date(1964, 3, 21)))
    return Person(birth, draw(st.sampled_from(["01村", "02村", "03村"])), covers, events)


SUMS = ("paid_before_fen", "paid_after_fen", "difference_fen")


@settings(max_examples=25, deadline=None)
@given(st.lists(people(), max_size=5), st.integers(1, 5))
def test_every_breakdown_adds_up_to_the_whole_and_to_the_reference(everybody: list[Person], at_once: int) -> None:
    report = laid(PLAN, MENDED, *everybody, at_once=at_once)
    for name, rows in report.tables.items():
        for figure in SUMS:
            assert sum(getattr(one, figure) for one in rows) == getattr(report.total, figure)
        assert all(one.more_fen - one.less_fen == one.difference_fen for one in rows)
        if name != "benefit":
            assert sum(one.premium_before_fen or 0 for one in rows) == report.total.premium_before_fen
    for plan, paid in ((PLAN, report.total.paid_before_fen), (MENDED, report.total.paid_after_fen)):
        decided = [adjudicate(plan, one.birth_date, one.covers, one.events, trace=False) for one in everybody]
        assert paid == sum(decision.total_fen for decisions in decided for decision in decisions)
    assert report_of(document_of(report)) == report


@settings(max_examples=10, deadline=None)
@given(st.lists(people(), max_size=4))
def test_a_plan_against_itself_differs_nowhere(everybody: list[Person]) -> None:
    report = laid(PLAN, PLAN, *everybody)
    for one in (report.total, *(row for rows in report.tables.values() for row in rows)):
        assert (one.difference_fen, one.more, one.less, one.more_fen, one.less_fen) == (0, 0, 0, 0, 0)
        assert one.premium_before_fen == one.premium_after_fen


@settings(max_examples=60, deadline=None)
@given(
    st.dates(date(1900, 1, 1), date(1965, 12, 31)) | st.sampled_from([date(1948, 2, 29), date(1900, 2, 28)]),
    st.dates(date(2023, 1, 1), date(2026, 12, 31)) | st.sampled_from([date(2025, 2, 28), date(2024, 2, 29)]),
    st.sampled_from(Birthday),
)
def test_ages_in_columns_are_the_ages_of_the_rules(birth: date, day: date, birthday: Birthday) -> None:
    columns = [np.array([one.toordinal() - EPOCH], dtype=np.int64) for one in (birth, day)]
    assert ages(*columns, birthday).tolist() == [age_on(birth, day, birthday)]
