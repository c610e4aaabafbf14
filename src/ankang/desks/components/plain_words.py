"""The terms in plain words: what one unit pays, sentence by sentence, from the same data that decides claims."""

from collections.abc import Iterator

from ankang.rules.differences import age_words
from ankang.rules.money import yuan_shown
from ankang.rules.programme import Band, Benefit, BenefitKind, Product, Programme

_PER = {"accident": "每次事故", "period": "一年里", "unit": "每份每次事故"}


def plain_words(plan: Programme, product: Product) -> Iterator[tuple[str, str]]:
    """Yield (benefit, what it pays in everyday sentences) of a product, then what it does not cover."""
    for benefit in product.benefits:
        yield benefit.name, _WORDS[benefit.kind](benefit)
    missing = [kind for kind in plan.kinds if product.benefit(kind) is None]
    for kind in missing:
        other = next(one for one in plan.products if one.benefit(kind))
        yield other.benefit(kind).name, "这一种不管。"  # type: ignore[union-attr]  # it has one: it was chosen so


def _each(benefit: Benefit, words: str) -> str:
    """The bands joined: `60—69 周岁最多 3,000.00 元，70 周岁以上最多 1,500.00 元`."""
    return "，".join(f"{age_words(band.from_age, band.to_age)}{words.format(_yuan(band))}" for band in benefit.bands)


def _yuan(band: Band) -> str:
    return f"{yuan_shown(band.amount_fen)} 元"


def _accident(benefit: Benefit) -> str:
    within = f"事故后 {benefit.death_within_days} 天内" if benefit.death_within_days else ""
    said = f"出了意外，{within}去世的，每份赔：{_each(benefit, ' {}')}。"
    if not benefit.covers_disability:
        return f"{said}只赔去世，落下伤残不赔。"
    own = [f"{age_words(one.from_age, one.to_age)} {yuan_shown(one.disability_fen)} 元"
           for one in benefit.bands if one.disability_fen is not None]  # fmt: skip
    base = f"按伤残的数额（{'，'.join(own)}）" if own else "按去世的数额"
    return f"{said}落下伤残的，{base}打折：1级赔全部，每低一级少赔一成，10级赔一成。"


def _medical(benefit: Benefit) -> str:
    free = benefit.deductible_fen
    lead = f"{_PER[benefit.deductible_per]}先自己承担 {yuan_shown(free)} 元，超过的部分" if free else ""
    share = f"赔 {benefit.percent}%" if benefit.percent != 100 else "都赔"
    return f"意外受伤看病，别处报销以后自己付的钱，{lead}{share}，每份一年里最多：{_each(benefit, ' {}')}。"


def _life(benefit: Benefit) -> str:
    cause = "不管什么原因去世，都另外" if benefit.any_death else "因病去世，"
    return f"{cause}赔，每份：{_each(benefit, ' {}')}。"


def _fracture(benefit: Benefit) -> str:
    beside = "医疗没赔完的部分接着赔" if benefit.beside_medical else "医疗赔了就不再赔"
    share = f"，赔 {benefit.percent}%" if benefit.percent != 100 else ""
    return f"意外骨折的费用，{beside}{share}，每份一年里最多：{_each(benefit, ' {}')}。同一张票不重复赔。"


def _allowance(benefit: Benefit) -> str:
    waits = f"前 {benefit.waiting_days} 天不算，" if benefit.waiting_days else ""
    caps = [
        words.format(days)
        for words, days in (
            ("一次最多 {} 天", benefit.max_days_per_event),
            ("一年最多 {} 天", benefit.max_days_per_period),
        )
        if days
    ]
    return f"意外住院，{waits}每份每天：{_each(benefit, ' {}')}{'，' + '，'.join(caps) if caps else ''}。"


_WORDS = {
    BenefitKind.ACCIDENT: _accident,
    BenefitKind.MEDICAL: _medical,
    BenefitKind.LIFE: _life,
    BenefitKind.FRACTURE: _fracture,
    BenefitKind.ALLOWANCE: _allowance,
}
