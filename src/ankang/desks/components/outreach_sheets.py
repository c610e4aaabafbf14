"""The work from house to house as Excel sheets: who is how far, the plans, and the list to take along on paper."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.utils import timezone

from ankang.desks.sheets import Cell, Sheet
from ankang.outreach.models import FollowUp, Measure
from ankang.outreach.queries import Tally
from ankang.rules.days import age_on

COUNTS = (
    "应保",
    "已上门",
    "已参保",
    "没参保",
    "已缴未登记",
    "拒绝",
    "外出",
    "报已故",
    "政府已保",
    "再联系",
    "今天要联系",
)
_LIST = (
    "户号",
    "姓名",
    "身份证尾号",
    "周岁",
    "地址",
    "手机尾号",
    "子女手机尾号",
    "负责人",
    "上次结果",
    "再联系",
    "备注",
    "这次结果",
)


def counts(tally: Tally) -> list[Cell]:
    """Return a tally in the order of `COUNTS`."""
    names = ("people", "visited", "insured", "waiting", "paid", "refused", "away", "dead", "government", "again", "due")
    return [getattr(tally, name) for name in names]


def workers_sheet(rows: Iterable[Any], total: Tally) -> Sheet:
    """Return the progress by worker, from `WorkerRow`s."""
    cells = [[row.user.full_name if row.user else "还没分的", *counts(row.tally)] for row in rows]
    return Sheet("每个人的进度", ("负责人", *COUNTS), cells, totals=[["合计", *counts(total)]])


def villages_sheet(rows: Iterable[Any], total: Tally, assigned: int) -> Sheet:
    """Return the progress by village, from the town's `VillageRow`s."""
    cells = [
        [row.village.name, row.lead, row.assigned, *counts(row.tally), row.measures, row.done, row.overdue]
        for row in rows
    ]
    head = ("村居", "第一责任人", "已分工", *COUNTS, "措施", "完成", "过期")
    return Sheet("各村上门进度", head, cells, totals=[["合计", "", assigned, *counts(total), "", "", ""]])


def measures_sheet(rows: Iterable[Measure], today: date) -> Sheet:
    """Return the measures of work plans with their state on a day."""
    return Sheet(
        "工作方案",
        ("村居", "措施", "责任人", "期限", "情况", "完成日", "谁记的"),
        [_measure(row, today) for row in rows],
    )


def _measure(row: Measure, today: date) -> list[Cell]:
    state = "完成" if row.done_at else "过期" if row.due_on < today else "没完成"
    done_on = timezone.localdate(row.done_at) if row.done_at else None
    done_by = row.done_by.full_name if row.done_by else ""
    return [row.village.name, row.title, row.responsible, row.due_on, state, done_on, done_by]


def visits_sheet(residents: Sequence[Any], today: date, says: str) -> Sheet:
    """Return who is not insured, house by house, with an empty column to write into; telephones by their tails."""
    return Sheet("未参保上门名单", _LIST, [_visit(one, today) for one in residents], says)


def _visit(one: Any, today: date) -> list[Cell]:
    outcome = FollowUp.Outcome(one.outcome).label if one.outcome else ""
    phones = (one.phone_tail, one.child_phone_tail)
    facts = (one.household, one.name, one.number_tail, age_on(one.birth_date, today), one.address, *phones)
    return [*facts, one.worker_name or "", outcome, one.again_on, one.note or "", ""]
