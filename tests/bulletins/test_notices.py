"""催办通知: who is missing in one village, and nobody of another; read by the village itself."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from tests import factories
from tests.bulletins.acts import NOW, TODAY, urge
from tests.enrolment.acts import enrol, nothing_changes
from tests.enrolment.purchase_acts import OLD
from tests.papers.reading import pdf_words, word_words

from ankang.audit.models import AuditEntry
from ankang.bulletins.errors import KeyReused, NobodyMissing
from ankang.bulletins.figures import figures_of
from ankang.bulletins.models import Notice, NoticePerson
from ankang.bulletins.notices import confirm_read, missing_people, notice_paper, villages_to_urge
from ankang.bulletins.queries import notices, unread_notices
from ankang.enrolment.coverage import town_coverage
from ankang.outreach.models import Assignment
from ankang.papers import Heading, Table, paper_pdf, paper_word
from ankang.rules.errors import InvalidInput, NotAllowed

pytestmark = pytest.mark.django_db
YOUNGER = date(1954, 3, 4)


@pytest.fixture
def version():
    return factories.version()


@pytest.fixture
def town(version):
    return factories.user("town")


@pytest.fixture
def worker(version):
    made = factories.user("village")
    made.full_name = "周干事"
    made.save()
    return made


def test_a_notice_names_who_is_missing_in_its_village_alone(town, worker, version):
    own = factories.resident(name="王秀兰")
    factories.resident(name="李长庚", birth_date=OLD)
    insured, foreign = factories.resident(name="赵已保"), factories.resident(factories.village(2), name="钱二村")
    enrol(worker, insured, version)
    Assignment.objects.create(resident=own, village=own.village, worker=worker, assigned_at=NOW, assigned_by=worker)
    made = urge(town, version, own.village_id, foreign.village_id)
    assert [one.village.name for one in made] == ["01村", "02村"]
    people = missing_people(made[0])
    assert [(one.name, one.is_subject, one.worker) for one in people] == [
        ("李长庚", True, "（没有分到人）"),
        ("王秀兰", False, "周干事"),
    ]
    assert people[1].tail == own.number_tail
    paper = notice_paper(made[0], people)
    for words in (pdf_words(paper_pdf(paper, at=NOW)), word_words(paper_word(paper, at=NOW))):
        assert "王秀兰" in words
        assert "赵已保" not in words
        assert "钱二村" not in words
        assert own.number.reveal() not in words
        assert own.number_tail in words
    assert "政府购买对象1人、其他老年人1人未参保" in pdf_words(paper_pdf(paper, at=NOW)).replace("\n", "")
    assert list(AuditEntry.objects.filter(action="notice.issue").values_list("division_code", "detail")) == [
        (own.village_id, {"people": 2}),
        (foreign.village_id, {"people": 1}),
    ]


@pytest.mark.parametrize(
    ("births", "headings"),
    [
        ([OLD, YOUNGER], ["一、政府购买对象（应保未保）", "二、其他未参保老年人"]),
        ([OLD], ["政府购买对象（应保未保）"]),
        ([YOUNGER], []),
    ],
)
def test_the_lists_are_numbered_by_what_is_there(town, version, births, headings):
    for birth in births:
        resident = factories.resident(birth_date=birth)
    (notice,) = urge(town, version, resident.village_id)
    blocks = notice_paper(notice, missing_people(notice)).blocks
    assert [block.text for block in blocks if isinstance(block, Heading)] == headings
    assert [len(block.rows) for block in blocks if isinstance(block, Table)] == [1] * len(births)


def test_a_village_that_met_its_target_is_told_so(town, version):
    resident = factories.resident()
    version.programme.targets.filter(village=resident.village).update(population=1, target=0)
    (notice,) = urge(town, version, resident.village_id)
    words = "".join(block.text for block in notice_paper(notice, missing_people(notice)).blocks[:1])
    assert words.endswith("下达目标0人，已经达到；本村目标线1人，还差1人。")


def test_the_list_is_frozen_and_says_who_joined_since(town, worker, version):
    resident = factories.resident()
    (notice,) = urge(town, version, resident.village_id)
    enrol(worker, resident, version)
    factories.resident(name="后来的")
    assert [(one.name, one.is_insured) for one in missing_people(notice)] == [("王秀兰", True)]


def test_who_is_urged_by_default(town, worker, version):
    factories.resident(factories.village(2), birth_date=OLD)
    coverage = town_coverage(town, version, TODAY)
    found = villages_to_urge(figures_of(coverage, version, "镇", NOW))
    assert len(found) == 20  # nobody enrolled for a month: all stand still
    before = figures_of(town_coverage(town, version, version.programme.window_from), version, "镇", NOW)
    assert [one.name for one in villages_to_urge(before)] == ["02村"]  # on the first day only a subject is missing


def test_refusals_change_nothing(town, worker, version):
    village = factories.resident().village_id
    empty = factories.village(3).code
    for error, attempt in (
        (NotAllowed, lambda: urge(worker, version, village)),
        (InvalidInput, lambda: urge(town, version)),
        (InvalidInput, lambda: urge(town, version, village, due_on=TODAY - timedelta(days=1))),
        (NobodyMissing, lambda: urge(town, version, empty)),
        (NobodyMissing, lambda: urge(town, version, "320903102201")),
    ):
        with nothing_changes(), pytest.raises(error):
            attempt()


def test_the_same_key_is_the_same_notices(town, version):
    village = factories.resident().village_id
    assert urge(town, version, village, key="k") == urge(town, version, village, key="k")
    assert Notice.objects.count() == NoticePerson.objects.count() == 1
    with nothing_changes(), pytest.raises(KeyReused):
        urge(factories.user("town"), version, village, key="k")


def test_only_the_village_itself_confirms_and_once(town, worker, version):
    (notice,) = urge(town, version, factories.resident().village_id)
    for other in (town, factories.user("village", factories.village(2))):
        with nothing_changes(), pytest.raises(NotAllowed):
            confirm_read(by=other, notice=notice, now=NOW)
    assert unread_notices(worker) == 1
    confirm_read(by=worker, notice=notice, now=NOW)
    again = confirm_read(by=factories.user("village"), notice=notice, now=NOW + timedelta(days=1))
    assert (again.read_by, again.read_at) == (worker, NOW)
    assert unread_notices(worker) == 0


def test_a_village_sees_its_own_notices(town, worker, version):
    made = urge(town, version, factories.resident().village_id, factories.resident(factories.village(2)).village_id)
    assert list(notices(worker)) == made[:1]
    assert notices(town).count() == 2


def test_read_has_who_and_when(town, worker, version):
    (notice,) = urge(town, version, factories.resident().village_id)
    with pytest.raises(IntegrityError), transaction.atomic():
        Notice.objects.filter(pk=notice.pk).update(read_at=NOW)
