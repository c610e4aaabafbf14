"""The pages over several people by requests: what they show and cost, who may, and that a refusal stores nothing."""

import io
import re
from datetime import date

import pytest
from django.urls import reverse
from python_calamine import load_workbook
from tests import factories
from tests.enrolment.acts import TODAY, enrol, nothing_changes, slip_of
from tests.roster.files import xlsx

from ankang.enrolment.models import Enrolment, Funding
from ankang.enrolment.slip_models import EnrolmentSlip
from ankang.installation.models import Installation

pytestmark = pytest.mark.django_db
HOUSE, MANY, EXCEL = (f"/village/enrol/{name}/" for name in ("household", "many", "excel"))


@pytest.fixture
def version(db):
    Installation.objects.create(pk=1, is_sample=True, demo_today=TODAY)
    return factories.version()


@pytest.fixture
def worker(version):
    return factories.user("village", division=factories.village(5))


@pytest.fixture
def family(worker):
    facts = (("王秀兰", date(1948, 7, 15)), ("陈大山", date(1942, 3, 9)), ("王小妹", date(1960, 1, 1)))
    return [
        factories.resident(worker.division, name=name, birth_date=birth, household="001", address="3组12号")
        for name, birth in facts
    ]


@pytest.fixture
def client(client_of, worker):
    client = client_of(worker)
    client.get("/me/password/")  # the session notes once a minute that somebody is there
    return client


