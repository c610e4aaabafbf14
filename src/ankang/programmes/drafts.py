"""Making a plan: start a draft from last year's or from a file, save its parts, restore an earlier state."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction

from ankang.accounts.models import Desk, User
from ankang.audit.record import record
from ankang.programmes.draft_errors import DraftChanged, DraftClosed
from ankang.programmes.draft_models import DraftRevision, ProgrammeDraft
from ankang.programmes.locks import draft_for_update
from ankang.programmes.models import ProgrammeVersion
from ankang.programmes.sources import Files, files_in, files_of
from ankang.rules.dump import toml_text
from ankang.rules.errors import InvalidInput, NotAllowed
from ankang.rules.file_edit import put, with_product, with_reading
from ankang.rules.file_form import node_of, sections
from ankang.rules.file_shape import require_shape
from ankang.rules.file_targets import put_targets
from ankang.rules.load import read_tables
from ankang.rules.next_year import for_next_year
from ankang.rules.readings import TOPICS

How = DraftRevision.How
State = ProgrammeDraft.State
_SAVED_ELSEWHERE = (
    "您在别处刚保存过这一部分（第 {} 稿），这个页面还是以前的，填的内容没有自动存下。点“保存这一部分”看两边各写了什么。"
)
_LARGEST = 400_000  # characters of a file: twenty times the largest plan that we know


@transaction.atomic
def copy_version(*, by: User, version: ProgrammeVersion, amend: bool, now: datetime) -> ProgrammeDraft:
    """Start a draft from a published version: next year's plan, or with `amend` the same plan's next version.

    A copy for next year has every part to be compared with the new paper. Errors: NotAllowed.
    """
    require_office(by, version.programme.division_id)
    files = files_of(version)
    tables = files.tables if amend else for_next_year(files.tables)
    unchecked = [] if amend else [key for key, _ in sections(tables)]
    draft = _start(by, version.programme.division_id, tables, now, base=version, is_amendment=amend)
    _keep(draft, by, Files(tables, files.targets), How.COPIED, now, unchecked=unchecked)
    return draft


@transaction.atomic
def upload_files(*, by: User, content: bytes, targets: bytes, now: datetime) -> ProgrammeDraft:
    """Start a draft from the bytes of a `programme.toml` and a `targets.csv` (empty: none yet).

    A file with wrong values is taken, for the form to put right. Errors: NotAllowed, ProgrammeFileError (no TOML, a
    key that no form can show), InvalidInput (too large, targets that are no text).
    """
    require_office(by, by.division_id)
    if len(content) + len(targets) > _LARGEST:
        raise InvalidInput("文件太大了，不像是方案。请选 programme.toml 和 targets.csv。", field="file")
    tables, rows = read_tables(content), _decoded(targets)
    require_shape(tables)
    draft = _start(by, by.division_id, tables, now)
    _keep(draft, by, Files(tables, rows), How.UPLOADED, now)
    return draft


@transaction.atomic
def save_section(
    *,
    by: User,
    draft: ProgrammeDraft,
    section: str,
    given: Mapping[str, str],
    based_on: int,
    is_checked: bool | None,
    is_auto: bool,
    now: datetime,
) -> DraftRevision:
    """Store what a form gave for one part, and return the state that holds it.

    `based_on`: the number of the state that the form showed. A save of another part meanwhile does no harm, nor does
    what the same form saved by itself. The same part saved by another, or by the same person on purpose: this one is
    stored `aside`, nothing is lost, and the draft stays as it is. Only a form that saves itself after its person saved
    is refused, because it is most likely one that came late.
    `is_checked`: whether the part was compared with the paper (None: as before). `is_auto`: the form saves itself as it
    is filled; ticked rows stay until the person saves.
    Errors: NotAllowed, DraftClosed, DraftChanged, InvalidInput (no such part or state).
    """
    locked = _open(by, draft)
    head, base = _revision(locked, locked.head), _revision(locked, based_on)
    files = _merged(locked, head, base, section, given, by=by, is_auto=is_auto)
    if files is None:
        mine = _edited(files_in(base), section, given, removing=not is_auto)
        return _keep(locked, by, mine, How.ASIDE, now, section=section, unchecked=head.unchecked)
    unchecked = _unchecked(head.unchecked, section, is_checked)
    is_news = files != files_in(head) or unchecked != head.unchecked
    if not is_news and (is_auto or head.how != How.AUTO):
        return head  # what a form saved by itself becomes a person's save even where both are alike
    return _keep(locked, by, files, How.AUTO if is_auto else How.SAVED, now, section=section, unchecked=unchecked)


@transaction.atomic
def add_part(*, by: User, draft: ProgrammeDraft, part: str, based_on: int, now: datetime) -> DraftRevision:
    """Add an empty product (`product`) or a reading about a topic, and return the new state.

    Errors: NotAllowed, DraftClosed, DraftChanged, InvalidInput (no such topic).
    """
    locked = _open(by, draft)
    head = _same_head(locked, based_on)
    files = files_in(head)
    if part != "product" and part not in TOPICS:
        raise InvalidInput("没有这样的口径。请从列表里选一件事。", field="part")
    tables = with_product(files.tables) if part == "product" else with_reading(files.tables, part)
    section = f"products-{len(tables['products'])}" if part == "product" else "readings"
    return _keep(locked, by, Files(tables, files.targets), How.SAVED, now, section=section, unchecked=head.unchecked)


@transaction.atomic
def restore(*, by: User, draft: ProgrammeDraft, number: int, based_on: int, now: datetime) -> DraftRevision:
    """Make an earlier state, or one that was put aside, the newest one.

    Errors: NotAllowed, DraftClosed, DraftChanged, InvalidInput (no such state).
    """
    locked = _open(by, draft)
    _same_head(locked, based_on)
    old = _revision(locked, number)
    return _keep(locked, by, files_in(old), How.RESTORED, now, unchecked=old.unchecked)


@transaction.atomic
def follow_newest(*, by: User, draft: ProgrammeDraft, newest: ProgrammeVersion) -> ProgrammeDraft:
    """Let an amendment follow the version that was published meanwhile: it is compared with that from now on.

    Errors: NotAllowed, DraftClosed.
    """
    locked = _open(by, draft)
    locked.base = newest
    locked.save(update_fields=["base"])
    record(by=by, action="draft.follow", subject=locked, division_code=locked.division_id, number=newest.number)
    return locked


def require_office(by: User, division_code: str) -> None:
    """Let pass the town's office in its own division. Errors: NotAllowed."""
    if by.desk != Desk.TOWN or not division_code.startswith(by.scope):
        raise NotAllowed("方案由发文单位自己的民政办起草和发布。")


