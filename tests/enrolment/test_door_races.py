"""Each pair of doors at one resident in the same second, in real transactions: one wins, the other is told why."""

from collections.abc import Callable
from itertools import combinations_with_replacement
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from tests import factories
from tests.enrolment.acts import NOW, TODAY, enrol, reread, slip_of
from tests.enrolment.purchase_acts import OLD, prepare, review, run
from tests.enrolment.test_slip_files import HEAD, row
from tests.races import race
from tests.roster.files import xlsx

from ankang.audit.models import AuditEntry
from ankang.enrolment.errors import PeopleRefused
from ankang.enrolment.models import Enrolment, Funding, GovernmentBatchRow, Participation
from ankang.enrolment.slip_checks import Wanted
from ankang.enrolment.slip_files import prepare_file
from ankang.enrolment.slip_models import SlipLine
from ankang.enrolment.slips import enrol_household, go_on
from ankang.programmes.queries import plan_of
from ankang.rules.errors import AnkangError
from ankang.rules.premium import quote

pytestmark = pytest.mark.django_db(transaction=True)
CAP = "最多2份，这位老人已买2份"


@pytest.fixture
def version():
    return factories.version()


def one_person(version, resident) -> Callable[[], Any]:
    by = factories.user("village")
    return lambda: enrol(by, resident, version, units=2)


def household(version, resident) -> Callable[[], Any]:
    by, quoted = factories.user("village"), quote(plan_of(version), "B", 2)
    people = [Wanted(resident=resident, quote=quoted, consent="resident")]
    key = f"{by.pk:032d}"
    return lambda: enrol_household(by=by, key=key, version=version, people=people, today=TODAY, now=NOW)


def ticked(version, resident) -> Callable[[], Any]:
    by = factories.user("village")
    slip = slip_of(by, version, [resident], units=2)
    return lambda: go_on(by=by, slip=slip, today=TODAY, now=NOW)


def from_file(version, resident) -> Callable[[], Any]:
    """Each file has another payer: the same row in two files is one enrolment by its key."""
    by = factories.user("village")
    payer = "子女" if SlipLine.objects.filter(slip__kind="file").exists() else "本人"
    content = xlsx(row(resident, units="2", payer=payer), header=HEAD)
    slip = prepare_file(by=by, version=version, file_name="a.xlsx", content=content, today=TODAY, now=NOW)
    return lambda: go_on(by=by, slip=slip, today=TODAY, now=NOW)


DOORS = {"one": one_person, "household": household, "list": ticked, "file": from_file}


def told(made: list[Any]) -> list[str]:
    """Return what the loser was told: by an error, or beside the line of a slip."""
    said = list(SlipLine.objects.filter(outcome="refused").values_list("reason", flat=True))
    for outcome in made:
        if isinstance(outcome, PeopleRefused):
            said += outcome.fields["people"].values()  # type: ignore[attr-defined]
        elif isinstance(outcome, AnkangError):
            said.append(outcome.message)
        else:
            assert not isinstance(outcome, Exception), outcome
    return said


@pytest.mark.parametrize("doors", list(combinations_with_replacement(DOORS, 2)), ids="-".join)
def test_of_two_doors_exactly_one_enrols(version, doors):
    resident = factories.resident()
    resident.refresh_from_db()
    made = race(*[DOORS[door](version, resident) for door in doors])
    assert [CAP in words for words in told(made)] == [True]
    assert Enrolment.objects.count() == AuditEntry.objects.filter(action="enrolment.enrol").count() == 1
    assert (reread(resident).units, reread(resident).capped_units) == (2, 2)


@pytest.mark.parametrize("door", ["one", "household", "list", "file"])
def test_a_batch_and_a_door_buy_governments_unit_once(version, door):
    first, second, worker = factories.user("town"), factories.user("town"), factories.user("village")
    subject = factories.resident(birth_date=OLD)
    subject.refresh_from_db()
    bought = Wanted(resident=subject, quote=quote(plan_of(version), "B", 1, "government"), consent="not_needed")
    batch = review(second, prepare(first, version))

    def listed() -> Callable[[], Any]:
        slip = slip_of(worker, version, [subject], payer="government", consent="not_needed")
        return lambda: go_on(by=worker, slip=slip, today=TODAY, now=NOW)

    def filed() -> Callable[[], Any]:
        content = xlsx(row(subject, payer="政府", consent=""), header=HEAD)
        slip = prepare_file(by=worker, version=version, file_name="a.xlsx", content=content, today=TODAY, now=NOW)
        return lambda: go_on(by=worker, slip=slip, today=TODAY, now=NOW)

    calls: dict[str, Callable[[], Callable[[], Any]]] = {
        "one": lambda: lambda: enrol(worker, subject, version, payer="government", consent="not_needed"),
        "household": lambda: (
            lambda: enrol_household(by=worker, key="h" * 32, version=version, people=[bought], today=TODAY, now=NOW)
        ),
        "list": listed,
        "file": filed,
    }
    made = race(lambda: run(second, batch), calls[door]())
    left = GovernmentBatchRow.objects.filter(outcome="not_enrolled").values_list("reason_words", flat=True)
    said = [*told(made), *left]
    assert len(said) == 1
    assert "政府已经给这位老人买过1份" in said[0]
    assert Funding.objects.get().payer == "government"
    assert reread(subject).units == 1


def test_the_database_refuses_more_than_the_cap_whoever_writes(version):
    by, resident = factories.user("village"), factories.resident()
    enrol(by, resident, version, units=2)
    before = list(Participation.objects.values_list())
    for facts in ({"units": 3, "capped_units": 3}, {"units": 1}, {"units": 0, "capped_units": 0}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Participation.objects.filter(resident=resident).update(**facts)
    with pytest.raises(IntegrityError, match=r"participation_once|resident_id"), transaction.atomic():
        Participation.objects.create(
            resident=resident, programme=version.programme, village=resident.village, unit_cap=2
        )
    assert list(Participation.objects.values_list()) == before
