"""The enrolment page by requests: who may not, what it costs in queries, pressed twice, and nothing leaks."""

import re
from dataclasses import replace
from datetime import date

import pytest
from django.urls import reverse
from tests import factories
from tests.enrolment.acts import TODAY, enrol, nothing_changes
from tests.golden.cases import with_choice

from ankang.enrolment.models import Enrolment, Funding
from ankang.installation.models import Installation
from ankang.roster.models import GroupMembership, Resident

pytestmark = pytest.mark.django_db
WANG = "329900194807152049"
PAGE = "/village/enrol/"


@pytest.fixture
def version(db):
    Installation.objects.create(pk=1, is_sample=True, demo_today=TODAY)
    return factories.version()


@pytest.fixture
def worker(version):
    return factories.user("village", division=factories.village(5))


@pytest.fixture
def wang(worker):
    return factories.resident(worker.division, number=WANG, birth_date=date(1948, 7, 15))


@pytest.fixture
def client(client_of, worker):
    client = client_of(worker)
    client.get("/me/password/")  # the session notes once a minute that somebody is there
    return client


def hidden(response, name):
    found = re.search(rf'name="{name}" value="([^"]*)"', response.content.decode())
    assert found, name
    return found[1]


def ask(client, number=WANG, page=PAGE, **facts):
    return client.post(page, {"step": "lookup", "number": number} | facts)


def press(client, seen, page=PAGE, **facts):
    """Confirm what the page `seen` shows."""
    form = {name: hidden(seen, name) for name in ("key", "version", "shown")}
    return client.post(
        page, {"step": "confirm", "number": WANG, "agree": "yes", "consent_by": "resident"} | form | facts
    )


