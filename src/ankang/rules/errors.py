"""The exception tree of Ankang: bad input, a conflict, or a bug. A refused claim is a result, not an exception."""


class AnkangError(Exception):
    """Something that a person can put right. `code` is stable; `message` is Chinese: what, where, how to fix."""

    code = "error"

    def __init__(self, message: str, **fields: object) -> None:
        super().__init__(message)
        self.message = message
        self.fields = fields


class InvalidInput(AnkangError):
    """A value from outside that cannot be taken as it is. `fields` may name `field`, `value`, `fix`."""

    code = "invalid_input"


class Conflict(AnkangError):
    """The input is well formed, but what is stored says otherwise (a cap used up, a second person who is the first)."""

    code = "conflict"


class NotAllowed(AnkangError):
    """This person may not do this here."""

    code = "not_allowed"
