"""数据核查: every check of the roster against itself, the lists and the enrolments, each once: its query and its words.

A page, a count, a workbook and a tick all read this one table; another check is another entry of `CHECKS`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import CharField, Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Concat

from ankang.accounts.models import User
from ankang.enrolment.models import Enrolment, Funding
from ankang.enrolment.subjects import (
    aged_from,
    born_by,
    joinable,
    listed_codes,
    standing_in_groups,
    subjects,
    with_participation,
)
from ankang.programmes.models import ProgrammeVersion
from ankang.programmes.queries import plan_of
from ankang.roster.models import GroupMembership, ImportRow, Resident
from ankang.rules.days import day_words, latest_birth
from ankang.rules.programme import Programme as Plan

SHARED_BY = 4  # a couple and a child may share a telephone; four people hardly do
OLDEST = 105
Code = ImportRow.Code
Rows = QuerySet[Any]


@dataclass(frozen=True, slots=True)
class Ground:
    """What the checks look at: one person's rosters and the running programme, as of a day."""

    user: User
    version: ProgrammeVersion
    today: date

    @property
    def plan(self) -> Plan:
        return plan_of(self.version)

    @property
    def residents(self) -> Rows:
        return Resident.objects.visible_to(self.user)

    @property
    def living(self) -> Rows:
        return self.residents.filter(status=Resident.Status.LIVING)

    @property
    def joining_age(self) -> int:
        return min(product.join_from_age for product in self.plan.products)

    def insured(self, residents: Rows) -> Rows:
        return with_participation(residents, self.version.programme).filter(taking_part__units__gt=0)

    def uninsured(self, residents: Rows) -> Rows:
        joined = with_participation(residents, self.version.programme)
        return joined.filter(Q(taking_part__units__isnull=True) | Q(taking_part__units=0))

    def enrolments(self) -> QuerySet[Enrolment]:
        """In force, of the outer query's resident."""
        return Enrolment.objects.filter(
            participation__resident=OuterRef("pk"),
            participation__programme=self.version.programme,
            cancelled_at__isnull=True,
            withdrawn_on__isnull=True,
        )

    def by_government(self) -> Exists:
        """Whether government bought the outer query's resident something."""
        paid = Funding.objects.filter(
            payer=Funding.Payer.GOVERNMENT,
            holding__enrolment__participation__resident=OuterRef("pk"),
            holding__enrolment__participation__programme=self.version.programme,
            holding__enrolment__cancelled_at__isnull=True,
            holding__enrolment__withdrawn_on__isnull=True,
        )
        return Exists(paid)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One check. `find`: its residents; `fact`: the fields that a tick holds for; `says`: what stands beside a name.

    `may_be_right`: a person may find it right as it stands, and tick it off.
    """

    code: str
    title: str
    tone: str
    meaning: str
    fix: str
    find: Callable[[Ground], Rows]
    fact: tuple[str, ...] = ("birth_date",)
    says: Callable[[Any], str] = lambda row: f"{day_words(row.birth_date)}出生"
    may_be_right: bool = False


def _after_death(ground: Ground) -> Rows:
    dead = ground.residents.filter(status=Resident.Status.DEAD)
    return dead.filter(Exists(ground.enrolments().filter(enrolled_on__gt=OuterRef("died_on"))))


def _died_insured(ground: Ground) -> Rows:
    dead = ground.insured(ground.residents.filter(status=Resident.Status.DEAD))
    return dead.filter(taking_part__first_enrolled_on__lte=F("died_on"))


def _moved_insured(ground: Ground) -> Rows:
    return ground.insured(ground.residents.filter(status=Resident.Status.MOVED))


def _outside_age(ground: Ground) -> Rows:
    return ground.insured(ground.residents).filter(~joinable(ground.plan))


def _turned(ground: Ground, age: int, residents: Rows, *, already: bool) -> Rows:
    """Who turns an age within the year up to the day that counts (READING K12); `already`: by today, else later."""
    last = born_by(ground.plan, age)
    today = min(latest_birth(age, ground.today, ground.plan.terms.birthday), last)
    if already:
        return residents.filter(birth_date__gt=born_by(ground.plan, age + 1), birth_date__lte=today)
    return residents.filter(birth_date__gt=today, birth_date__lte=last)


def _turned_60(ground: Ground) -> Rows:
    return _turned(ground, ground.joining_age, ground.uninsured(ground.living), already=True)


def _turns_60(ground: Ground) -> Rows:
    return _turned(ground, ground.joining_age, ground.uninsured(ground.living), already=False)


def _turned_80(ground: Ground) -> Rows:
    age = aged_from(ground.plan)
    if age is None:
        return ground.living.none()
    born = Q(birth_date__gt=born_by(ground.plan, age + 1), birth_date__lte=born_by(ground.plan, age))
    return ground.living.filter(born).filter(~ground.by_government())


def _subject_uninsured(ground: Ground) -> Rows:
    return ground.uninsured(subjects(ground.user, ground.plan, ground.today))


def _list_ended(ground: Ground) -> Rows:
    ended = GroupMembership.objects.filter(group__in=listed_codes(ground.plan), to_on__lt=ground.today)
    still = standing_in_groups(ground.user, ground.plan, ground.today).values("pk")
    found = ground.living.filter(pk__in=ended.values("resident_id")).exclude(pk__in=still)
    return found.filter(ground.by_government())


def _group_underage(ground: Ground) -> Rows:
    young = ground.living.filter(birth_date__gt=born_by(ground.plan, ground.joining_age))
    standing = standing_in_groups(ground.user, ground.plan, ground.today)
    return young.filter(pk__in=standing.values("pk"))


def _number_differs(ground: Ground) -> Rows:
    warned = ImportRow.objects.filter(code__in=(Code.BIRTH, Code.SEX), run__undone_at__isnull=True)
    return ground.living.filter(number_index__in=warned.values("cells_index"))


def _same_phone(ground: Ground) -> Rows:
    with_phone = ground.living.filter(phone_index__isnull=False).order_by().values("phone_index")
    shared = with_phone.annotate(people=Count("pk")).filter(people__gte=SHARED_BY)
    found = ground.living.filter(phone_index__in=shared.values("phone_index"))
    rows: Rows = found.annotate(people=_as_many(ground, "phone_index"))
    return rows


def _same_person(ground: Ground) -> Rows:
    other = ground.living.filter(name=OuterRef("name"), birth_date=OuterRef("birth_date"))
    twins = ground.living.filter(Exists(other.exclude(pk=OuterRef("pk"))))
    rows: Rows = twins.annotate(people=_as_many(ground, "name", "birth_date"))
    return rows


def _as_many(ground: Ground, *same: str) -> Subquery:
    """How many of the living share these fields with the outer query's resident."""
    alike = ground.living.order_by().filter(**{name: OuterRef(name) for name in same})
    return Subquery(alike.values(*same).annotate(people=Count("pk")).values("people"))


