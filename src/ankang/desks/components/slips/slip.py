"""One slip: before the confirmation its check page, after it what became of each; in between how to go on."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.core.paginator import Page, Paginator
from django.db.models import Case, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_safe

from ankang.accounts.permissions import desk_page
from ankang.desks.components.slips.choice import CONSENTS, message_of
from ankang.desks.pages import desk_url, now_of, page, today_of
from ankang.desks.people import person
from ankang.desks.sheets import download
from ankang.enrolment.admission import require_consent
from ankang.enrolment.offer import Offer
from ankang.enrolment.slip_checks import Assessed, Wanted, assess
from ankang.enrolment.slip_files import earlier_slip
from ankang.enrolment.slip_models import EnrolmentSlip, SlipLine
from ankang.enrolment.slip_queries import gifts, slips, tally
from ankang.enrolment.slip_workbooks import payers_in_words, slip_report
from ankang.enrolment.slips import Kind, go_on, leave_out, note_consents
from ankang.programmes.queries import plan_of
from ankang.rules.errors import AnkangError
from ankang.rules.premium import Quote

_PAGE_SIZE = 200  # a list is one page, so that every consent on it is asked for at once
_REFUSED = 422
Outcome = SlipLine.Outcome


@dataclass(frozen=True, slots=True)
class Row:
    """One line as the page shows it. `problem`: why it cannot be confirmed as it is; `stopped`: whatever is ticked."""

    line: SlipLine
    product: str
    offer: Offer | None = None
    problem: str = ""
    stopped: bool = False

    @property
    def payers(self) -> str:
        return payers_in_words(self.line.fundings)

    @property
    def asks_consent(self) -> bool:
        return not _quote(self.line).by_government


@desk_page("town", "village")
@require_http_methods(["GET", "HEAD", "POST"])
def slip(request: HttpRequest, slip_id: int) -> HttpResponse:
    """Show a slip; a POST (`step` confirm, rest or on) enrols who waits on it."""
    found = get_object_or_404(slips(person(request)), pk=slip_id)
    problems: list[tuple[str, str]] = []
    if request.method == "POST":
        try:
            problems = _confirm(request, found)
            if not problems:
                return redirect(desk_url(request, "slip", found.pk))
        except AnkangError as error:
            problems = [("", error.message)]
    return _answer(request, found, problems)


@desk_page("town", "village")
@require_safe
def export(request: HttpRequest, slip_id: int) -> HttpResponse:
    """Download what became of each line; the look is noted, refused rows hold whole numbers."""
    found = get_object_or_404(slips(person(request)), pk=slip_id)
    return download(slip_report(by=person(request), slip=found), f"登记结果-{found.pk}.xlsx")


def _confirm(request: HttpRequest, found: EnrolmentSlip) -> list[tuple[str, str]]:
    """Enrol, or return what is wrong beside whom: then nobody was."""
    by, step = person(request), request.POST.get("step")
    if found.kind == Kind.LIST and step in ("confirm", "rest"):
        keys = found.lines.filter(outcome=Outcome.WAITING).values_list("pk", flat=True)
        note_consents(by=by, slip=found, consents={key: request.POST.get(f"consent-{key}", "") for key in keys})
        waiting = _rows(found, _lines(found).filter(outcome=Outcome.WAITING), request, with_consent=True)
        wrong = [row for row in waiting if row.problem]
        if wrong and step == "confirm":
            return [(f"line-{row.line.pk}", f"{row.line.resident}：{row.problem}") for row in wrong]
        leave_out(by=by, slip=found, reasons={row.line.pk: row.problem for row in wrong})
    go_on(by=by, slip=found, today=today_of(request), now=now_of(request))
    return []


def _answer(request: HttpRequest, found: EnrolmentSlip, problems: list[tuple[str, str]]) -> HttpResponse:
    user = person(request)
    counts = tally(found)
    order = Case(When(outcome=Outcome.REFUSED, then=Value(0)), default=Value(1))
    lines = _lines(found).order_by(order, "position")
    shown: Page[SlipLine] = Paginator(lines, _PAGE_SIZE).get_page(request.GET.get("page"))
    checking = bool(problems) and request.POST.get("step") == "confirm"
    rows = _rows(found, shown, request, with_consent=checking)
    wrong = {row.line.pk for row in rows if row.problem}
    good = [row.line for row in rows if row.line.outcome == Outcome.WAITING and row.line.pk not in wrong]
    context = {
        "slip": found,
        "tally": counts,
        "page_obj": shown,
        "rows": rows,
        "gifts": gifts(user, found),
        "earlier": earlier_slip(found),
        "problems": problems,
        "good": len(good),
        "good_fen": sum(line.total_fen for line in good),
        "refused_now": len(wrong),
        "checking": checking,
        "is_mine": found.by_id == user.pk,
        "consents": CONSENTS,
        "way": {"household": "household", "list": "many", "file": "excel"}[found.kind],
    }
    return page(request, "desks/components/slips/slip.html", context, status=_REFUSED if problems else 200)


def _lines(found: EnrolmentSlip) -> QuerySet[SlipLine]:
    return found.lines.select_related("resident__village", "enrolment")


def _rows(found: EnrolmentSlip, lines: Iterable[SlipLine], request: HttpRequest, *, with_consent: bool) -> list[Row]:
    """Return the lines with what the rules say now to those that wait (three queries when somebody does)."""
    plan = plan_of(found.version)
    names = {product.code: product.name for product in plan.products}
    shown = list(lines)
    waiting = [line for line in shown if line.outcome == Outcome.WAITING]
    wanted = [Wanted(resident=line.resident, quote=_quote(line)) for line in waiting if line.resident]
    said = dict(zip([line.pk for line in waiting], _assessed(request, found, wanted), strict=True))
    return [_row(line, names.get(line.product, ""), said.get(line.pk), with_consent) for line in shown]


def _assessed(request: HttpRequest, found: EnrolmentSlip, wanted: list[Wanted]) -> list[Assessed]:
    today: date = today_of(request)
    return assess(person(request), wanted, found.version, today) if wanted else []


def _row(line: SlipLine, product: str, said: Assessed | None, with_consent: bool) -> Row:
    if said is None:
        return Row(line, product)
    if said.refusal:
        return Row(line, product, said.offer, said.refusal.message, stopped=True)
    problem = ""
    if with_consent:
        try:
            require_consent(said.wanted.quote, line.consent)
        except AnkangError as error:
            problem = message_of(error)
    return Row(line, product, said.offer, problem)


def _quote(line: SlipLine) -> Quote:
    price = line.total_fen // line.units if line.units else 0
    return Quote(line.product, line.units, price, tuple((payer, fen) for payer, fen in line.fundings))
