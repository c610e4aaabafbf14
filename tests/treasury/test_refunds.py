"""Money that goes back: each payer's own share, by two persons, once, wherever the premium stands by then."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction
from tests import factories, towns
from tests.enrolment.acts import NOW, TODAY
from tests.treasury import acts
from tests.treasury.acts import (
    LATER,
    THEN,
    balances,
    by_government,
    first,
    given_up,
    insured,
    living,
    nothing_changes,
    paid,
    promised,
    proposed,
    received,
    refunded,
    remitted,
)  # fmt: skip

from ankang.enrolment.actions import cancel_enrolment
from ankang.enrolment.errors import CancelTooLate
from ankang.money.queries import funded_holdings, owed_fundings, unfunded
from ankang.rules.errors import InvalidInput, NotAllowed
from ankang.rules.refunds import RefundCause
from ankang.treasury import refunds, remittances
from ankang.treasury.errors import BalanceTooSmall, ListChanged, NothingThere, NotInState, SecondPersonNeeded
from ankang.treasury.models import Refund

pytestmark = pytest.mark.django_db
IN_COVER = date(2024, 9, 20)
AT = THEN.replace(month=9, day=20)


@pytest.fixture
def version():
    return factories.version()


def pay(refund, means="bank", reference="TK001"):
    return refunds.pay_refund(by=first(), refund=refund, means=means, reference=reference, on=LATER, now=THEN)


def to_prepare(version):
    return refunds.refunds_to_prepare(first(), version.programme)


def test_cancelled_on_its_day_after_it_was_paid(version):
    one = insured(version, fundings=[("self", 3_000), ("child", 2_000)])
    paid(one)
    assert not to_prepare(version)
    cancel_enrolment(by=one.by, enrolment=one, today=TODAY, now=NOW)
    (due,) = to_prepare(version)
    assert (due.cause, due.counted.total_fen) == (RefundCause.CANCELLED, 5_000)
    rows = refunded(one, RefundCause.CANCELLED)
    assert [(row.funding.payer, row.amount_fen, row.state) for row in rows] == [
        ("self", 3_000, "released"), ("child", 2_000, "released"),
    ]  # fmt: skip
    assert balances() == {"village_cash": 5_000, "refund_due": -5_000}
    assert living() == 0
    with nothing_changes(), pytest.raises(BalanceTooSmall, match=r"镇里的现金账面只有0.00元，付30.00元还差30.00元"):
        pay(rows[0], "cash", "LK")
    acts.handed_over()
    for untold in ({"paid_by": first()}, {"paid_at": THEN}, {"reference": "LK"}):
        with pytest.raises(IntegrityError, match="refund_paid_who_and_when"), transaction.atomic():
            Refund.objects.filter(pk=rows[0].pk).update(**untold)
    for row in rows:
        pay(row, "cash", f"LK{row.pk}")
    for untold in ({"paid_by": None}, {"paid_at": None}, {"reference": ""}, {"state": "released"}):
        with pytest.raises(IntegrityError, match="refund_paid_who_and_when"), transaction.atomic():
            Refund.objects.filter(pk=rows[0].pk).update(**untold)
    assert balances() == {}
    with nothing_changes():
        assert not to_prepare(version)
        pay(rows[0], "cash", f"LK{rows[0].pk}")
        with pytest.raises(NotInState):
            pay(rows[0], "bank", "other")
        with pytest.raises(NothingThere):
            proposed(one, RefundCause.CANCELLED)


def test_given_up_before_it_went_to_the_insurer(version):
    one = insured(version)
    paid(one)
    given_up(one, IN_COVER, AT)
    (due,) = to_prepare(version)
    assert due.counted.words == "保费50.00元 × 未满181天 ÷ 保障365天 = 24.79元"
    refunded(one)
    assert balances() == {"village_cash": 5_000, "premium_held": -2_521, "refund_due": -2_479}
    assert remittances.to_remit(first(), version.programme, ()).total_fen == 2_521, "what was earned still goes"
    remitted(version)
    assert balances() == {"town_bank": 2_479, "refund_due": -2_479}
    assert unfunded(version.programme).count() == 0


def test_given_up_after_the_insurer_had_it_the_insurer_pays_back(version):
    one = insured(version)
    paid(one)
    remitted(version)
    given_up(one, IN_COVER, AT)
    (row,) = refunded(one)
    assert row.was_remitted
    assert balances() == {"insurer_due": 2_479, "refund_due": -2_479}
    told = {"by": first(), "programme": version.programme, "reference": "BX1", "on": LATER, "now": THEN}
    with nothing_changes(), pytest.raises(BalanceTooSmall, match=r"应退24.79元"):
        refunds.receive_from_insurer(amount_fen=2_480, key="a", **told)
    for _ in range(2):
        refunds.receive_from_insurer(amount_fen=2_479, key="b", **told)
    pay(row)
    assert balances() == {}


def test_given_up_before_the_cover_begins_all_goes_back(version):
    one = insured(version)
    paid(one)
    given_up(one)
    (row,) = refunded(one)
    assert (row.amount_fen, row.words) == (5_000, "保障没有开始，全额退50.00元")
    assert not remittances.to_remit(first(), version.programme, ()).parts


def test_dead_before_the_cover_begins(version):
    resident = acts.person()
    one = insured(version, resident)
    paid(one)
    towns.dead(resident, date(2024, 3, 21))
    assert not to_prepare(version), "the cover's first day is covered"
    towns.dead(resident, date(2024, 3, 20))
    (due,) = to_prepare(version)
    assert (due.cause, due.counted.total_fen) == (RefundCause.DIED_BEFORE, 5_000)
    refunded(one, RefundCause.DIED_BEFORE)
    one.refresh_from_db()
    assert one.withdrawn_on == date(2024, 3, 20)
    assert one.participation.__class__.objects.get(pk=one.participation_id).units == 0
    assert not owed_fundings(first(), version.programme), "nobody is asked to pay again"
    assert not funded_holdings(version.programme)


def test_insured_twice_is_told_by_a_person(version):
    one = insured(version)
    paid(one)
    with nothing_changes():
        with pytest.raises(InvalidInput, match="重复"):
            proposed(one, RefundCause.DUPLICATE, note=" ")
        with pytest.raises(ListChanged):
            proposed(one, RefundCause.WITHDRAWN)
    (row,) = refunded(one, RefundCause.DUPLICATE)
    assert row.amount_fen == 5_000
    assert not funded_holdings(version.programme)


def test_insured_twice_and_cancelled_the_same_day_in_either_order(version):
    one, other = insured(version), insured(version)
    paid(one)
    paid(other)
    refunded(one, RefundCause.DUPLICATE)
    with nothing_changes(), pytest.raises(CancelTooLate, match="已经退保"):
        cancel_enrolment(by=one.by, enrolment=one, today=TODAY, now=NOW)
    proposed(other, RefundCause.DUPLICATE)
    cancel_enrolment(by=other.by, enrolment=other, today=TODAY, now=NOW)
    (row,) = refunds.review_refund(by=acts.first(), enrolment=other, approve=True, note="", on=TODAY, now=NOW)
    assert (row.amount_fen, row.state) == (5_000, "released")
    other.refresh_from_db()
    assert other.withdrawn_on is None


def test_what_government_only_promised_it_owes_no_more(version):
    one, other = by_government(version), by_government(version)
    request = promised(version)
    given_up(one, IN_COVER, AT)
    (row,) = refunded(one)
    assert (row.was_promised, row.state) == (True, "paid")
    request.refresh_from_db()
    assert request.outstanding_fen == 7_521
    assert balances() == {"government_due": 7_521, "premium_held": -7_521}
    received(request, 7_521)
    assert remittances.to_remit(first(), version.programme, ()).total_fen == 7_521
    assert other


def test_what_government_paid_goes_back_to_government(version):
    one = by_government(version)
    received(promised(version), 5_000)
    given_up(one)
    (row,) = refunded(one)
    assert balances() == {"town_bank": 5_000, "government_fund": -5_000}
    pay(row)
    assert balances() == {}


def test_what_a_donor_gave_is_in_the_fund_again(version):
    one, other = (insured(version, payer="donor") for _ in range(2))
    gift = acts.agreed(version, 5_000)
    acts.given_money(gift, 5_000)
    acts.used(gift, one)
    given_up(one)
    (row,) = refunded(one)
    assert row.state == "paid"
    assert balances() == {"town_bank": 5_000, "donor_fund": -5_000}
    gift = acts.used(gift, other)
    assert (gift.used_fen, gift.balance_fen) == (5_000, 0)


def test_two_persons_and_only_the_town(version):
    one = insured(version)
    paid(one)
    given_up(one)
    by = first()
    proposed(one, by=by)
    told = {"enrolment": one, "on": LATER, "now": THEN}
    with nothing_changes():
        with pytest.raises(SecondPersonNeeded):
            refunds.review_refund(by=by, approve=True, note="", **told)
        with pytest.raises(NotAllowed):
            refunds.review_refund(by=factories.user("village"), approve=True, note="", **told)
        with pytest.raises(InvalidInput):
            refunds.review_refund(by=first(), approve=False, note=" ", **told)
        with pytest.raises(NothingThere):
            proposed(one)
    refunds.review_refund(by=first(), approve=False, note="等保险公司", **told)
    assert balances() == {"village_cash": 5_000, "premium_held": -5_000}
    with nothing_changes(), pytest.raises(ListChanged, match="复核过了"):
        refunds.review_refund(by=first(), approve=True, note="", **told)
    (row,) = proposed(one)
    assert row.state == "prepared"


def test_the_same_form_again_proposes_nothing_more(version):
    one = insured(version)
    paid(one)
    given_up(one)
    key = acts.key()
    made = proposed(one, key=key)
    with nothing_changes():
        assert proposed(one, key=key) == made
    assert Refund.objects.count() == 1
