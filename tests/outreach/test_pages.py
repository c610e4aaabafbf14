"""The village's pages from house to house, and the town's view of them, by requests: order, filters, taps, queries."""

import io
import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from python_calamine import load_workbook
from tests import factories, towns
from tests.outreach.acts import NOW, TODAY, follow_up, household, nothing_changes, rows

from ankang.audit.models import AuditEntry
from ankang.installation.models import Installation
from ankang.outreach.division import assign, name_lead
from ankang.outreach.models import Assignment, FollowUp, Measure, VillageLead

pytestmark = pytest.mark.django_db
LIST = "/village/todo/"


@pytest.fixture
def version(db):
    Installation.objects.create(is_sample=True, demo_today=TODAY)
    return towns.campaign()


@pytest.fixture
def worker(version):
    return factories.user("village")


@pytest.fixture
def client(client_of, worker):
    client = client_of(worker)
    client.get("/me/password/")  # the session notes once a minute that somebody is there
    return client


def text(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def key_of(response) -> str:
    return re.search(r'name="key" value="([^"]+)"', response.content.decode())[1]


def names(response) -> list[str]:
    return re.findall(r"<h4[^>]*>([^<]+)</h4>", response.content.decode())


def test_due_houses_come_first_then_subjects_and_households_stay_together(client, worker, version):
    household(worker.division, "1", 2)
    household(worker.division, "2", 2)
    poor = household(worker.division, "3", 2)[1]
    towns.listed(poor, "wubao")
    due = household(worker.division, "4", 2)[1]
    follow_up(worker, due, version, "again", again_on=TODAY, note="等儿子")
    page = client.get(LIST)
    assert names(page) == ["4之0", "4之1", "3之0", "3之1", "1之0", "1之1", "2之0", "2之1"]
    words = text(page)
    assert "3月4日再联系" in words
    assert "等儿子" in words
    assert "今天要联系 1 人" in words


def test_the_address_keeps_the_filters(client, worker, version):
    mine, other = household(worker.division, "1", 1)[0], household(worker.division, "2", 1)[0]
    third = household(worker.division, "3", 1)[0]
    colleague = factories.user("village")
    assign(by=worker, village=worker.division, worker=worker, residents=[mine.pk], now=NOW)
    assign(by=worker, village=worker.division, worker=colleague, residents=[other.pk], now=NOW)
    follow_up(worker, other, version, "refused")
    follow_up(worker, third, version, "again", again_on=TODAY)
    wanted = {
        "": ["1之0"],  # who has people of his own sees these first
        "?who=mine": ["1之0"],
        "?who=all": ["3之0", "1之0", "2之0"],
        "?who=none": ["3之0"],
        f"?who={colleague.pk}": ["2之0"],
        "?who=all&state=new": ["1之0"],
        "?who=all&state=refused": ["2之0"],
        "?who=all&state=due": ["3之0"],
        "?who=all&state=again": ["3之0"],
        "?who=all&state=nonsense": ["3之0", "1之0", "2之0"],
        "?who=²&state=away": [],
    }
    assert {address: names(client.get(LIST + address)) for address in wanted} == wanted


def test_one_tap_records_and_comes_back_to_the_same_list_and_can_be_taken_back(client, worker, version):
    wang = household(worker.division, "1", 1)[0]
    seen = client.get(LIST + "?who=all&state=new")
    done = client.post(
        f"{LIST}{wang.pk}/", {"outcome": "away", "key": key_of(seen), "who": "all", "state": "new", "note": "在城里"}
    )
    assert done["Location"] == f"{LIST}?who=all&state=new"
    made = FollowUp.objects.get()
    assert (made.outcome, made.by, made.note, timezone.localtime(made.at).date()) == ("away", worker, "在城里", TODAY)
    back = client.get(done["Location"])
    assert "已记下：王秀兰" not in text(back)
    assert "已记下：1之0 外出" in text(back)
    assert f"/village/todo/undo/{made.pk}/" in back.content.decode()
    client.post(f"{LIST}undo/{made.pk}/", {"who": "all"})
    assert not FollowUp.objects.filter(is_latest=True).exists()


@pytest.mark.parametrize(
    ("outcome", "leads_to", "says"),
    [
        ("paid", "/village/enrol/?resident={}", "已缴"),
        ("dead", "/village/roster/{}/change/", "登记去世日期"),
        ("government", LIST, "政府已保"),
    ],
)
def test_where_an_outcome_leads(client, worker, outcome, leads_to, says):
    wang = household(worker.division, "1", 1)[0]
    done = client.post(f"{LIST}{wang.pk}/", {"outcome": outcome, "key": "k"})
    assert done["Location"] == leads_to.format(wang.pk)
    assert says in text(client.get(done["Location"]))


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({"outcome": "again", "again_on": "2024-03-03", "key": "k"}, "最远60天"),
        ({"outcome": "again", "again_on": "三月", "key": "k"}, "这不是一个日期"),
        ({"key": "k"}, "请点一个结果"),
        ({"outcome": "away"}, "请刷新后再记一次"),
    ],
)
def test_what_cannot_be_recorded_is_said_and_changes_nothing(client, worker, version, form, says):
    wang = household(worker.division, "1", 1)[0]
    with nothing_changes():
        back = client.post(f"{LIST}{wang.pk}/", form, follow=True)
    assert says in text(back)


