"""Two plans over the rows of the database: exact figures, whose villages, which claims, once a key, noted."""

import csv
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from tests import factories
from tests.claims.acts import EVENT, at, insured, prepare, record, refused, report, review, settled
from tests.enrolment.acts import enrol
from tests.golden.cases import FOLDERS
from tests.whatif.acts import MENDED, compared, nothing_changes

from ankang.accounts.models import Desk
from ankang.audit.models import AuditEntry
from ankang.cli.main import main
from ankang.pricing.documents import report_of
from ankang.pricing.whatif import Report
from ankang.programmes.actions import publish_version
from ankang.programmes.models import ProgrammeVersion
from ankang.rules.errors import Conflict, InvalidInput, NotAllowed
from ankang.whatif.actions import Choice
from ankang.whatif.errors import NoHistory, TooMuchHistory
from ankang.whatif.facts import people_in, people_of, villages_of
from ankang.whatif.models import WhatIf

pytestmark = pytest.mark.django_db
FRACTURE = {"medical_expense_fen": 600_000, "fracture_expense_fen": 600_000}


@pytest.fixture
def version() -> ProgrammeVersion:
    return factories.version()


def result(made: WhatIf) -> Report:
    return report_of(made.result)


def test_what_was_decided_is_decided_by_both_plans(version: ProgrammeVersion) -> None:
    """65 with a fracture: 3000 + 2024 or 2000. 77, dies: 2000 or 5000, + 300. A third holds two of B, unhurt."""
    settled(insured(("A", 1)), **FRACTURE)
    settled(insured(("A", 1), birth_date=date(1947, 1, 5), village_=factories.village(2)), died_on=EVENT)
    insured(("B", 2), birth_date=date(1950, 1, 5))
    made = compared(factories.user(Desk.INSURER), version)
    found = result(made)
    assert (found.people, found.claimants, found.events) == (3, 2, 2)
    total = found.total
    assert (total.premium_before_fen, total.paid_before_fen, total.paid_after_fen) == (30_000, 732_400, 1_030_000)
    assert [(row.name, row.paid_before_fen) for row in found.tables["village"]] == [
        ("01村", 502_400),
        ("02村", 230_000),
    ]
    entry = AuditEntry.objects.get(action="whatif.run")
    assert (entry.subject_id, entry.detail["people"], entry.detail["events"]) == (str(made.pk), 3, 2)
    assert entry.detail["after"] == made.after_digest[:12]


def test_a_town_counts_its_own_villages_only(version: ProgrammeVersion) -> None:
    insured(("A", 1))
    insured(("B", 1), village_=factories.village(2))
    own = factories.user(Desk.INSURER, factories.village(2))
    assert result(compared(own, version)).people == 1
    elsewhere = factories.user(Desk.TOWN, factories.town("320903102000"))
    with nothing_changes(), pytest.raises(NoHistory):
        compared(elsewhere, version)
    assert not WhatIf.objects.visible_to(elsewhere).exists()
    assert not WhatIf.objects.visible_to(factories.user(Desk.TOWN)).exists()  # another desk's
    assert WhatIf.objects.visible_to(own).count() == 1


def test_claims_that_are_open_or_refused_for_their_facts_do_not_count(version: ProgrammeVersion) -> None:
    person = insured(("A", 1))
    report(person)
    refused(person, medical_expense_fen=100_000)
    below = prepare(
        record(report(person, event_on=date(2024, 6, 3), now=at(date(2024, 6, 5))), medical_expense_fen=15_000)
    )
    review(below, verdict="refused", note="没有超过免赔额")
    found = result(compared(factories.user(), version))
    assert (found.events, found.total.paid_before_fen) == (1, 0)  # what the plan had nothing for may pay in another


def test_several_disabilities_become_the_one_that_counts(version: ProgrammeVersion) -> None:
    """Two of grade 9 at different sites count as grade 8: 30 % of 10000."""
    settled(insured(("A", 1)), disabilities=((9, "左手"), (9, "右手")))
    assert result(compared(factories.user(), version)).total.paid_before_fen == 300_000


def test_what_was_given_up_covers_until_then(version: ProgrammeVersion) -> None:
    person = insured(("A", 1))
    enrolment = person.participations.get().enrolments.get()
    enrolment.withdrawn_on = date(2024, 4, 1)
    enrolment.save()
    (one,) = people_of(version.programme, "")
    assert [cover.end for cover in one.covers] == [date(2024, 4, 1)]


