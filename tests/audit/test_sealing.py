"""The record of what was done: append-only in the program, and any change behind its back is found."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, models, transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from tests import factories as make
from tests.races import race

from ankang.accounts.models import User
from ankang.audit.models import AppendOnly, AuditEntry, AuditSeal
from ankang.audit.record import record
from ankang.audit.sealing import seal_entries
from ankang.audit.verify import verify
from ankang.cli.main import main

NOW = datetime(2026, 3, 4, 2, 0, 0, 123456, tzinfo=UTC)
BATCHES = (3, 3, 2)


def write(count: int, by: User | None = None) -> None:
    with transaction.atomic():
        for serial in range(count):
            record(by=by, action="test.step", division_code="320903101000", serial=serial, words="改了备注")


def written_and_sealed() -> list[AuditSeal]:
    write(sum(BATCHES))
    return seal_entries(now=NOW, batch=3)


def entries() -> "models.QuerySet[AuditEntry]":
    return models.QuerySet(AuditEntry)


def seals() -> "models.QuerySet[AuditSeal]":
    return models.QuerySet(AuditSeal)


def kinds() -> set[tuple[str, int]]:
    return {(finding.kind, finding.number) for finding in verify().findings}


@pytest.mark.django_db
def test_every_row_is_sealed_once_in_batches_and_nothing_is_found() -> None:
    made = written_and_sealed()
    assert [len(seal.contents) for seal in made] == list(BATCHES)
    assert [seal.number for seal in made] == [1, 2, 3]
    assert [seal.previous_digest for seal in made] == ["", made[0].digest, made[1].digest]
    write(1)
    found = verify()
    assert (found.findings, found.sealed, found.unsealed, found.head) == ((), 8, 1, made[2].digest)
    assert len(seal_entries(now=NOW + timedelta(minutes=5))) == 1
    assert seal_entries(now=NOW) == []
    assert verify(head=made[1].digest).findings == ()


@pytest.mark.django_db
def test_a_row_can_only_be_added() -> None:
    written_and_sealed()
    for row in (AuditEntry.objects.earliest("id"), AuditSeal.objects.earliest("number")):
        manager: Any = type(row).objects  # type: ignore[attr-defined]
        for step in (
            row.save,
            row.delete,
            manager.all().delete,
            lambda manager=manager: manager.update(digest="x"),
            lambda manager=manager, row=row: manager.bulk_update([row], ["digest"]),
        ):
            with pytest.raises(AppendOnly):
                step()
    assert verify().findings == ()
    assert AuditEntry.objects.count() == 8


@pytest.mark.django_db
def test_a_row_goes_with_the_write_that_it_tells_of() -> None:
    with transaction.atomic():
        record(by=None, action="test.step")
        transaction.set_rollback(True)
    assert AuditEntry.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_recording_without_a_transaction_is_refused() -> None:
    with pytest.raises(transaction.TransactionManagementError):
        record(by=None, action="test.step")
    assert AuditEntry.objects.count() == 0


CHANGES: list[dict[str, Any]] = [
    {"action": "test.stop"},
    {"division_code": "320903102000"},
    {"subject_type": "roster.Resident"},
    {"subject_id": "7"},
    {"detail": {}},
    {"detail": {"serial": 99, "words": "改了备注"}},
    {"at": NOW},
]


@st.composite
def mutations(draw: st.DrawFn) -> tuple[str, int, int]:
    kind = draw(
        st.sampled_from(["change", "actor", "remove", "swap", "unseal", "move", "add", "seal_off", "seal_edit"])
    )
    return kind, draw(st.integers(0, sum(BATCHES) - 1)), draw(st.integers(0, 6))


def mutate(kind: str, row: AuditEntry, detail: int) -> set[tuple[str, int]]:  # noqa: PLR0911 - a table of changes
    """Change one thing behind the program's back; return what must be among the findings."""
    assert row.seal is not None
    mine, number = entries().filter(pk=row.pk), row.seal.number
    match kind:
        case "change":
            mine.update(**CHANGES[detail])
            return {("row_changed", row.pk)}
        case "actor":
            mine.update(actor=make.user())
            return {("row_changed", row.pk)}
        case "remove":
            mine._raw_delete(mine.db)
            return {("row_missing", row.pk)}
        case "swap":
            other = entries().exclude(pk=row.pk).order_by("id")[detail]
            mine.update(detail=other.detail)
            entries().filter(pk=other.pk).update(detail=row.detail)
            return {("row_changed", row.pk), ("row_changed", other.pk)}
        case "unseal":
            mine.update(seal=None)
            return {("row_moved", row.pk)}
        case "move":
            mine.update(seal=seals().exclude(pk=row.seal_id).order_by("number")[detail % 2])
            return {("row_moved", row.pk), ("row_added", row.pk)}
        case "add":
            added = AuditEntry.objects.bulk_create([AuditEntry(action="test.late", seal=row.seal)])
            return {("row_added", added[0].pk)}
        case "seal_off":
            doomed = seals().filter(pk=row.seal_id)
            doomed._raw_delete(doomed.db)
            return {("seal_missing", number)}
    edits: list[dict[str, Any]] = [
        {"digest": "0" * 64},
        {"previous_digest": "f" * 64},
        {"sealed_at": NOW + timedelta(microseconds=1)},
        {"contents": row.seal.contents[:-1]},
        {"contents": [*row.seal.contents[1:], row.seal.contents[0]]},
        {"contents": [[row.seal.contents[0][0], "0" * 64], *row.seal.contents[1:]]},
        {"number": 17},
    ]
    seals().filter(pk=row.seal_id).update(**edits[detail])
    return {("seal_changed", 17 if detail == 6 else number)}


