"""A secret file that is written once, by whichever process comes first, and read by its owner alone.

Standard library only: the settings use it before Django is there.
"""

import os
import secrets
from collections.abc import Callable
from pathlib import Path


def read_or_write_first(path: Path, make: Callable[[], str]) -> str:
    """Return the file's text, writing what `make` returns when there is no file yet.

    Two processes that start at once end with the same text: a hard link appears whole and only once.
    Errors: RuntimeError when others can read the file.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = _draft(path, make())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass  # the other process was first: its text counts
        finally:
            draft.unlink()
    if path.stat().st_mode & 0o077:
        raise RuntimeError(f"密钥文件 {path} 别人也能读。请执行 chmod 600 {path} 后重新启动。")
    return path.read_text()


def replace(path: Path, text: str) -> None:
    """Put a new text in the file's place, whole or not at all."""
    _draft(path, text).replace(path)


def _draft(path: Path, text: str) -> Path:
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return draft
