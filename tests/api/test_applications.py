"""The branch's own system: batches, rows, answers by row; who may not; nothing sent is repeated in an answer."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests import factories
from tests.api.acts import call, key_of
from tests.logins import logged_in
from tests.policies.acts import POLICY, insured, nothing_changes, outcomes, policy_place, sent

from ankang.accounts import machine_keys
from ankang.accounts.actions import disable
from ankang.accounts.key_models import MachineKey
from ankang.accounts.machine_keys import revoke_key
from ankang.accounts.models import User
from ankang.audit.models import AuditEntry
from ankang.installation.clock import wall_clock
from ankang.policies.models import AnswerFile, ApplicationBatch, Certificate
from ankang.roster.models import Resident
from ankang.rules.errors import Conflict, NotAllowed

pytestmark = pytest.mark.django_db


@pytest.fixture
def batch():
    version = factories.version()
    insured(3, version)
    return sent(version)


def answers(batch, *results):
    rows = call(key_of().text, f"/{batch.number}/rows").json()["rows"]
    return [
        {"serial": row["serial"], "name": row["name"], "identity": row["identity"]} | result
        for row, result in zip(rows, results, strict=False)
    ]


ACCEPT, REFUSE = {"result": "accept", "policy_number": POLICY}, {"result": "refuse", "reason": "不保"}


def test_from_the_list_to_the_certificates(batch):
    text = key_of().text
    (found,) = call(text, "?state=sent").json()["batches"]
    assert found == {
        "number": batch.number, "programme": batch.version.programme.slug, "town": factories.TOWN, "state": "sent",
        "sent_at": found["sent_at"], "rows": 3, "waiting": 3, "accepted": 0, "refused": 0, "premium_fen": 15_000,
    }  # fmt: skip
    assert [call(text, f"?{over}").status_code for over in ("limit=101", "offset=-1", "limit=1&offset=1")] == [
        422, 422, 200,
    ]  # fmt: skip
    got = call(text, f"/{batch.number}/rows")
    assert got["Cache-Control"] == "no-store, private"
    rows = got.json()["rows"]
    one = Resident.objects.get(name="王01")
    assert rows[0] == {
        "serial": 1, "name": "王01", "identity_type": "居民身份证", "identity": one.number.reveal(), "phone": "",
        "sex": rows[0]["sex"], "birth_date": "1954-03-04", "product": rows[0]["product"], "units": 1,
        "premium_fen": 5_000, "cover_from": "2024-03-21", "cover_to": "2025-03-20", "beneficiary": "法定",
        "village": "01村", "result": "", "policy_number": "", "reason": "",
    }  # fmt: skip
    said = answers(batch, ACCEPT | {"units": 1, "premium_fen": 5_000}, ACCEPT, REFUSE)
    taken = call(text, f"/{batch.number}/answers", {"answers": said})
    assert (taken.status_code, taken.json()) == (200, {"accepted": 2, "refused": 1, "already": 0, "errors": []})
    again = call(text, f"/{batch.number}/answers", {"answers": said}).json()
    assert again == {"accepted": 0, "refused": 0, "already": 3, "errors": []}
    assert Certificate.objects.count() == 2
    assert ApplicationBatch.objects.get().state == "decided"
    assert AnswerFile.objects.order_by("pk")[0].file_name == "接口：核心系统"
    assert [row["result"] for row in call(text, f"/{batch.number}/rows").json()["rows"]] == ["accept"] * 2 + ["refuse"]


def test_each_bad_row_says_why_and_keeps_nobody_else_waiting(batch):
    good, other, third = answers(batch, ACCEPT, ACCEPT, ACCEPT)
    bad = [
        good, good, other | {"name": "李四"}, third | {"units": 2}, good | {"serial": 9},
        third | {"serial": 3, "policy_number": "x"},
    ]  # fmt: skip
    taken = call(key_of().text, f"/{batch.number}/answers", {"answers": bad}).json()
    assert (taken["accepted"], taken["refused"]) == (1, 0)
    assert [(one["row"], one["serial"], one["column"]) for one in taken["errors"]] == [
        (2, "1", "序号"), (3, "2", "姓名"), (4, "3", "份数"), (5, "9", "序号"), (6, "3", "序号"),
    ]  # fmt: skip
    assert outcomes(batch) == [(1, "accepted", ""), (2, "waiting", ""), (3, "waiting", "")]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"answers": []}, "sent.answers"),
        ({"answers": [{"serial": 1, "name": "x", "identity": "329900195403041234", "result": "perhaps"}]}, "result"),
        ({"answers": [], "more": 1}, "sent"),
        ("{", ""),
    ],
)
def test_what_cannot_be_read_is_refused_and_not_repeated(batch, body, field):
    text = key_of().text
    with nothing_changes_but_the_call():
        refused = call(text, f"/{batch.number}/answers", body)
    assert refused.status_code in (400, 422)
    assert "329900195403041234" not in refused.text
    assert field in refused.json().get("field", "")


def nothing_changes_but_the_call():
    before = outcomes(ApplicationBatch.objects.get())

    class Same:
        def __enter__(self):
            return self

        def __exit__(self, *_):
            assert outcomes(ApplicationBatch.objects.get()) == before
            assert not AnswerFile.objects.exists()

    return Same()


@pytest.mark.parametrize("how", ["none", "wrong", "expired", "revoked", "disabled", "no_manager", "null"])
def test_a_key_that_is_not_good_opens_nothing(batch, how):
    made = key_of()
    owner, now = made.key.owner, wall_clock()
    text = {"none": "", "wrong": made.text[:-1] + "?", "null": made.text + "\0"}.get(how, made.text)
    if how == "expired":
        MachineKey.objects.update(created_at=now - timedelta(days=2), expires_at=now)
    elif how == "revoked":
        revoke_key(by=owner, key=made.key, now=now)
    elif how == "disabled":
        left_at = now - timedelta(days=machine_keys.LEFT_DAYS)
        MachineKey.objects.update(created_at=left_at - timedelta(days=1))
        User.objects.filter(pk=owner.pk).update(
            is_active=False, disabled_at=left_at, disabled_by=factories.user("insurer")
        )
    elif how == "no_manager":
        User.objects.filter(pk=owner.pk).update(is_manager=False)
    with nothing_changes():
        for path, body in (("", None), (f"/{batch.number}/rows", None), (f"/{batch.number}/answers", {"answers": []})):
            refused = call(text, path, body)
            assert (refused.status_code, refused.json()["code"]) == (401, "machine_key_not_good")


def test_a_key_outlives_its_manager_until_the_next_one_confirms_it(batch, client_of):
    made, now = key_of(), wall_clock()
    next_one, other = factories.user("insurer", is_manager=True), factories.user("insurer", is_manager=True)
    with pytest.raises(Conflict, match="不用确认"):
        machine_keys.confirm_key(by=next_one, key=made.key, now=now)
    disable(by=next_one, user_id=made.key.owner_id, now=now - timedelta(days=29))
    assert machine_keys.keys_to_confirm(next_one, now) == [made.key]
    assert call(made.text, "").json()["total"] == 1
    assert AuditEntry.objects.filter(action="key.use").latest("pk").detail["unconfirmed"] is True
    client = client_of(next_one)
    page, accounts = client.get("/insurer/accounts/keys/").text, client.get("/insurer/accounts/").text
    assert "已离岗" in page
    assert "1 把接口钥匙" in accounts
    client.post(f"/insurer/accounts/keys/{made.key.pk}/confirm/")
    key = MachineKey.objects.get()
    assert (key.owner, machine_keys.works_until(key)) == (next_one, key.expires_at)
    assert machine_keys.confirm_key(by=next_one, key=key, now=now) == key
    assert AuditEntry.objects.filter(action="key.confirm").count() == 1
    for who in (other, factories.user("insurer")):
        with pytest.raises((Conflict, NotAllowed)):
            machine_keys.confirm_key(by=who, key=key, now=now)
    assert MachineKey.objects.get().owner == next_one


@pytest.mark.parametrize(("days", "status"), [(29, 200), (30, 401), (31, 401)])
def test_a_key_whose_manager_left_ends_after_thirty_days(batch, days, status):
    made, now = key_of(), wall_clock()
    by = factories.user("insurer", is_manager=True)
    disable(by=by, user_id=made.key.owner_id, now=now - timedelta(days=days))
    assert call(made.text, "").status_code == status
    machine_keys.confirm_key(by=by, key=made.key, now=now)
    assert call(made.text, "").status_code == 200


def test_a_key_opens_its_scope_alone_and_a_session_opens_nothing(batch):
    read, answer = key_of(scopes=["applications:read"]).text, key_of(scopes=["applications:answer"]).text
    with nothing_changes():
        for text, path, body in ((answer, "", None), (read, f"/{batch.number}/answers", {"answers": []})):
            refused = call(text, path, body)
            assert (refused.status_code, refused.json()["code"]) == (403, "machine_key_scope")
    client = logged_in(factories.user("insurer", is_manager=True))
    assert client.get("/api/v1/applications").status_code == 401


def test_a_batch_of_another_town_or_one_not_sent_is_not_there(batch):
    place = factories.village(1, "320903102000")
    foreign, _, _ = policy_place(place, factories.user("village", place))
    text = key_of().text
    assert [one["number"] for one in call(text, "").json()["batches"]] == [batch.number]
    for number in (foreign.number, "TB-1"):
        assert call(text, f"/{number}/rows").status_code == 404
        assert call(text, f"/{number}/answers", {"answers": [one_answer()]}).json()["code"] == "not_found"


def one_answer():
    return {"serial": 1, "name": "王01", "identity": "1"} | REFUSE


def test_a_minute_takes_so_many_calls(batch, monkeypatch):
    monkeypatch.setattr(machine_keys, "CALLS_A_MINUTE", 2)
    made = key_of()
    now = wall_clock()
    minutes = [now, now, now, now + timedelta(minutes=1)]
    monkeypatch.setattr("ankang.api.keys.wall_clock", lambda: minutes.pop(0))
    assert [call(made.text, "").status_code for _ in range(2)] == [200, 200]
    refused = call(made.text, "")
    assert (refused.status_code, refused["Retry-After"]) == (429, "60")
    assert call(made.text, "").status_code == 200
    key = MachineKey.objects.get(pk=made.key.pk)
    assert (key.calls, AuditEntry.objects.filter(action="key.use").count()) == (1, 3)


def test_each_call_is_noted_without_names_and_costs_the_same(batch):
    text = key_of().text
    with CaptureQueriesContext(connection) as queries:
        call(text, f"/{batch.number}/rows")
    assert len(queries) == 11
    told = list(AuditEntry.objects.order_by("-pk").values_list("action", "detail")[:2])
    assert told == [("policies.open_list", {"rows": 3}), ("key.use", {"what": "GET api-v1:application-rows"})]


def test_a_manager_makes_a_key_sees_it_once_and_stops_it(batch, client_of):
    client = client_of(factories.user("insurer", is_manager=True))
    faulty = client.post("/insurer/accounts/keys/", {"name": "", "days": "400"})
    assert faulty.status_code == 422
    assert not MachineKey.objects.exists()
    made = client.post("/insurer/accounts/keys/", {"name": "核心系统", "days": "30", "scopes": ["applications:read"]})
    key = MachineKey.objects.get()
    text = made.text.partition(f"ak_{key.prefix}_")[2].partition("<")[0]
    assert call(f"ak_{key.prefix}_{text}", "").status_code == 200
    assert text not in client.get("/insurer/accounts/keys/").text
    assert text not in str(list(MachineKey.objects.values_list()))
    client.post(f"/insurer/accounts/keys/{key.pk}/revoke/")
    assert call(f"ak_{key.prefix}_{text}", "").status_code == 401
    page = client.get("/insurer/accounts/api/").text
    assert "/api/v1/applications/{number}/answers" in page
    assert "一次最多 1000 行" in page
    assert set(client.get("/insurer/accounts/api/openapi.json").json()["paths"]) == {
        "/api/v1/applications", "/api/v1/applications/{number}/rows", "/api/v1/applications/{number}/answers",
    }  # fmt: skip
