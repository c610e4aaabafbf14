"""The figures of a bulletin: what the dashboard shows at one instant, as a document that is frozen and read back."""

import json
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from fractions import Fraction
from hashlib import sha256
from typing import Any

from django.utils import timezone

from ankang.enrolment.coverage import Coverage, TownCoverage
from ankang.programmes.models import ProgrammeVersion
from ankang.rules.money import percent_truncated
from ankang.rules.pace import tenths_down, tenths_up

STILL_DAYS = 3  # days without anybody enrolled one by one from which a village counts as standing still


@dataclass(frozen=True, slots=True)
class VillageFigures:
    """One village, or the whole town (rank 0). People, unless it says otherwise; paces as texts, people a day."""

    code: str
    name: str
    serial: int
    rank: int
    population: int
    is_published: bool
    target: int
    line: int
    insured: int
    roster: int
    subjects: int
    subjects_insured: int
    course: str  # of rules.pace.Course
    average: str
    required: str
    still_days: int | None  # as `TownCoverage.still_days`

    @property
    def percent(self) -> str:
        return percent_truncated(self.insured, self.population)

    @property
    def target_gap(self) -> int:
        return max(0, self.target - self.insured)

    @property
    def line_gap(self) -> int:
        return max(0, self.line - self.insured)

    @property
    def subjects_missing(self) -> int:
        return self.subjects - self.subjects_insured

    @property
    def met_target(self) -> bool:
        return self.is_published and self.insured >= self.target

    @property
    def reached_line(self) -> bool:
        return self.population > 0 and self.insured >= self.line

    @property
    def stands_still(self) -> bool:
        return self.still_days is not None and self.still_days >= STILL_DAYS and not self.reached_line


@dataclass(frozen=True, slots=True)
class Figures:
    """A town at one instant, its villages by rank. `village_need`: people for every village to reach the line."""

    at: datetime
    place: str
    programme: str
    version: int
    digest: str  # of the plan
    opens: date
    closes: date
    percent: int
    days_left: int
    village_need: int
    forecast: int | None
    total: VillageFigures
    villages: tuple[VillageFigures, ...]

    @property
    def today(self) -> date:
        return self.at.date()


def figures_of(town: TownCoverage, version: ProgrammeVersion, place: str, at: datetime) -> Figures:
    """Return what the dashboard's query found as a bulletin's figures. No query. READING K13 was applied there."""
    pace = town.total.pace
    return Figures(
        at=timezone.localtime(at),
        place=place,
        programme=version.programme.name,
        version=version.number,
        digest=version.digest,
        opens=town.window.opens,
        closes=town.window.closes,
        percent=town.total.target.percent,
        days_left=pace.days_left,
        village_need=town.village_need,
        forecast=pace.forecast.people if pace.forecast else None,
        total=village_figures(town.total, town, 0),
        villages=tuple(village_figures(one, town, rank) for rank, one in enumerate(town.ranked, start=1)),
    )


def village_figures(one: Coverage, town: TownCoverage, rank: int) -> VillageFigures:
    """Return one village of the coverage as plain figures. No query."""
    return VillageFigures(
        code=one.code,
        name=one.name,
        serial=one.serial,
        rank=rank,
        population=one.population,
        is_published=one.is_published,
        target=one.target.published,
        line=one.target.line,
        insured=one.insured,
        roster=one.roster,
        subjects=one.subjects,
        subjects_insured=one.subjects_insured,
        course=one.pace.course.value,
        average=_shown(one.pace.average, up=False),
        required=_shown(one.pace.required, up=True),
        still_days=town.still_days(one),
    )


def to_document(figures: Figures | VillageFigures) -> str:
    """Return the canonical JSON text: sorted keys, no spaces, days and instants as ISO texts."""
    return json.dumps(asdict(figures), ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_iso)


def from_document(document: str) -> Figures:
    """Return the figures of a document, equal to those it was written from."""
    given: dict[str, Any] = json.loads(document)
    given["at"] = datetime.fromisoformat(given["at"])
    given |= {name: date.fromisoformat(given[name]) for name in ("opens", "closes")}
    given["total"] = VillageFigures(**given["total"])
    given["villages"] = tuple(VillageFigures(**one) for one in given["villages"])
    return Figures(**{field.name: given[field.name] for field in fields(Figures)})


def village_from_document(document: str) -> VillageFigures:
    """Return one village's figures as a notice keeps them."""
    return VillageFigures(**json.loads(document))


def digest_of(document: str) -> str:
    """Return the SHA-256 of a document in hexadecimal."""
    return sha256(document.encode()).hexdigest()


def _shown(people: Fraction | None, *, up: bool) -> str:
    """Papers write no separators of thousands."""
    if people is None:
        return ""
    return (tenths_up if up else tenths_down)(people).replace(",", "")


def _iso(value: date | datetime) -> str:
    return value.isoformat()
