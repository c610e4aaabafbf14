"""Interest and fees as entries: the books end at the bank's own balance, and nothing of it is premium."""

from datetime import date, timedelta

import pytest
from tests import factories
from tests.enrolment.acts import NOW, TODAY
from tests.treasury import acts
from tests.treasury.acts import balances, insured, nothing_changes, paid

from ankang.money.ledger import Line, post, unbalanced
from ankang.money.models import Account, Posting
from ankang.money.queries import balance
from ankang.rules.errors import InvalidInput, NotAllowed
from ankang.treasury import interest, reconciling, remittances
from ankang.treasury.banking import bank_money
from ankang.treasury.errors import BalanceTooSmall, NotInState
from ankang.treasury.models import BankSlip
from ankang.treasury.statements import bank_rows, closing

pytestmark = pytest.mark.django_db


@pytest.fixture
def version():
    return factories.version()


def item(kind, amount_fen, **facts):
    told = {"by": acts.first(), "reference": acts.key(), "on": TODAY, "key": acts.key(), "now": NOW} | facts
    return interest.book_item(item=kind, amount_fen=amount_fen, **told)


def listed(version, *rows):
    content = "\n".join(["日期,流水号,收入,支出,余额,对方户名", *rows]).encode()
    told = {"by": acts.first(), "file_name": "流水.csv", "now": NOW}
    return reconciling.compare(programme=version.programme, kind="bank", content=content, **told)


def book(row, kind, **facts):
    told = {"by": acts.first(), "on": row.on or TODAY, "key": acts.key(), "now": NOW} | facts
    return interest.book_compared(row=row, item=kind, **told)


def there_fen(run):
    return balance(Account.TOWN_BANK, run.division_id, until=run.balance_on)


def on_platform(amount_fen):
    town = factories.town()
    post(
        by=None, action="money.pay", key=acts.key(), kind="payment", on=TODAY, at=NOW, division=town,
        entries=[Line(Account.GATEWAY, town.pk, amount_fen), Line(Account.PREMIUM_HELD, "x", -amount_fen)],
    )  # fmt: skip


def test_a_list_with_interest_and_a_fee_ends_at_the_banks_own_fen(version):
    paid(insured(version))
    acts.banked(reference="CK01")
    run = listed(
        version,
        "20240304,CK01,50.00,,50.00,现金",
        "20240304,JX01,0.37,,50.37,结息",
        "20240304,,,1.50,48.87,账户管理费",
    )
    assert (run.balance_fen, run.balance_on, there_fen(run)) == (4_887, TODAY, 5_000)
    gain, fee = run.rows.filter(explanation="").exclude(outcome="matched").order_by("row_number")
    assert interest.items_of(gain.theirs_fen)[0][0] == "interest"
    with nothing_changes(), pytest.raises(InvalidInput, match="不要选反"):
        book(gain, "fee")
    booked, again = book(gain, "interest"), book(gain, "interest")
    assert booked.posting_id == again.posting_id
    assert booked.explanation == "已记账：专户利息"
    book(fee, "fee")
    assert there_fen(run) == run.balance_fen
    assert balances() | {"premium_held": 0} == {
        "town_bank": 4_887, "bank_interest": -37, "bank_fee": 150, "premium_held": 0,
    }  # fmt: skip
    assert reconciling.comparisons(acts.first()).get().open_rows == 0
    assert not unbalanced()
    later = listed(version, "20240304,JX01,0.37,,50.37,结息", "20240304,YY,0.01,,50.38,x")
    assert [row.outcome for row in later.rows.all()] == ["matched", "missing_here"]


def test_a_settlement_that_came_short_is_a_fee(version):
    on_platform(10_000)
    told = {"by": acts.first(), "on": TODAY, "now": NOW}
    with nothing_changes(), pytest.raises(BalanceTooSmall):
        bank_money(source="gateway", amount_fen=9_940, fee_fen=61, reference="PT1", key="a", **told)
    with nothing_changes(), pytest.raises(InvalidInput, match="只有支付平台"):
        bank_money(source="cash", amount_fen=1, fee_fen=1, reference="PT1", key="a", **told)
    bank_money(source="gateway", amount_fen=9_940, fee_fen=60, reference="PT1", key="a", **told)
    assert balances() == {"town_bank": 9_940, "bank_fee": 60, "premium_held": -10_000}
    assert {row.outcome for row in listed(version, "20240304,PT1,99.40,,,平台").rows.all()} == {"matched"}


