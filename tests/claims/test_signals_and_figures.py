"""Signals never refuse, and hold until their fact changes; figures are sums over one table each."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from tests import factories
from tests.claims.acts import (
    EVENT,
    at,
    handler,
    insured,
    nothing_changes,
    record,
    refused,
    reopened,
    report,
    settled,
)
from tests.claims.payment_acts import order, release, with_payee
from tests.claims.test_pages import SHELL
from tests.claims.test_payouts import paid
from tests.logins import logged_in

from ankang.audit.models import AuditEntry
from ankang.claims.actions import withdraw_claim
from ankang.claims.figures import average, claim_figures
from ankang.claims.invoices import Bill, record_invoices
from ankang.claims.models import Claim
from ankang.claims.signals import digest_of, note_look, seen_signals, signals_of
from ankang.installation.models import Installation
from ankang.programmes.models import Programme
from ankang.rules.errors import InvalidInput
from ankang.rules.programme import SignalLimit
from ankang.rules.signals import Facts, signals

pytestmark = pytest.mark.django_db
COVER = date(2024, 3, 21)


def one(number: str, person: int, **facts: Any) -> Facts:
    return Facts(**{"number": number, "person": person, "village": "v", "event_on": EVENT, "cover_from": COVER} | facts)


def codes(*claims: Facts) -> list[tuple[str, str]]:
    return [(found.number, found.code) for found in signals(claims)]


def test_each_signal_below_at_and_above_its_threshold() -> None:
    card = frozenset({"x"})
    assert codes(one("a", 1, accounts=card), one("b", 1, accounts=card)) == []
    assert codes(one("a", 1, accounts=card), one("b", 2, accounts=card)) == [("a", "same_card"), ("b", "same_card")]
    assert codes(one("a", 1), one("b", 2)) == []
    assert codes(one("a", 1), one("b", 2), one("c", 3)) == [("a", "cluster"), ("b", "cluster"), ("c", "cluster")]
    days = [(-1, []), (0, ["early"]), (6, ["early"]), (7, [])]
    for day, found in days:
        assert [code for _, code in codes(one("a", 1, event_on=COVER + timedelta(days=day)))] == found
    for stayed, found in ((21, []), (22, ["long_stay"])):
        assert [code for _, code in codes(one("a", 1, hospital_days=stayed, diagnosis="左桡骨骨折"))] == found
    assert codes(one("a", 1, hospital_days=300, diagnosis="查无此病")) == []
    assert codes(one("a", 1, cover_from=None)) == []


@pytest.mark.parametrize(("field", "people"), [("place", 3), ("doctor", 5)])
def test_one_place_or_doctor_of_many_within_a_month(field: str, people: int) -> None:
    def told(many: int, last: int = 29) -> list[tuple[str, str]]:
        days = [0] * (many - 1) + [last]
        return codes(
            *(
                one(str(at_), at_, **{field: "x", "village": str(at_), "event_on": EVENT + timedelta(days=day)})
                for at_, day in enumerate(days)
            )
        )

    assert told(people - 1) == []
    assert told(people) == [(str(at_), field) for at_ in range(people)] == told(people, 28)
    assert told(people, 30) == []
    assert len(told(people + 1, 30)) == people  # the late one stands alone
    assert codes(*(one(str(at_), 1, village=str(at_), **{field: "x"}) for at_ in range(9))) == []  # one person's


def test_place_and_doctor_are_compared_without_being_shown_and_a_freed_invoice_is_told() -> None:
    by, bill = handler(), [Bill("12345678", 100_000, EVENT)]
    gone, late = (record(report(insured()), medical_expense_fen=100_000) for _ in range(2))
    record_invoices(by=by, claim=gone, bills=bill, now=at())
    withdraw_claim(by=by, claim=gone, why="家属放弃索赔", key="withdrawn", now=at())
    record_invoices(by=by, claim=late, bills=bill, now=at())
    (row,) = seen_signals(by)
    assert (row.claim, row.signal.code, row.signal.fact) == (late, "same_invoice", gone.number)
    for place in ("镇菜场 门口", "镇菜场，门口"):
        record(report(insured(), event_on=EVENT + timedelta(days=len(place))), medical_expense_fen=1, place=place)
    report(insured(), event_on=EVENT, place="镇菜场门口")
    found = [row.signal for row in seen_signals(by) if row.signal.code != "same_invoice"]
    assert [signal.code for signal in found] == ["place"] * 3
    assert not any("菜场" in signal.words for signal in found)
    plan = replace(factories.plan(), signals=(SignalLimit("place_people", 4, "六（5）"),))
    factories.version(plan)
    assert [row.signal.code for row in seen_signals(by)] == ["same_invoice"]  # the plan asks for four


def test_a_look_holds_while_the_fact_stays_and_nothing_is_refused(
    django_assert_num_queries: Callable[[int], Any],
) -> None:
    by = handler()
    claims = [with_payee(settled(insured(), medical_expense_fen=100_000)) for _ in range(2)]
    with django_assert_num_queries(7):
        found = seen_signals(by)
    assert [(row.claim, row.signal.code) for row in found] == [(claim, "same_card") for claim in claims]
    first = found[0]
    with nothing_changes(), pytest.raises(InvalidInput, match="看过以后的意见"):
        note_look(by=by, claim=first.claim, code="same_card", fact=digest_of(first.signal), note=" ", now=at())
    note_look(by=by, claim=first.claim, code="same_card", fact=digest_of(first.signal), note="两老是夫妻", now=at())
    (row,) = signals_of(by, first.claim)
    assert row.look is not None
    assert row.look.note == "两老是夫妻"
    with_payee(settled(insured(), medical_expense_fen=100_000))  # a third one on the card: another fact
    (row,) = [row for row in signals_of(by, first.claim) if row.signal.code == "same_card"]
    assert row.look is None
    assert {claim.status for claim in Claim.objects.all()} == {"approved"}


def test_the_figures_of_a_year() -> None:
    user = handler()
    first = with_payee(settled(insured(), medical_expense_fen=100_000))  # 800
    died = settled(insured(birth_date=date(1948, 7, 15)), died_on=date(2024, 5, 20))  # 5000 + 300
    refused(insured(), medical_expense_fen=100_000)
    report(insured(), cause="illness")
    paid(release(order(first))[0])
    figures = claim_figures(user, Programme.objects.get())
    assert (figures.total.reported, figures.total.approved, figures.total.paid_fen) == (4, 2, 80_000 + 530_000)
    assert died.payable_fen == 530_000
    benefits = {name: fen for name, fen in figures.benefits if fen}
    assert benefits == {"意外伤害": 500_000, "意外医疗": 80_000, "定期寿险": 30_000}
    assert sum(benefits.values()) == figures.total.paid_fen
    assert [(part.name, part.reported) for part in figures.ages if part.reported] == [
        ("60至69周岁", 3),
        ("70至75周岁", 1),
    ]
    assert {part.name: part.reported for part in figures.causes} == {"意外": 3, "疾病": 1}
    village = figures.villages[0]
    assert (village.insured, village.premium_fen, village.per_thousand) == (4, 40_000, 1000.0)
    assert figures.total.ratio == 1525.0
    assert (figures.money_fen, figures.to_money, average(figures.to_decision)) == (80_000, [1], 0.0)


def test_a_reversal_leaves_nothing_in_the_figures() -> None:
    user = handler()
    reopened(settled(insured(), medical_expense_fen=100_000))
    figures = claim_figures(user, Programme.objects.get())
    assert (figures.total.paid_fen, sum(fen for _, fen in figures.benefits)) == (0, 0)


def test_villages_that_claim_little_are_named() -> None:
    from ankang.claims.figures import ClaimFigures, Part

    quiet, loud = Part("01村", insured=100, reported=1), Part("02村", insured=100, reported=9)
    small = Part("03村", insured=49, reported=0)
    total = Part("合计", insured=249, reported=10)
    figures = ClaimFigures(total, [], [quiet, loud, small], [], [])
    assert figures.few == [quiet]
    assert ClaimFigures(Part("合计"), [], [quiet], [], []).few == []


def test_the_pages(django_assert_num_queries: Callable[[int], Any]) -> None:
    Installation.objects.create(is_sample=True, demo_today=date(2024, 5, 30))
    claims = [with_payee(settled(insured(), medical_expense_fen=100_000)) for _ in range(2)]
    client: Client = logged_in(handler())
    client.get("/insurer/figures/")
    with django_assert_num_queries(SHELL + 11):
        text = client.get("/insurer/figures/").text
    assert "2 件报案，应赔 1,600.00 元" in text
    assert client.get("/insurer/figures/export/").status_code == 200
    with django_assert_num_queries(SHELL + 7):
        text = client.get("/insurer/signals/").text
    assert "2 条提醒还没人看" in text
    row = signals_of(handler(), claims[0])[0]
    form = {"claim": claims[0].number, "code": "same_card", "fact": digest_of(row.signal)}
    assert client.post("/insurer/signals/look/", form).status_code == 422
    assert client.post("/insurer/signals/look/", form | {"note": "夫妻"}).status_code == 302
    assert "夫妻" in client.get(f"/insurer/claims/{claims[0].number}/course/").text
    assert client.get("/insurer/signals/export/").status_code == 200
    stranger = logged_in(handler(division=factories.town("320903103000", "邻镇")))
    assert claims[0].number not in stranger.get("/insurer/signals/").text
    assert stranger.post("/insurer/signals/look/", form | {"note": "x"}).status_code == 404


def test_the_place_of_a_report_stands_in_the_losses_form_and_the_look_is_noted() -> None:
    Installation.objects.create(is_sample=True, demo_today=date(2024, 5, 30))
    client, claim, silent = logged_in(handler()), report(insured(), place="镇菜场门口"), report(insured())
    assert 'value="镇菜场门口"' in client.get(f"/insurer/claims/{claim.number}/losses/").text
    assert 'value="镇菜场' not in client.get(f"/insurer/claims/{silent.number}/losses/").text
    assert [entry.subject_id for entry in AuditEntry.objects.filter(action="claims.looked")] == [str(claim.pk)]
