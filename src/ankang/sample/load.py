"""Builds the sample town in one transaction: all of it, or nothing."""

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.core.management import call_command
from django.db import transaction

from ankang.accounts.models import Desk, User
from ankang.assessment.schemes import enter_scheme, example_text
from ankang.audit.record import record
from ankang.divisions.models import Division
from ankang.installation.clock import installation
from ankang.installation.models import Installation
from ankang.programmes.actions import publish_version
from ankang.programmes.models import ProgrammeVersion
from ankang.programmes.queries import plan_of
from ankang.roster.bulk import count_anew
from ankang.roster.models import Resident
from ankang.rules.eligibility import is_eligible, is_subject
from ankang.rules.errors import Conflict, InvalidInput
from ankang.rules.load import PROGRAMME_FILE
from ankang.rules.programme import Programme
from ankang.sample.accounts import create_accounts
from ankang.sample.campaign import PROGRESS, SHANGHAI, Act, Candidate, last_year, this_year
from ankang.sample.claim_payments import settle
from ankang.sample.claims import play
from ankang.sample.deaths import DEATHS
from ankang.sample.deaths import play as report_deaths
from ankang.sample.incidents import death_days, of_the_dead, of_the_living
from ankang.sample.outreach import play as visit_houses
from ankang.sample.people import Person, people_of, the_dead
from ankang.sample.plans import begin_next_year
from ankang.sample.policies import play as insure
from ankang.sample.records import Citizen, Joined, store_enrolments, store_people
from ankang.sample.slips import prepare_gift
from ankang.sample.takings import play_today, play_yesterday
from ankang.sample.town import PLAN_FOLDER, TOWN, WHOLE_TOWN, Size, create_divisions, last_years_plan, this_years_plan
from ankang.sample.treasury import play as keep_accounts
from ankang.sample.waiting import leave_waiting

DEMO_DAY = date(2024, 3, 4)
Say = Callable[[str], None]


class HoldsRealData(Conflict):
    """The database is somebody's: a sample would mix with it."""

    code = "holds_real_data"


class SampleStands(Conflict):
    """A sample town is there already."""

    code = "sample_stands"


@dataclass
class _Town:
    """What stands so far."""

    today: date
    size: Size
    say: Say
    villages: dict[int, Division]
    users: dict[str, User]
    this: ProgrammeVersion
    last: ProgrammeVersion
    citizens: list[Citizen] = field(default_factory=list)
    dead: list[Citizen] = field(default_factory=list)

    def last_day(self) -> date:
        """Return the last day of last year's cover that is over on the morning of `today`."""
        return min(self.today - timedelta(days=1), plan_of(self.last).cover_to)

    def neighbours(self) -> dict[int, list[Citizen]]:
        """Return the living by their village's serial number."""
        found: dict[int, list[Citizen]] = {}
        for citizen in self.citizens:
            found.setdefault(citizen.person.village, []).append(citizen)
        return found

    def worker(self, serial: int, act: Act) -> User:
        """The village with an account enrols its own people, the town the others and in batches."""
        if act.channel == "batch":
            return self.users["town"]
        return self.users.get(f"village{serial:02d}", self.users["town2"])


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

    The accounts have no passwords yet: see `accounts.issue_passwords`.
    Errors: HoldsRealData; SampleStands without `reset`; InvalidInput for a day outside the 2024 plan.
    """
    plan = this_years_plan(size)
    _require_day(plan, today)
    _make_room(reset, say)
    town = _found(plan, today, size, say)
    with _no_collector():
        _populate(town, plan)
        _last_campaign(town)
        _this_campaign(town)
        leave_waiting(town.this, town.users["town"], today)
    count_anew()
    worker = next(user for user in town.users.values() if user.desk == Desk.VILLAGE)
    prepare_gift(worker, town.this, today)
    begin_next_year(town.users["town2"], town.this, datetime.combine(today, time(9), SHANGHAI))
    _outreach(town)
    _takings(town)
    _scheme(town)
    _policies(town)
    _takings_today(town)
    if size.with_claims:
        _claims(town)
    record(by=None, action="sample.build", division_code=TOWN, residents=len(town.citizens), today=today.isoformat())


@contextmanager
def _no_collector() -> Iterator[None]:
    """Rows by the hundred thousand are alive at once: the collector would walk them over and over and find nothing."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _require_day(plan: Programme, today: date) -> None:
    if not plan.window_from <= today <= plan.cover_to:
        raise InvalidInput(
            f"示例镇按2024年度方案建，日子只能在 {plan.window_from} 到 {plan.cover_to} 之间，"
            f"{today} 不行。请换一个 --today。",
            field="today",
        )


def _make_room(reset: bool, say: Say) -> None:
    refuse_real_data()
    if not is_sample():
        return
    if not reset:
        raise SampleStands("示例镇已经建好了。要清掉重建，请加 --reset。")
    say("清掉原来的示例镇 …")
    call_command("flush", interactive=False, verbosity=0)


def _found(plan: Programme, today: date, size: Size, say: Say) -> _Town:
    """Store the frame: clock, divisions, accounts, both years' programmes."""
    Installation.objects.create(is_sample=True, demo_today=today, require_two_factors=False)
    villages = create_divisions(plan)
    users = {user.username: user for user in create_accounts(len(villages))}
    source = (PLAN_FOLDER / PROGRAMME_FILE).read_text(encoding="utf-8")
    this, last = _publish(plan, users["town"], source), _publish(last_years_plan(plan), users["town"])
    return _Town(today, size, say, villages, users, this, last)


