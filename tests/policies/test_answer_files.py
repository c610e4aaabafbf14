"""承保答复表: good rows are answered; unknown, doubled and changed ones say what is wrong, and nothing else stops."""

import pytest
from tests import factories
from tests.policies.acts import NOW, POLICY, answered, insured, insurer, nothing_changes, outcomes, sent, sheet

from ankang.audit.models import AuditEntry
from ankang.policies.answer_files import take_answers
from ankang.policies.models import AnswerFile, Certificate
from ankang.policies.sheets import open_list
from ankang.rules.errors import InvalidInput, NotAllowed

pytestmark = pytest.mark.django_db
YES = ("承保", POLICY, "")


@pytest.fixture
def version():
    return factories.version()


def take(batch, content, by=None):
    return take_answers(by=by or insurer(), batch=batch, file_name="答复.xlsx", content=content, now=NOW)


def told(done):
    return [(one["row"], one["serial"], one["column"]) for one in done.errors]


def test_the_sheet_that_was_downloaded_comes_back(version):
    insured(3, version)
    batch = sent(version)
    content = sheet(answered(batch, YES, ("拒保", "", "在别处已保"), ("", "", "")))
    done = take(batch, content)
    assert (done.accepted, done.refused, done.blank, done.already, done.errors) == (1, 1, 1, 0, [])
    assert outcomes(batch) == [(1, "accepted", ""), (2, "refused", "insurer"), (3, "waiting", "")]
    again = take(batch, content)
    assert (again.accepted, again.refused, again.blank, again.already, again.errors) == (0, 0, 1, 2, [])
    assert Certificate.objects.count() == 1


def test_faulty_rows_are_told_and_good_ones_go_on(version):
    insured(8, version)
    batch = sent(version)
    rows = answered(batch, *[YES] * 8)
    rows[0][3] = factories.identity_number(factories.date(1950, 1, 1))  # another person's number
    rows[1][1] = "李四"
    rows[2][7] = 2  # units
    rows[3][8] = "100"  # premium
    rows[4][-3] = "同意"
    rows[5][-2] = "保单"
    rows[6][-3:] = ["拒保", "", ""]
    rows.append([99, *rows[7][1:]])
    rows.append(list(rows[7]))
    done = take(batch, sheet(rows))
    assert told(done) == [
        (2, "1", "证件号码"),
        (3, "2", "姓名"),
        (4, "3", "份数"),
        (5, "4", "保费（元）"),
        (6, "5", "承保结果"),
        (7, "6", "保单号"),
        (8, "7", "拒保原因"),
        (10, "99", "序号"),
        (11, "8", "序号"),
    ]
    assert (done.accepted, Certificate.objects.get().number) == (1, f"{POLICY}-0001")
    text = str(done.errors)
    assert "李四" not in text
    assert rows[0][3] not in text


def test_a_row_that_is_answered_otherwise_already_is_told(version):
    insured(1, version)
    batch = sent(version)
    take(batch, sheet(answered(batch, YES)))
    done = take(batch, sheet(answered(batch, ("拒保", "", "反悔"))))
    assert told(done) == [(2, "1", "承保结果")]
    assert outcomes(batch) == [(1, "accepted", "")]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04broken", "姓名,号码\n王,1".encode()])
def test_no_such_sheet_is_one_sentence(version, content):
    insured(1, version)
    batch, by = sent(version), insurer()
    with nothing_changes(), pytest.raises(InvalidInput) as refused:
        take(batch, content, by)
    assert refused.value.fields["field"] == "file"


def test_who_opens_the_list_with_whole_numbers_is_noted(version):
    insured(1, version)
    batch = sent(version)
    rows = open_list(by=batch.sent_by, batch=batch)
    assert len(rows[0][3]) == 18
    assert (rows[0][2], *rows[0][7:9], *rows[0][11:13]) == ("居民身份证", 1, 50.0, "法定", "01村")
    looked = AuditEntry.objects.get(action="policies.open_list")
    assert (looked.actor, looked.detail) == (batch.sent_by, {"rows": 1})
    for by in (factories.user("village"), factories.user("insurer", factories.town("320903102000"))):
        with nothing_changes(), pytest.raises(NotAllowed):
            open_list(by=by, batch=batch)
    assert AnswerFile.objects.count() == 0
