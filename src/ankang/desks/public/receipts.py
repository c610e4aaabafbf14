"""Is this receipt ours? Number and check code in, sum and day out; no names."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from ankang.accounts.permissions import public_page
from ankang.desks.components import limits
from ankang.desks.public.frame import public
from ankang.money.models import Receipt


class VerifyForm(forms.Form):
    number = forms.CharField(
        label="收据号",
        help_text="印在收据右上角，以 SJ 开头",
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": "请填收据号，印在收据右上角。"},
    )
    code = forms.CharField(
        label="校验码",
        help_text="收据下面的6位字母和数字",
        max_length=6,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": "请填校验码，印在收据下面。"},
    )


@public_page
@never_cache
@require_safe
def verify(request: HttpRequest) -> HttpResponse:
    """`?number=SJ-...&code=ABC123`: whether this installation made such a receipt, and whether it still counts."""
    asked = bool(request.GET)
    form = VerifyForm(request.GET if asked else None)
    context = {"form": form, "kind": "", "receipt": None}
    status = 200
    if asked and limits.is_over(limits.origin_of(request)):
        context["kind"], status = "wait", 429
    elif asked and form.is_valid():
        found = _found(form.cleaned_data["number"].strip(), form.cleaned_data["code"].strip().upper())
        if found is None:
            limits.count_miss(limits.origin_of(request))
        context |= {"kind": "found" if found else "nothing", "receipt": found}
    context["minutes"] = limits.MINUTES
    return public(request, "desks/public/receipt.html", context, status=status)


def _found(number: str, code: str) -> Receipt | None:
    receipt = Receipt.objects.select_related("village", "payment").filter(number=number).first()
    matches = constant_time_compare(receipt.check_code if receipt else "", code)
    return receipt if receipt and matches else None
