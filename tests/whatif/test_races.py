"""One form sent twice in one second, in real transactions: one comparison, one audit row."""

import pytest
from tests import factories
from tests.claims.acts import insured
from tests.races import race
from tests.whatif.acts import compared

from ankang.accounts.models import Desk
from ankang.audit.models import AuditEntry
from ankang.whatif.models import WhatIf

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_clicks_are_one_comparison() -> None:
    version = factories.version()
    insured(("A", 1))
    by = factories.user(Desk.TOWN)
    outcomes = race(*[lambda: compared(by, version, key="form")] * 3)
    made = WhatIf.objects.get()
    assert [one.pk for one in outcomes] == [made.pk] * 3
    assert AuditEntry.objects.filter(action="whatif.run").count() == 1
