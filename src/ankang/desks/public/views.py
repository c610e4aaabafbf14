"""The public page: three questions. Everything works without scripts and without a log-in."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from ankang.accounts.permissions import public_page
from ankang.desks.components import limits
from ankang.desks.pages import today_of
from ankang.desks.public.amounts import amounts, segments
from ankang.desks.public.forms import LookChoice, LookForm
from ankang.desks.public.frame import public
from ankang.desks.public.looks import look_up
from ankang.desks.public.queries import plan_shown
from ankang.programmes.queries import plan_of

_COOKIE_AGE = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Answer:
    """What the look-up says: `found` with its facts, `nothing`, or `wait` when there were too many tries."""

    kind: str
    found: Any = None


@public_page
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    return _page(request, LookForm())


@public_page
@never_cache
@sensitive_post_parameters("name", "number")
def insured(request: HttpRequest) -> HttpResponse:
    """Answer at once, without a redirect: neither name nor number ever stands in an address."""
    if request.method != "POST":
        return redirect("public:home")
    form = LookForm(request.POST)
    origin = limits.origin_of(request)
    if limits.is_over(origin):
        return _page(request, form, Answer("wait"), status=429)
    if not form.is_valid():
        return _page(request, form)
    found = look_up(**form.cleaned_data, today=today_of(request))
    if found is None:
        limits.count_miss(origin)
    return _page(request, form, Answer("found", found) if found else Answer("nothing"))


@public_page
@require_POST
def looks(request: HttpRequest) -> HttpResponse:
    """Keep size and ground in two cookies, and go back to where the button was."""
    form = LookChoice(request.POST)
    back = request.POST.get("back", "")
    safe = url_has_allowed_host_and_scheme(back, allowed_hosts=None)
    response = redirect(back if safe and back.startswith("/") else reverse("public:home"))
    for name, value in form.cleaned_data.items() if form.is_valid() else ():
        response.set_cookie(f"look_{name}", value, max_age=_COOKIE_AGE, httponly=True, samesite="Lax")
    return response


def _page(request: HttpRequest, form: LookForm, answer: Answer | None = None, status: int = 200) -> HttpResponse:
    context = {"form": form, "answer": answer, "minutes": limits.MINUTES}
    return public(request, "desks/public/home.html", context | _amounts(request), status=status)


def _amounts(request: HttpRequest) -> dict[str, Any]:
    """The calculator: the age and product that were asked for, else the first ones of the plan."""
    version, towns = plan_shown(today_of(request), request.GET.get("town", ""))
    if version is None:
        return {"plan": None}
    plan = plan_of(version)
    ages = segments(plan)
    age = next((segment for segment in ages if segment.value == request.GET.get("age")), ages[0])
    product = next((each for each in plan.products if each.code == request.GET.get("product")), plan.products[0])
    lines = amounts(plan, product, age.from_age)
    return {
        "plan": plan,
        "towns": towns if len(towns) > 1 else [],
        "town": version.programme.division_id,
        "ages": ages,
        "age": age,
        "product": product,
        "amounts": lines,
        "has_doubt": any(line.is_doubtful for line in lines),
    }
