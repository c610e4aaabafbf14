"""What the telephone asks of the server: the list without a whole number, uploads with an answer for each draft."""

import json
from base64 import b64decode
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone
from tests import factories, towns
from tests.offline.acts import TODAY, enrolment, follow_up, nothing_changes, rows, taken_list
from tests.outreach.acts import follow_up as visit
from tests.outreach.acts import household

from ankang.accounts.models import Invitation, User
from ankang.audit.models import AuditEntry
from ankang.desks.village import offline
from ankang.enrolment.models import Enrolment
from ankang.installation.clock import instant_of
from ankang.installation.models import Installation
from ankang.offline.models import OfflineEntry, OfflineList
from ankang.outreach.models import FollowUp
from ankang.roster.models import Resident

pytestmark = pytest.mark.django_db
TAKE, UPLOAD = "/village/offline/list/", "/village/offline/upload/"


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


def now():
    return instant_of(Installation.objects.get())


def send(client: Client, *drafts):
    return client.post(UPLOAD, {"drafts": drafts}, content_type="application/json")


def states(answer) -> list[str]:
    return [result["state"] for result in answer.json()["results"]]


def fresh(worker, version):
    """Return a list that was taken this moment, and the instant of a draft since then: the same day at any hour."""
    return taken_list(worker, version, now()), now().isoformat()


def test_the_list_holds_what_the_work_needs_and_no_whole_number(client, worker, version):
    wang = factories.resident(
        worker.division, household="1组2号", address="一组二号", phone="19900001234", phone_tail="1234",
        child_phone="19900005678", child_phone_tail="5678",
    )  # fmt: skip
    poor, insured = factories.resident(worker.division, name="李秀英"), factories.resident(worker.division, name="周")
    towns.listed(poor, "wubao")
    towns.insure(insured, version)
    towns.dead(factories.resident(worker.division, name="已故者"))
    factories.resident(factories.village(2), name="邻村人")
    visit(worker, wang, version, "again", note="等儿子")
    answer = client.post(TAKE)
    text = answer.content.decode()
    for number in (wang.number.reveal(), "19900001234", "19900005678", "已故者", "邻村人"):
        assert number not in text
    content = answer.json()["content"]
    people = {one["name"]: one for one in content["people"]}
    assert set(people) == {"王秀兰", "李秀英", "周"}
    seen = people["王秀兰"]
    assert (seen["tail"], seen["household"], seen["phones"]) == (wang.number_tail, "1组2号", ["1234", "5678"])
    assert (seen["said"], seen["again_on"], seen["note"], seen["units"]) == ("再联系", "2024-03-05", "等儿子", 0)
    assert seen["offer"]["left"] == 2
    assert ["意外伤害", "最高5,000元"] in content["sheets"][seen["offer"]["cards"]["A"]]
    assert people["李秀英"]["offer"]["government"]["code"] == "B"
    assert (people["周"]["units"], people["周"]["offer"]["left"]) == (1, 1)
    assert {one["code"]: [each["yuan"] for each in one["amounts"]] for one in content["products"]} == {
        "A": ["100.00", "200.00"], "B": ["50.00", "100.00"],
    }  # fmt: skip


def test_the_key_is_the_persons_own_and_the_same_at_the_next_log_in(client, client_of, worker):
    first = client.post(TAKE).json()
    again = client_of(worker).post(TAKE).json()
    other = client_of(factories.user("village")).post(TAKE).json()
    assert len(b64decode(first["key"])) == 32
    assert first["key"] == again["key"] != other["key"]
    assert first["list"] != again["list"]
    assert (first["user"], first["kept_days"]) == (worker.pk, 7)
    taken = OfflineList.objects.get(pk=first["list"])
    assert (taken.user, taken.people) == (worker, 0)
    assert AuditEntry.objects.filter(action="offline.take_list", actor=worker).count() == 2


