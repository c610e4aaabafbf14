"""Where a draft and what is stored disagree: each raises both sides, and passes a worker who has seen them."""

from datetime import datetime, timedelta

from django.utils import timezone

from ankang.accounts.models import User
from ankang.enrolment.models import Enrolment
from ankang.enrolment.offer import Offer, offer_for
from ankang.offline.drafts import Draft, EnrolmentDraft, FollowUpDraft
from ankang.offline.errors import Disagreement
from ankang.offline.models import OfflineList
from ankang.outreach.models import FollowUp
from ankang.programmes.models import Programme, ProgrammeVersion
from ankang.programmes.queries import plan_of
from ankang.roster.models import Resident
from ankang.rules.days import short_day_words
from ankang.rules.errors import Conflict
from ankang.rules.money import yuan_shown
from ankang.rules.premium import PAYER_NAMES, Payer, Quote, quote
from ankang.rules.programme import Programme as Plan

KEPT = timedelta(days=7)
_AHEAD = timedelta(minutes=5)  # a telephone's clock that runs fast
_BEFORE = timedelta(seconds=1)  # the telephone counts in milliseconds


def within_bounds(draft: Draft, taken: OfflineList, now: datetime) -> datetime:
    """Return the instant that counts: never before the list was taken, never after now, seven days back at most.

    Errors: Disagreement (`clock`) when the telephone says otherwise; who accepts it takes the instant of arrival.
    """
    at = timezone.localtime(draft.collected_at)
    if max(taken.taken_at - _BEFORE, now - KEPT) <= at <= now + _AHEAD:
        return timezone.localtime(min(max(at, taken.taken_at), now))
    sign = f"clock:{now.date()}"
    if sign in draft.accepted:
        return now
    theirs = [
        f"手机说是{_at(at)}记的；这份名单是{_at(taken.taken_at)}存到手机的，现在是{_at(now)}。",
        "存名单以前、7天以前和将来的时间都不能用，可能是手机的钟不准。",
    ]
    raise Disagreement(
        "记的时间对不上。", kind="clock", theirs=theirs, sign=sign, choice=f"按今天（{short_day_words(now)}）登记"
    )


def gone() -> Disagreement:
    """Return the disagreement about somebody who is no longer on this village's roster; where to is not told."""
    theirs = ["这位老人已不在本村名册上：可能转到了别的村，或者重复的名字合并了。"]
    return Disagreement("名册上没有这位老人了。", kind="gone", theirs=theirs)


def require_still_living(resident: Resident) -> None:
    """Pass for a resident who lives here. Errors: Disagreement (`not_living`) with what the roster says. No query."""
    if resident.status == Resident.Status.LIVING:
        return
    day = resident.died_on or resident.moved_on
    said = "，".join(filter(None, (resident.get_status_display(), f"{day:%Y-%m-%d}" if day else "")))
    basis = f"（依据：{resident.status_evidence}）" if resident.status_evidence else ""
    theirs = [f"名册上写的是：{said}{basis}。", "名册登记错了的，先在名册里变更，再回来重试。"]
    raise Disagreement(f"{resident.name}在名册上已不是在册。", kind="not_living", theirs=theirs, choice="")


def require_nobody_else_enrolled(draft: EnrolmentDraft, taken: OfflineList, resident: Resident) -> None:
    """Pass when nobody enrolled the resident after the list was taken, but from this very list (one query, or two).

    Errors: Disagreement (`enrolled`) with who enrolled for what.
    """
    rows = Enrolment.objects.filter(
        participation__resident=resident,
        participation__programme=taken.version.programme_id,
        cancelled_at__isnull=True,
        withdrawn_on__isnull=True,
        enrolled_at__gt=taken.taken_at,
    ).exclude(offline_entry__taken=taken)
    found = list(rows.select_related("by", "version__programme").prefetch_related("holdings__fundings").order_by("pk"))
    sign = "enrolled:" + ",".join(str(row.pk) for row in found)
    if not found or sign in draft.accepted:
        return
    raise Disagreement(
        "您存名单以后，已经有人给这位老人登记了。",
        kind="enrolled",
        theirs=[_enrolment_words(row) for row in found],
        sign=sign,
        choice="不是同一份，再登记这一份",
    )


def agreed_quote(draft: EnrolmentDraft, taken: OfflineList, resident: Resident, version: ProgrammeVersion) -> Quote:
    """Return what is bought and who pays, as the rules say it now (three queries at most).

    Errors: Disagreement (`terms`) when that is not what the worker told the resident; why nothing can be registered.
    """
    offer = offer_for(resident, version, draft.collected_at.date())
    if offer.refusal:
        raise offer.refusal
    found = _quote(draft, offer)
    sign = f"terms:{version.pk}:{found.product}x{found.units}:{found.collected_fen}"
    told = (taken.version_id, draft.product, draft.units, draft.total_fen)
    if told == (version.pk, found.product, found.units, found.collected_fen) or sign in draft.accepted:
        return found
    raise Disagreement(
        "方案或金额和您记的时候不一样了。",
        kind="terms",
        theirs=[f"现在的方案（第{version.number}版）：{_quote_words(offer.plan, found)}。"],
        sign=sign,
        choice="已告诉老人，老人同意，按现在的登记",
    )


def require_nobody_else_visited(draft: FollowUpDraft, resident: Resident, programme: Programme, by: User) -> bool:
    """Pass when nobody else noted a later contact; return whether the worker decided over such a one (one query).

    Errors: Disagreement (`follow_up`) with the other's words.
    """
    rows = FollowUp.objects.select_related("by").filter(resident=resident, programme=programme, is_latest=True)
    latest = rows.filter(at__gt=draft.collected_at).exclude(by=by).first()
    if latest is None:
        return False
    sign = f"follow_up:{latest.pk}"
    if sign in draft.accepted:
        return True
    said = latest.get_outcome_display() + (f"，{short_day_words(latest.again_on)}" if latest.again_on else "")
    note = f"（{latest.note}）" if latest.note else ""
    raise Disagreement(
        "别人后来又联系过这位老人。",
        kind="follow_up",
        theirs=[f"{latest.by.full_name}{_at(latest.at)}记的是：{said}{note}。"],
        sign=sign,
        choice="以我记的为准",
    )


def _quote(draft: EnrolmentDraft, offer: Offer) -> Quote:
    if offer.government:
        return offer.government
    if draft.payer == Payer.GOVERNMENT:
        raise Conflict("政府给这位老人买的已经登记过，或者他已不是政府购买对象。这一份不用再登记，请删掉。")
    return quote(offer.plan, draft.product, draft.units, draft.payer)


def _quote_words(plan: Plan, found: Quote) -> str:
    name = f"{plan.product(found.product).name} × {found.units}份"
    if found.by_government:
        return f"{name}，政府出钱，不收老人的钱"
    payers = "、".join(PAYER_NAMES[Payer(payer)] for payer, _ in found.fundings if payer != Payer.GOVERNMENT)
    return f"{name}，收{payers} {yuan_shown(found.collected_fen)}元"


def _enrolment_words(row: Enrolment) -> str:
    plan = plan_of(row.version)
    held = "、".join(f"{plan.product(one.product).name} × {one.units}份" for one in row.holdings.all())
    return f"{row.by.full_name}{_at(row.enrolled_at)}登记了{held}。"


def _at(instant: datetime) -> str:
    return f"{timezone.localtime(instant):%m月%d日 %H:%M}"
