"""A bulletin's way: drafted with frozen figures, edited, released by a second person, withdrawn or replaced."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from ankang.accounts.models import Desk, User
from ankang.audit.record import record
from ankang.bulletins.draft import Draft, drafted
from ankang.bulletins.errors import KeyReused, NotADraft, SecondPersonNeeded, StaleQuotes, TextChanged
from ankang.bulletins.figures import digest_of, figures_of, to_document
from ankang.bulletins.locks import bulletin_for_update, year_for_update
from ankang.bulletins.models import Bulletin, BulletinText, FrozenFigures
from ankang.bulletins.queries import Issue, issue_of, read_figures
from ankang.enrolment.coverage import town_coverage
from ankang.programmes.models import ProgrammeVersion
from ankang.rules.errors import Conflict, InvalidInput, NotAllowed

State = Bulletin.State
_PARTS = {
    "title": "标题",
    "recipients": "主送",
    "progress": "进展情况",
    "problems": "存在问题",
    "demands": "下一步要求",
}
_LONGEST = {"title": 120, "recipients": 120, "copies": 120}


def draft_bulletin(
    *,
    by: User,
    version: ProgrammeVersion,
    kind: str,
    key: str,
    now: datetime,
    replaces: Bulletin | None = None,
    reason: str = "",
) -> Bulletin:
    """Freeze the figures as they are now, draft the words from them, and store both as a new draft.

    `replaces`: a released bulletin that this one corrects, with a `reason`. The same key again returns the same draft.
    Errors: NotAllowed, InvalidInput (kind, reason), Conflict (what is replaced does not stand), KeyReused.
    """
    require_town(by)
    stored = Bulletin.objects.filter(key=key).first()
    if stored:
        return _same(stored, by)
    _require_kind(kind)
    _require_replaceable(by, replaces, reason)
    bulletin = Bulletin(key=key, division_id=by.division_id, version=version, kind=kind, replaces=replaces)
    bulletin.drafted_by = bulletin.edited_by = by
    bulletin.drafted_at, bulletin.correction_reason = now, reason.strip() if replaces else ""
    try:
        with transaction.atomic():
            bulletin.save()
            frozen = _freeze(bulletin, by, 1, now)
            _store_text(bulletin, drafted(read_figures(frozen), kind), by, 1, now)
            record(
                by=by,
                action="bulletin.draft",
                subject=bulletin,
                division_code=bulletin.division_id,
                kind=kind,
                digest=frozen.digest,
            )
    except IntegrityError:
        return _same(Bulletin.objects.get(key=key), by)
    return bulletin


@transaction.atomic
def freeze_again(*, by: User, bulletin: Bulletin, now: datetime) -> Issue:
    """Freeze the figures of a draft as they are now. A text that nobody edited is drafted anew; an edited one stays,
    and `Issue.stale` tells which figures it still quotes from before. Errors: NotAllowed, NotADraft.
    """
    locked = _draft_of(by, bulletin)
    before = issue_of(locked)
    frozen = _freeze(locked, by, before.frozen.number + 1, now)
    if before.text.is_drafted:
        _store_text(locked, drafted(read_figures(frozen), locked.kind), by, before.text.number + 1, now)
    _edited(locked, by)
    record(by=by, action="bulletin.freeze", subject=locked, division_code=locked.division_id, digest=frozen.digest)
    return issue_of(locked)


@transaction.atomic
def edit_bulletin(
    *, by: User, bulletin: Bulletin, words: Draft, copies: str, seen: tuple[int, int], now: datetime
) -> Issue:
    """Store the words as the next version. `seen`: the numbers of the figures and the text that the page showed.

    Errors: NotAllowed, NotADraft, TextChanged, InvalidInput (an empty part, a line that is too long).
    """
    locked = _draft_of(by, bulletin)
    before = issue_of(locked)
    if seen != (before.frozen.number, before.text.number):
        raise TextChanged("您打开页面以后，有人改过这份通报。请复制您的改动，刷新页面再改。")
    _require_words(words, copies)
    _store_text(locked, words, by, before.text.number + 1, now, copies=copies.strip(), is_drafted=False)
    _edited(locked, by)
    record(by=by, action="bulletin.edit", subject=locked, division_code=locked.division_id, text=before.text.number + 1)
    return issue_of(locked)


@transaction.atomic
def release_bulletin(
    *, by: User, bulletin: Bulletin, seen: tuple[int, int], accepts_stale: bool, now: datetime
) -> Bulletin:
    """Release a draft under the next number of the year, as the second person; what it replaces is withdrawn with it.

    `seen` as in `edit_bulletin`; `accepts_stale`: figures of an earlier freeze are quoted on purpose.
    Errors: NotAllowed, NotADraft, SecondPersonNeeded, TextChanged, StaleQuotes.
    """
    locked = _draft_of(by, bulletin)
    if by.pk in {locked.drafted_by_id, locked.edited_by_id}:
        raise SecondPersonNeeded("这份通报是您起草或最后修改的，要由另一位同事印发。请换他登录。")
    issue = issue_of(locked)
    _require_seen(issue, seen, accepts_stale)
    year = timezone.localdate(now).year
    counter = year_for_update(locked.division_id, year)
    counter.last += 1
    counter.save(update_fields=["last"])
    locked.state, locked.year, locked.number = State.RELEASED, year, counter.last
    locked.figures, locked.text = issue.frozen, issue.text
    locked.released_by, locked.released_at = by, now
    locked.save()
    _withdraw_replaced(locked, by, now)
    record(
        by=by,
        action="bulletin.release",
        subject=locked,
        division_code=locked.division_id,
        number=locked.number,
        year=locked.year,
        digest=issue.frozen.digest,
    )
    return locked


@transaction.atomic
def withdraw_bulletin(*, by: User, bulletin: Bulletin, reason: str, now: datetime) -> Bulletin:
    """Withdraw a draft or a released bulletin, with a reason; its number is never given again.

    Errors: NotAllowed, InvalidInput (reason), Conflict (it is withdrawn already).
    """
    require_town(by, bulletin)
    if not reason.strip():
        raise InvalidInput("作废要写明原因，收到的村（居）才知道为什么。", field="reason")
    locked = bulletin_for_update(bulletin.pk)
    if locked.state == State.WITHDRAWN:
        raise Conflict("这份通报已经作废，不用再作废。请刷新页面。")
    _withdraw(locked, by, reason.strip()[:200], now)
    return locked


def require_town(by: User, bulletin: Bulletin | None = None) -> None:
    """Let pass the town's people over their own division. Errors: NotAllowed."""
    inside = bulletin is None or bulletin.division_id.startswith(by.scope)
    if by.desk != Desk.TOWN or not inside:
        raise NotAllowed("通报和催办通知由本镇民政办起草、印发。")


