"""A paid claim that is decided anew: what is over is owed by counter-entry, and comes back once."""

from collections.abc import Callable
from datetime import date
from functools import partial

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Sum
from django.test import Client
from python_calamine import CalamineWorkbook
from tests import factories
from tests.claims.acts import (
    at,
    handler,
    insured,
    key,
    nothing_changes,
    prepare,
    record,
    reopened,
    review,
    settled,
)
from tests.claims.green_acts import close, confirmed_version, pay, settle, window
from tests.claims.payment_acts import order, release, with_payee
from tests.claims.test_payouts import paid
from tests.races import race

from ankang.accounts.models import User
from ankang.claims.actions import withdraw_claim
from ankang.claims.advances import pay_advances_back
from ankang.claims.green_queries import green_case
from ankang.claims.models import Claim, ClaimStep
from ankang.claims.payout_models import PaymentDue
from ankang.claims.queries import money_todo
from ankang.claims.take_back_models import TakeBack, TakeBackReceipt
from ankang.claims.taking_back import agree_parts, take_back
from ankang.installation.models import Installation
from ankang.money.ledger import unbalanced
from ankang.money.models import Entry
from ankang.rules.errors import Conflict, InvalidInput, NotAllowed
from ankang.rules.instalments import Part

OLD = date(1951, 6, 1)
LATER = date(2024, 6, 3)


def books() -> dict[str, int]:
    """Return what each account of claims holds, those at zero left out."""
    assert not unbalanced()
    sums = Entry.objects.values_list("account").annotate(fen=Sum("amount_fen")).order_by("account")
    return {account: fen for account, fen in sums if fen}


def anew(claim: Claim, expense: int, **facts: object) -> Claim:
    """Reopen a claim and decide it on another expense, 3800 reimbursed."""
    by = handler()
    again = record(reopened(claim), by, medical_expense_fen=expense, reimbursed_fen=380_000)
    return review(prepare(again, by), now=at(LATER), **facts).claim


def paid_at_window(by: User) -> Claim:
    claim = review(settle(insured(birth_date=OLD), by)).claim
    pay(claim, by)
    return claim


def back(found: TakeBack, by: User, **facts: object) -> TakeBackReceipt:
    given = {"amount_fen": found.amount_fen, "on": LATER, "reference": "", "key": key(), "now": at(LATER)} | facts
    return take_back(by=by, found=found, **given)  # type: ignore[arg-type]


@pytest.mark.django_db
def test_paid_by_a_window_paid_back_decided_for_less_and_brought_back() -> None:
    confirmed_version()
    by, second = window(), handler()
    claim = paid_at_window(by)
    first = close(by)
    pay_advances_back(by=second, day=first, reference="HD1", now=at(hour=18))
    assert books() == {"claim_cost": 100_000, "claim_bank": -100_000}
    claim = anew(claim, 460_000)  # 600 instead of 1000
    assert books() == {"claim_cost": 60_000, "claim_due": 40_000, "claim_bank": -100_000}
    (owed,) = TakeBack.objects.open()
    case = green_case(by, claim.number)
    assert (case.to_come_back, case.left_fen, case.may_pay) == (owed, 0, False)
    once = key()
    done = back(owed, by, key=once)
    with nothing_changes():
        assert back(owed, by, key=once) == done
        with pytest.raises(Conflict, match="已经收回"):
            back(owed, by)
    assert books() == {"claim_cost": 60_000, "window_advance": 40_000, "claim_bank": -100_000}
    assert (done.window, done.reference) == (f"window.{by.division_id}", f"{claim.number}-TK{owed.pk}-1")
    list_ = close(by, now=at(LATER))
    assert (list_.total_fen, list_.payments) == (-40_000, 1)
    pay_advances_back(by=second, day=list_, reference="HD2", now=at(LATER))
    assert books() == {"claim_cost": 60_000, "claim_bank": -60_000}
    assert PaymentDue.objects.get().ordered_fen == 60_000
    more = anew(Claim.objects.get(), 500_000)  # 1000 after all: the difference once more
    assert green_case(by, more.number).left_fen == 40_000
    assert sum(one.amount_fen for one in pay(more, by, now=at(LATER))) == 40_000
    assert books() == {"claim_cost": 100_000, "window_advance": -40_000, "claim_bank": -60_000}


