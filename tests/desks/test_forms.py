"""Every form of the desks says in its own words what is missing."""

import importlib
import inspect
import pkgutil
from collections.abc import Iterator

from django import forms

import ankang.desks

_PLAIN = forms.Field.default_error_messages["required"]


def form_classes() -> Iterator[type[forms.BaseForm]]:
    for module in pkgutil.walk_packages(ankang.desks.__path__, "ankang.desks."):
        for _, found in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
            if issubclass(found, forms.BaseForm) and found.__module__ == module.name:
                yield found


def test_no_required_field_answers_with_djangos_sentence() -> None:
    fields = [
        (form.__name__, name, field)
        for form in form_classes()
        for name, field in form.base_fields.items()  # type: ignore[attr-defined]
        if field.required and not field.widget.is_hidden
    ]
    assert len(fields) > 15
    assert [(form, name) for form, name, field in fields if field.error_messages["required"] == _PLAIN] == []
