"""Whatever is enrolled and cancelled in whatever order: the counters say what is held, and the cap stands."""

from datetime import datetime
from random import Random
from zoneinfo import ZoneInfo

import pytest
from tests import factories
from tests.enrolment.acts import TODAY, enrol, reread
from tests.golden.cases import with_choice

from ankang.audit.models import AuditEntry
from ankang.enrolment.actions import cancel_enrolment
from ankang.enrolment.models import Enrolment, Funding, Holding, Participation
from ankang.rules.errors import AnkangError

pytestmark = pytest.mark.django_db
NOW = datetime(2024, 3, 4, 10, 16, tzinfo=ZoneInfo("Asia/Shanghai"))


def check(resident, counts_government):
    """Compare the counters with the rows they count."""
    participation = Participation.objects.filter(resident=resident).first()
    if participation is None:
        return
    held = Holding.objects.filter(enrolment__participation=participation, enrolment__cancelled_at__isnull=True)
    own = [row.units for row in held if row.fundings.get().payer != "government"]
    units = sum(row.units for row in held)
    assert participation.units == units
    assert participation.capped_units == (units if counts_government else sum(own)) <= 2
    assert (participation.first_enrolled_on == TODAY) is (units > 0)
    for row in Holding.objects.all():
        assert sum(part.amount_fen for part in row.fundings.all()) == row.units * row.unit_price_fen


@pytest.mark.parametrize("seed", range(6))
def test_the_counters_say_what_is_held(seed):
    chance, counts_government = Random(seed), bool(seed % 2)
    plan = factories.plan()
    if counts_government:
        plan = with_choice(plan, "K10", "all-units")
    version = factories.version(factories.issued_by_town(plan))
    by, resident = factories.user("village"), factories.resident(birth_date=TODAY.replace(year=1940))
    tried = 0
    for _ in range(25):
        live = list(Enrolment.objects.filter(cancelled_at__isnull=True))
        try:
            if live and chance.random() < 0.4:
                cancel_enrolment(by=by, enrolment=chance.choice(live), today=TODAY, now=NOW)
            else:
                payer = chance.choice(["self", "child", "village", "donor", "government"])
                product, units = chance.choice("AB"), chance.choice([1, 2])
                if payer == "government" and chance.random() < 0.8:  # else what the plan does not let it buy
                    product, units = "B", 1
                enrol(by, resident, version, product=product, units=units, payer=payer)
        except AnkangError:
            tried += 1
        check(resident, counts_government)
    assert tried, "the cap was never met"
    assert reread(resident)
    assert AuditEntry.objects.filter(action="enrolment.enrol").count() == Enrolment.objects.count()
    assert Funding.objects.count() == Enrolment.objects.count()
