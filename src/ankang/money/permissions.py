"""Who may touch money: the village collects and hands over, the town confirms what arrives."""

from ankang.accounts.models import Desk, User
from ankang.rules.errors import NotAllowed


def require_collector(by: User, village_code: str) -> None:
    """Let pass the people of a village. Errors: NotAllowed."""
    if by.desk != Desk.VILLAGE or not village_code.startswith(by.scope):
        raise NotAllowed("收费、交款和日结由本村居的工作人员办理。")


def require_town(by: User, village_code: str) -> None:
    """Let pass the town's people over a village. Errors: NotAllowed."""
    if by.desk != Desk.TOWN or not village_code.startswith(by.scope):
        raise NotAllowed("核对转账、点收交款由本镇民政办办理。")