def test_villages_of_the_same_name_keep_apart() -> None:
    """A district's own plan, sold in two towns that both have a 01村."""
    towns = [factories.town(), factories.town("320903102000")]
    district = towns[0].parent
    plan = replace(factories.plan(), division_code=district.code, targets=())
    version = publish_version(plan=plan, division=district, by=None, at=at())
    for town in towns:
        there = factories.resident(factories.village(1, town.code), birth_date=date(1959, 1, 15))
        enrol(factories.user(Desk.TOWN, town), there, version, product="A")
    assert {one.village for one in people_of(version.programme, "320903101")} == {"01村"}
    report = result(compared(factories.user(Desk.INSURER, district), version))
    villages = [(row.name, row.premium_before_fen) for row in report.tables["village"]]
    assert villages == [("101镇01村", 10_000), ("102镇01村", 10_000)]


def test_a_key_runs_once(version: ProgrammeVersion) -> None:
    insured(("A", 1))
    by = factories.user()
    made = compared(by, version, key="k")
    with nothing_changes():
        assert compared(by, version, key="k") == made
        with pytest.raises(Conflict):
            compared(by, version, key="k", after=Choice("别的", replace(MENDED, year=2030)))
        with pytest.raises(Conflict):
            compared(factories.user(), version, key="k")


def test_who_may_not_and_what_cannot_be_compared(version: ProgrammeVersion, monkeypatch: pytest.MonkeyPatch) -> None:
    insured(("A", 1))
    other = Choice("两个都没有", replace(MENDED, products=MENDED.products[1:]))
    with nothing_changes():
        for desk in (Desk.VILLAGE, Desk.WINDOW, Desk.DISTRICT):
            with pytest.raises(NotAllowed):
                compared(factories.user(desk), version)
        with pytest.raises(InvalidInput, match="险种 A，两个方案里都没有"):
            compared(factories.user(), version, before=other, after=other)
        with pytest.raises(TooMuchHistory, match="--most"):
            people_of(version.programme, "", most=0)


def test_counting_asks_four_questions_a_village_however_many_people(
    version: ProgrammeVersion, django_assert_num_queries: "pytest.fixture"
) -> None:
    for _ in range(3):
        settled(insured(("A", 1)), **FRACTURE)
    insured(("B", 1), village_=factories.village(2))
    with django_assert_num_queries(4):
        everybody = people_of(version.programme, "")
    with django_assert_num_queries(1):
        villages = villages_of(version.programme, "")
    assert [(village.name, village.covers) for village in villages] == [("01村", 3), ("02村", 1)]
    with django_assert_num_queries(4):
        first = people_in(version.programme, villages[0])
    assert [*first, *people_in(version.programme, villages[1])] == everybody


def test_a_history_leaves_without_names_and_whatif_reads_it(version: ProgrammeVersion, tmp_path: Path) -> None:
    person = insured(("A", 1))
    claim = settled(person, **FRACTURE)
    files = [word for name in ("covers", "events") for word in (f"--{name}", str(tmp_path / f"{name}.csv"))]
    asked = ["claims", "history", "--programme", "2024-yandu", "--division", factories.TOWN, *files]
    with nothing_changes():
        assert main([*asked, "--most", "0"]) == 2
    assert list(tmp_path.iterdir()) == []
    assert main(asked) == 0
    told = AuditEntry.objects.get(action="whatif.exported")
    assert (told.division_code, told.detail) == (factories.TOWN, {"programme": "2024-yandu", "people": 1, "events": 1})
    text = "".join(path.read_text() for path in tmp_path.iterdir())
    assert "P00000001,1959-01-15,A,1,2024-03-21,2025-03-20,01村" in text
    assert person.name not in text
    assert claim.number not in text
    plans = [word for name, plan in (("programme", "2024-yandu"), ("against", "2024-yandu-mended"))
             for word in (f"--{name}", str(FOLDERS[0] / plan))]  # fmt: skip
    assert main(["whatif", *plans, *files, "--csv", str(tmp_path / "w.csv")]) == 0
    rows = list(csv.DictReader((tmp_path / "w.csv").read_text().splitlines()))
    assert (rows[0]["paid_before"], rows[0]["paid_after"]) == ("5024.00", "5000.00")
