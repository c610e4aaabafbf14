"""What `ankang work` does: it counts the comparisons that were asked for, one at a time, village by village."""

import logging
import time
from collections.abc import Callable

from django.db import DatabaseError

from ankang.installation.clock import now, wall_clock
from ankang.pricing.history import history_of
from ankang.pricing.whatif import Comparison, Report
from ankang.rules.canonical import from_document
from ankang.rules.errors import AnkangError
from ankang.whatif.actions import MOST_ATTEMPTS, fail, finish, note_progress, put_back, take_next
from ankang.whatif.errors import Taken
from ankang.whatif.facts import people_in, villages_of
from ankang.whatif.models import WhatIf

_BETWEEN_SIGNS = 1.0  # seconds
_STUMBLED = "后台算的时候出了错。请管系统的人查看后台的记录，再重新算。"
_log = logging.getLogger(__name__)
Stay = Callable[[], None]


def work_once(stay: Stay = lambda: None) -> WhatIf | None:
    """Count the next comparison and return it as it ended; None where there was none to count.

    `stay` is asked between villages and raises what shall stop the work: the comparison is queued again.
    """
    job = take_next(wall=wall_clock(), now=now())
    if job is None:
        return None
    try:
        return finish(job=job, report=_counted(job, stay), now=now())
    except Taken:
        return None
    except AnkangError as error:
        return fail(job=job, why=error.message, code=error.code, now=now())
    except Exception:
        _log.exception("what-if %s, attempt %s", job.pk, job.attempts)
        return _stumbled(job)
    except BaseException:  # told to stop
        put_back(job=job, wall=wall_clock(), counts=False)
        raise


def _counted(job: WhatIf, stay: Stay) -> Report:
    """Lay both plans over the history, a village in memory at a time."""
    comparison = Comparison(from_document(job.before_plan), from_document(job.after_plan))
    villages = villages_of(job.programme, job.division.prefix)
    whole, done, told = sum(village.covers for village in villages), 0, 0.0
    for village in villages:
        stay()
        if time.monotonic() - told >= _BETWEEN_SIGNS:
            note_progress(job=job, done=done, whole=whole, wall=wall_clock())
            told = time.monotonic()
        comparison.add(history_of(people_in(job.programme, village), comparison.groups.products))
        done += village.covers
    note_progress(job=job, done=done, whole=whole, wall=wall_clock())
    return comparison.report()


def _stumbled(job: WhatIf) -> WhatIf | None:
    """Try again later, some times; a fault of the program or of the database ends there."""
    try:
        if job.attempts >= MOST_ATTEMPTS:
            return fail(job=job, why=_STUMBLED, code="stumbled", now=now())
        put_back(job=job, wall=wall_clock(), counts=True)
    except (DatabaseError, Taken):  # silence gives it to the next worker
        _log.exception("what-if %s could not be put back", job.pk)
    return job
