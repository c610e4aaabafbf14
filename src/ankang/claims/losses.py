"""What a claim lost: the values a handler enters, and every reason why they cannot be so."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from ankang.claims.models import Claim
from ankang.rules.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Losses:
    """Money in fen; `reimbursed_fen` counts third-party compensation too, so it may pass the expense.

    `stays` are (admitted, discharged); `disabilities` are (grade, site), grade 1 the worst and 10 the lightest.
    `place`: where it happened; `doctor`: hospital and doctor. Both serve the signals alone; no amount rests on them.
    """

    medical_expense_fen: int = 0
    reimbursed_fen: int = 0
    fracture_expense_fen: int = 0
    stays: tuple[tuple[date, date], ...] = ()
    disabilities: tuple[tuple[int, str], ...] = ()
    died_on: date | None = None
    diagnosis: str = ""
    place: str = ""
    doctor: str = ""


def check_losses(losses: Losses, event_on: date, today: date) -> None:
    """Pass when the losses can be so.

    Errors: InvalidInput whose `fields["errors"]` maps each wrong field to its message; stays and disabilities are
    named `stay-0`, `disability-1` by their place.
    """
    errors: dict[str, str] = {}
    for field, message in _faults(losses, event_on, today):
        errors.setdefault(field, message)
    if errors:
        raise InvalidInput("；".join(errors.values()), errors=errors)


def _faults(losses: Losses, event_on: date, today: date) -> Iterator[tuple[str, str]]:
    yield from _money_faults(losses)
    yield from _death_faults(losses.died_on, event_on, today)
    for place, (admitted, discharged) in enumerate(losses.stays):
        for message in _stay_faults(admitted, discharged, event_on, today):
            yield f"stay-{place}", f"第{place + 1}次住院：{message}"
    for place, (grade, site) in enumerate(losses.disabilities):
        if not 1 <= grade <= 10:
            yield f"disability-{place}", f"第{place + 1}处伤残：等级只有1到10级，1级最重，请按鉴定书填写。"
        if not site.strip():
            yield f"disability-{place}", f"第{place + 1}处伤残：请写明部位，例如“左手腕”。"


def losses_of(claim: Claim, told: Mapping[str, str] | None = None) -> Losses:
    """Return a claim's losses as they stand; `told`: diagnosis, place and doctor where they were opened."""
    told = told or {}
    return Losses(
        medical_expense_fen=claim.medical_expense_fen,
        reimbursed_fen=claim.reimbursed_fen,
        fracture_expense_fen=claim.fracture_expense_fen,
        stays=tuple((stay.admitted_on, stay.discharged_on) for stay in claim.stays.all()),
        disabilities=tuple((one.grade, one.site) for one in claim.disabilities.all()),
        died_on=claim.died_on,
        diagnosis=told.get("diagnosis", ""),
        place=told.get("place", ""),
        doctor=told.get("doctor", ""),
    )


def too_early(losses: Losses, event_on: date) -> str:
    """Return which loss lies before the day of the event, in words; empty for none."""
    if losses.died_on and losses.died_on < event_on:
        return f"身故日期 {losses.died_on} 早于这一天。请核对，或先改损失。"
    first = min((admitted for admitted, _ in losses.stays), default=event_on)
    return f"{first} 已经入院，早于这一天。请核对，或先改损失。" if first < event_on else ""


def _money_faults(losses: Losses) -> Iterator[tuple[str, str]]:
    names = {
        "medical_expense_fen": "医疗费用",
        "reimbursed_fen": "别处已报销",
        "fracture_expense_fen": "其中骨折费用",
    }
    for field, name in names.items():
        if getattr(losses, field) < 0:
            yield field, f"{name}不能是负数，请照发票填写。"
    if 0 <= losses.medical_expense_fen < losses.fracture_expense_fen:
        yield "fracture_expense_fen", "骨折费用是医疗费用里的一部分，不能比医疗费用还多，请核对这两个数。"


def _death_faults(died_on: date | None, event_on: date, today: date) -> Iterator[tuple[str, str]]:
    if died_on is None:
        return
    if died_on < event_on:
        yield "died_on", "身故日期早于事故日期，请核对死亡证明和报案的事故日期。"
    if died_on > today:
        yield "died_on", "身故日期还没到，请照死亡证明填写。"


def _stay_faults(admitted: date, discharged: date, event_on: date, today: date) -> Iterator[str]:
    if discharged < admitted:
        yield "出院早于入院，请照出院小结填写。"
    if admitted < event_on:
        yield "入院早于事故日期，请核对出院小结和报案的事故日期。"
    if discharged > today:
        yield "出院日期还没到，请在出院以后填写。"
