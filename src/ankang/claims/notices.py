"""一次性告知: the one notice of all papers that a claim still lacks. Source: 保险法 22."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from ankang.accounts.models import User
from ankang.audit.record import record
from ankang.claims.document_models import PaperNotice
from ankang.claims.documents import held_codes
from ankang.claims.locks import lock_claim
from ankang.claims.models import Claim
from ankang.claims.paper_answers import answer
from ankang.claims.paper_lists import asked_for, papers_of, situations_of, situations_text
from ankang.claims.permissions import require_handler
from ankang.papers import Block, Paper, Table, Text
from ankang.rules.days import day_words
from ankang.rules.documents import Lack, lacking
from ankang.rules.errors import Conflict, InvalidInput, NotAllowed


@transaction.atomic
def set_situations(*, by: User, claim: Claim, situations: tuple[str, ...], now: datetime) -> Claim:
    """Say what the claim's papers go by, before its losses are recorded. A notice keeps what it asked for.

    Errors: NotAllowed; InvalidInput; Conflict on a closed claim.
    """
    require_handler(by, claim.village_id)
    held = lock_claim(claim.pk)
    _require_open(held)
    text = situations_text(situations)
    if text != held.situations:
        held.situations = text
        held.save(update_fields=["situations"])
        record(by=by, action="claims.set_situations", subject=held, division_code=held.village_id, situations=text)
    return held


@transaction.atomic
def ask_for_papers(*, by: User, claim: Claim, key: str, now: datetime, reason: str = "") -> PaperNotice:
    """Ask for everything that is missing, in one notice, and return it. The claim waits until it came.

    A second notice only comes from a manager, with the reason why the first did not name what it asks for.
    Errors: NotAllowed; InvalidInput without the reason; Conflict while a notice is open, when nothing is missing, or on
    a closed claim.
    """
    require_handler(by, claim.village_id)
    held = lock_claim(claim.pk)
    if done := PaperNotice.objects.filter(key=key, claim=held).first():
        return done
    _require_open(held)
    earlier = list(held.notices.all())
    _may_ask(by, earlier, reason)
    lacks = missing_of(held)
    if not lacks:
        raise Conflict("材料已经齐了，没有要补的。要别的材料，请先勾上相应的情况，或者改材料清单。")
    return issue_notice(
        held, lacks, len(earlier) + 1, by=by, key=key, now=now, reason=reason.strip() if earlier else ""
    )


def issue_notice(
    claim: Claim, lacks: Sequence[Lack], number: int, *, by: User, key: str, now: datetime, reason: str = ""
) -> PaperNotice:
    """Store a claim's notice of what is missing, inside the caller's transaction. A later one bears its `reason`."""
    made = PaperNotice.objects.create(
        claim=claim,
        number=number,
        items=[_item(lack) for lack in lacks],
        key=key,
        issued_at=now,
        issued_by=by,
        reason=reason,
        approved_by=by if number > 1 else None,
    )
    record(by=by, action="claims.asked_for_papers", subject=made, division_code=claim.village_id, number=made.number)
    return made


@transaction.atomic
def go_on_without(*, by: User, notice: PaperNotice, why: str, now: datetime) -> PaperNotice:
    """End the wait though something is still missing: the claim goes on with what is there.

    Errors: NotAllowed; InvalidInput without a reason; Conflict when the notice is answered already.
    """
    require_handler(by, notice.claim.village_id)
    if not why.strip():
        raise InvalidInput("请写明为什么不等了，例如“医院已倒闭，开不出清单”。", field="why")
    claim = lock_claim(notice.claim_id)
    row = PaperNotice.objects.get(pk=notice.pk)
    if row.answered_at is not None:
        raise Conflict("这份通知已经结了，请刷新页面。")
    answer(row, claim, why.strip(), now)
    record(by=by, action="claims.went_on_without", subject=row, division_code=notice.claim.village_id)
    return row


def renew_notice(claim: Claim, *, by: User, key: str, now: datetime) -> None:
    """Let the open notice of a corrected claim ask for nothing needless; new needs take a notice of their own.

    It is closed, and what of it still lacks is asked for once more by a shorter one.
    """
    notice = claim.notices.filter(answered_at__isnull=True).first()
    if notice is None:
        return
    asked = {paper.code for lack in still_asked(notice, held_codes(claim.documents.all())) for paper in lack.papers}
    lacks = missing_of(claim)
    if asked <= {paper.code for lack in lacks for paper in lack.papers}:
        return
    answer(notice, claim, "更正报案以后，有的不用再交", now)
    record(by=by, action="claims.renewed_notice", subject=notice, division_code=claim.village_id)
    if left := [lack for lack in lacks if asked & {paper.code for paper in lack.papers}]:
        why = "报案更正了，上次要的有的不用再交，只要下面这些。"
        issue_notice(claim, left, notice.number + 1, by=by, key=key, now=now, reason=why)


def missing_of(claim: Claim) -> tuple[Lack, ...]:
    """Return what a claim lacks by the list that holds now (two queries beside its losses)."""
    return papers_of(claim.programme).missing(situations_of(claim), held_codes(claim.documents.all()))


def still_asked(notice: PaperNotice, held: frozenset[str]) -> tuple[Lack, ...]:
    """Return what a notice asked for and has not got yet."""
    return lacking(asked_for(notice), held)


def notice_paper(notice: PaperNotice) -> Paper:
    """Return the notice as an official paper: what is missing, how to hand it in, that nothing else will be asked."""
    claim, day = notice.claim, timezone.localdate(notice.issued_at)
    on = claim.event_on
    rows = [[str(at), lack.title, lack.words] for at, lack in enumerate(still_asked(notice, frozenset()), 1)]
    blocks: list[Block] = [
        Text(f"您于{day_words(on)}的事故，我们已经立案，案号 {claim.number}。还差下面这些材料："),
        Table(["序号", "要什么", "交哪样"], rows, widths=[1, 3, 8], left=[1, 2]),
        Text(
            "请把材料拍成照片，在公众页“查进度”里上传，或者交到村委会，由代办员帮您上传；也可以把原件送到中国人寿窗口。"
        ),
        Text("这是一次性告知：材料收齐以后我们就接着办，等材料的时间不算在办理时限里。有不明白的，请打电话 95519。"),
    ]
    if notice.reason:
        blocks.insert(2, Text(f"这是第{notice.number}次通知，再要材料的原因：{notice.reason}"))
    return Paper(
        title="补充材料一次性告知书",
        blocks=blocks,
        number=f"{claim.number}—补{notice.number}",
        to=f"{claim.resident.name}（或家属）：",
        signed="中国人寿理赔",
        day=day_words(day),
    )


@transaction.atomic
def note_notice(*, by: User, notice: PaperNotice) -> None:
    """Note that a notice left the house on paper."""
    record(by=by, action="claims.printed_notice", subject=notice, division_code=notice.claim.village_id)


def _may_ask(by: User, earlier: list[PaperNotice], reason: str) -> None:
    if any(one.answered_at is None for one in earlier):
        raise Conflict("补材料通知已经发出，正在等材料，不能再发一份。")
    if not earlier:
        return
    if not by.is_manager:
        raise NotAllowed("缺的材料要一次说清。第二次通知只有管账号的人能发，还要写明为什么第一次没有要。")
    if not reason.strip():
        raise InvalidInput("请写明为什么第一次没有要这些材料，家属看得到。", field="reason")


def _item(lack: Lack) -> dict[str, object]:
    papers = [{"code": one.code, "name": one.name, "hint": one.hint} for one in lack.papers]
    return {"title": lack.title, "at_least": lack.still, "papers": papers}


def _require_open(claim: Claim) -> None:
    if not claim.is_open:
        raise Conflict(f"这件赔案{claim.get_status_display()}，不再要材料。")