@pytest.mark.django_db
@pytest.mark.parametrize("end", ["refused", "withdrawn"])
def test_refused_or_withdrawn_anew_all_of_it_is_owed(end: str) -> None:
    confirmed_version()
    claim = paid_at_window(window())
    if end == "refused":
        anew(claim, 500_000, verdict="refused", note="不是意外")
    else:
        withdraw_claim(by=handler(), claim=reopened(claim), why="家属放弃", key=key(), now=at(LATER))
    assert TakeBack.objects.open().get().amount_fen == 100_000
    assert books() == {"claim_due": 100_000, "window_advance": -100_000}


@pytest.mark.django_db
def test_another_decision_takes_the_counter_entry_and_an_unchanged_one_keeps_it() -> None:
    confirmed_version()
    claim = paid_at_window(window())
    claim = anew(claim, 460_000)
    first = TakeBack.objects.open().get()
    claim = anew(claim, 460_000)
    assert TakeBack.objects.open().get() == first
    claim = anew(claim, 480_000)  # 800: 200 are over now
    assert TakeBack.objects.open().get().amount_fen == 20_000
    anew(claim, 500_000)
    assert not TakeBack.objects.open().exists()
    assert books() == {"claim_cost": 100_000, "window_advance": -100_000}
    with nothing_changes(), pytest.raises(Conflict, match="不用收了"):
        back(first, handler(), reference="HD")


@pytest.mark.django_db
def test_a_transfer_comes_back_to_the_insurers_account() -> None:
    claim = with_payee(settled(insured(birth_date=OLD), medical_expense_fen=500_000, reimbursed_fen=380_000))
    paid(release(order(claim))[0])
    claim = anew(claim, 460_000)
    (owed,), by = TakeBack.objects.open(), handler()
    with nothing_changes():
        with pytest.raises(InvalidInput) as found:
            back(owed, by, on=date(2024, 6, 4))
        assert set(found.value.fields["errors"]) == {"on", "reference"}  # type: ignore[call-overload]
        for who in (window(), handler(division=factories.town("320903102000")), factories.user("town")):
            with pytest.raises(NotAllowed):
                back(owed, who, reference="HD9")
    back(owed, by, reference="HD9")
    assert books() == {"claim_cost": 60_000, "claim_bank": -60_000}
    for wrong in ({"returned_fen": 39_999}, {"returned_fen": 40_001}, {"returned_at": None}):
        with pytest.raises(IntegrityError, match="take_back_never_more_than_owed"), transaction.atomic():
            TakeBack.objects.update(**wrong)
    with pytest.raises(IntegrityError, match="take_back_receipt_says_something"), transaction.atomic():
        TakeBackReceipt.objects.update(reference="")


@pytest.mark.django_db
def test_it_comes_back_in_parts_never_more_than_is_owed() -> None:
    claim = with_payee(settled(insured(birth_date=OLD), medical_expense_fen=500_000, reimbursed_fen=380_000))
    paid(release(order(claim))[0])
    claim = anew(claim, 460_000)
    (owed,), by, once = TakeBack.objects.open(), handler(), key()
    first = back(owed, by, amount_fen=15_000, reference="HD1", key=once)
    with nothing_changes():
        assert back(owed, by, amount_fen=15_000, reference="HD1", key=once) == first
        for amount in (0, -1, 25_001):
            with pytest.raises(InvalidInput, match=r"还差 250\.00 元"):
                back(owed, by, amount_fen=amount, reference="HD2")
    assert books() == {"claim_cost": 60_000, "claim_due": 25_000, "claim_bank": -85_000}
    assert PaymentDue.objects.get().ordered_fen == 85_000
    claim = anew(claim, 480_000)  # 800: of 850 that are out 50 are over
    (left,) = TakeBack.objects.open()
    assert left.amount_fen == 5_000
    assert books() == {"claim_cost": 80_000, "claim_due": 5_000, "claim_bank": -85_000}
    back(left, by, amount_fen=5_000, reference="HD3")
    assert books() == {"claim_cost": 80_000, "claim_bank": -80_000}
    step = ClaimStep.objects.filter(kind="taken_back").first()
    assert step is not None
    assert step.note == "150.00 元，HD1，还差 250.00 元"


