"""The village's own plan: the lead writes it, everybody of the village marks what is done."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction
from tests import factories, towns
from tests.outreach.acts import NOW, nothing_changes

from ankang.audit.models import AuditEntry
from ankang.outreach.actions import add_measure, change_measure, mark_measure, remove_measure
from ankang.outreach.division import name_lead
from ankang.outreach.errors import MeasureExists, NotTheLead
from ankang.outreach.models import Measure
from ankang.rules.errors import InvalidInput, NotAllowed

pytestmark = pytest.mark.django_db
DUE = date(2024, 3, 10)


@pytest.fixture
def version(db):
    return towns.campaign()


@pytest.fixture
def lead(version):
    lead = factories.user("village")
    name_lead(by=factories.user("town", is_manager=True), village=lead.division, user=lead, now=NOW)
    return lead


def add(by, version, title="挨户上门", **facts):
    return add_measure(
        by=by, programme=version.programme, now=NOW, **{"title": title, "responsible": "王桂芳", "due_on": DUE} | facts
    )


def test_it_is_added_changed_done_reopened_and_removed(lead, version):
    made = add(lead, version, " 挨户上门 ")
    change_measure(by=lead, measure_id=made.pk, title="逐户上门", responsible="顾小兰", due_on=DUE)
    colleague = factories.user("village")
    done = mark_measure(by=colleague, measure_id=made.pk, is_done=True, now=NOW)
    assert (done.title, done.responsible, done.done_by, done.done_at) == ("逐户上门", "顾小兰", colleague, NOW)
    with nothing_changes():
        mark_measure(by=lead, measure_id=made.pk, is_done=True, now=NOW)
    assert mark_measure(by=lead, measure_id=made.pk, is_done=False, now=NOW).done_by is None
    remove_measure(by=lead, measure_id=made.pk)
    assert not Measure.objects.exists()
    told = list(AuditEntry.objects.filter(action__endswith="measure").order_by("id").values_list("action", flat=True))
    acts = ("add", "change", "done", "reopen", "remove")
    assert told == [f"outreach.{act}_measure" for act in acts]
    with nothing_changes(), pytest.raises(InvalidInput, match="已经删掉"):
        remove_measure(by=lead, measure_id=made.pk)


@pytest.mark.parametrize(
    "facts", [{"title": " "}, {"title": "长" * 81}, {"responsible": ""}, {"responsible": "长" * 41}]
)
def test_empty_and_long_words_are_refused(lead, version, facts):
    with nothing_changes(), pytest.raises(InvalidInput):
        add(lead, version, **facts)


def test_the_same_title_twice_is_refused(lead, version):
    add(lead, version)
    other = add(lead, version, "打电话")
    with nothing_changes():
        with pytest.raises(MeasureExists):
            add(lead, version)
        with pytest.raises(MeasureExists):
            change_measure(by=lead, measure_id=other.pk, title="挨户上门", responsible="王", due_on=DUE)


def test_who_may_not(lead, version):
    made = add(lead, version)
    worker, neighbour = factories.user("village"), factories.user("village", factories.village(2))
    with nothing_changes():
        with pytest.raises(NotTheLead):
            add(worker, version, "别的")
        with pytest.raises(NotTheLead):
            remove_measure(by=worker, measure_id=made.pk)
        with pytest.raises(InvalidInput):
            mark_measure(by=neighbour, measure_id=made.pk, is_done=True, now=NOW)
        with pytest.raises(NotAllowed):
            mark_measure(by=factories.user("town"), measure_id=made.pk, is_done=True, now=NOW)


def test_who_and_when_go_together(lead, version):
    made = add(lead, version)
    for wrong in ({"done_at": NOW}, {"done_by": lead}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Measure.objects.filter(pk=made.pk).update(**wrong)
    assert Measure.objects.get().done_at is None
