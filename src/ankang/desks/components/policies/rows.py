"""The rows of a batch as the town and the insurer see them."""

from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest

from ankang.accounts.models import Desk
from ankang.desks.people import person
from ankang.policies.models import ApplicationBatch, ApplicationRow
from ankang.programmes.queries import plan_of

_PAGE_SIZE = 50


class ReasonForm(forms.Form):
    """A step that wants one sentence."""

    note = forms.CharField(
        label="原因", max_length=200, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )


def batch_page(request: HttpRequest, batch: ApplicationBatch) -> dict[str, Any]:
    """Return what a page of a batch shows; `?outcome=` and `?village=` narrow its rows (five queries)."""
    outcome, village = request.GET.get("outcome", ""), request.GET.get("village", "")
    rows = batch.rows.select_related("village", "policy").order_by("serial")
    outcomes = ApplicationRow.Outcome.choices
    if person(request).desk == Desk.INSURER:  # who is left out is the town's own matter
        rows = rows.exclude(outcome=ApplicationRow.Outcome.LEFT_OUT)
        outcomes = [choice for choice in outcomes if choice[0] != ApplicationRow.Outcome.LEFT_OUT]
    villages = dict(rows.order_by("village").values_list("village", "village__name").distinct())
    rows = rows.filter(outcome=outcome) if outcome in ApplicationRow.Outcome.values else rows
    rows = rows.filter(village=village) if village else rows
    names = {product.code: product.name for product in plan_of(batch.version).products}
    shown = Paginator(rows, _PAGE_SIZE).get_page(request.GET.get("page"))
    return {
        "batch": batch,
        "page_obj": shown,
        "rows": [(row, names[row.product]) for row in shown],
        "outcome": outcome,
        "outcomes": outcomes,
        "village": village,
        "villages": list(villages.items()),
        "is_first_person": batch.prepared_by_id == person(request).pk,
    }
