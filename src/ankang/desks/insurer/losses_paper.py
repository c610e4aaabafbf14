"""The losses form with its rows of stays and disabilities, as one paper: valid together, wrong together.

Without JavaScript there are always two empty rows more than are filled in.
"""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS

from ankang.claims.losses import Losses
from ankang.desks.insurer.forms import DisabilityForm, LossesForm, StayForm
from ankang.rules.errors import InvalidInput

StayRows = forms.formset_factory(StayForm, extra=2, max_num=30, absolute_max=30)
DisabilityRows = forms.formset_factory(DisabilityForm, extra=2, max_num=15, absolute_max=15)


class LossesPaper:
    """Bound to what was posted, or filled with what is known."""

    def __init__(self, data: Any = None, *, losses: Losses | None = None, place: str = "") -> None:
        self.is_bound = data is not None
        known = losses or Losses()
        # Nothing recorded yet: the amounts stay empty, so that a zero is written and never passed over.
        self.main = LossesForm(data, initial=_initial(known) if losses else {"place": place})
        self.stays = StayRows(
            data, prefix="stay", initial=[{"admitted_on": day, "discharged_on": end} for day, end in known.stays]
        )
        self.disabilities = DisabilityRows(
            data, prefix="disability", initial=[{"grade": grade, "site": site} for grade, site in known.disabilities]
        )

    def is_valid(self) -> bool:
        return all([self.main.is_valid(), self.stays.is_valid(), self.disabilities.is_valid()])

    @property
    def losses(self) -> Losses:
        """What the valid paper says."""
        main = self.main.cleaned_data
        return Losses(
            medical_expense_fen=main["medical_expense_fen"],
            reimbursed_fen=main["reimbursed_fen"],
            fracture_expense_fen=main["fracture_expense_fen"],
            stays=tuple((row["admitted_on"], row["discharged_on"]) for row in self._filled(self.stays, "admitted_on")),
            disabilities=tuple((row["grade"], row["site"]) for row in self._filled(self.disabilities, "grade")),
            died_on=main["died_on"],
            diagnosis=main["diagnosis"],
            place=main["place"],
            doctor=main["doctor"],
        )

    @property
    def key(self) -> UUID:
        """The form's own key against being carried out twice."""
        found: UUID = self.main.cleaned_data["key"]
        return found

    def put(self, error: InvalidInput) -> None:
        """Put what `check_losses` found beside the fields; `stay-0` is the first row that is filled in."""
        errors = error.fields.get("errors")
        for name, message in (errors if isinstance(errors, dict) else {"": error.message}).items():
            kind, _, place = name.partition("-")
            if place:
                rows = self.stays if kind == "stay" else self.disabilities
                first, blamed = ("admitted_on", "discharged_on") if kind == "stay" else ("grade", "grade")
                self._filled_forms(rows, first)[int(place)].add_error(blamed, message)
            else:
                self.main.add_error(name if name in self.main.fields else None, message)

    def non_field_errors(self) -> list[str]:
        forms_ = [self.main, *self.stays.forms, *self.disabilities.forms]
        return [str(message) for form in forms_ for message in form.errors.get(NON_FIELD_ERRORS, [])]

    def __iter__(self) -> Iterator[forms.BoundField]:
        for form in [self.main, *self.stays.forms, *self.disabilities.forms]:
            yield from form

    def _filled(self, rows: Any, field: str) -> list[dict[str, Any]]:
        return [form.cleaned_data for form in self._filled_forms(rows, field)]

    @staticmethod
    def _filled_forms(rows: Any, field: str) -> list[forms.Form]:
        return [form for form in rows.forms if form.cleaned_data.get(field)]


def _initial(losses: Losses) -> dict[str, Any]:
    names = ("medical_expense_fen", "reimbursed_fen", "fracture_expense_fen", "diagnosis", "place", "doctor", "died_on")
    return {name: getattr(losses, name) for name in names}