def test_a_telephone_is_shown_once_and_noted(client, worker, version):
    wang = factories.resident(
        worker.division, phone="19900001234", phone_tail="1234", child_phone="19900005678", child_phone_tail="5678"
    )
    listed = client.get(LIST).content.decode()
    assert "19900001234" not in listed
    assert "本人尾号 1234，子女尾号 5678" in listed
    assert client.get(f"{LIST}{wang.pk}/call/").status_code == 405
    shown = client.post(f"{LIST}{wang.pk}/call/", {"who": "all"}).content.decode()
    assert 'href="tel:19900001234"' in shown
    assert 'href="tel:19900005678"' in shown
    assert AuditEntry.objects.filter(action="outreach.look_at_phones", subject_id=str(wang.pk)).count() == 1
    assert "19900001234" not in client.get(LIST).content.decode()


def test_a_neighbour_village_is_not_there(client, worker, version):
    stranger = factories.resident(factories.village(2))
    colleague = factories.user("village", factories.village(2))
    theirs = follow_up(colleague, stranger, version)
    measure = Measure.objects.create(
        village=colleague.division,
        programme=version.programme,
        title="别村的",
        responsible="某",
        due_on=TODAY,
        created_at=NOW,
        created_by=colleague,
    )
    with nothing_changes():
        for address in (f"{stranger.pk}/", f"{stranger.pk}/call/", f"undo/{theirs.pk}/", f"plan/{measure.pk}/mark/"):
            assert client.post(LIST + address, {"outcome": "away", "key": "k", "done": "yes"}).status_code == 404
        client.post(LIST + "workers/assign/done/", {"worker": worker.pk, "resident": stranger.pk, "who": "all"})
    assert "别村的" not in text(client.get(LIST + "plan/"))


def test_dividing_by_the_pages(client, worker, version):
    household(worker.division, "1", 2)
    household(worker.division, "2", 2)
    colleague = factories.user("village")
    assert "还有 4 人没分" in text(client.get(LIST + "workers/"))
    done = client.post(LIST + "workers/divide/", {"worker": [worker.pk, colleague.pk], "whom": "none"}, follow=True)
    assert "按户分好了：4人" in text(done)
    assert Assignment.objects.filter(worker=colleague).count() == 2
    ticks = text(client.get(LIST + f"workers/assign/?who={colleague.pk}"))
    assert "整户 2" in ticks
    assert "整户 1" not in ticks
    back = client.post(LIST + "workers/assign/done/", {"worker": worker.pk, "house": ["2"], "who": "all"}, follow=True)
    assert f"2人分给了{worker.full_name}" in text(back)
    with nothing_changes():
        assert "请选分给谁" in text(
            client.post(LIST + "workers/assign/done/", {"worker": "", "house": ["2"]}, follow=True)
        )
        assert "至少选一位" in text(client.post(LIST + "workers/divide/", {}, follow=True))


