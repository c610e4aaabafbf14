"""A death at the funeral home: recorded once, life decided at once and paid after another house agreed, never twice."""

from datetime import date
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from tests import factories
from tests.claims.acts import (
    amounts,
    at,
    handler,
    insured,
    key,
    nothing_changes,
    number_of,
    prepare,
    prepared,
    report,
    review,
)
from tests.claims.death_acts import DIED, agree, dies, funeral_home, heir
from tests.claims.green_acts import confirmed_version, pay, window
from tests.claims.payment_acts import CARD
from tests.enrolment.acts import enrol
from tests.races import race

from ankang.accounts.models import Desk
from ankang.claims.actions import withdraw_claim
from ankang.claims.advances import CashCount, close_advances, pay_advances_back
from ankang.claims.cover_looks import look_at_cover
from ankang.claims.death_models import DeathReport
from ankang.claims.document_models import PaperNotice
from ankang.claims.green_models import Advance, AdvanceDay
from ankang.claims.models import Claim, Decision
from ankang.claims.payees import enter_payees
from ankang.claims.payout_models import Payee
from ankang.claims.payouts import order_payment
from ankang.enrolment.coverage import town_coverage
from ankang.outreach.queries import Wanted, waiting_houses
from ankang.programmes.queries import plan_of
from ankang.roster.changes import mark_dead, restore
from ankang.roster.models import Resident
from ankang.rules.errors import Conflict, InvalidInput, NotAllowed
from ankang.sample.town import last_years_plan

OLD = date(1955, 6, 1)  # 68 on the day of death


def card(**facts: Any) -> Any:
    return heir(**{"means": "bank", "bank": "农业银行", "account": CARD} | facts)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("held", "birth", "cause", "life", "accident"),
    [  # domain 4
        ([("A", 2)], OLD, "illness", 100_000, 0),
        ([("A", 1)], OLD, "accident", 50_000, 1_000_000),
        ([("A", 1)], date(1954, 5, 20), "accident", 30_000, 500_000),  # the 70th birthday
        ([("A", 1)], date(1948, 5, 21), "accident", 30_000, 500_000),  # the day before the 76th
        ([("A", 1)], date(1948, 5, 20), "accident", 30_000, 200_000),  # on it
        ([("B", 1)], date(1947, 5, 1), "accident", 30_000, 500_000),  # 77: the cheaper plan pays more
    ],
)
def test_the_worked_cases(held: list[tuple[str, int]], birth: date, cause: str, life: int, accident: int) -> None:
    confirmed_version()
    by, second = funeral_home(), handler()
    found = dies(insured(*held, birth_date=birth), by, cause=cause, what_happened="骑车摔倒")
    decision = found.claim.decisions.get()
    assert (decision.kind, decision.total_fen) == ("partial" if accident else "full", life)
    (agree if accident else review)(decision, second)
    (advance,) = pay(found.claim, by, heir())
    assert (advance.amount_fen, advance.payout.released_by) == (life, second)
    claim = Claim.objects.get()
    assert (claim.status, claim.partial_fen) == (("recorded", life) if accident else ("approved", 0))
    if accident:  # what the insurer decides later adds the accident to what was paid
        final = review(_prepare(claim))
        assert (amounts(final), final.total_fen) == ({f"{held[0][0]} accident": accident}, life + accident)


@pytest.mark.django_db
def test_one_form_does_it_all_once() -> None:
    version = confirmed_version()
    resident, by = insured(birth_date=OLD), funeral_home()
    town = factories.user(Desk.TOWN)
    assert town_coverage(town, version, DIED).total.insured == 1
    once = key()
    found = dies(resident, by, cause="accident", what_happened="骑车摔倒", key=once)
    with nothing_changes():
        assert dies(resident, by, cause="accident", what_happened="骑车摔倒", key=once) == found
    resident.refresh_from_db()
    assert (resident.status, resident.died_on, resident.status_evidence) == (
        "dead",
        DIED,
        "殡仪馆登记：死亡证明、火化证明、亲属关系证明、身份证",
    )
    assert town_coverage(town, version, DIED).total.insured == 0
    claim = found.claim
    assert (claim.status, claim.cause, claim.died_on, claim.event_on) == ("prepared", "accident", DIED, DIED)
    assert [step.kind for step in claim.steps.all()] == ["reported", "recorded", "certain", "payee"]
    assert [one.paper for one in claim.documents.all()] == ["death", "cremation", "kinship", "identity"]
    assert [item["title"] for item in PaperNotice.objects.get().items] == ["钱付到哪张卡"]
    assert (found.heirs_order, found.hindrance, found.accident_claim) == (1, "", None)
    with nothing_changes(), pytest.raises(Conflict, match=f"已经报过了，案号 {claim.number}"):
        dies(resident, funeral_home())
    with nothing_changes(), pytest.raises(Conflict, match="还没有复核同意"):
        pay(claim, by, heir())


