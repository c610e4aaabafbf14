"""What may stand in the way of money. An action that raises one of these has stored nothing."""

from ankang.rules.errors import Conflict, InvalidInput


class KeyReused(Conflict):
    """This idempotency key stands for something else."""

    code = "money_key_reused"


class DayClosed(Conflict):
    """The village has closed this day: it changes only by a counter-entry on an open day. `open_on`: the next one."""

    code = "day_closed"


class DayNotReady(Conflict):
    """A day cannot be closed: it lies ahead, or an earlier one is still open."""

    code = "day_not_ready"


class Unbalanced(InvalidInput):
    """The entries of a posting do not add up to zero: always a bug in the program."""

    code = "unbalanced"


class AlreadyReversed(Conflict):
    """A posting is taken back once."""

    code = "already_reversed"


class WrongAmount(Conflict):
    """The amount paid is not the amount owed; `owed_fen` and `amount_fen` tell both."""

    code = "wrong_amount"


class AlreadyOrdered(Conflict):
    """Somebody asked for this money already: it stands on another order, or is settled."""

    code = "already_ordered"


class OrderNotOpen(Conflict):
    """The order is paid or cancelled."""

    code = "order_state"


class PaymentNotWaiting(Conflict):
    """The payment is confirmed or refused already."""

    code = "payment_state"


class ReferenceUsed(Conflict):
    """A transfer with this reference is noted already."""

    code = "reference_used"


class NothingOwed(Conflict):
    """There is nothing to pay, or nothing to hand over."""

    code = "nothing_owed"


class ReceiptNotVoidable(Conflict):
    """The receipt is void already, or its money has left the village."""

    code = "receipt_state"


class DifferenceUnexplained(InvalidInput):
    """The counted sum differs from the expected one, and nobody wrote why."""

    code = "difference_unexplained"


class HandoverNotWaiting(Conflict):
    """The slip is confirmed or sent back already."""

    code = "handover_state"


class SecondPersonNeeded(Conflict):
    """Who handed the money over is not the one who confirms it."""

    code = "money_second_person"
