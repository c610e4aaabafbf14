"""Every stored field has a privacy class, and is kept as its class asks."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import models

from ankang.privacy.classes import CLASSES, SEALED, Privacy, class_of
from ankang.privacy.fields import SealedField


def fields() -> Iterator[tuple[str, "models.Field[Any, Any]"]]:
    for model in apps.get_models():
        if model.__module__.startswith("ankang."):
            for field in model._meta.concrete_fields:
                yield model._meta.label, field


def test_every_field_is_declared_once_and_nothing_else_is() -> None:
    declared = [(label, name) for label, rows in CLASSES.items() for names in rows.values() for name in names.split()]
    assert len(declared) == len(set(declared))
    assert set(declared) == {(label, field.name) for label, field in fields()}


def test_numbers_telephones_and_health_are_sealed_and_nothing_else_is() -> None:
    sealed = {(label, field.name) for label, field in fields() if isinstance(field, SealedField)}
    sensitive = {(label, field.name) for label, field in fields() if class_of(label, field.name) in SEALED}
    assert sealed == sensitive
    assert len(sealed) >= 6


def test_each_seal_is_bound_to_its_own_column() -> None:
    purposes = {field.purpose: (label, field.name) for label, field in fields() if isinstance(field, SealedField)}
    assert purposes == {f"{label.lower()}.{name}": (label, name) for label, name in purposes.values()}


def test_tails_are_four_characters_and_indexes_a_digest_of_a_sealed_field() -> None:
    sealed = {(label, field.name) for label, field in fields() if isinstance(field, SealedField)}
    kinds = {Privacy.TAIL: ("_tail", 4), Privacy.INDEX: ("_index", 64)}
    for label, field in fields():
        privacy = class_of(label, field.name)
        if privacy in kinds:
            ending, length = kinds[privacy]
            assert field.max_length == length, field
            assert (label, field.name.removesuffix(ending)) in sealed, field


def test_a_name_that_sounds_sensitive_is_not_declared_safe() -> None:
    words = ("phone", "number_", "diagnosis", "bank", "account_no", "address", "birth")
    for label, field in fields():
        if any(word in field.name for word in words):
            assert class_of(label, field.name) is not Privacy.SAFE, field
