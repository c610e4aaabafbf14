"""Every check on both sides of its edge, one query for all counts, ticks that hold while the fact stays the same."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from tests import factories, towns
from tests.races import race
from tests.roster.files import csv, number, row

from ankang.accounts.models import Desk, User
from ankang.audit.models import AuditEntry
from ankang.divisions.models import Division
from ankang.enrolment.cross_check_queries import OLD_NUMBERS, counts, old_numbers, open_findings, ticked_findings
from ankang.enrolment.cross_checks import BY_CODE, CHECKS, Ground
from ankang.enrolment.models import Enrolment, Funding
from ankang.enrolment.verifying import reopen, verify
from ankang.programmes.models import ProgrammeVersion
from ankang.roster.actions import change_contact
from ankang.roster.imports.running import import_roster
from ankang.roster.imports.undoing import undo_import
from ankang.roster.models import Resident
from ankang.roster.numbers import phone_index
from ankang.roster.verification_models import Verification
from ankang.rules.errors import Conflict, InvalidInput, NotAllowed

pytestmark = pytest.mark.django_db
TODAY = date(2024, 3, 4)
NOW = datetime(2024, 3, 4, 10, tzinfo=ZoneInfo("Asia/Shanghai"))
DAY = timedelta(days=1)
FULL = {"phone_tail": "1234", "household": "1"}  # nothing to find in the quieter checks


@pytest.fixture
def version() -> ProgrammeVersion:
    return towns.campaign()


@pytest.fixture
def ground(version: ProgrammeVersion) -> Ground:
    return Ground(factories.user(Desk.TOWN), version, TODAY)


def resident(village: Division | None = None, **facts: Any) -> Resident:
    return factories.resident(village, **(FULL | facts))


def found(ground: Ground, code: str) -> set[int]:
    return set(open_findings(ground, BY_CODE[code]).values_list("pk", flat=True))


def government(enrolment: Enrolment) -> None:
    Funding.objects.create(holding=enrolment.holdings.get(), payer="government", amount_fen=5000)


def test_who_died_before_and_after_enrolling(ground: Ground, version: ProgrammeVersion) -> None:
    before, same, after = (resident() for _ in range(3))
    for one, died in ((before, -1), (same, 0), (after, 1)):
        towns.insure(one, version, on=TODAY - 5 * DAY)
        towns.dead(one, TODAY + (died - 5) * DAY)
    towns.dead(resident(), TODAY)  # never insured
    assert found(ground, "after-death") == {before.pk}
    assert found(ground, "died-insured") == {same.pk, after.pk}
    again = resident()
    towns.insure(again, version, on=TODAY - 9 * DAY)
    towns.insure(again, version, on=TODAY)  # a second unit after the death
    towns.dead(again, TODAY - DAY)
    assert found(ground, "after-death") == {before.pk, again.pk}


def test_who_moved_with_a_unit(ground: Ground, version: ProgrammeVersion) -> None:
    insured, plain = resident(status="moved", moved_on=TODAY), resident(status="moved", moved_on=TODAY)
    towns.insure(insured, version)
    assert found(ground, "moved-insured") == {insured.pk}
    assert plain.pk not in found(ground, "moved-insured")


@pytest.mark.parametrize(
    ("birth", "codes"),
    [
        (date(1963, 3, 21), set()),  # was 60 when the cover of a year ago began
        (date(1963, 3, 22), {"turned-60"}),
        (date(1964, 3, 4), {"turned-60"}),  # 60 today
        (date(1964, 3, 5), {"turns-60"}),
        (date(1964, 3, 21), {"turns-60"}),  # 60 on the first day of the cover
        (date(1964, 3, 22), set()),
        (date(1943, 3, 21), {"subject-uninsured"}),
        (date(1943, 3, 22), {"turned-80", "subject-uninsured"}),
        (date(1944, 3, 21), {"turned-80", "subject-uninsured"}),
        (date(1944, 3, 22), set()),
        (date(1919, 3, 4), {"over-105", "subject-uninsured"}),
        (date(1919, 3, 5), {"subject-uninsured"}),
    ],
)
def test_birthdays_on_the_edge(ground: Ground, birth: date, codes: set[str]) -> None:
    resident(birth_date=birth)
    assert {code for code, count in counts(ground).items() if count} == codes


def test_whom_government_bought_is_no_newcomer_any_more(ground: Ground, version: ProgrammeVersion) -> None:
    one = resident(birth_date=date(1944, 3, 1))
    made = towns.insure(one, version, channel="batch")
    assert found(ground, "turned-80") == {one.pk}  # with their own money
    government(made)
    assert found(ground, "turned-80") == found(ground, "subject-uninsured") == set()
    Enrolment.objects.update(withdrawn_on=TODAY)
    assert found(ground, "turned-80") == {one.pk}


def test_a_list_that_ended_after_government_bought(ground: Ground, version: ProgrammeVersion) -> None:
    ended, still, other, unbought = (resident(birth_date=date(1954, 3, 4)) for _ in range(4))
    for one in (ended, still, other):
        government(towns.insure(one, version))
    for one in (ended, other, unbought):
        towns.listed(one, "dibao", to_on=TODAY - DAY)
    towns.listed(still, "dibao", to_on=TODAY)
    towns.listed(other, "wubao")
    assert found(ground, "list-ended") == {ended.pk}


def test_too_young_on_a_list(ground: Ground) -> None:
    young, old = resident(birth_date=date(1964, 3, 22)), resident(birth_date=date(1964, 3, 21))
    for one in (young, old):
        towns.listed(one, "dibao")
    resident(birth_date=date(1970, 1, 1))  # on no list
    assert found(ground, "group-underage") == {young.pk}


def test_insured_outside_the_age(ground: Ground, version: ProgrammeVersion) -> None:
    young = resident(birth_date=date(1964, 3, 22))
    towns.insure(young, version)
    towns.insure(resident(), version)
    assert found(ground, "outside-age") == {young.pk}


def test_what_is_missing(ground: Ground) -> None:
    phoneless = resident(phone_tail="")
    resident(phone_tail="", child_phone_tail="1234")
    houseless = resident(household="")
    numberless = resident()
    Resident.objects.filter(pk=numberless.pk).update(number=None, number_index=None)
    codes = ("no-phone", "no-household", "no-number")
    assert [found(ground, code) for code in codes] == [{phoneless.pk}, {houseless.pk}, {numberless.pk}]


def test_a_telephone_of_four(ground: Ground) -> None:
    index = phone_index("13812345678")
    people = [resident(phone_index=index) for _ in range(3)]
    assert found(ground, "same-phone") == set()
    people.append(resident(phone_index=index))
    assert found(ground, "same-phone") == {one.pk for one in people}
    towns.dead(people[0])
    assert found(ground, "same-phone") == set()


def test_the_same_name_and_birth_date_in_two_villages(ground: Ground, version: ProgrammeVersion) -> None:
    here, there = resident(), resident(factories.village(2))
    resident(name="赵玉英")
    resident(birth_date=date(1954, 3, 5))
    assert found(ground, "same-person") == {here.pk, there.pk}
    village = Ground(factories.user(Desk.VILLAGE), version, TODAY)
    assert found(village, "same-person") == set()  # of its own people nobody


def test_three_of_a_kind_say_three_and_a_fourth_opens_their_ticks(ground: Ground) -> None:
    check, three = BY_CODE["same-person"], [resident() for _ in range(3)]
    assert [check.says(row) for row in open_findings(ground, check)] == ["1954年3月4日出生，3 人"] * 3
    tick(ground, "same-person", *three[:2])
    assert found(ground, "same-person") == {three[2].pk}
    assert counts(ground)["same-person"] == 1
    assert {row.pk for row in ticked_findings(ground, check)} == {one.pk for one in three[:2]}
    fourth = resident()
    assert found(ground, "same-person") == {one.pk for one in (*three, fourth)}
    assert ticked_findings(ground, check).count() == 0
    towns.dead(fourth)
    assert found(ground, "same-person") == {three[2].pk}
    assert {row.pk for row in ticked_findings(ground, check)} == {one.pk for one in three[:2]}


def test_what_imports_said_otherwise(ground: Ground) -> None:
    by = ground.user
    text = "村居,姓名,身份证号,出生日期,性别\n"
    numbers = [number(sequence) for sequence in (2, 4, 6)]
    content = text + "\n".join(
        [
            f"01村,单秀兰,{numbers[0]},1950-05-07,女",
            f"01村,赵玉英,{numbers[1]},1950-05-06,男",
            f"01村,李国芳,{numbers[2]},1950-05-06,女",
        ]
    )
    run = import_roster(by=by, division=by.division, file_name="x.csv", content=content.encode(), today=TODAY, now=NOW)
    names = set(Resident.objects.filter(pk__in=found(ground, "number-differs")).values_list("name", flat=True))
    assert names == {"单秀兰", "赵玉英"}
    undo_import(by=by, run_id=run.pk, now=NOW)
    assert found(ground, "number-differs") == set()


def test_an_area_that_no_division_ever_had(ground: Ground) -> None:
    by = ground.user
    rows = [row("单秀兰", factories.identity_number(date(1950, 5, 6), 2, "320903")), row("赵玉英", number(4))]
    import_roster(by=by, division=by.division, file_name="x.csv", content=csv(*rows), today=TODAY, now=NOW)
    assert Resident.objects.get(pk__in=found(ground, "area-unknown")).name == "赵玉英"


def test_an_imported_telephone_is_found_as_one_typed(ground: Ground) -> None:
    by = ground.user
    rows = [row(f"单秀{'一二三四'[at - 1]}", number(2 * at), 手机="138 1234 5678") for at in range(1, 5)]
    import_roster(by=by, division=by.division, file_name="x.csv", content=csv(*rows), today=TODAY, now=NOW)
    assert len(found(ground, "same-phone")) == 4
    again = [row("单秀一", number(2), 手机="13900000000")]
    import_roster(by=by, division=by.division, file_name="x.csv", content=csv(*again), today=TODAY, now=NOW)
    assert found(ground, "same-phone") == set()


def test_fifteen_digits_are_open_until_the_eighteen_are_there(ground: Ground) -> None:
    by = ground.user
    whole = factories.identity_number(date(1950, 5, 6), 2, "320903")
    old = whole[:6] + whole[8:17]
    given = {"by": by, "division": by.division, "file_name": "x.csv", "today": TODAY, "now": NOW}
    import_roster(**given, content=csv(row("单秀兰", old)))
    import_roster(**given, content=csv(row("单秀兰", old), row("单秀兰", old)))
    assert counts(ground)[OLD_NUMBERS] == 1
    assert old_numbers(by).count() == 3
    import_roster(**given, content=csv(row("单秀兰", whole)))
    assert counts(ground)[OLD_NUMBERS] == 0


@pytest.mark.parametrize("size", [1, 12])
def test_all_counts_are_one_query(ground: Ground, size: int, django_assert_num_queries: Any) -> None:
    for at in range(size):
        resident(household="", phone_tail="", birth_date=date(1919, 1, 1 + at))
    with django_assert_num_queries(1):
        made = counts(ground)
    assert made["no-household"] == made["no-phone"] == made["over-105"] == size


def test_a_village_counts_its_own(ground: Ground, version: ProgrammeVersion) -> None:
    resident(household="")
    resident(factories.village(2), household="")
    village = Ground(factories.user(Desk.VILLAGE), version, TODAY)
    assert (counts(ground)["no-household"], counts(village)["no-household"]) == (2, 1)


def tick(ground: Ground, code: str, *people: Resident, by: User | None = None, note: str = "已上门看过") -> int:
    return verify(
        by=by or ground.user,
        ground=ground,
        check=BY_CODE[code],
        residents=[one.pk for one in people],
        note=note,
        now=NOW,
    )


def test_a_tick_holds_until_the_fact_changes(ground: Ground) -> None:
    index = phone_index("13812345678")
    people = [resident(phone_index=index) for _ in range(4)]
    assert tick(ground, "same-phone", *people) == 4
    assert found(ground, "same-phone") == set()
    assert {row.pk for row in ticked_findings(ground, BY_CODE["same-phone"])} == {one.pk for one in people}
    people.append(resident(phone_index=index))  # a fifth: look again
    assert found(ground, "same-phone") == {one.pk for one in people}
    entry = AuditEntry.objects.filter(action="roster.verify").first()
    assert entry is not None
    assert (entry.detail, AuditEntry.objects.filter(action="roster.verify").count()) == ({"check": "same-phone"}, 4)


def test_a_tick_on_a_birth_date_ends_with_another_birth_date(ground: Ground) -> None:
    one = resident(birth_date=date(1910, 1, 1))
    tick(ground, "over-105", one)
    assert found(ground, "over-105") == set()
    Resident.objects.update(birth_date=date(1911, 1, 1))
    assert found(ground, "over-105") == {one.pk}


def test_ticked_twice_is_once_and_taken_back(ground: Ground) -> None:
    one = resident(phone_tail="")
    assert [tick(ground, "no-phone", one), tick(ground, "no-phone", one)] == [1, 0]
    assert Verification.objects.count() == 1
    assert reopen(by=ground.user, ground=ground, check=BY_CODE["no-phone"], residents=[one.pk]) == 1
    assert found(ground, "no-phone") == {one.pk}
    assert AuditEntry.objects.filter(action="roster.reopen").count() == 1


def test_what_cannot_be_ticked(ground: Ground, version: ProgrammeVersion) -> None:
    one, other = resident(phone_tail="", household=""), resident(factories.village(2), phone_tail="")
    village = Ground(factories.user(Desk.VILLAGE), version, TODAY)
    with pytest.raises(InvalidInput, match="至少4个字"):
        tick(ground, "no-phone", one, note="看过")
    with pytest.raises(InvalidInput, match="要改正"):
        tick(ground, "no-household", one)
    with pytest.raises(InvalidInput, match="先勾选"):
        tick(ground, "no-phone")
    with pytest.raises(Conflict, match="不在这份名单上"):
        tick(village, "no-phone", one, other)
    with pytest.raises(NotAllowed):
        tick(replace(ground, user=factories.user(Desk.INSURER)), "no-phone", one, by=factories.user(Desk.INSURER))
    assert not Verification.objects.exists()
    assert not AuditEntry.objects.filter(action="roster.verify").exists()


@pytest.mark.django_db(transaction=True)
def test_two_who_tick_at_once_make_one(ground: Ground) -> None:
    one = resident(phone_tail="")
    outcomes = race(*[lambda: tick(ground, "no-phone", one)] * 2)
    assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert Verification.objects.count() == 1


def test_a_change_of_the_telephone_moves_the_index(ground: Ground) -> None:
    people = [resident() for _ in range(4)]
    for one in people:
        change_contact(by=ground.user, resident_id=one.pk, phone="138 1234 5678")
    assert found(ground, "same-phone") == {one.pk for one in people}
    change_contact(by=ground.user, resident_id=people[0].pk, phone="")
    assert found(ground, "same-phone") == set()


def test_each_check_is_said_in_full_and_once() -> None:
    assert len({check.code for check in CHECKS}) == len({check.title for check in CHECKS}) == len(CHECKS) == 18
    assert all(check.meaning.endswith("。") and check.fix.endswith("。") for check in CHECKS)
    assert {check.tone for check in CHECKS} <= {"bad", "warn", "info"}
