"""The village with accounts at work: a lead, a division by household, follow-ups of weeks, a plan of its own."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from itertools import cycle
from random import Random

from ankang.accounts.models import User
from ankang.divisions.models import Division
from ankang.enrolment.subjects import waiting_residents
from ankang.outreach.actions import add_measure, mark_measure, record_follow_up
from ankang.outreach.division import divide, name_lead
from ankang.outreach.models import Assignment
from ankang.programmes.models import ProgrammeVersion
from ankang.programmes.queries import plan_of
from ankang.sample.campaign import SHANGHAI

VISITS = 60
# an outcome -> how many of a hundred visits bring it
_OUTCOMES = {"again": 34, "refused": 26, "away": 26, "paid": 8, "government": 6}
_NOTES = {
    "again": ("等儿子回来商量", "想先看看条款", ""),
    "refused": ("说自己有别的保险", "嫌不划算", ""),
    "away": ("在城里带孙子", "邻居说月底回来", ""),
}
# title, responsible, days from the window's first day to the due day, done
_MEASURES = (
    ("召开动员会，讲清保什么、多少钱、怎么赔", "王桂芳", 7, True),
    ("低保、五保、三无和80周岁以上的老人一个不漏，名单逐户核对", "顾小兰", 21, True),
    ("在外子女逐个打电话，请他们替父母买一份", "顾小兰", 28, False),
    ("1至12组挨户上门，问到每一户", "王桂芳", 42, False),
)


def play(version: ProgrammeVersion, village: Division, workers: Sequence[User], namer: User, today: date) -> int:
    """Let a village's workers do what they did until `today`, and return how many follow-ups there are.

    `workers`: the lead first. Nothing before the window has opened for a week.
    """
    plan, lead = plan_of(version), workers[0]
    began = _at(plan.window_from, 0)
    name_lead(by=namer, village=village, user=lead, now=began)
    divide(by=lead, village=village, plan=plan, workers=workers, now=began)
    for title, responsible, days, is_done in _MEASURES:
        due = plan.window_from + timedelta(days=days)
        made = add_measure(
            by=lead, programme=version.programme, title=title, responsible=responsible, due_on=due, now=began
        )
        if is_done and due <= today:
            mark_measure(by=lead, measure_id=made.pk, is_done=True, now=_at(due, 1))
    return _visit(version, lead, {worker.pk: worker for worker in workers}, today)


def _visit(version: ProgrammeVersion, lead: User, workers: dict[int, User], today: date) -> int:
    """Record follow-ups with people from all over the list, on the days since the window opened."""
    days = (today - plan_of(version).window_from).days
    if days < 7:
        return 0
    rng = Random("outreach")
    waiting = list(waiting_residents(lead, version, today).order_by("pk"))
    chosen = sorted(rng.sample(waiting, min(VISITS, len(waiting) // 2)), key=lambda one: one.pk)
    care = dict(Assignment.objects.filter(resident__in=chosen).values_list("resident_id", "worker_id"))
    for number, (one, back) in enumerate(zip(chosen, cycle(range(1, min(days, 14))), strict=False)):
        outcome = rng.choices(list(_OUTCOMES), list(_OUTCOMES.values()))[0]
        day = today - timedelta(days=back)
        record_follow_up(
            by=workers[care[one.pk]],
            resident_id=one.pk,
            programme=version.programme,
            outcome=outcome,
            again_on=day + timedelta(days=rng.choice((3, 7, 14))) if outcome == "again" else None,
            note=rng.choice(_NOTES.get(outcome, ("",))),
            key=f"sample-{number}",
            today=day,
            now=_at(day, number),
        )
    return len(chosen)


def _at(day: date, number: int) -> datetime:
    """Return a moment of a working day."""
    return datetime.combine(day, time(9 + number % 8, (number * 7) % 60), SHANGHAI)
