"""Commendation and subsidy: two persons, publicity, what is frozen, and what a refusal leaves alone."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction
from tests import factories
from tests.assessment.acts import (
    NOW,
    OVER,
    SMALL,
    answered,
    confirmed,
    frozen,
    insured_town,
    key,
    nothing_changes,
    objected,
    prepared_list,
    prepared_subsidy,
    public_list,
    town_of,
)
from tests.races import race

from ankang.assessment import commendations, runs, subsidies
from ankang.assessment.errors import (
    NothingToReward,
    NotNewest,
    NotWaiting,
    ObjectionsOpen,
    SecondPersonNeeded,
    TooEarly,
)
from ankang.assessment.reward_models import Commendation, Commended, SubsidyLine, SubsidyRequest
from ankang.audit.models import AppendOnly
from ankang.claims.workdays import working_day_after
from ankang.rules.errors import Conflict, InvalidInput, NotAllowed

pytestmark = pytest.mark.django_db


def review(by, made, approve=True, note=""):
    return commendations.review_commendation(by=by, commendation=made, approve=approve, note=note, today=OVER, now=NOW)


def finish(by, made, today):
    return commendations.finish_commendation(by=by, commendation=made, today=today, now=NOW)


def pay(by, made, approve=True, note=""):
    return subsidies.review_subsidy(by=by, request=made, approve=approve, note=note, now=NOW)


@pytest.mark.parametrize(
    ("start", "number", "day"),
    [
        (date(2024, 3, 21), 5, date(2024, 3, 28)),  # a Thursday: Friday, then Monday to Thursday
        (date(2024, 3, 22), 1, date(2024, 3, 25)),
        (date(2024, 3, 23), 1, date(2024, 3, 25)),
        (date(2024, 3, 25), 0, date(2024, 3, 25)),
    ],
)
def test_publicity_counts_working_days(start, number, day):
    assert working_day_after(start, number) == day


def test_the_list_is_made_by_the_scheme_and_frozen(version, manager, run):
    made = prepared_list(manager, run)
    told = [(one.position, one.award, one.village.serial) for one in made.entries.select_related("village")]
    # towns.insure makes a clerk a person: the two whose names come first of those with one enrolment
    assert told[0] == (1, "先进村", 1)
    assert [award for _, award, _ in told[1:]] == ["先进个人", "先进个人"]
    assert made.entries.get(position=1).words == "第 1 名，40.00 分（要求前 1 名、10.00 分以上）"
    with nothing_changes():
        with pytest.raises(Conflict, match="已经编过"):
            prepared_list(manager, run)
        with pytest.raises(NotAllowed):
            prepared_list(factories.user("village"), run)


def test_the_same_key_makes_one_list(manager, run):
    first = commendations.prepare_commendation(by=manager, run=run, key="once", now=NOW)
    assert commendations.prepare_commendation(by=manager, run=run, key="once", now=NOW) == first


def test_a_second_person_makes_the_list_public(manager, second, run):
    made = prepared_list(manager, run)
    with nothing_changes():
        with pytest.raises(SecondPersonNeeded):
            review(manager, made)
        with pytest.raises(InvalidInput, match="写明原因"):
            review(second, made, approve=False)
    public = review(second, made)
    assert (public.state, public.public_from, public.public_to) == ("public", OVER, date(2024, 3, 28))
    with nothing_changes(), pytest.raises(NotWaiting):
        review(second, made)


def test_nobody_approves_a_list_with_himself_on_it(manager, second, run):
    made = prepared_list(manager, run)
    last = made.entries.last()
    last.person = second
    last.save()
    with nothing_changes(), pytest.raises(SecondPersonNeeded, match="自己在名单上"):
        review(second, made)
    assert review(second, made, approve=False, note="我在名单上").state == "refused"


def test_a_refused_list_may_be_made_again(manager, second, run):
    refused = review(second, prepared_list(manager, run), approve=False, note="少了02村")
    assert (refused.state, refused.public_to) == ("refused", None)
    assert prepared_list(manager, run).state == "prepared"


def test_an_upheld_objection_in_public_strikes_the_entry(manager, second, run):
    made = public_list(manager, second, run)
    entry = made.entries.get(position=1)
    with nothing_changes(), pytest.raises(InvalidInput, match="反映的情况"):
        commendations.note_public_objection(by=second, entry=entry, text="", key=key(), now=NOW)
    noted = commendations.note_public_objection(by=second, entry=entry, text="有一户没上门", key="once", now=NOW)
    with nothing_changes():
        with pytest.raises(TooEarly, match="2024年3月28日"):
            finish(manager, made, date(2024, 3, 28))
        with pytest.raises(ObjectionsOpen):
            finish(manager, made, date(2024, 3, 29))
        with pytest.raises(NotAllowed):
            commendations.answer_public_objection(by=second, objection=noted, uphold=True, answer="属实", now=NOW)
    commendations.answer_public_objection(by=manager, objection=noted, uphold=True, answer="属实", now=NOW)
    assert Commended.objects.get(pk=entry.pk).is_struck
    with nothing_changes(), pytest.raises(NotWaiting):
        commendations.answer_public_objection(by=manager, objection=noted, uphold=False, answer="又不属实", now=NOW)
    done = finish(manager, made, date(2024, 3, 29))
    assert (done.state, done.finished_by) == ("final", manager)
    with nothing_changes(), pytest.raises(NotWaiting):
        commendations.note_public_objection(by=second, entry=entry, text="晚了", key=key(), now=NOW)


def test_nobody_reaches_the_threshold(version, manager):
    strict = SMALL.replace("at_least = 10", "at_least = 99").replace("most_undone", "least_enrolments = 9\nmost_undone")
    confirmed(manager, version, strict)
    run = frozen(manager, version)
    with nothing_changes(), pytest.raises(NothingToReward):
        prepared_list(manager, run)


def test_rewards_wait_for_objections_and_follow_the_newest_version(version, manager, second, run):
    objection = objected(factories.user("village"), run)
    with nothing_changes():
        for prepare in (prepared_list, prepared_subsidy):
            with pytest.raises(ObjectionsOpen):
                prepare(manager, run)
    answered(manager, objection)
    listed, asked = prepared_list(manager, run), prepared_subsidy(manager, run)
    runs.recalculate(by=manager, run=run, reason="措施核实", key=key(), now=NOW)
    with nothing_changes():
        with pytest.raises(NotNewest):
            review(second, listed)
        with pytest.raises(NotNewest):
            pay(second, asked)


def test_a_subsidy_is_shared_out_and_frozen(version, manager, second, run):
    made = prepared_subsidy(manager, run)
    lines = [(line.serial, line.wanted_fen, line.amount_fen) for line in made.lines.all()]
    # 4 of 8 is 50 %: 3 yuan a head; 1 of 17 is 5.88 %: a fixed yuan. 13 yuan asked of a budget of 10.
    assert lines == [(1, 1200, 923), (2, 100, 77)]
    assert (made.total_fen, made.budget_fen) == (1000, 1000)
    with nothing_changes():
        with pytest.raises(SecondPersonNeeded):
            pay(manager, made)
        with pytest.raises(InvalidInput, match="写明原因"):
            pay(second, made, approve=False)
        with pytest.raises(AppendOnly):
            made.lines.first().save()
        with pytest.raises(AppendOnly):
            SubsidyLine.objects.all().delete()
        with pytest.raises(Conflict, match="已经编过"):
            prepared_subsidy(manager, run)
    done = pay(second, made)
    assert (done.state, done.reviewed_by) == ("approved", second)
    with nothing_changes(), pytest.raises(NotWaiting):
        pay(second, made, approve=False, note="反悔")


def test_a_scheme_without_a_subsidy_pays_nothing(version, manager):
    confirmed(manager, version, SMALL[: SMALL.index("[subsidy]")])
    run = frozen(manager, version)
    with nothing_changes(), pytest.raises(NothingToReward, match="没有工作经费补助"):
        prepared_subsidy(manager, run)


@pytest.mark.parametrize("model", [Commendation, SubsidyRequest])
def test_the_database_wants_a_second_person(manager, run, model):
    made = (prepared_list if model is Commendation else prepared_subsidy)(manager, run)
    for facts in ({"state": "refused"}, {"reviewed_at": NOW}, {"state": "refused", "reviewed_at": NOW}):
        with pytest.raises(IntegrityError), transaction.atomic():
            model.objects.filter(pk=made.pk).update(**facts)
    with pytest.raises(IntegrityError), transaction.atomic():
        model.objects.filter(pk=made.pk).update(state="refused", reviewed_by=manager, reviewed_at=NOW)


def test_the_database_wants_days_of_publicity_and_a_budget_kept(manager, second, run):
    listed, asked = prepared_list(manager, run), prepared_subsidy(manager, run)
    facts = {"state": "public", "reviewed_by": second, "reviewed_at": NOW, "public_from": OVER}
    for days in ({}, {"public_to": date(2024, 3, 20)}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Commendation.objects.filter(pk=listed.pk).update(**facts | days)
    with pytest.raises(IntegrityError), transaction.atomic():
        SubsidyRequest.objects.filter(pk=asked.pk).update(total_fen=1001)


@pytest.mark.django_db(transaction=True)
def test_two_who_prepare_at_once_make_one_request():
    version = insured_town()
    manager, second = town_of(version, is_manager=True), town_of(version)
    run = frozen(manager, version)
    got = race(lambda: prepared_subsidy(manager, run), lambda: prepared_subsidy(second, run))
    assert sorted(type(one).__name__ for one in got) == ["Conflict", "SubsidyRequest"]
