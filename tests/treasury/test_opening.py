"""期初余额: booked once, by two persons, before the first entry; the books then end at the bank's own fen."""

from datetime import date, timedelta
from functools import partial

import pytest
from django.db import IntegrityError, transaction
from tests import factories
from tests.enrolment.acts import NOW, TODAY
from tests.races import race
from tests.treasury import acts
from tests.treasury.acts import balances, insured, nothing_changes, paid

from ankang.audit.models import AuditEntry
from ankang.installation.models import Installation
from ankang.money.ledger import unbalanced
from ankang.rules.errors import InvalidInput, NotAllowed
from ankang.treasury import interest, opening, reconciling
from ankang.treasury.errors import BalanceTooSmall, KeyReused, NotInState, SecondPersonNeeded
from ankang.treasury.models import OpeningBalance

pytestmark = pytest.mark.django_db
BEFORE = TODAY - timedelta(days=1)
TEN = 1_000


def entered(**facts):
    told = {
        "by": acts.first(), "amount_fen": TEN, "on": BEFORE, "paper": "农商行3月对账单", "note": "上年结余",
        "key": acts.key(), "now": NOW,
    } | facts  # fmt: skip
    return opening.enter_opening(**told)


def agreed(found, by=None, approve=True, note=""):
    return opening.review_opening(by=by or acts.first(), opening=found, approve=approve, note=note, now=NOW)


def test_with_it_the_books_end_at_the_banks_own_balance():
    paid(insured(version := factories.version()))
    acts.banked(reference="CK01")
    content = "日期,流水号,收入,支出,余额,对方户名\n20240304,CK01,50.00,,60.00,现金".encode()
    run = reconciling.compare(
        programme=version.programme, kind="bank", content=content, by=acts.first(), file_name="流水.csv", now=NOW
    )
    assert run.balance_fen - balances()["town_bank"] == TEN
    found = agreed(entered())
    assert (found.state, found.posting.on, found.posting.note) == ("booked", BEFORE, "依据 农商行3月对账单")
    assert {"town_bank": 6_000, "bank_opening": -TEN}.items() <= balances().items()
    assert run.balance_fen == balances()["town_bank"]
    assert [fen for _, fen in interest.account_lines(factories.TOWN)] == [6_000, TEN]
    told = AuditEntry.objects.filter(action__contains="opening").values_list("action", flat=True)
    assert set(told) == {"treasury.enter_opening", "treasury.book_opening", "treasury.review_opening"}
    assert not unbalanced()


def test_two_persons_once():
    by, other, key = acts.first(), acts.first(), acts.key()
    found = entered(by=by, key=key)
    assert entered(by=by, key=key) == found
    with nothing_changes():
        with pytest.raises(KeyReused):
            entered(by=by, key=key, amount_fen=TEN + 1)
        with pytest.raises(NotInState, match="已经登记过"):
            entered()
        with pytest.raises(SecondPersonNeeded):
            agreed(found, by)
        with pytest.raises(InvalidInput, match="要写明原因"):
            agreed(found, other, approve=False)
    agreed(found, other)
    with nothing_changes():
        assert agreed(found, other).state == "booked"
        with pytest.raises(NotInState):
            agreed(found, acts.first(), approve=False, note="不对")
        with pytest.raises(NotInState):
            entered()


@pytest.mark.parametrize(
    ("facts", "field"),
    [({"amount_fen": 0}, "amount"), ({"paper": " "}, "paper"), ({"on": TODAY + timedelta(days=1)}, "on")],
)
def test_it_needs_an_amount_a_paper_and_a_day_that_was(facts, field):
    with nothing_changes(), pytest.raises(InvalidInput) as refused:
        entered(**facts)
    assert refused.value.fields["field"] == field


