"""Confirming a reading, the terms in plain words, and 算一算."""

import re
from datetime import UTC, date, datetime

import pytest
from tests import factories
from tests.logins import logged_in
from tests.programmes.draft_acts import nothing_changes

from ankang.audit.models import AuditEntry
from ankang.claims.facts import replay
from ankang.claims.models import Claim, Decision
from ankang.claims.standing import decisions_on_readings
from ankang.desks.components.plain_words import plain_words
from ankang.installation.models import Installation
from ankang.programmes.models import ProgrammeVersion
from ankang.programmes.queries import plan_of
from ankang.programmes.readings import confirm_reading
from ankang.rules.errors import Conflict, InvalidInput, NotAllowed
from ankang.rules.load import read_tables
from ankang.rules.programme import Confirmation
from ankang.rules.trace import decision_json

pytestmark = pytest.mark.django_db
NOW = datetime(2024, 6, 3, 2, tzinfo=UTC)
PAPER = Confirmation("中国人寿盐都支公司", date(2024, 6, 1), "国寿盐函〔2024〕12号")


@pytest.fixture
def by():
    Installation.objects.create(is_sample=True, demo_today=date(2024, 6, 3))
    return factories.user(division=factories.town(villages=20), is_manager=True)


def words(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", response.content.decode()))


def confirm(by, version, **facts):
    facts = {"reading_id": "K03", "confirmation": PAPER, "now": NOW} | facts
    return confirm_reading(by=by, version=version, **facts)


def test_a_confirmed_reading_is_the_next_version_with_who_when_and_paper(by):
    version = factories.version()
    made = confirm(by, version)
    assert (made.number, made.published_by) == (2, by)
    assert plan_of(made).reading("K03").confirmation == PAPER
    assert plan_of(made).products == plan_of(version).products
    assert plan_of(version).reading("K03").confirmation is None
    assert read_tables(made.source.encode())["readings"]["K03"]["paper"] == PAPER.paper
    entry = AuditEntry.objects.get(action="programme.confirm_reading")
    assert (entry.actor, entry.detail["reading"], entry.detail["choice"]) == (by, "K03", "2024")


@pytest.mark.parametrize(
    ("confirmation", "field"),
    [
        (Confirmation("甲", date(2024, 6, 4), "〔2024〕1号"), "on"),  # tomorrow
        (Confirmation(" ", date(2024, 6, 1), "〔2024〕1号"), "by"),
        (Confirmation("甲", date(2024, 6, 1), ""), "paper"),
    ],
)
def test_without_who_when_and_paper_nothing_is_confirmed(by, confirmation, field):
    version = factories.version()
    with nothing_changes(), pytest.raises(InvalidInput) as caught:
        confirm(by, version, confirmation=confirmation)
    assert caught.value.fields["field"] == field


def test_only_the_offices_manager_confirms_and_once(by):
    version = factories.version()
    others = (
        factories.user(division=by.division),
        factories.user("insurer", by.division, is_manager=True),
        factories.user(division=factories.town("320903102000"), is_manager=True),
    )
    for other in others:
        with nothing_changes(), pytest.raises(NotAllowed):
            confirm(other, version)
    made = confirm(by, version)
    with nothing_changes(), pytest.raises(Conflict, match="刚发布了第 2 版"):
        confirm(by, version)
    with nothing_changes(), pytest.raises(Conflict, match="已经由"):
        confirm(by, made)


def test_decided_claims_keep_their_version_and_replay(by):
    claim = factories.claim_to_review(factories.village(), "LP2024-0529-001")
    decision = Decision.objects.get()
    version = decision.version
    confirm(by, version, reading_id="K08")
    decision.refresh_from_db()
    assert decision.version == version
    assert decision_json(replay(decision)) == decision.outcome
    assert Claim.objects.get() == claim
    assert ProgrammeVersion.objects.count() == 2


def test_the_decisions_on_each_reading_are_counted(by, django_assert_num_queries):
    factories.claim_to_review(factories.village(), "LP2024-0529-001")
    decision = Decision.objects.get()
    programme = decision.version.programme
    named = {name for line in decision.outcome["lines"] for name in line["readings"]} | set(decision.outcome["assumed"])
    wanted = [f"K{number:02d}" for number in range(1, 18)]
    with django_assert_num_queries(1):
        counts = decisions_on_readings(programme, wanted)
    assert counts == {name: int(name in named) for name in wanted}


def test_the_page_confirms_and_shows_what_is_wrong(by):
    version, client = factories.version(), logged_in(by)
    address = f"/town/plans/{version.pk}/readings/K05/"
    assert "不设上限，第一天起赔" in words(client.get(address))
    with nothing_changes():
        page = client.post(address, {"by": "", "on": "2024-06-01", "paper": ""})
    assert page.status_code == 422
    assert "请写明谁确认的" in words(page)
    given = {"by": "县民政局", "on": "2024-06-01", "paper": "民〔2024〕8号", "scan": "扫描-0601.pdf"}
    response = client.post(address, given)
    assert response["Location"].endswith("?programme=2024-yandu#K05")
    page = words(client.get("/town/terms/"))
    assert "民〔2024〕8号，扫描件 扫描-0601.pdf" in page
    assert client.get(f"/town/plans/{version.pk}/readings/K99/").status_code == 404
    with nothing_changes():
        assert client.post(address, given).status_code == 409


def test_the_terms_are_told_in_plain_words(by):
    factories.version()
    plan = factories.plan()
    said = dict(plain_words(plan, plan.products[0]))
    assert said["意外医疗"] == (
        "意外受伤看病，别处报销以后自己付的钱，每次事故先自己承担 200.00 元，超过的部分都赔，每份一年里最多："
        "60—69 周岁 3,000.00 元，70 周岁以上 1,500.00 元。"
    )
    assert "50.00 元" in said["住院津贴"]
    assert dict(plain_words(plan, plan.products[1]))["骨折费用"] == "这一种不管。"
    for desk in ("town", "insurer", "village"):
        page = words(logged_in(factories.user(desk, factories.village())).get(f"/{desk}/terms/"))
        assert "说给老人听" in page
        assert "先自己承担 200.00 元" in page


CASE = {"age": "72", "on": "2024-05-12", "cause": "accident", "medical": "5000", "reimbursed": "3800", "units_A": "1"}


@pytest.mark.parametrize("desk", ["town", "insurer", "village"])
def test_a_case_is_decided_with_its_trace(by, desk, django_assert_num_queries):
    version = factories.version()
    client = logged_in(factories.user(desk, factories.village()))
    with django_assert_num_queries(8):
        page = client.get(f"/{desk}/calculator/", CASE | {"version": version.pk})
    assert "一共赔 1,000.00 元" in words(page)
    assert "附件2（1）第2行" in words(page)
    assert "口径K02" in words(page)


def test_a_case_is_decided_beside_another_version(by):
    from tests.golden.cases import with_choice

    first = factories.version()
    plan = with_choice(factories.plan(), "K03", "2000")
    second = factories.version(factories.issued_by_town(plan))
    case = CASE | {"age": "65", "medical": "9000", "reimbursed": "0", "fracture": "9000", "version": first.pk}
    page = logged_in(by).get("/town/calculator/", case | {"beside": second.pk})
    assert "后一版少赔 24.00 元" in words(page)
    assert "5,024.00 元" in words(page)
    assert "5,000.00 元" in words(page)


@pytest.mark.parametrize(
    ("case", "says"),
    [
        ({"age": ""}, "请填年龄或出生日期"),
        ({"units_A": "0"}, "请至少填 1 份"),
        ({"fracture": "6000"}, "骨折费用比医疗费用还多"),
        ({"medical": "-1"}, "金额不能是负数"),
        ({"on": ""}, "请填日期"),
        ({"age": "30"}, "没有 30 周岁的数额"),
        ({"born": "2025-01-01"}, "事故日期早于出生日期"),
    ],
)
def test_what_cannot_be_decided_says_why(by, case, says):
    version = factories.version()
    page = logged_in(by).get("/town/calculator/", CASE | {"version": version.pk} | case)
    assert page.status_code == 422
    assert says in words(page)


def test_without_a_plan_there_is_nothing_to_work_out(by):
    assert "还没有方案" in words(logged_in(by).get("/town/calculator/"))
