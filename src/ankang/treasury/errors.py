"""What may stand in the way of money on its longer ways. An action that raises one of these has stored nothing."""

from ankang.rules.errors import Conflict


class KeyReused(Conflict):
    """This idempotency key stands for something else."""

    code = "treasury_key_reused"


class SecondPersonNeeded(Conflict):
    """Who prepared it is not the one who approves it."""

    code = "treasury_second_person"


class NotInState(Conflict):
    """The paper is not in the state that this step starts from."""

    code = "treasury_state"


class ListChanged(Conflict):
    """What would be frozen now is not what the page showed."""

    code = "treasury_list_changed"


class NothingThere(Conflict):
    """There is nothing to ask for, to remit or to give back."""

    code = "treasury_nothing"


class BalanceTooSmall(Conflict):
    """A fund or an account holds less than this takes."""

    code = "treasury_balance"


class NoGateway(Conflict):
    """No payment gateway is set up here."""

    code = "no_gateway"


class FileComparedBefore(Conflict):
    """The very same file was compared already; `run`: which comparison."""

    code = "file_compared_before"
