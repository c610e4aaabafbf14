"""The roster of the town's and the villages' desks: list, one resident, adding one, changing how one is reached."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ankang.accounts.models import User
from ankang.accounts.permissions import desk_page
from ankang.accounts.queries import villages_of
from ankang.desks.components.population import population_pages
from ankang.desks.components.refusals import tell
from ankang.desks.components.roster_change import change_pages
from ankang.desks.components.roster_export import export_pages
from ankang.desks.components.roster_history import history_of
from ankang.desks.components.roster_import import import_pages
from ankang.desks.components.roster_list import (
    INSURED,
    STATUSES,
    Campaign,
    Wanted,
    campaign_of,
    filtered,
    rows_of,
    villages_to_choose,
)
from ankang.desks.components.transfers import transfer_pages
from ankang.desks.pages import desk_url, page, today_of
from ankang.desks.people import person
from ankang.divisions.models import Division
from ankang.enrolment.models import Participation
from ankang.roster.actions import ListedAlready, add_resident, change_contact
from ankang.roster.looks import look_at_number
from ankang.roster.models import Resident
from ankang.roster.queries import find_by_number, incapacities_of
from ankang.rules.capacity import incapacity_on
from ankang.rules.days import age_on
from ankang.rules.errors import AnkangError, InvalidInput

_PAGE_SIZE = 50
_FOLDER = "desks/components/roster/"
_desks = desk_page("town", "village")


class ResidentForm(forms.Form):
    number = forms.CharField(
        label="身份证号",
        max_length=40,
        help_text="18位，可以带空格。",
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "text", "spellcheck": "false"}),
        error_messages={"required": "请填18位身份证号。"},
    )
    name = forms.CharField(
        label="姓名",
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "请照身份证填写姓名。"},
    )
    village: "forms.ModelChoiceField[Division]" = forms.ModelChoiceField(
        label="村居",
        queryset=Division.objects.none(),
        empty_label="请选择",
        error_messages={"required": "请选老人是哪个村居的。", "invalid_choice": "请在列表里选一个村居。"},
    )
    groups = forms.MultipleChoiceField(
        label="类别",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="在名单上的才勾。80周岁以上按年龄自动算，不用填。",
    )
    household = forms.CharField(label="户号", max_length=30, required=False)
    address = forms.CharField(label="地址", max_length=120, required=False)
    phone = forms.CharField(label="手机", max_length=20, required=False)
    child_phone = forms.CharField(label="子女电话", max_length=20, required=False)

    def __init__(self, *args: Any, user: User, campaign: Campaign, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["groups"].choices = campaign.list_choices  # type: ignore[attr-defined]
        if user.division.level == Division.Level.VILLAGE:
            del self.fields["village"]
        else:
            self.fields["village"].queryset = villages_of(user)  # type: ignore[attr-defined]


class ContactForm(forms.Form):
    household = forms.CharField(label="户号", max_length=30, required=False)
    address = forms.CharField(label="地址", max_length=120, required=False)
    phone = forms.CharField(label="手机", max_length=20, required=False)
    child_phone = forms.CharField(label="子女电话", max_length=20, required=False)

    def __init__(self, *args: Any, resident: Resident, **options: Any) -> None:
        super().__init__(*args, **options)
        for name in ("phone", "child_phone"):
            tail = getattr(resident, f"{name}_tail")
            self.fields[name].help_text = f"现在尾号 {tail}；留空不改，要删掉请填“无”。" if tail else ""


@_desks
@require_http_methods(["GET", "HEAD", "POST"])
def roster(request: HttpRequest) -> HttpResponse:
    """List the residents that the filters mean. A form sends them: the address keeps a name sealed, a number never."""
    if request.method == "POST":
        return _to_list(request)
    user, wanted = person(request), Wanted.in_address(request.GET)
    campaign = campaign_of(user, today_of(request))
    found = filtered(user, wanted, campaign).select_related("village").prefetch_related("memberships")
    page_obj = Paginator(found, _PAGE_SIZE).get_page(request.GET.get("page"))
    context = _choices(user, campaign, wanted) | {
        "page_obj": page_obj,
        "rows": rows_of(page_obj, campaign),
        "export_query": wanted.query,
        "may_export_full": user.desk == "town" and user.is_manager,
    }
    return page(request, _FOLDER + "list.html", context)


def _to_list(request: HttpRequest) -> HttpResponse:
    """A whole identity number never stands in an address: it leads straight to its person."""
    wanted = Wanted.of(request.POST)
    if not wanted.is_number:
        return redirect(f"{desk_url(request, 'roster')}?{wanted.query}".rstrip("?"))
    try:
        found = find_by_number(person(request), wanted.q)
    except InvalidInput as error:
        messages.error(request, _without_number(error))
        return redirect(desk_url(request, "roster"))
    if found is None:
        messages.warning(request, "名册里没有这个身份证号。请核对号码；确是本地老人，请点“添加一人”。")
        return redirect(desk_url(request, "roster"))
    return redirect(desk_url(request, "resident", found.pk))


def _without_number(error: InvalidInput) -> str:
    """A message waits in a cookie until the next page: the 18 digits proposed for an old number stay out of it."""
    fix = "请照本人身份证输入18位号码" if "proposal" in error.fields else error.fields["fix"]
    return f"身份证号{error.fields['reason']}。{fix}。"


def _choices(user: User, campaign: Campaign, wanted: Wanted) -> dict[str, Any]:
    return {
        "campaign": campaign,
        "wanted": wanted,
        "villages": villages_to_choose(user),
        "groups": campaign.group_choices,
        "statuses": STATUSES,
        "insured": INSURED,
    }


@_desks
@require_http_methods(["GET", "HEAD", "POST"])
def resident_add(request: HttpRequest) -> HttpResponse:
    """Put one person on the roster."""
    user, today = person(request), today_of(request)
    form = ResidentForm(request.POST or None, user=user, campaign=campaign_of(user, today))
    listed = False
    if request.method == "POST" and form.is_valid():
        given = {"village": user.division} | form.cleaned_data
        try:
            made = add_resident(by=user, today=today, **given)
        except AnkangError as error:
            tell(form, error)
            listed = isinstance(error, ListedAlready)
        else:
            messages.success(request, f"{made.name}已录入{given['village'].name}的名册。")
            return redirect(desk_url(request, "resident", made.pk))
    return page(
        request, _FOLDER + "add.html", {"form": form, "transfer": desk_url(request, "transfer_new") if listed else ""}
    )


@_desks
@require_safe
def resident(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one resident: conclusion, facts, groups, what was enrolled and what was done."""
    return page(request, _FOLDER + "one.html", _one(request, _found(request, pk)))


