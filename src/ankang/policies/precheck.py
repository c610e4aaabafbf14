"""投保预检: who of these villages can be applied for now, and what stands in the way of everybody else."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from django.db.models import Exists, OuterRef, QuerySet

from ankang.accounts.models import User
from ankang.enrolment.models import Holding
from ankang.money.queries import funded_holdings
from ankang.policies.models import ApplicationRow, Certificate
from ankang.privacy.cipher import sm3
from ankang.privacy.fields import Sealed
from ankang.programmes.models import ProgrammeVersion
from ankang.programmes.queries import plan_of
from ankang.roster.models import Resident
from ankang.roster.numbers import SAMPLE_AREAS
from ankang.rules.eligibility import NotEligible, require_joining
from ankang.rules.errors import InvalidInput
from ankang.rules.identity import parse_number
from ankang.rules.programme import Programme as Plan

_PERSON = "enrolment__participation__resident__"
_ALIVE = (ApplicationRow.Outcome.WAITING, ApplicationRow.Outcome.ACCEPTED)


class Row(NamedTuple):
    """A holding and its person, the columns that the check asks for: model objects of a whole town take a second."""

    holding: int
    enrolment: int
    product: str
    units: int
    unit_price_fen: int
    cover_from: date
    cover_to: date
    capped_units: int
    resident: int
    name: str
    sex: str
    birth_date: date
    status: str
    is_sample: bool
    village: str
    village_name: str
    number: Sealed | None
    number_tail: str
    phone: Sealed | None
    phone_tail: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A holding without a policy; `code` and `words` tell why it is left out, empty for who is applied for."""

    row: Row
    number: str
    code: str = ""
    words: str = ""

    @property
    def premium_fen(self) -> int:
        return self.row.units * self.row.unit_price_fen


@dataclass(frozen=True, slots=True)
class Checked:
    """What the check makes of some villages. `sign` is the same as long as the list is."""

    chosen: tuple[Candidate, ...]
    left_out: tuple[Candidate, ...]

    @property
    def total_fen(self) -> int:
        return sum(one.premium_fen for one in self.chosen)

    @property
    def people(self) -> int:
        return len({one.row.resident for one in self.chosen})

    @property
    def sign(self) -> str:
        seen = [[one.row.holding, one.row.resident, one.row.name, one.row.number_tail] for one in self.chosen]
        return sm3(json.dumps([seen, [[one.row.holding, one.code] for one in self.left_out]]).encode())[:32]

    def by_village(self) -> list[tuple[str, int, int, int]]:
        """Return (village's name, people applied for, their fen, rows left out), in the order of the codes."""
        villages = {one.row.village: one.row.village_name for one in (*self.chosen, *self.left_out)}
        people = Counter(code for code, _ in {(one.row.village, one.row.resident) for one in self.chosen})
        fen: Counter[str] = Counter()
        for one in self.chosen:
            fen[one.row.village] += one.premium_fen
        out = Counter(one.row.village for one in self.left_out)
        return [(name, people[code], fen[code], out[code]) for code, name in sorted(villages.items())]

    def by_reason(self) -> list[tuple[str, int]]:
        """Return (reason in words, rows) of those left out, the most frequent first."""
        return Counter(REASONS[one.code] for one in self.left_out).most_common()


_COLUMNS = (
    *("pk", "enrolment", "product", "units", "unit_price_fen", "cover_from", "cover_to"),
    "enrolment__participation__capped_units",
    "enrolment__participation__resident",
    *(_PERSON + name for name in ("name", "sex", "birth_date", "status", "is_sample", "village", "village__name")),
    *(_PERSON + name for name in ("number", "number_tail", "phone", "phone_tail")),
)  # in the order of `Row`

REASONS = {
    "not_funded": "保费还没收齐",
    "number": "身份证号有问题",
    "age": "年龄不符",
    "not_living": "已故或已迁出",
    "unit_cap": "份数超过上限",
    "duplicate": "疑似同一个人登记了两次",
}


