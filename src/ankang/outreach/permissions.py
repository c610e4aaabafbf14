"""Who may do what from house to house: the village's own people, for some of it only their first responsible person.

The accounts of a village stay with the town (`accounts.management`): who leads a village divides the work, and opens
no accounts. The town names the lead; in a village where nobody is named, every worker may divide.
"""

from ankang.accounts.management import manages
from ankang.accounts.models import Desk, User
from ankang.divisions.models import Division
from ankang.outreach.errors import NotTheLead
from ankang.outreach.models import VillageLead
from ankang.rules.errors import InvalidInput, NotAllowed


def lead_of(village_code: str) -> User | None:
    """Return the village's first responsible person while that account is in use there (one query)."""
    row = VillageLead.objects.select_related("user").filter(village=village_code).first()
    return row.user if row and works_at(row.user, village_code) else None


def works_at(user: User, village_code: str) -> bool:
    """Return whether this is an active account of the village's own desk."""
    return user.is_active and user.desk == Desk.VILLAGE and user.division_id == village_code


def leads(user: User, lead: User | None) -> bool:
    """Return whether a village worker may divide the work and write the plan, given who is named (no query)."""
    return user.desk == Desk.VILLAGE and (lead is None or lead.pk == user.pk)


def require_worker(by: User, village_code: str) -> None:
    """Pass for a worker of this village. Errors: NotAllowed."""
    if not works_at(by, village_code):
        raise NotAllowed("只有本村的工作人员能记上门情况，请用这个村的账号登录。")


def require_lead(by: User, village_code: str) -> None:
    """Pass for who leads this village (one query). Errors: NotAllowed; NotTheLead."""
    require_worker(by, village_code)
    lead = lead_of(village_code)
    if not leads(by, lead):
        name = lead.full_name if lead else ""
        raise NotTheLead(f"本村的第一责任人是{name}，分工和工作方案由他来定。请找他办理。")


def require_naming(by: User, village: Division, user: User) -> None:
    """Pass for a manager of the village's accounts who names one of them. Errors: NotAllowed; InvalidInput."""
    if not manages(by, Desk.VILLAGE, village.code):
        raise NotAllowed(f"{village.name}的第一责任人由镇民政办管账号的人指定。")
    if not works_at(user, village.code):
        raise InvalidInput(f"{user.full_name}不是{village.name}在用的账号，请选这个村的人。", field="user")
