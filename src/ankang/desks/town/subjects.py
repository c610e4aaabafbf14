"""政府购买对象: the list of subjects, who of them is not insured, and the same as Excel."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import cast

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from ankang.accounts.models import User
from ankang.accounts.permissions import desk_page
from ankang.accounts.queries import villages_of
from ankang.desks.menus import address_of
from ankang.desks.pages import now_of, page, today_of
from ankang.desks.people import person
from ankang.desks.sheets import Cell, Sheet, xlsx_response
from ankang.enrolment.subjects import SubjectFilter, listed_subjects, subject_counts
from ankang.programmes.models import ProgrammeVersion
from ankang.programmes.queries import campaign_on, plan_of
from ankang.roster.looks import note_export
from ankang.roster.models import Resident
from ankang.roster.queries import listed_groups
from ankang.rules.eligibility import joining_age, subject_groups
from ankang.rules.money import percent_truncated
from ankang.rules.programme import Programme as Plan

_PAGE_SIZE = 50


class SubjectForm(forms.Form):
    """The filter bar; a value that is no choice filters nothing."""

    insured = forms.ChoiceField(
        label="参保", required=False, choices=[("", "全部"), ("no", "没参保"), ("yes", "已参保")]
    )
    village = forms.ChoiceField(label="村（居）", required=False)
    group = forms.ChoiceField(label="类别", required=False)

    def __init__(self, data: object, *, user: User, plan: Plan) -> None:
        super().__init__(data)  # type: ignore[arg-type]
        villages = [(village.code, village.name) for village in villages_of(user)]
        self._choose("village", [("", "全部村（居）"), *villages])
        self._choose("group", [("", "全部类别"), *((group.code, group.name) for group in plan.groups)])

    def _choose(self, name: str, choices: list[tuple[str, str]]) -> None:
        cast(forms.ChoiceField, self.fields[name]).choices = choices

    def wanted(self) -> SubjectFilter:
        self.is_valid()
        return SubjectFilter(**{name: self.cleaned_data.get(name, "") for name in self.fields})


@dataclass(frozen=True, slots=True)
class Row:
    """One subject as the list shows it; the identity number stays sealed."""

    resident: Resident
    age: int
    groups: str
    units: int


@desk_page("town")
@require_safe
def subjects(request: HttpRequest) -> HttpResponse:
    """`?insured=yes|no&village=CODE&group=CODE`: fifty a page."""
    user, today = person(request), today_of(request)
    version = campaign_on(today, user.division_id)
    if version is None:
        return page(request, "desks/town/dashboard_empty.html", {"missing": "programme"})
    plan = plan_of(version)
    form = SubjectForm(request.GET, user=user, plan=plan)
    wanted = form.wanted()
    everybody, insured = subject_counts(user, version, today, wanted)
    shown = Paginator(listed_subjects(user, version, today, wanted), _PAGE_SIZE).get_page(request.GET.get("page"))
    return page(
        request,
        "desks/town/subjects.html",
        {
            "form": form,
            "page_obj": shown,
            "rows": _rows(shown, plan, today),
            "subjects": everybody,
            "insured": insured,
            "missing": everybody - insured,
            "percent": percent_truncated(insured, everybody),
            "import_address": address_of("town:import"),
        },
    )


@desk_page("town")
@require_safe
def subjects_export(request: HttpRequest) -> HttpResponse:
    """The filtered list as an Excel file, numbers by their last four characters."""
    user, today = person(request), today_of(request)
    version = campaign_on(today, user.division_id)
    if version is None:
        return page(request, "desks/town/dashboard_empty.html", {"missing": "programme"})
    plan = plan_of(version)
    wanted = SubjectForm(request.GET, user=user, plan=plan).wanted()
    rows = _rows(listed_subjects(user, version, today, wanted), plan, today)
    note_export(by=user, rows=len(rows), part="subjects")
    return xlsx_response(f"政府购买对象-{today:%Y%m%d}", [_sheet(version, rows, f"{now_of(request):%Y-%m-%d %H:%M}")])


def _rows(residents: Iterable[Resident], plan: Plan, today: date) -> list[Row]:
    return [
        Row(
            resident,
            age=joining_age(plan, resident.birth_date),
            groups="、".join(
                group.name for group in subject_groups(plan, resident.birth_date, listed_groups(resident, today))
            ),
            units=resident.units,  # type: ignore[attr-defined]  # annotated by listed_subjects
        )
        for resident in residents
    ]


def _sheet(version: ProgrammeVersion, rows: list[Row], at: str) -> Sheet:
    head = ["村（居）", "姓名", "证件后四位", "户号", "出生日期", "周岁", "类别", "参保份数"]
    cells: list[list[Cell]] = [
        [
            row.resident.village.name,
            row.resident.name,
            row.resident.number_tail,
            row.resident.household,
            row.resident.birth_date,
            row.age,
            row.groups,
            row.units,
        ]
        for row in rows
    ]
    says = f"{version.programme.name} 政府购买对象，截至 {at}，共 {len(rows)} 人。周岁按方案的计算日。"
    return Sheet("政府购买对象", head, cells, says=says)
