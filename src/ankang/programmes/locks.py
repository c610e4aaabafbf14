"""The one home of locked programme rows."""

from ankang.programmes.draft_models import ProgrammeDraft
from ankang.programmes.models import Programme


def programme_for_update(slug: str) -> Programme:
    """Return the programme's row, locked until the transaction ends. Errors: Programme.DoesNotExist."""
    return Programme.objects.select_for_update().get(slug=slug)


def draft_for_update(pk: int) -> ProgrammeDraft:
    """Return the draft's row, locked until the transaction ends. Errors: ProgrammeDraft.DoesNotExist."""
    return ProgrammeDraft.objects.select_for_update().get(pk=pk)
