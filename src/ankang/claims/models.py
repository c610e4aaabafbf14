"""Claims: an event with its losses, and decisions on it by two persons."""

from typing import Self

from django.conf import settings
from django.db import models

from ankang.accounts.models import User
from ankang.divisions.models import Division
from ankang.privacy.fields import SealedField
from ankang.programmes.models import Programme, ProgrammeVersion
from ankang.roster.models import Resident


class ClaimQuerySet(models.QuerySet["Claim"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(village__code__startswith=user.scope)

    def with_losses(self) -> Self:
        """Bring stays and disabilities along: one query each, however many claims."""
        return self.prefetch_related("stays", "disabilities")


class Claim(models.Model):
    """One event (事故) of one resident, from the report to a decision."""

    class Cause(models.TextChoices):
        ACCIDENT = "accident", "意外"
        ILLNESS = "illness", "疾病"

    class Status(models.TextChoices):
        REPORTED = "reported", "待录损失"
        RECORDED = "recorded", "待初审"
        PREPARED = "prepared", "待复核"
        RETURNED = "returned", "已退回初审"
        REOPENED = "reopened", "重新理算"
        APPROVED = "approved", "已同意赔付"
        REFUSED = "refused", "不予赔付"
        WITHDRAWN = "withdrawn", "已撤案"

    OPEN = (Status.REPORTED, Status.RECORDED, Status.PREPARED, Status.RETURNED, Status.REOPENED)
    TO_DECIDE = (Status.RECORDED, Status.RETURNED, Status.REOPENED)

    number = models.CharField("案号", max_length=24, unique=True)
    resident = models.ForeignKey(Resident, models.PROTECT, related_name="claims")
    village = models.ForeignKey(Division, models.PROTECT, related_name="+")
    programme = models.ForeignKey(Programme, models.PROTECT, related_name="+")
    event_on = models.DateField("事故日期")
    cause = models.CharField("原因", max_length=8, choices=Cause.choices)
    what_happened = SealedField("claims.claim.what_happened", null=True)
    diagnosis = SealedField("claims.claim.diagnosis", null=True)
    place = SealedField("claims.claim.place", null=True)
    place_index = models.CharField(max_length=64, blank=True, default="")  # equal for equal places: `claims.alike`
    doctor = SealedField("claims.claim.doctor", null=True)
    doctor_index = models.CharField(max_length=64, blank=True, default="")
    reporter = models.CharField("报案人", max_length=60, blank=True)
    reporter_phone = SealedField("claims.claim.reporter_phone", null=True)
    died_on = models.DateField("身故日期", null=True, blank=True)
    medical_expense_fen = models.PositiveBigIntegerField("医疗费用", default=0)
    reimbursed_fen = models.PositiveBigIntegerField("别处已报销", default=0)
    fracture_expense_fen = models.PositiveBigIntegerField("其中骨折费用", default=0)
    status = models.CharField("状态", max_length=10, choices=Status.choices, default=Status.REPORTED)
    payable_fen = models.PositiveBigIntegerField("应赔", null=True, blank=True)
    partial_fen = models.PositiveBigIntegerField("先行赔付", default=0)  # 保险法 25: decided and paid before the rest
    round = models.PositiveSmallIntegerField("第几次审理", default=1)  # goes up with each reopening
    held_until = models.DateField("暂缓到", null=True, blank=True)  # of the hold in force; the rows tell why
    moved_at = models.DateTimeField("进入当前状态")  # what the working days of a step are counted from
    step_from = models.DateField("时限从这天算", null=True, blank=True)  # instead, once the step has waited for papers
    situations = models.CharField("有哪些情况", max_length=80, blank=True)  # codes of rules.documents.Situation
    reported_at = models.DateTimeField()
    reported_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    closed_on = models.DateField("结案日", null=True, blank=True)

    objects = ClaimQuerySet.as_manager()

    class Meta:
        ordering = ["-reported_at", "-id"]
        indexes = [
            models.Index(fields=["village", "status", "moved_at"]),
            models.Index(fields=["resident", "event_on"]),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(fracture_expense_fen__lte=models.F("medical_expense_fen")),
                name="claim_fracture_within_expense",
            ),
            models.CheckConstraint(
                condition=models.Q(died_on__isnull=True) | models.Q(died_on__gte=models.F("event_on")),
                name="claim_death_not_before_event",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    status__in=["approved", "refused"], payable_fen__isnull=False, closed_on__isnull=False
                )
                | (~models.Q(status__in=["approved", "refused"]) & models.Q(payable_fen__isnull=True)),
                name="claim_payable_only_when_decided",
            ),
            models.CheckConstraint(
                condition=~models.Q(status="refused") | models.Q(payable_fen=0), name="claim_refused_pays_nothing"
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to do something on it."""
        return self.status in Claim.OPEN


class DailyNumber(models.Model):
    """How many claims were reported on a day: the row that a new case number locks, so that no two are alike."""

    day = models.DateField(primary_key=True)
    last = models.PositiveIntegerField(default=0)


class ClaimStep(models.Model):
    """What was done on a claim, by whom, when: the timeline, and the memory of the keys against doing a thing twice."""

    class Kind(models.TextChoices):
        REPORTED = "reported", "报案登记"
        RECORDED = "recorded", "录入损失"
        PREPARED = "prepared", "初审理算"
        APPROVED = "approved", "复核同意"
        RETURNED = "returned", "退回初审"
        REFUSED = "refused", "拒赔"
        WITHDRAWN = "withdrawn", "撤案"
        HELD = "held", "暂缓"
        LIFTED = "lifted", "恢复办理"
        ENDORSED = "endorsed", "一级复核同意"
        CERTAIN = "certain", "先行赔付初审"
        CERTAIN_OK = "certain_ok", "先行赔付同意"
        CHALLENGED = "challenged", "申请冲回重审"
        REOPENED = "reopened", "冲回，重新理算"
        KEPT = "kept", "不冲回，维持原决定"
        APPEALED = "appealed", "登记申诉"
        ANSWERED = "answered", "答复申诉"
        LETTER = "letter", "出具拒赔通知书"
        PAYEE = "payee", "登记收款人"
        ORDERED = "ordered", "申请付款"
        PAID = "paid", "已付款"
        UNPAID = "unpaid", "付款退回"
        TAKEN_BACK = "taken_back", "收回多付的钱"
        CORRECTED = "corrected", "更正报案"
        MORE_BILLS = "more_bills", "补交票据"

    claim = models.ForeignKey(Claim, models.PROTECT, related_name="steps")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    key = models.CharField("防重复号", max_length=64, unique=True)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["id"]


class Stay(models.Model):
    claim = models.ForeignKey(Claim, models.CASCADE, related_name="stays")
    admitted_on = models.DateField("入院")
    discharged_on = models.DateField("出院")

    class Meta:
        ordering = ["admitted_on"]
        constraints = [
            models.CheckConstraint(condition=models.Q(discharged_on__gte=models.F("admitted_on")), name="stay_dates"),
        ]


class Disability(models.Model):
    claim = models.ForeignKey(Claim, models.CASCADE, related_name="disabilities")
    grade = models.PositiveSmallIntegerField("等级")
    site = models.CharField("部位", max_length=40)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(grade__gte=1, grade__lte=10), name="disability_grade"),
        ]


class Decision(models.Model):
    """What one person found payable on a claim, with its trace, and what the others said of it.

    An approved decision is never edited. `partial` is the certain part, decided before the rest (保险法 25); `reversal`
    takes back all that stands of the claim, which is then decided anew in its next round.
    """

    class Kind(models.TextChoices):
        FULL = "full", "理算"
        PARTIAL = "partial", "先行赔付"
        REVERSAL = "reversal", "冲回"

    class Verdict(models.TextChoices):
        PENDING = "pending", "待复核"
        APPROVED = "approved", "同意"
        RETURNED = "returned", "退回"
        REFUSED = "refused", "拒赔"

    claim = models.ForeignKey(Claim, models.PROTECT, related_name="decisions")
    sequence = models.PositiveSmallIntegerField()
    round = models.PositiveSmallIntegerField(default=1)  # the claim's round in which it was made
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.FULL)
    version = models.ForeignKey(ProgrammeVersion, models.PROTECT, related_name="+")
    facts = models.JSONField()  # what went into rules.adjudicate: can be replayed
    outcome = models.JSONField()  # rules.Decision as JSON, with the trace
    total_fen = models.PositiveBigIntegerField()  # payable on the claim once it is approved; what came before included
    prepared_at = models.DateTimeField()
    prepared_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    prepared_note = models.CharField("初审意见", max_length=300, blank=True)
    verdict = models.CharField(max_length=10, choices=Verdict.choices, default=Verdict.PENDING)
    endorsed_at = models.DateTimeField(null=True, blank=True)  # a first reviewer, where the amount asks for two
    endorsed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    reviewed_at = models.DateTimeField(null=True, blank=True)
    reviewed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    reviewed_note = models.CharField("复核意见", max_length=300, blank=True)

    class Meta:
        ordering = ["claim", "sequence"]
        constraints = [
            models.UniqueConstraint(fields=["claim", "sequence"], name="decision_sequence_once"),
            models.UniqueConstraint(
                fields=["claim", "round", "kind"],
                condition=models.Q(verdict="approved"),
                name="decision_one_approved_a_round_and_kind",
            ),
            models.UniqueConstraint(
                fields=["claim"], condition=models.Q(verdict="pending"), name="decision_one_pending_a_claim"
            ),
            models.CheckConstraint(
                condition=models.Q(verdict="pending", reviewed_at__isnull=True, reviewed_by__isnull=True)
                | (
                    ~models.Q(verdict="pending")
                    & models.Q(reviewed_at__isnull=False, reviewed_by__isnull=False)
                    & ~models.Q(reviewed_by=models.F("prepared_by"))
                ),
                name="decision_second_person",
            ),
            models.CheckConstraint(
                condition=models.Q(endorsed_at__isnull=True, endorsed_by__isnull=True)
                | (
                    models.Q(endorsed_at__isnull=False, endorsed_by__isnull=False)
                    & ~models.Q(endorsed_by=models.F("prepared_by"))
                    & (models.Q(reviewed_by__isnull=True) | ~models.Q(reviewed_by=models.F("endorsed_by")))
                ),
                name="decision_third_person",
            ),
        ]


class DecisionLine(models.Model):
    """What one decision adds to one product and benefit: append-only, so that totals are plain sums over one table.

    A reversal's amounts are negative; those of a decision after a partial one are what it adds. So the approved lines
    of a claim add up to what stands of it, and those of a person to their used-up limits.
    """

    decision = models.ForeignKey(Decision, models.PROTECT, related_name="lines")
    product = models.CharField(max_length=10)
    benefit = models.CharField(max_length=10)
    amount_fen = models.BigIntegerField()
    reason = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["decision", "product", "benefit"], name="decision_line_once"),
        ]


class LimitUse(models.Model):
    """What approved decisions drew on one limit of one person: the row that an approval locks."""

    resident = models.ForeignKey(Resident, models.PROTECT, related_name="+")
    programme = models.ForeignKey(Programme, models.PROTECT, related_name="+")
    product = models.CharField(max_length=10)
    benefit = models.CharField(max_length=10)
    used_fen = models.PositiveBigIntegerField(default=0)
    limit_fen = models.PositiveBigIntegerField()  # the highest limit that applied to a decided event

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["resident", "programme", "product", "benefit"], name="limit_once"),
            models.CheckConstraint(condition=models.Q(used_fen__lte=models.F("limit_fen")), name="limit_not_passed"),
        ]


# models of this app, in files of their own
from ankang.claims.course_models import Appeal, ClaimCorrection, Hold, Recalculation, RefusalLetter  # noqa: E402, F401
from ankang.claims.death_models import DeathReport  # noqa: E402, F401
from ankang.claims.document_models import ClaimDocument, PaperNotice, PaperRules  # noqa: E402, F401
from ankang.claims.further_models import FurtherBills  # noqa: E402, F401
from ankang.claims.green_models import Advance, AdvanceDay  # noqa: E402, F401
from ankang.claims.invoice_models import Invoice  # noqa: E402, F401
from ankang.claims.payout_models import Payee, PaymentBatch, PaymentDue, Payout  # noqa: E402, F401
from ankang.claims.report_models import PublicReport  # noqa: E402, F401
from ankang.claims.review_models import QualityReview, ReviewRules, SignalLook  # noqa: E402, F401
from ankang.claims.settlement_models import SettlementFile, SettlementRow  # noqa: E402, F401
from ankang.claims.take_back_models import TakeBack, TakeBackReceipt  # noqa: E402, F401
