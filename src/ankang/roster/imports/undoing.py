"""Taking an import back, whole, while nothing rests on it: no enrolment, no claim, no later change."""

from array import array
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import cast

from django.db import models, transaction
from django.db.models import Exists, Model, OuterRef, Q, QuerySet

from ankang.accounts.models import User
from ankang.audit.record import record
from ankang.roster.imports.trail import FACTS, STATE, put_back
from ankang.roster.locks import run_for_update
from ankang.roster.models import ImportChange, ImportRun, Resident
from ankang.roster.transfer_models import Transfer
from ankang.rules.errors import Conflict, NotAllowed

_NAMED = 3
_CHUNK = 900  # SQLite takes 999 parameters a query
_WORDS = {
    "enrolment.Participation": "已经登记过参保",
    "enrolment.LateEntry": "已批准逾期补登",
    "enrolment.GovernmentBatchRow": "已列在政府购买批次里",
    "enrolment.SlipLine": "已列在一起参保的登记单里",
    "claims.Claim": "已有理赔案件",
    "outreach.FollowUp": "已有上门记录",
    "outreach.Assignment": "已分给工作人员上门",
    "roster.LinkCase": "已有别的名单按姓名比对认定",
}
_LATER = (  # what may have happened since to somebody who was there before
    ("participations__enrolments__enrolled_at__gte", "后来登记过参保"),
    ("participations__enrolments__cancelled_at__gte", "后来撤销过参保"),
    ("claims__reported_at__gte", "后来有理赔案件"),
)


@transaction.atomic
def undo_import(*, by: User, run_id: int, now: datetime) -> ImportRun:
    """Take an import back: who came with it leaves the roster, everybody else is as before.

    One that was stopped half-way too, and then it does not go on. Residents are locked in the order in which imports
    and batches take them, and handled some hundreds at a time, so that memory does not grow with their number.
    Errors: NotAllowed outside one's division; Conflict when undone already, or naming who stands in the way and why.
    Then nothing was changed.
    """
    run = run_for_update(run_id)
    if not run.division_id.startswith(by.scope):
        raise NotAllowed("这次导入不在您的管辖范围内，不能撤回。")
    if run.undone_at is not None:
        raise Conflict("这次导入已经撤回了。")
    came, kept = _lock(run)
    _refuse(run)
    for keys in _some(kept):
        _put_back(run, keys)
    for keys in _some(came):
        Resident.objects.filter(pk__in=keys).delete()
    run.undone_at, run.undone_by = now, by
    run.save(update_fields=["undone_at", "undone_by"])
    record(
        by=by,
        action="roster.undo_import",
        subject=run,
        division_code=run.division_id,
        removed=len(came),
        put_back=len(kept),
    )
    return run


def _touched(run: ImportRun) -> QuerySet[Resident]:
    """Return who came with the import and whom it changed."""
    changes = ImportChange.objects.filter(run=run, resident=OuterRef("pk"))
    return Resident.objects.filter(Q(brought_by=run) | Exists(changes))


def _lock(run: ImportRun) -> tuple["array[int]", "array[int]"]:
    """Lock whom the import touched; return the keys of who came with it, and of who was there before."""
    came, kept = array("q"), array("q")
    rows = _touched(run).select_for_update(of=("self",), no_key=True).order_by("number_index", "pk")
    for key, brought_by in rows.values_list("pk", "brought_by_id").iterator(chunk_size=_CHUNK):
        (came if brought_by == run.pk else kept).append(key)
    return came, kept


def _put_back(run: ImportRun, keys: Sequence[int]) -> None:
    residents = Resident.objects.in_bulk(keys)
    for row in run.changes.filter(resident_id__in=keys).order_by("-id"):
        put_back(row, residents[row.resident_id])
    Resident.objects.bulk_update(residents.values(), [*FACTS, *STATE, "updated_at"], batch_size=50)


def _refuse(run: ImportRun) -> None:
    """Refuse while something rests on the import, in the order that a person can mend it."""
    if run.link_cases.filter(resident__isnull=False).exists():
        raise Conflict("不能撤回：这次导入里没有号码的行，已有人按姓名比对认定。有误的请在名册里逐人更正。")
    _refuse_those("后来又改过", _touched(run).exclude(updated_at=run.at))
    asked = Transfer.objects.filter(state=Transfer.State.WAITING, resident__brought_by=run).values("resident_id")
    _refuse_those("有村居申请转入，请先在“转村申请”里答复", Resident.objects.filter(pk__in=asked))
    for relation in _relations():
        model = cast("type[Model]", relation.related_model)
        used = model._default_manager.filter(**{relation.field.attname: OuterRef("pk")})
        words = _WORDS.get(model._meta.label, "已有后来的登记")
        _refuse_those(words, Resident.objects.filter(Exists(used), brought_by=run))
    for condition, words in _LATER:
        found = Resident.objects.filter(Q(**{condition: run.at}), import_changes__run=run)
        _refuse_those(words, found)


def _relations() -> Iterator[models.ManyToOneRel]:
    """Yield what may point at a resident, but for the roster's own rows that go with them."""
    for relation in Resident._meta.get_fields(include_hidden=True):
        if not isinstance(relation, models.ManyToOneRel):
            continue
        model = cast("type[Model]", relation.related_model)
        if model._meta.app_label != "roster" or relation.on_delete is not models.CASCADE:
            yield relation


def _refuse_those(words: str, found: QuerySet[Resident]) -> None:
    count = found.distinct().count()
    if count:
        names = list(found.order_by("pk").distinct().values_list("name", flat=True)[:_NAMED])
        some = "、".join(names) + ("等" if count > _NAMED else "")
        raise Conflict(f"不能撤回：{some}{count}人{words}。有误的请在名册里逐人更正。", count=count)


def _some(keys: "array[int]") -> Iterator[Sequence[int]]:
    for start in range(0, len(keys), _CHUNK):
        yield keys[start : start + _CHUNK].tolist()
