"""What policies are asked: what is in force, who holds what, and the two lists that must be empty."""

from datetime import date

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery, Sum

from ankang.accounts.models import User
from ankang.enrolment.models import Holding
from ankang.money.queries import funded_holdings
from ankang.policies.models import ApplicationRow, Certificate, CertificateQuerySet, GroupPolicy
from ankang.programmes.models import Programme
from ankang.roster.models import Resident


def in_force(programme: Programme, day: date) -> QuerySet[Certificate]:
    """Return the certificates in force on a day: their cover holds that day, nothing ended it, the premium stands."""
    lives = Q(ended_from__isnull=True) | Q(ended_from__gt=day)
    return Certificate.objects.filter(
        lives,
        policy__programme=programme,
        cover_from__lte=day,
        cover_to__gte=day,
        holding__in=funded_holdings(programme),
    )


def certificates_of(resident: Resident, programme: Programme) -> list[Certificate]:
    """Return a resident's certificates of a programme, ended ones too, oldest first (one query)."""
    rows = Certificate.objects.filter(resident=resident, policy__programme=programme)
    return list(rows.select_related("policy").order_by("pk"))


def certificates(user: User, programme: Programme, **wanted: str) -> CertificateQuerySet:
    """Return the certificates that this person may see, by village and number.

    `wanted`: `village` (code), `text` (name, certificate or policy number, last four characters), `state`: alive,
    ended, unprinted, waiting (printed, not handed out), handed.
    """
    rows = Certificate.objects.visible_to(user).filter(policy__programme=programme)
    if village := wanted.get("village"):
        rows = rows.filter(village=village)
    if text := wanted.get("text", "").strip():
        exact = Q(number=text.upper()) | Q(policy__number=text.upper()) | Q(identity_tail=text.upper())
        rows = rows.filter(exact | Q(name__contains=text))
    if chosen := _STATES.get(wanted.get("state", "")):
        rows = rows.filter(chosen)
    return rows.select_related("policy", "village", "resident").order_by("village", "number")


_ALIVE = Q(ended_from__isnull=True)
_STATES = {
    "alive": _ALIVE,
    "ended": Q(ended_from__isnull=False),
    "unprinted": _ALIVE & Q(prints=0),
    "waiting": _ALIVE & Q(prints__gt=0, handed_out_at__isnull=True),
    "handed": _ALIVE & Q(handed_out_at__isnull=False),
}


def hand_out_counts(user: User, programme: Programme) -> dict[str, int]:
    """Return `alive`, `unprinted`, `waiting`, `handed` of one's villages (one query)."""
    rows = Certificate.objects.visible_to(user).filter(policy__programme=programme)
    names = ("alive", "unprinted", "waiting", "handed")
    return rows.aggregate(**{name: Count("pk", filter=_STATES[name]) for name in names})


def policies(user: User, programme: Programme | None = None) -> QuerySet[GroupPolicy]:
    """Return the group policies that this person may see, the latest year first; of one programme, or all.

    Each with `alive`, `ended`, `units` and `premium_fen` of its living certificates (one query).
    """
    alive = Q(certificates__ended_from__isnull=True)
    rows = GroupPolicy.objects.visible_to(user)
    rows = rows.filter(programme=programme) if programme else rows
    rows = rows.annotate(
        alive=Count("certificates", filter=alive),
        ended=Count("certificates", filter=~alive),
        units=Sum("certificates__units", filter=alive, default=0),
        premium_fen=Sum("certificates__premium_fen", filter=alive, default=0),
    )
    order = ("-programme__window_from", "village", "number")
    return rows.select_related("village", "programme", "issued_by").order_by(*order)


def money_without_policy(user: User, programme: Programme) -> QuerySet[Holding]:
    """Return paid holdings in force without a living certificate, each with `asked`: where its application stands.

    Must be empty when the campaign is closed (one query).
    """
    rows = funded_holdings(programme).filter(
        ~Exists(Certificate.objects.filter(holding=OuterRef("pk"), ended_from__isnull=True)),
        enrolment__withdrawn_on__isnull=True,
        enrolment__participation__resident__village__code__startswith=user.scope,
    )
    latest = ApplicationRow.objects.filter(holding=OuterRef("pk")).order_by("-pk")
    rows = rows.annotate(
        asked=Subquery(latest.values("outcome")[:1]),
        asked_code=Subquery(latest.values("reason")[:1]),
        asked_words=Subquery(latest.values("reason_words")[:1]),
        asked_batch=Subquery(latest.values("batch__number")[:1]),
    )
    person = "enrolment__participation__resident"
    return rows.select_related(f"{person}__village").order_by(f"{person}__village", f"{person}__pk", "pk")


def policy_without_money(user: User, programme: Programme) -> QuerySet[Certificate]:
    """Return living certificates whose premium is not settled, or whose enrolment was given up (one query).

    Must be empty when the campaign is closed.
    """
    given_up = Q(holding__enrolment__cancelled_at__isnull=False) | Q(holding__enrolment__withdrawn_on__isnull=False)
    unpaid = ~Q(holding__in=funded_holdings(programme))
    rows = Certificate.objects.visible_to(user).alive().filter(unpaid | given_up, policy__programme=programme)
    return rows.select_related("policy", "village", "resident", "holding__enrolment").order_by("village", "number")
