"""Macun (domain 7): of a 50-yuan unit the town pays 20, the rest is shared, on every page where somebody enrols."""

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from tests import factories
from tests.enrolment.test_slip_files import HEAD
from tests.roster.files import xlsx

from ankang.enrolment.models import Enrolment, Funding
from ankang.enrolment.slip_models import EnrolmentSlip
from ankang.installation.models import Installation
from ankang.rules.load import load_programme

pytestmark = pytest.mark.django_db
FOLDER = Path(__file__).resolve().parents[1] / "data" / "programmes" / "macun"
DAY = date(2022, 1, 10)
ONE, HOUSE, MANY, EXCEL = (f"/village/enrol/{name}" for name in ("", "household/", "many/", "excel/"))


@pytest.fixture
def version(db):
    Installation.objects.create(pk=1, is_sample=True, demo_today=DAY)
    return factories.version(replace(factories.issued_by_town(load_programme(FOLDER)), targets=()))


@pytest.fixture
def worker(version):
    return factories.user("village")


@pytest.fixture
def elder(worker):
    one = factories.resident(worker.division, birth_date=date(1950, 1, 1), household="001")
    one.refresh_from_db()
    return one


@pytest.fixture
def client(client_of, worker):
    return client_of(worker)


def text_of(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def hidden(response, *names):
    page = response.content.decode()
    return {name: re.search(rf'name="{name}" value="([^"]*)"', page)[1] for name in names}  # type: ignore[index]


def paid():
    return sorted(Funding.objects.values_list("payer", "amount_fen"))


SPLIT = {"paid_self": "5", "paid_child": "5", "paid_village": "12", "paid_donor": "8"}
WHOLE = [("child", 500), ("donor", 800), ("government", 2000), ("self", 500), ("village", 1200)]


def test_one_person_with_five_payers(client, elder):
    asked = {"number": elder.number.reveal(), "step": "choose"}
    assert "政府 20.00，本人 30.00" in text_of(client.post(ONE, asked))
    wrong = client.post(ONE, asked | SPLIT | {"paid_donor": "7"})
    assert "还差1.00元" in text_of(wrong)
    assert 'id="split-error"' in wrong.content.decode()
    seen = client.post(ONE, asked | SPLIT)
    assert "政府 20.00，本人 5.00，子女 5.00，村集体 12.00，爱心捐赠 8.00" in text_of(seen)
    assert "确认参保，共收 30.00 元" in text_of(seen)
    form = asked | SPLIT | hidden(seen, "key", "version", "shown")
    done = client.post(ONE, form | {"step": "confirm", "agree": "yes", "consent_by": "resident"})
    assert (done.status_code, paid()) == (302, WHOLE)
    assert "爱心捐赠" in text_of(client.get(done["Location"]))
    assert Enrolment.objects.get().participation.capped_units == 1  # READING K10: government's part alone frees nothing


def test_a_household_with_five_payers(client, elder):
    marked = {f"{name}-{elder.pk}": amount for name, amount in SPLIT.items()}
    form = {f"take-{elder.pk}": "yes", f"product-{elder.pk}": "M", f"units-{elder.pk}": "1", "giver": "马村村委会"}
    form |= {f"consent-{elder.pk}": "family"} | marked
    seen = client.post(HOUSE, {"step": "find", "household": "001"})
    form |= hidden(seen, "key", "resident")
    seen = client.post(HOUSE, form | {"step": "sum"} | hidden(seen, "version", "shown", "shown_rest"))
    form |= hidden(seen, "version", "shown", "shown_rest")
    assert client.post(HOUSE, form | {"step": "confirm"}).status_code == 302
    assert paid() == WHOLE


def test_a_ticked_list_with_five_payers_says_first_what_the_plan_splits(client, elder):
    assert "方案规定政府每份出20.00元，其余由选的人出" in text_of(client.get(MANY))
    form = {"key": "c" * 32, "product": "M", "units": "1", "giver": "马村村委会", "person": [elder.pk]} | SPLIT
    address = client.post(MANY, form)["Location"]
    line = EnrolmentSlip.objects.get().lines.get()
    assert client.post(address, {"step": "confirm", f"consent-{line.pk}": "resident"}).status_code == 302
    assert paid() == WHOLE


def test_a_file_with_five_payers_and_a_wrong_sum_beside_its_row(client, worker, elder):
    other = factories.resident(worker.division, name="陈大山", birth_date=date(1950, 1, 1))
    other.refresh_from_db()
    rows = [
        [one.name, one.number.reveal(), "50", "1", payers, "本人", "马村村委会", ""]
        for one, payers in ((elder, "本人5、子女5、村集体12、爱心捐赠8"), (other, "本人5、子女5、村集体12"))
    ]
    address = client.post(EXCEL, {"file": SimpleUploadedFile("登记.xlsx", xlsx(*rows, header=HEAD))})["Location"]
    assert "还差8.00元" in text_of(client.get(address))
    client.post(address, {"step": "on"})
    assert paid() == WHOLE
