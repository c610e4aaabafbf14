"""The figures of a town and the insurer's to-do list."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from tests import factories
from tests.claims.acts import at, handler, insured, prepare, prepared, record, report, review

from ankang.accounts.models import Desk
from ankang.claims.models import Claim
from ankang.claims.queries import TownFigures, todo, town_figures
from ankang.programmes.models import Programme

pytestmark = pytest.mark.django_db


def test_a_town_counts_what_is_settled_and_what_waits(django_assert_num_queries: Callable[[int], Any]) -> None:
    town = factories.user(Desk.TOWN)
    late = record(report(insured(), now=at(date(2024, 5, 20))), medical_expense_fen=100_000)
    review(prepare(late))  # nine days after the report
    review(prepared(insured(), medical_expense_fen=50_000), verdict="refused", note="不是意外")  # on the same day
    report(insured(), now=at(date(2024, 5, 22)))  # a Wednesday: five working days end on 29 May
    programme = Programme.objects.get()
    with django_assert_num_queries(2):
        in_time = town_figures(town, programme, date(2024, 5, 29))
    assert in_time == TownFigures(approved=1, refused=1, approved_fen=80_000, average_days=4.5, waiting=1, overdue=0)
    assert in_time.settled == 2
    assert town_figures(town, programme, date(2024, 5, 30)).overdue == 1
    next_year = Programme(pk=programme.pk + 1)  # whose cover has begun: what is still open stays in sight
    assert town_figures(town, next_year, date(2024, 5, 29)) == TownFigures(0, 0, 0, None, 1, 0)
    stranger = factories.user(Desk.TOWN, factories.town("320903103000", "邻镇"))
    assert town_figures(stranger, programme, date(2024, 5, 30)) == TownFigures(0, 0, 0, None, 0, 0)


def test_the_oldest_open_claim_comes_first() -> None:
    by = handler()
    waiting = prepared(insured(), medical_expense_fen=100_000).claim
    old = report(insured(), now=at(date(2024, 5, 21)))
    review(prepared(insured(), medical_expense_fen=100_000))
    found = todo(by, date(2024, 5, 30))
    assert [(one.claim, one.days_left) for one in found.oldest] == [(old, -2), (waiting, 4)]
    assert {count.status: count.number for count in found.counts} == {
        Claim.Status.REPORTED: 1,
        Claim.Status.RECORDED: 0,
        Claim.Status.PREPARED: 1,
        Claim.Status.RETURNED: 0,
        Claim.Status.REOPENED: 0,
    }
    assert (found.open, found.overdue) == (2, 1)
