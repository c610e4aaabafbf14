"""The ledger: append-only postings of double entry, and which funding they settled.

A posting is what happened once (money was collected, handed over, remitted); its entries say between which accounts.
An entry is positive where an account gains what we have or are owed, negative where it loses it or we owe more. The
entries of a posting add up to zero, and so do all entries.
"""

from typing import ClassVar

from django.conf import settings
from django.db import models

from ankang.accounts.models import User
from ankang.audit.models import AppendOnlyModel, AppendOnlyQuerySet
from ankang.divisions.models import Division
from ankang.enrolment.models import Funding
from ankang.programmes.models import Programme


class Account(models.TextChoices):
    """The kinds of accounts. An account is a kind and an owner; `owner` says whose code stands beside the kind."""

    # what we have, or are owed
    VILLAGE_CASH = "village_cash", "村里的现金"  # owner: village code
    IN_TRANSIT = "in_transit", "交款途中"  # village code: handed over, not confirmed yet
    TOWN_CASH = "town_cash", "镇里的现金"  # town code
    TOWN_BANK = "town_bank", "镇保费专户"  # town code
    GATEWAY = "gateway", "支付平台待到账"  # town code: paid on the platform, not on our account yet
    GOVERNMENT_DUE = "government_due", "应收政府资金"  # code of the division that pays
    DONOR_DUE = "donor_due", "应收捐赠款"  # donor's code
    CASH_DIFFERENCE = "cash_difference", "现金长短款"  # village code: what was counted less than expected
    BANK_FEE = "bank_fee", "手续费（镇里补）"  # town code: taken by bank or platform, not made good by the town yet
    # what we owe
    PREMIUM_HELD = "premium_held", "代收保费"  # village code: settled premium that has not gone to the insurer
    INSURER_DUE = "insurer_due", "应付保险公司"  # insurer's code: remittance agreed, not paid yet
    GOVERNMENT_FUND = "government_fund", "政府资金"  # code of the division that paid: received, not used
    DONOR_FUND = "donor_fund", "捐赠资金"  # donor's code: received, not used
    BANK_OPENING = "bank_opening", "专户期初余额"  # town code: what stood on the account before its first entry
    BANK_INTEREST = "bank_interest", "专户利息"  # town code: got from the bank, not handed to finance yet
    REFUND_DUE = "refund_due", "应退款"  # village code: to be paid back to a payer
    CLAIM_DUE = "claim_due", "应付理赔款"  # claim number
    CLAIM_COST = "claim_cost", "理赔支出"  # insurer's code
    CLAIM_BANK = "claim_bank", "理赔付款户"  # insurer's code
    WINDOW_ADVANCE = "window_advance", "窗口垫付款"  # desk and division code: paid for the insurer, not paid back yet


class PostingQuerySet(AppendOnlyQuerySet):
    def visible_to(self, user: User) -> "PostingQuerySet":
        return self.filter(division__code__startswith=user.scope)


class Posting(AppendOnlyModel):
    """One movement of money. Never changed, never deleted: a mistake is answered by a counter-entry (`reverses`)."""

    class Kind(models.TextChoices):
        PAYMENT = "payment", "收保费"
        VOID = "void", "作废收据"
        HANDOVER = "handover", "村里交款"
        HANDOVER_BACK = "handover_back", "退回交款"
        RECEIVED = "received", "镇里收款"
        DIFFERENCE = "difference", "长短款结清"
        BANKED = "banked", "现金存入专户"
        GATEWAY_IN = "gateway_in", "支付平台到账"
        GOVERNMENT_IN = "government_in", "收到政府资金"
        GOVERNMENT_USE = "government_use", "政府资金付保费"
        DONATION_IN = "donation_in", "收到捐赠"
        DONATION_USE = "donation_use", "捐赠付保费"
        DONATION_BACK = "donation_back", "退回捐赠余额"
        REMITTANCE = "remittance", "汇给保险公司"
        REMITTANCE_BACK = "remittance_back", "保险公司退回"
        REFUND = "refund", "退款"
        OPENING = "opening", "专户期初余额"
        OPENING_OUT = "opening_out", "期初余额转出"
        INTEREST = "interest", "专户利息"
        INTEREST_OUT = "interest_out", "利息上缴财政"
        FEE = "fee", "银行手续费"
        FEE_MADE_GOOD = "fee_made_good", "镇里补手续费"
        CLAIM_PAYOUT = "claim_payout", "付理赔款"
        ADVANCE_BACK = "advance_back", "归还窗口垫付"
        CORRECTION = "correction", "更正"

    key = models.CharField("防重复号", max_length=80, unique=True)
    kind = models.CharField("事项", max_length=16, choices=Kind.choices)
    on = models.DateField("记账日")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")  # null: a machine
    division = models.ForeignKey(Division, models.PROTECT, related_name="+")
    programme = models.ForeignKey(Programme, models.PROTECT, null=True, related_name="+")
    reverses = models.OneToOneField("self", models.PROTECT, null=True, related_name="reversed_by")
    note = models.CharField("说明", max_length=200, blank=True)
    digest = models.CharField(max_length=64)  # of its contents: a key that comes again with others is refused

    objects = PostingQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["pk"]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["division", "on"])]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(reverses__isnull=True) | ~models.Q(reverses=models.F("id")),
                name="posting_never_reverses_itself",
            )
        ]


