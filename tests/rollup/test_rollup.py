"""Bundles come in once, from whom they should, and add up; who is missing or late is named."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from tests import factories
from tests.races import race
from tests.rollup.acts import NOW, Below, campaign
from tests.roster.test_pages import sheet_of

from ankang.accounts.models import Desk, User
from ankang.audit.models import AuditEntry
from ankang.cli.main import main
from ankang.divisions.models import Division
from ankang.enrolment.coverage import town_coverage
from ankang.installation.models import Installation
from ankang.rollup.actions import export_bundle, import_bundle, register_sender
from ankang.rollup.bundle import ForgedBundle, read_contents
from ankang.rollup.models import ReceivedBundle, Sender, SentBundle
from ankang.rollup.queries import standing
from ankang.rollup.signing import fingerprint, public_key
from ankang.rules.errors import Conflict, InvalidInput, NotAllowed

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture
def below() -> Below:
    made = Below()
    made.register()
    return made


def take(file: bytes, by: User | None = None) -> ReceivedBundle:
    return import_bundle(by=by, file=file, now=NOW)


def test_the_newest_bundle_counts_and_the_older_stays(below: Below) -> None:
    first, second = below.bundle(), below.bundle(campaigns=(campaign(below.code, insured=70),))
    take(second)
    take(first)
    found = standing(2024, "district", NOW, within=DAY)
    assert ReceivedBundle.objects.count() == 2
    assert found.people.counts() == (200, 170, 202, 140, 20, 18)
    assert (found.people.percent, found.people.missing_to(85)) == ("70.00", 30)
    assert (found.approved_claims, found.approved_fen, found.premium_fen) == (3, 123_456, {"self": 600_000})
    assert [(line.code, line.name) for line in found.lines] == [("320903000000", "盐都区")]


def test_a_repeated_bundle_adds_nothing(below: Below) -> None:
    file = below.bundle()
    take(file)
    with pytest.raises(Conflict, match="第1号汇总包已经收过，没有再加"):
        take(file)
    below.number = 0
    with pytest.raises(Conflict, match="内容却不同"):
        take(below.bundle(name="别名"))
    assert ReceivedBundle.objects.count() == 1
    assert AuditEntry.objects.filter(action="rollup.import").count() == 1


def test_a_stranger_an_impostor_and_the_future_are_refused(below: Below) -> None:
    with pytest.raises(InvalidInput, match="没有登记"):
        take(Below("320902000000", "亭湖区").bundle())
    with pytest.raises(ForgedBundle, match="不是它登记的公钥"):
        take(Below().bundle())
    with pytest.raises(InvalidInput, match="还没有到"):
        take(below.bundle(as_of=NOW + timedelta(seconds=1)))
    assert not ReceivedBundle.objects.exists()


def test_a_reader_takes_in_only_what_lies_below(below: Below) -> None:
    with pytest.raises(NotAllowed):
        take(below.bundle(), factories.user(Desk.DISTRICT, factories.division("3210", "city", "扬州市")))
    assert take(below.bundle(), factories.user(Desk.DISTRICT, Division.objects.get(pk="320000000000")))


def test_missing_and_late_are_named(below: Below) -> None:
    silent, late, last_year = (
        Below(f"32090{at}000000", name) for at, name in ((2, "亭湖区"), (4, "大丰区"), (5, "某区"))
    )
    for one in (silent, late, last_year):
        one.register()
    take(below.bundle(as_of=NOW - DAY))
    take(late.bundle(as_of=NOW - DAY - timedelta(seconds=1)))
    take(last_year.bundle(campaigns=(campaign(last_year.code, year=2023),)))
    found = standing(2024, "city", NOW, within=DAY)
    assert [division.name for division in found.missing] == ["亭湖区", "某区"]
    assert [division.name for division, _ in found.late] == ["大丰区"]
    assert (found.senders, found.received, found.years) == (4, 2, (2024, 2023))
    assert [(line.name, line.people.population) for line in found.lines] == [("3209市", 400)]
    assert standing(None, "village", NOW, within=DAY).year == 2024
    assert standing(2023, "village", NOW, within=DAY).received == 1


def test_a_new_key_replaces_the_old_and_no_two_divisions_share_one(below: Below) -> None:
    other = Below(below.code, below.name)
    with pytest.raises(ForgedBundle):
        take(other.bundle())
    other.register()
    assert take(other.bundle()).number == other.number
    shared = Below("320902000000", "亭湖区")
    shared.key = other.key
    with pytest.raises(Conflict, match="每个下级要用自己的公钥"):
        shared.register()
    with pytest.raises(InvalidInput, match="公钥不对"):
        register_sender(by=None, division=Division.objects.get(pk=below.code), key="12", now=NOW)


@pytest.mark.django_db(transaction=True)
def test_one_bundle_by_two_hands_comes_in_once() -> None:
    below = Below()
    below.register()
    file = below.bundle()
    outcomes = race(lambda: take(file), lambda: take(file))
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Conflict", "ReceivedBundle"]
    assert ReceivedBundle.objects.count() == 1


def test_what_goes_up_is_what_the_dashboard_says_and_names_nobody() -> None:
    version = factories.version(factories.plan())
    resident = factories.resident(name="单秀兰", birth_date=NOW.date().replace(year=1940))
    district = Division.objects.get(level="district")
    file, sent = export_bundle(by=None, division=district, now=NOW, is_sample=True)
    contents = read_contents(json.loads(file)["contents"])
    own = town_coverage(User(desk=Desk.DISTRICT, division=district), version, NOW.date())
    assert [
        (village.code, village.people.population, village.people.insured, village.people.roster)
        for village in contents.campaigns[0].villages
    ] == [(one.code, one.population, one.insured, one.roster) for one in own.villages]
    assert sum(village.people.subjects for village in contents.campaigns[0].villages) == 1
    assert "单秀兰" not in file.decode()
    assert resident.number_tail not in json.dumps([village.name for village in contents.campaigns[0].villages])
    assert (sent.number, export_bundle(by=None, division=district, now=NOW, is_sample=True)[1].number) == (1, 2)


def test_nothing_to_tell_is_said(below: Below) -> None:
    with pytest.raises(InvalidInput, match="没有数可以汇总"):
        export_bundle(by=None, division=Division.objects.get(pk=below.code), now=NOW, is_sample=True)
    assert not SentBundle.objects.exists()


def test_the_command_goes_the_whole_way(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Installation.objects.create(pk=1, is_sample=True, demo_today=NOW.date())
    factories.version(factories.plan())
    factories.resident()
    out, bad = tmp_path / "yandu.json", tmp_path / "bad.json"
    bad.write_text("{}")
    assert main(["rollup", "key"]) == 0
    assert f"指纹 {fingerprint(public_key())}" in capsys.readouterr().out
    assert main(["rollup", "export", "--out", str(out)]) == 0
    assert "已导出盐都区第1号汇总包" in capsys.readouterr().err
    assert main(["rollup", "sender", "--division", "320903000000", "--key", public_key()]) == 0
    assert main(["rollup", "sender"]) == 0
    assert "登记了1个下级" in capsys.readouterr().out
    assert main(["rollup", "import", str(out), str(bad), str(tmp_path / "no.json")]) == 3
    said = capsys.readouterr()
    assert said.out.endswith("收了1份，没收2份。\n")
    assert "bad.json：这不是安康的汇总包" in said.err
    assert "no.json：打不开：没有这个文件" in said.err
    assert main(["rollup", "import", str(out)]) == 3
    assert "已经收过" in capsys.readouterr().err
    assert main(["rollup", "show"]) == 0
    assert "2024年度：1个下级，报了1个。" in capsys.readouterr().out
    assert main(["rollup", "show", "--format", "json", "--level", "village"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert sum(line["people"]["population"] for line in document["lines"]) == document["people"]["population"]
    assert main(["rollup", "show", "--format", "csv"]) == 0
    assert capsys.readouterr().out.splitlines()[1].startswith("320903000000,盐都区,")


def test_the_page_takes_bundles_and_shows_the_sum(below: Below, client_of: Callable[[User], Client]) -> None:
    Installation.objects.create(pk=1, is_sample=True, demo_today=NOW.date() + DAY)
    client = client_of(factories.user(Desk.DISTRICT, Division.objects.get(pk="320900000000")))
    assert "1 个下级，1 个没报" in client.get("/district/rollup/").content.decode()

    def send(file: bytes) -> Any:
        return client.post("/district/rollup/", {"file": SimpleUploadedFile("b.json", file)}, follow=True)

    file = below.bundle()
    assert "收下了盐都区第1号汇总包。" in send(file).content.decode()
    again = send(file)
    assert (again.status_code, "已经收过" in again.content.decode()) == (409, True)
    page = client.get("/district/rollup/?level=village").content.decode()
    assert "1 个下级都报了" in page
    assert "60.00%" in page
    assert sheet_of(client.get("/district/rollup/sheet/"))[1][:6] == ["320903000000", "盐都区", 200, 170, 120, 60.0]
    assert "请先选择汇总包" in client.post("/district/rollup/").content.decode()


def test_the_page_downloads_ones_own_bundle(client_of: Callable[[User], Client]) -> None:
    Installation.objects.create(pk=1, is_sample=True, demo_today=NOW.date())
    client = client_of(factories.user(Desk.DISTRICT, factories.town().parent))
    assert "没有数可以汇总" in client.post("/district/rollup/bundle/", follow=True).content.decode()
    factories.version(factories.plan())
    factories.resident()
    answer = client.post("/district/rollup/bundle/")
    assert "attachment" in answer["Content-Disposition"]
    assert read_contents(json.loads(answer.content)["contents"]).name == "盐都区"


def test_the_page_takes_seven_queries_whatever_came(
    below: Below, client_of: Callable[[User], Client], django_assert_num_queries: Any
) -> None:
    client = client_of(factories.user(Desk.DISTRICT, Division.objects.get(pk="320900000000")))
    for at in (2, 4, 5):
        other = Below(f"32090{at}000000", f"{at}区")
        other.register()
        take(other.bundle())
    client.get("/district/rollup/")
    with django_assert_num_queries(7):
        client.get("/district/rollup/")
    assert Sender.objects.count() == 4
