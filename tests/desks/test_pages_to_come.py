"""Desks without content say so; errors say what to do next."""

from collections.abc import Callable

import pytest
from django.test import Client, RequestFactory
from tests import factories

from ankang.accounts.models import User
from ankang.desks import errors

pytestmark = pytest.mark.django_db

ClientOf = Callable[[User], Client]
PAGES = {
    "/donor/": ("donor", "捐到哪了"),
}


@pytest.mark.parametrize("path", PAGES)
def test_a_page_to_come_says_so_and_what_will_be_there(client_of: ClientOf, path: str) -> None:
    desk, ability = PAGES[path]
    page = client_of(factories.user(desk)).get(path).content.decode()
    assert "功能还没有上线" in page
    assert ability in page


@pytest.mark.parametrize("path", PAGES)
def test_another_desk_is_refused(client_of: ClientOf, path: str) -> None:
    for desk in ("town", "village", "insurer", "window", "funeral", "district", "donor"):
        if desk != PAGES[path][0]:
            answer = client_of(factories.user(desk)).get(path)
            assert answer.status_code == 403, desk
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
