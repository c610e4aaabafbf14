"""A comparison from the question to its result, and letting a history leave the house. All of it is noted."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from ankang.accounts.models import User
from ankang.audit.record import record
from ankang.installation.clock import wall_clock
from ankang.pricing.documents import document_of
from ankang.pricing.history import Person
from ankang.pricing.whatif import Report
from ankang.programmes.models import Programme
from ankang.rules.canonical import digest_of, to_document
from ankang.rules.errors import Conflict, InvalidInput, NotAllowed
from ankang.rules.programme import Programme as Plan
from ankang.whatif.errors import NoHistory, Taken
from ankang.whatif.facts import people_of, products_held
from ankang.whatif.locks import next_for_update, own_for_update
from ankang.whatif.models import DESKS, WhatIf

SILENCE = timedelta(minutes=2)  # a worker that gave no sign for so long is dead
MOST_ATTEMPTS = 3
KEPT = timedelta(days=180)
_GIVEN_UP = f"算了 {MOST_ATTEMPTS} 次，每次后台都半路停了。请管系统的人查看后台的记录，再重新算。"


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the two plans: a version, a draft's state or a file, with the words for it."""

    title: str
    plan: Plan


def ask_what_if(*, by: User, programme: Programme, before: Choice, after: Choice, key: str, now: datetime) -> WhatIf:
    """Queue a comparison of two plans over a programme's covers and decided claims; the same key again returns it.

    It will count the person's own villages only, as they stand when `ankang work` comes to it.
    Errors: NotAllowed for other desks, NoHistory, InvalidInput for a year of other products, Conflict for a key of
    another comparison.
    """
    if by.desk not in DESKS:
        raise NotAllowed("只有镇民政办和中国人寿能测算方案。请用这两个岗位的账号登录。")
    digests = digest_of(before.plan), digest_of(after.plan)
    stored = WhatIf.objects.filter(key=key).first()
    if stored is not None:
        return _same(stored, by, programme, digests)
    _require_history(programme, by.scope, (before.plan, after.plan))
    try:
        with transaction.atomic():
            asked = WhatIf.objects.create(
                key=key,
                desk=by.desk,
                division_id=by.division_id,
                programme=programme,
                before_title=before.title,
                before_digest=digests[0],
                before_plan=to_document(before.plan),
                after_title=after.title,
                after_digest=digests[1],
                after_plan=to_document(after.plan),
                beat_at=wall_clock(),
                at=now,
                by=by,
            )
            told = {"programme": programme.slug, "before": digests[0][:12], "after": digests[1][:12]}
            record(by=by, action="whatif.ask", subject=asked, division_code=by.division_id, **told)
            return asked
    except IntegrityError:
        return _same(WhatIf.objects.get(key=key), by, programme, digests)


def take_next(*, wall: datetime, now: datetime) -> WhatIf | None:
    """Begin the next comparison and return it; None where there is none, or another worker counts.

    One that was begun MOST_ATTEMPTS times, each time by a worker that fell silent, fails instead.
    `wall` is the real instant, by which a silent worker is known.
    """
    try:
        with transaction.atomic():
            job = next_for_update(wall - SILENCE)
            if job is None:
                return None
            if job.attempts >= MOST_ATTEMPTS:
                _end(job, now, state=WhatIf.State.FAILED, why=_GIVEN_UP)
                record(by=job.by, action="whatif.fail", subject=job, division_code=job.division_id, why="given_up")
            else:
                job.state, job.attempts, job.beat_at, job.covers_done = WhatIf.State.RUNNING, job.attempts + 1, wall, 0
                job.save()
    except IntegrityError:  # another worker was faster: the database lets one run
        return None
    return job if job.is_open else take_next(wall=wall, now=now)


def note_progress(*, job: WhatIf, done: int, whole: int, wall: datetime) -> None:
    """Tell how many covers are counted, which is also the sign of life. Errors: Taken when another worker has it."""
    mine = WhatIf.objects.filter(pk=job.pk, state=WhatIf.State.RUNNING, attempts=job.attempts)
    if not mine.update(covers_done=done, covers=whole, beat_at=wall):
        raise Taken("这次测算已经由别的后台接着算。", job=job.pk)


@transaction.atomic
def finish(*, job: WhatIf, report: Report, now: datetime) -> WhatIf:
    """Store the result; noted in the name of who asked. Errors: Taken when another worker has it by now."""
    mine = _own(job)
    _end(mine, now, state=WhatIf.State.DONE, result=document_of(report), covers_done=mine.covers)
    told = {"programme": mine.programme.slug, "before": mine.before_digest[:12], "after": mine.after_digest[:12]}
    counts = {"people": report.people, "events": report.events}
    record(by=mine.by, action="whatif.run", subject=mine, division_code=mine.division_id, **told, **counts)
    return mine


@transaction.atomic
def fail(*, job: WhatIf, why: str, code: str, now: datetime) -> WhatIf:
    """Keep why a comparison cannot be made; noted. Errors: Taken when another worker has it by now."""
    mine = _own(job)
    _end(mine, now, state=WhatIf.State.FAILED, why=why[:300])
    record(by=mine.by, action="whatif.fail", subject=mine, division_code=mine.division_id, why=code)
    return mine


@transaction.atomic
def put_back(*, job: WhatIf, wall: datetime, counts: bool) -> None:
    """Queue a comparison again that its worker does not finish.

    `counts`: it stumbled, which it may do some times; else it was stopped.
    """
    mine = own_for_update(job)
    if mine is not None:
        mine.state, mine.beat_at, mine.covers_done = WhatIf.State.QUEUED, wall, 0
        mine.attempts -= 0 if counts else 1
        mine.save()


@transaction.atomic
def forget_old(*, now: datetime) -> int:
    """Delete the comparisons that were asked for more than KEPT ago and are finished; noted. Returns how many."""
    old = WhatIf.objects.filter(at__lt=now - KEPT, finished_at__isnull=False)
    count, _ = old.delete()
    if count:
        record(by=None, action="whatif.forget", count=count)
    return count


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


def _require_history(programme: Programme, scope: str, plans: tuple[Plan, Plan]) -> None:
    held = products_held(programme, scope)
    if not held:
        raise NoHistory.of(programme)
    unknown = sorted(held - {product.code for plan in plans for product in plan.products})
    if unknown:
        raise InvalidInput(
            f"这一年卖的险种 {'、'.join(unknown)}，两个方案里都没有，没有东西可比。请换一年或换方案。",
            field="programme",
        )


def _own(job: WhatIf) -> WhatIf:
    mine = own_for_update(job)
    if mine is None:
        raise Taken("这次测算已经由别的后台接着算。", job=job.pk)
    return mine


def _end(job: WhatIf, now: datetime, **facts: Any) -> None:
    for name, value in (facts | {"finished_at": now}).items():
        setattr(job, name, value)
    job.save()


def _same(stored: WhatIf, by: User, programme: Programme, digests: tuple[str, str]) -> WhatIf:
    if (stored.by_id, stored.programme_id, stored.before_digest, stored.after_digest) == (
        by.pk,
        programme.pk,
        *digests,
    ):
        return stored
    raise Conflict("这一页已经提交过别的测算。请重新打开再选。")
