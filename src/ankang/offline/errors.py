"""What may stand between a draft and the rows: the other side, shown to the worker, who decides."""

from collections.abc import Sequence

from ankang.rules.errors import Conflict


class Disagreement(Conflict):
    """What is stored says otherwise than the draft. `theirs`: that side, in sentences.

    `sign` names this very state of the other side: a draft that comes again with it has seen it. `choice` is what then
    happens, in words; without one nothing can be done but to drop the draft. `kind` is stable.
    """

    code = "offline_disagreement"

    def __init__(self, message: str, *, kind: str, theirs: Sequence[str], sign: str = "", choice: str = "") -> None:
        super().__init__(message, kind=kind)
        self.kind, self.theirs, self.sign, self.choice = kind, list(theirs), sign, choice


class TooMany(Conflict):
    """More lists, or more drafts, than a person makes by hand."""

    code = "offline_too_many"


class KeyReused(Conflict):
    """This idempotency key stands for another draft."""

    code = "key_reused"
