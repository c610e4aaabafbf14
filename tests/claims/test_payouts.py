"""Paying claims: who gets it, two persons, the books, what comes back, and never twice."""

from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F, Sum
from tests.claims.acts import (
    at,
    handler,
    insured,
    key,
    nothing_changes,
    prepare,
    prepared,
    record,
    refused,
    reopened,
    review,
    settled,
)
from tests.claims.payment_acts import CARD, NEXT_DAY, entry, order, release, with_payee
from tests.races import race

from ankang.audit.models import AuditEntry
from ankang.claims.batches import Result, make_batch, read_result
from ankang.claims.models import Claim
from ankang.claims.payees import enter_payees, look_at_account
from ankang.claims.payout_models import Payee, PaymentDue, Payout
from ankang.claims.payouts import confirm_paid, note_failed, order_payment, retry_payment
from ankang.money.models import Account, Entry
from ankang.rules.errors import Conflict, InvalidInput


def booked(account: str) -> int:
    return Entry.objects.filter(account=account).aggregate(fen=Sum("amount_fen"))["fen"] or 0


def paid(payout: Payout, **facts: Any) -> Payout:
    given = {"by": handler(), "payout": payout, "on": NEXT_DAY, "reference": "HD0001", "key": key()}
    return confirm_paid(**given | {"now": at(NEXT_DAY, 12)} | facts)


def failed(payout: Payout, **facts: Any) -> Payout:
    given = {"by": handler(), "payout": payout, "on": NEXT_DAY, "reason": "户名不符", "key": key()}
    return note_failed(**given | {"now": at(NEXT_DAY, 12)} | facts)


@pytest.mark.django_db
def test_from_the_payee_to_the_books() -> None:
    claim = with_payee(settled(insured(), medical_expense_fen=100_000))
    payee = Payee.objects.get()
    assert (payee.account_tail, str(payee.account)) == ("0018", "••••")
    assert look_at_account(by=handler(), payee=payee) == CARD
    assert AuditEntry.objects.filter(action="claims.looked_at_account").count() == 1
    by = handler()
    (payout,) = order(claim, by)
    assert (payout.number, payout.amount_fen, payout.state) == (f"{claim.number}-FK01", 80_000, "ordered")
    with nothing_changes(), pytest.raises(Conflict, match="放款要换另一位同事"):
        release([payout], by)
    assert booked(Account.CLAIM_DUE) == 0
    (payout,) = release([payout])
    assert (booked(Account.CLAIM_COST), booked(Account.CLAIM_DUE)) == (80_000, -80_000)
    paid(payout)
    assert (booked(Account.CLAIM_DUE), booked(Account.CLAIM_BANK)) == (0, -80_000)
    kinds = list(claim.steps.values_list("kind", flat=True))
    assert kinds[-3:] == ["payee", "ordered", "paid"]


@pytest.mark.django_db
def test_nothing_is_ordered_twice() -> None:
    claim, once = with_payee(settled(insured(), medical_expense_fen=100_000)), key()
    (payout,) = order(claim, key=once)
    with nothing_changes():
        assert order(claim, key=once) == [payout]
    by = handler()
    with nothing_changes(), pytest.raises(Conflict, match="已经全部申请付款"):
        order(claim, by)
    due = PaymentDue.objects.filter(claim=claim)
    with pytest.raises(IntegrityError, match="payment_never_more_than_due"), transaction.atomic():
        due.update(ordered_fen=F("ordered_fen") + 1)
    with pytest.raises(IntegrityError, match=r"payout_once_a_payee_and_decision|UNIQUE"), transaction.atomic():
        Payout.objects.create(
            key=key(),
            number="X",
            claim=claim,
            decision=payout.decision,
            payee=payout.payee,
            amount_fen=1,
            ordered_by=by,
            ordered_at=at(),
        )
    with pytest.raises(IntegrityError, match="payout_second_person"), transaction.atomic():
        Payout.objects.update(released_by=F("ordered_by"), released_at=at(), state="released")


