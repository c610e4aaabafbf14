"""A wrong report is put right: before a decision directly, after it by reversal; what follows is worked out."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from tests import factories
from tests.claims.acts import (
    EVENT,
    amounts,
    ask,
    at,
    bill,
    give,
    handler,
    insured,
    key,
    nothing_changes,
    photo,
    prepare,
    record,
    reopened,
    report,
    review,
    settled,
)
from tests.claims.payment_acts import order, release, with_payee
from tests.claims.test_payouts import paid

from ankang.accounts.models import Desk, User
from ankang.audit.models import AuditEntry
from ankang.claims.correcting import correct_claim
from ankang.claims.course_models import ClaimCorrection, Recalculation
from ankang.claims.invoices import record_invoices
from ankang.claims.models import Claim, ClaimStep
from ankang.claims.take_back_models import TakeBack
from ankang.installation.models import Installation
from ankang.rules.errors import Conflict, InvalidInput, NotAllowed

pytestmark = pytest.mark.django_db


def correct(claim: Claim, by: User | None = None, **facts: Any) -> Claim:
    claim = Claim.objects.get(pk=claim.pk)
    told = {"event_on": claim.event_on, "cause": claim.cause, "situations": claim.situations.split()}
    given = told | {"reason": "出院小结写明", "key": key(), "now": at()} | facts
    return correct_claim(by=by or handler(), claim=claim, **given)


def test_illness_was_an_accident() -> None:
    by = handler()
    claim = record(report(insured(), cause="illness"), medical_expense_fen=100_000)
    once = key()
    done = correct(claim, by, cause="accident", situations=["medical"], key=once)
    with nothing_changes():
        assert correct(done, by, cause="accident", key=once) == done
    (row,) = done.corrections.all()
    assert (row.cause_before, row.cause_after, row.situations_before, row.situations_after) == (
        "illness", "accident", "", "medical",
    )  # fmt: skip
    step = ClaimStep.objects.get(kind="corrected")
    assert (step.by, step.note) == (by, "原因 疾病 改为 意外；改了有哪些情况。出院小结写明")
    assert AuditEntry.objects.filter(action="claims.corrected", actor=by).count() == 1
    assert amounts(review(prepare(done))) == {"A medical": 80_000}


def test_what_is_refused_changes_nothing() -> None:
    by = handler()
    claim = record(report(insured()), medical_expense_fen=100_000, stays=((EVENT, EVENT + timedelta(days=3)),))
    foreign = handler(division=factories.town("320903102000"))
    with nothing_changes():
        for who in (foreign, factories.user(Desk.WINDOW), factories.user(Desk.VILLAGE)):
            with pytest.raises(NotAllowed):
                correct(claim, who, cause="illness")
        for facts, field, words in (
            ({}, "reason", "都没有变"),
            ({"cause": "illness", "reason": " "}, "reason", "凭什么"),
            ({"cause": "age"}, "cause", "请选原因"),
            ({"event_on": date(2024, 5, 30)}, "event_on", "还没到"),
            ({"event_on": date(1959, 1, 14)}, "event_on", "早于出生"),
            ({"event_on": EVENT + timedelta(days=1)}, "event_on", "2024-05-12 已经入院"),
        ):
            with pytest.raises(InvalidInput) as found:
                correct(claim, by, **facts)
            assert words in found.value.fields["errors"][field], facts  # type: ignore[index]
    claim = record(claim, medical_expense_fen=100_000)
    record_invoices(by=by, claim=claim, bills=[bill(dated_on=EVENT)], now=at())
    with nothing_changes(), pytest.raises(InvalidInput, match="是 2024-05-12 开的，早于这一天"):
        correct(claim, event_on=EVENT + timedelta(days=1))
    assert correct(claim, event_on=EVENT - timedelta(days=1)).event_on == date(2024, 5, 11)
    with pytest.raises(IntegrityError, match="correction_changes_something"), transaction.atomic():
        ClaimCorrection.objects.update(event_after=EVENT)


def test_what_waits_is_sent_back_and_what_is_decided_is_taken_back_first() -> None:
    decision = prepare(record(report(insured()), medical_expense_fen=100_000))
    with nothing_changes(), pytest.raises(Conflict, match="退回初审"):
        correct(decision.claim, cause="illness")
    claim = review(decision).claim
    with nothing_changes(), pytest.raises(Conflict, match="先申请冲回重审"):
        correct(claim, cause="illness")
    assert correct(reopened(claim), cause="illness").cause == "illness"


def test_paid_as_an_accident_it_was_an_illness_the_money_comes_back_and_later_claims_are_listed() -> None:
    resident = insured()
    claim = settled(resident, medical_expense_fen=310_000)  # 2900
    later = settled(resident, event_on=EVENT + timedelta(days=3), medical_expense_fen=110_000)  # 100 are left
    paid(release(order(with_payee(claim)))[0])
    again = prepare(correct(reopened(claim), cause="illness"))
    assert again.total_fen == 0
    review(again, verdict="refused", note="是疾病，不是意外")
    assert TakeBack.objects.open().get().amount_fen == 290_000
    found = Recalculation.objects.get()
    assert (found.claim, found.then_fen, found.now_fen) == (later, 10_000, 90_000)


def test_a_claim_that_moves_to_another_year_leaves_its_limits_to_the_others() -> None:
    plan = factories.plan()
    year = {"id": "2023", "year": 2023, "cover_from": date(2023, 3, 21), "cover_to": date(2024, 3, 20)}
    factories.version(replace(plan, window_from=date(2023, 2, 1), window_to=date(2023, 3, 20), **year))
    factories.version(plan)
    resident = insured()
    claim = settled(resident, medical_expense_fen=310_000)
    later = settled(resident, event_on=EVENT + timedelta(days=3), medical_expense_fen=110_000)
    moved = correct(reopened(claim), event_on=date(2024, 3, 20))
    found = Recalculation.objects.get()
    assert (moved.programme.year, found.claim, found.now_fen) == (2023, later, 90_000)


def test_a_notice_asks_only_for_what_is_needed_still() -> None:
    claim = report(insured(), situations=["disability", "fracture"])
    for paper, color in (("identity", "white"), ("bank", "red")):
        give(claim, paper, content=photo(color=color))
    notice = ask(claim)
    correct(claim, event_on=EVENT - timedelta(days=1))
    notice.refresh_from_db()
    assert notice.answered_at is None
    correct(claim, situations=["fracture"])
    notice.refresh_from_db()
    shorter = claim.notices.get(answered_at__isnull=True)
    assert (notice.answered_at, shorter.number, [item["title"] for item in shorter.items]) == (at(), 2, ["拍片报告"])
    correct(claim, situations=[])
    assert not claim.notices.filter(answered_at__isnull=True).exists()
    assert claim.notices.count() == 2


def test_the_page_corrects_and_shows_what_was_before(client_of: Callable[[User], Client]) -> None:
    Installation.objects.create(is_sample=True, demo_today=date(2024, 5, 29))
    claim = record(report(insured(), cause="illness"), medical_expense_fen=100_000)
    desk, address = client_of(handler()), f"/insurer/claims/{claim.number}/course/"
    assert "更正原因、事故日期、情况" in desk.get(address).content.decode()
    form = {"key": key(), "event_on": "2024-05-11", "cause": "accident", "reason": ""}
    wrong = desk.post(f"{address}correct/", form)
    assert (wrong.status_code, ClaimCorrection.objects.exists()) == (422, False)
    assert desk.post(f"{address}correct/", form | {"reason": "病历写明摔伤"}).status_code == 302
    page = desk.get(address).content.decode()
    assert "事故日期 2024年5月12日 改为 <b>2024年5月11日</b>" in page
    assert "病历写明摔伤" in page
    assert "试算 800.00 元" in desk.get(f"/insurer/claims/{claim.number}/").content.decode()
