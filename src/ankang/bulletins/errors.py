"""What may stand in the way of a bulletin or a notice."""

from ankang.rules.errors import Conflict, InvalidInput, NotAllowed


class SecondPersonNeeded(NotAllowed):
    """Who drafted or last edited a bulletin does not release it."""

    code = "second_person_needed"


class NotADraft(Conflict):
    """The bulletin was released or withdrawn: it never changes again."""

    code = "not_a_draft"


class TextChanged(Conflict):
    """Somebody else edited the text, or froze the figures again, since this page was opened."""

    code = "text_changed"


class StaleQuotes(InvalidInput):
    """The text still quotes figures of an earlier freeze. `quotes`: which."""

    code = "stale_quotes"


class FiguresTampered(Conflict):
    """Frozen figures do not have the digest that was noted when they were frozen."""

    code = "figures_tampered"


class KeyReused(Conflict):
    """This idempotency key stands for something of another person."""

    code = "key_reused"


class NobodyMissing(Conflict):
    """None of the chosen villages has anybody to urge."""

    code = "nobody_missing"
