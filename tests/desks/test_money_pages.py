"""The pages of money by requests: from who owes to a receipt, a slip, a closed day; what they cost."""

import io
import re
import uuid

import pytest
from python_calamine import CalamineWorkbook
from tests import factories
from tests.enrolment.acts import TODAY
from tests.money.acts import at, collect, hand_over, no_money_moves, owing, void
from tests.policies.acts import insurer, prepare

from ankang.audit.models import AuditEntry
from ankang.installation.models import Installation
from ankang.money.models import Handover, Order, Payment, Receipt, VillageDay
from ankang.policies.answers import Answer, answer_rows
from ankang.policies.batches import send_application
from ankang.policies.models import Certificate

pytestmark = pytest.mark.django_db


@pytest.fixture
def version():
    Installation.objects.create(is_sample=True, demo_today=TODAY)
    return factories.version()


@pytest.fixture
def worker(version):
    return factories.user("village")


@pytest.fixture
def village(worker, client_of):
    client = client_of(worker)
    client.get("/me/password/")  # the session notes once a minute that somebody is there
    return client


@pytest.fixture
def town(version, client_of):
    client = client_of(factories.user("town"))
    client.get("/me/password/")
    return client


def text_of(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def form_of(response, *names):
    found = {}
    for name in names:
        tag = re.search(rf'<input[^>]*name="{name}"[^>]*>', response.content.decode())
        assert tag, name
        value = re.search(r'value="([^"]*)"', tag[0])
        found[name] = value[1] if value else ""
    return found


def household(worker, version):
    """Two people of one household, 50 yuan each."""
    made = owing(worker, version, 2)
    for one in made:
        resident = one.participation.resident
        resident.household = "0101"
        resident.save(update_fields=["household"])
    return made


def test_a_household_is_collected_from_with_one_button(village, worker, version):
    home = household(worker, version)
    assert "1 户要收 100.00 元" in text_of(village.get("/village/collect/"))
    assert "没有找到" in text_of(village.post("/village/collect/", {"q": "0102"}, follow=True))
    for text, found in (("wxl", True), ("WX", True), ("xl", False), ("秀兰", True), ("0101", True)):
        assert ("没有找到" in text_of(village.post("/village/collect/", {"q": text}, follow=True))) is not found
    address = f"/village/collect/{home[0].participation.resident_id}/"
    seen = village.get(address)
    assert "确认收款 100.00 元" in text_of(seen)
    form = form_of(seen, "key", "shown", "payer_name") | {"means": "cash", "reference": ""}
    with no_money_moves():
        assert village.post(address, form | {"payer_name": ""}).status_code == 422
        assert village.post(address, form | {"shown": "9900"}).status_code == 409
        assert village.post(address, form | {"means": "transfer"}).status_code == 422
    places = {village.post(address, form)["Location"] for _ in range(2)}
    receipt = Receipt.objects.get()
    assert places == {f"/village/receipts/{receipt.pk}/"}
    shown = text_of(village.get(places.pop()))
    for words in ("收到 100.00 元", "人民币壹佰元整", "SJ-320903101201-20240304-0001", "现金还在村里，等交款"):
        assert words in shown
    assert "个人该交的都收齐了" in text_of(village.get("/village/collect/"))


def test_the_collective_pays_for_all_of_its_people(village, worker, version):
    owing(worker, version, 3, fundings=[("village", 5000)])
    seen = village.get("/village/collect/collective/")
    form = form_of(seen, "key", "shown", "payer_name") | {"means": "transfer", "reference": "B-77"}
    assert form["payer_name"] == "01村村集体"
    assert village.post("/village/collect/collective/", form)["Location"] == "/village/collect/"
    assert "转账在等镇里核对" in text_of(village.get("/village/collect/"))
    assert Order.objects.get().kind == "batch"


def test_the_town_looks_for_a_transfer(village, town, worker, version):
    payment = collect(worker, owing(worker, version), means="transfer", reference="B-78")
    assert "1 笔转账等核对" in text_of(town.get("/town/money/"))
    address = f"/town/money/transfers/{payment.pk}/"
    with no_money_moves():
        assert town.post(address, {"act": "missing", "note": ""}).status_code == 422
    done = town.post(address, {"act": "arrived", "note": ""}, follow=True)
    assert "已记到账，收据开好了" in text_of(done)
    with no_money_moves():
        assert town.post(address, {"act": "arrived", "note": ""}).status_code == 409
    number = Receipt.objects.get().number
    assert town.get(f"/town/money/?number={number}")["Location"] == f"/town/receipts/{Receipt.objects.get().pk}/"
    assert town.get("/town/money/?number=B-78")["Location"] == f"/town/receipts/{Receipt.objects.get().pk}/"
    assert "没有这个号" in text_of(town.get("/town/money/?number=SJ-1"))


def test_cash_is_handed_over_counted_and_the_day_closed(village, town, worker, version):
    collect(worker, household(worker, version))
    seen = village.get("/village/handovers/")
    form = form_of(seen, "key", "expected") | {"counted": "99", "explanation": ""}
    with no_money_moves():
        refused = village.post("/village/handovers/", form)
    assert (refused.status_code, "不写不能交" in text_of(refused)) == (422, True)
    assert village.post("/village/handovers/", form | {"counted": "100"}).status_code == 302
    slip = Handover.objects.get()
    assert "有一张交款单在等镇里点收" in text_of(village.get("/village/handovers/"))
    address = f"/town/handovers/{slip.pk}/"
    with no_money_moves():
        assert town.post(address, {"act": "confirm", "received": "99.99", "note": ""}).status_code == 409
        assert town.post(address, {"act": "return", "received": "", "note": ""}).status_code == 422
    assert town.post(address, {"act": "confirm", "received": "100", "note": ""})["Location"] == "/town/money/"
    receipt = Receipt.objects.get()
    assert "等镇里成批汇给保险公司" in text_of(town.get(f"/town/receipts/{receipt.pk}/"))
    for _ in range(2):
        closed = village.post("/village/takings/close/", {"day": "2024-03-04"}, follow=True)
    assert "今天收了 100.00 元" in text_of(closed)
    assert "已日结" in text_of(closed)
    assert VillageDay.objects.get().cash_fen == 10000
    assert village.post("/village/takings/close/", {"day": "soon"})["Location"] == "/village/takings/"


def test_a_receipt_is_void_with_a_reason(village, town, worker, version):
    payment = collect(worker, owing(worker, version))
    address = f"/village/receipts/{payment.receipt.pk}/"
    with no_money_moves():
        assert village.post(f"{address}void/", {"reason": " "}).status_code == 422
    done = village.post(f"{address}void/", {"reason": "收错了"}, follow=True)
    assert "这张收据已作废" in text_of(done)
    assert "收错了" in text_of(done)
    assert "1 户要收 50.00 元" in text_of(village.get("/village/collect/"))


def test_the_way_ends_at_the_certificate(village, worker, version, django_assert_num_queries):
    receipt = collect(worker, household(worker, version)).receipt
    address, first = f"/village/receipts/{receipt.pk}/", factories.user("town")
    assert "批次" not in text_of(village.get(address))
    batch = prepare(first, version)
    assert f"批次 {batch.number}，等镇里另一位同事发送" in text_of(village.get(address))
    send_application(by=factories.user("town"), batch=batch, now=at(TODAY))
    waiting = text_of(village.get(address))
    assert (waiting.count(f"，批次 {batch.number}"), waiting.count("等保险公司承保")) == (2, 2)
    taken, refused = batch.rows.all()
    answers = [Answer(taken.pk, "GP2024-0001"), Answer(refused.pk, reason="健康情况不符")]
    batch.refresh_from_db()
    answer_rows(by=insurer(), batch=batch, answers=answers, now=at(TODAY))
    shown = text_of(village.get(address))
    number = Certificate.objects.get().number
    assert f"凭证号 {number}" in shown
    assert f"没承保 没有承保 {refused.name}：健康情况不符" in shown
    assert shown.index("报给保险公司") < shown.index(number) < shown.index("现金还在村里，等交款")
    with django_assert_num_queries(11):
        village.get(address)


def test_papers_are_pdf_and_prints_are_counted(village, town, worker, version):
    payment = collect(worker, household(worker, version))
    slip = hand_over(worker)
    for _ in range(2):
        printed = village.post(f"/village/receipts/{payment.receipt.pk}/pdf/")
        assert printed.content.startswith(b"%PDF")
    assert Receipt.objects.get().prints == 2
    for client, desk in ((village, "village"), (town, "town")):
        assert client.get(f"/{desk}/handovers/{slip.pk}/pdf/").content.startswith(b"%PDF")


def test_anybody_verifies_a_receipt_and_reads_no_name(client, worker, version):
    payment = collect(worker, owing(worker, version))
    receipt = payment.receipt
    good = client.get(f"/receipt/?number={receipt.number}&code={receipt.check_code.lower()}")
    shown = text_of(good)
    for words in ("这张收据是真的", receipt.number, "50.00 元", "2024年3月4日", "01村"):
        assert words in shown
    assert "王秀兰" not in shown
    void(worker, payment)
    assert "已经作废" in text_of(client.get(f"/receipt/?number={receipt.number}&code={receipt.check_code}"))
    assert "请填收据号" in text_of(client.get("/receipt/?number=&code="))
    for _ in range(5):
        assert "没有这张收据" in text_of(client.get(f"/receipt/?number={receipt.number}&code=000000"))
    assert client.get(f"/receipt/?number={receipt.number}&code={receipt.check_code}").status_code == 429


def test_exports(village, town, worker, version):
    collect(worker, household(worker, version))
    rows = sheet_of(village.get("/village/takings/export/"))
    assert rows[2][:4] == ["SJ-320903101201-20240304-0001", rows[2][1], "王秀兰", "现金"]
    assert (rows[2][5:7], rows[3][5]) == ([100.0, "有效"], 100.0)
    rows = sheet_of(town.get("/town/money/export/"))
    assert rows[2][:6] == ["01村", 0.0, 100.0, 100.0, 0.0, 0.0]
    assert rows[-1][:4] == ["合计", 0.0, 100.0, 100.0]
    parts = AuditEntry.objects.filter(action="roster.export").order_by("pk").values_list("detail", flat=True)
    assert [one["part"] for one in parts] == ["receipts", "money"]


def sheet_of(response):
    return CalamineWorkbook.from_filelike(io.BytesIO(response.content)).get_sheet_by_index(0).to_python()


def test_what_the_pages_cost(village, town, worker, version, django_assert_num_queries):
    for _ in range(3):
        collect(worker, household(worker, version))
    slip = hand_over(worker)
    household(worker, version)
    payment = Payment.objects.first()
    costs = {
        village: {"/village/collect/": 10, "/village/takings/": 12, "/village/handovers/": 8,
                  f"/village/receipts/{payment.receipt.pk}/": 10},
        town: {"/town/money/": 13, f"/town/handovers/{slip.pk}/": 6},
    }  # fmt: skip
    for client, pages in costs.items():
        for address, cost in pages.items():
            client.get(address)
            with django_assert_num_queries(cost):
                client.get(address)


def test_a_day_is_collected_at_once(worker, village, version):
    one, two = owing(worker, version, 2)
    listed = village.get("/village/collect/").content.decode()
    assert "2024年3月4日登记的 2 笔</a>，100.00 元" in listed
    address = "/village/collect/day/2024-03-04/"
    assert "2024年3月4日登记的 2 位要交 100.00 元" in village.get(address).content.decode()
    typed = {"key": str(uuid.uuid4()), "shown": "10000", "payer_name": "周敏", "means": "cash", "reference": ""}
    assert village.post(address, typed).status_code == 302
    order = Order.objects.get()
    assert (order.kind, order.payer_name, order.lines.count()) == ("day", "周敏", 2)
    assert village.post(address, typed).status_code == 302
    assert Payment.objects.count() == 1
    assert {line.funding.holding.enrolment for line in order.lines.all()} == {one, two}
    assert village.get("/village/collect/day/2024-13-04/").status_code == 404
