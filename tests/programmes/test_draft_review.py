"""Two persons publish a plan: what is not ready, not theirs, or would make worse what was sold, is refused."""

import pytest
from django.db import IntegrityError, transaction
from tests import factories
from tests.enrolment.acts import enrol
from tests.programmes.draft_acts import (
    LATER,
    NOW,
    compare_all,
    copy,
    nothing_changes,
    publish,
    save,
    submit,
)  # fmt: skip
from tests.races import race

from ankang.audit.models import AuditEntry
from ankang.claims.standing import standing_of
from ankang.programmes import draft_review, drafts
from ankang.programmes.draft_errors import (
    ChangeRefused,
    DraftChanged,
    DraftClosed,
    DraftNotReady,
    SecondPersonPublishes,
)
from ankang.programmes.draft_models import DraftStep, ProgrammeDraft
from ankang.programmes.models import Programme, ProgrammeVersion, Target
from ankang.programmes.queries import current_version, plan_of
from ankang.programmes.sources import checked
from ankang.rules.errors import Conflict, InvalidInput, NotAllowed
from ankang.rules.in_year import InYear

pytestmark = pytest.mark.django_db


@pytest.fixture
def by():
    return factories.user(division=factories.town(villages=20))


@pytest.fixture
def second(by):
    return factories.user(division=by.division)


def submitted(by, **facts) -> ProgrammeDraft:
    draft = copy(by, **facts)
    compare_all(by, draft)
    submit(by, draft)
    return draft


def test_a_second_person_publishes_next_years_plan(by, second):
    draft = submitted(by)
    version = publish(second, draft)
    draft.refresh_from_db()
    assert (draft.state, draft.submitted_by, draft.published_by, draft.version) == ("published", by, second, version)
    assert (version.programme.slug, version.number, version.published_by) == ("2025-yandu", 1, second)
    assert plan_of(version) == checked(draft_review.newest_state(draft)).plan
    assert version.source == draft_review.newest_state(draft).tables
    assert Programme.objects.count() == 2
    assert Target.objects.filter(programme=version.programme).count() == 20
    kinds = list(DraftStep.objects.values_list("kind", "by"))
    assert kinds == [("submitted", by.pk), ("published", second.pk)]
    told = DraftStep.objects.last().acknowledged
    assert len(told) >= 8
    assert all(one["note"] and one["message"] for one in told)
    assert AuditEntry.objects.filter(action="programme.publish", actor=second).count() == 1


def test_who_submitted_does_not_publish(by):
    draft = submitted(by)
    with nothing_changes(), pytest.raises(SecondPersonPublishes):
        publish(by, draft)
    with pytest.raises(IntegrityError, match="draft_second_person_publishes"), transaction.atomic():
        ProgrammeDraft.objects.filter(pk=draft.pk).update(
            state="published", published_by=by, published_at=NOW, version=factories.version()
        )


@pytest.mark.parametrize(
    "facts",
    [
        {"state": "submitted"},  # by nobody
        {"state": "open", "submitted_at": NOW},
        {"state": "published"},
        {"base": None, "is_amendment": True},
    ],
)
def test_the_database_keeps_who_and_when_together(by, facts):
    draft = copy(by)
    with pytest.raises(IntegrityError), transaction.atomic():
        ProgrammeDraft.objects.filter(pk=draft.pk).update(**facts)


def test_a_draft_that_is_not_ready_is_not_submitted(by):
    draft = copy(by)
    with nothing_changes(), pytest.raises(DraftNotReady, match="9 部分没有对照"):
        submit(by, draft)
    compare_all(by, draft)
    save(by, draft, "products-1", {"products.0.price": "一百"})
    with nothing_changes(), pytest.raises(DraftNotReady, match="1 处要改"):
        submit(by, draft)
    save(by, draft, "products-1", {"products.0.price": "100"})
    save(by, draft, "general", {"totals.target": "1"})
    with nothing_changes(), pytest.raises(DraftNotReady, match="核查有 1 处错误"):
        submit(by, draft)
    save(by, draft, "general", {"totals.target": "13634", "division": "320903102000"})
    with nothing_changes(), pytest.raises(DraftNotReady, match="区划代码"):
        submit(by, draft)
    save(by, draft, "general", {"division": factories.TOWN, "id": "2024-yandu"})
    with nothing_changes(), pytest.raises(ChangeRefused, match="已经发布过"):
        submit(by, draft)
    save(by, draft, "general", {"id": "2025-yandu"})
    with nothing_changes(), pytest.raises(DraftChanged):
        submit(by, draft, based_on=draft.head - 1)
    submit(by, draft)
    with nothing_changes(), pytest.raises(DraftClosed):
        submit(by, draft)
    with nothing_changes(), pytest.raises(DraftClosed):
        save(by, draft, "general", {"name": "改不了"})


def test_every_warning_is_answered(by, second):
    draft = submitted(by)
    count = len(draft_review.warnings_of(checked(draft_review.newest_state(draft))))
    with nothing_changes(), pytest.raises(InvalidInput) as caught:
        publish(second, draft, notes=[*["知道了"] * (count - 2), " ", ""])
    assert set(caught.value.fields["errors"]) == {f"note-{count - 2}", f"note-{count - 1}"}
    with nothing_changes(), pytest.raises(DraftChanged):
        publish(second, draft, notes=["知道了"])


