"""The defects in money and manners seen in openIMIS 1.11, each with the test that would catch it here.

Beside these: a number that is the latest + 1 without a lock (`test_races`, `tests/money/test_races`), 35 to 67 queries
for one step (`test_at_once`, exact), permissions added later (`tests/health/test_permissions`, every page).
"""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Sum
from tests.claims.acts import EVENT, handler, insured, nothing_changes, prepared, record, report, settled
from tests.claims.payment_acts import order, release, with_payee
from tests.claims.test_payouts import paid

from ankang.claims.casefile import case_file, cover_card
from ankang.claims.figures import claim_figures
from ankang.claims.models import Claim, Decision, DecisionLine, LimitUse, Stay
from ankang.money.ledger import unbalanced
from ankang.money.models import Entry
from ankang.programmes.models import Programme
from ankang.roster.models import Resident

pytestmark = pytest.mark.django_db


def test_sums_do_not_grow_with_the_rows_beside_them() -> None:
    """openIMIS 1.11 added items and services over one join: each amount counted once for every row of the other."""
    claim = settled(insured(), medical_expense_fen=100_000, disabilities=((10, "左手"),))
    for day in range(3):
        Stay.objects.create(claim=claim, admitted_on=EVENT, discharged_on=EVENT + timedelta(days=day))
    figures = claim_figures(handler(), Programme.objects.get())
    assert figures.total.paid_fen == 180_000 == sum(fen for _, fen in figures.benefits)


def test_amounts_are_exact_to_the_fen() -> None:
    """openIMIS 1.11 cut int(qty * price): 3 x 33.34 yuan became 100 yuan."""
    decision = prepared(insured(), medical_expense_fen=30_002)
    assert decision.total_fen == 10_002


def test_a_deductible_counts_below_the_remaining_amount_too() -> None:
    """A deductible that openIMIS did not apply when less than the limit was left: 2900 used, net bill 250."""
    resident = insured()
    settled(resident, medical_expense_fen=310_000)
    second = prepared(resident, event_on=EVENT + timedelta(days=1), medical_expense_fen=25_000)
    assert second.lines.get(benefit="medical").amount_fen == 5_000


def test_totals_are_the_ledgers() -> None:
    """Totals differed from the ledger: here the lines, the claims, the figures and the books say the same."""
    for fen in (100_000, 310_000):
        paid(release(order(with_payee(settled(insured(), medical_expense_fen=fen))))[0])
    lines = DecisionLine.objects.filter(decision__verdict=Decision.Verdict.APPROVED)
    total = lines.aggregate(fen=Sum("amount_fen"))["fen"]
    assert total == 370_000 == sum(claim.payable_fen or 0 for claim in Claim.objects.all())
    figures = claim_figures(handler(), Programme.objects.get())
    assert (figures.total.paid_fen, figures.money_fen) == (total, total)
    assert not unbalanced()
    assert Entry.objects.filter(account="claim_cost").aggregate(fen=Sum("amount_fen"))["fen"] == total
    assert not Entry.objects.filter(account="claim_due").aggregate(fen=Sum("amount_fen"))["fen"]


def test_looking_and_trying_write_nothing() -> None:
    """Validation wrote rows while it decided: here a preview and a look at a cover leave every table as it was."""
    resident, by = insured(), handler()
    claim = record(report(resident, by), by, medical_expense_fen=100_000)
    with nothing_changes():
        file = case_file(by, claim.number, EVENT)
        cover_card(by, resident, EVENT)
    assert file.is_preview
    assert file.outcome is not None
    assert file.outcome["total_fen"] == 80_000
    assert not LimitUse.objects.exists()


@pytest.mark.parametrize(("expense", "pays"), [(319_999, 299_999), (320_000, 300_000), (320_001, 300_000)])
def test_a_ceiling_is_a_number_that_binds(expense: int, pays: int) -> None:
    """A ceiling was compared with a method, so it never bound: below, at and above it."""
    claim = settled(insured(), medical_expense_fen=expense)
    assert claim.payable_fen == pays == LimitUse.objects.get().used_fen
    assert LimitUse.objects.get().limit_fen == 300_000


def test_one_person_stands_once_in_the_roster() -> None:
    """No unique index on the person's number: here the database itself refuses the second row."""
    one, other = insured(), insured()
    with pytest.raises(IntegrityError, match=r"resident_number_once|number_index"), transaction.atomic():
        Resident.objects.filter(pk=other.pk).update(number_index=Resident.objects.get(pk=one.pk).number_index)