def _start(
    by: User,
    division_code: str,
    tables: dict[str, object],
    now: datetime,
    *,
    base: ProgrammeVersion | None = None,
    is_amendment: bool = False,
) -> ProgrammeDraft:
    draft = ProgrammeDraft.objects.create(
        division_id=division_code,
        title=_title(tables),
        base=base,
        is_amendment=is_amendment,
        created_by=by,
        created_at=now,
    )
    record(by=by, action="draft.start", subject=draft, division_code=division_code)
    return draft


def _title(tables: Mapping[str, object]) -> str:
    return str(tables.get("name") or "没有名称的方案")[:80]


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        problem = "targets.csv 不是 UTF-8 编码。请在 Excel 里另存为“CSV UTF-8”。"
        raise InvalidInput(problem, field="targets") from None


def _open(by: User, draft: ProgrammeDraft) -> ProgrammeDraft:
    require_office(by, draft.division_id)
    locked = draft_for_update(draft.pk)
    if locked.state != State.OPEN:
        raise DraftClosed(f"这份草稿{locked.get_state_display()}，现在不能改。", state=locked.state)
    return locked


def _same_head(draft: ProgrammeDraft, based_on: int) -> DraftRevision:
    if draft.head != based_on:
        raise DraftChanged("刚才有人改过这份草稿，还没有保存您的改动。请看一眼现在的内容，再做一次。", head=draft.head)
    return _revision(draft, draft.head)


def _revision(draft: ProgrammeDraft, number: int) -> DraftRevision:
    found = draft.revisions.filter(number=number).first()
    if found is None:
        raise InvalidInput("没有这一稿。请刷新页面。", field="based_on", value=number)
    return found


def _merged(
    draft: ProgrammeDraft,
    head: DraftRevision,
    base: DraftRevision,
    section: str,
    given: Mapping[str, str],
    *,
    by: User,
    is_auto: bool,
) -> Files | None:
    """Return the newest files with what a form gave, None where that would undo what was saved meanwhile.

    Errors: DraftChanged (a form that saved itself too late), InvalidInput.
    """
    newest, shown = files_in(head), files_in(base)
    later = draft.revisions.filter(number__gt=base.number).exclude(how=How.ASIDE)
    mine = _edited(shown, section, given, removing=not is_auto)
    if not later.exclude(by=by, section=section, how=How.AUTO).exists():
        return mine
    if _part(mine, section) == _part(newest, section):
        return newest  # the same again, as from a button pressed twice
    here = later.filter(section=section)
    if is_auto and here.filter(by=by, how=How.SAVED).exists() and not here.exclude(by=by).exists():
        raise DraftChanged(_SAVED_ELSEWHERE.format(head.number), head=head.number)
    if _part(shown, section) == _part(newest, section):
        return _edited(newest, section, given, removing=not is_auto)
    return None


def _edited(files: Files, section: str, given: Mapping[str, str], *, removing: bool) -> Files:
    if section == "targets":
        return Files(files.tables, put_targets(files.targets, given, removing=removing))
    try:
        return Files(put(files.tables, section, given, removing=removing), files.targets)
    except KeyError:
        raise InvalidInput("没有这一部分，可能刚被删掉。请回到草稿首页。", field="section", value=section) from None


def _part(files: Files, section: str) -> object:
    """What one part holds, to be compared: its entries as text."""
    if section == "targets":
        return files.targets
    try:
        return [(entry.name, entry.text) for entry in node_of(files.tables, section).walk()]
    except KeyError:
        return None


def _unchecked(before: Sequence[str], section: str, is_checked: bool | None) -> list[str]:
    if is_checked is None:
        return list(before)
    others = [key for key in before if key != section]
    return others if is_checked else [*others, section]


def _keep(
    draft: ProgrammeDraft,
    by: User,
    files: Files,
    how: str,
    now: datetime,
    *,
    section: str = "",
    unchecked: Sequence[str] = (),
) -> DraftRevision:
    """Append a state; all but one put aside become the draft's newest."""
    last = draft.revisions.order_by("-number").first()
    known = {key for key, _ in sections(files.tables)}
    revision = DraftRevision.objects.create(
        draft=draft,
        number=last.number + 1 if last else 1,
        tables=toml_text(files.tables),
        targets=files.targets,
        unchecked=[key for key in unchecked if key in known],
        section=section,
        how=how,
        at=now,
        by=by,
    )
    if how != How.ASIDE:
        draft.head, draft.title = revision.number, _title(files.tables)
        draft.save(update_fields=["head", "title"])
    action = "draft.restore" if how == How.RESTORED else "draft.save"
    record(
        by=by, action=action, subject=draft, division_code=draft.division_id, number=revision.number, section=section
    )
    return revision
