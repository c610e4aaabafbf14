"""The public page: what may be learnt, by whom, how often, and how it may look."""

import time
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.cache import caches
from django.test import Client, RequestFactory
from django.utils.html import strip_tags
from tests import factories

from ankang.audit.models import AuditEntry
from ankang.desks.components import limits
from ankang.desks.public.amounts import amounts, segments
from ankang.enrolment.actions import enrol
from ankang.installation.models import Installation
from ankang.roster.models import Resident

NUMBER = "329900194807152049"
TODAY = date(2024, 3, 4)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh_tries() -> Iterator[None]:
    caches["limits"].clear()
    yield
    caches["limits"].clear()


@pytest.fixture
def insured() -> Resident:
    """王秀兰 of 01村 with two units of A, on the demo day."""
    Installation.objects.create(is_sample=True, demo_today=TODAY)
    person = factories.resident(name="王秀兰", number=NUMBER, birth_date=date(1948, 7, 15))
    enrol(
        by=factories.user("village"),
        resident=person,
        version=factories.version(),
        product="A",
        units=2,
        fundings=[("self", 20_000)],
        consent="resident",
        key="one",
        today=TODAY,
        now=datetime(2024, 3, 4, 10, tzinfo=ZoneInfo("Asia/Shanghai")),
    )
    return person


def ask(client: Client, name: str = "王秀兰", number: str = NUMBER, **extra: str) -> str:
    response = client.post("/insured/", {"name": name, "number": number}, **extra)
    assert response.status_code == 200
    return _words(response.content)


def _words(content: bytes) -> str:
    return " ".join(strip_tags(content.decode()).split())


def test_who_knows_name_and_number_learns_what_is_insured(client: Client, insured: Resident) -> None:
    words = ask(client, number="329900 19480715 2049")
    for told in ("王*兰，已经参保了", "100元/份 × 2份", "2024年3月4日", "01村", "2024年3月21日到2025年3月20日"):
        assert told in words


def test_the_answer_holds_no_whole_number_but_the_one_in_the_box(client: Client, insured: Resident) -> None:
    page = client.post("/insured/", {"name": "王秀兰", "number": NUMBER}).content.decode()
    assert page.count(NUMBER) == 1
    assert f'name="number" value="{NUMBER}"' in page


@pytest.mark.parametrize(
    ("name", "number"),
    [("王秀英", NUMBER), ("王秀兰", "329900194203091089"), ("兰", NUMBER)],
    ids=["another name", "another number", "part of the name"],
)
def test_anything_else_gets_one_and_the_same_answer(client: Client, insured: Resident, name: str, number: str) -> None:
    words = ask(client, name, number)
    assert "没有查到参保记录" in words
    assert "王*兰" not in words


def test_on_the_roster_but_not_insured_is_not_told_apart(client: Client) -> None:
    factories.resident(name="王秀兰", number=NUMBER, birth_date=date(1948, 7, 15))
    assert "没有查到参保记录" in ask(client)


def test_each_look_is_an_audit_row_without_personal_data(client: Client, insured: Resident) -> None:
    ask(client)
    ask(client, "王秀英")
    rows = AuditEntry.objects.filter(action="public.look_up").order_by("id")
    assert [(row.actor, row.subject_id, row.detail) for row in rows] == [
        (None, "", {"found": True}),
        (None, "", {"found": False}),
    ]


def test_five_misses_from_one_address_are_enough(client: Client, insured: Resident) -> None:
    for _ in range(4):
        ask(client, "王秀英")
    assert "已经参保了" in ask(client)  # a hit costs no try
    ask(client, "王秀英")
    refused = client.post("/insured/", {"name": "王秀兰", "number": NUMBER})
    assert refused.status_code == 429
    assert "请过 15 分钟再查" in _words(refused.content)
    assert AuditEntry.objects.filter(action="public.look_up").count() == 6
    assert "已经参保了" in ask(client, REMOTE_ADDR="10.0.0.9")


def test_the_tries_count_for_fifteen_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    begun = time.time()
    for minute in range(5):
        monkeypatch.setattr("time.time", lambda now=begun + minute * 60: now)
        limits.count_miss("10.0.0.1")
    for seconds, over in ((15 * 60 - 1, True), (15 * 60 + 1, False)):
        monkeypatch.setattr("time.time", lambda now=begun + seconds: now)
        assert limits.is_over("10.0.0.1") is over


def test_the_answer_is_kept_by_no_browser(client: Client, insured: Resident) -> None:
    answer = client.post("/insured/", {"name": "王秀兰", "number": NUMBER})
    assert "no-store" in answer.headers["Cache-Control"]


