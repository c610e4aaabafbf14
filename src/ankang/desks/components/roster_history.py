"""What was done for one resident: by hand, by imports, and enrolments, newest first."""

from datetime import date
from typing import Any

from ankang.audit.models import AuditEntry
from ankang.audit.words import WORDS
from ankang.enrolment.cross_check_queries import check_of
from ankang.enrolment.models import Enrolment, Holding
from ankang.roster.imports.groups import GROUP_NAMES
from ankang.roster.models import ImportChange, Resident
from ankang.roster.transfer_models import Transfer
from ankang.rules.money import yuan_shown

HISTORY_ROWS = 20
# What the audit calls it -> how a person reads it.
_WORDS = {
    "roster.add": "录入名册",
    "roster.change": "修改联系方式",
    "roster.look_at_number": "查看完整身份证号",
    "roster.become_dead": "登记已故",
    "roster.become_moved": "登记迁出",
    "roster.become_living": "恢复在册",
    "roster.correct": "更正",
    "roster.join_group": "列入名单",
    "roster.end_group": "结束名单",
}
_FIELDS = {
    "name": "姓名",
    "number": "身份证号",
    "phone": "手机",
    "child_phone": "子女电话",
    "household": "户号",
    "address": "地址",
}


def history_of(found: Resident) -> list[dict[str, Any]]:
    """Return what was done for one resident, at most 20 acts (six queries, four without enrolments)."""
    done = [*_by_hand(found), *_by_imports(found), *_enrolments(found), *_transfers(found)]
    return sorted(done, key=lambda row: row["at"], reverse=True)[:HISTORY_ROWS]


def _by_hand(found: Resident) -> list[dict[str, Any]]:
    entries = AuditEntry.objects.filter(subject_type=found._meta.label, subject_id=str(found.pk))
    return [
        {"at": entry.at, "by": entry.actor, "what": _words(entry)}
        for entry in entries.select_related("actor").order_by("-id")[:HISTORY_ROWS]
    ]


def _words(entry: AuditEntry) -> str:
    """Return the act with what was before and is now, as far as the audit tells it: states, lists and days."""
    said, detail = _WORDS.get(entry.action) or WORDS.get(entry.action, entry.action), entry.detail
    if "was" in detail:
        said += f"（原为{Resident.Status(detail['was']).label}）"
    if "group" in detail:
        said += f" {GROUP_NAMES.get(detail['group'], detail['group'])}"
    if found := check_of(detail.get("check", "")):
        said += f"：{found.title}"
    for name, word in (("on", ""), ("from_on", "起"), ("to_on", "止")):
        if detail.get(name):
            said += f" {date.fromisoformat(detail[name])}{word}"
    if detail.get("fields"):
        said += " " + "、".join(_FIELDS.get(name, name) for name in detail["fields"])
    return said


def _by_imports(found: Resident) -> list[dict[str, Any]]:
    rows = ImportChange.objects.filter(resident=found).select_related("run__by").order_by("-id")[:HISTORY_ROWS]
    return [
        {"at": row.run.at, "by": row.run.by, "what": f"导入{row.run.get_kind_display()}：{_change(row)}"}
        for row in rows
    ]


def _change(row: ImportChange) -> str:
    return f"{row.get_what_display()} {GROUP_NAMES.get(row.group, row.group)}".strip()


def _enrolments(found: Resident) -> list[dict[str, Any]]:
    done: list[dict[str, Any]] = []
    enrolments = Enrolment.objects.filter(participation__resident=found).select_related("by", "cancelled_by")
    beside = ("holdings", "withdrawals__requested_by", "withdrawals__decided_by")
    for enrolment in enrolments.prefetch_related(*beside).order_by("-pk")[:HISTORY_ROWS]:
        held = "、".join(_held(holding) for holding in enrolment.holdings.all())
        done.append({"at": enrolment.enrolled_at, "by": enrolment.by, "what": f"登记参保 {held}"})
        if enrolment.cancelled_at:
            done.append({"at": enrolment.cancelled_at, "by": enrolment.cancelled_by, "what": f"撤销参保 {held}"})
        for asked in enrolment.withdrawals.all():
            done.append({"at": asked.requested_at, "by": asked.requested_by, "what": f"申请退保 {held}"})
            if asked.decided_at:
                said = f"退保：{asked.get_state_display()} {held}"
                done.append({"at": asked.decided_at, "by": asked.decided_by, "what": said})
    return done


def _held(holding: Holding) -> str:
    return f"{yuan_shown(holding.unit_price_fen)} 元/份 × {holding.units}份"


def _transfers(found: Resident) -> list[dict[str, Any]]:
    done: list[dict[str, Any]] = []
    rows = Transfer.objects.filter(resident=found).select_related(
        "from_village", "to_village", "requested_by", "decided_by"
    )
    for row in rows.order_by("-pk")[:HISTORY_ROWS]:
        said = f"{row.from_village.name}转到{row.to_village.name}"
        done.append({"at": row.requested_at, "by": row.requested_by, "what": f"申请转村：{said}"})
        if row.decided_at:
            done.append({"at": row.decided_at, "by": row.decided_by, "what": f"转村{row.get_state_display()}：{said}"})
    return done
