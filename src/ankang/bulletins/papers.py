"""Bulletins as official papers: the words of the text, the tables of the frozen figures."""

from datetime import datetime

from django.utils import timezone

from ankang.bulletins.figures import Figures, VillageFigures
from ankang.bulletins.models import Bulletin
from ankang.bulletins.queries import Issue
from ankang.papers import Block, Heading, Paper, Table, Text
from ankang.rules.days import day_words
from ankang.rules.pace import COURSE_NAMES, Course

_PARTS = (("一、进展情况", "progress"), ("二、存在问题", "problems"), ("三、下一步要求", "demands"))


def office_of(place: str) -> str:
    """Return who issues a town's papers."""
    return f"{place}民政办公室"


def day_of(at: datetime) -> str:
    return day_words(timezone.localdate(at))


def bulletin_paper(issue: Issue) -> Paper:
    """Return a bulletin as a paper by GB/T 9704; a draft says that it is one, and bears no day."""
    bulletin, text = issue.bulletin, issue.text
    office = office_of(issue.figures.place)
    blocks: list[Block] = []
    for heading, part in _PARTS:
        blocks += [Heading(heading), *(Text(line) for line in getattr(text, part).splitlines() if line.strip())]
        if part == "progress":
            blocks.append(ranking_table(issue.figures))
        if part == "problems" and (table := arrears_table(issue.figures)):
            blocks.append(table)
    day = day_of(bulletin.released_at) if bulletin.released_at else ""
    return Paper(
        title=text.title,
        blocks=blocks,
        organ=office,
        number=_number(bulletin),
        to=text.recipients,
        signed=office,
        day=day,
        copies=text.copies,
        printed_by=office,
        printed_on=f"{day}印发" if day else "未印发",
    )


def issued_at(issue: Issue) -> datetime:
    """Return the instant that the file bears: of its release, or of its last figures while it is a draft."""
    return issue.bulletin.released_at or issue.frozen.frozen_at


def ranking_table(figures: Figures) -> Table:
    """Return the villages by rank against both yardsticks, the town below."""
    percent = figures.percent
    head = [
        "名次", "村（居）", "60岁以上", "已参保", "参保率%", "下达目标", "离目标",
        f"{percent}%线", f"离{percent}%", "每天需", "状态",
    ]  # fmt: skip
    rows = [_ranking_row(one) for one in (*figures.villages, figures.total)]
    return Table(
        head,
        rows,
        widths=[3, 6, 4, 4, 4, 4, 4, 4, 4, 4, 4],
        totals=1,
        left=[1],
        caption=f"各村（居）参保进度（截至{day_of(figures.at)}{figures.at:%H:%M}，按参保率排名）",
    )


def arrears_table(figures: Figures) -> Table | None:
    """Return the villages with uninsured subjects or that stand still, or None when there is none."""
    found = [one for one in figures.villages if one.subjects_missing or one.stands_still]
    if not found:
        return None
    rows = [
        [one.name, str(one.subjects), str(one.subjects_insured), str(one.subjects_missing), _still(one)]
        for one in found
    ]
    head = ["村（居）", "政府购买对象", "其中已参保", "应保未保", "连续没有逐人登记（天）"]
    return Table(head, rows, widths=[3, 2, 2, 2, 3], left=[0], caption="应保未保和停滞情况")


def _ranking_row(one: VillageFigures) -> list[str]:
    return [
        str(one.rank) if one.rank else "",
        one.name,
        str(one.population),
        str(one.insured),
        one.percent,
        str(one.target) if one.is_published else "—",
        (str(one.target_gap) if one.target_gap else "完成") if one.is_published else "—",
        str(one.line),
        str(one.line_gap) if one.line_gap else "达到",
        one.required or "—",
        COURSE_NAMES[Course(one.course)],
    ]


def _still(one: VillageFigures) -> str:
    return str(one.still_days) if one.stands_still else "—"


def _number(bulletin: Bulletin) -> str:
    if bulletin.number is None:
        return "草稿，未印发，不作依据"
    return f"{bulletin.name}（已作废）" if bulletin.state == Bulletin.State.WITHDRAWN else bulletin.name
