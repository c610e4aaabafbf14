"""The ledger: entries add up to zero, a key posts once, nothing is changed or removed, a closed day stays."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction
from tests import factories
from tests.enrolment.acts import NOW, TODAY, enrol

from ankang.audit.models import AppendOnly, AuditEntry
from ankang.enrolment.models import Funding, Holding
from ankang.money import queries
from ankang.money.errors import AlreadyOrdered, AlreadyReversed, DayClosed, KeyReused, Unbalanced
from ankang.money.ledger import Line, open_day, post, reverse, unbalanced
from ankang.money.models import Account, Entry, Posting, Promise, Settlement, Till
from ankang.money.settling import end, keep, settle

pytestmark = pytest.mark.django_db


def pay(village, amount=5000, key="one", on=TODAY, **facts):
    lines = [Line(Account.VILLAGE_CASH, village.pk, amount), Line(Account.PREMIUM_HELD, village.pk, -amount)]
    given = {"by": None, "action": "money.pay", "kind": "payment", "at": NOW, "entries": lines} | facts
    return post(key=key, on=on, division=village, **given)


def counts():
    return [model.objects.count() for model in (Posting, Entry, AuditEntry)]


def test_a_posting_moves_its_sum_once():
    village = factories.village()
    first, again = pay(village), pay(village, on=date(2024, 3, 5))
    assert first == again
    assert counts() == [1, 2, 1]
    assert queries.balance("village_cash", village.pk) == 5000
    assert queries.balance("premium_held", village.pk) == -5000
    assert queries.balance("village_cash", village.pk, until=date(2024, 3, 3)) == 0
    assert AuditEntry.objects.get().detail == {"kind": "payment", "moved_fen": 5000, "digest": first.digest}


def test_a_key_for_other_contents_is_refused():
    village = factories.village()
    pay(village)
    before = counts()
    with pytest.raises(KeyReused):
        pay(village, amount=5001)
    with pytest.raises(KeyReused):
        pay(village, kind="correction")
    assert counts() == before


@pytest.mark.parametrize("amounts", [(5000, -4999), (5000,), (0, 0), ()])
def test_what_does_not_add_up_is_no_posting(amounts):
    village = factories.village()
    lines = [Line(Account.VILLAGE_CASH, village.pk, amount) for amount in amounts]
    with pytest.raises(Unbalanced):
        pay(village, entries=lines)
    assert counts() == [0, 0, 0]


def test_nothing_is_changed_or_removed():
    posting = pay(factories.village())
    entry = posting.entries.first()
    for act in (posting.save, posting.delete, entry.save, entry.delete):
        with pytest.raises(AppendOnly):
            act()
    for rows in (Posting.objects.all(), Entry.objects.all(), posting.entries.all()):
        for act in (rows.delete, lambda rows=rows: rows.update(pk=9)):
            with pytest.raises(AppendOnly):
                act()
    assert unbalanced() == []


def test_a_counter_entry_comes_once():
    village = factories.village()
    posting = pay(village)
    facts = {"by": None, "action": "money.void_receipt", "posting": posting, "kind": "void", "on": TODAY, "at": NOW}
    back = reverse(key="back", note="收错了", **facts)
    assert [entry.amount_fen for entry in back.entries.all()] == [-5000, 5000]
    assert reverse(key="back", note="收错了", **facts) == back
    with pytest.raises(AlreadyReversed):
        reverse(key="back-2", note="收错了", **facts)
    assert queries.balance("village_cash", village.pk) == 0
    assert unbalanced() == []


@pytest.mark.parametrize(("day", "is_open"), [(3, False), (4, False), (5, True)])
def test_a_closed_day_takes_nothing(day, is_open):
    village, on = factories.village(), date(2024, 3, day)
    till = Till.objects.create(village=village, closed_through=TODAY)
    if is_open:
        pay(village, on=on)
        assert open_day(till, on) == on
        return
    with pytest.raises(DayClosed, match="2024-03-05办理"):
        pay(village, on=on)
    assert counts() == [0, 0, 0]
    assert open_day(till, on) == date(2024, 3, 5)


def test_a_town_has_no_days_to_close():
    town = factories.town()
    lines = [Line(Account.TOWN_BANK, town.pk, 1), Line(Account.TOWN_CASH, town.pk, -1)]
    assert (
        post(
            by=None, action="money.pay", key="t", kind="banked", on=TODAY, at=NOW, division=town, entries=lines
        ).entries.count()
        == 2
    )
    assert not Till.objects.exists()


def test_funded_is_every_part_paid_or_promised():
    by, version = factories.user("village"), factories.version()
    made = enrol(by, factories.resident(), version, fundings=[("self", 3000), ("donor", 2000)])
    own, donor = Funding.objects.order_by("pk")
    programme = version.programme
    holding = Holding.objects.get()
    posting = pay(made.village, 3000)
    promise = Promise.objects.create(
        key="p", party="donor", owner="D1", division=factories.town(), programme=programme, paper="协议1号",
        amount_fen=2000, accepted_on=TODAY, accepted_at=NOW, accepted_by=by,
    )  # fmt: skip

    def states():
        return list(queries.funded_holdings(programme)), list(queries.unfunded(programme))

    assert states() == ([], [holding])
    settle([own], posting=posting)
    assert states() == ([], [holding])
    promised = settle([donor.pk], promise=promise)
    assert states() == ([holding], [])
    with pytest.raises(AlreadyOrdered):
        settle([own], posting=posting)
    assert keep(promised, posting) == 1
    assert end([own.pk], at=NOW, by_posting=posting) == 1
    assert states() == ([], [holding])
    settle([own], posting=posting)
    assert states() == ([holding], [])
    for facts in ({"promise": None, "posting": None}, {"ended_by": posting, "ended_at": None}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Settlement.objects.filter(pk=promised[0].pk).update(**facts)
