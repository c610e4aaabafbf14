"""A finding of the check-up."""

from dataclasses import dataclass, field
from typing import Any, Literal

Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True, slots=True)
class Finding:
    """`code` is stable, `clause` says where in the plan, `figures` holds the numbers that the message speaks of.

    `where` is the place in the file as load errors write it: `products[A].benefits[fracture].bands[60-69]`.
    """

    code: str
    severity: Severity
    clause: str
    message: str
    fix: str
    figures: dict[str, Any] = field(default_factory=dict)
    where: str = ""
