"""Who may do what: the town's office moves this money, and one person never reviews what the same person prepared."""

from ankang.accounts.models import Desk, User
from ankang.rules.errors import InvalidInput, NotAllowed
from ankang.rules.money import yuan
from ankang.treasury.errors import ListChanged, NotInState, SecondPersonNeeded


def require_town(by: User, division_code: str) -> None:
    """Pass for the town's office, inside its own divisions. Errors: NotAllowed."""
    if by.desk != Desk.TOWN or not division_code.startswith(by.scope):
        raise NotAllowed("这笔钱由镇民政办经手，请用镇里的账号登录。")


def require_review(by: User, prepared_by: int, approve: bool, note: str) -> None:
    """Pass for a second person who says why when not approving. Errors: SecondPersonNeeded, InvalidInput."""
    if by.pk == prepared_by:
        raise SecondPersonNeeded("这是您编的，要由另一位同事复核。请换他登录。")
    if not approve and not note:
        raise InvalidInput("不同意要写明原因，编的同事才知道怎么改。", field="note")


def require_state(row: object, *states: str) -> None:
    """Pass for a row in one of these states. Errors: NotInState."""
    state, shown = row.state, row.get_state_display()  # type: ignore[attr-defined]
    if state not in states:
        raise NotInState(f"这一份“{shown}”，不能再办这一步。请刷新页面看现在到哪一步了。", state=state)


def require_words(text: str, field: str, what: str) -> str:
    """Return the text without spaces around it. Errors: InvalidInput when nothing is left."""
    text = text.strip()
    if not text:
        raise InvalidInput(f"请写{what}。", field=field)
    return text


def require_shown(now_fen: int, shown_fen: int) -> None:
    """Pass when a list's sum is still the one that the person saw. Errors: ListChanged."""
    if now_fen != shown_fen:
        raise ListChanged(
            f"名单和刚才显示的不一样了：现在是{yuan(now_fen)}元，刚才是{yuan(shown_fen)}元。请看过再提交。",
            total_fen=now_fen,
        )
