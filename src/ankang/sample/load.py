"""Builds the sample town in one transaction: all of it, or nothing."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta

from django.core.management import call_command
from django.db import transaction

from ankang.accounts.models import Desk, User
from ankang.audit.record import record
from ankang.divisions.models import Division
from ankang.installation.clock import installation
from ankang.installation.models import Installation
from ankang.programmes.actions import publish_version
from ankang.programmes.models import ProgrammeVersion
from ankang.programmes.queries import plan_of
from ankang.roster.models import Resident
from ankang.rules.eligibility import is_eligible, is_subject
from ankang.rules.errors import Conflict, InvalidInput
from ankang.rules.programme import Programme
from ankang.sample.accounts import create_accounts
from ankang.sample.campaign import PROGRESS, SHANGHAI, Act, Candidate, last_year, this_year
from ankang.sample.claims import play
from ankang.sample.incidents import death_days, of_the_dead, of_the_living
from ankang.sample.people import Person, people_of, the_dead
from ankang.sample.records import Citizen, Joined, store_enrolments, store_people
from ankang.sample.town import (
    TOWN,
    WHOLE_TOWN,
    Size,
    create_divisions,
    last_years_plan,
    this_years_plan,
)

DEMO_DAY = date(2024, 3, 4)
Say = Callable[[str], None]


class HoldsRealData(Conflict):
    """The database is somebody's: a sample would mix with it."""

    code = "holds_real_data"


def is_sample() -> bool:
    """Return whether this database holds a sample town (one query)."""
    return installation().is_sample


def refuse_real_data() -> None:
    """Let pass an empty database or a sample one. Errors: HoldsRealData. At most four queries."""
    if is_sample():
        return
    if any(model.objects.exists() for model in (User, Division, Resident)):
        raise HoldsRealData(
            "这个数据库里已经有正式数据，不能放示例镇。请换一个空的：DATA=另一个文件夹 ankang demo，"
            "或用 DATABASE_URL 指向一个新建的空数据库。"
        )


@transaction.atomic
def build(
    *, today: date = DEMO_DAY, size: Size = WHOLE_TOWN, reset: bool = False, say: Say = lambda _text: None
) -> None:
    """Build the sample town as it stands on the morning of `today`; `reset` removes an earlier sample first.

    Errors: HoldsRealData; Conflict for a sample that stands already; InvalidInput for a day outside the 2024 plan.
    """
    refuse_real_data()
    if is_sample():
        if not reset:
            raise Conflict("示例镇已经建好了。要清掉重建，请加 --reset。")
        say("清掉原来的示例镇 …")
        call_command("flush", interactive=False, verbosity=0)
    plan = this_years_plan(size)
    _require_day(plan, today)
    Installation.objects.create(is_sample=True, demo_today=today, require_two_factors=False)
    villages = create_divisions(plan)
    users = {user.username: user for user in create_accounts(len(villages))}
    this, last = _publish(plan, users["town"])
    citizens, dead = _populate(plan, plan_of(last), villages, today, say)
    _last_campaign(last, citizens, dead, users, say)
    _this_campaign(this, citizens, users, size, today, say)
    _claims(last, citizens, dead, (users["insurer"], users["insurer2"]), today, say)
    record(by=None, action="sample.build", division_code=TOWN, residents=len(citizens), today=today.isoformat())


def _require_day(plan: Programme, today: date) -> None:
    if not plan.window_from <= today <= plan.cover_to:
        raise InvalidInput(
            f"示例镇只能活在 {plan.window_from} 到 {plan.cover_to} 之间（2024年度方案），{today} 不行。请换一个 --today。",
            field="today",
        )


def _publish(plan: Programme, town_user: User) -> tuple[ProgrammeVersion, ProgrammeVersion]:
    """Store this year's programme, then last year's, each published a week before its window."""
    division = Division.objects.get(code=TOWN)
    versions = []
    for each in (plan, last_years_plan(plan)):
        at = datetime.combine(each.window_from - timedelta(days=7), time(9), SHANGHAI)
        versions.append(
            publish_version(plan=each, division=division, by=town_user, at=at, why="示例镇建立", is_sample=True)
        )
    this, last = versions
    return this, last


