"""条款与口径: what each product pays, clause by clause, and how every doubtful passage is read. Read only."""

from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.views.decorators.http import require_safe

from ankang.accounts.models import Desk
from ankang.accounts.permissions import desk_page
from ankang.claims.standing import decisions_on_readings
from ankang.desks.components.plain_words import plain_words
from ankang.desks.pages import page
from ankang.desks.people import person
from ankang.programmes.models import ProgrammeVersion
from ankang.programmes.queries import newest_versions, plan_of
from ankang.rules.money import yuan_shown
from ankang.rules.programme import Band, Benefit, BenefitKind, Product, Reading, Status
from ankang.rules.readings import TOPICS, choice_words

_DEDUCTIBLE_PER = {"accident": "每次事故", "period": "每年", "unit": "每份每次事故"}


@dataclass(frozen=True, slots=True)
class BenefitRow:
    """One benefit as a row: (ages, amount in words, id of the reading that the figure rests on) a band."""

    name: str
    clause: str
    bands: list[tuple[str, str, str]]
    limits: list[str]
    readings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProductCard:
    name: str
    code: str
    price: str
    clause: str
    joins: str
    rows: list[BenefitRow]


@dataclass(frozen=True, slots=True)
class ReadingCard:
    """One reading with its choices in words."""

    reading: Reading
    topic: str
    choice: str
    alternatives: list[str]
    decisions: int

    @property
    def is_confirmed(self) -> bool:
        return self.reading.status is Status.CONFIRMED


@desk_page(Desk.TOWN, Desk.INSURER, Desk.VILLAGE)
@require_safe
def terms(request: HttpRequest) -> HttpResponse:
    """`?programme=SLUG`: the newest version of a programme, by default of the latest one."""
    versions = newest_versions(person(request))
    if not versions:
        return page(request, "desks/components/terms/terms.html", {"version": None})
    version = _asked(versions, request.GET.get("programme", ""))
    plan, user = plan_of(version), person(request)
    counts = decisions_on_readings(version.programme, [reading.id for reading in plan.readings])
    context = {
        "versions": versions,
        "version": version,
        "plan": plan,
        "groups": "、".join(group.name for group in plan.groups),
        "products": [_product(product) for product in plan.products],
        "readings": [reading_card(reading, counts.get(reading.id, 0)) for reading in plan.readings],
        "assumed": len(plan.assumed),
        "plain": [(product.name, list(plain_words(plan, product))) for product in plan.products],
        "is_own": user.desk == Desk.TOWN and version.programme.division_id.startswith(user.scope),
    }
    return page(request, "desks/components/terms/terms.html", context)


def _asked(versions: list[ProgrammeVersion], slug: str) -> ProgrammeVersion:
    if not slug:
        return versions[0]
    for version in versions:
        if version.programme.slug == slug:
            return version
    raise Http404("没有这个方案")


def _product(product: Product) -> ProductCard:
    return ProductCard(
        name=product.name,
        code=product.code,
        price=yuan_shown(product.price_fen),
        clause=product.clause,
        joins=ages(product.join_from_age, product.join_to_age),
        rows=[_benefit(benefit) for benefit in product.benefits],
    )


def _benefit(benefit: Benefit) -> BenefitRow:
    bands = [(ages(band.from_age, band.to_age), _amount(benefit, band), band.reading or "") for band in benefit.bands]
    return BenefitRow(benefit.name, benefit.clause, bands, list(_limits(benefit)), benefit.readings)


def _amount(benefit: Benefit, band: Band) -> str:
    words = f"{yuan_shown(band.amount_fen)} 元{'/天' if benefit.kind is BenefitKind.ALLOWANCE else ''}"
    if band.disability_fen is not None:
        words += f"（伤残 {yuan_shown(band.disability_fen)} 元）"
    return words


def _limits(benefit: Benefit) -> list[str]:
    """Return the conditions of a benefit in words, only those that it has."""
    days = (
        (benefit.waiting_days, "每次前 {} 天不赔"),
        (benefit.max_days_per_event, "每次最多 {} 天"),
        (benefit.max_days_per_period, "保障期内最多 {} 天"),
        (benefit.death_within_days, "事故后 {} 天内身故"),
    )
    said = [words.format(number) for number, words in days if number]
    if benefit.deductible_fen:
        said.append(f"免赔额{_DEDUCTIBLE_PER[benefit.deductible_per]} {yuan_shown(benefit.deductible_fen)} 元")
    if benefit.percent != 100:
        said.append(f"赔 {benefit.percent}%")
    if benefit.kind is BenefitKind.ACCIDENT:
        said.append("身故和伤残" if benefit.covers_disability else "只赔身故")
    return said


def reading_card(reading: Reading, decisions: int = 0) -> ReadingCard:
    """Return a reading in words, with how many decisions rest on it."""
    return ReadingCard(
        reading,
        topic=TOPICS[reading.topic].name,
        choice=choice_words(reading.topic, reading.choice),
        alternatives=[choice_words(reading.topic, choice) for choice in reading.alternatives],
        decisions=decisions,
    )


def ages(from_age: int, to_age: int | None) -> str:
    """Return a band of ages in words: `60—69 周岁`, `80 周岁以上`."""
    return f"{from_age} 周岁以上" if to_age is None else f"{from_age}—{to_age} 周岁"


terms_pages: list[URLPattern] = [path("terms/", terms, name="terms")]