@pytest.mark.django_db
def test_heirs_share_to_the_fen() -> None:
    confirmed_version()
    by = funeral_home()
    heirs = [heir("王大明"), heir("王二明"), heir("李桂英", "spouse")]
    found = dies(insured(birth_date=OLD), by, *heirs)
    review(found.claim.decisions.get())
    assert [one.amount_fen for one in pay(found.claim, by, *heirs)] == [16_667, 16_667, 16_666]


@pytest.mark.django_db
def test_an_unknown_cause_keeps_the_accident_apart() -> None:
    confirmed_version()
    by = funeral_home()
    found = dies(insured(birth_date=OLD), by, cause="unknown")
    assert found.accident_claim is not None
    assert (found.claim.cause, found.accident_claim.cause) == ("illness", "accident")
    assert (found.claim.status, found.accident_claim.status) == ("prepared", "recorded")
    review(found.claim.decisions.get())
    pay(found.claim, by, heir())
    rest = _prepare(Claim.objects.get(pk=found.accident_claim.pk))
    assert amounts(rest) == {"A accident": 1_000_000}  # life was paid already
    assert review(rest, verdict="refused", note="查明是疾病").claim.payable_fen == 0


@pytest.mark.django_db
def test_an_accident_before_the_cover_pays_life_alone() -> None:
    confirmed_version()
    found = dies(insured(birth_date=OLD), cause="accident", event_on=date(2024, 3, 1), what_happened="摔倒")
    assert [one.cause for one in found.parts] == ["accident"]
    assert found.claim.decisions.get().total_fen == 50_000


@pytest.mark.django_db
def test_an_accident_in_last_years_cover_and_a_death_in_this_years_are_two_claims() -> None:
    this = confirmed_version()
    last = factories.version(last_years_plan(plan_of(this)))
    resident, clerk = factories.resident(birth_date=OLD), factories.user(Desk.TOWN)
    enrol(clerk, resident, last, product="A", today=date(2023, 3, 1))
    enrol(clerk, resident, this, product="A", today=date(2024, 3, 1))
    on = date(2024, 3, 20)
    found = dies(resident, cause="accident", event_on=on, died_on=date(2024, 3, 21), what_happened="摔倒")
    assert found.accident_claim is not None
    assert (found.claim.programme, found.accident_claim.programme) == (this.programme, last.programme)
    assert amounts(found.claim.decisions.get()) == {"A life": 50_000}
    assert amounts(_prepare(Claim.objects.get(pk=found.accident_claim.pk))) == {"A accident": 1_000_000}


@pytest.mark.django_db
def test_what_hinders_it_and_what_happens_instead() -> None:
    version = factories.version()  # readings are only assumed
    resident, by = insured(birth_date=OLD), funeral_home()
    with nothing_changes(), pytest.raises(InvalidInput, match=r"口径.*今天不能当场付"):
        dies(resident, by)
    found = dies(resident, by, card())
    assert (found.hindrance, found.claim.status, found.claim.decisions.count()) == ("assumed", "recorded", 0)
    assert found.claim.payees.get().account_tail == CARD[-4:]
    uninsured, village = factories.resident(birth_date=OLD), factories.user(Desk.VILLAGE)
    assert list(waiting_houses(village, version, DIED, Wanted())) == [uninsured]
    found = dies(uninsured, by, payees=())
    assert (found.hindrance, found.claim.status, found.claim.notices.count()) == ("uninsured", "recorded", 0)
    assert Resident.objects.get(pk=uninsured.pk).status == "dead"
    assert not waiting_houses(village, version, DIED, Wanted())
    assert version.programme == found.claim.programme


