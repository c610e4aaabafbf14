"""约定分期: the form for agreed parts, days beside amounts; what is left empty is left out."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms

from ankang.desks.components.day_field import DayField
from ankang.desks.components.money_field import MoneyField
from ankang.rules.instalments import Part

ROWS = 6


class PartsForm(forms.Form):
    """Up to six parts at once; who needs more agrees on the rest when some have come."""

    def __init__(self, *args: Any, parts: Sequence[Part] = (), **options: Any) -> None:
        for at, part in enumerate(parts[:ROWS], 1):
            options.setdefault("initial", {}).update({f"due_{at}": part.due_on, f"amount_{at}": part.amount_fen})
        options.setdefault("auto_id", "parts_%s")
        super().__init__(*args, **options)
        for at in range(1, ROWS + 1):
            self.fields[f"due_{at}"] = DayField(label=f"第{at}期，哪天以前", required=False)
            self.fields[f"amount_{at}"] = MoneyField(label=f"第{at}期（元）", required=False)

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        for at in range(1, ROWS + 1):
            if bool(found.get(f"due_{at}")) != bool(found.get(f"amount_{at}")) and not self.errors:
                empty = f"amount_{at}" if found.get(f"due_{at}") else f"due_{at}"
                self.add_error(empty, f"第{at}期的日期和金额要一起填，不要的一期两格都空着。")
        return found

    @property
    def parts(self) -> list[Part]:
        """What a valid form says."""
        given = self.cleaned_data
        rows: list[tuple[date | None, int]] = [(given[f"due_{at}"], given[f"amount_{at}"]) for at in range(1, ROWS + 1)]
        return [Part(day, amount) for day, amount in rows if day]
