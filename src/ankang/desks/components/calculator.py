"""算一算: what a plan pays in one case, line by line, beside another version. It asks for no name, stores nothing."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.views.decorators.http import require_safe

from ankang.accounts.models import Desk
from ankang.accounts.permissions import desk_page
from ankang.desks.components.day_field import DayField
from ankang.desks.components.ledger import Row, assumed_readings, rows_of, warnings_of
from ankang.desks.components.money_field import MoneyField
from ankang.desks.components.refusals import put_errors
from ankang.desks.pages import desk_url, page, today_of
from ankang.desks.people import person
from ankang.programmes.models import ProgrammeVersion
from ankang.programmes.queries import plan_of, versions_shown
from ankang.rules.adjudicate import Cover, Event, adjudicate
from ankang.rules.errors import AnkangError, InvalidInput
from ankang.rules.programme import Programme, Reading
from ankang.rules.trace import decision_json

_MOST_UNITS = 9
_CHOOSE = {"required": "请选一项。", "invalid_choice": "请从列表里选一项。"}
_GRADES = [("", "没有伤残"), *((str(grade), f"{grade} 级") for grade in range(1, 11))]


class CaseForm(forms.Form):
    """One case. The plan decides which products are asked for: `units_A`, `units_B`."""

    version = forms.ChoiceField(label="按哪一版方案", error_messages=_CHOOSE)
    beside = forms.ChoiceField(label="和哪一版比", required=False)
    age = forms.IntegerField(
        label="出事时几周岁", min_value=0, max_value=130, required=False, help_text="和出生日期填一个就行",
        error_messages={"invalid": "年龄请写整数，例如 72。"},
    )  # fmt: skip
    born = DayField(label="出生日期", required=False)
    on = DayField(label="出事那天")
    cause = forms.ChoiceField(label="原因", choices=[("accident", "意外"), ("illness", "疾病")], error_messages=_CHOOSE)
    dies = forms.BooleanField(label="当天身故", required=False)
    medical = MoneyField(label="医疗费用（元）", required=False)
    reimbursed = MoneyField(label="别处已报销（元）", required=False)
    fracture = MoneyField(label="其中骨折费用（元）", required=False)
    days = forms.IntegerField(label="住院天数", min_value=0, max_value=3660, required=False)
    grade = forms.ChoiceField(label="伤残等级", choices=_GRADES, required=False)

    def __init__(self, *given: Any, versions: list[ProgrammeVersion], plan: Programme, **options: Any) -> None:
        super().__init__(*given, **options)
        named = [(str(one.pk), f"{one.programme.name}第 {one.number} 版") for one in versions]
        self.fields["version"].choices = named  # type: ignore[attr-defined]
        self.fields["beside"].choices = [("", "不比"), *named]  # type: ignore[attr-defined]
        self.unit_names = {f"units_{product.code}": product.code for product in plan.products}
        for at, product in enumerate(plan.products):
            self.fields[f"units_{product.code}"] = forms.IntegerField(
                label=f"{product.name}几份", min_value=0, max_value=_MOST_UNITS, required=False, initial=0 if at else 1
            )

    @property
    def units(self) -> dict[str, int]:
        return {code: self.cleaned_data[name] or 0 for name, code in self.unit_names.items()}

    @property
    def unit_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.unit_names]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not self.errors and given.get("age") is None and given.get("born") is None:
            self.add_error("age", "请填年龄或出生日期。")
        if not self.errors and not any(self.units.values()):
            self.add_error(next(iter(self.unit_names)), "请至少填 1 份。")
        return given


@dataclass(frozen=True, slots=True)
class Sum:
    """What one version pays: the rows of the trace, the readings nobody confirmed, what to look at."""

    version: ProgrammeVersion
    plan: Programme
    rows: list[Row]
    total_fen: int
    assumed: list[tuple[Reading, str]]
    warnings: list[str]
    lacks: list[str]  # products that this version does not have


@desk_page(Desk.TOWN, Desk.INSURER, Desk.VILLAGE)
@require_safe
def calculator(request: HttpRequest) -> HttpResponse:
    """`?version=&beside=&age=...`: nothing is stored, so the address can be kept and shown to somebody."""
    versions = versions_shown(person(request))
    if not versions:
        return page(request, "desks/components/calculator/page.html", {"form": None})
    chosen = _chosen(versions, request.GET.get("version", "")) or versions[0]
    plan = plan_of(chosen)
    if "on" not in request.GET:
        first = {"version": chosen.pk, "on": _first_day(plan, today_of(request)), "cause": "accident"}
        form = CaseForm(versions=versions, plan=plan, initial=first)
        return _page(request, form)
    form = CaseForm(request.GET, versions=versions, plan=plan)
    if not form.is_valid():
        return _page(request, form, status=422)
    beside = _chosen(versions, form.cleaned_data["beside"])
    try:
        sums = [_sum(one, form) for one in (chosen, beside) if one]
    except AnkangError as error:
        return _page(request, form, status=put_errors(form, _at_field(error)))
    return _page(request, form, sums)


def _chosen(versions: list[ProgrammeVersion], key: str) -> ProgrammeVersion | None:
    return next((version for version in versions if str(version.pk) == key), None)


def _first_day(plan: Programme, today: date) -> date:
    return today if plan.cover_from <= today <= plan.cover_to else plan.cover_from


def _sum(version: ProgrammeVersion, form: CaseForm) -> Sum:
    """Decide the case by one version; its cover is the whole of the version's own, and holds the day of the case."""
    plan, given = plan_of(version), form.cleaned_data
    codes = {product.code for product in plan.products}
    held = {code: units for code, units in form.units.items() if units}
    day = given["on"]
    # Two years' plans are compared on one day: each pays as if its cover contained it.
    start, end = min(plan.cover_from, day), max(plan.cover_to, day)
    covers = [Cover(code, units, start, end) for code, units in held.items() if code in codes]
    decision = decision_json(adjudicate(plan, _birth(given), covers, [_event(given)])[0])
    return Sum(
        version,
        plan,
        rows_of(plan, decision),
        decision["total_fen"],
        assumed_readings(plan, decision),
        warnings_of(decision),
        [code for code in held if code not in codes],
    )


