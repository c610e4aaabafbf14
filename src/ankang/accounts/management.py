"""Who manages which accounts: a desk's own kind, inside the manager's own divisions."""

from ankang.accounts.models import Desk, User
from ankang.divisions.models import Division

MANAGED_DESKS: dict[str, tuple[str, ...]] = {
    Desk.TOWN: (Desk.TOWN, Desk.VILLAGE, Desk.WINDOW, Desk.FUNERAL, Desk.DONOR),
    Desk.INSURER: (Desk.INSURER,),
}


def managed_desks(user: User) -> tuple[str, ...]:
    """Return the desks whose accounts this person manages: none for who is not a manager."""
    return MANAGED_DESKS.get(user.desk, ()) if user.is_manager and user.is_active else ()


def manages(user: User, desk: str, division_code: str) -> bool:
    return desk in managed_desks(user) and division_code.startswith(user.scope)


def fits(desk: str, division: Division) -> bool:
    """Return whether an account of this desk may sit at this division: village desks at villages, others above."""
    return (desk == Desk.VILLAGE) == (division.level == Division.Level.VILLAGE)
