"""Every golden case, on every engine."""

import csv
from pathlib import Path

import pytest
from tests.golden.cases import Golden, golden_cases, programme

from ankang.cli.main import main
from ankang.rules.adjudicate import adjudicate
from ankang.rules.money import yuan
from ankang.rules.reasons import REASONS

CASES = list(golden_cases())
COVER_COLUMNS = ("cover_id", "person_id", "birth_date", "product", "units", "start_date", "end_date")
EVENT_COLUMNS = (
    *("event_id", "person_id", "event_date", "cause", "medical_expense", "reimbursed", "fracture_expense"),
    *("hospital_days", "disability_grade", "death_date"),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_reference_pays_what_the_case_says(case: Golden) -> None:
    decisions = adjudicate(case.programme, case.born, case.covers, case.events)

    for decision, expected, reasons in zip(decisions, case.pays, case.reasons, strict=True):
        paid = {(line.product, line.benefit): line.amount_fen for line in decision.lines if line.amount_fen}
        assert paid == expected
        said = {(line.product, line.benefit): line.reason for line in decision.lines}
        assert {key: said[key] for key in reasons} == reasons
        assert all(line.reason in REASONS for line in decision.lines if not line.amount_fen)
        assert decision.total_fen == sum(expected.values())


@pytest.mark.parametrize("name", sorted({case.programme.id for case in CASES}))
def test_the_command_pays_the_same(name: str, tmp_path: Path) -> None:
    cases = [case for case in CASES if case.programme.id == name and all(len(e.grades) < 2 for e in case.events)]
    covers: list[list[object]] = [list(COVER_COLUMNS)]
    events: list[list[object]] = [list(EVENT_COLUMNS)]
    expected = {}
    for number, case in enumerate(cases):
        person = f"P{number:03}"
        for cover in case.covers:
            covers.append([f"C{len(covers)}", person, case.born, cover.product, cover.units, cover.start, cover.end])
        for event, pays in zip(case.events, case.pays, strict=True):
            key = f"{person}-{event.event_id}"
            money = [yuan(event.medical_fen), yuan(event.reimbursed_fen), yuan(event.fracture_fen)]
            losses = [*money, event.hospital_days, event.grades[0] if event.grades else 0, event.death_date or ""]
            events.append([key, person, event.event_date, event.cause, *losses])
            expected |= {(key, product, benefit): yuan(amount) for (product, benefit), amount in pays.items()}
    folder = next(p for p in (Path("programmes") / name, Path("tests/data/programmes") / name) if p.exists())
    _write(tmp_path / "c.csv", covers)
    _write(tmp_path / "e.csv", events[:1] + events[:0:-1])  # rows in any order

    files = ["--covers", tmp_path / "c.csv", "--events", tmp_path / "e.csv", "--payouts", tmp_path / "p.csv"]
    assert main(["adjudicate", "--programme", str(folder), *map(str, files)]) == 0

    rows = list(csv.DictReader((tmp_path / "p.csv").read_text().splitlines()))
    paid = {(r["event_id"], r["product"], r["benefit"]): r["amount"] for r in rows if r["amount"] != "0.00"}
    assert paid == expected
    assert [row["event_id"] for row in rows] == sorted(row["event_id"] for row in rows)
    assert all(bool(row["reason"]) == (row["amount"] == "0.00") for row in rows)


def test_a_programme_is_loaded_once() -> None:
    assert programme("2024-yandu") is programme("2024-yandu")


def _write(path: Path, rows: list[list[object]]) -> None:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(rows)
