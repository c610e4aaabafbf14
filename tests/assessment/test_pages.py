"""The pages of 考核与奖补 by requests: from a draft to a request for finance, refusals, files, queries."""

import re
from datetime import date

import pytest
from python_calamine import CalamineWorkbook
from tests import factories
from tests.assessment.acts import (
    OVER,
    PAPER,
    SMALL,
    answered,
    confirmed,
    frozen,
    insured_town,
    nothing_changes,
    objected,
    prepared_subsidy,
    public_list,
    town_of,
)

from ankang.assessment.models import AssessmentRun, AssessmentScheme, Objection
from ankang.assessment.reward_models import Commendation, SubsidyRequest
from ankang.installation.models import Installation

pytestmark = pytest.mark.django_db
TOWN = "/town/assessment/"


@pytest.fixture
def version(db):
    Installation.objects.create(is_sample=True, demo_today=OVER)
    return insured_town()


def opened(client_of, user):
    client = client_of(user)
    client.get("/me/password/")  # the session notes once a minute that somebody is there
    return client


@pytest.fixture
def town(client_of, manager):
    return opened(client_of, manager)


@pytest.fixture
def colleague(client_of, second):
    return opened(client_of, second)


@pytest.fixture
def village(client_of, version):
    return opened(client_of, factories.user("village"))


