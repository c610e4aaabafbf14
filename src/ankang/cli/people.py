"""In whose name a command writes: an account that could do the same on the pages."""

import argparse

from ankang.accounts.models import Desk, User
from ankang.rules.errors import InvalidInput, NotAllowed


def add_person(parser: argparse.ArgumentParser) -> None:
    """Describe `--as`."""
    parser.add_argument(
        "--as", dest="username", required=True, metavar="登录名", help="以哪个账号的名义办，记入操作记录"
    )


def person_named(username: str, *desks: Desk) -> User:
    """Return an open account of one of the desks. Errors: InvalidInput for no such account; NotAllowed for others."""
    found = User.objects.select_related("division").filter(username=username, is_active=True).first()
    if found is None:
        raise InvalidInput(f"没有登录名是 {username} 的账号，或已停用。请核对 --as。", field="as")
    if found.desk not in desks:
        allowed = "、".join(desk.label for desk in desks)
        raise NotAllowed(f"{found.full_name}的岗位不办这件事。请换一个{allowed}的账号。")
    return found
