"""报案 and 查进度 on the public page, by real requests: what is told to whom, and how often one may try."""

import re
import uuid
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import caches
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from tests import factories
from tests.claims.acts import ask, at, give, handler, insured, nothing_changes, number_of, photo, reported

from ankang.claims.document_models import ClaimDocument
from ankang.claims.documents import refuse_paper
from ankang.claims.models import Claim
from ankang.claims.public_reports import answer_report, match_report
from ankang.claims.report_models import PublicReport
from ankang.desks.components.limits import TRIES
from ankang.installation.models import Installation
from ankang.roster.models import Resident

pytestmark = pytest.mark.django_db

NOBODY = factories.identity_number(date(1950, 5, 6), 7)


@pytest.fixture(autouse=True)
def day(tmp_path: Path, settings: Any) -> Iterator[None]:
    settings.PAPERS = tmp_path
    caches["limits"].clear()
    Installation.objects.create(is_sample=True, demo_today=date(2024, 5, 30))
    yield
    caches["limits"].clear()


def form(number: str = NOBODY, **facts: Any) -> dict[str, Any]:
    return {
        "key": str(uuid.uuid4()),
        "elder_name": "王秀兰",
        "elder_number": number,
        "event_on": "2024-05-12",
        "what_happened": "在家门口滑倒",
        "situations": ["medical", "fracture"],
        "reporter": "张明",
        "relation": "儿子",
        "phone": "13812345678",
    } | facts


def digits(page: str) -> tuple[str, str]:
    number, secret = re.findall(r"<dd>(\d{4} \d{4})</dd>", page)
    return number, secret


def matched(report: PublicReport, client: Client) -> Claim:
    """Return the claim that a handler made of it, with the family's page open in this client."""
    session = client.session
    session["followed_report"] = report.pk
    session.save()
    resident = report.village and Resident.objects.get(number_index=report.elder_number_index)
    assert resident
    given: dict[str, Any] = {"cause": "accident", "called_back": True, "now": at()}
    return match_report(by=handler(), report=report, resident=resident, **given)


def test_a_report_tells_the_same_whoever_it_is_about(client: Client) -> None:
    known, unknown = number_of(insured()), NOBODY
    pages = [Client().post("/report/", form(number)).text for number in (known, unknown)]
    plain = [re.sub(r"\d{4} \d{4}|value=\"[^\"]+\"|nonce=\S+", "", page) for page in pages]
    assert plain[0] == plain[1]
    assert "口令只显示这一次" in plain[0]
    assert PublicReport.objects.count() == 2


def test_number_and_word_open_it_from_another_telephone_and_wrong_ones_do_not(client: Client) -> None:
    number, secret = digits(Client().post("/report/", form()).text)
    wrong = client.post("/follow/", {"number": number, "secret": "0000 0000"})
    assert (wrong.status_code, "对不上" in wrong.text) == (422, True)
    page = client.post("/follow/", {"number": number, "secret": secret}, follow=True).text
    assert "收到了您的报案，正在核对" in page
    assert "交这一份" not in page
    client.post("/follow/leave/")
    assert "查询口令" in client.get("/follow/").text


def test_a_form_sent_twice_is_one_report(client: Client) -> None:
    sent = form()
    client.post("/report/", sent)
    assert "刚才已经收到了" in client.post("/report/", sent).text
    assert PublicReport.objects.count() == 1


def test_too_many_reports_and_tries_have_to_wait(client: Client) -> None:
    for _ in range(TRIES):
        assert client.post("/report/", form()).status_code == 200
    with nothing_changes():
        assert client.post("/report/", form()).status_code == 429
    report = PublicReport.objects.first()
    assert report
    for _ in range(TRIES):
        assert client.post("/follow/", {"number": report.number, "secret": "1"}).status_code == 422
    assert client.post("/follow/", {"number": report.number, "secret": "1"}).status_code == 429
    other = client.post("/follow/", {"number": report.number, "secret": "1"}, REMOTE_ADDR="10.0.0.9")
    assert other.status_code == 429


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({"elder_number": "329900"}, "身份证号"),
        ({"event_on": "2024-06-30"}, "这一天还没到"),
        ({"phone": "12"}, "不像电话号码"),
        ({"reporter": ""}, "请写您的姓名"),
        ({"situations": ["travel"]}, "选择一个有效的选项"),
    ],
)
def test_what_cannot_be_so_is_said_and_nothing_is_stored(client: Client, facts: dict[str, Any], says: str) -> None:
    with nothing_changes():
        page = client.post("/report/", form(**facts))
    assert (page.status_code, says in page.text) == (422, True)


def test_the_family_sees_what_is_missing_and_hands_it_in(client: Client, django_assert_num_queries: Any) -> None:
    claim = matched(reported(number_of(insured()), situations=("fracture",)), client)
    assert "正在办" in client.get("/follow/").text
    ask(claim)
    with django_assert_num_queries(6):
        page = client.get("/follow/").text
    assert "还差 3 样材料" in page
    assert "拍片报告" in page
    blurred = give(claim)
    refuse_paper(by=handler(), document=blurred, why="看不清", now=at())
    assert "身份证要重拍" in client.get("/follow/").text
    sent = {"key": str(uuid.uuid4()), "paper": "identity"}
    scan = SimpleUploadedFile("任意名字.exe", photo(color="red"), "application/octet-stream")
    assert "收到了：身份证" in client.post("/follow/paper/", sent | {"scan": scan}, follow=True).text
    blurred.refresh_from_db()
    newer = ClaimDocument.objects.get(unusable_at=None)
    assert (blurred.replaced_by, newer.channel, newer.given_by) == (newer, "family", None)
    with nothing_changes():
        bad = client.post("/follow/paper/", {"key": str(uuid.uuid4()), "paper": "bank", "scan": text_file()})
    assert (bad.status_code, "这不是照片" in bad.text) == (422, True)


def text_file() -> SimpleUploadedFile:
    return SimpleUploadedFile("卡.jpg", b"not a picture", "image/jpeg")


def test_what_was_decided_is_said_in_plain_words(client: Client) -> None:
    first = reported(NOBODY)
    answer_report(by=handler(), report=first, answer="号码对不上，请到村委会问。", now=at())
    session = client.session
    session["followed_report"] = first.pk
    session.save()
    assert "号码对不上，请到村委会问。" in client.get("/follow/").text
    claim = matched(reported(number_of(insured())), client)
    for status, facts, says in (
        ("approved", {"payable_fen": 310_000, "closed_on": date(2024, 6, 3)}, "同意赔付 3,100.00 元"),
        ("refused", {"payable_fen": 0, "closed_on": date(2024, 6, 3)}, "这次不能赔"),
        ("withdrawn", {"payable_fen": None, "closed_on": None}, "已经撤回"),
    ):
        Claim.objects.filter(pk=claim.pk).update(status=status, **facts)
        page = client.get("/follow/").text
        assert says in page
        assert "交这一份" not in page


def test_nothing_is_taken_without_the_word(client: Client) -> None:
    claim = matched(reported(number_of(insured())), Client())
    sent = {"key": str(uuid.uuid4()), "paper": "identity", "scan": SimpleUploadedFile("a.jpg", photo())}
    with nothing_changes():
        assert client.post("/follow/paper/", sent)["Location"] == "/follow/"
    assert claim.documents.count() == 0