def _populate(
    plan: Programme, last: Programme, villages: dict[int, Division], today: date, say: Say
) -> tuple[list[Citizen], list[Citizen]]:
    """Store the living of every village, exactly as many as published, and those who died last year."""
    say("写入老年人名册 …")
    taken: set[str] = set()
    people: list[Person] = []
    for row in plan.targets:
        people += people_of(row.serial, row.population, plan.cover_from, taken)
    days = death_days(last.cover_from, _last_day(last, today))
    citizens = store_people([*people, *the_dead(sorted(villages), days, taken)], villages)
    say(f"  {len(people):,} 位老人，{len(villages)} 个村")
    return citizens[: len(people)], citizens[len(people) :]


def _last_campaign(
    version: ProgrammeVersion,
    citizens: Sequence[Citizen],
    dead: Sequence[Citizen],
    users: dict[str, User],
    say: Say,
) -> None:
    plan = plan_of(version)
    joined: list[Joined] = []
    for serial, neighbours in _by_village(citizens).items():
        acts = last_year(plan, serial, _candidates(plan, neighbours))
        joined += [Joined(neighbours[act.who], act, _worker(users, serial, act)) for act in acts]
    acts = last_year(plan, 0, _candidates(plan, dead), percent=200)  # all of them: each left a claim
    joined += [Joined(dead[act.who], act, users["town2"]) for act in acts]
    joined.sort(key=lambda one: one.act.at)
    say(f"  {plan.year}年度：{store_enrolments(version, joined):,} 笔参保")


def _this_campaign(
    version: ProgrammeVersion,
    citizens: Sequence[Citizen],
    users: dict[str, User],
    size: Size,
    today: date,
    say: Say,
) -> None:
    plan = plan_of(version)
    joined: list[Joined] = []
    for serial, neighbours in _by_village(citizens).items():
        progress = PROGRESS[serial - 1].scaled(size.one_in)
        acts = this_year(plan, serial, _candidates(plan, neighbours), progress)
        joined += [
            Joined(neighbours[act.who], act, _worker(users, serial, act)) for act in acts if act.day < today
        ]
    joined.sort(key=lambda one: one.act.at)
    say(f"  {plan.year}年度：{store_enrolments(version, joined):,} 笔参保")


def _claims(
    version: ProgrammeVersion,
    citizens: Sequence[Citizen],
    dead: Sequence[Citizen],
    handlers: tuple[User, User],
    today: date,
    say: Say,
) -> None:
    plan = plan_of(version)
    insured = set(version.programme.participations.values_list("resident_id", flat=True))
    living = [citizen.resident for citizen in citizens if citizen.resident.pk in insured]
    days = [citizen.person.died_on for citizen in dead if citizen.person.died_on]
    events = [(incident, dead[incident.who].resident) for incident in of_the_dead(days)]
    others = of_the_living(len(living), plan.cover_from, _last_day(plan, today))
    events += [(incident, living[incident.who]) for incident in others]
    say(f"  {play(events, handlers)} 件理赔")


def _last_day(plan: Programme, today: date) -> date:
    """Return the last day of a programme's cover that is over on the morning of `today`."""
    return min(today - timedelta(days=1), plan.cover_to)


def _by_village(citizens: Sequence[Citizen]) -> dict[int, list[Citizen]]:
    found: dict[int, list[Citizen]] = {}
    for citizen in citizens:
        found.setdefault(citizen.person.village, []).append(citizen)
    return found


def _candidates(plan: Programme, citizens: Sequence[Citizen]) -> list[Candidate]:
    """Return who of these may join, by their place in the list."""
    return [
        Candidate(who, is_subject(plan, citizen.person.birth_date, citizen.listed(plan.window_from)))
        for who, citizen in enumerate(citizens)
        if is_eligible(plan, citizen.person.birth_date)
    ]


def _worker(users: dict[str, User], serial: int, act: Act) -> User:
    """The village with an account enrols its own people, the town the others and in batches."""
    if act.channel == "batch":
        return users["town"]
    return users.get(f"village{serial:02d}", users["town2"])
