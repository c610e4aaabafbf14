"""批改: what changes on a policy after it was issued, asked by the town or a village, decided by the insurer."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from ankang.accounts.models import User
from ankang.divisions.models import Division
from ankang.enrolment.models import Holding, Withdrawal
from ankang.policies.models import Certificate, GroupPolicy
from ankang.privacy.fields import SealedField
from ankang.roster.models import Resident


class EndorsementQuerySet(models.QuerySet["Endorsement"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(village__code__startswith=user.scope)


class Endorsement(models.Model):
    """One change of one certificate, or a holding added to a policy, from a day on."""

    class Kind(models.TextChoices):
        ADD = "add", "增加被保险人"
        REMOVE = "remove", "减少被保险人"
        IDENTITY = "identity", "更正姓名或身份证号"
        TRANSFER = "transfer", "转到另一村居"

    class State(models.TextChoices):
        WAITING = "waiting", "等中国人寿审核"
        ACCEPTED = "accepted", "已同意"
        REFUSED = "refused", "没有同意"
        CANCELLED = "cancelled", "已撤回"

    key = models.CharField("防重复号", max_length=64, unique=True)
    number = models.CharField("批改号", max_length=40, unique=True)
    kind = models.CharField("批改类型", max_length=8, choices=Kind.choices)
    holding = models.ForeignKey(Holding, models.PROTECT, related_name="endorsements")
    resident = models.ForeignKey(Resident, models.PROTECT, related_name="endorsements")
    village = models.ForeignKey(Division, models.PROTECT, related_name="+")  # of the certificate when it was asked
    policy = models.ForeignKey(GroupPolicy, models.PROTECT, related_name="endorsements")
    certificate = models.ForeignKey(
        Certificate, models.PROTECT, null=True, blank=True, related_name="endorsements"
    )  # added ones get theirs when they are accepted
    withdrawal = models.ForeignKey(Withdrawal, models.PROTECT, null=True, blank=True, related_name="endorsements")
    effective_on = models.DateField("生效日")  # the first day on which the change holds
    reason = models.CharField("原因", max_length=200)
    name_before = models.CharField("原姓名", max_length=60, blank=True)
    name_after = models.CharField("新姓名", max_length=60, blank=True)
    tail_before = models.CharField("原号后四位", max_length=4, blank=True)
    corrected = SealedField("policies.endorsement.corrected", null=True)  # the number put right
    corrected_index = models.CharField(max_length=64, blank=True)
    corrected_tail = models.CharField("新号后四位", max_length=4, blank=True)
    to_village = models.ForeignKey(Division, models.PROTECT, null=True, blank=True, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField("审核意见", max_length=200, blank=True)

    objects = EndorsementQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["state", "requested_at"])]
        constraints = [
            models.UniqueConstraint(
                fields=["holding", "kind"], condition=Q(state="waiting"), name="endorsement_one_waiting_a_kind"
            ),
            models.UniqueConstraint(
                fields=["holding"],
                condition=Q(kind="remove", state__in=("waiting", "accepted")),
                name="endorsement_one_removal",
            ),
            models.CheckConstraint(
                condition=Q(kind="add") | Q(certificate__isnull=False), name="endorsement_names_a_certificate"
            ),
            models.CheckConstraint(
                condition=Q(kind="transfer", to_village__isnull=False)
                | (~Q(kind="transfer") & Q(to_village__isnull=True)),
                name="endorsement_transfer_leads_somewhere",
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", decided_by__isnull=True, decided_at__isnull=True)
                | (~Q(state="waiting") & Q(decided_by__isnull=False, decided_at__isnull=False)),
                name="endorsement_decided_who_and_when",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("accepted", "refused")) | ~Q(decided_by=F("requested_by")),
                name="endorsement_second_person",
            ),
        ]

    def __str__(self) -> str:
        return self.number
