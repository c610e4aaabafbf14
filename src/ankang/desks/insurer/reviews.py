"""申诉与抽查: appeals that wait, decisions that others have overtaken, quality reviews; and the ceilings."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ankang.accounts.models import Desk, User
from ankang.accounts.permissions import desk_page
from ankang.claims.authority import note_quality, set_review_rules
from ankang.claims.course_models import Appeal, Recalculation
from ankang.claims.models import Claim, Decision
from ankang.claims.recalculating import close_recalculation
from ankang.claims.review_models import QualityReview, ReviewRules
from ankang.desks.components.case_forms import KeyForm
from ankang.desks.components.money_field import MoneyField
from ankang.desks.components.refusals import put_errors
from ankang.desks.pages import now_of, page
from ankang.desks.people import person
from ankang.rules.errors import AnkangError


class CeilingField(MoneyField):
    """A ceiling in yuan; empty: there is none."""

    def clean(self, value: Any) -> Any:
        return None if not str(value or "").strip() else super().clean(value)


class RulesForm(KeyForm):
    handler_fen = CeilingField(label="理赔员每案最高（元）", help_text="空着：不限", required=False)
    manager_fen = CeilingField(label="管账号的人每案最高（元）", help_text="空着：不限", required=False)
    two_above_fen = CeilingField(label="超过多少要两级复核（元）", help_text="空着：都只要一级复核", required=False)
    sample_percent = forms.IntegerField(
        label="抽查百分比",
        min_value=0,
        max_value=100,
        help_text="0：不抽查",
        error_messages={"required": "请填抽查百分比，不抽查填0。"},
    )

    def __init__(self, *args: Any, people: list[User], rules: ReviewRules | None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.people = people
        for one in people:
            own = rules.people.get(str(one.pk)) if rules else None
            self.fields[f"person-{one.pk}"] = CeilingField(
                label=f"{one.full_name}每案最高（元）", required=False, initial=own, help_text="空着：照岗位"
            )

    @property
    def own(self) -> dict[int, int]:
        given = {one.pk: self.cleaned_data[f"person-{one.pk}"] for one in self.people}
        return {pk: fen for pk, fen in given.items() if fen is not None}


class CloseForm(forms.Form):
    note = forms.CharField(label="为什么不重新理算", max_length=300, required=False)


class QualityForm(forms.Form):
    finding = forms.ChoiceField(label="抽查结果", choices=QualityReview.Finding.choices, required=False)
    note = forms.CharField(label="抽查意见", max_length=300, required=False, help_text="有问题必须写")


@desk_page(Desk.INSURER)
@require_safe
def reviews(request: HttpRequest) -> HttpResponse:
    return _page(request)


@desk_page(Desk.INSURER)
@require_POST
def review_act(request: HttpRequest, what: str, pk: int) -> HttpResponse:
    """`overtaken`: let a decision stand, with a reason; `quality`: what was found on a decision that was drawn."""
    if what not in ("overtaken", "quality"):
        raise Http404
    form: forms.Form = CloseForm(request.POST) if what == "overtaken" else QualityForm(request.POST)
    act = _close_overtaken if what == "overtaken" else _note_quality
    status = 422
    if form.is_valid():
        try:
            act(request, pk, form.cleaned_data)
        except AnkangError as error:
            status = put_errors(form, error)
        else:
            messages.success(request, "已记下。")
            return redirect("insurer:reviews")
    return _page(request, bound={(what, pk): form}, status=status)


@desk_page(Desk.INSURER, manager=True)
@require_http_methods(["GET", "HEAD", "POST"])
def authority(request: HttpRequest) -> HttpResponse:
    """审批权限: the ceilings of this branch, by role and person, and the share of decisions looked at again."""
    user = person(request)
    rules = ReviewRules.objects.filter(division_id=user.division_id).first()
    people = list(
        User.objects.filter(desk=Desk.INSURER, is_active=True, division__code__startswith=user.scope).order_by("pk")
    )
    names = ("handler_fen", "manager_fen", "two_above_fen", "sample_percent")
    initial = {name: getattr(rules, name) for name in names} if rules else {"sample_percent": 5}
    form = RulesForm(request.POST or None, people=people, rules=rules, initial=initial)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            given = {name: form.cleaned_data[name] for name in names}
            try:
                set_review_rules(
                    by=user, people=form.own, key=str(form.cleaned_data["key"]), now=now_of(request), **given
                )
            except AnkangError as error:
                status = put_errors(form, error)
            else:
                messages.success(request, "审批权限已改，以后的复核照新的办；以前的不变。")
                return redirect("insurer:authority")
    return page(request, "desks/insurer/authority.html", {"form": form, "rules": rules}, status=status)


def _close_overtaken(request: HttpRequest, pk: int, given: dict[str, Any]) -> None:
    found = get_object_or_404(Recalculation.objects.visible_to(person(request)).select_related("claim"), pk=pk)
    close_recalculation(by=person(request), found=found, note=given["note"], now=now_of(request))


def _note_quality(request: HttpRequest, pk: int, given: dict[str, Any]) -> None:
    drawn = get_object_or_404(QualityReview.objects.visible_to(person(request)).select_related("claim"), pk=pk)
    note_quality(by=person(request), review=drawn, now=now_of(request), **given)


def _page(
    request: HttpRequest, *, bound: dict[tuple[str, int], forms.Form] | None = None, status: int = 200
) -> HttpResponse:
    user, bound = person(request), bound or {}
    overtaken = Recalculation.objects.visible_to(user).filter(closed_at__isnull=True)
    drawn = QualityReview.objects.visible_to(user).select_related("claim__resident", "decision", "looked_by")
    reversals = Decision.objects.filter(
        kind=Decision.Kind.REVERSAL,
        verdict=Decision.Verdict.PENDING,
        claim__in=Claim.objects.visible_to(user),
    )
    context = {
        "appeals": list(
            Appeal.objects.visible_to(user).filter(state=Appeal.State.WAITING).select_related("claim__resident")
        ),
        "reversals": list(reversals.select_related("claim__resident", "prepared_by")),
        "overtaken": [
            (one, bound.get(("overtaken", one.pk), CloseForm(auto_id=f"id_%s_o{one.pk}")))
            for one in overtaken.select_related("claim__resident", "because__claim")
        ],
        "drawn": [
            (
                one,
                user.pk in (one.first_id, one.second_id),
                bound.get(("quality", one.pk), QualityForm(auto_id=f"id_%s_q{one.pk}")),
            )
            for one in drawn.filter(finding="")
        ],
        "looked": list(drawn.exclude(finding="").order_by("-looked_at")[:20]),
    }
    return page(request, "desks/insurer/reviews.html", context, status=status)


review_pages = [
    path("reviews/", reviews, name="reviews"),
    path("reviews/<str:what>/<int:pk>/", review_act, name="review_act"),
    path("authority/", authority, name="authority"),
]