@pytest.mark.django_db
def test_an_assumed_reading_is_not_paid_on_the_day_of_the_decision() -> None:
    claim, by = with_payee(settled(insured(), medical_expense_fen=100_000)), handler()
    with nothing_changes(), pytest.raises(Conflict, match="结案当天不能付款"):
        order_payment(by=by, claim=claim, key=key(), now=at(hour=17))
    assert order(claim, by)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("facts", "field", "says"),
    [
        ({"account": CARD[:-1] + "9"}, "payee-0-account", "有一位抄错了"),
        ({"bank": " "}, "payee-0-bank", "开户行"),
        ({"name": ""}, "payee-0-name", "写姓名"),
        ({"relation": "friend"}, "payee-0-relation", "请选"),
        ({"means": "gold"}, "payee-0-means", "请选"),
        ({"share": 0}, "payee-0-share", "至少是 1"),
    ],
)
def test_a_payee_that_cannot_be(facts: dict[str, Any], field: str, says: str) -> None:
    claim, by = settled(insured(), medical_expense_fen=100_000), handler()
    with nothing_changes(), pytest.raises(InvalidInput, match=says) as found:
        enter_payees(by=by, claim=claim, payees=[replace(entry(), **facts)], key=key(), now=at())
    assert field in found.value.fields["errors"]  # type: ignore[operator]


@pytest.mark.django_db
def test_heirs_divide_to_the_fen_and_others_do_not_stand_beside_them() -> None:
    claim = settled(insured(), died_on=date(2024, 5, 20))  # 10000 + 500
    by = handler()
    for wrong, says in (
        ([entry(relation="insured")], "要写继承人"),
        ([entry(relation="child"), entry(relation="sibling")], "不继承"),
        ([entry(relation="child"), entry(relation="agent")], "不能和继承人写在一起"),
    ):
        with nothing_changes(), pytest.raises(InvalidInput, match=says):
            enter_payees(by=by, claim=claim, payees=wrong, key=key(), now=at())
    heirs = [
        entry(name="甲", relation="spouse"),
        entry(name="乙", relation="child"),
        entry(name="丙", relation="child"),
    ]
    with_payee(claim, *heirs)
    assert [one.amount_fen for one in order(claim)] == [350_000, 350_000, 350_000]
    living = settled(insured(), medical_expense_fen=100_000)
    with nothing_changes(), pytest.raises(InvalidInput, match="只写一位"):
        enter_payees(by=by, claim=living, payees=[entry(), entry()], key=key(), now=at())


@pytest.mark.django_db
def test_what_comes_back_is_ordered_once_more_to_the_same_person() -> None:
    (payout,) = release(order(with_payee(settled(insured(), medical_expense_fen=100_000))))
    with nothing_changes(), pytest.raises(InvalidInput, match="退回的原因"):
        failed(payout, by=payout.ordered_by, reason=" ")
    back, by = failed(payout), handler()
    retry = partial(retry_payment, by=by, payout=back, now=at(NEXT_DAY, 13))
    with nothing_changes(), pytest.raises(InvalidInput, match="不能换人"):
        retry(entry=entry(name="别人"), key=key())
    again = retry(entry=entry(means="cash"), key=key())
    assert (again.retries, again.amount_fen, again.payee.means) == (payout, 80_000, "cash")
    with nothing_changes(), pytest.raises(Conflict, match="已经重新申请过"):
        retry(entry=entry(), key=key())
    paid(release([again])[0])
    assert (booked(Account.CLAIM_COST), booked(Account.CLAIM_DUE), booked(Account.CLAIM_BANK)) == (80_000, 0, -80_000)
    assert PaymentDue.objects.get().ordered_fen == 80_000


