"""What may stand in the way of a policy."""

from ankang.rules.errors import Conflict, InvalidInput


class SecondPersonNeeded(Conflict):
    """Who prepared a batch is not the one who sends it."""

    code = "second_person"


class BatchNotInState(Conflict):
    """The batch is not in the state that this step starts from."""

    code = "application_state"


class BatchChanged(Conflict):
    """The list on the page is not the one that the check makes now."""

    code = "application_changed"


class BatchEmpty(Conflict):
    """Nobody can be applied for."""

    code = "application_empty"


class KeyReused(Conflict):
    """This idempotency key stands for something else."""

    code = "key_reused"


class RowNotWaiting(Conflict):
    """The insurer has answered this row already, and otherwise."""

    code = "row_state"


class PolicyNumberTaken(Conflict):
    """The policy number is another village's or another programme's."""

    code = "policy_number_taken"


class PolicyNumberFaulty(InvalidInput):
    """A policy number has letters, digits and dashes, at least six of them."""

    code = "policy_number"


class AnswerFaulty(InvalidInput):
    """A row of the insurer's sheet that cannot be taken: `column`, `reason`, `fix`."""

    code = "answer_row"


class EndorsementNotOpen(Conflict):
    """The endorsement cannot be asked for, or is decided already."""

    code = "endorsement_state"


class CertificateOver(Conflict):
    """The certificate is ended: it is neither printed nor handed out."""

    code = "certificate_over"
