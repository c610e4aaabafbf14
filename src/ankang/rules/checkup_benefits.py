"""The check-up of the benefit tables: bands, amounts that rise with age, dearer products that pay less, odd figures."""

from collections.abc import Iterator
from itertools import combinations, pairwise

from ankang.rules.findings import Finding
from ankang.rules.money import yuan_shown
from ankang.rules.programme import Band, Benefit, BenefitKind, Product, Programme

_YOUNGEST, _OLDEST = 60, 110


def check_benefits(programme: Programme) -> Iterator[Finding]:
    """Yield what the benefit tables by themselves, and beside each other, give to think about."""
    for product, benefit in programme.benefits():
        yield from _coverage(product, benefit)
        yield from _rises(product, benefit)
        yield from _limit_in_one_band_only(product, benefit)
        yield from _suspect_figures(programme, product, benefit)
    for cheap, dear in _by_price(programme):
        for kind in (BenefitKind.ACCIDENT, BenefitKind.MEDICAL, BenefitKind.LIFE):
            yield from _dearer_pays_less(cheap, dear, kind)


def _coverage(product: Product, benefit: Benefit) -> Iterator[Finding]:
    """Every age from 60 up, once. The loader refuses such a file; a plan may also come from elsewhere."""
    for age in range(_YOUNGEST, _OLDEST + 1):
        times = sum(band.covers(age) for band in benefit.bands)
        if times != 1:
            code, problem = ("band-gap", "没有年龄档") if times == 0 else ("band-overlap", "写在几个年龄档里")
            message = f"{product.name}的{benefit.name}，{age} 周岁{problem}。"
            place = _place(product, benefit)
            yield Finding(code, "error", benefit.clause, message, "补全或改正年龄档。", {"age": age}, place)
            return


def _rises(product: Product, benefit: Benefit) -> Iterator[Finding]:
    for younger, older in pairwise(benefit.bands):
        if older.amount_fen > younger.amount_fen:
            message = (
                f"{product.name}的{benefit.name}，{older.from_age} 周岁起从 {yuan_shown(younger.amount_fen)} 元"
                f"涨到 {yuan_shown(older.amount_fen)} 元：年纪大了反而赔得多。"
            )
            figures = {"age": older.from_age, "from_fen": younger.amount_fen, "to_fen": older.amount_fen}
            fix, place = "对照原件，看是不是写反了。", _place(product, benefit, older)
            yield Finding("band-rises", "warning", benefit.clause, message, fix, figures, place)


def _limit_in_one_band_only(product: Product, benefit: Benefit) -> Iterator[Finding]:
    empty = [band for band in benefit.bands if band.amount_fen == 0]
    if empty and len(empty) < len(benefit.bands):
        message = f"{product.name}的{benefit.name}，{_ages(empty[0])} 没有数额，别的年龄档有。"
        fix, place = "补上这一档的数额，或说明这一档不赔。", _place(product, benefit, empty[0])
        yield Finding("limit-missing", "warning", benefit.clause, message, fix, where=place)


def _suspect_figures(programme: Programme, product: Product, benefit: Benefit) -> Iterator[Finding]:
    for band in benefit.bands:
        if band.amount_fen in (programme.year * 100, programme.year * 100 - 100):  # last year's, in a copied plan
            doubt = f"（口径 {band.reading}）" if band.reading else ""
            which = "年份" if band.amount_fen == programme.year * 100 else "上一年的年份"
            message = (
                f"{product.name}的{benefit.name}，{_ages(band)} 是 {band.amount_fen // 100} 元，"
                f"正好等于{which}{doubt}：疑为统一替换年份时误改。"
            )
            figures = {"figure_fen": band.amount_fen, "reading": band.reading}
            fix, place = "请保险公司确认这个数。", _place(product, benefit, band)
            yield Finding("figure-is-year", "warning", benefit.clause, message, fix, figures, place)
    if benefit.kind is BenefitKind.MEDICAL and any(band.amount_fen <= benefit.deductible_fen for band in benefit.bands):
        message = f"{product.name}的{benefit.name}，免赔额不小于限额，永远赔不满。"
        place = f"{_place(product, benefit)}.deductible"
        yield Finding("deductible-above-limit", "warning", benefit.clause, message, "查对免赔额和限额。", where=place)


def _by_price(programme: Programme) -> Iterator[tuple[Product, Product]]:
    """Pairs of products, the cheaper first."""
    for one, other in combinations(programme.products, 2):
        if one.price_fen != other.price_fen:
            cheap, dear = sorted((one, other), key=lambda product: product.price_fen)
            yield cheap, dear


def _dearer_pays_less(cheap: Product, dear: Product, kind: BenefitKind) -> Iterator[Finding]:
    less, more = dear.benefit(kind), cheap.benefit(kind)
    if less is None or more is None:
        return
    ages = [age for age in range(_YOUNGEST, _OLDEST + 1) if _amount(less, age) < _amount(more, age)]
    if not ages:
        return
    until = "周岁以上" if ages[-1] == _OLDEST else f"—{ages[-1]} 周岁"
    message = (
        f"{ages[0]}{until}，{dear.name}的{less.name}是 {yuan_shown(_amount(less, ages[0]))} 元，"
        f"{cheap.name}反而是 {yuan_shown(_amount(more, ages[0]))} 元：贵的赔得少。"
    )
    figures = {
        "from_age": ages[0],
        "to_age": None if ages[-1] == _OLDEST else ages[-1],
        "dearer": {"product": dear.code, "price_fen": dear.price_fen, "amount_fen": _amount(less, ages[0])},
        "cheaper": {"product": cheap.code, "price_fen": cheap.price_fen, "amount_fen": _amount(more, ages[0])},
    }
    clause = f"{less.clause}、{more.clause}"
    fix, place = (
        "请保险公司确认；登记时跟老人讲清楚。",
        _place(dear, less, next((band for band in less.bands if band.covers(ages[0])), None)),
    )
    yield Finding("dearer-pays-less", "warning", clause, message, fix, figures, place)


def _amount(benefit: Benefit, age: int) -> int:
    return next((band.amount_fen for band in benefit.bands if band.covers(age)), 0)


def _ages(band: Band) -> str:
    return f"{band.from_age} 周岁以上" if band.to_age is None else f"{band.from_age}—{band.to_age} 周岁"


def _place(product: Product, benefit: Benefit, band: Band | None = None) -> str:
    """Where it stands in the programme file, as load errors write it."""
    place = f"products[{product.code}].benefits[{benefit.kind}]"
    return f"{place}.bands[{band.ages}]" if band else place
