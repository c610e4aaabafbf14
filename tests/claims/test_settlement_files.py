"""A window's file of settlements: tried first, settled accident by accident, never twice; each bad row says why."""

from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from python_calamine import CalamineWorkbook
from tests import factories
from tests.claims.acts import EVENT, at, handler, insured, nothing_changes, number_of, review
from tests.claims.green_acts import confirmed_version, settle, window
from tests.killed import run_killed
from tests.races import race
from tests.roster.files import xlsx

from ankang.accounts.models import User
from ankang.audit.models import AuditEntry
from ankang.claims.models import Claim, Decision
from ankang.claims.settlement_files import earlier_file, prepare_settlements, settle_file
from ankang.claims.settlement_models import SettlementFile
from ankang.claims.settlement_workbooks import settlement_template
from ankang.installation.models import Installation
from ankang.roster.models import Resident
from ankang.rules.errors import InvalidInput, NotAllowed

OLD = date(1951, 6, 1)  # 72 on the day of the accident: a deductible of 200
HEAD = (
    "姓名",
    "证件号码",
    "受伤日期",
    "受伤原因",
    "发票号码",
    "结算日期",
    "总金额",
    "基金支付",
    "入院时间",
    "出院时间",
    "医师",
)


def row(one: Resident, invoice: Any = "00012345", total: Any = 5000, back: Any = 3800, **facts: Any) -> list[Any]:
    given = dict(
        zip(HEAD, (one.name, number_of(one), EVENT, "滑倒", invoice, EVENT, total, back, "", "", "张医生"), strict=True)
    )
    return list((given | facts).values())


def prepared(by: User, *rows: Sequence[Any], header: Sequence[str] = HEAD) -> SettlementFile:
    return prepare_settlements(by=by, file_name="结算.xlsx", content=xlsx(*rows, header=header), now=at())


def outcomes(file: SettlementFile) -> list[tuple[int, str, int | None]]:
    return list(file.rows.order_by("position").values_list("position", "outcome", "payable_fen"))


@pytest.mark.django_db
def test_a_hospitals_own_columns_are_tried_shown_and_settled_once() -> None:
    confirmed_version()
    by, first, second = window(), insured(birth_date=OLD), insured(birth_date=OLD)
    rows = [row(first), row(second, "00012346", "1,000.50元", 0), row(first, "00012347", 0.1 + 0.2, "0")]
    with nothing_changes():
        file = prepared(by, *rows)
    assert outcomes(file) == [(2, "waiting", 100_030), (3, "waiting", 80_050), (4, "waiting", None)]
    assert not Claim.objects.exists()
    settle_file(by=by, file=file, now=at(hour=11))
    assert outcomes(file) == [(2, "done", 100_030), (3, "done", 80_050), (4, "done", None)]
    assert file.rows.filter(cells__isnull=False).count() == 0
    assert sorted(Decision.objects.values_list("total_fen", flat=True)) == [80_050, 100_030]
    claim = Claim.objects.get(resident=first)
    assert sorted(claim.invoices.values_list("amount_fen", flat=True)) == [30, 500_000]
    assert AuditEntry.objects.get(action="claims.settled_file").detail == {
        "waiting": 0,
        "done": 3,
        "same": 0,
        "refused": 0,
    }
    with nothing_changes():
        settle_file(by=by, file=file, now=at(hour=12))
    again = prepared(by, *rows)
    assert [outcome for _, outcome, _ in outcomes(again)] == ["same"] * 3
    assert earlier_file(again) == file
    assert again.finished_at is not None
    review(claim.decisions.get(), handler(), verdict="refused", note="不是意外")
    anew = prepared(by, *rows)
    assert outcomes(anew) == [(2, "waiting", 100_030), (3, "same", None), (4, "waiting", None)]


@pytest.mark.django_db
def test_each_bad_row_says_where_why_and_how_and_the_good_ones_go_in() -> None:
    confirmed_version()
    by, good, late, used, twice = window(), *(insured(birth_date=OLD) for _ in range(4))
    stranger = insured(birth_date=OLD)
    Resident.objects.filter(pk=stranger.pk).update(village=factories.village(1, "320903102000"))
    settle(used, by, invoice="00088888")
    file = prepared(
        by,
        row(good),
        row(late, "1", 受伤日期="2024-03-20", 结算日期="2024-03-20"),
        row(used, "00088888"),
        row(twice, "00022222", "abc"),
        row(twice, "00022223"),
        row(good, "00033333", 受伤日期="明天"),
        row(stranger, "00044444"),
        row(good, "00055555", 受伤日期=date(2024, 5, 13), 姓名="别的人"),
        row(good, 1.2345678901234567e19, 受伤日期=date(2024, 5, 14), 入院时间=date(2024, 5, 14)),
    )
    found = {line.position: (line.outcome, line.column, line.reason) for line in file.rows.all()}
    assert found[2] == ("waiting", "", "")
    assert found[3][0] == "refused"
    assert "没有有效保障" in found[3][2]
    assert "已经用在赔案" in found[4][2] or "已经有赔案" in found[4][2]
    assert found[5][1:] == ("总金额", "看不懂这个金额")
    assert found[6][1:] == ("", "同一次事故的第5行没有结算，这一行跟着等")
    assert found[7][1:] == ("受伤日期", "看不懂这个日期")
    assert found[8][1:] == ("身份证号", "本镇名册里没有这个身份证号")
    assert found[9][1:] == ("姓名", "姓名和名册上这个身份证号的人不一样")
    assert found[10][1:] == ("发票号码", "号码被Excel存成了数字，后几位已经丢了")
    settle_file(by=by, file=file, now=at(hour=11))
    assert [claim.resident for claim in Claim.objects.exclude(resident=used)] == [good]


