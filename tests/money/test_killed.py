"""From the payer to the certificate: killed at any step, all of the step stands or nothing, and its button goes on."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from tests import factories
from tests.enrolment.acts import TODAY
from tests.killed import run_killed
from tests.policies.acts import POLICY, insurer, sent
from tests.treasury import acts

from ankang.accounts.models import User
from ankang.installation.models import Installation
from ankang.money.ledger import unbalanced
from ankang.money.models import Payment, Posting, Receipt, Settlement
from ankang.policies.models import ApplicationBatch, ApplicationRow, Certificate, NumberSeries
from ankang.programmes.models import ProgrammeVersion
from ankang.treasury.models import Remittance, RemittanceLine

pytestmark = pytest.mark.django_db(transaction=True)

Step = tuple[User, str, dict[str, str]]


def _form(client: Client, address: str, *names: str) -> dict[str, str]:
    """Return what a page's form holds hidden."""
    page = client.get(address).content.decode()
    found = {name: re.findall(rf'<input[^>]*name="{name}"[^>]*>', page)[0] for name in names}
    return {name: (re.findall(r'value="([^"]*)"', tag) or [""])[0] for name, tag in found.items()}


def _collected(version: ProgrammeVersion, client_of: Callable[[User], Client]) -> Step:
    enrolment = acts.insured(version)
    by = enrolment.by
    address = f"/village/collect/{enrolment.participation.resident_id}/"
    form = _form(client_of(by), address, "key", "shown", "payer_name")
    return by, address, form | {"means": "cash", "reference": ""}


def _listed(version: ProgrammeVersion, client_of: Callable[[User], Client]) -> Step:
    acts.paid(acts.insured(version), acts.insured(version))
    by, address = acts.first(), "/town/treasury/remittances/new/"
    return by, address, _form(client_of(by), address, "key", "shown_fen", "villages") | {"note": ""}


def _applied(version: ProgrammeVersion, client_of: Callable[[User], Client]) -> Step:
    acts.paid(acts.insured(version), acts.insured(version))
    by, address = acts.first(), "/town/applications/new/"
    return by, address, _form(client_of(by), address, "key", "shown") | {"note": ""}


def _released(version: ProgrammeVersion, _client_of: Any) -> Step:
    acts.paid(acts.insured(version), acts.insured(version))
    made = acts.remitting(version)
    return acts.first(), f"/town/treasury/remittances/{made.pk}/review/", {"approve": "yes", "note": ""}


def _sent_by_the_bank(version: ProgrammeVersion, _client_of: Any) -> Step:
    acts.paid(acts.insured(version), acts.insured(version))
    made = acts.released(acts.remitting(version))
    acts.banked()
    form = {"reference": "HK001", "on": TODAY.isoformat()}
    return acts.first(), f"/town/treasury/remittances/{made.pk}/pay/", form


def _accepted(version: ProgrammeVersion, _client_of: Any) -> Step:
    acts.paid(acts.insured(version), acts.insured(version))
    batch = sent(version)
    form = {f"policy-{factories.village(1).pk}": POLICY}
    return insurer(), f"/insurer/applications/{batch.pk}/accept/", form


def _money() -> tuple[Any, ...]:
    return Payment.objects.filter(state="done").count(), Receipt.objects.count(), Settlement.objects.count()


def _remittance() -> tuple[Any, ...]:
    return Remittance.objects.get().state, Posting.objects.filter(kind="remittance").count()


def _lines() -> tuple[Any, ...]:
    return Remittance.objects.count(), RemittanceLine.objects.count()


def _rows() -> tuple[Any, ...]:
    return ApplicationBatch.objects.count(), ApplicationRow.objects.count(), NumberSeries.objects.count()


def _policies() -> tuple[Any, ...]:
    return ApplicationBatch.objects.get().state, Certificate.objects.count()


LIST = (_listed, _lines, (0, 0), (1, 2))
APPLY = (_applied, _rows, (0, 0, 0), (1, 2, 1))
COLLECT = (_collected, _money, (0, 0, 0), (1, 1, 1))
RELEASE = (_released, _remittance, ("prepared", 0), ("released", 1))
PAY = (_sent_by_the_bank, _remittance, ("released", 1), ("paid", 2))
ACCEPT = (_accepted, _policies, ("sent", 0), ("decided", 2))
KILLS = [  # (step, where the process dies, whether the step was whole by then)
    (COLLECT, "ankang.money.booking._receipt", False),
    (COLLECT, "ankang.desks.village.collecting._collected", True),
    (LIST, "ankang.treasury.remittances.record", False),
    (RELEASE, "ankang.treasury.remittances.record", False),
    (PAY, "ankang.money.ledger.record", False),
    (PAY, "ankang.desks.town.treasury.common.redirect", True),
    (APPLY, "ankang.policies.batches.record", False),
    (ACCEPT, "ankang.policies.answers.close_application", False),
    (ACCEPT, "ankang.desks.insurer.applications._tell", True),
]


@pytest.mark.parametrize("kill", KILLS, ids=lambda kill: f"{kill[0][0].__name__}-{kill[1].removeprefix('ankang.')}")
def test_killed_anywhere_the_same_button_goes_on(
    kill: tuple[Any, str, bool], transactional_db: None, client_of: Callable[[User], Client]
) -> None:
    (prepare, facts, before, after), point, is_whole = kill
    Installation.objects.create(pk=1, is_sample=True, demo_today=TODAY)
    by, address, form = prepare(factories.version(), client_of)
    assert facts() == before
    run_killed(point, 1, "press", by.username, address, *(f"{name}={value}" for name, value in form.items()))
    assert facts() == (after if is_whole else before)
    client = client_of(by)
    for _ in range(2):
        client.post(address, form)
        assert facts() == after
    assert unbalanced() == []
