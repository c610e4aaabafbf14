"""From the report to the decision, through the actions."""

from datetime import date, timedelta

import pytest
from tests import factories
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
    report,
    review,
    settled,
)

from ankang.accounts.models import Desk
from ankang.audit.models import AuditEntry
from ankang.claims.actions import look_at_phone, look_into, withdraw_claim
from ankang.claims.cases import NOT_INSURED
from ankang.claims.deciding import CHECKS
from ankang.claims.facts import CaseFacts, replay
from ankang.claims.models import Claim, ClaimStep, Decision, LimitUse
from ankang.rules.errors import Conflict, InvalidInput, NotAllowed
from ankang.rules.trace import decision_json

pytestmark = pytest.mark.django_db


def test_a_report_gets_a_number_of_its_day_and_the_programme_of_its_event() -> None:
    resident = insured()
    first, second = report(resident), report(resident)
    assert (first.number, second.number) == ("LP2024-0529-001", "LP2024-0529-002")
    assert first.programme.slug == "2024-yandu"
    assert first.status == Claim.Status.REPORTED
    assert first.payable_fen is None
    stored = Claim.objects.get(pk=first.pk)
    assert str(stored.what_happened) == "••••"
    assert stored.what_happened.reveal() == "在家门口滑倒"
    written = AuditEntry.objects.filter(subject_type="claims.Claim", subject_id=str(first.pk))
    assert list(written.values_list("action", "division_code")) == [("claims.reported", resident.village_id)]


def test_the_numbers_begin_again_each_day() -> None:
    resident = insured()
    report(resident)
    assert report(resident, now=at(date(2024, 5, 30))).number == "LP2024-0530-001"


def test_the_same_key_registers_once() -> None:
    resident, by, once = insured(), handler(), key()
    first = report(resident, by, key=once)
    with nothing_changes():
        assert report(resident, by, key=once) == first


def test_a_late_report_of_somebody_uninsured_is_registered_with_a_note() -> None:
    factories.version()
    resident = factories.resident()
    claim = report(resident, event_on=date(2021, 7, 1), now=at(date(2024, 5, 29)))
    assert claim.programme.slug == "2024-yandu"
    assert claim.steps.get().note == NOT_INSURED


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"event_on": date(2024, 5, 30)}, "event_on"),
        ({"event_on": date(1959, 1, 14)}, "event_on"),
        ({"cause": "robbery"}, "cause"),
        ({"what_happened": " "}, "what_happened"),
    ],
)
def test_a_report_that_cannot_be(facts: dict[str, object], field: str) -> None:
    resident, by = insured(), handler()
    with nothing_changes(), pytest.raises(InvalidInput) as refused:
        report(resident, by, **facts)
    assert refused.value.fields["errors"].keys() == {field}  # type: ignore[attr-defined]


def test_an_accident_of_today_can_be_reported_today() -> None:
    assert report(insured(), event_on=date(2024, 5, 29)).event_on == date(2024, 5, 29)


def test_only_the_insurer_in_whose_area_the_village_lies_may_act() -> None:
    resident = insured()
    other_town = factories.town("320903103000", "邻镇")
    outsiders = [factories.user(Desk.TOWN), factories.user(Desk.VILLAGE), handler(division=other_town)]
    decision = prepared(resident, medical_expense_fen=100_000)
    with nothing_changes():
        for outsider in outsiders:
            for act in (
                lambda by: record(decision.claim, by),
                lambda by: prepare(decision.claim, by),
                lambda by: review(decision, by),
                lambda by: withdraw_claim(by=by, claim=decision.claim, why="重复", key=key(), now=at()),
                lambda by: look_into(by=by, claim=decision.claim),
            ):
                with pytest.raises(NotAllowed):
                    act(outsider)


