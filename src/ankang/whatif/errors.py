"""Why a comparison or an export was not made."""

from ankang.rules.errors import Conflict, InvalidInput


class TooMuchHistory(InvalidInput):
    """More covers than one request may take."""

    code = "too_much_history"


class NoHistory(Conflict):
    """Nobody is insured in the year that was asked for."""

    code = "no_history"
