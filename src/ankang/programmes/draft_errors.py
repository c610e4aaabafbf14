"""Why a draft cannot go on."""

from ankang.rules.errors import Conflict


class DraftClosed(Conflict):
    """The draft is submitted, published or dropped: nobody edits it now."""

    code = "draft_closed"


class DraftChanged(Conflict):
    """Somebody changed the draft since this page was shown."""

    code = "draft_changed"


class DraftNotReady(Conflict):
    """The draft has errors, or parts that nobody compared with the paper."""

    code = "draft_not_ready"


class SecondPersonPublishes(Conflict):
    """Who submitted a draft does not publish it."""

    code = "second_person_publishes"


class ChangeRefused(Conflict):
    """The plan has people insured already, and the draft would make what they have worse. `reasons`: sentences."""

    code = "change_refused"
