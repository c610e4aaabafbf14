"""The funeral home's pages: four of them without JavaScript, then the case, its papers and the day."""

from collections.abc import Callable
from datetime import date
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from python_calamine import CalamineWorkbook
from tests import factories
from tests.claims.acts import at, handler, insured, key, number_of, review
from tests.claims.death_acts import agree, dies, funeral_home, heir
from tests.claims.green_acts import confirmed_version, pay
from tests.claims.payment_acts import CARD

from ankang.accounts.models import User
from ankang.claims.death_models import DeathReport
from ankang.claims.green_models import AdvanceDay
from ankang.claims.models import Claim
from ankang.claims.paper_lists import set_papers
from ankang.installation.models import Installation
from ankang.rules.documents import read_papers, standard_papers

pytestmark = pytest.mark.django_db
ClientOf = Callable[[User], Client]
OLD = date(1955, 6, 1)


@pytest.fixture(autouse=True)
def day() -> None:
    Installation.objects.create(is_sample=True, demo_today=date(2024, 5, 29))


def form(resident: Any, step: str, **facts: Any) -> dict[str, Any]:
    given = {
        "step": step,
        "key": "0b9ef7f0-7f0e-4d7c-9a56-111111111111",
        "resident": str(resident.pk),
        "died_on": "2024-05-20",
        "cause": "illness",
        "event_on": "",
        "what_happened": "",
        "papers": ["death", "cremation", "kinship"],
        "reporter": "王大明，儿子",
        "reporter_phone": "13812345678",
        "paper_on": "",
        "paper_by": "",
        "means": "cash",
        "declared": "on",
        "payee-TOTAL_FORMS": "1",
        "payee-INITIAL_FORMS": "0",
        "payee-0-name": "王大明",
        "payee-0-relation": "child",
        "payee-0-share": "1",
        "payee-0-bank": "",
        "payee-0-account": "",
    }
    return given | facts


def test_from_the_number_to_the_money(client_of: ClientOf, django_assert_num_queries: Callable) -> None:  # type: ignore[type-arg]
    confirmed_version()
    by, second = funeral_home(), handler()
    desk, resident = client_of(by), insured(("A", 2), birth_date=OLD)
    assert "谁去世了" in desk.get("/funeral/").content.decode()
    found = desk.post("/funeral/", {"number": number_of(resident), "died_on": "2024-05-20"}).content.decode()
    assert "2024年5月20日有效" in found
    assert "意外医疗" not in found  # no medical history
    assert number_of(resident) not in found
    page = desk.post("/funeral/", form(resident, "facts")).content.decode()
    assert "寿险可付 1,000.00 元" in page
    assert "附件2（1）第3行" in page
    more = form(resident, "more", **{"payee-0-name": "李桂英", "payee-0-relation": "spouse"})
    page = desk.post("/funeral/", more).content.decode()
    assert "第2位继承人" in page
    assert "李桂英" in page
    page = desk.post("/funeral/", form(resident, "heirs")).content.decode()
    assert "核对，然后确认" in page
    assert "领（元）" in page
    assert not Claim.objects.exists()
    answer = desk.post("/funeral/", form(resident, "confirm"))
    claim = Claim.objects.get()
    assert answer["Location"] == f"/funeral/claims/{claim.number}/"
    assert desk.post("/funeral/", form(resident, "confirm")).status_code == 302  # the same form again
    assert DeathReport.objects.count() == 1
    again = desk.post("/funeral/", {"number": number_of(resident), "died_on": "2024-05-20"})
    assert (again.status_code, claim.number in again.content.decode()) == (409, True)
    address = f"/funeral/claims/{claim.number}/"
    assert "等中国人寿复核" in desk.get(address).content.decode()
    review(claim.decisions.get(), second)
    with django_assert_num_queries(11):
        page = desk.get(address).content.decode()
    assert "付现金 1,000.00 元" in page
    assert "王大明" in page
    for name in ("declaration", "stub"):
        assert desk.get(f"{address}{name}/").content.startswith(b"%PDF")
    assert desk.post(f"{address}pay/", {"key": key()}).status_code == 422
    assert desk.post(f"{address}pay/", {"key": key(), "signed": "on"}).status_code == 302
    assert "付清了" in desk.get(address).content.decode()


def test_the_day_closes_when_the_cash_agrees_or_with_the_reason(client_of: ClientOf) -> None:
    confirmed_version()
    by = funeral_home()
    desk, found = client_of(by), dies(insured(birth_date=OLD), by)
    review(found.claim.decisions.get())
    pay(found.claim, by, heir())
    assert "垫付 1 笔，500.00 元" in desk.get("/funeral/day/").content.decode()
    given = {"key": key(), "added_fen": "1000", "counted_fen": "499"}
    refused = desk.post("/funeral/day/close/", given)
    assert (refused.status_code, AdvanceDay.objects.count()) == (422, 0)
    assert "差 -1.00 元" in refused.content.decode()
    assert desk.post("/funeral/day/close/", given | {"note": "少找了一元"}).status_code == 302
    made, page = AdvanceDay.objects.get(), desk.get("/funeral/day/").content.decode()
    assert '差 <span class="num">-1.00</span> 元：少找了一元' in page
    assert "还没归还 500.00 元" in page
    assert desk.get(f"/funeral/day/{made.pk}.pdf").content.startswith(b"%PDF")
    sheet = CalamineWorkbook.from_filelike(BytesIO(desk.get(f"/funeral/day/{made.pk}.xlsx").content))
    assert sheet.get_sheet_by_index(0).to_python()[2][3:] == [found.resident.name, "王大明", 500.0]


