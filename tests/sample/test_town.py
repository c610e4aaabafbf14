"""The sample town in the database: small here, whole in `ankang demo`."""

import json
from datetime import date
from typing import Any

import pytest
from django.db.models import Count
from tests import factories
from tests.sample.acts import forget_money_and_policies

from ankang.accounts.models import Desk, User
from ankang.audit.models import AuditEntry
from ankang.cli.main import main
from ankang.divisions.models import Division
from ankang.enrolment.actions import enrol
from ankang.enrolment.models import (
    Enrolment,
    Funding,
    GovernmentBatch,
    GovernmentBatchRow,
    Holding,
    Participation,
    Withdrawal,
)
from ankang.enrolment.slip_models import EnrolmentSlip, SlipLine
from ankang.installation.clock import today
from ankang.installation.models import Installation
from ankang.money.ledger import unbalanced
from ankang.programmes.models import Programme, ProgrammeVersion
from ankang.programmes.queries import campaign_on, version_covering
from ankang.roster.actions import add_resident
from ankang.roster.models import GroupMembership, Resident
from ankang.rules.errors import InvalidInput
from ankang.sample.accounts import issue_passwords
from ankang.sample.load import DEMO_DAY, HoldsRealData, SampleStands, build
from ankang.sample.town import Size
from ankang.treasury.models import Donation, GovernmentRequest, ReconciliationRow, Refund, Remittance

SMALL = Size(villages=5, one_in=20, with_claims=False)
POPULATION = 525 // 20 + 743 // 20 + 680 // 20 + 522 // 20 + 1065 // 20


@pytest.fixture
def sample(db: None) -> None:
    build(size=SMALL)


def plain_rows() -> dict[str, list[dict[str, Any]]]:
    """Every row but for what is random (seals, nonces) or the real time of writing."""
    random = {"number", "phone", "child_phone", "created_at", "updated_at", "password", "at"}
    models = (Division, Resident, GroupMembership, Participation, Enrolment, Holding, Funding, Programme, AuditEntry)
    models += (EnrolmentSlip, SlipLine)
    return {
        model.__name__: [
            {name: value for name, value in row.items() if name not in random}
            for row in model.objects.order_by("pk").values()
        ]
        for model in (*models, ProgrammeVersion)
    }


def test_it_is_marked_as_a_sample_and_lives_on_the_demo_day(sample: None) -> None:
    row = Installation.objects.get()
    assert (row.is_sample, row.demo_today, row.require_two_factors) == (True, DEMO_DAY, False)
    assert today() == date(2024, 3, 4)
    assert not Resident.objects.filter(is_sample=False).exists()
    assert not User.objects.filter(is_sample=False).exists()
    assert not Programme.objects.filter(is_sample=False).exists()
    assert Division.objects.get(level="town").name == "XX镇（示例）"
    assert set(Division.objects.filter(level="village").values_list("is_placeholder", flat=True)) == {True}


def test_a_donors_gift_waits_in_the_village_for_its_confirmation(sample: None) -> None:
    slip = EnrolmentSlip.objects.get()
    assert (slip.by.username, slip.finished_at) == ("village05", None)
    lines = list(slip.lines.select_related("resident"))
    assert [(line.outcome, line.fundings, line.giver) for line in lines] == [
        ("waiting", [["donor", 5000]], "爱心企业（示例）")
    ] * 6
    assert not Participation.objects.insured().filter(
        resident__in=[line.resident_id for line in lines], programme=slip.version.programme
    )


def test_money_has_a_paper_of_each_kind(sample: None) -> None:
    assert GovernmentRequest.objects.get().state == "accepted"
    assert Donation.objects.get().balance_fen > 0
    assert Remittance.objects.get().state == "paid"
    different = ReconciliationRow.objects.exclude(outcome="matched").order_by("pk")
    assert list(different.values_list("outcome", flat=True)) == ["different", "unknown", "missing_here", "missing_here"]
    assert different.filter(posting__isnull=False).get().explanation == "已记账：专户利息"
    assert set(Refund.objects.values_list("state", flat=True)) == {"prepared"}
    assert unbalanced() == []


def test_the_living_are_as_many_as_the_targets_say(sample: None) -> None:
    assert Resident.objects.filter(status="living").count() == POPULATION == 176
    for target in campaign_on(DEMO_DAY, "320903199000").programme.targets.all():
        assert Resident.objects.filter(village=target.village, status="living").count() == target.population
    assert Resident.objects.filter(status="dead").count() == 10


