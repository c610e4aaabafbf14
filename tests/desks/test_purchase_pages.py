"""The pages of batches, late entries and withdrawals by requests: what they cost, pressed twice, nothing leaks."""

import io
import re
from datetime import date

import pytest
from python_calamine import CalamineWorkbook
from tests import factories, towns
from tests.enrolment.acts import TODAY, enrol, nothing_changes, reread
from tests.enrolment.purchase_acts import OLD, old_people

from ankang.audit.models import AuditEntry
from ankang.enrolment.models import Enrolment, GovernmentBatch, LateEntry, Withdrawal
from ankang.installation.models import Installation

pytestmark = pytest.mark.django_db
LIST = "/town/subjects/batches/"


@pytest.fixture
def version():
    Installation.objects.create(is_sample=True, demo_today=TODAY)
    return factories.version()


@pytest.fixture
def town(version, client_of):
    client = client_of(factories.user("town"))
    client.get("/me/password/")  # the session notes once a minute that somebody is there
    return client


def text_of(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def form_of(response, *names):
    page = response.content.decode()
    found = {}
    for name in names:
        tag = re.search(rf'<input[^>]*name="{name}"[^>]*>', page)
        assert tag, name
        value = re.search(r'value="([^"]*)"', tag[0])
        found[name] = value[1] if value else ""
    return found


def submit(client, **facts):
    seen = client.get(LIST + "new/")
    return client.post(LIST + "new/", form_of(seen, "key", "shown", "villages") | {"note": ""} | facts)


def go_to(day):
    Installation.objects.update(demo_today=day)


def test_the_list_to_be_frozen_costs_the_same_whatever_its_length(town, django_assert_num_queries):
    old_people(1)
    with django_assert_num_queries(12):
        town.get(LIST + "new/")
    old_people(3, 2)
    with django_assert_num_queries(12):
        town.get(LIST + "new/")


def test_from_the_list_to_the_result(town, client_of):
    people = old_people(2)
    towns.listed(factories.resident(birth_date=date(1970, 1, 1), name="赵小年"), "dibao")
    seen = text_of(town.get(LIST + "new/"))
    assert "要给 2 人买，政府应付 100.00 元" in seen
    assert "口径 K09 暂定" in seen
    assert "赵小年" in seen
    made = submit(town, note="新增")
    batch = GovernmentBatch.objects.get()
    assert made["Location"] == f"{LIST}{batch.pk}/"
    assert "这一批是您编的" in text_of(town.get(made["Location"]))
    with nothing_changes():
        refused = town.post(f"{LIST}{batch.pk}/review/", {"approve": "yes", "note": ""})
    assert refused.status_code == 409
    other = client_of(factories.user("town"))
    done = other.post(f"{LIST}{batch.pk}/review/", {"approve": "yes", "note": "核过"}, follow=True)
    assert "登记了 2 人，政府应付 100.00 元" in text_of(done)
    assert [reread(one).units for one in people] == [1, 1]
    with nothing_changes():
        other.post(f"{LIST}{batch.pk}/go-on/")
        again = other.post(f"{LIST}{batch.pk}/review/", {"approve": "yes", "note": ""})
    assert again.status_code == 409


def test_a_second_press_makes_no_second_batch(town):
    old_people(1)
    seen = town.get(LIST + "new/")
    form = form_of(seen, "key", "shown", "villages") | {"note": ""}
    places = {town.post(LIST + "new/", form)["Location"] for _ in range(2)}
    assert places == {f"{LIST}{GovernmentBatch.objects.get().pk}/"}


def test_a_list_that_changed_is_shown_again(town):
    old_people(1)
    seen = town.get(LIST + "new/")
    old_people(1)
    with nothing_changes():
        again = town.post(LIST + "new/", form_of(seen, "key", "shown", "villages") | {"note": "说明"})
    assert again.status_code == 409
    assert "名单和刚才显示的不一样了" in text_of(again)
    assert "要给 2 人买" in text_of(again)
    assert 'value="说明"' in again.content.decode()


def test_after_the_window_nothing_is_prepared(town):
    old_people(1)
    go_to(date(2024, 3, 21))
    assert "现在不能编批" in text_of(town.get(LIST + "new/"))


def test_a_village_of_elsewhere_chosen_by_hand_is_no_choice(town):
    old_people(1)
    foreign = factories.village(1, "320903102000")
    factories.resident(foreign, birth_date=OLD)
    assert "要给 1 人买" in text_of(town.get(f"{LIST}new/?village={foreign.pk}"))


def test_the_file_has_everybody_with_the_outcome(town):
    one = old_people(1)[0]
    young = factories.resident(birth_date=date(1970, 1, 1), name="赵小年")
    towns.listed(young, "dibao")
    submit(town)
    response = town.get(f"{LIST}{GovernmentBatch.objects.get().pk}/export/")
    rows = CalamineWorkbook.from_filelike(io.BytesIO(response.content)).get_sheet_by_index(0).to_python()
    assert rows[2][:4] == ["01村", "王秀兰", one.number_tail, ""]
    assert rows[2][5:] == ["80周岁以上", "50元/份", 1.0, 50.0, "待登记", ""]
    assert (rows[3][1], rows[3][8], rows[3][9]) == ("赵小年", 0.0, "没列入")
    assert "周岁" in rows[3][10]
    assert AuditEntry.objects.get(action="roster.export").detail == {"rows": 2, "part": "batch"}


def test_what_the_pages_cost(town, django_assert_num_queries):
    old_people(60)
    submit(town)
    town.get(LIST)
    with django_assert_num_queries(6):
        town.get(LIST)
    with django_assert_num_queries(8):
        town.get(f"{LIST}{GovernmentBatch.objects.get().pk}/")
    old_people(3)
    with django_assert_num_queries(12):
        town.get(LIST + "new/")


def test_a_manager_grants_and_the_village_enrols(version, client_of):
    number = factories.identity_number(OLD)
    factories.resident(number=number, birth_date=OLD)
    manager = client_of(factories.user("town", is_manager=True))
    assert "还没有截止" in text_of(manager.get("/town/late/"))
    go_to(date(2024, 3, 25))
    seen = manager.get("/town/late/")
    form = form_of(seen, "key") | {"number": number, "reason": "在外地", "paper": "会议记录3号", "days": "3"}
    with nothing_changes():
        unknown = manager.post("/town/late/", form | {"number": factories.identity_number(OLD)})
    assert unknown.status_code == 422
    assert "名册里没有这个身份证号" in text_of(unknown)
    for _ in range(2):
        done = manager.post("/town/late/", form, follow=True)
    assert "已批准王秀兰逾期补登" in text_of(done)
    assert number not in done.content.decode()
    granted = LateEntry.objects.get()
    assert (granted.valid_from, granted.valid_to) == (date(2024, 3, 25), date(2024, 3, 27))


def test_a_request_and_its_answer(version, client_of, django_assert_num_queries):
    worker, resident = factories.user("village"), factories.resident()
    enrolment = enrol(worker, resident, version, product="A")
    village = client_of(worker)
    assert "申请退保" not in text_of(village.get(f"/village/enrol/{enrolment.pk}/")).replace("明天起要申请退保", "")
    go_to(date(2024, 3, 10))
    ask = f"/village/enrol/{enrolment.pk}/withdraw/"
    seen = village.get(ask)
    with nothing_changes():
        assert village.post(ask, form_of(seen, "key") | {"reason": ""}).status_code == 422
    back = village.post(ask, form_of(seen, "key") | {"reason": "老人已迁到外地"})
    assert back["Location"] == f"/village/roster/{resident.pk}/enrolments/"
    assert "退保等审核" in text_of(village.get(back["Location"]))
    asked = Withdrawal.objects.get()
    insurer = client_of(factories.user("insurer", factories.town()))
    insurer.get("/insurer/withdrawals/")
    with django_assert_num_queries(9):
        insurer.get("/insurer/withdrawals/")
    address = f"/insurer/withdrawals/{asked.pk}/"
    with nothing_changes():
        assert insurer.post(address, {"accept": "no", "note": ""}).status_code == 422
    done = insurer.post(address, {"accept": "yes", "note": ""}, follow=True)
    assert "已同意退保，份数已退回。" in text_of(done)
    with nothing_changes():
        assert insurer.post(address, {"accept": "yes", "note": ""}).status_code == 409
    assert "已经退保" in text_of(village.get(f"/village/enrol/{enrolment.pk}/"))
    assert Enrolment.objects.get().withdrawn_on == date(2024, 3, 10)
