"""Money of the sample town on its longer ways: one paper of each kind, by the same actions as a person's.

Two persons of the town have signed what needs two; one refund still waits for the second.
"""

from datetime import date, datetime, time, timedelta

from django.db.models import QuerySet

from ankang.accounts.models import User
from ankang.divisions.models import Division
from ankang.money.models import Account
from ankang.money.queries import balance
from ankang.programmes.models import ProgrammeVersion
from ankang.roster.models import Resident
from ankang.rules.money import yuan
from ankang.rules.refunds import RefundCause
from ankang.sample.campaign import SHANGHAI
from ankang.treasury import donors, government, reconciling, refunds, remittances
from ankang.treasury.banking import bank_money
from ankang.treasury.interest import book_compared
from ankang.treasury.models import Remittance, RemittanceLine
from ankang.treasury.movements import movements

_GIFT_FEN, _HELPED = 500_000, 8
_INTEREST_FEN, _FEE_FEN = 1_237, 1_000
_SAYS = {"JX": "结息", "SF": "账户管理费", "JZ": "爱心企业（示例）"}


def play(version: ProgrammeVersion, villages: list[Division], users: dict[str, User], worker: User, today: date) -> int:
    """Do all of it on the day before `today`; return how many papers there are. `villages`: who ask government."""
    at = datetime.combine(today - timedelta(days=1), time(16), SHANGHAI)
    first, second = users["town"], users["town2"]
    done = [
        _promise(version, villages, first, second, at),
        _gift(version, first, users["donor"], at),
        _banked(first, at),
        _premiums(version, worker, first, second, at),
        _bank_list(version, first, at + timedelta(minutes=30)),
    ]
    return sum(done)


def _promise(version: ProgrammeVersion, villages: list[Division], first: User, second: User, at: datetime) -> bool:
    codes = [village.pk for village in villages]
    asked = government.to_ask(first, version, codes, at.date())
    if not asked.shares:
        return False
    made = government.prepare_request(
        by=first, version=version, villages=codes, shown_fen=asked.total_fen, note="", today=at.date(), now=at,
        key=f"sample-government-{version.programme.year}",
    )  # fmt: skip
    later = at + timedelta(minutes=10)
    government.review_request(by=second, request=made, approve=True, note="", now=later)
    paper = "政府购买付款确认单第2号（示例）"
    government.accept_request(by=first, request=made, paper=paper, accepted_on=at.date(), now=later)
    return True


def _gift(version: ProgrammeVersion, by: User, account: User, at: datetime) -> bool:
    """A donor's money, a part of it used: the rest is the unused balance."""
    key, on = f"sample-gift-{version.programme.year}", at.date()
    gift = donors.agree_donation(
        by=by, programme=version.programme, donor_name="爱心企业（示例）", account=account, paper="捐赠协议1号（示例）",
        purpose="给困难老人交保费", villages=[], amount_fen=_GIFT_FEN, agreed_on=on, key=key, now=at,
    )  # fmt: skip
    donors.receive_donation(
        by=by, donation=gift, amount_fen=_GIFT_FEN, reference=f"JZ{on:%Y%m%d}01", on=on, key=key, now=at
    )
    helped = list(donors.fundable(gift).values_list("pk", flat=True)[:_HELPED])
    if helped:
        donors.use_donation(by=by, donation=gift, fundings=helped, on=on, key=key, now=at)
    return True


def _banked(by: User, at: datetime) -> bool:
    """The cash that a village has handed over is paid into the account."""
    cash, on = balance(Account.TOWN_CASH, by.division_id), at.date()
    if not cash:
        return False
    bank_money(by=by, source="cash", amount_fen=cash, reference=f"CK{on:%Y%m%d}01", on=on, key="sample-cash", now=at)
    return True


def _premiums(version: ProgrammeVersion, worker: User, first: User, second: User, at: datetime) -> bool:
    """What a village has collected goes to the insurer, whose list then differs in two rows; one refund is proposed."""
    if not remittances.to_remit(first, version.programme, [worker.division_id]).parts:
        return False
    made = _remit(version, worker, first, second, at)
    lines = made.lines.select_related("funding__holding__enrolment__participation__resident").order_by("pk")
    _compare(version, first, lines, at + timedelta(minutes=10))
    refunds.prepare_refund(
        by=first, enrolment=lines.reverse()[0].funding.holding.enrolment, cause=RefundCause.DUPLICATE,
        note="和老人在单位买的一份重复，已电话核实", key=f"sample-refund-{version.programme.year}",
        now=at + timedelta(minutes=20),
    )  # fmt: skip
    return True


def _remit(version: ProgrammeVersion, worker: User, first: User, second: User, at: datetime) -> Remittance:
    codes, on = [worker.division_id], at.date()
    made = remittances.prepare_remittance(
        by=first, programme=version.programme, villages=codes, note="", now=at,
        shown_fen=remittances.to_remit(first, version.programme, codes).total_fen,
        key=f"sample-remittance-{version.programme.year}",
    )  # fmt: skip
    remittances.review_remittance(by=second, remittance=made, approve=True, note="", on=on, now=at)
    return remittances.pay_remittance(by=first, remittance=made, reference=f"HK{on:%Y%m%d}01", on=on, now=at)


def _compare(version: ProgrammeVersion, by: User, lines: QuerySet[RemittanceLine], at: datetime) -> None:
    """The insurer has written one premium wrong and lists somebody whom nobody here knows."""
    people: dict[Resident, int] = {}
    for line in lines:
        resident = line.funding.holding.enrolment.participation.resident
        people[resident] = people.get(resident, 0) + line.amount_fen
    rows = [(one.name, one.number.reveal(), amount // 100) for one, amount in people.items() if one.number]
    name, number, yuan = rows[0]
    rows[0] = (name, number, yuan + 50)
    told = [("姓名", "证件号码", "保费"), *rows, ("张大年", "320900195001011234", 50)]
    content = "\n".join(",".join(map(str, row)) for row in told)
    reconciling.compare(
        by=by, programme=version.programme, kind=reconciling.Kind.INSURER, file_name="承保清单（示例）.csv",
        content=content.encode(), now=at,
    )  # fmt: skip


def _bank_list(version: ProgrammeVersion, by: User, at: datetime) -> bool:
    """The bank's list: what we have booked, interest that is booked from it, a fee that waits to be booked."""
    town, on = by.division_id, f"{at:%Y-%m-%d}"
    ours = movements(town)
    if not ours:
        return False
    rows = [(reference, one.amount_fen) for reference, one in ours.items()]
    rows += [(f"JX{at:%Y%m%d}01", _INTEREST_FEN), (f"SF{at:%Y%m%d}01", -_FEE_FEN)]
    told, total = ["交易日期,流水号,交易金额,余额,对方户名"], 0
    for reference, amount in rows:
        total += amount
        told.append(f"{on},{reference},{yuan(amount)},{yuan(total)},{_SAYS.get(reference[:2], '')}")
    run = reconciling.compare(
        by=by, programme=version.programme, kind=reconciling.Kind.BANK, file_name="专户流水（示例）.csv",
        content="\n".join(told).encode(), now=at,
    )  # fmt: skip
    gain = run.rows.get(theirs_fen=_INTEREST_FEN, reference__startswith="JX")
    book_compared(by=by, row=gain, item="interest", on=at.date(), key="sample-interest", now=at)
    return True