def test_the_ticks_are_the_programmes_own_list(client_of: ClientOf) -> None:
    version = confirmed_version()
    police = {"code": "police", "name": "派出所注销证明"}
    listed = standard_papers().as_document()
    death = {"situation": "death", "title": "注销", "any_of": ["police"], "at_least": 1}
    own = read_papers({"papers": [*listed["papers"], police], "needs": [*listed["needs"][:2], death]})
    manager = handler(is_manager=True)
    set_papers(by=manager, programme=version.programme, papers=own, why="分公司要注销证明", now=at())
    desk, resident = client_of(funeral_home()), insured(birth_date=OLD)
    found = desk.post("/funeral/", {"number": number_of(resident), "died_on": "2024-05-20"}).content.decode()
    assert ("派出所注销证明" in found, "火化证明" in found, "当场付要有：注销" in found) == (True, False, True)
    page = desk.post("/funeral/", form(resident, "facts", papers=["police"])).content.decode()
    assert "寿险可付 500.00 元" in page
    assert desk.post("/funeral/", form(resident, "facts", papers=["cremation"])).status_code == 422
    assert desk.get("/funeral/form.pdf").content.startswith(b"%PDF")


def test_all_that_is_missing_of_the_heirs_is_told_at_once(client_of: ClientOf) -> None:
    confirmed_version()
    empty = form(insured(birth_date=OLD), "heirs", **{"payee-0-name": "", "payee-0-relation": "", "means": ""})
    del empty["declared"]
    answer = client_of(funeral_home()).post("/funeral/", empty)
    assert (answer.status_code, "有 3 处要改" in answer.content.decode()) == (422, True)


def test_while_the_cause_is_not_known_the_family_reads_of_the_life_benefit_alone(client_of: ClientOf) -> None:
    confirmed_version()
    by = funeral_home()
    found = dies(insured(birth_date=OLD), by, cause="unknown")
    page = client_of(by).get(f"/funeral/claims/{found.claim.number}/").content.decode()
    assert ("应赔 500.00 元" in page, "原因是疾病" in page) == (True, False)


def test_an_accident_goes_on_with_its_papers(client_of: ClientOf) -> None:
    confirmed_version()
    by = funeral_home()
    desk, resident = client_of(by), insured(birth_date=OLD)
    facts = {"cause": "accident", "what_happened": "骑车摔倒"}
    desk.post("/funeral/", form(resident, "confirm", **facts))
    claim = Claim.objects.get()
    agree(claim.decisions.get())
    page = desk.get(f"/funeral/claims/{claim.number}/").content.decode()
    assert "付现金 500.00 元" in page
    assert "正在重新理算" not in page  # the life part stands while the accident part waits
    assert "在这个案号上接着办" in page
    assert "钱付到哪张卡" in page


def test_what_hinders_it_is_said_before(client_of: ClientOf) -> None:
    factories.version()
    by = funeral_home()
    desk, one, other = client_of(by), insured(birth_date=OLD), factories.resident(birth_date=OLD)
    page = desk.post("/funeral/", form(one, "facts")).content.decode()
    assert "今天不能当场付" in page
    assert "当场领现金" not in page
    cash = desk.post("/funeral/", form(one, "heirs"))
    assert (cash.status_code, Claim.objects.count()) == (422, 0)
    card = {"means": "bank", "payee-0-bank": "农业银行", "payee-0-account": CARD}
    assert desk.post("/funeral/", form(one, "confirm", **card)).status_code == 302
    found = DeathReport.objects.get()
    page = desk.get(f"/funeral/claims/{found.claim.number}/").content.decode()
    assert "口径没有确认，已报中国人寿" in page
    assert desk.post(f"/funeral/claims/{found.claim.number}/pay/", {"key": key()}).status_code == 404
    page = desk.post("/funeral/", form(other, "facts")).content.decode()
    assert "没有有效保障，没有可以当场付的钱" in page
    assert "登记身故并报案" in page
    assert desk.post("/funeral/", form(other, "confirm")).status_code == 409  # another's form
    assert desk.post("/funeral/", form(other, "confirm", key=key())).status_code == 302


def test_each_page_says_what_is_wrong_there(client_of: ClientOf) -> None:
    confirmed_version()
    desk, resident = client_of(funeral_home()), insured(birth_date=OLD)
    for facts, step, words in (
        ({"cause": ""}, "facts", "请选怎么去世的"),
        ({"cause": "accident"}, "facts", "请写一句怎么出的事"),
        ({"paper_on": "2024-05-21"}, "heirs", "请照纸表写填表人的姓名"),
        ({"means": ""}, "heirs", "请选钱怎么收"),
        ({"declared": ""}, "confirm", "请继承人看过声明"),
        ({"payee-0-relation": ""}, "confirm", "请选配偶、子女、父母"),
        ({"means": "bank"}, "confirm", "请写开户行"),
    ):
        answer = desk.post("/funeral/", form(resident, step, **facts))
        assert (answer.status_code, words in answer.content.decode()) == (422, True), facts
    assert not Claim.objects.exists()
    back = desk.post("/funeral/", form(resident, "back-facts")).content.decode()
    assert "王大明，儿子" in back
    assert 'name="payee-0-name" value="王大明"' in back


def test_a_paper_form_is_entered_later(client_of: ClientOf) -> None:
    confirmed_version()
    desk, resident = client_of(funeral_home()), insured(birth_date=OLD)
    assert desk.get("/funeral/form.pdf").content.startswith(b"%PDF")
    desk.post("/funeral/", form(resident, "confirm", paper_on="2024-05-21", paper_by="吴长林"))
    page = desk.get(f"/funeral/claims/{Claim.objects.get().number}/").content.decode()
    assert "2024年5月21日，吴长林填" in page
