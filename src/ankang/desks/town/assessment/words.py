"""A scheme as people read it: tables of what counts how much, from the same data that the scores come from."""

from dataclasses import dataclass

from ankang.rules.assessment import (
    COUNTS,
    KINDS,
    Rounding,
    Scheme,
    Source,
    bound_words,
    points_shown,
)
from ankang.rules.assessment_scores import formula_words
from ankang.rules.days import day_words
from ankang.rules.money import yuan_shown


@dataclass(frozen=True, slots=True)
class IndicatorWords:
    name: str
    kind: str
    figure: str
    how: str
    weight: str
    clause: str
    is_bonus: bool


def indicator_words(scheme: Scheme) -> list[IndicatorWords]:
    """Return one line an indicator."""
    return [
        IndicatorWords(
            name=part.name,
            kind=KINDS[part.kind],
            figure=source_words(part.source),
            how=formula_words(part) + ("；没有可算的给满分" if part.full_if_none else ""),
            weight=points_shown(part.weight),
            clause=part.clause,
            is_bonus=part.is_bonus,
        )
        for part in scheme.indicators
    ]


def source_words(source: Source) -> str:
    """Return what a figure is made of: `参保 ÷ 下达目标`, `2024年2月29日到期参保 ÷ 下达目标`."""
    about = source.about
    part = COUNTS[about.part].name
    told = f"{day_words(source.on)}{part}" if source.on else part
    return f"{told} ÷ {COUNTS[about.whole].name}" if about.whole else told


def rule_words(scheme: Scheme) -> list[tuple[str, str, str]]:
    """Return (what, how, clause) of everything that is no indicator: caps, vetoes, ties, rounding, rewards."""
    rounding = "四舍五入" if scheme.rounding is Rounding.HALF_UP else "直接舍去"
    ties = "、".join(source.name for source in scheme.ties)
    parted = f"先比{ties}，还相同就并列" if ties else "并列"
    rows = [
        (
            "得分",
            f"满分 {points_shown(scheme.full)}，最高 {points_shown(scheme.most)}；"
            f"每项{rounding}到 {scheme.decimals} 位小数",
            "",
        )
    ]
    rows += [("封顶", f"{KINDS[cap.kind]}一类最多 {points_shown(cap.most)} 分", cap.clause) for cap in scheme.caps]
    rows += [
        (
            "一票否决",
            f"{veto.name}（{source_words(veto.source)}应当{bound_words(veto.source, veto.bound)}）："
            f"总分最高 {points_shown(veto.most)}，不参加评先",
            veto.clause,
        )
        for veto in scheme.vetoes
    ]
    rows.append(
        ("同分", f"{parted}；{'并列第2，下一名是第4' if scheme.skips_after_tie else '并列第2，下一名是第3'}", "")
    )
    return rows + _reward_words(scheme)


def _reward_words(scheme: Scheme) -> list[tuple[str, str, str]]:
    rows = [
        ("表彰村居", f"{one.name}：前 {one.to_rank} 名，{points_shown(one.least)} 分以上", "") for one in scheme.awards
    ]
    if rule := scheme.persons:
        words = (
            f"{rule.name}：最多 {rule.most_people} 人；有效登记每笔 {points_shown(rule.per_enrolment)}，"
            f"上门每次 {points_shown(rule.per_follow_up)}；至少 {rule.least_enrolments} 笔，"
            f"撤销或退保不超过 {points_shown(rule.most_undone)}%"
        )
        rows.append(("表彰个人", words, rule.clause))
    rows.append(("公示", f"{scheme.publicity_days} 个工作日", ""))
    if subsidy := scheme.subsidy:
        tiers = "；".join(
            f"{bound_words(subsidy.source, tier.bound)}：{'每参保一人' if tier.per_head else '定额'} "
            f"{yuan_shown(tier.amount_fen)} 元"
            for tier in subsidy.tiers
        )
        spend = "预算全部分完" if subsidy.spends_all else "超过预算就按比例分"
        vetoed = "，一票否决的不补" if subsidy.veto_excludes else ""
        words = f"按{source_words(subsidy.source)}：{tiers}。预算 {yuan_shown(subsidy.budget_fen)} 元，{spend}{vetoed}"
        rows.append(("工作经费补助", words, subsidy.clause))
    return rows
