"""What has to be done with the money now: sums and counts for the town's first page of it."""

from dataclasses import dataclass

from django.db.models import Count, Q, Sum

from ankang.accounts.models import User
from ankang.programmes.models import ProgrammeVersion
from ankang.treasury.government import to_ask_fen
from ankang.treasury.models import Donation, GovernmentRequest, ReconciliationRow, Refund, Remittance
from ankang.treasury.refunds import refunds_to_prepare
from ankang.treasury.remittances import to_remit


@dataclass(frozen=True, slots=True)
class Standing:
    """Units: fen where a name says so, else papers or rows."""

    to_ask_fen: int
    government_owes_fen: int
    requests_waiting: int
    to_remit_fen: int
    remittances_waiting: int
    remitted_fen: int
    refunds_to_prepare: int
    refunds_waiting: int
    refunds_to_pay_fen: int
    donations_left_fen: int
    differences: int


def standing(user: User, version: ProgrammeVersion) -> Standing:
    """Return where the campaign's money stands for this person's divisions (eleven queries)."""
    programme = version.programme
    requests = GovernmentRequest.objects.visible_to(user).filter(programme=programme)
    asked = requests.aggregate(
        waiting=Count("pk", filter=Q(state__in=("prepared", "released"))),
        owed=Sum("total_fen", filter=Q(state="accepted"), default=0)
        - Sum("received_fen", filter=Q(state="accepted"), default=0)
        - Sum("waived_fen", filter=Q(state="accepted"), default=0),
    )
    sent = Remittance.objects.visible_to(user).filter(programme=programme)
    remitted = sent.aggregate(
        waiting=Count("pk", filter=Q(state__in=("prepared", "released"))),
        paid=Sum("total_fen", filter=Q(state="paid"), default=0),
    )
    back = Refund.objects.visible_to(user).filter(programme=programme)
    refunded = back.aggregate(
        waiting=Count("pk", filter=Q(state="prepared")),
        to_pay=Sum("amount_fen", filter=Q(state="released"), default=0),
    )
    given = Donation.objects.visible_to(user).filter(programme=programme)
    left = given.aggregate(
        left=Sum("received_fen", default=0) - Sum("used_fen", default=0) - Sum("returned_fen", default=0)
    )
    return Standing(
        to_ask_fen=to_ask_fen(user, programme),
        government_owes_fen=asked["owed"],
        requests_waiting=asked["waiting"],
        to_remit_fen=to_remit(user, programme, ()).total_fen,
        remittances_waiting=remitted["waiting"],
        remitted_fen=remitted["paid"],
        refunds_to_prepare=len(refunds_to_prepare(user, programme)),
        refunds_waiting=refunded["waiting"],
        refunds_to_pay_fen=refunded["to_pay"],
        donations_left_fen=left["left"],
        differences=ReconciliationRow.objects.filter(
            ~Q(outcome="matched"), explanation="", run__programme=programme, run__division__code__startswith=user.scope
        ).count(),
    )
