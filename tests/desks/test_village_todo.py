"""The village's to-do list: its own progress and its own people, subjects first."""

from collections.abc import Callable

import pytest
from django.test import Client
from tests import factories, towns

from ankang.accounts.models import User
from ankang.installation.models import Installation

pytestmark = pytest.mark.django_db
ClientOf = Callable[[User], Client]


@pytest.fixture(autouse=True)
def march() -> None:
    Installation.objects.create(is_sample=True, demo_today=towns.TODAY)


def test_subjects_come_first_and_only_the_own_village(client_of: ClientOf) -> None:
    version = towns.campaign([(10, 8), (20, 16)])
    factories.resident(factories.village(1), name="赵普通")
    poor = factories.resident(factories.village(1), name="李五保")
    towns.listed(poor, "wubao")
    towns.listed(poor, "dibao")
    towns.insure(factories.resident(factories.village(1), name="王已参"), version)
    factories.resident(factories.village(2), name="孙邻村")
    towns.dead(factories.resident(factories.village(1), name="周已故"))
    page = client_of(factories.user("village")).get("/village/todo/").content.decode()
    assert page.index("李五保") < page.index("赵普通")
    assert "低保、五保" in page
    assert "2 人，今天要联系的和政府购买对象在前" in page
    assert '已参保 <b class="num">1</b> / 10 人，<b class="num">10.00%</b>' in page
    assert all(name not in page for name in ("王已参", "孙邻村", "周已故"))


def test_everybody_insured_and_nobody_there(client_of: ClientOf) -> None:
    client = client_of(factories.user("village"))
    assert "还没有今年的方案" in client.get("/village/todo/").content.decode()
    version = towns.campaign([(1, 1)])
    assert "本村名册还是空的" in client.get("/village/todo/").content.decode()
    towns.insure(factories.resident(), version)
    assert "名册上能参保的老人都参保了" in client.get("/village/todo/").content.decode()
