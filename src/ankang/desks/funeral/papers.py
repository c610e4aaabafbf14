"""The papers of the funeral home: what the heirs sign, and the blank form for days without power."""

from datetime import datetime

from django.utils import timezone

from ankang.accounts.models import User
from ankang.claims.death_models import DeathReport
from ankang.claims.green_queries import green_case
from ankang.desks.capitals import capitals
from ankang.papers import Block, Paper, Table, Text
from ankang.rules.days import day_words
from ankang.rules.documents import PaperList, Situation
from ankang.rules.heirs import by_shares
from ankang.rules.money import yuan

_ROWS = 3  # of heirs on the blank form
_BLANK = "　\n　"  # two lines high: written by hand
_ORDERS = {
    1: "第一顺序继承人（配偶、子女、父母",
    2: "第二顺序继承人（兄弟姐妹、祖父母、外祖父母；没有配偶、子女、父母",
}


def declaration_of(by: User, report: DeathReport, *, is_sample: bool, now: datetime) -> Paper | None:
    """Return what the heirs sign before the money is handed over; None where none are named."""
    claim = report.claim
    heirs = list(claim.payees.filter(replaced_at__isnull=True, round=claim.round))
    case = green_case(by, claim.number)
    if not heirs or case.decision is None:
        return None
    total = case.decision.total_fen
    parts = by_shares(total, [one.share_of for one in heirs])
    rows = [
        (one.name, one.get_relation_display(), f"{one.share_of}/{one.share_all}", yuan(part), _BLANK)
        for one, part in zip(heirs, parts, strict=True)
    ]
    died = claim.died_on or claim.event_on
    blocks: list[Block] = [
        Text(f"{claim.resident.name}（{claim.village.name}）于{day_words(died)}去世，案号{claim.number}。"),
        Text(
            f"没有指定受益人，寿险作为遗产（保险法第42条）。我们是{_ORDERS[report.heirs_order or 1]}，"
            "民法典第1127条），没有漏写同一顺序的人，份额已经商量好。"
            "今后有人提出异议，由我们负责。"
        ),
        Table(("姓名", "是老人的", "份额", "金额（元）", "签字、按手印"), rows, (4, 4, 3, 4, 6)),
        Text(f"合计{yuan(total)}元，{capitals(total)}。"),
    ]
    day = day_words(timezone.localdate(now))
    return Paper(_title("继承人声明和领款单", is_sample), blocks, signed=_place(by), day=day, size="a5")


def blank_form(listed: PaperList, *, is_sample: bool) -> Paper:
    """Return the form that is printed ahead and filled in by hand while there is no power."""
    needs = [need for need in listed.needed({Situation.DEATH}) if need.situation == Situation.DEATH]
    codes = dict.fromkeys(code for need in needs for code in need.any_of)
    papers = "　".join(f"□{listed.paper(code).name}" for code in codes)
    facts = [
        ("老人姓名", _BLANK),
        ("身份证号", _BLANK),
        ("哪一天去世", "　　　　年　　月　　日"),
        ("怎么去世的", "□疾病或年老　□意外　□还不清楚"),
        ("意外：哪一天、怎么出的事", _BLANK),
        ("看到的原件", papers),
        ("谁来办的、电话", _BLANK),
        ("钱怎么收", "□当场领现金　□转到银行卡"),
    ]
    blocks: list[Block] = [
        Text("停电、断网时填这张表，来电后在“身故直付”里补录。填表时不付钱：中国人寿同意以后才能付。"),
        Table(("项目", "填写"), facts, (5, 15), left=(0, 1)),
        Text("继承人声明：没有漏写同一顺序的继承人，份额已经商量好。"),
        Table(
            ("继承人姓名", "是老人的", "份额", "开户行、卡号（转账才填）", "签字"),
            [(_BLANK, "", "", "", "")] * _ROWS,
            (4, 3, 2, 7, 4),
        ),
        Table(("填表人", "填表日期", "补录人", "案号"), [(_BLANK, "", "", "")], (5, 5, 5, 5)),
    ]
    return Paper(_title("身故登记表（停电时用）", is_sample), blocks)


def _title(name: str, is_sample: bool) -> str:
    return f"安康关爱行动{name}{'（示例）' if is_sample else ''}"


def _place(by: User) -> str:
    return f"{by.division.name}{by.get_desk_display()}"
