"""Where an action's refusal lands on a form: beside its field when it names one, else on top."""

from django import forms

from ankang.rules.errors import AnkangError, Conflict


def put_errors(form: forms.Form, error: AnkangError) -> int:
    """Add what an action refused to the form and return the page's status: 409 for a conflict, else 422."""
    named = error.fields.get("errors")
    if not isinstance(named, dict):
        field = error.fields.get("field")
        named = {field if isinstance(field, str) else None: error.message}
    for name, message in named.items():
        form.add_error(name if name in form.fields else None, message)
    return 409 if isinstance(error, Conflict) else 422
