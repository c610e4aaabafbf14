"""Errors say what to do next, and help is for the desk that asks."""

from collections.abc import Callable

import pytest
from django.test import Client, RequestFactory
from tests import factories

from ankang.accounts.models import User
from ankang.desks import errors

pytestmark = pytest.mark.django_db

ClientOf = Callable[[User], Client]


@pytest.mark.parametrize("desk", ["town", "village", "insurer", "window", "funeral", "district"])
def test_another_desk_is_refused(client_of: ClientOf, desk: str) -> None:
    answer = client_of(factories.user(desk)).get("/donor/")
    assert answer.status_code == 403
    assert "这一页不归您的岗位管" in answer.content.decode()


def test_nobody_logged_in_is_sent_to_the_door(client: Client) -> None:
    assert client.get("/window/")["Location"] == "/login/?next=/window/"


def test_an_unknown_address_says_what_to_do(client: Client) -> None:
    answer = client.get("/nowhere/")
    assert answer.status_code == 404
    assert "没有这一页" in answer.content.decode()


def test_a_page_that_lay_too_long_says_that_nothing_was_saved() -> None:
    answer = Client(enforce_csrf_checks=True).post("/insured/", {"name": "王秀兰"})
    assert answer.status_code == 403
    assert "刚才填的内容没有提交" in answer.content.decode()


def test_our_own_failure_asks_nothing_of_the_database(django_assert_num_queries: object) -> None:
    with django_assert_num_queries(0):  # type: ignore[operator]
        answer = errors.server_error(RequestFactory().get("/"))
    assert answer.status_code == 500
    assert "不是您的错" in answer.content.decode()


def test_help_is_for_the_desk_that_asks(client: Client, client_of: ClientOf) -> None:
    assert "给一位老人参保" in client_of(factories.user("village")).get("/help/").content.decode()
    assert "给一位老人参保" not in client_of(factories.user("insurer")).get("/help/").content.decode()
    assert "登录出了问题？" in client.get("/help/").content.decode()
