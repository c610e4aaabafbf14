"""Government's share: asked for once, released by another, promised on a paper, received in parts."""

import pytest
from tests import factories
from tests.enrolment.acts import NOW, TODAY
from tests.treasury import acts
from tests.treasury.acts import asked, balances, by_government, first, nothing_changes, promised, received

from ankang.enrolment.actions import cancel_enrolment
from ankang.money.queries import funded_holdings
from ankang.rules.errors import InvalidInput, NotAllowed
from ankang.treasury import government, remittances
from ankang.treasury.errors import KeyReused, ListChanged, NothingThere, NotInState, SecondPersonNeeded
from ankang.treasury.models import GovernmentRequestLine

pytestmark = pytest.mark.django_db


@pytest.fixture
def version():
    return factories.version()


def funded(version):
    return funded_holdings(version.programme).count()


def test_from_the_request_to_the_money(version):
    for serial in (1, 1, 2):
        by_government(version, serial)
    made = asked(version)
    assert (made.people, made.total_fen, made.state) == (3, 15_000, "prepared")
    assert {line.group for line in made.lines.all()} == {"aged80"}
    assert (balances(), funded(version)) == ({}, 0)
    government.review_request(by=first(), request=made, approve=True, note="", now=NOW)
    assert funded(version) == 0, "asked is not promised"
    government.accept_request(by=first(), request=made, paper="盐财社〔2024〕9号", accepted_on=TODAY, now=NOW)
    assert balances() == {"government_due": 15_000, "premium_held": -15_000}
    assert funded(version) == 3
    made.refresh_from_db()
    received(made, 5_000)
    assert balances() == {"government_due": 10_000, "town_bank": 5_000, "premium_held": -15_000}
    assert not remittances.to_remit(first(), version.programme, ()).parts, "promised money is not there yet"
    made = received(made, 10_000)
    assert made.outstanding_fen == 0
    assert balances() == {"town_bank": 15_000, "premium_held": -15_000}
    assert remittances.to_remit(first(), version.programme, ()).total_fen == 15_000


def test_the_same_person_does_not_release(version):
    by_government(version)
    by = first()
    made = asked(version, by=by)
    with nothing_changes(), pytest.raises(SecondPersonNeeded):
        government.review_request(by=by, request=made, approve=True, note="", now=NOW)


def test_who_is_asked_for_is_not_asked_for_again_until_it_is_refused(version):
    by_government(version)
    made = asked(version)
    with nothing_changes(), pytest.raises(NothingThere):
        asked(version)
    with nothing_changes(), pytest.raises(InvalidInput, match="写明原因"):
        government.review_request(by=first(), request=made, approve=False, note=" ", now=NOW)
    government.review_request(by=first(), request=made, approve=False, note="少了01村", now=NOW)
    again = asked(version)
    government.review_request(by=first(), request=again, approve=True, note="", now=NOW)
    government.decline_request(by=first(), request=again, note="预算用完", now=NOW)
    assert asked(version).total_fen == 5_000
    assert GovernmentRequestLine.objects.count() == 3


def test_what_is_frozen_is_what_was_shown(version):
    by_government(version)
    with nothing_changes(), pytest.raises(ListChanged, match=r"现在是50.00元，刚才是49.99元"):
        asked(version, shown_fen=4_999)


def test_the_same_form_again_is_the_same_request(version):
    by_government(version)
    by, key = first(), acts.key()
    made = asked(version, by=by, key=key)
    with nothing_changes():
        assert asked(version, by=by, key=key, shown_fen=0) == made
        with pytest.raises(KeyReused):
            asked(version, key=key, shown_fen=0)


def test_only_the_chosen_villages(version):
    by_government(version, 1)
    by_government(version, 2)
    made = asked(version, villages=[factories.village(2).pk])
    assert [line.village_id for line in made.lines.all()] == [factories.village(2).pk]


def test_who_was_cancelled_meanwhile_falls_off(version):
    gone, stays = by_government(version), by_government(version)
    made = asked(version)
    government.review_request(by=first(), request=made, approve=True, note="", now=NOW)
    cancel_enrolment(by=gone.by, enrolment=gone, today=TODAY, now=NOW)
    made = government.accept_request(by=first(), request=made, paper="9号", accepted_on=TODAY, now=NOW)
    assert (made.total_fen, made.people) == (5_000, 1)
    assert list(made.lines.filter(dropped_at=None).values_list("funding", flat=True)) == [
        acts.part(stays, "government").pk
    ]


def test_when_everybody_is_gone_there_is_nothing_to_accept(version):
    gone = by_government(version)
    made = asked(version)
    government.review_request(by=first(), request=made, approve=True, note="", now=NOW)
    cancel_enrolment(by=gone.by, enrolment=gone, today=TODAY, now=NOW)
    with nothing_changes(), pytest.raises(NothingThere):
        government.accept_request(by=first(), request=made, paper="9号", accepted_on=TODAY, now=NOW)


@pytest.mark.parametrize("amount", [0, -1, 5_001])
def test_no_more_comes_than_was_promised(version, amount):
    by_government(version)
    made = promised(version)
    with nothing_changes(), pytest.raises(InvalidInput, match=r"还欠50.00元"):
        received(made, amount)


def test_money_is_booked_once(version):
    by_government(version)
    made, key = promised(version), acts.key()
    received(made, 2_000, key=key, reference="20240310001")
    with nothing_changes():
        received(made, 2_000, key=key, reference="20240310001")
        with pytest.raises(KeyReused):
            received(made, 3_000, key=key, reference="20240310001")
        with pytest.raises(InvalidInput, match="流水号已经记过账"):
            received(made, 3_000, reference="20240310001")


def test_each_step_has_its_state_and_its_desk(version):
    by_government(version)
    made = asked(version)
    with nothing_changes():
        with pytest.raises(NotInState):
            government.accept_request(by=first(), request=made, paper="9号", accepted_on=TODAY, now=NOW)
        with pytest.raises(NotInState):
            received(made, 5_000)
        for desk in ("village", "insurer", "district"):
            with pytest.raises(NotAllowed):
                government.review_request(by=factories.user(desk), request=made, approve=True, note="", now=NOW)
        with pytest.raises(InvalidInput, match="文号"):
            government.accept_request(by=first(), request=made, paper=" ", accepted_on=TODAY, now=NOW)
