"""Files of the insurer and the bank beside ours: matched, missing, different; a file once; words for the rest."""

from datetime import timedelta

import pytest
from tests import factories
from tests.enrolment.acts import NOW, TODAY
from tests.treasury import acts
from tests.treasury.acts import insured, nothing_changes, paid, remitted

from ankang.enrolment.models import Enrolment
from ankang.rules.errors import InvalidInput, NotAllowed
from ankang.treasury import donors, reconciling, refunds
from ankang.treasury.errors import FileComparedBefore
from ankang.treasury.models import BankSlip, Reconciliation, ReconciliationRow
from ankang.treasury.statements import bank_rows, insurer_rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def version():
    return factories.version()


def compare(version, content, kind="insurer", **facts):
    told = {"by": acts.first(), "file_name": "承保清单.csv", "now": NOW} | facts
    return reconciling.compare(programme=version.programme, kind=kind, content=content, **told)


def outcomes(run):
    return [(row.row_number, row.outcome, row.ours_fen, row.theirs_fen) for row in run.rows.all()]


def listed(*rows, head="序号,被保险人姓名,证件号码,险种,保费（元）", encoding="gb18030"):
    return "\n".join([head, *(",".join(["1", *row[:2], "B", row[2]]) for row in rows), "合计,,,,999"]).encode(encoding)


def person(name):
    resident = factories.resident(name=name)
    return resident, resident.number.reveal()


def test_every_kind_of_row(version):
    people = {name: person(name) for name in ("王秀兰", "李国富", "张桂英", "陈大年", "赵长寿", "周一民")}
    for name in ("王秀兰", "李国富", "张桂英", "陈大年", "周一民"):
        paid(insured(version, people[name][0]))
    remitted(version)
    number = {name: text for name, (_, text) in people.items()}
    run = compare(
        version,
        listed(
            ("王秀兰", number["王秀兰"], "50.00"),
            ("李国富", number["李国富"], "100"),
            ("张桂兰", number["张桂英"], "50"),
            ("王秀兰", number["王秀兰"].lower(), "50"),
            ("赵长寿", number["赵长寿"], "50"),
            ("无此人", "320900195001011234", "50"),
            ("陈大年", f"'{number['陈大年']}", "五十"),
        ),
    )
    assert sorted(outcomes(run), key=lambda row: row[0] or 99) == [
        (2, "matched", 5_000, 5_000),
        (3, "different", 5_000, 10_000),
        (4, "changed", 5_000, 5_000),
        (5, "duplicate", 5_000, 5_000),
        (6, "missing_here", None, 5_000),
        (7, "unknown", None, 5_000),
        (8, "different", 5_000, 0),
        (None, "missing_there", 5_000, None),
    ]
    stored = " ".join(row.who + row.says for row in run.rows.all())
    assert not any(text in stored for text in number.values())
    assert "张桂英" in run.rows.get(row_number=4).says
    counts = reconciling.comparisons(acts.first()).get()
    assert (counts.all_rows, counts.matched, counts.open_rows) == (8, 1, 7)


def test_the_same_file_is_compared_once(version):
    content = listed(("某", "320900195001011234", "50"))
    run = compare(version, content)
    with nothing_changes(), pytest.raises(FileComparedBefore) as refused:
        compare(version, content, file_name="另一个名字.csv")
    assert refused.value.fields["run"] == run.pk


def test_a_difference_stays_open_until_somebody_says_why(version):
    run = compare(version, listed(("某", "320900195001011234", "50")))
    row = run.rows.get()
    with nothing_changes(), pytest.raises(InvalidInput, match="为什么不一样"):
        reconciling.explain(by=acts.first(), row=row, explanation=" ", now=NOW)
    with nothing_changes(), pytest.raises(NotAllowed):
        reconciling.explain(by=factories.user("insurer"), row=row, explanation="x", now=NOW)
    by = acts.first()
    reconciling.explain(by=by, row=row, explanation="是外镇的人，已请保险公司删除", now=NOW)
    assert reconciling.comparisons(by).get().open_rows == 0


