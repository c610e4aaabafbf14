"""Enrolling from a file: what each cell may say, what is refused with which words, and that nothing counts twice."""

import io
from datetime import date, timedelta

import pytest
from python_calamine import load_workbook
from tests import factories
from tests.enrolment.acts import NOW, TODAY, enrol, nothing_changes, withdrawal_of
from tests.roster.files import xlsx

from ankang.audit.models import AuditEntry
from ankang.enrolment.actions import cancel_enrolment
from ankang.enrolment.models import Enrolment, Funding
from ankang.enrolment.slip_cells import consent_of, payer_of, product_of, units_of
from ankang.enrolment.slip_files import earlier_slip, prepare_file
from ankang.enrolment.slip_queries import tally
from ankang.enrolment.slip_workbooks import slip_report, slip_template
from ankang.enrolment.slips import go_on
from ankang.enrolment.withdrawals import decide_withdrawal
from ankang.rules.errors import InvalidInput, NotAllowed
from ankang.rules.premium import Payer

pytestmark = pytest.mark.django_db
HEAD = ("姓名", "身份证号", "险种", "份数", "谁出钱", "谁同意的", "出资的是谁", "用途")


@pytest.fixture
def version():
    return factories.version()


@pytest.fixture
def worker(version):
    return factories.user("village")


@pytest.fixture
def people(worker):
    return [factories.resident(worker.division, name=name) for name in ("王秀兰", "陈大山", "王小妹")]


def row(one, product="50元/份", units="1", payer="本人", consent="本人", *given):
    giver, purpose = [*given, "", ""][:2]
    return [one.name, one.number.reveal(), product, units, payer, consent, giver, purpose]


def prepared(by, version, *rows, header=HEAD, **facts):
    content = xlsx(*rows, header=header)
    return prepare_file(by=by, version=version, file_name="登记.xlsx", content=content, today=TODAY, now=NOW, **facts)


def run(by, slip):
    return go_on(by=by, slip=slip, today=TODAY, now=NOW)


def reasons(slip):
    return [(line.position, line.column, line.reason) for line in slip.lines.filter(outcome="refused")]


@pytest.fixture
def fresh(people):
    """Residents as read from the database, whose numbers can be revealed."""
    return [type(one).objects.get(pk=one.pk) for one in people]


def test_a_file_is_checked_shown_and_only_then_enrolled(worker, version, fresh):
    slip = prepared(
        worker,
        version,
        row(fresh[0]),
        row(fresh[1], "100", "2份", "爱心捐赠", "家属", "某某公司", "重阳节"),
        row(fresh[2], "A", "一", "本人60、子女40", "是"),
    )
    assert not Enrolment.objects.exists()
    assert (tally(slip).waiting, tally(slip).waiting_fen) == (3, 5000 + 20000 + 10000)
    assert run(worker, slip) == 0
    assert set(Enrolment.objects.values_list("channel", flat=True)) == {"import"}
    assert sorted(Funding.objects.values_list("payer", "amount_fen")) == [
        ("child", 4000),
        ("donor", 20000),
        ("self", 5000),
        ("self", 6000),
    ]


def test_checking_costs_the_same_for_one_and_for_many(worker, version, fresh, django_assert_num_queries):
    # people, earlier keys, three of the check; slip and lines within a savepoint
    with django_assert_num_queries(8):
        prepared(worker, version, *[row(one) for one in fresh])
    with django_assert_num_queries(8):
        prepared(worker, version, row(fresh[0], units="2"))


def test_each_wrong_row_says_where_why_and_how_and_the_good_ones_go_in(worker, version, fresh):
    stranger = factories.resident(factories.village(2), name="外村人")
    stranger.refresh_from_db()
    young = factories.resident(worker.division, name="年轻人", birth_date=date(1970, 1, 1))
    young.refresh_from_db()
    subject = factories.resident(worker.division, name="八十岁", birth_date=date(1940, 1, 1))
    subject.refresh_from_db()
    enrol(worker, fresh[2], version, units=2)
    bad_digit = row(fresh[0])
    bad_digit[1] = bad_digit[1][:-1] + ("0" if bad_digit[1][-1] != "0" else "1")
    other_name = row(fresh[0])
    other_name[0] = "别的人"
    slip = prepared(
        worker,
        version,
        row(fresh[0]),
        bad_digit,
        other_name,
        row(fresh[0]),
        row(stranger),
        row(fresh[1], product="80元"),
        row(fresh[1], units=""),
        row(fresh[1], payer="朋友"),
        row(fresh[1], payer="本人30、子女10"),
        row(fresh[1], consent="不同意"),
        row(fresh[1], payer="村集体"),
        row(fresh[2]),
        row(young),
        row(subject),
    )
    found = reasons(slip)
    assert [position for position, _, _ in found] == list(range(3, 16))
    words = [
        "校验码", "姓名和名册上", "和第2行一样", "没有这个身份证号", "没有这个险种", "没有写份数", "看不懂谁出钱",
        "还差10.00元", "看不出老人同意了没有", "还没有写出资的是谁", "最多2份", "周岁", "由政府出钱购买",
    ]  # fmt: skip
    for (_, _, reason), word in zip(found, words, strict=True):
        assert word in reason
    assert run(worker, slip) == 0
    assert list(Enrolment.objects.filter(channel="import").values_list("participation__resident__name", flat=True)) == [
        "王秀兰"
    ]