class EntryQuerySet(AppendOnlyQuerySet):
    def about(self, funding_ids: "list[int]") -> "EntryQuerySet":
        """Return the entries about these parts of premiums, in the order in which they were booked."""
        return self.filter(funding__in=funding_ids).order_by("pk")


class Entry(AppendOnlyModel):
    """One line of a posting: an account (kind and owner) and a signed amount in fen.

    `funding` names the part of a premium that the line is about, so that one yuan can be followed to its policy.
    """

    posting = models.ForeignKey(Posting, models.PROTECT, related_name="entries")
    account = models.CharField("科目", max_length=16, choices=Account.choices)
    owner = models.CharField("谁的", max_length=40)
    amount_fen = models.BigIntegerField()
    funding = models.ForeignKey(Funding, models.PROTECT, null=True, related_name="entries")

    objects = EntryQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["pk"]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["account", "owner"])]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=~models.Q(amount_fen=0), name="entry_moves_something"),
            models.CheckConstraint(condition=~models.Q(owner=""), name="entry_has_an_owner"),
        ]


class Promise(models.Model):
    """An accepted paper by which government or a donor will pay: units count as funded before the money is here."""

    class Party(models.TextChoices):
        GOVERNMENT = "government", "政府"
        DONOR = "donor", "捐赠人"

    key = models.CharField("防重复号", max_length=80, unique=True)
    party = models.CharField("谁答应的", max_length=10, choices=Party.choices)
    owner = models.CharField("代码", max_length=40)  # the owner of the account that will pay: division or donor code
    division = models.ForeignKey(Division, models.PROTECT, related_name="+")
    programme = models.ForeignKey(Programme, models.PROTECT, related_name="+")
    paper = models.CharField("依据", max_length=120)
    amount_fen = models.PositiveBigIntegerField()
    accepted_on = models.DateField("答应日期")
    accepted_at = models.DateTimeField()
    accepted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=~models.Q(paper=""), name="promise_on_a_paper")
        ]


class Settlement(models.Model):
    """A funding that is paid (`posting`) or promised (`promise`); at most one that lives a funding.

    It ends when its money is taken back: `ended_by` is the void or the refund. A promise that is kept gains its
    posting.
    """

    funding = models.ForeignKey(Funding, models.PROTECT, related_name="settlements")
    posting = models.ForeignKey(Posting, models.PROTECT, null=True, related_name="settlements")
    promise = models.ForeignKey(Promise, models.PROTECT, null=True, related_name="settlements")
    ended_by = models.ForeignKey(Posting, models.PROTECT, null=True, related_name="ended_settlements")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["funding"], condition=models.Q(ended_at__isnull=True), name="settlement_once_a_funding"
            ),
            models.CheckConstraint(
                condition=models.Q(posting__isnull=False) | models.Q(promise__isnull=False),
                name="settlement_paid_or_promised",
            ),
            models.CheckConstraint(
                condition=models.Q(ended_by__isnull=True) | models.Q(ended_at__isnull=False),
                name="settlement_ended_when",
            ),
        ]
