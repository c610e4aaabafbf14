"""分期到账: what finance or a donor promised for a day, and who is reminded when it does not come."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from tests import factories
from tests.enrolment.acts import NOW, TODAY
from tests.treasury import acts
from tests.treasury.acts import nothing_changes

from ankang.installation.models import Installation
from ankang.rules.errors import InvalidInput, NotAllowed
from ankang.rules.instalments import Part
from ankang.treasury import instalments
from ankang.treasury.errors import NotInState
from ankang.treasury.models import Instalment

pytestmark = pytest.mark.django_db
SOON = TODAY + timedelta(days=5)


@pytest.fixture
def version():
    return factories.version()


def agree(paper, *parts, by=None):
    return instalments.agree_instalments(by=by or acts.first(), paper=paper, parts=parts, now=NOW)


def due_papers(user, today):
    requests, gifts = instalments.papers_due(user, today)
    return [*requests, *gifts]


def test_government_and_donors_pay_in_parts_and_what_is_due_is_seen(version, django_assert_num_queries):
    acts.by_government(version)
    asked, gift = acts.promised(version), acts.agreed(version, 10_000)
    agree(asked, Part(TODAY, 2_000), Part(SOON, 3_000))
    agree(gift, Part(SOON, 10_000))
    user = acts.first()
    with django_assert_num_queries(1):
        found = instalments.waited(user, TODAY)
    assert [(one.paper, one.due.next_on, one.due.next_fen, one.due.due_fen) for one in found] == [
        (asked, TODAY, 2_000, 2_000),
        (gift, SOON, 10_000, 0),
    ]
    assert due_papers(user, TODAY) == [asked]
    acts.received(asked, 2_000)
    assert due_papers(user, SOON - timedelta(days=1)) == []
    assert due_papers(user, SOON) == [asked, gift]
    acts.received(asked, 3_000)
    acts.given_money(gift, 10_000)
    assert instalments.waited(user, SOON) == []


def test_replaced_by_the_next_and_refused_without_a_trace(version):
    gift = acts.agreed(version, 10_000)
    agree(gift, Part(SOON, 10_000))
    with nothing_changes():
        agree(gift, Part(SOON, 10_000))
        with pytest.raises(InvalidInput, match="加起来要正好"):
            agree(gift, Part(SOON, 9_999))
        with pytest.raises(NotAllowed):
            agree(gift, Part(SOON, 10_000), by=factories.user("village"))
    acts.by_government(version)
    asked = acts.asked(version)
    with nothing_changes(), pytest.raises(NotInState):
        agree(asked, Part(SOON, 5_000))
    agree(gift, Part(TODAY, 4_000), Part(SOON, 6_000))
    assert instalments.agreed(gift) == (Part(TODAY, 4_000), Part(SOON, 6_000))
    assert Instalment.objects.filter(replaced_at__isnull=False).count() == 1


def test_the_database_wants_one_paper_and_one_part_a_day(version):
    gift = acts.agreed(version, 10_000)
    agree(gift, Part(SOON, 10_000))
    told = {"amount_fen": 1, "by": gift.by, "at": NOW}
    for facts in (
        {"due_on": TODAY},
        {"donation": gift, "due_on": SOON},
        {"donation": gift, "due_on": TODAY, "amount_fen": 0},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Instalment.objects.create(**told | facts)


def test_the_town_agrees_on_its_pages_and_is_reminded(version, client_of):
    Installation.objects.create(is_sample=True, demo_today=TODAY)
    acts.by_government(version)
    asked, gift = acts.promised(version), acts.agreed(version, 10_000)
    town = client_of(acts.first())
    paper, other = f"/town/treasury/government/{asked.pk}/", f"/town/donations/{gift.pk}/"
    assert "约定分期到账，到期提醒" in town.get(paper).content.decode()
    typed = {"due_1": str(TODAY), "amount_1": "20", "due_2": str(date(2024, 4, 1)), "amount_2": "30"}
    wrong = town.post(f"{paper}parts/", typed | {"amount_2": "31"})
    assert (wrong.status_code, "加起来要正好" in wrong.content.decode()) == (422, True)
    assert town.post(f"{paper}parts/", typed).status_code == 302
    assert town.post(f"{other}parts/", {"due_1": str(SOON), "amount_1": "100"}).status_code == 302
    assert "到今天应到账 20.00 元还没到账" in town.get(paper).content.decode()
    assert "下一期" in town.get(other).content.decode()
    board = town.get("/town/").content.decode()
    assert "1 份约定的分期到期，钱没到" in board
    assert "约定分期到账的" in town.get("/town/treasury/").content.decode()
