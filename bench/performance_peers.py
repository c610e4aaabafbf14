"""The schedule of one event without a history, said in the peers' own ways. ZEN and DuckDB are given the age.

Each function makes its inputs ready and returns an action; that returns fen by event and benefit, in BenefitKind order,
and OpenFisca, where it is asked, the places in REASON_NAMES of why a line pays nothing.
"""

from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa

from ankang.batch import NO_DEATH, Covers, Events
from ankang.batch.schedule import REASON
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
        "day": events.day,
        "death": events.death,
        "start": covers.start,
        "end": covers.end,
    }


def by_openfisca(programme: Programme, covers: Covers, events: Events, ages: Array, *, reasons: bool = True) -> Peer:
    """A tax-benefit system as its authors mean it: a variable an answer, figures as parameters in brackets by age."""
    from openfisca_core.entities import build_entity
    from openfisca_core.parameters import ParameterNode
    from openfisca_core.periods import DateUnit
    from openfisca_core.simulations import SimulationBuilder
    from openfisca_core.taxbenefitsystems import TaxBenefitSystem
    from openfisca_core.variables import Variable

    entity = build_entity(key="event", plural="events", label="an event", is_person=True)
    system = TaxBenefitSystem([entity])
    system.parameters = ParameterNode("", data=_parameters(programme))
    values = facts_of(covers, events, ages) | {"birth": covers.birth}
    del values["age"]
    values |= {name: values[name].astype("datetime64[D]") for name in ("birth", "day", "death", "start", "end")}

    def add(name: str, kind: type, formula: Any = None) -> None:
        members: dict[str, Any] = {"value_type": kind, "entity": entity, "definition_period": DateUnit.MONTH}
        system.add_variable(type(name, (Variable,), members | ({"formula": formula} if formula else {})))

    for name, column in values.items():
        add(name, {"b": bool, "M": date}.get(column.dtype.kind, int))
    kinds = {"insured": bool, "insured_at_death": bool}
    answers = [f"{kind}_paid" for kind in KINDS]
    formulas = _formulas([product.code for product in programme.products])
    if reasons:
        answers += [f"{kind}_reason" for kind in KINDS]
        formulas |= _reason_formulas()
    for name, formula in formulas.items():
        add(name, kinds.get(name, int), formula)

    def run() -> Array:
        simulation = SimulationBuilder().build_default_simulation(system, count=len(ages))
        for name, column in values.items():
            simulation.set_input(name, "2024-05", column)
        return np.column_stack([simulation.calculate(name, "2024-05") for name in answers])

    return run