def test_who_does_not_lead_sees_who_does(client, worker, version):
    lead = factories.user("village")
    name_lead(by=factories.user("town", is_manager=True), village=worker.division, user=lead, now=NOW)
    household(worker.division, "1", 1)
    for address in ("workers/", "workers/assign/", "plan/"):
        page = text(client.get(LIST + address))
        assert lead.full_name in page
        assert "按户平均分" not in page
        assert "分给他" not in page
        assert "加一条措施" not in page
    with nothing_changes():
        assert lead.full_name in text(client.post(LIST + "workers/divide/", {"worker": worker.pk}, follow=True))
        form = {"title": "别的", "responsible": "某", "due_on": "2024-03-10"}
        client.post(LIST + "plan/", form)


def test_the_plan_shows_what_is_overdue_and_takes_marks(client, worker, version):
    form = {"title": "挨户上门", "responsible": "王桂芳", "due_on": "2024-03-03"}
    client.post(LIST + "plan/", form)
    client.post(LIST + "plan/", form | {"title": "打电话", "due_on": "2024-03-04"})
    page = text(client.get(LIST + "plan/"))
    assert "1 条过期" in page
    assert "2 条措施，完成 0 条" in page
    late = Measure.objects.get(title="挨户上门")
    client.post(f"{LIST}plan/{late.pk}/mark/", {"done": "yes"})
    page = text(client.get(LIST + "plan/"))
    assert "过期" not in page
    assert "完成 1 条" in page
    assert "已经有“打电话”" in text(client.post(LIST + "plan/", form | {"title": "打电话"}))
    client.post(f"{LIST}plan/{late.pk}/", form | {"title": "逐户上门"})
    late.refresh_from_db()
    assert late.title == "逐户上门"
    client.post(f"{LIST}plan/{late.pk}/remove/")
    assert list(Measure.objects.values_list("title", flat=True)) == ["打电话"]


def test_the_town_sees_every_village_and_names_the_lead(client_of, worker, version):
    clerk = client_of(factories.user("town", is_manager=True))
    first = household(worker.division, "1", 3)
    towns.insure(first[0], version)
    follow_up(worker, first[1], version, "dead", note="邻居说的")
    factories.resident(factories.village(2))
    assign(by=worker, village=worker.division, worker=worker, households=["1"], now=NOW)
    page = clerk.get("/town/outreach/")
    words = text(page)
    assert "4 人里已上门 2 人，还有 3 人没参保" in words
    assert "1 人名册上还是在册" in words
    assert "邻居说的" in words
    assert re.search(r"01村 没指定 3 3 2 1 2 0 0 0 0 0", words)
    address = f"/town/outreach/{worker.division_id}/"
    assert "01村：3 人里已上门 2 人" in text(clerk.get(address))
    with nothing_changes():
        assert "请选这个村" in text(clerk.post(address + "lead/", {"user": "0"}, follow=True))
    assert "第一责任人是" in text(clerk.post(address + "lead/", {"user": worker.pk}, follow=True))
    assert VillageLead.objects.get().user == worker
    before = rows()
    assert client_of(factories.user("town")).post(address + "lead/", {"user": worker.pk}).status_code == 403
    assert rows() == before


