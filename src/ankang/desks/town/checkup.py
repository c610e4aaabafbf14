"""数据核查: what the check-up finds in the plan, and what the roster and the enrolments show beside each other."""

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from ankang.accounts.permissions import desk_page
from ankang.desks.components.checks import overview
from ankang.desks.pages import desk_url, now_of, page, today_of
from ankang.desks.people import person
from ankang.desks.sheets import Sheet, xlsx_response
from ankang.enrolment.cross_checks import Ground
from ankang.programmes.queries import campaign_on, plan_of
from ankang.rules.checkup import check_up
from ankang.rules.findings import Finding

SEVERITIES = {"error": ("bad", "错误"), "warning": ("warn", "要确认"), "info": ("info", "说明")}


@desk_page("town")
@require_safe
def checkup(request: HttpRequest) -> HttpResponse:
    user, today = person(request), today_of(request)
    version = campaign_on(today, user.division_id)
    if version is None:
        return page(request, "desks/town/dashboard_empty.html", {"missing": "programme"})
    findings = check_up(plan_of(version))
    return page(
        request,
        "desks/town/checkup.html",
        {
            "version": version,
            "findings": _with_words(findings),
            "urgent": sum(1 for finding in findings if finding.severity != "info"),
            "counts": _counts(findings),
            "entries": overview(Ground(user, version, today)),
            "checks": desk_url(request, "checks"),
            "now": now_of(request),
        },
    )


@desk_page("town")
@require_safe
def checkup_export(request: HttpRequest) -> HttpResponse:
    """The findings of the plan as an Excel file, to send to who can settle them."""
    today = today_of(request)
    version = campaign_on(today, person(request).division_id)
    if version is None:
        return page(request, "desks/town/dashboard_empty.html", {"missing": "programme"})
    rows = [
        [words, finding.clause, finding.message, finding.fix]
        for finding, _, words in _with_words(check_up(plan_of(version)))
    ]
    says = f"{version.programme.name}第 {version.number} 版核查，{now_of(request):%Y-%m-%d %H:%M}。"
    return xlsx_response(
        f"方案核查-{today:%Y%m%d}", [Sheet("方案核查", ["程度", "条款", "问题", "怎么办"], rows, says=says)]
    )


def _with_words(findings: Sequence[Finding]) -> list[tuple[Finding, str, str]]:
    """Return each finding with its tone and the word for its severity."""
    return [(finding, *SEVERITIES[finding.severity]) for finding in findings]


def _counts(findings: Sequence[Finding]) -> list[tuple[str, str]]:
    counts = [(severity, sum(1 for finding in findings if finding.severity == severity)) for severity in SEVERITIES]
    return [(SEVERITIES[severity][0], f"{count} 处{SEVERITIES[severity][1]}") for severity, count in counts if count]
