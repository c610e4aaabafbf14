"""The filters of a list of claims; they live in the address, so nothing personal is among them."""

from collections.abc import Iterable
from typing import Any

from django import forms

from ankang.claims.models import Claim
from ankang.desks.components.day_field import DayField
from ankang.divisions.models import Division


class FilterForm(forms.Form):
    number = forms.CharField(label="案号", required=False, max_length=24)
    status = forms.ChoiceField(label="状态", required=False, choices=[("", "全部状态"), *Claim.Status.choices])
    cause = forms.ChoiceField(label="原因", required=False, choices=[("", "全部原因"), *Claim.Cause.choices])
    village = forms.ChoiceField(label="村居", required=False)
    reported_from = DayField(label="报案从", required=False)
    reported_to = DayField(label="报案到", required=False)

    def __init__(self, *args: Any, villages: Iterable[Division] = (), **options: Any) -> None:
        super().__init__(*args, **options)
        for one in self.fields.values():
            one.widget.attrs["class"] = "form-select" if isinstance(one, forms.ChoiceField) else "form-control"
        field = self.fields["village"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", "全部村居"), *((village.code, village.name) for village in villages)]

    @property
    def shared(self) -> list[forms.BoundField]:
        """The filters that a town needs."""
        return [self["status"], self["village"]]

    @property
    def chosen(self) -> dict[str, Any]:
        """The filters that are well written; the others are shown with what is wrong, and narrow nothing."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}