def test_the_bank_by_reference_and_sign(version):
    paid(insured(version))
    acts.given_money(acts.agreed(version), 3_000, reference="YH001")
    sent = remitted(version)
    content = (
        "﻿交易日期,流水号,收入,支出,对方户名\n"
        "20240304,YH001,30.00,,慈善会\n"
        f'20240304,{sent.reference},,"50.00",国寿\n'
        '20240305,YH777,"1,200.50",,某公司\n'
        "20240305,YH001,30,,慈善会\n"
        "20240305,,5,,利息\n"
    ).encode()
    run = compare(version, content, kind="bank")
    assert [row for row in outcomes(run) if row[0]] == [
        (2, "matched", 3_000, 3_000),
        (3, "matched", -5_000, -5_000),
        (4, "missing_here", None, 120_050),
        (5, "duplicate", 3_000, 3_000),
        (6, "different", None, 500),
    ]
    assert run.rows.get(row_number=6).says == "没有流水号"


def test_a_clean_month_leaves_nothing_open(version):
    paid(insured(version), insured(version, payer="self"))
    acts.banked(reference="CK01")
    gift = acts.agreed(version)
    acts.given_money(gift, 3_000, reference="JZ01")
    told = {"by": acts.first(), "key": acts.key(), "now": NOW}
    donors.return_donation(donation=gift, amount_fen=3_000, reference="TH01", on=TODAY, **told)
    sent = remitted(version)
    gone = acts.given_up(Enrolment.objects.first())
    back = acts.refunded(gone)[0].amount_fen
    facts = {"programme": version.programme, "amount_fen": back, "reference": "BX01", "on": TODAY}
    refunds.receive_from_insurer(**facts, **told)
    acts.given_money(gift, 1_000, reference="JZ02", on=TODAY + timedelta(days=30))
    rows = [("CK01", "100.00"), ("JZ01", "30.00"), ("TH01", "-30.00"), (sent.reference, "-100.00")]
    rows.append(("BX01", f"{back / 100}"))
    content = "\n".join(["日期,流水号,金额", *(f"2024-03-{4 + at:02d},{a},{b}" for at, (a, b) in enumerate(rows))])
    run = compare(version, content.encode(), kind="bank")
    assert {row.outcome for row in run.rows.all()} == {"matched"}
    assert run.rows.count() == 5, "what the next month's list will hold is not missing on this one"
    later = compare(version, "日期,流水号,金额\n2024-03-01,JZ02,10\n20240430101600,XX,1".encode(), kind="bank")
    assert [row[1] for row in outcomes(later)] == ["matched", "missing_here"]


def test_a_number_of_the_bank_is_booked_once(version):
    paid(insured(version))
    acts.banked(reference="CK01")
    paid(insured(version))
    with pytest.raises(InvalidInput, match="CK01"):
        acts.banked(reference="CK01")
    assert BankSlip.objects.count() == 1
    assert acts.balances()["town_bank"] == 5_000


@pytest.mark.parametrize("read", [insurer_rows, bank_rows])
@pytest.mark.parametrize("content", [b"", b"\x00\x01", "姓名,地址\n某,某".encode(), b"%PDF-1.4 x"])
def test_what_is_no_such_list_is_refused(read, content):
    with pytest.raises(InvalidInput):
        read(content)


def test_a_bank_list_needs_an_amount():
    with pytest.raises(InvalidInput, match="收入"):
        bank_rows("流水号,收入\n1,2".encode())


def test_only_the_town_compares(version):
    with nothing_changes(), pytest.raises(NotAllowed):
        compare(version, listed(), by=factories.user("insurer"))
    assert not Reconciliation.objects.exists()
    assert not ReconciliationRow.objects.exists()