@pytest.mark.django_db(transaction=True)
def test_two_parts_at_once_never_pass_what_is_owed() -> None:
    confirmed_version()
    by = window()
    anew(paid_at_window(by), 460_000)
    (owed,) = TakeBack.objects.open()
    parts = (
        partial(back, owed, by, amount_fen=25_000),
        partial(back, owed, handler(), amount_fen=25_000, reference="HD"),
    )
    outcomes = race(*parts)
    assert sorted(type(one).__name__ for one in outcomes) == ["InvalidInput", "TakeBackReceipt"], outcomes
    assert (TakeBack.objects.get().returned_fen, PaymentDue.objects.get().ordered_fen) == (25_000, 75_000)


@pytest.mark.django_db(transaction=True)
def test_the_family_brings_it_to_two_desks_at_once() -> None:
    confirmed_version()
    by = window()
    anew(paid_at_window(by), 460_000)
    (owed,) = TakeBack.objects.open()
    outcomes = race(partial(back, owed, by), partial(back, owed, handler(), reference="HD"))
    assert sorted(type(one).__name__ for one in outcomes) == ["Conflict", "TakeBackReceipt"], outcomes
    assert PaymentDue.objects.get().ordered_fen == 60_000


@pytest.mark.django_db
def test_the_pages_say_it_and_take_it(client_of: Callable[[User], Client]) -> None:
    Installation.objects.create(is_sample=True, demo_today=LATER)
    confirmed_version()
    by, second = window(), handler()
    claim = anew(paid_at_window(by), 460_000)
    desk, insurer = client_of(by), client_of(second)
    page = desk.get(f"/window/claims/{claim.number}/").content.decode()
    assert "多付 400.00 元" in page
    assert "请家属退回 400.00 元" in page
    assert "要请家属退回" in desk.get("/window/day/").content.decode()
    assert "多付 400.00 元要收回" in insurer.get(f"/insurer/claims/{claim.number}/payment/").content.decode()
    assert "多付、要收回的" in insurer.get("/insurer/payments/").content.decode()
    address = f"/window/claims/{claim.number}/take-back/"
    for wrong in (
        {"amount_fen": "400"},
        {"amount_fen": "400.01", "counted": "on"},
        {"amount_fen": "0", "counted": "on"},
    ):
        assert desk.post(address, {"key": key()} | wrong).status_code == 422
    assert not TakeBackReceipt.objects.exists()
    assert desk.post(address, {"key": key(), "amount_fen": "150", "counted": "on"}).status_code == 302
    page = desk.get(f"/window/claims/{claim.number}/").content.decode()
    assert "请家属退回 250.00 元" in page
    assert "多付 400.00 元，已退 150.00 元" in page
    assert "还差 250.00 元" in insurer.get("/insurer/payments/").content.decode()
    assert desk.post(address, {"key": key(), "amount_fen": "250", "counted": "on"}).status_code == 302
    assert "家属退回，收据号" in desk.get(f"/window/claims/{claim.number}/").content.decode()
    assert desk.get(f"/window/claims/{claim.number}/stub/").content.startswith(b"%PDF")
    assert "垫付 1 笔，退回 2 笔，600.00 元" in desk.get("/window/day/").content.decode()
    day = close(by, now=at(LATER))
    book = CalamineWorkbook.from_filelike(_file(desk, f"/window/day/{day.pk}.xlsx"))
    rows = book.get_sheet_by_index(0).to_python()
    assert [row[-1] for row in rows[2:]] == [1000.0, -150.0, -250.0, 600.0]
    assert desk.get(f"/window/day/{day.pk}.pdf").content.startswith(b"%PDF")


