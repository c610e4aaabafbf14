"""What may stand in the way of an assessment."""

from ankang.rules.errors import Conflict


class SchemeNotConfirmed(Conflict):
    """Nothing is official before the town has confirmed a scheme."""

    code = "scheme_not_confirmed"


class TooEarly(Conflict):
    """The campaign, or the publicity, is not over yet."""

    code = "too_early"


class AlreadyFrozen(Conflict):
    """The results stand: they change by a new version only."""

    code = "already_frozen"


class NotNewest(Conflict):
    """There is a newer version of the results."""

    code = "not_newest"


class ObjectionsOpen(Conflict):
    """An objection still waits for its answer."""

    code = "objections_open"


class NotWaiting(Conflict):
    """What should be decided has been decided already."""

    code = "not_waiting"


class SecondPersonNeeded(Conflict):
    """The second person is another one than the first."""

    code = "second_person_needed"


class NothingToReward(Conflict):
    """By the scheme nobody is commended, or nothing is paid."""

    code = "nothing_to_reward"


class KeyReused(Conflict):
    """This idempotency key stands for something else."""

    code = "key_reused"
