"""Whom government buys for in one batch: computed by the rules, person by person, with who is left out and why."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256

from django.db.models import Q, prefetch_related_objects

from ankang.accounts.models import User
from ankang.divisions.models import Division
from ankang.enrolment.bulk import Terms, refusal_of
from ankang.enrolment.facts import EnrolmentFacts, facts_by_participation
from ankang.enrolment.models import Enrolment, Funding, GovernmentBatch, GovernmentBatchRow, Participation
from ankang.enrolment.subjects import listed_codes, standing_in_groups
from ankang.programmes.models import ProgrammeVersion
from ankang.programmes.queries import plan_of
from ankang.roster.models import Resident
from ankang.roster.queries import listed_groups
from ankang.rules.cover import cover_for
from ankang.rules.eligibility import require_window
from ankang.rules.errors import AnkangError, Conflict
from ankang.rules.premium import Quote, government_quote
from ankang.rules.programme import Group
from ankang.rules.programme import Programme as Plan

IN_BATCH = "in_batch"
GAVE_UP = "gave_up"


class NoGovernmentPurchase(Conflict):
    """The plan, as it is read, buys nothing for anybody."""

    code = "no_government_purchase"


@dataclass(frozen=True, slots=True)
class Person:
    """One person in a group. `reason`: a code and a sentence when they are left out."""

    resident: Resident
    groups: tuple[str, ...]
    reason: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class PurchaseList:
    """`chosen` are bought for; `left_out` are not, each with a reason; `bought_before`: how many need nothing more."""

    quote: Quote
    chosen: tuple[Person, ...]
    left_out: tuple[Person, ...]
    bought_before: int

    @property
    def total_fen(self) -> int:
        return self.quote.total_fen * len(self.chosen)

    @property
    def sign(self) -> str:
        """A short text that is equal for equal lists: what is confirmed is what was shown."""
        keys = ",".join(str(person.resident.pk) for person in self.chosen)
        return sha256(f"{self.quote.product}x{self.quote.units}:{keys}".encode()).hexdigest()[:32]


def government_terms(by: User, version: ProgrammeVersion, today: date, now: datetime) -> Terms:
    """Return what every enrolment of a batch has in common. Errors: NoGovernmentPurchase. READING K09."""
    quote = government_quote(plan_of(version))
    if quote is None:
        raise NoGovernmentPurchase("按现在的口径（K09），政府不统一购买，不能编批。")
    return terms_of(by, version, quote, today, now)


def terms_of(by: User, version: ProgrammeVersion, quote: Quote, today: date, now: datetime) -> Terms:
    """Return the terms of government's purchase: nobody is asked for consent, and the channel is the batch's own."""
    return Terms(
        by=by,
        version=version,
        quote=quote,
        consent=Enrolment.Consent.NOT_NEEDED,
        channel=Enrolment.Channel.BATCH,
        today=today,
        now=now,
    )


def purchase_list(terms: Terms, villages: Collection[str] = ()) -> PurchaseList:
    """Return the list for some villages' codes, or for all that the person of `terms` may see (six queries).

    Errors: WindowClosed. Source: 三（2）; readings K09, K10, K12.
    """
    plan, programme = plan_of(terms.version), terms.version.programme
    require_window(plan, terms.today)
    found = standing_in_groups(terms.by, plan, terms.today)
    found = found.filter(village__in=villages) if villages else found
    facts = _facts(terms)
    bought = {key for key, held in facts.items() if any(part.by_government for part in held.held)}
    ordered = found.select_related("village").order_by("village__serial", "village", "household", "pk")
    everybody = list(ordered)
    residents = [one for one in everybody if one.pk not in bought]
    prefetch_related_objects(residents, "memberships")
    prefetch_related_objects([one for one in residents if one.has_incapacity], "incapacities")
    waiting, gave_up = set(_in_open_batch(programme.pk)), set(_gave_up(programme.pk))
    chosen, left_out = [], []
    for resident in residents:
        refused = refusal_of(terms, resident, facts.get(resident.pk, EnrolmentFacts()))
        person = Person(resident, _groups(plan, resident, terms.today), *_reason(resident, refused, waiting, gave_up))
        if not person.reason:
            chosen.append(person)
        elif not (person.reason == "resident_not_living" and not listed_groups(resident, terms.today)):
            left_out.append(person)  # who died and is on no list is simply gone
    return PurchaseList(terms.quote, tuple(chosen), tuple(left_out), len(everybody) - len(residents))


def counts_by_village(people: Iterable[Person]) -> list[tuple[Division, int]]:
    """Return how many people each village has, in the order in which the villages first stand."""
    villages = {person.resident.village_id: person.resident.village for person in people}
    counts = Counter(person.resident.village_id for person in people)
    return [(village, counts[code]) for code, village in villages.items()]


def counts_by_group(plan: Plan, people: Iterable[Person]) -> list[tuple[Group, int]]:
    """Return how many people stand in each group; one who stands in several counts in each."""
    counts = Counter(code for person in people for code in person.groups)
    return [(group, counts[group.code]) for group in plan.groups]


def _reason(
    resident: Resident, refused: AnkangError | None, waiting: Collection[int], gave_up: Collection[int]
) -> tuple[str, str]:
    if refused is not None:
        return refused.code, refused.message
    if resident.pk in waiting:
        return IN_BATCH, "已列在另一批里，那一批还没登记完，不重复列入。"
    if resident.pk in gave_up:
        return GAVE_UP, "已退掉政府购买的份。老人还要参保的，请在“参保登记”里逐人办理。"
    return "", ""


def _groups(plan: Plan, resident: Resident, today: date) -> tuple[str, ...]:
    """The groups in which somebody stands, also when too young to be a subject. READING K12 decides elsewhere."""
    listed = listed_groups(resident, today)
    age = plan.age_on(resident.birth_date, cover_for(plan, today)[0])
    on_list = {code for code in listed_codes(plan) if code in listed}
    return tuple(
        group.code
        for group in plan.groups
        if (group.code in on_list if group.from_age is None else age >= group.from_age)
    )


def _facts(terms: Terms) -> dict[int, EnrolmentFacts]:
    """Return what everybody under this person's division holds, by resident."""
    joined = Participation.objects.visible_to(terms.by).filter(programme=terms.version.programme)
    who = dict(joined.values_list("pk", "resident_id"))
    scope = Q(enrolment__participation__in=joined)
    return {who[key]: facts for key, facts in facts_by_participation(scope).items()}


def _in_open_batch(programme_id: int) -> Iterable[int]:
    rows = GovernmentBatchRow.objects.filter(
        batch__version__programme=programme_id,
        batch__state__in=(GovernmentBatch.State.PREPARED, GovernmentBatch.State.RUNNING),
        outcome=GovernmentBatchRow.Outcome.WAITING,
    )
    return rows.values_list("resident_id", flat=True)


def _gave_up(programme_id: int) -> Iterable[int]:
    given_back = Funding.objects.filter(
        payer=Funding.Payer.GOVERNMENT,
        holding__enrolment__withdrawn_on__isnull=False,
        holding__enrolment__participation__programme=programme_id,
    )
    return given_back.values_list("holding__enrolment__participation__resident_id", flat=True)