def test_only_before_the_first_entry_also_when_that_came_meanwhile():
    late = entered(on=TODAY)
    paid(insured(factories.version()))
    acts.banked()
    with nothing_changes(), pytest.raises(InvalidInput, match="前一天或更早"):
        agreed(late)
    agreed(late, approve=False, note="日子不对")
    with nothing_changes(), pytest.raises(InvalidInput, match="前一天或更早"):
        entered(on=TODAY)
    assert agreed(entered(on=BEFORE)).state == "booked"


def test_it_leaves_the_account_and_a_wrong_one_is_countered():
    found = agreed(entered())
    told = {"by": acts.first(), "on": TODAY, "now": NOW}
    with nothing_changes(), pytest.raises(BalanceTooSmall):
        interest.book_item(item="opening_out", amount_fen=TEN + 1, reference="ZC1", key=acts.key(), **told)
    out = interest.book_item(item="opening_out", amount_fen=400, reference="ZC1", key=acts.key(), **told)
    with nothing_changes(), pytest.raises(BalanceTooSmall):
        opening.take_back_opening(by=acts.first(), opening=found, note="多写了", now=NOW)
    interest.take_back_item(by=acts.first(), posting=out, note="没有转", now=NOW)
    with nothing_changes(), pytest.raises(InvalidInput):
        opening.take_back_opening(by=acts.first(), opening=found, note="", now=NOW)
    assert opening.take_back_opening(by=acts.first(), opening=found, note="多写了", now=NOW).state == "void"
    assert balances().get("town_bank", 0) == 0
    assert agreed(entered(amount_fen=900)).amount_fen == 900


def test_only_the_towns_own_people():
    found = entered()
    for by in (
        factories.user("village"),
        factories.user("insurer"),
        factories.user("town", factories.town("320903102000")),
    ):
        with nothing_changes(), pytest.raises(NotAllowed):
            agreed(found, by)
    with nothing_changes(), pytest.raises(NotAllowed):
        entered(by=factories.user("village"))


def test_the_database_keeps_one_a_town_and_two_persons():
    found = entered()
    copy = {"division": found.division, "amount_fen": 1, "on": BEFORE, "paper": "x", "prepared_by": found.prepared_by}
    for facts in ({}, {"state": "refused", "reviewed_by": found.prepared_by, "reviewed_at": NOW}):
        with pytest.raises(IntegrityError), transaction.atomic():
            OpeningBalance.objects.create(key=acts.key(), prepared_at=NOW, **copy, **facts)


@pytest.mark.django_db(transaction=True)
def test_two_enter_it_at_once():
    people = [acts.first(), acts.first()]
    outcomes = race(*(partial(entered, by=by) for by in people))
    assert sorted(type(one).__name__ for one in outcomes) == ["NotInState", "OpeningBalance"]
    assert OpeningBalance.objects.count() == 1


def test_on_the_page_from_the_form_to_the_second_person(client_of):
    Installation.objects.create(is_sample=True, demo_today=TODAY)
    factories.version()
    first, second = client_of(acts.first()), client_of(acts.first())
    address = "/town/treasury/account/"
    assert "专户原来就有钱" in first.get(address).content.decode()
    typed = {"key": "0b9ef7f0-7f0e-4d7c-9a56-111111111111", "amount": "10", "on": str(date(2024, 1, 31)), "paper": ""}
    assert first.post(address + "opening/", typed).status_code == 422
    assert first.post(address + "opening/", typed | {"paper": "1月对账单"}).status_code == 302
    review = f"{address}opening/{OpeningBalance.objects.get().pk}/review/"
    assert "请另一位同事登录后复核" in first.get(address).content.decode()
    assert first.post(review, {"approve": "yes", "note": ""}).status_code == 409
    assert second.post(review, {"approve": "yes", "note": ""}).status_code == 302
    text = second.get(address).content.decode()
    assert "镇保费专户账面 10.00 元" in text
    assert "依据 1月对账单" in text
    assert second.post(review.replace("review", "back"), {"note": "多写了"}).status_code == 302
    assert "专户原来就有钱" in second.get(address).content.decode()