def text_of(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def hidden(response, name):
    found = re.search(rf'name="{name}" value="([^"]*)"', response.content.decode())
    assert found, name
    return found[1]


def find(client, text="001"):
    return client.post(HOUSE, {"step": "find", "household": text})


def filled(seen, people, consent="resident", **facts):
    """What the form of a household says: everybody one unit of B of their own."""
    form = {name: hidden(seen, name) for name in ("key", "version", "shown", "shown_rest", "resident")}
    for one in people:
        form |= {
            f"take-{one.pk}": "yes",
            f"product-{one.pk}": "B",
            f"units-{one.pk}": "1",
            f"payer-{one.pk}": "self",
            f"consent-{one.pk}": consent,
        }
    return form | facts


def summed(client, seen, people, **facts):
    return client.post(HOUSE, filled(seen, people, **facts) | {"step": "sum"})


def test_a_household_comes_with_everybody_and_sensible_defaults(
    client, worker, version, family, django_assert_num_queries
):
    enrol(worker, family[2], version)
    with django_assert_num_queries(9):
        seen = find(client)
    text = text_of(seen)
    for words in (
        "户号 001",
        "王秀兰",
        "75 周岁",
        "政府购买（80周岁以上）",
        "今年已买 1 份，50.00 元",
        "老人2024年7月15日满76周岁",
    ):
        assert words in text
    assert hidden(seen, "shown") == f"{family[1].pk}:Bx1:government=5000;{family[0].pk}:Ax1:self=10000"
    assert "确认登记 2 人，收 100.00 元" in text


def test_a_household_is_found_by_an_identity_number_and_from_a_residents_page(client, family):
    family[0].refresh_from_db()
    for seen in (find(client, family[0].number.reveal()), client.get(f"{HOUSE}?resident={family[2].pk}")):
        assert "户号 001" in text_of(seen)
        assert family[0].number.reveal() not in seen.content.decode()


def test_a_household_that_is_not_there_says_how_to_find_it(client, family):
    for text, words in (("", "请输入户号"), ("999", "没有户号是“999”的人"), ("329900194807152040", "校验码")):
        seen = find(client, text)
        assert seen.status_code == 422
        assert words in text_of(seen)
    foreign = factories.resident(factories.village(6), household="777")
    assert "没有户号是“777”的人" in text_of(find(client, "777"))
    assert "户号 777" not in text_of(client.get(f"{HOUSE}?resident={foreign.pk}"))


def test_one_confirmation_enrols_the_household(client, family, django_assert_num_queries):
    people = [family[0], family[1]]
    seen = summed(client, find(client), people)
    assert "确认登记 2 人，收 50.00 元" in text_of(seen)
    with django_assert_num_queries(36):
        done = client.post(HOUSE, filled(seen, people) | {"step": "confirm"})
    slip = EnrolmentSlip.objects.get()
    assert done["Location"] == reverse("village:slip", args=[slip.pk])
    assert sorted(Funding.objects.values_list("payer", "amount_fen")) == [("government", 5000), ("self", 5000)]
    with django_assert_num_queries(10):
        text = text_of(client.get(done["Location"]))
    assert "登记好了 2 人，100.00 元" in text
    again = client.post(HOUSE, filled(seen, people) | {"step": "confirm"})
    assert again["Location"] == done["Location"]
    assert Enrolment.objects.count() == 2


def test_a_changed_choice_is_summed_again_before_it_counts(client, family):
    people = [family[0]]
    seen = summed(client, find(client), people)
    form = filled(seen, people) | {"step": "confirm", f"units-{family[0].pk}": "2"}
    with nothing_changes():
        answer = client.post(HOUSE, form)
    assert answer.status_code == 422
    assert "选的和刚才显示的金额不一样" in text_of(answer)
    assert "收 100.00 元" in text_of(answer)


def test_who_cannot_be_enrolled_is_named_and_the_others_go_on_by_choice(client, worker, version, family):
    people = [family[0], family[2]]
    seen = summed(client, find(client), people)
    form = filled(seen, people) | {f"consent-{family[2].pk}": "", "step": "confirm"}
    with nothing_changes():
        answer = client.post(HOUSE, form)
    assert answer.status_code == 422
    assert "王小妹：还没选谁同意的" in text_of(answer)
    assert "只登记其余 1 人，收 50.00 元" in text_of(answer)
    rest = filled(answer, people) | {f"consent-{family[2].pk}": "", "step": "rest"}
    assert client.post(HOUSE, rest).status_code == 302
    assert Enrolment.objects.get().participation.resident == family[0]


def test_a_cap_used_up_in_between_is_told_beside_the_person(client, worker, version, family):
    people = [family[0], family[2]]
    seen = summed(client, find(client), people, **{f"units-{family[2].pk}": "2"})
    enrol(worker, family[2], version)
    with nothing_changes():
        answer = client.post(HOUSE, filled(seen, people) | {f"units-{family[2].pk}": "2", "step": "confirm"})
    assert "王小妹：每人最多2份，这位老人已买1份" in text_of(answer)


def test_donated_money_in_a_household_needs_a_name(client, family):
    donor = {f"payer-{family[0].pk}": "donor"}
    seen = summed(client, find(client), [family[0]], **donor)
    form = filled(seen, [family[0]]) | donor | {"step": "confirm"}
    with nothing_changes():
        assert "还没有写出资的是谁" in text_of(client.post(HOUSE, form))
    assert client.post(HOUSE, form | {"giver": "某某公司"}).status_code == 302
    assert EnrolmentSlip.objects.get().lines.get().giver == "某某公司"


def test_the_list_holds_who_is_not_insured(client, worker, version, family, django_assert_num_queries):
    enrol(worker, family[2], version)
    factories.resident(worker.division, name="年轻人", birth_date=date(1975, 1, 1))
    factories.resident(worker.division, name="去世人", status="dead", died_on=date(2024, 1, 1))
    with django_assert_num_queries(9):
        text = text_of(client.get(MANY))
    assert "还没参保的人 2 人" in text
    assert "年轻人" not in text
    assert "去世人" not in text
    assert "王小妹" in text_of(client.get(f"{MANY}?insured=yes"))
    assert client.get(f"{MANY}?all=1").content.count(b" checked") == 2


def tick(client, people, **facts):
    form = {"key": "c" * 32, "product": "B", "units": "1", "payer": "donor", "giver": "某某公司"} | facts
    return client.post(MANY, form | {"person": [one.pk for one in people]})


def test_ticks_stay_when_a_page_is_turned(client, worker, family):
    crowd = [factories.resident(worker.division, name=f"张{at}", household=f"9{at:02d}") for at in range(60)]
    turned = client.post(MANY, {"key": "c" * 32, "turn": "2", "person": [family[0].pk, family[1].pk], "giver": "某某"})
    assert turned.status_code == 200
    assert "别的页上还勾着 2 人" in text_of(turned)
    assert f'type="hidden" name="person" value="{family[0].pk}"' in turned.content.decode()
    assert 'value="某某"' in turned.content.decode()
    back = client.post(MANY, {"key": "c" * 32, "turn": "1", "person": [family[0].pk, crowd[59].pk]})
    assert back.content.count(b" checked") == 1
    assert not EnrolmentSlip.objects.exists()
    tick(client, [family[0], crowd[59]])
    assert EnrolmentSlip.objects.get().lines.count() == 2


def test_a_split_that_does_not_add_up_is_said_beside_its_fields(client, family):
    wrong = tick(client, [family[0]], paid_self="20", paid_child="20")
    assert wrong.status_code == 422
    assert 'id="split-error"' in wrong.content.decode()
    assert wrong.content.count(b'aria-describedby="split-error"') == 4
    assert "还差10.00元" in text_of(wrong)


def test_several_pay_for_one_of_a_household(client, family):
    one = family[0]
    wrong = summed(client, find(client), [one], **{f"paid_child-{one.pk}": "20", f"paid_village-{one.pk}": "20"})
    assert "还差10.00元" in text_of(wrong)
    given = {f"paid_child-{one.pk}": "20", f"paid_village-{one.pk}": "30", "giver": "05村村委会"}
    seen = summed(client, wrong, [one], **given)
    done = client.post(HOUSE, filled(seen, [one], **given) | {"step": "confirm"})
    assert done.status_code == 302
    assert sorted(Funding.objects.values_list("payer", "amount_fen")) == [("child", 2000), ("village", 3000)]


def test_ticked_people_are_checked_and_then_enrolled(client, family, django_assert_num_queries):
    with django_assert_num_queries(10):
        prepared = tick(client, family, purpose="重阳节")
    slip = EnrolmentSlip.objects.get()
    address = prepared["Location"]
    assert tick(client, family)["Location"] == address
    with django_assert_num_queries(13):
        seen = client.get(address)
    text = text_of(seen)
    for words in (
        "请核对：3 人，共 150.00 元",
        "登记前 0.00 元，登记后 150.00 元",
        "某某公司，重阳节",
        "由政府出钱购买",
    ):
        assert words in text
    lines = {line.resident_id: line for line in slip.lines.all()}
    consents = {f"consent-{lines[family[0].pk].pk}": "resident", f"consent-{lines[family[2].pk].pk}": "family"}
    refused = client.post(address, consents | {"step": "confirm"})
    assert refused.status_code == 422
    assert "陈大山：这位老人由政府出钱购买" in text_of(refused)
    assert "只登记其余 2 人，共 100.00 元" in text_of(refused)
    assert not Enrolment.objects.exists()
    assert client.post(address, consents | {"step": "rest"})["Location"] == address
    text = text_of(client.get(address))
    for words in ("登记好了 2 人，100.00 元；1 人没登记", "某某公司今年出资 100.00 元"):
        assert words in text
    assert list(Enrolment.objects.order_by("pk").values_list("consent", flat=True).distinct().order_by("consent")) == [
        "family",
        "resident",
    ]
    book = load_workbook(io.BytesIO(client.get(f"{address}export/").content))
    assert [row[10] for row in book.get_sheet_by_index(0).to_python()[1:]].count("已登记") == 2


def test_nobody_ticked_or_no_giver_prepares_nothing(client, family):
    with nothing_changes():
        assert "还没有勾选" in text_of(tick(client, []))
        assert "还没有写出资的是谁" in text_of(tick(client, family, giver=""))
        assert "加起来是10.00元" in text_of(tick(client, family, paid_self="10"))


def test_people_of_another_village_are_not_on_the_slip(client, family):
    foreign = factories.resident(factories.village(6))
    tick(client, [family[0], foreign])
    assert [line.resident for line in EnrolmentSlip.objects.get().lines.all()] == [family[0]]


def test_another_workers_slip_can_be_seen_and_not_confirmed(client_of, worker, version, family):
    slip = slip_of(worker, version, family[:1])
    other = client_of(factories.user("village", division=worker.division))
    address = reverse("village:slip", args=[slip.pk])
    assert "由 测试" in text_of(other.get(address))
    with nothing_changes():
        assert "这张登记单是别人做的" in text_of(other.post(address, {"step": "on"}))


def test_a_file_goes_from_the_template_to_the_result(client, family):
    for one in family:
        one.refresh_from_db()
    header = ("姓名", "身份证号", "险种", "份数", "谁出钱", "谁同意的")
    rows = [[one.name, one.number.reveal(), "50", "1", "本人", "本人"] for one in (family[0], family[2])]
    bad = ["陈大山", family[1].number.reveal(), "70", "1", "本人", "本人"]
    content = io.BytesIO(xlsx(*rows, bad, header=header))
    content.name = "登记.xlsx"
    address = client.post(EXCEL, {"file": content})["Location"]
    text = text_of(client.get(address))
    for words in ("请核对：2 人，共 100.00 元", "第 4 行", "没有这个险种"):
        assert words in text
    assert not Enrolment.objects.exists()
    client.post(address, {"step": "confirm"})
    assert "登记好了 2 人，100.00 元；1 人没登记" in text_of(client.get(address))
    assert client.get(f"{EXCEL}template/").status_code == 200


def test_a_file_that_is_none_is_refused_on_its_page(client, version):
    wrong = io.BytesIO(b"\x00" * 40)
    wrong.name = "a.xlsx"
    for form in ({}, {"file": wrong}):
        with nothing_changes():
            assert client.post(EXCEL, form).status_code == 422


def test_without_a_plan_every_page_says_so(client_of):
    client = client_of(factories.user("town"))
    for name in ("enrol-household", "enrol-many", "enrol-excel"):
        assert "还没有今年的方案" in text_of(client.get(reverse(f"town:{name}")))


def test_the_town_chooses_the_village_of_a_household_number(client_of, family):
    factories.resident(factories.village(6), name="外村人", household="001")
    client = client_of(factories.user("town"))
    page = reverse("town:enrol-household")
    assert "几个村居都有这个户号" in text_of(client.post(page, {"step": "find", "household": "001"}))
    seen = client.post(page, {"step": "find", "household": "001", "village": factories.village(5).pk})
    assert "王小妹" in text_of(seen)
    assert "外村人" not in text_of(seen)