@pytest.mark.django_db
def test_the_insurers_page_takes_a_transfer_back(client_of: Callable[[User], Client]) -> None:
    Installation.objects.create(is_sample=True, demo_today=LATER)
    claim = with_payee(settled(insured(birth_date=OLD), medical_expense_fen=500_000, reimbursed_fen=380_000))
    paid(release(order(claim))[0])
    anew(claim, 460_000)
    insurer, address = client_of(handler()), f"/insurer/claims/{claim.number}/payment/back/"
    assert insurer.post(address, {"key": key(), "amount_fen": "400", "on": str(LATER)}).status_code == 422
    for amount, reference in (("100", "HD7"), ("300", "HD8")):
        form = {"key": key(), "amount_fen": amount, "on": str(LATER), "reference": reference}
        assert insurer.post(address, form).status_code == 302
    page = insurer.get(f"/insurer/claims/{claim.number}/payment/").content.decode()
    assert all(said in page for said in ("单号 HD7", "单号 HD8", "收回完了"))


def _file(desk: Client, address: str) -> object:
    from io import BytesIO

    return BytesIO(desk.get(address).content)


@pytest.mark.django_db
def test_agreed_parts_are_kept_replaced_and_fall_due() -> None:
    confirmed_version()
    by = window()
    anew(paid_at_window(by), 460_000)
    found, second = TakeBack.objects.get(), handler()
    parts = (Part(date(2024, 7, 1), 25_000), Part(date(2024, 6, 15), 15_000))
    told = {"found": found, "parts": parts, "now": at(LATER)}
    agree_parts(by=by, **told)  # type: ignore[arg-type]
    with nothing_changes():
        agree_parts(by=second, **told)  # type: ignore[arg-type]
        with pytest.raises(InvalidInput, match="加起来要正好"):
            agree_parts(by=by, found=found, parts=parts[:1], now=at(LATER))
        with pytest.raises(NotAllowed):
            agree_parts(by=window(division=factories.town("320903102000")), **told)  # type: ignore[arg-type]
    for today, due_fen in ((date(2024, 6, 14), 0), (date(2024, 6, 15), 15_000), (date(2024, 7, 1), 40_000)):
        due = TakeBack.objects.get().due(today)
        assert (due.due_fen if due else None, money_todo(second, today).parts_due) == (due_fen, int(due_fen > 0))
    back(found, by, amount_fen=15_000)
    assert money_todo(second, date(2024, 6, 30)).parts_due == 0
    agree_parts(by=second, found=found, parts=(Part(date(2024, 8, 1), 25_000),), now=at(LATER))
    assert TakeBack.objects.get().agreed == (Part(date(2024, 8, 1), 25_000),)
    assert found.parts.count() == 3
    back(found, by, amount_fen=25_000)
    with nothing_changes(), pytest.raises(Conflict):
        agree_parts(by=by, **told)  # type: ignore[arg-type]


@pytest.mark.django_db
def test_pages_remind_of_a_part_that_is_due(client_of: Callable[[User], Client]) -> None:
    Installation.objects.create(is_sample=True, demo_today=LATER)
    confirmed_version()
    by = window()
    claim = anew(paid_at_window(by), 460_000)
    desk, insurer = client_of(by), client_of(handler())
    case, paying = f"/window/claims/{claim.number}/", f"/insurer/claims/{claim.number}/payment/"
    assert "约定分期退回，到期提醒" in desk.get(case).content.decode()
    typed = {"due_1": str(LATER), "amount_1": "150", "due_2": "2024-07-01", "amount_2": ""}
    half = desk.post(f"{case}parts/", typed)
    assert (half.status_code, "日期和金额要一起填" in half.content.decode()) == (422, True)
    assert insurer.post(f"{paying}parts/", typed | {"amount_2": "260"}).status_code == 422
    assert desk.post(f"{case}parts/", typed | {"amount_2": "250"}).status_code == 302
    assert "约定的分期到期了：到今天应退回 150.00 元" in desk.get(case).content.decode()
    assert "到期了" in desk.get("/window/day/").content.decode()
    assert "1 件约定的分期到期了" in insurer.get("/insurer/").content.decode()
    assert "约定2024年6月3日前 150.00 元" in insurer.get("/insurer/payments/").content.decode()
    assert insurer.post(f"{paying}parts/", {"due_1": "2024-06-30", "amount_1": "400"}).status_code == 302
    assert "分期到期" not in insurer.get("/insurer/").content.decode()
    assert "下一期 2024年6月30日" in insurer.get(paying).content.decode()
