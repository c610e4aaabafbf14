"""One paper of each kind in a village's town, as rows: what the permission table addresses."""

import uuid

from tests.enrolment.acts import NOW, TODAY

from ankang.accounts.models import User
from ankang.divisions.models import Division
from ankang.enrolment.models import Enrolment, Funding
from ankang.money.models import Order, Posting
from ankang.treasury import models


def _paper(enrolment: Enrolment, by: User) -> dict[str, object]:
    return {
        "key": uuid.uuid4().hex,
        "programme": enrolment.version.programme,
        "division": by.division,
        "prepared_by": by,
        "prepared_at": NOW,
    }


def request_in(enrolment: Enrolment, by: User) -> models.GovernmentRequest:
    return models.GovernmentRequest.objects.create(people=1, total_fen=5_000, **_paper(enrolment, by))


def remittance_in(enrolment: Enrolment, by: User) -> models.Remittance:
    return models.Remittance.objects.create(people=1, total_fen=5_000, **_paper(enrolment, by))


def refund_in(enrolment: Enrolment, by: User) -> models.Refund:
    part = Funding.objects.get(holding__enrolment=enrolment)
    return models.Refund.objects.create(
        funding=part, village=enrolment.village, cause="duplicate", paid_fen=5_000, amount_fen=5_000, words="全额",
        **_paper(enrolment, by),
    )  # fmt: skip


def receipt_in(enrolment: Enrolment, by: User) -> models.DonationReceipt:
    """Return a receipt of a donation in that town."""
    programme = enrolment.version.programme
    donor = models.Donor.objects.create(
        code=uuid.uuid4().hex[:16],
        name=f"{enrolment.village.name}慈善会",
        division=by.division,
        added_by=by,
        added_at=NOW,
    )
    gift = models.Donation.objects.create(
        key=uuid.uuid4().hex, donor=donor, programme=programme, division=by.division, paper="协议", purpose="保费",
        agreed_on=TODAY, amount_fen=10_000, received_fen=10_000, by=by, at=NOW,
    )  # fmt: skip
    posting = Posting.objects.create(
        key=uuid.uuid4().hex, kind="donation_in", on=TODAY, at=NOW, by=by, division=by.division, digest="0" * 64
    )
    return models.DonationReceipt.objects.create(
        key=uuid.uuid4().hex, donation=gift, division=by.division, year=2024, serial=1, amount_fen=10_000,
        reference=uuid.uuid4().hex, on=TODAY, posting=posting, by=by, at=NOW,
    )  # fmt: skip


def opening_in(enrolment: Enrolment, by: User) -> models.OpeningBalance:
    paper = {name: told for name, told in _paper(enrolment, by).items() if name != "programme"}
    return models.OpeningBalance.objects.create(amount_fen=10_000, on=TODAY, paper="对账单", **paper)


def compared_in(enrolment: Enrolment, by: User) -> models.ReconciliationRow:
    """Return a difference of a comparison in that town."""
    run = models.Reconciliation.objects.create(
        kind="bank", programme=enrolment.version.programme, division=by.division, file_name="流水.csv",
        file_digest=uuid.uuid4().hex, by=by, at=NOW,
    )  # fmt: skip
    return models.ReconciliationRow.objects.create(run=run, row_number=2, outcome="missing_here", theirs_fen=1)


def order_in(village: Division, enrolment: Enrolment, by: User) -> Order:
    return Order.objects.create(
        key=uuid.uuid4().hex, programme=enrolment.version.programme, village=village, kind="household",
        payer_name="王秀兰", opened_by=by, opened_at=NOW, opened_on=TODAY,
    )  # fmt: skip


def surplus_in(order: Order, by: User) -> models.Charge:
    return models.Charge.objects.create(
        order=order, trade_no=uuid.uuid4().hex, amount_fen=5_000, paid_fen=4_000, state="surplus", opened_by=by,
        opened_at=NOW, why="应付50.00元，实付40.00元",
    )  # fmt: skip
