"""Stored decisions equal what `ankang adjudicate` makes of their export, over whole histories."""

import csv
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.claims.acts import at, insured, prepare, record, report, review
from tests.factories import PLAN_FOLDER

from ankang.claims.models import Claim
from ankang.cli.main import main

pytestmark = pytest.mark.django_db

NOW = at(date(2025, 4, 1))
FIRST = date(2024, 3, 21)


@st.composite
def histories(draw: st.DrawFn) -> list[dict[str, Any]]:
    """One to four accidents in order of time: the file command decides in that order too."""
    days = sorted(draw(st.lists(st.integers(0, 340), min_size=1, max_size=4)))
    found = []
    for day in days:
        event_on = FIRST + timedelta(days=day)
        expense = draw(st.integers(1, 500_000))
        stay = ((event_on, event_on + timedelta(days=draw(st.integers(0, 20)))),)
        found.append(
            {
                "event_on": event_on,
                "medical_expense_fen": expense,
                "reimbursed_fen": draw(st.integers(0, expense)),
                "fracture_expense_fen": draw(st.integers(0, expense)),
                "stays": draw(st.sampled_from([(), stay])),
                "disabilities": draw(st.sampled_from([(), ((10, "左手"),)])),
            }
        )
    return found


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    birth=st.dates(date(1945, 1, 1), date(1963, 12, 31)),
    held=st.sampled_from([(("A", 1),), (("A", 2),), (("A", 1), ("B", 1))]),
    history=histories(),
)
def test_an_export_decided_once_more_gives_the_stored_fen(
    tmp_path_factory: pytest.TempPathFactory, birth: date, held: Any, history: list[dict[str, Any]]
) -> None:
    resident = insured(*held, birth_date=birth)
    for told in history:
        losses = dict(told)
        claim = report(resident, event_on=losses.pop("event_on"), now=NOW)
        decision = prepare(record(claim, now=NOW, **losses), now=NOW)
        if decision.total_fen:
            review(decision, now=NOW)
    folder = tmp_path_factory.mktemp("export")
    files = {name: folder / f"{name}.csv" for name in ("covers", "events", "payouts", "again")}
    named = [word for name in ("covers", "events", "payouts") for word in (f"--{name}", str(files[name]))]
    assert main(["claims", "export", "--programme", "2024-yandu", *named]) == 0
    words = ["adjudicate", "--programme", str(PLAN_FOLDER), "--covers", str(files["covers"])]
    assert main([*words, "--events", str(files["events"]), "--payouts", str(files["again"])]) == 0
    assert rows(files["payouts"]) == rows(files["again"])
    approved = Claim.objects.filter(status="approved")
    assert {row[0] for row in rows(files["payouts"])} == {claim.number for claim in approved}
    assert all(resident.name not in path.read_text() for path in files.values())


def rows(path: Path) -> list[tuple[str, ...]]:
    with path.open() as file:
        return sorted(tuple(row) for row in list(csv.reader(file))[1:])


def test_a_programme_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paths = [word for name in ("covers", "events", "payouts") for word in (f"--{name}", str(tmp_path / name))]
    assert main(["claims", "export", "--programme", "1999", *paths]) == 2
    assert "没有方案 1999" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