def test_a_repeated_file_changes_nothing_and_is_recognised(worker, version, fresh):
    rows = [row(one) for one in fresh]
    file = {"by": worker, "version": version, "file_name": "登记.xlsx", "content": xlsx(*rows, header=HEAD)}
    first = prepare_file(**file, today=TODAY, now=NOW)
    run(worker, first)
    second = prepare_file(**file, today=TODAY, now=NOW)
    assert (tally(second).same, second.finished_at) == (3, NOW)
    assert earlier_slip(second) == first
    third = prepared(worker, version, *reversed(rows))
    assert tally(third).same == 3
    assert earlier_slip(third) is None
    with nothing_changes():
        assert run(worker, third) == 0
    assert Enrolment.objects.count() == 3


def test_two_slips_of_one_file_confirmed_both_enrol_once(worker, version, fresh):
    first, second = (prepared(worker, version, row(fresh[0])) for _ in range(2))
    run(worker, first)
    assert go_on(by=worker, slip=second, today=TODAY, now=NOW + timedelta(minutes=1)) == 0
    assert (tally(first).done, tally(second).same) == (1, 1)
    assert Enrolment.objects.count() == 1


def test_after_a_cancellation_the_row_counts_anew(worker, version, fresh):
    for _ in range(2):
        slip = prepared(worker, version, row(fresh[0]))
        run(worker, slip)
        assert tally(slip).done == 1
        cancel_enrolment(by=worker, enrolment=Enrolment.objects.latest("pk"), today=TODAY, now=NOW)
    assert Enrolment.objects.count() == 2


def test_after_a_withdrawal_the_row_counts_anew(worker, version, fresh):
    run(worker, prepared(worker, version, row(fresh[0])))
    made = Enrolment.objects.get()
    asked = withdrawal_of(made, worker)
    insurer = factories.user("insurer")
    decide_withdrawal(by=insurer, withdrawal=asked, accept=True, note="", today=TODAY + timedelta(days=2), now=NOW)
    again = prepared(worker, version, row(fresh[0]))
    assert tally(again).waiting == 1
    assert run(worker, again) == 0
    assert (tally(again).done, Enrolment.objects.filter(withdrawn_on=None).count()) == (1, 1)


def test_government_buys_from_a_file_without_consent(worker, version):
    subject = factories.resident(worker.division, birth_date=date(1940, 1, 1))
    subject.refresh_from_db()
    slip = prepared(worker, version, row(subject, payer="政府", consent=""), row(subject, "100元", payer="子女"))
    assert tally(slip).waiting == 2
    run(worker, slip)
    assert sorted(Enrolment.objects.values_list("consent", flat=True)) == ["not_needed", "resident"]


def test_loose_column_names_and_rows_that_are_no_people(worker, version, fresh):
    header = ("*老人姓名", "证件号码（18位）", "档次", "购买份数", "出资人", "是否同意", "备注2")
    example = ["示例（请删除此行）", "110105194912310021", "50", "1", "本人", "是", ""]
    slip = prepared(
        worker, version, example, [*row(fresh[0])[:6], ""], ["合计", "", "", "1", "", "", ""], header=header
    )
    assert [line.resident for line in slip.lines.all()] == [fresh[0]]


@pytest.mark.parametrize(
    ("header", "words"),
    [(HEAD[:2] + HEAD[3:], "没有找到“险种”"), (("姓名", "险种", "份数"), "“身份证号”")],
)
def test_a_missing_column_is_named_and_nothing_is_stored(worker, version, fresh, header, words):
    with nothing_changes(), pytest.raises(InvalidInput, match=words):
        prepared(worker, version, [""] * len(header), header=header)