def test_this_year_is_under_way_and_last_year_covers_today(sample: None) -> None:
    this, last = campaign_on(DEMO_DAY, "320903199205"), version_covering(DEMO_DAY, "320903199205")
    assert this is not None
    assert last is not None
    assert (this.programme.slug, last.programme.slug) == ("2024-yandu", "2023-yandu-sample")
    days = Enrolment.objects.filter(version=this).values_list("enrolled_on", flat=True)
    assert date(2024, 2, 1) <= min(days) <= max(days) < DEMO_DAY
    assert 100 < this.programme.participations.count() < 135
    assert last.programme.participations.count() > 110


def test_one_account_a_desk_and_a_second_person_where_two_are_needed(sample: None) -> None:
    desks = [account["desk"] for account in issue_passwords()]
    assert set(desks) == set(Desk.values)
    assert (desks.count("town"), desks.count("insurer"), desks.count("village")) == (2, 2, 2)
    assert User.objects.get(username="village05").division.serial == 5
    assert set(User.objects.filter(is_manager=True).values_list("username", flat=True)) == {"town", "insurer"}


@pytest.mark.django_db(transaction=True)
def test_a_reset_builds_the_same_rows_again() -> None:
    build(size=SMALL)
    before = plain_rows()
    build(size=SMALL, reset=True)
    after = plain_rows()
    assert {name: len(rows) for name, rows in after.items()} == {name: len(rows) for name, rows in before.items()}
    assert _without_keys(after) == _without_keys(before)


def _without_keys(rows: dict[str, list[dict[str, Any]]]) -> Any:
    """Keys go on counting where a transaction cannot set the counter back."""
    dropped = ("id", "resident_id", "participation_id", "enrolment_id", "holding_id", "version_id", "by_id", "actor_id")
    dropped += ("programme_id", "published_by_id", "subject_id", "slip_id")
    for row in rows["AuditEntry"]:
        if "moved_fen" in row["detail"]:  # a posting's digest is also over its key, which may hold a paper's number
            row["detail"].pop("digest")
    for row in rows["AuditEntry"]:  # who changed hands, by keys; how many of them stays
        row["detail"] |= {name: len(part) for name, part in row["detail"].items() if isinstance(part, dict | list)}
    return [[{n: v for n, v in row.items() if n not in dropped} for row in table] for table in rows.values()]


def test_a_second_build_is_refused_and_changes_nothing(sample: None) -> None:
    before = plain_rows()
    with pytest.raises(SampleStands):
        build(size=SMALL)
    assert plain_rows() == before


@pytest.mark.parametrize("reset", [False, True])
def test_real_data_is_never_touched(db: None, reset: bool) -> None:
    resident = factories.resident()
    with pytest.raises(HoldsRealData, match="正式数据"):
        build(size=SMALL, reset=reset)
    assert list(Resident.objects.all()) == [resident]
    assert not Installation.objects.filter(is_sample=True).exists()


@pytest.mark.parametrize("day", [date(2024, 1, 31), date(2025, 3, 21)])
def test_a_day_outside_the_plan_is_refused(db: None, day: date) -> None:
    with pytest.raises(InvalidInput, match="2024-02-01"):
        build(today=day, size=SMALL)
    assert not Division.objects.exists()


def test_a_batch_and_a_withdrawal_wait_for_their_second_person(sample: None) -> None:
    batch = GovernmentBatch.objects.get()
    assert (batch.state, batch.prepared_by.username, batch.prepared_at.date()) == ("prepared", "town", date(2024, 3, 3))
    assert set(batch.rows.values_list("outcome", flat=True)) == {"waiting"}
    asked = Withdrawal.objects.get()  # every hundredth of who paid for themselves, two at most
    assert (asked.state, asked.requested_by.username) == ("waiting", "town")
    assert asked.enrolment.enrolled_on < date(2024, 3, 3)


@pytest.mark.parametrize("channel", ["single", "batch"])
def test_a_bulk_enrolment_is_the_row_that_the_action_stores(sample: None, channel: str) -> None:
    alone = Participation.objects.annotate(acts=Count("enrolments")).filter(acts=1, programme__year=2024)
    stored = Enrolment.objects.filter(channel=channel, participation__in=alone).first()
    assert stored is not None
    before = _enrolment_rows(stored)
    holding = stored.holdings.get()
    fundings = [(part.payer, part.amount_fen) for part in holding.fundings.all()]
    participation, resident = stored.participation, stored.participation.resident
    forget_money_and_policies()
    holding.fundings.all().delete()
    holding.delete()
    Enrolment.objects.filter(pk=stored.pk).delete()
    participation.delete()

    again = enrol(
        by=stored.by,
        resident=resident,
        version=stored.version,
        product=before["holding"]["product"],
        units=before["holding"]["units"],
        fundings=fundings,
        consent=stored.consent,
        key=stored.key,
        today=stored.enrolled_on,
        now=stored.enrolled_at,
        channel=channel,
    )
    assert _enrolment_rows(again) == before


