"""What a reading can settle: each topic with its choices, in words, and what a choice does to the plan.

A programme file picks a choice for every topic that its own clauses leave open (domain 5).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ankang.rules.programme import BenefitKind

_BANDED = (BenefitKind.ACCIDENT, BenefitKind.MEDICAL, BenefitKind.LIFE, BenefitKind.FRACTURE)
_ALL = tuple(BenefitKind)


@dataclass(frozen=True, slots=True)
class Topic:
    """`choices`: code -> words. `sets`: choice -> fields of Terms, or of the Benefits of `kinds`."""

    name: str
    choices: Mapping[str, str]
    sets: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    on_terms: bool = False
    kinds: tuple[BenefitKind, ...] = ()  # the benefits whose payments rest on this topic


TOPICS: dict[str, Topic] = {
    "age-basis": Topic(
        "年龄按哪天算",
        {"event-date": "事故当天（寿险按身故当天）", "cover-start": "保障第一天"},
        {"event-date": {"age_basis": "event-date"}, "cover-start": {"age_basis": "cover-start"}},
        on_terms=True,
        kinds=_BANDED,
    ),
    "deductible": Topic(
        "免赔额怎么扣",
        {
            "per-accident": "每人每种每次事故扣一次",
            "per-period": "每人每种一年扣一次",
            "per-unit": "每份每次事故各扣一次",
        },
        {
            "per-accident": {"deductible_per": "accident"},
            "per-period": {"deductible_per": "period"},
            "per-unit": {"deductible_per": "unit"},
        },
        kinds=(BenefitKind.MEDICAL,),
    ),
    "figure": Topic("数字存疑", {}),  # the choices are the figures themselves, in yuan
    "fracture-overlap": Topic(
        "骨折与医疗能否都赔",
        {"after-medical": "赔医疗赔剩的自付部分", "not-combined": "医疗赔了就不再赔骨折"},
        {"after-medical": {"beside_medical": True}, "not-combined": {"beside_medical": False}},
        kinds=(BenefitKind.FRACTURE,),
    ),
    "allowance-days": Topic(
        "津贴天数",
        {
            "no-cap": "不设上限，第一天起赔",
            "90-a-period": "保障期内最多90天",
            "180-a-period": "保障期内最多180天",
            "first-3-unpaid": "每次前3天不赔",
        },
        {
            "no-cap": {},
            "90-a-period": {"max_days_per_period": 90},
            "180-a-period": {"max_days_per_period": 180},
            "first-3-unpaid": {"waiting_days": 3},
        },
        kinds=(BenefitKind.ALLOWANCE,),
    ),
    "accident-scope": Topic(
        "意外伤害赔什么",
        {"death-and-disability": "身故和伤残", "death-only": "只赔身故"},
        {"death-and-disability": {"covers_disability": True}, "death-only": {"covers_disability": False}},
        kinds=(BenefitKind.ACCIDENT,),
    ),
    "life-scope": Topic(
        "寿险赔哪些身故",
        {"any-death": "不论原因，与意外伤害并赔", "illness-only": "只赔疾病身故"},
        {"any-death": {"any_death": True}, "illness-only": {"any_death": False}},
        kinds=(BenefitKind.LIFE,),
    ),
    "cover-period": Topic(
        "保障期",
        {"day-after-window": "推进截止次日起一年", "day-after-payment": "缴费次日起一年"},
        {
            "day-after-window": {"cover_rule": "day-after-window"},
            "day-after-payment": {"cover_rule": "day-after-payment"},
        },
        on_terms=True,
        kinds=_ALL,
    ),
    "government-product": Topic(
        "政府购买哪一种",
        {"own-plan": "政府专门的一种（险种 G）"},  # and the product codes of the programme
        {"own-plan": {"government_product": "G"}},
        on_terms=True,
    ),
    "unit-cap": Topic(
        "份数上限怎么数",
        {"own-units": "政府买的不占上限", "all-units": "全部份数都占"},
        {"own-units": {"cap_counts_government": False}, "all-units": {"cap_counts_government": True}},
        on_terms=True,
    ),
    "top-up": Topic(
        "政府购买对象能否加买",
        {"allowed": "可以在上限内加买", "not-allowed": "不可以"},
        {"allowed": {"subject_may_top_up": True}, "not-allowed": {"subject_may_top_up": False}},
        on_terms=True,
    ),
    "eligible-age": Topic(
        "年龄算到哪天",
        {"cover-start": "保障第一天已满", "year-end": "当年12月31日前满"},
        {"cover-start": {"eligible_by": "cover-start"}, "year-end": {"eligible_by": "year-end"}},
        on_terms=True,
    ),
    "coverage": Topic(
        "覆盖率怎么算",
        {"frozen-population": "分母用公布的人口数", "live-roster": "分母用名册实数"},
        {"frozen-population": {"coverage_basis": "frozen"}, "live-roster": {"coverage_basis": "live"}},
        on_terms=True,
    ),
    "mixed-units": Topic(
        "两份能否不同种",
        {"any-product": "可以一种一份", "same-product": "必须同一种"},
        {"any-product": {"mixed_products": True}, "same-product": {"mixed_products": False}},
        on_terms=True,
    ),
    "death-window": Topic(
        "身故期限",
        {"no-limit": "不限", "180-days": "事故后180天内"},
        {"no-limit": {}, "180-days": {"death_within_days": 180}},
        kinds=(BenefitKind.ACCIDENT,),
    ),
    "reward-formula": Topic("奖补怎么算", {"scheme-entered": "按镇里录入并确认的办法"}),
    "birthday": Topic(
        "哪天满周岁",
        {
            "birthday": "生日当天（2月29日平年为2月28日）",
            "day-after": "生日次日",
            "leap-on-1-march": "生日当天（2月29日平年为3月1日）",
        },
        {
            "birthday": {"birthday": "birthday"},
            "day-after": {"birthday": "day-after"},
            "leap-on-1-march": {"birthday": "leap-on-1-march"},
        },
        on_terms=True,
        kinds=_BANDED,
    ),
}


def choice_words(topic: str, choice: str) -> str:
    """Return a choice in everyday words; a figure or a product code is its own word."""
    known = TOPICS[topic].choices.get(choice)
    if known:
        return known
    return f"{choice}元" if topic == "figure" else f"险种{choice}"
