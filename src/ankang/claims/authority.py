"""Who may agree to how much, and which decisions are drawn for a second look. What the manager entered is data."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from secrets import token_hex

from django.db import IntegrityError, transaction

from ankang.accounts.models import Desk, User
from ankang.audit.record import record
from ankang.claims.models import Decision
from ankang.claims.permissions import require_handler
from ankang.claims.review_models import QualityReview, ReviewRules
from ankang.installation.rows import Asked
from ankang.privacy.cipher import sm3
from ankang.programmes.queries import codes_above
from ankang.rules.errors import Conflict, InvalidInput, NotAllowed
from ankang.rules.money import yuan


class Word(StrEnum):
    """What a reviewer's agreement comes to."""

    AGREE = "agree"
    ENDORSE = "endorse"  # a first reviewer's; another with the ceiling for it has the last word


def rules_for(village_id: str) -> ReviewRules | None:
    """Return the rules in force for a village, those of the nearest division above it (one query)."""
    found = _rules(*codes_above(village_id))
    return found[0] if found else None


_rules = Asked(lambda *codes: ReviewRules.objects.filter(division_id__in=codes).order_by("-division_id", "-number")[:1])


def ceiling_of(rules: ReviewRules | None, person: User) -> int | None:
    """Return the most that a person may agree to on one claim, in fen; None: there is no ceiling."""
    if rules is None:
        return None
    own = rules.people.get(str(person.pk))
    if own is not None:
        return int(own)
    return rules.manager_fen if person.is_manager else rules.handler_fen


def word_of(rules: ReviewRules | None, by: User, decision: Decision, amount_fen: int | None = None) -> Word:
    """Return what this reviewer's agreement comes to. `amount_fen`: what is agreed to, else the decision's total.

    Errors: Conflict when it is endorsed already and passes this person's ceiling.
    """
    amount = decision.total_fen if amount_fen is None else amount_fen
    ceiling = ceiling_of(rules, by)
    within = ceiling is None or amount <= ceiling
    needs_two = rules is not None and rules.two_above_fen is not None and amount > rules.two_above_fen
    if within and (decision.endorsed_by_id or not needs_two):
        return Word.AGREE
    if not decision.endorsed_by_id:
        return Word.ENDORSE
    raise Conflict(
        f"这件 {yuan(amount)} 元，超过您的审批权限 {yuan(ceiling or 0)} 元；一级复核已经做过，请有权限的同事复核。"
    )


@transaction.atomic
def set_review_rules(
    *,
    by: User,
    handler_fen: int | None,
    manager_fen: int | None,
    two_above_fen: int | None,
    sample_percent: int,
    people: Mapping[int, int],
    key: str,
    now: datetime,
) -> ReviewRules:
    """Enter the ceilings and the share of decisions to be looked at again, for the manager's own division.

    `people`: a person's key -> ceiling in fen, which goes before that of the role. What was entered before stays.
    Errors: NotAllowed; InvalidInput for a share outside 0 to 100 or a person of another desk; Conflict when somebody
    entered others at the same time.
    """
    if by.desk != Desk.INSURER or not by.is_manager:
        raise NotAllowed("审批权限只有中国人寿管账号的人能改。")
    if done := ReviewRules.objects.filter(key=key).first():
        return done
    if not 0 <= sample_percent <= 100:
        message = "抽查比例写 0 到 100 的整数，例如 5 表示每 100 件约抽 5 件。"
        raise InvalidInput(message, errors={"sample_percent": message})
    known = User.objects.filter(pk__in=people, desk=Desk.INSURER, division__code__startswith=by.scope).count()
    if known != len(people):
        raise InvalidInput("有人不是这个机构的理赔人员，请刷新页面再填。")
    before = ReviewRules.objects.filter(division_id=by.division_id).first()
    try:
        rules = ReviewRules.objects.create(
            key=key,
            division_id=by.division_id,
            number=before.number + 1 if before else 1,
            handler_fen=handler_fen,
            manager_fen=manager_fen,
            two_above_fen=two_above_fen,
            sample_percent=sample_percent,
            sample_seed=before.sample_seed if before else token_hex(8),
            people={str(pk): fen for pk, fen in people.items()},
            by=by,
            at=now,
        )
    except IntegrityError as error:
        raise Conflict("刚刚有人改过审批权限，请刷新页面看最新的再改。") from error
    record(by=by, action="claims.review_rules", subject=rules, division_code=by.division_id, number=rules.number)
    return rules


def is_drawn(seed: str, number: str, sequence: int, percent: int) -> bool:
    """Whether a decision is looked at once more: the same for the same seed, so that anybody can draw again."""
    return int(sm3(f"{seed}:{number}:{sequence}".encode())[:8], 16) % 100 < percent


def draw_for_quality(rules: ReviewRules | None, decision: Decision, *, by: User, now: datetime) -> None:
    """Put an approved decision on the list of quality reviews when chance says so (no query when it does not)."""
    if rules is None or not rules.sample_percent:
        return
    if is_drawn(rules.sample_seed, decision.claim.number, decision.sequence, rules.sample_percent):
        QualityReview.objects.create(
            claim=decision.claim,
            decision=decision,
            rules=rules,
            drawn_at=now,
            first_id=decision.prepared_by_id,
            second=by,
        )


@transaction.atomic
def note_quality(*, by: User, review: QualityReview, finding: str, note: str, now: datetime) -> QualityReview:
    """Write what a third person found on a decision that was drawn.

    Errors: NotAllowed; InvalidInput without a finding, or a bad one without a note; Conflict for who decided it, or
    when it was looked at already.
    """
    require_handler(by, review.claim.village_id)
    held = QualityReview.objects.select_for_update(of=("self",)).select_related("claim").get(pk=review.pk)
    if held.finding:
        raise Conflict("这一件已经抽查过了，请刷新页面看结果。")
    if by.pk in (held.first_id, held.second_id):
        raise Conflict("这件是您初审或复核的，要换别的同事抽查。")
    if finding not in QualityReview.Finding.values:
        raise InvalidInput("请选抽查结果。", errors={"finding": "请选抽查结果。"})
    if finding != QualityReview.Finding.RIGHT and not note.strip():
        message = "有问题的要写明是什么问题。"
        raise InvalidInput(message, errors={"note": message})
    held.finding, held.note, held.looked_by, held.looked_at = finding, note, by, now
    held.save(update_fields=["finding", "note", "looked_by", "looked_at"])
    record(
        by=by,
        action="claims.quality",
        subject=held.claim,
        division_code=held.claim.village_id,
        finding=finding,
        sequence=held.decision_id,
    )
    return held
