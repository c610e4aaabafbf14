"""Walk every address of the product as every role, from its own village and from a foreign one."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from tests import factories as make
from tests.health.permission_table import OBJECTS, PAGES, PLAIN_ARGUMENTS, Place
from tests.logins import logged_in

from ankang.accounts.models import Desk, User
from ankang.accounts.permissions import Permission
from ankang.desks.menus import menu_for

OWN, FOREIGN = make.TOWN, "320903102000"
ROLES = [(desk, manager) for desk in Desk.values for manager in (False, True)]
# What the villages of a town all read, and what two of them settle.
OF_TWO_VILLAGES = {f"village:{page}" for page in ("bulletin", "bulletin-pdf", "bulletin-word", "bulletin-figures")}
OF_TWO_VILLAGES |= {"village:transfer", "village:transfer_withdraw"}
# A manager opens all that the others of the desk open: enough for a second database's SQL.
ROLES_ONCE = [pytest.param(*role, marks=() if role[1] else pytest.mark.one_database) for role in ROLES]


def patterns(resolver: URLResolver | None = None, spaces: tuple[str, ...] = ()) -> Iterator[tuple[str, URLPattern]]:
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            inside = (*spaces, pattern.namespace) if pattern.namespace else spaces
            yield from patterns(pattern, inside)
        else:
            yield ":".join([*spaces, pattern.name or f"unnamed {pattern.pattern}"]), pattern


def arguments(name: str, place: Place) -> dict[str, Any]:
    if name in OBJECTS:
        return OBJECTS[name](place)
    return PLAIN_ARGUMENTS.get(name, {})


def place(town: str) -> Place:
    return Place(make.village(1, town))


def person(desk: str, manager: bool, town: str) -> User:
    level = {Desk.VILLAGE: make.village(1, town)}
    return make.user(desk, level.get(Desk(desk), make.town(town)), is_manager=manager)


def opens(client: Client, address: str) -> str:
    """Return what a person meets: `opened`, `login` or `refused`. A page that only takes forms counts as opened."""
    response = client.get(address)
    if response.status_code == 405 and address.startswith("/api/"):  # a key is asked for by what the call takes
        response = client.post(address)
    if response.status_code == 302 and response["Location"].startswith("/login/?next="):
        return "login"
    if response.status_code in (401, 403, 404):
        return "refused"
    assert response.status_code in (200, 302, 405, 410), (address, response.status_code)
    return "opened"


def test_every_page_stands_in_the_table_with_its_permission() -> None:
    declared = {name: getattr(pattern.callback, "permission", None) for name, pattern in patterns()}
    wanted = {name: Permission(who.desks, who.manager, who.unsettled, who.key_scope) for name, who in PAGES.items()}
    assert declared == wanted


def test_every_address_with_an_argument_is_made_from_an_object_or_a_plain_word() -> None:
    with_arguments = {name for name, pattern in patterns() if pattern.pattern.converters}
    assert with_arguments == set(OBJECTS) | set(PLAIN_ARGUMENTS)


@pytest.mark.django_db
@pytest.mark.parametrize(("desk", "manager"), ROLES_ONCE)
def test_each_role_opens_its_own_pages_and_no_other(desk: str, manager: bool) -> None:
    here = place(OWN)
    client = logged_in(person(desk, manager, OWN))
    for name, who in PAGES.items():
        space = name.split(":")[0]
        own_desk = space not in Desk.values or space == desk
        allowed = not (who.desks or who.key_scope) or (desk in who.desks and own_desk and (manager or not who.manager))
        if name == "logout":
            continue
        met = opens(client, reverse(name, kwargs=arguments(name, here)))
        assert met == ("opened" if allowed else "refused"), (name, desk, manager)


@pytest.mark.django_db
@pytest.mark.parametrize(("desk", "manager"), ROLES)
def test_whatever_stands_in_a_menu_opens(desk: str, manager: bool) -> None:
    client = logged_in(person(desk, manager, OWN))
    shown = menu_for(desk, manager=manager)
    assert shown, "a desk without a menu"
    for item in shown:
        assert opens(client, item.address) == "opened", item.label


@pytest.mark.django_db
def test_who_is_not_logged_in_is_sent_to_the_log_in() -> None:
    here = place(OWN)
    for name, who in PAGES.items():
        met = opens(Client(), reverse(name, kwargs=arguments(name, here)))
        assert met == ("login" if who.desks else "refused" if who.key_scope else "opened"), name


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(OBJECTS))
def test_an_object_of_a_foreign_place_is_not_there(name: str) -> None:
    who = PAGES[name]
    space = name.split(":", maxsplit=1)[0]
    for desk in [desk for desk in sorted(who.desks) if space not in Desk.values or space == desk]:
        client = logged_in(person(desk, True, OWN))
        assert opens(client, reverse(name, kwargs=arguments(name, place(OWN)))) == "opened", desk
        others = [place(FOREIGN)]
        if desk == Desk.VILLAGE and name not in OF_TWO_VILLAGES:
            others.append(Place(make.village(2, OWN)))
        for other in others:
            foreign = reverse(name, kwargs=arguments(name, other))
            met = {client.get(foreign).status_code, client.post(foreign).status_code}
            assert met <= {403, 404, 405}, (desk, other.village, met)
            assert met != {405}, desk


@pytest.mark.django_db
def test_a_page_that_does_not_say_who_may_open_it_opens_for_nobody(rf: Any) -> None:
    from ankang.accounts.middleware import GateMiddleware, UndeclaredPermission

    gate = GateMiddleware(lambda request: None)  # type: ignore[arg-type, return-value]

    def bare(request: object) -> None:
        return None

    with pytest.raises(UndeclaredPermission, match="bare"):
        gate.process_view(rf.get("/bare/"), bare, (), {})
