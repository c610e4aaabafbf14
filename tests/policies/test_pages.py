"""The pages of policies by requests: from the list to the certificate in somebody's hand, and what each page costs."""

import io
import re
from datetime import UTC, date, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from python_calamine import CalamineWorkbook
from tests import factories
from tests.papers.reading import pdf_words as pdf_text
from tests.policies.acts import POLICY, TODAY, answered, ask, covered, insured, insurer, nothing_changes, sent, sheet

from ankang.audit.models import AuditEntry
from ankang.desks.components.policies.group_policy import policy_paper
from ankang.installation.models import Installation
from ankang.policies.endorsement_models import Endorsement
from ankang.policies.models import ApplicationBatch, ApplicationRow, Certificate, GroupPolicy
from ankang.roster.models import Resident

pytestmark = pytest.mark.django_db


@pytest.fixture
def version():
    Installation.objects.create(is_sample=True, demo_today=TODAY)
    return factories.version()


def opened(client_of, user):
    client = client_of(user)
    client.get("/me/password/")  # the session notes once a minute that somebody is there
    return client


def text_of(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def sheet_of(response):
    return CalamineWorkbook.from_filelike(io.BytesIO(response.content)).get_sheet_by_index(0).to_python()


def form_of(response, *names):
    page = response.content.decode()
    tags = {name: re.search(rf'<input[^>]*name="{name}"[^>]*>', page) for name in names}
    return {name: (re.search(r'value="([^"]*)"', tag[0]) or [0, ""])[1] for name, tag in tags.items() if tag}


def test_from_the_list_to_the_certificate_in_hand(version, client_of):
    insured(3, version)
    first, second = client_of(factories.user("town")), client_of(factories.user("town"))
    seen = first.get("/town/applications/new/")
    assert "3 人可以投保，保费 150.00 元" in text_of(seen)
    made = first.post("/town/applications/new/", form_of(seen, "key", "shown", "villages") | {"note": "第一批"})
    batch = ApplicationBatch.objects.get()
    address = f"/town/applications/{batch.pk}/"
    assert made["Location"] == address
    assert "这一批是您编的" in text_of(first.get(address))
    with nothing_changes():
        first.post(f"{address}send/")
    second.post(f"{address}send/")
    office = client_of(insurer())
    mine = f"/insurer/applications/{batch.pk}/"
    assert "3 行等您答复" in text_of(office.get(mine))
    assert office.post(f"{mine}accept/", {"policy-320903101201": "?"}).status_code == 422
    row = ApplicationRow.objects.get(serial=2)
    office.post(f"{mine}rows/{row.pk}/refuse/", {"reason": "在别处已保"})
    done = office.post(f"{mine}accept/", {"policy-320903101201": POLICY}, follow=True)
    assert "承保 2 行，没有承保 1 行" in text_of(done)
    worker = client_of(factories.user("village"))
    assert "2 张凭证，0 张已发放" in text_of(worker.get("/village/certificates/"))
    paper = worker.post("/village/certificates/print/", {"village": "320903101201", "which": "new"})
    assert paper["Content-Type"] == "application/pdf"
    told = pdf_text(paper.content)
    assert f"{POLICY}-0001" in told
    assert "2024年3月21日" in told
    assert "补打" not in told
    assert "示例数据，不是正式凭证" in told
    one = Certificate.objects.order_by("number")[0]
    again = worker.post(f"/village/certificates/{one.pk}/print/")
    assert "补打 第2次" in pdf_text(again.content)
    worker.post("/village/certificates/hand-out/", {"one": [one.pk, "x"], "back": "//evil"})
    assert "2 张凭证，1 张已发放" in text_of(worker.get("/village/certificates/"))
    worker.post(f"/village/certificates/{one.pk}/take-back/")
    one.refresh_from_db()
    assert (one.prints, one.handed_out_by) == (2, None)


def test_anybody_with_the_code_sees_a_masked_name_and_no_more(version, client, client_of):
    (one,) = covered(1, version)
    Certificate.objects.update(name="王秀兰")
    seen = text_of(client.get(f"/verify/certificate/{one.number}/{one.check_code}/"))
    assert "是真的，保障还没开始" in seen
    assert "王*兰" in seen
    assert "王秀兰" not in seen
    assert one.identity_tail not in seen.replace(one.number, "").replace("2024", "").replace("2025", "")
    assert "没有这张凭证" in text_of(client.get(f"/verify/certificate/{one.number}/AAAAAAAA/"))
    Certificate.objects.update(ended_from=TODAY)
    assert "已经终止" in text_of(client.get(f"/verify/certificate/{one.number}/{one.check_code}/"))


def test_the_sheet_goes_out_with_whole_numbers_and_comes_back(version, client_of):
    insured(2, version)
    batch, office = sent(version), client_of(insurer())
    out = office.post(f"/insurer/applications/{batch.pk}/export/")
    rows = sheet_of(out)
    assert rows[0][:4] == ["序号", "姓名", "证件类型", "证件号码"]
    assert len(rows[1][3]) == 18
    told = office.post(f"/insurer/applications/{batch.pk}/json/").json()
    assert [row["姓名"] for row in told["rows"]] == ["王01", "王02"]
    assert AuditEntry.objects.filter(action="policies.open_list").count() == 2
    given = answered(batch, ("承保", POLICY, ""), ("不知道", "", ""))
    upload = SimpleUploadedFile("答复.xlsx", sheet(given))
    seen = office.post(f"/insurer/applications/{batch.pk}/upload/", {"file": upload}, follow=True)
    assert "1 行没收下" in text_of(seen)
    assert "不认识“不知道”" in text_of(seen)
    assert office.post(f"/insurer/applications/{batch.pk}/upload/").status_code == 422


def test_an_endorsement_from_the_to_do_list_to_the_decision(version, client_of):
    (one,) = covered(1, version)
    Resident.objects.filter(pk=one.resident_id).update(name="王新")
    worker, office = client_of(factories.user("village")), client_of(insurer())
    assert "1 处要批改" in text_of(worker.get("/village/endorsements/"))
    address = f"/village/endorsements/new/{one.holding_id}/identity/"
    seen = worker.get(address)
    assert worker.post(address, form_of(seen, "key") | {"reason": ""}).status_code == 422
    worker.post(address, form_of(seen, "key") | {"reason": "写错了"})
    asked = Endorsement.objects.get()
    assert "没有要批改的" in text_of(worker.get(address))
    assert "王01 → 王新" in text_of(office.get(f"/insurer/endorsements/{asked.pk}/"))
    office.post(f"/insurer/endorsements/{asked.pk}/", {"accept": "yes", "note": ""})
    assert Certificate.objects.get().name == "王新"
    assert asked.number in text_of(worker.get(f"/village/certificates/{one.pk}/"))


def test_the_two_lists_and_next_years_list(version, client_of):
    covered(2, version)
    insured(1, version, serial=2)
    town = client_of(factories.user("town"))
    assert "有钱没保单 1 笔，有保单没钱 0 笔" in text_of(town.get("/town/policy-gaps/"))
    seen = text_of(town.get("/town/renewals/"))
    assert "续保名单：3 人" in seen
    assert "下一年的方案还没有：从2025年3月21日起" in seen
    for name in ("policy-gaps", "renewals", "certificates", "endorsements"):
        out = town.get(f"/town/{name}/export/")
        assert CalamineWorkbook.from_filelike(io.BytesIO(out.content)).sheet_names


def test_days_and_hours_in_sheets_are_those_of_the_town(version, client_of):
    (one,) = covered(1, version)
    Resident.objects.filter(pk=one.resident_id).update(name="王新")
    worker, office = client_of(factories.user("village")), client_of(insurer())
    address = f"/village/endorsements/new/{one.holding_id}/identity/"
    worker.post(address, form_of(worker.get(address), "key") | {"reason": "写错了"})
    night = datetime(2024, 3, 24, 17, 30, tzinfo=UTC)  # half past one on the 25th
    Endorsement.objects.update(requested_at=night)
    Certificate.objects.update(handed_out_at=night, handed_out_by=factories.user("village"))
    GroupPolicy.objects.update(issued_at=night)
    assert sheet_of(worker.get("/village/certificates/export/"))[1][12] == date(2024, 3, 25)
    assert sheet_of(worker.get("/village/endorsements/export/"))[1][9] == "2024-03-25 01:30"
    assert sheet_of(office.get("/insurer/policies/export/"))[1][7] == date(2024, 3, 25)


COSTS = {
    "town": {
        "/town/applications/": 6,
        "/town/applications/new/": 9,
        "/town/applications/{batch}/": 8,
        "/town/certificates/": 9,
        "/town/certificates/{certificate}/": 6,
        "/town/endorsements/": 11,
        "/town/endorsements/{endorsement}/": 5,
        "/town/policy-gaps/": 10,
        "/town/renewals/": 12,
    },
    "insurer": {"/insurer/applications/{batch}/": 10, "/insurer/endorsements/": 7, "/insurer/policies/": 6},
}


@pytest.mark.parametrize("desk", ["town", "insurer"])
def test_a_page_costs_the_same_however_many_people_there_are(version, client_of, desk):
    people = covered(4, version)
    Resident.objects.filter(pk=people[0].resident_id).update(name="王新")
    Resident.objects.filter(pk=people[1].resident_id).update(name="王新新")
    asked = ask(factories.user("town"), "identity", people[0].holding)
    insured(2, version, serial=2)
    batch = sent(version)
    insured(3, version, serial=3)
    client = opened(client_of, factories.user("town") if desk == "town" else insurer())
    counted = {}
    for address in COSTS[desk]:
        with CaptureQueriesContext(connection) as queries:
            filled = address.format(batch=batch.pk, certificate=people[0].pk, endorsement=asked.pk)
            assert client.get(filled).status_code == 200
        counted[address] = len(queries)
    assert counted == COSTS[desk]


def test_a_group_policy_as_pdf(version, client_of):
    one, two = covered(2, version)
    for desk in ("town", "insurer"):
        answer = client_of(factories.user(desk, factories.town())).get(f"/{desk}/policies/{one.policy_id}/pdf/")
        assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    paper = policy_paper(one.policy, [one, two], is_sample=True)
    assert "2人，2张凭证。保费100.00元（人民币壹佰元整）" in paper.blocks[0].text
    assert paper.blocks[3].rows[-1] == ("合计", "2", "2", "100.00")
    assert [row[-1] for row in paper.blocks[5].rows] == [one.number, two.number]
    other = client_of(factories.user("insurer", factories.town("320903102000")))
    assert other.get(f"/insurer/policies/{one.policy_id}/pdf/").status_code == 404