def _enrolment_rows(enrolment: Enrolment) -> dict[str, Any]:
    """The rows of one enrolment without their keys."""
    keys = {"id", "participation_id", "enrolment_id", "holding_id", "subject_id", "at"}
    holding = enrolment.holdings.get()
    entry = AuditEntry.objects.get(subject_type="enrolment.Enrolment", subject_id=str(enrolment.pk))
    tables: dict[str, Any] = {
        "participation": Participation.objects.filter(pk=enrolment.participation_id),
        "enrolment": Enrolment.objects.filter(pk=enrolment.pk),
        "holding": Holding.objects.filter(pk=holding.pk),
        "funding": Funding.objects.filter(holding=holding),
        "audit": AuditEntry.objects.filter(pk=entry.pk),
    }
    rows = {name: [{k: v for k, v in row.items() if k not in keys} for row in table.values()]
            for name, table in tables.items()}  # fmt: skip
    return {name: row[0] for name, row in rows.items()}


def test_a_bulk_resident_is_the_row_that_the_action_stores(sample: None) -> None:
    stored = Resident.objects.filter(phone__isnull=False, child_phone__isnull=False, status="living").first()
    assert stored is not None
    before = _resident_row(stored)
    opened = [value.reveal() for value in (stored.number, stored.phone, stored.child_phone)]  # type: ignore[union-attr]
    village, by = stored.village, User.objects.get(username="town")
    forget_money_and_policies()
    Withdrawal.objects.all().delete()
    GovernmentBatchRow.objects.all().delete()
    Funding.objects.all().delete()
    Holding.objects.all().delete()
    Enrolment.objects.all().delete()
    Participation.objects.all().delete()
    stored.delete()
    again = add_resident(
        by=by,
        village=village,
        name=stored.name,
        number=opened[0],
        today=DEMO_DAY,
        household=stored.household,
        address=stored.address,
        phone=opened[1],
        child_phone=opened[2],
    )
    assert _resident_row(again) | {"is_sample": True} == before
    again.refresh_from_db()
    assert [value.reveal() for value in (again.number, again.phone, again.child_phone)] == opened  # type: ignore[union-attr]


def _resident_row(resident: Resident) -> dict[str, Any]:
    dropped = {"id", "number", "phone", "child_phone", "created_at", "updated_at"}
    row = Resident.objects.filter(pk=resident.pk).values().get()
    return {name: value for name, value in row.items() if name not in dropped}


@pytest.fixture
def small_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command builds the whole town; here it builds the small one."""
    import ankang.cli.demo as command

    monkeypatch.setattr(command, "WHOLE_TOWN", SMALL)


@pytest.mark.django_db
def test_the_command_prints_only_json_and_the_passwords_work(
    small_by_default: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["demo", "--json"]) == 0
    accounts = json.loads(capsys.readouterr().out)
    assert all(set(account) == {"desk", "division", "username", "password"} for account in accounts)
    assert {account["username"] for account in accounts} >= {"town", "village05", "insurer", "insurer2"}
    for account in accounts:
        assert User.objects.get(username=account["username"]).check_password(account["password"])


@pytest.mark.django_db
def test_the_command_leaves_a_sample_that_stands(small_by_default: None, capsys: pytest.CaptureFixture[str]) -> None:
    main(["demo", "--json"])
    first = json.loads(capsys.readouterr().out)
    before = plain_rows()
    assert main(["demo"]) == 0
    assert capsys.readouterr().out == ""
    assert User.objects.get(username="town").check_password(first[0]["password"])
    assert main(["demo", "--json"]) == 0
    second = json.loads(capsys.readouterr().out)
    assert User.objects.get(username="town").check_password(second[0]["password"])
    assert plain_rows() == before


@pytest.mark.django_db
def test_the_command_refuses_real_data(capsys: pytest.CaptureFixture[str]) -> None:
    factories.user()
    users = User.objects.count()
    assert main(["demo", "--json"]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert "正式数据" in told.err
    assert User.objects.count() == users
