"""In real transactions: one form sent twice is one comparison, two workers count one at a time, one is killed."""

import pytest
from tests import factories
from tests.claims.acts import at, insured
from tests.killed import run_killed
from tests.races import race
from tests.whatif.acts import asked

from ankang.accounts.models import Desk
from ankang.audit.models import AuditEntry
from ankang.cli.main import main
from ankang.installation.clock import wall_clock
from ankang.pricing.documents import report_of
from ankang.whatif.actions import SILENCE, take_next
from ankang.whatif.models import WhatIf
from ankang.whatif.worker import work_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_clicks_are_one_comparison() -> None:
    version = factories.version()
    insured(("A", 1))
    by = factories.user(Desk.TOWN)
    outcomes = race(*[lambda: asked(by, version, key="form")] * 3)
    made = WhatIf.objects.get()
    assert [one.pk for one in outcomes] == [made.pk] * 3
    assert AuditEntry.objects.filter(action="whatif.ask").count() == 1


def test_of_several_workers_one_counts() -> None:
    version = factories.version()
    insured(("A", 1))
    jobs = [asked(factories.user(Desk.TOWN), version) for _ in range(2)]
    outcomes = race(*[lambda: take_next(wall=wall_clock(), now=at())] * 3)
    assert sorted(one.pk for one in outcomes if one) == [jobs[0].pk]
    assert [one.state for one in WhatIf.objects.order_by("pk")] == ["running", "queued"]


def test_what_a_killed_worker_left_is_counted_by_the_next() -> None:
    version = factories.version()
    insured(("A", 1))
    insured(("A", 1), village_=factories.village(2))
    job = asked(factories.user(Desk.TOWN), version)
    run_killed("ankang.whatif.worker.people_in", 2, "work", "--once")
    assert work_once() is None  # perhaps it only takes long
    job.refresh_from_db()
    assert (job.state, job.attempts, job.covers, job.result) == ("running", 1, 2, None)
    WhatIf.objects.update(beat_at=wall_clock() - SILENCE)
    assert main(["work", "--once"]) == 0
    job.refresh_from_db()
    assert (job.state, job.attempts, report_of(job.result).people) == ("done", 2, 2)
    assert [entry.action for entry in AuditEntry.objects.filter(action__startswith="whatif.").order_by("pk")] == [
        "whatif.ask",
        "whatif.run",
    ]