def text(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def book(response) -> CalamineWorkbook:
    from io import BytesIO

    return CalamineWorkbook.from_filelike(BytesIO(response.content))


def test_from_a_draft_to_a_frozen_result(town, version):
    assert "先录入考核办法" in text(town.get(TOWN))
    example = town.get(f"{TOWN}scheme/new/?from=example")
    assert "村（居）考核与奖补办法（示例）" in example.content.decode()
    wrong = town.post(f"{TOWN}scheme/new/", {"text": SMALL.replace("weight = 80", "weight = 79")})
    assert wrong.status_code == 422
    assert "加起来是 99.00" in text(wrong)
    done = town.post(f"{TOWN}scheme/new/", {"text": SMALL})
    draft = AssessmentScheme.objects.get()
    assert done["Location"] == f"{TOWN}scheme/{draft.pk}/"
    assert "办法还是草案，现在只是预览" in text(town.get(TOWN))
    with nothing_changes():
        refused = town.post(f"{TOWN}freeze/", {"key": "11111111-1111-4111-8111-111111111111"}, follow=True)
    assert "考核办法还没有确认" in text(refused)
    assert "请写明依据" in text(town.post(f"{TOWN}scheme/{draft.pk}/confirm/", {"paper": ""}))
    town.post(f"{TOWN}scheme/{draft.pk}/confirm/", {"paper": PAPER})
    page = text(town.get(TOWN))
    assert "办法已确认，成绩还没冻结" in page
    assert "01村 40.00" in page
    town.post(f"{TOWN}freeze/", {"key": "11111111-1111-4111-8111-111111111111"})
    told = text(town.get(f"{TOWN}results/{AssessmentRun.objects.get().pk}/"))
    assert "拿冻结的数重算了一遍，和冻结的成绩一致" in told


def test_a_scheme_by_file(town, version):
    from django.core.files.uploadedfile import SimpleUploadedFile

    bad = town.post(f"{TOWN}scheme/new/", {"file": SimpleUploadedFile("a.toml", "办法".encode("gbk"))})
    assert "不是 UTF-8" in text(bad)
    town.post(f"{TOWN}scheme/new/", {"file": SimpleUploadedFile("a.toml", SMALL.encode("utf-8-sig"))})
    draft = AssessmentScheme.objects.get()
    back = town.get(f"{TOWN}scheme/{draft.pk}/file/")
    assert back.content.decode() == SMALL
    assert "attachment" in back["Content-Disposition"]
    assert "请填办法原文" in text(town.post(f"{TOWN}scheme/new/", {"text": " "}))


def test_before_the_campaign_is_over_there_is_only_a_preview(town, version, manager):
    confirmed(manager, version)
    Installation.objects.update(demo_today=date(2024, 3, 20))
    page = text(town.get(TOWN))
    assert "推进期到2024年3月20日，第二天起可以冻结" in page
    with nothing_changes():
        refused = town.post(f"{TOWN}freeze/", {"key": "11111111-1111-4111-8111-111111111111"}, follow=True)
    assert "现在只能预览" in text(refused)


def test_the_trace_of_a_village(town, version, manager):
    confirmed(manager, version)
    page = text(town.get(f"{TOWN}village/{factories.village(1).code}/"))
    assert "参保 4 人 ÷ 下达目标 8 人 = 50.00%" in page
    assert "到 100.00% 得满分 80.00，不到的按比例" in page
    run = frozen(manager, version)
    assert "正式成绩第 1 版" in text(town.get(f"{TOWN}results/{run.pk}/village/{factories.village(1).code}/"))


def test_the_village_objects_the_town_answers_and_a_new_version_stands_beside(town, village, version, manager):
    run = frozen(manager, version)
    page = village.get("/village/score/")
    assert "40.00 分，第 1 名" in text(page)
    sent = re.search(r'name="key" value="([^"]+)"', page.content.decode())[1]
    assert "请选哪个数不对" in text(village.post("/village/score/", {"key": sent, "text": "少算了"}))
    assert "请写清楚哪里不对" in text(village.post("/village/score/", {"key": sent, "about": "measures_done"}))
    village.post("/village/score/", {"key": sent, "about": "measures_done", "text": "台账上办完2条"})
    objection = Objection.objects.get()
    assert "1 份申诉等答复" in text(town.get(f"{TOWN}results/{run.pk}/"))
    address = f"{TOWN}objections/{objection.pk}/"
    assert "请选“采纳”或“不采纳”" in text(town.post(address, {"answer": "属实"}))
    assert "采纳要写明这个数应当是多少" in text(town.post(address, {"uphold": "yes", "answer": "属实"}))
    town.post(address, {"uphold": "yes", "answer": "台账属实", "corrected": "2"})
    assert "答复：台账属实" in text(village.get("/village/score/"))
    again = f"{TOWN}results/{run.pk}/recalculate/"
    assert "请写明为什么重算" in text(town.post(again, {"key": "11111111-1111-4111-8111-111111111111"}))
    made = town.post(again, {"key": "11111111-1111-4111-8111-111111111111", "reason": "核实措施"}, follow=True)
    assert "+20.00" in text(made)
    assert "这是旧版，留作对照" in text(town.get(f"{TOWN}results/{run.pk}/"))
    assert "60.00 分" in text(village.get("/village/score/"))


def test_commendation_by_two_persons_and_publicity(town, colleague, village, version, manager):
    run = frozen(manager, version)
    sent = {"key": "11111111-1111-4111-8111-111111111111"}
    town.post(f"{TOWN}results/{run.pk}/commend/", sent)
    made = Commendation.objects.get()
    address = f"{TOWN}commendation/{made.pk}/"
    assert "这份名单是您编的，请另一位同事登录后复核" in text(town.get(address))
    assert town.post(f"{address}review/", {"approve": "yes"}).status_code == 409
    assert "不同意要写明原因" in text(colleague.post(f"{address}review/", {"approve": "no"}))
    public = colleague.post(f"{address}review/", {"approve": "yes"}, follow=True)
    assert "开始公示，到2024年3月28日" in text(public)
    assert "表彰名单：公示中" in text(village.get("/village/score/"))
    entry = made.entries.get(position=1)
    against = {"key": "22222222-2222-4222-8222-222222222222", "entry": entry.pk, "text": "有一户没上门"}
    assert "已记下" in text(colleague.post(f"{address}object/", against, follow=True))
    noted = entry.objections.get()
    answer = f"{TOWN}commendation/answers/{noted.pk}/"
    assert "请写明核实结果" in text(town.post(answer, {"uphold": "no"}, follow=True))
    assert "不属实" in text(town.post(answer, {"uphold": "no", "answer": "查过，上过门"}, follow=True))
    assert "还没结束" in text(town.post(f"{address}finish/", follow=True))
    Installation.objects.update(demo_today=date(2024, 3, 29))
    assert "表彰名单定下来了" in text(town.post(f"{address}finish/", follow=True))
    (sheet,) = [book(town.get(f"{address}export/")).get_sheet_by_index(0).to_python()]
    assert sheet[2][:3] == [1.0, "先进村", "01村"]


def test_a_subsidy_by_two_persons_with_capitals(town, colleague, version, manager):
    run = frozen(manager, version)
    town.post(f"{TOWN}results/{run.pk}/subsidise/", {"key": "11111111-1111-4111-8111-111111111111"})
    made = SubsidyRequest.objects.get()
    address = f"{TOWN}subsidy/{made.pk}/"
    SubsidyRequest.objects.update(budget_fen=123456, total_fen=123456)
    assert "壹仟贰佰叁拾肆元伍角陆分 申请金额（小写） 1234.56 元" in text(town.get(f"{address}print/"))
    SubsidyRequest.objects.update(budget_fen=1000, total_fen=1000)
    assert "还不能报财政" in text(town.get(f"{address}print/"))
    page = text(colleague.get(address))
    assert "人民币壹拾元整" in page
    assert "按比例分（最大余数法，到分）= 9.23 元" in page
    colleague.post(f"{address}review/", {"approve": "yes"})
    assert "还不能报财政" not in text(town.get(f"{address}print/"))
    rows = book(town.get(f"{address}export/")).get_sheet_by_index(0).to_python()
    assert [row[4] for row in rows[2:]] == [9.23, 0.77, 10.0]
    assert rows[-1][2] == "人民币壹拾元整"


def test_results_as_excel_add_up(town, version, manager):
    run = frozen(manager, version)
    for address in (f"{TOWN}export/", f"{TOWN}results/{run.pk}/export/"):
        found = book(town.get(address))
        assert found.sheet_names == ["成绩", "每一分从哪来", "数据"]
        for row in found.get_sheet_by_index(0).to_python()[2:]:
            assert round(sum(row[3:-1]), 2) == row[2]
    says = book(town.get(f"{TOWN}export/")).get_sheet_by_index(0).to_python()[0][0]
    assert "预览，不是正式成绩" in says


def test_who_may_not_bind_the_town(colleague, village, version, manager):
    run = frozen(manager, version)
    objection = objected(factories.user("village"), run)
    with nothing_changes():
        for address in ("freeze/", f"results/{run.pk}/recalculate/", f"scheme/{run.scheme_id}/confirm/"):
            assert colleague.post(TOWN + address, {}).status_code == 403
            assert village.post(TOWN + address, {}).status_code == 403
        answer = {"uphold": "no", "answer": "不属实"}
        refused = colleague.post(f"{TOWN}objections/{objection.pk}/", answer)
        assert "管账号的人办理" in text(refused)


def test_the_village_sees_a_preview_of_itself_before_the_freeze(village, version, manager):
    assert "还没有考核办法" in text(village.get("/village/score/"))
    confirmed(manager, version)
    page = text(village.get("/village/score/"))
    assert "01村现在是 40.00 分" in page
    assert "02村" not in page
    with nothing_changes():
        village.post("/village/score/", {"text": "不对"})


def test_each_page_asks_a_fixed_number_of_queries(town, village, version, manager, django_assert_num_queries):
    second, first, worker = town_of(version), factories.village(1), factories.user("village")
    confirmed(manager, version)
    with django_assert_num_queries(4 + 12):  # session, person, device, clock
        town.get(TOWN)
    with django_assert_num_queries(4 + 11):
        town.get(f"{TOWN}village/{first.code}/")
    with django_assert_num_queries(4 + 12):
        village.get("/village/score/")
    run = frozen(manager, version)
    answered(manager, objected(worker, run))
    with django_assert_num_queries(4 + 7):
        town.get(f"{TOWN}results/{run.pk}/")
    with django_assert_num_queries(4 + 5):
        village.get("/village/score/")
    made = public_list(manager, second, run)
    with django_assert_num_queries(4 + 3):
        town.get(f"{TOWN}commendation/{made.pk}/")
    asked = prepared_subsidy(manager, run)
    with django_assert_num_queries(4 + 2):
        town.get(f"{TOWN}subsidy/{asked.pk}/")


def test_certificates_of_a_final_list(town, version, manager, second):
    from tests.papers.reading import pdf_facts, pdf_words

    made = public_list(manager, second, frozen(manager, version))
    address = f"{TOWN}commendation/{made.pk}/"
    early = town.get(f"{address}certificates/", follow=True)
    assert "名单定下来以后才能打印证书" in text(early)
    Installation.objects.update(demo_today=date(2024, 3, 29))
    struck = made.entries.last()
    struck.is_struck = True
    struck.save()
    town.post(f"{address}finish/")
    paper = town.get(f"{address}certificates/")
    assert paper["Content-Type"] == "application/pdf"
    assert pdf_facts(paper.content)["Pages"] == str(made.entries.count() - 1)
    words = pdf_words(paper.content).replace("\n", "")
    assert "荣誉证书" in words.replace(" ", "")
    assert "被评为“先进村”" in words
    assert "2024年3月29日" in words
    assert "示例数据，不是正式证书" in words
