"""Running a comparison over what is stored, and letting a history leave the house. Both are noted."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from ankang.accounts.models import User
from ankang.audit.record import record
from ankang.pricing.documents import document_of
from ankang.pricing.history import Person, history_of
from ankang.pricing.whatif import Comparison
from ankang.programmes.models import Programme
from ankang.rules.canonical import digest_of
from ankang.rules.errors import Conflict, InvalidInput, NotAllowed
from ankang.rules.programme import Programme as Plan
from ankang.whatif.facts import people_of
from ankang.whatif.models import DESKS, WhatIf


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the two plans: a version, a draft's state or a file, with the words for it."""

    title: str
    plan: Plan


def run_what_if(*, by: User, programme: Programme, before: Choice, after: Choice, key: str, now: datetime) -> WhatIf:
    """Lay both plans over a programme's covers and decided claims and store the result; the same key again returns it.

    It counts the person's own villages only. Nothing is locked while it counts.
    Errors: NotAllowed for other desks, NoHistory, TooMuchHistory, Conflict for a key of another comparison.
    """
    if by.desk not in DESKS:
        raise NotAllowed("只有镇民政办和中国人寿能测算方案。请用这两个岗位的账号登录。")
    digests = digest_of(before.plan), digest_of(after.plan)
    stored = WhatIf.objects.filter(key=key).first()
    if stored is not None:
        return _same(stored, by, programme, digests)
    comparison = Comparison(before.plan, after.plan)
    people = people_of(programme, by.scope)
    _require_known(people, comparison.groups.products)
    comparison.add(history_of(people, comparison.groups.products))
    report = comparison.report()
    try:
        with transaction.atomic():
            made = WhatIf.objects.create(
                key=key,
                desk=by.desk,
                division_id=by.division_id,
                programme=programme,
                before_title=before.title,
                before_digest=digests[0],
                after_title=after.title,
                after_digest=digests[1],
                result=document_of(report),
                at=now,
                by=by,
            )
            told = {"programme": programme.slug, "before": digests[0][:12], "after": digests[1][:12]}
            counts = {"people": report.people, "events": report.events}
            record(by=by, action="whatif.run", subject=made, division_code=by.division_id, **told, **counts)
            return made
    except IntegrityError:
        return _same(WhatIf.objects.get(key=key), by, programme, digests)


@transaction.atomic
def export_history(*, by: User | None, programme: Programme, scope: str, most: int) -> list[Person]:
    """Return a programme's history for a file, people and events without names or numbers; noted.

    Errors: NoHistory, TooMuchHistory beyond `most` covers: then nothing is noted.
    """
    people = people_of(programme, scope, most)
    counts = {"people": len(people), "events": sum(len(person.events) for person in people)}
    told: dict[str, Any] = counts | {"programme": programme.slug}
    record(by=by, action="whatif.exported", division_code=scope.ljust(12, "0") if scope else "", **told)
    return people


def _require_known(people: list[Person], products: tuple[str, ...]) -> None:
    unknown = sorted({cover.product for person in people for cover in person.covers} - set(products))
    if unknown:
        raise InvalidInput(
            f"这一年卖的险种 {'、'.join(unknown)}，两个方案里都没有，没有东西可比。请换一年或换方案。",
            field="programme",
        )


def _same(stored: WhatIf, by: User, programme: Programme, digests: tuple[str, str]) -> WhatIf:
    if (stored.by_id, stored.programme_id, stored.before_digest, stored.after_digest) == (
        by.pk,
        programme.pk,
        *digests,
    ):
        return stored
    raise Conflict("这一页已经提交过别的测算。请重新打开再选。")
