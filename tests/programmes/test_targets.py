"""Targets are issued whole on a paper, never changed, and each day has its own."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from tests import factories, races, towns

from ankang.accounts.models import User
from ankang.audit.models import AuditEntry
from ankang.enrolment.coverage import town_coverage
from ankang.programmes.models import ProgrammeVersion, Target
from ankang.programmes.target_models import IssuedTarget, TargetIssue
from ankang.programmes.targets import Basis, VillageTarget, issue_targets, targets_on
from ankang.rules.errors import AnkangError, Conflict, InvalidInput, NotAllowed

pytestmark = pytest.mark.django_db
NOW = datetime(2024, 3, 4, 2, tzinfo=UTC)
TODAY = date(2024, 3, 4)
BASIS = Basis("试政发〔2024〕5号", date(2024, 3, 1), "区里重新核定人口数", "entered", None, "upward")


@pytest.fixture
def version() -> ProgrammeVersion:
    return towns.campaign([(40, 34), (20, 16)])


@pytest.fixture
def manager(version: ProgrammeVersion) -> User:
    return factories.user("town", is_manager=True)


def rows(*pairs: tuple[int, int]) -> list[VillageTarget]:
    return [
        VillageTarget(factories.village(at).code, at, f"{at:02d}村", people, target)
        for at, (people, target) in enumerate(pairs, start=1)
    ]


def issue(by: User, version: ProgrammeVersion, *pairs: tuple[int, int], **facts: Any) -> TargetIssue:
    given: dict[str, Any] = {
        "rows": rows(*(pairs or ((42, 36), (20, 17)))), "basis": BASIS, "from_on": TODAY, "key": "k1", "now": NOW,
    }  # fmt: skip
    return issue_targets(by=by, programme=version.programme, **(given | facts))


def test_an_issue_holds_from_its_day_and_leaves_the_earlier_days_alone(
    version: ProgrammeVersion, manager: User
) -> None:
    made = issue(manager, version, from_on=date(2024, 3, 10))
    assert [(row.population, row.target) for row in targets_on(version.programme, date(2024, 3, 9)).rows] == [
        (40, 34),
        (20, 16),
    ]
    after = targets_on(version.programme, date(2024, 3, 10))
    assert (after.issue, [(row.population, row.target) for row in after.rows]) == (made, [(42, 36), (20, 17)])
    before, on = (town_coverage(manager, version, day).total for day in (date(2024, 3, 9), date(2024, 3, 10)))
    assert (before.population, before.target.published, before.target.line) == (60, 50, 51)
    assert (on.population, on.target.published, on.target.line) == (62, 53, 53)
    assert Target.objects.count() == 2  # what came with the plan stands as it was
    entry = AuditEntry.objects.get(action="programme.issue_targets")
    assert (entry.actor, entry.subject_id, entry.detail["target"], entry.detail["paper"]) == (
        manager,
        str(made.pk),
        53,
        "试政发〔2024〕5号",
    )


def test_of_two_issues_for_one_day_the_newest_counts(version: ProgrammeVersion, manager: User) -> None:
    issue(manager, version)
    second = issue(manager, version, (42, 35), (20, 17), key="k2")
    assert (second.number, targets_on(version.programme, TODAY).issue) == (2, second)
    assert town_coverage(manager, version, TODAY).total.target.published == 52
    assert IssuedTarget.objects.count() == 4


def test_the_same_key_issues_once(version: ProgrammeVersion, manager: User) -> None:
    assert issue(manager, version) == issue(manager, version)
    assert TargetIssue.objects.count() == AuditEntry.objects.filter(action="programme.issue_targets").count() == 1


@pytest.mark.parametrize(
    ("facts", "error", "words"),
    [
        ({"basis": replace(BASIS, paper=" ")}, InvalidInput, "文号"),
        ({"basis": replace(BASIS, reason="")}, InvalidInput, "为什么"),
        ({"basis": replace(BASIS, paper_on=date(2024, 3, 5))}, InvalidInput, "文件日期还没到"),
        ({"from_on": date(2024, 3, 3)}, InvalidInput, "过去"),
    ],
)
def test_what_an_issue_needs(
    version: ProgrammeVersion, manager: User, facts: dict[str, Any], error: type[AnkangError], words: str
) -> None:
    with pytest.raises(error, match=words):
        issue(manager, version, **facts)
    assert not TargetIssue.objects.exists()
    assert not AuditEntry.objects.filter(action="programme.issue_targets").exists()


@pytest.mark.parametrize(
    ("pairs", "error", "words"),
    [
        (((42, 36),), InvalidInput, "缺 02村"),
        (((42, 43), (20, 17)), InvalidInput, "01村的目标要在0到42人之间"),
        (((0, 0), (20, 17)), InvalidInput, "01村的人口数"),
        (((40, 34), (20, 16)), Conflict, "一模一样"),
    ],
)
def test_what_a_table_may_not_be(
    version: ProgrammeVersion, manager: User, pairs: Any, error: type[AnkangError], words: str
) -> None:
    with pytest.raises(error, match=words):
        issue(manager, version, *pairs)
    assert not TargetIssue.objects.exists()


def test_a_village_twice_or_of_another_town_is_refused(version: ProgrammeVersion, manager: User) -> None:
    twice = rows((42, 36), (20, 17))
    foreign = replace(twice[0], code=factories.village(1, "320903102000").code)
    for wrong in ([*twice, twice[0]], [*twice, foreign]):
        with pytest.raises(InvalidInput, match="重复的村"):
            issue(manager, version, rows=wrong)


def test_an_issue_may_not_begin_before_the_one_before(version: ProgrammeVersion, manager: User) -> None:
    issue(manager, version, from_on=date(2024, 3, 10))
    with pytest.raises(InvalidInput, match="2024-03-10起算"):
        issue(manager, version, (42, 35), (20, 17), key="k2")


def test_only_a_manager_of_the_town_issues(version: ProgrammeVersion) -> None:
    foreign = factories.user("town", factories.town("320903102000"), is_manager=True)
    for by in (factories.user("town"), factories.user("village", is_manager=True), foreign):
        with pytest.raises(NotAllowed, match="管账号"):
            issue(by, version)
    assert not TargetIssue.objects.exists()


def test_a_plan_without_targets_gets_its_first_without_a_reason() -> None:
    version = towns.campaign([])
    factories.town(villages=2)
    manager = factories.user("town", is_manager=True)
    assert town_coverage(manager, version, TODAY).total.is_published is False
    issue(manager, version, basis=replace(BASIS, reason=""))
    total = town_coverage(manager, version, TODAY).total
    assert (total.is_published, total.population, total.target.published) == (True, 62, 53)


def test_the_database_keeps_the_bounds(version: ProgrammeVersion, manager: User) -> None:
    made = issue(manager, version)
    with pytest.raises(IntegrityError), transaction.atomic():
        IssuedTarget.objects.filter(issue=made).update(target=100)
    with pytest.raises(IntegrityError), transaction.atomic():
        TargetIssue.objects.filter(pk=made.pk).update(paper="")
    with pytest.raises(IntegrityError), transaction.atomic():
        TargetIssue.objects.filter(pk=made.pk).update(source="roster")


@pytest.mark.django_db(transaction=True)
def test_two_managers_at_once_make_two_issues_in_order(version: ProgrammeVersion, manager: User) -> None:
    other = factories.user("town", is_manager=True)
    done = races.race(
        lambda: issue(manager, version, key="a"), lambda: issue(other, version, (41, 35), (20, 17), key="b")
    )
    assert all(isinstance(one, TargetIssue) for one in done), done
    assert sorted(one.number for one in done) == [1, 2]
