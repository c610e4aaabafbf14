"""Bills of an accident that is a claim already go into that claim: its deductible is taken once, its limit is one."""

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

import pytest
from django.test import Client
from tests import factories
from tests.claims.acts import EVENT, at, handler, insured, key, nothing_changes, report, review
from tests.claims.green_acts import confirmed_version, pay, settle, settlement, window
from tests.claims.test_taking_back import books
from tests.desks.test_window_pages import bill as form
from tests.races import race

from ankang.accounts.models import Desk, User
from ankang.claims.further_bills import add_bills
from ankang.claims.further_models import FurtherBills
from ankang.claims.green_queries import green_case
from ankang.claims.models import Claim, Decision
from ankang.claims.reopening import review_reversal
from ankang.installation.models import Installation
from ankang.rules.errors import Conflict, InvalidInput, NotAllowed

OLD = date(1951, 6, 1)


def more(claim: Claim, by: User, invoice: str = "00012399", **facts: Any) -> FurtherBills:
    """Add one bill of 300, of which nothing was reimbursed."""
    given = {name: facts.pop(name) for name in ("key", "now") if name in facts}
    told = settlement(**{"invoice": invoice, "total_fen": 30_000, "reimbursed_fen": 0} | facts)
    return add_bills(by=by, claim=claim, settlement=told, **{"key": key(), "now": at(hour=16)} | given)


def settled_and_paid(by: User) -> Claim:
    claim = review(settle(insured(birth_date=OLD), by)).claim
    pay(claim, by)
    return claim


@pytest.mark.django_db
def test_added_to_a_paid_claim_taken_back_counted_and_the_difference_paid() -> None:
    confirmed_version()
    by, second = window(), handler()
    claim, once = settled_and_paid(by), key()
    added = more(claim, by, key=once)
    with nothing_changes():
        assert more(claim, by, key=once) == added
        with pytest.raises(Conflict, match="在等复核"):
            more(claim, by, "00012400")
    assert (added.state, claim.invoices.count(), books()["claim_cost"]) == ("waiting", 2, 100_000)
    reversal = added.reversal
    assert reversal is not None
    assert reversal.prepared_note == "窗口补交票据 1 张，300.00 元"
    review_reversal(by=second, decision=reversal, agree=True, key=key(), now=at(hour=16))
    claim.refresh_from_db()
    decision = claim.decisions.latest("sequence")
    assert (claim.status, decision.total_fen, decision.prepared_by) == ("prepared", 130_000, by)  # 5300 - 3800 - 200
    review(decision, second, now=at(hour=17))
    case = green_case(by, claim.number)
    assert (case.left_fen, case.may_pay) == (30_000, True)
    assert sum(one.amount_fen for one in pay(case.claim, by, now=at(hour=17))) == 30_000
    assert books() == {"claim_cost": 130_000, "window_advance": -130_000}
    assert FurtherBills.objects.get().state == "counted"


@pytest.mark.django_db
def test_kept_as_it_was_the_invoice_is_free_again() -> None:
    confirmed_version()
    by = window()
    claim = settled_and_paid(by)
    reversal = more(claim, by).reversal
    assert reversal is not None
    review_reversal(by=handler(), decision=reversal, agree=False, note="不是这次的", key=key(), now=at(hour=16))
    claim.refresh_from_db()
    assert (claim.status, claim.payable_fen, claim.invoices.count()) == ("approved", 100_000, 1)
    assert FurtherBills.objects.get().state == "dropped"
    assert settle(insured(birth_date=OLD), by, invoice="00012399").total_fen == 100_000


@pytest.mark.django_db
def test_sent_back_the_window_adds_what_was_missing_and_decides_anew() -> None:
    confirmed_version()
    by = window()
    claim = review(settle(insured(birth_date=OLD), by), verdict="returned", note="少一张").claim
    assert more(claim, by).state == "counted"
    claim.refresh_from_db()
    assert (claim.status, claim.medical_expense_fen, claim.reimbursed_fen) == ("prepared", 530_000, 380_000)
    assert claim.decisions.latest("sequence").total_fen == 130_000


@pytest.mark.django_db
def test_a_village_reported_it_the_insurer_decides_it() -> None:
    confirmed_version()
    by, resident = window(), insured(birth_date=OLD)
    claim = report(resident, factories.user(Desk.VILLAGE, factories.village()))
    with nothing_changes(), pytest.raises(Conflict, match="把票据加进那一件"):
        settle(resident, by)
    more(claim, by, total_fen=500_000, reimbursed_fen=380_000)
    claim.refresh_from_db()
    assert (claim.status, claim.medical_expense_fen) == ("recorded", 500_000)
    assert not Decision.objects.exists()


@pytest.mark.django_db
def test_what_is_refused_changes_nothing() -> None:
    confirmed_version()
    by = window()
    waits = settle(insured(birth_date=OLD), by).claim
    paid_one = review(settle(insured(birth_date=OLD), by, invoice="00012346")).claim
    over = review(settle(insured(birth_date=OLD), by, invoice="00012347"), verdict="refused", note="不是意外").claim
    with nothing_changes():
        with pytest.raises(Conflict, match="正在等中国人寿复核"):
            more(waits, by)
        with pytest.raises(Conflict, match="不予赔付"):
            more(over, by)
        with pytest.raises(Conflict, match="不是这一天的意外"):
            more(paid_one, by, event_on=date(2024, 5, 13), dated_on=date(2024, 5, 13))
        for who in (handler(), factories.user(Desk.FUNERAL), window(division=factories.town("320903102000"))):
            with pytest.raises(NotAllowed):
                more(paid_one, who)
        for facts, field in (({"bills": ()}, "bill-0"), ({"fracture_fen": 600_000}, "fracture_expense_fen")):
            with pytest.raises(InvalidInput) as found:
                more(paid_one, by, **facts)
            assert field in found.value.fields["errors"]  # type: ignore[operator]
        with pytest.raises(Conflict, match="已经用在赔案"):
            more(paid_one, by, "00012345")


