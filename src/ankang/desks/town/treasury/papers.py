"""The forms that leave the house: the request to finance, the remittance to the insurer, the donor's receipt."""

from collections.abc import Sequence

from ankang.bulletins.papers import day_of, office_of
from ankang.desks.capitals import capitals
from ankang.papers import Heading, Paper, Table, Text
from ankang.rules.days import day_words
from ankang.rules.money import yuan
from ankang.treasury.models import GovernmentRequest, Remittance

Sum = tuple[str, int, int]  # name, people, fen


def request_paper(request: GovernmentRequest, by_village: Sequence[Sum], by_group: Sequence[Sum]) -> Paper:
    """Return the request to the finance office: sums by village and by group, in figures and capitals."""
    text = (
        f"根据{request.programme.name}方案，现申请拨付政府购买对象保费，共{request.people}人，"
        f"{yuan(request.total_fen)}元（{capitals(request.total_fen)}）。明细附后。"
    )
    return Paper(
        title="政府购买对象保费申请表",
        blocks=[
            Text(_mark(request.pk, "申请", request.state == GovernmentRequest.State.PREPARED)),
            Text(text),
            Heading("一、按类别"),
            _sums("类别", by_group, request.people, request.total_fen),
            Heading("二、按村（居）"),
            _sums("村（居）", by_village, request.people, request.total_fen),
            Text("编制：　　　　　　复核：　　　　　　财政审核：　　　　　　"),
        ],
        to="财政所：",
        signed=office_of(request.division.name),
        day=day_of(request.reviewed_at or request.prepared_at),
    )


def remittance_paper(remittance: Remittance, by_village: Sequence[Sum]) -> Paper:
    """Return the form that goes with a remittance to the insurer."""
    text = (
        f"现汇缴{remittance.programme.name}保费，共{remittance.people}人，"
        f"{yuan(remittance.total_fen)}元（{capitals(remittance.total_fen)}）。"
    )
    paid = f"汇出日期{day_words(remittance.paid_on)}，流水号{remittance.reference}。" if remittance.paid_on else ""
    return Paper(
        title="保费汇缴单",
        blocks=[
            Text(_mark(remittance.pk, "汇缴", remittance.state == Remittance.State.PREPARED)),
            Text(text + paid),
            _sums("村（居）", by_village, remittance.people, remittance.total_fen),
            Text("编制：　　　　　　复核：　　　　　　保险公司签收：　　　　　　"),
        ],
        to="中国人寿：",
        signed=office_of(remittance.division.name),
        day=day_of(remittance.reviewed_at or remittance.prepared_at),
    )


def _mark(pk: int, word: str, draft: bool) -> str:
    return f"编号：{word}第{pk}号" + ("（未复核，不作依据）" if draft else "")


def _sums(what: str, rows: Sequence[Sum], people: int, total_fen: int) -> Table:
    cells = [[name, str(count), yuan(amount)] for name, count, amount in rows]
    return Table(
        [what, "人数", "金额（元）"],
        [*cells, ["合计", str(people), yuan(total_fen)]],
        widths=[5, 2, 3],
        totals=1,
        left=[0],
    )