def check(by: User, version: ProgrammeVersion, villages: Sequence[str] = ()) -> Checked:
    """Return what can be applied for in these villages (none: all of the person's), with the reasons for the rest.

    Five queries. Who has a certificate or waits in another batch is in neither list.
    """
    holdings = _open(by, version, villages)
    funded = frozenset(holdings.filter(pk__in=funded_holdings(version.programme)).values_list("pk", flat=True))
    rows = [Row(*row) for row in holdings.values_list(*_COLUMNS)]
    sieve = _Sieve(plan_of(version), funded, _twins(version, rows))
    found = [sieve.candidate(row) for row in rows]
    return Checked(tuple(one for one in found if not one.code), tuple(one for one in found if one.code))


def _open(by: User, version: ProgrammeVersion, villages: Sequence[str]) -> QuerySet[Holding]:
    """Holdings of enrolments in force that neither wait with the insurer nor have a certificate."""
    asked = ApplicationRow.objects.filter(holding=OuterRef("pk"), outcome__in=_ALIVE)
    rows = Holding.objects.filter(
        ~Exists(asked),
        ~Exists(Certificate.objects.filter(holding=OuterRef("pk"))),
        enrolment__participation__programme=version.programme_id,
        enrolment__participation__resident__village__code__startswith=by.scope,
        enrolment__cancelled_at__isnull=True,
        enrolment__withdrawn_on__isnull=True,
    )
    if villages:
        rows = rows.filter(enrolment__participation__resident__village__in=villages)
    return rows.order_by(f"{_PERSON}village", f"{_PERSON}household", f"{_PERSON}pk", "product", "pk")


_Twin = tuple[str, date, str]


def _twins(version: ProgrammeVersion, rows: Sequence[Row]) -> frozenset[_Twin]:
    """Return (name, birth, tail) that more than one resident of the list, or one with a certificate, bears.

    Two numbers with the same birth and the same last four characters differ in the area alone: one is mistyped.
    """
    seen: dict[_Twin, set[int]] = {}
    for row in rows:
        seen.setdefault((row.name, row.birth_date, row.number_tail), set()).add(row.resident)
    insured = Certificate.objects.alive().filter(policy__programme=version.programme_id)
    for name, birth, tail, key in insured.values_list("name", "birth_date", "identity_tail", "resident_id"):
        if (twin := (name, birth, tail)) in seen:
            seen[twin].add(key)
    return frozenset(twin for twin, keys in seen.items() if len(keys) > 1)


@dataclass(frozen=True, slots=True)
class _Sieve:
    """What one holding after another is held against."""

    plan: Plan
    funded: frozenset[int]
    twins: frozenset[_Twin]

    def candidate(self, row: Row) -> Candidate:
        is_funded = row.holding in self.funded
        number = row.number.reveal() if row.number and is_funded else ""
        return Candidate(row, number, *self._problem(row, number))

    def _problem(self, row: Row, number: str) -> tuple[str, str]:
        if row.status != Resident.Status.LIVING:
            state = Resident.Status(row.status).label
            return "not_living", f"名册上是“{state}”。没有去世或迁出的，请先在名册上恢复；属实的，请办退保。"
        if row.holding not in self.funded:
            return "not_funded", "保费还没收齐，或者政府、捐赠的那一份还没有认可的付款凭据。收齐后再编一批就会列入。"
        try:
            parse_number(number, sample_areas=SAMPLE_AREAS if row.is_sample else frozenset())
        except InvalidInput as error:
            return "number", f"身份证号有问题：{error.fields.get('reason', '号码不全')}。请镇民政办先更正。"
        return self._problem_of_cover(row)

    def _problem_of_cover(self, row: Row) -> tuple[str, str]:
        try:
            require_joining(self.plan, self.plan.product(row.product), row.birth_date, row.cover_from)
        except NotEligible as error:
            return "age", error.message
        cap = self.plan.terms.unit_cap
        if row.capped_units > cap:  # READING K10
            return "unit_cap", f"每人最多{cap}份，这位老人有{row.capped_units}份。请退掉多的份数。"
        if (row.name, row.birth_date, row.number_tail) in self.twins:
            return (
                "duplicate",
                "名册上另有一人姓名、出生日期、证件后四位都一样，多半是同一个人登记了两次。请核对后更正。",
            )
        return "", ""