@pytest.mark.parametrize("people", [2, 12])
def test_queries_do_not_grow_with_people(client, worker, version, django_assert_num_queries, people):
    for number in range(people):
        one = household(worker.division, str(number), 2)[0]
        towns.listed(one, "dibao")
        follow_up(worker, one, version, "again", again_on=TODAY + timedelta(days=number % 3))
        Measure.objects.create(
            village=worker.division,
            programme=version.programme,
            title=f"措施{number}",
            responsible="某",
            due_on=TODAY,
            created_at=NOW,
            created_by=worker,
            done_at=NOW,
            done_by=worker,
        )
    assign(by=worker, village=worker.division, worker=worker, households=["0", "1"], now=NOW)
    for address, queries in {"": 16, "workers/": 8, "workers/assign/?who=all": 9, "plan/": 7}.items():
        with django_assert_num_queries(queries):
            assert client.get(LIST + address).status_code == 200


@pytest.mark.parametrize("villages", [2, 9])
@pytest.mark.parametrize("address", ["", f"{factories.TOWN[:9]}201/"])
def test_the_towns_queries_do_not_grow_with_villages(client_of, django_assert_num_queries, villages, address):
    Installation.objects.create(is_sample=True, demo_today=TODAY)
    version = towns.campaign([(10, 8)] * villages)
    for serial in range(1, villages + 1):
        worker = factories.user("village", factories.village(serial))
        follow_up(worker, household(worker.division, "1", 2)[0], version, "dead")
    client: Client = client_of(factories.user("town"))
    client.get("/me/password/")
    with django_assert_num_queries(11 if not address else 10):
        assert client.get("/town/outreach/" + address).status_code == 200


def sheets(response) -> list[list[list[object]]]:
    book = load_workbook(io.BytesIO(response.content))
    return [book.get_sheet_by_index(at).to_python() for at in range(len(book.sheet_names))]


def test_the_list_goes_along_on_paper_without_a_whole_telephone(client, worker, version):
    first, second = household(worker.division, "1", 1)[0], household(worker.division, "2", 1)[0]
    follow_up(worker, second, version, "away", note="去了上海")
    [rows] = sheets(client.get("/village/todo/export/?who=all"))
    assert rows[1][:3] == ["户号", "姓名", "身份证尾号"]
    assert [(row[0], row[1], row[8], row[10]) for row in rows[2:]] == [
        ("1", first.name, "", ""),
        ("2", second.name, "外出", "去了上海"),
    ]
    [rows] = sheets(client.get("/village/todo/export/?who=all&state=away"))
    assert [row[1] for row in rows[2:]] == [second.name]
    assert list(AuditEntry.objects.filter(action="roster.export").values_list("detail__rows", flat=True)) == [2, 1]


def test_progress_and_plan_leave_as_excel(client, client_of, worker, version):
    person = household(worker.division, "1", 1)[0]
    assign(by=worker, village=worker.division, worker=worker, residents=[person.pk], now=NOW)
    facts = {"village": worker.division, "programme": version.programme, "created_by": worker, "created_at": NOW}
    Measure.objects.create(title="挨户上门", responsible="某", due_on=TODAY - timedelta(days=1), **facts)
    progress, plan = sheets(client.get("/village/todo/workers/export/"))
    assert progress[1][:5] == [worker.full_name, 1, 0, 0, 1]
    assert plan[1][:5] == ["01村", "挨户上门", "某", TODAY - timedelta(days=1), "过期"]
    town = client_of(factories.user("town"))
    villages, plans = sheets(town.get("/town/outreach/export/"))
    assert villages[1][:5] == ["01村", "", 1, 1, 0]
    assert plans == plan
    assert sheets(town.get(f"/town/outreach/{worker.division_id}/export/")) == [progress, plan]


def test_without_a_plan_there_is_nothing_to_export(client_of):
    Installation.objects.create(is_sample=True, demo_today=TODAY)
    village, town = client_of(factories.user("village")), client_of(factories.user("town"))
    for client, address in ((village, "todo/export/"), (village, "todo/workers/export/")):
        assert "还没有今年的方案" in text(client.get(f"/village/{address}", follow=True))
    for address in ("", f"{factories.village().pk}/"):
        answer = town.get(f"/town/outreach/{address}export/")
        assert answer.status_code == 302