def test_desks_that_meet_families_report_and_others_do_not() -> None:
    resident = insured()
    for desk in (Desk.TOWN, Desk.VILLAGE, Desk.WINDOW, Desk.FUNERAL):
        assert report(resident, factories.user(desk)).reported_by.desk == desk
    elsewhere = [factories.user(Desk.VILLAGE, factories.village(2)), handler(division=factories.town("320903103000"))]
    nobodies = [factories.user(Desk.DISTRICT, resident.village.parent), factories.user(Desk.DONOR)]
    for outsider in (*elsewhere, *nobodies):
        with nothing_changes(), pytest.raises(NotAllowed):
            report(resident, outsider)


def test_losses_decision_and_a_second_person() -> None:
    first, second = handler(), handler()
    claim = record(
        report(insured(), first),
        first,
        medical_expense_fen=500_000,
        reimbursed_fen=160_000,
        fracture_expense_fen=500_000,
        stays=((EVENT, date(2024, 5, 20)), (date(2024, 5, 18), date(2024, 5, 24))),
        diagnosis="右股骨颈骨折",
    )
    assert claim.status == Claim.Status.RECORDED
    decision = prepare(claim, first, note="票据齐全")
    # Domain 4: aged 65, net bill 3400, all fracture; 12 days in hospital, the overlap counted once.
    assert amounts(decision) == {"A medical": 300_000, "A fracture": 40_000, "A allowance": 60_000}
    assert decision.total_fen == 400_000
    assert Claim.objects.get(pk=claim.pk).payable_fen is None

    review(decision, second)
    closed = Claim.objects.get(pk=claim.pk)
    assert (closed.status, closed.payable_fen, closed.closed_on) == ("approved", 400_000, date(2024, 5, 29))
    assert sorted(LimitUse.objects.values_list("product", "benefit", "used_fen", "limit_fen")) == [
        ("A", "fracture", 40_000, 202_400),
        ("A", "medical", 300_000, 300_000),
    ]
    kinds = list(ClaimStep.objects.filter(claim=claim).values_list("kind", "by"))
    assert kinds == [("reported", first.pk), ("recorded", first.pk), ("prepared", first.pk), ("approved", second.pk)]
    written = AuditEntry.objects.filter(subject_type="claims.Claim", subject_id=str(claim.pk)).order_by("pk")
    assert list(written.values_list("action", flat=True)) == [
        "claims.reported",
        "claims.recorded",
        "claims.prepared",
        "claims.approved",
    ]


def test_the_first_person_never_reviews_their_own() -> None:
    by = handler()
    decision = prepare(record(report(insured(), by), by, medical_expense_fen=100_000), by)
    with nothing_changes():
        for verdict in ("approved", "returned", "refused"):
            with pytest.raises(Conflict, match="初审人不能复核自己的案件"):
                review(decision, by, verdict=verdict, note="同意")


@pytest.mark.parametrize("left_out", sorted(CHECKS))
def test_agreeing_needs_every_check(left_out: str) -> None:
    decision, second = prepared(insured(), medical_expense_fen=100_000), handler()
    with nothing_changes(), pytest.raises(InvalidInput, match=f"还有 1 项没勾：{CHECKS[left_out]}"):
        review(decision, second, checks=[check for check in CHECKS if check != left_out])


@pytest.mark.parametrize("verdict", ["returned", "refused"])
def test_sending_back_and_refusing_need_a_note(verdict: str) -> None:
    decision, second = prepared(insured(), medical_expense_fen=100_000), handler()
    with nothing_changes(), pytest.raises(InvalidInput, match="必须写复核意见"):
        review(decision, second, verdict=verdict, note="  ")


def test_sent_back_the_losses_change_and_a_second_decision_follows() -> None:
    decision = prepared(insured(), medical_expense_fen=100_000)
    review(decision, verdict="returned", note="发票少一张")
    claim = Claim.objects.get(pk=decision.claim_id)
    assert (claim.status, claim.payable_fen) == ("returned", None)
    again = prepare(record(claim, medical_expense_fen=120_000))
    assert (again.sequence, again.total_fen) == (2, 100_000)
    assert review(again).claim.status == "approved"
    assert not LimitUse.objects.exclude(used_fen=100_000).exists()