def text_of(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_the_number_brings_the_person_the_benefits_and_the_warning(client, wang, django_assert_num_queries):
    with django_assert_num_queries(8):
        seen = ask(client)
    text = text_of(seen)
    assert "王秀兰" in text
    assert "75 周岁" in text
    assert "老人2024年7月15日满76周岁" in text
    assert "每人最多2份，还可买2份" in text
    assert "2024年3月21日至2025年3月20日" in text
    assert hidden(seen, "shown") == "Ax1:self=10000"


def test_the_blank_page_and_the_list_of_today(client, worker, version, wang, django_assert_num_queries):
    with django_assert_num_queries(6):
        assert "身份证号对了，这里就会出来方案和金额" in text_of(client.get(PAGE))
    enrol(worker, wang, version)
    enrol(worker, factories.resident(worker.division, name="陈桂英"), version)
    with django_assert_num_queries(8):
        text = text_of(client.get(PAGE))
    assert "陈桂英" in text
    assert "王秀兰" in text


def test_confirming_records_it_and_shows_it(client, wang, django_assert_num_queries):
    seen = ask(client, product="B", units="2", payer="village")
    with django_assert_num_queries(21):
        agreed = {"consent_by": "family", "consent_how": "phone"}
        done = press(client, seen, product="B", units="2", payer="village", **agreed)
    enrolment = Enrolment.objects.get()
    assert done["Location"] == f"/village/enrol/{enrolment.pk}/"
    assert enrolment.consent == "fam_phone"
    with django_assert_num_queries(8):
        text = text_of(client.get(done["Location"]))
    for words in (
        "王秀兰参保登记好了",
        "50元/份 × 2份，100.00 元",
        "村集体 100.00 元",
        "家属，电话里念的",
        "撤销这次参保",
        "回到王秀兰",
    ):
        assert words in text
    assert "去收费" not in text  # the collective pays for all its people at once


def test_what_was_recorded_leads_to_its_money_and_is_no_news_on_another_day(client, wang):
    done = press(client, ask(client))["Location"]
    assert f'href="/village/collect/{wang.pk}/"' in client.get(done).content.decode()
    Installation.objects.update(demo_today=date(2024, 3, 5))
    text = text_of(client.get(done))
    assert "王秀兰2024年3月4日的参保" in text
    assert "不用再按" not in text
    assert "去收费" not in text


@pytest.mark.parametrize("typed", ["²", "٣", "9" * 30, "x"])
def test_a_version_that_is_no_number_of_ours_counts_for_nothing(client, wang, typed):
    seen = ask(client)
    assert press(client, seen, version=typed).status_code == 302


def test_pressed_twice_it_is_recorded_once(client, wang):
    seen = ask(client, units="2")
    first, second = press(client, seen, units="2"), press(client, seen, units="2")
    assert first.status_code == second.status_code == 302
    assert first["Location"] == second["Location"]
    assert Enrolment.objects.count() == 1


def test_the_same_form_for_another_choice_is_refused(client, wang):
    seen = ask(client)
    press(client, seen)
    other = ask(client, product="B")
    with nothing_changes():
        again = press(client, other, product="B", key=hidden(seen, "key"))
    assert again.status_code == 422
    assert "已经提交过一次" in text_of(again)


def test_another_amount_than_the_page_showed_is_not_taken(client, wang):
    seen = ask(client)
    with nothing_changes():
        again = press(client, seen, product="B")
    assert "请看一眼新的金额" in text_of(again)
    assert hidden(again, "shown") == "Bx1:self=5000"
    assert press(client, again, product="B").status_code == 302


def test_the_server_wants_the_tick(client, wang):
    seen = ask(client)
    with nothing_changes():
        refused = press(client, seen, agree="")
    assert refused.status_code == 422
    assert 'href="#agree"' in refused.content.decode()


def test_several_payers_share_a_unit(client, wang):
    split = {"paid_self": "30", "paid_child": "69.99", "paid_donor": "0.01"}
    seen = ask(client, **split)
    assert "确认参保，共收 100.00 元" in text_of(seen)
    press(client, seen, **split)
    assert dict(Funding.objects.values_list("payer", "amount_fen")) == {"self": 3000, "child": 6999, "donor": 1}


@pytest.mark.parametrize(("amount", "words"), [("69.99", "还差0.01元"), ("70.01", "多了0.01元"), ("七十", "不是金额")])
def test_shares_that_do_not_add_up_are_pointed_at(client, wang, amount, words):
    refused = ask(client, paid_self="30", paid_child=amount)
    assert words in text_of(refused)
    assert 'href="#paid_self"' in refused.content.decode()


def test_a_phone_goes_into_the_roster(client, wang):
    seen = ask(client)
    press(client, seen, phone="13912345678", phone_of="child")
    assert Resident.objects.get().child_phone_tail == "5678"


def test_a_wrong_phone_stores_nothing(client, wang):
    seen = ask(client)
    with nothing_changes():
        refused = press(client, seen, phone="139")
    assert 'href="#phone"' in refused.content.decode()
    assert Resident.objects.get().phone_tail == ""


def test_an_older_version_is_shown_anew_before_it_counts(client, wang):
    seen = ask(client)
    factories.version(replace(factories.plan(), name="改名"))
    with nothing_changes():
        refused = press(client, seen)
    assert "方案刚更新到第2版" in text_of(refused)
    assert press(client, refused).status_code == 302


def test_a_resident_of_another_village_is_not_known_here(client, wang):
    factories.resident(factories.village(6), name="刘外村", number="329900194203091089", birth_date=date(1942, 3, 9))
    unknown = factories.identity_number(date(1942, 3, 9), 500)
    foreign, nobody = text_of(ask(client, "329900194203091089")), text_of(ask(client, unknown))
    assert "在其他村居的名册里" in foreign
    assert "申请转入" in foreign
    assert not [word for word in ("刘外村", "06村", "加进名册") if word in foreign]
    assert "申请转入" not in nobody
    with nothing_changes():
        refused = client.post(PAGE, {"step": "add", "number": "329900194203091089", "name": "刘外村"})
    assert "其他村居" in text_of(refused)
    assert "06村" not in text_of(refused)


def test_a_foreign_resident_named_by_key_is_not_known_either(client, wang):
    foreign = factories.resident(factories.village(6), name="刘外村")
    answer = client.get(PAGE, {"resident": foreign.pk})
    assert "刘外村" not in text_of(answer)
    assert "名册里没有这位老人" in text_of(answer)


def test_the_roster_sends_a_resident_here_without_a_number(client, wang):
    seen = client.get(PAGE, {"resident": wang.pk})
    assert "王秀兰" in text_of(seen)
    done = press(client, seen, number="", resident=wang.pk)
    assert done.status_code == 302
    assert Enrolment.objects.get().participation.resident == wang


@pytest.mark.parametrize("desk", ["insurer", "window", "funeral", "district", "donor"])
def test_other_desks_may_not(client_of, version, worker, wang, desk):
    made = enrol(worker, wang, version)
    other = client_of(factories.user(desk))
    with nothing_changes():
        for address in (PAGE, "/town/enrol/", reverse("village:enrolled", args=[made.pk])):
            assert other.get(address).status_code == 403
        assert other.post(PAGE, {"step": "confirm", "number": WANG}).status_code == 403
        assert other.post(reverse("village:cancel-enrolment", args=[made.pk])).status_code == 403


def test_another_village_sees_and_cancels_nothing(client_of, version, worker, wang):
    made = enrol(worker, wang, version)
    other = client_of(factories.user("village", division=factories.village(6)))
    with nothing_changes():
        assert other.get(reverse("village:enrolled", args=[made.pk])).status_code == 404
        assert other.post(reverse("village:cancel-enrolment", args=[made.pk])).status_code == 404


def test_cancelling_goes_back_to_what_was_recorded(client, worker, version, wang):
    made = enrol(worker, wang, version)
    back = client.post(reverse("village:cancel-enrolment", args=[made.pk]), follow=True)
    assert "王秀兰的这次参保已经撤销" in text_of(back)
    assert "撤销这次参保" not in text_of(back)


def test_yesterdays_enrolment_offers_no_cancelling(client, worker, version, wang):
    made = enrol(worker, wang, version, today=date(2024, 3, 3))
    assert "撤销这次参保" not in text_of(client.get(reverse("village:enrolled", args=[made.pk])))
    with nothing_changes():
        back = client.post(reverse("village:cancel-enrolment", args=[made.pk]), follow=True)
    assert "请在老人的“参保明细”里申请退保" in text_of(back)


def test_a_subject_is_bought_one_and_may_add_own_units(client, worker):
    number = "329900194203091089"
    factories.resident(worker.division, number=number, birth_date=date(1942, 3, 9))
    seen = ask(client, number)
    assert "政府出钱，不收老人一分钱" in text_of(seen)
    assert hidden(seen, "shown") == "Bx1:government=5000"
    assert press(client, seen, number=number, agree="").status_code == 302
    own = ask(client, number)
    assert "政府买的份已经登记。下面是自愿加买" in text_of(own)
    assert hidden(own, "shown") == "Ax1:self=10000"


def test_who_may_not_add_units_is_told_so(client, worker):
    factories.version(replace(with_choice(factories.plan(), "K11", "not-allowed"), division_code=factories.TOWN))
    number = "329900194203091089"
    factories.resident(worker.division, number=number, birth_date=date(1942, 3, 9))
    press(client, ask(client, number), number=number, agree="")
    assert "不能再自己加买（口径 K11）" in text_of(ask(client, number))


def test_a_full_cap_says_so(client, worker, version, wang):
    enrol(worker, wang, version, units=2)
    full = ask(client)
    assert "每人最多2份，这位老人已买2份" in text_of(full)
    assert "confirm" not in re.findall(r'name="step" value="(\w+)"', full.content.decode())


def test_the_doubtful_figure_is_marked_with_its_reading(client, worker):
    number = factories.identity_number(date(1960, 1, 1))
    factories.resident(worker.division, number=number, birth_date=date(1960, 1, 1))
    text = text_of(ask(client, number))
    assert "2,024元*" in text
    assert "口径 K03，待确认" in text


def test_the_town_adds_someone_to_a_village_on_the_way(client_of, version):
    town = client_of(factories.user("town"))
    number = factories.identity_number(date(1955, 5, 5))
    page = "/town/enrol/"
    refused = town.post(page, {"step": "add", "number": number, "name": "赵玉梅"})
    assert 'href="#village"' in refused.content.decode()
    assert not Resident.objects.exists()
    form = {"step": "add", "number": number, "name": "赵玉梅", "village": factories.village(3).code, "groups": "dibao"}
    added = town.post(page, form)
    assert "政府购买（低保）" in text_of(added)
    assert GroupMembership.objects.get().group == "dibao"
    again = town.post(page, form)
    assert again.status_code == 200
    assert Resident.objects.count() == 1


@pytest.mark.parametrize("number", ["", "32990019480715204", WANG[:-1] + "0", "330900202002302049"])
def test_no_number_no_person(client, wang, number):
    refused = ask(client, number)
    assert refused.status_code == 422
    assert 'href="#number"' in refused.content.decode()
    assert "王秀兰" not in text_of(refused)


def test_who_is_too_young_is_not_offered_a_place_on_the_roster(client, wang):
    young = ask(client, factories.identity_number(date(1964, 3, 22)))
    assert "59周岁" in text_of(young)
    assert "加进名册" not in text_of(young)


def test_htmx_gets_the_form_alone(client, wang):
    answer = client.post(PAGE, {"step": "lookup", "number": WANG}, headers={"HX-Request": "true"})
    html = answer.content.decode()
    assert html.lstrip().startswith('<form id="enrol"')
    assert "<html" not in html
    assert "王秀兰，75周岁。应收100.00元。" in html


def test_without_a_plan_the_page_says_who_must_publish_one(client_of):
    Installation.objects.create(pk=1, is_sample=True, demo_today=TODAY)
    answer = client_of(factories.user("village")).get(PAGE)
    assert "还没有今年的方案" in text_of(answer)


def test_no_number_stands_in_an_address_or_a_log(client, wang, caplog):
    with caplog.at_level(0):
        seen = ask(client)
        done = press(client, seen)
    assert WANG not in done["Location"]
    assert WANG not in caplog.text
    assert WANG not in client.get(done["Location"]).content.decode()