@pytest.mark.django_db
def test_a_file_that_is_no_such_list_and_who_may_not() -> None:
    by, one = window(), insured(birth_date=OLD)
    with nothing_changes():
        with pytest.raises(InvalidInput, match="“票据号码”"):
            prepared(by, [one.name, number_of(one)], header=("姓名", "身份证号", "事故日期"))
        with pytest.raises(InvalidInput, match="没有一行内容"):
            prepare_settlements(by=by, file_name="a.xlsx", content=settlement_template(), now=at())
        for who in (handler(), factories.user("funeral")):
            with pytest.raises(NotAllowed):
                prepared(who, row(one))
    confirmed_version()
    file = prepared(by, row(one))
    other = window(division=factories.town("320903102000"))
    with nothing_changes(), pytest.raises(NotAllowed):
        settle_file(by=other, file=file, now=at())


@pytest.mark.django_db
def test_what_changed_after_the_trial_stays_on_the_file_with_its_reason() -> None:
    confirmed_version()
    by, one = window(), insured(birth_date=OLD)
    file = prepared(by, row(one))
    settle(one, by, invoice="00099999")
    settle_file(by=by, file=file, now=at(hour=11))
    (line,) = file.rows.all()
    assert line.outcome == "refused"
    assert "已经有赔案" in line.reason
    assert line.cells is not None


@pytest.mark.django_db(transaction=True)
def test_two_presses_at_once_settle_each_accident_once() -> None:
    confirmed_version()
    by, people = window(), [insured(birth_date=OLD) for _ in range(2)]
    file = prepared(by, *(row(one, f"0001234{at_}") for at_, one in enumerate(people)))
    race(*(partial(settle_file, by=by, file=file, now=at(hour=11)) for _ in range(2)))
    settle_file(by=by, file=file, now=at(hour=11))
    assert (Claim.objects.count(), AuditEntry.objects.filter(action="claims.settled_file").count()) == (2, 1)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("point", "turn", "settled"),
    [("ankang.claims.windows.put_invoices", 2, 1), ("ankang.claims.settlement_files.waiting_settlements", 2, 1)],
)
def test_killed_in_the_middle_it_goes_on(
    point: str, turn: int, settled: int, client_of: Callable[[User], Client]
) -> None:
    Installation.objects.create(pk=1, is_sample=True, demo_today=date(2024, 5, 29))
    confirmed_version()
    by, people = window(), [insured(birth_date=OLD) for _ in range(3)]
    file = prepared(by, *(row(one, f"0001234{at_}") for at_, one in enumerate(people)))
    run_killed(point, turn, "press", by.username, f"/window/import/{file.pk}/")
    assert Claim.objects.count() == settled
    assert [outcome for _, outcome, _ in outcomes(file)].count("done") == settled
    assert client_of(by).post(f"/window/import/{file.pk}/").status_code == 302
    assert Claim.objects.count() == 3
    assert {claim.invoices.count() for claim in Claim.objects.all()} == {1}


@pytest.mark.django_db
def test_the_pages(client_of: Callable[[User], Client], django_assert_num_queries: Callable[[int], Any]) -> None:
    Installation.objects.create(is_sample=True, demo_today=date(2024, 5, 29))
    confirmed_version()
    by, one, other = window(), insured(birth_date=OLD), insured(birth_date=OLD)
    desk = client_of(by)
    assert desk.get("/window/import/template/").content.startswith(b"PK")
    assert "请先选择填好的结算表" in desk.post("/window/import/").content.decode()
    content = xlsx(row(one), row(other, "00012346", "五千"), header=HEAD)
    sent = desk.post("/window/import/", {"file": SimpleUploadedFile("结算.xlsx", content)})
    file = SettlementFile.objects.get()
    address = f"/window/import/{file.pk}/"
    assert sent.headers["Location"] == address
    with django_assert_num_queries(7):
        page = desk.get(address).content.decode()
    assert "请核对：1 件，应赔 1,000.00 元（还没结算）" in page
    assert "第 3 行“总金额”：看不懂这个金额" in page
    assert desk.post(address).status_code == 302
    assert Claim.objects.get().number in desk.get(address).content.decode()
    book = CalamineWorkbook.from_filelike(BytesIO(desk.get(f"{address}report/").content))
    assert book.sheet_names == ["结果", "没结算的行"]
    assert book.get_sheet_by_name("没结算的行").to_python()[1][-3:] == [
        3.0,
        "总金额：看不懂这个金额",
        "请写成 1200.50 的样子，单位元",
    ]
    assert client_of(window(division=factories.town("320903102000"))).get(address).status_code == 404
