"""Donors' money: within its agreement, with gapless receipts, never spent twice, the rest goes back."""

import pytest
from django.db import IntegrityError, transaction
from tests import factories
from tests.enrolment.acts import NOW, TODAY
from tests.treasury import acts
from tests.treasury.acts import agreed, balances, first, given_money, insured, nothing_changes, used

from ankang.money.queries import funded_holdings
from ankang.rules.errors import InvalidInput, NotAllowed
from ankang.treasury import donors
from ankang.treasury.errors import BalanceTooSmall, KeyReused, ListChanged
from ankang.treasury.models import Donation, Donor

pytestmark = pytest.mark.django_db


@pytest.fixture
def version():
    return factories.version()


def given_to(version, serial=1):
    return insured(version, acts.person(serial), payer="donor")


def test_from_the_agreement_to_the_rest_that_goes_back(version):
    one, other = given_to(version), given_to(version)
    gift = agreed(version, 20_000)
    receipt = given_money(gift, 8_000, on=TODAY)
    assert receipt.number == "JZ-320903101-2024-0001"
    assert balances() == {"town_bank": 8_000, "donor_fund": -8_000}
    gift = used(gift, one)
    assert (gift.used_fen, gift.balance_fen) == (5_000, 3_000)
    assert balances() == {"town_bank": 8_000, "donor_fund": -3_000, "premium_held": -5_000}
    assert funded_holdings(version.programme).count() == 1
    with nothing_changes(), pytest.raises(BalanceTooSmall, match=r"还剩30.00元，不够50.00元"):
        used(gift, other)
    assert given_money(gift, 2_000).number == "JZ-320903101-2024-0002"
    used(gift, other)
    with nothing_changes(), pytest.raises(BalanceTooSmall):
        donors.return_donation(
            by=first(), donation=gift, amount_fen=1, reference="R1", on=TODAY, key=acts.key(), now=NOW
        )
    given_money(gift, 10_000)
    key = acts.key()
    for _ in range(2):
        gift = donors.return_donation(
            by=first(), donation=gift, amount_fen=10_000, reference="R1", on=TODAY, key=key, now=NOW
        )
    assert (gift.balance_fen, gift.returned_fen) == (0, 10_000)
    assert balances() == {"town_bank": 10_000, "premium_held": -10_000}


@pytest.mark.parametrize("amount", [0, -5, 20_001])
def test_no_more_comes_than_was_agreed(version, amount):
    gift = agreed(version, 20_000)
    with nothing_changes(), pytest.raises(InvalidInput, match=r"还差200.00元"):
        given_money(gift, amount)


def test_money_is_booked_and_spent_once(version):
    one, gift = given_to(version), agreed(version)
    key, reference = acts.key(), acts.key()
    first_receipt = given_money(gift, 10_000, key=key, reference=reference)
    spent = acts.key()
    used(gift, one, key=spent)
    with nothing_changes():
        assert given_money(gift, 10_000, key=key, reference=reference) == first_receipt
        with pytest.raises(KeyReused):
            given_money(gift, 9_000, key=key, reference=reference)
        used(gift, one, key=spent)
        with pytest.raises(ListChanged):
            used(gift, one)
        with pytest.raises(KeyReused):
            donors.use_donation(by=first(), donation=gift, fundings=[0], on=TODAY, key=spent, now=NOW)


def test_only_where_the_agreement_lets_it_go(version):
    here, there = given_to(version, 1), given_to(version, 2)
    gift = agreed(version, villages=[factories.village(1).pk])
    given_money(gift)
    assert [one.pk for one in donors.fundable(gift)] == [acts.part(here, "donor").pk]
    with nothing_changes(), pytest.raises(ListChanged):
        used(gift, here, there)
    self_paid = insured(version)
    with nothing_changes(), pytest.raises(ListChanged):
        donors.use_donation(
            by=first(), donation=gift, fundings=[acts.part(self_paid).pk], on=TODAY, key=acts.key(), now=NOW
        )
    with nothing_changes(), pytest.raises(InvalidInput, match="勾选"):
        used(gift)


def test_one_donor_a_name_and_only_a_donors_account_follows_it(version):
    agreed(version)
    follower = factories.user("donor")
    agreed(version, account=follower)
    donor = Donor.objects.get()
    assert (donor.account, donor.donations.count()) == (follower, 2)
    with nothing_changes(), pytest.raises(NotAllowed):
        agreed(version, account=factories.user("village"))
    with nothing_changes(), pytest.raises(NotAllowed):
        agreed(version, by=factories.user("village"))


@pytest.mark.parametrize("words", ["donor_name", "paper", "purpose"])
def test_an_agreement_says_who_what_and_for_whom(version, words):
    with nothing_changes(), pytest.raises(InvalidInput):
        agreed(version, **{words: "  "})


def test_the_database_keeps_the_balance_from_going_below_zero(version):
    gift = agreed(version)
    given_money(gift, 5_000)
    for used_fen, returned_fen, holds in ((5_000, 0, True), (4_999, 1, True), (5_000, 1, False), (5_001, 0, False)):
        change = Donation.objects.filter(pk=gift.pk)
        if holds:
            change.update(used_fen=used_fen, returned_fen=returned_fen)
        else:
            with pytest.raises(IntegrityError), transaction.atomic():
                change.update(used_fen=used_fen, returned_fen=returned_fen)
