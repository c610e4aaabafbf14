"""What a telephone sends: read strictly, nothing decided. Every field may have been changed on the way."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from ankang.rules.errors import InvalidInput

BROKEN = "这份草稿的内容不完整，没有上传。请照着它在“参保登记”或“待办”里重新办一次，再删掉它。"
_LONGEST = {"key": 64, "product": 10, "payer": 12, "consent": 10, "outcome": 10, "note": 80}


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """`collected_at`: when the worker noted it, by the server's clock as the telephone carried it on.

    `accepted`: the signs of disagreements that the worker has seen and decided against.
    """

    key: str
    list_id: UUID
    resident_id: int
    collected_at: datetime
    accepted: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolmentDraft(Draft):
    """`total_fen`: what the telephone said is to be collected. `consent` empty: nobody was asked, or need be."""

    product: str
    units: int
    payer: str
    consent: str
    total_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUpDraft(Draft):
    outcome: str
    again_on: date | None
    note: str


def read_draft(sent: object) -> EnrolmentDraft | FollowUpDraft:
    """Return the draft that a decoded JSON object says. Errors: InvalidInput for whatever is not as it should be."""
    try:
        if not isinstance(sent, dict):
            raise TypeError("not an object")
        return _enrolment(sent) if sent["kind"] == "enrolment" else _follow_up(sent)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise InvalidInput(BROKEN) from error


def _enrolment(sent: dict[str, Any]) -> EnrolmentDraft:
    return EnrolmentDraft(
        **_common(sent),
        product=_text(sent, "product"),
        units=_count(sent, "units"),
        payer=_text(sent, "payer"),
        consent=_text(sent, "consent"),
        total_fen=_count(sent, "total_fen"),
    )


def _follow_up(sent: dict[str, Any]) -> FollowUpDraft:
    if sent["kind"] != "follow_up":
        raise ValueError("unknown kind")
    day = sent["again_on"]
    return FollowUpDraft(
        **_common(sent),
        outcome=_text(sent, "outcome"),
        again_on=date.fromisoformat(day) if day else None,
        note=_text(sent, "note"),
    )


def _common(sent: dict[str, Any]) -> dict[str, Any]:
    at = datetime.fromisoformat(sent["collected_at"])
    if at.tzinfo is None or not _text(sent, "key"):
        raise ValueError("no zone, or no key")
    return {
        "key": sent["key"],
        "list_id": UUID(sent["list"]),
        "resident_id": _count(sent, "resident"),
        "collected_at": at,
        "accepted": frozenset(str(sign)[:120] for sign in sent["accepted"][:20]),
    }


def _text(sent: dict[str, Any], name: str) -> str:
    text = sent[name]
    if not isinstance(text, str) or len(text) > _LONGEST[name] or "\0" in text:
        raise ValueError(name)
    return text


def _count(sent: dict[str, Any], name: str) -> int:
    number = sent[name]
    if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number < 2**31:
        raise ValueError(name)
    return number