def test_a_refused_claim_pays_nothing_and_draws_on_nothing() -> None:
    decision = prepared(insured(), medical_expense_fen=100_000)
    review(decision, verdict="refused", note="不是意外")
    claim = Claim.objects.get(pk=decision.claim_id)
    assert (claim.status, claim.payable_fen) == ("refused", 0)
    assert claim.closed_on == date(2024, 5, 29)
    assert not LimitUse.objects.exists()


def test_nothing_payable_cannot_be_agreed_to() -> None:
    claim = report(insured(), cause="illness")
    decision, second = prepare(record(claim, medical_expense_fen=100_000)), handler()
    assert decision.total_fen == 0
    with nothing_changes(), pytest.raises(Conflict, match="请选“拒赔”"):
        review(decision, second)


def test_the_same_review_key_agrees_once() -> None:
    decision, second, once = prepared(insured(), medical_expense_fen=100_000), handler(), key()
    review(decision, second, key=once)
    with nothing_changes():
        assert review(decision, second, key=once).verdict == Decision.Verdict.APPROVED


def test_a_reviewed_decision_is_not_reviewed_again() -> None:
    decision = prepared(insured(), medical_expense_fen=100_000)
    review(decision)
    third = handler()
    with nothing_changes(), pytest.raises(Conflict, match="已经复核过"):
        review(decision, third, verdict="refused", note="迟了")


def test_another_claim_approved_meanwhile_refuses_the_stale_decision() -> None:
    resident = insured()
    one = prepared(resident, medical_expense_fen=310_000)
    other = prepared(resident, event_on=EVENT + timedelta(days=3), medical_expense_fen=110_000)
    assert (one.total_fen, other.total_fen) == (290_000, 90_000)
    review(one)
    second = handler()
    with nothing_changes(), pytest.raises(Conflict, match=r"当时应赔 900.00 元，现在应赔 100.00 元"):
        review(other, second)
    review(other, second, verdict="returned", note="按最新结果重算")
    again = prepare(Claim.objects.get(pk=other.claim_id))
    assert amounts(again) == {"A medical": 10_000}  # domain 4: 2900 used, net bill 900
    review(again)
    assert LimitUse.objects.get(benefit="medical").used_fen == 300_000


def test_an_earlier_accident_decided_later_does_not_pass_the_limit() -> None:
    resident = insured()
    settled(resident, event_on=EVENT, medical_expense_fen=400_000)
    late = prepared(resident, event_on=EVENT - timedelta(days=10), medical_expense_fen=200_000)
    assert late.total_fen == 0
    assert late.lines.get(benefit="medical").reason == "limit_used_up"


def test_the_limit_of_a_younger_age_stays_the_highest() -> None:
    # 70 on 2024-06-01: the medical limit falls from 3000 to 1500 between two accidents.
    resident = insured(birth_date=date(1954, 6, 1))
    settled(resident, event_on=date(2024, 5, 20), medical_expense_fen=220_000)
    later = prepare(
        record(
            report(resident, event_on=date(2024, 6, 2), now=at(date(2024, 6, 20))),
            medical_expense_fen=220_000,
            now=at(date(2024, 6, 20)),
        )
    )
    assert later.lines.get(benefit="medical").amount_fen == 0
    use = LimitUse.objects.get(benefit="medical")
    assert (use.used_fen, use.limit_fen) == (200_000, 300_000)


def test_a_death_after_a_paid_disability_pays_the_rest_and_the_life_benefit_once() -> None:
    resident = insured()
    settled(resident, disabilities=((10, "左手"),))
    died = prepared(resident, event_on=EVENT, died_on=date(2024, 5, 20))
    assert amounts(died) == {"A accident": 900_000, "A life": 50_000}
    review(died)
    again = prepared(resident, event_on=EVENT, died_on=date(2024, 5, 20))
    assert amounts(again) == {}
    assert again.lines.get(benefit="life").reason == "already_paid"