@pytest.mark.django_db
def test_papers_that_are_missing_are_asked_for_once() -> None:
    confirmed_version()
    one, two = insured(birth_date=OLD), insured(birth_date=OLD)
    found = dies(one, None, card(), papers=("death", "kinship", "identity"))
    (notice,) = found.claim.notices.all()
    assert [item["title"] for item in notice.items] == ["钱付到哪张卡", "去世的证明"]
    assert (found.hindrance, found.claim.status) == ("papers", "recorded")
    assert dies(two, papers=("death", "cremation", "household")).hindrance == ""


@pytest.mark.django_db
def test_what_cannot_be() -> None:
    confirmed_version()
    resident, by = insured(birth_date=OLD), funeral_home()
    with nothing_changes():
        for who in (window(), handler(), factories.user(Desk.FUNERAL, factories.town("320903102000"))):
            with pytest.raises(NotAllowed):
                dies(resident, who)
        for facts, field in (
            ({"died_on": date(2024, 5, 30)}, "died_on"),
            ({"cause": ""}, "cause"),
            ({"cause": "accident"}, "what_happened"),
            ({"cause": "accident", "what_happened": "摔", "event_on": date(2024, 5, 21)}, "event_on"),
            ({"reporter": " "}, "reporter"),
            ({"papers": ("death", "death-2")}, "papers"),
            ({"paper_on": DIED}, "paper_by"),
            ({"paper_on": date(2024, 5, 19), "paper_by": "吴"}, "paper_on"),
            ({"payees": ()}, "payee-0-name"),
            ({"payees": (heir(relation="agent"),)}, "payee-0-relation"),
            ({"payees": (heir(), heir("王三", "sibling"))}, "payee-0-relation"),
            ({"payees": (heir(), card())}, "payee-0-means"),
            ({"declared": False}, "declared"),
        ):
            with pytest.raises(InvalidInput) as found:
                dies(resident, by, **facts)  # type: ignore[arg-type]
            assert field in found.value.fields["errors"], facts  # type: ignore[operator]
    assert Resident.objects.get(pk=resident.pk).status == "living"


@pytest.mark.django_db
def test_a_late_paper_form_and_a_death_that_the_roster_knows() -> None:
    confirmed_version()
    resident, by = insured(birth_date=OLD), funeral_home()
    village = factories.user(Desk.VILLAGE)
    facts = {"died_on": DIED, "evidence": "家属口述", "today": DIED}
    mark_dead(by=village, resident_id=resident.pk, **facts)  # type: ignore[arg-type]
    later = at(date(2026, 5, 29))
    with nothing_changes(), pytest.raises(InvalidInput, match="名册上登记的去世日期是2024年5月20日"):
        dies(resident, by, died_on=date(2024, 5, 21), now=later)
    found = dies(resident, by, paper_on=DIED, paper_by="吴长林", now=later)
    assert (found.paper_on, found.paper_by, found.hindrance) == (DIED, "吴长林", "")
    assert Resident.objects.get(pk=resident.pk).status_evidence == "家属口述"


@pytest.mark.django_db
def test_a_mistake_is_withdrawn_and_reported_anew() -> None:
    confirmed_version()
    resident, by = insured(birth_date=OLD), funeral_home()
    first = dies(resident, by)
    withdraw_claim(by=handler(), claim=first.claim, why="认错了人", key=key(), now=at())
    restore(by=factories.user(Desk.VILLAGE), resident_id=resident.pk, reason="登记有误")
    second = dies(resident, by)
    assert [one.stands for one in DeathReport.objects.order_by("pk")] == [False, True]
    with pytest.raises(IntegrityError, match=r"death_report_once|UNIQUE"), transaction.atomic():
        DeathReport.objects.filter(pk=first.pk).update(stands=True)
    for wrong in ({"paper_on": DIED}, {"paper_by": "吴"}, {"heirs_order": 3}):
        with pytest.raises(IntegrityError, match="death_report_"), transaction.atomic():
            DeathReport.objects.filter(pk=second.pk).update(**wrong)


