"""Numba, with its cache where there is a place for it."""

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

import numba

P = ParamSpec("P")
R = TypeVar("R")


# Other threads run meanwhile, and no counting of references: the kernel makes no array, and counting those that it is
# given at each call of a small function took nine tenths of the time.
_OPTIONS: dict[str, Any] = {"nogil": True, "_nrt": False}


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a function at its first call; keep the machine code beside the source or in the user's cache."""
    try:
        done: Callable[P, R] = numba.njit(cache=True, **_OPTIONS)(function)
    except RuntimeError:  # neither place can be written, as under a locked-down service: compile once a process
        done = numba.njit(**_OPTIONS)(function)
    return done
