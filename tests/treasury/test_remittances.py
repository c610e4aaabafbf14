"""Premium to the insurer: what is paid, once, with two persons; what changed meanwhile stops the batch."""

import pytest
from tests import factories
from tests.enrolment.acts import NOW, TODAY
from tests.treasury import acts
from tests.treasury.acts import balances, first, insured, nothing_changes, paid, released, remitting

from ankang.enrolment.actions import cancel_enrolment
from ankang.rules.errors import InvalidInput, NotAllowed
from ankang.treasury import remittances
from ankang.treasury.errors import BalanceTooSmall, ListChanged, NothingThere, NotInState, SecondPersonNeeded

pytestmark = pytest.mark.django_db


@pytest.fixture
def version():
    return factories.version()


def pay(remittance, reference="HK001"):
    return remittances.pay_remittance(by=first(), remittance=remittance, reference=reference, on=TODAY, now=NOW)


def test_from_the_list_to_the_bank(version):
    paid(insured(version), insured(version, units=2))
    insured(version)  # has not paid
    made = remitting(version)
    assert (made.people, made.total_fen) == (2, 15_000)
    with nothing_changes(), pytest.raises(NotInState):
        pay(made)
    made = released(made)
    assert balances() == {"village_cash": 15_000, "insurer_due": -15_000}
    with nothing_changes(), pytest.raises(BalanceTooSmall, match=r"只有0.00元，付150.00元还差150.00元"):
        pay(made)
    acts.banked()
    made = pay(made)
    assert balances() == {}
    with nothing_changes():
        assert pay(made).pk == made.pk
        with pytest.raises(NotInState):
            pay(made, "HK002")
        with pytest.raises(NothingThere):
            remitting(version)


def test_one_reference_is_one_payment(version):
    paid(insured(version))
    acts.banked()
    pay(released(remitting(version)))
    paid(insured(version))
    acts.banked()
    second = released(remitting(version))
    with nothing_changes(), pytest.raises(InvalidInput, match="另一批"):
        pay(second)


def test_a_funding_is_on_one_list(version):
    paid(insured(version))
    by = first()
    made = remitting(version, by=by)
    with nothing_changes():
        with pytest.raises(NothingThere):
            remitting(version)
        with pytest.raises(SecondPersonNeeded):
            remittances.review_remittance(by=by, remittance=made, approve=True, note="", on=TODAY, now=NOW)
        with pytest.raises(NotAllowed):
            remittances.review_remittance(
                by=factories.user("village"), remittance=made, approve=True, note="", on=TODAY, now=NOW
            )
    released(made, approve=False, note="等03村")
    assert remitting(version).total_fen == 5_000


def test_taken_back_before_the_bank_has_sent_it(version):
    paid(insured(version))
    made = released(remitting(version))
    remittances.take_back_remittance(by=first(), remittance=made, note="账号写错", on=TODAY, now=NOW)
    assert balances() == {"village_cash": 5_000, "premium_held": -5_000}
    with nothing_changes(), pytest.raises(NotInState):
        pay(made)
    acts.banked()
    again = pay(released(remitting(version)))
    assert again.total_fen == 5_000
    with nothing_changes(), pytest.raises(NotInState):
        remittances.take_back_remittance(by=first(), remittance=again, note="x", on=TODAY, now=NOW)


def test_who_cancelled_meanwhile_stops_the_batch(version):
    one, stays = insured(version), insured(version)
    paid(one, stays)
    made = remitting(version)
    cancel_enrolment(by=one.by, enrolment=one, today=TODAY, now=NOW)
    with nothing_changes(), pytest.raises(ListChanged, match="有1笔"):
        released(made)
    released(made, approve=False, note="有人撤销")
    assert remitting(version).total_fen == 5_000


def test_what_was_shown_is_what_is_frozen(version):
    paid(insured(version))
    with nothing_changes(), pytest.raises(ListChanged, match=r"现在是50.00元"):
        remitting(version, shown_fen=1)


def test_village_by_village(version):
    paid(insured(version, acts.person(1)))
    paid(insured(version, acts.person(2)))
    found = remittances.to_remit(first(), version.programme, ())
    assert found.by_village() == {factories.village(1).pk: 5_000, factories.village(2).pk: 5_000}
    assert remitting(version, villages=[factories.village(2).pk]).total_fen == 5_000
