"""Seal every stored value anew under the current key, after a rotation. May be stopped and started again."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import models, transaction

from ankang.privacy.cipher import is_current
from ankang.privacy.fields import Sealed, SealedField

CHUNK = 500


@dataclass(frozen=True, slots=True)
class Progress:
    column: str  # table.column
    seen: int
    resealed: int


def sealed_columns() -> Iterator[tuple[type[models.Model], SealedField]]:
    """Yield every sealed field of every model."""
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, SealedField):
                yield model, field


def reseal(*, chunk: int = CHUNK) -> Iterator[Progress]:
    """Yield, after each chunk of rows, how far a column is. What is under the current key already stays as it is."""
    for model, field in sealed_columns():
        yield from _reseal_column(model, field, chunk)


def _reseal_column(model: type[models.Model], field: SealedField, chunk: int) -> Iterator[Progress]:
    rows: models.QuerySet[Any] = models.QuerySet(model).exclude(**{field.name: None}).order_by("pk")
    column = f"{model._meta.db_table}.{field.column}"
    last, seen, resealed = None, 0, 0
    while True:
        found = list((rows if last is None else rows.filter(pk__gt=last)).values_list("pk", field.name)[:chunk])
        if not found:
            return
        with transaction.atomic():
            old = [(pk, value) for pk, value in found if not is_current(value.stored)]
            resealed += sum(_replace(model, field, pk, value) for pk, value in old)
        last, seen = found[-1][0], seen + len(found)
        yield Progress(column, seen, resealed)


def _replace(model: type[models.Model], field: SealedField, pk: Any, value: Sealed) -> int:
    """Seal one value anew, unless somebody changed it meanwhile."""
    unchanged: models.QuerySet[Any] = models.QuerySet(model).filter(**{"pk": pk, field.name: value})
    return unchanged.update(**{field.name: value.reveal()})
