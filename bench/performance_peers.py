"""The schedule of one event without a history, said in the peers' own ways. Each gets the age; the kernel works it out.

Each function makes its inputs ready and returns an action; that returns fen by event and benefit, in BenefitKind order.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa

from ankang.batch import NO_DEATH, Covers, Events
from ankang.batch.schedule import lines_of, schedule_of
from ankang.rules.programme import Benefit, BenefitKind, Programme

Array = np.ndarray[Any, Any]
KINDS = [str(kind) for kind in BenefitKind]
Peer = Callable[[], Array]


def facts_of(covers: Covers, events: Events, ages: Array) -> dict[str, Array]:
    return {
        "product": covers.product.astype(np.int32),
        "units": covers.units,
        "age": ages.astype(np.int32),
        "hurt": events.cause == 0,
        "dead": events.death != NO_DEATH,
        "grade": events.grade.astype(np.int32),
        "medical": events.medical.astype(np.int32),
        "reimbursed": events.reimbursed.astype(np.int32),
        "fracture": events.fracture.astype(np.int32),
        "days": events.hospital_days,
    }


def by_openfisca(programme: Programme, covers: Covers, events: Events, ages: Array) -> Peer:
    """A tax-benefit system with a variable a benefit; the figures by benefit, product and age are an array."""
    from openfisca_core.entities import build_entity
    from openfisca_core.periods import DateUnit
    from openfisca_core.simulations import SimulationBuilder
    from openfisca_core.taxbenefitsystems import TaxBenefitSystem
    from openfisca_core.variables import Variable

    figures, deductible = _figures(programme)
    entity = build_entity(key="event", plural="events", label="an event", is_person=True)
    system = TaxBenefitSystem([entity])
    values = facts_of(covers, events, ages)

    def add(name: str, kind: type, formula: Any = None) -> None:
        members: dict[str, Any] = {"value_type": kind, "entity": entity, "definition_period": DateUnit.MONTH}
        system.add_variable(type(name, (Variable,), members | ({"formula": formula} if formula else {})))

    def whole(event: Any, period: Any, kind: str) -> Any:
        figure = figures[KINDS.index(kind), event("product", period), event("age", period)]
        return figure * event("units", period)

    def accident(event: Any, period: Any) -> Any:
        limit, grade = whole(event, period, "accident"), event("grade", period)
        graded = np.where(grade > 0, limit * (11 - grade) // 10, 0)
        return event("hurt", period) * np.where(event("dead", period), limit, graded)

    def net(event: Any, period: Any) -> Any:
        return np.maximum(event("medical", period) - event("reimbursed", period), 0)

    def medical_paid(event: Any, period: Any) -> Any:
        over = np.maximum(event("net", period) - deductible[event("product", period)], 0)
        return event("hurt", period) * np.minimum(over, whole(event, period, "medical"))

    def life(event: Any, period: Any) -> Any:
        return event("dead", period) * whole(event, period, "life")

    def fracture_paid(event: Any, period: Any) -> Any:
        left = event("net", period) - event("medical_paid", period)
        most = np.minimum(whole(event, period, "fracture"), left)
        return event("hurt", period) * np.minimum(event("fracture", period), most)

    def allowance(event: Any, period: Any) -> Any:
        return event("hurt", period) * event("days", period) * whole(event, period, "allowance")

    for name, column in values.items():
        add(name, bool if column.dtype == bool else int)
    paid = {"accident": accident, "medical_paid": medical_paid, "life": life}
    paid |= {"fracture_paid": fracture_paid, "allowance": allowance}
    for name, formula in {"net": net, **paid}.items():
        add(name, int, formula)

    def run() -> Array:
        simulation = SimulationBuilder().build_default_simulation(system, count=len(ages))
        for name, column in values.items():
            simulation.set_input(name, "2024-05", column)
        return np.column_stack([simulation.calculate(name, "2024-05") for name in paid])

    return run


def _figures(programme: Programme) -> tuple[Array, Array]:
    """Return fen by (benefit, product, age), 0 where a product has none, and the deductible by product."""
    schedule, codes = schedule_of(programme), [product.code for product in programme.products]
    figures = np.zeros((len(KINDS), len(codes), schedule.figures.shape[1]), np.int32)
    deductible = np.zeros(len(codes), np.int32)
    for line, (code, kind) in enumerate(lines_of(programme)):
        figures[KINDS.index(kind), codes.index(code)] = np.maximum(schedule.figures[line], 0)
        benefit = programme.product(code).benefit(kind)
        if benefit is not None and kind == "medical":
            deductible[codes.index(code)] = benefit.deductible_fen
    return figures, deductible


def by_duckdb(programme: Programme, covers: Covers, events: Events, ages: Array) -> Peer:
    """One SELECT with the bands as CASE, on one thread."""
    import duckdb

    facts = pa.table(facts_of(covers, events, ages))
    database = duckdb.connect(config={"threads": 1})
    database.register("facts", facts)
    bands = {kind: _sql_bands(programme, kind) for kind in KINDS}
    deductible = _sql_case(programme, lambda product: _deductible(product.benefit("medical")))
    statement = f"""
        WITH net AS (SELECT *, greatest(medical - reimbursed, 0) AS net FROM facts),
        paid AS (SELECT *, CASE WHEN hurt THEN least(greatest(net - {deductible}, 0), {bands["medical"]} * units)
            ELSE 0 END AS medical_paid FROM net)
        SELECT CAST(CASE WHEN NOT hurt THEN 0 WHEN dead THEN {bands["accident"]} * units
                WHEN grade > 0 THEN {bands["accident"]} * units * (11 - grade) // 10 ELSE 0 END AS BIGINT) AS accident,
            CAST(medical_paid AS BIGINT) AS medical,
            CAST(CASE WHEN dead THEN {bands["life"]} * units ELSE 0 END AS BIGINT) AS life,
            CAST(CASE WHEN hurt THEN least(fracture, {bands["fracture"]} * units, net - medical_paid)
                ELSE 0 END AS BIGINT) AS fracture,
            CAST(CASE WHEN hurt THEN days * {bands["allowance"]} * units ELSE 0 END AS BIGINT) AS allowance
        FROM paid"""
    return lambda: np.column_stack(list(database.execute(statement).fetchnumpy().values()))


def _deductible(benefit: Benefit | None) -> str:
    return str(benefit.deductible_fen if benefit else 0)


def _sql_bands(programme: Programme, kind: str) -> str:
    return _sql_case(programme, lambda product: _sql_band(product.benefit(kind)))


def _sql_band(benefit: Benefit | None) -> str:
    if benefit is None:
        return "0"
    words = " ".join(f"WHEN age <= {band.to_age} THEN {band.amount_fen}" for band in benefit.bands[:-1])
    return f"CASE {words} ELSE {benefit.bands[-1].amount_fen} END" if words else str(benefit.bands[-1].amount_fen)


def _sql_case(programme: Programme, value: Callable[[Any], str]) -> str:
    cases = " ".join(f"WHEN {place} THEN {value(product)}" for place, product in enumerate(programme.products))
    return f"(CASE product {cases} END)"
