"""Schemes, frozen results, objections, new versions: who may, what never changes, what a refusal leaves alone."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction
from tests import factories
from tests.assessment.acts import (
    NOW,
    OVER,
    PAPER,
    SMALL,
    answered,
    confirmed,
    frozen,
    insured_town,
    key,
    nothing_changes,
    objected,
    town_of,
)
from tests.races import race

from ankang.assessment import objections, runs, schemes
from ankang.assessment.errors import (
    AlreadyFrozen,
    NotNewest,
    NotWaiting,
    ObjectionsOpen,
    SchemeNotConfirmed,
    TooEarly,
)
from ankang.assessment.models import AssessmentRow, AssessmentRun, AssessmentScheme, Objection
from ankang.assessment.queries import changes, is_replayed, rows_of
from ankang.audit.models import AppendOnly, AuditEntry
from ankang.rules.errors import Conflict, InvalidInput, NotAllowed
from ankang.rules.tables import ProgrammeFileError

database = pytest.mark.django_db


def test_a_scheme_is_a_draft_until_confirmed_on_a_paper(version, manager):
    draft = schemes.enter_scheme(by=manager, programme=version.programme, text=SMALL, now=NOW)
    assert (draft.number, draft.confirmed_at, draft.is_example) == (1, None, False)
    assert schemes.enter_scheme(by=manager, programme=version.programme, text=SMALL + "\n# 同样的", now=NOW) == draft
    with nothing_changes(), pytest.raises(InvalidInput, match="依据哪份文件"):
        schemes.confirm_scheme(by=manager, scheme=draft, paper=" ", now=NOW)
    done = schemes.confirm_scheme(by=manager, scheme=draft, paper=PAPER, now=NOW)
    assert (done.confirmed_by, done.confirmed_at, done.paper) == (manager, NOW, PAPER)
    with nothing_changes(), pytest.raises(Conflict, match="已经确认"):
        schemes.confirm_scheme(by=manager, scheme=draft, paper=PAPER, now=NOW)
    assert AuditEntry.objects.filter(action="assessment.confirm_scheme").count() == 1


def test_the_example_fits_the_2024_programme_and_stays_marked(version, manager):
    draft = schemes.enter_scheme(by=manager, programme=version.programme, text=schemes.example_text(), now=NOW)
    assert draft.is_example
    assert "示例" in draft.scheme.name


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        (SMALL.replace("2024-yandu", "2025-yandu"), InvalidInput, "programme 改成"),
        (SMALL.replace("weight = 80", "weight = 79"), ProgrammeFileError, "加起来是 99.00"),
    ],
)
def test_a_scheme_that_does_not_fit_is_refused(version, manager, text, error, words):
    with nothing_changes(), pytest.raises(error, match=words):
        schemes.enter_scheme(by=manager, programme=version.programme, text=text, now=NOW)


def test_only_a_manager_of_the_town_binds_it(version, worker):
    colleague = town_of(version)
    stranger = factories.user("town", factories.town("320903102000"), is_manager=True)
    for by in (colleague, stranger, worker):
        with nothing_changes(), pytest.raises(NotAllowed):
            schemes.enter_scheme(by=by, programme=version.programme, text=SMALL, now=NOW)
        with nothing_changes(), pytest.raises(NotAllowed):
            runs.freeze_run(by=by, version=version, key=key(), today=OVER, now=NOW)


def test_nothing_is_official_before_a_scheme_is_confirmed(version, manager):
    schemes.enter_scheme(by=manager, programme=version.programme, text=SMALL, now=NOW)
    with nothing_changes(), pytest.raises(SchemeNotConfirmed):
        runs.freeze_run(by=manager, version=version, key=key(), today=OVER, now=NOW)


def test_results_are_frozen_after_the_campaign_and_once(version, manager):
    confirmed(manager, version)
    with nothing_changes(), pytest.raises(TooEarly, match="2024年3月20日"):
        frozen(manager, version, today=date(2024, 3, 20))
    run = frozen(manager, version, key="once")
    assert (run.number, run.as_of) == (1, OVER)
    told = [(row.village.serial, row.rank, row.points) for row in rows_of(manager, run)]
    assert told == [(1, 1, 4000), (2, 2, 471)]  # 4 of 8; 1 of 17 is 4.7058... points
    assert is_replayed(run.scheme.scheme, run, rows_of(manager, run))
    with nothing_changes():
        assert frozen(manager, version, key="once") == run
        with pytest.raises(AlreadyFrozen):
            frozen(manager, version)


def test_a_frozen_run_never_changes(version, manager):
    run = frozen(manager, version)
    row = run.rows.first()
    with nothing_changes():
        for thing in (run, row):
            with pytest.raises(AppendOnly):
                thing.save()
            with pytest.raises(AppendOnly):
                thing.delete()
        with pytest.raises(AppendOnly):
            AssessmentRow.objects.update(points=1)
        with pytest.raises(AppendOnly):
            AssessmentRun.objects.all().delete()


def test_a_row_that_was_changed_behind_our_back_is_noticed(version, manager):
    run = frozen(manager, version)
    rows = rows_of(manager, run)
    rows[0].facts_document = rows[0].facts_document.replace('"insured":4', '"insured":8')
    assert not is_replayed(run.scheme.scheme, run, rows)


def test_what_happens_later_does_not_move_a_frozen_result(version, manager):
    from tests import towns

    run = frozen(manager, version)
    before = [row.score for row in rows_of(manager, run)]
    towns.insure(factories.resident(), version)
    assert [row.score for row in rows_of(manager, AssessmentRun.objects.get(pk=run.pk))] == before


def test_an_objection_and_its_reasoned_answer(version, manager, worker):
    run = frozen(manager, version)
    first = objected(worker, run, key="once")
    with nothing_changes():
        assert objected(worker, run, key="once") == first
        with pytest.raises(Conflict, match="已有一份申诉"):
            objected(worker, run)
        with pytest.raises(InvalidInput, match="写清楚"):
            objected(worker, run, "insured", text=" ")
        with pytest.raises(InvalidInput, match="列出的数"):
            objected(worker, run, "nonsense")
        with pytest.raises(NotAllowed):
            objected(manager, run)
        with pytest.raises(NotAllowed):
            answered(town_of(version), first)
        with pytest.raises(InvalidInput, match="应当是多少"):
            answered(manager, first, None)
    done = answered(manager, first)
    assert (done.state, done.corrected, done.answer) == ("upheld", 2, "查了台账，属实")
    with nothing_changes(), pytest.raises(NotWaiting):
        answered(manager, first)
    other = answered(manager, objected(worker, run, ""), None, uphold=False)
    assert (other.state, other.corrected) == ("rejected", None)


def test_recalculation_is_a_new_version_and_shows_the_difference(version, manager, worker):
    run = frozen(manager, version)
    objection = objected(worker, run)
    with nothing_changes(), pytest.raises(ObjectionsOpen):
        runs.recalculate(by=manager, run=run, reason="申诉", key=key(), now=NOW)
    answered(manager, objection)
    with nothing_changes(), pytest.raises(InvalidInput, match="为什么重算"):
        runs.recalculate(by=manager, run=run, reason="", key=key(), now=NOW)
    second = runs.recalculate(by=manager, run=run, reason="01村措施核实", key="again", now=NOW)
    assert (second.number, second.previous, second.as_of) == (2, run, OVER)
    told = [(one.row.village.serial, one.row.points, one.points) for one in changes(manager, second)]
    assert told == [(1, 6000, 2000), (2, 471, 0)]  # two measures of 10 points
    assert [row.points for row in rows_of(manager, run)] == [4000, 471]
    with nothing_changes():
        assert runs.recalculate(by=manager, run=run, reason="01村措施核实", key="again", now=NOW) == second
        with pytest.raises(NotNewest, match="第2版"):
            runs.recalculate(by=manager, run=run, reason="再算", key=key(), now=NOW)
        with pytest.raises(NotNewest):
            objected(worker, run)
        with pytest.raises(Conflict, match="没有采纳"):
            runs.recalculate(by=manager, run=second, reason="再算", key=key(), now=NOW)


def test_a_new_scheme_is_applied_to_the_frozen_counts(version, manager):
    run = frozen(manager, version)
    confirmed(manager, version, SMALL.replace("weight = 80", "weight = 60").replace("weight = 20", "weight = 40"))
    second = runs.recalculate(by=manager, run=run, reason="办法改了", key=key(), now=NOW)
    assert [row.points for row in rows_of(manager, second)] == [3000, 353]
    early = SMALL.replace('figure = "target"\nweight', 'figure = "by_day"\non = 2024-02-29\nweight')
    confirmed(manager, version, early)
    with nothing_changes(), pytest.raises(Conflict, match="冻结时没有取"):
        runs.recalculate(by=manager, run=second, reason="又改了", key=key(), now=NOW)


def test_a_village_of_another_town_sees_no_result(version, manager):
    from ankang.assessment.queries import runs as runs_of

    frozen(manager, version)
    stranger = factories.user("village", factories.village(1, "320903102000"))
    assert runs_of(stranger, version.programme) == []


def test_a_village_sees_its_own_row_only(version, manager, worker):
    run = frozen(manager, version)
    assert [row.village_id for row in rows_of(worker, run)] == [worker.division_id]
    objected(worker, run)
    neighbour = factories.user("village", factories.village(2))
    assert not Objection.objects.visible_to(neighbour).exists()


@database
@pytest.mark.parametrize(
    "facts",
    [
        {"confirmed_at": NOW},
        {"paper": PAPER},
        {"number": 1},
    ],
    ids=["when without who", "paper without who", "number twice"],
)
def test_the_database_guards_schemes(version, manager, facts):
    confirmed(manager, version)
    given = {"number": 2, "text": "", "document": "", "digest": "x", "entered_by": manager, "entered_at": NOW} | facts
    with pytest.raises(IntegrityError), transaction.atomic():
        AssessmentScheme.objects.create(programme=version.programme, **given)


@database
@pytest.mark.parametrize(
    "facts",
    [
        {"number": 2},
        {"number": 1, "reason": "先冻结过"},
        {"number": 1},
    ],
    ids=["a second without a first", "a first with a reason", "number twice"],
)
def test_the_database_guards_runs(version, manager, facts):
    run = frozen(manager, version)
    given = {"key": key(), "scheme": run.scheme, "as_of": OVER, "frozen_at": NOW, "frozen_by": manager} | facts
    with pytest.raises(IntegrityError), transaction.atomic():
        AssessmentRun.objects.create(programme=version.programme, **given)


@database
@pytest.mark.parametrize(
    "facts",
    [
        {"state": "upheld"},
        {"answer": "好"},
        {"corrected": 3},
        {"state": "rejected", "answer": "不", "answered_at": NOW, "corrected": 3, "answered_by": True},
    ],
)
def test_the_database_guards_answers(version, manager, worker, facts):
    objection = objected(worker, frozen(manager, version))
    if facts.get("answered_by"):
        facts = facts | {"answered_by": manager}
    with pytest.raises(IntegrityError), transaction.atomic():
        Objection.objects.filter(pk=objection.pk).update(**facts)


@pytest.mark.django_db(transaction=True)
def test_two_who_freeze_at_once_make_one_result():
    version = insured_town()
    manager = town_of(version, is_manager=True)
    confirmed(manager, version)
    got = race(*[lambda: frozen(manager, version) for _ in range(2)])
    assert sorted(type(one).__name__ for one in got) == ["AlreadyFrozen", "AssessmentRun"]
    assert AssessmentRow.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_an_objection_meets_a_recalculation():
    version = insured_town()
    manager, worker = town_of(version, is_manager=True), factories.user("village")
    run = frozen(manager, version)
    answered(manager, objected(worker, run))
    got = race(
        lambda: runs.recalculate(by=manager, run=run, reason="申诉", key=key(), now=NOW),
        lambda: objections.raise_objection(by=worker, run=run, about="insured", text="少算", key=key(), now=NOW),
    )
    names = sorted(type(one).__name__ for one in got)
    assert names in (["AssessmentRun", "NotNewest"], ["Objection", "ObjectionsOpen"])
