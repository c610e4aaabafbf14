"""Properties of every decision: never negative, never above the bill, the limit or the sum; the trace adds up."""

from collections import defaultdict
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.golden.cases import programme, with_choice

from ankang.rules.adjudicate import Cover, Decision, Event, PaidLine, adjudicate
from ankang.rules.benefits import effective_grade
from ankang.rules.programme import Programme
from ankang.rules.reasons import REASONS
from ankang.rules.steps import evaluate
from ankang.rules.trace import decision_json, line_words

PLAN = programme("2024-yandu")
PLANS = [
    PLAN,
    with_choice(PLAN, "K01", "cover-start"),
    with_choice(PLAN, "K02", "per-period"),
    with_choice(PLAN, "K02", "per-unit"),
    with_choice(PLAN, "K04", "not-combined"),
    with_choice(PLAN, "K05", "90-a-period"),
    with_choice(PLAN, "K05", "first-3-unpaid"),
]
FIRST = date(2024, 3, 21)
money = st.integers(0, 2_000_000)


@st.composite
def events(draw: st.DrawFn, event_id: str) -> Event:
    on = FIRST + timedelta(days=draw(st.integers(-20, 400)))
    medical = draw(money)
    return Event(
        event_id=event_id,
        event_date=on,
        cause=draw(st.sampled_from(["accident", "accident", "illness"])),
        medical_fen=medical,
        reimbursed_fen=draw(money),
        fracture_fen=draw(st.integers(0, medical)),
        hospital_days=draw(st.integers(0, 120)),
        grades=tuple(draw(st.lists(st.integers(1, 10), max_size=3))),
        death_date=draw(st.none() | st.just(on + timedelta(days=draw(st.integers(0, 250))))),
    )


@st.composite
def histories(draw: st.DrawFn) -> tuple[Programme, date, list[Cover], list[Event]]:
    plan = draw(st.sampled_from(PLANS))
    born = date(1920, 1, 1) + timedelta(days=draw(st.integers(0, 15_700)))  # to the end of 1962: 61 and over
    covers = []
    for product in draw(st.sampled_from(["A", "B", "AB", "AA", "BB"])):
        start = FIRST + timedelta(days=draw(st.sampled_from([0, 0, 0, 30, 365])))
        covers.append(Cover(product, draw(st.integers(1, 2)), start, start + timedelta(days=364)))
    count = draw(st.integers(1, 6))
    return plan, born, covers, [draw(events(f"E{number}")) for number in range(count)]


def amounts(decisions: list[Decision]) -> dict[tuple[str, str, str], int]:
    return {(d.event_id, line.product, line.benefit): line.amount_fen for d in decisions for line in d.lines}


@given(histories())
@settings(deadline=None, max_examples=400)
def test_never_negative_never_above_the_bill_the_limit_or_the_sum(
    history: tuple[Programme, date, list[Cover], list[Event]],
) -> None:
    plan, born, covers, happened = history
    decisions = adjudicate(plan, born, covers, happened)
    by_id = {event.event_id: event for event in happened}
    used: dict[tuple[str, str], int] = defaultdict(int)
    units: dict[str, int] = defaultdict(int)
    for cover in covers:
        units[cover.product] += cover.units

    for decision in decisions:
        event = by_id[decision.event_id]
        on_bill = 0
        for line in decision.lines:
            assert line.amount_fen >= 0
            assert bool(line.reason) == (line.amount_fen == 0)
            assert not line.reason or line.reason in REASONS
            if line.benefit in ("medical", "fracture"):
                on_bill += line.amount_fen
            used[line.product, line.benefit] += line.amount_fen
        assert on_bill <= max(0, event.medical_fen - event.reimbursed_fen)
        assert decision.total_fen == sum(line.amount_fen for line in decision.lines)

    for (code, kind), paid in used.items():
        benefit = plan.product(code).benefit(kind)
        if benefit is not None and kind != "allowance":
            highest = max(band.amount_fen for band in benefit.bands)
            periods = len({cover.start for cover in covers if cover.product == code})
            assert paid <= highest * units[code] * periods


@given(histories())
@settings(deadline=None, max_examples=300)
def test_the_trace_adds_up_to_the_outcome(history: tuple[Programme, date, list[Cover], list[Event]]) -> None:
    for decision in adjudicate(*history):
        for line in decision.lines:
            assert all(evaluate(step) == step.value for step in line.steps)
            if line.amount_fen:
                assert line.steps[-1].value == line.amount_fen
                assert line.clause
                assert line.readings
            assert line_words(line)


@given(histories())
@settings(deadline=None, max_examples=200)
def test_the_trace_changes_nothing_and_a_replay_is_identical(
    history: tuple[Programme, date, list[Cover], list[Event]],
) -> None:
    plan, born, covers, happened = history
    traced = adjudicate(plan, born, covers, happened)
    assert amounts(traced) == amounts(adjudicate(plan, born, covers, happened, trace=False))
    again = adjudicate(plan, born, covers[::-1], happened[::-1])
    assert [decision_json(one) for one in again] == [decision_json(one) for one in traced]


@given(histories())
@settings(deadline=None, max_examples=300)
def test_deciding_one_more_event_equals_deciding_all(
    history: tuple[Programme, date, list[Cover], list[Event]],
) -> None:
    plan, born, covers, happened = history
    whole = adjudicate(plan, born, covers, happened)
    last = whole[-1]
    paid = {
        decision.event_id: [PaidLine(line.product, line.benefit, line.amount_fen) for line in decision.lines]
        for decision in whole[:-1]
    }
    (alone,) = adjudicate(plan, born, covers, happened, paid=paid)
    assert decision_json(alone) == decision_json(last)


@given(st.lists(st.integers(1, 10), max_size=6))
def test_the_worst_grade_counts_and_two_alike_are_raised_by_one(grades: list[int]) -> None:
    grade = effective_grade(grades)
    if not grades:
        assert grade == 0
        return
    worst = min(grades)
    assert grade == (max(1, worst - 1) if grades.count(worst) > 1 else worst)


def test_an_accident_that_is_reported_late_finds_the_limit_used() -> None:
    born, cover = date(1959, 1, 1), [Cover("A", 1, FIRST, FIRST + timedelta(days=364))]
    late = Event("E1", date(2024, 5, 1), "accident", medical_fen=320_000)
    decided = Event("E2", date(2024, 6, 1), "accident", medical_fen=310_000)
    (decision,) = adjudicate(PLAN, born, cover, [late, decided], paid={"E2": [PaidLine("A", "medical", 290_000)]})
    assert decision.event_id == "E1"
    assert decision.total_fen == 10_000  # 3,000 yuan less the 2,900 that stand