def _publish(plan: Programme, by: User, source: str = "") -> ProgrammeVersion:
    """Store a programme as published a week before its window."""
    at = datetime.combine(plan.window_from - timedelta(days=7), time(9), SHANGHAI)
    division = Division.objects.get(code=TOWN)
    return publish_version(plan=plan, division=division, by=by, at=at, why="示例镇建立", source=source, is_sample=True)


def _populate(town: _Town, plan: Programme) -> None:
    """Store the living of every village, exactly as many as published, and those who died last year."""
    town.say("写入老年人名册 …")
    taken: set[str] = set()
    people: list[Person] = []
    for row in plan.targets:
        people += people_of(row.serial, row.population, plan.cover_from, taken)
    days = death_days(plan_of(town.last).cover_from, town.last_day())
    citizens = store_people([*people, *the_dead(sorted(town.villages), days, taken)], town.villages)
    town.citizens, town.dead = citizens[: len(people)], citizens[len(people) :]
    town.say(f"  {len(people):,} 位老人，{len(town.villages)} 个村")


def _last_campaign(town: _Town) -> None:
    plan = plan_of(town.last)
    joined: list[Joined] = []
    for serial, people in town.neighbours().items():
        acts = last_year(plan, serial, _candidates(plan, people))
        joined += [Joined(people[act.who], act, town.worker(serial, act)) for act in acts]
    everybody = last_year(plan, 0, _candidates(plan, town.dead), percent=200)  # each of the dead left a claim
    joined += [Joined(town.dead[act.who], act, town.users["town2"]) for act in everybody]
    _store(town, town.last, joined)


def _this_campaign(town: _Town) -> None:
    plan = plan_of(town.this)
    joined: list[Joined] = []
    for serial, people in town.neighbours().items():
        progress = PROGRESS[serial - 1].scaled(town.size.one_in)
        acts = this_year(plan, serial, _candidates(plan, people), progress)
        joined += [Joined(people[act.who], act, town.worker(serial, act)) for act in acts if act.day < town.today]
    _store(town, town.this, joined)


def _claims(town: _Town) -> None:
    plan = plan_of(town.last)
    insured = set(town.last.programme.participations.values_list("resident_id", flat=True))
    living = [citizen.resident for citizen in town.citizens if citizen.resident.pk in insured]
    days = [citizen.person.died_on for citizen in town.dead if citizen.person.died_on]
    at_funeral_home = len(days) - DEATHS  # the last ones are reported there
    dead = [citizen.resident for citizen in town.dead]
    events = [(incident, dead[incident.who]) for incident in of_the_dead(days)[:at_funeral_home]]
    others = of_the_living(len(living), plan.cover_from, town.last_day())
    events += [(incident, living[incident.who]) for incident in others]
    handlers = (town.users["insurer"], town.users["insurer2"])
    count = play(events, handlers)
    settle(handlers, town.last_day())
    count += report_deaths(dead[at_funeral_home:], town.users["funeral"], handlers[1], town.last_day())
    town.say(f"  {plan.year}年度：{count} 件理赔")


def _outreach(town: _Town) -> None:
    """The village with accounts goes from house to house."""
    workers = [user for user in town.users.values() if user.desk == Desk.VILLAGE]
    count = visit_houses(town.this, workers[0].division, workers, town.users["town"], town.today)
    town.say(f"  {workers[0].division.name}：{len(workers)} 人分工，{count} 次上门")


def _policies(town: _Town) -> None:
    """The village with accounts and its neighbours, whose government units are promised."""
    worker = next(user for user in town.users.values() if user.desk == Desk.VILLAGE)
    serials = sorted(town.villages, key=lambda serial: town.villages[serial] != worker.division)[:3]
    villages = [town.villages[serial] for serial in serials]
    count = insure(town.this, villages, town.users, worker, town.today)
    town.say(f"  {count} 张凭证")
    others = [town.villages[serial] for serial in sorted(town.villages) if serial not in serials][:2]
    keep_accounts(town.this, others, town.users, worker, town.today)


def _takings(town: _Town) -> None:
    """The same village collects at some doors."""
    workers = [user for user in town.users.values() if user.desk == Desk.VILLAGE]
    count = play_yesterday(town.this, workers[0].division, workers, town.users["town"], town.today)
    town.say(f"  {workers[0].division.name}：收了 {count} 户的保费")


def _takings_today(town: _Town) -> None:
    workers = [user for user in town.users.values() if user.desk == Desk.VILLAGE]
    play_today(town.this, workers[0].division, workers, town.today)


def _scheme(town: _Town) -> None:
    """The example scheme as a draft: scores to look at, official for nobody."""
    at = datetime.combine(town.today, time(8), SHANGHAI)
    enter_scheme(by=town.users["town"], programme=town.this.programme, text=example_text(), now=at)


def _store(town: _Town, version: ProgrammeVersion, joined: list[Joined]) -> None:
    joined.sort(key=lambda one: one.act.at)
    town.say(f"  {version.programme.year}年度：{store_enrolments(version, joined):,} 笔参保")


def _candidates(plan: Programme, citizens: Sequence[Citizen]) -> list[Candidate]:
    """Return who of these may join, by their place in the list."""
    return [
        Candidate(who, is_subject(plan, citizen.person.birth_date, citizen.listed(plan.window_from)))
        for who, citizen in enumerate(citizens)
        if is_eligible(plan, citizen.person.birth_date)
    ]
