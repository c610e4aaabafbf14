"""How the sample town's campaigns went: who was enrolled on which day, with what, at whose cost. Pure figures, no rows.

The villages' shares and speeds are invented so that the dashboard has something of everything: two villages that
are through, some that will make it, some that are slow, some that are behind.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from ankang.rules.programme import Programme

SHANGHAI = ZoneInfo("Asia/Shanghai")
BATCH_DAY = date(2024, 2, 22)
KNOWN_DAY = date(2024, 3, 3)  # the last whole day before the demo day: the shares below hold on its evening
RECENT_DAYS = 7


@dataclass(frozen=True, slots=True)
class Progress:
    """One village on KNOWN_DAY: insured in ten thousand, insured a day over the last week, subjects still missing."""

    share: int
    daily: float
    missing_subjects: int = 0

    def scaled(self, one_in: int) -> "Progress":
        """The same village with one in so many of its people."""
        return Progress(self.share, self.daily / one_in, self.missing_subjects)


PROGRESS = (
    Progress(7428, 6.2),
    Progress(8613, 3.0),
    Progress(6882, 7.3, 1),
    Progress(5727, 3.1),
    Progress(6713, 11.2),
    Progress(7023, 7.0),
    Progress(6150, 5.5, 2),
    Progress(6482, 11.4),
    Progress(7339, 5.8),
    Progress(5982, 8.5, 3),
    Progress(7150, 7.0),
    Progress(5526, 5.5, 4),
    Progress(6622, 12.5, 1),
    Progress(7612, 6.4),
    Progress(6343, 10.3),
    Progress(6970, 9.5),
    Progress(5828, 6.0, 3),
    Progress(7047, 8.6),
    Progress(8517, 2.4),
    Progress(6414, 8.4, 1),
)

# 2024: a strong start, the holidays from 10 to 17 February (the 18th was a working Sunday), a second wave, then less.
_FEBRUARY = (
    *(400, 470, 300, 380, 560, 530, 450, 250, 60),
    *(2, 1, 2, 8, 14, 18, 24, 30),
    *(240, 690, 820, 910, 880, 690, 330, 180, 300, 260, 240, 220),
)
_WEEKDAYS = (1.2, 1.15, 1.1, 1.05, 1.0, 0.8, 0.7)


@dataclass(frozen=True, slots=True)
class Act:
    """One enrolment as it happened: one product, paid by one or two payers. `who` counts the village's people."""

    who: int
    at: datetime
    product: str
    units: int
    fundings: tuple[tuple[str, int], ...]
    consent: str
    channel: str = "single"

    @property
    def day(self) -> date:
        return self.at.date()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person of the village who may join; `is_subject`: a government-purchase subject."""

    who: int
    is_subject: bool


def this_year(plan: Programme, village: int, candidates: Sequence[Candidate], progress: Progress) -> list[Act]:
    """Return the whole campaign of one village, to the window's last day, in order of time.

    Units: fen. The caller leaves out what lies after its own day.
    """
    rng = Random(f"campaign {plan.year} {village}")
    days = _days_of(rng, plan, progress, candidates)
    acts: list[Act] = []
    for candidate in candidates:
        day = days.get(candidate.who)
        if day is None:
            continue
        if candidate.is_subject:
            acts.extend(_subject_acts(rng, plan, candidate.who, day, batch=day == BATCH_DAY))
        else:
            acts.extend(_own_acts(rng, plan, candidate.who, day))
    return sorted(acts, key=lambda act: (act.at, act.who, act.product))


def last_year(plan: Programme, village: int, candidates: Sequence[Candidate], percent: int = 83) -> list[Act]:
    """Return last year's enrolments: every subject, and so many others that about `percent` of all are insured."""
    rng = Random(f"campaign {plan.year} {village}")
    subjects = sum(candidate.is_subject for candidate in candidates)
    others = max(1, len(candidates) - subjects)
    joined = max(0.0, (len(candidates) * (percent + rng.uniform(-3, 3)) / 100 - subjects) / others)
    span = (plan.window_to - plan.window_from).days + 1
    acts: list[Act] = []
    for candidate in candidates:
        day = plan.window_from + timedelta(days=int(span * rng.random()))
        if candidate.is_subject:
            acts.extend(_subject_acts(rng, plan, candidate.who, day, batch=False))
        elif rng.random() < joined:
            acts.extend(_own_acts(rng, plan, candidate.who, day))
    return sorted(acts, key=lambda act: (act.at, act.who, act.product))


