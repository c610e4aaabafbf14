"""A model field whose value is stored sealed and shown masked. Opening it is always an explicit `reveal()`."""

from dataclasses import dataclass
from typing import Any

from django.db import models

from ankang.privacy.cipher import seal, unseal


@dataclass(frozen=True, slots=True)
class Sealed:
    """A sealed value as it stands in the database. Its text form is a mask, so that no template or log can leak it."""

    stored: bytes
    purpose: str

    def reveal(self) -> str:
        """Return the plain text. Callers that show it to a person write the look into the audit first."""
        return unseal(self.stored, self.purpose)

    def __str__(self) -> str:
        return "••••"

    __repr__ = __str__


class SealedField(models.BinaryField):  # type: ignore[type-arg]
    """Text in, `Sealed` out. `purpose` (`table.column`) is bound into the seal."""

    def __init__(self, purpose: str, **options: Any) -> None:
        self.purpose = purpose
        options.setdefault("editable", False)
        super().__init__(**options)

    def deconstruct(self) -> Any:
        name, path, args, options = super().deconstruct()
        return name, path, [self.purpose, *args], options

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        """Leave no plain text behind on the instance: from the save on it holds what a read would bring."""
        value = super().pre_save(model_instance, add)
        if isinstance(value, str):
            value = Sealed(seal(value, self.purpose), self.purpose)
            setattr(model_instance, self.attname, value)
        return value

    def get_prep_value(self, value: Any) -> Any:
        if isinstance(value, Sealed):
            return value.stored
        if isinstance(value, str):
            return seal(value, self.purpose)
        return value

    def from_db_value(self, value: Any, _expression: Any, _connection: Any) -> Sealed | None:
        return None if value is None else Sealed(bytes(value), self.purpose)
