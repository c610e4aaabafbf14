"""Which claims the sample town has, in every state: a pure plan, drawn once and played by `claims`.

Closed ones lie over the whole year before the demo day; open ones lie in its last weeks, two of them waiting too long.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from ankang.claims.losses import Losses
from ankang.claims.models import Claim
from ankang.sample.campaign import office_moment
from ankang.sample.people import phone
from ankang.sample.stories import DEATHS, FATAL, INJURIES, MAIMED, NOTHING_DUE, Story

Status = Claim.Status
Times = tuple[datetime, datetime, datetime, datetime]  # report, losses, decision, review

DEATHS_IN_A_TOWN = 10
_CLOSED = ((Status.APPROVED, 30), (Status.REFUSED, 6), (Status.WITHDRAWN, 3))
# Working days since the last step of each open claim. The promise is five: one that waits for review is late by three.
_WAITING = (
    (Status.PREPARED, (8, 6, 3, 2, 1)),
    (Status.RECORDED, (4, 3, 2, 1)),
    (Status.REPORTED, (5, 3, 1, 0)),
    (Status.RETURNED, (2, 1)),
)
_LONGEST = 46  # days from an accident to the review of its claim, weekends and the longest stay included
_APART = 90  # days between two accidents of the same person
_STEPS = {Status.REPORTED: 0, Status.RECORDED: 1, Status.PREPARED: 2, Status.RETURNED: 3}
_REPORTERS = ("儿子", "女儿", "儿媳", "村干部", "本人")
_WITHDRAWN = ("家属说发票找不到了，放弃索赔。", "与另一案是同一件事，重复报案。", "对方已经全部赔偿，家属不再索赔。")
_RETURNED = ("医保结算单缺第二页，请补齐后重算。", "骨折费用与发票明细对不上，请核对。")


@dataclass(frozen=True, slots=True)
class Incident:
    """One claim's whole way to where it stands: the instants of report, losses, decision and review."""

    who: int  # counts the living insured, or the dead
    status: Status
    story: Story
    event_on: date
    times: Times
    losses: Losses
    reporter: str
    reporter_phone: str
    note: str = ""


