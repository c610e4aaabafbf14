"""What may stand in the way of work from house to house."""

from ankang.rules.errors import Conflict, NotAllowed


class NotTheLead(NotAllowed):
    """Only the village's first responsible person does this."""

    code = "not_the_lead"


class KeyReused(Conflict):
    """This idempotency key stands for another follow-up."""

    code = "key_reused"


class UndoTooLate(Conflict):
    """A follow-up is taken back by who made it, soon, and while it is the last word."""

    code = "undo_too_late"


class MeasureExists(Conflict):
    """The village's plan has a measure of this title."""

    code = "measure_exists"
