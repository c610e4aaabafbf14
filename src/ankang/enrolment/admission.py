"""Who may be enrolled for what: everything that a wish must meet, asked under the person's lock or only looked at."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from ankang.accounts.models import Desk, User
from ankang.enrolment.errors import ConsentMissing, ResidentNotLiving, VersionOutdated
from ankang.enrolment.facts import EnrolmentFacts
from ankang.enrolment.models import CONSENTS_GIVEN, Enrolment, LateEntry, Participation
from ankang.programmes.models import ProgrammeVersion
from ankang.programmes.queries import codes_above, plan_of
from ankang.roster.models import Resident
from ankang.roster.queries import incapacities_of, listed_groups
from ankang.rules.capacity import require_capacity
from ankang.rules.cover import cover_for
from ankang.rules.eligibility import require_joining, require_window, subject_groups
from ankang.rules.errors import AnkangError, NotAllowed
from ankang.rules.premium import (
    Quote,
    government_owes,
    require_for_sale,
    require_government_first,
    require_government_purchase,
)
from ankang.rules.programme import Group
from ankang.rules.programme import Programme as Plan
from ankang.rules.units import Held, require_units

Channel = Enrolment.Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is asked for, as it came in."""

    by: User
    resident: Resident
    version: ProgrammeVersion
    quote: Quote
    consent: str
    key: str
    today: date
    now: datetime
    channel: str
    late: LateEntry | None = None  # the exception by which the wish is taken after the window

    @property
    def plan(self) -> Plan:
        return plan_of(self.version)

    @property
    def added(self) -> Held:
        return Held(self.quote.product, self.quote.units, self.quote.by_government)


@dataclass(frozen=True, slots=True)
class Locked:
    """What the transaction holds still: the person, their participation if there is one, what they hold."""

    resident: Resident
    participation: Participation | None
    newest_version: int
    facts: EnrolmentFacts


def require_all(wish: Wish, locked: Locked) -> None:
    """Let pass what may be enrolled. Errors: those of `enrol`. One query for the lists, none when prefetched."""
    require_scope(wish.by, locked.resident.village_id)
    _require_version(wish, locked)
    require_living(locked.resident)
    _require_consent(wish)
    _require_rules(wish, locked)


def require_scope(by: User, village_code: str) -> None:
    """Let pass the town's and the village's people in their own division. Errors: NotAllowed."""
    if by.desk not in (Desk.TOWN, Desk.VILLAGE) or not village_code.startswith(by.scope):
        raise NotAllowed("这位老人不在您的管辖范围内，不能登记或撤销参保。请由他所在的村居或镇民政办办理。")


def require_living(resident: Resident) -> None:
    """Let pass a resident who lives here. Errors: ResidentNotLiving. No query."""
    if resident.status == Resident.Status.LIVING:
        return
    state = "已经去世" if resident.status == Resident.Status.DEAD else "已经迁出"
    raise ResidentNotLiving(
        f"名册上{resident.name}{state}，不能参保。如果登记错了，请先在名册里更正。", status=resident.status
    )


def refusal_of(
    *,
    by: User,
    resident: Resident,
    version: ProgrammeVersion,
    quote: Quote,
    held: Sequence[Held],
    today: date,
    consent: str,
    late: LateEntry | None = None,
) -> AnkangError | None:
    """Return why `enrol` would refuse this resident now, or None; nothing is stored.

    `held`: the units in force, as the rules read them. No query when the memberships are prefetched.
    """
    now = datetime.combine(today, time(), UTC)
    wish = Wish(
        by=by, resident=resident, version=version, quote=quote, consent=consent, key="", today=today, now=now,
        channel=Channel.SINGLE,
        late=late,
    )  # fmt: skip
    try:
        require_scope(by, resident.village_id)
        require_living(resident)
        _require_rules(wish, Locked(resident, None, version.number, EnrolmentFacts(tuple(held))))
        _require_consent(wish)
    except AnkangError as error:
        return error
    return None


def _require_version(wish: Wish, locked: Locked) -> None:
    programme = wish.version.programme
    if programme.division_id not in codes_above(locked.resident.village_id):
        raise VersionOutdated(f"“{programme.name}”不是这位老人所在镇街的方案。请用他所在镇街的方案登记。")
    if wish.version.number != locked.newest_version:
        raise VersionOutdated(
            f"方案刚更新到第{locked.newest_version}版，您看到的是第{wish.version.number}版，这一笔没有保存。请核对后重新确认。",
            newest=locked.newest_version,
        )


def _require_consent(wish: Wish) -> None:
    require_consent(wish.quote, wish.consent)


def require_consent(quote: Quote, consent: str) -> None:
    """Let pass a quote that somebody agreed to, or that government buys. Errors: ConsentMissing. No query."""
    if quote.by_government or consent in CONSENTS_GIVEN:
        return
    raise ConsentMissing("还没有勾选“已念给老人听，同意参保”。请念给老人听，同意后打勾再确认。", field="agree")


def _require_rules(wish: Wish, locked: Locked) -> None:
    plan, birth_date, held = wish.plan, locked.resident.birth_date, locked.facts.held
    if wish.late is None:
        require_window(plan, wish.today)
    cover_from, _ = cover_for(plan, wish.today)
    product, known = plan.product(wish.quote.product), incapacities_of(locked.resident)
    require_joining(plan, product, birth_date, cover_from)
    require_capacity(plan, product, known, wish.today)
    owed = government_owes(plan, held, known, wish.today)
    groups = _groups(wish, locked, cover_from, owed=owed)
    if wish.quote.by_government:
        require_government_purchase(plan, wish.quote, is_subject=bool(groups))
    else:
        require_for_sale(plan, wish.quote)
    require_units(plan, held, wish.added, is_subject=bool(groups))
    if owed and not wish.quote.by_government:
        require_government_first(groups)


def _groups(wish: Wish, locked: Locked, cover_from: date, *, owed: bool) -> tuple[Group, ...]:
    """Look at the lists only where the answer matters: who adds to what government bought need not be asked (K11)."""
    plan = wish.plan
    if not (owed or wish.quote.by_government) and plan.terms.subject_may_top_up:
        return ()
    return subject_groups(plan, locked.resident.birth_date, listed_groups(locked.resident, wish.today), cover_from)
