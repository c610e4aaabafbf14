"""The sample town in a test: rows that hold one another fast are let go of, so that one of them can be made again."""

from ankang.money.models import Entry, OrderLine, Settlement
from ankang.policies.endorsement_models import Endorsement
from ankang.policies.models import ApplicationRow, Certificate
from ankang.treasury.models import DonationUse, GovernmentRequestLine, ReconciliationRow, Refund, RemittanceLine

_PAPERS = (ReconciliationRow, Refund, RemittanceLine, GovernmentRequestLine, DonationUse)


def forget_money_and_policies() -> None:
    """Let go of what holds enrolments fast: certificates, applications, settlements, orders, the books' entries."""
    for model in (*_PAPERS, Endorsement, Certificate, ApplicationRow, Settlement, OrderLine):
        model.objects.all().delete()
    entries = Entry.objects.all()
    entries._raw_delete(entries.db)  # entries refuse to be deleted, and rightly so
