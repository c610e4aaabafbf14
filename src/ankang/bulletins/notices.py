"""催办通知: a village is told who is missing, and confirms that it has read it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from ankang.accounts.models import Desk, User
from ankang.audit.record import record, record_many
from ankang.bulletins.actions import require_town
from ankang.bulletins.errors import KeyReused, NobodyMissing
from ankang.bulletins.figures import Figures, VillageFigures, figures_of, to_document, village_from_document
from ankang.bulletins.locks import notice_for_update
from ankang.bulletins.models import Notice, NoticePerson
from ankang.bulletins.papers import day_of, office_of
from ankang.enrolment.coverage import town_coverage
from ankang.enrolment.models import Participation
from ankang.enrolment.subjects import waiting_residents
from ankang.outreach.queries import with_care
from ankang.papers import Annex, Block, Heading, Paper, Table, Text
from ankang.programmes.models import ProgrammeVersion
from ankang.rules.days import short_day_words
from ankang.rules.errors import InvalidInput, NotAllowed

_NOBODY = "（没有分到人）"


@dataclass(frozen=True, slots=True)
class Missing:
    """One person whom a notice names, as papers and pages show them: the number by its last four characters."""

    name: str
    tail: str
    household: str
    is_subject: bool
    worker: str
    is_insured: bool  # since


def villages_to_urge(figures: Figures) -> tuple[VillageFigures, ...]:
    """Return the villages that are behind, stand still or lack subjects: worst rank first."""
    found = [
        one
        for one in figures.villages
        if one.course in {"behind", "missed"} or one.stands_still or one.subjects_missing
    ]
    return tuple(reversed(found))


def issue_notices(
    *, by: User, version: ProgrammeVersion, villages: Collection[str], due_on: date, key: str, now: datetime
) -> list[Notice]:
    """Freeze who is missing in each of these villages, a notice a village; villages that lack nobody get none.

    The same key again returns the same notices. Errors: NotAllowed, InvalidInput (villages, due_on), NobodyMissing,
    KeyReused.
    """
    require_town(by)
    done = list(Notice.objects.filter(key__startswith=f"{key}:").order_by("pk"))
    if done:
        return _same(done, by)
    if not villages:
        raise InvalidInput("请至少勾选一个村（居）。", field="villages")
    today = timezone.localdate(now)
    if due_on < today:
        raise InvalidInput("办结期限不能早于今天。", field="due_on")
    figures = figures_of(town_coverage(by, version, today), version, by.division.name, now)
    try:
        with transaction.atomic():
            return _issue(by, version, figures, frozenset(villages), due_on=due_on, key=key, now=now)
    except IntegrityError:
        return _same(list(Notice.objects.filter(key__startswith=f"{key}:").order_by("pk")), by)


@transaction.atomic
def confirm_read(*, by: User, notice: Notice, now: datetime) -> Notice:
    """Note that the village has read a notice; the first one counts, twice is once. Errors: NotAllowed."""
    if by.desk != Desk.VILLAGE or notice.village_id != by.division_id:
        raise NotAllowed("催办通知由收到的村（居）自己确认。")
    locked = notice_for_update(notice.pk)
    if locked.read_at is None:
        locked.read_at, locked.read_by = now, by
        locked.save(update_fields=["read_at", "read_by"])
        record(by=by, action="notice.read", subject=locked, division_code=locked.village_id)
    return locked


def missing_people(notice: Notice) -> list[Missing]:
    """Return whom a notice names, by worker, subjects first, and whether they joined since (two queries)."""
    programme = notice.version.programme_id
    rows = notice.people.select_related("resident", "worker").order_by("-is_subject", "worker_id", "pk")
    people = list(rows)
    joined = _insured({row.resident_id for row in people}, programme)
    return [
        Missing(
            name=row.resident.name,
            tail=row.resident.number_tail,
            household=row.resident.household,
            is_subject=row.is_subject,
            worker=row.worker.full_name if row.worker else _NOBODY,
            is_insured=row.resident_id in joined,
        )
        for row in people
    ]


@transaction.atomic
def note_download(*, by: User, notice: Notice, form: str) -> None:
    """Note that a notice with its names left as a file. `form`: pdf or word."""
    record(by=by, action="notice.download", subject=notice, division_code=notice.village_id, form=form)


def notice_paper(notice: Notice, people: Sequence[Missing]) -> Paper:
    """Return a notice as a paper, the list as its annex: for this village alone, numbers masked."""
    figures = village_from_document(notice.document)
    office = office_of(notice.issued_by.division.name)
    subjects = [one for one in people if one.is_subject]
    others = [one for one in people if not one.is_subject]
    blocks: list[Block] = [Text(line) for line in _words(notice, figures, len(subjects), len(others))]
    blocks.append(Annex("附件", f"{figures.name}未参保人员名单"))
    blocks += _lists(subjects, others)
    return Paper(
        title=f"关于{figures.name}参保工作的催办通知",
        blocks=blocks,
        organ=office,
        number=f"安康催办第{notice.pk}号",
        to=f"{figures.name}：",
        signed=office,
        day=day_of(notice.issued_at),
        printed_by=office,
        printed_on=f"{day_of(notice.issued_at)}印发",
    )


def _words(notice: Notice, figures: VillageFigures, subjects: int, others: int) -> list[str]:
    plan = notice.version.programme.name
    target = f"下达目标{figures.target}人，{_gap(figures.target_gap)}；" if figures.is_published else ""
    said = [
        f"截至{day_of(notice.issued_at)}，你村60周岁以上老年人{figures.population}人，{plan}已参保{figures.insured}人，"
        f"参保率{figures.percent}%，全镇排名第{figures.rank}。{target}本村目标线{figures.line}人，"
        f"{_gap(figures.line_gap)}。"
    ]
    if figures.stands_still:
        said.append(f"你村已连续{figures.still_days}天没有逐人登记。")
    who = f"政府购买对象{subjects}人、其他老年人{others}人未参保，名单附后。" if subjects else ""
    who = who or f"{others}名老年人未参保，名单附后。"
    pace = f"要达到目标线，你村每天要新增{figures.required}人。" if figures.required else ""
    said.append(
        f"{who}{pace}请按分工逐户上门，于{short_day_words(notice.due_on)}前办结并登记，确有困难的写明原因报我办。"
    )
    said.append("收到后请在系统里点“我已收到”。")
    return said


def _gap(people: int) -> str:
    return f"还差{people}人" if people else "已经达到"


def _lists(subjects: list[Missing], others: list[Missing]) -> list[Block]:
    """Return a table of each, numbered where there are both."""
    if not subjects:
        return [_list(others)]
    if not others:
        return [Heading("政府购买对象（应保未保）"), _list(subjects)]
    return [
        Heading("一、政府购买对象（应保未保）"),
        _list(subjects),
        Heading("二、其他未参保老年人"),
        _list(others),
    ]


def _list(people: Sequence[Missing]) -> Table:
    rows = [
        [str(at), one.name, one.tail or "—", one.household or "—", one.worker] for at, one in enumerate(people, start=1)
    ]
    return Table(["序号", "姓名", "证件后四位", "户号", "责任人"], rows, widths=[1, 2, 2, 2, 3])


def _issue(
    by: User,
    version: ProgrammeVersion,
    figures: Figures,
    villages: frozenset[str],
    *,
    due_on: date,
    key: str,
    now: datetime,
) -> list[Notice]:
    waiting = _waiting(by, version, villages, figures.today)
    chosen = [one for one in figures.villages if one.code in villages and waiting.get(one.code)]
    if not chosen:
        raise NobodyMissing("选中的村（居）没有未参保的老年人，不用催办。")
    made = [
        Notice.objects.create(
            key=f"{key}:{one.code}",
            village_id=one.code,
            version=version,
            due_on=due_on,
            document=to_document(one),
            issued_at=now,
            issued_by=by,
        )
        for one in chosen
    ]
    people = [
        NoticePerson(notice=notice, resident_id=pk, is_subject=bool(is_subject), worker_id=worker)
        for notice in made
        for pk, is_subject, worker in waiting[notice.village_id]
    ]
    NoticePerson.objects.bulk_create(people, batch_size=2000)
    told: list[Any] = [(one, one.village_id, {"people": len(waiting[one.village_id])}) for one in made]
    record_many(by=by, action="notice.issue", told=told)
    return made


def _waiting(
    by: User, version: ProgrammeVersion, villages: frozenset[str], today: date
) -> dict[str, list[tuple[int, int, int | None]]]:
    """Return (resident, is a subject, worker) of who is not insured, by village (one query)."""
    rows = with_care(waiting_residents(by, version, today), version.programme).filter(village__in=villages)
    found: dict[str, list[tuple[int, int, int | None]]] = {}
    for village, *facts in rows.values_list("village_id", "pk", "is_subject", "care__worker_id"):
        found.setdefault(village, []).append(tuple(facts))
    return found


def _insured(residents: Collection[int], programme: int) -> set[int]:
    rows = Participation.objects.insured().filter(programme=programme, resident__in=residents)
    return set(rows.values_list("resident_id", flat=True))


def _same(stored: list[Notice], by: User) -> list[Notice]:
    if not stored or stored[0].issued_by_id != by.pk:
        raise KeyReused("这张表已经提交过一次。请重新打开页面再发。")
    return stored