@pytest.mark.django_db
def test_who_reported_elsewhere_is_named_by_number_alone() -> None:
    confirmed_version()
    resident = insured(birth_date=OLD)
    claim = prepared(resident, died_on=DIED).claim
    with nothing_changes(), pytest.raises(Conflict, match=claim.number):
        dies(resident)
    other = report(insured(birth_date=OLD), situations=("death",))
    with nothing_changes(), pytest.raises(Conflict, match=other.number):
        dies(other.resident)


@pytest.mark.django_db
def test_the_desk_pays_only_what_it_decided_itself() -> None:
    confirmed_version()
    by = funeral_home()
    found = dies(insured(birth_date=OLD), by, cause="accident", what_happened="摔倒")
    agree(found.claim.decisions.get())
    pay(found.claim, by, heir())
    with nothing_changes(), pytest.raises(Conflict, match="已经全部申请付款"):
        pay(found.claim, by, heir())
    claim = Claim.objects.get()
    review(_prepare(claim))
    with nothing_changes(), pytest.raises(Conflict, match="殡仪馆只付自己登记的寿险"):
        pay(claim, by, heir())
    # The rest goes to an account that the heirs name later.
    enter_payees(by=handler(), claim=claim, payees=[card()], key=key(), now=at(hour=16))
    (order,) = order_payment(by=handler(), claim=claim, key=key(), now=at(hour=17))
    assert (order.amount_fen, order.payee.means) == (1_000_000, "bank")


@pytest.mark.django_db
def test_the_cash_agrees_or_the_reason_is_given() -> None:
    confirmed_version()
    by, second = funeral_home(), handler()
    close = partial(close_advances, by=by, now=at(hour=17))
    _paid(by)
    for count in (CashCount(0, -1), CashCount(100_000, 49_999), CashCount(100_000, 50_001)):
        with nothing_changes(), pytest.raises(InvalidInput):
            close(key=key(), count=count)
    day = close(key=key(), count=CashCount(100_000, 50_000, "多余的话"))
    assert (day.opening_fen, day.counted_fen, day.difference_fen, day.difference_note) == (0, 50_000, 0, "")
    pay_advances_back(by=second, day=day, reference="HD1", now=at(hour=18))
    _paid(by)
    day = close(key=key(), count=CashCount(50_000, 40_000, "找零时少收 100 元"))
    assert (day.opening_fen, day.difference_fen) == (50_000, -10_000)
    assert day.difference_note == "找零时少收 100 元"
    with pytest.raises(IntegrityError, match="advance_day_cash"), transaction.atomic():
        AdvanceDay.objects.filter(pk=day.pk).update(difference_note="")


@pytest.mark.django_db
def test_after_the_death_no_cover_is_shown() -> None:
    confirmed_version()
    resident, by = insured(birth_date=OLD), funeral_home()
    number = number_of(resident)
    dies(resident, by)
    on, after = (look_at_cover(by=by, number=number, day=day) for day in (DIED, date(2024, 5, 21)))
    assert on is not None
    assert after is not None
    assert (bool(on.held), after.held, after.lefts) == (True, [], [])


@pytest.mark.django_db
def test_how_many_queries(django_assert_num_queries: Any) -> None:
    confirmed_version()
    resident, by = insured(birth_date=OLD), funeral_home()
    with django_assert_num_queries(37):
        dies(resident, by, cause="accident", what_happened="摔倒")


@pytest.mark.django_db(transaction=True)
def test_one_death_at_two_desks_at_once() -> None:
    confirmed_version()
    resident = insured(birth_date=OLD)
    outcomes = race(partial(dies, resident, funeral_home()), partial(dies, resident, funeral_home()))
    assert sorted(type(one).__name__ for one in outcomes) == ["Conflict", "DeathReport"], outcomes
    assert (Claim.objects.count(), Decision.objects.count(), Payee.objects.count()) == (1, 1, 1)


def _prepare(claim: Claim) -> Decision:
    return prepare(claim, handler())


def _paid(by: Any) -> Advance:
    found = dies(insured(birth_date=OLD), by)
    review(found.claim.decisions.get())
    (advance,) = pay(found.claim, by, heir())
    return advance
