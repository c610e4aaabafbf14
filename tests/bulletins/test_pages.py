"""The pages of bulletins and notices: from draft to release, the files, what each page costs, who reads what."""

import io
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from python_calamine import CalamineWorkbook
from tests import factories
from tests.bulletins.acts import TODAY, draft, released, urge
from tests.enrolment.acts import enrol, nothing_changes
from tests.papers.reading import pdf_words, word_words

from ankang.audit.models import AuditEntry
from ankang.bulletins.models import Bulletin, Notice
from ankang.installation.models import Installation

pytestmark = pytest.mark.django_db
LIST = "/town/bulletins/"


@pytest.fixture
def version():
    Installation.objects.create(is_sample=True, demo_today=TODAY)
    return factories.version()


@pytest.fixture
def first(version):
    return factories.user("town")


@pytest.fixture
def town(first, client_of):
    return ready(client_of(first))


def ready(client):
    client.get("/me/password/")  # the session notes once a minute that somebody is there
    return client


def text_of(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def value_of(response, name):
    tag = re.search(rf'<input[^>]*name="{name}"[^>]*>', response.content.decode())
    assert tag, name
    value = re.search(r'value="([^"]*)"', tag[0])
    return value[1] if value else ""


def start(client, kind="weekly"):
    return client.post(LIST, {"key": value_of(client.get(LIST), "key"), "kind": kind})


def words(response, **changed):
    names = {"title": "题", "recipients": "各村：", "progress": "进展。", "problems": "问题。", "demands": "要求。"}
    return names | {"seen": value_of(response, "seen"), "copies": ""} | changed


def test_from_draft_to_release_and_files(town, client_of):
    factories.resident()
    place = start(town)["Location"]
    seen = town.get(place)
    assert "周通报草稿，等另一位同事印发" in text_of(seen)
    assert "要由另一位同事印发" in text_of(seen)
    assert town.post(f"{place}edit/", words(seen, demands="请抓紧 #[x]$ 办。"))["Location"] == place
    with nothing_changes():
        assert town.post(f"{place}release/", {"seen": "1-2"}).status_code == 422
    other = client_of(factories.user("town"))
    done = other.post(f"{place}release/", {"seen": value_of(other.get(place), "seen")}, follow=True)
    assert "已印发：安康通报〔2024〕1号" in text_of(done)
    pdf, word, book = (other.get(f"{place}{form}/") for form in ("pdf", "word", "figures"))
    for content in (pdf_words(pdf.content), word_words(word.content)):
        assert "安康通报〔2024〕1号" in content
        assert "#[x]$" in content
        assert "16041" in content
        assert "草稿" not in content
    rows = CalamineWorkbook.from_filelike(io.BytesIO(book.content)).get_sheet_by_index(0).to_python()
    assert rows[0][0].startswith("安康通报〔2024〕1号 题")
    assert (len(rows), rows[-1][2:4]) == (23, ["合计", 16041])
    assert other.get(f"{place}pdf/").content == pdf.content
    assert other.get(f"{place}word/").content == word.content


def test_a_draft_says_that_it_is_one(town, first, version):
    bulletin = draft(first, version)
    assert "草稿，未印发，不作依据" in pdf_words(town.get(f"{LIST}{bulletin.pk}/pdf/").content)


def test_refusals_stay_on_the_page_with_what_was_written(town, first, version):
    place = f"{LIST}{draft(first, version).pk}/"
    seen = town.get(place)
    with nothing_changes():
        empty = town.post(f"{place}edit/", words(seen, demands="", title="我写的标题"))
        old = town.post(f"{place}edit/", words(seen, seen="9-9"))
        no_reason = town.post(f"{place}withdraw/", {"reason": ""})
        no_kind = town.post(LIST, {"key": value_of(town.get(LIST), "key")})
    assert [one.status_code for one in (empty, old, no_reason, no_kind)] == [422, 409, 422, 422]
    assert "我写的标题" in empty.content.decode()
    assert "“下一步要求”是空的" in text_of(empty)
    assert "有人改过这份通报" in text_of(old)
    assert "作废要写明原因" in text_of(no_reason)


def test_old_figures_are_flagged_on_the_page(town, first, version):
    worker = factories.user("village")
    enrol(worker, factories.resident(), version)
    place = f"{LIST}{draft(first, version).pk}/"
    town.post(f"{place}edit/", words(town.get(place), progress="01村参保率0.19%。"))
    enrol(worker, factories.resident(), version)
    seen = town.post(f"{place}freeze/", follow=True)
    assert "正文还引用着上一次的数字： 0.19%" in text_of(seen)


def test_correct_and_withdraw(town, first, version):
    second = factories.user("town")
    place = f"{LIST}{released(first, second, version).pk}/"
    key = value_of(town.get(place), "key")
    with nothing_changes():
        assert town.post(f"{place}correct/", {"key": key, "reason": ""}).status_code == 422
    made = town.post(f"{place}correct/", {"key": key, "reason": "人数报错"})
    assert "这份更正安康通报〔2024〕1号：人数报错" in text_of(town.get(made["Location"]))
    gone = town.post(f"{place}withdraw/", {"reason": "先作废"}, follow=True)
    assert "已作废，不作依据" in text_of(gone)
    assert "已作废" in pdf_words(town.get(f"{place}pdf/").content)


def test_village_and_district_read_what_was_released(first, version, client_of):
    second = factories.user("town")
    hidden, done = draft(first, version), released(first, second, version)
    for desk in ("village", "district"):
        division = factories.town().parent if desk == "district" else None
        client = client_of(factories.user(desk, division))
        listed = text_of(client.get(f"/{desk}/bulletins/"))
        assert "安康通报〔2024〕1号" in listed
        assert client.get(f"/{desk}/bulletins/{hidden.pk}/").status_code == 404
        assert client.get(f"/{desk}/bulletins/{hidden.pk}/pdf/").status_code == 404
        assert "一、进展情况" in text_of(client.get(f"/{desk}/bulletins/{done.pk}/"))
        assert pdf_words(client.get(f"/{desk}/bulletins/{done.pk}/pdf/").content).startswith("000镇") is False


def test_notices_from_the_town_to_the_village_and_back(town, version, client_of):
    resident = factories.resident()
    worker = ready(client_of(factories.user("village")))
    form = {"key": value_of(town.get("/town/notices/"), "key"), "due_on": "2024-03-08"}
    with nothing_changes():
        assert town.post("/town/notices/", form).status_code == 422
    told = town.post("/town/notices/", form | {"villages": [resident.village_id]}, follow=True)
    assert "已发给 1 个村（居）" in text_of(told)
    notice = Notice.objects.get()
    assert "1 份没确认" in text_of(worker.get("/village/todo/"))
    assert "请确认" in text_of(worker.get("/village/bulletins/"))
    place = f"/village/notices/{notice.pk}/"
    assert "还有 1 人没参保" in text_of(worker.get(place))
    assert "王秀兰" in pdf_words(worker.get(f"{place}pdf/").content)
    assert "王秀兰" in word_words(worker.get(f"{place}word/").content)
    book = CalamineWorkbook.from_filelike(io.BytesIO(worker.get(f"{place}list/").content))
    assert book.get_sheet_by_index(0).to_python()[2][:2] == ["王秀兰", resident.number_tail]
    assert AuditEntry.objects.filter(action="notice.download").count() == 3
    assert "村里已确认收到" in text_of(worker.post(f"{place}read/", follow=True))
    assert "没确认" not in text_of(worker.get("/village/todo/"))
    rows = CalamineWorkbook.from_filelike(io.BytesIO(town.get("/town/notices/export/").content))
    assert rows.get_sheet_by_index(0).to_python()[1][6].startswith("2024-03-04")


def test_a_foreign_village_finds_nothing(first, version, client_of):
    (notice,) = urge(first, version, factories.resident().village_id)
    foreign = client_of(factories.user("village", factories.village(2)))
    with nothing_changes():
        assert foreign.get(f"/village/notices/{notice.pk}/").status_code == 404
        assert foreign.get(f"/village/notices/{notice.pk}/pdf/").status_code == 404
        assert foreign.post(f"/village/notices/{notice.pk}/read/").status_code == 404


def queries(client, address):
    with CaptureQueriesContext(connection) as seen:
        assert client.get(address).status_code == 200
    return len(seen)


def test_what_the_pages_cost(town, first, version, client_of):
    second = factories.user("town")
    worker = ready(client_of(factories.user("village")))
    for _ in range(3):
        draft(first, version)
        done = released(first, second, version)
        (notice,) = urge(first, version, factories.resident().village_id)
    drafted = Bulletin.objects.filter(state="draft")[0]
    cost = {
        address: queries(client, address)
        for client, address in (
            (town, LIST),
            (town, f"{LIST}{drafted.pk}/"),
            (town, f"{LIST}{done.pk}/"),
            (town, f"{LIST}{done.pk}/pdf/"),
            (town, "/town/notices/"),
            (town, f"/town/notices/{notice.pk}/"),
            (worker, "/village/bulletins/"),
            (worker, f"/village/bulletins/{done.pk}/"),
            (worker, f"/village/notices/{notice.pk}/"),
        )
    }
    assert list(cost.values()) == [7, 8, 5, 4, 10, 7, 7, 5, 7]