@pytest.mark.django_db(transaction=True)
def test_two_windows_at_once_add_to_a_decided_claim_once() -> None:
    confirmed_version()
    by, other = window(), window()
    claim = settled_and_paid(by)
    outcomes = race(partial(more, claim, by, "00012391"), partial(more, claim, other, "00012392"))
    assert sorted(type(one).__name__ for one in outcomes) == ["Conflict", "FurtherBills"], outcomes
    assert (claim.invoices.count(), FurtherBills.objects.count()) == (2, 1)


@pytest.mark.django_db
def test_the_pages_add_instead_of_refusing(client_of: Callable[[User], Client]) -> None:
    Installation.objects.create(is_sample=True, demo_today=date(2024, 5, 29))
    confirmed_version()
    by, second = window(), handler()
    claim = settled_and_paid(by)
    desk, address = client_of(by), f"/window/claims/{claim.number}/"
    assert "这次事故又有票据，再加" in desk.get(address).content.decode()
    opened = {"open": "1", "resident": str(claim.resident_id), "event_on": str(EVENT)}
    page = desk.post("/window/", opened).content.decode()
    assert f"把票据加进 {claim.number}，重新算" in page
    given = {"claim": claim.number, "bill-0-number": "00012399", "bill-0-amount_fen": "300", "reimbursed_fen": "0"}
    filled = form(claim.resident, **given, what_happened="")
    wrong = desk.post("/window/", filled | {"bill-0-number": "00012345"})
    assert (wrong.status_code, "这里只录新的" in wrong.content.decode()) == (422, True)
    assert desk.post("/window/", filled).status_code == 302
    assert "补交的票据 300.00 元等中国人寿同意冲回" in desk.get(address).content.decode()
    course = f"/insurer/claims/{claim.number}/course/"
    insurer = client_of(second)
    assert "等复核的冲回 1 件" in insurer.get("/insurer/").content.decode()
    assert "窗口补交票据 1 张，300.00 元" in insurer.get(course).content.decode()
    sequence = claim.decisions.latest("sequence").sequence
    agreed = {"key": key(), "sequence": sequence, "verdict": "approved", "note": ""}
    assert insurer.post(f"{course}reversal-review/", agreed).status_code == 302
    assert "应赔 1,300.00 元" in desk.get(address).content.decode()


@pytest.mark.django_db
def test_the_window_is_told_that_and_why_it_was_sent_back(client_of: Callable[[User], Client]) -> None:
    Installation.objects.create(is_sample=True, demo_today=date(2024, 5, 29))
    confirmed_version()
    by = window()
    claim = review(settle(insured(birth_date=OLD), by), verdict="returned", note="少一张门诊票据").claim
    page = client_of(by).get(f"/window/claims/{claim.number}/").content.decode()
    assert ("退回了：少一张门诊票据" in page, "等中国人寿复核" in page) == (True, False)


@pytest.mark.django_db
def test_another_accident_of_the_same_day_is_a_claim_of_its_own(client_of: Callable[[User], Client]) -> None:
    Installation.objects.create(is_sample=True, demo_today=date(2024, 5, 29))
    confirmed_version()
    by, resident = window(), insured(birth_date=OLD)
    first = settle(resident, by).claim
    desk = client_of(by)
    taken = {"bill-0-number": "00012399", "bill-0-amount_fen": "300", "reimbursed_fen": "0"}
    refused = desk.post("/window/", form(resident, **taken))
    assert (refused.status_code, "不是，是同一天的另一次事故" in refused.content.decode()) == (409, True)
    led = desk.post("/window/", form(resident, **taken, open="apart")).content.decode()
    assert "00012399" in led  # what was typed stays
    assert "和那一次怎么分得开" in led
    filled = form(resident, **taken, besides=first.number, key="0b9ef7f0-7f0e-4d7c-9a56-222222222222")
    with nothing_changes():
        assert desk.post("/window/", filled).status_code == 422
    assert desk.post("/window/", filled | {"apart": "早上滑倒，下午被车撞"}).status_code == 302
    second = Claim.objects.exclude(pk=first.pk).get()
    decision = second.decisions.get()
    assert (second.number != first.number, decision.total_fen) == (True, 10_000)  # 300 - 200: a deductible of its own
    assert decision.prepared_note == "同一天的另一次事故：早上滑倒，下午被车撞"
    assert "早上滑倒，下午被车撞" in client_of(handler()).get(f"/insurer/claims/{second.number}/").content.decode()
    asks = {"open": "1", "resident": str(resident.pk), "event_on": str(EVENT)}
    assert "先选这些票据是哪一次的" in desk.post("/window/", asks).content.decode()
    review(decision)
    chosen = desk.post("/window/", asks | {"open": second.number}).content.decode()
    assert f"把票据加进 {second.number}，重新算" in chosen