def _days_of(rng: Random, plan: Programme, progress: Progress, candidates: Sequence[Candidate]) -> dict[int, date]:
    """Return the day on which each person is enrolled; who never is, is left out."""
    subjects = [candidate.who for candidate in candidates if candidate.is_subject]
    others = [candidate.who for candidate in candidates if not candidate.is_subject]
    rng.shuffle(subjects)
    rng.shuffle(others)
    missing = subjects[: progress.missing_subjects]
    days = _subject_days(rng, plan, subjects[progress.missing_subjects :])
    joined = max(0, min(len(others), -(-len(candidates) * progress.share // 10_000) - len(days)))
    recent = min(joined, round(progress.daily * RECENT_DAYS))
    days |= dict(zip(others[:recent], _recent_days(rng, recent), strict=True))
    days |= dict(zip(others[recent:joined], _february_days(rng, plan, joined - recent, 25), strict=True))
    later = [*missing, *others[joined:]]
    rng.shuffle(later)
    return days | dict(zip(later, _later_days(rng, plan, progress.daily), strict=False))


def _subject_days(rng: Random, plan: Programme, subjects: Sequence[int]) -> dict[int, date]:
    """Six in ten were found one by one before the town bought for the rest in one batch."""
    single = len(subjects) * 6 // 10
    days = dict(zip(subjects[:single], _february_days(rng, plan, single, 21), strict=True))
    return days | dict.fromkeys(subjects[single:], BATCH_DAY)


def _february_days(rng: Random, plan: Programme, count: int, upto: int) -> list[date]:
    offsets = rng.choices(range(upto), _FEBRUARY[:upto], k=count)
    return [plan.window_from + timedelta(days=offset) for offset in offsets]


def _recent_days(rng: Random, count: int) -> list[date]:
    days = [KNOWN_DAY - timedelta(days=back) for back in range(RECENT_DAYS)]
    return rng.choices(days, [_WEEKDAYS[day.weekday()] for day in days], k=count)


def _later_days(rng: Random, plan: Programme, daily: float) -> list[date]:
    """From the demo day on the village goes on at the week's speed, to the window's end."""
    found: list[date] = []
    day = KNOWN_DAY + timedelta(days=1)
    while day <= plan.window_to:
        found += [day] * round(daily * _WEEKDAYS[day.weekday()] + rng.uniform(-1, 1))
        day += timedelta(days=1)
    return found


def _subject_acts(rng: Random, plan: Programme, who: int, day: date, *, batch: bool) -> list[Act]:
    bought = plan.product(plan.terms.government_product)  # READING K09
    units = plan.terms.government_units
    at = datetime.combine(day, time(9), SHANGHAI) if batch else office_moment(rng, day)
    fundings = (("government", bought.price_fen * units),)
    acts = [Act(who, at, bought.code, units, fundings, "not_needed", "batch" if batch else "single")]
    if not batch and rng.random() < 0.12:  # READING K11: a subject tops up
        acts.append(_own_act(rng, plan, who, at + timedelta(minutes=2), (plan.products[0].code, 1)))
    return acts


_CHOICES = ((("A", 1),), (("B", 1),), (("A", 2),), (("A", 1), ("B", 1)), (("B", 2),))
_CHOICE_WEIGHTS = (46, 34, 7, 8, 5)


def _own_acts(rng: Random, plan: Programme, who: int, day: date) -> list[Act]:
    chosen = rng.choices(_CHOICES, _CHOICE_WEIGHTS)[0]  # READING K10, K14: two units at most, mixed or not
    at = office_moment(rng, day)
    return [_own_act(rng, plan, who, at + timedelta(minutes=2 * place), part) for place, part in enumerate(chosen)]


def _own_act(rng: Random, plan: Programme, who: int, at: datetime, chosen: tuple[str, int]) -> Act:
    code, units = chosen
    premium = plan.product(code).price_fen * units
    payer = rng.choices(("self", "child", "village", "donor", "both"), (66, 20, 6, 3, 5))[0]
    fundings = (("self", premium // 2), ("child", premium // 2)) if payer == "both" else ((payer, premium),)
    family = payer in ("child", "both") and rng.random() < 0.6
    return Act(who, at, code, units, fundings, "family" if family else "resident")


def office_moment(rng: Random, day: date) -> datetime:
    """Return a minute of the office hours: 8:30 to 11:30, or 14:00 to 17:30."""
    minute = rng.randrange(390)
    start = time(8, 30) if minute < 180 else time(14)
    return datetime.combine(day, start, SHANGHAI) + timedelta(minutes=minute if minute < 180 else minute - 180)
