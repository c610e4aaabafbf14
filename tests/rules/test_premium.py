"""Every payer's fen adds up to units x price exactly; what government buys; plans that split a unit."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.golden.cases import programme, with_choice

from ankang.rules.eligibility import NotEligible
from ankang.rules.errors import InvalidInput
from ankang.rules.premium import (
    Payer,
    WrongGovernmentPurchase,
    government_quote,
    is_for_sale,
    is_free_for_all,
    quote,
    quote_split,
    require_for_sale,
    require_government_purchase,
)

PLAN = programme("2024-yandu")
PEOPLE = [payer for payer in Payer if payer is not Payer.GOVERNMENT]


def with_shares(*shares, price=5000):
    """The plan with product B split as shares say, as Macun's 20 of 50."""
    product = replace(PLAN.product("B"), price_fen=price, shares=shares)
    return replace(PLAN, products=(PLAN.product("A"), product))


MACUN = with_shares(("government", 2000))
SHIXING = with_shares(("government", 1000), price=1000)


@pytest.mark.parametrize(
    ("product", "units", "payer", "total"),
    [("A", 1, "self", 10000), ("A", 2, "child", 20000), ("B", 1, "donor", 5000), ("B", 2, "village", 10000)],
)
def test_one_payer_pays_units_times_price(product, units, payer, total):
    found = quote(PLAN, product, units, payer)
    assert (found.total_fen, found.collected_fen, found.fundings) == (total, total, ((payer, total),))
    assert not found.by_government


def test_several_payers_stand_in_the_plans_order():
    found = quote_split(PLAN, "A", 1, [("donor", 1), ("self", 9999)])
    assert found.fundings == (("self", 9999), ("donor", 1))


@pytest.mark.parametrize("gap", [-1, 1])
def test_a_fen_too_little_or_too_much_is_refused(gap):
    with pytest.raises(InvalidInput, match="还差0.01元" if gap < 0 else "多了0.01元"):
        quote_split(PLAN, "B", 1, [("self", 5000 + gap)])


def test_macun_the_town_pays_twenty_of_fifty():
    found = quote(MACUN, "B", 2, "village")
    assert found.fundings == (("government", 4000), ("village", 6000))
    assert (found.total_fen, found.collected_fen, found.by_government) == (10000, 6000, False)
    shared = quote_split(
        MACUN, "B", 1, [("government", 2000), ("self", 1), ("child", 999), ("village", 1000), ("donor", 1000)]
    )
    assert shared.total_fen == sum(amount for _, amount in shared.fundings) == 5000


@pytest.mark.parametrize("government", [0, 1999, 2001])
def test_macun_the_town_pays_neither_less_nor_more(government):
    parts = [("self", 5000 - government)] + ([("government", government)] if government else [])
    with pytest.raises(InvalidInput, match=r"政府出的部分是20.00元"):
        quote_split(MACUN, "B", 1, parts)


def test_another_payer_of_the_plan_pays_at_least_its_part():
    plan = with_shares(("village", 1000))
    assert quote(plan, "B", 1, "self").fundings == (("self", 4000), ("village", 1000))
    assert quote(plan, "B", 1, "village").fundings == (("village", 5000),)
    with pytest.raises(InvalidInput, match=r"村集体每份出10.00元"):
        quote_split(plan, "B", 1, [("self", 4001), ("village", 999)])


def test_shixing_government_pays_the_whole_price_for_everybody():
    found = quote(SHIXING, "B", 1, "self")
    assert found.fundings == (("government", 1000),)
    assert (found.collected_fen, found.by_government) == (0, True)
    assert is_free_for_all(SHIXING.product("B"))
    require_government_purchase(SHIXING, found, is_subject=False)
    with pytest.raises(WrongGovernmentPurchase, match="1份"):
        require_government_purchase(SHIXING, quote(SHIXING, "B", 2), is_subject=False)


def test_k09_government_buys_one_unit_of_b_for_a_subject():
    bought = government_quote(PLAN)
    assert bought
    assert (bought.product, bought.units, bought.fundings) == ("B", 1, (("government", 5000),))
    require_government_purchase(PLAN, bought, is_subject=True)
    with pytest.raises(NotEligible, match="不是政府购买对象"):
        require_government_purchase(PLAN, bought, is_subject=False)


def test_k09_otherwise_one_of_a_or_a_plan_of_its_own():
    bought = government_quote(with_choice(PLAN, "K09", "A"))
    assert bought
    assert bought.fundings == (("government", 10000),)
    own = replace(PLAN.product("B"), code="G", name="政府专门的一种", price_fen=3000)
    readings = tuple(replace(row, choice="own-plan") if row.id == "K09" else row for row in PLAN.readings)
    terms = replace(PLAN.terms, government_product="G")
    plan = replace(PLAN, products=(*PLAN.products, own), readings=readings, terms=terms)
    bought = government_quote(plan)
    assert bought
    assert bought.fundings == (("government", 3000),)
    assert [is_for_sale(plan, product) for product in plan.products] == [True, True, False]
    with pytest.raises(WrongGovernmentPurchase, match="只由政府统一购买"):
        require_for_sale(plan, quote(plan, "G", 1))


@pytest.mark.parametrize(("product", "units"), [("A", 1), ("B", 2)])
def test_k09_government_buys_nothing_else(product, units):
    price = PLAN.product(product).price_fen * units
    wanted = quote_split(PLAN, product, units, [("government", price)])
    with pytest.raises(WrongGovernmentPurchase, match=r"口径 K09，政府购买的是50元/份1份"):
        require_government_purchase(PLAN, wanted, is_subject=True)


def test_a_plan_without_government_purchase_offers_none():
    assert government_quote(replace(PLAN, terms=replace(PLAN.terms, government_product=""))) is None


@given(st.sampled_from("AB"), st.integers(1, 9), st.lists(st.integers(0, 10**6), min_size=3, max_size=3))
def test_any_split_that_adds_up_is_kept_to_the_fen(product, units, cuts):
    total = PLAN.product(product).price_fen * units
    edges = [0, *sorted(cut % (total + 1) for cut in cuts), total]
    parts = [(payer, high - low) for payer, low, high in zip(PEOPLE, edges, edges[1:], strict=False) if high > low]
    found = quote_split(PLAN, product, units, parts)
    assert sum(amount for _, amount in found.fundings) == found.total_fen == total
    assert dict(found.fundings) == dict(parts)


@given(st.integers(0, 4999), st.sampled_from(["government", "village"]), st.integers(1, 9), st.sampled_from(PEOPLE))
def test_any_plan_split_adds_up(share, payer, units, rest):
    plan = with_shares((payer, share)) if share else PLAN
    found = quote(plan, "B", units, rest)
    assert sum(amount for _, amount in found.fundings) == 5000 * units
    assert all(amount > 0 for _, amount in found.fundings)
    assert dict(found.fundings).get(payer, 0) >= share * units
