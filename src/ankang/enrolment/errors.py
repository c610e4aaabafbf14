"""What may stand in the way of enrolling. Ages, units and money refuse in `rules` (eligibility, units, premium)."""

from ankang.rules.errors import Conflict, InvalidInput


class ResidentNotLiving(Conflict):
    """The resident is dead or has moved away."""

    code = "resident_not_living"


class VersionOutdated(Conflict):
    """The plan has a newer version than the one on the page, or is another division's."""

    code = "version_outdated"


class ConsentMissing(InvalidInput):
    """Nobody agreed to a unit that is not bought by government."""

    code = "consent_missing"


class KeyReused(Conflict):
    """This idempotency key stands for another enrolment."""

    code = "key_reused"


class EnrolledMeanwhile(Conflict):
    """Somebody else changed this person's units in the same instant."""

    code = "enrolled_meanwhile"


class CancelTooLate(Conflict):
    """An enrolment is cancelled on its own day only; later it is a withdrawal."""

    code = "cancel_too_late"


class PeopleRefused(Conflict):
    """Some of the people of a form cannot be enrolled; `people`: resident key -> message. Nobody was."""

    code = "people_refused"


class GiverMissing(InvalidInput):
    """A village or a donor pays, and nobody wrote who it is."""

    code = "giver_missing"


class SecondPersonNeeded(Conflict):
    """Who prepared a batch is not the one who approves it."""

    code = "second_person"


class BatchNotWaiting(Conflict):
    """The batch is not in the state that this step starts from."""

    code = "batch_state"


class BatchChanged(Conflict):
    """The list on the page is not the one that the rules make now."""

    code = "batch_changed"


class BatchEmpty(Conflict):
    """There is nobody to enrol."""

    code = "batch_empty"


class WithdrawalNotOpen(Conflict):
    """The enrolment is not one that can be given up, or the request is decided already."""

    code = "withdrawal_state"


class BatchInterrupted(Conflict):
    """Other writers stood in the way of a chunk again and again; what is enrolled stays."""

    code = "batch_interrupted"