def test_a_draft_goes_back_with_a_reason_or_is_taken_back(by, second):
    draft = submitted(by)
    with nothing_changes(), pytest.raises(InvalidInput, match="原因"):
        draft_review.return_draft(by=second, draft=draft, note=" ", now=LATER)
    draft_review.return_draft(by=second, draft=draft, note="骨折的数问清楚再报", now=LATER)
    draft.refresh_from_db()
    assert (draft.state, draft.submitted_by) == ("open", None)
    submit(by, draft)
    draft_review.return_draft(by=by, draft=draft, note="", now=LATER)
    assert [step.kind for step in draft.steps.all()] == ["submitted", "returned", "submitted", "returned"]


def test_a_draft_is_dropped_with_a_reason(by):
    draft = copy(by)
    with nothing_changes(), pytest.raises(InvalidInput):
        draft_review.drop_draft(by=by, draft=draft, note="", now=NOW)
    draft_review.drop_draft(by=by, draft=draft, note="重复了", now=NOW)
    draft.refresh_from_db()
    assert draft.state == "dropped"
    for act in (lambda: submit(by, draft), lambda: draft_review.drop_draft(by=by, draft=draft, note="再", now=NOW)):
        with nothing_changes(), pytest.raises(DraftClosed):
            act()


def test_another_offices_draft_is_not_touched(by, second):
    draft = submitted(by)
    other = factories.user(division=factories.town("320903102000"))
    acts = (
        lambda: publish(other, draft),
        lambda: draft_review.return_draft(by=other, draft=draft, note="x", now=NOW),
        lambda: drafts.follow_newest(by=other, draft=draft, newest=draft.base),
        lambda: publish(factories.user("village"), draft),
    )
    for act in acts:
        with nothing_changes(), pytest.raises(NotAllowed):
            act()


# ------------------------------------------------------------------ in the year


def amended(by, changes, section="products-1") -> ProgrammeDraft:
    draft = copy(by, current_version(factories.version().programme), amend=True)
    save(by, draft, section, changes)
    return draft


def test_an_amendment_is_the_next_version_and_the_first_stays(by, second):
    draft = amended(by, {"readings.K03.choice": "2000"}, "readings")
    submit(by, draft)
    version = publish(second, draft)
    assert (version.number, version.programme.slug) == (2, "2024-yandu")
    assert plan_of(version).products[0].benefits[3].bands[0].amount_fen == 200000
    assert plan_of(ProgrammeVersion.objects.get(number=1)) == factories.plan()


def test_the_price_of_what_was_sold_does_not_change(by, second):
    version = factories.version()
    enrol(factories.user("village"), factories.resident(), version, product="A")
    assert standing_of(version.programme) == InYear({"A": 1}, 0)
    draft = amended(by, {"products.0.price": "120"})
    with nothing_changes(), pytest.raises(ChangeRefused, match="险种 A 已卖出 1 份"):
        submit(by, draft, stands=standing_of)
    dearer = amended(by, {"products.1.price": "60"}, "products-2")  # nobody holds B
    submit(by, dearer, stands=standing_of)
    assert plan_of(publish(second, dearer, stands=standing_of)).products[1].price_fen == 6000


def test_what_was_sold_after_the_submission_counts_too(by, second):
    version = factories.version()
    draft = amended(by, {"products.0.price": "120"})
    submit(by, draft, stands=standing_of)
    enrol(factories.user("village"), factories.resident(), version, product="A")
    with nothing_changes(), pytest.raises(ChangeRefused):
        publish(second, draft, stands=standing_of)


def test_published_targets_and_the_identifier_stay(by):
    draft = amended(by, {"targets.0.target": "447"}, "targets")
    save(by, draft, "general", {"totals.target": "13635"})
    with nothing_changes(), pytest.raises(ChangeRefused, match="分村目标发布后不在方案里改"):
        submit(by, draft)
    renamed = amended(by, {"id": "other"}, "general")
    with nothing_changes(), pytest.raises(ChangeRefused, match="编号不能改"):
        submit(by, renamed)


def test_an_amendment_follows_what_was_published_meanwhile(by, second):
    first = amended(by, {"readings.K03.choice": "2000"}, "readings")
    other = amended(by, {"name": "改了名"}, "general")
    for draft in (first, other):
        submit(by, draft)
    newest = publish(second, first)
    with nothing_changes(), pytest.raises(ChangeRefused, match="又发布了第 2 版"):
        publish(second, other)
    draft_review.return_draft(by=second, draft=other, note="先接上第2版", now=LATER)
    drafts.follow_newest(by=by, draft=other, newest=newest)
    other.refresh_from_db()
    submit(by, other)
    assert publish(second, other).number == 3


def test_nothing_to_publish_is_refused(by, second):
    draft = copy(by, factories.version(), amend=True)
    submit(by, draft)
    with nothing_changes(), pytest.raises(Conflict, match="一模一样"):
        publish(second, draft)


@pytest.mark.django_db(transaction=True)
def test_two_amendments_at_once_do_not_overlook_each_other():
    by = factories.user(division=factories.town(villages=20))
    seconds = [factories.user(division=by.division) for _ in range(2)]
    made = [
        amended(by, {"readings.K03.choice": "2000"}, "readings"),
        amended(by, {"products.1.price": "60"}, "products-2"),
    ]
    for draft in made:
        submit(by, draft)
    pairs = zip(seconds, made, strict=True)
    outcomes = race(*(lambda one=one, draft=draft: publish(one, draft) for one, draft in pairs))
    assert sorted(type(one).__name__ for one in outcomes) == ["ChangeRefused", "ProgrammeVersion"]
    assert ProgrammeVersion.objects.count() == 2