def test_a_stored_decision_is_what_its_facts_give_again() -> None:
    resident = insured(("A", 1), ("B", 1))
    settled(resident, event_on=EVENT - timedelta(days=2), medical_expense_fen=150_000)
    decision = prepared(
        resident,
        medical_expense_fen=340_000,
        fracture_expense_fen=340_000,
        stays=((EVENT, EVENT + timedelta(days=4)),),
        disabilities=((9, "左腕"), (9, "右踝")),
    )
    stored = Decision.objects.select_related("version").get(pk=decision.pk)
    assert decision_json(replay(stored)) == stored.outcome
    assert CaseFacts.read(stored.facts).document() == stored.facts
    assert stored.total_fen == sum(line.amount_fen for line in stored.lines.all()) == stored.outcome["total_fen"]
    assert stored.outcome["assumed"]  # the 2024 readings are not confirmed yet: a second person must approve


def test_losses_cannot_change_while_a_decision_waits() -> None:
    decision = prepared(insured(), medical_expense_fen=100_000)
    by = handler()
    with nothing_changes(), pytest.raises(Conflict, match="待复核"):
        record(decision.claim, by, medical_expense_fen=1)


def test_a_decision_needs_losses() -> None:
    claim = report(insured())
    with nothing_changes(), pytest.raises(Conflict, match="不能理算"):
        prepare(claim)


def test_withdrawn_it_stays_on_file_and_needs_a_reason() -> None:
    decision, by = prepared(insured(), medical_expense_fen=100_000), handler()
    with nothing_changes(), pytest.raises(InvalidInput, match="为什么撤案"):
        withdraw_claim(by=by, claim=decision.claim, why=" ", key=key(), now=at())
    withdraw_claim(by=by, claim=decision.claim, why="与另一案重复", key=key(), now=at())
    assert Claim.objects.get(pk=decision.claim_id).status == "withdrawn"
    second = handler()
    with nothing_changes(), pytest.raises(Conflict):
        review(decision, second)


def test_a_key_of_another_form_is_refused() -> None:
    once, by = key(), handler()
    claim = report(insured(), by, key=once)
    with nothing_changes(), pytest.raises(Conflict, match="已经用过"):
        record(claim, by, key=once)


def test_a_look_at_the_sealed_texts_is_written_down() -> None:
    by = handler()
    claim = record(report(insured(), reporter_phone="13800000000"), diagnosis="右股骨颈骨折", place="镇菜场")
    assert look_into(by=by, claim=Claim.objects.get(pk=claim.pk)) == {
        "diagnosis": "右股骨颈骨折",
        "place": "镇菜场",
        "doctor": "",
        "what_happened": "在家门口滑倒",
        "phone": "*******0000",
    }
    entry = AuditEntry.objects.get(action="claims.looked")
    assert (entry.actor, entry.detail) == (by, {})


def test_a_look_at_the_whole_phone_is_written_down() -> None:
    by, stranger = handler(), handler(division=factories.town("320903103000", "邻镇"))
    claim = Claim.objects.get(pk=report(insured(), reporter_phone="13800000000").pk)
    with nothing_changes(), pytest.raises(NotAllowed):
        look_at_phone(by=stranger, claim=claim)
    assert look_at_phone(by=by, claim=claim) == "13800000000"
    entry = AuditEntry.objects.get(action="claims.looked_at_phone")
    assert (entry.actor, entry.subject_id, entry.detail) == (by, str(claim.pk), {})


def test_a_death_inside_the_cover_after_an_accident_before_it_moves_to_that_programme() -> None:
    resident = insured()
    claim = report(resident, event_on=date(2024, 3, 10))
    assert claim.steps.get().note == NOT_INSURED
    recorded = record(claim, died_on=date(2024, 4, 1))
    assert "身故日在保障期内" in recorded.steps.last().note
    assert amounts(prepare(recorded)) == {"A life": 50_000}
