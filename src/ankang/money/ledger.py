"""The only writer of postings: entries add up to zero, a key posts once, a closed day stays as it is."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Sum

from ankang.accounts.models import User
from ankang.audit.record import record
from ankang.divisions.models import Division
from ankang.money.errors import AlreadyReversed, DayClosed, KeyReused, Unbalanced
from ankang.money.locks import till_for_update
from ankang.money.models import Account, Entry, Posting, Till, VillageDay
from ankang.privacy.cipher import sm3
from ankang.programmes.models import Programme


@dataclass(frozen=True, slots=True)
class Line:
    """One entry to be: an account (kind of `Account`, owner's code), signed fen, and the funding it is about."""

    account: str
    owner: str
    amount_fen: int
    funding_id: int | None = None


def post(
    *,
    by: User | None,
    action: str,
    key: str,
    kind: str,
    on: date,
    at: datetime,
    division: Division,
    entries: Sequence[Line],
    programme: Programme | None = None,
    reverses: Posting | None = None,
    note: str = "",
) -> Posting:
    """Store a posting with its entries and its audit row, and return it; the same key again returns the same posting.

    `kind` of `Posting.Kind`; `action` names the audit row (`money.pay`); `division`: the village or town whose day it
    is. A village's till is locked here and until the caller's transaction ends. Lines of zero fen are left out.
    Errors: Unbalanced; KeyReused (the key stands for other contents); DayClosed (a village's day); AlreadyReversed.
    """
    lines = tuple(line for line in entries if line.amount_fen)
    if len(lines) < 2 or sum(line.amount_fen for line in lines) != 0:
        raise Unbalanced(f"借贷不平：{key}", key=key)
    posting = Posting(
        key=key,
        kind=kind,
        on=on,
        at=at,
        by=by,
        division=division,
        programme=programme,
        reverses=reverses,
        note=note,
        digest=_digest(kind, division, programme, reverses, lines),
    )
    with transaction.atomic():
        stored = Posting.objects.filter(key=key).first()
        if stored:
            return _same(stored, posting)
        if division.level == Division.Level.VILLAGE:
            require_open(till_for_update(division.pk), on)
            VillageDay.objects.get_or_create(village=division, on=on)
        return _store(posting, lines, action)


def reverse(
    *, by: User | None, action: str, posting: Posting, key: str, kind: str, on: date, at: datetime, note: str
) -> Posting:
    """Store the counter-entry of a posting: the same entries with the other sign, dated on an open day.

    The same key again returns the same counter-entry. Errors: those of `post`; AlreadyReversed.
    """
    lines = [
        Line(entry.account, entry.owner, -entry.amount_fen, entry.funding_id)
        for entry in posting.entries.order_by("pk")
    ]
    return post(
        by=by,
        action=action,
        key=key,
        kind=kind,
        on=on,
        at=at,
        division=posting.division,
        entries=lines,
        programme=posting.programme,
        reverses=posting,
        note=note,
    )


def require_open(till: Till, on: date) -> None:
    """Let pass a day that the village has not closed. Errors: DayClosed."""
    if till.closed_through is not None and on <= till.closed_through:
        opens = open_day(till, on)
        raise DayClosed(
            f"{till.closed_through:%Y-%m-%d}已经日结，{on:%Y-%m-%d}不能再记账。请在{opens:%Y-%m-%d}办理；"
            "记错的用作废或退款更正。",
            open_on=opens.isoformat(),
        )


def open_day(till: Till, on: date) -> date:
    """Return the first day from `on` that is not closed: where a counter-entry or a late notice is dated."""
    if till.closed_through is None or on > till.closed_through:
        return on
    return till.closed_through + timedelta(days=1)


def unbalanced() -> list[int]:
    """Return the keys of postings whose entries do not add up to zero: always empty (one query)."""
    sums = Entry.objects.values("posting").annotate(total=Sum("amount_fen")).exclude(total=0)
    return list(sums.values_list("posting", flat=True))


def _store(posting: Posting, lines: Sequence[Line], action: str) -> Posting:
    try:
        with transaction.atomic():
            posting.save(force_insert=True)
    except IntegrityError:
        stored = Posting.objects.filter(key=posting.key).first()
        if stored:
            return _same(stored, posting)
        raise AlreadyReversed("这一笔已经冲销过，不能再冲销。") from None
    Entry.objects.bulk_create(
        [
            Entry(
                posting=posting,
                account=Account(line.account),
                owner=line.owner,
                amount_fen=line.amount_fen,
                funding_id=line.funding_id,
            )
            for line in lines
        ],
        batch_size=2000,
    )
    record(
        by=posting.by,
        action=action,
        subject=posting,
        division_code=posting.division_id,
        kind=posting.kind,
        moved_fen=sum(line.amount_fen for line in lines if line.amount_fen > 0),
        digest=posting.digest,
    )
    return posting


def _same(stored: Posting, wanted: Posting) -> Posting:
    if stored.digest != wanted.digest:
        raise KeyReused("这一笔已经记过账，内容和现在的不一样，这一次没有保存。请重新打开页面再办。", key=wanted.key)
    return stored


def _digest(
    kind: str, division: Division, programme: Programme | None, reverses: Posting | None, lines: Sequence[Line]
) -> str:
    """Return what tells two postings of one key apart. The day is left out: a late repeat comes on a later one."""
    told = [
        str(kind),
        division.pk,
        programme.pk if programme else None,
        reverses.pk if reverses else None,
        [[str(line.account), line.owner, line.amount_fen, line.funding_id] for line in lines],
    ]
    return sm3(json.dumps(told, ensure_ascii=False).encode())