def _formulas(codes: list[str]) -> dict[str, Any]:
    """Return the variables that are worked out, with their formulas in OpenFisca's form."""

    def age(event: Any, period: Any) -> Any:
        (year, month, day), (born, in_month, due) = _civil(event("day", period)), _civil(event("birth", period))
        is_leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
        due = np.where((in_month == 2) & (due == 29) & ~is_leap, 28, due)
        return year - born - ((month < in_month) | ((month == in_month) & (day < due)))

    def insured(event: Any, period: Any) -> Any:
        day = event("day", period)
        return (event("start", period) <= day) & (day <= event("end", period))

    def insured_at_death(event: Any, period: Any) -> Any:
        day = event("death", period)
        return event("dead", period) & (event("start", period) <= day) & (day <= event("end", period))

    def by_product(event: Any, period: Any, values: list[Any]) -> Any:
        return np.select([event("product", period) == place for place in range(len(codes))], values)

    def whole(event: Any, period: Any, parameters: Any, kind: str) -> Any:
        age, terms = event("age", period), parameters(period)
        scales = [terms[code][kind] if kind in terms[code]._children else None for code in codes]
        figure = by_product(event, period, [scale.calc(age) if scale else 0 for scale in scales])
        return figure * event("units", period)

    def hurt_in_cover(event: Any, period: Any) -> Any:
        return event("hurt", period) & event("insured", period)

    def accident(event: Any, period: Any, parameters: Any) -> Any:
        limit, grade = whole(event, period, parameters, "accident"), event("grade", period)
        graded = np.where(grade > 0, limit * (11 - grade) // 10, 0)
        return hurt_in_cover(event, period) * np.where(event("dead", period), limit, graded)

    def net(event: Any, period: Any) -> Any:
        return np.maximum(event("medical", period) - event("reimbursed", period), 0)

    def over(event: Any, period: Any, parameters: Any) -> Any:
        terms = parameters(period)
        deductible = by_product(event, period, [terms[code].deductible for code in codes])
        return np.maximum(event("net", period) - deductible, 0)

    def medical(event: Any, period: Any, parameters: Any) -> Any:
        limit = whole(event, period, parameters, "medical")
        return hurt_in_cover(event, period) * np.minimum(event("over", period), limit)

    def life(event: Any, period: Any, parameters: Any) -> Any:
        return event("insured_at_death", period) * whole(event, period, parameters, "life")

    def fracture(event: Any, period: Any, parameters: Any) -> Any:
        left = event("net", period) - event("medical_paid", period)
        most = np.minimum(whole(event, period, parameters, "fracture"), left)
        return hurt_in_cover(event, period) * np.minimum(event("fracture", period), most)

    def allowance(event: Any, period: Any, parameters: Any) -> Any:
        per_day = whole(event, period, parameters, "allowance")
        return hurt_in_cover(event, period) * event("days", period) * per_day

    paid = dict(zip(KINDS, (accident, medical, life, fracture, allowance), strict=True))
    worked_out = {"age": age, "insured": insured, "insured_at_death": insured_at_death, "net": net, "over": over}
    return worked_out | {f"{kind}_paid": formula for kind, formula in paid.items()}


def _reason_formulas() -> dict[str, Any]:
    """Return a variable for each line: why it pays nothing. Where the product lacks the benefit, it says nothing."""

    def first_of(event: Any, period: Any, *cases: tuple[Any, str], rest: str = "") -> Any:
        always = [(~event("insured", period), "out_of_cover"), (~event("hurt", period), "cause_illness")]
        return _first_of([*always, *cases], rest)

    def accident(event: Any, period: Any) -> Any:
        neither = ~event("dead", period) & (event("grade", period) == 0)
        return first_of(event, period, (neither, "no_death_or_disability"))

    def medical(event: Any, period: Any) -> Any:
        return first_of(
            event,
            period,
            (event("medical", period) == 0, "no_expense"),
            (event("medical_paid", period) > 0, ""),
            (event("net", period) == 0, "reimbursed_in_full"),
            (event("over", period) == 0, "below_deductible"),
            rest="bill_exhausted",
        )

    def life(event: Any, period: Any) -> Any:
        return _first_of([(~event("dead", period), "alive"), (~event("insured_at_death", period), "out_of_cover")], "")

    def fracture(event: Any, period: Any) -> Any:
        return first_of(
            event,
            period,
            (event("fracture", period) == 0, "no_fracture"),
            (event("fracture_paid", period) > 0, ""),
            (event("net", period) == 0, "reimbursed_in_full"),
            rest="bill_exhausted",
        )

    def allowance(event: Any, period: Any) -> Any:
        return first_of(event, period, (event("days", period) == 0, "no_hospital_stay"))

    formulas = zip(KINDS, (accident, medical, life, fracture, allowance), strict=True)
    return {f"{kind}_reason": formula for kind, formula in formulas}


def _first_of(cases: list[tuple[Any, str]], rest: str) -> Array:
    return np.select([case for case, _ in cases], [REASON[reason] for _, reason in cases], REASON[rest])


def _civil(days: Array) -> tuple[Array, Array, Array]:
    """Return year, month and day of the month of datetime64[D]."""
    months = days.astype("datetime64[M]")
    count = months.astype(np.int64)
    return 1970 + count // 12, count % 12 + 1, (days - months).astype(np.int64) + 1


def _parameters(programme: Programme) -> dict[str, Any]:
    """Return the plan as OpenFisca's parameters: a deductible and a scale of brackets by age for each benefit."""
    return {product.code: _terms(product) for product in programme.products}


def _terms(product: Any) -> dict[str, Any]:
    terms: dict[str, Any] = {"deductible": _since(0)}
    for kind in KINDS:
        benefit = product.benefit(kind)
        if benefit is None:
            continue
        begun = [0, *(band.to_age + 1 for band in benefit.bands[:-1])]
        brackets = [
            {"threshold": _since(age), "amount": _since(band.amount_fen)}
            for age, band in zip(begun, benefit.bands, strict=True)
        ]
        terms[kind] = {"brackets": brackets, "metadata": {"type": "single_amount"}}
        if kind == "medical":
            terms["deductible"] = _since(benefit.deductible_fen)
    return terms


def _since(value: int) -> dict[str, Any]:
    return {"2024-01-01": {"value": value}}


def by_duckdb(programme: Programme, covers: Covers, events: Events, ages: Array) -> Peer:
    """One SELECT with the bands as CASE, on one thread."""
    import duckdb

    facts = pa.table(facts_of(covers, events, ages))
    database = duckdb.connect(config={"threads": 1})
    database.register("facts", facts)
    bands = {kind: _sql_bands(programme, kind) for kind in KINDS}
    deductible = _sql_case(programme, lambda product: _deductible(product.benefit("medical")))
    statement = f"""
        WITH net AS (SELECT *, greatest(medical - reimbursed, 0) AS net, day BETWEEN "start" AND "end" AS insured,
                dead AND death BETWEEN "start" AND "end" AS insured_at_death FROM facts),
        paid AS (SELECT *, CASE WHEN hurt AND insured
            THEN least(greatest(net - {deductible}, 0), {bands["medical"]} * units) ELSE 0 END AS medical_paid FROM net)
        SELECT CAST(CASE WHEN NOT hurt OR NOT insured THEN 0 WHEN dead THEN {bands["accident"]} * units
                WHEN grade > 0 THEN {bands["accident"]} * units * (11 - grade) // 10 ELSE 0 END AS BIGINT) AS accident,
            CAST(medical_paid AS BIGINT) AS medical,
            CAST(CASE WHEN insured_at_death THEN {bands["life"]} * units ELSE 0 END AS BIGINT) AS life,
            CAST(CASE WHEN hurt AND insured THEN least(fracture, {bands["fracture"]} * units, net - medical_paid)
                ELSE 0 END AS BIGINT) AS fracture,
            CAST(CASE WHEN hurt AND insured THEN days * {bands["allowance"]} * units ELSE 0 END AS BIGINT) AS allowance
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
