"""The keys of sensitive fields: from ANKANG_KEYS, or from the key file (mode 600) that the first start writes."""

import json
import os
import secrets
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.conf import settings


@dataclass(frozen=True)
class Keyring:
    """Versioned keys: `current` seals, every version opens. `index` is the blind-index key, which never changes."""

    current: int
    ciphers: dict[int, bytes]
    index: bytes


@lru_cache(maxsize=1)
def keyring() -> Keyring:
    """Return the installation's keys. Errors: RuntimeError when the key file can be read by others."""
    text = os.environ.get("ANKANG_KEYS") or _key_file(Path(settings.KEY_FILE))
    document = json.loads(text)
    ciphers = {int(version): bytes.fromhex(key) for version, key in document["ciphers"].items()}
    return Keyring(current=max(ciphers), ciphers=ciphers, index=bytes.fromhex(document["index"]))


def _key_file(path: Path) -> str:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        document = {"ciphers": {"1": secrets.token_hex(16)}, "index": secrets.token_hex(32)}
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            json.dump(document, file)
    if path.stat().st_mode & 0o077:
        raise RuntimeError(f"密钥文件 {path} 别人也能读。请执行 chmod 600 {path} 后重新启动。")
    return path.read_text()
