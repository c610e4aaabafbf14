"""投保预检: who of these villages can be applied for now, and what stands in the way of everybody else."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef, QuerySet

from ankang.accounts.models import User
from ankang.divisions.models import Division
from ankang.enrolment.models import Holding
from ankang.money.queries import funded_holdings
from ankang.policies.models import ApplicationRow, Certificate
from ankang.privacy.cipher import sm3
from ankang.programmes.models import ProgrammeVersion
from ankang.programmes.queries import plan_of
from ankang.roster.models import Resident
from ankang.roster.numbers import SAMPLE_AREAS
from ankang.rules.eligibility import NotEligible, require_joining
from ankang.rules.errors import InvalidInput
from ankang.rules.identity import parse_number
from ankang.rules.programme import Programme as Plan

_ALIVE = (ApplicationRow.Outcome.WAITING, ApplicationRow.Outcome.ACCEPTED)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A holding without a policy; `code` and `words` tell why it is left out, empty for who is applied for."""

    holding: Holding
    resident: Resident
    number: str
    code: str = ""
    words: str = ""

    @property
    def premium_fen(self) -> int:
        return self.holding.units * self.holding.unit_price_fen


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
        return len({one.resident.pk for one in self.chosen})

    @property
    def sign(self) -> str:
        seen = [[one.holding.pk, one.resident.pk, one.resident.name, one.resident.number_tail] for one in self.chosen]
        return sm3(json.dumps([seen, [[one.holding.pk, one.code] for one in self.left_out]]).encode())[:32]

    def by_village(self) -> list[tuple[Division, int, int, int]]:
        """Return (village, people applied for, their fen, rows left out), in the order of the codes."""
        villages = {one.resident.village_id: one.resident.village for one in (*self.chosen, *self.left_out)}
        people = Counter(code for code, _ in {(one.resident.village_id, one.resident.pk) for one in self.chosen})
        fen: Counter[str] = Counter()
        for one in self.chosen:
            fen[one.resident.village_id] += one.premium_fen
        out = Counter(one.resident.village_id for one in self.left_out)
        return [(village, people[code], fen[code], out[code]) for code, village in sorted(villages.items())]

    def by_reason(self) -> list[tuple[str, int]]:
        """Return (reason in words, rows) of those left out, the most frequent first."""
        return Counter(REASONS[one.code] for one in self.left_out).most_common()


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
    funded = set(
        _open(by, version, villages).filter(pk__in=funded_holdings(version.programme)).values_list("pk", flat=True)
    )
    rows = list(_open(by, version, villages).select_related("enrolment__participation__resident__village"))
    twins = _twins(version, [row.enrolment.participation.resident for row in rows])
    sieve = _Sieve(plan_of(version), frozenset(funded), frozenset(twins))
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
    person = "enrolment__participation__resident"
    return rows.order_by(f"{person}__village", f"{person}__household", f"{person}__pk", "product", "pk")


_Twin = tuple[str, date, str]


def _twin(name: str, birth: date, tail: str) -> _Twin:
    return name, birth, tail


def _twins(version: ProgrammeVersion, residents: Sequence[Resident]) -> set[_Twin]:
    """Return (name, birth, tail) that more than one resident of the list, or one with a certificate, bears.

    Two numbers with the same birth and the same last four characters differ in the area alone: one is mistyped.
    """
    seen: dict[_Twin, set[int]] = {}
    for one in residents:
        seen.setdefault(_twin(one.name, one.birth_date, one.number_tail), set()).add(one.pk)
    insured = Certificate.objects.alive().filter(policy__programme=version.programme_id)
    for name, birth, tail, key in insured.values_list("name", "birth_date", "identity_tail", "resident_id"):
        if (twin := _twin(name, birth, tail)) in seen:
            seen[twin].add(key)
    return {twin for twin, keys in seen.items() if len(keys) > 1}


@dataclass(frozen=True, slots=True)
class _Sieve:
    """What one holding after another is held against."""

    plan: Plan
    funded: frozenset[int]
    twins: frozenset[_Twin]

    def candidate(self, holding: Holding) -> Candidate:
        resident = holding.enrolment.participation.resident
        is_funded = holding.pk in self.funded
        number = resident.number.reveal() if resident.number and is_funded else ""
        code, words = self._problem(holding, resident, number)
        return Candidate(holding, resident, number, code, words)

    def _problem(self, holding: Holding, resident: Resident, number: str) -> tuple[str, str]:
        if resident.status != Resident.Status.LIVING:
            state = resident.get_status_display()
            return "not_living", f"名册上是“{state}”。没有去世或迁出的，请先在名册上恢复；属实的，请办退保。"
        if holding.pk not in self.funded:
            return "not_funded", "保费还没收齐，或者政府、捐赠的那一份还没有认可的付款凭据。收齐后再编一批就会列入。"
        try:
            parse_number(number, sample_areas=SAMPLE_AREAS if resident.is_sample else frozenset())
        except InvalidInput as error:
            return "number", f"身份证号有问题：{error.fields.get('reason', '号码不全')}。请镇民政办先更正。"
        return self._problem_of_cover(holding, resident)

    def _problem_of_cover(self, holding: Holding, resident: Resident) -> tuple[str, str]:
        try:
            require_joining(self.plan, self.plan.product(holding.product), resident.birth_date, holding.cover_from)
        except NotEligible as error:
            return "age", error.message
        cap, capped = self.plan.terms.unit_cap, holding.enrolment.participation.capped_units
        if capped > cap:  # READING K10
            return "unit_cap", f"每人最多{cap}份，这位老人有{capped}份。请退掉多的份数。"
        if _twin(resident.name, resident.birth_date, resident.number_tail) in self.twins:
            return (
                "duplicate",
                "名册上另有一人姓名、出生日期、证件后四位都一样，多半是同一个人登记了两次。请核对后更正。",
            )
        return "", ""
