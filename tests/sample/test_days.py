"""No paper of the sample town stands before what it rests on: days and instants follow the money."""

from collections import defaultdict

import pytest
from django.db.models import F
from tests.sample.test_town import SMALL

from ankang.enrolment.models import Funding
from ankang.money.models import Account, Entry, Handover, Payment, Receipt, Settlement
from ankang.policies.endorsement_models import Endorsement
from ankang.policies.models import ApplicationRow, Certificate
from ankang.sample.load import build
from ankang.sample.town import TOWN
from ankang.treasury.models import DonationUse, GovernmentRequestLine, Refund, RemittanceLine

OWED = (
    Account.PREMIUM_HELD, Account.GOVERNMENT_FUND, Account.DONOR_FUND, Account.BANK_INTEREST,
)  # fmt: skip
HAD = (Account.VILLAGE_CASH, Account.IN_TRANSIT, Account.TOWN_CASH, Account.TOWN_BANK, Account.BANK_FEE)


@pytest.fixture
def sample(db: None) -> None:
    build(size=SMALL)


def test_nothing_stands_before_what_it_rests_on(sample: None) -> None:
    joined = "funding__holding__enrolment"
    asked = ApplicationRow.objects.exclude(outcome=ApplicationRow.Outcome.LEFT_OUT)
    rules = {
        "an enrolment is paid for after it was made": Settlement.objects.filter(
            posting__on__lt=F(f"{joined}__enrolled_on")
        ),
        "a promise is for who had joined": Settlement.objects.filter(
            promise__accepted_on__lt=F(f"{joined}__enrolled_on")
        ),
        "a payment is for an order": Payment.objects.filter(on__lt=F("order__opened_on")),
        "a receipt is for a payment": Receipt.objects.filter(issued_at__lt=F("payment__posting__at")),
        "a slip is counted after it was made": Handover.objects.filter(decided_at__lt=F("handed_at")),
        "what is asked of government had joined": GovernmentRequestLine.objects.filter(
            request__prepared_at__date__lt=F(f"{joined}__enrolled_on")
        ),
        "a gift is used after it came": DonationUse.objects.filter(posting__at__lt=F("donation__receipts__at")),
        "what is remitted was paid": RemittanceLine.objects.filter(
            funding__settlements__posting__at__gt=F("remittance__prepared_at")
        ),
        "and on no later day": RemittanceLine.objects.filter(
            funding__settlements__posting__on__gt=F("remittance__paid_on")
        ),
        "a refund is of what was paid": Refund.objects.filter(funding__settlements__posting__at__gt=F("prepared_at")),
        "who is applied for was paid for": asked.filter(
            holding__fundings__settlements__promise=None,
            holding__fundings__settlements__posting__at__gt=F("batch__prepared_at"),
        ),
        "or promised": asked.filter(holding__fundings__settlements__promise__accepted_at__gt=F("batch__prepared_at")),
        "a certificate is printed after it was issued": Certificate.objects.filter(printed_at__lt=F("issued_at")),
        "and issued after the batch was sent": Certificate.objects.filter(
            holding__applications__batch__sent_at__gt=F("issued_at")
        ),
        "an endorsement is of a certificate": Endorsement.objects.filter(requested_at__lt=F("certificate__issued_at")),
        "an instant is on its day or later": Entry.objects.filter(posting__at__date__lt=F("posting__on")),
    }
    assert {says: rows.count() for says, rows in rules.items() if rows.exists()} == {}
    assert Funding.objects.filter(settlements__posting__isnull=False).exists()


def test_no_account_is_below_zero_at_any_instant(sample: None) -> None:
    totals: dict[tuple[str, str], int] = defaultdict(int)
    for entry in Entry.objects.select_related("posting").order_by("posting__on", "posting__at", "posting_id"):
        account = (entry.account, entry.owner)
        totals[account] += entry.amount_fen
        signed = -totals[account] if entry.account in OWED else totals[account]
        assert entry.account not in (*OWED, *HAD) or signed >= 0, (account, entry.posting)
    assert totals[Account.TOWN_BANK, TOWN] > 0
