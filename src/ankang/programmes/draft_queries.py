"""What the pages show of plans in the making. Every read goes through `visible_to`, or the reader's own divisions."""

from dataclasses import dataclass

from django.db.models import QuerySet

from ankang.accounts.models import User
from ankang.programmes.draft_models import DraftRevision, ProgrammeDraft
from ankang.programmes.models import ProgrammeVersion
from ankang.programmes.queries import plan_of
from ankang.programmes.sources import checked
from ankang.rules.programme import Programme as Plan


@dataclass(frozen=True, slots=True)
class Side:
    """One of two plans that are compared. `plan` None: a draft's state that is not a plan yet."""

    key: str  # v12, r34
    title: str
    plan: Plan | None


def drafts_of(user: User) -> QuerySet[ProgrammeDraft]:
    """Return the drafts that this person may see, the newest first (one query)."""
    found = ProgrammeDraft.objects.visible_to(user)
    return found.select_related("created_by", "submitted_by", "published_by", "version__programme", "base__programme")


def versions_of(user: User) -> QuerySet[ProgrammeVersion]:
    """Return every version of the programmes of this person's own divisions, the newest first (one query)."""
    found = ProgrammeVersion.objects.filter(programme__division__code__startswith=user.scope)
    order = ("-programme__window_from", "programme__slug", "-number")
    return found.select_related("programme", "published_by").order_by(*order)


def side(user: User, key: str) -> Side | None:
    """Return a published version (`v` and its key) or a draft's state (`r` and its key), None where there is none
    that this person may see (one query).
    """
    kind, number = key[:1], key[1:]
    if not (number.isascii() and number.isdigit() and len(number) <= 12):
        return None
    if kind == "v":
        version = versions_of(user).filter(pk=int(number)).first()
        return side_of_version(version) if version else None
    if kind != "r":
        return None
    states = DraftRevision.objects.filter(draft__in=ProgrammeDraft.objects.visible_to(user)).select_related("draft")
    state = states.filter(pk=int(number)).first()
    return side_of_state(state) if state else None


def side_of_version(version: ProgrammeVersion) -> Side:
    return Side(f"v{version.pk}", f"{version.programme.name}第 {version.number} 版", plan_of(version))


def side_of_state(state: DraftRevision) -> Side:
    return Side(f"r{state.pk}", f"{state.draft.title}草稿第 {state.number} 稿", checked(state).plan)
