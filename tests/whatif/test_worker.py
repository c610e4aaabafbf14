"""The queue of comparisons: whose it is, what a silent or a failing worker leaves, what is forgotten."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from tests import factories
from tests.claims.acts import at, insured
from tests.whatif.acts import asked, compared

from ankang.audit.models import AuditEntry
from ankang.installation.clock import wall_clock
from ankang.programmes.models import ProgrammeVersion
from ankang.rules.errors import InvalidInput
from ankang.whatif import worker
from ankang.whatif.actions import KEPT, MOST_ATTEMPTS, SILENCE, finish, forget_old, note_progress, take_next
from ankang.whatif.errors import Taken
from ankang.whatif.models import WhatIf
from ankang.whatif.queries import Place, place_of
from ankang.whatif.worker import work_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def job() -> WhatIf:
    version = factories.version()
    insured(("A", 1))
    return asked(factories.user(), version)


def told(action: str) -> list[dict[str, Any]]:
    return [entry.detail for entry in AuditEntry.objects.filter(action=action).order_by("pk")]


def test_the_older_first_and_one_at_a_time(job: WhatIf) -> None:
    second = asked(job.by, ProgrammeVersion.objects.get())
    wall = wall_clock()
    assert place_of(second, wall) == Place(ahead=1, is_silent=False)
    begun = take_next(wall=wall, now=at())
    assert begun == job
    assert take_next(wall=wall + SILENCE, now=at()) is None  # at the limit it is still believed to live
    taken_over = take_next(wall=wall + SILENCE + timedelta(microseconds=1), now=at())
    assert (taken_over, taken_over and taken_over.attempts) == (job, 2)
    with pytest.raises(Taken):  # who was thought dead and was only slow
        note_progress(job=begun, done=1, whole=1, wall=wall)
    with pytest.raises(Taken):
        finish(job=begun, report=worker._counted(taken_over, lambda: None), now=at())
    job.refresh_from_db()
    assert (job.state, told("whatif.run")) == ("running", [])
    assert place_of(second, wall + timedelta(minutes=10)) == Place(ahead=1, is_silent=True)


def test_whoever_dies_of_it_each_time_is_given_up(job: WhatIf) -> None:
    for turn in range(MOST_ATTEMPTS):
        assert take_next(wall=wall_clock() + SILENCE * 2 * turn, now=at()) == job
    second = asked(job.by, ProgrammeVersion.objects.get())
    assert take_next(wall=wall_clock() + SILENCE * 2 * MOST_ATTEMPTS, now=at()) == second
    job.refresh_from_db()
    assert (job.state, job.why) == (
        "failed",
        "算了 3 次，每次后台都半路停了。请管系统的人查看后台的记录，再重新算。",
    )
    assert told("whatif.fail") == [{"why": "given_up"}]


def test_a_refusal_is_told_and_a_fault_is_tried_again(job: WhatIf, monkeypatch: pytest.MonkeyPatch) -> None:
    def stumble(*_: object) -> None:
        raise error

    monkeypatch.setattr(worker, "people_in", stumble)
    error: BaseException = InvalidInput("两个方案都不认识这个险种。请换一年。")
    ended = work_once()
    assert ended
    assert (ended.state, ended.why, ended.attempts) == ("failed", "两个方案都不认识这个险种。请换一年。", 1)
    second, error = asked(job.by, ProgrammeVersion.objects.get()), ValueError("a mistake of ours")
    states = []
    for _ in range(MOST_ATTEMPTS):
        work_once()
        second.refresh_from_db()
        states.append((second.state, second.attempts))
    assert states == [("queued", 1), ("queued", 2), ("failed", 3)]
    assert told("whatif.fail") == [{"why": "invalid_input"}, {"why": "stumbled"}]


def test_who_is_told_to_stop_puts_it_back(job: WhatIf) -> None:
    def stay() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        work_once(stay)
    job.refresh_from_db()
    assert (job.state, job.attempts, job.finished_at) == ("queued", 0, None)


def test_old_results_go_and_open_questions_stay(job: WhatIf) -> None:
    done = compared(job.by, ProgrammeVersion.objects.get())  # the older one was counted
    job.refresh_from_db()
    assert (job.state, done.state) == ("done", "queued")
    assert forget_old(now=job.at + KEPT) == 0
    assert forget_old(now=job.at + KEPT + timedelta(microseconds=1)) == 1
    assert list(WhatIf.objects.all()) == [done]
    assert told("whatif.forget") == [{"count": 1}]


@pytest.mark.parametrize(
    "facts",
    [
        {"state": "done"},
        {"state": "failed", "finished_at": at()},
        {"why": "没有人说过"},
        {"finished_at": at()},
        {"result": {}},
    ],
)
def test_the_database_keeps_states_and_facts_together(job: WhatIf, facts: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        WhatIf.objects.update(**facts)
