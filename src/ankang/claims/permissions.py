"""Who may move a claim: the insurer's people, on the villages of their division. Who may report one: more desks."""

from collections.abc import Callable

from ankang.accounts.models import Desk, User
from ankang.rules.errors import NotAllowed


def require_handler(by: User, village_id: str) -> None:
    """Pass for a claims handler of this village. Errors: NotAllowed."""
    if by.desk != Desk.INSURER:
        raise NotAllowed("只有中国人寿的理赔人员能办理赔案，请用理赔岗位的账号登录。")
    if not village_id.startswith(by.scope):
        raise NotAllowed("这位老人不在您的管辖范围内，请交给管这个地方的理赔人员。")


GREEN = (Desk.WINDOW, Desk.FUNERAL)  # the desks that work while the family stands there (绿色通道)
Permit = Callable[[User, str], None]  # who may, on a claim of a village; errors: NotAllowed


def require_green(by: User, village_id: str) -> None:
    """Pass for a medical window or a funeral home of this village. Errors: NotAllowed."""
    if by.desk not in GREEN:
        raise NotAllowed("只有卫生院窗口和殡仪馆能走绿色通道，请用窗口的账号登录。")
    if not village_id.startswith(by.scope):
        raise NotAllowed("这位老人不在这个窗口的范围内，请家属打中国人寿电话 95519 报案。")


REPORTING = (Desk.INSURER, Desk.TOWN, Desk.VILLAGE, Desk.WINDOW, Desk.FUNERAL)


def require_reporter(by: User, village_id: str) -> None:
    """Pass for who may report an accident of this village, and hand its papers in. Errors: NotAllowed."""
    if by.desk not in REPORTING:
        raise NotAllowed("您的岗位不能报案，请打中国人寿电话 95519。")
    if not village_id.startswith(by.scope):
        raise NotAllowed("这位老人不在您的管辖范围内，请家属打中国人寿电话 95519 报案。")
