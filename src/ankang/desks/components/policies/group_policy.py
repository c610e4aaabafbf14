"""团体保单 as PDF: what it covers, product by product, and everybody under it with certificate and days of cover."""

from collections import defaultdict

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from django.views.decorators.http import require_safe

from ankang.accounts.models import Desk
from ankang.accounts.permissions import desk_page
from ankang.desks.capitals import capitals
from ankang.desks.pages import installation_of, now_of
from ankang.desks.people import person
from ankang.desks.sheets import download
from ankang.papers import PDF_TYPE, Heading, Paper, Table, Text, paper_pdf
from ankang.policies.models import Certificate, GroupPolicy
from ankang.policies.queries import policies
from ankang.programmes.queries import current_version, plan_of
from ankang.roster.looks import note_export
from ankang.rules.days import day_words
from ankang.rules.money import yuan


@desk_page(Desk.TOWN, Desk.INSURER)
@require_safe
def policy_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """One group policy with its people; numbers by their last four characters. Who saved it stands in the audit log."""
    found: GroupPolicy = get_object_or_404(policies(person(request)), pk=pk)
    rows = list(found.certificates.alive().order_by("number"))
    note_export(by=person(request), rows=len(rows), part="policy")
    paper = policy_paper(found, rows, is_sample=installation_of(request).is_sample)
    return download(paper_pdf(paper, at=now_of(request)), f"团体保单-{found.number}.pdf", PDF_TYPE)


def policy_paper(policy: GroupPolicy, rows: list[Certificate], *, is_sample: bool) -> Paper:
    """Return the policy as a paper: sums in figures and capitals, then everybody in the order of the certificates."""
    names = {one.code: one.name for one in plan_of(current_version(policy.programme)).products}
    total = sum(one.premium_fen for one in rows)
    people_count = len({one.resident_id for one in rows})
    text = (
        f"保单号：{policy.number}。投保人群：{policy.village.name}参保老人，{people_count}人，{len(rows)}张凭证。"
        f"保费{yuan(total)}元（{capitals(total)}）。"
    )
    people = [
        (
            f"{at}", one.name, one.identity_tail or "—", names.get(one.product, one.product), f"{one.units}",
            f"{one.cover_from:%Y.%m.%d}—{one.cover_to:%Y.%m.%d}", one.number,
        )
        for at, one in enumerate(rows, 1)
    ]  # fmt: skip
    head = ("序号", "姓名", "证件后四位", "险种", "份数", "保障期", "凭证号")
    return Paper(
        title=f"{policy.programme.name}团体保单{'（示例）' if is_sample else ''}",
        blocks=[
            Text(text),
            Text("责任和金额照方案。每张凭证可扫上面的码核对；退保、批改以后，以最新的一份为准。"),
            Heading("一、按险种"),
            _by_product(rows, names),
            Heading("二、被保险人"),
            Table(head, people or [("—",) * len(head)], (2, 3, 3, 4, 2, 5, 9)),
        ],
        signed="中国人寿",
        day=day_words(policy.issued_at.date()),
    )


def _by_product(rows: list[Certificate], names: dict[str, str]) -> Table:
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for one in rows:
        for at, more in enumerate((1, one.units, one.premium_fen)):
            sums[one.product][at] += more
    lines = [(names.get(code, code), f"{cards}", f"{units}", yuan(fen)) for code, (cards, units, fen) in sums.items()]
    total = ("合计", f"{len(rows)}", f"{sum(one.units for one in rows)}", yuan(sum(one.premium_fen for one in rows)))
    return Table(("险种", "凭证（张）", "份数", "保费（元）"), [*sorted(lines), total], (5, 3, 3, 4), totals=1)


group_policy_pages: list[URLPattern] = [path("policies/<int:pk>/pdf/", policy_pdf, name="policy-pdf")]
