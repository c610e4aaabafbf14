"""Why a comparison or an export was not made."""

from typing import Self

from ankang.programmes.models import Programme
from ankang.rules.errors import Conflict, InvalidInput


class TooMuchHistory(InvalidInput):
    """More covers than one export may take."""

    code = "too_much_history"


class NoHistory(Conflict):
    """Nobody is insured in the year that was asked for."""

    code = "no_history"

    @classmethod
    def of(cls, programme: Programme) -> Self:
        return cls(f"{programme.name}在这里还没有人参保，没有可以算的。请换一年。", field="programme")


class Taken(Conflict):
    """Another worker has this comparison by now."""

    code = "what_if_taken"