@pytest.mark.django_db
@settings(max_examples=120, deadline=None)
@given(mutation=mutations())
def test_any_single_change_is_found_and_named(mutation: tuple[str, int, int]) -> None:
    kind, position, detail = mutation
    with transaction.atomic():
        written_and_sealed()
        assert kinds() == set()
        row = AuditEntry.objects.select_related("seal").order_by("id")[position]
        expected = mutate(kind, row, detail)
        assert expected <= kinds()
        transaction.set_rollback(True)


@pytest.mark.django_db
def test_seals_and_rows_taken_off_the_end_are_found_by_a_digest_noted_elsewhere() -> None:
    last = written_and_sealed()[-1]
    entries().filter(seal=last).update(seal=None)
    doomed = seals().filter(pk=last.pk)
    doomed._raw_delete(doomed.db)
    assert verify().findings == ()
    assert {(finding.kind, finding.number) for finding in verify(head=last.digest).findings} == {("seal_missing", 3)}


@pytest.mark.django_db
def test_the_database_refuses_a_fork_of_the_chain() -> None:
    first = written_and_sealed()[0]
    with pytest.raises(IntegrityError), transaction.atomic():
        AuditSeal.objects.create(number=9, sealed_at=NOW, contents=[], previous_digest=first.digest, digest="d" * 64)
    assert AuditSeal.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_two_sealers_at_once_make_one_chain() -> None:
    write(40)
    outcomes = race(*[lambda: seal_entries(now=NOW, batch=5)] * 2)
    assert [outcome for outcome in outcomes if isinstance(outcome, Exception)] == []
    found = verify()
    assert (found.findings, found.sealed, found.unsealed) == ((), 40, 0)
    assert list(AuditSeal.objects.values_list("number", flat=True)) == list(range(1, AuditSeal.objects.count() + 1))


@pytest.mark.django_db
def test_the_command_says_which_row_and_exits_with_1(capsys: pytest.CaptureFixture[str]) -> None:
    write(2)
    assert main(["audit", "seal"]) == 0
    assert "封存了2条操作记录，1次。" in capsys.readouterr().out
    assert main(["audit", "verify"]) == 0
    assert "核对了2条封存的操作记录：没有发现改动。还有0条没有封存。" in capsys.readouterr().out
    pk = AuditEntry.objects.earliest("id").pk
    entries().filter(pk=pk).update(action="other")
    assert main(["audit", "verify"]) == 1
    assert f"第{pk}条操作记录被改过" in capsys.readouterr().out
    assert main(["audit", "verify", "--json"]) == 1
    assert '"kind": "row_changed"' in capsys.readouterr().out
