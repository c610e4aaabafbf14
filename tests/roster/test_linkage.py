"""Rows without a usable identity number: compared with the roster, decided by a person, applied like the others."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st
from tests import factories
from tests.races import race
from tests.roster import files
from tests.roster.files import number
from tests.roster.test_lists import confirmed, staged
from tests.roster.test_pages import sheet_of

from ankang.accounts.models import Desk, User
from ankang.audit.models import AuditEntry
from ankang.installation.models import Installation
from ankang.roster.imports.undoing import undo_import
from ankang.roster.linkage.cases import find_cases, numberless_rows
from ankang.roster.linkage.deciding import decide_nobody, link_case, reopen_case
from ankang.roster.linkage.model import LEAST, SURE, Facts, match
from ankang.roster.linkage_models import LinkCase
from ankang.roster.models import ImportRun, Resident
from ankang.roster.queries import listed_groups
from ankang.rules.errors import Conflict, InvalidInput, NotAllowed

TODAY = date(2024, 3, 4)
NOW = datetime(2024, 3, 4, 2, tzinfo=UTC)
BORN = date(1950, 5, 6)


@pytest.fixture
def town(db: None) -> User:
    Installation.objects.create(pk=1, is_sample=True, demo_today=TODAY)
    return factories.user(Desk.TOWN)


def listed(by: User, *rows: Sequence[Any], header: Sequence[str], kind: str = "dibao") -> ImportRun:
    return confirmed(by, staged(by, files.xlsx(*rows, header=header), kind=kind))


def dibao(by: User, *rows: Sequence[Any]) -> ImportRun:
    return listed(by, *rows, header=("姓名", "出生日期", "村居"))


def only_case(by: User, run: ImportRun) -> LinkCase:
    find_cases(by=by, run_id=run.pk, today=TODAY)
    return LinkCase.objects.get(run=run)


def test_a_list_of_names_and_birth_dates_finds_its_people(town: User) -> None:
    meant = factories.resident(name="单秀兰", birth_date=BORN)
    factories.resident(name="单秀兰", birth_date=date(1944, 1, 2))
    factories.resident(name="李国强", birth_date=date(1947, 7, 7))
    run = dibao(town, ["单秀兰", BORN, "01村"], ["赵玉英", date(1939, 9, 9), "01村"])
    assert (run.added, run.rejected, numberless_rows(run)) == (0, 2, 2)
    assert find_cases(by=town, run_id=run.pk, today=TODAY) == 2
    found, stranger = LinkCase.objects.order_by("row__row_number")
    best = found.candidates.first()
    assert best is not None
    assert (best.resident, best.says) == (meant, ["name-3", "birth-3", "village-1"])
    assert best.likelihood >= SURE
    assert not stranger.candidates.exists()
    link_case(by=town, case_id=found.pk, resident_id=meant.pk, today=TODAY, now=NOW)
    assert listed_groups(meant, TODAY) == {"dibao"}
    assert numberless_rows(run) == 0


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        (lambda number: "3.2E+17", None),
        (lambda number: number[:17], BORN),
        (lambda number: number[:16] + ("0" if number[16] != "0" else "1") + number[17], BORN),
        (lambda number: number[:6] + number[8:17], BORN),
    ],
)
def test_a_damaged_number_is_compared_and_tells_its_birth_date(
    town: User, written: Callable[[str], str], seen: date | None
) -> None:
    meant = factories.resident(name="单秀兰", birth_date=BORN, number=number(2, BORN))
    run = listed(town, ["单秀兰", written(number(2, BORN))], header=("姓名", "身份证号"))
    case = only_case(town, run)
    assert case.birth_date == seen
    assert [candidate.resident for candidate in case.candidates.all()] == [meant]


def test_a_row_with_a_good_number_is_no_case(town: User) -> None:
    run = listed(town, ["单秀兰", number(2)], ["", "1"], header=("姓名", "身份证号"))
    assert run.rejected == 2
    assert find_cases(by=town, run_id=run.pk, today=TODAY) == 0


def test_deaths_and_moves_take_effect_on_their_day(town: User) -> None:
    dead, moved = (factories.resident(name=name, birth_date=BORN) for name in ("单秀兰", "李国强"))
    for kind, title, who in (("deaths", "去世日期", dead), ("moves", "迁出日期", moved)):
        run = listed(town, [who.name, BORN, date(2024, 3, 1)], header=("姓名", "出生日期", title), kind=kind)
        link_case(by=town, case_id=only_case(town, run).pk, resident_id=who.pk, today=TODAY, now=NOW)
        who.refresh_from_db()
    assert (dead.status, dead.died_on) == ("dead", date(2024, 3, 1))
    assert (moved.status, moved.moved_on) == ("moved", date(2024, 3, 1))


def test_a_row_of_the_register_brings_the_lists_it_names(town: User) -> None:
    who = factories.resident(name="单秀兰", birth_date=BORN, household="")
    run = listed(
        town,
        ["01村", "017", "单秀兰", "", BORN, "低保、三无"],
        header=("村居", "户号", "姓名", "身份证号", "出生日期", "类别"),
        kind="roster",
    )
    link_case(by=town, case_id=only_case(town, run).pk, resident_id=who.pk, today=TODAY, now=NOW)
    who.refresh_from_db()
    assert who.household == "017"
    assert listed_groups(who, TODAY) == {"dibao", "sanwu"}


def test_a_death_without_its_day_is_refused_and_changes_nothing(town: User) -> None:
    who = factories.resident(name="单秀兰", birth_date=BORN)
    run = listed(town, ["单秀兰", BORN, ""], header=("姓名", "出生日期", "去世日期"), kind="deaths")
    case = only_case(town, run)
    with pytest.raises(InvalidInput, match="没有写去世日期"):
        link_case(by=town, case_id=case.pk, resident_id=who.pk, today=TODAY, now=NOW)
    case.refresh_from_db()
    who.refresh_from_db()
    assert (case.state, who.status) == ("waiting", "living")


def test_decided_rows_stay_decided_when_compared_again(town: User) -> None:
    who = factories.resident(name="单秀兰", birth_date=BORN)
    run = dibao(town, ["单秀兰", BORN, "01村"])
    case = only_case(town, run)
    decide_nobody(by=town, case_id=case.pk, now=NOW)
    with pytest.raises(Conflict, match="都不是"):
        link_case(by=town, case_id=case.pk, resident_id=who.pk, today=TODAY, now=NOW)
    assert find_cases(by=town, run_id=run.pk, today=TODAY) == 0
    reopen_case(by=town, case_id=case.pk)
    assert find_cases(by=town, run_id=run.pk, today=TODAY) == 1
    link_case(by=town, case_id=case.pk, resident_id=who.pk, today=TODAY, now=NOW)
    with pytest.raises(Conflict, match="变更"):
        reopen_case(by=town, case_id=case.pk)
    told = AuditEntry.objects.filter(action__contains="link").order_by("id").values_list("action", flat=True)
    assert list(told) == [
        "roster.find_links",
        "roster.link_nobody",
        "roster.find_links",
        "roster.reopen_link",
        "roster.find_links",
        "roster.link",
    ]


def test_nobody_links_to_someone_who_is_no_candidate(town: User) -> None:
    factories.resident(name="单秀兰", birth_date=BORN)
    other = factories.resident(name="李国强", birth_date=date(1940, 1, 1))
    case = only_case(town, dibao(town, ["单秀兰", BORN, "01村"]))
    with pytest.raises(Conflict, match="不在这一行的比对结果里"):
        link_case(by=town, case_id=case.pk, resident_id=other.pk, today=TODAY, now=NOW)


def test_a_village_meets_only_its_own_people_and_lists(town: User) -> None:
    here = factories.resident(name="单秀兰", birth_date=BORN)
    there = factories.resident(factories.village(2), name="单秀兰", birth_date=BORN)
    worker, foreign = (factories.user(Desk.VILLAGE, factories.village(serial)) for serial in (1, 2))
    case = only_case(worker, listed(worker, ["单秀兰", BORN], header=("姓名", "出生日期")))
    assert [candidate.resident for candidate in case.candidates.all()] == [here]
    with pytest.raises(NotAllowed):
        link_case(by=foreign, case_id=case.pk, resident_id=there.pk, today=TODAY, now=NOW)
    with pytest.raises(NotAllowed):
        find_cases(by=foreign, run_id=case.run_id, today=TODAY)


def test_an_import_with_a_decided_row_is_not_taken_back(town: User) -> None:
    who = factories.resident(name="单秀兰", birth_date=BORN)
    run = dibao(town, ["单秀兰", BORN, "01村"])
    link_case(by=town, case_id=only_case(town, run).pk, resident_id=who.pk, today=TODAY, now=NOW)
    with pytest.raises(Conflict, match="按姓名比对认定"):
        undo_import(by=town, run_id=run.pk, now=NOW + timedelta(hours=1))


def test_an_import_taken_back_has_nothing_to_compare(town: User) -> None:
    factories.resident(name="单秀兰", birth_date=BORN)
    run = dibao(town, ["单秀兰", BORN, "01村"])
    case = only_case(town, run)
    undo_import(by=town, run_id=run.pk, now=NOW + timedelta(hours=1))
    for act in (
        lambda: find_cases(by=town, run_id=run.pk, today=TODAY),
        lambda: decide_nobody(by=town, case_id=case.pk, now=NOW),
    ):
        with pytest.raises(Conflict, match="已经撤回"):
            act()


@pytest.mark.parametrize("facts", [{"state": "linked"}, {"state": "nobody"}, {"decided_at": NOW}])
def test_the_database_refuses_half_a_decision(town: User, facts: dict[str, Any]) -> None:
    case = factories.link_case(factories.import_run())
    with pytest.raises(IntegrityError), transaction.atomic():
        LinkCase.objects.filter(pk=case.pk).update(**facts)


@pytest.mark.django_db(transaction=True)
def test_two_people_decide_one_row_and_one_wins() -> None:
    Installation.objects.create(pk=1, is_sample=True, demo_today=TODAY)
    town = factories.user(Desk.TOWN)
    twins = [factories.resident(name="单秀兰", birth_date=BORN) for _ in range(2)]
    case = only_case(town, dibao(town, ["单秀兰", BORN, "01村"]))

    def decide(who: Resident) -> Callable[[], LinkCase]:
        return lambda: link_case(by=town, case_id=case.pk, resident_id=who.pk, today=TODAY, now=NOW)

    outcomes = race(*(decide(who) for who in twins))
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Conflict", "LinkCase"]
    case.refresh_from_db()
    assert [listed_groups(who, TODAY) == {"dibao"} for who in twins] == [who == case.resident for who in twins]


def test_the_pages_go_from_the_import_to_the_decision(town: User, client_of: Callable[[User], Client]) -> None:
    client = client_of(town)
    who = factories.resident(name="单秀兰", birth_date=BORN)
    run = dibao(town, ["单秀兰", BORN, "01村"])
    assert "按姓名和出生日期找人" in client.get(f"/town/import/{run.pk}/").content.decode()
    page = client.post(f"/town/import/{run.pk}/links/", follow=True).content.decode()
    assert "1 行没有可用的身份证号，请认定是谁" in page
    assert "姓名相同、出生日期相同、同村" in page
    assert who.number is not None
    assert who.number.reveal() not in page
    case = LinkCase.objects.get()
    rows = sheet_of(client.get("/town/import/links/export/"))
    assert rows[2][:7] == ["低保名单", 2, "单秀兰", BORN, "01村", "待比对", "单秀兰"]
    assert "没有收到选的是哪位老人" in client.post(f"/town/import/links/{case.pk}/", follow=True).content.decode()
    done = client.post(f"/town/import/links/{case.pk}/", {"resident": who.pk, "run": run.pk}, follow=True)
    assert "单秀兰：已认定，并按名单登记。" in done.content.decode()
    assert "没有待比对的行" in done.content.decode()
    assert (
        f"认定为01村单秀兰（尾号 {who.number_tail}）" in client.get("/town/import/links/?state=linked").content.decode()
    )


def test_the_page_takes_nine_queries_whatever_it_lists(
    town: User, client_of: Callable[[User], Client], django_assert_num_queries: Any
) -> None:
    client = client_of(town)
    for at in range(3):
        factories.resident(name="单秀兰", birth_date=BORN + timedelta(days=at))
    run = dibao(town, *(["单秀兰", BORN + timedelta(days=at), "01村"] for at in range(3)))
    client.post(f"/town/import/{run.pk}/links/")
    client.get("/town/import/links/")
    with django_assert_num_queries(9):
        page = client.get("/town/import/links/")
    assert len(page.context["cases"]) == 3


PEOPLE = [
    Facts(key, name, date(1940 + key % 9, 1 + key % 12, 1 + key % 28), "12"[key % 2], f"v{key % 3}", "", "")
    for key, name in enumerate(["王秀兰", "王秀莲", "王秀", "李建国", "李建华", "张桂英", "张桂芳", "赵玉珍"] * 6)
]


@settings(max_examples=25)
@given(st.sampled_from(PEOPLE), st.booleans())
def test_the_person_meant_is_the_likeliest(meant: Facts, says_village: bool) -> None:
    row = Facts(900, meant.name, meant.birth_date, "", meant.village if says_village else "", "", "")
    found = match([row], PEOPLE)
    assert [pair.likelihood for pair in found] == sorted((pair.likelihood for pair in found), reverse=True)
    assert all(LEAST * 1000 <= pair.likelihood <= 1000 for pair in found)
    same = {person.key for person in PEOPLE if (person.name, person.birth_date) == (meant.name, meant.birth_date)}
    assert found[0].resident in same


def test_a_common_name_alone_is_little_and_a_rare_one_more() -> None:
    crowd = [Facts(key, "王秀兰", date(1930 + key % 30, 1, 1), "2", "", "", "") for key in range(300)]
    rare = Facts(1000, "单雨桐", date(1950, 5, 6), "2", "", "", "")
    common, single = (Facts(key, name, None, "", "", "", "") for key, name in ((1, "王秀兰"), (2, "单雨桐")))
    found = match([common, single], [*crowd, rare])
    assert [pair.resident for pair in found] == [1000]
