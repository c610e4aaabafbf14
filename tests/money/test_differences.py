"""长短款: what a village counted short comes later, what it counted over goes back; never more than is open."""

import uuid

import pytest
from tests import factories
from tests.enrolment.acts import TODAY
from tests.money import acts

from ankang.installation.models import Installation
from ankang.money.differences import settle_difference
from ankang.money.errors import WrongAmount
from ankang.money.handovers import confirm_handover
from ankang.money.ledger import unbalanced
from ankang.money.queries import balance
from ankang.rules.errors import InvalidInput, NotAllowed

pytestmark = pytest.mark.django_db


@pytest.fixture
def village():
    return factories.village()


def handed(village, counted_fen):
    """Let 50 yuan be taken, `counted_fen` be handed over for them, and the town confirm it."""
    worker = factories.user("village", village)
    acts.collect(worker, acts.owing(worker, factories.version()))
    slip = acts.hand_over(worker, counted=counted_fen, explanation="找零找错了")
    confirm_handover(
        by=factories.user("town"), handover=slip, received_fen=counted_fen, note="", today=TODAY, now=acts.at(TODAY)
    )


def settle(village, amount_fen, **facts):
    told = {
        "by": factories.user("town"), "note": "会计交来", "key": uuid.uuid4().hex, "today": TODAY,
        "now": acts.at(TODAY),
    } | facts  # fmt: skip
    return settle_difference(village=village, amount_fen=amount_fen, **told)


def stands(village):
    return balance("cash_difference", village.pk), balance("town_cash", factories.TOWN)


def test_what_was_short_comes_in_parts(village):
    handed(village, 4_700)
    assert stands(village) == (300, 4_700)
    key = uuid.uuid4().hex
    settle(village, 100, key=key)
    with acts.no_money_moves():
        settle(village, 100, key=key)
        for amount in (0, 201):
            with pytest.raises(WrongAmount):
                settle(village, amount)
        with pytest.raises(InvalidInput):
            settle(village, 100, note=" ")
        with pytest.raises(NotAllowed):
            settle(village, 100, by=factories.user("village", village))
    settle(village, 200)
    assert stands(village) == (0, 5_000)
    with acts.no_money_moves():
        settle(village, 100, key=key)
    assert not unbalanced()


def test_what_was_over_goes_back(village):
    handed(village, 5_100)
    assert stands(village) == (-100, 5_100)
    settle(village, 100)
    assert stands(village) == (0, 5_000)
    with acts.no_money_moves(), pytest.raises(WrongAmount):
        settle(village, 1)


def test_on_its_page(village, client_of):
    Installation.objects.create(is_sample=True, demo_today=TODAY)
    handed(village, 4_700)
    town, address = client_of(factories.user("town")), f"/town/money/differences/{village.pk}/"
    assert address in town.get("/town/money/").content.decode()
    assert "短款 3.00 元，要补交" in town.get(address).content.decode()
    typed = {"key": str(uuid.uuid4()), "amount": "3", "note": ""}
    assert town.post(address, typed).status_code == 422
    assert town.post(address, typed | {"note": "会计交来"}).status_code == 302
    assert "没有长短款" in town.get(address).content.decode()
