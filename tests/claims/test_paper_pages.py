"""Pages of papers, invoices, public reports and cover: what each desk sees, may do, and what a page costs."""

import uuid
from collections.abc import Callable
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from python_calamine import CalamineWorkbook
from tests import factories
from tests.claims.acts import (
    ask,
    at,
    bill,
    give,
    handler,
    insured,
    key,
    nothing_changes,
    number_of,
    photo,
    record,
    report,
    reported,
    settled,
)
from tests.logins import logged_in

from ankang.accounts.models import Desk, User
from ankang.audit.models import AuditEntry
from ankang.claims.document_models import ClaimDocument, PaperNotice
from ankang.claims.invoice_models import Invoice
from ankang.claims.invoices import record_invoices
from ankang.claims.models import Claim
from ankang.claims.notices import go_on_without
from ankang.claims.paper_lists import papers_of
from ankang.installation.models import Installation

pytestmark = pytest.mark.django_db

SHELL = 4  # session, person, second factor, installation
ClientOf = Callable[[User], Client]


@pytest.fixture(autouse=True)
def day(tmp_path: Path, settings: Any) -> None:
    settings.PAPERS = tmp_path
    Installation.objects.create(is_sample=True, demo_today=date(2024, 5, 30))


@pytest.fixture
def client() -> Client:
    return logged_in(handler())


def scan(color: str = "white") -> SimpleUploadedFile:
    return SimpleUploadedFile("x", photo(color=color))


def a_key() -> str:
    return str(uuid.uuid4())


def test_a_village_helps_a_family_that_calls(client_of: ClientOf) -> None:
    resident, village = insured(), client_of(factories.user(Desk.VILLAGE))
    page = village.post("/village/report/", {"number": number_of(resident), "day": "2024-05-12"}).text
    assert "2024年5月12日有效" in page
    told = {"event_on": "2024-05-12", "cause": "accident", "what_happened": "滑倒", "situations": ["medical"]}
    told |= {"reporter": "张明", "relation": "儿子", "phone": "13812345678"}
    sent = told | {"key": a_key(), "resident": str(resident.pk)}
    with nothing_changes():
        assert village.post("/village/report/", sent | {"relation": ""}).status_code == 422
    answer = village.post("/village/report/", sent, follow=True)
    claim = Claim.objects.get()
    assert (claim.reporter, claim.situations, claim.reported_by.desk) == ("张明，儿子", "medical", "village")
    assert f"/village/claims/{claim.number}/papers/" == answer.request["PATH_INFO"]
    assert "王秀兰还差 5 样材料" in answer.text
    page = village.post(
        answer.request["PATH_INFO"], {"key": a_key(), "paper": "bank", "scan": scan()}, follow=True
    ).text
    assert "收到了：银行卡" in page
    assert "还差 4 样材料" in page


def test_another_villages_people_are_not_found(client_of: ClientOf) -> None:
    resident = insured()
    elsewhere = client_of(factories.user(Desk.VILLAGE, factories.village(2)))
    page = elsewhere.post("/village/report/", {"number": number_of(resident), "day": "2024-05-12"})
    assert (page.status_code, "名册里没有这个身份证号，或者不归您管" in page.text) == (422, True)


@pytest.mark.parametrize(
    ("desk", "sees", "not_sees"),
    [
        ("funeral", ("意外伤害", "定期寿险"), ("意外医疗", "骨折", "津贴", "2,200.00", "LP2024", "骨颈")),
        ("window", ("意外医疗", "2,200.00", "骨折"), ("LP2024", "骨颈")),
        ("village", ("意外医疗", "3,000.00"), ("2,200.00", "还能赔", "LP2024", "骨颈")),
        ("town", ("意外医疗", "2,200.00", "LP2024"), ("骨颈",)),
    ],
)
def test_a_desk_sees_of_a_cover_what_it_needs(
    client_of: ClientOf, desk: str, sees: tuple[str, ...], not_sees: tuple[str, ...]
) -> None:
    resident = insured()
    settled(resident, medical_expense_fen=100_000, diagnosis="股骨颈骨折")
    by = factories.user(desk)
    page = client_of(by).post(f"/{desk}/cover/", {"number": number_of(resident), "day": "2024-05-12"}).text
    page = page[page.index('id="who"') :]
    assert [word for word in sees if word not in page] == []
    assert [word for word in not_sees if word in page] == []
    assert AuditEntry.objects.get(action="claims.looked_at_cover").actor == by


def test_the_list_of_a_village_tells_the_state_and_no_amount(client_of: ClientOf) -> None:
    waits, done = report(insured()), settled(insured(name="李四海"), medical_expense_fen=100_000)
    ask(waits)
    village = client_of(factories.user(Desk.VILLAGE))
    page = village.get("/village/helped/").text
    assert page.index("等补材料") < page.index("同意赔付")
    assert "800.00" not in page
    sheet = CalamineWorkbook.from_filelike(BytesIO(village.get("/village/helped/export/").content)).get_sheet_by_index(
        0
    )
    rows = sheet.to_python()
    assert [row[0] for row in rows[1:]] == [waits.number, done.number]
    assert rows[1][4:] == ["待录损失", "等补材料"]


