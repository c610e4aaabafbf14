"""Papers come in, are looked at, are found unusable or replaced. Nothing is ever deleted."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from ankang.accounts.models import Desk, User
from ankang.audit.record import record
from ankang.claims import paper_store
from ankang.claims.document_models import ClaimDocument, PaperNotice
from ankang.claims.locks import lock_claim
from ankang.claims.models import Claim
from ankang.claims.paper_answers import answer
from ankang.claims.paper_lists import asked_for, papers_of
from ankang.claims.permissions import require_handler, require_reporter
from ankang.claims.scans import Scan, read_scan
from ankang.privacy.cipher import blind_index, sm3
from ankang.rules.documents import Paper, lacking
from ankang.rules.errors import Conflict, InvalidInput

MOST = 60  # papers of one claim
Channel = ClaimDocument.Channel


def give_paper(
    *,
    by: User | None,
    claim: Claim,
    paper: str,
    content: bytes,
    key: str,
    now: datetime,
    replaces: int | None = None,
) -> ClaimDocument:
    """Take a photo or a PDF of one kind of paper and return its row. `by` None: the family, on the public page.

    `replaces`: the row that this one stands in for; it stays on file. The same key, or the same picture once more for
    the same paper, returns what is there. With the last paper that the open notice asked for, the notice is answered.
    Errors: NotAllowed; BadScan; InvalidInput for a paper that is not on the list; Conflict on a closed claim, a full
    one, or a paper that was replaced already.
    """
    if by is not None:
        require_reporter(by, claim.village_id)
    scan = read_scan(content)
    stored = paper_store.keep(scan.content)
    try:
        made = _take(scan, stored, by=by, claim=claim, paper=paper, key=key, now=now, replaces=replaces)
    except BaseException:
        paper_store.drop(stored)
        raise
    if made.stored_as != stored:
        paper_store.drop(stored)
    return made


@transaction.atomic
def see_original(*, by: User, claim: Claim, paper: str, key: str, now: datetime) -> ClaimDocument:
    """Note that a handler has the original of a paper in hand: it counts like a picture.

    Errors: NotAllowed; InvalidInput; Conflict, as `give_paper`.
    """
    require_handler(by, claim.village_id)
    held = lock_claim(claim.pk)
    if done := _by_key(key, held):
        return done
    made = _add(held, _known(held, paper), by=by, key=key, now=now)
    record(by=by, action="claims.saw_paper", subject=made, division_code=held.village_id, paper=paper)
    _answer_notice(held, now)
    return made


@transaction.atomic
def refuse_paper(*, by: User, document: ClaimDocument, why: str, now: datetime) -> ClaimDocument:
    """Say that a paper cannot be used (blurred, another person's): it stays on file and no longer counts.

    Errors: NotAllowed; InvalidInput without a reason; Conflict when it no longer counts, or the claim is closed.
    """
    require_handler(by, document.claim.village_id)
    if not why.strip():
        raise InvalidInput("请写明为什么不能用，例如“看不清金额”，家属和村里看得到。", field="why")
    claim = lock_claim(document.claim_id)
    _require_open(claim)
    row = ClaimDocument.objects.get(pk=document.pk)
    if not row.counts:
        raise Conflict("这份材料已经换过，或已经标成不能用，请刷新页面。")
    row.unusable_why, row.unusable_at, row.unusable_by = why.strip(), now, by
    row.save(update_fields=["unusable_why", "unusable_at", "unusable_by"])
    record(by=by, action="claims.refused_paper", subject=row, division_code=claim.village_id, paper=row.paper)
    return row


@transaction.atomic
def open_paper(*, by: User, document: ClaimDocument) -> bytes:
    """Return the picture or the PDF, and write who looked into the audit (one query).

    `document`: one of `visible_to(by)`. Errors: NotAllowed; FileNotFoundError; SealBroken.
    """
    require_reporter(by, document.claim.village_id)
    if by.desk not in {Desk.INSURER, document.channel}:
        raise ClaimDocument.DoesNotExist
    record(by=by, action="claims.opened_paper", subject=document, division_code=document.claim.village_id)
    return paper_store.read(document.stored_as or "")


def held_codes(documents: Iterable[ClaimDocument]) -> frozenset[str]:
    """Return the kinds of paper that are there and count."""
    return frozenset(one.paper for one in documents if one.counts)


@transaction.atomic
def _take(
    scan: Scan,
    stored: str,
    *,
    by: User | None,
    claim: Claim,
    paper: str,
    key: str,
    now: datetime,
    replaces: int | None,
) -> ClaimDocument:
    held = lock_claim(claim.pk)
    digest = blind_index(sm3(scan.content), "claims.paper.digest")
    if done := _by_key(key, held) or _same_picture(held, paper, digest):
        return done
    known = _known(held, paper)
    facts = {"media": scan.media, "size": len(scan.content), "pages": scan.pages, "stored_as": stored, "digest": digest}
    made = _add(held, known, by=by, key=key, now=now, **facts)
    if replaces is not None:
        _replace(held, replaces, made)
    record(by=by, action="claims.gave_paper", subject=made, division_code=held.village_id, paper=paper)
    _answer_notice(held, now)
    return made


def _known(claim: Claim, code: str) -> Paper:
    """Return the paper of the claim's list. Errors: InvalidInput for another; Conflict on a closed or full claim."""
    _require_open(claim)
    if claim.documents.count() >= MOST:
        raise Conflict(f"这件赔案已经有 {MOST} 份材料，不能再加。请打电话给中国人寿 95519。")
    listed = {paper.code: paper for paper in papers_of(claim.programme).papers}
    if code not in listed:
        raise InvalidInput("请选这是哪一种材料。", field="paper")
    return listed[code]


def _require_open(claim: Claim) -> None:
    if not claim.is_open:
        raise Conflict(f"这件赔案{claim.get_status_display()}，不再收材料。有疑问请打中国人寿电话 95519。")


def _by_key(key: str, claim: Claim) -> ClaimDocument | None:
    found = ClaimDocument.objects.filter(key=key).first()
    if found is not None and found.claim_id != claim.pk:
        raise Conflict("这张表单已经用过了，请刷新页面再传。")
    return found


def _same_picture(claim: Claim, paper: str, digest: str) -> ClaimDocument | None:
    return claim.documents.standing().filter(paper=paper, digest=digest).first()


def _add(claim: Claim, paper: Paper, *, by: User | None, key: str, now: datetime, **facts: object) -> ClaimDocument:
    channel = Channel.FAMILY if by is None else Channel(by.desk)
    return ClaimDocument.objects.create(
        claim=claim, paper=paper.code, name=paper.name, channel=channel, given_by=by, given_at=now, key=key, **facts
    )


def _replace(claim: Claim, old: int, new: ClaimDocument) -> None:
    changed = claim.documents.filter(pk=old, replaced_by__isnull=True).update(replaced_by=new)
    if not changed:
        raise Conflict("要换的那一份已经换过了，请刷新页面。")


def _answer_notice(claim: Claim, now: datetime) -> None:
    """Close the open notice when all that it asked for is there."""
    notice = PaperNotice.objects.filter(claim=claim, answered_at__isnull=True).first()
    if notice is None or lacking(asked_for(notice), held_codes(claim.documents.all())):
        return
    answer(notice, claim, "材料收齐", now)
    record(by=None, action="claims.papers_complete", subject=claim, division_code=claim.village_id)
