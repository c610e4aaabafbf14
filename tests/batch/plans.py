"""Programmes that nobody ever issued: every term of every benefit, in every mix."""

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import strategies as st
from tests.batch.people import Person
from tests.golden.cases import programme

from ankang.rules.adjudicate import Cover, Event
from ankang.rules.days import Birthday
from ankang.rules.programme import Band, Benefit, BenefitKind, Product, Programme

FIRST = date(2024, 2, 28)
CODES = ("A", "B", "C")
_money = st.sampled_from([0, 1, 333, 10_000, 55_555, 300_000, 2_000_000])
_flags = st.booleans()


@st.composite
def _bands(draw: st.DrawFn, own_disability: bool) -> tuple[Band, ...]:
    edges = sorted(draw(st.sets(st.integers(61, 90), max_size=3)))
    starts, found = [draw(st.sampled_from([0, 58, 60])), *edges], []
    for place, start in enumerate(starts):
        end = starts[place + 1] - 1 if place + 1 < len(starts) else None
        own = draw(_money) if own_disability else None
        found.append(Band(start, end, draw(_money), disability_fen=own))
    return tuple(found)


@st.composite
def _benefits(draw: st.DrawFn, code: str, kind: BenefitKind) -> Benefit:
    caps = st.none() | st.integers(0, 40)
    return Benefit(
        kind=kind,
        clause=f"{code} {kind}",
        bands=draw(_bands(kind is BenefitKind.ACCIDENT and draw(_flags))),
        deductible_fen=draw(st.sampled_from([0, 10_000, 20_000])),
        deductible_per=draw(st.sampled_from(["accident", "period", "unit"])),
        percent=draw(st.sampled_from([100, 100, 85, 33])),
        waiting_days=draw(st.sampled_from([0, 0, 3])),
        max_days_per_event=draw(caps),
        max_days_per_period=draw(caps),
        covers_disability=draw(_flags),
        death_within_days=draw(st.sampled_from([None, 0, 30, 180])),
        any_death=draw(_flags),
        beside_medical=draw(_flags),
    )


@st.composite
def programmes(draw: st.DrawFn) -> Programme:
    plan = programme("2024-yandu")
    products = []
    for code in CODES[: draw(st.integers(1, 3))]:
        kinds = draw(st.sets(st.sampled_from(list(BenefitKind)), min_size=1))
        benefits = tuple(draw(_benefits(code, kind)) for kind in BenefitKind if kind in kinds)
        products.append(Product(code, code, 10_000, code, benefits))
    terms = replace(
        plan.terms,
        age_basis=draw(st.sampled_from(["event-date", "cover-start"])),
        birthday=draw(st.sampled_from(list(Birthday))),
    )
    return replace(plan, products=tuple(products), terms=terms, readings=(), term_readings=())


@st.composite
def _events(draw: st.DrawFn, event_id: str, birthday_near: date) -> Event:
    usual = FIRST + timedelta(days=draw(st.integers(-5, 400)))
    on = draw(st.sampled_from([usual, birthday_near, birthday_near + timedelta(days=1), date(2024, 2, 29)]))
    medical = draw(st.integers(0, 3) | st.integers(0, 900_000))
    return Event(
        event_id,
        on,
        draw(st.sampled_from(["accident", "accident", "illness"])),
        medical_fen=medical,
        reimbursed_fen=draw(st.integers(0, 400_000)),
        fracture_fen=draw(st.integers(0, medical)),
        hospital_days=draw(st.sampled_from([0, 1, 3, 4, 20, 90])),
        grades=tuple(draw(st.lists(st.integers(1, 10), max_size=2))),
        death_date=draw(st.none() | st.builds(lambda days: on + timedelta(days=days), st.integers(0, 200))),
    )


@st.composite
def people(draw: st.DrawFn, plan: Programme) -> Person:
    age = draw(st.integers(56, 92))
    born = date(2024, 2, 28) - timedelta(days=365 * age + draw(st.integers(-40, 40)))
    born = draw(st.sampled_from([born, date(1964, 2, 29), date(1944, 3, 1)]))
    covers = []
    for _ in range(draw(st.integers(1, 4))):
        start = FIRST + timedelta(days=draw(st.sampled_from([0, 0, 0, 30, 200, 365])))
        last = start + timedelta(days=draw(st.sampled_from([364, 364, 29, 0])))
        code = draw(st.sampled_from([product.code for product in plan.products]))
        covers.append(Cover(code, draw(st.integers(1, 3)), start, last))
    in_year = date(2024, born.month, min(born.day, 28))
    count = draw(st.integers(1, 5))
    return Person(born, covers, [draw(_events(f"E{number}", in_year)) for number in range(count)])


@st.composite
def histories(draw: st.DrawFn) -> tuple[Programme, list[Person]]:
    plan = draw(programmes())
    return plan, [draw(people(plan)) for _ in range(draw(st.integers(1, 3)))]
