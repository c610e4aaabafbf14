"""方案 on the town's desk: begin, edit, compare, publish, confirm a reading; who may not, and how many queries."""

import re
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from python_calamine import CalamineWorkbook
from tests import factories
from tests.enrolment.acts import enrol
from tests.logins import logged_in
from tests.programmes.draft_acts import compare_all, copy, nothing_changes, save, shown, submit

from ankang.programmes.draft_models import DraftRevision, ProgrammeDraft
from ankang.programmes.draft_review import newest_state
from ankang.programmes.models import ProgrammeVersion
from ankang.programmes.queries import current_version, plan_of
from ankang.programmes.sources import checked
from ankang.rules.canonical import digest_of
from ankang.rules.load import read_programme, read_tables

pytestmark = pytest.mark.django_db
FRACTURE = "products.0.benefits.3.bands.0"


@pytest.fixture
def by():
    return factories.user(division=factories.town(villages=20), is_manager=True)


@pytest.fixture
def client(by):
    return logged_in(by)


def words(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", response.content.decode()))


def test_the_list_offers_the_ways_to_begin(client, by, django_assert_num_queries):
    factories.version()
    copy(by)
    with django_assert_num_queries(9):
        page = client.get("/town/plans/")
    assert "1 份草稿在改" in words(page)
    assert "复制为下一年" in words(page)
    assert "现行" in words(page)


def test_the_lists_go_out_as_excel(client, by):
    version = factories.version()
    copy(by)
    book = CalamineWorkbook.from_filelike(BytesIO(client.get("/town/plans/export/").content))
    assert book.get_sheet_by_name("已发布").to_python()[1][:3] == [version.programme.name, 1, "系统"]
    assert book.get_sheet_by_name("草稿").to_python()[1][:3] == ["2025年度“安康关爱行动”", "在改", 1]
    readings = book.get_sheet_by_name("口径").to_python()
    assert len(readings) == 18
    assert readings[3][1:6] == ["K03", "数字存疑", "2024元", "2000元", "暂按，等确认"]
    assert readings[3][8] == 0


def test_without_a_plan_the_list_says_what_to_do(client):
    assert "上传一份方案文件" in words(client.get("/town/plans/"))
    assert "还没有两版可比" in words(client.get("/town/plans/compare/"))


def test_a_version_becomes_a_draft(client):
    version = factories.version()
    response = client.post(f"/town/plans/{version.pk}/copy/")
    draft = ProgrammeDraft.objects.get()
    assert response["Location"] == f"/town/plans/drafts/{draft.pk}/general/"
    response = client.post(f"/town/plans/{version.pk}/copy/", {"amend": "yes", "section": "readings"})
    assert response["Location"].endswith("/readings/")
    assert ProgrammeDraft.objects.filter(is_amendment=True).count() == 1


def test_files_go_out_and_come_back_as_the_same_plan(client, by):
    draft = copy(by)
    address = f"/town/plans/drafts/{draft.pk}/files/"
    toml, rows = (client.get(f"{address}{name}").content for name in ("programme.toml", "targets.csv"))
    files = {"file": SimpleUploadedFile("programme.toml", toml), "targets": SimpleUploadedFile("targets.csv", rows)}
    assert client.post("/town/plans/", files).status_code == 302
    again = ProgrammeDraft.objects.latest("pk")
    plans = [checked(newest_state(one)).plan for one in (draft, again)]
    assert digest_of(plans[0]) == digest_of(plans[1])
    text = rows.decode("utf-8-sig")
    assert digest_of(read_programme(read_tables(toml), text)) == digest_of(plans[0])
    assert client.get(f"{address}secret.txt").status_code == 404


@pytest.mark.parametrize(
    ("content", "says"), [(b"name = \n", "programme.toml 的 第1行第8列"), (b"", "空文件"), (b"x = 1", "没有这个键")]
)
def test_a_file_that_is_no_plan_is_refused_with_its_place(client, content, says):
    with nothing_changes():
        page = client.post("/town/plans/", {"file": SimpleUploadedFile("programme.toml", content)})
    assert page.status_code == 422
    assert says in words(page)


def test_every_part_shows_its_fields_and_the_check_up(client, by, django_assert_num_queries):
    draft = copy(by)
    client.get("/town/plans/")
    for section in ("general", "groups", "products-1", "products-2", "targets", "readings", "typos"):
        with django_assert_num_queries(6):
            page = client.get(f"/town/plans/drafts/{draft.pk}/{section}/")
        assert page.status_code == 200
        assert "核查结果" in words(page)
        names = set(re.findall(r'name="([^"]+)"', page.content.decode()))
        assert set(shown(draft, section)) <= names
    assert client.get(f"/town/plans/drafts/{draft.pk}/nonsense/").status_code == 404


def test_the_check_up_links_to_the_field(client, by):
    draft = copy(by)
    page = client.get(f"/town/plans/drafts/{draft.pk}/general/").content.decode()
    base = f"/town/plans/drafts/{draft.pk}"
    assert f'href="{base}/products-1/#{FRACTURE}"' in page
    assert f'href="{base}/products-1/#products.0.benefits.0.bands.2"' in page
    assert f'href="{base}/targets/#targets"' in page
    assert f'href="{base}/readings/#readings.K05"' in page
    row = client.get(f"/town/plans/drafts/{draft.pk}/products-1/").content.decode()
    assert f'id="{FRACTURE}"' in row
    assert "正好等于上一年的年份" in row


def test_saving_stores_and_a_bad_value_stays_in_the_form(client, by):
    draft = copy(by)
    address = f"/town/plans/drafts/{draft.pk}/products-1/"
    given = shown(draft, "products-1") | {"based_on": "1", "products.0.price": "一百", "is_checked": "on"}
    assert client.post(address, given).status_code == 302
    page = client.get(address)
    assert 'value="一百"' in page.content.decode()
    assert "应当是不小于0的金额" in words(page)
    assert "还有 1 处要改" in words(page)
    draft.refresh_from_db()
    client.post(address, given | {"based_on": "2", "products.0.price": "99.50"})
    assert checked(newest_state(ProgrammeDraft.objects.get())).plan.products[0].price_fen == 9950


def test_a_form_that_saves_itself_answers_with_the_check_up(client, by):
    draft = copy(by)
    given = shown(draft, "general") | {"based_on": "1", "auto": "yes", "goals.coverage_percent": "八五"}
    page = client.post(f"/town/plans/drafts/{draft.pk}/general/", given, headers={"HX-Request": "true"})
    assert page.status_code == 200
    text = page.content.decode()
    assert 'id="based_on" value="2" hx-swap-oob="true"' in text
    assert 'id="panel"' in text
    assert "目标 参保率（%）" in words(page)
    assert newest_state(ProgrammeDraft.objects.get()).unchecked  # comparing with the paper is said, not typed


def test_the_second_of_two_editors_sees_both_and_loses_nothing(client, by):
    draft, other = copy(by), factories.user(division=by.division)
    save(other, draft, "general", {"name": "乙改的名"})
    given = shown(draft, "general") | {"based_on": "1", "name": "甲改的名"}
    page = client.post(f"/town/plans/drafts/{draft.pk}/general/", given)
    assert page.status_code == 409
    assert "您的改动另存了一稿" in words(page)
    assert "乙改的名" in words(page)
    assert "甲改的名" in words(page)
    given |= {"auto": "yes", "name": "甲又改了"}
    told = client.post(f"/town/plans/drafts/{draft.pk}/general/", given, headers={"HX-Request": "true"})
    assert told.status_code == 422
    assert "不会丢" in words(told)
    aside = DraftRevision.objects.filter(how="aside").first()
    response = client.post(f"/town/plans/drafts/{draft.pk}/history/", {"number": aside.number, "based_on": 2})
    assert response.status_code == 302
    assert checked(newest_state(ProgrammeDraft.objects.get())).plan.name == "甲改的名"


def test_a_second_window_of_the_same_person_sees_both(client, by):
    draft = copy(by)
    address = f"/town/plans/drafts/{draft.pk}/general/"
    given = shown(draft, "general") | {"based_on": "1"}
    client.post(address, given | {"name": "先存的名"})
    told = client.post(address, given | {"name": "后填的名", "auto": "yes"}, headers={"HX-Request": "true"})
    assert told.status_code == 422
    assert "您在别处刚保存过这一部分（第 2 稿）" in words(told)
    assert DraftRevision.objects.count() == 2
    page = client.post(address, given | {"name": "后填的名"})
    assert page.status_code == 409
    for said in ("您在别处刚保存过这一部分，这次的改动另存了一稿", "先存的名", "后填的名"):
        assert said in words(page)
    assert "他" not in words(page).split("两边不一样")[0].split("您在别处")[1]


def test_parts_are_added_and_the_history_tells_who(client, by, django_assert_num_queries):
    draft = copy(by)
    response = client.post(f"/town/plans/drafts/{draft.pk}/add/", {"part": "product", "based_on": "1"})
    assert response["Location"].endswith("/products-3/")
    response = client.post(f"/town/plans/drafts/{draft.pk}/add/", {"part": "nonsense", "based_on": "2"})
    assert response["Location"].endswith("/general/")
    with django_assert_num_queries(8):
        page = client.get(f"/town/plans/drafts/{draft.pk}/history/")
    assert "第 2 稿" in words(page)
    assert by.full_name in words(page)
    with nothing_changes():
        client.post(f"/town/plans/drafts/{draft.pk}/history/", {"number": "x"})


def ready(by) -> ProgrammeDraft:
    draft = copy(by)
    save(by, draft, "products-1", {f"{FRACTURE}.yuan": "2000", f"{FRACTURE}.reading": ""})
    compare_all(by, draft)
    return draft


def test_differences_are_told_in_words_and_as_excel(client, by, django_assert_num_queries):
    draft = ready(by)
    sides = f"from=v{draft.base_id}&to=r{newest_state(draft).pk}"
    with django_assert_num_queries(10):
        page = client.get(f"/town/plans/compare/?{sides}")
    assert "1 例赔得少" in words(page)
    assert "险种 A 骨折费用 60—69 周岁" in words(page)
    assert "65周岁，骨折，自付9000元" in words(page)
    book = CalamineWorkbook.from_filelike(BytesIO(client.get(f"/town/plans/compare/export/?{sides}").content))
    rows = book.get_sheet_by_name("差别").to_python()
    told = [
        "险种与责任",
        "改动",
        "附件2（1）第4行",
        "险种 A 骨折费用 60—69 周岁",
        "2,024.00 元（存疑 K03）",
        "2,000.00 元",
    ]
    assert told in rows
    examples = book.get_sheet_by_name("例子").to_python()
    assert examples[2][:5] == ["65周岁，骨折，自付9000元", "A", 5024, 5000, -24]
    assert client.get("/town/plans/compare/export/?from=v1").status_code == 302


def test_a_foreign_plan_is_not_compared(by):
    draft = copy(by)
    other = logged_in(factories.user(division=factories.town("320903102000")))
    page = other.get(f"/town/plans/compare/?from=v{draft.base_id}&to=r{newest_state(draft).pk}")
    assert "选两版来比较" in words(page)
    assert "2025-yandu" not in words(page)


def test_a_draft_is_submitted_and_a_second_person_publishes(client, by, django_assert_num_queries):
    draft = ready(by)
    address = f"/town/plans/drafts/{draft.pk}/review/"
    assert client.post(address, {"act": "submit", "based_on": draft.head}).status_code == 302
    assert "要由另一位同事发布" in words(client.get(address))
    with nothing_changes():
        page = client.post(address, {"act": "publish", "based_on": draft.head})
    assert page.status_code == 409
    assert "您提交的" in words(page)
    second = logged_in(factories.user(division=by.division))
    with django_assert_num_queries(11):
        page = second.get(address)
    names = re.findall(r'name="(note-\d+)"', page.content.decode())
    assert len(names) >= 8
    with nothing_changes():
        page = second.post(address, {"act": "publish", "based_on": draft.head})
    assert page.status_code == 422
    assert words(page).count("请写明怎么处理这一条。") == 2 * len(names)
    given = dict.fromkeys(names, "已问过") | {"act": "publish", "based_on": draft.head, "note": "2025年度方案"}
    assert second.post(address, given).status_code == 302
    version = ProgrammeVersion.objects.get(programme__slug="2025-yandu")
    assert plan_of(version).products[0].benefits[3].bands[0].amount_fen == 200000
    assert "已发布" in words(second.get(address))


def test_a_draft_is_sent_back_or_dropped_with_a_reason(client, by):
    draft = ready(by)
    submit(by, draft)
    second = logged_in(factories.user(division=by.division))
    address = f"/town/plans/drafts/{draft.pk}/review/"
    with nothing_changes():
        assert second.post(address, {"act": "return", "based_on": draft.head}).status_code == 422
    second.post(address, {"act": "return", "based_on": draft.head, "note": "再问问"})
    assert "再问问" in words(client.get(address))
    with nothing_changes():
        assert client.post(address, {"act": "nonsense", "based_on": draft.head}).status_code == 422
    client.post(address, {"act": "drop", "based_on": draft.head, "note": "不要了"})
    assert "已作废" in words(client.get(address))
    page = client.get(f"/town/plans/drafts/{draft.pk}/general/")
    assert "现在不能改" in words(page)


def test_why_a_change_is_refused_stands_on_the_page(client, by):
    version = factories.version()
    enrol(factories.user("village"), factories.resident(), version, product="A")
    draft = copy(by, version, amend=True)
    save(by, draft, "products-1", {"products.0.price": "120"})
    page = client.get(f"/town/plans/drafts/{draft.pk}/review/")
    assert "不能发布： 险种 A 已卖出 1 份，每份保费不能从 100.00 元改成 120.00 元" in words(page).replace(
        "：险", "： 险"
    )
    client.post(f"/town/plans/drafts/{draft.pk}/follow/")
    assert current_version(version.programme) == ProgrammeDraft.objects.get().base


def test_a_page_that_expired_stores_nothing(client, by):
    draft = copy(by)
    with nothing_changes():
        assert client.post(f"/town/plans/drafts/{draft.pk}/general/", {}).status_code == 302
        assert client.post(f"/town/plans/drafts/{draft.pk}/add/", {}).status_code == 302
