"""Holds, the certain part, reversals, appeals, letters, and decisions that others have overtaken."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F, Sum
from tests.claims.acts import (
    EVENT,
    amounts,
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
    report,
    review,
    settled,
)
from tests.papers.reading import pdf_words

from ankang.claims.appeals import answer_appeal, enter_appeal
from ankang.claims.certain import prepare_certain, review_certain
from ankang.claims.course_models import Appeal, Recalculation
from ankang.claims.deciding import CHECKS
from ankang.claims.facts import replay
from ankang.claims.holding import hold_claim, lift_hold
from ankang.claims.letters import issue_letter, letter_paper
from ankang.claims.models import Claim, Decision, DecisionLine, LimitUse
from ankang.claims.recalculating import close_recalculation
from ankang.claims.reopening import challenge_decision, review_reversal
from ankang.papers import paper_pdf
from ankang.rules.errors import Conflict, InvalidInput
from ankang.rules.trace import decision_json

pytestmark = pytest.mark.django_db

MEDICAL = ("A", "medical")


def certain(claim: Claim, fen: int, **facts: Any) -> Decision:
    given = {"note": "医疗费已核清，伤残待鉴定", "key": key(), "now": at()} | facts
    return prepare_certain(by=claim.reported_by, claim=claim, amounts={MEDICAL: fen}, **given)


def agree(decision: Decision) -> Decision:
    return review_certain(
        by=handler(), decision=decision, verdict="approved", checks=tuple(CHECKS), key=key(), now=at(hour=15)
    )


def challenge(claim: Claim, **facts: Any) -> Decision:
    return challenge_decision(
        **{"by": handler(), "claim": claim, "reason": "补交了发票", "key": key(), "now": at()} | facts
    )


def appeal(claim: Claim, **facts: Any) -> Appeal:
    given = {
        "who": "张明，儿子",
        "appealed_on": date(2024, 5, 29),
        "reasons": "是摔伤，不是生病",
        "key": key(),
        "now": at(),
    }
    return enter_appeal(**{"by": handler(), "claim": claim} | given | facts)


def used(benefit: str = "medical") -> int:
    return LimitUse.objects.get(benefit=benefit).used_fen


def lines_of(claim: Claim) -> int:
    rows = DecisionLine.objects.filter(decision__claim=claim, decision__verdict="approved")
    return rows.aggregate(fen=Sum("amount_fen"))["fen"] or 0


def test_while_a_claim_is_held_nobody_decides() -> None:
    claim = record(report(insured()), medical_expense_fen=100_000)
    by = handler()
    hold_claim(by=by, claim=claim, reason="等交警的责任认定", until=date(2024, 5, 31), key=key(), now=at())
    for day in (29, 31):  # its last day counts
        with nothing_changes(), pytest.raises(Conflict, match="暂缓到 2024-05-31"):
            prepare(claim, now=at(date(2024, 5, day)))
    with nothing_changes(), pytest.raises(Conflict, match="已经暂缓"):
        hold_claim(by=by, claim=claim, reason="再等", until=date(2024, 6, 2), key=key(), now=at())
    assert prepare(claim, now=at(date(2024, 6, 1))).total_fen == 80_000  # the day after, it has lapsed


def test_a_hold_is_lifted_with_a_word_and_a_second_one_may_follow() -> None:
    decision, by = prepared(insured(), medical_expense_fen=100_000), handler()
    hold_claim(by=by, claim=decision.claim, reason="发票存疑", until=date(2024, 6, 3), key=key(), now=at())
    with nothing_changes(), pytest.raises(Conflict, match="不能复核"):
        review(decision)
    with nothing_changes(), pytest.raises(InvalidInput, match="查清了什么"):
        lift_hold(by=by, claim=decision.claim, note=" ", key=key(), now=at())
    lift_hold(by=by, claim=decision.claim, note="医院已确认", key=key(), now=at())
    review(decision)
    with nothing_changes(), pytest.raises(Conflict, match="没有暂缓"):
        lift_hold(by=by, claim=decision.claim, note="再来", key=key(), now=at())
    kinds = list(decision.claim.steps.values_list("kind", flat=True))
    assert kinds == ["reported", "recorded", "prepared", "held", "lifted", "approved"]


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({"reason": " "}, "为什么暂缓"),
        ({"until": date(2024, 5, 28)}, "已经过去"),
        ({"until": date(2024, 6, 29)}, "最多暂缓 30 天"),
    ],
)
def test_a_hold_that_cannot_be(facts: dict[str, Any], says: str) -> None:
    claim, by = record(report(insured())), handler()
    given = {"reason": "等认定", "until": date(2024, 6, 28), "key": key(), "now": at()}
    with nothing_changes(), pytest.raises(InvalidInput, match=says):
        hold_claim(by=by, claim=claim, **given | facts)
    hold_claim(by=by, claim=claim, **given)


def test_the_certain_part_is_paid_first_and_the_total_never_passes() -> None:
    resident = insured()
    claim = record(report(resident), medical_expense_fen=400_000)  # 3000 by the limit
    first = agree(certain(claim, 100_000))
    claim.refresh_from_db()
    assert (first.total_fen, claim.status, claim.partial_fen, claim.payable_fen) == (100_000, "recorded", 100_000, None)
    assert (used(), lines_of(claim)) == (100_000, 100_000)
    # Another claim of the same person finds the certain part charged.
    other = settled(resident, event_on=EVENT + timedelta(days=1), medical_expense_fen=120_000)
    assert (other.payable_fen, used()) == (100_000, 200_000)
    rest = prepare(record(claim, medical_expense_fen=400_000, disabilities=((10, "左手"),)))
    assert rest.total_fen == 300_000  # 2000 left of the medical limit beside the other claim, and 1000 for grade 10
    assert amounts(rest) == {"A accident": 100_000, "A medical": 100_000}  # what it adds
    done = review(rest).claim
    assert (done.payable_fen, used(), lines_of(done)) == (300_000, 300_000, 300_000)
    stored = Decision.objects.select_related("version").get(pk=rest.pk)
    assert decision_json(replay(stored)) == stored.outcome


def test_the_certain_part_has_its_own_refusals() -> None:
    claim = record(report(insured()), medical_expense_fen=100_000)
    with nothing_changes():
        with pytest.raises(InvalidInput, match=r"最多 800.00 元"):
            certain(claim, 80_001)
        with pytest.raises(InvalidInput, match="至少有一项"):
            certain(claim, 0)
        with pytest.raises(InvalidInput, match="哪一部分已经确定"):
            certain(claim, 80_000, note="")
    first = certain(claim, 80_000)
    with nothing_changes(), pytest.raises(Conflict, match="初审人不能复核"):
        review_certain(
            by=first.prepared_by, decision=first, verdict="approved", checks=tuple(CHECKS), key=key(), now=at()
        )
    second = handler()
    with nothing_changes(), pytest.raises(Conflict, match="不是理算"):
        review(first, second)
    agree(first)
    with nothing_changes(), pytest.raises(Conflict, match="已经先行赔付"):
        certain(claim, 1)
    rest = prepare(claim)
    with nothing_changes(), pytest.raises(Conflict, match="不能整案拒赔"):
        review(rest, second, verdict="refused", note="不是意外")
    assert review(rest, second).claim.payable_fen == 80_000


def test_a_reversal_takes_back_exactly_what_stood_and_leaves_the_old_rows_alone() -> None:
    resident = insured()
    claim = settled(resident, medical_expense_fen=310_000)
    before = list(Decision.objects.values_list())
    asked = challenge(claim)
    claim.refresh_from_db()
    assert (claim.status, claim.payable_fen, used()) == ("approved", 290_000, 290_000)  # until another agrees it stands
    with nothing_changes(), pytest.raises(Conflict, match="初审人不能复核"):
        review_reversal(by=asked.prepared_by, decision=asked, agree=True, key=key(), now=at())
    review_reversal(by=handler(), decision=asked, agree=True, key=key(), now=at())
    claim.refresh_from_db()
    assert (claim.status, claim.round, claim.payable_fen, claim.closed_on) == ("reopened", 2, None, None)
    assert (used(), lines_of(claim)) == (0, 0)
    assert before == list(Decision.objects.exclude(pk=asked.pk).values_list())
    assert dict(asked.lines.values_list("benefit", "amount_fen")) == {"medical": -290_000}
    again = prepare(record(claim, medical_expense_fen=120_000))
    assert review(again).claim.payable_fen == used() == lines_of(claim) == 100_000
    assert again.round == 2


def test_a_reversal_that_nobody_agrees_to_changes_nothing() -> None:
    claim = settled(insured(), medical_expense_fen=100_000)
    asked, second = challenge(claim), handler()
    with nothing_changes():
        with pytest.raises(InvalidInput, match="不同意冲回，请写明理由"):
            review_reversal(by=second, decision=asked, agree=False, key=key(), now=at())
        with pytest.raises(Conflict, match="已经有一份冲回申请"):
            challenge(claim, by=second)
    review_reversal(by=second, decision=asked, agree=False, note="发票没有新的", key=key(), now=at())
    claim.refresh_from_db()
    assert (claim.status, claim.payable_fen, used(), lines_of(claim)) == ("approved", 80_000, 80_000, 80_000)
    challenge(claim)  # and may be asked again


def test_one_key_reverses_once() -> None:
    claim, by, once = settled(insured(), medical_expense_fen=100_000), handler(), key()
    asked, second = challenge(claim), handler()
    review_reversal(by=second, decision=asked, agree=True, key=once, now=at())
    with nothing_changes():
        review_reversal(by=second, decision=asked, agree=True, key=once, now=at())
    with nothing_changes(), pytest.raises(Conflict, match="不能冲回重审"):
        challenge(Claim.objects.get(pk=claim.pk), by=by)


def test_an_appeal_is_answered_by_somebody_who_did_not_decide() -> None:
    claim = refused(insured(), medical_expense_fen=100_000)
    decision = claim.decisions.get()
    lodged = appeal(claim)
    for decider in (decision.prepared_by, decision.reviewed_by):
        with nothing_changes(), pytest.raises(Conflict, match="没有办过的同事"):
            answer_appeal(by=decider, appeal=lodged, upheld=False, answer="维持", key=key(), now=at())
        rows = Appeal.objects.filter(pk=lodged.pk)
        with pytest.raises(IntegrityError, match="appeal_answered_by_another"), transaction.atomic():
            rows.update(state="dismissed", answered_by=decider, answered_at=at())
    third = handler()
    with nothing_changes(), pytest.raises(Conflict, match="在等答复"):
        appeal(claim, by=third)
    answer_appeal(by=third, appeal=lodged, upheld=True, answer="门诊病历写明跌倒", key=key(), now=at())
    asked = claim.decisions.get(kind="reversal")
    assert (asked.prepared_by, asked.verdict) == (third, "pending")
    with nothing_changes(), pytest.raises(Conflict, match="初审人不能复核"):
        review_reversal(by=third, decision=asked, agree=True, key=key(), now=at())
    review_reversal(by=handler(), decision=asked, agree=True, key=key(), now=at())
    claim.refresh_from_db()
    assert (claim.status, claim.round) == ("reopened", 2)
    assert review(prepare(claim)).claim.payable_fen == 80_000


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({"who": ""}, "谁申诉"),
        ({"reasons": " "}, "申诉的理由"),
        ({"appealed_on": date(2024, 5, 30)}, "还没到"),
        ({"appealed_on": date(2024, 5, 28)}, "早于结案日"),
    ],
)
def test_an_appeal_that_cannot_be(facts: dict[str, Any], says: str) -> None:
    claim, by = refused(insured(), medical_expense_fen=100_000), handler()
    with nothing_changes(), pytest.raises(InvalidInput, match=says):
        appeal(claim, by=by, **facts)


def test_an_open_claim_has_nothing_to_appeal_against() -> None:
    claim, by = record(report(insured())), handler()
    with nothing_changes(), pytest.raises(Conflict, match="不能登记申诉"):
        appeal(claim, by=by)


def test_a_refusal_letter_says_why_with_the_clauses_and_is_issued_once() -> None:
    claim = refused(insured(), cause_note := "病历记为脑梗死，不是意外", medical_expense_fen=15_000)
    by = handler()
    letter = issue_letter(by=by, claim=claim, key=key(), now=at(hour=16))
    assert (letter.number, letter.due_on) == (f"{claim.number}-JP01", date(2024, 6, 1))
    assert letter.reasons[0] == {"benefit": "", "clause": "", "reason": cause_note}
    assert {"benefit": "意外医疗", "clause": "附件2（1）第2行", "reason": "自付部分没有超过免赔额"} in letter.reasons
    assert issue_letter(by=by, claim=claim, key=key(), now=at(hour=17)) == letter
    words = pdf_words(paper_pdf(letter_paper(letter, "中国人寿盐都支公司"), at=at())).replace("\n", "")
    for said in (
        claim.number,
        cause_note,
        "意外医疗（附件2（1）第2行）：自付部分没有超过免赔额。",
        "申诉",
        "2024年5月29日",
    ):
        assert said in words


def test_only_a_refused_claim_has_a_letter() -> None:
    claim, by = settled(insured(), medical_expense_fen=100_000), handler()
    with nothing_changes(), pytest.raises(Conflict, match="不能出具拒赔通知书"):
        issue_letter(by=by, claim=claim, key=key(), now=at())


def test_a_later_decision_that_was_counted_on_the_old_one_is_listed_and_decided_anew() -> None:
    resident = insured()
    first = settled(resident, medical_expense_fen=310_000)  # 2900
    later = settled(resident, event_on=EVENT + timedelta(days=3), medical_expense_fen=110_000)  # 100 are left
    unmoved = settled(resident, event_on=EVENT + timedelta(days=4), disabilities=((10, "左手"),))
    assert (later.payable_fen, unmoved.payable_fen) == (10_000, 100_000)
    review(
        prepare(record(reopened(first), medical_expense_fen=100_000, now=at(hour=17)), now=at(hour=17)), now=at(hour=18)
    )
    found = Recalculation.objects.get()
    assert (found.claim, found.then_fen, found.now_fen) == (later, 10_000, 90_000)
    again = review(prepare(reopened(later), now=at(hour=18)), now=at(hour=19)).claim
    assert (again.payable_fen, used()) == (90_000, 170_000)
    found.refresh_from_db()
    assert (found.closed_at is not None, found.note) == (True, "已重新理算")
    assert Recalculation.objects.count() == 1


def test_an_overtaken_decision_may_stand_when_a_person_says_why() -> None:
    resident, by = insured(), handler()
    first = settled(resident, medical_expense_fen=310_000)
    settled(resident, event_on=EVENT + timedelta(days=3), medical_expense_fen=110_000)
    review(prepare(record(reopened(first), medical_expense_fen=100_000)))
    found = Recalculation.objects.get()
    with nothing_changes(), pytest.raises(InvalidInput, match="为什么不重新理算"):
        close_recalculation(by=by, found=found, note="", now=at())
    close_recalculation(by=by, found=found, note="家属书面放弃差额", now=at())
    with nothing_changes(), pytest.raises(Conflict, match="已经处理过"):
        close_recalculation(by=by, found=found, note="再一次", now=at())


def test_endorsed_prepared_and_reviewed_are_three_people_in_the_database_too() -> None:
    decision = prepared(insured(), medical_expense_fen=100_000)
    rows = Decision.objects.filter(pk=decision.pk)
    with pytest.raises(IntegrityError, match="decision_third_person"), transaction.atomic():
        rows.update(endorsed_by=F("prepared_by"), endorsed_at=at())
    one = handler()
    rows.update(endorsed_by=one, endorsed_at=at())
    with pytest.raises(IntegrityError, match="decision_third_person"), transaction.atomic():
        rows.update(verdict="approved", reviewed_by=one, reviewed_at=at())
