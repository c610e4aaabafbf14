"""Commendation and subsidy: tiers by hand; shares add up to the budget to the fen, and a veto is never rewarded."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.rules.test_assessment_scores import example, facts, schemes, towns

from ankang.rules.assessment import PersonRule, Source, SubsidyRule, SubsidyTier
from ankang.rules.assessment_rewards import Work, commended_persons, commended_villages, subsidies
from ankang.rules.assessment_scores import score_villages

TIERS = (SubsidyTier(10_000, 250, True), SubsidyTier(9_500, 200, True), SubsidyTier(8_500, 80_000, False))
RULE = SubsidyRule(Source("target"), TIERS, 1_000_000, False, True, "七")
PERSONS = PersonRule("先进个人", 2, 100, 20, 10, 500, "六")


def test_villages_are_commended_by_rank_and_threshold():
    town = [facts(1), facts(2, insured=840), facts(3, insured=700), facts(4, subjects_insured=99)]
    scores = score_villages(example(), town)
    found = commended_villages(example(), scores)
    assert [(one.score.name, one.award) for one in found] == [("01村", "一等奖"), ("02村", "一等奖")]
    assert found[0].words == "第 1 名，100.00 分（要求前 3 名、90.00 分以上）"


@given(schemes(), towns())
def test_a_vetoed_village_is_never_commended(scheme, town):
    scores = score_villages(scheme, town)
    commended = {one.score.village for one in commended_villages(scheme, scores)}
    assert not commended & {score.village for score in scores if score.is_vetoed}
    assert all(score.rank <= 8 for score in scores if score.village in commended)


def work(person: int, enrolments: int, undone: int = 0, follow_ups: int = 0) -> Work:
    return Work(person, f"某{person}", "01村", enrolments, undone, follow_ups)


def test_persons_are_commended_by_work_that_stands():
    works = [work(1, 100, 5), work(2, 100, 6), work(3, 90, 0, 40), work(4, 9), work(5, 50)]
    found = commended_persons(PERSONS, works)
    # 2 has 6 % undone; 4 has too few; 5 comes third of two.
    assert [(one.work.person, one.points) for one in found] == [(3, 9800), (1, 9500)]
    assert found[0].words == (
        "有效登记 90 笔 × 1.00 + 上门 40 次 × 0.20 = 98.00；撤销或退保 0 笔（90 笔里，不超过 5.00%）"
    )
    assert commended_persons(PERSONS, reversed(works)) == found


@pytest.mark.parametrize(
    ("insured", "amount"),
    [(850, 212_500), (849, 169_800), (808, 161_600), (807, 80_000), (723, 80_000), (722, 0)],
)
def test_the_tiers_of_the_subsidy(insured, amount):
    (got,) = subsidies(RULE, [facts(insured=insured)], frozenset())
    assert (got.wanted_fen, got.amount_fen) == (amount, amount)


def test_a_vetoed_village_and_one_without_a_target_get_nothing():
    vetoed, none = subsidies(RULE, [facts(1), facts(2, target=0)], frozenset({"V01"}))
    assert (vetoed.amount_fen, vetoed.words) == (0, "被一票否决，不补助")
    assert (none.amount_fen, none.words) == (0, "参保 850 人，下达目标 0 人，没到最低一档")


def test_over_the_budget_it_is_shared_to_the_fen():
    tight = replace(RULE, budget_fen=100_000)
    got = subsidies(tight, [facts(3, insured=800), facts(1), facts(2)], frozenset())
    assert [(one.serial, one.amount_fen) for one in got] == [(1, 42_079), (2, 42_079), (3, 15_842)]
    assert got[0].words == (
        "参保 850 人 ÷ 下达目标 850 人 = 100.00%，不低于 100.00% 这一档：每人 2.50 元 × 850 人 = 2125.00 元"
        "；各村合计 5050.00 元，预算 1000.00 元，按比例分（最大余数法，到分）= 420.79 元"
    )


def test_a_scheme_may_spend_all():
    got = subsidies(replace(RULE, spends_all=True), [facts(1), facts(2, insured=100)], frozenset())
    assert [one.amount_fen for one in got] == [1_000_000, 0]


@given(towns(), st.integers(0, 100_000), st.booleans(), st.randoms(use_true_random=False))
def test_shares_add_up_and_never_pass_the_budget(town, budget, spends_all, random):
    rule = replace(RULE, budget_fen=budget, spends_all=spends_all)
    vetoed = frozenset(village.code for village in town if random.random() < 0.3)
    got = subsidies(rule, town, vetoed)
    asked, paid = sum(one.wanted_fen for one in got), sum(one.amount_fen for one in got)
    assert paid == (budget if asked > budget or (spends_all and asked) else asked)
    assert paid <= budget
    assert all(one.amount_fen >= 0 for one in got)
    assert all(one.amount_fen <= one.wanted_fen for one in got) or spends_all
    assert all(one.amount_fen == 0 for one in got if one.village in vetoed)
    shuffled = list(town)
    random.shuffle(shuffled)
    assert subsidies(rule, shuffled, vetoed) == got
