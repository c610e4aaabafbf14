"""The privacy classes that a stored field may have. 个人信息保护法 28-31 (domain 8)."""

from enum import StrEnum


class Privacy(StrEnum):
    # stored sealed, shown by a tail or a mask; a look at the full value is an audit row
    NUMBER = "identity number"
    PHONE = "telephone"
    HEALTH = "health"
    ACCOUNT = "bank account"
    # made from a sealed field: finds it, or shows its last four characters
    INDEX = "blind index"
    TAIL = "tail"
    # stored plainly, read only inside the reader's own divisions
    PERSON = "who a resident is"
    GROUP = "what support a resident is on"
    LOSS = "what an accident cost and what it left, which decisions are counted from"
    MONEY = "who paid or gets how much"
    # about the people who work here
    STAFF = "who works here"
    SECRET = "digest of a password or a link"
    # neither
    SAFE = "keys, codes, counts, days and states"


SEALED = frozenset({Privacy.NUMBER, Privacy.PHONE, Privacy.HEALTH, Privacy.ACCOUNT})
