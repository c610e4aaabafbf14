"""A plan is stored once a state, read back equal, and found by day and division."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from tests import factories

from ankang.audit.models import AuditEntry
from ankang.programmes.actions import publish_version
from ankang.programmes.models import Programme, ProgrammeVersion, Target
from ankang.programmes.queries import campaign_on, current_version, plan_of, version_covering
from ankang.rules.errors import Conflict, InvalidInput

pytestmark = pytest.mark.django_db
AT = datetime(2024, 1, 15, 9, tzinfo=UTC)


def test_publishing_stores_the_plan_its_targets_and_an_audit_row():
    plan, by = factories.plan(), factories.user(division=factories.town(villages=20))
    version = publish_version(plan=plan, division=by.division, by=by, at=AT)
    assert (version.number, version.programme.slug, version.programme.window_to) == (1, plan.id, date(2024, 3, 20))
    assert plan_of(version) == plan
    targets = list(Target.objects.values_list("serial", "village_id", "population", "target"))
    assert targets[0] == (1, "320903101201", 525, 446)
    assert (len(targets), sum(row[2] for row in targets), sum(row[3] for row in targets)) == (20, 16041, 13634)
    entry = AuditEntry.objects.get(action="programme.publish")
    assert (entry.actor, entry.division_code, entry.detail["number"]) == (by, factories.TOWN, 1)


def test_the_same_plan_again_is_the_existing_version():
    first, again = factories.version(), factories.version()
    assert first == again
    assert ProgrammeVersion.objects.count() == AuditEntry.objects.filter(action="programme.publish").count() == 1


def test_another_state_of_the_plan_is_the_next_version():
    first = factories.version()
    changed = replace(factories.plan(), name="改名后的方案")
    second = factories.version(changed, why="改名")
    assert (second.number, second.programme, second.why) == (2, first.programme, "改名")
    assert Programme.objects.get().name == "改名后的方案"
    assert current_version(first.programme) == second
    assert Target.objects.count() == 20
    assert plan_of(ProgrammeVersion.objects.get(number=1)) == factories.plan()


def test_a_target_without_a_village_stores_nothing():
    with pytest.raises(InvalidInput, match="序号 3、4、5"):
        publish_version(plan=factories.plan(), division=factories.town(villages=2), by=None, at=AT)
    assert not Programme.objects.exists()
    assert not AuditEntry.objects.exists()


def test_another_towns_plan_is_refused():
    with pytest.raises(InvalidInput, match="320903101000"):
        publish_version(plan=factories.plan(), division=factories.town("320903102000"), by=None, at=AT)
    assert not Programme.objects.exists()


def test_frozen_targets_cannot_change_in_a_later_version():
    factories.version()
    plan = factories.plan()
    other = replace(plan, targets=(replace(plan.targets[0], target=447), *plan.targets[1:]))
    with pytest.raises(Conflict, match="冻结"):
        factories.version(other)
    assert ProgrammeVersion.objects.count() == 1
    assert Target.objects.get(serial=1).target == 446


@pytest.mark.parametrize(
    ("day", "found"),
    [
        (date(2023, 12, 2), False),  # 61 days before the window
        (date(2023, 12, 3), True),
        (date(2024, 3, 4), True),
        (date(2025, 3, 21), True),  # until the next one is prepared
    ],
)
def test_the_campaign_is_found_from_sixty_days_before_its_window(day, found, django_assert_num_queries):
    version = factories.version()
    with django_assert_num_queries(1):
        campaign = campaign_on(day, factories.TOWN)
        if campaign:
            assert campaign.programme.slug == version.programme.slug
    assert campaign == (version if found else None)
    assert campaign_on(day, "320903101205") == campaign  # a village of the town
    assert campaign_on(day, "320903102000") is None  # another town


def test_the_newest_version_of_the_newest_campaign_counts():
    factories.version()
    plan = factories.plan()
    year = replace(
        plan, id="next", year=2025, window_from=date(2025, 2, 1), window_to=date(2025, 3, 20),
        cover_from=date(2025, 3, 21), cover_to=date(2026, 3, 20),
    )  # fmt: skip
    factories.version(year)
    newest = factories.version(replace(year, name="第二版"))
    assert campaign_on(date(2025, 2, 10), factories.TOWN) == newest
    assert campaign_on(date(2024, 10, 10), factories.TOWN).programme.slug == plan.id


@pytest.mark.parametrize(
    ("day", "covered"),
    [
        (date(2024, 3, 20), False),
        (date(2024, 3, 21), True),
        (date(2025, 3, 20), True),
        (date(2025, 3, 21), False),
    ],
)
def test_a_version_covers_both_ends_of_its_period(day, covered):
    version = factories.version()
    assert version_covering(day, factories.TOWN) == (version if covered else None)


def test_a_document_that_was_altered_is_not_read():
    version = factories.version()
    version.document = version.document.replace('"unit_cap":2', '"unit_cap":9')
    with pytest.raises(Conflict, match="指纹"):
        plan_of(version)
