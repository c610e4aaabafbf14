"""Taking an import back, whole, while nothing rests on it: no enrolment, no claim, no later change."""

from datetime import datetime
from typing import cast

from django.db import transaction
from django.db.models import Model, Q, QuerySet

from ankang.accounts.models import User
from ankang.audit.record import record
from ankang.roster.imports.trail import FACTS, STATE, put_back
from ankang.roster.models import ImportChange, ImportRun, Resident
from ankang.roster.transfer_models import Transfer
from ankang.rules.errors import Conflict, NotAllowed

_NAMED = 3
_WORDS = {"participations": "已经登记过参保", "claims": "已有理赔案件"}
_LATER = (  # what may have happened since to somebody who was there before
    ("participations__enrolments__enrolled_at__gte", "后来登记过参保"),
    ("participations__enrolments__cancelled_at__gte", "后来撤销过参保"),
    ("claims__reported_at__gte", "后来有理赔案件"),
)


@transaction.atomic
def undo_import(*, by: User, run_id: int, now: datetime) -> ImportRun:
    """Take an import back: who came with it leaves the roster, everybody else is as before.

    Errors: NotAllowed outside one's division; Conflict when undone already, or naming who stands in the way and why.
    Then nothing was changed.
    """
    run = ImportRun.objects.select_for_update().get(pk=run_id)
    if not run.division_id.startswith(by.scope):
        raise NotAllowed("这次导入不在您的管辖范围内，不能撤回。")
    if run.undone_at is not None:
        raise Conflict("这次导入已经撤回了。")
    locked = Resident.objects.select_for_update(no_key=True).order_by("pk")
    came = locked.filter(brought_by=run)
    changed = locked.filter(pk__in=ImportChange.objects.filter(run=run).values("resident_id"))
    touched = {row.pk: row for row in (*came, *changed)}
    _refuse(run, list(touched.values()))
    for row in run.changes.order_by("-id"):
        put_back(row, touched[row.resident_id])
    kept = [row for row in touched.values() if row.brought_by_id != run.pk]
    Resident.objects.bulk_update(kept, [*FACTS, *STATE, "updated_at"], batch_size=50)
    removed = len(touched) - len(kept)
    Resident.objects.filter(brought_by=run).delete()
    run.undone_at, run.undone_by = now, by
    run.save(update_fields=["undone_at", "undone_by"])
    record(
        by=by,
        action="roster.undo_import",
        subject=run,
        division_code=run.division_id,
        removed=removed,
        put_back=len(kept),
    )
    return run


def _refuse(run: ImportRun, touched: list[Resident]) -> None:
    """Refuse while something rests on the import, in the order that a person can mend it."""
    if run.link_cases.filter(resident__isnull=False).exists():
        raise Conflict("不能撤回：这次导入里没有号码的行，已有人按姓名比对认定。有误的请在名册里逐人更正。")
    later = [row for row in touched if row.updated_at != run.at]
    if later:
        raise _blocked("后来又改过", [row.name for row in later])
    asked = Transfer.objects.filter(state=Transfer.State.WAITING, resident__brought_by=run).values("resident_id")
    _refuse_those("有村居申请转入，请先在“转村申请”里答复", Resident.objects.filter(pk__in=asked))
    for relation in Resident._meta.related_objects:
        model = cast("type[Model]", relation.related_model)
        if model._meta.app_label != "roster":
            used = model._default_manager.values(relation.field.attname)
            words = _WORDS.get(relation.get_accessor_name() or "", "已有后来的登记")
            _refuse_those(words, Resident.objects.filter(brought_by=run, pk__in=used))
    for condition, words in _LATER:
        found = Resident.objects.filter(Q(**{condition: run.at}), import_changes__run=run)
        _refuse_those(words, found)


def _refuse_those(words: str, found: QuerySet[Resident]) -> None:
    names = list(found.order_by("pk").distinct().values_list("name", flat=True))
    if names:
        raise _blocked(words, names)


def _blocked(words: str, names: list[str]) -> Conflict:
    some = "、".join(names[:_NAMED]) + ("等" if len(names) > _NAMED else "")
    return Conflict(f"不能撤回：{some}{len(names)}人{words}。有误的请在名册里逐人更正。", count=len(names))
