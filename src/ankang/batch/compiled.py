"""Numba, with its machine code kept from run to run, and never that of older sources."""

import os
from collections.abc import Callable, Iterable
from hashlib import sha256
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import numba
import numpy as np

P = ParamSpec("P")
R = TypeVar("R")

_PACKAGE = Path(__file__).resolve().parents[1]


def cache_folder(base: Path, sources: Iterable[Path]) -> Path | None:
    """Return the folder for machine code made from these sources, made if need be; None where it cannot be written.

    Numba itself looks at the file of the outermost function only: after a change in `lines` it would run the old rule.
    """
    digest = sha256()
    for source in sorted(sources):
        digest.update(source.read_bytes())
    folder = base / "ankang" / digest.hexdigest()[:16]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return folder if os.access(folder, os.W_OK) else None


_numba: Any = numba.config  # from NUMBA_CACHE_DIR, if that is set
_BASE = Path(_numba.CACHE_DIR or Path("~").expanduser() / ".cache")
_FOLDER = cache_folder(_BASE, [*_PACKAGE.glob("batch/*.py"), *_PACKAGE.glob("rules/*.py")])
if _FOLDER:
    _numba.CACHE_DIR = str(_FOLDER)

# Other threads run meanwhile, and no counting of references: the kernel makes no array, and counting those that it is
# given at each call of a small function took nine tenths of the time.
_OPTIONS: dict[str, Any] = {"nogil": True, "_nrt": False}


def inlined(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a function into each one that calls it: a call would hand over every column, some thirty of them."""
    done: Callable[P, R] = numba.njit(inline="always", **_OPTIONS)(function)
    return done


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a function at its first call; the machine code is kept where there is a place for it."""
    done: Callable[P, R] = numba.njit(cache=_FOLDER is not None, **_OPTIONS)(function)
    return done


# Places in columns are unsigned: of a signed one the machine code asks each time whether it counts from the end.
ONE = np.uint64(1)
