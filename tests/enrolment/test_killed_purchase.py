"""A government batch whose process is killed: whole chunks stay, the page tells, and `ankang purchase` goes on."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from tests import factories
from tests.enrolment.acts import TODAY
from tests.enrolment.purchase_acts import old_people, outcomes, prepare, review
from tests.killed import run_killed

from ankang.accounts.models import User
from ankang.audit.models import AuditEntry
from ankang.cli.main import main
from ankang.enrolment.models import Enrolment, Funding, GovernmentBatch
from ankang.installation.models import Installation

pytestmark = pytest.mark.django_db(transaction=True)

PURCHASES = "ankang.enrolment.purchases"
POINTS = [  # (point, its turn, people enrolled by then); two a chunk, five people
    (f"{PURCHASES}.enrol_together", 1, 0),
    ("ankang.enrolment.bulk.record_many", 1, 0),
    ("before_commit", 1, 0),
    ("after_commit", 1, 2),
    ("ankang.enrolment.bulk.record_many", 2, 2),
    ("after_commit", 3, 5),
    (f"{PURCHASES}._close", 1, 5),
]


@pytest.fixture
def batch(transactional_db: None) -> GovernmentBatch:
    Installation.objects.create(pk=1, is_sample=True, demo_today=TODAY)
    version = factories.version()
    old_people(5)
    return review(factories.user("town"), prepare(factories.user("town"), version))


@pytest.mark.parametrize("kill", POINTS, ids=str)
def test_killed_anywhere_it_goes_on_and_nobody_is_enrolled_twice(
    kill: tuple[str, int, int],
    batch: GovernmentBatch,
    client_of: Callable[[User], Client],
    capsys: pytest.CaptureFixture[str],
) -> None:
    (point, turn, enrolled), by = kill, batch.reviewed_by
    assert by is not None
    words = ["purchase", "--as", by.username]
    run_killed(point, turn, *words)
    assert Enrolment.objects.count() == enrolled == Funding.objects.count()
    assert AuditEntry.objects.filter(action="enrolment.enrol").count() == enrolled
    assert sum(outcome == "enrolled" for _, outcome, _ in outcomes(batch)) == enrolled
    batch.refresh_from_db()
    assert batch.state == "running"
    assert "还没登记完" in client_of(by).get(reverse("town:purchase", args=[batch.pk])).content.decode()
    assert main(words) == 0
    assert f"第{batch.pk}批登记完了：登记5人，没登记上0人" in capsys.readouterr().out
    assert Enrolment.objects.count() == 5 == Funding.objects.count()
    assert AuditEntry.objects.filter(action="purchase.finish").count() == 1
    assert main(words) == 0
    assert "没有停在半路的" in capsys.readouterr().out
    assert main([*words, "--batch", str(batch.pk)]) == 2
    assert "不是停在半路的批次" in capsys.readouterr().err
