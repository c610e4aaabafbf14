"""Where the papers of claims lie: sealed files under random names, outside of everything that a web server serves.

A file is written before the row that names it and never changed. One whose row never came (the process was killed, the
action refused) is a stray: sealed, named by nothing, taken away by `paper_sweep`.
"""

import os
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

from django.conf import settings

from ankang.privacy.cipher import is_current, seal_bytes, unseal_bytes

_NAME = 32  # hexadecimal characters of a name


def keep(content: bytes) -> str:
    """Write one paper, sealed, and return its random name. It is on the disk when this returns."""
    name = secrets.token_hex(_NAME // 2)
    path = _path(name)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    _write(path, seal_bytes(content, _purpose(name)))
    return name


def read(name: str) -> bytes:
    """Return a paper. Errors: FileNotFoundError; SealBroken when the file was changed or lay under another name."""
    return unseal_bytes(_path(name).read_bytes(), _purpose(name))


def drop(name: str) -> None:
    """Take away a file that no row names."""
    _path(name).unlink(missing_ok=True)


def names() -> Iterator[str]:
    """Yield the names of everything that is kept, in no order."""
    folder = Path(settings.PAPERS)
    if folder.exists():
        yield from (path.name for path in folder.glob("??/*") if len(path.name) == _NAME)


def reseal_papers(tell: Callable[[int], None] = lambda _count: None) -> int:
    """Seal every file anew that is not under the current key; return how many. Stopping in between is harmless."""
    done = 0
    for seen, name in enumerate(names(), 1):
        path = _path(name)
        sealed = path.read_bytes()
        if not is_current(sealed):
            _write(path, seal_bytes(unseal_bytes(sealed, _purpose(name)), _purpose(name)))
            done += 1
        tell(seen)
    return done


def _write(path: Path, sealed: bytes) -> None:
    """Write beside and rename, so that nobody ever reads half a file."""
    beside = path.with_suffix(".part")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(sealed)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def _path(name: str) -> Path:
    if len(name) != _NAME or not set(name) <= set("0123456789abcdef"):
        raise FileNotFoundError(name)
    return Path(settings.PAPERS) / name[:2] / name


def _purpose(name: str) -> str:
    return f"claims.paper.{name}"
