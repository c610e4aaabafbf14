"""Lists of groups, deaths and moves: previewed, confirmed at once, undone while nothing rests on them."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from tests import factories
from tests.races import race
from tests.roster import files
from tests.roster.files import number

from ankang.accounts.models import Desk, User
from ankang.audit.models import AuditEntry
from ankang.enrolment.models import GovernmentBatch, GovernmentBatchRow, Participation
from ankang.installation.models import Installation
from ankang.outreach.models import FollowUp
from ankang.roster.actions import change_contact, import_roster
from ankang.roster.changes import join_group
from ankang.roster.imports.lists import unused_columns
from ankang.roster.imports.undoing import undo_import
from ankang.roster.imports.waiting import ALL, SOME, confirm_import, preview, stage_import
from ankang.roster.models import GroupMembership, ImportChange, ImportRun, Resident, StagedImport
from ankang.roster.queries import listed_groups
from ankang.rules.errors import Conflict, InvalidInput, NotAllowed

pytestmark = pytest.mark.django_db

TODAY = date(2024, 3, 4)
DAY = timedelta(days=1)
NOW = datetime(2024, 3, 4, 2, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


@pytest.fixture(autouse=True)
def clock(db: None) -> None:
    Installation.objects.create(pk=1, is_sample=True, demo_today=TODAY)


@pytest.fixture
def town() -> User:
    return factories.user(Desk.TOWN)


def table(*rows: Sequence[Any], day: str = "") -> bytes:
    return files.xlsx(*rows, header=("姓名", "身份证号", *([day] if day else [])))


def staged(by: User, content: bytes, kind: str = "", **facts: Any) -> StagedImport:
    given = {"division": by.division, "file_name": "表.xlsx", "day": TODAY, "evidence": "", "now": NOW} | facts
    return stage_import(by=by, content=content, kind=kind, today=TODAY, **given)


def confirmed(by: User, waiting: StagedImport, now: datetime = NOW, **facts: Any) -> ImportRun:
    seen = preview(waiting, by, TODAY, now).seen
    return confirm_import(by=by, key=waiting.pk, today=TODAY, now=now, **{"seen": seen} | facts)


def on_dibao(resident: Resident, from_on: date) -> GroupMembership:
    return GroupMembership.objects.create(
        resident=resident, village=resident.village, group="dibao", from_on=from_on, evidence="批文"
    )


@pytest.mark.parametrize(
    ("title", "file_name", "kind"),
    [
        ("死亡日期", "表.xlsx", "deaths"),
        ("迁出时间", "表.xlsx", "moves"),
        ("低保证号", "表.xlsx", "dibao"),
        ("备注", "特困人员.xlsx", "wubao"),
        ("备注", "三无.xlsx", "sanwu"),
        ("备注", "名册.xlsx", "roster"),
        ("类别", "低保.xlsx", "roster"),
        ("低保证号", "死亡.xlsx", "roster"),
    ],
)
def test_the_kind_is_recognised(title: str, file_name: str, kind: str) -> None:
    by = factories.user(Desk.VILLAGE)
    day = "2024-03-01" if kind in ("deaths", "moves") else "无"
    assert staged(by, table(["单秀兰", number(2), day], day=title), file_name=file_name).kind == kind


@pytest.mark.parametrize(
    ("kind", "titles", "unused"),
    [
        ("deaths", ("姓名", "身份证号", "死亡日期", "死因"), ["死因"]),
        ("moves", ("姓名", "身份证号", "迁出日期", "", "迁往地"), ["迁往地"]),
        ("dibao", ("姓名", "身份证号", "低保证号", "享受起始日期"), ["低保证号"]),
        ("roster", ("姓名", "身份证号", "村居", "入册日期"), ["入册日期"]),
        ("aged", ("姓名", "身份证号", "发放日期"), ["发放日期"]),
    ],
)
def test_a_column_that_was_read_is_not_called_unused(kind: str, titles: Sequence[str], unused: list[str]) -> None:
    assert unused_columns(kind, titles) == unused


def test_deaths_are_previewed_then_noted_then_undone(town: User) -> None:
    dies, stays = factories.resident(name="单秀兰", number=number(2)), factories.resident(name="赵玉", number=number(4))
    before = (dies.updated_at, stays.updated_at)
    content = table(
        ["单秀兰", number(2), "2024年3月3日"],
        ["王玉", number(4), "2024-03-03"],
        ["孙德福", number(6), "2024-03-03"],
        ["赵玉", number(4), "2024-03-05"],
        day="去世日期",
    )
    waiting = staged(town, content)
    shown = preview(waiting, town, TODAY, NOW)
    assert shown.seen == "0-1-0-0-3-0"
    assert [problem.reason for problem in shown.problems] == [
        "日期还没有到",
        "姓名与名册上这个身份证号的姓名不同",
        "名册里没有这个身份证号",
    ]
    assert Resident.objects.filter(status="dead").count() == 0
    run = confirmed(town, waiting)
    dies.refresh_from_db()
    assert (dies.status, dies.died_on, dies.status_evidence) == ("dead", date(2024, 3, 3), "死亡名单导入")
    assert (run.updated, run.rejected, run.row_count) == (1, 3, 4)
    assert AuditEntry.objects.latest("id").detail["kind"] == "deaths"
    waiting.refresh_from_db()
    assert waiting.content is None
    undo_import(by=town, run_id=run.pk, now=LATER)
    dies.refresh_from_db()
    stays.refresh_from_db()
    assert (dies.status, dies.died_on, dies.status_evidence) == ("living", None, "")
    assert (dies.updated_at, stays.updated_at) == before
    with pytest.raises(Conflict, match="已经撤回"):
        undo_import(by=town, run_id=run.pk, now=LATER)


def test_a_confirmation_twice_is_one_import(town: User) -> None:
    factories.resident(name="单秀兰", number=number(2))
    waiting = staged(town, table(["单秀兰", number(2), "2024-03-03"], day="迁出日期"))
    first = confirmed(town, waiting)
    again = confirm_import(by=town, key=waiting.pk, seen="x", today=TODAY, now=LATER)
    assert (again.pk, ImportRun.objects.count()) == (first.pk, 1)
    assert Resident.objects.get().moved_on == date(2024, 3, 3)


def test_a_roster_that_changed_since_the_preview_is_looked_at_again(town: User) -> None:
    found = factories.resident(name="单秀兰", number=number(2))
    waiting = staged(town, table(["单秀兰", number(2)]), "dibao")
    seen = preview(waiting, town, TODAY, NOW).seen
    on_dibao(found, TODAY)
    with pytest.raises(Conflict, match="名册在您核对的时候变了"):
        confirm_import(by=town, key=waiting.pk, seen=seen, today=TODAY, now=NOW)
    assert (ImportRun.objects.count(), GroupMembership.objects.count()) == (0, 1)


@pytest.mark.parametrize(
    ("ends", "left"), [("none", {"李国强", "赵玉"}), (ALL, {"李国强"} - {"李国强"}), (SOME, {"赵玉"})]
)
def test_who_is_missing_from_a_list_is_ended_only_when_chosen(town: User, ends: str, left: set[str]) -> None:
    new = factories.resident(name="单秀兰", number=number(2))
    stays = factories.resident(name="王明", number=number(3))
    gone, other = factories.resident(name="李国强"), factories.resident(name="赵玉")
    on_dibao(stays, TODAY - 9 * DAY)
    first, _ = on_dibao(gone, TODAY - 9 * DAY), on_dibao(other, TODAY - DAY)
    on_dibao(factories.resident(name="今天才列入"), TODAY)
    waiting = staged(town, table(["单秀兰", number(2)], ["王明", number(3)]), "dibao", evidence="县局第2批")
    shown = preview(waiting, town, TODAY, NOW)
    assert {row.resident.name for row in shown.missing} == {"李国强", "赵玉"}
    run = confirmed(town, waiting, ends=ends, chosen=[first.pk])
    assert listed_groups(new, TODAY) == listed_groups(stays, TODAY) == {"dibao"}
    assert {who.name for who in (gone, other) if listed_groups(who, TODAY)} == left
    assert listed_groups(gone, TODAY - DAY) == {"dibao"}
    assert (run.added, run.unchanged, run.ended) == (1, 1, 2 - len(left))
    undo_import(by=town, run_id=run.pk, now=LATER)
    assert listed_groups(new, TODAY) == frozenset()
    assert {who.name for who in (gone, other) if listed_groups(who, TODAY)} == {"李国强", "赵玉"}


def test_a_register_is_undone_whole(town: User) -> None:
    old = factories.resident(name="李国强", number=number(3), address="1组")
    run = import_roster(
        by=town,
        division=town.division,
        file_name="名册.xlsx",
        content=files.xlsx(
            files.row("单秀兰", number(2), 类别="低保"),
            files.row("李国强", number(3), 地址="2组", 类别="五保", 手机="13812345678"),
        ),
        today=TODAY,
        now=NOW,
    )
    assert set(ImportChange.objects.values_list("what", flat=True)) == {"facts", "joined"}
    undo_import(by=town, run_id=run.pk, now=LATER)
    left = Resident.objects.get()
    assert (left.pk, left.address, left.phone, left.phone_tail) == (old.pk, "1组", None, "")
    assert GroupMembership.objects.count() == 0
    entry = AuditEntry.objects.latest("id")
    assert (entry.action, entry.detail) == ("roster.undo_import", {"removed": 1, "put_back": 1})


def _enrol(resident: Resident, by: User) -> None:
    programme = factories.version().programme
    Participation.objects.create(resident=resident, programme=programme, village=resident.village, unit_cap=2)


def _contact(resident: Resident, by: User) -> None:
    change_contact(by=by, resident_id=resident.pk, address="9组")


def _group(resident: Resident, by: User) -> None:
    join_group(by=by, resident_id=resident.pk, group="wubao", from_on=TODAY, evidence="县局批文", today=TODAY)


def _follow_up(resident: Resident, by: User) -> None:
    facts = {"resident": resident, "village": resident.village, "programme": factories.version().programme, "by": by}
    FollowUp.objects.create(key="1", outcome=FollowUp.Outcome.REFUSED, at=NOW, **facts)


def _batch(resident: Resident, by: User) -> None:
    """Listed in a batch that nobody has reviewed yet: a row that points at the resident without a name of its own."""
    version = factories.version()
    facts = {"version": version, "division": by.division, "prepared_by": by, "prepared_at": NOW}
    batch = GovernmentBatch.objects.create(key="1", product="B", units=1, unit_price_fen=5000, bought_before=0, **facts)
    GovernmentBatchRow.objects.create(batch=batch, resident=resident, village=resident.village, groups="dibao")


@pytest.mark.parametrize(
    ("rests", "reason"),
    [
        (_follow_up, "已有上门记录"),
        (_batch, "已列在政府购买批次里"),
        (_enrol, "已经登记过参保"),
        (_contact, "后来又改过"),
        (_group, "后来又改过"),
    ],
)
def test_what_something_rests_on_is_not_undone(town: User, rests: Any, reason: str) -> None:
    content = files.xlsx(files.row("单秀兰", number(2)), files.row("李国强", number(3)))
    run = import_roster(by=town, division=town.division, file_name="名册.xlsx", content=content, today=TODAY, now=NOW)
    rests(Resident.objects.get(name="单秀兰"), town)
    with pytest.raises(Conflict, match=f"不能撤回：单秀兰1人{reason}"):
        undo_import(by=town, run_id=run.pk, now=LATER)
    run.refresh_from_db()
    assert run.undone_at is None
    assert Resident.objects.count() == 2
    assert not AuditEntry.objects.filter(action="roster.undo_import").exists()


def test_a_village_has_its_own_people_and_imports_only(town: User) -> None:
    factories.resident(factories.village(2), name="单秀兰", number=number(2))
    by = factories.user(Desk.VILLAGE)
    waiting = staged(by, table(["单秀兰", number(2)]), "dibao")
    assert [row.reason for row in preview(waiting, by, TODAY, NOW).problems] == ["这个身份证号已在其他村居的名册里"]
    with pytest.raises(NotAllowed):
        staged(by, table(["单秀兰", number(2)]), "dibao", division=town.division)
    other = staged(town, table(["单秀兰", number(2)]), "dibao")
    with pytest.raises(NotAllowed):
        confirm_import(by=by, key=other.pk, seen="1-0-0-0-0-0", today=TODAY, now=NOW)
    run = confirmed(town, other)
    with pytest.raises(NotAllowed):
        undo_import(by=by, run_id=run.pk, now=LATER)
    assert GroupMembership.objects.count() == 1


def test_a_list_without_days_or_from_tomorrow_is_refused(town: User) -> None:
    with pytest.raises(InvalidInput, match="没有找到日期一列"):
        staged(town, table(["单秀兰", number(2)]), "deaths")
    with pytest.raises(InvalidInput, match="日期还没有到"):
        staged(town, table(["单秀兰", number(2)]), "dibao", day=TODAY + DAY)
    assert StagedImport.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_two_confirmations_at_once_write_once(town: User) -> None:
    factories.resident(name="单秀兰", number=number(2))
    waiting = staged(town, table(["单秀兰", number(2)]), "dibao")
    seen = preview(waiting, town, TODAY, NOW).seen
    act = lambda: confirm_import(by=town, key=waiting.pk, seen=seen, today=TODAY, now=NOW)  # noqa: E731
    outcomes = race(act, act)
    assert [outcome.pk for outcome in outcomes] == [ImportRun.objects.get().pk] * 2
    assert GroupMembership.objects.count() == 1


def test_queries_of_the_preview_and_the_confirmation_do_not_grow(
    town: User, client_of: Any, django_assert_num_queries: Any
) -> None:
    people = [factories.resident(name="单秀兰", number=number(serial)) for serial in range(2, 42)]
    waiting = staged(town, table(*(["单秀兰", number(serial)] for serial in range(2, 42))), "dibao")
    client, address = client_of(town), f"/town/import/waiting/{waiting.pk}/"
    client.get(address)
    with django_assert_num_queries(10):
        # session, person, device, installation twice, list, residents, memberships, missing, campaign
        page = client.get(address)
    assert len(page.context["preview"].first) == 20
    with django_assert_num_queries(19):  # 5 of a preview before, 6 of the same look again, 8 that lock and write
        confirmed(town, waiting)
    assert GroupMembership.objects.filter(resident__in=people).count() == 40