@pytest.mark.django_db
def test_a_batch_and_its_result_all_or_nothing() -> None:
    payouts = [order(with_payee(settled(insured(), medical_expense_fen=fen)))[0] for fen in (100_000, 120_000)]
    released = release(payouts)
    by = handler()
    batch = make_batch(by=by, payouts=released, key="batch", now=at(NEXT_DAY, 14))
    assert (batch.number, batch.payments, batch.total_fen) == ("FK20240530-320903101-1", 2, 180_000)
    assert make_batch(by=by, payouts=released, key="batch", now=at(NEXT_DAY, 14)) == batch
    good = Result(2, payouts[0].number, 80_000, True, NEXT_DAY, "HD1")
    for wrong, says in (
        ([good], "还有 1 笔没有结果"),
        ([good, good], "写了两次"),
        ([good, Result(3, "none", 1, True, NEXT_DAY, "HD")], "没有凭证号 none"),
        ([good, Result(3, payouts[1].number, 100_001, True, NEXT_DAY, "HD")], "批次里是 1000.00"),
        ([good, Result(3, payouts[1].number, 100_000, False, NEXT_DAY)], "退回的要写原因"),
    ):
        with nothing_changes(), pytest.raises(InvalidInput, match=says):
            read_result(by=by, batch=batch, results=wrong, now=at(NEXT_DAY, 15))
    rows = [good, Result(3, payouts[1].number, 100_000, False, NEXT_DAY, reason="账号不存在")]
    read_result(by=by, batch=batch, results=rows, now=at(NEXT_DAY, 15))
    assert list(Payout.objects.order_by("pk").values_list("state", flat=True)) == ["paid", "failed"]
    with nothing_changes(), pytest.raises(Conflict, match="已经读入过"):
        read_result(by=by, batch=batch, results=rows, now=at(NEXT_DAY, 15))


@pytest.mark.django_db
def test_a_refused_claim_has_nobody_to_pay() -> None:
    claim, by = refused(insured(), medical_expense_fen=100_000), handler()
    with nothing_changes():
        with pytest.raises(Conflict, match="不用登记收款人"):
            enter_payees(by=by, claim=claim, payees=[entry()], key=key(), now=at())
        with pytest.raises(Conflict, match="还没有同意的赔付"):
            order(claim, by)


@pytest.mark.django_db
def test_decided_anew_only_the_difference_is_paid_and_too_much_is_told() -> None:
    claim = with_payee(settled(insured(), medical_expense_fen=100_000))
    paid(release(order(claim))[0])
    more = review(prepare(record(reopened(claim), medical_expense_fen=150_000, now=at(NEXT_DAY)))).claim
    assert [one.amount_fen for one in order(with_payee(more))] == [50_000]
    less = review(prepare(record(reopened(Claim.objects.get(pk=claim.pk)), medical_expense_fen=30_000))).claim
    by = handler()
    with_payee(less)
    with nothing_changes(), pytest.raises(Conflict, match=r"多付 1200.00 元") as found:
        order(less, by)
    assert found.value.fields == {"over_fen": 120_000}


@pytest.mark.django_db(transaction=True)
def test_two_people_order_and_one_wins() -> None:
    claim = with_payee(settled(insured(), medical_expense_fen=100_000))
    outcomes = race(*(partial(order, claim, handler()) for _ in range(2)))
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Conflict", "list"], outcomes
    assert list(Payout.objects.values_list("amount_fen", flat=True)) == [80_000]


@pytest.mark.django_db(transaction=True)
def test_a_reversal_and_another_claims_approval_at_once_keep_the_limit() -> None:
    from tests.claims.test_course import challenge

    from ankang.claims.models import Decision, DecisionLine, LimitUse
    from ankang.claims.reopening import review_reversal

    resident = insured()
    asked = challenge(settled(resident, medical_expense_fen=310_000))
    other = prepared(resident, event_on=date(2024, 5, 14), medical_expense_fen=110_000)  # 100 are left
    outcomes = race(
        partial(review_reversal, by=handler(), decision=asked, agree=True, key=key(), now=at()),
        partial(review, other, handler()),
    )
    assert isinstance(outcomes[0], Decision), outcomes
    # Whoever came first: the other claim is approved as it was decided, or told that 900 are due now.
    assert isinstance(outcomes[1], Decision) or outcomes[1].fields == {"then_fen": 10_000, "now_fen": 90_000}, outcomes
    lines = DecisionLine.objects.filter(decision__verdict="approved").aggregate(fen=Sum("amount_fen"))["fen"]
    assert LimitUse.objects.get().used_fen == lines