def test_no_spreadsheet_is_one_sentence(worker, version):
    with nothing_changes(), pytest.raises(InvalidInput):
        prepare_file(by=worker, version=version, file_name="a", content=b"\x00" * 40, today=TODAY, now=NOW)


def test_the_template_reads_back_with_only_its_example(worker, version):
    content = slip_template(factories.plan())
    sheet = load_workbook(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    assert tuple(sheet[0]) == HEAD
    assert sheet[1][0].startswith("示例")
    with pytest.raises(InvalidInput, match="没有一行内容"):
        prepare_file(by=worker, version=version, file_name="t.xlsx", content=content, today=TODAY, now=NOW)


def test_the_report_says_what_became_of_each_row_and_is_noted(worker, version, fresh):
    slip = prepared(worker, version, row(fresh[0]), row(fresh[1], units="三百"))
    run(worker, slip)
    book = load_workbook(io.BytesIO(slip_report(by=worker, slip=slip)))
    result, refused = (book.get_sheet_by_index(index).to_python() for index in (0, 1))
    assert result[1][1:4] == ["王秀兰", fresh[0].number_tail, "B"]
    assert result[1][10] == "已登记"
    assert refused[1][:4] == row(fresh[1], units="三百")[:4]
    assert "份数看不懂" in refused[1][-2]
    assert AuditEntry.objects.get(action="enrolment.open_slip").detail == {"rows": 2}
    stranger = factories.user("village", division=factories.village(2))
    with nothing_changes(), pytest.raises(NotAllowed):
        slip_report(by=stranger, slip=slip)


def test_refused_rows_are_sealed(worker, version, fresh):
    slip = prepared(worker, version, row(fresh[0], units="x"))
    line = slip.lines.get()
    assert fresh[0].number.reveal() in line.cells.reveal()
    assert fresh[0].number.reveal().encode() not in bytes(line.cells.stored)


def test_who_is_refused_only_at_the_confirmation_stands_in_the_sheet_to_mend(worker, version, fresh):
    slip = prepared(worker, version, row(fresh[0]), row(fresh[1]), row(fresh[2], units="x"))
    enrol(worker, fresh[1], version, product="A", units=2)
    run(worker, slip)
    assert list(slip.lines.values_list("outcome", flat=True)) == ["done", "refused", "refused"]
    book = load_workbook(io.BytesIO(slip_report(by=worker, slip=slip)))
    refused = book.get_sheet_by_index(1).to_python()
    assert [line[:4] for line in refused[1:]] == [row(fresh[1])[:4], row(fresh[2], units="x")[:4]]
    assert "2" in refused[1][-2]
    assert "请照原因处理后重新上传" in refused[1][-1]
    assert [line.cells is None for line in slip.lines.all()] == [True, False, False]


@pytest.mark.parametrize("text", ["50元/份", "50", "B", "b", " 50元 ", "５０元／份"])
def test_a_product_by_name_code_or_price(text):
    assert product_of(text, factories.plan()) == "B"


@pytest.mark.parametrize(("text", "units"), [("1", 1), ("2份", 2), ("两份", 2), ("２", 2)])
def test_units(text, units):
    assert units_of(text) == units


@pytest.mark.parametrize("text", ["", "0", "-1", "1.5", "100", "很多"])
def test_no_units(text):
    with pytest.raises(InvalidInput):
        units_of(text)


def test_payers_and_consents():
    assert payer_of("村委会") == (Payer.VILLAGE, [])
    assert payer_of("本人30，子女20元") == (Payer.SELF, [("self", 3000), ("child", 2000)])
    assert consent_of("家属", Payer.SELF) == "family"
    assert consent_of("", Payer.GOVERNMENT) == "not_needed"


@pytest.mark.parametrize(
    ("text", "consent"),
    [
        ("本人，当面", "resident"),
        ("老人本人，当面念的", "resident"),
        ("家属，电话", "fam_phone"),
        ("家属（电话里念的）", "fam_phone"),
        ("子女电话同意", "fam_phone"),
        ("本人 签字", "res_signed"),
        ("老人本人，签了同意书", "res_signed"),
        ("家属已签名", "fam_signed"),
    ],
)
def test_a_cell_may_say_how_they_agreed(text, consent):
    assert consent_of(text, Payer.SELF) == consent


@pytest.mark.parametrize("text", ["电话", "签字", "不同意，电话", "邻居，电话"])
def test_a_way_alone_is_nobodys_consent(text):
    with pytest.raises(InvalidInput):
        consent_of(text, Payer.SELF)
