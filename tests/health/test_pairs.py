"""Who and when go together: the database itself refuses one without the other."""

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.db import models


def pairs() -> Iterator[tuple[type[models.Model], str, str]]:
    """Return the nullable pairs of who (`x_by`) and when (`x_at`, else `x_on`) of every model of the house."""
    for model in apps.get_models():
        optional = {field.name for field in model._meta.local_fields if field.null}
        for who in sorted(name for name in optional if name.endswith("_by")):
            for when in (who.removesuffix("_by") + end for end in ("_at", "_on")):
                if when in optional and model.__module__.startswith("ankang."):
                    yield model, who, when


def names_in(condition: models.Q) -> set[str]:
    found: set[str] = set()
    for part in condition.children:
        found |= names_in(part) if isinstance(part, models.Q) else {str(part[0]).split("__")[0]}  # type: ignore[index]
    return found


@pytest.mark.parametrize(
    ("model", "who", "when"), [pytest.param(*one, id=f"{one[0].__name__}-{one[2]}") for one in pairs()]
)
def test_who_and_when_stand_in_one_constraint(model: type[models.Model], who: str, when: str) -> None:
    checks = [one for one in model._meta.constraints if isinstance(one, models.CheckConstraint)]
    assert any({who, when} <= names_in(one.condition) for one in checks)  # type: ignore[arg-type]


def test_the_pairs_are_found() -> None:
    assert len(list(pairs())) > 30