def test_a_paper_goes_out_as_an_attachment_that_nothing_runs(client_of: ClientOf, client: Client) -> None:
    claim, by = report(insured()), factories.user(Desk.VILLAGE)
    own, family = give(claim, by=by), give(claim, "record")
    answer = client_of(by).get(f"/village/claims/{claim.number}/papers/{own.pk}/")
    assert (answer["Content-Type"], answer["X-Content-Type-Options"]) == ("image/jpeg", "nosniff")
    assert answer["Content-Disposition"].startswith("attachment")
    assert "sandbox" in answer["Content-Security-Policy"]
    assert "no-store" in answer["Cache-Control"]
    assert answer.content.startswith(b"\xff\xd8\xff")
    assert client_of(by).get(f"/village/claims/{claim.number}/papers/{family.pk}/").status_code == 404
    other = report(insured())
    assert client.get(f"/insurer/claims/{other.number}/papers/{own.pk}/").status_code == 404
    assert client.get(f"/insurer/claims/{claim.number}/papers/{family.pk}/").status_code == 200
    assert AuditEntry.objects.filter(action="claims.opened_paper").count() == 2


def test_the_handler_asks_once_and_a_manager_once_more(client: Client) -> None:
    claim = record(report(insured()), medical_expense_fen=100_000)
    where = f"/insurer/claims/{claim.number}/papers/"
    assert "发补材料通知，要 5 样" in client.get(where).text
    assert "补材料通知已发出" in client.post(where + "ask/", {"key": a_key()}, follow=True).text
    pdf = client.get(f"/insurer/claims/{claim.number}/notice/1/")
    assert (pdf["Content-Type"], pdf.content[:5]) == ("application/pdf", b"%PDF-")
    with nothing_changes():
        assert client.post(where + "ask/", {"key": a_key()}).status_code == 409
        assert client.post(where + "go-on/", {"why": ""}).status_code == 422
    assert client.post(where + "go-on/", {"why": "医院开不出"}).status_code == 302
    with nothing_changes():
        assert client.post(where + "ask/", {"key": a_key(), "reason": "漏了"}).status_code == 422
    manager = logged_in(handler(is_manager=True))
    assert manager.post(where + "ask/", {"key": a_key(), "reason": "漏了"}).status_code == 302
    assert [one.reason for one in PaperNotice.objects.order_by("number")] == ["", "漏了"]


def test_papers_by_hand_originals_and_what_cannot_be_used(client: Client) -> None:
    claim = report(insured())
    where = f"/insurer/claims/{claim.number}/papers/"
    with nothing_changes():
        assert "请选照片或PDF" in client.post(where + "add/", {"key": a_key(), "paper": "bank"}).text
    client.post(where + "add/", {"key": a_key(), "paper": "bank", "original": "on"})
    client.post(where + "add/", {"key": a_key(), "paper": "identity", "scan": scan()})
    original, picture = ClaimDocument.objects.order_by("pk")
    assert (original.media, picture.media) == ("", "image/jpeg")
    assert f"/insurer/claims/{claim.number}/papers/{picture.pk}/" in client.get(f"{where}{picture.pk}/look/").text
    client.post(f"{where}{picture.pk}/look/", {"why": "不是这位老人的"})
    assert "身份证要重拍" in client.get(where).text
    client.post(where + "situations/", {"situations": ["death"]})
    assert "去世的证明" in client.get(where).text


def test_invoices_and_one_that_is_used_elsewhere(client: Client) -> None:
    claim, other = report(insured()), report(insured(village_=factories.village(2)))
    record_invoices(by=other.reported_by, claim=other, bills=[bill("00123456")], now=at())
    where = f"/insurer/claims/{claim.number}/invoices/"
    rows = {"bill-TOTAL_FORMS": "3", "bill-INITIAL_FORMS": "0", "bill-1-number": "00123456"}
    rows |= {"bill-1-amount_fen": "1000", "bill-1-dated_on": "2024-05-12"}
    with nothing_changes():
        refused = client.post(where, rows)
    assert refused.status_code == 409
    assert f'href="/insurer/claims/{other.number}/"' in refused.text
    own = logged_in(handler(division=factories.village(1)))
    with nothing_changes():
        elsewhere = own.post(where, rows).text
    assert other.number in elsewhere
    assert f'href="/insurer/claims/{other.number}/"' not in elsewhere
    with nothing_changes():
        assert "请填金额" in client.post(where, rows | {"bill-1-amount_fen": ""}).text
        assert "开票日期早于" in client.post(where, rows | {"bill-1-dated_on": "2024-05-11"}).text
    assert client.post(where, rows | {"bill-1-number": "00123457"}).status_code == 302
    assert Invoice.objects.get(claim=claim).amount_fen == 100_000
    assert "00123457" in client.get(f"/insurer/claims/{claim.number}/papers/").text


