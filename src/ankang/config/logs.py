"""What the server writes to its error output: warnings and errors, without personal data (design 8, domain 8)."""

import logging
import re
from typing import Any

_NUMBER = re.compile(r"\d[\d ]{9,}\d[\dXx]?", re.ASCII)  # identity numbers, telephones, cards, also in groups
_LINK = re.compile(r"(/welcome/)[^/\s]+")


class MaskingFormatter(logging.Formatter):
    """Long numbers keep their last four characters and links of invitations lose their token, in tracebacks too."""

    def format(self, record: logging.LogRecord) -> str:
        text = _LINK.sub(r"\1…", super().format(record))
        return _NUMBER.sub(lambda found: "*" * 7 + found[0][-4:], text)


LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "masked": {"()": MaskingFormatter, "format": "%(asctime)s %(levelname)s %(name)s: %(message)s"},
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "masked"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    # Django's own handlers speak only while debugging, and by mail: an error page would leave no trace.
    # Whoever asks for a wrong host name is answered with 400; anybody could fill the log with it.
    "loggers": {
        "django": {"handlers": [], "level": "WARNING", "propagate": True},
        "django.security.DisallowedHost": {"level": "CRITICAL"},
    },
}
