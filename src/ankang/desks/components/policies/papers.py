"""个人凭证 as PDF: one page each, a code that leads to the public page, benefits in plain words from the plan."""

from collections.abc import Sequence
from io import BytesIO
from typing import Any

import segno
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import content_disposition_header

from ankang.desks.components.plain_words import plain_words
from ankang.desks.pages import installation_of, now_of
from ankang.papers import PDF_TYPE, pdf
from ankang.policies.certificates import Printed
from ankang.policies.models import Certificate
from ankang.programmes.models import ProgrammeVersion
from ankang.programmes.queries import plan_of
from ankang.rules.days import day_words
from ankang.rules.money import yuan

_INSURER = "中国人寿"


def papers_response(request: HttpRequest, printed: Sequence[Printed], name: str) -> HttpResponse:
    """Return certificates as one PDF to save; all of a village in one file."""
    at = now_of(request)
    data = {
        "title": name,
        "sample": installation_of(request).is_sample,
        "day": day_words(at),
        "plans": _plans(printed),
        "certificates": [_paper(request, one) for one in printed],
    }
    response = HttpResponse(pdf("policy", data, at=at), content_type=PDF_TYPE)
    response["Content-Disposition"] = content_disposition_header(True, f"{name}.pdf") or "attachment"
    return response


def verify_address(request: HttpRequest, certificate: Certificate) -> str:
    """Return the whole address that the code on the paper holds: number and check code, nobody's name."""
    return request.build_absolute_uri(reverse("public:certificate", args=[certificate.number, certificate.check_code]))


def _plans(printed: Sequence[Printed]) -> dict[str, list[list[str]]]:
    """Return the benefits in plain words once for each product that is printed: `version-product` -> lines."""
    found: dict[str, list[list[str]]] = {}
    for one in printed:
        version = one.certificate.holding.enrolment.version
        key = _key(one.certificate, version)
        if key not in found:
            found[key] = _words(version, one.certificate.product)
    return found


def _words(version: ProgrammeVersion, code: str) -> list[list[str]]:
    plan = plan_of(version)
    return [list(line) for line in plain_words(plan, plan.product(code))]


def _key(certificate: Certificate, version: ProgrammeVersion) -> str:
    return f"{version.pk}-{certificate.product}"


def _paper(request: HttpRequest, printed: Printed) -> dict[str, Any]:
    one = printed.certificate
    version = one.holding.enrolment.version
    plan = plan_of(version)
    return {
        "number": one.number,
        "policy": one.policy.number,
        "code": one.check_code,
        "programme": plan.name,
        "insurer": _INSURER,
        "name": one.name,
        "identity": "*" * 14 + one.identity_tail,
        "village": one.village.name,
        "product": plan.product(one.product).name,
        "units": one.units,
        "premium": yuan(one.premium_fen),
        "cover": f"{day_words(one.cover_from)} 00:00 至 {day_words(one.cover_to)} 24:00",
        "plan": _key(one, version),
        "times": printed.times,
        "qr": _qr(verify_address(request, one)),
    }


def _qr(text: str) -> str:
    """Return the code as an SVG: it is sharp on any printer."""
    out = BytesIO()
    segno.make(text, error="m").save(out, kind="svg", border=2, xmldecl=False)
    return out.getvalue().decode()
