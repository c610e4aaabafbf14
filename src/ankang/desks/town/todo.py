"""What the town has to see to: at most five things, the urgent first, each computed from facts and linked."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from ankang.desks.menus import address_of
from ankang.enrolment.coverage import TownCoverage
from ankang.roster.models import ImportRun
from ankang.rules.findings import Finding
from ankang.rules.money import percent_truncated

MOST = 5
_TOP = 3
_TOLD_APART = {"target-rounding", "target-below-line", "goal-out-of-reach"}  # the task on targets says it


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to do. `tone` bad is urgent; `address` is empty while the page that it would open does not exist."""

    tone: str
    tag: str
    icon: str
    title: str
    detail: str
    address: str


def tasks(
    town: TownCoverage,
    overdue_claims: int,
    findings: Sequence[Finding],
    last_import: ImportRun | None,
    transfers: tuple[int, int] = (0, 0),
    *,
    parts: int = 0,
    gaps: int = 0,
) -> list[Task]:
    """Return what is to be done today, empty when nothing is.

    `transfers`: how many wait, how many for the town. `parts`: how many papers of which an agreed part
    should be here. `gaps`: money without a policy and policies without money, once the window is closed.
    """
    found = [
        _subjects(town),
        _gaps(gaps),
        _claims(overdue_claims),
        _parts(parts),
        _targets(town),
        _transfers(*transfers),
        _passages(findings),
        _import(last_import),
    ]
    return [task for task in found if task is not None][:MOST]


def _subjects(town: TownCoverage) -> Task | None:
    missing = town.total.subjects_missing
    if not missing:
        return None
    villages = sorted(town.villages, key=lambda village: -village.subjects_missing)
    top = [village for village in villages[:_TOP] if village.subjects_missing]
    rest = missing - sum(village.subjects_missing for village in top)
    words = "，".join(f"{village.name} {village.subjects_missing:,} 人" for village in top)
    return Task(
        "bad",
        "必保",
        "shield-check",
        f"{missing:,} 名政府购买对象没参保",
        f"{words}，其余 {rest:,} 人。" if rest else f"{words}。",
        _to("town:subjects", insured="no"),
    )


def _claims(overdue: int) -> Task | None:
    if not overdue:
        return None
    return Task(
        "bad", "超时", "clock", f"{overdue:,} 件理赔超过每一步的时限没审", "请催中国人寿尽快审。", _to("town:claims")
    )


def _targets(town: TownCoverage) -> Task | None:
    line = town.total.target
    if not town.total.is_published or not line.short_of_line:
        return None
    share = percent_truncated(line.published, line.population)
    villages = len(town.short_villages)
    return Task(
        "bad",
        "口径",
        "alert-octagon",
        f"下达目标全完成，离{line.percent}%还差 {line.short_of_line:,} 人",
        f"{line.published:,} / {line.population:,} 只有 {share}%，要 {line.line:,} 人才够；"
        f"{villages} 个村的目标低于本村{line.percent}%线。",
        _to("town:checkup"),
    )


def _passages(findings: Sequence[Finding]) -> Task | None:
    doubtful = [one for one in findings if one.severity != "info" and one.code not in _TOLD_APART]
    if not doubtful:
        return None
    clauses = list(dict.fromkeys(finding.clause for finding in doubtful if finding.clause))
    words = "、".join(clauses[:_TOP]) + ("等处" if len(clauses) > _TOP else "")
    return Task(
        "warn", "原文", "alert-triangle", f"方案有 {len(doubtful)} 处要请区里确认", f"{words}。", _to("town:checkup")
    )


def _import(run: ImportRun | None) -> Task | None:
    if run is None or not run.rejected + run.warned:
        return None
    words = [f"{run.rejected:,} 行没导入" if run.rejected else "", f"{run.warned:,} 行要核对" if run.warned else ""]
    return Task(
        "warn",
        "数据",
        "alert-triangle",
        f"最近一次名册导入有 {run.rejected + run.warned:,} 行有问题",
        "，".join(word for word in words if word) + "。",
        address_of("town:import_run", run.pk),
    )


def _transfers(waiting: int, late: int) -> Task | None:
    if not waiting:
        return None
    title = f"{late:,} 份转村申请满7天没有答复，镇里可以代办" if late else f"{waiting:,} 份转村申请等村里答复"
    return Task(
        "bad" if late else "info",
        "转村",
        "arrows-exchange",
        title,
        f"一共 {waiting:,} 份在等，满7天的 {late:,} 份。",
        _to("town:transfers", state="waiting"),
    )


def _gaps(count: int) -> Task | None:
    if not count:
        return None
    says = "推进期已经结束，钱和保单要一一对上。"
    return Task("bad", "对账", "scale", f"有钱没保单、有保单没钱一共 {count:,} 笔", says, _to("town:policy-gaps"))


def _parts(papers: int) -> Task | None:
    if not papers:
        return None
    says = f"{papers:,} 份约定的分期到期，钱没到"
    return Task("warn", "分期", "calendar-event", says, "请催财政或捐赠人；日子改了的，改约定。", _to("town:treasury"))


def _to(page: str, **query: str) -> str:
    address = address_of(page)
    return f"{address}?{urlencode(query)}" if address and query else address