def death_days(cover_from: date, last: date) -> list[date]:
    """Return the days on which the sample's dead died: evenly over the cover, all before the next campaign."""
    span = (min(last, cover_from + timedelta(days=305)) - cover_from).days - 30
    return [cover_from + timedelta(days=12 + span * index // DEATHS_IN_A_TOWN) for index in range(DEATHS_IN_A_TOWN)]


def of_the_dead(days: Sequence[date]) -> list[Incident]:
    """Return an approved claim for each death: one in three by an accident, the others by illness."""
    return [_fatal(Random(f"fatal {index}"), index, died_on) for index, died_on in enumerate(days)]


def of_the_living(people: int, cover_from: date, last: date) -> list[Incident]:
    """Return the other claims of `people` insured, fewer where there are not enough of them.

    `last`: the last day that has happened.
    """
    rng = Random(f"incidents {cover_from}")
    who = iter(rng.sample(range(people), people))
    span = max(2 * _APART, (last - cover_from).days - _LONGEST)
    found: list[Incident] = []
    for index, (status, waited) in enumerate(_cases()):
        before = _before(found, index, status)
        person = before.who if before else next(who, None)
        if person is None:
            break
        if waited is None:
            event_on = cover_from + timedelta(days=_day_of_event(rng, span, before, cover_from))
            found.append(_closed(rng, index, person, status, event_on))
        else:
            found.append(_open(rng, index, person, status, working_days_back(last, waited)))
    return found


def _before(found: Sequence[Incident], index: int, status: Status) -> Incident | None:
    """Now and then the same person has a second accident: the limits of the year go on from the first."""
    if status is Status.APPROVED and index % 13 == 0:
        return next((incident for incident in reversed(found) if incident.status is Status.APPROVED), None)
    return None


def _day_of_event(rng: Random, span: int, before: Incident | None, cover_from: date) -> int:
    """Return a day of the cover, counted from its first; a second accident lies well apart from the first."""
    if before is None:
        return 4 + rng.randrange(span - 4)
    first = (before.event_on - cover_from).days
    return first + _APART if first + _APART < span else first - _APART


def _cases() -> Iterator[tuple[Status, int | None]]:
    """Yield every open case, then the closed ones: a small town has at least some of each."""
    for place in range(5):
        for status, waits in _WAITING:
            if place < len(waits):
                yield status, waits[place]
    for place in range(30):
        for status, count in _CLOSED:
            if place < count:
                yield status, None


def _fatal(rng: Random, index: int, died_on: date) -> Incident:
    story = FATAL[index // 3 % len(FATAL)] if index % 3 == 0 else DEATHS[index % len(DEATHS)]
    nights = _nights(rng, story)
    event_on = died_on - timedelta(days=nights)
    times = _times_after(rng, died_on, died_on)
    return _incident(rng, index, Status.APPROVED, story, event_on, nights=nights, times=times, died_on=died_on)


def _closed(rng: Random, index: int, who: int, status: Status, event_on: date) -> Incident:
    story, note = _story(status, index)
    nights = _nights(rng, story)
    times = _times_after(rng, event_on, event_on + timedelta(days=nights))
    return _incident(rng, who, status, story, event_on, nights=nights, times=times, note=note)


def _open(rng: Random, index: int, who: int, status: Status, last_step: date) -> Incident:
    story, note = _story(status, index)
    nights = _nights(rng, story)
    days = [last_step]
    gaps = [nights + rng.randint(3, 7), 1, 1][: _STEPS[status]]
    for gap in reversed(gaps):
        days.insert(0, _workday_before(days[0] - timedelta(days=gap - 1)))
    days += [days[-1]] * (4 - len(days))
    event_on = days[0] - timedelta(days=rng.randint(0, 2))
    first, second, third, fourth = (office_moment(rng, day) for day in days)
    return _incident(rng, who, status, story, event_on, nights=nights, times=(first, second, third, fourth), note=note)


def _incident(
    rng: Random,
    who: int,
    status: Status,
    story: Story,
    event_on: date,
    *,
    nights: int,
    times: Times,
    died_on: date | None = None,
    note: str = "",
) -> Incident:
    expense = rng.randint(*story.expense_yuan) * 100 + rng.randrange(100) if story.expense_yuan[1] else 0
    losses = Losses(
        medical_expense_fen=expense,
        reimbursed_fen=expense * rng.randint(*story.reimbursed_percent) // 100,
        fracture_expense_fen=expense * story.fracture_percent // 100,
        stays=((event_on, event_on + timedelta(days=nights)),) if nights else (),
        disabilities=(story.disability,) if story.disability else (),
        died_on=died_on,
        diagnosis=story.diagnosis,
    )
    reporter = rng.choice(_REPORTERS[:4] if died_on else _REPORTERS)
    return Incident(who, status, story, event_on, times, losses, reporter, phone(rng), note)


def _story(status: Status, index: int) -> tuple[Story, str]:
    if status is Status.REFUSED:
        return NOTHING_DUE[index % len(NOTHING_DUE)]
    if status is Status.WITHDRAWN:
        return INJURIES[index % len(INJURIES)], _WITHDRAWN[index % len(_WITHDRAWN)]
    note = _RETURNED[index % len(_RETURNED)] if status is Status.RETURNED else ""
    return (MAIMED[index // 9 % len(MAIMED)] if index % 9 == 4 else INJURIES[index % len(INJURIES)]), note


def _nights(rng: Random, story: Story) -> int:
    return rng.randint(*story.nights) if story.nights else 0


def _times_after(rng: Random, event_on: date, out: date) -> Times:
    """The report within two days, the losses a week or two after the discharge, the decision and the review soon."""
    reported = _workday_from(event_on + timedelta(days=rng.randint(1, 2)))
    recorded = _workday_from(max(out, reported) + timedelta(days=rng.randint(4, 14)))
    prepared = _workday_from(recorded + timedelta(days=1))
    reviewed = _workday_from(prepared + timedelta(days=rng.randint(1, 3)))
    return (
        office_moment(rng, reported),
        office_moment(rng, recorded),
        office_moment(rng, prepared),
        office_moment(rng, reviewed),
    )


def _workday_from(day: date) -> date:
    while day.weekday() > 4:
        day += timedelta(days=1)
    return day


def _workday_before(day: date) -> date:
    """Return the last Monday to Friday before a day."""
    day -= timedelta(days=1)
    while day.weekday() > 4:
        day -= timedelta(days=1)
    return day


def working_days_back(day: date, count: int) -> date:
    day = _workday_before(day + timedelta(days=1))
    for _ in range(count):
        day = _workday_before(day)
    return day
