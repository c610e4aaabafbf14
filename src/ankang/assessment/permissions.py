"""Who may do what in an assessment: the town's office, for what binds the town only a manager; a village objects."""

from ankang.accounts.models import Desk, User
from ankang.assessment.errors import SecondPersonNeeded
from ankang.programmes.models import Programme
from ankang.rules.errors import NotAllowed


def require_town(by: User, programme: Programme) -> None:
    """Pass for the office of the town that issued the programme. Errors: NotAllowed."""
    if by.desk != Desk.TOWN or not programme.division_id.startswith(by.scope):
        raise NotAllowed("考核与奖补由发布方案的镇民政办办理，请用镇里的账号登录。")


def require_manager(by: User, programme: Programme) -> None:
    """Pass for a manager of that office. Errors: NotAllowed."""
    require_town(by, programme)
    if not by.is_manager:
        raise NotAllowed("确认办法、冻结成绩、答复申诉由镇里管账号的人办理，请他登录。")


def require_village(by: User, village_code: str) -> None:
    """Pass for the village's own desk. Errors: NotAllowed."""
    if by.desk != Desk.VILLAGE or by.division_id != village_code:
        raise NotAllowed("申诉由本村的账号提出，请用这个村的账号登录。")


def require_another(by: User, prepared_by: int, what: str) -> None:
    """Pass for whoever did not prepare it. Errors: SecondPersonNeeded."""
    if by.pk == prepared_by:
        raise SecondPersonNeeded(f"{what}是您编的，要由另一位同事复核。请换他登录。")
