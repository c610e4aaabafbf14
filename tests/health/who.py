"""Who may open a page, as the tables of the health tests say it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Who:
    desks: frozenset[str] = frozenset()  # empty: everybody, logged in or not
    manager: bool = False
    key_scope: str = ""  # no person: a call by a machine key of this scope
    unsettled: bool = False  # also before the password is one's own and the second factor is set up


def only(*desks: str, manager: bool = False) -> Who:
    return Who(frozenset(desks), manager)


EVERYBODY = Who()
