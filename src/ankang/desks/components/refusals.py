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


def tell(form: forms.Form, error: AnkangError, **fields: str) -> None:
    """Put an action's refusal beside the field that it names (`fields`: the action's name -> the form's)."""
    named = str(error.fields.get("field", ""))
    field = fields.get(named, named)
    form.add_error(field if field in form.fields else None, error.message)