def test_without_a_plan_there_is_nothing_to_take(client_of):
    answer = client_of(factories.user("village")).post(TAKE)
    assert (answer.status_code, "还没有今年的方案" in answer.json()["says"]) == (422, True)


@pytest.mark.parametrize("people", [1, 12])
def test_queries_do_not_grow_with_people(client, worker, version, django_assert_num_queries, people):
    for number in range(people):
        one, other = household(worker.division, str(number), 2)
        towns.listed(one, "dibao")
        visit(worker, one, version)
        towns.insure(other, version)
    with django_assert_num_queries(14):
        assert len(client.post(TAKE).json()["content"]["people"]) == 2 * people


def test_queries_of_an_upload(client, worker, version, django_assert_num_queries):
    taken, at = fresh(worker, version)
    people = household(worker.division, "1", 2)
    with django_assert_num_queries(26):
        done = send(client, enrolment(taken, people[0], collected_at=at))
    assert states(done) == ["done"]
    with django_assert_num_queries(21):
        assert states(send(client, follow_up(taken, people[1], collected_at=at))) == ["done"]


def test_each_draft_has_its_answer_and_one_refusal_stops_no_other(client, worker, version):
    taken, at = fresh(worker, version)
    wang, dead = factories.resident(worker.division), towns.dead(factories.resident(worker.division))
    answer = send(
        client,
        enrolment(taken, wang, collected_at=at, consent=""),
        "nonsense",
        follow_up(taken, dead, collected_at=at),
        enrolment(taken, wang, collected_at=at, key="mine"),
        follow_up(taken, wang, "away", collected_at=at),
    )
    assert states(answer) == ["refused", "refused", "conflict", "done", "done"]
    refused, broken, conflict, done, _ = answer.json()["results"]
    assert "还没有勾选" in refused["says"]
    assert broken["key"] is None
    assert (conflict["kind"], conflict["choice"]) == ("not_living", "")
    made = Enrolment.objects.get()
    assert (done["key"], done["address"]) == ("mine", f"/village/enrol/{made.pk}/")
    assert done["says"] == "已登记参保，按3月4日算。"
    shown = client.get(done["address"]).content.decode()
    assert "离线登记" in shown
    assert FollowUp.objects.get().outcome == "away"


def test_an_upload_without_its_reply_is_sent_again_and_is_there_once(client, worker, version):
    taken, at = fresh(worker, version)
    people = household(worker.division, "1", 3)
    drafts = [enrolment(taken, one, collected_at=at) for one in people] + [follow_up(taken, people[0], collected_at=at)]
    send(client, *drafts[:3])
    before = rows()
    again = send(client, *drafts[:3])
    assert states(again) == ["done"] * 3
    assert rows() == before
    assert states(send(client, *drafts)) == ["done"] * 4
    assert (Enrolment.objects.count(), FollowUp.objects.count(), OfflineEntry.objects.count()) == (3, 1, 4)


@pytest.mark.parametrize("body", ["", "{", "[]", "{}", '{"drafts": 1}', '{"drafts": []}', "\xff"])
def test_what_cannot_be_read_is_said(client, body):
    for sent in ({"data": body, "content_type": "application/json"}, {"data": {"drafts": body}}):
        answer = client.post(UPLOAD, **sent)
        assert (answer.status_code, "草稿还在手机上" in answer.json()["says"]) == (422, True)


def test_rows_are_bounded_at_once_and_in_an_hour(client, worker, version, monkeypatch):
    taken, at = fresh(worker, version)
    drafts = [follow_up(taken, one, collected_at=at) for one in household(worker.division, "1", 3)]
    with nothing_changes():
        assert send(client, *[drafts[0]] * (offline.MOST_AT_ONCE + 1)).status_code == 422
    monkeypatch.setattr("ankang.offline.actions.ENTRIES_AN_HOUR", 2)
    assert states(send(client, *drafts[:2])) == ["done", "done"]
    with nothing_changes():
        over = send(client, drafts[2])
    assert (over.status_code, "草稿还在手机上，没有丢" in over.json()["says"]) == (422, True)