def _same(stored: Bulletin, by: User) -> Bulletin:
    if stored.drafted_by_id != by.pk:
        raise KeyReused("这张表已经提交过一次。请重新打开页面再起草。", key=stored.key)
    return stored


def _require_kind(kind: str) -> None:
    if kind not in Bulletin.Kind.values:
        raise InvalidInput("请选是周通报还是总结通报。", field="kind")


def _require_replaceable(by: User, replaces: Bulletin | None, reason: str) -> None:
    if replaces is None:
        return
    require_town(by, replaces)
    if replaces.state != State.RELEASED:
        raise Conflict("只有已印发、没有作废的通报才能更正。请看通报列表。")
    if not reason.strip():
        raise InvalidInput("更正要写明原因，印发时会写在原来那份上。", field="reason")


def _draft_of(by: User, bulletin: Bulletin) -> Bulletin:
    require_town(by, bulletin)
    locked = bulletin_for_update(bulletin.pk)
    if not locked.is_draft:
        raise NotADraft(f"这份通报{locked.get_state_display()}，不能再改。内容有错的，请用“更正”另发一份。")
    return locked


def _freeze(bulletin: Bulletin, by: User, number: int, now: datetime) -> FrozenFigures:
    """The dashboard's own query, at this instant."""
    town = town_coverage(by, bulletin.version, timezone.localdate(now))
    document = to_document(figures_of(town, bulletin.version, bulletin.division.name, now))
    return FrozenFigures.objects.create(
        bulletin=bulletin,
        number=number,
        document=document,
        digest=digest_of(document),
        frozen_at=now,
        frozen_by=by,
    )


def _store_text(
    bulletin: Bulletin,
    words: Draft,
    by: User,
    number: int,
    now: datetime,
    *,
    copies: str = "",
    is_drafted: bool = True,
) -> None:
    BulletinText.objects.create(
        bulletin=bulletin,
        number=number,
        copies=copies,
        is_drafted=is_drafted,
        written_at=now,
        written_by=by,
        **{name: getattr(words, name).strip().replace("\r\n", "\n") for name in _PARTS},
    )


def _edited(bulletin: Bulletin, by: User) -> None:
    bulletin.edited_by = by
    bulletin.save(update_fields=["edited_by"])


def _require_words(words: Draft, copies: str) -> None:
    for name, label in _PARTS.items():
        if not getattr(words, name).strip():
            raise InvalidInput(f"“{label}”是空的，请写上。", field=name)
    given = {"title": words.title, "recipients": words.recipients, "copies": copies}
    for name, text in given.items():
        if len(text) > _LONGEST[name] or "\n" in text.strip():
            raise InvalidInput(f"这一项最多{_LONGEST[name]}个字，写成一行。", field=name)


def _require_seen(issue: Issue, seen: tuple[int, int], accepts_stale: bool) -> None:
    if seen != (issue.frozen.number, issue.text.number):
        raise TextChanged("您打开页面以后，有人改过这份通报。请刷新页面，看过新的内容再印发。")
    if issue.stale and not accepts_stale:
        quotes = "、".join(issue.stale)
        raise StaleQuotes(
            f"正文还引用着上一次的数字：{quotes}。请改正文；确实要写旧数字的，勾选“旧数字是有意写的”再印发。",
            field="accepts_stale",
            quotes=issue.stale,
        )


def _withdraw_replaced(bulletin: Bulletin, by: User, now: datetime) -> None:
    if bulletin.replaces_id is None:
        return
    old = bulletin_for_update(bulletin.replaces_id)
    if old.state != State.RELEASED:
        raise Conflict(f"{old.name}已经作废，不能再更正。请作废这份草稿，另起草一份。")
    _withdraw(old, by, f"由{bulletin.name}更正：{bulletin.correction_reason}"[:200], now)


def _withdraw(bulletin: Bulletin, by: User, reason: str, now: datetime) -> None:
    bulletin.state = State.WITHDRAWN
    bulletin.withdrawn_by, bulletin.withdrawn_at, bulletin.withdrawn_reason = by, now, reason
    bulletin.save(update_fields=["state", "withdrawn_by", "withdrawn_at", "withdrawn_reason"])
    record(by=by, action="bulletin.withdraw", subject=bulletin, division_code=bulletin.division_id)