def test_a_public_report_becomes_a_claim_or_is_answered(client: Client, django_assert_num_queries: Any) -> None:
    one, unknown = reported(number_of(insured())), reported(factories.identity_number(date(1950, 5, 6)))
    assert "待核报案 2 份" in client.get("/insurer/").text
    where = f"/insurer/reports/{one.pk}/"
    with django_assert_num_queries(SHELL + 9):
        page = client.get(where).text
    assert "13812345678" in page
    assert "2024年5月12日有效" in page
    with nothing_changes_but_looks():
        refused = client.post(where, {"match": "1", "cause": "accident"})
    assert (refused.status_code, "打回去" in refused.text) == (422, True)
    sent = {"match": "1", "cause": "accident", "called_back": "on"}
    assert "已立案，案号 LP2024-0530-001" in client.post(where, sent, follow=True).text
    page = client.get(f"/insurer/reports/{unknown.pk}/").text
    assert "名册里没有这个号码" in page
    client.post(f"/insurer/reports/{unknown.pk}/", {"answering": "1", "answer": "请到村委会核对号码。"})
    assert "没有公众报案在等" in client.get("/insurer/reports/").text
    workbook = CalamineWorkbook.from_filelike(BytesIO(client.get("/insurer/reports/export/?state=all").content))
    rows = workbook.get_sheet_by_index(0).to_python()
    assert [row[6:] for row in rows[1:]] == [["已立案", "LP2024-0530-001"], ["已答复", ""]]
    assert "13812345678" not in str(rows)


def nothing_changes_but_looks() -> Any:
    return nothing_changes(besides="claims.opened_public_report")


def test_a_manager_changes_the_list_of_papers(client: Client) -> None:
    programme = report(insured()).programme
    manager = logged_in(handler(is_manager=True))
    assert client.get("/insurer/paper-list/").status_code == 403
    assert "去世的证明" in manager.get("/insurer/paper-list/").text
    rows = {"need-TOTAL_FORMS": "3", "need-INITIAL_FORMS": "0", "need-0-title": "是谁", "need-0-situation": "always"}
    rows |= {"need-0-any_of": ["identity", "household"], "need-0-at_least": "2", "why": "两样都要"}
    assert "至少要 3 样" in manager.post("/insurer/paper-list/", rows | {"need-0-at_least": "3"}).text
    assert manager.post("/insurer/paper-list/", rows).status_code == 302
    assert [(one.title, one.at_least) for one in papers_of(programme).needs] == [("是谁", 2)]
    rows |= {
        "need-1-title": "受益人证明",
        "need-1-new_name": "村委会证明",
        "need-1-new_hint": "要盖章",
        "need-1-at_least": "1",
    }
    rows |= {
        "need-INITIAL_FORMS": "1",
        "need-2-title": "谁来办",
        "need-2-situation": "death",
        "need-2-new_name": "村委会证明",
    }
    assert manager.post("/insurer/paper-list/", rows).status_code == 302
    found = papers_of(programme)
    assert (found.papers[-1].code, found.papers[-1].name, found.papers[-1].hint) == ("own-1", "村委会证明", "要盖章")
    assert [one.any_of for one in found.needs[1:]] == [("own-1",), ("own-1",)]
    assert "村委会证明" in manager.get("/insurer/paper-list/").text


@pytest.mark.parametrize(("page", "queries"), [("papers/", 8), ("invoices/", 2)])
def test_pages_cost_few_queries(django_assert_num_queries: Any, client: Client, page: str, queries: int) -> None:
    claim = record(report(insured()), medical_expense_fen=100_000, stays=((date(2024, 5, 12), date(2024, 5, 15)),))
    record_invoices(by=claim.reported_by, claim=claim, bills=[bill("111111"), bill("222222")], now=at())
    for paper in ("identity", "bank", "invoice"):
        give(claim, paper)
    go_on_without(by=claim.reported_by, notice=ask(claim), why="先办", now=at())
    ask(claim, handler(is_manager=True), reason="再要", key=key())
    client.get(f"/insurer/claims/{claim.number}/{page}")  # the first page of a session writes it
    with django_assert_num_queries(SHELL + queries):
        client.get(f"/insurer/claims/{claim.number}/{page}")


def test_the_list_costs_the_same_however_long(django_assert_num_queries: Any, client_of: ClientOf) -> None:
    for name in ("一", "二", "三"):
        ask(report(insured(name=f"王{name}")))
    village = client_of(factories.user(Desk.VILLAGE))
    village.get("/village/helped/")
    with django_assert_num_queries(SHELL + 2):
        village.get("/village/helped/")