@_desks
@require_POST
def resident_number(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the whole number once, after noting who looked."""
    found = _found(request, pk)
    whole = look_at_number(by=person(request), resident=found)
    return page(request, _FOLDER + "one.html", _one(request, found) | {"whole_number": whole})


@_desks
@require_http_methods(["GET", "HEAD", "POST"])
def resident_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change how one resident is reached."""
    found = _found(request, pk)
    initial = {"household": found.household, "address": found.address}
    form = ContactForm(request.POST or None, resident=found, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            change_contact(by=person(request), resident_id=pk, **_contact(form.cleaned_data))
        except AnkangError as error:
            tell(form, error)
        else:
            messages.success(request, f"{found.name}的联系方式已改好。")
            return redirect(desk_url(request, "resident", pk))
    return page(request, _FOLDER + "edit.html", {"form": form, "resident": found})


def _contact(given: dict[str, str]) -> dict[str, str | None]:
    """An empty phone says nothing; 无 takes it away."""
    phones = {name: {"": None, "无": ""}.get(given[name].strip(), given[name]) for name in ("phone", "child_phone")}
    return {"household": given["household"], "address": given["address"]} | phones


def _visible(request: HttpRequest) -> QuerySet[Resident]:
    return Resident.objects.visible_to(person(request)).select_related("village").prefetch_related("memberships")


def _found(request: HttpRequest, pk: int) -> Resident:
    return get_object_or_404(_visible(request), pk=pk)


def _one(request: HttpRequest, found: Resident) -> dict[str, Any]:
    today = today_of(request)
    campaign = campaign_of(person(request), today)
    taken = Participation.objects.insured().filter(resident=found).select_related("programme")
    rows = list(taken.order_by("-programme__year", "-pk"))
    current = campaign.version.programme_id if campaign.version else None
    return {
        "resident": found,
        "age": age_on(found.birth_date, today),
        "groups": campaign.groups_of(found),
        "campaign": campaign,
        "insured": next((row for row in rows if row.programme_id == current), None),
        "participations": rows,
        "history": history_of(found),
        "incapable": incapacity_on(incapacities_of(found), today),
        "base": desk_url(request, "resident", found.pk),
        "imports": desk_url(request, "import"),
        "enrol": f"{desk_url(request, 'enrol')}?resident={found.pk}" if found.status == Resident.Status.LIVING else "",
    }


roster_pages: list[URLPattern] = [
    path("roster/", roster, name="roster"),
    path("roster/add/", resident_add, name="resident_add"),
    *export_pages,
    path("roster/<int:pk>/", resident, name="resident"),
    path("roster/<int:pk>/number/", resident_number, name="resident_number"),
    path("roster/<int:pk>/edit/", resident_edit, name="resident_edit"),
    *change_pages,
    *transfer_pages,
    *population_pages,
    *import_pages,
]
