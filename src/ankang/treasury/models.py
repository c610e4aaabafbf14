"""The tables of money on its longer ways: telephones, government, donors, insurer, and back."""

from ankang.treasury.bank_models import BankSlip, OpeningBalance
from ankang.treasury.charge_models import Charge, GatewayNotice
from ankang.treasury.donor_models import Donation, DonationReceipt, DonationUse, Donor
from ankang.treasury.government_models import GovernmentPayment, GovernmentRequest, GovernmentRequestLine
from ankang.treasury.instalment_models import Instalment
from ankang.treasury.reconciliation_models import Reconciliation, ReconciliationRow
from ankang.treasury.remittance_models import Refund, Remittance, RemittanceLine

__all__ = [
    "BankSlip",
    "Charge",
    "Donation",
    "DonationReceipt",
    "DonationUse",
    "Donor",
    "GatewayNotice",
    "GovernmentPayment",
    "GovernmentRequest",
    "GovernmentRequestLine",
    "Instalment",
    "OpeningBalance",
    "Reconciliation",
    "ReconciliationRow",
    "Refund",
    "Remittance",
    "RemittanceLine",
]