@pytest.mark.parametrize(
    ("https", "forwarded", "origin"),
    [
        (False, "10.1.1.1", "127.0.0.1"),  # no proxy: anybody can write the header
        (True, "10.1.1.1", "10.1.1.1"),
        (True, "10.9.9.9, 10.1.1.1", "10.1.1.1"),  # what the visitor wrote comes first
        (True, "", "127.0.0.1"),
    ],
)
def test_whose_tries_are_counted(settings: Any, https: bool, forwarded: str, origin: str) -> None:
    settings.HTTPS = https
    assert limits.origin_of(RequestFactory().post("/", headers={"x-forwarded-for": forwarded})) == origin


def test_a_reload_leads_back_to_the_questions(client: Client) -> None:
    assert client.get("/insured/")["Location"] == "/"


def test_a_bad_number_is_explained_and_costs_no_try(client: Client) -> None:
    words = ask(client, number=NUMBER[:-1] + "8")
    assert "有 1 处要改身份证号校验码不对" in words
    assert not AuditEntry.objects.filter(action="public.look_up").exists()


def test_the_plan_is_cut_at_every_age_where_a_figure_changes() -> None:
    assert [each.label for each in segments(factories.plan())] == ["60—69岁", "70—75岁", "76—79岁", "80岁以上"]


@pytest.mark.parametrize(
    ("product", "age", "expected"),
    [
        ("A", 69, ["10,000元", "3,000元", "2,024元", "50元", "500元"]),
        ("A", 70, ["5,000元", "1,500元", "1,000元", "50元", "300元"]),
        ("A", 75, ["5,000元", "1,500元", "1,000元", "50元", "300元"]),
        ("A", 76, ["2,000元", "1,500元", "1,000元", "50元", "300元"]),
        ("B", 79, ["5,000元", "1,000元", "没有", "没有", "300元"]),
        ("B", 80, ["2,000元", "1,000元", "没有", "没有", "300元"]),
    ],
)
def test_amounts_come_from_the_plan(product: str, age: int, expected: list[str]) -> None:
    plan = factories.plan()
    assert [line.shown for line in amounts(plan, plan.product(product), age)] == expected


def test_only_the_doubtful_figure_is_marked() -> None:
    plan = factories.plan()
    young = amounts(plan, plan.product("A"), 65)
    assert [line.name for line in young if line.is_doubtful] == ["骨折费用"]  # READING K03
    assert not any(line.is_doubtful for line in amounts(plan, plan.product("A"), 70))


def test_the_calculator_answers_by_address(client: Client, insured: Resident) -> None:
    words = _words(client.get("/", {"age": "60", "product": "A"}).content)
    assert "60—69岁，买 1 份100元/份，能赔" in words
    assert "2,024元这个数待确认" in words
    assert "76—79岁，买 1 份50元/份，能赔" in _words(client.get("/", {"age": "76", "product": "B"}).content)


@pytest.mark.parametrize("query", [{"age": "61"}, {"age": "x"}, {"product": "Z"}, {"town": "1"}])
def test_an_unknown_choice_falls_back_to_the_first(client: Client, insured: Resident, query: dict[str, str]) -> None:
    assert "60—69岁，买 1 份100元/份，能赔" in _words(client.get("/", query).content)


def test_without_a_plan_the_page_is_kind(client: Client) -> None:
    words = _words(client.get("/").content)
    assert "今年的方案还没有公布到这里" in words
    assert "95519" in words


def test_queries(client: Client, insured: Resident, django_assert_num_queries: object) -> None:
    client.get("/")
    with django_assert_num_queries(3):  # type: ignore[operator]  # installation, towns, campaign
        client.get("/")


def test_looks_are_kept_and_lead_back(client: Client) -> None:
    answer = client.post("/looks/", {"size": "3", "back": "/?age=70#amounts"})
    assert (answer.status_code, answer["Location"]) == (302, "/?age=70#amounts")
    client.post("/looks/", {"ground": "dark", "back": "/"})
    assert '<body class="z3 dark">' in client.get("/").content.decode()
    client.post("/looks/", {"ground": "light"})
    assert '<body class="z3">' in client.get("/").content.decode()


@pytest.mark.parametrize("back", ["https://elsewhere.example/", "//elsewhere.example/", "javascript:alert(1)", ""])
def test_nobody_is_sent_elsewhere(client: Client, back: str) -> None:
    assert client.post("/looks/", {"size": "2", "back": back})["Location"] == "/"


def test_a_look_that_does_not_exist_changes_nothing(client: Client) -> None:
    answer = client.post("/looks/", {"size": "9", "ground": "dark"})
    assert not answer.cookies
    client.cookies["look_size"] = '9"><script>'
    assert '<body class="z1">' in client.get("/").content.decode()