def _birth(given: dict[str, Any]) -> date:
    """The date of birth, or one with which the age is completed on the day."""
    if given["born"]:
        born: date = given["born"]
        return born
    day: date = given["on"]
    if day.year - given["age"] < 1:
        raise InvalidInput("年龄太大了，请查对。", field="age")
    return date(day.year - given["age"], day.month, 28 if (day.month, day.day) == (2, 29) else day.day)


def _event(given: dict[str, Any]) -> Event:
    return Event(
        event_id="算一算",
        event_date=given["on"],
        cause=given["cause"],
        medical_fen=given["medical"],
        reimbursed_fen=given["reimbursed"],
        fracture_fen=given["fracture"],
        hospital_days=given["days"] or 0,
        grades=(int(given["grade"]),) if given["grade"] else (),
        death_date=given["on"] if given["dies"] else None,
    )


def _at_field(error: AnkangError) -> AnkangError:
    """Put a refusal of the rules beside the field that it speaks of."""
    names = {"fracture_fen": "fracture", "event_date": "born", "medical_fen": "medical"}
    field = names.get(str(error.fields.get("field", "")), "age" if error.code == "band_gap" else None)
    fix = error.fields.get("fix")
    message = f"{error.message}{fix}。" if fix and str(fix) not in error.message else error.message
    return InvalidInput(message, field=field)


def _page(request: HttpRequest, form: CaseForm, sums: list[Sum] | None = None, *, status: int = 200) -> HttpResponse:
    more = sums[1].total_fen - sums[0].total_fen if sums and len(sums) == 2 else 0
    context = {
        "form": form,
        "sums": [(one, f"{desk_url(request, 'terms')}?programme={one.version.programme.slug}") for one in sums or []],
        "more_fen": more,
        "less_fen": -more,
    }
    return page(request, "desks/components/calculator/page.html", context, status=status)


calculator_pages: list[URLPattern] = [path("calculator/", calculator, name="calculator")]
