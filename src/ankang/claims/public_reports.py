"""报案 by the family on the public page, until a handler has said whose claim it is or answered kindly.

Whoever reports learns nothing about who is insured: the answer is the same for every number. Later the report's number
and its secret word open what became of it.
"""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from hmac import compare_digest

from django.db import transaction
from django.utils import timezone

from ankang.accounts.models import User
from ankang.audit.record import record
from ankang.claims.actions import report_claim
from ankang.claims.locks import lock_public_report
from ankang.claims.models import Claim
from ankang.claims.paper_lists import situations_text
from ankang.claims.permissions import require_handler
from ankang.claims.report_models import PublicReport
from ankang.privacy.cipher import blind_index
from ankang.roster.models import Resident
from ankang.roster.numbers import number_index, parse_phone
from ankang.rules.errors import Conflict, InvalidInput
from ankang.rules.identity import parse_number

DIGITS = 8  # of the report's number and of its secret word
State = PublicReport.State


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody tells on the public page. `situations`: codes of rules.documents.Situation."""

    reporter: str
    relation: str
    phone: str
    elder_name: str
    elder_number: str
    event_on: date
    what_happened: str
    situations: Collection[str] = ()
    place: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """The report, and the secret word that opens it: told once, kept as a digest."""

    report: PublicReport
    secret: str


@transaction.atomic
def report_in_public(*, told: Told, key: str, now: datetime) -> Receipt | None:
    """Take a report and return its receipt; None when this form was taken already (its word is not told twice).

    A report is never refused for being late, nor because nobody of that number is known.
    Errors: InvalidInput whose `fields["errors"]` maps each wrong field to its message.
    """
    checked = _checked(told, timezone.localdate(now))
    if PublicReport.objects.filter(key=key).exists():
        return None
    number, secret = _free_number(), _digits()
    index = number_index(checked.elder_number)
    village = Resident.objects.filter(number_index=index).values_list("village_id", flat=True).first()
    report = PublicReport.objects.create(
        number=number,
        secret_digest=_digest(number, secret),
        key=key,
        reporter=checked.reporter,
        relation=checked.relation,
        reporter_phone=checked.phone,
        elder_name=checked.elder_name,
        elder_number=checked.elder_number,
        elder_number_index=index,
        elder_number_tail=checked.elder_number[-4:],
        event_on=checked.event_on,
        situations=situations_text(checked.situations),
        what_happened=checked.what_happened,
        place=checked.place or None,
        reported_at=now,
        village_id=village,
    )
    record(by=None, action="claims.public_report", subject=report, division_code=village or "")
    return Receipt(report, secret)


def find_report(number: str, secret: str) -> PublicReport | None:
    """Return the report that number and secret word open, else None (one query)."""
    digits = "".join(character for character in number if character.isdigit())
    word = "".join(character for character in secret if character.isdigit())
    found = PublicReport.objects.filter(number=digits).first() if len(digits) == DIGITS else None
    # The digest is made and compared for an unknown number too: how long it takes tells nothing.
    known = found.secret_digest if found else "0" * 64
    return found if compare_digest(known, _digest(digits, word)) else None


@transaction.atomic
def note_follow(*, report: PublicReport) -> None:
    """Note that somebody opened a report with its number and word (one query)."""
    record(by=None, action="claims.followed_report", subject=report, division_code=report.village_id or "")


@transaction.atomic
def look_into_report(*, by: User, report: PublicReport) -> dict[str, str]:
    """Return story, place, telephone and identity number in plain; write who looked into the audit (one query).

    Errors: NotAllowed.
    """
    _require(by, report)
    record(by=by, action="claims.opened_public_report", subject=report, division_code=report.village_id or "")
    sealed = {
        "what_happened": report.what_happened,
        "phone": report.reporter_phone,
        "number": report.elder_number,
        "place": report.place,
    }
    return {name: value.reveal() if value is not None else "" for name, value in sealed.items()}


@transaction.atomic
def match_report(
    *,
    by: User,
    report: PublicReport,
    resident: Resident,
    cause: str,
    called_back: bool,
    now: datetime,
    claim: Claim | None = None,
) -> Claim:
    """Say whose claim this is and return it: a new one, or `claim`, which somebody reported before.

    `called_back`: the handler has called the number that was left and knows who reports; without it the report's secret
    word would open a stranger's claim.
    Errors: NotAllowed; InvalidInput (not called back, an unknown cause, a claim of somebody else); Conflict when the
    report is dealt with already.
    """
    held = lock_public_report(report.pk)
    _require(by, held)
    require_handler(by, resident.village_id)
    if held.state == State.MATCHED and held.claim and held.claim.resident_id == resident.pk:
        return held.claim
    _require_waiting(held)
    if not called_back:
        message = "请先按留下的电话打回去，问清报案人是谁、和老人什么关系，再勾上这一项。"
        raise InvalidInput(message, errors={"called_back": message})
    if claim is not None and (claim.resident_id != resident.pk or not claim.is_open):
        message = "这件赔案不是这位老人的，或者已经结案，不能并进去。"
        raise InvalidInput(message, errors={"claim": message})
    held.claim = claim or _new_claim(by, held, resident, cause, now)
    _decide(held, State.MATCHED, by, now)
    record(by=by, action="claims.matched_report", subject=held, division_code=resident.village_id, new=claim is None)
    return held.claim


@transaction.atomic
def answer_report(*, by: User, report: PublicReport, answer: str, now: datetime) -> PublicReport:
    """Close a report that becomes no claim, with words that the family reads.

    Errors: NotAllowed; InvalidInput without an answer; Conflict when the report is dealt with already.
    """
    held = lock_public_report(report.pk)
    _require(by, held)
    _require_waiting(held)
    if not answer.strip():
        message = "请写几句话答复家属：为什么不能立案，接下来找谁。"
        raise InvalidInput(message, errors={"answer": message})
    held.answer = answer.strip()
    _decide(held, State.ANSWERED, by, now)
    record(by=by, action="claims.answered_report", subject=held, division_code=held.village_id or "")
    return held


@transaction.atomic
def note_reports_export(*, by: User, rows: int) -> None:
    """Note that a list of public reports left the house."""
    record(by=by, action="claims.exported_reports", division_code=by.division_id, rows=rows)


def late_note(event_on: date, today: date, *, is_death: bool) -> str:
    """Return what a handler should know of a late report, "" for one in time. It is never refused for that.

    Source: 保险法 26: two years from the day the entitled person knew of the event, five for life insurance.
    """
    years = 5 if is_death else 2
    if today <= _years_after(event_on, years):
        return ""
    return (
        f"事故已经过去{years}年多。保险法第26条的请求时效是{years}年，从知道出事那天算起；"
        "能不能赔由审核人判断，报案照样登记。"
    )


def _years_after(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return day.replace(year=day.year + years, day=28)


def _new_claim(by: User, report: PublicReport, resident: Resident, cause: str, now: datetime) -> Claim:
    return report_claim(
        by=by,
        resident=resident,
        event_on=report.event_on,
        cause=cause,
        key=f"public-{report.pk}",
        now=now,
        what_happened=report.what_happened.reveal(),
        reporter=f"{report.reporter}，{report.relation}",
        reporter_phone=report.reporter_phone.reveal(),
        situations=report.situations.split(),
        place=report.place.reveal() if report.place is not None else "",
    )


def _decide(report: PublicReport, state: str, by: User, now: datetime) -> None:
    report.state, report.decided_by, report.decided_at = state, by, now
    report.save(update_fields=["state", "claim", "answer", "decided_by", "decided_at"])


def _require(by: User, report: PublicReport) -> None:
    require_handler(by, report.village_id or by.scope)


def _require_waiting(report: PublicReport) -> None:
    if report.state != State.WAITING:
        raise Conflict(f"报案 {report} {report.get_state_display()}，请刷新页面看结果。")


def _checked(told: Told, today: date) -> Told:
    """Return what was told with its numbers tidied. Errors: InvalidInput."""
    errors = dict(_faults(told, today))
    number, phone = told.elder_number, told.phone
    try:
        number = parse_number(number).number
    except InvalidInput as error:
        errors["elder_number"] = error.message
    try:
        phone = parse_phone(phone)
        if not phone:
            errors["phone"] = "请留一个电话，我们要打回来核实。"
    except InvalidInput as error:
        errors["phone"] = error.message
    if errors:
        raise InvalidInput("；".join(errors.values()), errors=errors)
    names = ("reporter", "relation", "elder_name", "what_happened", "place")
    stripped = {name: getattr(told, name).strip() for name in names}
    return Told(phone=phone, elder_number=number, event_on=told.event_on, situations=told.situations, **stripped)


def _faults(told: Told, today: date) -> Collection[tuple[str, str]]:
    asked = {
        "reporter": "请写您的姓名。",
        "relation": "请写您和老人的关系，例如“儿子”“邻居”“本人”。",
        "elder_name": "请写老人身份证上的姓名。",
        "what_happened": "请写出了什么事，例如“在家门口滑倒，右腿骨折”。",
    }
    empty = [(name, message) for name, message in asked.items() if not getattr(told, name).strip()]
    future = [("event_on", "这一天还没到，请填已经发生的那一天。")] if told.event_on > today else []
    return empty + future


def _free_number() -> str:
    """Return a number that no report has."""
    while PublicReport.objects.filter(number=(number := _digits())).exists():
        pass
    return number


def _digits() -> str:
    return f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"


def _digest(number: str, secret: str) -> str:
    return blind_index(f"{number}:{secret}", "claims.publicreport.secret")