def test_nobody_else_takes_or_uploads(client, client_of, worker, version):
    taken, at = fresh(worker, version)
    draft = follow_up(taken, factories.resident(worker.division), collected_at=at)
    with nothing_changes():
        for address in (TAKE, UPLOAD):
            assert Client().post(address)["Location"].startswith("/login/?next=")
            assert client.get(address).status_code == 405
            for desk in ("town", "insurer", "window"):
                assert client_of(factories.user(desk)).post(address).status_code == 403
        for stranger in (factories.user("village"), factories.user("village", factories.village(2))):
            assert states(send(client_of(stranger), draft)) == ["refused"]


def test_the_token_of_the_form_is_asked_for(worker):
    from tests.logins import logged_in

    strict = Client(enforce_csrf_checks=True)
    strict.cookies = logged_in(worker).cookies
    for address in (TAKE, UPLOAD):
        assert strict.post(address).status_code == 403


def test_what_is_kept_by_the_browser_is_the_same_for_everybody(client, client_of):
    seen = {who.get("/village/offline/").content for who in (client, Client(), client_of(factories.user("town")))}
    assert len(seen) == 1
    page = seen.pop().decode()
    assert "csrfmiddlewaretoken" not in page
    assert "csrftoken" not in client.get("/village/offline/").cookies


def test_it_installs(client, worker):
    page = client.get("/village/todo/").content.decode()
    assert '<link rel="manifest" href="/village/manifest.webmanifest">' in page
    assert f'data-user="{worker.pk}"' in page
    facts = client.get("/village/manifest.webmanifest")
    assert facts["Content-Type"] == "application/manifest+json"
    told = json.loads(facts.content)
    assert (told["short_name"], told["start_url"], told["display"]) == ("安康", "/village/", "standalone")
    assert {icon["sizes"] for icon in told["icons"]} >= {"192x192", "512x512"}
    worker_script = client.get("/village/worker.js")
    assert worker_script["Content-Type"] == "text/javascript"
    assert "/village/offline/" in worker_script.content.decode()


def test_a_resident_who_may_not_join_is_not_on_the_list(client, worker):
    young = factories.resident(worker.division, birth_date=timezone.localdate().replace(year=1990, day=1))
    assert Resident.objects.filter(pk=young.pk).exists()
    assert client.post(TAKE).json()["content"]["people"] == []


def test_a_telephone_keeps_its_list_for_seven_days_unless_it_is_called_back(worker, version) -> None:
    phone = Client()  # nobody is logged in
    taken = taken_list(worker, version, now())

    def may_keep(key=taken.pk) -> bool:
        answer = phone.get(f"{TAKE}{key}/")
        assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store, private")
        assert not answer.cookies
        return answer.json()["keep"]

    assert may_keep()
    assert not may_keep(uuid4())
    old = taken_list(worker, version, now() - timedelta(days=7))
    assert not may_keep(old.pk)
    assert may_keep(taken_list(worker, version, now() - timedelta(days=6, hours=23)).pk)
    manager = factories.user("town", is_manager=True)
    for change, back in (
        ({"must_change_password": True}, {"must_change_password": False}),
        ({"division": factories.village(2)}, {"division": worker.division}),
        ({"desk": "window"}, {"desk": "village"}),
        (
            {"is_active": False, "disabled_at": now(), "disabled_by": manager},
            {"is_active": True, "disabled_at": None, "disabled_by": None},
        ),
    ):
        User.objects.filter(pk=worker.pk).update(**change)
        assert not may_keep(), change
        User.objects.filter(pk=worker.pk).update(**back)
    assert may_keep()
    facts = {"user": worker, "created_by": manager, "created_at": taken.taken_at}
    Invitation.objects.create(token_digest="x", expires_at=taken.taken_at + timedelta(days=3), **facts)
    assert not may_keep()  # whoever lost the telephone is invited anew
