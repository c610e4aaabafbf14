"""What follows from scores: commended villages and persons, and the work-fund subsidy (工作经费补助)."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from ankang.rules.assessment import (
    PersonRule,
    Scheme,
    SubsidyRule,
    SubsidyTier,
    VillageFacts,
    bound_words,
    points_shown,
)
from ankang.rules.assessment_scores import Score, figure_words
from ankang.rules.money import yuan
from ankang.rules.targets import share_out


@dataclass(frozen=True, slots=True)
class Commended:
    """A village with the tier that it earned, and why."""

    score: Score
    award: str
    words: str


@dataclass(frozen=True, slots=True)
class Work:
    """One person's recorded work. `undone`: enrolments that were cancelled or withdrawn, of `enrolments`."""

    person: int
    name: str
    village: str
    enrolments: int
    undone: int
    follow_ups: int

    @property
    def standing(self) -> int:
        return self.enrolments - self.undone


@dataclass(frozen=True, slots=True)
class CommendedPerson:
    work: Work
    points: int
    words: str


@dataclass(frozen=True, slots=True)
class Subsidy:
    """What one village gets: what its tier asks for, and its share of the budget. Fen."""

    village: str
    name: str
    serial: int
    wanted_fen: int
    amount_fen: int
    words: str


def commended_villages(scheme: Scheme, scores: Sequence[Score]) -> tuple[Commended, ...]:
    """Return the villages that reach a tier by rank and by points, the best first. A vetoed one is never among them."""
    found = []
    for score in scores:
        award = next((one for one in scheme.awards if score.rank <= one.to_rank and score.points >= one.least), None)
        if award and not score.is_vetoed:
            words = f"第 {score.rank} 名，{points_shown(score.points)} 分（要求前 {award.to_rank} 名、"
            found.append(Commended(score, award.name, f"{words}{points_shown(award.least)} 分以上）"))
    return tuple(found)


def commended_persons(rule: PersonRule, works: Sequence[Work]) -> tuple[CommendedPerson, ...]:
    """Return at most `most_people` persons by their points, the best first; equal ones by enrolments, name, key.

    Whoever has too few enrolments, or too large a share of undone ones, is left out.
    """
    fit = [work for work in works if _is_fit(rule, work)]
    fit.sort(key=lambda work: (-_person_points(rule, work), -work.standing, work.name, work.person))
    return tuple(CommendedPerson(work, _person_points(rule, work), _person_words(rule, work)) for work in fit)[
        : rule.most_people
    ]


def _is_fit(rule: PersonRule, work: Work) -> bool:
    clean = work.undone * 10_000 <= rule.most_undone * work.enrolments
    return work.standing >= rule.least_enrolments and clean


def _person_points(rule: PersonRule, work: Work) -> int:
    return rule.per_enrolment * work.standing + rule.per_follow_up * work.follow_ups


def _person_words(rule: PersonRule, work: Work) -> str:
    return (
        f"有效登记 {work.standing} 笔 × {points_shown(rule.per_enrolment)} + 上门 {work.follow_ups} 次 × "
        f"{points_shown(rule.per_follow_up)} = {points_shown(_person_points(rule, work))}；"
        f"撤销或退保 {work.undone} 笔（{work.enrolments} 笔里，不超过 {points_shown(rule.most_undone)}%）"
    )


def subsidies(rule: SubsidyRule, villages: Sequence[VillageFacts], vetoed: frozenset[str]) -> tuple[Subsidy, ...]:
    """Return what each village gets, in the order of their serial numbers; `vetoed`: codes of vetoed villages.

    Where the tiers ask for more than the budget (or the scheme spends all of it), the budget is shared in proportion
    by the largest remainder, to the fen: the parts add up to it exactly. Otherwise everybody gets what the tier says.
    """
    ordered = sorted(villages, key=lambda facts: (facts.serial, facts.code))
    wanted = [_wanted(rule, facts, vetoed) for facts in ordered]
    asked = sum(amount for amount, _ in wanted)
    shares_out = asked > rule.budget_fen or (rule.spends_all and asked > 0)
    amounts = share_out(rule.budget_fen, [amount for amount, _ in wanted]) if shares_out else [a for a, _ in wanted]
    return tuple(
        Subsidy(facts.code, facts.name, facts.serial, want, got, words + _shared(rule, want, got, asked, shares_out))
        for facts, (want, words), got in zip(ordered, wanted, amounts, strict=True)
    )


def _wanted(rule: SubsidyRule, facts: VillageFacts, vetoed: frozenset[str]) -> tuple[int, str]:
    if rule.veto_excludes and facts.code in vetoed:
        return 0, "被一票否决，不补助"
    told, value = figure_words(rule.source, facts), facts.value(rule.source)
    tier = None if value is None else _tier_at(rule, value)
    if tier is None:
        return 0, f"{told}，没到最低一档"
    heads = facts.counts["insured"] if tier.per_head else 1
    how = f"每人 {yuan(tier.amount_fen)} 元 × {heads} 人" if tier.per_head else "定额"
    amount = tier.amount_fen * heads
    return amount, f"{told}，{bound_words(rule.source, tier.bound)} 这一档：{how} = {yuan(amount)} 元"


def _tier_at(rule: SubsidyRule, value: Fraction) -> SubsidyTier | None:
    return next((tier for tier in rule.tiers if value * 100 >= tier.bound), None)


def _shared(rule: SubsidyRule, wanted_fen: int, got_fen: int, asked_fen: int, shares_out: bool) -> str:
    if not shares_out or not wanted_fen:
        return ""
    budget = f"各村合计 {yuan(asked_fen)} 元，预算 {yuan(rule.budget_fen)} 元"
    return f"；{budget}，按比例分（最大余数法，到分）= {yuan(got_fen)} 元"