def _phone(row: Any) -> str:
    return f"尾号 {row.phone_tail}，{row.people} 人共用"


CHECKS: tuple[Check, ...] = (
    Check(
        code="after-death",
        title="去世以后还有参保",
        tone="bad",
        meaning="登记参保的日子在去世日期之后。",
        fix="核对去世日期；确属误登的，退掉这一份。",
        find=_after_death,
        says=lambda row: f"{day_words(row.died_on)}去世",
    ),
    Check(
        code="outside-age",
        title="不在可参保的年龄内却已参保",
        tone="bad",
        meaning="没有一个险种收这个年龄的人。年龄算到哪一天见口径 K12。",
        fix="核对出生日期；确实不够年龄的，申请退保。",
        find=_outside_age,
    ),
    Check(
        code="subject-uninsured",
        title="政府购买对象没参保",
        tone="bad",
        meaning="低保、五保、三无和80周岁以上应当一个不漏，还没有任何一份。",
        fix="由镇里列入下一批政府购买，或逐人登记。",
        find=_subject_uninsured,
    ),
    Check(
        code="died-insured",
        title="已故，曾参保",
        tone="warn",
        meaning="参保以后去世，已不计入覆盖率。",
        fix="问一问家属有没有报案：不论什么原因身故，先看保障期内能不能赔。问过了点“核实无误”。",
        find=_died_insured,
        fact=("died_on", "taking_part__units"),
        says=lambda row: f"{day_words(row.died_on)}去世",
        may_be_right=True,
    ),
    Check(
        code="moved-insured",
        title="已迁出，仍有参保",
        tone="warn",
        meaning="登记为迁出本镇，保障还在。",
        fix="保障继续有效，不用退。老人要退的，申请退保；其实没有迁走的，恢复在册。",
        find=_moved_insured,
        fact=("moved_on", "taking_part__units"),
        says=lambda row: f"{day_words(row.moved_on) if row.moved_on else '日期不详'}迁出",
        may_be_right=True,
    ),
    Check(
        code="turned-60",
        title="新满60周岁，还没参保",
        tone="info",
        meaning="一年内刚满可参保的年龄，去年的名单上没有他们。",
        fix="上门告知，愿意的登记参保。",
        find=_turned_60,
    ),
    Check(
        code="turns-60",
        title="保障开始前满60周岁",
        tone="info",
        meaning="今天还不满，到算年龄那天就满了，现在就能登记（口径 K12）。",
        fix="上门告知，愿意的登记参保。",
        find=_turns_60,
    ),
    Check(
        code="turned-80",
        title="新满80周岁，政府还没购买",
        tone="warn",
        meaning="到算年龄那天满80周岁，成为政府购买对象，政府出钱的一份还没有。",
        fix="由镇里列入下一批政府购买。",
        find=_turned_80,
    ),
    Check(
        code="list-ended",
        title="名单已结束，政府已购买",
        tone="warn",
        meaning="低保、五保或三无已经结束，也不满80周岁，今年政府已经买了一份。",
        fix="今年的保障不变；名单结束得不对的，重新列入。明年不再列入政府购买。看过了点“核实无误”。",
        find=_list_ended,
        may_be_right=True,
    ),
    Check(
        code="group-underage",
        title="在名单上，不满60周岁",
        tone="info",
        meaning="在低保、五保或三无名单上，到算年龄那天还不满，不是政府购买对象（口径 K12）。",
        fix="核对出生日期；年龄没错的，点“核实无误”。",
        find=_group_underage,
        may_be_right=True,
    ),
    Check(
        code="no-number",
        title="没有公民身份号码",
        tone="bad",
        meaning="没有号码不能出单、不能理赔。",
        fix="照身份证补上：由镇里在“变更”里更正，或补全后再导入一次名册。",
        find=lambda ground: ground.living.filter(number_index=None),
    ),
    Check(
        code="area-unknown",
        title="身份证号前6位不是正式区划代码",
        tone="warn",
        meaning="区划代码表里没有这个代码，多半有一位抄错，也可能是早年的代码。",
        fix="对照身份证；错了由镇里更正，没错点“核实无误”。",
        find=lambda ground: ground.living.filter(area_unknown=True),
        fact=("number_index",),
        says=lambda row: f"{day_words(row.birth_date)}出生，{row.get_sex_display()}",
        may_be_right=True,
    ),
    Check(
        code="number-differs",
        title="名单写的性别、出生日期与身份证号不一致",
        tone="warn",
        meaning="导入的表里写的和身份证号推算的不同，名册按身份证号录入。",
        fix="对照身份证；号码错了由镇里更正，号码没错（例如农历生日）点“核实无误”。",
        find=_number_differs,
        fact=("number_index",),
        says=lambda row: f"按号码{day_words(row.birth_date)}出生，{row.get_sex_display()}",
        may_be_right=True,
    ),
    Check(
        code="same-phone",
        title=f"同一个手机号{SHARED_BY}人以上",
        tone="warn",
        meaning="多位老人登记了同一个号码，可能是代填的，出险时找不到人。",
        fix="问清各人的号码，改在“联系方式”里；确是同一个号码的，点“核实无误”。",
        find=_same_phone,
        fact=("phone_index", "people"),
        says=_phone,
        may_be_right=True,
    ),
    Check(
        code="same-person",
        title="同姓名、同出生日期",
        tone="warn",
        meaning="可能是一个人有两个号码，登记了两次。",
        fix="对照身份证；确是一个人的，把错的那条登记为迁出并写明重复；确是两个人的，点“核实无误”。",
        find=_same_person,
        fact=("name", "birth_date", "people"),
        says=lambda row: f"{day_words(row.birth_date)}出生，{row.people} 人",
        may_be_right=True,
    ),
    Check(
        code="over-105",
        title=f"{OLDEST}周岁以上仍在册",
        tone="warn",
        meaning="年龄很大，可能已经去世没有登记，或者出生日期有误。",
        fix="上门看一看；健在的点“核实无误”，已故的登记去世日期。",
        find=lambda ground: ground.living.filter(
            birth_date__lte=latest_birth(OLDEST, ground.today, ground.plan.terms.birthday)
        ),
        may_be_right=True,
    ),
    Check(
        code="no-phone",
        title="本人和子女都没有电话",
        tone="info",
        meaning="上门和理赔时联系不上。",
        fix="问到以后补在“联系方式”里；确实没有的，点“核实无误”。",
        find=lambda ground: ground.living.filter(phone_tail="", child_phone_tail=""),
        fact=("status",),
        may_be_right=True,
    ),
    Check(
        code="no-household",
        title="没有户号",
        tone="info",
        meaning="不能一户一起登记，分工时单独算一户。",
        fix="补在“联系方式”里，或在名册里填好户号再导入一次。",
        find=lambda ground: ground.living.filter(household=""),
    ),
)
BY_CODE = {check.code: check for check in CHECKS}


def fact_of(check: Check) -> Any:
    """Return what a tick of this check holds for, as a text in the database: the fields between bars."""
    parts: list[Any] = [Value(f"{check.code}|")]
    for name in check.fact:
        parts += [Cast(name, CharField()), Value("|")]
    return Concat(*parts, output_field=CharField())