def test_one_that_was_booked_whole_is_mended_on_its_row(version):
    on_platform(10_000)
    bank_money(by=acts.first(), source="gateway", amount_fen=10_000, reference="PT1", on=TODAY, key="a", now=NOW)
    run = listed(version, "20240304,PT1,99.40,,99.40,平台")
    book(run.rows.get(), "fee")
    assert (there_fen(run), balance(Account.BANK_FEE, factories.TOWN)) == (9_940, 60)


def test_premium_goes_out_whole_when_the_town_has_made_the_fee_good(version):
    paid(insured(version))
    acts.banked()
    item("fee", 150)
    sent = acts.released(acts.remitting(version))
    paying = {"by": acts.first(), "remittance": sent, "reference": "HK1", "on": TODAY, "now": NOW}
    with nothing_changes(), pytest.raises(BalanceTooSmall, match=r"手续费1\.50元还没有补进"):
        remittances.pay_remittance(**paying)
    with nothing_changes(), pytest.raises(BalanceTooSmall, match=r"多0\.01元"):
        item("fee_made_good", 151)
    item("fee_made_good", 150)
    remittances.pay_remittance(**paying)
    assert balances() == {}


@pytest.mark.parametrize(("handed_fen", "passes"), [(36, True), (37, True), (38, False)])
def test_no_more_is_handed_over_than_came_in(version, handed_fen, passes):
    paid(insured(version))
    acts.banked()
    item("interest", 37)
    if passes:
        item("interest_out", handed_fen)
    else:
        with nothing_changes(), pytest.raises(BalanceTooSmall, match="上缴的比收到的利息多"):
            item("interest_out", handed_fen)
    assert balance(Account.BANK_INTEREST, factories.TOWN) == -37 + (handed_fen if passes else 0)


def test_a_wrong_one_is_countered_on_its_own_day_and_booked_rightly(version):
    run = listed(version, "20240304,JX01,0.37,,0.37,结息")
    row = book(run.rows.get(), "interest")
    with nothing_changes(), pytest.raises(InvalidInput, match="为什么冲销"):
        interest.take_back_item(by=acts.first(), posting=row.posting, note=" ", now=NOW)
    later = NOW + timedelta(days=40)
    back = interest.take_back_item(by=acts.first(), posting=row.posting, note="是捐款", now=later)
    assert (back.on, there_fen(run)) == (TODAY, 0)
    row.refresh_from_db()
    assert (row.posting, row.explanation) == (None, "")
    book(row, "interest")
    assert there_fen(run) == run.balance_fen
    assert list(BankSlip.objects.order_by("pk").values_list("reference", "is_void")) == [
        ("JX01", True),
        ("JX01", False),
    ]
    with nothing_changes(), pytest.raises(NotInState):
        interest.take_back_item(by=acts.first(), posting=back, note="x", now=later)


def test_what_was_handed_over_already_is_not_countered_away(version):
    first = item("interest", 37)
    item("interest_out", 37)
    with nothing_changes(), pytest.raises(BalanceTooSmall):
        interest.take_back_item(by=acts.first(), posting=first, note="错了", now=NOW)


def test_what_is_refused(version):
    for facts, words in (
        ({"amount_fen": 0}, "大于0"),
        ({"reference": " "}, "流水号"),
        ({"on": TODAY + timedelta(days=1)}, "还没到"),
        ({"kind": "banked"}, "请选"),
    ):
        with nothing_changes(), pytest.raises(InvalidInput, match=words):
            item(**({"kind": "interest", "amount_fen": 1} | facts))
    with nothing_changes(), pytest.raises(NotAllowed):
        item("interest", 1, by=factories.user("village"))
    with nothing_changes(), pytest.raises(BalanceTooSmall):
        item("fee", 1)
    one = item("interest", 1, key="k", reference="r")
    assert item("interest", 1, key="k", reference="r") == one
    assert Posting.objects.count() == 1


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        (["20240304,1,1,,10", "20240305,2,2,,12"], (1_200, date(2024, 3, 5))),
        (["20240305,2,2,,12", "20240304,1,1,,10"], (1_200, date(2024, 3, 5))),
        (["20240304,1,1,,10", "20240305,2,2,,13"], None),
        (["20240304,1,1,,10", "20240305,2,2,,"], None),
        ([",1,1,,10"], None),
        ([], None),
    ],
)
def test_the_balance_that_a_list_ends_with(rows, found):
    assert closing(bank_rows("\n".join(["日期,流水号,收入,支出,余额", *rows]).encode())) == found
