"""An invoice pays once: in this claim or in another, in this village or another, today or at the same instant."""

from datetime import timedelta
from functools import partial

import pytest
from tests import factories
from tests.claims.acts import (
    EVENT,
    at,
    bill,
    handler,
    insured,
    key,
    nothing_changes,
    prepare,
    record,
    report,
    review,
)
from tests.races import race

from ankang.accounts.models import Desk
from ankang.claims.actions import withdraw_claim
from ankang.claims.invoice_models import Invoice
from ankang.claims.invoices import Bill, InvoiceUsed, record_invoices, take_back_invoices
from ankang.claims.models import Claim
from ankang.rules.errors import Conflict, InvalidInput, NotAllowed

pytestmark = pytest.mark.django_db


def put(claim: Claim, *bills: Bill) -> list[Invoice]:
    return record_invoices(by=claim.reported_by, claim=claim, bills=bills, now=at())


def numbers(claim: Claim) -> list[str]:
    return [row.number for row in claim.invoices.filter(freed_at=None)]


def test_a_number_of_another_village_is_refused_with_the_other_claims_number() -> None:
    first = report(insured())
    second = report(insured(village_=factories.village(2), name="李四海"))
    put(first, bill("00123456", code="032002400111"))
    with nothing_changes(), pytest.raises(InvoiceUsed) as refused:
        put(second, bill("999999"), bill(" 0012-3456 ", code="０32002400111"))
    assert refused.value.fields == {"claim": first.number, "place": 1, "number": "00123456"}
    assert "一张票据只能赔一次" in refused.value.message
    put(second, bill("00123456", code="032002400112"))
    assert numbers(second) == ["00123456"]


def test_recording_again_replaces_and_frees_what_was_dropped() -> None:
    first, second = report(insured()), report(insured())
    put(first, bill("111111"), bill("222222"))
    kept = Invoice.objects.get(number="222222")
    assert [row.amount_fen for row in put(first, bill("222222", 5_000), bill("333333"))] == [5_000, 100_000]
    assert Invoice.objects.get(number="222222").pk == kept.pk
    put(second, bill("111111"))
    assert (numbers(first), numbers(second)) == (["222222", "333333"], ["111111"])


def test_withdrawn_and_refused_claims_free_their_invoices_and_an_approved_one_does_not() -> None:
    withdrawn, refused, approved, later = (record(report(insured()), medical_expense_fen=100_000) for _ in range(4))
    for claim, number in ((withdrawn, "111111"), (refused, "222222"), (approved, "333333")):
        put(claim, bill(number))
    withdraw_claim(by=withdrawn.reported_by, claim=withdrawn, why="重复", key=key(), now=at())
    review(prepare(refused), verdict="refused", note="不是意外")
    review(prepare(approved))
    put(later, bill("111111"), bill("222222"))
    with nothing_changes(), pytest.raises(InvoiceUsed):
        put(later, bill("333333"))
    freed = Invoice.objects.exclude(freed_at=None).order_by("number")
    assert [(row.number, row.freed_why) for row in freed] == [("111111", "withdrawn"), ("222222", "refused")]
    with nothing_changes(), pytest.raises(InvoiceUsed):
        take_back_invoices(refused)
    put(later, bill("111111"))
    assert take_back_invoices(refused) == 1
    assert numbers(refused) == ["222222"]


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (bill("123"), "4到30位"),
        (bill("12345678", code="甲"), "只有数字和字母"),
        (bill(amount_fen=0), "金额要大于 0"),
        (bill(dated_on=EVENT - timedelta(days=1)), "开票日期早于事故日期"),
        (bill(dated_on=at().date() + timedelta(days=1)), "开票日期还没到"),
        (bill("999999"), "写了两次"),
    ],
)
def test_a_wrong_invoice_is_named_by_its_row(wrong: Bill, says: str) -> None:
    claim = report(insured())
    with nothing_changes(), pytest.raises(InvalidInput, match=says) as refused:
        put(claim, bill("999999"), wrong)
    assert list(refused.value.fields["errors"]) == ["bill-1"]  # type: ignore[call-overload]


def test_only_the_insurer_and_only_before_the_decision() -> None:
    claim = record(report(insured()), medical_expense_fen=100_000)
    with nothing_changes(), pytest.raises(NotAllowed):
        record_invoices(by=factories.user(Desk.VILLAGE), claim=claim, bills=[bill()], now=at())
    prepare(claim)
    with nothing_changes(), pytest.raises(Conflict, match="不能改票据"):
        put(claim, bill())


@pytest.mark.django_db(transaction=True)
def test_one_invoice_on_two_claims_at_once_is_taken_once() -> None:
    claims = [report(insured()), report(insured(village_=factories.village(2)))]
    by = handler()
    outcomes = race(*(partial(record_invoices, by=by, claim=claim, bills=[bill()], now=at()) for claim in claims))
    assert sorted(type(one).__name__ for one in outcomes) == ["InvoiceUsed", "list"], outcomes
    assert Invoice.objects.count() == 1
